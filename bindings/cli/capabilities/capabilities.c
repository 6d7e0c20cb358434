/* capabilities.c - `chandra capabilities`: what policies can rely on here. */
#include "capabilities/capabilities.h"
#include "cli.h"

#include <chandra/lua.h>
#include <chandra/version.h>
#include <inttypes.h>
#include <lua.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options {
    bool is_reference;
};

static const struct cli_flag flags[] = {
    {.name = "reference",
     .type = CLI_SWITCH,
     .offset = offsetof(struct options, is_reference),
     .help = "Print the reference of the script API as Markdown, and nothing else"},
    CLI_OUTPUT_FLAG,
    {0},
};

/* Parts that a build may leave out. */
static const struct {
    const char *name;
    bool is_here;
} parts[] = {
    {"lua", true},
#ifdef CHANDRA_KUBE
    {"kube", true},
#else
    {"kube", false},
#endif
#ifdef CHANDRA_EDIT
    {"editing", true},
#else
    {"editing", false},
#endif
};
enum { PART_COUNT = sizeof(parts) / sizeof(parts[0]) };

static struct chandra_lua_options
limits(void)
{
    struct chandra_lua_options options = {.size = sizeof(options)};

    chandra_lua_options_fill(&options);
    return options;
}

/* Whether the entry is a member of the library; "" for global functions. */
static bool
is_member(const struct chandra_lua_entry *entry, const char *library)
{
    return (entry->kind == CHANDRA_LUA_ENTRY_FUNCTION ||
            entry->kind == CHANDRA_LUA_ENTRY_CONSTANT) &&
           strcmp(entry->owner ? entry->owner : "", library) == 0;
}

/* "NAME      WORD WORD ..." in lines of at most 80 columns. `at` is where the line stands. */
static size_t
print_word(const char *word, size_t at)
{
    const size_t len = strlen(word) + 1;

    if (at + len > 80) {
        printf("\n%-18s", "");
        at = 18;
    }
    printf(" %s", word);
    return at + len;
}

static void
print_members(const char *title, const char *library)
{
    const struct chandra_lua_entry *entry;
    size_t at = 18;

    printf("%-18s", title);
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (is_member(entry, library))
            at = print_word(entry->member, at);
    putchar('\n');
}

static void
print_kind(const char *title, enum chandra_lua_entry_kind kind)
{
    const struct chandra_lua_entry *entry;
    size_t at = 18;

    printf("%-18s", title);
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind == kind)
            at = print_word(entry->name, at);
    putchar('\n');
}

static void
print_table(void)
{
    const struct chandra_lua_options options = limits();
    const struct chandra_lua_entry *entry;

    printf("%-18s %s\n", "chandra", chandra_version());
    printf("%-18s %d.%u\n", "script API", CHANDRA_LUA_API, chandra_lua_api_minor());
    printf("%-18s %s.%s\n", "Lua", LUA_VERSION_MAJOR, LUA_VERSION_MINOR);
    for (size_t i = 0; i < PART_COUNT; i++)
        printf("%-18s %s\n", parts[i].name, parts[i].is_here ? "built in" : "not built in");
    puts("");
    print_kind("hooks", CHANDRA_LUA_ENTRY_HOOK);
    print_kind("types", CHANDRA_LUA_ENTRY_TYPE);
    print_members("globals", "");
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind == CHANDRA_LUA_ENTRY_LIBRARY)
            print_members(entry->name, entry->name);
    puts("\nLimits of each call of a hook, unless the host sets others:");
    printf("%-18s %zu MiB\n", "memory", options.memory_limit >> 20);
    printf("%-18s %" PRIu64 "\n", "instructions", options.instruction_limit);
    printf("%-18s %" PRId64 " ms\n", "time", options.timeout_ms);
    printf("%-18s %zu\n", "VMs kept", options.max_vms);
}

/* Append the names of members, or of all entries of a kind when `library` is NULL. */
static struct chandra_value *
names_value(struct chandra_doc *doc, const char *library, enum chandra_lua_entry_kind kind)
{
    struct chandra_value *names = chandra_value_new_array(doc);
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; names && (entry = chandra_lua_reference_at(i)); i++)
        if (library ? is_member(entry, library) : entry->kind == kind)
            if (!chandra_value_append(
                    names, chandra_value_new_string(doc, library ? entry->member : entry->name)))
                return NULL;
    return names;
}

static struct chandra_value *
libraries_value(struct chandra_doc *doc)
{
    struct chandra_value *libraries = chandra_value_new_object(doc);
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; libraries && (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind == CHANDRA_LUA_ENTRY_LIBRARY &&
            !chandra_value_set(libraries, entry->name, names_value(doc, entry->name, entry->kind)))
            return NULL;
    return libraries;
}

static bool
set_text(struct chandra_doc *doc, struct chandra_value *object, const char *key, const char *text)
{
    return !text || chandra_value_set(object, key, chandra_value_new_string(doc, text));
}

