/* doc_json_test.c - what the JSON parser accepts, where it finds it, and what it refuses. */
#include "doc_kit.h"

#include "doc/value.h"

#include <stdio.h>

static void
check_same(const char *text, const char *want)
{
    struct chandra_doc *doc = parse(false, text);

    assert_int_equal(chandra_doc_count(doc), 1);
    check_print(chandra_doc_root(doc, 0), CHANDRA_PRINT_COMPACT, want);
    chandra_doc_free(doc);
}

static void
reads_every_type(void **state)
{
    (void)state;
    check_same("null", "null");
    check_same(" true ", "true");
    check_same("\r\n\tfalse\n", "false");
    check_same("\"\"", "\"\"");
    check_same("[ ]", "[]");
    check_same("{ }", "{}");
    check_same("[1,[2,[3]],{\"a\":{\"b\":[]}}]", "[1,[2,[3]],{\"a\":{\"b\":[]}}]");
    check_same("{\"b\" : 1 ,\n\"a\" : 2}", "{\"b\":1,\"a\":2}");
    check_same("{\"\":1}", "{\"\":1}");
}

static void
keeps_the_text_of_numbers(void **state)
{
    static const char *const numbers[] = {
        "0",
        "-0",
        "1.50",
        "1e3",
        "1E+3",
        "-2.5e-10",
        "9007199254740993",
        "9223372036854775807",
        "123456789012345678901234567890",
        "1e-400",
        "0.10000000000000000000000000000000000000000000000000000000001"};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        check_same(numbers[i], numbers[i]);
}

static void
decodes_strings(void **state)
{
    struct chandra_doc *doc = parse(
        false, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83c\\udf19\xc3\xa9\x7f\"");

    (void)state;
    assert_string_equal(chandra_value_string(chandra_doc_root(doc, 0)),
                        "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x99\xc3\xa9\x7f");
    chandra_doc_free(doc);
}

static void
check_place(const struct chandra_value *value, unsigned line, unsigned column)
{
    assert_int_equal(chandra_value_line(value), line);
    assert_int_equal(chandra_value_column(value), column);
}

static void
knows_the_place_of_every_value(void **state)
{
    struct chandra_doc *doc = parse(false, "{\n  \"a\": [1,\n 22 , \"x\"],\n\"\xc3\xa9\": null, "
                                           "\"\xf0\x9f\x8c\x99\":\ttrue\r\n}");
    const struct chandra_value *root = chandra_doc_root(doc, 0);
    const struct chandra_value *list = chandra_value_get(root, "a");

    (void)state;
    check_place(root, 1, 1);
    check_place(list, 2, 8);
    check_place(chandra_value_at(list, 0), 2, 9);
    check_place(chandra_value_at(list, 1), 3, 2);
    check_place(chandra_value_at(list, 2), 3, 7);
    check_place(chandra_value_get(root, "\xc3\xa9"), 4, 6);
    check_place(chandra_value_get(root, "\xf0\x9f\x8c\x99"), 4, 17);
    assert_string_equal(chandra_doc_name(doc), "t");
    chandra_doc_free(doc);
}

static void
refuses_bad_syntax_with_its_place(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } bad[] = {
        {"", "t:1:1: want a value, but the text ends"},
        {" \n ", "t:2:2: want a value, but the text ends"},
        {"[1,]", "t:1:4: want a value, got ']'"},
        {"[1 2]", "t:1:4: want ',' or ']', got '2'"},
        {"[1", "t:1:3: want ',' or ']', but the text ends"},
        {"{\"a\":1,}", "t:1:8: want a member's name in quotes, got '}'"},
        {"{a:1}", "t:1:2: want a member's name in quotes, got 'a'"},
        {"{\"a\" 1}", "t:1:6: want ':', got '1'"},
        {"{\"a\":1", "t:1:7: want ',' or '}', but the text ends"},
        {"[1]\n x", "t:2:2: want the end of the text, got 'x'"},
        {"01", "t:1:2: want the end of the text, got '1'"},
        {"1.", "t:1:3: want a digit, but the text ends"},
        {".5", "t:1:1: want a value, got '.'"},
        {"+1", "t:1:1: want a value, got '+'"},
        {"-", "t:1:2: want a digit, but the text ends"},
        {"1e", "t:1:3: want a digit, but the text ends"},
        {"NaN", "t:1:1: want a value, got 'N'"},
        {"nul", "t:1:1: want a value, got 'n'"},
        {"'a'", "t:1:1: want a value, got '''"},
        {"[1] // c", "t:1:5: want the end of the text, got '/'"},
        {"\"a", "t:1:3: want the end of a string, but the text ends"},
        {"\"a\\", "t:1:3: unknown escape in a string"},
        {"\"\\x41\"", "t:1:2: unknown escape in a string"},
        {"\"\\u12g4\"", "t:1:2: want four hexadecimal digits after \\u"},
        {"\"\\u12\"", "t:1:2: want four hexadecimal digits after \\u"},
        {"\"\\u0000\"", "t:1:2: a string must not contain a NUL"},
        {"\"\\ud800\"", "t:1:2: half of a surrogate pair"},
        {"\"\\udc00\\ud800\"", "t:1:2: half of a surrogate pair"},
        {"\"\\ud800\\u0041\"", "t:1:2: half of a surrogate pair"},
        {"\"a\nb\"", "t:1:3: a control character in a string must be escaped"},
        {"\"\xff\"", "t:1:2: a string is not valid UTF-8"},
        {"\"\xc0\x80\"", "t:1:2: a string is not valid UTF-8"},
        {"\"\xed\xa0\x80\"", "t:1:2: a string is not valid UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "t:1:2: a string is not valid UTF-8"},
        {"\xef\xbb\xbf\xef\xbb\xbf{}", "t:1:1: want a value, got the byte 0xef"},
        {"\xef\xbb\xbf{,", "t:1:2: want a member's name in quotes, got ','"},
        {"1e999", "t:1:1: the number is too large"},
        {"[-1e999]", "t:1:2: the number is too large"},
        {"{\"a\":1,\n\"a\":2}", "t:2:5: key \"a\" occurs twice"},
        {"{\"a\":1,\"\\u0061\":2}", "t:1:17: key \"a\" occurs twice"},
    };
    struct chandra_error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_string_equal(parse_error(false, bad[i].text, strlen(bad[i].text), NULL, &err),
                            bad[i].message);
        assert_int_equal(err.status, CHANDRA_EPARSE);
    }
}

