/* replay.c - replay the cases of a record and compare what they answer with what it wants. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "record/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A replay under way. */
struct replay {
    const char *file;
    const struct chandra_replay_options *options;
    struct chandra_replay_result *result;
    struct ch_world world;
    char *case_name; /* NULL before the first case, and in one that is left out */
    bool is_left_out;
    bool has_failed; /* the present case has */
};

static void
finish_case(struct replay *replay)
{
    if (!replay->case_name)
        return;
    if (replay->has_failed)
        replay->result->failed++;
    else
        replay->result->passed++;
    ch_world_close(&replay->world);
    ch_free(replay->case_name);
    replay->case_name = NULL;
    if (replay->options->on_case)
        replay->options->on_case(replay->options->user, replay->has_failed);
    replay->has_failed = false;
}

/* Give up in the middle of a case: it does not count. */
static void
abandon_case(struct replay *replay)
{
    ch_world_close(&replay->world);
    ch_free(replay->case_name);
    replay->case_name = NULL;
}

static enum chandra_status
begin_case(struct replay *replay, const struct ch_step_header *header, unsigned line,
           struct chandra_error *err)
{
    char *name;
    enum chandra_status st;

    finish_case(replay);
    replay->is_left_out = replay->options->wants_case &&
                          !replay->options->wants_case(replay->options->user, header->name, line);
    if (replay->is_left_out)
        return CHANDRA_OK;
    name = ch_strdup(header->name);
    if (!name)
        return ch_record_no_memory(err);
    st = ch_world_open(&replay->world, replay->options, header, err);
    if (st == CHANDRA_OK)
        replay->case_name = name;
    else
        ch_free(name);
    return st;
}

/* Tell that a step did not answer as wanted. */
static enum chandra_status
fail(struct replay *replay, const struct ch_step *step, const struct chandra_value *want,
     const struct chandra_value *got, struct chandra_error *err)
{
    struct chandra_replay_failure failure = {.file = replay->file,
                                             .line = chandra_value_line(step->value),
                                             .case_name = replay->case_name};
    struct ch_buf title = {0};
    char *want_text = NULL;
    char *got_text = NULL;
    size_t len;
    enum chandra_status st;

    replay->has_failed = true;
    if (!replay->options->on_failure)
        return CHANDRA_OK;
    if (step->kind == CH_STEP_CALL)
        ch_buf_printf(&title, "%s %s", chandra_point_name(step->call.point), step->call.pod);
    else
        ch_buf_puts(&title, "want");
    st = chandra_value_print(want, CHANDRA_PRINT_COMPACT, &want_text, &len, err);
    if (st == CHANDRA_OK)
        st = chandra_value_print(got, CHANDRA_PRINT_COMPACT, &got_text, &len, err);
    if (st == CHANDRA_OK && !ch_buf_ok(&title))
        st = ch_record_no_memory(err);
    if (st == CHANDRA_OK) {
        failure.step = title.text;
        failure.want = want_text;
        failure.got = got_text;
        replay->options->on_failure(replay->options->user, &failure);
    }
    ch_free(want_text);
    ch_free(got_text);
    ch_buf_clear(&title);
    return st;
}

/* The record wants no uid of objects that a call created, or wants one in vain. */
static bool
drop_made_up_uids(const struct replay *replay, const struct chandra_value *objects)
{
    struct ch_buf key = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < chandra_value_count(objects); i++) {
        const char *text = ch_object_key_of(&key, objects->items[i]);
        const struct ch_held *held = text ? ch_holdings_get(&replay->world.holdings, text) : NULL;

        ok = text != NULL;
        if (held && held->is_created)
            ch_drop_uid(objects->items[i]);
    }
    ch_buf_clear(&key);
    return ok;
}

static enum chandra_status
compare(struct replay *replay, const struct ch_step *step, struct chandra_doc *doc,
        const struct chandra_value *want, const struct chandra_value *got,
        struct chandra_error *err)
{
    struct chandra_value *wanted = ch_normalize_answer(doc, want);
    struct chandra_value *answered = ch_normalize_answer(doc, got);

    if (!wanted || !answered || !drop_made_up_uids(replay, chandra_value_get(wanted, "changed")) ||
        !drop_made_up_uids(replay, chandra_value_get(wanted, "objects")))
        return ch_record_no_memory(err);
    if (ch_answers_equal(wanted, answered, replay->options->strict_reasons))
        return CHANDRA_OK;
    return fail(replay, step, wanted, answered, err);
}