static struct chandra_value *
values_value(struct chandra_doc *doc, const struct chandra_lua_value *value)
{
    struct chandra_value *list = chandra_value_new_array(doc);

    for (; list && value && value->type; value++) {
        struct chandra_value *object = chandra_value_new_object(doc);

        if (!object || !set_text(doc, object, "name", value->name) ||
            !set_text(doc, object, "type", value->type) ||
            !set_text(doc, object, "text", value->text) || !chandra_value_append(list, object))
            return NULL;
    }
    return list;
}

/* One entry with all that is known about it. */
static struct chandra_value *
entry_value(struct chandra_doc *doc, const struct chandra_lua_entry *entry)
{
    static const char *const kinds[] = {"header",   "hook",    "type",     "field",   "method",
                                        "operator", "library", "function", "constant"};
    struct chandra_value *object = chandra_value_new_object(doc);
    char signature[512];

    chandra_lua_signature(entry, true, signature, sizeof(signature));
    if (!object || !set_text(doc, object, "name", entry->name) ||
        !set_text(doc, object, "kind", kinds[entry->kind]) ||
        !set_text(doc, object, "owner", entry->owner) ||
        !set_text(doc, object, "signature", signature) ||
        !set_text(doc, object, "summary", entry->summary) ||
        !set_text(doc, object, "details", entry->details) ||
        !set_text(doc, object, "unit", entry->unit) ||
        !set_text(doc, object, "bounds", entry->bounds) ||
        !set_text(doc, object, "sameAs", entry->same_as) ||
        !set_text(doc, object, "example", entry->example) ||
        !chandra_value_set(object, "arguments", values_value(doc, entry->arguments)) ||
        !chandra_value_set(object, "returns", values_value(doc, entry->returns)))
        return NULL;
    return object;
}

static struct chandra_value *
reference_value(struct chandra_doc *doc)
{
    struct chandra_value *list = chandra_value_new_array(doc);
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; list && (entry = chandra_lua_reference_at(i)); i++)
        if (!chandra_value_append(list, entry_value(doc, entry)))
            return NULL;
    return list;
}

static struct chandra_value *
limits_value(struct chandra_doc *doc)
{
    const struct chandra_lua_options options = limits();
    struct chandra_value *object = chandra_value_new_object(doc);

    if (!object ||
        !chandra_value_set(object, "memoryBytes",
                           chandra_value_new_int64(doc, (int64_t)options.memory_limit)) ||
        !chandra_value_set(object, "instructions",
                           chandra_value_new_int64(doc, (int64_t)options.instruction_limit)) ||
        !chandra_value_set(object, "timeMs", chandra_value_new_int64(doc, options.timeout_ms)) ||
        !chandra_value_set(object, "maxVMs",
                           chandra_value_new_int64(doc, (int64_t)options.max_vms)))
        return NULL;
    return object;
}

static struct chandra_value *
parts_value(struct chandra_doc *doc)
{
    struct chandra_value *object = chandra_value_new_object(doc);

    for (size_t i = 0; object && i < PART_COUNT; i++)
        if (!chandra_value_set(object, parts[i].name,
                               chandra_value_new_bool(doc, parts[i].is_here)))
            return NULL;
    return object;
}

static enum chandra_status
print_object(const struct cli *cli, struct chandra_doc *doc, struct chandra_error *err)
{
    struct chandra_value *root = chandra_value_new_object(doc);

    if (!root || !set_text(doc, root, "version", chandra_version()) ||
        !chandra_value_set(root, "scriptAPI", chandra_value_new_int64(doc, CHANDRA_LUA_API)) ||
        !chandra_value_set(root, "scriptAPIMinor",
                           chandra_value_new_int64(doc, chandra_lua_api_minor())) ||
        !set_text(doc, root, "lua", LUA_VERSION_MAJOR "." LUA_VERSION_MINOR) ||
        !chandra_value_set(root, "parts", parts_value(doc)) ||
        !chandra_value_set(root, "hooks", names_value(doc, NULL, CHANDRA_LUA_ENTRY_HOOK)) ||
        !chandra_value_set(root, "types", names_value(doc, NULL, CHANDRA_LUA_ENTRY_TYPE)) ||
        !chandra_value_set(root, "globals", names_value(doc, "", CHANDRA_LUA_ENTRY_FUNCTION)) ||
        !chandra_value_set(root, "libraries", libraries_value(doc)) ||
        !chandra_value_set(root, "limits", limits_value(doc)) ||
        !chandra_value_set(root, "reference", reference_value(doc)))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return cli_print(cli, root, err);
}

static int
run(struct cli *cli)
{
    const struct options *options = cli->options;
    struct chandra_error err;
    struct chandra_doc *doc;
    enum chandra_status st;

    if (options->is_reference) {
        capabilities_markdown();
        return CLI_YES;
    }
    if (cli->output == CLI_TABLE) {
        print_table();
        return CLI_YES;
    }
    st = chandra_doc_new(&doc, &err);
    if (st == CHANDRA_OK) {
        st = print_object(cli, doc, &err);
        chandra_doc_free(doc);
    }
    return st == CHANDRA_OK ? CLI_YES : cli_fail(cli, NULL, &err);
}

const struct cli_command cmd_capabilities = {
    .name = "capabilities",
    .operands = "",
    .summary = "Print what policies can rely on: script API, libraries, limits.",
    .details = "In JSON and YAML the object also has the whole reference of the script API.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .run = run,
};
