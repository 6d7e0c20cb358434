/* record_reader_test.c - reading records: formats, strict keys, places in errors, damaged files. */
#include "base/alloc.h"
#include "record/record.h"
#include "record_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#include <cmocka.h>

#define HEADER "{\"record\": 1, \"name\": \"a\", \"api\": \"resource.k8s.io/v1alpha2\"}\n"

static enum chandra_status
replay(const char *text, size_t len, const char *name, struct chandra_replay_result *result,
       struct chandra_error *err)
{
    struct record_world world = {0};
    const struct chandra_replay_options options = record_world_options(&world);

    *result = (struct chandra_replay_result){0};
    return chandra_replay_text(text, len, name, &options, result, err);
}

/* What a JSON Lines record is refused with. */
static void
assert_refused(const char *text, enum chandra_status want, const char *message)
{
    struct chandra_replay_result result;
    struct chandra_error err = {0};

    assert_int_equal(replay(text, strlen(text), "r.jsonl", &result, &err), want);
    if (!strstr(err.message, message))
        fail_msg("got \"%s\", want \"%s\"", err.message, message);
}

static void
names_tell_the_format(void **state)
{
    (void)state;
    assert_false(ch_record_format("a.jsonl").is_yaml);
    assert_false(ch_record_format("a.jsonl").is_gzip);
    assert_true(ch_record_format("a.yaml").is_yaml);
    assert_true(ch_record_format("a.yml").is_yaml);
    assert_true(ch_record_format("a.yaml.gz").is_yaml);
    assert_true(ch_record_format("a.yaml.gz").is_gzip);
    assert_false(ch_record_format("yaml").is_yaml);
    assert_false(ch_record_format(".gz").is_gzip);
    assert_false(ch_record_format("-").is_yaml);
}

static void
counts_cases_and_steps(void **state)
{
    static const char text[] =
        HEADER "\n{\"sync\": true}\r\n" HEADER "  \n{\"want\": {\"objects\": []}}";
    static const char yaml[] = "# a case\nrecord: 1\nname: a\napi: resource.k8s.io/v1alpha2\n"
                               "---\n---\nsync: true\n---\n# the end\n";
    struct chandra_replay_result result;

    (void)state;
    assert_int_equal(replay(text, strlen(text), "r.jsonl", &result, NULL), CHANDRA_OK);
    assert_int_equal(result.passed, 2);
    assert_int_equal(result.failed, 0);
    assert_int_equal(result.steps, 4);
    assert_int_equal(replay(yaml, strlen(yaml), "r.yaml", &result, NULL), CHANDRA_OK);
    assert_int_equal(result.passed, 1);
    assert_int_equal(result.steps, 2);
    assert_int_equal(replay("", 0, "r.jsonl", &result, NULL), CHANDRA_OK);
    assert_int_equal(result.passed, 0);
}

static void
errors_name_the_place(void **state)
{
    (void)state;
    assert_refused(HEADER "\n{\"sync\": tru}\n", CHANDRA_EPARSE, "r.jsonl:3:");
    assert_refused(HEADER "{\"sync\": true} 1\n", CHANDRA_EPARSE, "r.jsonl:2:");
    assert_refused(HEADER "{\"sync\": true,\"sync\": true}\n", CHANDRA_EPARSE, "r.jsonl:2:");
    assert_refused("{\"sync\": true}\n", CHANDRA_EINVAL, "r.jsonl:1:");
    assert_refused(HEADER "[]\n", CHANDRA_EINVAL, "r.jsonl:2:1: want an object, got a");
    assert_refused(HEADER "{}\n", CHANDRA_EINVAL, "a step needs one of");
    assert_refused(HEADER "{\"aply\": {}}\n", CHANDRA_EINVAL,
                   "r.jsonl:2:10: unknown key \"aply\", did you mean \"apply\"?");
    assert_refused(HEADER "{\"sync\": true, \"lag\": true}\n", CHANDRA_EINVAL, "\"lag\"");
    assert_refused(HEADER "{\"sync\": false}\n", CHANDRA_EINVAL, "sync: want true");
}

