/* error.c - turn what a policy raised into one line: file, line, hook, claim, and the source.
 *
 * The result reads "FILE:LINE: text (hook H, claim NS/NAME, policy P): source line".
 */
#include "view.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void
ch_lua_place(lua_State *L, char *text, size_t size)
{
    lua_Debug frame;

    text[0] = '\0';
    for (int level = 0; lua_getstack(L, level, &frame); level++)
        if (lua_getinfo(L, "Sl", &frame) && frame.currentline > 0) {
            snprintf(text, size, "%s:%d: ", frame.short_src, frame.currentline);
            return;
        }
}

/* The member whose chunk name, then ":LINE:", begins the message; *out_rest is what follows. */
static const struct ch_lua_member *
split_message(const struct ch_lua_vm *vm, const char *message, unsigned *out_line,
              const char **out_rest)
{
    for (size_t i = 0; i < vm->member_count; i++) {
        const struct ch_lua_member *member = &vm->members[i];
        const size_t len = strlen(member->chunk);
        const char *p = message + len;
        unsigned line = 0;

        if (strncmp(message, member->chunk, len) != 0 || *p++ != ':')
            continue;
        while (*p >= '0' && *p <= '9' && line < 100000000)
            line = line * 10 + (unsigned)(*p++ - '0');
        if (*p != ':' || line == 0)
            continue;
        *out_line = line;
        *out_rest = p[1] == ' ' ? p + 2 : p + 1;
        return member;
    }
    *out_line = 0;
    *out_rest = message;
    return NULL;
}

int
ch_l_message(lua_State *L)
{
    char place[80];
    unsigned line;
    const char *rest;

    if (lua_type(L, 1) == LUA_TNUMBER)
        lua_tostring(L, 1);
    if (lua_type(L, 1) != LUA_TSTRING) {
        lua_pushfstring(L, "error object is a %s value, not a message", ch_lua_value_name(L, 1));
        lua_replace(L, 1);
    }
    lua_settop(L, 1);
    if (split_message(ch_lua_vm_of(L), lua_tostring(L, 1), &line, &rest))
        return 1;
    ch_lua_place(L, place, sizeof(place));
    lua_pushstring(L, place);
    lua_insert(L, 1);
    lua_concat(L, 2);
    return 1;
}

/* Whether the first two bytes begin a longer form than needed, a surrogate, or no character. */
static bool
is_outside_utf8(const unsigned char *p)
{
    switch (p[0]) {
    case 0xE0:
        return p[1] < 0xA0;
    case 0xED:
        return p[1] >= 0xA0;
    case 0xF0:
        return p[1] < 0x90;
    case 0xF4:
        return p[1] >= 0x90;
    default:
        return p[0] > 0xF4;
    }
}

