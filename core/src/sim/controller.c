/* controller.c - kube-controller-manager's resourceclaim controller: what it does upon which event.
 *
 * It reads the store itself, so that nothing it believes is ever out of date: what the real one
 * checks with a request of its own before it takes a reservation away is always so.
 */
#include "sim/controller.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { WORK_KEY_SIZE = CH_SIM_KEY_SIZE + 8 };
static const char pod_prefix[] = "pod:";
static const char claim_prefix[] = "claim:";

static bool
enqueue(struct chandra_sim *sim, const char *what, const char *key)
{
    char work_key[WORK_KEY_SIZE];

    snprintf(work_key, sizeof(work_key), "%s%s", what, key);
    return ch_sim_queue_add(&sim->controller.queue, work_key);
}

/* Pods. */

/* Calls for each claim that the pod names; false when out of memory. */
static bool
each_claim_key(const struct chandra_pod *pod,
               bool (*fn)(struct chandra_sim *, const char *, const char *),
               struct chandra_sim *sim)
{
    char pod_key[CH_SIM_KEY_SIZE];
    char claim_key[CH_SIM_KEY_SIZE];

    if (!ch_sim_key(pod_key, pod->object.name_space, pod->object.name))
        return true;
    for (size_t i = 0; i < pod->claim_count; i++) {
        const char *name = NULL;
        bool is_for_pod;

        if (ch_pod_claim_name(pod, i, NULL, &name, &is_for_pod, NULL) == CHANDRA_OK && name &&
            ch_sim_key(claim_key, pod->object.name_space, name) && !fn(sim, claim_key, pod_key))
            return false;
    }
    return true;
}

static bool
index_claim(struct chandra_sim *sim, const char *claim_key, const char *pod_key)
{
    return ch_sim_index_add(&sim->controller.pods_by_claim, claim_key, pod_key);
}

static bool
unindex_claim(struct chandra_sim *sim, const char *claim_key, const char *pod_key)
{
    ch_sim_index_remove(&sim->controller.pods_by_claim, claim_key, pod_key);
    return true;
}

static bool
enqueue_claim(struct chandra_sim *sim, const char *claim_key, const char *pod_key)
{
    (void)pod_key;
    return enqueue(sim, claim_prefix, claim_key);
}

static bool
enqueue_pod_if_needed(struct chandra_sim *sim, const char *key)
{
    char name_space[CH_SIM_KEY_SIZE];
    const char *name = ch_sim_key_split(key, name_space);
    const struct chandra_pod *pod = ch_sim_pod(ch_sim_get(sim, CH_SIM_POD, name_space, name));

    return !pod || !ch_sim_pod_needs_work(sim, pod) || enqueue(sim, pod_prefix, key);
}

static bool
see_pod(struct chandra_sim *sim, const struct ch_sim_event *event)
{
    const struct chandra_pod *pod = ch_sim_pod(event->now);
    const struct chandra_pod *old = ch_sim_pod(event->old);
    char key[CH_SIM_KEY_SIZE];

    if (old && old->claim_count > 0 && !each_claim_key(old, unindex_claim, sim))
        return false;
    if (!pod || pod->claim_count == 0 || !ch_sim_key(key, event->now->name_space, event->now->name))
        return true;
    if (event->type != CH_SIM_DELETED && !each_claim_key(pod, index_claim, sim))
        return false;
    if ((event->type == CH_SIM_DELETED || ch_sim_pod_is_done(pod)) &&
        !each_claim_key(pod, enqueue_claim, sim))
        return false;
    return enqueue_pod_if_needed(sim, key);
}

/* Claims. */

static bool
index_owner(struct chandra_sim *sim, const struct ch_sim_event *event, const char *key)
{
    struct ch_sim_index *index = &sim->controller.claims_by_owner;
    const struct chandra_claim *claim = ch_sim_claim(event->now);
    const struct chandra_claim *old = ch_sim_claim(event->old);

    if (old && old->object.controller_uid)
        ch_sim_index_remove(index, old->object.controller_uid, key);
    return event->type == CH_SIM_DELETED || !claim || !claim->object.controller_uid ||
           ch_sim_index_add(index, claim->object.controller_uid, key);
}

static bool
see_claim(struct chandra_sim *sim, const struct ch_sim_event *event)
{
    const struct ch_map *pods;
    const char *pod_key;
    void *cursor = NULL;
    void *member;
    char key[CH_SIM_KEY_SIZE];

    if (!ch_sim_key(key, event->now->name_space, event->now->name))
        return true;
    if (!index_owner(sim, event, key))
        return false;
    if (event->type != CH_SIM_DELETED && !enqueue(sim, claim_prefix, key))
        return false;
    pods = ch_sim_index_get(&sim->controller.pods_by_claim, key);
    while (pods && ch_map_next(pods, &cursor, &pod_key, &member))
        if (!enqueue_pod_if_needed(sim, pod_key))
            return false;
    return true;
}

enum chandra_status
ch_sim_controller_event(struct chandra_sim *sim, const struct ch_sim_event *event,
                        struct chandra_error *err)
{
    bool is_done = true;

    if (event->now->kind->id == CH_SIM_POD)
        is_done = see_pod(sim, event);
    if (event->now->kind->id == CH_SIM_CLAIM)
        is_done = see_claim(sim, event);
    return is_done ? CHANDRA_OK : ch_sim_no_memory(err);
}

enum chandra_status
ch_sim_controller_work(struct chandra_sim *sim, const char *key, enum ch_sim_result *out_result,
                       struct chandra_error *err)
{
    const bool is_pod = strncmp(key, pod_prefix, sizeof(pod_prefix) - 1) == 0;
    const char *object_key = key + (is_pod ? sizeof(pod_prefix) : sizeof(claim_prefix)) - 1;
    char name_space[CH_SIM_KEY_SIZE];
    const char *name = ch_sim_key_split(object_key, name_space);
    struct chandra_error why;
    const enum chandra_status st = is_pod ? ch_sim_sync_pod(sim, name_space, name, &why)
                                          : ch_sim_sync_claim(sim, name_space, name, &why);

    if (st == CHANDRA_ENOMEM)
        return ch_sim_no_memory(err);
    *out_result =
        st == CHANDRA_OK ? CH_SIM_DONE : ch_sim_act_failed(sim, CH_SIM_CONTROLLER, key, &why);
    return CHANDRA_OK;
}

void
ch_sim_controller_clear(struct ch_sim_controller *controller)
{
    ch_sim_queue_clear(&controller->queue);
    ch_sim_index_clear(&controller->pods_by_claim);
    ch_sim_index_clear(&controller->claims_by_owner);
}
