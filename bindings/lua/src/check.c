/* check.c - everything that can be said about a policy without an engine. */
#include "scan.h"
#include "source.h"

#include <chandra/doc.h>
#include <stdlib.h>
#include <string.h>

/* A name that is looked up for each other name: past this, a text is too large to be looked at so.
 */
#define MAX_TOKENS 20000

struct check {
    const char *file;
    chandra_lua_finding_fn fn;
    void *user;
    size_t count;
    bool has_line[4096]; /* with a finding of the scan: loading does not repeat it */
};

static void
find(void *user, unsigned line, const char *message)
{
    struct check *check = user;

    check->count++;
    if (line < 4096)
        check->has_line[line] = true;
    if (check->fn)
        check->fn(check->user, check->file, line, message);
}

/* Take "FILE:LINE: text" apart and report it, unless the scan has already said so for that line. */
static void
find_failure(struct check *check, const struct chandra_error *failure)
{
    const char *p = failure->message;
    const size_t len = strlen(check->file);
    unsigned line = 0;
    char *end;

    if (strncmp(p, check->file, len) == 0 && p[len] == ':') {
        const unsigned long number = strtoul(p + len + 1, &end, 10);

        if (end > p + len + 1 && *end == ':') {
            line = (unsigned)number;
            p = end;
        } else {
            p += len;
        }
        p += p[0] == ':' && p[1] == ' ' ? 2 : 1;
    }
    if (line > 0 && line < 4096 && check->has_line[line])
        return;
    find(check, line > 0 ? line : 1, p); /* what has no place is of the file as a whole */
}

static enum chandra_status
scan_text(struct check *check, const struct ch_lua_member *member, struct chandra_error *err)
{
    struct ch_lua_token *tokens;
    size_t count;

    if (!ch_lua_tokenize(member->text, member->len, &tokens, &count))
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", check->file);
    if (count <= MAX_TOKENS)
        ch_lua_scan(tokens, count, find, check);
    chandra_free(tokens);
    return CHANDRA_OK;
}

static enum chandra_status
load_text(struct check *check, const struct ch_lua_member *member, struct chandra_error *err)
{
    const struct ch_lua_settings settings = {
        .memory = (size_t)16 * 1024 * 1024, .steps = 2000000, .timeout_ms = 1000};
    struct chandra_error failure;
    struct ch_lua_vm *vm;
    enum chandra_status st = ch_lua_vm_new(member, 1, &settings, NULL, &vm, &failure);

    if (st == CHANDRA_OK)
        ch_lua_vm_free(vm);
    else if (st == CHANDRA_ENOMEM)
        return chandra_error_set(err, st, "%s", failure.message);
    else
        find_failure(check, &failure);
    return CHANDRA_OK;
}

enum chandra_status
chandra_lua_check(const struct chandra_lua_source *source, chandra_lua_finding_fn fn, void *user,
                  size_t *out_findings, struct chandra_error *err)
{
    struct check check = {.file = source->name, .fn = fn, .user = user};
    struct ch_lua_member member = {0};
    struct chandra_error failure;
    enum chandra_status st = ch_lua_member_init(&member, source, &failure);

    if (member.file)
        check.file = member.file;
    if (st == CHANDRA_ENOMEM) {
        chandra_error_set(err, st, "%s", failure.message);
    } else {
        if (st != CHANDRA_OK)
            find_failure(&check, &failure);
        st = CHANDRA_OK;
        if (member.text)
            st = scan_text(&check, &member, err);
        if (st == CHANDRA_OK && member.text)
            st = load_text(&check, &member, err);
    }
    ch_lua_member_clear(&member);
    if (st == CHANDRA_OK)
        *out_findings = check.count;
    return st;
}
