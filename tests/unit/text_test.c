/* text_test.c - names, integers and "did you mean". */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* `length` times 'a'. */
static const char *
letters(size_t length)
{
    static char text[300];

    memset(text, 'a', length);
    text[length] = '\0';
    return text;
}

static void
strings_compare_with_null(void **state)
{
    (void)state;
    assert_true(ch_streq(NULL, NULL));
    assert_true(ch_streq("a", "a"));
    assert_false(ch_streq("a", NULL));
    assert_false(ch_streq(NULL, ""));
    assert_true(ch_is_empty(NULL));
    assert_true(ch_is_empty(""));
    assert_false(ch_is_empty(" "));
}

static void
check_names(bool (*is_name)(const char *), const char *const *good, const char *const *bad)
{
    for (; *good; good++)
        if (!is_name(*good))
            fail_msg("\"%s\" is good", *good);
    for (; *bad; bad++)
        if (is_name(*bad))
            fail_msg("\"%s\" is bad", *bad);
    assert_false(is_name(NULL));
}

static void
knows_subdomains(void **state)
{
    static const char *const good[] = {"a", "0", "a-b", "a.b", "gpu.example.com", "x--y", NULL};
    static const char *const bad[] = {"",  ".",   "a.",  ".a",   "a..b", "-a",       "a-",
                                      "A", "a_b", "a b", "a.-b", "a/b",  "\xc3\xa9", NULL};

    (void)state;
    check_names(ch_is_dns_subdomain, good, bad);
    assert_true(ch_is_dns_subdomain(letters(253)));
    assert_false(ch_is_dns_subdomain(letters(254)));
}

static void
knows_labels(void **state)
{
    static const char *const good[] = {"a", "7", "node-1", NULL};
    static const char *const bad[] = {"", "a.b", "-a", "a-", "Node", NULL};

    (void)state;
    check_names(ch_is_dns_label, good, bad);
    assert_true(ch_is_dns_label(letters(63)));
    assert_false(ch_is_dns_label(letters(64)));
}

static void
knows_label_keys(void **state)
{
    static const char *const good[] = {"zone", "A_b.c-D", "topology.kubernetes.io/zone", "a/B",
                                       NULL};
    static const char *const bad[] = {"",   "/",  "/a",  "a/",   "a/b/c", "A.com/b",
                                      "_a", "a_", "a b", "a//b", ".",     NULL};

    (void)state;
    check_names(ch_is_label_key, good, bad);
    assert_true(ch_is_label_key(letters(63)));
    assert_false(ch_is_label_key(letters(64)));
}

static void
knows_label_values(void **state)
{
    static const char *const good[] = {"", "true", "A_b.c-D", "1", NULL};
    static const char *const bad[] = {"-", "a-", ".a", "a/b", "a b", NULL};

    (void)state;
    check_names(ch_is_label_value, good, bad);
    assert_true(ch_is_label_value(letters(63)));
    assert_false(ch_is_label_value(letters(64)));
}

static void
reads_integers_like_go(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"+7", 7},
                {"007", 7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "--1",
                                      "1 ",
                                      " 1",
                                      "1_0",
                                      "0x1",
                                      "1.0",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999",
                                      "1e3"};
    int64_t number;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_true(ch_parse_int64(good[i].text, &number));
        assert_true(number == good[i].number);
    }
    number = 5;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (ch_parse_int64(bad[i], &number))
            fail_msg("\"%s\" is no integer", bad[i]);
    assert_false(ch_parse_int64(NULL, &number));
    assert_int_equal(number, 5);
}

static void
finds_what_was_meant(void **state)
{
    static const char *const hooks[] = {"match", "score", "scores", "suggest", "release"};
    const size_t count = sizeof(hooks) / sizeof(*hooks);
    char long_word[100];

    (void)state;
    assert_string_equal(ch_nearest("mach", hooks, count), "match");
    assert_string_equal(ch_nearest("amtch", hooks, count), "match");
    assert_string_equal(ch_nearest("scroe", hooks, count), "score");
    assert_string_equal(ch_nearest("scores", hooks, count), "scores");
    assert_string_equal(ch_nearest("sugest", hooks, count), "suggest");
    assert_null(ch_nearest("filter", hooks, count));
    assert_null(ch_nearest("", hooks, count));
    assert_null(ch_nearest(NULL, hooks, count));
    assert_null(ch_nearest("match", hooks, 0));
    memset(long_word, 'm', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    assert_null(ch_nearest(long_word, hooks, count));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_compare_with_null),
        cmocka_unit_test(knows_subdomains),
        cmocka_unit_test(knows_labels),
        cmocka_unit_test(knows_label_keys),
        cmocka_unit_test(knows_label_values),
        cmocka_unit_test(reads_integers_like_go),
        cmocka_unit_test(finds_what_was_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
