/* shadows.c - collects disagreements, equal ones once, and shows them. */
#include "simulate/shadows.h"

#include "cli.h"
#include "table.h"
#include "wrap.h"

#include <chandra/object.h>
#include <chandra/policy.h>
#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

static struct disagreement *
find(const struct shadows *shadows, const struct chandra_object *pod, enum shadow_kind kind,
     const char *text)
{
    for (size_t i = 0; i < shadows->count; i++) {
        struct disagreement *item = &shadows->items[i];

        if (item->kind == kind && strcmp(item->text, text) == 0 &&
            strcmp(item->name, chandra_object_name(pod)) == 0 &&
            strcmp(item->name_space, chandra_object_namespace(pod)) == 0)
            return item;
    }
    return NULL;
}

static void
clear_item(struct disagreement *item)
{
    chandra_free(item->name_space);
    chandra_free(item->name);
    chandra_free(item->text);
    chandra_free(item->node);
    chandra_free(item->other_node);
}

static bool
append(struct shadows *shadows, const struct chandra_object *pod, const struct shadow_note *note,
       enum shadow_kind kind)
{
    struct disagreement *items =
        chandra_realloc(shadows->items, (shadows->count + 1) * sizeof(*items));
    struct disagreement item = {
        .name_space = chandra_strdup(chandra_object_namespace(pod)),
        .name = chandra_strdup(chandra_object_name(pod)),
        .kind = kind,
        .text = chandra_strdup(note->texts[kind]),
        .node = note->node ? chandra_strdup(note->node) : NULL,
        .other_node = note->other_node ? chandra_strdup(note->other_node) : NULL,
        .count = 1,
    };

    if (items)
        shadows->items = items;
    if (!items || !item.name_space || !item.name || !item.text) {
        clear_item(&item);
        return false;
    }
    items[shadows->count++] = item;
    return true;
}

void
shadows_add(struct shadows *shadows, const struct queued_pod *pod)
{
    const struct shadow_note *note = pod->shadow;
    const struct chandra_object *object = chandra_pod_object(pod->pod);

    if (!note)
        return;
    shadows->decisions++;
    for (int kind = 0; kind < SHADOW_KIND_COUNT; kind++) {
        struct disagreement *known;

        if (!note->texts[kind])
            continue;
        shadows->by_kind[kind]++;
        known = find(shadows, object, (enum shadow_kind)kind, note->texts[kind]);
        if (known)
            known->count++;
        else if (!append(shadows, object, note, (enum shadow_kind)kind))
            shadows->is_out_of_memory = true;
    }
}

void
shadows_clear(struct shadows *shadows)
{
    for (size_t i = 0; i < shadows->count; i++)
        clear_item(&shadows->items[i]);
    chandra_free(shadows->items);
    *shadows = (struct shadows){0};
}

/* As a value. */

static bool
set_text(struct chandra_doc *doc, struct chandra_value *object, const char *key, const char *text)
{
    return chandra_value_set(object, key, chandra_value_new_string(doc, text));
}

static bool
set_number(struct chandra_doc *doc, struct chandra_value *object, const char *key, size_t number)
{
    return chandra_value_set(object, key, chandra_value_new_int64(doc, (int64_t)number));
}

static struct chandra_value *
item_value(const struct disagreement *item, struct chandra_doc *doc)
{
    struct chandra_value *value = chandra_value_new_object(doc);

    if (value && set_text(doc, value, "namespace", item->name_space) &&
        set_text(doc, value, "name", item->name) &&
        set_text(doc, value, "kind", shadow_kind_name(item->kind)) &&
        set_text(doc, value, "node", item->node) &&
        set_text(doc, value, "shadowNode", item->other_node) &&
        set_text(doc, value, "message", item->text) && set_number(doc, value, "count", item->count))
        return value;
    return NULL;
}

