/* repl_test.c - parts of `chandra repl` from the inside: words, completion, failing memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "repl/commands.h"
#include "repl/complete.h"
#include "repl/words.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
check_words(const char *line, const char *const *want, const char *rest)
{
    struct words words;
    size_t count = 0;

    assert_int_equal(words_parse(line, &words, NULL), CHANDRA_OK);
    while (want[count])
        count++;
    assert_int_equal(words.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(words.items[i], want[i]);
    assert_string_equal(words.rest, rest);
    words_clear(&words);
}

static void
test_words(void **state)
{
    char many[4 * WORDS_MAX];
    struct words words;

    (void)state;
    check_words("", (const char *const[]){NULL}, "");
    check_words(" \t ", (const char *const[]){NULL}, "");
    check_words(":step 3", (const char *const[]){":step", "3", NULL}, "3");
    check_words(":load \"a b\"'c d' e", (const char *const[]){":load", "a bc d", "e", NULL},
                "\"a b\"'c d' e");
    check_words(":apply {a: 'b, c}", (const char *const[]){":apply", NULL}, "{a: 'b, c}");
    check_words("x '' y", (const char *const[]){"x", "", "y", NULL}, "'' y");
    assert_int_equal(words_parse(":load 'a", &words, NULL), CHANDRA_EINVAL);
    memset(many, 0, sizeof(many));
    for (size_t i = 0; i + 2 < sizeof(many); i += 2)
        memcpy(many + i, "a ", 2);
    assert_int_equal(words_parse(many, &words, NULL), CHANDRA_EINVAL);
}

static void
test_open(void **state)
{
    (void)state;
    assert_true(words_is_open("{a: {b: 1}"));
    assert_true(words_is_open("{a: \"}\\\"}"));
    assert_true(words_is_open("{a: '"));
    assert_false(words_is_open("{a: \"{\\\"\"}"));
    assert_false(words_is_open("}}}{}"));
    assert_false(words_is_open(""));
}

/* Every text over a small alphabet, up to a length: nothing breaks, and words hold no spaces but
 * those in quotes. */
static void
test_all_short_lines(void **state)
{
    static const char letters[] = "a'\"{} \\";
    enum { LETTERS = sizeof(letters) - 1, LENGTH = 5 };
    char line[LENGTH + 1] = "";
    size_t total = 1;

    (void)state;
    for (size_t i = 0; i < LENGTH; i++)
        total *= LETTERS;
    for (size_t number = 0; number < total; number++) {
        size_t left = number;
        struct words words;
        for (size_t i = 0; i < LENGTH; i++, left /= LETTERS)
            line[i] = letters[left % LETTERS];
        (void)words_is_open(line);
        if (words_parse(line, &words, NULL) != CHANDRA_OK)
            continue;
        for (size_t i = 0; i < words.count; i++)
            assert_true(strlen(words.items[i]) <= LENGTH);
        words_clear(&words);
    }
}

static struct session session;

static int
open_session(void **state)
{
    struct chandra_error err;

    (void)state;
    session = (struct session){0};
    if (base_use_example(&session.base, &err) != CHANDRA_OK ||
        session_read_policy(&session, NULL, 0, &session.first_policy, &err) != CHANDRA_OK ||
        chandra_lua_console_new(NULL, &session.console, &err) != CHANDRA_OK ||
        session_set_policy(&session, session.first_policy, &err) != CHANDRA_OK ||
        session_rebuild(&session, 0, NULL, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return 0;
}

static int
close_session(void **state)
{
    (void)state;
    session_clear(&session);
    return 0;
}

/* All candidates of the line's end, with spaces between. */
static void
check_completes(const char *line, const char *want)
{
    struct completions completions;
    char text[2000] = "";

    complete(&session, line, strlen(line), &completions);
    for (size_t i = 0; i < completions.count; i++) {
        strncat(text, i > 0 ? " " : "", sizeof(text) - strlen(text) - 1);
        strncat(text, completions.items[i], sizeof(text) - strlen(text) - 1);
    }
    assert_string_equal(text, want);
    completions_clear(&completions);
}

static void
test_completion(void **state)
{
    (void)state;
    check_completes(":st", ":status :step");
    check_completes(":step ", "");
    check_completes(":nonsense x", "");
    check_completes(":list n", "namespaces nodes");
    check_completes(":show pods tr", "train-1 train-2");
    check_completes(":show nodes node-b", "node-b1 node-b2");
    check_completes(":pod w", "web");
    check_completes(":why node-c", "node-c1 node-c2");
    check_completes(":help :co", ":compare");
    check_completes(":doc cx:ke", "cx:keep");
    check_completes(":load tests/cli/nothing-like-this", "");
    check_completes("cl", "claim claims");
    check_completes("x = nod", "nodes");
    check_completes("claim.alloc", "allocated");
    check_completes("cx.pod.spec.node", "nodeName");
    check_completes("f(claims[1].class.dri", "driverName driver_name");
    check_completes("cx:keep(nodes, claim.unsui", "unsuitable");
    check_completes("cx:kee", "keep");
    check_completes("nodes:mat", "matching");
    check_completes("policy.sc", "score scores");
    check_completes("string.up", "upper");
    check_completes("unknown.", "");
    check_completes("claim.name:upp", "upper");
    check_completes("....", "");
    check_completes("1.5.", "");
}

static void
test_common(void **state)
{
    struct completions completions;

    (void)state;
    complete(&session, ":st", 3, &completions);
    assert_int_equal(completions_common(&completions), 3);
    assert_int_equal(completions.start, 0);
    completions_clear(&completions);
    assert_int_equal(completions_common(&completions), 0);
}

/* Fail the n-th allocation of commands: the session stays as it was, or the change is whole. */
static void
test_out_of_memory(void **state)
{
    static const char *const lines[] = {":step", ":pod train-2",       ":answer", ":undo",
                                        ":list", ":show node node-a1", ":status", "nodes"};
    const int output = dup(STDOUT_FILENO);
    struct chandra_error err;

    (void)state;
    assert_non_null(freopen("/dev/null", "w", stdout)); /* what they print is not looked at here */
    session.is_interactive = true;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        for (long n = 1; n < 60; n += 3) {
            session.code = CLI_YES;
            ch_alloc_fail_after(n);
            session_do(&session, lines[i]);
            ch_alloc_fail_after(-1);
        }
    fflush(stdout);
    assert_int_equal(dup2(output, STDOUT_FILENO), STDOUT_FILENO);
    assert_int_equal(close(output), 0);
    assert_int_equal(session_rebuild(&session, 0, NULL, &err), CHANDRA_OK);
    assert_non_null(session.world.walk.cycle);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),           cmocka_unit_test(test_open),
        cmocka_unit_test(test_all_short_lines), cmocka_unit_test(test_completion),
        cmocka_unit_test(test_common),          cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, open_session, close_session);
}