static void
header_is_checked(void **state)
{
    (void)state;
    assert_refused("{\"record\": 2, \"name\": \"a\", \"api\": \"resource.k8s.io/v1alpha2\"}",
                   CHANDRA_EUNSUPPORTED, "format 2");
    assert_refused("{\"record\": 1, \"name\": \"a\", \"api\": \"resource.k8s.io/v1\"}",
                   CHANDRA_EUNSUPPORTED, "\"resource.k8s.io/v1\"");
    assert_refused("{\"record\": 1, \"api\": \"resource.k8s.io/v1alpha2\"}", CHANDRA_EINVAL,
                   "name is missing");
    assert_refused("{\"record\": 1, \"name\": \"a\", \"api\": \"resource.k8s.io/v1alpha2\", "
                   "\"seed\": -1}",
                   CHANDRA_EINVAL, "seed");
    assert_refused("{\"record\": 1, \"name\": \"a\", \"api\": \"resource.k8s.io/v1alpha2\", "
                   "\"features\": {\"A\": 1}}",
                   CHANDRA_EINVAL, "features.A: want a bool");
    assert_refused("{\"record\": 1, \"name\": \"a\", \"api\": \"resource.k8s.io/v1alpha2\", "
                   "\"polcy\": \"x\"}",
                   CHANDRA_EINVAL, "did you mean \"policy\"");
}

static void
steps_are_checked(void **state)
{
    (void)state;
    assert_refused(HEADER "{\"apply\": {\"metadata\": {\"name\": \"a\"}}}", CHANDRA_EINVAL,
                   "kind is missing");
    assert_refused(HEADER "{\"apply\": {\"kind\": \"Node\", \"metadata\": {}}}", CHANDRA_EINVAL,
                   "name is missing");
    assert_refused(HEADER "{\"apply\": {\"kind\": \"Node\"}}", CHANDRA_EINVAL,
                   "metadata is missing");
    assert_refused(HEADER "{\"apply\": []}", CHANDRA_EINVAL, "want an object of the API");
    assert_refused(HEADER "{\"delete\": {\"kind\": \"Node\", \"nam\": \"a\"}}", CHANDRA_EINVAL,
                   "did you mean \"name\"");
    assert_refused(HEADER "{\"delete\": {\"kind\": \"Node\", \"name\": \"a\"}}", CHANDRA_ENOTFOUND,
                   "r.jsonl:2");
    assert_refused(HEADER "{\"want\": {\"objects\": [{\"kind\": \"Node\", \"metadata\": "
                          "{\"name\": \"a\"}}]}}",
                   CHANDRA_EINVAL, "not a Node");
    assert_refused(HEADER "{\"want\": {}}", CHANDRA_EINVAL, "objects is missing");
}

static void
calls_are_checked(void **state)
{
    (void)state;
    assert_refused(HEADER "{\"call\": \"Fliter\", \"pod\": \"a/b\"}", CHANDRA_EINVAL,
                   "did you mean \"Filter\"");
    assert_refused(HEADER "{\"call\": \"Filter\", \"pod\": \"a/b\"}", CHANDRA_EINVAL,
                   "nodes: want");
    assert_refused(HEADER "{\"call\": \"Filter\", \"pod\": \"a/b\", \"nodes\": [1]}",
                   CHANDRA_EINVAL, "nodes: want names");
    assert_refused(HEADER "{\"call\": \"Reserve\", \"pod\": \"a/b\"}", CHANDRA_EINVAL,
                   "node is missing");
    assert_refused(HEADER "{\"call\": \"Reserve\", \"pod\": \"a/b\", \"nodes\": \"*\"}",
                   CHANDRA_EINVAL, "did you mean \"node\"");
    assert_refused(HEADER "{\"call\": \"PreFilter\", \"pod\": \"b\"}", CHANDRA_EINVAL,
                   "want NAMESPACE/NAME");
    assert_refused(HEADER "{\"call\": \"PreFilter\", \"pod\": \"a/b/c\"}", CHANDRA_EINVAL,
                   "want NAMESPACE/NAME");
    assert_refused(HEADER "{\"call\": \"PreFilter\", \"pod\": \"a/b\"}", CHANDRA_ENOTFOUND,
                   "pod a/b was never applied");
    assert_refused(HEADER
                   "{\"call\": \"Hint\", \"pod\": \"a/b\", \"event\": \"ResourceClaim/add\"}",
                   CHANDRA_EINVAL, "old, new or both");
    assert_refused(HEADER "{\"call\": \"Hint\", \"pod\": \"a/b\", \"event\": \"ResourceClaim\"}",
                   CHANDRA_EINVAL, "event");
}