static bool
set_policy(struct chandra_doc *doc, struct chandra_value *value,
           const struct chandra_policy *policy)
{
    const struct chandra_policy_info *info;
    char text[1024] = "";
    size_t len = 0;

    for (size_t i = 0; (info = chandra_policy_info_at(policy, i)); i++)
        if (len < sizeof(text))
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s@%s sha256:%s",
                                    i > 0 ? ", " : "", info->name, info->version, info->sha256);
    return set_text(doc, value, "policy", text);
}

struct chandra_value *
shadows_value(const struct shadows *shadows, const struct chandra_policy *policy,
              struct chandra_doc *doc)
{
    struct chandra_value *value = chandra_value_new_object(doc);
    struct chandra_value *kinds = chandra_value_new_object(doc);
    struct chandra_value *list = chandra_value_new_array(doc);

    if (shadows->is_out_of_memory || !value || !kinds || !list)
        return NULL;
    for (int kind = 0; kind < SHADOW_KIND_COUNT; kind++)
        if (!set_number(doc, kinds, shadow_kind_name((enum shadow_kind)kind),
                        shadows->by_kind[kind]))
            return NULL;
    for (size_t i = 0; i < shadows->count; i++)
        if (!chandra_value_append(list, item_value(&shadows->items[i], doc)))
            return NULL;
    if (set_policy(doc, value, policy) && set_number(doc, value, "decisions", shadows->decisions) &&
        chandra_value_set(value, "disagreements", kinds) && chandra_value_set(value, "list", list))
        return value;
    return NULL;
}

/* For people. */

static const char *
text_at(const struct chandra_value *object, const char *key)
{
    const char *text = chandra_value_string(chandra_value_get(object, key));

    return text ? text : "<none>";
}

static const char *
number_at(const struct chandra_value *object, const char *key)
{
    return chandra_value_number_text(chandra_value_get(object, key));
}

static bool
add_rows(struct table *table, const struct chandra_value *list)
{
    bool is_ok = table_add(
        table, (const char *const[]){"NAMESPACE", "POD", "DIFFERS", "NODE", "SHADOW", "TIMES"});

    for (size_t i = 0; is_ok && i < chandra_value_count(list); i++) {
        const struct chandra_value *item = chandra_value_at(list, i);

        is_ok = table_add(
            table, (const char *const[]){text_at(item, "namespace"), text_at(item, "name"),
                                         text_at(item, "kind"), text_at(item, "node"),
                                         text_at(item, "shadowNode"), number_at(item, "count")});
    }
    return is_ok;
}

static void
show_summary(const struct chandra_value *value)
{
    const struct chandra_value *kinds = chandra_value_get(value, "disagreements");
    const char *separator = "";

    printf("\nshadow ");
    cli_print_policy(text_at(value, "policy"));
    printf("%s decisions compared; disagreements: ", number_at(value, "decisions"));
    for (size_t i = 0; i < chandra_value_count(kinds); i++) {
        const char *number = chandra_value_number_text(chandra_value_at(kinds, i));

        if (strcmp(number, "0") == 0)
            continue;
        printf("%s%s %s", separator, chandra_value_key(kinds, i), number);
        separator = ", ";
    }
    printf("%s\n", *separator ? "" : "none");
}

enum chandra_status
shadows_show(const struct chandra_value *value, struct chandra_error *err)
{
    const struct chandra_value *list = chandra_value_get(value, "list");
    struct table table = {.columns = 6};

    show_summary(value);
    if (chandra_value_count(list) == 0)
        return CHANDRA_OK;
    if (!add_rows(&table, list)) {
        table_clear(&table);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    putchar('\n');
    table_print(&table);
    putchar('\n');
    for (size_t i = 0; i < chandra_value_count(list); i++) {
        const struct chandra_value *item = chandra_value_at(list, i);

        wrap_print(text_at(item, "message"),
                   printf("  %s/%s: %s: ", text_at(item, "namespace"), text_at(item, "name"),
                          text_at(item, "kind")),
                   4);
    }
    return CHANDRA_OK;
}
