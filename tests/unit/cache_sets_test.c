/* cache_sets_test.c - node sets of selectors: always what a naive evaluation gives, at a cost that
 * follows the change. */
#include "base/alloc.h"
#include "base/random.h"
#include "cache_objects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int
setup(void **state)
{
    return ch_cache_new((struct ch_cache **)state, NULL) == CHANDRA_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    ch_cache_free(*state);
    return 0;
}

static struct ch_selector *
selector_of(struct ch_cache *cache, const char *name_space, const char *name)
{
    const struct chandra_object *object = ch_cache_get(cache, CHANDRA_KIND_CLAIM, name_space, name);

    return object ? chandra_object_claim(object)->available_on : NULL;
}

/* The cache's set of a selector is the same as asking it for every node. */
static void
check_selector(struct ch_cache *cache, struct ch_selector *selector)
{
    struct ch_nodes *nodes = ch_cache_nodes(cache);
    struct chandra_nodeset *set = ch_nodeset_new(ch_nodes_capacity(nodes));

    assert_non_null(set);
    ch_nodeset_fill(set); /* whatever was there */
    ch_cache_lock_read(cache);
    assert_int_equal(ch_cache_select(cache, selector, set, NULL), CHANDRA_OK);
    ch_cache_unlock(cache);
    for (uint32_t i = 0; i < ch_nodes_capacity(nodes); i++) {
        const struct chandra_node *node = ch_nodes_at(nodes, i);

        assert_int_equal(ch_nodeset_has(set, i), node && ch_selector_matches(selector, node));
    }
    ch_free(set);
    ch_nodes_unref(nodes);
}

static struct ch_cache_counters
counters(const struct ch_cache *cache)
{
    struct ch_cache_counters now;

    ch_cache_counters(cache, &now);
    return now;
}

/* Selectors of all sorts, `number` of them different. */
static const char *
some_selector(int number)
{
    static char text[8192];
    size_t len;

    switch (number % 10) {
    case 0:
        return selector_json("zone", "NotIn", number < 10 ? "'z1'" : "'z2','z0'");
    case 1:
        return selector_json("fast", number < 10 ? "Exists" : "DoesNotExist", "");
    case 2:
        return selector_json("size", number < 10 ? "Gt" : "Lt", "'4'");
    case 3:
        return number < 10 ? "{'nodeSelectorTerms':[]}" : "{'nodeSelectorTerms':[{}]}";
    case 4:
        snprintf(text, sizeof(text),
                 "{'nodeSelectorTerms':[{'matchFields':[{'key':'metadata.name','operator':'%s',"
                 "'values':['n%d']}]}]}",
                 number < 30 ? "In" : "NotIn", number);
        return text;
    case 5:
        snprintf(text, sizeof(text),
                 "{'nodeSelectorTerms':[{'matchExpressions':[{'key':'zone','operator':'In',"
                 "'values':['z%d','z3']},{'key':'fast','operator':'DoesNotExist'}]},"
                 "{'matchExpressions':[{'key':'zone','operator':'In','values':['z3']}]},"
                 "{'matchExpressions':[{'key':'size','operator':'In','values':['%d','5']}]}]}",
                 number % 3, number);
        return text;
    case 6: /* more values than anchors are made for */
        len = (size_t)snprintf(text, sizeof(text),
                               "{'nodeSelectorTerms':[{'matchExpressions':[{'key':"
                               "'kubernetes.io/hostname','operator':'In','values':['none'");
        for (int i = number; i < 100 + number; i++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, ",'n%d'", i);
        snprintf(text + len, sizeof(text) - len, "]}]}]}");
        return text;
    default:
        snprintf(text, sizeof(text), "'n%d'", number);
        return selector_json("kubernetes.io/hostname", "In", text);
    }
}

