/* device.c - the reference test driver: what it can give, gives and takes back. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/driver.h"
#include "sim/values.h"

#include <inttypes.h>

static const char hostname_label[] = "kubernetes.io/hostname";

/* What is given away. */

static size_t
count_on(const struct ch_sim_driver *driver, const char *node)
{
    const size_t *count = ch_map_get(&driver->counts, node);

    return count ? *count : 0;
}

/* How many claims share the limit with one on this node. */
static size_t
count_with(const struct ch_sim_driver *driver, const char *node)
{
    return driver->is_node_local ? count_on(driver, node) : ch_map_count(&driver->allocations);
}

static bool
has_room(const struct ch_sim_driver *driver, const char *node, size_t count)
{
    return driver->max_allocations == 0 ||
           count_with(driver, node) + count <= (uint64_t)driver->max_allocations;
}

static bool
note(struct ch_sim_driver *driver, const char *uid, const char *node)
{
    size_t *count = ch_map_get(&driver->counts, node);
    char *copy = ch_strdup(node);

    if (copy && !count) {
        count = ch_calloc(1, sizeof(*count));
        if (count && !ch_map_set(&driver->counts, node, count)) {
            ch_free(count);
            count = NULL;
        }
    }
    if (!copy || !count || !ch_map_set(&driver->allocations, uid, copy)) {
        ch_free(copy);
        return false;
    }
    ++*count;
    return true;
}

void
ch_sim_device_deallocate(struct ch_sim_driver *driver, const char *uid)
{
    char *node = ch_map_remove(&driver->allocations, uid);
    size_t *count = node ? ch_map_get(&driver->counts, node) : NULL;

    if (count && *count > 0)
        --*count;
    ch_free(node);
}

static void
free_values(struct ch_map *map)
{
    const char *key;
    void *cursor = NULL;
    void *value;

    while (ch_map_next(map, &cursor, &key, &value))
        ch_free(value);
    ch_map_clear(map);
}

void
ch_sim_device_clear(struct ch_sim_driver *driver)
{
    free_values(&driver->allocations);
    free_values(&driver->counts);
}

/* Which nodes it serves. */

static bool
has_labels(const struct ch_sim_driver *driver, const char *node)
{
    const struct ch_sim_version *version = ch_sim_get(driver->sim, CH_SIM_NODE, "", node);
    const struct chandra_value *labels =
        version ? ch_sim_get2(version->root, "metadata", "labels") : NULL;
    const char *key;
    void *cursor = NULL;
    void *value;

    while (ch_map_next(&driver->labels, &cursor, &key, &value))
        if (!ch_streq(chandra_value_string(chandra_value_get(labels, key)), value))
            return false;
    return true;
}

static bool
serves(const struct ch_sim_driver *driver, const char *node)
{
    if (ch_map_count(&driver->nodes) > 0 && !ch_map_get(&driver->nodes, node))
        return false;
    return ch_map_count(&driver->labels) == 0 || has_labels(driver, node);
}

bool
ch_sim_device_is_unsuitable(const struct ch_sim_driver *driver, const char *node, size_t count)
{
    /* An unlimited driver calls nothing unsuitable, not even nodes that it does not serve. */
    return driver->max_allocations != 0 &&
           (!serves(driver, node) || !has_room(driver, node, count));
}

/* Any node with room, for a claim that is allocated before its pod; NULL if there is none. */
static enum chandra_status
choose_node(struct ch_sim_driver *driver, const char **out_node, struct chandra_error *err)
{
    struct ch_sim_versions nodes;
    const char *found = NULL;
    uint64_t seen = 0;
    const enum chandra_status st = ch_sim_versions_of(driver->sim, CH_SIM_NODE, NULL, &nodes, err);

    if (st != CHANDRA_OK)
        return st;
    for (size_t i = 0; i < nodes.count; i++) {
        const char *name = nodes.items[i]->name;

        /* Each of the nodes seen so far is the one with the same probability. */
        if (serves(driver, name) && has_room(driver, name, 1) &&
            ch_random_below(&driver->sim->random, ++seen) == 0)
            found = name;
    }
    ch_sim_versions_clear(&nodes); /* the store keeps them */
    *out_node = found;
    return CHANDRA_OK;
}

/* The allocation as an object. */

/* {"nodeSelectorTerms": [{"matchExpressions": []}]}; *out_expressions is the list in it. */
static struct chandra_value *
new_selector(struct chandra_doc *doc, struct chandra_value **out_expressions)
{
    struct chandra_value *selector = chandra_value_new_object(doc);
    struct chandra_value *terms = chandra_value_new_array(doc);
    struct chandra_value *term = chandra_value_new_object(doc);
    struct chandra_value *expressions = chandra_value_new_array(doc);

    if (!selector || !terms || !term || !expressions ||
        !chandra_value_set(term, "matchExpressions", expressions) ||
        !chandra_value_append(terms, term) ||
        !chandra_value_set(selector, "nodeSelectorTerms", terms))
        return NULL;
    *out_expressions = expressions;
    return selector;
}

