/* cmd_driver.c - plays the drivers: lets them answer, refuse, come late, and requests fail. */
#include "repl/commands.h"

#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 1000000 }; /* allocations, of a driver without a limit that has to refuse nodes */

/* Writes of controllers and drivers since `from`; what is there to say where there are none. */
static void
tell_work(struct session *session, size_t from)
{
    const size_t now = chandra_sim_write_count(session->world.sim);

    if (now == from)
        say(session, "nothing was to do\n");
    tell_writes(session, from);
}

enum chandra_status
command_answer(struct session *session, const struct words *words, struct chandra_error *err)
{
    const size_t from = chandra_sim_write_count(session->world.sim);
    bool has_moved;
    const enum chandra_status st = world_settle(&session->world, &has_moved, err);

    (void)words;
    if (st == CHANDRA_OK)
        tell_work(session, from);
    return st;
}

/* Refusals: the driver is configured anew, to serve all nodes but some. */

/* The driver's configuration as it began, or NULL for one that was made up. */
static const struct chandra_value *
find_config(const struct base *base, const char *driver)
{
    for (size_t i = 0; base->drivers && i < chandra_doc_count(base->drivers); i++) {
        const struct chandra_value *root = chandra_doc_root(base->drivers, i);
        const bool is_list = chandra_value_type(root) == CHANDRA_ARRAY;
        const size_t count = is_list ? chandra_value_count(root) : 1;
        for (size_t k = 0; k < count; k++) {
            const struct chandra_value *config = is_list ? chandra_value_at(root, k) : root;
            const char *name = chandra_value_string(chandra_value_get(config, "DriverName"));
            if (name && strcmp(name, driver) == 0)
                return config;
        }
    }
    return NULL;
}

static bool
is_word(const struct words *words, const char *name)
{
    for (size_t i = 1; i < words->count; i++)
        if (strcmp(words->items[i], name) == 0)
            return true;
    return false;
}

static bool
is_served(const struct chandra_value *nodes, const char *name)
{
    for (size_t i = 0; i < chandra_value_count(nodes); i++)
        if (strcmp(chandra_value_string(chandra_value_at(nodes, i)), name) == 0)
            return true;
    return chandra_value_count(nodes) == 0;
}

/* The nodes that the driver goes on to serve; one that does not exist when there is none. */
static struct chandra_value *
kept_nodes(struct session *session, struct chandra_doc *doc, const struct words *words,
           const struct chandra_value *served)
{
    const struct chandra_cycle *cycle = session->world.walk.cycle;
    const struct chandra_nodeset *all = chandra_cycle_nodes(cycle);
    struct chandra_value *nodes = chandra_value_new_array(doc);

    for (uint32_t i = chandra_nodeset_next(all, 0); nodes && i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(all, i + 1)) {
        const char *name = walk_node_name(&session->world.walk, i);
        if (!is_word(words, name) && is_served(served, name) &&
            !chandra_value_append(nodes, chandra_value_new_string(doc, name)))
            return NULL;
    }
    if (nodes && chandra_value_count(nodes) == 0 &&
        !chandra_value_append(nodes, chandra_value_new_string(doc, "-")))
        return NULL;
    return nodes;
}

static struct chandra_value *
refusing_config(struct session *session, struct chandra_doc *doc, const struct words *words,
                const char *driver)
{
    const struct chandra_value *old = find_config(&session->base, driver);
    struct chandra_value *config =
        old ? chandra_value_copy(doc, old) : chandra_value_new_object(doc);
    int64_t limit = 0;
    bool is_ok =
        config &&
        (old || (chandra_value_set(config, "DriverName", chandra_value_new_string(doc, driver)) &&
                 chandra_value_set(config, "Shareable", chandra_value_new_bool(doc, true))));

    (void)chandra_value_int64(chandra_value_get(config, "MaxAllocations"), &limit);
    if (is_ok && limit <= 0)
        is_ok = chandra_value_set(config, "MaxAllocations", chandra_value_new_int64(doc, MANY));
    is_ok = is_ok &&
            chandra_value_set(config, "Nodes",
                              kept_nodes(session, doc, words, chandra_value_get(old, "Nodes")));
    return is_ok ? config : NULL;
}