static void
wants_are_checked(void **state)
{
    (void)state;
    assert_refused(HEADER "{\"call\": \"PreFilter\", \"pod\": \"a/b\", \"want\": {}}",
                   CHANDRA_EINVAL, "code is missing");
    assert_refused(HEADER "{\"call\": \"PreFilter\", \"pod\": \"a/b\", \"want\": "
                          "{\"code\": \"Succes\"}}",
                   CHANDRA_EINVAL, "did you mean \"Success\"");
    assert_refused(HEADER "{\"call\": \"Filter\", \"pod\": \"a/b\", \"nodes\": \"*\", \"want\": "
                          "{\"code\": \"Success\"}}",
                   CHANDRA_EINVAL, "did you mean \"codes\"");
    assert_refused(HEADER "{\"call\": \"PreBind\", \"pod\": \"a/b\", \"node\": \"n\", \"want\": "
                          "{\"code\": \"Success\", \"changed\": [1]}}",
                   CHANDRA_EINVAL, "want an object of the API");
    assert_refused(HEADER "{\"call\": \"Score\", \"pod\": \"a/b\", \"nodes\": \"*\", \"want\": "
                          "{\"code\": \"Success\", \"scores\": {\"n\": 0.5}}}",
                   CHANDRA_EINVAL, "want.scores.n: want an integer");
}

/* Pack text as gzip; the caller frees *out. */
static size_t
pack(const char *text, char **out)
{
    z_stream stream = {0};
    const size_t capacity = strlen(text) + 1024;

    *out = malloc(capacity);
    assert_non_null(*out);
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (const Bytef *)text;
    stream.avail_in = (unsigned)strlen(text);
    stream.next_out = (Bytef *)*out;
    stream.avail_out = (unsigned)capacity;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

static void
gzip_is_read(void **state)
{
    struct chandra_replay_result result;
    char *packed;
    char *twice;
    const size_t len = pack(HEADER "{\"sync\": true}\n", &packed);

    (void)state;
    assert_int_equal(replay(packed, len, "r.jsonl.gz", &result, NULL), CHANDRA_OK);
    assert_int_equal(result.passed, 1);
    twice = malloc(2 * len);
    assert_non_null(twice);
    memcpy(twice, packed, len);
    memcpy(twice + len, packed, len);
    assert_int_equal(replay(twice, 2 * len, "r.jsonl.gz", &result, NULL), CHANDRA_OK);
    assert_int_equal(result.passed, 2);
    free(twice);
    free(packed);
}

static void
damaged_gzip_is_noticed(void **state)
{
    struct chandra_replay_result result;
    struct chandra_error err;
    char *packed;
    const size_t len = pack(HEADER "{\"sync\": true}\n" HEADER "{\"sync\": true}\n", &packed);

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(replay(packed, cut, "r.jsonl.gz", &result, &err), CHANDRA_EPARSE);
        assert_non_null(strstr(err.message, "r.jsonl.gz: the gzip stream is"));
    }
    /* Without its trailer the text is complete: what was replayed stays counted. */
    assert_int_equal(replay(packed, len - 8, "r.jsonl.gz", &result, &err), CHANDRA_EPARSE);
    assert_int_equal(result.passed, 1);
    assert_int_equal(result.steps, 4);
    packed[len - 6] ^= 1; /* the checksum */
    assert_int_equal(replay(packed, len, "r.jsonl.gz", &result, &err), CHANDRA_EPARSE);
    assert_non_null(strstr(err.message, "corrupt"));
    assert_int_equal(replay(HEADER, strlen(HEADER), "r.jsonl.gz", &result, &err), CHANDRA_EPARSE);
    free(packed);
}

static void
missing_file(void **state)
{
    struct record_world world = {0};
    const struct chandra_replay_options options = record_world_options(&world);
    struct chandra_replay_result result = {0};
    struct chandra_error err;

    (void)state;
    assert_int_equal(chandra_replay_file("/nonexistent/r.jsonl", &options, &result, &err),
                     CHANDRA_EIO);
    assert_non_null(strstr(err.message, "/nonexistent/r.jsonl: "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell_the_format),   cmocka_unit_test(counts_cases_and_steps),
        cmocka_unit_test(errors_name_the_place),   cmocka_unit_test(header_is_checked),
        cmocka_unit_test(steps_are_checked),       cmocka_unit_test(calls_are_checked),
        cmocka_unit_test(wants_are_checked),       cmocka_unit_test(gzip_is_read),
        cmocka_unit_test(damaged_gzip_is_noticed), cmocka_unit_test(missing_file),
    };

    return cmocka_run_group_tests_name("record_reader", tests, NULL, NULL);
}
