/* doc_value_test.c - reading, building, comparing, copying and printing values; typed fields. */
#include "doc/value.h"
#include "doc_kit.h"

#include <math.h>
#include <stdio.h>

enum { MANY = 1000 };

static struct chandra_doc *
new_doc(void)
{
    struct chandra_doc *doc = NULL;

    assert_int_equal(chandra_doc_new(&doc, NULL), CHANDRA_OK);
    return doc;
}

static void
null_answers_like_a_null(void **state)
{
    int64_t integer;
    double real;

    (void)state;
    assert_int_equal(chandra_value_type(NULL), CHANDRA_NULL);
    assert_null(chandra_value_get(NULL, "a"));
    assert_null(chandra_value_at(NULL, 0));
    assert_null(chandra_value_key(NULL, 0));
    assert_null(chandra_value_string(NULL));
    assert_null(chandra_value_number_text(NULL));
    assert_int_equal(chandra_value_count(NULL), 0);
    assert_false(chandra_value_int64(NULL, &integer));
    assert_false(chandra_value_double(NULL, &real));
    assert_false(chandra_value_is_true(NULL));
    assert_int_equal(chandra_value_line(NULL), 0);
    assert_int_equal(chandra_doc_count(NULL), 0);
    assert_string_equal(chandra_doc_name(NULL), "");
    assert_false(chandra_value_append(NULL, NULL));
    assert_false(chandra_value_set(NULL, "a", NULL));
    assert_false(chandra_value_remove(NULL, "a"));
    assert_null(chandra_value_get_mutable(NULL, "a"));
    chandra_doc_free(NULL);
    check_print(NULL, CHANDRA_PRINT_COMPACT, "null");
    check_print(NULL, CHANDRA_PRINT_YAML, "null\n");
}

static void
types_do_not_mix(void **state)
{
    struct chandra_doc *doc = parse(false, "[1, \"x\", {\"a\": true}, 1.5, 99999999999999999999]");
    const struct chandra_value *root = chandra_doc_root(doc, 0);
    const struct chandra_value *object = chandra_value_at(root, 2);
    int64_t integer = 0;
    double real = 0;

    (void)state;
    assert_null(chandra_value_get(root, "a"));
    assert_null(chandra_value_key(root, 0));
    assert_null(chandra_value_string(chandra_value_at(root, 0)));
    assert_null(chandra_value_number_text(chandra_value_at(root, 1)));
    assert_true(chandra_value_int64(chandra_value_at(root, 0), &integer));
    assert_int_equal(integer, 1);
    assert_false(chandra_value_int64(chandra_value_at(root, 1), &integer));
    assert_false(chandra_value_int64(chandra_value_at(root, 3), &integer));
    assert_false(chandra_value_int64(chandra_value_at(root, 4), &integer));
    assert_true(chandra_value_double(chandra_value_at(root, 3), &real));
    assert_true(real == 1.5);
    assert_string_equal(chandra_value_key(object, 0), "a");
    assert_null(chandra_value_key(object, 1));
    assert_null(chandra_value_get(object, "A")); /* the comparison is exact */
    assert_null(chandra_value_get(object, NULL));
    assert_true(chandra_value_is_true(chandra_value_get(object, "a")));
    assert_string_equal(chandra_type_name(CHANDRA_BOOL), "boolean");
    chandra_doc_free(doc);
}

