/* cache_threads_test.c - readers in several threads while intake runs; meant for a build with
 * CHANDRA_SANITIZE=thread, and true without. */
#include "base/alloc.h"
#include "base/random.h"
#include "cache_objects.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { READERS = 4, NODES = 300, CLAIMS = 40, CHANGES = 1500 };

struct stage {
    struct ch_cache *cache;
    atomic_bool is_over;
    atomic_size_t looks;
    atomic_size_t faults; /* cmocka's assertions belong to the main thread */
};

static void
expect(struct stage *stage, bool is_right)
{
    if (!is_right)
        atomic_fetch_add(&stage->faults, 1);
}

/* All that a cycle does under the lock: a picture, and a selector's set over it. */
static void
look_locked(struct stage *stage, int claim, struct ch_nodes **out_nodes,
            struct chandra_nodeset **out_set, struct chandra_object **out_claim)
{
    struct ch_cache *cache = stage->cache;
    char name[16];
    struct chandra_object *object;

    snprintf(name, sizeof(name), "c%d", claim);
    ch_cache_lock_read(cache);
    *out_nodes = ch_cache_nodes(cache);
    *out_set = ch_nodeset_new(ch_nodes_capacity(*out_nodes));
    object = ch_cache_get(cache, CHANDRA_KIND_CLAIM, "a", name);
    *out_claim = object ? chandra_object_ref(object) : NULL;
    if (*out_set && object && chandra_object_claim(object)->available_on)
        expect(stage, ch_cache_select(cache, chandra_object_claim(object)->available_on, *out_set,
                                      NULL) == CHANDRA_OK);
    ch_cache_unlock(cache);
}

/* And without it: the picture still agrees with the set and with itself. */
static void
look(struct stage *stage, int claim)
{
    struct ch_nodes *nodes;
    struct chandra_nodeset *set;
    struct chandra_object *object;

    look_locked(stage, claim, &nodes, &set, &object);
    expect(stage, set != NULL);
    for (uint32_t i = 0; set && i < ch_nodes_capacity(nodes); i++) {
        const struct chandra_node *node = ch_nodes_at(nodes, i);
        const struct ch_selector *selector =
            object ? chandra_object_claim(object)->available_on : NULL;

        expect(stage, (node != NULL) == ch_nodeset_has(ch_nodes_all(nodes), i));
        expect(stage,
               ch_nodeset_has(set, i) == (node && selector && ch_selector_matches(selector, node)));
        if (node && i % 16 == 0) {
            expect(stage, ch_nodes_index(nodes, node->object.name) == i);
            expect(stage, ch_nodes_rank(nodes, i) < ch_nodes_capacity(nodes));
        }
    }
    chandra_object_unref(object);
    ch_free(set);
    ch_nodes_unref(nodes);
}

static bool
note_set(void *user, size_t claims, const struct chandra_nodeset *nodes)
{
    expect(user, claims > 0 && chandra_nodeset_count(nodes) <= NODES);
    return true;
}

static void *
read_on(void *user)
{
    struct stage *stage = user;
    struct ch_random random;

    ch_random_seed(&random, atomic_fetch_add(&stage->looks, 1));
    while (!atomic_load(&stage->is_over)) {
        look(stage, (int)ch_random_below(&random, CLAIMS));
        if (ch_random_below(&random, 8) == 0) {
            ch_cache_lock_read(stage->cache);
            expect(stage,
                   ch_cache_each_selector(stage->cache, "k", note_set, stage, NULL) == CHANDRA_OK);
            ch_cache_unlock(stage->cache);
        }
        atomic_fetch_add(&stage->looks, 1);
    }
    return NULL;
}

static void
change(struct ch_cache *cache, struct ch_random *random)
{
    const int number = (int)ch_random_below(random, NODES);
    char name[16];
    char labels[64];

    if (ch_random_below(random, 4) == 0) {
        snprintf(name, sizeof(name), "c%d", (int)ch_random_below(random, CLAIMS));
        snprintf(labels, sizeof(labels), "'z%d','z9'", (int)ch_random_below(random, 5));
        put_object(cache,
                   make_claim("a", name, "k", "'l':'1'", selector_json("zone", "In", labels)));
        return;
    }
    snprintf(name, sizeof(name), "n%d", number);
    snprintf(labels, sizeof(labels), "'zone':'z%d'", (int)ch_random_below(random, 5));
    if (ch_random_below(random, 4) == 0)
        remove_object(cache, CHANDRA_KIND_NODE, "", name);
    else
        put_object(cache, make_node(name, labels));
}

static void
test_readers_while_intake_runs(void **state)
{
    struct stage stage = {.cache = NULL};
    pthread_t readers[READERS];
    struct ch_random random;

    (void)state;
    assert_int_equal(ch_cache_new(&stage.cache, NULL), CHANDRA_OK);
    ch_random_seed(&random, 1);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &stage), 0);
    for (int i = 0; i < CHANGES; i++)
        change(stage.cache, &random);
    atomic_store(&stage.is_over, true);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(atomic_load(&stage.faults), 0);
    assert_true(atomic_load(&stage.looks) > READERS);
    ch_cache_free(stage.cache);
}

/* Readers that never pause do not keep intake out. */
static void *
read_without_pause(void *user)
{
    struct stage *stage = user;

    while (!atomic_load(&stage->is_over)) {
        ch_cache_lock_read(stage->cache);
        (void)ch_cache_get(stage->cache, CHANDRA_KIND_NODE, "", "n");
        ch_cache_unlock(stage->cache);
    }
    return NULL;
}

static void
test_writers_get_their_turn(void **state)
{
    struct stage stage = {.cache = NULL};
    pthread_t readers[READERS];

    (void)state;
    assert_int_equal(ch_cache_new(&stage.cache, NULL), CHANDRA_OK);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_without_pause, &stage), 0);
    for (int i = 0; i < 100; i++)
        assert_true(put_object(stage.cache, make_node("n", "")));
    atomic_store(&stage.is_over, true);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    ch_cache_free(stage.cache);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers_while_intake_runs),
        cmocka_unit_test(test_writers_get_their_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
