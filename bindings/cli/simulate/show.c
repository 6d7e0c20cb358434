/* show.c - prints a simulation's result as tables for people. */
#include "cli.h"
#include "simulate/result.h"
#include "table.h"
#include "values.h"
#include "wrap.h"

#include <chandra/sys/base.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 2048 };

/* "<none>", as kubectl prints what is not there. */
static const char *
text_or_none(const struct chandra_value *object, const char *key)
{
    const char *text = values_text(object, key);

    return *text ? text : "<none>";
}

static const char *
number_at(const struct chandra_value *object, const char *key)
{
    const char *text = chandra_value_number_text(chandra_value_get(object, key));

    return text ? text : "0";
}

static enum chandra_status
no_memory(struct table *table, struct chandra_error *err)
{
    table_clear(table);
    return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

static enum chandra_status
show_pods(const struct chandra_value *pods, struct chandra_error *err)
{
    struct table table = {.columns = 5};
    bool is_ok =
        table_add(&table, (const char *const[]){"NAMESPACE", "POD", "NODE", "ROUNDS", "ATTEMPTS"});

    for (size_t i = 0; is_ok && i < chandra_value_count(pods); i++) {
        const struct chandra_value *pod = chandra_value_at(pods, i);
        is_ok = table_add(
            &table, (const char *const[]){values_text(pod, "namespace"), values_text(pod, "name"),
                                          text_or_none(pod, "node"), number_at(pod, "rounds"),
                                          number_at(pod, "attempts")});
    }
    if (!is_ok)
        return no_memory(&table, err);
    table_print(&table);
    return CHANDRA_OK;
}

static void put(char text[TEXT_SIZE], const char *fmt, ...) CHANDRA_PRINTF(2, 3);

/* Append, cut to what fits. */
static void
put(char text[TEXT_SIZE], const char *fmt, ...)
{
    const size_t len = strlen(text);
    va_list args;

    va_start(args, fmt);
    vsnprintf(text + len, TEXT_SIZE - len, fmt, args);
    va_end(args);
}

/* "3 nodes: claim gpu (entry dev): class excludes the node (node-1, node-2, ...)" */
static void
show_exclusion(const struct chandra_value *reason)
{
    const struct chandra_value *sample = chandra_value_get(reason, "sample");
    const char *claim = values_text(reason, "claim");
    const int64_t nodes = values_int(reason, "nodes");
    const size_t count = chandra_value_count(sample);
    char text[TEXT_SIZE] = "";

    put(text, "%" PRId64 " node%s: ", nodes, nodes == 1 ? "" : "s");
    if (*claim)
        put(text, "claim %s: ", claim);
    put(text, "%s", values_text(reason, "message"));
    for (size_t i = 0; i < count; i++)
        put(text, "%s%s", i == 0 ? " (" : ", ", chandra_value_string(chandra_value_at(sample, i)));
    if (count > 0)
        put(text, "%s)", nodes > (int64_t)count ? ", ..." : "");
    wrap_print(text, printf("    "), 6);
}

/* "note of zones: a has 3 claims" */
static void
show_note(const struct chandra_value *note)
{
    char text[TEXT_SIZE] = "";

    put(text, "note of %s: %s", values_text(note, "policy"), values_text(note, "text"));
    wrap_print(text, printf("    "), 6);
}

static void
show_waiting(const struct chandra_value *pods)
{
    bool is_first = true;

    for (size_t i = 0; i < chandra_value_count(pods); i++) {
        const struct chandra_value *pod = chandra_value_at(pods, i);
        const struct chandra_value *reasons = chandra_value_get(pod, "reasons");
        const struct chandra_value *notes = chandra_value_get(pod, "notes");
        char text[TEXT_SIZE] = "";
        if (chandra_value_count(reasons) == 0)
            continue;
        if (is_first)
            printf("\nWaiting:\n");
        put(text, "%s/%s: %s: %s", values_text(pod, "namespace"), values_text(pod, "name"),
            values_text(chandra_value_at(reasons, 0), "point"),
            values_text(chandra_value_at(reasons, 0), "message"));
        wrap_print(text, printf("  "), 4);
        for (size_t r = 1; r < chandra_value_count(reasons); r++)
            show_exclusion(chandra_value_at(reasons, r));
        for (size_t n = 0; n < chandra_value_count(notes); n++)
            show_note(chandra_value_at(notes, n));
        is_first = false;
    }
}

static void
append(char text[TEXT_SIZE], const char *part)
{
    put(text, "%s%s", *text ? ", " : "", part);
}

static void
users_text(const struct chandra_value *claim, char text[TEXT_SIZE])
{
    const struct chandra_value *users = chandra_value_get(claim, "reservedFor");

    text[0] = '\0';
    for (size_t i = 0; i < chandra_value_count(users); i++)
        append(text, values_text(chandra_value_at(users, i), "name"));
    if (!text[0])
        append(text, "<none>");
}

/* The node's name; how many when there are more; nothing for a claim without an allocation. */
static void
node_text(const struct chandra_value *claim, char *text, size_t size)
{
    const struct chandra_value *nodes = chandra_value_get(claim, "nodes");

    if (*values_text(claim, "node") || chandra_value_type(nodes) != CHANDRA_NUMBER)
        snprintf(text, size, "%s", text_or_none(claim, "node"));
    else
        snprintf(text, size, "<%s nodes>", number_at(claim, "nodes"));
}

static enum chandra_status
show_claims(const struct chandra_value *claims, struct chandra_error *err)
{
    struct table table = {.columns = 6};
    bool is_ok = table_add(
        &table, (const char *const[]){"NAMESPACE", "CLAIM", "CLASS", "STATE", "NODE", "USERS"});

    if (chandra_value_count(claims) == 0) {
        table_clear(&table);
        return CHANDRA_OK;
    }
    for (size_t i = 0; is_ok && i < chandra_value_count(claims); i++) {
        const struct chandra_value *claim = chandra_value_at(claims, i);
        char users[TEXT_SIZE];
        char node[300];
        users_text(claim, users);
        node_text(claim, node, sizeof(node));
        is_ok = table_add(&table, (const char *const[]){values_text(claim, "namespace"),
                                                        values_text(claim, "name"),
                                                        values_text(claim, "class"),
                                                        values_text(claim, "state"), node, users});
    }
    if (!is_ok)
        return no_memory(&table, err);
    putchar('\n');
    table_print(&table);
    return CHANDRA_OK;
}

static void
write_what(const struct chandra_value *write, char *text, size_t size)
{
    const char *subresource = values_text(write, "subresource");

    snprintf(text, size, "%s%s%s", values_text(write, "kind"), *subresource ? "/" : "",
             subresource);
}

enum { MAX_WRITE_SORTS = 64 }; /* actors x verbs x kinds; what goes beyond is not listed */

struct sort_of_write {
    const struct chandra_value *example;
    size_t count;
};

/* By actor, kind, subresource, verb and status. */
static int
compare_sorts(const void *a, const void *b)
{
    static const char *const keys[] = {"actor", "kind", "subresource", "method"};
    const struct chandra_value *left = ((const struct sort_of_write *)a)->example;
    const struct chandra_value *right = ((const struct sort_of_write *)b)->example;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const int order = strcmp(values_text(left, keys[i]), values_text(right, keys[i]));
        if (order != 0)
            return order;
    }
    return (values_int(left, "status") > values_int(right, "status")) -
           (values_int(left, "status") < values_int(right, "status"));
}

