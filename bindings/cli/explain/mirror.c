/* mirror.c - fills the cluster in memory from manifests, a record or an API server. */
#include "explain/mirror.h"

#include "scheduler/blame.h"

#include <chandra/client.h>
#include <chandra/record.h>
#include <chandra/sys/base.h>
#include <chandra/sys/observer.h>
#include <chandra/sys/transport.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_NODES = 3, PAGE = 500, PATH_SIZE = 4096 };

/* What is copied, in an order in which it could be made. */
static const struct {
    const char *kind;
    const char *api_version;
    const char *path;
} kinds[] = {
    {"Node", "v1", "/api/v1/nodes"},
    {"ResourceClass", "resource.k8s.io/v1alpha2", "/apis/resource.k8s.io/v1alpha2/resourceclasses"},
    {"Pod", "v1", "/api/v1/pods"},
    {"ResourceClaim", "resource.k8s.io/v1alpha2", "/apis/resource.k8s.io/v1alpha2/resourceclaims"},
    {"PodSchedulingContext", "resource.k8s.io/v1alpha2",
     "/apis/resource.k8s.io/v1alpha2/podschedulingcontexts"},
    {"ResourceClaimTemplate", "resource.k8s.io/v1alpha2", NULL}, /* of no use to a decision */
};
enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

enum chandra_status
mirror_new(struct mirror *mirror, struct chandra_policy *policy, int64_t wall_time,
           struct chandra_error *err)
{
    const struct chandra_sim_options options = {
        .size = sizeof(options), .seed = 1, .wall_time = wall_time};
    enum chandra_status st;

    *mirror = (struct mirror){.policy = policy, .wall_time = wall_time};
    chandra_policy_ref(policy);
    st = chandra_sim_new(wall_time ? &options : NULL, &mirror->sim, err);
    if (st == CHANDRA_OK)
        st = history_new("", &mirror->history, err);
    if (st != CHANDRA_OK)
        return st;
    mirror->stage = chandra_sim_stage(mirror->sim);
    mirror->manifests.sim = mirror->sim;
    mirror->manifests.problems = &mirror->problems;
    return CHANDRA_OK;
}

static void
close_engine(struct mirror *mirror)
{
    if (mirror->owns_engine)
        chandra_engine_free(mirror->engine);
    scheduler_free(mirror->scheduler);
    mirror->engine = NULL;
    mirror->scheduler = NULL;
    mirror->owns_engine = false;
}

void
mirror_clear(struct mirror *mirror)
{
    close_engine(mirror);
    history_free(mirror->history);
    manifests_clear(&mirror->manifests);
    problems_clear(&mirror->problems);
    chandra_sim_free(mirror->sim);
    chandra_policy_unref(mirror->policy);
    *mirror = (struct mirror){0};
}

enum chandra_status
mirror_deliver(struct mirror *mirror, struct chandra_error *err)
{
    return mirror->stage->ops->deliver(mirror->stage, err);
}

enum chandra_status
mirror_open_engine(struct mirror *mirror, struct chandra_error *err)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    enum chandra_status st;

    options.logger = cli_logger();
    options.claim_naming = CHANDRA_NAMING_STATUS;
    st = chandra_engine_new(chandra_sim_transport(mirror->sim), &options, &mirror->engine, err);
    if (st != CHANDRA_OK)
        return st;
    mirror->owns_engine = true;
    chandra_engine_set_policy(mirror->engine, mirror->policy);
    st = chandra_engine_start(mirror->engine, err);
    return st == CHANDRA_OK ? mirror_deliver(mirror, err) : st;
}

/* Manifests. */

static int64_t
wall_time(const struct mirror *mirror)
{
    struct chandra_transport *transport = chandra_sim_transport(mirror->sim);

    return transport->ops->wall_time(transport);
}

static void
on_outcome(void *user, struct queued_pod *pod)
{
    struct mirror *mirror = user;

    history_note(mirror->history, pod, wall_time(mirror));
}

static enum chandra_status
add_drivers(struct mirror *mirror, struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    enum chandra_status st = CHANDRA_OK;

    if (mirror->driver_config)
        st = cli_read_doc(mirror->driver_config, &doc, err);
    for (size_t i = 0; st == CHANDRA_OK && i < chandra_doc_count(doc); i++)
        st = chandra_sim_add_drivers(mirror->sim, chandra_doc_root(doc, i), err);
    chandra_doc_free(doc);
    return st == CHANDRA_OK ? chandra_sim_add_default_drivers(mirror->sim, err) : st;
}

