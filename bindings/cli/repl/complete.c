/* complete.c - completes commands and their operands, and Lua by the script API's reference. */
#include "repl/complete.h"

#include "repl/commands.h"

#include <chandra/sys/base.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_SIZE = 300 };

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* A word that is being completed. */
struct word {
    struct completions *to;
    const char *text; /* what is there of it */
    size_t len;
};

static void
offer(const struct word *word, const char *name)
{
    struct completions *to = word->to;
    char **items;

    if (strncmp(name, word->text, word->len) != 0)
        return;
    items = chandra_realloc(to->items, (to->count + 1) * sizeof(*items));
    if (items)
        to->items = items;
    if (!items || !(items[to->count] = chandra_strdup(name)))
        to->is_out_of_memory = true;
    else
        to->count++;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
sort(struct completions *completions)
{
    size_t kept = 0;

    if (completions->count == 0)
        return;
    qsort(completions->items, completions->count, sizeof(char *), compare);
    for (size_t i = 1; i < completions->count; i++) {
        if (strcmp(completions->items[kept], completions->items[i]) == 0)
            chandra_free(completions->items[i]);
        else
            completions->items[++kept] = completions->items[i];
    }
    completions->count = kept + 1;
}

size_t
completions_common(const struct completions *completions)
{
    size_t len = completions->count > 0 ? strlen(completions->items[0]) : 0;

    for (size_t i = 1; i < completions->count; i++) {
        size_t same = 0;
        while (same < len && completions->items[0][same] == completions->items[i][same])
            same++;
        len = same;
    }
    return len;
}

void
completions_clear(struct completions *completions)
{
    for (size_t i = 0; i < completions->count; i++)
        chandra_free(completions->items[i]);
    chandra_free(completions->items);
    *completions = (struct completions){0};
}

/* Operands. */

struct names {
    const struct word *word;
    bool is_namespaced;
};

static bool
offer_object(void *user, const struct chandra_value *object)
{
    const struct names *names = user;
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    const char *name_space = chandra_value_string(chandra_value_get(metadata, "namespace"));
    const char *name = chandra_value_string(chandra_value_get(metadata, "name"));
    char full[NAME_SIZE * 2];

    if (!name_space || strcmp(name_space, "default") == 0) {
        offer(names->word, name);
        return true;
    }
    snprintf(full, sizeof(full), "%s/%s", name_space, name);
    offer(names->word, full);
    return true;
}

static void
offer_objects(struct session *session, const struct word *word, const char *kind)
{
    struct names names = {.word = word};

    world_each(&session->world, kind, offer_object, &names);
}

static void
offer_files(const struct word *word)
{
    char text[1024];
    char path[1400];
    const char *slash;
    DIR *directory;
    const struct dirent *entry;

    snprintf(text, sizeof(text), "%.*s", (int)word->len, word->text);
    slash = strrchr(text, '/');
    snprintf(path, sizeof(path), "%.*s", slash ? (int)(slash - text + 1) : 1, slash ? text : ".");
    directory = opendir(path);
    while (directory && (entry = readdir(directory))) {
        struct stat info;
        size_t len;
        if (entry->d_name[0] == '.')
            continue;
        len = (size_t)snprintf(path, sizeof(path), "%.*s%.255s",
                               slash ? (int)(slash - text + 1) : 0, text, entry->d_name);
        if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
            snprintf(path + len, sizeof(path) - len, "/");
        offer(word, path);
    }
    if (directory)
        closedir(directory);
}

static void
offer_doc(const struct word *word)
{
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind != CHANDRA_LUA_ENTRY_OPERATOR)
            offer(word, entry->name);
}

static void
offer_commands(const struct word *word)
{
    for (const struct command *command = commands; command->name; command++)
        offer(word, command->name);
}

/* `number` counts the operands before the word. */
static void
offer_operand(struct session *session, const struct command *command, const char *first,
              size_t number, const struct word *word)
{
    bool is_namespaced;
    const char *kind;

    switch (command->argument) {
    case ARGUMENT_NONE:
        break;
    case ARGUMENT_FILE:
        offer_files(word);
        break;
    case ARGUMENT_KIND:
        for (size_t i = 0; number == 0 && kind_words[i]; i++)
            offer(word, kind_words[i]);
        kind = number == 1 ? kind_by_word(first, &is_namespaced) : NULL;
        if (kind)
            offer_objects(session, word, kind);
        break;
    case ARGUMENT_POD:
        offer_objects(session, word, "Pod");
        break;
    case ARGUMENT_NODE:
        offer_objects(session, word, "Node");
        break;
    case ARGUMENT_DOC:
        offer_doc(word);
        break;
    case ARGUMENT_COMMAND:
        offer_commands(word);
        break;
    }
}

static void
complete_command(struct session *session, const char *line, struct word *word)
{
    struct words words;
    char before[1024];

    if (word->to->start == 0) {
        offer_commands(word);
        return;
    }
    snprintf(before, sizeof(before), "%.*s", (int)word->to->start, line);
    if (words_parse(before, &words, NULL) != CHANDRA_OK)
        return;
    for (const struct command *command = commands; command->name; command++)
        if (words.count > 0 && strcmp(command->name, words.items[0]) == 0)
            offer_operand(session, command, words.count > 1 ? words.items[1] : "", words.count - 1,
                          word);
    words_clear(&words);
}