static void
builds_values(void **state)
{
    struct chandra_doc *doc = new_doc();
    struct chandra_value *root = chandra_value_new_object(doc);
    struct chandra_value *list = chandra_value_new_array(doc);

    (void)state;
    assert_true(chandra_value_append(list, chandra_value_new_null(doc)));
    assert_true(chandra_value_append(list, chandra_value_new_bool(doc, true)));
    assert_true(chandra_value_append(list, chandra_value_new_int64(doc, INT64_MIN)));
    assert_true(chandra_value_append(list, chandra_value_new_string(doc, "x")));
    assert_true(chandra_value_append(list, chandra_value_new_string(doc, NULL)));
    assert_true(chandra_value_set(root, "list", list));
    assert_true(chandra_value_set(root, "b", chandra_value_new_object(doc)));
    assert_true(chandra_value_set(root, "list", chandra_value_new_int64(doc, 1)));
    assert_true(chandra_value_set(root, "again", list));
    assert_false(chandra_value_append(root, list));
    assert_false(chandra_value_set(list, "a", root));
    assert_false(chandra_value_set(root, "c", NULL));
    assert_true(chandra_doc_add_root(doc, root));
    assert_false(chandra_doc_add_root(doc, NULL));
    check_print(chandra_doc_root(doc, 0), CHANDRA_PRINT_COMPACT,
                "{\"list\":1,\"b\":{},\"again\":[null,true,-9223372036854775808,\"x\",null]}");
    assert_int_equal(chandra_value_line(root), 0);
    chandra_doc_free(doc);
}

static void
prints_doubles_as_short_as_possible(void **state)
{
    static const struct {
        double number;
        const char *text;
    } doubles[] = {{0.1, "0.1"},
                   {1, "1"},
                   {-2.5, "-2.5"},
                   {1e300, "1e+300"},
                   {1.0 / 3, "0.3333333333333333"},
                   {NAN, "null"},
                   {INFINITY, "null"}};
    struct chandra_doc *doc = new_doc();

    (void)state;
    for (size_t i = 0; i < sizeof(doubles) / sizeof(*doubles); i++)
        check_print(chandra_value_new_double(doc, doubles[i].number), CHANDRA_PRINT_COMPACT,
                    doubles[i].text);
    chandra_doc_free(doc);
}

/* Members of a large object: set, found, replaced, removed in any order. */
static void
large_objects_stay_consistent(void **state)
{
    struct chandra_doc *doc = new_doc();
    struct chandra_value *object = chandra_value_new_object(doc);
    char key[16];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        assert_true(chandra_value_set(object, key, chandra_value_new_int64(doc, i)));
    }
    assert_true(chandra_value_set(object, "k500", chandra_value_new_int64(doc, -1)));
    assert_int_equal(chandra_value_count(object), MANY);
    assert_string_equal(chandra_value_key(object, 500), "k500");
    for (int i = 0; i < MANY; i += 3) {
        snprintf(key, sizeof(key), "k%d", i);
        assert_true(chandra_value_remove(object, key));
        assert_false(chandra_value_remove(object, key));
    }
    for (int i = 0; i < MANY; i++) {
        int64_t number = -2;

        snprintf(key, sizeof(key), "k%d", i);
        assert_int_equal(chandra_value_int64(chandra_value_get(object, key), &number), i % 3 != 0);
        if (i % 3 != 0)
            assert_int_equal(number, i == 500 ? -1 : i);
    }
    assert_true(chandra_value_set(object, "k0", chandra_value_new_null(doc)));
    assert_string_equal(chandra_value_key(object, chandra_value_count(object) - 1), "k0");
    chandra_doc_free(doc);
}

static bool
are_equal(const char *a, const char *b)
{
    struct chandra_doc *first = parse(false, a);
    struct chandra_doc *second = parse(false, b);
    const bool forth = chandra_value_equal(chandra_doc_root(first, 0), chandra_doc_root(second, 0));
    const bool back = chandra_value_equal(chandra_doc_root(second, 0), chandra_doc_root(first, 0));

    assert_int_equal(forth, back);
    chandra_doc_free(first);
    chandra_doc_free(second);
    return forth;
}

