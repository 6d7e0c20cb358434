/* lua_scene.h - a policy of the Lua host and a cycle that its operations can be asked in. */
#ifndef LUA_SCENE_H
#define LUA_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <chandra/doc.h>
#include <chandra/engine.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <chandra/sys/policy.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "--!chandra api=1 name=test version=1.2.3\n"

/* Three nodes, and a pod with two claims. */
static const char scene_text[] =
    "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {zone: a}}}\n---\n"
    "{apiVersion: v1, kind: Node, metadata: {name: node-2, labels: {zone: b}}}\n---\n"
    "{apiVersion: v1, kind: Node, metadata: {name: node-3, labels: {zone: c}}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu},\n"
    " driverName: gpu.example.com}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: c1, namespace: ns}, spec: {resourceClassName: gpu}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: c2, namespace: ns}, spec: {resourceClassName: gpu}}\n---\n"
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns},\n"
    " spec: {containers: [{name: main, image: main}], resourceClaims: [\n"
    "  {name: a, source: {resourceClaimName: c1}}, {name: b, source: {resourceClaimName: c2}}]}}\n";

struct scene {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_object *pod;
    struct chandra_cycle *cycle; /* after PreFilter, without a policy */
    struct chandra_policy *policy;
    struct chandra_nodeset *nodes; /* all three; what an operation leaves */
    int64_t *scores;
    struct chandra_error err;
};

static inline enum chandra_status
scene_load(const char *text, const struct chandra_lua_options *options,
           struct chandra_policy **out_policy, struct chandra_error *err)
{
    const struct chandra_lua_source source = {
        .name = "test.lua", .text = text, .len = strlen(text)};

    return chandra_lua_policy_load(&source, 1, options, out_policy, err);
}

static inline void
scene_fill(struct scene *scene)
{
    struct chandra_doc *doc;
    struct chandra_error err;
    bool has_moved;

    if (chandra_doc_parse_yaml(scene_text, strlen(scene_text), "scene", NULL, &doc, &err) !=
        CHANDRA_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        if (chandra_sim_load(scene->sim, chandra_doc_root(doc, i), &err) != CHANDRA_OK)
            fail_msg("%s", err.message);
    chandra_doc_free(doc);
    assert_int_equal(chandra_sim_add_default_drivers(scene->sim, &err), CHANDRA_OK);
    assert_int_equal(chandra_sim_settle(scene->sim, &has_moved, &err), CHANDRA_OK);
}

static inline void
scene_reset(struct scene *scene)
{
    chandra_nodeset_assign(scene->nodes, chandra_cycle_nodes(scene->cycle));
}

static inline void
scene_open(struct scene *scene, const char *text, const struct chandra_lua_options *options)
{
    struct chandra_engine_options engine = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_answer answer;
    struct chandra_error err;
    bool has_moved;
    uint32_t capacity;

    memset(scene, 0, sizeof(*scene));
    if (scene_load(text, options, &scene->policy, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    assert_int_equal(chandra_sim_new(NULL, &scene->sim, &err), CHANDRA_OK);
    scene_fill(scene);
    assert_int_equal(
        chandra_engine_new(chandra_sim_transport(scene->sim), &engine, &scene->engine, &err),
        CHANDRA_OK);
    assert_int_equal(chandra_engine_start(scene->engine, &err), CHANDRA_OK);
    assert_int_equal(chandra_sim_settle(scene->sim, &has_moved, &err), CHANDRA_OK);
    scene->pod = chandra_engine_get(scene->engine, CHANDRA_KIND_POD, "ns", "p");
    assert_non_null(scene->pod);
    assert_int_equal(
        chandra_cycle_new(scene->engine, chandra_object_pod(scene->pod), &scene->cycle, &err),
        CHANDRA_OK);
    chandra_cycle_pre_filter(scene->cycle, &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_SUCCESS);
    capacity = chandra_cycle_capacity(scene->cycle);
    scene->nodes = chandra_nodeset_init(calloc(1, chandra_nodeset_bytes(capacity)), capacity);
    scene->scores = calloc(capacity, sizeof(*scene->scores));
    scene_reset(scene);
}

static inline void
scene_close(struct scene *scene)
{
    free(scene->nodes);
    free(scene->scores);
    chandra_cycle_free(scene->cycle);
    chandra_policy_unref(scene->policy);
    chandra_object_unref(scene->pod);
    chandra_engine_free(scene->engine);
    chandra_sim_free(scene->sim);
}

/* A new attempt up to Filter, which asks match for both claims; leaves the feasible nodes. */
static inline enum chandra_status
scene_match(struct scene *scene)
{
    const struct chandra_pod *pod = chandra_object_pod(scene->pod);
    struct chandra_answer answer;
    enum chandra_status st;

    chandra_cycle_free(scene->cycle);
    scene->cycle = NULL;
    chandra_engine_set_policy(scene->engine, scene->policy);
    st = chandra_cycle_new(scene->engine, pod, &scene->cycle, &scene->err);
    if (st != CHANDRA_OK)
        return st;
    chandra_cycle_pre_filter(scene->cycle, &answer);
    if (answer.status == CHANDRA_OK)
        chandra_cycle_filter_all(scene->cycle, NULL, scene->nodes, &answer);
    if (answer.status != CHANDRA_OK)
        chandra_error_set(&scene->err, answer.status, "%s", answer.reason);
    return answer.status;
}

#endif
