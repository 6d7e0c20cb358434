/* driver_config.c - reads how drivers behave from a document, strictly. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/sim.h"

/* A driver as it is read. */
struct reading {
    struct chandra_sim_driver driver;
    const char **nodes;
    const char **label_keys;
    const char **label_values;
};

static const char *const field_names[] = {
    "DriverName", "DontSetReservedFor", "NodeLocal", "Nodes",
    "NodeLabels", "MaxAllocations",     "Shareable",
};
enum { FIELD_COUNT = sizeof(field_names) / sizeof(field_names[0]) };

static void
clear(struct reading *reading)
{
    ch_free(reading->nodes);
    ch_free(reading->label_keys);
    ch_free(reading->label_values);
}

static enum chandra_status
check_fields(const struct chandra_value *object, struct chandra_error *err)
{
    if (chandra_value_type(object) != CHANDRA_OBJECT)
        return ch_value_error(object, err, CHANDRA_EINVAL,
                              "a driver's configuration: want an object, got %s",
                              chandra_type_name(chandra_value_type(object)));
    for (size_t i = 0; i < chandra_value_count(object); i++) {
        const char *key = chandra_value_key(object, i);
        const char *near = ch_nearest(key, field_names, FIELD_COUNT);
        bool is_known = false;

        for (size_t j = 0; j < FIELD_COUNT; j++)
            is_known = is_known || ch_streq(key, field_names[j]);
        if (!is_known)
            return ch_value_error(chandra_value_at(object, i), err, CHANDRA_EINVAL,
                                  "unknown field \"%.100s\" of a driver's configuration%s%s%s", key,
                                  near ? ", did you mean \"" : "", near ? near : "",
                                  near ? "\"?" : "");
    }
    return CHANDRA_OK;
}

static enum chandra_status
read_nodes(const struct chandra_value *object, struct reading *reading, struct chandra_error *err)
{
    const struct chandra_value *names = NULL;
    enum chandra_status st = ch_field_array(object, "", "Nodes", &names, err);
    const size_t count = chandra_value_count(names);

    if (st != CHANDRA_OK || count == 0)
        return st;
    reading->nodes = ch_calloc(count, sizeof(*reading->nodes));
    if (!reading->nodes)
        return ch_sim_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct chandra_value *name = chandra_value_at(names, i);

        reading->nodes[i] = chandra_value_string(name);
        if (!reading->nodes[i])
            return ch_value_error(name, err, CHANDRA_EINVAL, "Nodes[%zu]: want a string, got %s", i,
                                  chandra_type_name(chandra_value_type(name)));
    }
    reading->driver.nodes = reading->nodes;
    reading->driver.node_count = count;
    return CHANDRA_OK;
}

static enum chandra_status
read_labels(const struct chandra_value *object, struct reading *reading, struct chandra_error *err)
{
    const struct chandra_value *labels = NULL;
    enum chandra_status st = ch_field_object(object, "", "NodeLabels", &labels, err);
    const size_t count = chandra_value_count(labels);

    if (st != CHANDRA_OK || count == 0)
        return st;
    reading->label_keys = ch_calloc(count, sizeof(*reading->label_keys));
    reading->label_values = ch_calloc(count, sizeof(*reading->label_values));
    if (!reading->label_keys || !reading->label_values)
        return ch_sim_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct chandra_value *value = chandra_value_at(labels, i);

        reading->label_keys[i] = chandra_value_key(labels, i);
        reading->label_values[i] = chandra_value_string(value);
        if (!reading->label_values[i])
            return ch_value_error(value, err, CHANDRA_EINVAL,
                                  "NodeLabels.%s: want a string, got %s", reading->label_keys[i],
                                  chandra_type_name(chandra_value_type(value)));
    }
    reading->driver.label_keys = reading->label_keys;
    reading->driver.label_values = reading->label_values;
    reading->driver.label_count = count;
    return CHANDRA_OK;
}

static enum chandra_status
read_driver(const struct chandra_value *object, struct reading *reading, struct chandra_error *err)
{
    struct chandra_sim_driver *driver = &reading->driver;
    enum chandra_status st = check_fields(object, err);

    driver->size = sizeof(*driver);
    if (st == CHANDRA_OK)
        st = ch_field_string(object, "", "DriverName", &driver->driver_name, err);
    if (st == CHANDRA_OK)
        st = ch_field_bool(object, "", "DontSetReservedFor", &driver->dont_set_reserved_for, err);
    if (st == CHANDRA_OK)
        st = ch_field_bool(object, "", "NodeLocal", &driver->is_node_local, err);
    if (st == CHANDRA_OK)
        st = ch_field_int64(object, "", "MaxAllocations", &driver->max_allocations, err);
    if (st == CHANDRA_OK)
        st = ch_field_bool(object, "", "Shareable", &driver->is_shareable, err);
    if (st == CHANDRA_OK)
        st = read_nodes(object, reading, err);
    if (st == CHANDRA_OK)
        st = read_labels(object, reading, err);
    if (st != CHANDRA_OK)
        return st;
    if (ch_is_empty(driver->driver_name))
        return ch_value_error(object, err, CHANDRA_EINVAL,
                              "a driver's configuration: DriverName is "
                              "missing");
    if (!ch_is_dns_subdomain(driver->driver_name))
        return ch_value_error(chandra_value_get(object, "DriverName"), err, CHANDRA_EINVAL,
                              "DriverName \"%.253s\": want a DNS name such as gpu.example.com",
                              driver->driver_name);
    if (driver->max_allocations < 0)
        return ch_value_error(chandra_value_get(object, "MaxAllocations"), err, CHANDRA_EINVAL,
                              "MaxAllocations: want 0 (unlimited) or more");
    return CHANDRA_OK;
}

/* Read one driver and, with a cluster, add it. */
static enum chandra_status
take_driver(struct chandra_sim *sim, const struct chandra_value *object, struct chandra_error *err)
{
    struct reading reading = {0};
    enum chandra_status st = read_driver(object, &reading, err);

    if (st == CHANDRA_OK && sim)
        st = chandra_sim_add_driver(sim, &reading.driver, err);
    clear(&reading);
    return st;
}

static enum chandra_status
check_unique(const struct chandra_value *config, size_t index, struct chandra_error *err)
{
    const struct chandra_value *name =
        chandra_value_get(chandra_value_at(config, index), "DriverName");

    for (size_t i = 0; i < index; i++)
        if (chandra_value_equal(name, chandra_value_get(chandra_value_at(config, i), "DriverName")))
            return ch_value_error(name, err, CHANDRA_EINVAL, "driver %s is configured twice",
                                  chandra_value_string(name));
    return CHANDRA_OK;
}

static enum chandra_status
take_all(struct chandra_sim *sim, const struct chandra_value *config, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    if (chandra_value_type(config) != CHANDRA_ARRAY)
        return take_driver(sim, config, err);
    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(config); i++) {
        st = take_driver(sim, chandra_value_at(config, i), err);
        if (st == CHANDRA_OK)
            st = check_unique(config, i, err);
    }
    return st;
}

enum chandra_status
chandra_sim_add_drivers(struct chandra_sim *sim, const struct chandra_value *config,
                        struct chandra_error *err)
{
    /* Nothing is added if anything is wrong. */
    const enum chandra_status st = take_all(NULL, config, err);

    return st == CHANDRA_OK ? take_all(sim, config, err) : st;
}
