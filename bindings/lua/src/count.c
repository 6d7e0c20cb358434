/* count.c - how many of what each node has, and how that spreads over topology domains: the nodes
 * that have a label's value in common.
 */
#include "view.h"

#include <math.h>
#include <string.h>

/* Room for a counter of each node; zero. */
static uint32_t *
l_counters(lua_State *L)
{
    const size_t size = chandra_cycle_capacity(ch_lua_vm_of(L)->cycle) * sizeof(uint32_t);

    return memset(ch_l_scratch(L, size), 0, size);
}

static bool
count_claim(void *user, const struct chandra_claim *claim,
            const struct chandra_nodeset *available_on)
{
    uint32_t *counts = user;

    (void)claim;
    if (!available_on)
        return true;
    for (uint32_t i = chandra_nodeset_next(available_on, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(available_on, i + 1))
        counts[i]++;
    return true;
}

/* Count the claims that the query at index 2 asks for. */
static enum chandra_status
l_count_queried(lua_State *L, uint32_t *counts, struct chandra_error *err)
{
    static const char *const names[] = {"class", "label", "value", "namespace", NULL};
    struct chandra_claim_query query = {.only_allocated = true};

    ch_l_check_query(L, names);
    query.class_name = ch_l_query_string(L, "class");
    query.label_key = ch_l_query_string(L, "label");
    query.label_value = ch_l_query_string(L, "value");
    query.name_space = ch_l_query_string(L, "namespace");
    if (!query.label_key != !query.label_value)
        luaL_error(L, "a query has both 'label' and 'value', or neither");
    return chandra_cycle_each_claim(ch_lua_vm_of(L)->cycle, &query, count_claim, counts, err);
}

/* count_claims([class or query]): allocated claims that are bound to nodes, of each node. */
int
ch_l_count_claims(lua_State *L)
{
    struct chandra_cycle *cycle = ch_lua_vm_of(L)->cycle;
    struct ch_lua_vector *vector;
    struct chandra_error err;
    enum chandra_status st;
    uint32_t *counts;

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    ch_l_charge(L, CH_LUA_INTERVAL); /* a walk may be long: look at the clock before each */
    lua_settop(L, 2);
    counts = l_counters(L);
    if (lua_type(L, 2) == LUA_TTABLE)
        st = l_count_queried(L, counts, &err);
    else
        st = chandra_cycle_count_claims(cycle, luaL_optstring(L, 2, NULL), counts, &err);
    if (st != CHANDRA_OK)
        return ch_l_raise(L, st, &err);
    vector = ch_l_vector_new(L);
    for (uint32_t i = 0; i < vector->capacity; i++)
        vector->values[i] = counts[i];
    return 1;
}

/* The index of the node that a pod is bound to, or CHANDRA_NODESET_END. */
static uint32_t
node_of(const struct chandra_cycle *cycle, const struct chandra_pod *pod)
{
    const char *name = chandra_pod_node_name(pod);

    return name[0] ? chandra_cycle_node_index(cycle, name) : CHANDRA_NODESET_END;
}

/* count_pods{label=, value=}: pods of the namespace with the label, of each node. */
int
ch_l_count_pods(lua_State *L)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const size_t count = ch_l_collect_pods(L);
    struct ch_lua_vector *vector = ch_l_vector_new(L);

    for (size_t i = vm->found_count - count; i < vm->found_count; i++) {
        const uint32_t node = node_of(vm->cycle, chandra_object_pod(vm->found[i].object));

        if (node < vector->capacity)
            vector->values[node]++;
    }
    return 1;
}

/* Domains of the cluster: each has a number, in the order in which nodes are met. The VM keeps the
 * numbers of one label while the call lasts, and the names in a Lua table, number -> name; the rest
 * is in its scratch. */
enum { EARLY = 8 };
struct domains {
    uint32_t capacity; /* of nodes */
    uint32_t count;
    int names;                /* stack index */
    const uint32_t *of;       /* node -> number from 1; 0: it lacks the label */
    uint32_t *stamps;         /* domain -> the last thing that was counted in it */
    double *sums;             /* domain -> what was counted */
    const char *early[EARLY]; /* the names of the first domains */
};

static void
l_room(lua_State *L, struct domains *domains)
{
    const size_t count = (size_t)chandra_cycle_capacity(ch_lua_vm_of(L)->cycle) + 1;
    const size_t size = count * (sizeof(double) + sizeof(uint32_t));
    void *room = memset(ch_l_scratch(L, size), 0, size);

    domains->capacity = (uint32_t)count - 1;
    domains->sums = room;
    domains->stamps = (uint32_t *)(domains->sums + count);
}

/* The VM's room for the numbers, all zero. */
static uint32_t *
l_numbers(lua_State *L, uint32_t capacity)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);

    vm->domains.key[0] = '\0';
    if (capacity > vm->domains.capacity) {
        if (!ch_lua_resize(vm, &vm->domains.of, vm->domains.capacity * sizeof(uint32_t),
                           capacity * sizeof(uint32_t)))
            ch_l_out_of_memory(L);
        vm->domains.capacity = capacity;
    }
    return capacity ? memset(vm->domains.of, 0, capacity * sizeof(uint32_t)) : NULL;
}

