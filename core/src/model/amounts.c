/* amounts.c - amounts of resources, and their sum over the containers of a pod. */
#include "model/amounts.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "model/kind.h"

#include <chandra/sys/quantity.h>
#include <stdlib.h>
#include <string.h>

enum { NANO_PER_MILLI = 1000000, NANO_PER_WHOLE = 1000000000 };

/* Up to this many names are simply compared in order. */
enum { FEW = 16 };

/* Amounts in the making; names are borrowed from the document. */
struct ledger {
    struct ch_amount *items;
    size_t count;
    size_t capacity;
    struct ch_map numbers; /* of the items from 1 on, by name; empty while they are few */
};

/* The scheduler counts cpu in thousandths and everything else in whole units, rounded up. */
static int64_t
to_amount(const char *resource, const struct chandra_quantity *quantity)
{
    const int64_t unit = ch_streq(resource, "cpu") ? NANO_PER_MILLI : NANO_PER_WHOLE;
    const int64_t whole = (int64_t)(quantity->nano / NANO_PER_WHOLE);

    if (unit == NANO_PER_MILLI && (whole > INT64_MAX / 1000 - 1 || whole < INT64_MIN / 1000 + 1))
        return whole > 0 ? INT64_MAX : INT64_MIN;
    return (int64_t)(quantity->nano / unit) + (quantity->nano % unit > 0);
}

static int64_t
sum_of(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static void
reset(struct ledger *ledger)
{
    ledger->count = 0;
    ch_map_clear(&ledger->numbers);
}

static void
clear(struct ledger *ledger)
{
    reset(ledger);
    ch_free(ledger->items);
}

static int64_t *
find(const struct ledger *ledger, const char *resource)
{
    if (ledger->count > FEW) {
        const size_t number = (uintptr_t)ch_map_get(&ledger->numbers, resource);

        return number ? &ledger->items[number - 1].amount : NULL;
    }
    for (size_t i = 0; i < ledger->count; i++)
        if (strcmp(ledger->items[i].resource, resource) == 0)
            return &ledger->items[i].amount;
    return NULL;
}

/* Let item `i`, the last one, be found by its name; once they are many, all before it too. */
static bool
number_item(struct ledger *ledger, size_t i)
{
    if (i < FEW)
        return true;
    for (size_t k = i == FEW ? 0 : i; k <= i; k++)
        if (!ch_map_set(&ledger->numbers, ledger->items[k].resource, (void *)(uintptr_t)(k + 1)))
            return false;
    return true;
}

/* The amount of a resource, 0 at first; NULL when out of memory. */
static int64_t *
find_or_add(struct ch_reader *reader, struct ledger *ledger, const char *resource)
{
    int64_t *amount = find(ledger, resource);
    bool ok;

    if (amount)
        return amount;
    ok = ch_grow(&ledger->items, &ledger->capacity, ledger->count + 1, sizeof(*ledger->items));
    if (ok) {
        ledger->items[ledger->count] = (struct ch_amount){.resource = resource};
        ok = number_item(ledger, ledger->count);
    }
    if (!ok) {
        ch_read_out_of_memory(reader);
        return NULL;
    }
    return &ledger->items[ledger->count++].amount;
}

static void
add(struct ch_reader *reader, struct ledger *ledger, const struct ledger *other)
{
    for (size_t i = 0; i < other->count; i++) {
        int64_t *amount = find_or_add(reader, ledger, other->items[i].resource);
        if (amount)
            *amount = sum_of(*amount, other->items[i].amount);
    }
}

static void
raise(struct ch_reader *reader, struct ledger *ledger, const struct ledger *other)
{
    for (size_t i = 0; i < other->count; i++) {
        int64_t *amount = find_or_add(reader, ledger, other->items[i].resource);
        if (amount && *amount < other->items[i].amount)
            *amount = other->items[i].amount;
    }
}

/* Manifests may write a quantity as a number. */
static int64_t
read_quantity(struct ch_reader *reader, const struct ch_at *map, size_t index)
{
    const struct ch_at at = {.up = map,
                             .key = chandra_value_key(map->value, index),
                             .value = chandra_value_at(map->value, index)};
    const char *text = chandra_value_string(at.value);
    struct chandra_quantity quantity;
    struct chandra_error err;

    if (!text)
        text = chandra_value_number_text(at.value);
    if (chandra_quantity_parse(text, &quantity, &err) == CHANDRA_OK)
        return to_amount(at.key, &quantity);
    ch_read_fail(reader, CHANDRA_EINVAL, &at, NULL, "%s", err.message);
    return 0;
}

/* Take in the quantities of a map that the ledger does not have yet. */
static void
read_map(struct ch_reader *reader, const struct ch_at *map, struct ledger *ledger)
{
    for (size_t i = 0; i < chandra_value_count(map->value); i++) {
        const char *resource = chandra_value_key(map->value, i);
        const int64_t quantity = read_quantity(reader, map, i);
        int64_t *amount = find(ledger, resource) ? NULL : find_or_add(reader, ledger, resource);
        if (amount)
            *amount = quantity;
    }
}

/* A limit without a request is one, as the API server has it. */
static void
read_container(struct ch_reader *reader, const struct ch_at *container, struct ledger *ledger)
{
    const struct ch_at resources = ch_read_object(reader, container, "resources");
    const struct ch_at requests = ch_read_object(reader, &resources, "requests");
    const struct ch_at limits = ch_read_object(reader, &resources, "limits");

    reset(ledger);
    read_map(reader, &requests, ledger);
    read_map(reader, &limits, ledger);
}

static int
compare_amounts(const void *a, const void *b)
{
    return strcmp(((const struct ch_amount *)a)->resource, ((const struct ch_amount *)b)->resource);
}

static const struct ch_amount *
keep(struct ch_reader *reader, struct ch_block *block, const struct ledger *ledger,
     uint32_t *out_count)
{
    struct ch_amount *amounts = ch_keep_list(reader, block, ledger->count, sizeof(*amounts));

    if (!amounts)
        return NULL;
    for (size_t i = 0; i < ledger->count; i++)
        amounts[i] = (struct ch_amount){.resource = ch_block_text(block, ledger->items[i].resource),
                                        .amount = ledger->items[i].amount};
    qsort(amounts, ledger->count, sizeof(*amounts), compare_amounts);
    *out_count = (uint32_t)ledger->count;
    return amounts;
}

const struct ch_amount *
ch_amounts_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *map,
                uint32_t *out_count)
{
    struct ledger ledger = {0};
    const struct ch_amount *amounts;

    read_map(reader, map, &ledger);
    amounts = keep(reader, block, &ledger, out_count);
    clear(&ledger);
    return amounts;
}

