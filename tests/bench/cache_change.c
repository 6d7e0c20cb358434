/* cache_change.c - what the change of one node's labels, one claim or one context costs the cache
 * of a small, a middle and a large cluster: work that follows the change is the same for all of
 * them.
 *
 * Prints the work as it was counted, and times in relation to the small cluster of the same run.
 */
#include "cluster.h"

#include <inttypes.h>
#include <time.h>

enum { SIZES = 3, REPEATS = 200 };

static const int sizes[SIZES] = {500, 5000, 50000};

enum change { CHANGE_LABEL, CHANGE_ASKED_LABEL, CHANGE_CLAIM, CHANGE_CONTEXT, CHANGES };

static const char *const names[CHANGES] = {
    [CHANGE_LABEL] = "node label",
    [CHANGE_ASKED_LABEL] = "node label that selectors ask for",
    [CHANGE_CLAIM] = "claim",
    [CHANGE_CONTEXT] = "context",
};

struct result {
    double evaluations; /* for one change */
    double sets_built;
    double nanoseconds; /* median */
};

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* One node for each claim, a context for each pod. */
static struct ch_cache *
fill(int size)
{
    struct ch_cache *cache = NULL;

    must(ch_cache_new(&cache, NULL) == CHANDRA_OK, "the cache");
    for (int i = 0; i < size; i++) {
        cluster_put(cache, cluster_node(i, 0));
        cluster_put(cache, cluster_claim(i, i, 0));
        cluster_put(cache, cluster_context(i, 0));
    }
    must(cluster_build_sets(cache) == (size_t)size, "sets");
    return cache;
}

/* A node whose hostname, which a claim's selector asks for, is another or its own again. */
static struct chandra_object *
renamed_node(int number, bool is_own)
{
    struct ch_buf text = {0};

    ch_buf_printf(&text,
                  "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"node-%05d\","
                  "\"labels\":{\"kubernetes.io/hostname\":\"%s%05d\"}}}",
                  number, is_own ? "node-" : "other-", number);
    return decode(&text);
}

static struct chandra_object *
changed(enum change change, int number, int version)
{
    switch (change) {
    case CHANGE_LABEL:
        return cluster_node(number, version);
    case CHANGE_ASKED_LABEL:
        return renamed_node(number, version % 2);
    case CHANGE_CLAIM:
        return cluster_claim(number, number + 1, version);
    default:
        return cluster_context(number, version);
    }
}

/* Change an object while a cycle holds a picture, and ask for what a cycle asks for then. */
static void
apply(struct ch_cache *cache, struct chandra_object *object)
{
    struct ch_nodes *picture;
    const struct chandra_claim *claim = chandra_object_claim(object);
    struct ch_selector *selector = claim ? claim->available_on : NULL;
    struct chandra_nodeset *set;

    ch_cache_lock_read(cache);
    picture = ch_cache_nodes(cache);
    ch_cache_unlock(cache);
    set = ch_nodeset_new(ch_nodes_capacity(picture));
    must(set != NULL, "a node set");
    chandra_object_ref(object);
    cluster_put(cache, object);
    ch_cache_lock_read(cache);
    if (selector)
        must(ch_cache_select(cache, selector, set, NULL) == CHANDRA_OK, "select");
    ch_cache_unlock(cache);
    chandra_object_unref(object);
    ch_nodes_unref(picture);
    chandra_free(set);
}

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static struct result
measure(struct ch_cache *cache, enum change change, int size)
{
    struct ch_cache_counters before;
    struct ch_cache_counters after;
    double spent[REPEATS];

    ch_cache_counters(cache, &before);
    for (int i = 0; i < REPEATS; i++) {
        const int number = (int)((int64_t)i * size / REPEATS) % (size - 1);
        struct chandra_object *object = changed(change, number, i + 1);
        const double begin = now();

        apply(cache, object);
        spent[i] = now() - begin;
    }
    ch_cache_counters(cache, &after);
    qsort(spent, REPEATS, sizeof(*spent), compare);
    return (struct result){
        .evaluations = (double)(after.selector_evaluations - before.selector_evaluations) / REPEATS,
        .sets_built = (double)(after.sets_built - before.sets_built) / REPEATS,
        .nanoseconds = spent[REPEATS / 2],
    };
}

/* Print the three sizes of one kind of change; false if the work grows with the cluster. */
static bool
report(enum change change, const struct result results[SIZES])
{
    const struct result *small = &results[0];
    const struct result *large = &results[SIZES - 1];

    printf("{\"bench\":\"cache_change\",\"change\":\"%s\",\"nodes\":[%d,%d,%d],"
           "\"selector_evaluations\":[%.2f,%.2f,%.2f],\"sets_built\":[%.2f,%.2f,%.2f],"
           "\"ns\":[%.0f,%.0f,%.0f],\"size_ratio\":%d,\"time_ratio\":%.2f}\n",
           names[change], sizes[0], sizes[1], sizes[2], small->evaluations, results[1].evaluations,
           large->evaluations, small->sets_built, results[1].sets_built, large->sets_built,
           small->nanoseconds, results[1].nanoseconds, large->nanoseconds,
           sizes[SIZES - 1] / sizes[0], large->nanoseconds / small->nanoseconds);
    return large->evaluations <= small->evaluations + 1 && large->sets_built <= 1;
}

int
main(void)
{
    struct result results[CHANGES][SIZES];
    bool ok = true;

    for (int i = 0; i < SIZES; i++) {
        struct ch_cache *cache = fill(sizes[i]);

        for (int change = 0; change < CHANGES; change++)
            results[change][i] = measure(cache, (enum change)change, sizes[i]);
        ch_cache_free(cache);
    }
    for (int change = 0; change < CHANGES; change++)
        ok = report((enum change)change, results[change]) && ok;
    return !ok;
}
