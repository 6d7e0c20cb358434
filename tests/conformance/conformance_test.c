/* conformance_test.c - the engine answers as the real plugin did, by the hard rules alone and by
 * the default policy; damaged records fail; the known differences are exactly those listed.
 */
#include <chandra/record.h>
#include <chandra/sim.h>
#include <chandra/sys/stage.h>
#ifdef CONFORMANCE_POLICY
#    include <chandra/lua.h>
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#define RANDOM CONFORMANCE_FOLDER "/random.jsonl.gz"
#define INDEX_TRAP CONFORMANCE_FOLDER "/index-trap.jsonl.gz"
#define INDEX_TRAP_DIFFERENCES CONFORMANCE_FOLDER "/index-trap.txt"

enum { RANDOM_CASES = 300, HAND_WRITTEN_CASES = 41, MAX_TEXT = 32 * 1024 * 1024 };

/* One replay. */
struct replay {
    struct chandra_policy *policy;
    bool is_quiet;
    char *steps; /* "LINE CASE: STEP\n" of each failing step; NULL: not wanted */
    size_t steps_size;
};

static enum chandra_status
open_world(void *user, uint64_t seed, struct chandra_replay_world *out_world,
           struct chandra_error *err)
{
    const struct replay *replay = user;
    const struct chandra_sim_options options = {.size = sizeof(options), .seed = seed};
    struct chandra_sim *sim = NULL;
    const enum chandra_status st = chandra_sim_new(&options, &sim, err);

    if (st == CHANDRA_OK)
        *out_world = (struct chandra_replay_world){.transport = chandra_sim_transport(sim),
                                                   .stage = chandra_sim_stage(sim),
                                                   .policy = replay->policy,
                                                   .user = sim};
    return st;
}

static void
close_world(void *user, struct chandra_replay_world *world)
{
    (void)user;
    chandra_sim_free(world->user);
}

static void
on_failure(void *user, const struct chandra_replay_failure *failure)
{
    struct replay *replay = user;
    size_t len;

    if (!replay->is_quiet)
        print_error("%s:%u: %s: %s:\n  want %s\n  got  %s\n", failure->file, failure->line,
                    failure->case_name, failure->step, failure->want, failure->got);
    if (!replay->steps)
        return;
    len = strlen(replay->steps);
    snprintf(replay->steps + len, replay->steps_size - len, "%u %s: %s\n", failure->line,
             failure->case_name, failure->step);
}

static struct chandra_replay_options
options_for(struct replay *replay)
{
    return (struct chandra_replay_options){.size = sizeof(struct chandra_replay_options),
                                           .user = replay,
                                           .open_world = open_world,
                                           .close_world = close_world,
                                           .on_failure = on_failure};
}