/* The number of a domain among the first few, which are all there are of most labels; or 0. */
static uint32_t
find_early(const struct domains *domains, const char *value)
{
    for (uint32_t i = 0; i < domains->count && i < EARLY; i++)
        if (strcmp(domains->early[i], value) == 0)
            return i + 1;
    return 0;
}

/* The number of a domain, a new one for a new value; the tables are on top. */
static uint32_t
l_number(lua_State *L, struct domains *domains, const char *value)
{
    uint32_t number = find_early(domains, value);

    if (number)
        return number;
    if (lua_getfield(L, -1, value) == LUA_TNIL) {
        number = ++domains->count;
        if (number <= EARLY)
            domains->early[number - 1] = value;
        lua_pushinteger(L, number);
        lua_setfield(L, -3, value);
        lua_pushstring(L, value);
        lua_rawseti(L, domains->names, number);
    } else {
        number = (uint32_t)lua_tointeger(L, -1);
    }
    lua_pop(L, 1);
    return number;
}

/* Number the domains of a label; pushes the table of names: [-0, +1]. */
static void
l_number_all(lua_State *L, const char *key, struct domains *domains)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    uint32_t node_count;
    const uint32_t *order = ch_l_order(L, &node_count);
    uint32_t *of = l_numbers(L, domains->capacity);

    ch_l_charge(L, node_count);
    lua_newtable(L);
    lua_newtable(L); /* stack: names, numbers */
    domains->names = lua_gettop(L) - 1;
    for (uint32_t i = 0; i < node_count; i++) {
        const struct chandra_node *node = chandra_cycle_node(vm->cycle, order[i]);
        const char *value = chandra_object_label(chandra_node_object(node), key);

        if (value)
            of[order[i]] = l_number(L, domains, value);
    }
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, vm->domains.names);
    vm->domains.count = domains->count;
    vm->domains.call = vm->call;
    if (strlen(key) < sizeof(vm->domains.key))
        memcpy(vm->domains.key, key, strlen(key) + 1);
}

/* The domains of a label, counted zero; pushes the table of names: [-0, +1]. */
static void
l_domains(lua_State *L, const char *key, struct domains *domains)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);

    l_room(L, domains);
    domains->count = 0;
    ch_l_charge(L, 100);
    if (key[0] && vm->domains.call == vm->call && strcmp(vm->domains.key, key) == 0) {
        domains->count = vm->domains.count;
        lua_rawgeti(L, LUA_REGISTRYINDEX, vm->domains.names);
        domains->names = lua_gettop(L);
    } else {
        l_number_all(L, key, domains);
    }
    domains->of = vm->domains.of;
}

/* Add to the domain of a node, unless this thing, by its number from 1, was counted there before;
 * 0 is counted each time. */
static void
add(struct domains *domains, uint32_t node, double value, uint32_t thing)
{
    const uint32_t domain = node < domains->capacity ? domains->of[node] : 0;

    if (domain == 0 || (thing && domains->stamps[domain] == thing))
        return;
    domains->stamps[domain] = thing;
    domains->sums[domain] += value;
}

static void
add_set(struct domains *domains, const struct chandra_nodeset *set, uint32_t thing)
{
    for (uint32_t i = chandra_nodeset_next(set, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(set, i + 1))
        add(domains, i, 1, thing);
}

static void
add_vector(struct domains *domains, const struct ch_lua_vector *vector)
{
    for (uint32_t i = 0; i < domains->capacity && i < vector->capacity; i++)
        add(domains, i, vector->values[i], 0);
}

static void
l_add_claim(lua_State *L, struct domains *domains, const struct ch_lua_claim *claim, uint32_t thing)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);

    if (!chandra_claim_is_allocated(claim->view.object) ||
        !chandra_claim_is_node_bound(claim->view.object))
        return;
    ch_l_charge(L, 10);
    if (claim->available_on) {
        add_set(domains, claim->available_on, thing);
    } else {
        ch_l_found_set(L, &vm->found[claim->found]);
        add_set(domains, ch_l_set_check(L, -1), thing);
        lua_pop(L, 1);
    }
}

/* Claims and pods of the array at `index`. */
static void
l_add_array(lua_State *L, struct domains *domains, int index)
{
    const size_t count = lua_rawlen(L, index);

    for (size_t i = 1; i <= count; i++) {
        const struct ch_lua_view *claim, *pod;

        lua_rawgeti(L, index, (lua_Integer)i);
        claim = ch_l_view_test(L, -1, &ch_lua_claim_type);
        pod = ch_l_view_test(L, -1, &ch_lua_pod_type);
        if (claim)
            l_add_claim(L, domains, (const struct ch_lua_claim *)claim, (uint32_t)i);
        else if (pod)
            add(domains, node_of(ch_lua_vm_of(L)->cycle, pod->object), 1, 0);
        else
            luaL_error(L, "claims or pods expected in the array, got a %s",
                       ch_lua_value_name(L, -1));
        lua_pop(L, 1);
        ch_l_charge(L, 2);
    }
}

