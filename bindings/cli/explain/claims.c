/* claims.c - a pod's claims and the negotiation about them; and one claim by itself. */
#include "explain/explanation.h"
#include "explain/selector.h"

#include <chandra/nodeset.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLE = 3 };

static const char *
state_of(const struct chandra_claim *claim)
{
    if (chandra_object_is_deleting(chandra_claim_object(claim)))
        return "deleting";
    if (chandra_claim_is_deallocating(claim))
        return "deallocating";
    if (!chandra_claim_is_allocated(claim))
        return "pending";
    return chandra_claim_user_count(claim) > 0 ? "reserved" : "allocated";
}

static void
put_users(struct build *build, struct chandra_value *value, const struct chandra_claim *claim)
{
    struct chandra_value *users = build_array(build, value, "reservedFor");
    const char *resource, *name, *uid;

    for (size_t i = 0; claim && chandra_claim_user_at(claim, i, &resource, &name, &uid); i++) {
        struct chandra_value *user = build_element(build, users);
        build_text(build, user, "resource", resource);
        build_text(build, user, "name", name);
        build_text(build, user, "uid", uid);
    }
}

static struct chandra_object *
class_of(struct chandra_engine *engine, const struct chandra_claim *claim)
{
    return chandra_engine_get(engine, CHANDRA_KIND_CLASS, "", chandra_claim_class_name(claim));
}

static void
put_driver(struct build *build, struct chandra_value *value, struct chandra_engine *engine,
           const struct chandra_claim *claim)
{
    struct chandra_object *klass = class_of(engine, claim);

    if (*chandra_claim_driver_name(claim))
        build_text(build, value, "driver", chandra_claim_driver_name(claim));
    else
        build_text(build, value, "driver",
                   klass ? chandra_class_driver_name(chandra_object_class(klass)) : NULL);
    build_flag(build, value, "classExists", klass != NULL);
    chandra_object_unref(klass);
}

/* Where an allocated claim is available, in words. */
static void
put_place(struct build *build, struct chandra_value *value, struct chandra_stage *stage,
          const struct chandra_claim *claim)
{
    const struct chandra_object *object = chandra_claim_object(claim);
    char text[SELECTOR_TEXT_SIZE] = "every node";

    if (!chandra_claim_is_allocated(claim)) {
        build_null(build, value, "availableOn");
        return;
    }
    if (chandra_claim_is_node_bound(claim) && stage)
        selector_text(chandra_value_get(
                          chandra_value_get(
                              chandra_value_get(explanation_object(build, stage, "ResourceClaim",
                                                                   chandra_object_namespace(object),
                                                                   chandra_object_name(object)),
                                                "status"),
                              "allocation"),
                          "availableOnNodes"),
                      text, sizeof(text));
    build_text(build, value, "availableOn", text);
}

static void
put_claim(struct build *build, struct chandra_value *value, const struct explain_subject *subject,
          const struct chandra_claim *claim)
{
    const bool is_immediate = chandra_claim_mode(claim) == CHANDRA_MODE_IMMEDIATE;

    build_text(build, value, "class", chandra_claim_class_name(claim));
    put_driver(build, value, subject->engine, claim);
    build_text(build, value, "allocationMode", is_immediate ? "Immediate" : "WaitForFirstConsumer");
    build_text(build, value, "state", state_of(claim));
    build_flag(build, value, "shareable", chandra_claim_is_shareable(claim));
    put_place(build, value, subject->stage, claim);
    put_users(build, value, claim);
}

static void
put_missing_claim(struct build *build, struct chandra_value *value)
{
    build_null(build, value, "class");
    build_null(build, value, "driver");
    build_flag(build, value, "classExists", false);
    build_null(build, value, "allocationMode");
    build_text(build, value, "state", "missing");
    build_flag(build, value, "shareable", false);
    build_null(build, value, "availableOn");
    put_users(build, value, NULL);
}

