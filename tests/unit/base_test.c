/* base_test.c - memory, arenas, buffers, errors, logs and random numbers. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/random.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/sys/base.h>
#include <chandra/version.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
refuses_sizes_that_overflow(void **state)
{
    (void)state;
    assert_null(ch_calloc(SIZE_MAX / 2, 3));
    assert_null(ch_realloc_array(NULL, SIZE_MAX / 2, 3));
    assert_null(ch_strndup("", SIZE_MAX));
}

static void
allocates_something_for_size_zero(void **state)
{
    void *blocks[] = {ch_alloc(0), ch_calloc(0, 8), ch_realloc(NULL, 0), chandra_realloc(NULL, 0)};

    (void)state;
    for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
        assert_non_null(blocks[i]);
        chandra_free(blocks[i]);
    }
    ch_free(NULL);
    assert_null(ch_strdup(NULL));
}

static void
fails_after_the_allowed_allocations(void **state)
{
    void *first;
    void *second;
    void *third;

    (void)state;
    ch_alloc_fail_after(2);
    first = ch_alloc(1);
    second = ch_calloc(1, 1);
    third = ch_alloc(1);
    ch_alloc_fail_after(-1);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(third);
    ch_free(first);
    ch_free(second);
}

static void
keeps_an_array_that_cannot_grow(void **state)
{
    int *numbers = NULL;
    size_t capacity = 0;
    const size_t before = 8;

    (void)state;
    assert_true(ch_grow(&numbers, &capacity, 3, sizeof(*numbers)));
    assert_int_equal(capacity, before);
    numbers[7] = 42;
    assert_true(ch_grow(&numbers, &capacity, 8, sizeof(*numbers)));
    assert_int_equal(capacity, before);
    assert_false(ch_grow(&numbers, &capacity, SIZE_MAX / 2, sizeof(*numbers)));
    ch_alloc_fail_after(0);
    assert_false(ch_grow(&numbers, &capacity, 9, sizeof(*numbers)));
    ch_alloc_fail_after(-1);
    assert_int_equal(capacity, before);
    assert_int_equal(numbers[7], 42);
    assert_true(ch_grow(&numbers, &capacity, 9, sizeof(*numbers)));
    assert_int_equal(numbers[7], 42);
    ch_free(numbers);
}

static void
arena_blocks_are_aligned_and_apart(void **state)
{
    struct ch_arena arena = {0};
    unsigned char *blocks[300];

    (void)state;
    for (size_t i = 0; i < 300; i++) {
        blocks[i] = ch_arena_alloc(&arena, i * 7);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        memset(blocks[i], (int)(i % 251), i * 7);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < i * 7; k++)
            assert_int_equal(blocks[i][k], i % 251);
    assert_true(ch_arena_bytes(&arena) > 300 * 299 / 2 * 7);
    ch_arena_clear(&arena);
    assert_int_equal(ch_arena_bytes(&arena), 0);
}

static void
arena_is_usable_after_clear(void **state)
{
    struct ch_arena arena = {0};

    (void)state;
    assert_string_equal(ch_arena_strdup(&arena, "one"), "one");
    ch_arena_clear(&arena);
    ch_arena_clear(&arena);
    assert_string_equal(ch_arena_strndup(&arena, "two and more", 3), "two");
    assert_null(ch_arena_strdup(&arena, NULL));
    assert_int_equal(*(int *)ch_arena_calloc(&arena, 4, sizeof(int)), 0);
    ch_arena_clear(&arena);
}

static void
arena_refuses_what_it_cannot_hold(void **state)
{
    struct ch_arena arena = {0};

    (void)state;
    assert_null(ch_arena_alloc(&arena, SIZE_MAX));
    assert_null(ch_arena_calloc(&arena, SIZE_MAX / 2, 3));
    assert_null(ch_arena_strndup(&arena, "", SIZE_MAX));
    ch_alloc_fail_after(0);
    assert_null(ch_arena_alloc(&arena, 8));
    assert_null(ch_arena_alloc(&arena, 8000));
    ch_alloc_fail_after(-1);
    assert_non_null(ch_arena_alloc(&arena, 8));
    ch_arena_clear(&arena);
}

static void
buffer_collects_text(void **state)
{
    struct ch_buf buf = {0};
    char *text;

    (void)state;
    ch_buf_puts(&buf, "nodes");
    ch_buf_putc(&buf, ':');
    ch_buf_put(&buf, " 12345", 3);
    ch_buf_printf(&buf, " %s=%d", "left", 7);
    assert_true(ch_buf_ok(&buf));
    assert_string_equal(buf.text, "nodes: 12 left=7");
    assert_int_equal(buf.len, strlen(buf.text));
    ch_buf_reset(&buf);
    assert_string_equal(buf.text, "");
    ch_buf_printf(&buf, "%0200d", 1);
    assert_int_equal(buf.len, 200);
    text = ch_buf_take(&buf);
    assert_int_equal(strlen(text), 200);
    assert_null(buf.text);
    chandra_free(text);
}

static void
buffer_without_text_gives_an_empty_one(void **state)
{
    struct ch_buf buf = {0};
    char *text = ch_buf_take(&buf);

    (void)state;
    assert_string_equal(text, "");
    ch_free(text);
}

static void
buffer_failure_sticks(void **state)
{
    struct ch_buf buf = {0};

    (void)state;
    ch_buf_puts(&buf, "kept");
    ch_alloc_fail_after(0);
    ch_buf_printf(&buf, "%0200d", 1);
    ch_alloc_fail_after(-1);
    ch_buf_puts(&buf, "ignored");
    assert_false(ch_buf_ok(&buf));
    assert_string_equal(buf.text, "kept");
    assert_null(ch_buf_take(&buf));
    assert_true(ch_buf_ok(&buf));
    assert_null(buf.text);
}

static void
every_status_has_name_and_text(void **state)
{
    (void)state;
    assert_string_equal(chandra_status_name(CHANDRA_OK), "OK");
    assert_string_equal(chandra_status_text(CHANDRA_ENOMEM), "out of memory");
    assert_string_equal(chandra_status_name(CHANDRA_ECANCELED), "ECANCELED");
    assert_string_equal(chandra_status_name((enum chandra_status)1000), "UNKNOWN");
    assert_string_equal(chandra_status_text((enum chandra_status)1000), "unknown status");
}

static void
error_is_one_line(void **state)
{
    struct chandra_error err;

    (void)state;
    assert_int_equal(chandra_error_set(&err, CHANDRA_EPARSE, "%s\n\t%d", "a", 1), CHANDRA_EPARSE);
    assert_int_equal(err.status, CHANDRA_EPARSE);
    assert_string_equal(err.message, "a  1");
    assert_int_equal(chandra_error_set(NULL, CHANDRA_EIO, "x"), CHANDRA_EIO);
}

static void
error_may_quote_itself(void **state)
{
    struct chandra_error err;

    (void)state;
    (void)chandra_error_set(&err, CHANDRA_ENOTFOUND, "claim x");
    (void)chandra_error_set(&err, CHANDRA_EIO, "read: %s", err.message);
    assert_int_equal(chandra_error_prefix(&err, "%s:%d", "f.yaml", 3), CHANDRA_EIO);
    assert_string_equal(err.message, "f.yaml:3: read: claim x");
    assert_int_equal(chandra_error_prefix(NULL, "x"), CHANDRA_EINVAL);
}

/* A message of many characters of `width` bytes each ends with a whole one. */
static void
check_cut(const char *character)
{
    const size_t width = strlen(character);
    struct chandra_error err;
    struct ch_buf buf = {0};

    for (int i = 0; i < 2000; i++)
        ch_buf_puts(&buf, character);
    (void)chandra_error_set(&err, CHANDRA_EINVAL, "%s", buf.text);
    assert_int_equal(strlen(err.message), (sizeof(err.message) - 1) / width * width);
    ch_buf_clear(&buf);
}

