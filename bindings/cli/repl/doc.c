/* doc.c - `:doc`: the reference of the script API at the prompt. */
#include "repl/commands.h"

#include <stdio.h>
#include <string.h>

enum { SIGNATURE_SIZE = 512, WIDTH = 78, LEAD_WIDTH = 24 };

/* Names of one owner after another, as many on a line as fit. */
static void
list_names(const struct session *session)
{
    const struct chandra_lua_entry *entry;
    const char *owner = "";
    size_t column = 0;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++) {
        const char *its = entry->owner ? entry->owner : "";
        const size_t len = strlen(entry->name);
        if (entry->kind == CHANDRA_LUA_ENTRY_OPERATOR)
            continue;
        if (column > 0 && (column + 2 + len > WIDTH || strcmp(its, owner) != 0)) {
            say(session, "\n");
            column = 0;
        }
        say(session, "%s%s", column > 0 ? "  " : "", entry->name);
        column += len + (column > 0 ? 2 : 0);
        owner = its;
    }
    say(session, "\n");
}

static void
tell_values(const struct session *session, const char *title,
            const struct chandra_lua_value *values)
{
    char lead[SIGNATURE_SIZE];
    char text[SIGNATURE_SIZE];

    for (; values && values->type; values++) {
        snprintf(lead, sizeof(lead), "  %s ", title);
        snprintf(text, sizeof(text), "%s%s%s%s%s", values->name ? values->name : "",
                 values->name ? ": " : "", values->type, values->text ? ", " : "",
                 values->text ? values->text : "");
        say_led(session, lead, text, 8);
    }
}

static void
tell_example(const struct session *session, const char *example)
{
    while (*example) {
        const size_t len = strcspn(example, "\n");
        say(session, "    %.*s\n", (int)len, example);
        example += len + (example[len] == '\n');
    }
}

static void
tell_entry(const struct session *session, const struct chandra_lua_entry *entry)
{
    char text[SIGNATURE_SIZE];

    chandra_lua_signature(entry, true, text, sizeof(text));
    say_led(session, "", text, 0);
    snprintf(text, sizeof(text), "%s.", entry->summary);
    say_wrapped(session, text, 2);
    if (entry->details)
        say_wrapped(session, entry->details, 2);
    tell_values(session, "takes", entry->arguments);
    tell_values(session, "gives", entry->returns);
    if (entry->unit)
        say(session, "  unit: %s\n", entry->unit);
    if (entry->bounds)
        say(session, "  bounds: %s\n", entry->bounds);
    if (entry->same_as)
        say(session, "  the same as %s\n", entry->same_as);
    if (entry->example)
        tell_example(session, entry->example);
}

/* Of a type or library: its members too. */
static void
tell_members(const struct session *session, const struct chandra_lua_entry *owner)
{
    const struct chandra_lua_entry *entry;
    char lead[SIGNATURE_SIZE];

    if (owner->kind != CHANDRA_LUA_ENTRY_TYPE && owner->kind != CHANDRA_LUA_ENTRY_LIBRARY)
        return;
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->owner && strcmp(entry->owner, owner->name) == 0) {
            snprintf(lead, sizeof(lead), "  %s ", entry->name);
            say_led(session, lead, entry->summary, LEAD_WIDTH);
        }
}

enum chandra_status
command_doc(struct session *session, const struct words *words, struct chandra_error *err)
{
    const struct chandra_lua_entry *entry;
    const struct chandra_lua_entry *nearest = NULL;

    if (words->count < 2) {
        list_names(session);
        return CHANDRA_OK;
    }
    entry = chandra_lua_reference_find(words->items[1], &nearest);
    if (!entry && nearest)
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "there is no %s, did you mean %s?",
                                 words->items[1], nearest->name);
    if (!entry)
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "there is no %s, :doc lists the names",
                                 words->items[1]);
    tell_entry(session, entry);
    tell_members(session, entry);
    return CHANDRA_OK;
}
