/* nodeset_test.c - node sets against a plain array of booleans. */
#include "base/alloc.h"
#include "base/nodeset.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 200 };

static const uint32_t capacities[] = {0, 1, 5, 63, 64, 65, 127, 128, 200};
enum { CAPACITIES = sizeof(capacities) / sizeof(*capacities) };

/* A set and what must be in it. */
struct model {
    struct chandra_nodeset *set;
    bool has[MOST];
};

static struct model
random_model(uint32_t capacity, struct ch_random *random)
{
    struct model model = {.set = ch_nodeset_new(capacity)};

    assert_non_null(model.set);
    for (uint32_t i = 0; i < capacity; i++) {
        model.has[i] = ch_random_below(random, 3) == 0;
        if (model.has[i])
            chandra_nodeset_add(model.set, i);
    }
    return model;
}

static void
check(const struct model *model)
{
    const uint32_t capacity = chandra_nodeset_capacity(model->set);
    uint32_t count = 0;
    uint32_t next = 0;

    for (uint32_t i = 0; i < MOST; i++) {
        assert_int_equal(chandra_nodeset_has(model->set, i), i < capacity && model->has[i]);
        if (i < capacity && model->has[i]) {
            next = chandra_nodeset_next(model->set, count == 0 ? 0 : next + 1);
            assert_int_equal(next, i);
            count++;
        }
    }
    assert_int_equal(chandra_nodeset_count(model->set), count);
    assert_int_equal(chandra_nodeset_is_empty(model->set), count == 0);
    assert_int_equal(chandra_nodeset_next(model->set, count == 0 ? 0 : next + 1),
                     CHANDRA_NODESET_END);
    if (capacity % 64 != 0)
        assert_true(model->set->words[capacity / 64] >> (capacity % 64) == 0);
}

typedef void operation(struct chandra_nodeset *dst, const struct chandra_nodeset *other);
typedef bool truth(bool dst, bool other);

static bool
assign_truth(bool dst, bool other)
{
    (void)dst;
    return other;
}

static bool
and_truth(bool dst, bool other)
{
    return dst && other;
}

static bool
or_truth(bool dst, bool other)
{
    return dst || other;
}

static bool
minus_truth(bool dst, bool other)
{
    return dst && !other;
}

/* All pairs of capacities: sets of one cycle have equal ones, but the others are defined too. */
static void
check_operation(operation *operate, truth *expect)
{
    struct ch_random random;

    ch_random_seed(&random, 7);
    for (size_t a = 0; a < CAPACITIES; a++)
        for (size_t b = 0; b < CAPACITIES; b++) {
            struct model dst = random_model(capacities[a], &random);
            struct model other = random_model(capacities[b], &random);

            operate(dst.set, other.set);
            for (uint32_t i = 0; i < MOST; i++)
                dst.has[i] = expect(dst.has[i], other.has[i]);
            check(&dst);
            check(&other);
            ch_free(dst.set);
            ch_free(other.set);
        }
}

static void
operations_agree_with_the_model(void **state)
{
    (void)state;
    check_operation(chandra_nodeset_assign, assign_truth);
    check_operation(chandra_nodeset_and, and_truth);
    check_operation(chandra_nodeset_or, or_truth);
    check_operation(chandra_nodeset_minus, minus_truth);
}

static void
operations_accept_the_same_set_twice(void **state)
{
    struct ch_random random;
    struct model model;

    (void)state;
    ch_random_seed(&random, 8);
    model = random_model(130, &random);
    chandra_nodeset_assign(model.set, model.set);
    chandra_nodeset_and(model.set, model.set);
    chandra_nodeset_or(model.set, model.set);
    check(&model);
    chandra_nodeset_minus(model.set, model.set);
    assert_true(chandra_nodeset_is_empty(model.set));
    ch_free(model.set);
}

static void
fill_stays_within_the_capacity(void **state)
{
    (void)state;
    for (size_t i = 0; i < CAPACITIES; i++) {
        struct model model = {.set = ch_nodeset_new(capacities[i])};

        memset(model.has, true, sizeof(model.has));
        ch_nodeset_fill(model.set);
        check(&model);
        assert_int_equal(chandra_nodeset_count(model.set), capacities[i]);
        chandra_nodeset_reset(model.set);
        assert_true(chandra_nodeset_is_empty(model.set));
        ch_free(model.set);
    }
}

