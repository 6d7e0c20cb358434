/* view.h - read-only userdata over the objects of a cycle.
 *
 * Every full userdata of a VM begins with a struct ch_lua_view, so one look at `type` tells what it
 * is. A view belongs to one call of one hook: afterwards every use of it raises.
 */
#ifndef CH_LUA_VIEW_H
#define CH_LUA_VIEW_H

#include "vm.h"

#include <chandra/nodeset.h>
#include <chandra/object.h>

struct ch_lua_view;

/* Push the value of one field; [-0, +1]. */
typedef void (*ch_lua_push_fn)(lua_State *L, const struct ch_lua_view *view);

struct ch_lua_field {
    const char *name;
    ch_lua_push_fn push;
    int slot; /* user value that keeps the pushed value, or 0 */
};

struct ch_lua_type {
    enum ch_lua_type_id id;
    int slots;
    const char *name;  /* for people: "claim" */
    const char *entry; /* its name in the reference; NULL: the same */
    const struct ch_lua_field
        *fields;                 /* ends with a NULL name; NULL when the type has its own index */
    const luaL_Reg *methods;     /* ends with a NULL name; or NULL */
    const luaL_Reg *metamethods; /* ends with a NULL name; or NULL */
    lua_CFunction pairs; /* what pairs() does: (view) -> iterator, state, control; or NULL */
};

struct ch_lua_view {
    const struct ch_lua_type *type;
    const void *object; /* what it shows; a set's bits */
    uint32_t call;
    uint32_t index; /* of the node or the claim; CH_LUA_NO_INDEX for others */
};
#define CH_LUA_NO_INDEX UINT32_MAX
#define CH_LUA_EVERY_CALL UINT32_MAX /* `call` of values, which show nothing of a cycle */

/* A claim also knows where it is available when it is not one of the pod's. */
struct ch_lua_claim {
    struct ch_lua_view view;
    const struct chandra_nodeset *available_on; /* of the pod's own; NULL for others */
    size_t found;                               /* of others: which of what was found */
};

/* A number for each node of the cycle. */
struct ch_lua_vector {
    struct ch_lua_view view;
    uint32_t capacity;
    double values[];
};

/* A list of the API, shown as a sequence. */
struct ch_lua_list {
    struct ch_lua_view view;
    size_t count;
    void (*push)(lua_State *L, const struct ch_lua_view *list, size_t index); /* from 0; [+1] */
};

extern const struct ch_lua_type ch_lua_cx_type;
extern const struct ch_lua_type ch_lua_set_type;
extern const struct ch_lua_type ch_lua_vector_type;
extern const struct ch_lua_type ch_lua_node_type;
extern const struct ch_lua_type ch_lua_node_metadata_type;
extern const struct ch_lua_type ch_lua_claim_type;
extern const struct ch_lua_type ch_lua_claim_spec_type;
extern const struct ch_lua_type ch_lua_claim_status_type;
extern const struct ch_lua_type ch_lua_allocation_type;
extern const struct ch_lua_type ch_lua_user_type;
extern const struct ch_lua_type ch_lua_class_type;
extern const struct ch_lua_type ch_lua_pod_type;
extern const struct ch_lua_type ch_lua_pod_spec_type;
extern const struct ch_lua_type ch_lua_pod_status_type;
extern const struct ch_lua_type ch_lua_context_type;
extern const struct ch_lua_type ch_lua_context_spec_type;
extern const struct ch_lua_type ch_lua_metadata_type;
extern const struct ch_lua_type ch_lua_labels_type;
extern const struct ch_lua_type ch_lua_annotations_type;
extern const struct ch_lua_type ch_lua_list_type;
extern const struct ch_lua_type ch_lua_quantity_type;
extern const struct ch_lua_type ch_lua_version_type;
extern const struct ch_lua_type ch_lua_value_set_type;

/* By enum ch_lua_type_id. */
extern const struct ch_lua_type *const ch_lua_types[CH_LUA_TYPE_COUNT];

/* A new userdata of `size` bytes that begins with a view of this call; [-0, +1]. */
struct ch_lua_view *ch_l_view_new(lua_State *L, const struct ch_lua_type *type, size_t size);
/* A new plain view; [-0, +1]. */
struct ch_lua_view *ch_l_view_push(lua_State *L, const struct ch_lua_type *type, const void *object,
                                   uint32_t index);
/* The same for a value, which may be kept: it is good for every call; [-0, +1]. */
struct ch_lua_view *ch_l_value_new(lua_State *L, const struct ch_lua_type *type, size_t size);
/* The view at `arg` if it is of the type; NULL otherwise, and when it is no view at all. Raises for
 * a view of an earlier call. */
