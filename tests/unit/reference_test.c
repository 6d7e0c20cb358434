/* reference_test.c - the reference names all that scripts see, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source.h"
#include "view.h"

#include <stdio.h>
#include <string.h>

static const char policy[] = "--!chandra api=1 name=test version=1\n"
                             "return {match = function(cx, claim, nodes) return nodes end}\n";

struct fixture {
    struct ch_lua_member member;
    struct ch_lua_vm *vm;
    size_t missing;
    size_t met; /* of the entries, by what was walked */
};

static int
setup(void **state)
{
    static struct fixture fixture;
    const struct chandra_lua_source source = {"test.lua", policy, sizeof(policy) - 1, 0};
    const struct ch_lua_settings settings = {
        .memory = (size_t)16 << 20, .steps = 1000000, .timeout_ms = 10000};
    struct chandra_error err;

    fixture = (struct fixture){0};
    *state = &fixture;
    if (ch_lua_member_init(&fixture.member, &source, &err) != CHANDRA_OK)
        return -1;
    return ch_lua_vm_new(&fixture.member, 1, &settings, NULL, &fixture.vm, &err) == CHANDRA_OK ? 0
                                                                                               : -1;
}

static int
teardown(void **state)
{
    struct fixture *fixture = *state;

    ch_lua_vm_free(fixture->vm);
    ch_lua_member_clear(&fixture->member);
    return 0;
}

static const struct chandra_lua_entry *
entry_of(enum chandra_lua_entry_kind kind, const char *owner, const char *member)
{
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind == kind && strcmp(entry->member, member) == 0 &&
            strcmp(entry->owner ? entry->owner : "", owner ? owner : "") == 0)
            return entry;
    return NULL;
}

static void
expect(struct fixture *fixture, enum chandra_lua_entry_kind kind, const char *owner,
       const char *member)
{
    if (entry_of(kind, owner, member)) {
        fixture->met++;
        return;
    }
    fixture->missing++;
    print_error("the reference lacks %s %s (kind %d)\n", owner ? owner : "global", member, kind);
}

static size_t
count_of(enum chandra_lua_entry_kind kind)
{
    const struct chandra_lua_entry *entry;
    size_t count = 0;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        count += entry->kind == kind;
    return count;
}

/* Replace a wrapped table on top of the stack by the real one that it leads to. */
static void
unwrap(lua_State *L)
{
    if (!lua_getmetatable(L, -1))
        return;
    lua_getfield(L, -1, "__index");
    if (lua_istable(L, -1)) {
        lua_replace(L, -3);
        lua_pop(L, 1);
    } else {
        lua_pop(L, 2);
    }
}

/* Expect every member of the real table on top of the stack, and of tables within it. */
static void
walk_library(struct fixture *fixture, const char *library)
{
    lua_State *L = fixture->vm->L;

    lua_pushnil(L);
    while (lua_next(L, -2)) {
        const char *member = lua_tostring(L, -2);
        char path[64];

        assert_int_equal(lua_type(L, -2), LUA_TSTRING);
        snprintf(path, sizeof(path), "%s%s%s", library ? library : "", library ? "." : "", member);
        if (lua_istable(L, -1)) {
            expect(fixture, CHANDRA_LUA_ENTRY_LIBRARY, NULL, path);
            unwrap(L);
            walk_library(fixture, path);
        } else {
            expect(fixture,
                   lua_isfunction(L, -1) ? CHANDRA_LUA_ENTRY_FUNCTION : CHANDRA_LUA_ENTRY_CONSTANT,
                   library, member);
        }
        lua_pop(L, 1);
    }
}

static void
test_libraries(void **state)
{
    struct fixture *fixture = *state;
    lua_State *L = fixture->vm->L;

    ch_l_sandbox_new_env(L);
    unwrap(L);
    walk_library(fixture, NULL);
    lua_pop(L, 1);
    assert_int_equal(fixture->missing, 0);
    assert_int_equal(fixture->met, count_of(CHANDRA_LUA_ENTRY_LIBRARY) +
                                       count_of(CHANDRA_LUA_ENTRY_FUNCTION) +
                                       count_of(CHANDRA_LUA_ENTRY_CONSTANT));
}