static void
long_error_is_cut_between_characters(void **state)
{
    (void)state;
    check_cut("x");
    check_cut("\xc3\xa9");
    check_cut("\xe2\x82\xac");
    check_cut("\xf0\x9f\x8c\x99");
}

struct last_message {
    enum chandra_level level;
    char text[64];
};

static void
remember(void *user, enum chandra_level level, const char *message)
{
    struct last_message *last = user;

    last->level = level;
    snprintf(last->text, sizeof(last->text), "%s", message);
}

static void
log_reaches_the_host(void **state)
{
    struct last_message last = {0};
    const struct chandra_logger logger = {remember, &last};

    (void)state;
    ch_log(&logger, CHANDRA_LOG_INFO, "node %s\n", "n1");
    assert_int_equal(last.level, CHANDRA_LOG_INFO);
    assert_string_equal(last.text, "node n1 ");
    ch_log(NULL, CHANDRA_LOG_INFO, "dropped");
    ch_log(&(struct chandra_logger){0}, CHANDRA_LOG_INFO, "dropped");
}

/* First outputs of the published reference implementation for this seed. */
static void
random_is_splitmix64(void **state)
{
    struct ch_random random;

    (void)state;
    ch_random_seed(&random, 1234567);
    assert_true(ch_random_next(&random) == UINT64_C(6457827717110365317));
    assert_true(ch_random_next(&random) == UINT64_C(3203168211198807973));
    assert_true(ch_random_next(&random) == UINT64_C(9817491932198370423));
}