static size_t
sort_writes(const struct chandra_value *writes, struct sort_of_write sorts[MAX_WRITE_SORTS])
{
    size_t count = 0;

    for (size_t i = 0; i < chandra_value_count(writes); i++) {
        const struct chandra_value *write = chandra_value_at(writes, i);
        const struct sort_of_write sort = {.example = write};
        size_t at = 0;
        while (at < count && compare_sorts(&sorts[at], &sort) != 0)
            at++;
        if (at == MAX_WRITE_SORTS)
            continue;
        if (at == count)
            sorts[count++] = sort;
        sorts[at].count++;
    }
    qsort(sorts, count, sizeof(*sorts), compare_sorts);
    return count;
}

static enum chandra_status
show_writes(const struct chandra_value *writes, struct chandra_error *err)
{
    struct sort_of_write sorts[MAX_WRITE_SORTS];
    const size_t count = sort_writes(writes, sorts);
    struct table table = {.columns = 5};
    bool is_ok =
        table_add(&table, (const char *const[]){"WRITES", "BY", "METHOD", "OBJECT", "STATUS"});

    if (count == 0) {
        table_clear(&table);
        return CHANDRA_OK;
    }
    for (size_t i = 0; is_ok && i < count; i++) {
        const struct chandra_value *write = sorts[i].example;
        char number[32];
        char what[128];
        snprintf(number, sizeof(number), "%zu", sorts[i].count);
        write_what(write, what, sizeof(what));
        is_ok = table_add(&table, (const char *const[]){number, values_text(write, "actor"),
                                                        values_text(write, "method"), what,
                                                        number_at(write, "status")});
    }
    if (!is_ok)
        return no_memory(&table, err);
    putchar('\n');
    table_print(&table);
    return CHANDRA_OK;
}

enum chandra_status
result_show(const struct chandra_value *result, struct chandra_error *err)
{
    const struct chandra_value *pods = chandra_value_get(result, "pods");
    const int64_t time_ms = values_int(result, "timeMs");
    enum chandra_status st = show_pods(pods, err);

    if (st != CHANDRA_OK)
        return st;
    show_waiting(pods);
    st = show_claims(chandra_value_get(result, "claims"), err);
    if (st == CHANDRA_OK)
        st = show_writes(chandra_value_get(result, "writes"), err);
    if (st != CHANDRA_OK)
        return st;
    printf("\n%s placed, %s waiting on %s nodes after %" PRId64 ".%03d s of cluster time\n",
           number_at(result, "placed"), number_at(result, "waiting"), number_at(result, "nodes"),
           time_ms / 1000, (int)(time_ms % 1000));
    cli_print_policy(values_text(result, "policy"));
    return CHANDRA_OK;
}