enum chandra_status
mirror_run(struct mirror *mirror, struct chandra_error *err)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    enum chandra_status st = add_drivers(mirror, err);

    options.logger = cli_logger();
    if (st == CHANDRA_OK)
        st = scheduler_new(chandra_sim_transport(mirror->sim), &options, NULL, &mirror->scheduler,
                           err);
    if (st != CHANDRA_OK)
        return st;
    mirror->has_drivers = true;
    mirror->engine = scheduler_engine(mirror->scheduler);
    scheduler_set_listener(mirror->scheduler, on_outcome, mirror);
    chandra_engine_set_policy(mirror->engine, mirror->policy);
    st = chandra_engine_start(mirror->engine, err);
    mirror->drive = (struct drive){
        .sim = mirror->sim, .scheduler = mirror->scheduler, .problems = &mirror->problems};
    if (st == CHANDRA_OK)
        st = drive_run(&mirror->drive, err);
    mirror->wall_time = wall_time(mirror);
    return st;
}

enum chandra_status
mirror_simulate(struct mirror *mirror, const char *const *paths, size_t count, int64_t nodes,
                const char **out_path, struct chandra_error *err)
{
    struct manifests *manifests = &mirror->manifests;
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < count; i++) {
        *out_path = paths[i];
        st = manifests_load(manifests, paths[i], err);
    }
    if (st != CHANDRA_OK)
        return st;
    *out_path = NULL;
    manifests_tell(manifests);
    if (manifests->loaded_count == 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "the files hold no objects to simulate");
    if (nodes == 0 && manifests->node_count == 0) {
        nodes = DEFAULT_NODES;
        cli_note("the manifests hold no Node: added %d plain ones, see --nodes", DEFAULT_NODES);
    }
    st = manifests_add_nodes(manifests, nodes, err);
    return st == CHANDRA_OK ? mirror_run(mirror, err) : st;
}

/* Copies. */

struct copying {
    struct mirror *to;
    enum chandra_status st;
    struct chandra_error *err;
};

static bool
copy_object(void *user, const struct chandra_value *object)
{
    struct copying *copying = user;

    copying->st = copying->to->stage->ops->apply(copying->to->stage, object, copying->err);
    return copying->st == CHANDRA_OK;
}

enum chandra_status
mirror_copy(const struct mirror *mirror, struct mirror *out_copy, struct chandra_error *err)
{
    struct copying copying = {.to = out_copy, .err = err};

    copying.st = mirror_new(out_copy, mirror->policy, wall_time(mirror), err);
    for (size_t i = 0; i < KIND_COUNT && copying.st == CHANDRA_OK; i++)
        mirror->stage->ops->each(mirror->stage, kinds[i].kind, copy_object, &copying);
    out_copy->driver_config = mirror->driver_config;
    return copying.st;
}

/* Records: each case is replayed in a cluster of its own, and the last one is kept. */

struct replay {
    struct chandra_policy *policy;
    struct mirror *mirror;
    const char *name_space; /* of the pod whose attempts are remembered */
    const char *pod;
    uint32_t attempts; /* of it, in the present case */
    bool is_noted;     /* the last one is */
};

/* What the answer of a point makes of the attempt; VERDICT_NONE: it goes on. */
static enum verdict
verdict_of(const struct chandra_call *call)
{
    const enum chandra_code code = call->answer->code;

    if (call->point == CHANDRA_POINT_POST_BIND)
        return VERDICT_BOUND;
    if (call->point == CHANDRA_POINT_POST_FILTER)
        return VERDICT_REJECTED; /* by Filter, which is asked about one node after the other */
    if (call->point == CHANDRA_POINT_FILTER && code != CHANDRA_CODE_ERROR)
        return VERDICT_NONE;
    if (code == CHANDRA_CODE_SUCCESS || code == CHANDRA_CODE_SKIP)
        return VERDICT_NONE;
    if (code == CHANDRA_CODE_PENDING)
        return VERDICT_PENDING;
    return code == CHANDRA_CODE_ERROR ? VERDICT_FAILED : VERDICT_REJECTED;
}

/* Fill in what became of an attempt. False: out of memory. */
static bool
judge(struct outcome *outcome, const struct chandra_call *call, enum verdict verdict)
{
    static const struct loads no_loads; /* the host has looked at its nodes already */
    const struct blame blame = {.cycle = call->cycle, .loads = &no_loads};
    const bool has_no_node = call->point == CHANDRA_POINT_POST_FILTER;
    const enum chandra_point point = has_no_node ? CHANDRA_POINT_FILTER : call->point;
    struct chandra_answer answer = *call->answer;
    bool is_ok = outcome_set_cycle(outcome, call->cycle);

    if (has_no_node) {
        answer.code = CHANDRA_CODE_UNSCHEDULABLE;
        snprintf(answer.reason, sizeof(answer.reason), "0/%u nodes are available",
                 outcome->node_count);
        is_ok = is_ok && blame_nodes(&blame, outcome);
    }
    if (call->node)
        is_ok = is_ok && outcome_set_node(outcome, call->node);
    return is_ok && outcome_set(outcome, verdict, chandra_point_name(point), &answer);
}