void
explanation_claims(struct build *build, struct chandra_value *root,
                   const struct explain_subject *subject)
{
    const struct chandra_pod *pod = subject->pod;
    const char *name_space = chandra_object_namespace(chandra_pod_object(pod));
    struct chandra_value *claims = build_array(build, root, "claims");

    for (size_t i = 0; i < chandra_pod_claim_count(pod); i++) {
        const char *name = chandra_pod_claim_name(pod, i);
        struct chandra_value *value = build_element(build, claims);
        struct chandra_object *claim =
            name ? chandra_engine_get(subject->engine, CHANDRA_KIND_CLAIM, name_space, name) : NULL;
        build_text(build, value, "entry", chandra_pod_claim_entry(pod, i));
        build_text(build, value, "name", name);
        if (claim)
            put_claim(build, value, subject, chandra_object_claim(claim));
        else
            put_missing_claim(build, value);
        chandra_object_unref(claim);
    }
}

/* The negotiation. */

static void
put_waiting(struct build *build, struct chandra_value *array, const struct decision *decision,
            size_t claim, const char *what)
{
    const struct chandra_class *klass = chandra_cycle_claim_class(decision->cycle, claim);
    const struct chandra_claim *of = chandra_cycle_claim(decision->cycle, claim);
    struct chandra_value *value = build_element(build, array);

    build_text(build, value, "claim", chandra_object_name(chandra_claim_object(of)));
    build_text(build, value, "driver", klass ? chandra_class_driver_name(klass) : "");
    build_text(build, value, "for", what);
}

void
explanation_negotiation(struct build *build, struct chandra_value *root,
                        const struct explain_subject *subject, const struct decision *decision)
{
    const struct chandra_cycle *cycle = decision->cycle;
    const struct chandra_context *context = chandra_cycle_context(cycle);
    const struct chandra_object *pod = chandra_pod_object(subject->pod);
    const struct chandra_value *whole;
    struct chandra_value *value, *waiting;

    if (!context) {
        build_null(build, root, "negotiation");
        return;
    }
    whole = explanation_object(build, subject->stage, "PodSchedulingContext",
                               chandra_object_namespace(pod), chandra_object_name(pod));
    value = build_object(build, root, "negotiation");
    build_text(build, value, "selectedNode",
               *chandra_context_selected_node(context) ? chandra_context_selected_node(context)
                                                       : NULL);
    build_number(build, value, "potentialNodes", (int64_t)chandra_context_potential_count(context));
    build_text(build, value, "since",
               chandra_value_string(
                   chandra_value_get(chandra_value_get(whole, "metadata"), "creationTimestamp")));
    waiting = build_array(build, value, "waitingFor");
    for (size_t i = 0; i < chandra_cycle_claim_count(cycle); i++) {
        if (chandra_claim_is_allocated(chandra_cycle_claim(cycle, i)))
            continue;
        if (!chandra_cycle_claim_is_informed(cycle, i))
            put_waiting(build, waiting, decision, i, "answer");
        else if (*chandra_context_selected_node(context))
            put_waiting(build, waiting, decision, i, "allocation");
    }
}

/* One claim by itself. */

struct waiter_walk {
    struct build *build;
    struct chandra_value *array;
    struct chandra_value *users;
    const struct chandra_object *claim;
};

static bool
names_claim(const struct chandra_pod *pod, const struct chandra_object *claim)
{
    const struct chandra_object *object = chandra_pod_object(pod);

    if (strcmp(chandra_object_namespace(object), chandra_object_namespace(claim)) != 0)
        return false;
    for (size_t i = 0; i < chandra_pod_claim_count(pod); i++) {
        const char *name = chandra_pod_claim_name(pod, i);
        if (name && strcmp(name, chandra_object_name(claim)) == 0)
            return true;
    }
    return false;
}

static bool
add_waiter(void *user, const struct chandra_object *object)
{
    const struct waiter_walk *walk = user;
    const struct chandra_pod *pod = chandra_object_pod(object);

    if (!*chandra_pod_node_name(pod) && names_claim(pod, walk->claim))
        build_item(walk->build, walk->array, chandra_object_name(object));
    return true;
}

static void
put_nodes(struct build *build, struct chandra_value *root, struct chandra_cycle *cycle,
          const struct chandra_nodeset *nodes)
{
    struct chandra_value *value = build_object(build, root, "nodes");
    struct chandra_value *sample = build_array(build, value, "sample");
    size_t count = 0;

    build_number(build, value, "count", chandra_nodeset_count(nodes));
    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END && count < SAMPLE;
         i = chandra_nodeset_next(nodes, i + 1), count++)
        build_item(build, sample,
                   chandra_object_name(chandra_node_object(chandra_cycle_node(cycle, i))));
}

