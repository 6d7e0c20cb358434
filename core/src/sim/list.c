/* list.c - lists of objects, whole or in pages that all show the same moment. */
#include "base/alloc.h"
#include "base/text.h"
#include "sim/route.h"
#include "sim/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How many lists can be read in pages at once; an older one expires. */
enum { MAX_SNAPSHOTS = 16 };

struct ch_sim_snapshot {
    struct ch_sim_snapshot *next;
    uint64_t id;
    const struct ch_sim_kind *kind;
    uint64_t revision;
    struct ch_sim_versions versions;
};

static void
free_snapshot(struct ch_sim_snapshot *snapshot)
{
    ch_sim_versions_clear(&snapshot->versions);
    ch_free(snapshot);
}

void
ch_sim_snapshots_clear(struct chandra_sim *sim)
{
    while (sim->snapshots) {
        struct ch_sim_snapshot *snapshot = sim->snapshots;

        sim->snapshots = snapshot->next;
        free_snapshot(snapshot);
    }
}

static void
expire_oldest(struct chandra_sim *sim)
{
    struct ch_sim_snapshot **link = &sim->snapshots;

    for (size_t i = 0; *link && i < MAX_SNAPSHOTS; i++)
        link = &(*link)->next;
    if (*link) {
        free_snapshot(*link);
        *link = NULL;
    }
}

static void
drop_unselected(struct ch_sim_versions *versions, const struct ch_sim_select *select)
{
    size_t kept = 0;

    for (size_t i = 0; i < versions->count; i++) {
        if (ch_sim_select_has(select, versions->items[i]))
            versions->items[kept++] = versions->items[i];
        else
            ch_sim_version_unref(versions->items[i]);
    }
    versions->count = kept;
}

static enum chandra_status
take_snapshot(struct chandra_sim *sim, const struct ch_sim_route *route,
              struct ch_sim_snapshot **out_snapshot, struct chandra_error *err)
{
    struct ch_sim_snapshot *snapshot = ch_calloc(1, sizeof(*snapshot));
    enum chandra_status st;

    if (!snapshot)
        return ch_sim_no_memory(err);
    st = ch_sim_versions_of(sim, route->kind->id, route->name_space, &snapshot->versions, err);
    if (st != CHANDRA_OK) {
        ch_free(snapshot);
        return st;
    }
    drop_unselected(&snapshot->versions, &route->select);
    snapshot->id = ++sim->snapshot_id;
    snapshot->kind = route->kind;
    snapshot->revision = sim->store.revision;
    *out_snapshot = snapshot;
    return CHANDRA_OK;
}

/* A token is "ID.INDEX", of the snapshot and the next object. */
static enum chandra_status
find_snapshot(struct chandra_sim *sim, const struct ch_sim_route *route,
              struct ch_sim_snapshot **out_snapshot, size_t *out_index, struct chandra_error *err)
{
    char *end = NULL;
    const unsigned long long id = strtoull(route->continue_token, &end, 10);
    const unsigned long long index = *end == '.' ? strtoull(end + 1, &end, 10) : 0;

    if (*end || index == 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "continue key is not valid: \"%.100s\"",
                                 route->continue_token);
    for (struct ch_sim_snapshot *at = sim->snapshots; at; at = at->next)
        if (at->id == id && at->kind == route->kind && index < at->versions.count) {
            *out_snapshot = at;
            *out_index = (size_t)index;
            return CHANDRA_OK;
        }
    return chandra_error_set(
        err, CHANDRA_EGONE,
        "The provided continue parameter is too old to display a consistent list "
        "result. You must start a new list without the continue parameter.");
}

/* A list can be of the present only: not of a future revision, nor exactly of a past one. */
static enum chandra_status
check_revision(const struct chandra_sim *sim, const struct ch_sim_route *route,
               struct chandra_error *err)
{
    int64_t revision = 0;

