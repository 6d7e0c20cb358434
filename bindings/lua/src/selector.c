/* selector.c - a Lua table as a v1.NodeSelector: either one in the API's spelling, or plain labels.
 *
 * The document is not known to Lua, so nothing here may raise: only raw reads of tables.
 */
#include "vm.h"

#include <chandra/doc.h>
#include <string.h>

#define MAX_DEPTH 12

struct conversion {
    lua_State *L;
    struct chandra_doc *doc;
    struct chandra_error *err;
    enum chandra_status status;
};

static struct chandra_value *
fail(struct conversion *c, enum chandra_status status, const char *text, const char *name)
{
    if (c->status == CHANDRA_OK)
        c->status = chandra_error_set(c->err, status, "%s%s", text, name);
    return NULL;
}

static struct chandra_value *
checked(struct conversion *c, struct chandra_value *value)
{
    return value ? value : fail(c, CHANDRA_ENOMEM, "out of memory", "");
}

static struct chandra_value *convert(struct conversion *c, int index, int depth);

static struct chandra_value *
convert_array(struct conversion *c, int index, int depth)
{
    const size_t count = lua_rawlen(c->L, index);
    struct chandra_value *array = checked(c, chandra_value_new_array(c->doc));

    for (size_t i = 1; array && i <= count; i++) {
        struct chandra_value *element;

        lua_rawgeti(c->L, index, (lua_Integer)i);
        element = convert(c, lua_gettop(c->L), depth + 1);
        lua_pop(c->L, 1);
        if (!element)
            return NULL;
        if (!chandra_value_append(array, element))
            return fail(c, CHANDRA_ENOMEM, "out of memory", "");
    }
    return array;
}

/* An empty table does not tell whether it is an array; these fields of a selector are. */
static bool
is_empty_array(lua_State *L, const char *field, int index)
{
    static const char *const arrays[] = {"nodeSelectorTerms", "matchExpressions", "matchFields",
                                         "values"};

    if (lua_type(L, index) != LUA_TTABLE)
        return false;
    lua_pushnil(L);
    if (lua_next(L, index)) {
        lua_pop(L, 2);
        return false;
    }
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        if (strcmp(field, arrays[i]) == 0)
            return true;
    return false;
}

static struct chandra_value *
convert_object(struct conversion *c, int index, int depth)
{
    struct chandra_value *object = checked(c, chandra_value_new_object(c->doc));

    if (!object)
        return NULL;
    lua_pushnil(c->L);
    while (lua_next(c->L, index)) {
        struct chandra_value *member;

        if (lua_type(c->L, -2) != LUA_TSTRING) {
            lua_pop(c->L, 2);
            return fail(c, CHANDRA_EINVAL, "selector: keys must be strings", "");
        }
        if (is_empty_array(c->L, lua_tostring(c->L, -2), lua_gettop(c->L)))
            member = checked(c, chandra_value_new_array(c->doc));
        else
            member = convert(c, lua_gettop(c->L), depth + 1);
        if (member && !chandra_value_set(object, lua_tostring(c->L, -2), member))
            member = fail(c, CHANDRA_ENOMEM, "out of memory", "");
        lua_pop(c->L, member ? 1 : 2);
        if (!member)
            return NULL;
    }
    return object;
}

static struct chandra_value *
convert(struct conversion *c, int index, int depth)
{
    if (depth > MAX_DEPTH || !lua_checkstack(c->L, 4))
        return fail(c, CHANDRA_EINVAL, "selector: nested too deep", "");
    switch (lua_type(c->L, index)) {
    case LUA_TSTRING:
        return checked(c, chandra_value_new_string(c->doc, lua_tostring(c->L, index)));
    case LUA_TTABLE:
        return lua_rawlen(c->L, index) > 0 ? convert_array(c, index, depth)
                                           : convert_object(c, index, depth);
    default:
        return fail(c, CHANDRA_EINVAL, "selector: strings and tables only, got a ",
                    lua_typename(c->L, lua_type(c->L, index)));
    }
}

/* Append {key: NAME, operator: In, values: [VALUE]}, of the strings at the top of the stack. */
static bool
append_label(struct conversion *c, struct chandra_value *expressions)
{
    struct chandra_doc *doc = c->doc;
    struct chandra_value *expression = chandra_value_new_object(doc);
    struct chandra_value *values = chandra_value_new_array(doc);
    struct chandra_value *name = chandra_value_new_string(doc, lua_tostring(c->L, -2));
    struct chandra_value *value = chandra_value_new_string(doc, lua_tostring(c->L, -1));

    return expression && values && chandra_value_append(values, value) &&
           chandra_value_set(expression, "key", name) &&
           chandra_value_set(expression, "operator", chandra_value_new_string(doc, "In")) &&
           chandra_value_set(expression, "values", values) &&
           chandra_value_append(expressions, expression);
}

/* {key = value, ...} as the one term that asks for all of them. */
static struct chandra_value *
convert_labels(struct conversion *c, int index)
{
    struct chandra_value *selector = chandra_value_new_object(c->doc);
    struct chandra_value *terms = chandra_value_new_array(c->doc);
    struct chandra_value *term = chandra_value_new_object(c->doc);
    struct chandra_value *expressions = chandra_value_new_array(c->doc);
    bool is_fine = selector && terms && term && expressions;

    lua_pushnil(c->L);
    while (lua_next(c->L, index)) {
        if (lua_type(c->L, -2) != LUA_TSTRING || lua_type(c->L, -1) != LUA_TSTRING) {
            lua_pop(c->L, 2);
            return fail(c, CHANDRA_EINVAL, "labels: names and values must be strings", "");
        }
        is_fine = is_fine && append_label(c, expressions);
        lua_pop(c->L, 1);
    }
    is_fine = is_fine && chandra_value_set(term, "matchExpressions", expressions) &&
              chandra_value_append(terms, term) &&
              chandra_value_set(selector, "nodeSelectorTerms", terms);
    return is_fine ? selector : fail(c, CHANDRA_ENOMEM, "out of memory", "");
}

/* Whether the table has the field of a v1.NodeSelector. */
static bool
is_selector(lua_State *L, int index)
{
    bool is_found = false;

    lua_pushnil(L);
    while (!is_found && lua_next(L, index)) {
        is_found =
            lua_type(L, -2) == LUA_TSTRING && strcmp(lua_tostring(L, -2), "nodeSelectorTerms") == 0;
        lua_pop(L, is_found ? 2 : 1);
    }
    return is_found;
}

enum chandra_status
ch_lua_selector(lua_State *L, int index, struct chandra_doc **out_doc, struct chandra_error *err)
{
    struct conversion c = {.L = L, .err = err};
    const int top = lua_gettop(L);
    struct chandra_value *root;

    c.status = chandra_doc_new(&c.doc, err);
    if (c.status != CHANDRA_OK)
        return c.status;
    if (!lua_checkstack(L, 8))
        root = fail(&c, CHANDRA_ENOMEM, "out of memory", "");
    else
        root = is_selector(L, index) ? convert(&c, index, 0) : convert_labels(&c, index);
    lua_settop(L, top);
    if (root && !chandra_doc_add_root(c.doc, root))
        fail(&c, CHANDRA_ENOMEM, "out of memory", "");
    if (c.status == CHANDRA_OK)
        *out_doc = c.doc;
    else
        chandra_doc_free(c.doc);
    return c.status;
}