static void
compares_by_meaning(void **state)
{
    (void)state;
    assert_true(are_equal("{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}"));
    assert_false(are_equal("{\"a\":1}", "{\"a\":1,\"b\":2}"));
    assert_false(are_equal("{\"a\":1}", "{\"b\":1}"));
    assert_false(are_equal("[1,2]", "[2,1]"));
    assert_false(are_equal("[1]", "[1,1]"));
    assert_false(are_equal("1", "\"1\""));
    assert_false(are_equal("true", "false"));
    assert_true(are_equal("null", "null"));
    assert_true(are_equal("1", "1.0"));
    assert_true(are_equal("100", "1e2"));
    assert_true(are_equal("0.0010", "1E-3"));
    assert_true(are_equal("0", "-0.0e7"));
    assert_false(are_equal("1", "-1"));
    assert_false(are_equal("1", "10"));
    assert_false(are_equal("0.1", "0.01"));
    assert_false(are_equal("9007199254740993", "9007199254740992"));
    assert_true(are_equal("1e-99999999999999999999", "1e-99999999999999999998"));
    assert_true(chandra_value_equal(NULL, NULL));
}

static void
copies_are_independent(void **state)
{
    struct chandra_doc *from = parse(true, "a: [1, {b: yes}]\nc: x\n");
    struct chandra_doc *to = new_doc();
    struct chandra_value *copy = chandra_value_copy(to, chandra_doc_root(from, 0));

    (void)state;
    assert_true(chandra_value_equal(copy, chandra_doc_root(from, 0)));
    assert_int_equal(chandra_value_line(copy), 0); /* the place was one in the other document */
    chandra_doc_free(from);
    assert_true(
        chandra_value_append(chandra_value_get_mutable(copy, "a"), chandra_value_new_null(to)));
    check_print(copy, CHANDRA_PRINT_COMPACT, "{\"a\":[1,{\"b\":true},null],\"c\":\"x\"}");
    assert_int_equal(chandra_value_type(chandra_value_copy(to, NULL)), CHANDRA_NULL);
    chandra_doc_free(to);
}

/* What was built too deep is refused, not recursed into. */
static void
too_deep_is_refused(void **state)
{
    struct chandra_doc *doc = new_doc();
    struct chandra_value *outer = chandra_value_new_array(doc);
    struct chandra_error err;
    char *text = NULL;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct chandra_value *array = chandra_value_new_array(doc);

        assert_true(chandra_value_append(array, outer));
        outer = array;
    }
    for (int how = CHANDRA_PRINT_COMPACT; how <= CHANDRA_PRINT_YAML; how++)
        assert_int_equal(chandra_value_print(outer, (enum chandra_print)how, &text, NULL, &err),
                         CHANDRA_ELIMIT);
    assert_null(text);
    assert_null(chandra_value_copy(doc, outer));
    assert_false(chandra_value_equal(outer, outer));
    chandra_doc_free(doc);
}

static void
prints_pretty(void **state)
{
    struct chandra_doc *doc = parse(false, "{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[]}");

    (void)state;
    check_print(chandra_doc_root(doc, 0), CHANDRA_PRINT_PRETTY,
                "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n"
                "  \"c\": {},\n  \"d\": []\n}\n");
    chandra_doc_free(doc);
}

static void
prints_yaml_that_reads_well(void **state)
{
    struct chandra_doc *doc = parse(
        false, "{\"kind\":\"Pod\",\"l\":[{\"a\":1,\"b\":[[1,2],[]]},\"x\"],\"m\":{\"k\":{}},"
               "\"s\":[\"true\",\"1\",\"\",\"a b\",\"a: b\",\"http://x\",\" x\",\"-\",\"y\"]}");

    (void)state;
    check_print(chandra_doc_root(doc, 0), CHANDRA_PRINT_YAML,
                "kind: Pod\nl:\n- a: 1\n  b:\n  - - 1\n    - 2\n  - []\n- x\nm:\n  k: {}\n"
                "s:\n- \"true\"\n- \"1\"\n- \"\"\n- a b\n- \"a: b\"\n- http://x\n- \" x\"\n"
                "- \"-\"\n- \"y\"\n");
    chandra_doc_free(doc);
}

/* Whatever a string holds, printed YAML and JSON read back as the same string, as value and as key.
 */
