/* find.c - cx:find_claims and cx:find_pods: what else is in the cluster, in order of names.
 *
 * What a walk shows is only sure to be there while it is shown, and its callback must not raise: so
 * it takes references, and copies of node sets, into memory of the VM's.
 */
#include "view.h"

#include <stdlib.h>
#include <string.h>

struct collection {
    struct ch_lua_vm *vm;
    uint32_t word_count; /* of a set as bits */
    bool is_out_of_memory;
};

static bool
grow(struct ch_lua_vm *vm, void *block, size_t *capacity, size_t want, size_t size)
{
    size_t more = *capacity ? *capacity : 64;

    while (more < want)
        more *= 2;
    if (more != *capacity && !ch_lua_resize(vm, block, *capacity * size, more * size))
        return false;
    *capacity = more;
    return true;
}

/* Note an object as found; NULL when out of memory. */
static struct ch_lua_found *
add_object(struct ch_lua_vm *vm, const struct chandra_object *object)
{
    struct ch_lua_found *found;

    if (!grow(vm, &vm->found, &vm->found_capacity, vm->found_count + 1, sizeof(*vm->found)))
        return NULL;
    found = &vm->found[vm->found_count++];
    *found = (struct ch_lua_found){chandra_object_ref(object), CH_LUA_EVERYWHERE, 0};
    return found;
}

/* Note the members of a set: their indices while they are few, else bits. */
static bool
add_nodes(const struct collection *collection, struct ch_lua_found *found,
          const struct chandra_nodeset *set)
{
    struct ch_lua_vm *vm = collection->vm;
    const uint32_t count = chandra_nodeset_count(set);
    const bool is_bits = count > collection->word_count;
    const size_t words = is_bits ? collection->word_count : count;
    uint32_t *next;

    if (!grow(vm, &vm->found_nodes, &vm->found_nodes_capacity, vm->found_nodes_count + words,
              sizeof(*vm->found_nodes)))
        return false;
    found->nodes = vm->found_nodes_count;
    found->count = is_bits ? CH_LUA_BITS : count;
    next = vm->found_nodes + vm->found_nodes_count;
    memset(next, 0, words * sizeof(*next));
    for (uint32_t i = chandra_nodeset_next(set, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(set, i + 1))
        if (is_bits)
            next[i / 32] |= (uint32_t)1 << (i % 32);
        else
            *next++ = i;
    vm->found_nodes_count += words;
    return true;
}

static bool
collect_claim(void *user, const struct chandra_claim *claim,
              const struct chandra_nodeset *available_on)
{
    struct collection *collection = user;
    struct ch_lua_found *found = add_object(collection->vm, chandra_claim_object(claim));

    collection->is_out_of_memory =
        !found || (available_on && !add_nodes(collection, found, available_on));
    return !collection->is_out_of_memory;
}

static bool
collect_pod(void *user, const struct chandra_pod *pod)
{
    struct collection *collection = user;

    collection->is_out_of_memory = !add_object(collection->vm, chandra_pod_object(pod));
    return !collection->is_out_of_memory;
}

void
ch_lua_forget_found(struct ch_lua_vm *vm)
{
    while (vm->found_count > 0)
        chandra_object_unref(vm->found[--vm->found_count].object);
    vm->found_nodes_count = 0;
}

void
ch_l_found_set(lua_State *L, const struct ch_lua_found *found)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const uint32_t capacity = chandra_cycle_capacity(vm->cycle);
    const uint32_t *nodes = vm->found_nodes + found->nodes;
    struct chandra_nodeset *set = ch_l_set_new(L);

    if (found->count != CH_LUA_BITS)
        for (uint32_t i = 0; i < found->count; i++)
            chandra_nodeset_add(set, nodes[i]);
    else
        for (uint32_t i = 0; i < capacity; i++)
            if (nodes[i / 32] >> (i % 32) & 1)
                chandra_nodeset_add(set, i);
}

static int
compare(const void *a, const void *b)
{
    const struct chandra_object *x = ((const struct ch_lua_found *)a)->object;
    const struct chandra_object *y = ((const struct ch_lua_found *)b)->object;
    const int order = strcmp(chandra_object_namespace(x), chandra_object_namespace(y));

    return order ? order : strcmp(chandra_object_name(x), chandra_object_name(y));
}

/* End a walk that began when `first` objects had been found: raise its failure or sort what it
 * found; returns how many. */