/* What every view has: the README says it once for all of them. */
static bool
is_common(const char *metamethod)
{
    static const char *const names[] = {"__eq",   "__gc",       "__metatable",
                                        "__name", "__newindex", "__tostring"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], metamethod) == 0)
            return true;
    return false;
}

/* Whether members of the table on top that are functions are methods: the others are fields. */
static void
walk_members(struct fixture *fixture, const char *type)
{
    lua_State *L = fixture->vm->L;

    lua_pushnil(L);
    while (lua_next(L, -2)) {
        expect(fixture, lua_isfunction(L, -1) ? CHANDRA_LUA_ENTRY_METHOD : CHANDRA_LUA_ENTRY_FIELD,
               type, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
}

/* With __index on top of the stack: a table of methods, a function over a table of names, or one
 * that stands for an operator. */
static void
walk_index(struct fixture *fixture, const struct ch_lua_type *type, const char *name)
{
    lua_State *L = fixture->vm->L;

    if (lua_istable(L, -1)) {
        walk_members(fixture, name);
    } else if (lua_getupvalue(L, -1, 1)) {
        assert_true(lua_istable(L, -1));
        walk_members(fixture, name);
        lua_pop(L, 1);
    } else {
        expect(fixture, CHANDRA_LUA_ENTRY_OPERATOR, name, "__index");
        for (const luaL_Reg *method = type->methods; method && method->name; method++)
            expect(fixture, CHANDRA_LUA_ENTRY_METHOD, name, method->name);
    }
}

static void
walk_type(struct fixture *fixture, const struct ch_lua_type *type)
{
    lua_State *L = fixture->vm->L;
    const char *name = type->entry ? type->entry : type->name;

    expect(fixture, CHANDRA_LUA_ENTRY_TYPE, NULL, name);
    if (type->pairs)
        expect(fixture, CHANDRA_LUA_ENTRY_OPERATOR, name, "__pairs");
    lua_rawgeti(L, LUA_REGISTRYINDEX, fixture->vm->metatables[type->id]);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        const char *metamethod = lua_tostring(L, -2);

        if (strcmp(metamethod, "__index") == 0)
            walk_index(fixture, type, name);
        else if (!is_common(metamethod) || entry_of(CHANDRA_LUA_ENTRY_OPERATOR, name, metamethod))
            expect(fixture, CHANDRA_LUA_ENTRY_OPERATOR, name, metamethod);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void
test_types(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < CH_LUA_TYPE_COUNT; i++)
        walk_type(fixture, ch_lua_types[i]);
    assert_int_equal(fixture->missing, 0);
    assert_int_equal(fixture->met,
                     count_of(CHANDRA_LUA_ENTRY_TYPE) + count_of(CHANDRA_LUA_ENTRY_FIELD) +
                         count_of(CHANDRA_LUA_ENTRY_METHOD) + count_of(CHANDRA_LUA_ENTRY_OPERATOR));
}

static void
test_hooks(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < CH_LUA_HOOK_COUNT; i++)
        expect(fixture, CHANDRA_LUA_ENTRY_HOOK, NULL, ch_lua_hook_names[i]);
    assert_int_equal(fixture->missing, 0);
    assert_int_equal(fixture->met, count_of(CHANDRA_LUA_ENTRY_HOOK));
}

/* Every word of a type is one that Lua has, one of ours, or a name in a list of parameters. */
static void
check_type(const struct chandra_lua_entry *entry, const char *type)
{
    static const char *const known[] = {"any", "boolean", "false",  "fun",   "function", "integer",
                                        "nil", "number",  "string", "table", "true"};
    const char *p = type;

    while (*p) {
        char word[32] = "";
        const size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyz_");
        bool is_known = false;

        if (*p == '"')
            p = strchr(p + 1, '"') + 1;
        else if (len == 0)
            p++;
        if (len == 0)
            continue;
        snprintf(word, sizeof(word), "%.*s", (int)len, p);
        p += len;
        if (*p == ':' || (*p == '?' && p[1] == ':'))
            continue;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            is_known = is_known || strcmp(known[i], word) == 0;
        if (!is_known && !entry_of(CHANDRA_LUA_ENTRY_TYPE, NULL, word))
            fail_msg("%s: there is no type '%s' in '%s'", entry->name, word, type);
    }
}

static void
check_text(const struct chandra_lua_entry *entry, const char *text)
{
    const size_t len = text ? strlen(text) : 0;

    if (text && (len == 0 || text[len - 1] == ' ' || strstr(text, "  ")))
        fail_msg("%s: bad text '%s'", entry->name, text);
}

static void
check_entry(struct fixture *fixture, const struct chandra_lua_entry *entry)
{
    const bool has_type = entry->kind == CHANDRA_LUA_ENTRY_FIELD ||
                          entry->kind == CHANDRA_LUA_ENTRY_CONSTANT ||
                          entry->kind == CHANDRA_LUA_ENTRY_HEADER;
    const struct chandra_lua_value *value;

    assert_non_null(entry->summary);
    check_text(entry, entry->summary);
    check_text(entry, entry->details);
    assert_int_not_equal(entry->summary[strlen(entry->summary) - 1], '.');
    if (has_type && (!entry->returns || entry->arguments))
        fail_msg("%s: wants a type and no arguments", entry->name);
    for (value = entry->arguments; value && value->type; value++) {
        assert_non_null(value->name);
        check_type(entry, value->type);
        check_text(entry, value->text);
    }
    for (value = entry->returns; value && value->type; value++)
        check_type(entry, value->type);
    if (entry->example && entry->kind != CHANDRA_LUA_ENTRY_HEADER) {
        char text[512];
        int rc;

        /* A statement, or an expression. */
        rc = luaL_loadstring(fixture->vm->L, entry->example);
        snprintf(text, sizeof(text), "return %s", entry->example);
        if (rc != LUA_OK && luaL_loadstring(fixture->vm->L, text) != LUA_OK)
            fail_msg("%s: the example is no Lua: %s", entry->name, entry->example);
        lua_settop(fixture->vm->L, 0);
    }
}

static void
test_entries(void **state)
{
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++) {
        check_entry(*state, entry);
        assert_ptr_equal(chandra_lua_reference_find(entry->name, NULL), entry); /* unique, too */
    }
}