static void
check_string_round_trip(const char *string)
{
    struct chandra_doc *doc = new_doc();
    struct chandra_value *object = chandra_value_new_object(doc);

    assert_true(chandra_value_set(object, string, chandra_value_new_string(doc, string)));
    for (int how = CHANDRA_PRINT_COMPACT; how <= CHANDRA_PRINT_YAML; how++) {
        struct chandra_doc *again;
        char *text = NULL;

        assert_int_equal(chandra_value_print(object, (enum chandra_print)how, &text, NULL, NULL),
                         CHANDRA_OK);
        again = parse(how == CHANDRA_PRINT_YAML, text);
        if (!chandra_value_equal(object, chandra_doc_root(again, 0)))
            fail_msg("read back as another value:\n%s", text);
        chandra_doc_free(again);
        chandra_free(text);
    }
    chandra_doc_free(doc);
}

static void
strings_survive_printing(void **state)
{
    static const char *const strings[] = {"",
                                          " ",
                                          "a",
                                          "null",
                                          "~",
                                          "yes",
                                          "0644",
                                          "1e3",
                                          "1.5",
                                          ".inf",
                                          "0x1",
                                          "-",
                                          "---",
                                          "...",
                                          "a: b",
                                          "a :b",
                                          "a:",
                                          "a #b",
                                          "#",
                                          "*a",
                                          "&a",
                                          "!a",
                                          "%a",
                                          "@a",
                                          "`",
                                          "'",
                                          "\"",
                                          "\\",
                                          "{",
                                          "[a]",
                                          "a, b",
                                          "|",
                                          ">",
                                          "<<",
                                          "=",
                                          "a\nb",
                                          "a\n",
                                          "\ta",
                                          "a\t",
                                          "a\\nb",
                                          "\x01\x1f\x7f",
                                          "\xc2\x85",
                                          "\xe2\x80\xa8",
                                          "\xef\xbb\xbf",
                                          "\xef\xbf\xbe",
                                          "\xc3\xa9",
                                          "\xf0\x9f\x8c\x99",
                                          "topology.kubernetes.io/zone",
                                          "a  b",
                                          "a::b",
                                          "x y z",
                                          "/var/lib",
                                          "_x",
                                          "12:30:45"};
    char *text = nested(1100, "k", "", "");

    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
        check_string_round_trip(strings[i]);
    check_string_round_trip(text);
    ch_free(text);
    text = nested(1100, "\x01", "", "");
    check_string_round_trip(text);
    text[180] = '\0';
    check_string_round_trip(text);
    ch_free(text);
}