/* Append {"key": KEY, "operator": "In", "values": []}; the list of values, or NULL. */
static struct chandra_value *
add_expression(struct chandra_doc *doc, struct chandra_value *expressions, const char *key)
{
    struct chandra_value *expression = chandra_value_new_object(doc);
    struct chandra_value *values = chandra_value_new_array(doc);

    if (!values || !ch_sim_set_text(doc, expression, "key", key) ||
        !ch_sim_set_text(doc, expression, "operator", "In") ||
        !chandra_value_set(expression, "values", values) ||
        !chandra_value_append(expressions, expression))
        return NULL;
    return values;
}

static bool
add_value(struct chandra_doc *doc, struct chandra_value *values, const char *text)
{
    return values && chandra_value_append(values, chandra_value_new_string(doc, text));
}

/* The nodes a network driver's claims are for: those with its labels, or those on its list. */
static bool
add_served(const struct ch_sim_driver *driver, struct chandra_doc *doc,
           struct chandra_value *expressions)
{
    struct chandra_value *values;
    const char *key;
    void *cursor = NULL;
    void *value;

    while (ch_map_next(&driver->labels, &cursor, &key, &value))
        if (!add_value(doc, add_expression(doc, expressions, key), value))
            return false;
    if (ch_map_count(&driver->labels) > 0)
        return true;
    values = add_expression(doc, expressions, hostname_label);
    cursor = NULL;
    while (ch_map_next(&driver->nodes, &cursor, &key, &value))
        if (!add_value(doc, values, key))
            return false;
    return values != NULL;
}

/* Set availableOnNodes, unless the claim can be used everywhere. */
static bool
set_nodes(const struct ch_sim_driver *driver, struct chandra_doc *doc,
          struct chandra_value *allocation, const char *node)
{
    struct chandra_value *expressions = NULL;
    struct chandra_value *selector;

    if (!driver->is_node_local && ch_map_count(&driver->labels) == 0 &&
        ch_map_count(&driver->nodes) == 0)
        return true;
    selector = new_selector(doc, &expressions);
    if (!selector || !chandra_value_set(allocation, "availableOnNodes", selector))
        return false;
    if (driver->is_node_local)
        return add_value(doc, add_expression(doc, expressions, hostname_label), node);
    return add_served(driver, doc, expressions);
}

/* Parameters are data of ConfigMaps, "user_" before the claim's and "admin_" before the class's
 * keys; others are nothing the driver knows, and so are those that are not there. */
static void
put_parameters(struct chandra_sim *sim, const struct chandra_value *reference,
               const char *name_space, const char *prefix, struct ch_buf *buf)
{
    const struct ch_sim_version *map = NULL;
    const struct chandra_value *data;

    if (ch_streq(ch_member_text(reference, "kind"), "ConfigMap"))
        map = ch_sim_get(sim, CH_SIM_CONFIG_MAP, name_space, ch_member_text(reference, "name"));
    data = map ? chandra_value_get(map->root, "data") : NULL;
    for (size_t i = 0; i < chandra_value_count(data); i++) {
        struct ch_buf key = {0};

        ch_buf_printf(&key, "%s%s", prefix, chandra_value_key(data, i));
        if (buf->text[buf->len - 1] != '{')
            ch_buf_putc(buf, ',');
        ch_json_put_string(buf, key.text ? key.text : "");
        ch_buf_putc(buf, ':');
        ch_json_put_value(buf, chandra_value_at(data, i));
        buf->failed |= key.failed;
        ch_buf_clear(&key);
    }
}

/* The text that the driver's kubelet plugin would be handed. */
static char *
parameters_text(struct ch_sim_driver *driver, const struct ch_sim_version *claim, const char *node)
{
    const struct chandra_value *spec = chandra_value_get(claim->root, "spec");
    const struct ch_sim_version *klass =
        ch_sim_get(driver->sim, CH_SIM_CLASS, "", ch_member_text(spec, "resourceClassName"));
    const struct chandra_value *of_class =
        klass ? chandra_value_get(klass->root, "parametersRef") : NULL;
    struct ch_buf buf = {0};

    ch_buf_puts(&buf, "{\"EnvVars\":{");
    if (ch_buf_ok(&buf))
        put_parameters(driver->sim, chandra_value_get(spec, "parametersRef"), claim->name_space,
                       "user_", &buf);
    if (ch_buf_ok(&buf))
        put_parameters(driver->sim, of_class, ch_member_text(of_class, "namespace"), "admin_",
                       &buf);
    ch_buf_puts(&buf, "},\"NodeName\":");
    ch_json_put_string(&buf, node);
    ch_buf_putc(&buf, '}');
    if (ch_buf_ok(&buf))
        return ch_buf_take(&buf);
    ch_buf_clear(&buf);
    return NULL;
}