/* count_by(what, key): table from domain to number, of nodes, of claims or pods, or the sums of a
 * vector; every domain of the cluster is in it. */
int
ch_l_count_by(lua_State *L)
{
    struct domains domains = {0};
    const struct ch_lua_view *set, *vector;

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    luaL_checkstring(L, 3);
    lua_settop(L, 3);
    l_domains(L, lua_tostring(L, 3), &domains);
    set = ch_l_view_test(L, 2, &ch_lua_set_type);
    vector = ch_l_view_test(L, 2, &ch_lua_vector_type);
    if (set)
        add_set(&domains, set->object, 0);
    else if (vector)
        add_vector(&domains, (const struct ch_lua_vector *)vector);
    else if (lua_type(L, 2) == LUA_TTABLE)
        l_add_array(L, &domains, 2);
    else
        return luaL_argerror(L, 2, "nodes, a vector, or an array of claims or pods expected");
    lua_createtable(L, 0, (int)domains.count);
    for (uint32_t i = 1; i <= domains.count; i++) {
        lua_rawgeti(L, domains.names, i);
        ch_l_vector_push_value(L, domains.sums[i]);
        lua_rawset(L, -3);
    }
    return 1;
}

/* domain(node, key): the nodes whose label has the same value; none when the node lacks it. */
int
ch_l_domain(lua_State *L)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const char *key = luaL_checkstring(L, 3), *value = NULL;
    struct chandra_nodeset *result;
    uint32_t index;

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    index = ch_l_node_arg(L, 2);
    ch_l_charge(L, chandra_cycle_capacity(vm->cycle));
    result = ch_l_set_new(L);
    if (index != CHANDRA_NODESET_END)
        value =
            chandra_object_label(chandra_node_object(chandra_cycle_node(vm->cycle, index)), key);
    for (uint32_t i = value ? chandra_nodeset_next(chandra_cycle_nodes(vm->cycle), 0)
                            : CHANDRA_NODESET_END;
         i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(chandra_cycle_nodes(vm->cycle), i + 1)) {
        const struct chandra_node *node = chandra_cycle_node(vm->cycle, i);
        const char *other = chandra_object_label(chandra_node_object(node), key);

        if (other && strcmp(other, value) == 0)
            chandra_nodeset_add(result, i);
    }
    return 1;
}

/* The counts at index 4: a vector, or a table from domain to number. */
static void
l_read_counts(lua_State *L, struct domains *domains)
{
    const struct ch_lua_view *vector = ch_l_view_test(L, 4, &ch_lua_vector_type);

    if (vector) {
        add_vector(domains, (const struct ch_lua_vector *)vector);
        return;
    }
    if (lua_type(L, 4) != LUA_TTABLE)
        luaL_argerror(L, 4, "a vector, or a table as from cx:count_by, expected");
    for (uint32_t i = 1; i <= domains->count; i++) {
        lua_rawgeti(L, domains->names, i);
        lua_rawget(L, 4);
        if (lua_type(L, -1) != LUA_TNUMBER && !lua_isnil(L, -1))
            luaL_error(L, "counts of domains must be numbers, got a %s", ch_lua_value_name(L, -1));
        if (!isfinite(lua_tonumber(L, -1)))
            luaL_error(L, "counts of domains must be finite numbers");
        domains->sums[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
}

/* Scores from 0 to 100 by the counts of the nodes' domains: 100 for the least, or the most. */
static int
l_score_domains(lua_State *L, bool prefers_least)
{
    struct domains domains = {0};
    struct ch_lua_vector *vector;
    const struct chandra_nodeset *nodes;
    double least = 0, most = 0;
    bool is_first = true;

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    lua_settop(L, 4);
    nodes = ch_l_set_check(L, 2);
    l_domains(L, luaL_checkstring(L, 3), &domains);
    l_read_counts(L, &domains);
    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const double sum = domains.sums[domains.of[i]];

        if (domains.of[i] == 0)
            continue;
        least = is_first || sum < least ? sum : least;
        most = is_first || sum > most ? sum : most;
        is_first = false;
    }
    vector = ch_l_vector_new(L);
    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const double sum = domains.sums[domains.of[i]];
        const double distance = prefers_least ? most - sum : sum - least;

        if (domains.of[i] != 0)
            vector->values[i] = most > least ? 100 * distance / (most - least) : 100;
    }
    return 1;
}

/* spread(nodes, key, counts): prefer domains with few. */
int
ch_l_spread(lua_State *L)
{
    return l_score_domains(L, true);
}

/* pack(nodes, key, counts): prefer domains with many. */
int
ch_l_pack(lua_State *L)
{
    return l_score_domains(L, false);
}