    if (ch_is_empty(route->resource_version))
        return CHANDRA_OK;
    if (!ch_parse_int64(route->resource_version, &revision) || revision < 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "resourceVersion: Invalid value: \"%s\"",
                                 route->resource_version);
    if ((uint64_t)revision > sim->store.revision)
        return chandra_error_set(err, CHANDRA_ETRANSIENT,
                                 "Too large resource version: %" PRId64 ", current: %" PRIu64,
                                 revision, sim->store.revision);
    if (ch_streq(route->resource_version_match, "Exact") &&
        (uint64_t)revision < sim->store.revision)
        return chandra_error_set(err, CHANDRA_EGONE,
                                 "The resourceVersion for the provided list is too old.");
    return CHANDRA_OK;
}

/* Items of whole lists say neither kind nor apiVersion. */
static enum chandra_status
put_item(struct ch_sim_version *version, enum ch_sim_form form, struct ch_buf *body,
         struct chandra_error *err)
{
    enum chandra_status st;
    size_t start;

    if (form == CH_SIM_FORM_METADATA) {
        ch_sim_form_put_metadata(body, version->root);
        return CHANDRA_OK;
    }
    st = ch_sim_version_text(version, err);
    if (st != CHANDRA_OK)
        return st;
    start = ch_sim_version_item(version) + 1;
    ch_buf_putc(body, '{');
    ch_buf_put(body, version->text + start, version->text_len - start);
    return CHANDRA_OK;
}

static enum chandra_status
put_page(const struct ch_sim_snapshot *snapshot, enum ch_sim_form form, size_t from, size_t to,
         struct ch_buf *body, struct chandra_error *err)
{
    const size_t left = snapshot->versions.count - to;
    const bool is_whole = form == CH_SIM_FORM_WHOLE;

    ch_buf_printf(body,
                  "{\"kind\":\"%sList\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":"
                  "\"%" PRIu64 "\"",
                  is_whole ? snapshot->kind->name : "PartialObjectMetadata",
                  is_whole ? snapshot->kind->api_version : "meta.k8s.io/v1", snapshot->revision);
    if (left > 0)
        ch_buf_printf(body, ",\"continue\":\"%" PRIu64 ".%zu\",\"remainingItemCount\":%zu",
                      snapshot->id, to, left);
    ch_buf_puts(body, "},\"items\":[");
    for (size_t i = from; i < to; i++) {
        enum chandra_status st;

        ch_buf_puts(body, i > from ? "," : "");
        st = put_item(snapshot->versions.items[i], form, body, err);
        if (st != CHANDRA_OK)
            return st;
    }
    ch_buf_puts(body, "]}");
    return ch_buf_ok(body) ? CHANDRA_OK : ch_sim_no_memory(err);
}

enum chandra_status
ch_sim_list(struct chandra_sim *sim, const struct ch_sim_route *route, struct ch_buf *body,
            struct chandra_error *err)
{
    struct ch_sim_snapshot *snapshot = NULL;
    const bool is_first = ch_is_empty(route->continue_token);
    size_t from = 0;
    size_t to;
    enum chandra_status st;

    st = is_first ? check_revision(sim, route, err)
                  : find_snapshot(sim, route, &snapshot, &from, err);
    if (st == CHANDRA_OK && is_first)
        st = take_snapshot(sim, route, &snapshot, err);
    if (!snapshot)
        return st;
    to = snapshot->versions.count;
    if (route->limit > 0 && (uint64_t)route->limit < to - from)
        to = from + (size_t)route->limit;
    st = put_page(snapshot, route->form, from, to, body, err);
    if (!is_first)
        return st;
    if (st != CHANDRA_OK || to == snapshot->versions.count) {
        free_snapshot(snapshot); /* no more pages */
        return st;
    }
    snapshot->next = sim->snapshots;
    sim->snapshots = snapshot;
    expire_oldest(sim);
    return CHANDRA_OK;
}