static struct chandra_object *
some_node(struct ch_random *random, int number)
{
    char name[16];
    char labels[256];
    size_t len;

    snprintf(name, sizeof(name), "n%d", number);
    len = (size_t)snprintf(labels, sizeof(labels), "'zone':'z%d'", (int)ch_random_below(random, 4));
    if (ch_random_below(random, 4) > 0)
        len += (size_t)snprintf(labels + len, sizeof(labels) - len,
                                ",'kubernetes.io/hostname':'%s'", name);
    if (ch_random_below(random, 2) > 0)
        len += (size_t)snprintf(labels + len, sizeof(labels) - len, ",'fast':''");
    if (ch_random_below(random, 2) > 0)
        snprintf(labels + len, sizeof(labels) - len, ",'size':'%d'",
                 (int)ch_random_below(random, 9));
    return make_node(name, labels);
}

enum { NODES = 150, CLAIMS = 60, SELECTORS = 40, CLASSES = 3 };

/* What each claim slot holds: selector and class, or -1 where there is no allocated claim. */
struct model {
    int selector[CLAIMS];
    int klass[CLAIMS];
};

struct tally {
    struct ch_cache *cache;
    size_t claims;
    size_t sets;
};

static bool
count_sets(void *user, size_t claims, const struct chandra_nodeset *set)
{
    struct tally *tally = user;
    struct ch_nodes *nodes = ch_cache_nodes(tally->cache);

    assert_true(claims > 0);
    assert_int_equal(chandra_nodeset_capacity(set), ch_nodes_capacity(nodes));
    ch_nodes_unref(nodes);
    tally->claims += claims;
    tally->sets++;
    return true;
}

static void
check_tally(struct ch_cache *cache, const struct model *model, int klass)
{
    bool is_used[SELECTORS] = {false};
    struct tally tally = {.cache = cache};
    size_t claims = 0;
    size_t sets = 0;
    char name[16];

    snprintf(name, sizeof(name), "k%d", klass);
    for (int i = 0; i < CLAIMS; i++)
        if (model->selector[i] >= 0 && (klass < 0 || model->klass[i] == klass)) {
            claims++;
            sets += !is_used[model->selector[i]];
            is_used[model->selector[i]] = true;
        }
    assert_int_equal(
        ch_cache_each_selector(cache, klass < 0 ? NULL : name, count_sets, &tally, NULL),
        CHANDRA_OK);
    assert_int_equal(tally.claims, claims);
    assert_true(tally.sets <= sets); /* selectors that say the same share a set */
    assert_true(sets == 0 || tally.sets > 0);
}

static bool
is_on(const struct ch_cache *cache, const struct chandra_object *claim, const char *node)
{
    const struct chandra_object *object = ch_cache_get(cache, CHANDRA_KIND_NODE, "", node);
    const struct ch_selector *selector = chandra_object_claim(claim)->available_on;

    return object && chandra_object_claim(claim)->is_allocated && selector &&
           ch_selector_matches(selector, chandra_object_node(object));
}

struct residents {
    const struct ch_cache *cache;
    const char *node;
    size_t found;
    size_t all;
};

static bool
note_resident(void *user, struct chandra_object *claim)
{
    struct residents *residents = user;

    assert_true(is_on(residents->cache, claim, residents->node));
    residents->found++;
    return true;
}

static bool
count_resident(void *user, struct chandra_object *claim)
{
    struct residents *residents = user;

    residents->all += is_on(residents->cache, claim, residents->node);
    return true;
}

/* By index every claim of a node is found, and found once. */
static void
check_residents(struct ch_cache *cache, const char *node)
{
    struct residents residents = {.cache = cache, .node = node};

    assert_int_equal(ch_cache_each_claim_on(cache, node, note_resident, &residents, NULL),
                     CHANDRA_OK);
    ch_cache_each(cache, CHANDRA_KIND_CLAIM, count_resident, &residents);
    assert_int_equal(residents.found, residents.all);
}

