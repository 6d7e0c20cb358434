/* cmd_walk.c - chooses pods, steps through attempts, runs to the end, says why. */
#include "repl/commands.h"

#include "scheduler/blame.h"
#include "simulate/drive.h"
#include "table.h"

#include <chandra/sys/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
say_begin(struct session *session)
{
    const struct walk *walk = &session->world.walk;

    if (walk->cycle)
        say(session, "pod %s/%s\n", chandra_object_namespace(walk->pod),
            chandra_object_name(walk->pod));
    tell_point(session);
}

/* The pod of a name, with a namespace in front or of the default one. */
static struct chandra_object *
find_pod(struct session *session, const char *name)
{
    const char *slash = strchr(name, '/');
    char name_space[260] = "default";

    if (slash)
        snprintf(name_space, sizeof(name_space), "%.*s", (int)(slash - name), name);
    return chandra_engine_get(scheduler_engine(session->world.scheduler), CHANDRA_KIND_POD,
                              name_space, slash ? slash + 1 : name);
}

static enum chandra_status
begin_attempt(struct session *session, const char *name, struct chandra_error *err)
{
    struct chandra_object *pod;
    enum chandra_status st = world_deliver(&session->world, err);

    if (st != CHANDRA_OK)
        return st;
    pod = find_pod(session, name);
    if (!pod)
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "there is no pod %s", name);
    if (*chandra_pod_node_name(chandra_object_pod(pod)))
        st = chandra_error_set(err, CHANDRA_EINVAL, "pod %s is on node %s already", name,
                               chandra_pod_node_name(chandra_object_pod(pod)));
    else
        st = session_choose(session, pod, err);
    chandra_object_unref(pod);
    if (st == CHANDRA_OK)
        say_begin(session);
    return st;
}

/* An attempt of the pod at hand once more, or of the next one that waits. */
static enum chandra_status
begin_again(struct session *session, struct chandra_error *err)
{
    const struct walk *walk = &session->world.walk;
    enum chandra_status st;
    char name[520];

    if (walk->pod && !walk->is_bound) {
        snprintf(name, sizeof(name), "%s/%s", chandra_object_namespace(walk->pod),
                 chandra_object_name(walk->pod));
        return begin_attempt(session, name, err);
    }
    st = world_deliver(&session->world, err);
    if (st == CHANDRA_OK)
        st = session_choose(session, NULL, err);
    if (st == CHANDRA_OK && !walk->cycle)
        st = chandra_error_set(err, CHANDRA_ENOTFOUND, "no pod with claims waits");
    if (st == CHANDRA_OK)
        say_begin(session);
    return st;
}

enum chandra_status
command_pod(struct session *session, const struct words *words, struct chandra_error *err)
{
    return words->count > 1 ? begin_attempt(session, words->items[1], err)
                            : begin_again(session, err);
}

static void
say_end(struct session *session)
{
    const struct walk *walk = &session->world.walk;

    if (walk->is_bound)
        say(session, "%-11s the pod is on %s; :step goes on with the next that waits\n", "over",
            walk_node_name(walk, walk->node));
    else if (walk->done == WALK_UNRESERVE)
        say(session, "%-11s the pod waits; :answer lets the drivers work, :step tries again\n",
            "over");
    else
        say(session, "%-11s the pod waits; :step tries again\n", "over");
}

static enum chandra_status
step(struct session *session, struct chandra_error *err)
{
    struct walk *walk = &session->world.walk;
    const size_t from = chandra_sim_write_count(session->world.sim);
    enum chandra_status st;

    if (walk->next == WALK_IDLE || walk->next == WALK_OVER)
        return begin_again(session, err);
    walk_step(walk);
    session_moment(session);
    st = world_deliver(&session->world, err);
    tell_point(session);
    tell_writes(session, from);
    if (st == CHANDRA_OK && walk->next == WALK_OVER)
        say_end(session);
    return st;
}

enum chandra_status
command_step(struct session *session, const struct words *words, struct chandra_error *err)
{
    long count = 1;
    enum chandra_status st = CHANDRA_OK;

    if (words->count > 1) {
        char *end;
        count = strtol(words->items[1], &end, 10);
        if (*end || count < 1 || count > 1000)
            return chandra_error_set(err, CHANDRA_EINVAL, "want a number from 1 to 1000");
    }
    for (; st == CHANDRA_OK && count > 0; count--)
        st = session->is_interrupted ? chandra_error_set(err, CHANDRA_ECANCELED, "interrupted")
                                     : step(session, err);
    return st;
}

