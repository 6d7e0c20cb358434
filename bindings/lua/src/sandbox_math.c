/* sandbox_math.c - random numbers from the engine's seeded source; the rest of math is Lua's. */
#include "sandbox.h"

const char *const ch_lua_math_borrowed[] = {
    "abs",  "acos", "asin", "atan", "ceil",       "cos",  "deg",        "exp",  "floor",
    "fmod", "huge", "log",  "max",  "maxinteger", "min",  "mininteger", "modf", "pi",
    "rad",  "sin",  "sqrt", "tan",  "tointeger",  "type", "ult",        NULL};

/* random() in [0, 1), random(m) in 1..m, random(m, n) in m..n. */
static int
l_random(lua_State *L)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    lua_Integer low = 1, high;
    uint64_t span;

    if (!vm->cycle)
        return luaL_error(L, "math.random is for hooks, not for loading");
    if (lua_gettop(L) == 0) {
        lua_pushnumber(L, (double)ch_lua_random(vm, (uint64_t)1 << 53) * 0x1p-53);
        return 1;
    }
    high = luaL_checkinteger(L, 1);
    if (lua_gettop(L) >= 2) {
        low = high;
        high = luaL_checkinteger(L, 2);
    }
    luaL_argcheck(L, low <= high, lua_gettop(L) >= 2 ? 2 : 1, "interval is empty");
    span = (uint64_t)high - (uint64_t)low;
    luaL_argcheck(L, span < UINT64_MAX, 2, "interval is too large");
    span = (uint64_t)low + ch_lua_random(vm, span + 1);
    lua_pushinteger(L, (lua_Integer)span);
    return 1;
}

const luaL_Reg ch_lua_math_functions[] = {
    {"random", l_random},
    {NULL, NULL},
};
