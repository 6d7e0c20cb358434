/* tweak.c - changes objects as the server stores them. */
#include "explain/tweak.h"

#include "explain/explanation.h"

#include <string.h>

struct job {
    struct build *build;
    struct chandra_stage *stage;
    const struct tweak *tweak;
    struct tweak_undos *undos; /* or NULL */
    struct chandra_error *err;
};

/* A copy of an object for changing, or NULL; what it was is remembered. */
static struct chandra_value *
take(struct job *job, const char *kind, const char *name_space, const char *name)
{
    struct tweak_undos *undos = job->undos;

    if (undos && undos->count < TWEAK_UNDOS)
        undos->items[undos->count++] =
            (struct tweak_undo){kind, name_space, name,
                                explanation_object(job->build, job->stage, kind, name_space, name)};
    return explanation_object(job->build, job->stage, kind, name_space, name);
}

static enum chandra_status
put(struct job *job, const struct chandra_value *object)
{
    if (job->build->is_out_of_memory || !object)
        return build_end(job->build, job->err);
    return job->stage->ops->apply(job->stage, object, job->err);
}

static struct chandra_value *
member(struct chandra_value *object, const char *key)
{
    return object ? chandra_value_get_mutable(object, key) : NULL;
}

static void
drop(struct chandra_value *object, const char *key)
{
    if (object)
        chandra_value_remove(object, key);
}

/* Objects of the pod's namespace. */

static struct chandra_value *
take_pod(struct job *job)
{
    return take(job, "Pod", job->tweak->name_space, job->tweak->pod);
}

static enum chandra_status
tolerate(struct job *job)
{
    struct build *build = job->build;
    struct chandra_value *pod = take_pod(job);
    struct chandra_value *spec = member(pod, "spec");
    struct chandra_value *list = member(spec, "tolerations");
    struct chandra_value *entry;

    if (!spec)
        return CHANDRA_OK;
    if (!list || chandra_value_type(list) != CHANDRA_ARRAY)
        list = build_array(build, spec, "tolerations");
    entry = build_element(build, list);
    build_text(build, entry, "key", job->tweak->name);
    build_text(build, entry, "operator", "Exists");
    build_text(build, entry, "effect", job->tweak->value);
    return put(job, pod);
}

static void
drop_requests(const struct job *job, struct chandra_value *spec, const char *which)
{
    struct chandra_value *containers = member(spec, which);
    const size_t count = chandra_value_count(containers);
    struct chandra_value *changed = containers ? chandra_value_new_array(job->build->doc) : NULL;

    for (size_t i = 0; changed && i < count; i++) {
        struct chandra_value *container =
            chandra_value_copy(job->build->doc, chandra_value_at(containers, i));
        struct chandra_value *resources = member(container, "resources");
        drop(member(resources, "requests"), job->tweak->name);
        drop(member(resources, "limits"), job->tweak->name);
        if (!chandra_value_append(changed, container))
            job->build->is_out_of_memory = true;
    }
    if (containers && !chandra_value_set(spec, which, changed))
        job->build->is_out_of_memory = true;
}

static enum chandra_status
change_pod(struct job *job)
{
    struct chandra_value *pod = take_pod(job);
    struct chandra_value *spec = member(pod, "spec");

    if (job->tweak->kind == TWEAK_NO_SELECTOR)
        drop(member(spec, "nodeSelector"), job->tweak->name);
    if (job->tweak->kind == TWEAK_NO_AFFINITY)
        drop(member(member(spec, "affinity"), "nodeAffinity"),
             "requiredDuringSchedulingIgnoredDuringExecution");
    if (job->tweak->kind == TWEAK_UNPLACE)
        drop(spec, "nodeName");
    if (job->tweak->kind == TWEAK_NO_REQUEST) {
        drop_requests(job, spec, "containers");
        drop_requests(job, spec, "initContainers");
    }
    return put(job, pod);
}

