/* cache_test.c - stores and indexes: what is put is found, by name, label and class, and nothing
 * else. */
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

/* The names a walk meets, sorted by name, with a blank behind each. */
struct names {
    char text[4096];
    size_t limit; /* end the walk after so many; 0: never */
    size_t count;
};

static bool
note_name(void *user, struct chandra_object *object)
{
    struct names *names = user;
    char item[128];
    char *place = names->text;
    const int len = snprintf(item, sizeof(item), "%s/%s ", object->name_space, object->name);

    while (*place && strncmp(place, item, strcspn(item, " ") + 1) < 0)
        place += strcspn(place, " ") + 1;
    memmove(place + len, place, strlen(place) + 1);
    memcpy(place, item, (size_t)len);
    return ++names->count != names->limit;
}

static const char *
all_of(struct ch_cache *cache, enum chandra_kind kind, struct names *names)
{
    *names = (struct names){0};
    ch_cache_each(cache, kind, note_name, names);
    return names->text;
}

static const char *
labeled(struct ch_cache *cache, enum chandra_kind kind, const char *name_space, const char *key,
        const char *value, struct names *names)
{
    const struct ch_label label = {name_space, key, value};

    *names = (struct names){0};
    ch_cache_each_labeled(cache, kind, &label, note_name, names);
    return names->text;
}

static const char *
of_class(struct ch_cache *cache, const char *class_name, struct names *names)
{
    *names = (struct names){0};
    ch_cache_each_claim_of_class(cache, class_name, note_name, names);
    return names->text;
}

static void
test_empty(void **state)
{
    struct ch_cache *cache = *state;
    struct names names;
    struct ch_nodes *nodes = ch_cache_nodes(cache);

    assert_null(ch_cache_get(cache, CHANDRA_KIND_POD, "a", "x"));
    assert_int_equal(ch_cache_count(cache, CHANDRA_KIND_POD), 0);
    assert_string_equal(all_of(cache, CHANDRA_KIND_CLAIM, &names), "");
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, NULL, "k", "v", &names), "");
    assert_string_equal(of_class(cache, "k", &names), "");
    assert_false(remove_object(cache, CHANDRA_KIND_NODE, "", "n"));
    assert_int_equal(ch_nodes_capacity(nodes), 0);
    assert_int_equal(ch_nodes_index(nodes, "n"), CHANDRA_NODESET_END);
    assert_int_equal(ch_nodes_rank(nodes, 0), CHANDRA_NODESET_END);
    ch_nodes_unref(nodes);
}

static void
test_by_name(void **state)
{
    struct ch_cache *cache = *state;
    struct chandra_object *old = NULL;
    struct chandra_object *first = make_pod("a", "x", "");
    struct chandra_object *second = make_pod("a", "x", "");
    struct names names;

    assert_int_equal(ch_cache_put(cache, first, &old, NULL), CHANDRA_OK);
    assert_null(old);
    assert_int_equal(ch_cache_put(cache, second, &old, NULL), CHANDRA_OK);
    assert_ptr_equal(old, first);
    chandra_object_unref(old);
    assert_true(put_object(cache, make_pod("b", "x", "")));
    assert_ptr_equal(ch_cache_get(cache, CHANDRA_KIND_POD, "a", "x"), second);
    assert_null(ch_cache_get(cache, CHANDRA_KIND_POD, "", "x"));
    assert_null(ch_cache_get(cache, CHANDRA_KIND_POD, NULL, "x"));
    assert_null(ch_cache_get(cache, CHANDRA_KIND_CLAIM, "a", "x"));
    assert_int_equal(ch_cache_count(cache, CHANDRA_KIND_POD), 2);
    assert_string_equal(all_of(cache, CHANDRA_KIND_POD, &names), "a/x b/x ");
    ch_cache_remove(cache, CHANDRA_KIND_POD, "a", "x", &old);
    assert_ptr_equal(old, second);
    chandra_object_unref(old);
    ch_cache_remove(cache, CHANDRA_KIND_POD, "a", "x", &old);
    assert_null(old);
    assert_string_equal(all_of(cache, CHANDRA_KIND_POD, &names), "b/x ");
    chandra_object_unref(first);
    chandra_object_unref(second);
}

static void
test_every_kind(void **state)
{
    struct ch_cache *cache = *state;

    assert_true(put_object(cache, make_pod("a", "x", "")));
    assert_true(put_object(cache, make_node("x", "")));
    assert_true(put_object(cache, make_claim("a", "x", "k", "", NULL)));
    assert_true(put_object(cache, make_class("x", NULL)));
    assert_true(put_object(cache, make_context("a", "x")));
    for (int kind = 0; kind < CHANDRA_KIND_COUNT; kind++) {
        const bool has_space = kind != CHANDRA_KIND_NODE && kind != CHANDRA_KIND_CLASS;
        const struct chandra_object *object =
            ch_cache_get(cache, (enum chandra_kind)kind, has_space ? "a" : "", "x");

        assert_non_null(object);
        assert_int_equal(object->kind, kind);
        assert_int_equal(ch_cache_count(cache, (enum chandra_kind)kind), 1);
    }
}