static void
indices_beyond_the_capacity_are_ignored(void **state)
{
    struct chandra_nodeset *set = ch_nodeset_new(70);

    (void)state;
    chandra_nodeset_add(set, 70);
    chandra_nodeset_add(set, UINT32_MAX);
    assert_true(chandra_nodeset_is_empty(set));
    ch_nodeset_fill(set);
    chandra_nodeset_remove(set, 70);
    chandra_nodeset_remove(set, UINT32_MAX);
    assert_int_equal(chandra_nodeset_count(set), 70);
    chandra_nodeset_remove(set, 69);
    assert_false(chandra_nodeset_has(set, 69));
    assert_false(chandra_nodeset_has(set, UINT32_MAX));
    assert_int_equal(chandra_nodeset_next(set, 69), CHANDRA_NODESET_END);
    assert_int_equal(chandra_nodeset_next(set, UINT32_MAX), CHANDRA_NODESET_END);
    ch_free(set);
}

static void
words_go_out_and_come_back(void **state)
{
    struct ch_random random = {0};

    (void)state;
    for (size_t i = 0; i < CAPACITIES; i++) {
        struct model model = random_model(capacities[i], &random);
        struct chandra_nodeset *copy = ch_nodeset_new(capacities[i]);
        uint64_t words[MOST / 64 + 1];

        assert_non_null(copy);
        memset(words, 0xff, sizeof(words));
        chandra_nodeset_from_words(copy, words);
        assert_int_equal(chandra_nodeset_count(copy), capacities[i]);
        chandra_nodeset_to_words(model.set, words);
        for (uint32_t n = 0; n < capacities[i]; n++)
            assert_int_equal(words[n / 64] >> (n % 64) & 1, model.has[n]);
        chandra_nodeset_from_words(copy, words);
        assert_true(chandra_nodeset_equal(copy, model.set));
        ch_free(copy);
        ch_free(model.set);
    }
}

static void
equal_and_subset_look_at_members_only(void **state)
{
    struct chandra_nodeset *small = ch_nodeset_new(70);
    struct chandra_nodeset *large = ch_nodeset_new(200);

    (void)state;
    chandra_nodeset_add(small, 3);
    chandra_nodeset_add(large, 3);
    assert_true(chandra_nodeset_equal(small, large));
    assert_true(chandra_nodeset_equal(large, small));
    chandra_nodeset_add(large, 199);
    assert_false(chandra_nodeset_equal(small, large));
    assert_false(chandra_nodeset_equal(large, small));
    assert_true(chandra_nodeset_subset(small, large));
    assert_false(chandra_nodeset_subset(large, small));
    chandra_nodeset_add(small, 4);
    assert_false(chandra_nodeset_subset(small, large));
    ch_free(small);
    ch_free(large);
}

static void
size_does_not_overflow(void **state)
{
    (void)state;
    assert_int_equal(chandra_nodeset_bytes(0), sizeof(struct chandra_nodeset));
    assert_int_equal(chandra_nodeset_bytes(5000), sizeof(struct chandra_nodeset) + 79 * 8);
    assert_true(chandra_nodeset_bytes(UINT32_MAX) >= UINT32_MAX / 8);
}

static void
new_reports_missing_memory(void **state)
{
    struct chandra_nodeset *set;

    (void)state;
    ch_alloc_fail_after(0);
    set = ch_nodeset_new(10);
    ch_alloc_fail_after(-1);
    assert_null(set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_agree_with_the_model),
        cmocka_unit_test(operations_accept_the_same_set_twice),
        cmocka_unit_test(fill_stays_within_the_capacity),
        cmocka_unit_test(indices_beyond_the_capacity_are_ignored),
        cmocka_unit_test(words_go_out_and_come_back),
        cmocka_unit_test(equal_and_subset_look_at_members_only),
        cmocka_unit_test(size_does_not_overflow),
        cmocka_unit_test(new_reports_missing_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