/* Sums over a pod's containers. */
struct totals {
    struct ledger one;      /* the container at hand */
    struct ledger running;  /* containers and sidecars: they run side by side */
    struct ledger sidecars; /* those started so far */
    struct ledger
        starting; /* the most that an init container needs beside the sidecars before it */
};

static void
read_init_container(struct ch_reader *reader, const struct ch_at *container, struct totals *totals)
{
    const bool is_sidecar =
        strcmp(ch_read_string(reader, container, "restartPolicy"), "Always") == 0;

    read_container(reader, container, &totals->one);
    if (is_sidecar) {
        add(reader, &totals->running, &totals->one);
        add(reader, &totals->sidecars, &totals->one);
        raise(reader, &totals->starting, &totals->sidecars);
    } else {
        add(reader, &totals->one, &totals->sidecars);
        raise(reader, &totals->starting, &totals->one);
    }
}

const struct ch_amount *
ch_amounts_read_requests(struct ch_reader *reader, struct ch_block *block, const struct ch_at *spec,
                         uint32_t *out_count)
{
    const struct ch_at containers = ch_read_array(reader, spec, "containers");
    const struct ch_at inits = ch_read_array(reader, spec, "initContainers");
    const struct ch_at overhead = ch_read_object(reader, spec, "overhead");
    struct totals totals = {0};
    const struct ch_amount *amounts;

    for (size_t i = 0; i < chandra_value_count(containers.value); i++) {
        const struct ch_at container = ch_read_element(reader, &containers, i);
        read_container(reader, &container, &totals.one);
        add(reader, &totals.running, &totals.one);
    }
    for (size_t i = 0; i < chandra_value_count(inits.value); i++) {
        const struct ch_at container = ch_read_element(reader, &inits, i);
        read_init_container(reader, &container, &totals);
    }
    raise(reader, &totals.running, &totals.starting);
    reset(&totals.one);
    read_map(reader, &overhead, &totals.one);
    add(reader, &totals.running, &totals.one);
    amounts = keep(reader, block, &totals.running, out_count);
    clear(&totals.one);
    clear(&totals.running);
    clear(&totals.sidecars);
    clear(&totals.starting);
    return amounts;
}
