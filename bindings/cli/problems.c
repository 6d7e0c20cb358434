/* problems.c - a list of distinct messages. */
#include "problems.h"

#include "cli.h"

#include <chandra/sys/base.h>
#include <string.h>

bool
problems_add(struct problems *problems, const struct chandra_error *err)
{
    const size_t size = strlen(err->message) + 1;
    struct problem *items;
    char *message;

    for (size_t i = 0; i < problems->count; i++)
        if (strcmp(problems->items[i].message, err->message) == 0) {
            problems->items[i].count++;
            return true;
        }
    cli_complain("%s", err->message);
    items = chandra_realloc(problems->items, (problems->count + 1) * sizeof(*items));
    if (!items)
        return false;
    problems->items = items;
    message = chandra_realloc(NULL, size);
    if (!message)
        return false;
    memcpy(message, err->message, size);
    items[problems->count++] = (struct problem){err->status, message, 1};
    return true;
}

bool
problems_have(const struct problems *problems, int exit_code)
{
    for (size_t i = 0; i < problems->count; i++)
        if (cli_exit_code(problems->items[i].status) == exit_code)
            return true;
    return false;
}

struct chandra_value *
problems_value(const struct problems *problems, struct chandra_doc *doc)
{
    struct chandra_value *list = chandra_value_new_array(doc);

    for (size_t i = 0; list && i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        struct chandra_value *value = chandra_value_new_object(doc);
        const char *reason = chandra_status_name(problem->status);
        if (!value || !chandra_value_set(value, "reason", chandra_value_new_string(doc, reason)) ||
            !chandra_value_set(value, "message", chandra_value_new_string(doc, problem->message)) ||
            !chandra_value_set(value, "count",
                               chandra_value_new_int64(doc, (int64_t)problem->count)) ||
            !chandra_value_append(list, value))
            return NULL;
    }
    return list;
}

void
problems_clear(struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        chandra_free(problems->items[i].message);
    chandra_free(problems->items);
    *problems = (struct problems){0};
}