/* To the end. */

struct showing {
    struct session *session;
    struct table table;
    bool is_ok;
    size_t waiting;
};

static bool
show_pod(void *user, const struct chandra_value *value)
{
    struct showing *showing = user;
    const struct chandra_value *metadata = chandra_value_get(value, "metadata");
    const char *name_space = chandra_value_string(chandra_value_get(metadata, "namespace"));
    const char *name = chandra_value_string(chandra_value_get(metadata, "name"));
    const struct queued_pod *pod =
        scheduler_pod(showing->session->world.scheduler, name_space, name);
    const char *node =
        chandra_value_string(chandra_value_get(chandra_value_get(value, "spec"), "nodeName"));
    char full[520];
    char reason[1200] = "";

    snprintf(full, sizeof(full), "%s/%s", name_space, name);
    if (!node && pod)
        outcome_text(&pod->outcome, reason, sizeof(reason));
    showing->waiting += !node;
    showing->is_ok =
        showing->is_ok &&
        table_add(&showing->table, (const char *const[]){full, node ? node : "-", reason});
    return showing->is_ok;
}

static enum chandra_status
show_pods(struct session *session, struct chandra_error *err)
{
    struct showing showing = {.session = session, .table = {.columns = 3}};

    if (session->is_quiet)
        return CHANDRA_OK;
    showing.is_ok = table_add(&showing.table, (const char *const[]){"POD", "NODE", "WHY"});
    world_each(&session->world, "Pod", show_pod, &showing);
    if (!showing.is_ok) {
        table_clear(&showing.table);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    table_print(&showing.table);
    return CHANDRA_OK;
}

enum chandra_status
command_run(struct session *session, const struct words *words, struct chandra_error *err)
{
    struct world *world = &session->world;
    struct drive drive = {.sim = world->sim,
                          .scheduler = world->scheduler,
                          .problems = world->problems,
                          .is_interrupted = &session->is_interrupted};
    enum chandra_status st;

    (void)words;
    chandra_lua_console_set_cycle(session->console, NULL, NULL);
    walk_clear(&world->walk);
    st = drive_run(&drive, err);
    if (st != CHANDRA_OK)
        return st;
    if (drive.gave_up.status != CHANDRA_OK)
        say(session, "%s\n", drive.gave_up.message);
    st = show_pods(session, err);
    if (st != CHANDRA_OK)
        return st;
    return session_choose(session, NULL, err);
}

/* Why not this node. */

static void
tell_miss(void *user, const struct miss *miss)
{
    const struct session *session = user;
    const struct chandra_cycle *cycle = session->world.walk.cycle;
    const struct chandra_claim *claim =
        miss->claim == SIZE_MAX ? NULL : chandra_cycle_claim(cycle, miss->claim);
    const struct fit_failure *failure = miss->failure;
    char line[1400];
    size_t len = (size_t)snprintf(line, sizeof(line), "%s", miss->rule);

    if (claim && len < sizeof(line))
        len += (size_t)snprintf(line + len, sizeof(line) - len, " (claim %s, class %s%s%s)",
                                chandra_object_name(chandra_claim_object(claim)),
                                chandra_claim_class_name(claim), *miss->policy ? ", by " : "",
                                miss->policy);
    if (failure && failure->rule == FIT_RESOURCE && len < sizeof(line))
        snprintf(line + len, sizeof(line) - len, " (wants %lld, %lld of %lld are taken)",
                 (long long)failure->wanted, (long long)failure->taken,
                 (long long)failure->allocatable);
    say(session, "  ");
    say_wrapped(session, line, 0);
}

enum chandra_status
command_why(struct session *session, const struct words *words, struct chandra_error *err)
{
    const struct walk *walk = &session->world.walk;
    const struct blame blame = {.cycle = walk->cycle, .loads = walk->loads};
    const char *name = words->items[1];
    uint32_t node;

    if (!walk->cycle)
        return chandra_error_set(err, CHANDRA_EINVAL, "no pod is chosen, see :pod");
    node = chandra_cycle_node_index(walk->cycle, name);
    if (node == CHANDRA_NODESET_END)
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "there is no node %s", name);
    if (walk->done < WALK_FILTER)
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "the attempt has not come to Filter, :step takes it there");
    if (chandra_nodeset_has(walk->feasible, node)) {
        say(session, "nothing keeps the pod from %s\n", name);
        return CHANDRA_OK;
    }
    say(session, "%s is left out:\n", name);
    blame_node(&blame, node, tell_miss, session);
    return CHANDRA_OK;
}
