/* driver.c - the simulated drivers: their making, and what they do upon which event. */
#include "sim/driver.h"

#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/values.h"

#include <stdio.h>
#include <string.h>

enum { WORK_KEY_SIZE = CH_SIM_KEY_SIZE + 16 };
static const char claim_prefix[] = "claim:";
static const char context_prefix[] = "schedulingCtx:";
static const char finalizer_suffix[] = "/deletion-protection";

/* Making. */

static void
clear_labels(struct ch_map *labels)
{
    const char *key;
    void *cursor = NULL;
    void *value;

    while (ch_map_next(labels, &cursor, &key, &value))
        ch_free(value);
    ch_map_clear(labels);
}

static void
free_driver(struct ch_sim_driver *driver)
{
    ch_sim_queue_clear(&driver->queue);
    ch_sim_device_clear(driver);
    ch_map_clear(&driver->nodes);
    clear_labels(&driver->labels);
    ch_free(driver->name);
    ch_free(driver->finalizer);
    ch_free(driver);
}

void
ch_sim_drivers_free(struct chandra_sim *sim)
{
    while (sim->drivers) {
        struct ch_sim_driver *driver = sim->drivers;

        sim->drivers = driver->next;
        free_driver(driver);
    }
}

static struct ch_sim_driver *
find_driver(const struct chandra_sim *sim, const char *name)
{
    struct ch_sim_driver *driver = sim->drivers;

    while (driver && !ch_streq(driver->name, name))
        driver = driver->next;
    return driver;
}

static struct ch_sim_driver *
new_driver(struct chandra_sim *sim, const char *name)
{
    struct ch_sim_driver *driver = ch_calloc(1, sizeof(*driver));
    const size_t size = strlen(name) + sizeof(finalizer_suffix);

    if (!driver)
        return NULL;
    driver->sim = driver->queue.sim = sim;
    driver->name = ch_strdup(name);
    driver->finalizer = ch_alloc(size);
    if (!driver->name || !driver->finalizer) {
        free_driver(driver);
        return NULL;
    }
    snprintf(driver->finalizer, size, "%s%s", name, finalizer_suffix);
    return driver;
}

static bool
copy_nodes(const struct chandra_sim_driver *config, struct ch_map *nodes)
{
    for (size_t i = 0; i < config->node_count; i++)
        if (!ch_map_set(nodes, config->nodes[i], nodes)) /* any pointer says "is a member" */
            return false;
    return true;
}

static bool
copy_labels(const struct chandra_sim_driver *config, struct ch_map *labels)
{
    for (size_t i = 0; i < config->label_count; i++) {
        char *value = ch_strdup(config->label_values[i]);

        ch_free(ch_map_remove(labels, config->label_keys[i]));
        if (!value || !ch_map_set(labels, config->label_keys[i], value)) {
            ch_free(value);
            return false;
        }
    }
    return true;
}

/* A driver that was not there has not seen what happened before it came. */
static enum chandra_status
look_around(struct ch_sim_driver *driver, struct chandra_error *err)
{
    static const enum ch_sim_kind_id kinds[] = {CH_SIM_CLAIM, CH_SIM_CONTEXT};

    for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        struct ch_sim_versions versions = {0};
        enum chandra_status st = ch_sim_versions_of(driver->sim, kinds[kind], NULL, &versions, err);

        for (size_t i = 0; st == CHANDRA_OK && i < versions.count; i++) {
            const struct ch_sim_event event = {.type = CH_SIM_ADDED, .now = versions.items[i]};

            st = ch_sim_driver_event(driver, &event, err);
        }
        ch_sim_versions_clear(&versions);
        if (st != CHANDRA_OK)
            return st;
    }
    return CHANDRA_OK;
}

/* Moves the maps into the driver. */
static void
configure(struct ch_sim_driver *driver, const struct chandra_sim_driver *config,
          struct ch_map *nodes, struct ch_map *labels)
{
    ch_map_clear(&driver->nodes);
    clear_labels(&driver->labels);
    driver->nodes = *nodes;
    driver->labels = *labels;
    *nodes = *labels = (struct ch_map){0};
    driver->dont_set_reserved_for = config->dont_set_reserved_for;
    driver->is_node_local = config->is_node_local;
    driver->is_shareable = config->is_shareable;
    driver->max_allocations = config->max_allocations;
}

static enum chandra_status
add_driver(struct chandra_sim *sim, const struct chandra_sim_driver *config, struct ch_map *nodes,
           struct ch_map *labels, struct chandra_error *err)
{
    struct ch_sim_driver *driver = find_driver(sim, config->driver_name);
    struct ch_sim_driver **link = &sim->drivers;
    enum chandra_status st;