static struct chandra_value *
new_allocation(struct ch_sim_driver *driver, const struct ch_sim_version *claim, const char *node,
               struct chandra_doc *doc)
{
    struct chandra_value *allocation = chandra_value_new_object(doc);
    struct chandra_value *handles = chandra_value_new_array(doc);
    struct chandra_value *handle = chandra_value_new_object(doc);
    char *text = parameters_text(driver, claim, node);
    const bool is_done =
        text && allocation && handles && ch_sim_set_text(doc, handle, "driverName", driver->name) &&
        ch_sim_set_text(doc, handle, "data", text) && chandra_value_append(handles, handle) &&
        chandra_value_set(allocation, "resourceHandles", handles) &&
        set_nodes(driver, doc, allocation, node) &&
        (!driver->is_shareable ||
         chandra_value_set(allocation, "shareable", chandra_value_new_bool(doc, true)));

    ch_free(text);
    return is_done ? allocation : NULL;
}

static enum chandra_status
check_room(const struct ch_sim_driver *driver, const char *node, struct chandra_error *err)
{
    if (driver->is_node_local && !serves(driver, node))
        return chandra_error_set(err, CHANDRA_ELIMIT, "cannot allocate resources on node \"%s\"",
                                 node);
    if (has_room(driver, node, 1))
        return CHANDRA_OK;
    if (driver->is_node_local)
        return chandra_error_set(err, CHANDRA_ELIMIT,
                                 "resources exhausted on node \"%s\": %" PRId64 " of %" PRId64
                                 " are allocated",
                                 node, (int64_t)count_on(driver, node), driver->max_allocations);
    return chandra_error_set(err, CHANDRA_ELIMIT,
                             "resources exhausted in the cluster: %" PRId64 " are allocated",
                             driver->max_allocations);
}

/* The node for a claim that has none yet. */
static enum chandra_status
find_node(struct ch_sim_driver *driver, const char **node, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    if (driver->is_node_local && ch_is_empty(*node)) {
        st = choose_node(driver, node, err);
        if (st == CHANDRA_OK && !*node)
            st = chandra_error_set(err, CHANDRA_ELIMIT, "resources exhausted on all nodes");
    }
    return st == CHANDRA_OK ? check_room(driver, *node, err) : st;
}

enum chandra_status
ch_sim_device_allocate(struct ch_sim_driver *driver, const struct ch_sim_version *claim,
                       const char *node, struct chandra_doc *doc,
                       struct chandra_value **out_allocation, struct chandra_error *err)
{
    const char *noted = ch_map_get(&driver->allocations, claim->uid);
    struct chandra_value *allocation;
    enum chandra_status st = CHANDRA_OK;

    if (noted)
        node = noted;
    else
        st = find_node(driver, &node, err);
    if (st != CHANDRA_OK)
        return st;
    allocation = new_allocation(driver, claim, node, doc);
    if (!allocation || (!noted && !note(driver, claim->uid, node)))
        return ch_sim_no_memory(err);
    *out_allocation = allocation;
    return CHANDRA_OK;
}

/* The one node in a selector as this driver writes them, or "". */
static const char *
node_in(const struct chandra_value *selector)
{
    const struct chandra_value *terms = chandra_value_get(selector, "nodeSelectorTerms");
    const struct chandra_value *expressions =
        chandra_value_get(chandra_value_at(terms, 0), "matchExpressions");
    const struct chandra_value *values =
        chandra_value_get(chandra_value_at(expressions, 0), "values");
    const char *name = chandra_value_string(chandra_value_at(values, 0));

    if (chandra_value_count(terms) != 1 || chandra_value_count(expressions) != 1 ||
        chandra_value_count(values) != 1 || !name ||
        !ch_streq(ch_member_text(chandra_value_at(expressions, 0), "key"), hostname_label))
        return "";
    return name;
}

bool
ch_sim_device_adopt(struct ch_sim_driver *driver, const struct ch_sim_version *claim)
{
    const struct chandra_value *status = chandra_value_get(claim->root, "status");
    const struct chandra_value *allocation = chandra_value_get(status, "allocation");

    if (!allocation || !ch_streq(ch_member_text(status, "driverName"), driver->name) ||
        ch_map_get(&driver->allocations, claim->uid))
        return true;
    return note(driver, claim->uid,
                driver->is_node_local ? node_in(chandra_value_get(allocation, "availableOnNodes"))
                                      : "");
}
