/* records.c - decision records as tables of cases: each is replayed on a cluster of its own, by
 * policies that are loaded for it. */
#include "test/test.h"

#include <chandra/record.h>
#include <chandra/sim.h>
#include <chandra/sys/stage.h>
#include <chandra/sys/transport.h>
#include <stdio.h>
#include <string.h>

enum { POLICY_TIMEOUT_MS = 10 * 1000 };

struct listing {
    test_case_fn add;
    void *user;
    bool is_out_of_memory;
};

static bool
list_case(void *user, const char *name, unsigned line)
{
    struct listing *listing = user;

    if (!listing->add(listing->user, name, line))
        listing->is_out_of_memory = true;
    return false;
}

/* The text of the file goes to the replayer whole. */
static enum chandra_status
replay(const char *path, const struct chandra_replay_options *options, struct chandra_error *err)
{
    struct chandra_replay_result result = {0};
    char *text;
    size_t len;
    enum chandra_status st = cli_read(path, &text, &len, err);

    if (st != CHANDRA_OK)
        return st;
    st = chandra_replay_text(text, len, path, options, &result, err);
    chandra_free(text);
    return st;
}

enum chandra_status
test_record_list(const char *path, test_case_fn add, void *user, struct chandra_error *err)
{
    struct listing listing = {add, user, false};
    const struct chandra_replay_options options = {
        .size = sizeof(options), .user = &listing, .wants_case = list_case};
    const enum chandra_status st = replay(path, &options, err);

    if (st == CHANDRA_OK && listing.is_out_of_memory)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return st;
}

/* A record under way. */
struct playing {
    struct test_run *run;
    const struct test_unit *unit;
    int64_t repeat;
    size_t seen; /* cases of the file so far */
    const struct test_case *current;
    int64_t start_ns;
    struct chandra_value *result;
    struct chandra_value *log;
    char message[2000];   /* of the case's failures */
    unsigned line;        /* of the first */
    char difference[512]; /* a policy's two answers were not alike */
    enum chandra_status status;
    struct chandra_error err;
};

static enum chandra_status
no_memory(struct playing *playing)
{
    playing->status = chandra_error_set(&playing->err, CHANDRA_ENOMEM, "out of memory");
    return playing->status;
}

static bool
wants_case(void *user, const char *name, unsigned line)
{
    struct playing *playing = user;
    struct test_run *run = playing->run;
    const size_t index = playing->seen++;

    (void)name;
    (void)line;
    playing->current = NULL;
    for (size_t i = 0; i < playing->unit->count; i++)
        if (run->cases[playing->unit->first + i].index == index)
            playing->current = &run->cases[playing->unit->first + i];
    if (!playing->current || run->has_ended || playing->status != CHANDRA_OK)
        return false;
    playing->start_ns = test_now_ns();
    playing->message[0] = '\0';
    playing->difference[0] = '\0';
    playing->line = 0;
    playing->result = test_result_new(run, playing->current, playing->repeat);
    playing->log = chandra_value_new_array(run->doc);
    if (!playing->result || !playing->log)
        no_memory(playing);
    return playing->status == CHANDRA_OK;
}

static void
on_failure(void *user, const struct chandra_replay_failure *failure)
{
    struct playing *playing = user;
    const size_t len = strlen(playing->message);

    if (playing->line == 0)
        playing->line = failure->line;
    snprintf(playing->message + len, sizeof(playing->message) - len,
             "%s%s:%u: %s\nwant: %.300s\ngot:  %.300s", len > 0 ? "\n" : "", failure->file,
             failure->line, failure->step, failure->want, failure->got);
}

static void
on_log(void *user, enum chandra_level level, const char *message)
{
    struct playing *playing = user;
    struct chandra_doc *doc = playing->run->doc;

    if (level <= CHANDRA_LOG_INFO && playing->log &&
        !chandra_value_append(playing->log, chandra_value_new_string(doc, message)))
        no_memory(playing);
}