static void
on_call(void *user, const struct chandra_call *call)
{
    struct replay *replay = user;
    const struct chandra_object *object = chandra_pod_object(call->pod);
    struct queued_pod pod = {.pod = call->pod};
    enum verdict verdict;

    if (!call->cycle || call->point == CHANDRA_POINT_UNRESERVE ||
        strcmp(chandra_object_name(object), replay->pod) != 0 ||
        strcmp(chandra_object_namespace(object), replay->name_space) != 0)
        return;
    if (call->point == CHANDRA_POINT_PRE_FILTER) {
        replay->attempts++;
        replay->is_noted = false;
    }
    pod.attempts = replay->attempts;
    verdict = replay->is_noted ? VERDICT_NONE : verdict_of(call);
    if (verdict != VERDICT_NONE && judge(&pod.outcome, call, verdict)) {
        history_note(replay->mirror->history, &pod, wall_time(replay->mirror));
        replay->is_noted = true;
    }
    outcome_clear(&pod.outcome);
}

static enum chandra_status
open_world(void *user, uint64_t seed, struct chandra_replay_world *out_world,
           struct chandra_error *err)
{
    struct replay *replay = user;
    struct mirror *mirror = replay->mirror;
    const char *driver_config = mirror->driver_config;
    enum chandra_status st;

    (void)seed;
    replay->attempts = 0;
    mirror_clear(mirror);
    st = mirror_new(mirror, replay->policy, 0, err);
    mirror->driver_config = driver_config;
    if (st == CHANDRA_OK)
        *out_world = (struct chandra_replay_world){.transport = chandra_sim_transport(mirror->sim),
                                                   .stage = mirror->stage,
                                                   .policy = mirror->policy};
    return st;
}

static void
close_world(void *user, struct chandra_replay_world *mirror)
{
    (void)user;
    (void)mirror;
}

enum chandra_status
mirror_replay(struct mirror *mirror, const char *path, const char *name_space, const char *pod,
              struct chandra_error *err)
{
    struct replay replay = {.policy = chandra_policy_ref(mirror->policy),
                            .mirror = mirror,
                            .name_space = name_space,
                            .pod = pod};
    const struct chandra_replay_options options = {.size = sizeof(options),
                                                   .user = &replay,
                                                   .open_world = open_world,
                                                   .close_world = close_world,
                                                   .on_call = on_call};
    struct chandra_replay_result result = {0};
    char *text = NULL;
    size_t len = 0;
    enum chandra_status st = cli_read(path, &text, &len, err);

    if (st == CHANDRA_OK)
        st = chandra_replay_text(text, len, path, &options, &result, err);
    chandra_free(text);
    chandra_policy_unref(replay.policy);
    if (st == CHANDRA_OK && result.passed + result.failed == 0)
        st = chandra_error_set(err, CHANDRA_EINVAL, "%s: holds no case", path);
    if (st != CHANDRA_OK)
        return st;
    mirror->wall_time = wall_time(mirror);
    return mirror_open_engine(mirror, err);
}

/* API servers. */

/* Items of a list do not say what they are. */
static enum chandra_status
take_items(struct mirror *mirror, size_t kind, struct chandra_doc *page, struct chandra_error *err)
{
    const struct chandra_value *items = chandra_value_get(chandra_doc_root(page, 0), "items");
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(items); i++) {
        struct build build = {.doc = page};
        struct chandra_value *object = chandra_value_copy(page, chandra_value_at(items, i));
        build_text(&build, object, "apiVersion", kinds[kind].api_version);
        build_text(&build, object, "kind", kinds[kind].kind);
        st = build_end(&build, err);
        if (st == CHANDRA_OK)
            st = mirror->stage->ops->apply(mirror->stage, object, err);
    }
    return st;
}

static enum chandra_status
read_kind(struct mirror *mirror, struct chandra_transport *transport, size_t kind,
          struct chandra_error *err)
{
    char path[PATH_SIZE];
    char token[PATH_SIZE / 2] = "";
    enum chandra_status st;

    do {
        struct chandra_request request = {.method = CHANDRA_GET, .path = path};
        struct chandra_doc *page = NULL;
        snprintf(path, sizeof(path), "%s?limit=%d%s%s", kinds[kind].path, PAGE,
                 *token ? "&continue=" : "", token);
        st = chandra_client_request(transport, &request, &page, err);
        if (st == CHANDRA_OK)
            st = take_items(mirror, kind, page, err);
        snprintf(token, sizeof(token), "%s",
                 values_text(chandra_value_get(chandra_doc_root(page, 0), "metadata"), "continue"));
        chandra_doc_free(page);
    } while (st == CHANDRA_OK && *token);
    return st;
}

enum chandra_status
mirror_read(struct mirror *mirror, struct chandra_transport *transport, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; i < KIND_COUNT && st == CHANDRA_OK; i++)
        if (kinds[i].path)
            st = read_kind(mirror, transport, i, err);
    return st == CHANDRA_OK ? mirror_open_engine(mirror, err) : st;
}