/* Lua. */

static const char *const lua_words[] = {
    "and",   "break", "do",    "else", "elseif", "end",   "false",  "for",    "function", "goto",
    "if",    "in",    "local", "nil",  "not",    "or",    "repeat", "return", "then",     "true",
    "until", "while", "cx",    "pod",  "claims", "claim", "nodes",  "policy", "policies", NULL};

/* The type of what a hook sees by a name. */
static const char *
type_of_name(const char *name)
{
    static const char *const types[][2] = {{"cx", "cx"},         {"pod", "pod"},
                                           {"claim", "claim"},   {"claims", "claim[]"},
                                           {"nodes", "nodeset"}, {"policy", "policy"}};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i][0], name) == 0)
            return types[i][1];
    return name; /* a library is its own type */
}

static const struct chandra_lua_entry *
find_member(const char *owner, const char *member)
{
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->owner && strcmp(entry->owner, owner) == 0 && strcmp(entry->member, member) == 0)
            return entry;
    return NULL;
}

/* Follow "claims[1].class." from left to right; *type becomes "" where it cannot be told. */
static void
resolve(const char *chain, const char *end, char *type, size_t size)
{
    bool is_first = true;

    type[0] = '\0';
    while (chain < end) {
        const size_t len = strcspn(chain, ".:[(");
        char name[NAME_SIZE];
        const struct chandra_lua_entry *entry;
        snprintf(name, sizeof(name), "%.*s", (int)len, chain);
        entry = is_first ? NULL : find_member(type, name);
        snprintf(type, size, "%s",
                 is_first                  ? type_of_name(name)
                 : entry && entry->returns ? entry->returns->type
                                           : "");
        type[strcspn(type, "?|")] = '\0';
        chain += len;
        for (; *chain == '[' || *chain == '('; chain += strcspn(chain, "])") + 1) {
            if (*chain == '[' && strlen(type) > 2)
                type[strlen(type) - 2] = '\0'; /* an element of "claim[]" */
            if (!strpbrk(chain, "])"))
                return;
        }
        chain += chain < end;
        is_first = false;
    }
}

/* Behind a colon there are methods alone. */
static bool
is_member(const struct chandra_lua_entry *entry, const char *type, bool has_colon)
{
    if (entry->kind == CHANDRA_LUA_ENTRY_HOOK)
        return strcmp(type, "policy") == 0;
    return entry->owner && strcmp(entry->owner, type) == 0 &&
           entry->kind != CHANDRA_LUA_ENTRY_OPERATOR &&
           (!has_colon || entry->kind == CHANDRA_LUA_ENTRY_METHOD ||
            entry->kind == CHANDRA_LUA_ENTRY_FUNCTION);
}

/* Where the chain of fields and calls that ends at `end` begins: behind an open bracket at most. */
static size_t
chain_start(const char *line, size_t end)
{
    size_t depth = 0;
    size_t start = end;

    for (; start > 0; start--) {
        const char c = line[start - 1];
        const bool opens = c == '(' || c == '[';
        if (opens && depth == 0)
            break;
        if (c == ')' || c == ']')
            depth++;
        else if (opens)
            depth--;
        else if (depth == 0 && !strchr(NAME_LETTERS ".:", c))
            break;
    }
    return start;
}

static void
complete_lua(const char *line, struct word *word)
{
    const size_t chain_chars = word->to->start;
    const size_t start = chain_start(line, chain_chars);
    const struct chandra_lua_entry *entry;
    char type[NAME_SIZE];

    if (start < chain_chars && strchr(".:", line[chain_chars - 1])) {
        resolve(line + start, line + chain_chars, type, sizeof(type));
        for (size_t i = 0; *type && (entry = chandra_lua_reference_at(i)); i++)
            if (is_member(entry, type, line[chain_chars - 1] == ':'))
                offer(word, entry->member);
        return;
    }
    for (const char *const *name = lua_words; *name; name++)
        offer(word, *name);
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (!entry->owner &&
            (entry->kind == CHANDRA_LUA_ENTRY_FUNCTION || entry->kind == CHANDRA_LUA_ENTRY_LIBRARY))
            offer(word, entry->name);
}

void
complete(struct session *session, const char *line, size_t cursor,
         struct completions *out_completions)
{
    const bool is_command = *line == ':';
    struct completions completions = {.start = cursor};
    struct word word = {.to = &completions};

    while (completions.start > 0 && !strchr(is_command ? " \t" : " \t+-*/%^#&~|<>=(){}[];:,.\"'",
                                            line[completions.start - 1]))
        completions.start--;
    word.text = line + completions.start;
    word.len = cursor - completions.start;
    if (is_command)
        complete_command(session, line, &word);
    else
        complete_lua(line, &word);
    sort(&completions);
    *out_completions = completions;
}