/* Bytes of the UTF-8 character at `p`, 0 if it is none. */
static size_t
utf8_length(const unsigned char *p)
{
    const size_t len = *p < 0x80 ? 1 : *p < 0xC2 ? 0 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : 4;

    if (len > 1 && is_outside_utf8(p))
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

void
ch_lua_clean_text(char *text)
{
    unsigned char *p = (unsigned char *)text;

    while (*p) {
        const size_t len = utf8_length(p);

        if (len == 0)
            *p = '?';
        else if (*p < 0x20 || *p == 0x7F)
            *p = ' ';
        p += len ? len : 1;
    }
}

/* Copy line `number` of the text without the space around it. */
static void
source_line(const struct ch_lua_member *member, unsigned number, char *line, size_t size)
{
    const char *p = member->text;
    const char *end = member->text + member->len;
    const char *stop;
    size_t len;

    line[0] = '\0';
    for (unsigned i = 1; p && i < number; i++) {
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    if (!p)
        return;
    stop = memchr(p, '\n', (size_t)(end - p));
    if (!stop)
        stop = end;
    while (p < stop && isspace((unsigned char)*p))
        p++;
    while (stop > p && isspace((unsigned char)stop[-1]))
        stop--;
    len = (size_t)(stop - p) < size ? (size_t)(stop - p) : size - 1;
    memcpy(line, p, len);
    line[len] = '\0';
}

void
ch_lua_describe_call(const struct ch_lua_vm *vm, char *text, size_t size)
{
    /* A header that is wrong leaves the name empty. */
    const char *policy = vm->member && *vm->member->name ? vm->member->name : "?";
    const struct chandra_claim *claim =
        vm->claim == CH_LUA_NO_CLAIM ? NULL : chandra_cycle_claim(vm->cycle, vm->claim);
    const struct chandra_object *object = claim ? chandra_claim_object(claim) : NULL;

    if (vm->hook == CH_LUA_HOOK_COUNT)
        snprintf(text, size, "policy %s", policy);
    else if (object)
        snprintf(text, size, "hook %s, claim %s/%s, policy %s", ch_lua_hook_names[vm->hook],
                 chandra_object_namespace(object), chandra_object_name(object), policy);
    else
        snprintf(text, size, "hook %s, policy %s", ch_lua_hook_names[vm->hook], policy);
}

bool
ch_lua_is_memory(const struct ch_lua_vm *vm, int rc, const char *message)
{
    return rc == LUA_ERRMEM || vm->failure == CH_LUA_OUT_OF_MEMORY ||
           (vm->is_refused && message && strstr(message, "not enough memory"));
}

enum chandra_status
ch_lua_failure_text(const struct ch_lua_vm *vm, int rc, const char *message, char *text,
                    size_t size)
{
    text[0] = '\0';
    if (ch_lua_is_memory(vm, rc, message)) {
        if (vm->is_deep)
            snprintf(text, size, "stack overflow: endless recursion, over the limit of %zu bytes",
                     vm->settings.memory);
        else if (vm->is_refused)
            snprintf(text, size, "over the limit of %zu bytes of memory, or of %zu for one string",
                     vm->settings.memory, CH_LUA_MAX_STRING);
        else
            snprintf(text, size, "out of memory");
        return vm->is_deep || vm->is_refused ? CHANDRA_EBUDGET : CHANDRA_ENOMEM;
    }
    if (vm->failure == CH_LUA_OUT_OF_STEPS) {
        snprintf(text, size, "over the limit of %llu instructions for a call",
                 (unsigned long long)vm->settings.steps);
        return CHANDRA_EBUDGET;
    }
    if (vm->failure == CH_LUA_OUT_OF_TIME) {
        snprintf(text, size, "over the limit of %lld ms for a call",
                 (long long)vm->settings.timeout_ms);
        return CHANDRA_EBUDGET;
    }
    if (vm->failure == CH_LUA_INTERRUPTED) {
        snprintf(text, size, "interrupted");
        return CHANDRA_ECANCELED;
    }
    return CHANDRA_ESCRIPT;
}

enum chandra_status
ch_lua_error_report(struct ch_lua_vm *vm, int rc, struct chandra_error *err)
{
    const char *message = lua_type(vm->L, -1) == LUA_TSTRING ? lua_tostring(vm->L, -1) : "?";
    char text[128], call[512], source[160] = "", place[300];
    const char *file = vm->member ? vm->member->file : "policy";
    const struct ch_lua_member *member;
    const char *rest;
    unsigned line;
    enum chandra_status st = ch_lua_failure_text(vm, rc, message, text, sizeof(text));

    member = split_message(vm, st == CHANDRA_ESCRIPT ? message : vm->place, &line, &rest);
    if (member) {
        source_line(member, line, source, sizeof(source));
        snprintf(place, sizeof(place), "%.*s:%u", (int)sizeof(place) - 16, member->file, line);
    } else {
        snprintf(place, sizeof(place), "%s", file);
    }
    ch_lua_describe_call(vm, call, sizeof(call));
    chandra_error_set(err, st, "%s: %.400s (%s)%s%s", place, text[0] ? text : rest, call,
                      source[0] ? ": " : "", source);
    if (err)
        ch_lua_clean_text(err->message);
    return st;
}