/* Where it can be, or could: by its allocation, else by its class. */
static enum chandra_status
put_reach(struct build *build, struct chandra_value *root, const struct explain_subject *subject,
          const struct chandra_claim *claim, struct chandra_error *err)
{
    const struct chandra_object *object = chandra_claim_object(claim);
    const bool is_allocated = chandra_claim_is_allocated(claim);
    const struct chandra_value *whole = explanation_object(
        build, subject->stage, is_allocated ? "ResourceClaim" : "ResourceClass",
        is_allocated ? chandra_object_namespace(object) : "",
        is_allocated ? chandra_object_name(object) : chandra_claim_class_name(claim));
    const struct chandra_value *selector =
        is_allocated
            ? chandra_value_get(chandra_value_get(chandra_value_get(whole, "status"), "allocation"),
                                "availableOnNodes")
            : chandra_value_get(whole, "suitableNodes");
    struct chandra_cycle *cycle = NULL;
    struct chandra_nodeset *nodes;
    void *memory = NULL;
    enum chandra_status st = chandra_cycle_new(subject->engine, subject->pod, &cycle, err);

    if (st != CHANDRA_OK)
        return st;
    memory = chandra_realloc(NULL, chandra_nodeset_bytes(chandra_cycle_capacity(cycle)));
    if (memory) {
        nodes = chandra_nodeset_init(memory, chandra_cycle_capacity(cycle));
        chandra_nodeset_assign(nodes, chandra_cycle_nodes(cycle));
        if (selector && chandra_cycle_select(cycle, selector, nodes, NULL) != CHANDRA_OK)
            chandra_nodeset_reset(nodes);
        build_number(build, root, "nodeCount", chandra_nodeset_count(chandra_cycle_nodes(cycle)));
        put_nodes(build, root, cycle, nodes);
    } else {
        build->is_out_of_memory = true;
    }
    chandra_cycle_free(cycle);
    chandra_free(memory);
    return CHANDRA_OK;
}

static void
put_claim_cause(struct build *build, struct chandra_value *root, const struct chandra_claim *claim)
{
    const size_t users = chandra_claim_user_count(claim);
    const size_t waiters = chandra_value_count(chandra_value_get(root, "waitingPods"));
    const char *state = values_text(root, "state");
    const char *resource, *name = "", *uid;
    char text[1024];

    chandra_claim_user_at(claim, 0, &resource, &name, &uid);
    if (users > 1)
        snprintf(text, sizeof(text), "allocated, and reserved for %zu pods", users);
    else if (users == 1)
        snprintf(text, sizeof(text), "allocated, and reserved for %s%s", name,
                 chandra_claim_is_shareable(claim) ? "" : " alone: it is not shareable");
    else if (strcmp(state, "pending") != 0)
        snprintf(text, sizeof(text), "%s, and nobody uses it", state);
    else if (!values_flag(root, "classExists"))
        snprintf(text, sizeof(text), "pending: its class %s does not exist",
                 chandra_claim_class_name(claim));
    else if (chandra_claim_mode(claim) == CHANDRA_MODE_IMMEDIATE)
        snprintf(text, sizeof(text), "pending: driver %s has not allocated it yet",
                 values_text(root, "driver"));
    else if (waiters == 0)
        snprintf(text, sizeof(text), "pending: no pod asks for it");
    else
        snprintf(text, sizeof(text), "pending: %zu pod%s for it, see chandra explain pod", waiters,
                 waiters == 1 ? " waits" : "s wait");
    build_text(build, root, "cause", text);
}

enum chandra_status
explanation_claim(struct build *build, struct chandra_value *root,
                  const struct explain_subject *subject, const struct chandra_claim *claim,
                  struct chandra_error *err)
{
    struct waiter_walk walk = {.build = build, .claim = chandra_claim_object(claim)};
    enum chandra_status st;

    build_null(build, root, "cause");
    put_claim(build, root, subject, claim);
    walk.array = build_array(build, root, "waitingPods");
    chandra_engine_each(subject->engine, CHANDRA_KIND_POD, add_waiter, &walk);
    st = put_reach(build, root, subject, claim, err);
    put_claim_cause(build, root, claim);
    return st;
}
