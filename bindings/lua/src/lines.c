/* lines.c - the lines of a policy that can be executed, for coverage.
 *
 * Lua tells them of a function only once it exists, so a function that is never made would look as
 * if it had none. The compiled chunk, as lua_dump() writes it (ldump.c of Lua 5.4), has them all.
 */
#include "vm.h"

#include <chandra/sys/base.h>
#include <string.h>

/* What ldump.c writes before the first function: "\x1bLua", version, format, check bytes, three
 * sizes, an integer and a number, the number of upvalues. */
#define HEADER_SIZE (4 + 1 + 1 + 6 + 3 + 8 + 8 + 1)
#define NOT_IN_LINEINFO (-0x80) /* the line is in the list of absolute ones */

struct dump {
    unsigned char *bytes;
    size_t len, size;
    size_t at; /* of the reader */
    bool is_bad;
};

struct lines {
    struct dump dump;
    unsigned char *is_active; /* by line, from 1 */
    size_t count;
};

static int
append(lua_State *L, const void *bytes, size_t len, void *user)
{
    struct dump *dump = user;

    (void)L;
    if (dump->len + len > dump->size) {
        const size_t size = (dump->len + len) * 2;
        unsigned char *grown = chandra_realloc(dump->bytes, size);

        if (!grown)
            return 1;
        dump->bytes = grown;
        dump->size = size;
    }
    memcpy(dump->bytes + dump->len, bytes, len);
    dump->len += len;
    return 0;
}

static size_t
skip(struct dump *dump, size_t count, size_t element)
{
    const size_t start = dump->at;

    if (count > (dump->len - dump->at) / element)
        dump->is_bad = true;
    else
        dump->at += count * element;
    return start;
}

static unsigned
read_byte(struct dump *dump)
{
    const size_t at = skip(dump, 1, 1);

    return dump->is_bad ? 0 : dump->bytes[at];
}

/* Seven bits a byte, the most significant first; the last byte has its top bit set. */
static size_t
read_size(struct dump *dump)
{
    size_t value = 0;
    unsigned byte;

    do {
        byte = read_byte(dump);
        value = value << 7 | (byte & 0x7F);
    } while (!dump->is_bad && !(byte & 0x80));
    return value;
}

static void
skip_string(struct dump *dump)
{
    const size_t size = read_size(dump); /* 0: none; else one more than its length */

    if (size > 1)
        skip(dump, size - 1, 1);
}

static void
skip_constants(struct dump *dump)
{
    for (size_t left = read_size(dump); left > 0 && !dump->is_bad; left--)
        switch (read_byte(dump)) {
        case LUA_TNUMBER:      /* an integer */
        case LUA_TNUMBER | 16: /* a float */
            skip(dump, 1, 8);
            break;
        case LUA_TSTRING:      /* a short one */
        case LUA_TSTRING | 16: /* a long one */
            skip_string(dump);
            break;
        default:
            break;
        }
}

/* Mark the lines of a function's instructions. Not that of the last one: it is the return that
 * every function ends with, most often behind one of its own. Nor that of the first of a function
 * with "...", which is its preparation. */
static void
mark_lines(struct lines *lines, size_t line, bool is_vararg)
{
    struct dump *dump = &lines->dump;
    const size_t count = read_size(dump);
    const size_t start = skip(dump, count, 1);
    size_t absolute = read_size(dump);

    for (size_t pc = 0; pc < count && !dump->is_bad; pc++) {
        const int byte = dump->bytes[start + pc];
        const int step = byte < 128 ? byte : byte - 256;

        if (step == NOT_IN_LINEINFO && absolute > 0) {
            read_size(dump); /* the instruction: they come in order */
            line = read_size(dump);
            absolute--;
        } else {
            line += (size_t)step;
        }
        if ((pc > 0 || !is_vararg) && pc + 1 < count && line < lines->count)
            lines->is_active[line] = 1;
    }
}