static enum chandra_status
refuse(struct session *session, const struct words *words, const char *driver,
       struct chandra_error *err)
{
    struct chandra_doc *doc;
    const struct chandra_value *config;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    config = refusing_config(session, doc, words, driver);
    if (config)
        st = chandra_sim_add_drivers(session->world.sim, config, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    if (st == CHANDRA_OK)
        say(session, "driver %s refuses from now on\n", driver);
    chandra_doc_free(doc);
    return st;
}

/* Drivers look again at what they have answered when their next check comes due. */
static enum chandra_status
let_answer(struct session *session, struct chandra_error *err)
{
    struct world *world = &session->world;
    const int64_t next = chandra_sim_next_ms(world->sim, true);
    bool has_moved;
    enum chandra_status st = world_settle(world, &has_moved, err);

    if (st == CHANDRA_OK && next >= 0)
        st = chandra_sim_advance(world->sim, next, err);
    if (st == CHANDRA_OK)
        st = world_settle(world, &has_moved, err);
    return st;
}

static enum chandra_status
check_nodes(const struct walk *walk, const struct words *words, struct chandra_error *err)
{
    for (size_t i = 1; i < words->count; i++)
        if (chandra_cycle_node_index(walk->cycle, words->items[i]) == CHANDRA_NODESET_END)
            return chandra_error_set(err, CHANDRA_ENOTFOUND, "there is no node %s",
                                     words->items[i]);
    return CHANDRA_OK;
}

enum chandra_status
command_refuse(struct session *session, const struct words *words, struct chandra_error *err)
{
    const struct walk *walk = &session->world.walk;
    const size_t from = chandra_sim_write_count(session->world.sim);
    size_t refusing = 0;
    enum chandra_status st;

    if (!walk->cycle)
        return chandra_error_set(err, CHANDRA_EINVAL, "no pod is chosen, see :pod");
    st = check_nodes(walk, words, err);
    for (size_t i = 0; st == CHANDRA_OK && i < chandra_cycle_claim_count(walk->cycle); i++) {
        const struct chandra_class *class = chandra_cycle_claim_class(walk->cycle, i);
        if (!class || chandra_claim_is_allocated(chandra_cycle_claim(walk->cycle, i)))
            continue;
        st = refuse(session, words, chandra_class_driver_name(class), err);
        refusing++;
    }
    if (st == CHANDRA_OK && refusing == 0)
        st = chandra_error_set(err, CHANDRA_EINVAL, "the pod has no pending claim");
    if (st == CHANDRA_OK)
        st = let_answer(session, err);
    if (st == CHANDRA_OK)
        tell_writes(session, from);
    return st;
}

static bool
restore_default(void *user, const struct chandra_value *class)
{
    struct session *session = user;
    const char *name = chandra_value_string(chandra_value_get(class, "driverName"));
    const struct chandra_sim_driver driver = {
        .size = sizeof(driver), .driver_name = name, .is_shareable = true};

    if (name && !find_config(&session->base, name))
        return chandra_sim_add_driver(session->world.sim, &driver, NULL) == CHANDRA_OK;
    return true;
}

enum chandra_status
command_allow(struct session *session, const struct words *words, struct chandra_error *err)
{
    const struct chandra_doc *drivers = session->base.drivers;
    const size_t from = chandra_sim_write_count(session->world.sim);
    enum chandra_status st = CHANDRA_OK;

    (void)words;
    world_each(&session->world, "ResourceClass", restore_default, session);
    for (size_t i = 0; st == CHANDRA_OK && drivers && i < chandra_doc_count(drivers); i++)
        st = chandra_sim_add_drivers(session->world.sim, chandra_doc_root(drivers, i), err);
    if (st == CHANDRA_OK)
        st = let_answer(session, err);
    if (st == CHANDRA_OK)
        tell_work(session, from);
    return st;
}

enum chandra_status
command_wait(struct session *session, const struct words *words, struct chandra_error *err)
{
    struct world *world = &session->world;
    const size_t from = chandra_sim_write_count(world->sim);
    char *end;
    const double seconds = strtod(words->items[1], &end);
    bool has_moved;
    enum chandra_status st;

    if (*end || !(seconds > 0) || !(seconds <= 86400))
        return chandra_error_set(err, CHANDRA_EINVAL, "want seconds, from 0 to 86400");
    st = chandra_sim_advance(world->sim, chandra_sim_now_ms(world->sim) + (int64_t)(seconds * 1000),
                             err);
    if (st == CHANDRA_OK)
        st = world_settle(world, &has_moved, err);
    if (st == CHANDRA_OK)
        tell_work(session, from);
    return st;
}

enum chandra_status
command_fault(struct session *session, const struct words *words, struct chandra_error *err)
{
    struct chandra_sim_fault fault = {.size = sizeof(fault), .retry_after_s = -1, .count = 1};
    char *end = NULL;

    if (words->count == 2 && strcmp(words->items[1], "clear") == 0) {
        chandra_sim_clear_faults(session->world.sim);
        return CHANDRA_OK;
    }
    if (words->count < 4)
        return chandra_error_set(err, CHANDRA_EINVAL, "want METHOD PATH STATUS [COUNT], or clear");
    fault.method = words->items[1];
    fault.path = words->items[2];
    fault.http_status = (int)strtol(words->items[3], &end, 10);
    if (*end || fault.http_status < 400 || fault.http_status > 599)
        return chandra_error_set(err, CHANDRA_EINVAL, "want an HTTP status from 400 to 599");
    if (words->count > 4)
        fault.count = (uint32_t)strtoul(words->items[4], &end, 10);
    if (*end || fault.count == 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "want how often, at least once");
    return chandra_sim_add_fault(session->world.sim, &fault, err);
}