static void
check_all(struct ch_cache *cache, const struct model *model)
{
    char name[16];

    for (int i = 0; i < CLAIMS; i++)
        if (model->selector[i] >= 0) {
            snprintf(name, sizeof(name), "c%d", i);
            check_selector(cache, selector_of(cache, "a", name));
        }
    for (int klass = -1; klass < CLASSES; klass++)
        check_tally(cache, model, klass);
    for (int i = 0; i < NODES; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        check_residents(cache, name);
    }
}

static void
change_claim(struct ch_cache *cache, struct ch_random *random, struct model *model)
{
    const int slot = (int)ch_random_below(random, CLAIMS);
    const int klass = (int)ch_random_below(random, CLASSES);
    const int selector = (int)ch_random_below(random, SELECTORS + 10);
    char name[16];
    char class_name[16];

    snprintf(name, sizeof(name), "c%d", slot);
    snprintf(class_name, sizeof(class_name), "k%d", klass);
    model->selector[slot] = -1;
    model->klass[slot] = klass;
    if (selector >= SELECTORS + 5) {
        remove_object(cache, CHANDRA_KIND_CLAIM, "a", name);
        return;
    }
    if (selector < SELECTORS)
        model->selector[slot] = selector;
    assert_true(
        put_object(cache, make_claim("a", name, class_name, "",
                                     selector < SELECTORS ? some_selector(selector) : NULL)));
}

static void
test_random(void **state)
{
    struct ch_cache *cache = *state;
    struct model model;
    struct ch_random random;

    ch_random_seed(&random, 3);
    for (int i = 0; i < CLAIMS; i++)
        model.selector[i] = -1;
    for (int step = 0; step < 3000; step++) {
        const int number = (int)ch_random_below(&random, NODES);
        char name[16];

        snprintf(name, sizeof(name), "n%d", number);
        switch (ch_random_below(&random, 8)) {
        case 0:
        case 1:
            change_claim(cache, &random, &model);
            break;
        case 2:
            remove_object(cache, CHANDRA_KIND_NODE, "", name);
            break;
        default:
            assert_true(put_object(cache, some_node(&random, number)));
        }
        if (step % 10 == 0)
            check_all(cache, &model);
    }
    assert_true(counters(cache).sets_built > 0);
}

/* The same with memory that runs out now and then: puts may fail, sets never lie. */
static void
test_random_out_of_memory(void **state)
{
    struct ch_cache *cache = *state;
    struct ch_random random;
    char name[16];
    size_t failures = 0;

    ch_random_seed(&random, 5);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        assert_true(put_object(cache, make_claim("a", name, "k", "", some_selector(i))));
    }
    for (int step = 0; step < 3000; step++) {
        const int number = (int)ch_random_below(&random, NODES);
        struct chandra_object *node = some_node(&random, number);
        struct chandra_object *old = NULL;

        ch_alloc_fail_after((long)ch_random_below(&random, 40));
        if (ch_random_below(&random, 3) > 0)
            failures += ch_cache_put(cache, node, &old, NULL) != CHANDRA_OK;
        else
            ch_cache_remove(cache, CHANDRA_KIND_NODE, "", node->name, &old);
        ch_alloc_fail_after(-1);
        chandra_object_unref(old);
        chandra_object_unref(node);
        if (step % 10 > 0)
            continue;
        assert_true(put_object(cache, make_node("settled", "'zone':'z1'")));
        for (int i = 0; i < 20; i++) {
            snprintf(name, sizeof(name), "c%d", i);
            check_selector(cache, selector_of(cache, "a", name));
        }
    }
    assert_true(failures > 0);
}

