/* doc_yaml_test.c - what the YAML parser makes of scalars, aliases and streams, and what it
 * refuses. */
#include "doc_kit.h"

#include <stdio.h>

static void
check_yaml(const char *text, const char *want)
{
    struct chandra_doc *doc = parse(true, text);

    assert_int_equal(chandra_doc_count(doc), 1);
    check_print(chandra_doc_root(doc, 0), CHANDRA_PRINT_COMPACT, want);
    chandra_doc_free(doc);
}

static void
resolves_plain_scalars(void **state)
{
    static const char *const scalars[][2] = {
        {"~", "null"},
        {"Null", "null"},
        {"nULL", "\"nULL\""},
        {"True", "true"},
        {"yes", "true"},
        {"ON", "true"},
        {"off", "false"},
        {"No", "false"},
        {"y", "\"y\""},
        {"tRue", "\"tRue\""},
        {"es", "\"es\""},
        {"12", "12"},
        {"-12", "-12"},
        {"+12", "12"},
        {"0", "0"},
        {"-0", "-0"},
        {"0644", "420"},
        {"0o17", "15"},
        {"0x1F", "31"},
        {"-0x10", "-16"},
        {"0x", "\"0x\""},
        {"0xg", "\"0xg\""},
        {"0xffffffffffffffffffff", "\"0xffffffffffffffffffff\""},
        {"08", "8"},
        {"007.5", "7.5"},
        {".5", "0.5"},
        {"1.", "1"},
        {"1.e3", "1e3"},
        {"-.5e-3", "-0.5e-3"},
        {"1.50", "1.50"},
        {"1e3", "1e3"},
        {"12e4567", "\"12e4567\""},
        {"9007199254740993", "9007199254740993"},
        {"1.2.3", "\"1.2.3\""},
        {"1_000", "\"1_000\""},
        {".", "\".\""},
        {"-", "[null]"},
        {"+", "\"+\""},
        {"e5", "\"e5\""},
        {"1e", "\"1e\""},
        {"12:30:45", "\"12:30:45\""},
        {"2001-12-14", "\"2001-12-14\""},
        {"\"yes\"", "\"yes\""},
        {"'12'", "\"12\""},
        {"\"a\\tb\\x41\\u00e9\"", "\"a\\tbA\xc3\xa9\""},
        {"!!str 12", "\"12\""},
        {"! 12", "\"12\""},
        {"!!int \"12\"", "12"},
        {"!!float \"1.5\"", "1.5"},
        {"!!bool \"true\"", "true"},
        {"!!null \"\"", "null"},
        {"!!map {a: 1}", "{\"a\":1}"},
        {"!!seq [1]", "[1]"},
        {"! [1]", "[1]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(scalars) / sizeof(*scalars); i++)
        check_yaml(scalars[i][0], scalars[i][1]);
}

static void
reads_blocks_and_flows(void **state)
{
    (void)state;
    check_yaml("a: 1\nb:\n- x\n- y: [1, {z: 2}]\n  w: |\n    two\n    lines\n",
               "{\"a\":1,\"b\":[\"x\",{\"y\":[1,{\"z\":2}],\"w\":\"two\\nlines\\n\"}]}");
    check_yaml("a: >-\n  folded\n  text\nb:\n# comment\nc: {}\n",
               "{\"a\":\"folded text\",\"b\":null,\"c\":{}}");
    check_yaml("{\"json\": [true, null, \"x\"]}", "{\"json\":[true,null,\"x\"]}");
    check_yaml("\xef\xbb\xbf"
               "a: 1",
               "{\"a\":1}");
    check_yaml("\xef\xbb\xbf"
               "a: 1\r\nb: 2\r\n",
               "{\"a\":1,\"b\":2}");
    check_yaml("%YAML 1.2\n---\na: 1\n...\n", "{\"a\":1}");
    check_yaml("? a\n: 1\n", "{\"a\":1}");
}

static void
reads_streams(void **state)
{
    struct chandra_doc *doc = parse(true, "---\na: 1\n---\n---\n- b\n...\n---\nc\n");

    (void)state;
    assert_int_equal(chandra_doc_count(doc), 4);
    check_print(chandra_doc_root(doc, 0), CHANDRA_PRINT_COMPACT, "{\"a\":1}");
    check_print(chandra_doc_root(doc, 1), CHANDRA_PRINT_COMPACT, "null");
    check_print(chandra_doc_root(doc, 2), CHANDRA_PRINT_COMPACT, "[\"b\"]");
    check_print(chandra_doc_root(doc, 3), CHANDRA_PRINT_COMPACT, "\"c\"");
    assert_null(chandra_doc_root(doc, 4));
    assert_int_equal(chandra_value_line(chandra_doc_root(doc, 2)), 5);
    chandra_doc_free(doc);
    doc = parse(true, "# nothing\n");
    assert_int_equal(chandra_doc_count(doc), 0);
    chandra_doc_free(doc);
}

static void
knows_places(void **state)
{
    struct chandra_doc *doc = parse(true, "a: 1\n\xc3\xa9: {b: x}\nc:\n  - 2\n");
    const struct chandra_value *root = chandra_doc_root(doc, 0);
    const struct chandra_value *two = chandra_value_at(chandra_value_get(root, "c"), 0);

    (void)state;
    assert_int_equal(chandra_value_column(chandra_value_get(root, "a")), 4);
    assert_int_equal(chandra_value_column(chandra_value_get(root, "\xc3\xa9")), 4);
    assert_int_equal(chandra_value_line(two), 4);
    assert_int_equal(chandra_value_column(two), 5);
    chandra_doc_free(doc);
}

static void
copies_aliases(void **state)
{
    (void)state;
    check_yaml("a: &x {p: [1]}\nb: *x\nc: [*x, *x]\n",
               "{\"a\":{\"p\":[1]},\"b\":{\"p\":[1]},\"c\":[{\"p\":[1]},{\"p\":[1]}]}");
    check_yaml("- &x 1\n- *x\n- &x 2\n- *x\n", "[1,1,2,2]");
}

static void
merges_objects(void **state)
{
    (void)state;
    check_yaml("d: &d {a: 1, b: 2}\ne:\n  <<: *d\n  b: 3\n",
               "{\"d\":{\"a\":1,\"b\":2},\"e\":{\"b\":3,\"a\":1}}");
    check_yaml("x: {<<: [{a: 1}, {a: 2, b: 3}], c: 4}", "{\"x\":{\"c\":4,\"a\":1,\"b\":3}}");
    check_yaml("{\"<<\": 1}", "{\"<<\":1}");
}

static void
refuses_what_kubernetes_cannot_mean(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } bad[] = {
        {"a: 1\nb: 2\na: 3\n", "t:3:1: key \"a\" occurs twice"},
        {"1: a", "t:1:1: a key must be a string, got a number; to use it, quote it: \"1\""},
        {"on: a", "t:1:1: a key must be a string, got a boolean; to use it, quote it: \"on\""},
        {"? [a]\n: b", "t:1:3: a key must be a string"},
        {"? {a: b}\n: b", "t:1:3: a key must be a string"},
        {"a: &x b\n*x : c", "t:2:1: a key must be a string"},
        {"a:\n\tb: 1", "t:2:1: a tab cannot indent; use spaces"},
        {"a: [1, 2", "t:2:1: did not find expected ',' or ']' while parsing a flow sequence"},
        {"a: b: c", "t:1:5: mapping values are not allowed in this context"},
        {"a: .inf", "t:1:4: .inf: JSON has no infinity and no NaN"},
        {"- -.INF", "t:1:3: -.INF: JSON has no infinity and no NaN"},
        {"- .nan", "t:1:3: .nan: JSON has no infinity and no NaN"},
        {"- *x", "t:1:3: alias *x has no anchor"},
        {"--- &x 1\n--- *x", "t:2:5: alias *x has no anchor"},
        {"a: &a\n  b: *a", "t:2:6: alias *a contains itself"},
        {"a: !foo 1", "t:1:4: tag !foo is not supported"},
        {"a: !!binary QQ==", "t:1:4: \"QQ==\" is no !!binary"},
        {"a: !!int x", "t:1:4: \"x\" is no !!int"},
        {"a: !!int \"1.5\"", "t:1:4: \"1.5\" is no !!int"},
        {"a: !!set {b}", "t:1:4: tag tag:yaml.org,2002:set is not supported here"},
        {"a: !!map [b]", "t:1:4: tag tag:yaml.org,2002:map is not supported here"},
        {"a: \"\\0\"", "t:1:4: a string must not contain a NUL"},
        {"a: {<<: 1}", "t:1:5: << wants an object or a list of objects"},
        {"a: {<<: [1]}", "t:1:5: << wants an object or a list of objects"},
        {"a: {<<: {}, <<: {}}", "t:1:13: key \"<<\" occurs twice"},
        {"a: \"\xff\"", "t:1:5: invalid leading UTF-8 octet"},
        {"a: 1\nb: \x01", "t:2:4: control characters are not allowed"},
    };
    struct chandra_error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_string_equal(parse_error(true, bad[i].text, strlen(bad[i].text), NULL, &err),
                            bad[i].message);
        assert_int_equal(err.status, CHANDRA_EPARSE);
    }
    parse_error(true, "a: b\0c", 6, NULL, &err);
    parse_error(true, "\0", 1, NULL, &err);
}