static size_t
l_finish(lua_State *L, const struct collection *collection, size_t first, enum chandra_status st,
         const struct chandra_error *err)
{
    struct ch_lua_vm *vm = collection->vm;
    const size_t count = vm->found_count - first;

    if (collection->is_out_of_memory)
        ch_l_out_of_memory(L);
    if (st != CHANDRA_OK)
        ch_l_raise(L, st, err);
    if (count > 1)
        qsort(vm->found + first, count, sizeof(*vm->found), compare);
    ch_l_charge(L, count * 4);
    lua_createtable(L, (int)count, 0);
    return count;
}

const char *
ch_l_query_string(lua_State *L, const char *name)
{
    const int type = lua_getfield(L, 2, name);

    if (type != LUA_TSTRING && type != LUA_TNIL)
        luaL_error(L, "field '%s' must be a string, got %s", name, luaL_typename(L, -1));
    return type == LUA_TNIL ? NULL : lua_tostring(L, -1);
}

void
ch_l_check_query(lua_State *L, const char *const *names)
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

/* Push what a query finds; [-0, +1]. */
static int
l_claims(lua_State *L, const struct chandra_claim_query *query)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    struct collection collection = {vm, 0, false};
    const size_t first = vm->found_count;
    struct chandra_error err;
    enum chandra_status st;
    size_t count;

    collection.word_count = (chandra_cycle_capacity(vm->cycle) + 31) / 32;
    st = chandra_cycle_each_claim(vm->cycle, query, collect_claim, &collection, &err);
    count = l_finish(L, &collection, first, st, &err);
    for (size_t i = 0; i < count; i++) {
        ch_l_claim_push_found(L, first + i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* find_claims{class=, label=, value=, namespace=, allocated=}: claims of the cluster, sorted. */
int
ch_l_find_claims(lua_State *L)
{
    static const char *const names[] = {"class", "label", "value", "namespace", "allocated", NULL};
    struct chandra_claim_query query = {0};

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    ch_l_check_query(L, names);
    ch_l_charge(L, CH_LUA_INTERVAL); /* a walk may be long: look at the clock before each */
    query.class_name = ch_l_query_string(L, "class");
    query.label_key = ch_l_query_string(L, "label");
    query.label_value = ch_l_query_string(L, "value");
    query.name_space = ch_l_query_string(L, "namespace");
    lua_getfield(L, 2, "allocated");
    query.only_allocated = lua_toboolean(L, -1);
    if (!query.label_key != !query.label_value)
        return luaL_error(L, "a query has both 'label' and 'value', or neither");
    return l_claims(L, &query);
}

/* claims_on(node [, class]): the allocated claims that are bound to nodes and available there. */
int
ch_l_claims_on(lua_State *L)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    struct chandra_claim_query query = {0};
    uint32_t index;

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    index = ch_l_node_arg(L, 2);
    query.class_name = luaL_optstring(L, 3, NULL);
    if (index == CHANDRA_NODESET_END) {
        lua_newtable(L);
        return 1;
    }
    query.node = chandra_object_name(chandra_node_object(chandra_cycle_node(vm->cycle, index)));
    ch_l_charge(L, 50);
    return l_claims(L, &query);
}

size_t
ch_l_collect_pods(lua_State *L)
{
    static const char *const names[] = {"label", "value", NULL};
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    struct collection collection = {vm, 0, false};
    const size_t first = vm->found_count;
    struct chandra_error err;
    const char *key, *value;
    enum chandra_status st;

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    ch_l_check_query(L, names);
    ch_l_charge(L, CH_LUA_INTERVAL);
    key = ch_l_query_string(L, "label");
    value = ch_l_query_string(L, "value");
    if (!key || !value)
        luaL_error(L, "a query for pods needs both 'label' and 'value'");
    st = chandra_cycle_each_pod(vm->cycle, key, value, collect_pod, &collection, &err);
    return l_finish(L, &collection, first, st, &err);
}

/* find_pods{label=, value=}: pods of the cycle's namespace, sorted. */
int
ch_l_find_pods(lua_State *L)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const size_t count = ch_l_collect_pods(L);
    const size_t first = vm->found_count - count;

    for (size_t i = 0; i < count; i++) {
        ch_l_pod_push(L, chandra_object_pod(vm->found[first + i].object));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}