static void
test_questions_out_of_memory(void **state)
{
    struct ch_cache *cache = *state;
    struct chandra_object *other =
        make_claim("a", "o", "k", "", selector_json("zone", "In", "'z'"));
    struct ch_selector *selector;
    struct chandra_nodeset *set = ch_nodeset_new(10);
    struct chandra_error err;

    assert_true(put_object(cache, make_node("n", "'zone':'a'")));
    assert_true(put_object(
        cache, make_claim("a", "x", "k", "", selector_json("zone", "In", "'a','a','b'"))));
    for (int round = 0; round < 2; round++) {
        enum chandra_status st = CHANDRA_ENOMEM;

        selector =
            round == 0 ? selector_of(cache, "a", "x") : chandra_object_claim(other)->available_on;
        for (long n = 0; st != CHANDRA_OK; n++) {
            assert_true(n < 20);
            ch_alloc_fail_after(n);
            st = ch_cache_select(cache, selector, set, &err);
            ch_alloc_fail_after(-1);
            assert_true(st == CHANDRA_OK || err.status == CHANDRA_ENOMEM);
        }
        check_selector(cache, selector);
    }
    ch_alloc_fail_after(0);
    assert_int_equal(ch_cache_each_selector(cache, NULL, count_sets, cache, &err), CHANDRA_ENOMEM);
    ch_alloc_fail_after(-1);
    chandra_object_unref(other);
    ch_free(set);
}

static void
test_selector_of_no_object(void **state)
{
    struct ch_cache *cache = *state;
    struct chandra_object *claim =
        make_claim("a", "x", "k", "", selector_json("zone", "In", "'z0','z2'"));
    struct chandra_object *wide = make_claim("a", "y", "k", "", some_selector(6));
    struct ch_random random;

    ch_random_seed(&random, 1);
    for (int i = 0; i < NODES; i++)
        assert_true(put_object(cache, some_node(&random, i)));
    check_selector(cache, chandra_object_claim(claim)->available_on);
    check_selector(cache, chandra_object_claim(wide)->available_on);
    assert_int_equal(counters(cache).sets_built, 0);
    chandra_object_unref(claim);
    chandra_object_unref(wide);
}

static void
test_equal_selectors_share_a_set(void **state)
{
    struct ch_cache *cache = *state;
    const char *nodes = selector_json("zone", "In", "'a','b'");
    struct ch_cache_counters before;

    assert_true(put_object(cache, make_node("n", "'zone':'a'")));
    assert_true(put_object(cache, make_class("k", nodes)));
    assert_true(put_object(cache, make_claim("a", "x", "k", "", nodes)));
    nodes = selector_json("zone", "In", "'b','a','b'");
    assert_true(put_object(cache, make_claim("a", "y", "k", "", nodes)));
    check_selector(cache, selector_of(cache, "a", "x"));
    before = counters(cache);
    assert_int_equal(before.sets_built, 1);
    check_selector(cache, selector_of(cache, "a", "y"));
    assert_true(put_object(cache, make_claim("a", "y", "k", "'l':'1'", nodes)));
    assert_true(remove_object(cache, CHANDRA_KIND_CLAIM, "a", "x"));
    check_selector(cache, selector_of(cache, "a", "y"));
    assert_int_equal(counters(cache).sets_built, before.sets_built);
    assert_int_equal(counters(cache).selector_evaluations, before.selector_evaluations);
}

static bool
stop_at_once(void *user, size_t claims, const struct chandra_nodeset *set)
{
    (void)claims;
    (void)set;
    ++*(int *)user;
    return false;
}

static void
test_walk_ends_early(void **state)
{
    struct ch_cache *cache = *state;
    int count = 0;

    assert_true(put_object(cache, make_claim("a", "x", "k", "", some_selector(0))));
    assert_true(put_object(cache, make_claim("a", "y", "k", "", some_selector(1))));
    assert_int_equal(ch_cache_each_selector(cache, NULL, stop_at_once, &count, NULL), CHANDRA_OK);
    assert_int_equal(ch_cache_each_selector(cache, "k", stop_at_once, &count, NULL), CHANDRA_OK);
    assert_int_equal(ch_cache_each_selector(cache, "none", stop_at_once, &count, NULL), CHANDRA_OK);
    assert_int_equal(count, 2);
}