static void
obeys_its_limits(void **state)
{
    const struct chandra_doc_limits few = {
        .size = sizeof(few), .max_bytes = 30, .max_depth = 2, .max_values = 6, .max_aliases = 2};
    static const struct {
        const char *text;
        const char *message;
    } bad[] = {
        {"[[[1]]]", "t:1:3: arrays and objects are nested too deep"},
        {"[1, 2, 3, 4, 5, 6]", "t:1:17: too many values"},
        {"[&a [1, 2], *a]", "t:1:13: too many values"},
        {"[&a 1, *a, *a, *a]", "t:1:16: too many aliases"},
        {"0123456789012345678901234567890", "t: the text has more than 30 bytes"},
    };
    struct chandra_error err;
    char *text;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_string_equal(parse_error(true, bad[i].text, strlen(bad[i].text), &few, &err),
                            bad[i].message);
        assert_int_equal(err.status, CHANDRA_ELIMIT);
    }
    text = nested(20000, "[", "", "]");
    parse_error(true, text, strlen(text), NULL, &err);
    ch_free(text);
    text = nested(70, "1", "", "");
    assert_non_null(strstr(parse_error(true, text, strlen(text), NULL, &err), "too long"));
    ch_free(text);
}

/* Nine levels of nine aliases each: 9^9 values. */
static void
survives_a_billion_laughs(void **state)
{
    struct chandra_error err;
    char text[1000] = "a0: &a0 [lol]\n";
    size_t len = strlen(text);

    (void)state;
    for (int i = 1; i < 10; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                                i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    parse_error(true, text, len, NULL, &err);
    assert_int_equal(err.status, CHANDRA_ELIMIT);
}

/* Each alias adds a level. */
static void
aliases_cannot_nest_too_deep(void **state)
{
    struct chandra_error err;
    char text[10000] = "- &a0 [x]\n";
    size_t len = strlen(text);

    (void)state;
    for (int i = 1; i < 150; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "- &a%d [*a%d]\n", i, i - 1);
    assert_non_null(strstr(parse_error(true, text, len, NULL, &err), "nested too deep"));
}

/* libyaml's own allocations cannot be refused; ours all are, one by one. */
static void
survives_running_out_of_memory(void **state)
{
    static const char text[] = "a: &x {b: [1, 'two', ~, yes]}\nc: *x\nd: {<<: *x, e: 1}\n"
                               "l: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1,\n"
                               " k: 1, l: 1, m: 1, n: 1, o: 1, p: 1, q: 1, r: 1}\n--- z\n";
    struct chandra_doc *doc = NULL;
    long passes = 0;

    (void)state;
    for (;; passes++) {
        enum chandra_status st;

        ch_alloc_fail_after(passes);
        st = chandra_doc_parse_yaml(text, sizeof(text) - 1, "t", NULL, &doc, NULL);
        ch_alloc_fail_after(-1);
        if (st == CHANDRA_OK)
            break;
        assert_int_equal(st, CHANDRA_ENOMEM);
        assert_null(doc);
    }
    assert_true(passes > 5);
    assert_int_equal(chandra_doc_count(doc), 2);
    chandra_doc_free(doc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves_plain_scalars),
        cmocka_unit_test(reads_blocks_and_flows),
        cmocka_unit_test(reads_streams),
        cmocka_unit_test(knows_places),
        cmocka_unit_test(copies_aliases),
        cmocka_unit_test(merges_objects),
        cmocka_unit_test(refuses_what_kubernetes_cannot_mean),
        cmocka_unit_test(obeys_its_limits),
        cmocka_unit_test(survives_a_billion_laughs),
        cmocka_unit_test(aliases_cannot_nest_too_deep),
        cmocka_unit_test(survives_running_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
