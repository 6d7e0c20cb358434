/* base.c - makes clusters from the example, from manifests, from a record or from a live copy. */
#include "repl/base.h"

#include "paths.h"
#include "repl/example.h"
#include "simulate/manifest.h"

#include <chandra/record.h>
#include <chandra/sys/base.h>
#include <chandra/sys/stage.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_NODES = 3 };

enum chandra_status
base_add(struct base *base, struct chandra_doc *doc, struct chandra_error *err)
{
    struct chandra_doc **docs =
        chandra_realloc(base->docs, (base->doc_count + 1) * sizeof(struct chandra_doc *));

    if (!docs) {
        chandra_doc_free(doc);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    base->docs = docs;
    docs[base->doc_count++] = doc;
    return CHANDRA_OK;
}

enum chandra_status
base_use_example(struct base *base, struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st = chandra_doc_parse_yaml(example_cluster, strlen(example_cluster),
                                                    "example", NULL, &doc, err);

    if (st == CHANDRA_OK)
        st = base_add(base, doc, err);
    if (st == CHANDRA_OK && !base->drivers)
        st = chandra_doc_parse_json(example_drivers, strlen(example_drivers), "example drivers",
                                    NULL, &base->drivers, err);
    base->kind = BASE_EXAMPLE;
    snprintf(base->title, sizeof(base->title), "the example cluster");
    return st;
}

static enum chandra_status
add_path(struct base *base, const char *path, struct chandra_error *err)
{
    struct paths paths = {0};
    enum chandra_status st = paths_expand(&paths, path, err);

    for (size_t i = 0; st == CHANDRA_OK && i < paths.count; i++) {
        struct chandra_doc *doc;
        st = cli_read_doc(paths.items[i], &doc, err);
        if (st == CHANDRA_OK)
            st = base_add(base, doc, err);
    }
    paths_clear(&paths);
    return st;
}

enum chandra_status
base_use_files(struct base *base, const char *const *paths, size_t count, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < count; i++)
        st = add_path(base, paths[i], err);
    base->kind = BASE_MANIFESTS;
    snprintf(base->title, sizeof(base->title), "%.200s%s", paths[0],
             count > 1 ? " and others" : "");
    return st;
}

enum chandra_status
base_use_record(struct base *base, const char *path, int64_t case_number, struct chandra_error *err)
{
    base->kind = BASE_RECORD;
    base->record = path;
    base->case_number = case_number;
    snprintf(base->title, sizeof(base->title), "the end of case %lld of %.200s",
             (long long)case_number, path);
    return cli_read(path, &base->text, &base->len, err);
}

/* Manifests. */

static enum chandra_status
load_manifests(const struct base *base, struct problems *problems, struct chandra_sim *sim,
               struct chandra_error *err)
{
    struct manifests manifests = {.sim = sim, .problems = problems};
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < base->doc_count; i++)
        st = manifests_add(&manifests, base->docs[i], err);
    if (st == CHANDRA_OK && manifests.node_count == 0)
        st = manifests_add_nodes(&manifests, DEFAULT_NODES, err);
    manifests_clear(&manifests);
    return st;
}

/* Copies of live objects, each stored exactly as it is. */
static enum chandra_status
store_lists(const struct base *base, struct chandra_sim *sim, struct chandra_error *err)
{
    struct chandra_stage *stage = chandra_sim_stage(sim);
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; i < base->doc_count; i++) {
        const struct chandra_value *items =
            chandra_value_get(chandra_doc_root(base->docs[i], 0), "items");
        for (size_t k = 0; st == CHANDRA_OK && k < chandra_value_count(items); k++)
            st = stage->ops->apply(stage, chandra_value_at(items, k), err);
    }
    return st;
}

/* Records. */

/* A replay of which one world is kept. */
struct search {
    int64_t wanted; /* number of the case */
    int64_t seen;
    struct chandra_sim *found;
};

static enum chandra_status
open_world(void *user, uint64_t seed, struct chandra_replay_world *out_world,
           struct chandra_error *err)
{
    const struct chandra_sim_options options = {.size = sizeof(options), .seed = seed};
    struct chandra_sim *sim;
    const enum chandra_status st = chandra_sim_new(&options, &sim, err);

    (void)user;
    if (st == CHANDRA_OK)
        *out_world = (struct chandra_replay_world){
            .transport = chandra_sim_transport(sim), .stage = chandra_sim_stage(sim), .user = sim};
    return st;
}

static void
close_world(void *user, struct chandra_replay_world *world)
{
    struct search *search = user;

    if (++search->seen == search->wanted)
        search->found = world->user;
    else
        chandra_sim_free(world->user);
}

static enum chandra_status
replay(const struct base *base, struct chandra_sim **out_sim, struct chandra_error *err)
{
    struct search search = {.wanted = base->case_number};
    const struct chandra_replay_options options = {.size = sizeof(options),
                                                   .user = &search,
                                                   .open_world = open_world,
                                                   .close_world = close_world};
    struct chandra_replay_result result = {0};
    enum chandra_status st =
        chandra_replay_text(base->text, base->len, base->record, &options, &result, err);

    if (st == CHANDRA_OK && !search.found)
        st = chandra_error_set(err, CHANDRA_ENOTFOUND, "%s: there is no case %lld, it has %lld",
                               base->record, (long long)search.wanted, (long long)search.seen);
    if (st != CHANDRA_OK) {
        chandra_sim_free(search.found);
        return st;
    }
    *out_sim = search.found;
    return CHANDRA_OK;
}

static enum chandra_status
fill(const struct base *base, struct problems *problems, struct chandra_sim *sim,
     struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;
    bool has_moved;

    if (base->kind == BASE_LIVE)
        st = store_lists(base, sim, err);
    else if (base->kind != BASE_RECORD)
        st = load_manifests(base, problems, sim, err);
    for (size_t i = 0; st == CHANDRA_OK && base->drivers && i < chandra_doc_count(base->drivers);
         i++)
        st = chandra_sim_add_drivers(sim, chandra_doc_root(base->drivers, i), err);
    if (st == CHANDRA_OK)
        st = chandra_sim_add_default_drivers(sim, err);
    if (st == CHANDRA_OK && base->kind != BASE_RECORD)
        st = chandra_sim_settle(sim, &has_moved, err);
    return st;
}

enum chandra_status
base_make(const struct base *base, struct problems *problems, struct chandra_sim **out_sim,
          struct chandra_error *err)
{
    struct chandra_sim *sim = NULL;
    enum chandra_status st =
        base->kind == BASE_RECORD ? replay(base, &sim, err) : chandra_sim_new(NULL, &sim, err);

    if (st == CHANDRA_OK)
        st = fill(base, problems, sim, err);
    if (st == CHANDRA_OK)
        *out_sim = sim;
    else
        chandra_sim_free(sim);
    return st;
}

void
base_clear(struct base *base)
{
    for (size_t i = 0; i < base->doc_count; i++)
        chandra_doc_free(base->docs[i]);
    chandra_free(base->docs);
    chandra_doc_free(base->drivers);
    chandra_free(base->text);
    *base = (struct base){0};
}
