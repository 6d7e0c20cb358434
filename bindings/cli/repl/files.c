/* files.c - the policy of a session: reads its files, and again when they change. */
#include "repl/session.h"

#include "paths.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

/* What the files hold, one after the other; of one that cannot be read, why. */
static char *
read_all(const char *const *paths, size_t count)
{
    char *all = NULL;
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        struct chandra_error err;
        char *text = NULL;
        size_t size = 0;
        char *grown;
        const bool is_read = cli_read(paths[i], &text, &size, &err) == CHANDRA_OK;
        const char *part = is_read ? text : err.message;
        if (!is_read)
            size = strlen(err.message);
        grown = chandra_realloc(all, len + size + 2);
        if (grown) {
            all = grown;
            memcpy(all + len, part, size);
            memcpy(all + len + size, "\n", 2);
            len += size + 1;
        }
        chandra_free(text);
    }
    return all;
}

static enum chandra_status
expand(struct paths *out_paths, const char *const *paths, size_t count, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < count; i++)
        st = paths_expand_policies(out_paths, paths[i], err);
    return st;
}

enum chandra_status
session_read_policy(struct session *session, const char *const *paths, size_t count,
                    struct chandra_policy **out_policy, struct chandra_error *err)
{
    struct paths files = {0};
    enum chandra_status st;

    if (count == 0)
        return chandra_lua_policy_load(chandra_lua_default(), 1, &session->lua, out_policy, err);
    st = expand(&files, paths, count, err);
    if (st == CHANDRA_OK)
        st = chandra_lua_policy_load_files((const char *const *)files.items, files.count,
                                           &session->lua, out_policy, err);
    paths_clear(&files);
    return st;
}

enum chandra_status
session_keep_files(struct session *session, const char *const *paths, size_t count,
                   struct chandra_error *err)
{
    struct paths files = {0};
    struct paths old = {session->files.paths, session->files.count};
    const enum chandra_status st = expand(&files, paths, count, err);

    if (st != CHANDRA_OK) {
        paths_clear(&files);
        return st;
    }
    chandra_free(session->files.text);
    session->files =
        (struct policy_files){.paths = files.items,
                              .count = files.count,
                              .text = read_all((const char *const *)files.items, files.count)};
    paths_clear(&old);
    return CHANDRA_OK;
}

static enum chandra_status
reload(struct session *session, struct chandra_error *err)
{
    struct entry entry = {0};
    enum chandra_status st = session_read_policy(session, (const char *const *)session->files.paths,
                                                 session->files.count, &entry.policy, err);

    if (st != CHANDRA_OK)
        return st;
    entry.line = chandra_strdup(":reload");
    if (!entry.line) {
        chandra_policy_unref(entry.policy);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    st = session_take_policy(session, entry.policy, err);
    if (st == CHANDRA_OK)
        return session_note(session, &entry, err);
    entry_clear(&entry);
    return st;
}

void
session_poll_policy(struct session *session)
{
    struct policy_files *files = &session->files;
    char *text;
    struct chandra_error err;

    if (files->count == 0)
        return;
    text = read_all((const char *const *)files->paths, files->count);
    if (!text || (files->text && strcmp(text, files->text) == 0)) {
        chandra_free(text);
        return;
    }
    chandra_free(files->text);
    files->text = text;
    say(session, "%s has changed: ", files->count == 1 ? files->paths[0] : "a policy file");
    if (reload(session, &err) == CHANDRA_OK)
        return;
    say(session, "the policy before it stays\n");
    say_error(session, &err);
}