    if (driver) {
        configure(driver, config, nodes, labels);
        return look_around(driver, err);
    }
    driver = new_driver(sim, config->driver_name);
    if (!driver)
        return ch_sim_no_memory(err);
    configure(driver, config, nodes, labels);
    st = look_around(driver, err);
    if (st != CHANDRA_OK) {
        free_driver(driver);
        return st;
    }
    while (*link)
        link = &(*link)->next;
    *link = driver;
    return CHANDRA_OK;
}

static enum chandra_status
check_config(const struct chandra_sim_driver *config, struct chandra_error *err)
{
    if (!ch_is_dns_subdomain(config->driver_name))
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "driver name \"%s\": want a DNS name such as gpu.example.com",
                                 config->driver_name ? config->driver_name : "");
    if (config->max_allocations < 0)
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "driver %s: the number of allocations is negative",
                                 config->driver_name);
    return CHANDRA_OK;
}

enum chandra_status
chandra_sim_add_driver(struct chandra_sim *sim, const struct chandra_sim_driver *driver,
                       struct chandra_error *err)
{
    struct chandra_sim_driver config = {0};
    struct ch_map nodes = {0};
    struct ch_map labels = {0};
    enum chandra_status st;

    memcpy(&config, driver, driver->size < sizeof(config) ? driver->size : sizeof(config));
    st = check_config(&config, err);
    if (st == CHANDRA_OK && (!copy_nodes(&config, &nodes) || !copy_labels(&config, &labels)))
        st = ch_sim_no_memory(err);
    if (st == CHANDRA_OK) {
        ch_sim_lock(sim);
        st = add_driver(sim, &config, &nodes, &labels, err);
        ch_sim_unlock(sim);
    }
    ch_map_clear(&nodes); /* empty unless something failed */
    clear_labels(&labels);
    return st;
}

enum chandra_status
chandra_sim_add_default_drivers(struct chandra_sim *sim, struct chandra_error *err)
{
    struct ch_sim_versions classes;
    enum chandra_status st;

    ch_sim_lock(sim);
    st = ch_sim_versions_of(sim, CH_SIM_CLASS, NULL, &classes, err);
    if (st != CHANDRA_OK) {
        ch_sim_unlock(sim);
        return st;
    }
    for (size_t i = 0; st == CHANDRA_OK && i < classes.count; i++) {
        const struct chandra_sim_driver config = {
            .driver_name = ch_member_text(classes.items[i]->root, "driverName"),
            .is_shareable = true,
        };
        struct ch_map nodes = {0};
        struct ch_map labels = {0};

        if (!ch_is_empty(config.driver_name) && !find_driver(sim, config.driver_name))
            st = add_driver(sim, &config, &nodes, &labels, err);
    }
    ch_sim_versions_clear(&classes);
    ch_sim_unlock(sim);
    return st;
}

/* Events and work. */

enum chandra_status
ch_sim_driver_event(struct ch_sim_driver *driver, const struct ch_sim_event *event,
                    struct chandra_error *err)
{
    const bool is_claim = event->now->kind->id == CH_SIM_CLAIM;
    char object_key[CH_SIM_KEY_SIZE];
    char key[WORK_KEY_SIZE];

    if ((!is_claim && event->now->kind->id != CH_SIM_CONTEXT) ||
        !ch_sim_key(object_key, event->now->name_space, event->now->name))
        return CHANDRA_OK;
    snprintf(key, sizeof(key), "%s%s", is_claim ? claim_prefix : context_prefix, object_key);
    if (event->type == CH_SIM_DELETED) {
        ch_sim_queue_forget(&driver->queue, key);
        if (is_claim)
            ch_sim_device_deallocate(driver, event->now->uid);
        return CHANDRA_OK;
    }
    /* What is allocated when the driver first sees it counts as if it had always been there. */
    if (is_claim && !event->old && !ch_sim_device_adopt(driver, event->now))
        return ch_sim_no_memory(err);
    return ch_sim_queue_add(&driver->queue, key) ? CHANDRA_OK : ch_sim_no_memory(err);
}

enum chandra_status
ch_sim_driver_work(struct ch_sim_driver *driver, const char *key, enum ch_sim_result *out_result,
                   struct chandra_error *err)
{
    const bool is_claim = strncmp(key, claim_prefix, sizeof(claim_prefix) - 1) == 0;
    const char *object_key = key + (is_claim ? sizeof(claim_prefix) : sizeof(context_prefix)) - 1;
    char name_space[CH_SIM_KEY_SIZE];
    const char *name = ch_sim_key_split(object_key, name_space);
    struct chandra_error why;
    enum chandra_status st;

    *out_result = CH_SIM_DONE;
    st = is_claim ? ch_sim_driver_sync_claim(driver, name_space, name, out_result, &why)
                  : ch_sim_driver_sync_context(driver, name_space, name, out_result, &why);
    if (st == CHANDRA_ENOMEM)
        return ch_sim_no_memory(err);
    if (st != CHANDRA_OK)
        *out_result = ch_sim_act_failed(driver->sim, driver->name, key, &why);
    return CHANDRA_OK;
}