static enum chandra_status
run_call(struct replay *replay, const struct ch_step *step, struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    struct chandra_value *got = NULL;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st == CHANDRA_OK)
        st = ch_call(&replay->world, &step->call, doc, &got, err);
    if (st == CHANDRA_OK && step->call.want)
        st = compare(replay, step, doc, step->call.want, got, err);
    chandra_doc_free(doc);
    return st;
}

static enum chandra_status
run_want(struct replay *replay, const struct ch_step *step, struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    struct chandra_value *got = NULL;
    enum chandra_status st =
        ch_holdings_look(&replay->world.holdings, replay->world.made.stage, NULL, err);

    if (st == CHANDRA_OK)
        st = chandra_doc_new(&doc, err);
    if (st == CHANDRA_OK) {
        got = chandra_value_new_object(doc);
        if (!got ||
            !chandra_value_set(got, "objects", ch_holdings_list(&replay->world.holdings, doc)))
            st = ch_record_no_memory(err);
    }
    if (st == CHANDRA_OK)
        st = compare(replay, step, doc, chandra_value_get(step->value, "want"), got, err);
    chandra_doc_free(doc);
    return st;
}

static enum chandra_status
run_in_case(struct replay *replay, const struct ch_step *step, struct chandra_error *err)
{
    switch (step->kind) {
    case CH_STEP_APPLY:
    case CH_STEP_DELETE:
        return ch_world_change(&replay->world, &step->target, err);
    case CH_STEP_SYNC:
        return ch_world_deliver(&replay->world, err);
    case CH_STEP_CALL:
        return run_call(replay, step, err);
    case CH_STEP_WANT:
        return run_want(replay, step, err);
    case CH_STEP_HEADER:
        break;
    }
    return begin_case(replay, &step->header, chandra_value_line(step->value), err);
}

/* Errors of the world do not know the place in the record yet. */
static enum chandra_status
with_place(const struct replay *replay, const struct chandra_value *value, enum chandra_status st,
           struct chandra_error *err)
{
    if (st != CHANDRA_OK && err && strncmp(err->message, replay->file, strlen(replay->file)) != 0)
        chandra_error_prefix(err, "%s:%u", replay->file, chandra_value_line(value));
    return st;
}

static enum chandra_status
run_step(struct replay *replay, const struct chandra_value *value, struct chandra_error *err)
{
    struct ch_step step;
    enum chandra_status st = ch_step_parse(value, &step, err);

    if (st != CHANDRA_OK)
        return st;
    if (replay->is_left_out && step.kind != CH_STEP_HEADER)
        return CHANDRA_OK;
    if (!replay->case_name && step.kind != CH_STEP_HEADER)
        return ch_value_error(value, err, CHANDRA_EINVAL,
                              "a record begins with a header, such as {\"record\": 1, ...}");
    replay->result->steps++;
    return with_place(replay, value, run_in_case(replay, &step, err), err);
}

enum chandra_status
chandra_replay_text(const char *text, size_t len, const char *name,
                    const struct chandra_replay_options *options,
                    struct chandra_replay_result *result, struct chandra_error *err)
{
    struct replay replay = {.file = name, .options = options, .result = result};
    struct ch_record_reader reader;
    const struct chandra_value *step = NULL;
    enum chandra_status st = ch_record_reader_open(&reader, text, len, name, err);

    if (st != CHANDRA_OK)
        return st;
    do {
        st = ch_record_reader_next(&reader, &step, err);
        if (st == CHANDRA_OK && step)
            st = run_step(&replay, step, err);
    } while (st == CHANDRA_OK && step);
    if (st == CHANDRA_OK)
        finish_case(&replay);
    else
        abandon_case(&replay);
    ch_record_reader_clear(&reader);
    return st;
}

static enum chandra_status
read_file(const char *path, struct ch_buf *out, struct chandra_error *err)
{
    FILE *file = fopen(path, "rb");
    char chunk[16 * 1024];
    enum chandra_status st = CHANDRA_OK;
    size_t len;

    if (!file)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0)
        ch_buf_put(out, chunk, len);
    if (ferror(file))
        st = chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    else if (out->len > 0 && !ch_buf_ok(out))
        st = chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", path);
    fclose(file);
    return st;
}

enum chandra_status
chandra_replay_file(const char *path, const struct chandra_replay_options *options,
                    struct chandra_replay_result *result, struct chandra_error *err)
{
    struct ch_buf text = {0};
    enum chandra_status st = read_file(path, &text, err);

    if (st == CHANDRA_OK)
        st = chandra_replay_text(text.text ? text.text : "", text.len, path, options, result, err);
    ch_buf_clear(&text);
    return st;
}
