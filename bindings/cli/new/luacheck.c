/* luacheck.c - settings for luacheck and the Lua language server, for a folder of policies. */
#include "new/new.h"

#include <chandra/lua.h>
#include <stdbool.h>
#include <string.h>

static void
indent(FILE *out, int depth)
{
    fprintf(out, "%*s", 2 * depth, "");
}

/* Whether the entry is a direct member of the library "" (globals), "string", "chandra.log". */
static bool
is_member(const struct chandra_lua_entry *entry, const char *library)
{
    const size_t len = strlen(library);
    const char *dot;

    if (entry->kind == CHANDRA_LUA_ENTRY_FUNCTION || entry->kind == CHANDRA_LUA_ENTRY_CONSTANT)
        return strcmp(entry->owner ? entry->owner : "", library) == 0;
    if (entry->kind != CHANDRA_LUA_ENTRY_LIBRARY)
        return false;
    dot = strrchr(entry->name, '.');
    return dot ? (size_t)(dot - entry->name) == len && strncmp(entry->name, library, len) == 0
               : len == 0;
}

/* One line for each member; a library's own members stand within it. */
static void
print_members(FILE *out, const char *library, int depth)
{
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++) {
        const char *dot = strrchr(entry->name, '.');

        if (!is_member(entry, library))
            continue;
        indent(out, depth);
        if (entry->kind != CHANDRA_LUA_ENTRY_LIBRARY) {
            fprintf(out, "\"%s\",\n", entry->member);
            continue;
        }
        fprintf(out, "%s = {\n", dot ? dot + 1 : entry->name);
        indent(out, depth + 1);
        fputs("fields = {\n", out);
        print_members(out, entry->name, depth + 2);
        indent(out, depth + 1);
        fputs("},\n", out);
        indent(out, depth);
        fputs("},\n", out);
    }
}

void
new_luacheck(FILE *out)
{
    fputs("stds.chandra = {\n  read_globals = {\n", out);
    print_members(out, "", 2);
    fputs("  },\n}\n"
          "\n"
          "std = \"chandra\"\n"
          "unused_args = false -- hooks have the parameters that they are given\n"
          "exclude_files = {\".luals\"}\n"
          "files[\"**/*_spec.lua\"] = {std = \"lua54+busted\"}\n",
          out);
}

void
new_luarc(FILE *out)
{
    static const char *const disabled[] = {"basic",   "coroutine", "debug", "io",   "math", "os",
                                           "package", "string",    "table", "utf8", NULL};

    fputs("{\n"
          "  \"$schema\": "
          "\"https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json\",\n"
          "  \"runtime.version\": \"Lua 5.4\",\n"
          "  \"runtime.builtin\": {",
          out);
    for (size_t i = 0; disabled[i]; i++)
        fprintf(out, "%s\n    \"%s\": \"disable\"", i ? "," : "", disabled[i]);
    fputs("\n  },\n"
          "  \"workspace.library\": [\".luals\"],\n"
          "  \"diagnostics.globals\": [\n"
          "    \"describe\", \"it\", \"pending\", \"finally\", \"setup\", \"teardown\",\n"
          "    \"before_each\", \"after_each\", \"require\"\n"
          "  ]\n"
          "}\n",
          out);
}