static void
test_find(void **state)
{
    const struct chandra_lua_entry *near = NULL;

    (void)state;
    assert_string_equal(chandra_lua_reference_find("cx.keep", NULL)->name, "cx:keep");
    assert_string_equal(chandra_lua_reference_find("keep", NULL)->name, "cx:keep");
    assert_string_equal(chandra_lua_reference_find("P.match", NULL)->name, "match");
    assert_string_equal(chandra_lua_reference_find("claim:available_on", NULL)->name,
                        "claim.available_on");
    assert_string_equal(chandra_lua_reference_find("nodes:matching", NULL)->name,
                        "nodeset:matching");
    assert_string_equal(chandra_lua_reference_find("nodes.matching", NULL)->name,
                        "nodeset:matching");
    assert_null(chandra_lua_reference_find("nodes:matchin", &near));
    assert_null(chandra_lua_reference_find("nodes:", &near));
    assert_null(chandra_lua_reference_find("claim.availible_on", &near));
    assert_string_equal(near->name, "claim.available_on");
    assert_null(chandra_lua_reference_find("cx:kep", &near));
    assert_string_equal(near->name, "cx:keep");
    assert_null(chandra_lua_reference_find("qqqqqqqqqqqqqq", &near));
    assert_null(near);
    assert_null(chandra_lua_reference_find("", NULL));
}

static void
test_signatures(void **state)
{
    const struct chandra_lua_entry *keep = chandra_lua_reference_find("cx:keep", NULL);
    char text[160];

    (void)state;
    assert_int_equal(chandra_lua_signature(keep, false, text, sizeof(text)), 28);
    assert_string_equal(text, "cx:keep(nodes, set, reason?)");
    chandra_lua_signature(keep, true, text, sizeof(text));
    assert_string_equal(text, "cx:keep(nodes: nodeset, set: nodeset|fun(node: node): boolean, "
                              "reason: string?): nodeset");
    assert_int_equal(chandra_lua_signature(keep, false, text, 8), 28);
    assert_string_equal(text, "cx:keep");
    chandra_lua_signature(chandra_lua_reference_find("pod.priority", NULL), true, text,
                          sizeof(text));
    assert_string_equal(text, "pod.priority: integer");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_libraries, setup, teardown),
        cmocka_unit_test_setup_teardown(test_types, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hooks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entries, setup, teardown),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_signatures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