static struct chandra_replay_result
replay_file(struct replay *replay, const char *path)
{
    const struct chandra_replay_options options = options_for(replay);
    struct chandra_replay_result result = {0};
    struct chandra_error err;

    if (chandra_replay_file(path, &options, &result, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return result;
}

static void
assert_all_pass(struct replay *replay)
{
    static const char *const hand_written[] = {CONFORMANCE_FOLDER "/cases/plugin.yaml",
                                               CONFORMANCE_FOLDER "/cases/claim_hint.yaml",
                                               CONFORMANCE_FOLDER "/cases/context_hint.yaml"};
    struct chandra_replay_result result = replay_file(replay, RANDOM);
    size_t passed = 0;

    assert_int_equal(result.failed, 0);
    assert_int_equal(result.passed, RANDOM_CASES);
    for (size_t i = 0; i < sizeof(hand_written) / sizeof(hand_written[0]); i++) {
        result = replay_file(replay, hand_written[i]);
        assert_int_equal(result.failed, 0);
        passed += result.passed;
    }
    assert_int_equal(passed, HAND_WRITTEN_CASES);
}

static void
hard_rules_answer_as_the_real_plugin(void **state)
{
    struct replay replay = {0};

    (void)state;
    assert_all_pass(&replay);
}

#ifdef CONFORMANCE_POLICY
static struct chandra_policy *
load_policy(void)
{
    static const char *const paths[] = {CONFORMANCE_POLICY};
    struct chandra_policy *policy = NULL;
    struct chandra_error err;

    if (chandra_lua_policy_load_files(paths, 1, NULL, &policy, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return policy;
}

static void
default_policy_answers_as_the_real_plugin(void **state)
{
    struct replay replay = {.policy = load_policy()};

    (void)state;
    assert_all_pass(&replay);
    chandra_policy_unref(replay.policy);
}
#endif

/* The whole text of a file, gzipped or not; the caller frees it. */
static char *
read_text(const char *path, size_t *out_len)
{
    gzFile file = gzopen(path, "rb");
    char *text = malloc(MAX_TEXT);
    int len;

    assert_non_null(file);
    assert_non_null(text);
    len = gzread(file, text, MAX_TEXT - 1);
    assert_in_range(len, 1, MAX_TEXT - 2);
    gzclose(file);
    text[len] = '\0';
    *out_len = (size_t)len;
    return text;
}

/* The bytes of a file as they are. */
static char *
read_bytes(const char *path, size_t *out_len)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(MAX_TEXT);

    assert_non_null(file);
    assert_non_null(bytes);
    *out_len = fread(bytes, 1, MAX_TEXT, file);
    assert_in_range(*out_len, 1, MAX_TEXT - 1);
    fclose(file);
    return bytes;
}

/* Replace one word of the text by another of the same length, at its `nth` place. */
static void
flip(char *text, const char *word, const char *other, int nth)
{
    char *at = strstr(text, word);

    for (int i = 1; at && i < nth; i++)
        at = strstr(at + 1, word);
    assert_non_null(at);
    assert_int_equal(strlen(word), strlen(other));
    memcpy(at, other, strlen(other));
}

static void
one_wrong_want_fails_one_case(void **state)
{
    static const struct {
        const char *word;
        const char *other;
    } flips[] = {
        {"\"want\":{\"code\":\"Success\"}", "\"want\":{\"code\":\"Pending\"}"},
        {"\"want\":{\"code\":\"QueueSkip\"}", "\"want\":{\"code\":\"Queue\"    }"},
        {"\"selectedNode\":\"node-1\"},\"status\"", "\"selectedNode\":\"node-7\"},\"status\""},
        {"\"deleted\":[\"PodSchedulingContext team-a/pod-1\"]",
         "\"deleted\":[\"PodSchedulingContext team-a/pod-x\"]"},
    };
    struct replay replay = {.is_quiet = true};
    const struct chandra_replay_options options = options_for(&replay);
    size_t len;
    char *text = read_text(RANDOM, &len);

    (void)state;
    for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
        struct chandra_replay_result result = {0};

        flip(text, flips[i].word, flips[i].other, 3);
        assert_int_equal(chandra_replay_text(text, len, "flipped.jsonl", &options, &result, NULL),
                         CHANDRA_OK);
        assert_int_equal(result.failed, 1);
        assert_int_equal(result.passed, RANDOM_CASES - 1);
        flip(text, flips[i].other, flips[i].word, 1);
    }
    free(text);
}

static void
truncated_and_corrupt_files_fail(void **state)
{
    struct replay replay = {.is_quiet = true};
    const struct chandra_replay_options options = options_for(&replay);
    struct chandra_replay_result result = {0};
    struct chandra_error err;
    size_t len;
    char *bytes = read_bytes(INDEX_TRAP, &len);

    (void)state;
    assert_int_equal(chandra_replay_text(bytes, len - 1, "cut.jsonl.gz", &options, &result, &err),
                     CHANDRA_EPARSE);
    assert_non_null(strstr(err.message, "cut.jsonl.gz: the gzip stream is cut short"));
    assert_int_equal(chandra_replay_text(bytes, len / 2, "cut.jsonl.gz", &options, &result, &err),
                     CHANDRA_EPARSE);
    bytes[len / 2] ^= 0x10;
    assert_int_not_equal(chandra_replay_text(bytes, len, "bad.jsonl.gz", &options, &result, &err),
                         CHANDRA_OK);
    free(bytes);
}

/* Keep the lines of the list that are no comments. */
static void
drop_comments(char *text)
{
    char *out = text;
    char *next;

    for (char *line = text; *line; line = next) {
        next = line + strcspn(line, "\n");
        next += *next == '\n';
        if (*line == '#' || *line == '\n')
            continue;
        memmove(out, line, (size_t)(next - line));
        out += next - line;
    }
    *out = '\0';
}

static void
index_trap_differs_as_listed(void **state)
{
    char got[8192] = "";
    struct replay replay = {.is_quiet = true, .steps = got, .steps_size = sizeof(got)};
    size_t len;
    char *want = read_text(INDEX_TRAP_DIFFERENCES, &len);

    (void)state;
    replay_file(&replay, INDEX_TRAP);
    drop_comments(want);
    assert_string_equal(got, want);
    free(want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_rules_answer_as_the_real_plugin),
#ifdef CONFORMANCE_POLICY
        cmocka_unit_test(default_policy_answers_as_the_real_plugin),
#endif
        cmocka_unit_test(one_wrong_want_fails_one_case),
        cmocka_unit_test(truncated_and_corrupt_files_fail),
        cmocka_unit_test(index_trap_differs_as_listed),
    };

    return cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
}