static void
refuses_a_nul_anywhere(void **state)
{
    struct chandra_error err;

    (void)state;
    assert_string_equal(parse_error(false, "\"a\0b\"", 5, NULL, &err),
                        "t:1:3: a control character in a string must be escaped");
    assert_string_equal(parse_error(false, "1\0", 2, NULL, &err),
                        "t:1:2: want the end of the text, got the byte 0x00");
}

static void
reads_only_the_given_length(void **state)
{
    struct chandra_doc *doc = NULL;

    (void)state;
    assert_int_equal(chandra_doc_parse_json("12,garbage", 2, NULL, NULL, &doc, NULL), CHANDRA_OK);
    assert_string_equal(chandra_value_number_text(chandra_doc_root(doc, 0)), "12");
    assert_string_equal(chandra_doc_name(doc), "");
    chandra_doc_free(doc);
}

static void
finds_duplicates_among_many(void **state)
{
    struct chandra_error err;
    char text[40000];
    size_t len = 1;

    (void)state;
    text[0] = '{';
    for (int i = 0; i < 2000; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "\"k%d\":%d,", i, i);
    snprintf(text + len, sizeof(text) - len, "\"k1234\":0}");
    assert_non_null(
        strstr(parse_error(false, text, strlen(text), NULL, &err), "key \"k1234\" occurs twice"));
    snprintf(text + len, sizeof(text) - len, "\"x\":0}");
    {
        struct chandra_doc *doc = parse(false, text);
        const struct chandra_value *root = chandra_doc_root(doc, 0);
        int64_t number = -1;

        assert_true(chandra_value_int64(chandra_value_get(root, "k1999"), &number));
        assert_int_equal(number, 1999);
        assert_null(chandra_value_get(root, "k2000"));
        chandra_doc_free(doc);
    }
}

static void
obeys_its_limits(void **state)
{
    const struct chandra_doc_limits few = {
        .size = sizeof(few), .max_bytes = 20, .max_depth = 2, .max_values = 3};
    const struct chandra_doc_limits deep = {.size = sizeof(deep), .max_depth = 1000000};
    struct chandra_doc *doc = NULL;
    struct chandra_error err;
    char *text;

    (void)state;
    assert_int_equal(chandra_doc_parse_json("[[1]]", 5, "t", &few, &doc, &err), CHANDRA_OK);
    chandra_doc_free(doc);
    assert_string_equal(parse_error(false, "[[[]]]", 6, &few, &err),
                        "t:1:4: arrays and objects are nested too deep");
    assert_int_equal(err.status, CHANDRA_ELIMIT);
    assert_string_equal(parse_error(false, "[1,2,3]", 7, &few, &err), "t:1:6: too many values");
    assert_int_equal(err.status, CHANDRA_ELIMIT);
    assert_string_equal(parse_error(false, "[                   ]", 21, &few, &err),
                        "t: the text has more than 20 bytes");
    assert_int_equal(err.status, CHANDRA_ELIMIT);
    text = nested(64, "1", "", "");
    assert_non_null(strstr(parse_error(false, text, 64, NULL, &err), "the number is too long"));
    ch_free(text);
    text = nested(100, "[", "", "]");
    doc = parse(false, text);
    chandra_doc_free(doc);
    ch_free(text);
    text = nested(100, "{\"a\":", "[]", "}");
    parse_error(false, text, strlen(text), NULL, &err);
    ch_free(text);
    text = nested(1000, "[", "", "]");
    assert_int_equal(chandra_doc_parse_json(text, strlen(text), "t", &deep, &doc, &err),
                     CHANDRA_OK);
    chandra_doc_free(doc);
    ch_free(text);
    text = nested(100000, "[", "", "]");
    assert_non_null(strstr(parse_error(false, text, strlen(text), &deep, &err), "too deep"));
    ch_free(text);
}