static void
test_labels(void **state)
{
    struct ch_cache *cache = *state;
    struct names names;

    assert_true(put_object(cache, make_claim("a", "x", "k", "'app':'web','tier':'1'", NULL)));
    assert_true(put_object(cache, make_claim("a", "y", "k", "'app':'web'", NULL)));
    assert_true(put_object(cache, make_claim("b", "x", "k", "'app':'web'", NULL)));
    assert_true(put_object(cache, make_claim("b", "z", "k", "'app':'db'", NULL)));
    assert_true(put_object(cache, make_pod("a", "p", "'app':'web'")));
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, "a", "app", "web", &names), "a/x a/y ");
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, NULL, "app", "web", &names),
                        "a/x a/y b/x ");
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, "b", "tier", "1", &names), "");
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, NULL, "web", "app", &names), "");
    assert_string_equal(labeled(cache, CHANDRA_KIND_POD, "a", "app", "web", &names), "a/p ");

    assert_true(put_object(cache, make_claim("a", "x", "k", "'app':'db'", NULL)));
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, "a", "app", "web", &names), "a/y ");
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, NULL, "tier", "1", &names), "");
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, NULL, "app", "db", &names), "a/x b/z ");
    assert_true(remove_object(cache, CHANDRA_KIND_CLAIM, "a", "y"));
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, "a", "app", "web", &names), "");
    assert_string_equal(labeled(cache, CHANDRA_KIND_CLAIM, NULL, "app", "web", &names), "b/x ");
}

static void
test_classes(void **state)
{
    struct ch_cache *cache = *state;
    struct names names;

    assert_true(put_object(cache, make_claim("a", "x", "gpu", "", NULL)));
    assert_true(put_object(cache, make_claim("b", "y", "gpu", "'l':'1'", NULL)));
    assert_true(put_object(cache, make_claim("b", "z", "nic", "", NULL)));
    assert_string_equal(of_class(cache, "gpu", &names), "a/x b/y ");
    assert_true(put_object(cache, make_claim("a", "x", "nic", "", NULL)));
    assert_string_equal(of_class(cache, "gpu", &names), "b/y ");
    assert_string_equal(of_class(cache, "nic", &names), "a/x b/z ");
    assert_true(remove_object(cache, CHANDRA_KIND_CLAIM, "b", "z"));
    assert_string_equal(of_class(cache, "nic", &names), "a/x ");
}

static void
test_walks_end_early(void **state)
{
    struct ch_cache *cache = *state;
    char name[16];

    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        assert_true(put_object(cache, make_claim(i % 2 ? "a" : "b", name, "k", "'l':'1'", NULL)));
    }
    for (size_t limit = 1; limit < 10; limit++) {
        struct names names = {.limit = limit};

        ch_cache_each(cache, CHANDRA_KIND_CLAIM, note_name, &names);
        assert_int_equal(names.count, limit);
        names = (struct names){.limit = limit};
        ch_cache_each_claim_of_class(cache, "k", note_name, &names);
        assert_int_equal(names.count, limit);
        names = (struct names){.limit = limit};
        ch_cache_each_labeled(cache, CHANDRA_KIND_CLAIM, &(struct ch_label){NULL, "l", "1"},
                              note_name, &names);
        assert_int_equal(names.count, limit);
    }
}

/* A naive model of claims: slot i is claim i, or absent. */
enum { SLOTS = 40, LABELS = 4, CLASSES = 3 };

struct model {
    bool is_there[SLOTS];
    int label[SLOTS];
    int klass[SLOTS];
};

static const char *
space_of(int slot)
{
    static const char *const spaces[] = {"a", "b", "c"};

    return spaces[slot % 3];
}

static size_t
count_model(const struct model *model, int label, int klass, const char *name_space)
{
    size_t count = 0;

    for (int i = 0; i < SLOTS; i++)
        count += model->is_there[i] && (label < 0 || model->label[i] == label) &&
                 (klass < 0 || model->klass[i] == klass) &&
                 (!name_space || strcmp(space_of(i), name_space) == 0);
    return count;
}