struct ch_lua_view *ch_l_view_test(lua_State *L, int arg, const struct ch_lua_type *type);
/* The same, but raises "bad argument" in place of NULL. */
struct ch_lua_view *ch_l_view_check(lua_State *L, int arg, const struct ch_lua_type *type);
/* Raise unless the view belongs to the present call. */
void ch_l_view_check_call(lua_State *L, const struct ch_lua_view *view);
/* Raise "WHAT 'x'; did you mean 'y'?". `names` is NULL-terminated. */
int ch_l_unknown(lua_State *L, const char *what, const char *name, const char *const *names);
/* Every name that a view of the type answers to, NULL-terminated, at most `size` of them. */
void ch_lua_type_names(const struct ch_lua_type *type, const char **names, size_t size);
/* What to call the value at `arg` in messages: the view's type or Lua's. */
const char *ch_lua_value_name(lua_State *L, int arg);

/* view_node.c: the view of a node; one for each index. */
void ch_l_node_push(lua_State *L, uint32_t index);
/* The same for loops: push the table of views once, then ask with its index. */
int ch_l_node_views(lua_State *L);
void ch_l_node_push_from(lua_State *L, int views, uint32_t index);
/* The index of a node given as a view or as a name; CHANDRA_NODESET_END for an unknown name. */
uint32_t ch_l_node_arg(lua_State *L, int arg);

/* view_claim.c */
void ch_l_claim_push(lua_State *L, size_t index);
void ch_l_claim_push_found(lua_State *L, size_t found);
/* view_*.c */
void ch_l_pod_push(lua_State *L, const struct chandra_pod *pod);
void ch_l_class_push(lua_State *L, const struct chandra_class *klass, uint32_t claim);
void ch_l_context_push(lua_State *L, const struct chandra_context *context);
void ch_l_list_push(lua_State *L, const void *object, size_t count,
                    void (*push)(lua_State *, const struct ch_lua_view *, size_t));

/* Fields that all objects have, by their struct chandra_object; view_metadata.c. */
void ch_l_push_object_metadata(lua_State *L, const struct chandra_object *object);
void ch_l_push_object_labels(lua_State *L, const struct chandra_object *object);
void ch_l_push_object_annotations(lua_State *L, const struct chandra_object *object);
int ch_l_string_or_nil(lua_State *L, const char *text); /* nil for NULL and "" */
int ch_l_time_or_nil(lua_State *L, int64_t seconds);    /* nil for 0 */

/* nodeset.c */
/* A new empty set of this call; [-0, +1]. */
struct chandra_nodeset *ch_l_set_new(lua_State *L);
/* A view of a set that lives until the call ends; [-0, +1]. */
void ch_l_set_borrow(lua_State *L, const struct chandra_nodeset *set);
const struct chandra_nodeset *ch_l_set_check(lua_State *L, int arg);
/* A set, or a function of a node (then the members of `among` for which it holds); replaces the
 * argument by the set. */
const struct chandra_nodeset *ch_l_set_or_where(lua_State *L, int arg,
                                                const struct chandra_nodeset *among);
/* Push an array of the nodes of the set at `arg`, in order of names; returns how many. */
uint32_t ch_l_set_array(lua_State *L, int arg);
/* vector.c: all zero; [-0, +1]. */
struct ch_lua_vector *ch_l_vector_new(lua_State *L);
/* Push a number as vectors show it: an integer where it is one. */
int ch_l_vector_push_value(lua_State *L, double value);
/* cx.c: what hooks get first; one and the same in all calls, and good when a call has got it, since
 * it shows no object but what the call works for; [-0, +1]. */
void ch_l_cx_push(lua_State *L);
/* find.c: a set of where a claim that was found is available; [-0, +1]. Methods of cx. */
void ch_l_found_set(lua_State *L, const struct ch_lua_found *found);
int ch_l_find_claims(lua_State *L);
int ch_l_find_pods(lua_State *L);
int ch_l_claims_on(lua_State *L);
/* The pods that the query at index 2 asks for, behind all that was found before, and an empty table
 * for them; returns how many. [-0, +1] */
size_t ch_l_collect_pods(lua_State *L);
/* Raise for a field of the query, the table at index 2, that is not in `names`, which ends with
 * NULL; later fields on the stack are dropped. */
void ch_l_check_query(lua_State *L, const char *const *names);
/* The string in field `name` of the query, which stays on the stack; NULL when nil. */
const char *ch_l_query_string(lua_State *L, const char *name);
/* count.c: how many of what each node has, and how that spreads over domains. Methods of cx. */
int ch_l_count_claims(lua_State *L);
int ch_l_count_pods(lua_State *L);
int ch_l_count_by(lua_State *L);
int ch_l_domain(lua_State *L);
int ch_l_spread(lua_State *L);
int ch_l_pack(lua_State *L);
/* log.c: lines for the host's log, and notes for people. */
int ch_l_print(lua_State *L);
int ch_l_log(lua_State *L);
int ch_l_note(lua_State *L);

#endif
