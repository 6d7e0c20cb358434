/* find.c - cx:find_claims and cx:find_pods: what else is in the cluster, in order of names.
 *
 * The walk's callback must not raise, so it collects into the VM's scratch memory.
 */
#include "view.h"

#include <stdlib.h>
#include <string.h>

struct found_claim {
    const struct chandra_claim *claim;
    const struct chandra_nodeset *available_on;
};

struct collection {
    struct ch_lua_vm *vm;
    size_t count;
    bool is_out_of_memory;
};

/* Room for one element more; NULL when out of memory. */
static void *
next_slot(struct collection *collection, size_t size)
{
    struct ch_lua_vm *vm = collection->vm;
    const size_t want = (collection->count + 1) * size;
    char *items = vm->scratch;

    if (!items || want > vm->scratch_size)
        items = ch_lua_scratch(vm, want < 4096 ? 4096 : want * 2);
    if (!items) {
        collection->is_out_of_memory = true;
        return NULL;
    }
    return items + size * collection->count++;
}

static bool
collect_claim(void *user, const struct chandra_claim *claim,
              const struct chandra_nodeset *available_on)
{
    struct found_claim *slot = next_slot(user, sizeof(*slot));

    if (!slot)
        return false;
    *slot = (struct found_claim){claim, available_on};
    return true;
}

static bool
collect_pod(void *user, const struct chandra_pod *pod)
{
    const struct chandra_pod **slot = next_slot(user, sizeof(const struct chandra_pod *));

    if (!slot)
        return false;
    *slot = pod;
    return true;
}

static int
compare_objects(const struct chandra_object *a, const struct chandra_object *b)
{
    const int order = strcmp(chandra_object_namespace(a), chandra_object_namespace(b));

    return order ? order : strcmp(chandra_object_name(a), chandra_object_name(b));
}

static int
compare_claims(const void *a, const void *b)
{
    const struct found_claim *x = a, *y = b;

    return compare_objects(chandra_claim_object(x->claim), chandra_claim_object(y->claim));
}

static int
compare_pods(const void *a, const void *b)
{
    const struct chandra_pod *const *x = a, *const *y = b;

    return compare_objects(chandra_pod_object(*x), chandra_pod_object(*y));
}

/* The string in field `name` of the table at index 2, which stays on the stack; NULL when nil. */
static const char *
l_string_field(lua_State *L, const char *name)
{
    const int type = lua_getfield(L, 2, name);

    if (type != LUA_TSTRING && type != LUA_TNIL)
        luaL_error(L, "field '%s' must be a string, got %s", name, luaL_typename(L, -1));
    return type == LUA_TNIL ? NULL : lua_tostring(L, -1);
}

/* Raise for a field of the query, at index 2, that is not in `names`. */
static void
l_check_query(lua_State *L, const char *const *names)
{
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        const char *const *name = names;

        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "a query is a table such as {label = \"app\", value = \"x\"}");
        while (*name && strcmp(*name, lua_tostring(L, -2)) != 0)
            name++;
        if (!*name)
            ch_l_unknown(L, "query has no field", lua_tostring(L, -2), names);
    }
}

/* find_claims{class=, label=, value=, namespace=, allocated=}: claims of the cluster, sorted. */
int
ch_l_find_claims(lua_State *L)
{
    static const char *const names[] = {"class", "label", "value", "namespace", "allocated", NULL};
    struct collection found = {.vm = ch_lua_vm_of(L)};
    struct chandra_claim_query query = {0};
    struct chandra_error err;
    struct found_claim *claims;
    enum chandra_status st;

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    l_check_query(L, names);
    ch_l_charge(L, CH_LUA_INTERVAL); /* a walk may be long: look at the clock before each */
    query.class_name = l_string_field(L, "class");
    query.label_key = l_string_field(L, "label");
    query.label_value = l_string_field(L, "value");
    query.name_space = l_string_field(L, "namespace");
    lua_getfield(L, 2, "allocated");
    query.only_allocated = lua_toboolean(L, -1);
    if (!query.label_key != !query.label_value)
        return luaL_error(L, "a query has both 'label' and 'value', or neither");
    st = chandra_cycle_each_claim(found.vm->cycle, &query, collect_claim, &found, &err);
    if (found.is_out_of_memory)
        return ch_l_out_of_memory(L);
    if (st != CHANDRA_OK)
        return ch_l_raise(L, st, &err);
    claims = found.vm->scratch;
    if (found.count > 1)
        qsort(claims, found.count, sizeof(*claims), compare_claims);
    ch_l_charge(L, found.count * 4);
    lua_createtable(L, (int)found.count, 0);
    for (size_t i = 0; i < found.count; i++) {
        ch_l_claim_push_found(L, claims[i].claim, claims[i].available_on);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* find_pods{label=, value=}: pods of the cycle's namespace, sorted. */
int
ch_l_find_pods(lua_State *L)
{
    static const char *const names[] = {"label", "value", NULL};
    struct collection found = {.vm = ch_lua_vm_of(L)};
    struct chandra_error err;
    const struct chandra_pod **pods;
    const char *key, *value;
    enum chandra_status st;

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    l_check_query(L, names);
    ch_l_charge(L, CH_LUA_INTERVAL);
    key = l_string_field(L, "label");
    value = l_string_field(L, "value");
    if (!key || !value)
        return luaL_error(L, "find_pods needs both 'label' and 'value'");
    st = chandra_cycle_each_pod(found.vm->cycle, key, value, collect_pod, &found, &err);
    if (found.is_out_of_memory)
        return ch_l_out_of_memory(L);
    if (st != CHANDRA_OK)
        return ch_l_raise(L, st, &err);
    pods = found.vm->scratch;
    if (found.count > 1)
        qsort(pods, found.count, sizeof(*pods), compare_pods);
    ch_l_charge(L, found.count * 4);
    lua_createtable(L, (int)found.count, 0);
    for (size_t i = 0; i < found.count; i++) {
        ch_l_pod_push(L, pods[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}