static void
on_event(void *user, const struct chandra_lua_event *event)
{
    struct playing *playing = user;

    if (event->kind != CHANDRA_LUA_DIFFERENCE)
        coverage_count(&playing->run->coverage, event);
    else if (!playing->difference[0])
        snprintf(playing->difference, sizeof(playing->difference), "%s", event->message);
}

static bool
set_text(struct playing *playing, const char *name, const char *text)
{
    return chandra_value_set(playing->result, name,
                             chandra_value_new_string(playing->run->doc, text));
}

static void
on_case(void *user, bool has_failed)
{
    struct playing *playing = user;
    struct chandra_doc *doc = playing->run->doc;
    struct chandra_value *result = playing->result;

    const char *status = playing->difference[0] ? "error" : has_failed ? "failed" : "passed";
    const char *message = playing->difference[0] ? playing->difference : playing->message;

    if (playing->status != CHANDRA_OK)
        return;
    if (!set_text(playing, "status", status) ||
        (*message && !set_text(playing, "message", message)) ||
        (playing->difference[0] && !set_text(playing, "fault", playing->difference)) ||
        (playing->line > 0 &&
         !chandra_value_set(result, "line", chandra_value_new_int64(doc, playing->line))) ||
        !chandra_value_set(result, "log", playing->log)) {
        no_memory(playing);
        return;
    }
    playing->status = test_result_add(playing->run, result, playing->start_ns, &playing->err);
}

static enum chandra_status
load_policy(struct playing *playing, struct chandra_policy **out_policy, struct chandra_error *err)
{
    const struct cli_list *paths = &playing->run->options->policies;
    struct chandra_lua_options options = {.size = sizeof(options),
                                          .timeout_ms = POLICY_TIMEOUT_MS,
                                          .logger = {on_log, playing},
                                          .is_twice = true};

    options.observer = (struct chandra_lua_observer){
        .events = 1U << CHANDRA_LUA_DIFFERENCE |
                  (playing->run->options->has_coverage ? COVERAGE_EVENTS : 0),
        .fn = on_event,
        .user = playing};
    if (paths->count == 0)
        return chandra_lua_policy_load(chandra_lua_default(), 1, &options, out_policy, err);
    return chandra_lua_policy_load_files(paths->items, paths->count, &options, out_policy, err);
}

static enum chandra_status
open_world(void *user, uint64_t seed, struct chandra_replay_world *out_world,
           struct chandra_error *err)
{
    const struct chandra_sim_options options = {.size = sizeof(options), .seed = seed};
    struct chandra_policy *policy;
    struct chandra_sim *sim = NULL;
    enum chandra_status st = load_policy(user, &policy, err);

    if (st != CHANDRA_OK)
        return st;
    st = chandra_sim_new(&options, &sim, err);
    if (st == CHANDRA_OK)
        *out_world = (struct chandra_replay_world){.transport = chandra_sim_transport(sim),
                                                   .stage = chandra_sim_stage(sim),
                                                   .policy = policy,
                                                   .user = sim};
    else
        chandra_policy_unref(policy);
    return st;
}

static void
close_world(void *user, struct chandra_replay_world *world)
{
    (void)user;
    chandra_sim_free(world->user);
    chandra_policy_unref(world->policy);
}

enum chandra_status
test_record_run(struct test_run *run, const struct test_unit *unit, int64_t repeat,
                struct chandra_error *err)
{
    struct playing playing = {.run = run, .unit = unit, .repeat = repeat};
    const struct chandra_replay_options options = {
        .size = sizeof(options),
        .strict_reasons = false,
        .user = &playing,
        .open_world = open_world,
        .close_world = close_world,
        .on_failure = on_failure,
        .logger = {on_log, &playing},
        .wants_case = wants_case,
        .on_case = on_case,
    };
    const enum chandra_status st = replay(run->cases[unit->first].file->path, &options, err);

    if (playing.status != CHANDRA_OK && err)
        *err = playing.err;
    return playing.status != CHANDRA_OK ? playing.status : st;
}