static void
compare(struct ch_cache *cache, const struct model *model)
{
    struct names names;
    char text[16];

    assert_int_equal(ch_cache_count(cache, CHANDRA_KIND_CLAIM), count_model(model, -1, -1, NULL));
    for (int label = 0; label < LABELS; label++) {
        snprintf(text, sizeof(text), "v%d", label);
        labeled(cache, CHANDRA_KIND_CLAIM, NULL, "l", text, &names);
        assert_int_equal(names.count, count_model(model, label, -1, NULL));
        labeled(cache, CHANDRA_KIND_CLAIM, "b", "l", text, &names);
        assert_int_equal(names.count, count_model(model, label, -1, "b"));
    }
    for (int klass = 0; klass < CLASSES; klass++) {
        snprintf(text, sizeof(text), "k%d", klass);
        of_class(cache, text, &names);
        assert_int_equal(names.count, count_model(model, -1, klass, NULL));
    }
}

static void
test_random(void **state)
{
    struct ch_cache *cache = *state;
    struct model model = {{false}, {0}, {0}};
    struct ch_random random;

    ch_random_seed(&random, 7);
    for (int step = 0; step < 2000; step++) {
        const int slot = (int)ch_random_below(&random, SLOTS);
        char name[16];
        char label[32];
        char klass[16];

        snprintf(name, sizeof(name), "c%d", slot);
        if (ch_random_below(&random, 3) == 0) {
            assert_int_equal(remove_object(cache, CHANDRA_KIND_CLAIM, space_of(slot), name),
                             model.is_there[slot]);
            model.is_there[slot] = false;
        } else {
            model.is_there[slot] = true;
            model.label[slot] = (int)ch_random_below(&random, LABELS);
            model.klass[slot] = (int)ch_random_below(&random, CLASSES);
            snprintf(label, sizeof(label), "'l':'v%d'", model.label[slot]);
            snprintf(klass, sizeof(klass), "k%d", model.klass[slot]);
            assert_true(put_object(cache, make_claim(space_of(slot), name, klass, label, NULL)));
        }
        compare(cache, &model);
    }
}

/* Put with the n-th allocation failing, for every n: either it is all in, or nothing has changed.
 */
static void
sweep_put(struct ch_cache *cache, struct chandra_object *object, const char *label,
          const char *expected)
{
    struct names names;
    struct chandra_object *old;
    enum chandra_status st = CHANDRA_ENOMEM;

    for (long n = 0; st != CHANDRA_OK; n++) {
        assert_true(n < 100);
        old = object;
        ch_alloc_fail_after(n);
        st = ch_cache_put(cache, object, &old, NULL);
        ch_alloc_fail_after(-1);
        if (st == CHANDRA_OK)
            break;
        assert_int_equal(st, CHANDRA_ENOMEM);
        assert_ptr_equal(old, object); /* out parameters are written only on success */
        labeled(cache, object->kind, NULL, "l", label, &names);
        assert_string_equal(names.text, expected);
        assert_ptr_not_equal(ch_cache_get(cache, object->kind, object->name_space, object->name),
                             object);
    }
    assert_ptr_equal(ch_cache_get(cache, object->kind, object->name_space, object->name), object);
    chandra_object_unref(old);
    chandra_object_unref(object);
}

static void
test_out_of_memory(void **state)
{
    struct ch_cache *cache = *state;
    const char *nodes = selector_json("zone", "In", "'a'");

    sweep_put(cache, make_claim("a", "x", "k", "'l':'1','m':'2','n':'3'", nodes), "1", "");
    sweep_put(cache, make_claim("a", "x", "j", "'l':'2','m':'2'", nodes), "1", "a/x ");
    sweep_put(cache, make_pod("a", "x", "'l':'1'"), "1", "");
    sweep_put(cache, make_class("k", nodes), "1", "");
    sweep_put(cache, make_context("a", "x"), "1", "");
    sweep_put(cache, make_node("n", "'l':'1'"), "1", "");
    sweep_put(cache, make_node("n", "'l':'2'"), "1", "/n ");
    /* Removing needs no memory. */
    ch_alloc_fail_after(0);
    for (int kind = 0; kind < CHANDRA_KIND_COUNT; kind++) {
        struct chandra_object *old;

        ch_cache_remove(cache, (enum chandra_kind)kind, "a", "x", &old);
        chandra_object_unref(old);
        assert_null(ch_cache_get(cache, (enum chandra_kind)kind, "a", "x"));
    }
    ch_alloc_fail_after(-1);
}

static void
test_new_out_of_memory(void **state)
{
    struct ch_cache *cache = NULL;
    struct chandra_error err;

    (void)state;
    for (long n = 0; !cache; n++) {
        assert_true(n < 20);
        ch_alloc_fail_after(n);
        if (ch_cache_new(&cache, &err) != CHANDRA_OK)
            assert_int_equal(err.status, CHANDRA_ENOMEM);
        ch_alloc_fail_after(-1);
    }
    ch_cache_free(cache);
    ch_cache_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_labels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_classes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walks_end_early, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
        cmocka_unit_test(test_new_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
