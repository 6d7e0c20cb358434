/* world.c - the world of one case: a server to set step by step, an engine on it, and a cycle for
 * each pod. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "record/record.h"

#include <string.h>

/* The server holds a claim or context of this name otherwise than before. */
static void
note_write(void *user, const struct chandra_cycle *cycle, enum chandra_kind kind,
           const char *name_space, const char *name, const struct chandra_value *object)
{
    struct ch_world *world = user;
    const size_t space_size = strlen(name_space) + 1;
    const size_t name_size = strlen(name) + 1;
    struct ch_world_write *write = ch_alloc(sizeof(*write) + space_size + name_size);

    (void)cycle;
    (void)object;
    if (!write) {
        world->has_lost_writes = true;
        return;
    }
    memcpy(write->texts, name_space, space_size);
    memcpy(write->texts + space_size, name, name_size);
    write->target = (struct ch_step_target){.kind = chandra_kind_name(kind),
                                            .name_space = write->texts,
                                            .name = write->texts + space_size};
    write->next = world->writes;
    world->writes = write;
}

static void
tell_call(void *user, const struct chandra_call *call)
{
    const struct ch_world *world = user;

    world->options->on_call(world->options->user, call);
}

static struct ch_world_write *
pop_write(struct ch_world *world)
{
    struct ch_world_write *write = world->writes;

    if (write)
        world->writes = write->next;
    return write;
}

enum chandra_status
ch_world_take_writes(struct ch_world *world, const struct ch_changes *changes,
                     struct chandra_error *err)
{
    struct ch_world_write *write;
    enum chandra_status st = CHANDRA_OK;

    if (world->has_lost_writes)
        return ch_record_no_memory(err);
    while (st == CHANDRA_OK && (write = pop_write(world))) {
        st = ch_holdings_look_at(&world->holdings, world->made.stage, &write->target, changes, err);
        ch_free(write);
    }
    return st;
}

static enum chandra_status
start_engine(struct ch_world *world, const struct ch_step_header *header, struct chandra_error *err)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    char waiting_for[256];
    enum chandra_status st;

    options.is_disabled = header->is_disabled;
    options.seed = header->seed;
    options.claim_naming = CHANDRA_NAMING_STATUS;
    options.logger = world->options->logger;
    world->observer = (struct chandra_observer){.size = sizeof(world->observer),
                                                .user = world,
                                                .write = note_write,
                                                .call = world->options->on_call ? tell_call : NULL};
    options.observer = &world->observer;
    st = chandra_engine_new(world->made.transport, &options, &world->engine, err);
    if (st != CHANDRA_OK)
        return st;
    if (world->made.policy)
        chandra_engine_set_policy(world->engine, world->made.policy);
    st = chandra_engine_start(world->engine, err);
    if (st == CHANDRA_OK)
        st = ch_world_deliver(world, err);
    if (st == CHANDRA_OK && !chandra_engine_is_synced(world->engine)) {
        chandra_engine_sync_text(world->engine, waiting_for, sizeof(waiting_for));
        st = chandra_error_set(err, CHANDRA_EINVAL, "the cache does not fill: %s", waiting_for);
    }
    return st;
}

enum chandra_status
ch_world_open(struct ch_world *world, const struct chandra_replay_options *options,
              const struct ch_step_header *header, struct chandra_error *err)
{
    enum chandra_status st;

    *world = (struct ch_world){.options = options};
    st = options->open_world(options->user, header->seed, &world->made, err);
    if (st != CHANDRA_OK)
        return st;
    world->is_open = true;
    st = start_engine(world, header, err);
    if (st != CHANDRA_OK)
        ch_world_close(world);
    return st;
}

static void
free_pods(struct ch_world *world)
{
    void *cursor = NULL;
    void *value;

    while (ch_map_next(&world->pods, &cursor, NULL, &value)) {
        struct ch_world_pod *pod = value;

        chandra_cycle_free(pod->cycle);
        chandra_object_unref(pod->object);
        ch_free(pod);
    }
    ch_map_clear(&world->pods);
}

void
ch_world_close(struct ch_world *world)
{
    struct ch_world_write *write;

    if (!world->is_open)
        return;
    free_pods(world);
    ch_holdings_clear(&world->holdings);
    chandra_doc_free(world->nodes);
    while ((write = pop_write(world)))
        ch_free(write);
    chandra_engine_free(world->engine);
    world->options->close_world(world->options->user, &world->made);
    *world = (struct ch_world){0};
}

enum chandra_status
ch_world_deliver(struct ch_world *world, struct chandra_error *err)
{
    return world->made.stage->ops->deliver(world->made.stage, err);
}

/* A step changes a pod: look at it again before the next call. */
static enum chandra_status
spoil_pod(struct ch_world *world, const struct ch_step_target *target, struct chandra_error *err)
{
    struct ch_buf key = {0};
    struct ch_world_pod *pod;

    ch_buf_puts(&key, target->name_space);
    ch_buf_putc(&key, '/');
    ch_buf_puts(&key, target->name);
    if (!ch_buf_ok(&key)) {
        ch_buf_clear(&key);
        return ch_record_no_memory(err);
    }
    pod = ch_map_get(&world->pods, key.text);
    if (pod)
        pod->is_stale = true;
    ch_buf_clear(&key);
    return CHANDRA_OK;
}