static void
random_below_reaches_all_and_no_more(void **state)
{
    struct ch_random random;
    unsigned hits[7] = {0};

    (void)state;
    ch_random_seed(&random, 42);
    for (int i = 0; i < 7000; i++)
        hits[ch_random_below(&random, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(hits[i], 850, 1150);
    assert_int_equal(ch_random_below(&random, 1), 0);
    assert_true(ch_random_below(&random, UINT64_MAX) < UINT64_MAX);
}

static void
version_is_the_headers(void **state)
{
    (void)state;
    assert_string_equal(chandra_version(), CHANDRA_VERSION);
}

static void
copies_strings_for_bindings(void **state)
{
    char *text = chandra_strdup("policy");
    char *part = chandra_strndup("a\0bc", 3);

    (void)state;
    assert_string_equal(text, "policy");
    assert_memory_equal(part, "a\0b", 4);
    assert_null(chandra_strdup(NULL));
    ch_alloc_fail_after(0);
    assert_null(chandra_strdup("policy"));
    assert_null(chandra_strndup("policy", 2));
    ch_alloc_fail_after(-1);
    chandra_free(text);
    chandra_free(part);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_strings_for_bindings),
        cmocka_unit_test(refuses_sizes_that_overflow),
        cmocka_unit_test(allocates_something_for_size_zero),
        cmocka_unit_test(fails_after_the_allowed_allocations),
        cmocka_unit_test(keeps_an_array_that_cannot_grow),
        cmocka_unit_test(arena_blocks_are_aligned_and_apart),
        cmocka_unit_test(arena_is_usable_after_clear),
        cmocka_unit_test(arena_refuses_what_it_cannot_hold),
        cmocka_unit_test(buffer_collects_text),
        cmocka_unit_test(buffer_without_text_gives_an_empty_one),
        cmocka_unit_test(buffer_failure_sticks),
        cmocka_unit_test(every_status_has_name_and_text),
        cmocka_unit_test(error_is_one_line),
        cmocka_unit_test(error_may_quote_itself),
        cmocka_unit_test(long_error_is_cut_between_characters),
        cmocka_unit_test(log_reaches_the_host),
        cmocka_unit_test(random_is_splitmix64),
        cmocka_unit_test(random_below_reaches_all_and_no_more),
        cmocka_unit_test(version_is_the_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