/* A cluster of `size` nodes with one claim on each, all sets built. */
static void
fill(struct ch_cache *cache, int size)
{
    char name[16];
    char text[64];
    struct tally tally = {.cache = cache};

    for (int i = 0; i < size; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        snprintf(text, sizeof(text), "'kubernetes.io/hostname':'%s','zone':'z%d'", name, i % 3);
        assert_true(put_object(cache, make_node(name, text)));
        snprintf(text, sizeof(text), "'%s'", name);
        assert_true(
            put_object(cache, make_claim("a", name, "k", "",
                                         selector_json("kubernetes.io/hostname", "In", text))));
        assert_true(put_object(cache, make_context("a", name)));
    }
    assert_true(put_object(cache, make_class("k", selector_json("zone", "In", "'z0','z1'"))));
    assert_int_equal(ch_cache_each_selector(cache, NULL, count_sets, &tally, NULL), CHANDRA_OK);
    assert_int_equal(tally.claims, size);
}

/* Evaluations that each kind of change costs; the same for every size of cluster. */
static void
test_cost_follows_the_change(void **state)
{
    const int sizes[] = {20, 400, 2000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct ch_cache *cache = NULL;
        struct ch_cache_counters before;
        struct ch_cache_counters after;

        assert_int_equal(ch_cache_new(&cache, NULL), CHANDRA_OK);
        fill(cache, sizes[i]);
        before = counters(cache);
        /* Each set was built from the nodes that carry what it asks for. */
        assert_int_equal(before.sets_built, sizes[i]);
        assert_int_equal(before.selector_evaluations, sizes[i]);

        /* A label nobody asks for; a status; a label somebody asks for; a new node; one that goes.
         */
        assert_true(put_object(cache, make_node("n7", "'kubernetes.io/hostname':'n7','zone':'z1',"
                                                      "'other':'1'")));
        assert_true(put_object(cache, make_node("n7", "'kubernetes.io/hostname':'n7','zone':'z1',"
                                                      "'other':'1'")));
        after = counters(cache);
        assert_int_equal(after.selector_evaluations, before.selector_evaluations);
        assert_true(put_object(cache, make_node("n7", "'kubernetes.io/hostname':'n8'")));
        assert_true(put_object(cache, make_node("new", "'kubernetes.io/hostname':'n9'")));
        assert_true(remove_object(cache, CHANDRA_KIND_NODE, "", "n3"));
        after = counters(cache);
        assert_true(after.selector_evaluations - before.selector_evaluations <= 4);

        /* A claim that moves to another node; a context. */
        before = after;
        assert_true(
            put_object(cache, make_claim("a", "n5", "k", "",
                                         selector_json("kubernetes.io/hostname", "In", "'n6'"))));
        assert_true(put_object(cache, make_context("a", "n5")));
        check_selector(cache, selector_of(cache, "a", "n5"));
        after = counters(cache);
        assert_int_equal(after.selector_evaluations, before.selector_evaluations);
        assert_int_equal(after.sets_built, before.sets_built);
        /* And to one that no claim was on before: one set, built from one node. */
        assert_true(put_object(
            cache, make_claim("a", "n5", "k", "",
                              selector_json("kubernetes.io/hostname", "In", "'n5','n4'"))));
        check_selector(cache, selector_of(cache, "a", "n5"));
        after = counters(cache);
        assert_int_equal(after.sets_built - before.sets_built, 1);
        assert_true(after.selector_evaluations - before.selector_evaluations <= 2);
        ch_cache_free(cache);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_out_of_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_questions_out_of_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_selector_of_no_object, setup, teardown),
        cmocka_unit_test_setup_teardown(test_equal_selectors_share_a_set, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walk_ends_early, setup, teardown),
        cmocka_unit_test(test_cost_follows_the_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