/* Forget what was known of an object that a step changes. */
static enum chandra_status
forget(struct ch_world *world, const struct ch_step_target *target, struct chandra_error *err)
{
    if (ch_streq(target->kind, "Pod"))
        return spoil_pod(world, target, err);
    if (ch_streq(target->kind, "Node")) {
        chandra_doc_free(world->nodes);
        world->nodes = NULL;
    }
    return CHANDRA_OK;
}

static bool
is_compared(const struct ch_step_target *target)
{
    return ch_streq(target->kind, "ResourceClaim") ||
           ch_streq(target->kind, "PodSchedulingContext");
}

enum chandra_status
ch_world_change(struct ch_world *world, const struct ch_step_target *target,
                struct chandra_error *err)
{
    struct chandra_stage *stage = world->made.stage;
    enum chandra_status st = forget(world, target, err);

    if (st == CHANDRA_OK && target->object)
        st = stage->ops->apply(stage, target->object, err);
    else if (st == CHANDRA_OK)
        st = stage->ops->remove(stage, target->kind, target->name_space, target->name, err);
    if (st == CHANDRA_OK && is_compared(target))
        st = ch_holdings_look_at(&world->holdings, stage, target, NULL, err);
    if (st == CHANDRA_OK && !target->lag)
        st = ch_world_deliver(world, err);
    return st;
}

struct pod_search {
    struct chandra_object *object;
    enum chandra_status status;
    struct chandra_error *err;
};

static bool
decode_pod(void *user, const struct chandra_value *object)
{
    struct pod_search *search = user;

    search->status = chandra_object_decode(object, &search->object, search->err);
    return false;
}

/* The pod of this NAMESPACE/NAME as the server has it now; it keeps its place here once it is gone.
 */
static enum chandra_status
refresh_pod(struct ch_world *world, const char *key, struct ch_world_pod *pod,
            struct chandra_error *err)
{
    struct chandra_stage *stage = world->made.stage;
    struct pod_search search = {.err = err};
    const char *name = strchr(key, '/') + 1;
    char *name_space = ch_strndup(key, (size_t)(name - key - 1));

    if (!name_space)
        return ch_record_no_memory(err);
    stage->ops->find(stage, "Pod", name_space, name, decode_pod, &search);
    ch_free(name_space);
    if (search.status != CHANDRA_OK)
        return search.status;
    if (search.object) {
        chandra_object_unref(pod->object);
        pod->object = search.object;
    }
    pod->is_stale = false;
    return CHANDRA_OK;
}

static struct ch_world_pod *
pod_entry(struct ch_world *world, const char *key)
{
    struct ch_world_pod *pod = ch_map_get(&world->pods, key);

    if (pod)
        return pod;
    pod = ch_calloc(1, sizeof(*pod));
    if (!pod || !ch_map_set(&world->pods, key, pod)) {
        ch_free(pod);
        return NULL;
    }
    pod->is_stale = true;
    return pod;
}

enum chandra_status
ch_world_pod(struct ch_world *world, const char *key, struct ch_world_pod **out_pod,
             struct chandra_error *err)
{
    struct ch_world_pod *pod = pod_entry(world, key);
    enum chandra_status st = CHANDRA_OK;

    if (!pod)
        return ch_record_no_memory(err);
    if (pod->is_stale)
        st = refresh_pod(world, key, pod, err);
    if (st != CHANDRA_OK)
        return st;
    if (!pod->object) /* a host may still hold a pod that was deleted, but not one that never was */
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "pod %s was never applied", key);
    *out_pod = pod;
    return CHANDRA_OK;
}

struct name_list {
    struct chandra_doc *doc;
    struct chandra_value *names;
    bool failed;
};

static bool
add_name(void *user, const struct chandra_value *object)
{
    struct name_list *list = user;
    const char *name = ch_metadata_text(object, "name");

    list->failed = !chandra_value_append(list->names, chandra_value_new_string(list->doc, name));
    return !list->failed;
}

enum chandra_status
ch_world_nodes(struct ch_world *world, const struct chandra_value **out_names,
               struct chandra_error *err)
{
    struct name_list list = {0};
    enum chandra_status st = CHANDRA_OK;

    if (!world->nodes) {
        st = chandra_doc_new(&list.doc, err);
        if (st != CHANDRA_OK)
            return st;
        list.names = chandra_value_new_array(list.doc);
        list.failed = !list.names || !chandra_doc_add_root(list.doc, list.names);
        if (!list.failed)
            world->made.stage->ops->each(world->made.stage, "Node", add_name, &list);
        if (list.failed) {
            chandra_doc_free(list.doc);
            return ch_record_no_memory(err);
        }
        world->nodes = list.doc;
    }
    *out_names = chandra_doc_root(world->nodes, 0);
    return CHANDRA_OK;
}