static void
broken_utf8_is_replaced(void **state)
{
    struct chandra_doc *doc = new_doc();
    const struct chandra_value *value = chandra_value_new_string(doc, "a\xff\xc3");

    (void)state;
    check_print(value, CHANDRA_PRINT_COMPACT, "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
    check_print(value, CHANDRA_PRINT_YAML, "\"a\xef\xbf\xbd\xef\xbf\xbd\"\n");
    chandra_doc_free(doc);
}

static void
typed_fields_report_place_and_path(void **state)
{
    struct chandra_doc *doc =
        parse(false, "{\"s\": \"x\", \"b\": true,\n\"n\": 7, \"r\": 1.5, \"o\": {}, \"a\": [], "
                     "\"z\": null}");
    const struct chandra_value *root = chandra_doc_root(doc, 0);
    const struct chandra_value *value = NULL;
    const char *text = "kept";
    struct chandra_error err;
    int64_t number = 5;
    bool flag = false;

    (void)state;
    assert_int_equal(ch_field_string(root, "spec", "missing", &text, &err), CHANDRA_OK);
    assert_int_equal(ch_field_string(root, "spec", "z", &text, &err), CHANDRA_OK);
    assert_string_equal(text, "kept");
    assert_int_equal(ch_field_string(root, "spec", "a", &text, &err), CHANDRA_EINVAL);
    assert_string_equal(err.message, "t:2:33: spec.a: want a string, got an array");
    assert_int_equal(ch_field_string(root, "spec", "s", &text, &err), CHANDRA_OK);
    assert_string_equal(text, "x");
    assert_int_equal(ch_field_bool(root, "", "b", &flag, &err), CHANDRA_OK);
    assert_true(flag);
    assert_int_equal(ch_field_bool(root, "", "s", &flag, &err), CHANDRA_EINVAL);
    assert_string_equal(err.message, "t:1:7: s: want a boolean, got a string");
    assert_int_equal(ch_field_int64(root, NULL, "n", &number, &err), CHANDRA_OK);
    assert_int_equal(number, 7);
    assert_int_equal(ch_field_int64(root, NULL, "r", &number, &err), CHANDRA_EINVAL);
    assert_string_equal(err.message, "t:2:14: r: want an integer, got the number 1.5");
    assert_int_equal(ch_field_int64(root, NULL, "b", &number, NULL), CHANDRA_EINVAL);
    assert_int_equal(ch_field_object(root, NULL, "o", &value, &err), CHANDRA_OK);
    assert_int_equal(chandra_value_type(value), CHANDRA_OBJECT);
    assert_int_equal(ch_field_object(root, NULL, "a", &value, &err), CHANDRA_EINVAL);
    assert_int_equal(ch_field_array(root, NULL, "a", &value, &err), CHANDRA_OK);
    assert_int_equal(chandra_value_type(value), CHANDRA_ARRAY);
    assert_int_equal(ch_field_array(root, NULL, "o", &value, &err), CHANDRA_EINVAL);
    assert_int_equal(ch_field_array(NULL, NULL, "o", &value, &err), CHANDRA_OK);
    chandra_doc_free(doc);
}

/* Building and printing, with the n-th allocation refused for every n. */
static bool
build_and_print(struct chandra_doc *doc, const struct chandra_value *source)
{
    struct chandra_value *copy = chandra_value_copy(doc, source);
    struct chandra_value *array = chandra_value_new_array(doc);
    char *texts[3] = {NULL, NULL, NULL};
    bool is_ok = copy && array && chandra_value_append(array, chandra_value_new_int64(doc, 1)) &&
                 chandra_value_append(array, chandra_value_new_double(doc, 0.5)) &&
                 chandra_value_set(copy, "new", array) &&
                 chandra_value_set(copy, "text", chandra_value_new_string(doc, "x")) &&
                 chandra_doc_add_root(doc, copy);

    for (int how = CHANDRA_PRINT_COMPACT; is_ok && how <= CHANDRA_PRINT_YAML; how++) {
        struct chandra_error err;
        enum chandra_status st =
            chandra_value_print(copy, (enum chandra_print)how, &texts[how], NULL, &err);

        is_ok = st == CHANDRA_OK;
        assert_true(is_ok || st == CHANDRA_ENOMEM);
    }
    for (int how = 0; how < 3; how++)
        chandra_free(texts[how]);
    return is_ok;
}

static void
survives_running_out_of_memory(void **state)
{
    struct chandra_doc *source = parse(true, "a: [1, \"two: three\"]\nb: {c: ~, d: yes}\n");
    bool is_done = false;
    long passes = 0;

    (void)state;
    for (; !is_done; passes++) {
        struct chandra_doc *doc = NULL;

        ch_alloc_fail_after(passes);
        if (chandra_doc_new(&doc, NULL) == CHANDRA_OK)
            is_done = build_and_print(doc, chandra_doc_root(source, 0));
        ch_alloc_fail_after(-1);
        chandra_doc_free(doc);
    }
    assert_true(passes > 5);
    chandra_doc_free(source);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_answers_like_a_null),
        cmocka_unit_test(types_do_not_mix),
        cmocka_unit_test(builds_values),
        cmocka_unit_test(prints_doubles_as_short_as_possible),
        cmocka_unit_test(large_objects_stay_consistent),
        cmocka_unit_test(compares_by_meaning),
        cmocka_unit_test(copies_are_independent),
        cmocka_unit_test(too_deep_is_refused),
        cmocka_unit_test(prints_pretty),
        cmocka_unit_test(prints_yaml_that_reads_well),
        cmocka_unit_test(strings_survive_printing),
        cmocka_unit_test(broken_utf8_is_replaced),
        cmocka_unit_test(typed_fields_report_place_and_path),
        cmocka_unit_test(survives_running_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
