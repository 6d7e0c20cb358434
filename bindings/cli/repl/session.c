/* session.c - makes the cluster, keeps the journal, and takes both back to any step. */
#include "repl/session.h"

#include <chandra/sys/base.h>
#include <stdio.h>

void
say(const struct session *session, const char *fmt, ...)
{
    va_list args;

    if (session->is_quiet)
        return;
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
}

void
say_error(struct session *session, const struct chandra_error *err)
{
    if (session->is_quiet)
        return;
    fflush(stdout); /* so that a pipe for both keeps the order */
    if (session->is_interactive)
        fprintf(stderr, "error: %s\n", err->message);
    else
        cli_complain("line %zu: %s", session->line_number, err->message);
    if (session->code == CLI_YES)
        session->code = cli_exit_code(err->status);
}

void
session_moment(struct session *session)
{
    const struct walk *walk = &session->world.walk;

    if (!session->is_quiet)
        chandra_lua_console_set_cycle(session->console, walk->cycle,
                                      walk->cycle ? walk_nodes(walk) : NULL);
}

enum chandra_status
session_set_policy(struct session *session, struct chandra_policy *policy,
                   struct chandra_error *err)
{
    chandra_policy_ref(policy);
    chandra_policy_unref(session->policy);
    session->policy = policy;
    if (session->world.scheduler)
        chandra_engine_set_policy(scheduler_engine(session->world.scheduler), policy);
    if (session->is_quiet)
        return CHANDRA_OK;
    return chandra_lua_console_set_policy(session->console, policy, err);
}

/* The first pod by namespace and name that waits and has claims. */
struct choice {
    struct session *session;
    struct chandra_object *found;
};

static bool
consider(void *user, const struct chandra_value *value)
{
    struct choice *choice = user;
    struct chandra_engine *engine = scheduler_engine(choice->session->world.scheduler);
    const struct chandra_value *metadata = chandra_value_get(value, "metadata");
    struct chandra_object *object = chandra_engine_get(
        engine, CHANDRA_KIND_POD, chandra_value_string(chandra_value_get(metadata, "namespace")),
        chandra_value_string(chandra_value_get(metadata, "name")));
    const struct chandra_pod *pod = chandra_object_pod(object);

    if (pod && !*chandra_pod_node_name(pod) && chandra_pod_claim_count(pod) > 0 &&
        !chandra_object_is_deleting(object)) {
        choice->found = object;
        return false;
    }
    chandra_object_unref(object);
    return true;
}

enum chandra_status
session_choose(struct session *session, struct chandra_object *pod, struct chandra_error *err)
{
    struct world *world = &session->world;
    struct choice choice = {.session = session, .found = pod ? chandra_object_ref(pod) : NULL};
    enum chandra_status st = CHANDRA_OK;

    if (!pod)
        world_each(world, "Pod", consider, &choice);
    chandra_lua_console_set_cycle(session->console, NULL, NULL); /* the old one goes */
    if (choice.found)
        st = walk_begin(&world->walk, scheduler_engine(world->scheduler),
                        chandra_sim_transport(world->sim), scheduler_loads(world->scheduler),
                        choice.found, err);
    else
        walk_clear(&world->walk);
    chandra_object_unref(choice.found);
    session_moment(session);
    return st;
}

/* Carry out the first entries of the journal on a fresh cluster. */
static enum chandra_status
redo(struct session *session, size_t count, const char *record, struct chandra_error *err)
{
    enum chandra_status st = world_open(&session->world, &session->base, &session->problems,
                                        session->first_policy, record, err);

    if (st == CHANDRA_OK)
        st = session_set_policy(session, session->first_policy, err);
    if (st == CHANDRA_OK)
        st = session_choose(session, NULL, err);
    for (size_t i = 0; st == CHANDRA_OK && i < count; i++) {
        session->redo = &session->entries[i];
        st = session_command(session, session->redo->line, err);
    }
    session->redo = NULL;
    return st;
}

enum chandra_status
session_rebuild(struct session *session, size_t count, const char *record,
                struct chandra_error *err)
{
    struct world old = session->world;
    struct chandra_policy *policy = chandra_policy_ref(session->policy);
    struct chandra_error failure;
    enum chandra_status st;

    session->is_quiet = true;
    session->world = (struct world){0};
    st = redo(session, count, record, err);
    session->is_quiet = false;
    chandra_lua_console_set_cycle(session->console, NULL, NULL);
    if (st != CHANDRA_OK || record) {
        /* The session goes on where it was. */
        const enum chandra_status closed = world_close(&session->world, &failure);
        session->world = old;
        if (st == CHANDRA_OK && closed != CHANDRA_OK)
            st = chandra_error_set(err, closed, "%s", failure.message);
    } else {
        chandra_policy_unref(policy);
        policy = chandra_policy_ref(session->policy);
        (void)world_close(&old, NULL);
    }
    if (session_set_policy(session, policy, &failure) != CHANDRA_OK && st == CHANDRA_OK)
        st = chandra_error_set(err, failure.status, "%s", failure.message);
    chandra_policy_unref(policy);
    session_moment(session);
    return st;
}

void
entry_clear(struct entry *entry)
{
    chandra_free(entry->line);
    chandra_policy_unref(entry->policy);
    chandra_doc_free(entry->doc);
    *entry = (struct entry){0};
}

enum chandra_status
session_note(struct session *session, struct entry *entry, struct chandra_error *err)
{
    struct entry *entries =
        chandra_realloc(session->entries, (session->entry_count + 1) * sizeof(*entries));

    if (!entries) {
        entry_clear(entry);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    session->entries = entries;
    entries[session->entry_count++] = *entry;
    *entry = (struct entry){0};
    return CHANDRA_OK;
}

void
session_clear(struct session *session)
{
    (void)world_close(&session->world, NULL);
    chandra_lua_console_free(session->console);
    for (size_t i = 0; i < session->entry_count; i++)
        entry_clear(&session->entries[i]);
    chandra_free(session->entries);
    for (size_t i = 0; i < session->files.count; i++)
        chandra_free(session->files.paths[i]);
    chandra_free(session->files.paths);
    chandra_free(session->files.text);
    chandra_policy_unref(session->policy);
    chandra_policy_unref(session->first_policy);
    problems_clear(&session->problems);
    base_clear(&session->base);
}
