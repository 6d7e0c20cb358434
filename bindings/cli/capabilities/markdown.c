/* markdown.c - the reference of the script API as Markdown, bindings/lua/reference.md. */
#include "capabilities/capabilities.h"

#include <chandra/lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char introduction[] =
    "# Reference of the script API\n\n"
    "All that a policy can name, by topic. The [README](README.md) says how it fits together; the\n"
    "console shows an entry by `:doc NAME`. A type with `?` may be nil, and such an argument may "
    "be\n"
    "left out; `T[]` is a sequence, `A|B` one of several. Units, and where the API has a value,\n"
    "are in round brackets; bounds in square ones.\n\n"
    "This page is printed by `chandra capabilities --reference`: do not edit it by hand.\n";

/* A sentence in a cell of a table: '|' parts cells unless it is escaped. */
static void
print_cell(const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text);
    }
}

static void
print_types(const struct chandra_lua_value *value)
{
    for (const char *comma = ""; value && value->type; value++, comma = ", ") {
        printf("%s`%s", comma, value->name && strcmp(value->name, "...") == 0 ? "..." : "");
        print_cell(value->type);
        putchar('`');
    }
}

static void
print_meaning(const struct chandra_lua_entry *entry)
{
    print_cell(entry->summary);
    if (entry->details) {
        fputs(". ", stdout);
        print_cell(entry->details);
    }
    if (entry->unit)
        printf(" (%s)", entry->unit);
    if (entry->bounds)
        printf(" [%s]", entry->bounds);
    if (entry->same_as)
        printf(" (`%s`)", entry->same_as);
}

/* The arguments that need a word, behind the meaning. */
static void
print_arguments(const struct chandra_lua_entry *entry)
{
    for (const struct chandra_lua_value *value = entry->arguments; value && value->type; value++) {
        printf("<br>`%s: ", value->name);
        print_cell(value->type);
        putchar('`');
        if (value->text) {
            fputs(": ", stdout);
            print_cell(value->text);
        }
    }
}

static void
print_row(const struct chandra_lua_entry *entry)
{
    char signature[256];

    chandra_lua_signature(entry, false, signature, sizeof(signature));
    fputs("| `", stdout);
    print_cell(signature);
    fputs("` | ", stdout);
    print_types(entry->returns);
    fputs(" | ", stdout);
    print_meaning(entry);
    if (entry->kind != CHANDRA_LUA_ENTRY_OPERATOR)
        print_arguments(entry);
    fputs(" |\n", stdout);
}

/* Whether the entry begins a section, and which. */
static const char *
heading(const struct chandra_lua_entry *entry, const struct chandra_lua_entry *before)
{
    if (!before)
        return "The first line";
    if (entry->kind == CHANDRA_LUA_ENTRY_HEADER)
        return NULL;
    if (entry->kind == CHANDRA_LUA_ENTRY_HOOK)
        return before->kind == CHANDRA_LUA_ENTRY_HOOK ? NULL : "Hooks";
    if (entry->kind == CHANDRA_LUA_ENTRY_TYPE || entry->kind == CHANDRA_LUA_ENTRY_LIBRARY)
        return entry->name;
    if (!entry->owner && (before->owner || before->kind != CHANDRA_LUA_ENTRY_FUNCTION))
        return "Global functions";
    return NULL;
}

/* The examples from `first` up to `end`, which are of one section. */
static void
print_examples(size_t first, size_t end)
{
    bool is_open = false;

    for (size_t i = first; i < end; i++) {
        const struct chandra_lua_entry *entry = chandra_lua_reference_at(i);

        if (!entry->example)
            continue;
        if (!is_open)
            fputs("\n```lua\n", stdout);
        else if (strchr(entry->example, '\n'))
            fputs("\n", stdout);
        printf("%s\n", entry->example);
        is_open = true;
    }
    if (is_open)
        puts("```");
}

void
capabilities_markdown(void)
{
    const struct chandra_lua_entry *entry, *before = NULL;
    size_t first = 0, i = 0;
    bool has_table = false;

    fputs(introduction, stdout);
    for (; (entry = chandra_lua_reference_at(i)); before = entry, i++) {
        const char *title = heading(entry, before);

        if (title) {
            print_examples(first, i);
            first = i;
            has_table = false;
            printf("\n## %s\n", title);
        }
        if (entry->kind == CHANDRA_LUA_ENTRY_TYPE || entry->kind == CHANDRA_LUA_ENTRY_LIBRARY) {
            fputs("\n", stdout);
            printf("%c%s.%s%s\n",
                   entry->summary[0] >= 'a' && entry->summary[0] <= 'z'
                       ? entry->summary[0] - 'a' + 'A'
                       : entry->summary[0],
                   entry->summary + 1, entry->details ? " " : "",
                   entry->details ? entry->details : "");
            continue;
        }
        if (!has_table)
            fputs("\n| | gives | |\n|---|---|---|\n", stdout);
        has_table = true;
        print_row(entry);
    }
    print_examples(first, i);
}
