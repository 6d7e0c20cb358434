/* world.c - the world of one case: a server to set step by step, an engine on it, and a cycle for
 * each pod. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "record/record.h"

#include <string.h>

static void
note_write(void *user, const struct chandra_cycle *cycle, enum chandra_kind kind,
           const char *name_space, const char *name, const struct chandra_value *object)
{
    struct ch_world *world = user;

    (void)cycle;
    (void)kind;
    (void)name_space;
    (void)name;
    (void)object;
    world->has_written = true;
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
    world->observer = (struct chandra_observer){
        .size = sizeof(world->observer), .user = world, .write = note_write};
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
    if (!world->is_open)
        return;
    free_pods(world);
    ch_holdings_clear(&world->holdings);
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

enum chandra_status
ch_world_change(struct ch_world *world, const struct ch_step *step, struct chandra_error *err)
{
    const struct ch_step_target *target = &step->target;
    struct chandra_stage *stage = world->made.stage;
    enum chandra_status st = CHANDRA_OK;

    if (ch_streq(target->kind, "Pod"))
        st = spoil_pod(world, target, err);
    if (st == CHANDRA_OK && target->object)
        st = stage->ops->apply(stage, target->object, err);
    else if (st == CHANDRA_OK)
        st = stage->ops->remove(stage, target->kind, target->name_space, target->name, err);
    if (st == CHANDRA_OK)
        world->has_changed = true;
    if (st == CHANDRA_OK && !target->lag)
        st = ch_world_deliver(world, err);
    return st;
}

enum chandra_status
ch_world_look(struct ch_world *world, const struct ch_changes *changes, struct chandra_error *err)
{
    world->has_changed = false;
    return ch_holdings_look(&world->holdings, world->made.stage, changes, err);
}

/* Looks for a pod among those of the server. */
struct pod_search {
    const char *key;
    struct chandra_object *object;
    enum chandra_status status;
    struct chandra_error *err;
};

/* Whether NAMESPACE/NAME is that of an object. */
static bool
is_named(const struct chandra_value *object, const char *key)
{
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    const char *name_space = chandra_value_string(chandra_value_get(metadata, "namespace"));
    const char *slash = strchr(key, '/');

    return slash && name_space && strlen(name_space) == (size_t)(slash - key) &&
           strncmp(key, name_space, (size_t)(slash - key)) == 0 &&
           ch_streq(chandra_value_string(chandra_value_get(metadata, "name")), slash + 1);
}

static bool
find_pod(void *user, const struct chandra_value *object)
{
    struct pod_search *search = user;

    if (!is_named(object, search->key))
        return true;
    search->status = chandra_object_decode(object, &search->object, search->err);
    return false;
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
    struct chandra_stage *stage = world->made.stage;
    struct pod_search search = {.key = key, .err = err};
    struct ch_world_pod *pod = pod_entry(world, key);

    if (!pod)
        return ch_record_no_memory(err);
    if (pod->is_stale) {
        stage->ops->each(stage, "Pod", find_pod, &search);
        if (search.status != CHANDRA_OK)
            return search.status;
        if (search.object) {
            chandra_object_unref(pod->object);
            pod->object = search.object;
        }
        pod->is_stale = false;
    }
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
    const char *name =
        chandra_value_string(chandra_value_get(chandra_value_get(object, "metadata"), "name"));

    list->failed = !chandra_value_append(list->names, chandra_value_new_string(list->doc, name));
    return !list->failed;
}

enum chandra_status
ch_world_nodes(struct ch_world *world, struct chandra_doc *doc, struct chandra_value *names,
               struct chandra_error *err)
{
    struct name_list list = {.doc = doc, .names = names};

    world->made.stage->ops->each(world->made.stage, "Node", add_name, &list);
    return list.failed ? ch_record_no_memory(err) : CHANDRA_OK;
}