static void
read_function(struct lines *lines)
{
    struct dump *dump = &lines->dump;
    size_t line;
    bool is_vararg;

    skip_string(dump); /* the source */
    line = read_size(dump);
    read_size(dump); /* its last line */
    skip(dump, 1, 1);
    is_vararg = read_byte(dump) != 0;
    skip(dump, 1, 1);
    skip(dump, read_size(dump), 4); /* instructions */
    skip_constants(dump);
    skip(dump, read_size(dump), 3); /* upvalues */
    for (size_t left = read_size(dump); left > 0 && !dump->is_bad; left--)
        read_function(lines);
    mark_lines(lines, line, is_vararg);
    for (size_t left = read_size(dump); left > 0 && !dump->is_bad; left--) {
        skip_string(dump); /* a local variable */
        read_size(dump);
        read_size(dump);
    }
    for (size_t left = read_size(dump); left > 0 && !dump->is_bad; left--)
        skip_string(dump); /* the name of an upvalue */
}

static int
l_compile(lua_State *L)
{
    const struct chandra_lua_source *source = lua_touserdata(L, 1);
    struct lines *lines = lua_touserdata(L, 2);

    if (luaL_loadbufferx(L, source->text, source->len, "=policy", "t") != LUA_OK)
        return lua_error(L);
    if (lua_dump(L, append, &lines->dump, 0) != 0)
        return luaL_error(L, "out of memory");
    return 0;
}

/* lua_Alloc without a limit: a text of a policy's size needs little. */
static void *
allocate(void *user, void *block, size_t old_size, size_t new_size)
{
    (void)user;
    (void)old_size;
    if (new_size > 0)
        return chandra_realloc(block, new_size);
    chandra_free(block);
    return NULL;
}

static enum chandra_status
compile(const struct chandra_lua_source *source, struct lines *lines, struct chandra_error *err)
{
    lua_State *L = lua_newstate(allocate, NULL);
    struct chandra_lua_source copy = *source;
    enum chandra_status st = CHANDRA_OK;

    if (!L)
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", source->name);
    lua_pushcfunction(L, l_compile);
    lua_pushlightuserdata(L, &copy);
    lua_pushlightuserdata(L, lines);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK)
        st = chandra_error_set(err, CHANDRA_ESCRIPT, "%s: %s", source->name,
                               lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?");
    lua_close(L);
    return st;
}

/* Whether the line only closes what others began: it holds nothing but "end" and punctuation. Its
 * instructions belong to what it closes. */
static bool
is_closing(const char *p, const char *end)
{
    while (p < end)
        if (end - p >= 3 && memcmp(p, "end", 3) == 0)
            p += 3;
        else if (strchr(" \t\r)}],;", *p))
            p++;
        else
            return p + 1 < end && p[0] == '-' && p[1] == '-';
    return true;
}

static void
tell(const struct chandra_lua_source *source, const struct lines *lines, chandra_lua_line_fn fn,
     void *user)
{
    const char *p = source->text, *end = source->text + source->len;

    for (size_t line = 1; line < lines->count && p < end; line++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;

        if (lines->is_active[line] && !is_closing(p, stop))
            fn(user, (unsigned)line);
        p = stop + 1;
    }
}

enum chandra_status
chandra_lua_active_lines(const struct chandra_lua_source *source, chandra_lua_line_fn fn,
                         void *user, struct chandra_error *err)
{
    struct lines lines = {.count = 2};
    enum chandra_status st;

    for (size_t i = 0; i < source->len; i++)
        lines.count += source->text[i] == '\n';
    lines.is_active = chandra_realloc(NULL, lines.count);
    if (!lines.is_active)
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", source->name);
    memset(lines.is_active, 0, lines.count);
    st = compile(source, &lines, err);
    lines.dump.at = HEADER_SIZE;
    if (st == CHANDRA_OK)
        read_function(&lines);
    if (st == CHANDRA_OK && lines.dump.is_bad)
        st = chandra_error_set(err, CHANDRA_EUNSUPPORTED, "%s: unknown form of compiled Lua",
                               source->name);
    if (st == CHANDRA_OK)
        tell(source, &lines, fn, user);
    chandra_free(lines.dump.bytes);
    chandra_free(lines.is_active);
    return st;
}
