/* stubs.c - the script API as definitions for the Lua language server. */
#include "new/new.h"

#include <chandra/lua.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Whether a word of a type is a type of ours. */
static bool
is_type(const char *word, size_t len)
{
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind == CHANDRA_LUA_ENTRY_TYPE && strlen(entry->name) == len &&
            memcmp(entry->name, word, len) == 0)
            return true;
    return false;
}

/* A type as the server knows it: ours have "chandra." before them, names of parameters and of
 * fields have not. */
static void
print_type(FILE *out, const char *type, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t word = 0;

        while (i + word < len && (isalpha((unsigned char)type[i + word]) || type[i + word] == '_'))
            word++;
        if (word == 0) {
            fputc(type[i++], out);
            continue;
        }
        if (is_type(type + i, word) && type[i + word] != ':' &&
            !(type[i + word] == '?' && type[i + word + 1] == ':') && (i == 0 || type[i - 1] != '"'))
            fputs("chandra.", out);
        fprintf(out, "%.*s", (int)word, type + i);
        i += word;
    }
}

static void
print_whole_type(FILE *out, const char *type)
{
    print_type(out, type, strlen(type));
}

/* A comment of one line for each line of text. */
static void
print_comment(FILE *out, const char *text)
{
    fputs("--- ", out);
    for (; *text; text++) {
        fputc(*text, out);
        if (*text == '\n')
            fputs("--- ", out);
    }
    fputc('\n', out);
}

static void
print_texts(FILE *out, const struct chandra_lua_entry *entry)
{
    print_comment(out, entry->summary);
    if (entry->details)
        print_comment(out, entry->details);
    if (entry->unit)
        fprintf(out, "--- Unit: %s\n", entry->unit);
    if (entry->bounds)
        fprintf(out, "--- Bounds: %s\n", entry->bounds);
    if (entry->example) {
        fputs("--- ```lua\n", out);
        print_comment(out, entry->example);
        fputs("--- ```\n", out);
    }
}

/* One argument: "?" stands behind its name here, not behind its type. */
static void
print_param(FILE *out, const struct chandra_lua_value *value)
{
    const size_t len = strlen(value->type);
    const bool is_optional = len > 0 && value->type[len - 1] == '?';

    fprintf(out, "---@param %s%s ", value->name, is_optional ? "?" : "");
    print_type(out, value->type, len - is_optional);
    fprintf(out, "%s%s\n", value->text ? " " : "", value->text ? value->text : "");
}

static void
print_return(FILE *out, const struct chandra_lua_value *value)
{
    fputs("---@return ", out);
    print_whole_type(out, value->type);
    fprintf(out, "%s%s%s%s\n", value->name ? " " : "", value->name ? value->name : "",
            value->text ? " # " : "", value->text ? value->text : "");
}

static void
print_function(FILE *out, const struct chandra_lua_entry *entry)
{
    const struct chandra_lua_value *value;

    print_texts(out, entry);
    for (value = entry->arguments; value && value->type; value++)
        print_param(out, value);
    for (value = entry->returns; value && value->type; value++)
        print_return(out, value);
    fprintf(out, "function %s(", entry->name);
    for (value = entry->arguments; value && value->type; value++)
        fprintf(out, "%s%s", value == entry->arguments ? "" : ", ", value->name);
    fputs(") end\n", out);
}

/* "---@operator band(chandra.nodeset): chandra.nodeset" for what the server knows. */
static void
print_operator(FILE *out, const struct chandra_lua_entry *entry)
{
    static const char *const known[] = {"__add", "__band", "__bor", "__call", "__concat",
                                        "__div", "__idiv", "__len", "__mod",  "__mul",
                                        "__sub", "__unm",  NULL};
    const char *const *name = known;

    fprintf(out, "--- `%s`: %s\n", entry->name, entry->summary);
    while (*name && strcmp(*name, entry->member) != 0)
        name++;
    if (*name) {
        fprintf(out, "---@operator %s", entry->member + 2);
        if (entry->arguments && entry->arguments[0].type) {
            fputc('(', out);
            print_whole_type(out, entry->arguments[0].type);
            fputc(')', out);
        }
    } else if (strcmp(entry->member, "__index") == 0 && entry->arguments) {
        fputs("---@field [", out);
        print_whole_type(out, entry->arguments[0].type);
        fputc(']', out);
    } else {
        return;
    }
    fputs(*name ? ": " : " ", out);
    print_whole_type(out, entry->returns ? entry->returns[0].type : "any");
    fputc('\n', out);
}

