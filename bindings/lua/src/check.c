/* check.c - everything that can be said about a policy without an engine. */
#include "scan.h"
#include "source.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name that is looked up for each other name: past this, a text is too large to be looked at so.
 */
#define MAX_TOKENS 20000

struct finding {
    const char *rule;
    unsigned line, column;
    size_t order;
    char message[sizeof(((struct chandra_error *)NULL)->message)];
};

struct check {
    const char *file;
    struct finding *findings;
    size_t count, capacity;
    bool is_out_of_memory;
};

static void
find(void *user, const char *rule, unsigned line, unsigned column, const char *message)
{
    struct check *check = user;
    struct finding *finding;

    if (check->count == check->capacity) {
        const size_t more = check->capacity * 2 + 16;
        struct finding *grown = chandra_realloc(check->findings, more * sizeof(*grown));

        check->is_out_of_memory = check->is_out_of_memory || !grown;
        if (!grown)
            return;
        check->findings = grown;
        check->capacity = more;
    }
    finding = &check->findings[check->count];
    *finding =
        (struct finding){.rule = rule, .line = line, .column = column, .order = check->count++};
    snprintf(finding->message, sizeof(finding->message), "%s", message);
}

/* Whether the scan has said already what loading failed for. */
static bool
is_known(const struct check *check, unsigned line, const char *message)
{
    for (size_t i = 0; i < check->count; i++) {
        const struct finding *finding = &check->findings[i];

        /* Loading adds the policy's name. */
        if (strncmp(finding->message, message, strlen(finding->message)) == 0 ||
            (finding->line == line && strcmp(finding->rule, "unused-local") != 0))
            return true;
    }
    return false;
}

/* Take "FILE:LINE: text" apart and report it, unless the scan has already said so for that line. */
static void
find_failure(struct check *check, const char *rule, const struct chandra_error *failure)
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
    /* What has no place is of the file as a whole. */
    if (!is_known(check, line, p))
        find(check, rule, line > 0 ? line : 1, 1, p);
}

static enum chandra_status
scan_text(struct check *check, const struct ch_lua_member *member, struct chandra_error *err)
{
    struct ch_lua_token *tokens;
    size_t count;

    if (!ch_lua_tokenize(member->text, member->len, &tokens, &count))
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", check->file);
    if (count <= MAX_TOKENS && !ch_lua_scan(tokens, count, find, check))
        check->is_out_of_memory = true;
    chandra_free(tokens);
    if (check->is_out_of_memory)
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", check->file);
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
        find_failure(check, "load", &failure);
    return CHANDRA_OK;
}

/* By place; of one place in the order in which they were found. */
static int
compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void
report(struct check *check, chandra_lua_finding_fn fn, void *user)
{
    if (check->count > 1)
        qsort(check->findings, check->count, sizeof(*check->findings), compare);
    for (size_t i = 0; fn && i < check->count; i++) {
        const struct finding *finding = &check->findings[i];
        const struct chandra_lua_finding told = {check->file, finding->line, finding->column,
                                                 finding->rule, finding->message};

        fn(user, &told);
    }
}

enum chandra_status
chandra_lua_check(const struct chandra_lua_source *source, chandra_lua_finding_fn fn, void *user,
                  size_t *out_findings, struct chandra_error *err)
{
    struct check check = {.file = source->name};
    struct ch_lua_member member = {0};
    struct chandra_error failure;
    enum chandra_status st = ch_lua_member_init(&member, source, &failure);

    if (member.file)
        check.file = member.file;
    if (st == CHANDRA_ENOMEM) {
        chandra_error_set(err, st, "%s", failure.message);
    } else {
        if (st != CHANDRA_OK)
            find_failure(&check, "header", &failure);
        st = CHANDRA_OK;
        if (member.text)
            st = scan_text(&check, &member, err);
        if (st == CHANDRA_OK && member.text)
            st = load_text(&check, &member, err);
        if (st == CHANDRA_OK && check.is_out_of_memory)
            st = chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", check.file);
    }
    if (st == CHANDRA_OK) {
        report(&check, fn, user);
        *out_findings = check.count;
    }
    chandra_free(check.findings);
    ch_lua_member_clear(&member);
    return st;
}