/* Pods that a claim is reserved for. */
static enum chandra_status
remove_users(struct job *job, const struct chandra_value *claim)
{
    const struct chandra_value *users =
        chandra_value_get(chandra_value_get(claim, "status"), "reservedFor");
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; i < chandra_value_count(users) && st == CHANDRA_OK; i++) {
        const char *name = values_text(chandra_value_at(users, i), "name");
        if (take(job, "Pod", job->tweak->name_space, name))
            st = job->stage->ops->remove(job->stage, "Pod", job->tweak->name_space, name, job->err);
    }
    return st;
}

static enum chandra_status
change_claim(struct job *job)
{
    const struct tweak *tweak = job->tweak;
    struct chandra_value *claim = take(job, "ResourceClaim", tweak->name_space, tweak->name);
    struct chandra_value *status = member(claim, "status");
    enum chandra_status st;

    if (!claim)
        return CHANDRA_OK;
    st = tweak->kind == TWEAK_GIVE_BACK ? CHANDRA_OK : remove_users(job, claim);
    if (st == CHANDRA_OK && tweak->kind == TWEAK_FREE)
        return job->stage->ops->remove(job->stage, "ResourceClaim", tweak->name_space, tweak->name,
                                       job->err);
    drop(status, "reservedFor");
    if (tweak->kind == TWEAK_GIVE_BACK) {
        drop(status, "allocation");
        drop(status, "driverName");
        drop(status, "deallocationRequested");
        drop(member(claim, "metadata"), "finalizers");
    }
    return st == CHANDRA_OK ? put(job, claim) : st;
}

/* Objects of the cluster. */

static enum chandra_status
open_class(struct job *job)
{
    struct chandra_value *klass = take(job, "ResourceClass", "", job->tweak->name);

    drop(klass, "suitableNodes");
    return put(job, klass);
}

static enum chandra_status
make_class(struct job *job)
{
    struct build *build = job->build;
    struct chandra_value *klass;

    (void)take(job, "ResourceClass", "", job->tweak->name);
    klass = chandra_value_new_object(build->doc);
    build_text(build, klass, "apiVersion", "resource.k8s.io/v1alpha2");
    build_text(build, klass, "kind", "ResourceClass");
    build_text(build, build_object(build, klass, "metadata"), "name", job->tweak->name);
    build_text(build, klass, "driverName", "some.driver.example.com");
    return put(job, klass);
}

static enum chandra_status
change_node(struct job *job)
{
    struct chandra_value *node = take(job, "Node", "", job->tweak->name);

    if (job->tweak->kind == TWEAK_UNCORDON)
        drop(member(node, "spec"), "unschedulable");
    else
        drop(member(node, "status"), "conditions");
    return put(job, node);
}

enum chandra_status
tweak_apply(struct build *build, struct chandra_stage *stage, const struct tweak *tweak,
            struct tweak_undos *undos, struct chandra_error *err)
{
    struct job job = {build, stage, tweak, undos, err};

    switch (tweak->kind) {
    case TWEAK_OPEN_CLASS:
        return open_class(&job);
    case TWEAK_MAKE_CLASS:
        return make_class(&job);
    case TWEAK_TOLERATE:
        return tolerate(&job);
    case TWEAK_UNCORDON:
    case TWEAK_READY:
        return change_node(&job);
    case TWEAK_NO_SELECTOR:
    case TWEAK_NO_AFFINITY:
    case TWEAK_NO_REQUEST:
    case TWEAK_UNPLACE:
        return change_pod(&job);
    case TWEAK_GIVE_BACK:
    case TWEAK_RELEASE:
    case TWEAK_FREE:
        return change_claim(&job);
    case TWEAK_NO_POLICY:
        break;
    }
    return CHANDRA_OK;
}

enum chandra_status
tweak_undo(struct chandra_stage *stage, struct tweak_undos *undos, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    while (undos->count > 0 && st == CHANDRA_OK) {
        const struct tweak_undo *undo = &undos->items[--undos->count];
        if (undo->object)
            st = stage->ops->apply(stage, undo->object, err);
        else
            st = stage->ops->remove(stage, undo->kind, undo->name_space, undo->name, err);
    }
    return st;
}