/* An older caller knows fewer limits. */
static void
limits_may_be_shorter_than_ours(void **state)
{
    struct chandra_doc_limits old = {.size = offsetof(struct chandra_doc_limits, max_values),
                                     .max_values = 1};
    struct chandra_doc *doc = NULL;

    (void)state;
    assert_int_equal(chandra_doc_parse_json("[1,2]", 5, "t", &old, &doc, NULL), CHANDRA_OK);
    chandra_doc_free(doc);
}

/* Refuse the n-th allocation for every n. */
static enum chandra_status
parse_without(const char *text, struct chandra_doc **out_doc, struct chandra_error *err)
{
    return ch_doc_parse_json_without("no", text, strlen(text), "t", out_doc, err);
}

static void
check_without(const char *text, const char *want)
{
    struct chandra_doc *doc = NULL;

    assert_int_equal(parse_without(text, &doc, NULL), CHANDRA_OK);
    check_print(chandra_doc_root(doc, 0), CHANDRA_PRINT_COMPACT, want);
    chandra_doc_free(doc);
}

static void
reads_unwanted_arrays_as_null(void **state)
{
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    (void)state;
    check_without("{\"a\":[1],\"no\":[{\"b\":[2,{}]},\"]\"],\"c\":{\"no\" : [ 3,4 ] , \"d\":5}}",
                  "{\"a\":[1],\"no\":null,\"c\":{\"no\":null,\"d\":5}}");
    check_without("\xef\xbb\xbf{\"no\":[true],\"e\":-6.5}", "{\"no\":null,\"e\":-6.5}");
    /* Other types are kept, as are arrays that have no room for the word, and other names. */
    check_without("{\"no\":\"text\"}", "{\"no\":\"text\"}");
    check_without("{\"no\":{\"no\":7}}", "{\"no\":{\"no\":7}}");
    check_without("{\"no\":[],\"f\":1}", "{\"no\":[],\"f\":1}");
    check_without("{\"no\":[8],\"g\":1}", "{\"no\":[8],\"g\":1}");
    check_without("[\"no\",[9,10]]", "[\"no\",[9,10]]");
    check_without("{\"not\":[1,2],\"n\":[3,4],\"n\\u006f\":[5,6]}",
                  "{\"not\":[1,2],\"n\":[3,4],\"no\":[5,6]}");
    /* They are checked all the same, and places stay those of the text. */
    assert_int_equal(parse_without("{\"no\":[1,,]}", &doc, &err), CHANDRA_EPARSE);
    assert_string_equal(err.message, "t:1:10: want a value, got ','");
    assert_int_equal(parse_without("{\"no\":[1,\n2],\"h\":3}", &doc, &err), CHANDRA_OK);
    assert_int_equal(chandra_value_line(chandra_value_get(chandra_doc_root(doc, 0), "h")), 2);
    assert_int_equal(chandra_value_column(chandra_value_get(chandra_doc_root(doc, 0), "h")), 8);
    chandra_doc_free(doc);
}

static void
survives_running_out_of_memory(void **state)
{
    static const char text[] =
        "{\"kind\":\"List\",\"items\":[{\"a\":1,\"b\":[true,null,\"text\"]},{\"a\":2.5}],"
        "\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1,\"6\":1,\"7\":1,\"8\":1,\"9\":1,\"10\":1,"
        "\"11\":1,\"12\":1,\"13\":1,\"14\":1,\"15\":1,\"16\":1,\"17\":1,\"18\":1}";
    struct chandra_doc *doc = NULL;
    long passes = 0;

    (void)state;
    for (;; passes++) {
        struct chandra_error err;
        enum chandra_status st;

        ch_alloc_fail_after(passes);
        st = chandra_doc_parse_json(text, sizeof(text) - 1, "t", NULL, &doc, &err);
        ch_alloc_fail_after(-1);
        if (st == CHANDRA_OK)
            break;
        assert_int_equal(st, CHANDRA_ENOMEM);
        assert_int_equal(err.status, CHANDRA_ENOMEM);
        assert_null(doc);
    }
    assert_true(passes > 50); /* cJSON's allocations are among them */
    check_print(chandra_doc_root(doc, 0), CHANDRA_PRINT_COMPACT, text);
    chandra_doc_free(doc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_type),
        cmocka_unit_test(keeps_the_text_of_numbers),
        cmocka_unit_test(decodes_strings),
        cmocka_unit_test(knows_the_place_of_every_value),
        cmocka_unit_test(refuses_bad_syntax_with_its_place),
        cmocka_unit_test(refuses_a_nul_anywhere),
        cmocka_unit_test(reads_only_the_given_length),
        cmocka_unit_test(finds_duplicates_among_many),
        cmocka_unit_test(obeys_its_limits),
        cmocka_unit_test(limits_may_be_shorter_than_ours),
        cmocka_unit_test(reads_unwanted_arrays_as_null),
        cmocka_unit_test(survives_running_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
