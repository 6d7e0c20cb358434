/* cmd_policy.c - loads policies, and tells where the session stands. */
#include "repl/commands.h"

#include <chandra/sys/transport.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* "NAME@VERSION sha256:12 DIGITS" of each member. */
static void
say_policy(const struct session *session)
{
    say(session, "policy ");
    for (size_t i = 0; i < chandra_policy_count(session->policy); i++) {
        const struct chandra_policy_info *info = chandra_policy_info_at(session->policy, i);
        say(session, "%s%s@%s sha256:%.12s", i == 0 ? "" : ", ", info->name, info->version,
            info->sha256);
    }
    say(session, "\n");
}

enum chandra_status
session_take_policy(struct session *session, struct chandra_policy *policy,
                    struct chandra_error *err)
{
    struct walk *walk = &session->world.walk;
    enum chandra_status st = session_set_policy(session, policy, err);

    if (st != CHANDRA_OK)
        return st;
    say_policy(session);
    if (!walk->cycle || walk->is_bound)
        return CHANDRA_OK;
    {
        struct chandra_object *pod = chandra_object_ref(walk->pod);
        st = session_choose(session, pod, err);
        chandra_object_unref(pod);
    }
    if (st == CHANDRA_OK)
        say(session, "the attempt of pod %s begins anew\n", chandra_object_name(walk->pod));
    return st;
}

enum chandra_status
command_load(struct session *session, const struct words *words, struct chandra_error *err)
{
    const char *const *paths = words->items + 1;
    enum chandra_status st = CHANDRA_OK;

    if (session->redo)
        return session_take_policy(session, session->redo->policy, err);
    st = session_read_policy(session, paths, words->count - 1, &session->noted->policy, err);
    if (st == CHANDRA_OK)
        st = session_keep_files(session, paths, words->count - 1, err);
    if (st == CHANDRA_OK)
        st = session_take_policy(session, session->noted->policy, err);
    return st;
}

enum chandra_status
command_reload(struct session *session, const struct words *words, struct chandra_error *err)
{
    const struct policy_files *files = &session->files;
    enum chandra_status st;

    (void)words;
    if (session->redo)
        return session_take_policy(session, session->redo->policy, err);
    if (files->count == 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "the built-in policy has no file, see :load");
    st = session_read_policy(session, (const char *const *)files->paths, files->count,
                             &session->noted->policy, err);
    if (st == CHANDRA_OK)
        st = session_take_policy(session, session->noted->policy, err);
    return st;
}

enum chandra_status
command_status(struct session *session, const struct words *words, struct chandra_error *err)
{
    const struct world *world = &session->world;
    const struct walk *walk = &world->walk;
    struct chandra_engine *engine = scheduler_engine(world->scheduler);

    (void)words;
    (void)err;
    say(session, "%s: %zu nodes, %zu pods, %zu claims", session->base.title,
        chandra_engine_count(engine, CHANDRA_KIND_NODE),
        chandra_engine_count(engine, CHANDRA_KIND_POD),
        chandra_engine_count(engine, CHANDRA_KIND_CLAIM));
    if (session->base.kind == BASE_LIVE)
        say(session, "; read %lld s ago", (long long)(time(NULL) - session->base.read_at));
    say(session, "\n");
    say_policy(session);
    if (!walk->cycle)
        say(session, "no pod is chosen\n");
    else
        say(session, "pod %s/%s, after %s (%s), next %s\n", chandra_object_namespace(walk->pod),
            chandra_object_name(walk->pod), walk_point_name(walk->done),
            chandra_code_name(walk->answer.code), walk_point_name(walk->next));
    return CHANDRA_OK;
}