static void
print_field(FILE *out, const struct chandra_lua_entry *entry)
{
    fprintf(out, "---@field %s ", entry->member);
    print_whole_type(out, entry->returns[0].type);
    fprintf(out, " # %s", entry->summary);
    if (entry->same_as)
        fprintf(out, " (%s)", entry->same_as);
    fputc('\n', out);
}

/* A type is a class: its fields and operators first, then the table that has its methods. */
static void
print_class(FILE *out, const struct chandra_lua_entry *type)
{
    const struct chandra_lua_entry *entry;

    fputc('\n', out);
    print_comment(out, type->summary);
    fprintf(out, "---@class chandra.%s\n", type->name);
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++) {
        if (!entry->owner || strcmp(entry->owner, type->name) != 0)
            continue;
        if (entry->kind == CHANDRA_LUA_ENTRY_FIELD)
            print_field(out, entry);
        else if (entry->kind == CHANDRA_LUA_ENTRY_OPERATOR)
            print_operator(out, entry);
    }
    fprintf(out, "local %s = {}\n", type->name);
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind == CHANDRA_LUA_ENTRY_METHOD && strcmp(entry->owner, type->name) == 0) {
            fputc('\n', out);
            print_function(out, entry);
        }
}

/* The table that a policy returns: a class whose fields are the hooks. */
static void
print_policy(FILE *out)
{
    const struct chandra_lua_entry *entry;

    fputs("--- A policy: a table of hooks. Its first line has these fields:\n", out);
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind == CHANDRA_LUA_ENTRY_HEADER)
            fprintf(out, "--- `%s`: %s\n", entry->name, entry->summary);
    fputs("---@class chandra.policy\n", out);
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++) {
        if (entry->kind != CHANDRA_LUA_ENTRY_HOOK)
            continue;
        fprintf(out, "---@field %s? fun(", entry->name);
        for (const struct chandra_lua_value *value = entry->arguments; value && value->type;
             value++) {
            fprintf(out, "%s%s: ", value == entry->arguments ? "" : ", ", value->name);
            print_whole_type(out, value->type);
        }
        fputs("): ", out);
        for (const struct chandra_lua_value *value = entry->returns; value && value->type;
             value++) {
            fputs(value == entry->returns ? "" : ", ", out);
            print_whole_type(out, value->type);
        }
        fprintf(out, " # %s\n", entry->summary);
    }
}

static void
print_library(FILE *out, const struct chandra_lua_entry *library)
{
    fputc('\n', out);
    print_comment(out, library->summary);
    /* The server looks for the methods of strings in this class. */
    if (strcmp(library->name, "string") == 0)
        fputs("---@class stringlib\n", out);
    fprintf(out, "%s = {}\n", library->name);
}

static void
print_constant(FILE *out, const struct chandra_lua_entry *entry)
{
    fputc('\n', out);
    print_texts(out, entry);
    fputs("---@type ", out);
    print_whole_type(out, entry->returns[0].type);
    fprintf(out, "\n%s = nil\n", entry->name);
}

void
new_stubs(FILE *out)
{
    const struct chandra_lua_entry *entry;

    fputs("---@meta chandra\n\n", out);
    print_policy(out);
    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++) {
        if (entry->kind == CHANDRA_LUA_ENTRY_TYPE) {
            print_class(out, entry);
        } else if (entry->kind == CHANDRA_LUA_ENTRY_LIBRARY) {
            print_library(out, entry);
        } else if (entry->kind == CHANDRA_LUA_ENTRY_CONSTANT) {
            print_constant(out, entry);
        } else if (entry->kind == CHANDRA_LUA_ENTRY_FUNCTION) {
            fputc('\n', out);
            print_function(out, entry);
        }
    }
}
