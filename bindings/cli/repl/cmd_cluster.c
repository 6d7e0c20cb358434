/* cmd_cluster.c - lists, shows, stores and deletes the cluster's objects. */
#include "repl/commands.h"

#include "kinds.h"
#include "table.h"

#include <chandra/sys/base.h>
#include <chandra/sys/stage.h>
#include <stdio.h>
#include <string.h>

/* Kinds and the words for them; the first word of each is what completion offers. */
static const struct kind {
    const char *kind;
    bool is_namespaced;
    const char *words[4];
} kinds[] = {
    {"Pod", true, {"pods", "pod", "po"}},
    {"Node", false, {"nodes", "node", "no"}},
    {"ResourceClaim", true, {"claims", "claim", "resourceclaims"}},
    {"ResourceClass", false, {"classes", "class", "resourceclasses"}},
    {"PodSchedulingContext", true, {"contexts", "context", "podschedulingcontexts"}},
    {"ResourceClaimTemplate", true, {"templates", "template", "resourceclaimtemplates"}},
    {"Namespace", false, {"namespaces", "namespace", "ns"}},
};
enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

const char *const kind_words[] = {"pods",     "claims",    "nodes",      "classes",
                                  "contexts", "templates", "namespaces", NULL};

const char *
kind_by_word(const char *word, bool *out_is_namespaced)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        for (size_t k = 0; k < 4; k++) {
            const char *other = k < 3 ? kinds[i].words[k] : kinds[i].kind;
            if (strcmp(word, other) == 0) {
                *out_is_namespaced = kinds[i].is_namespaced;
                return kinds[i].kind;
            }
        }
    return NULL;
}

static const char *
find_kind(const char *word, bool *out_is_namespaced, struct chandra_error *err)
{
    const char *kind = kind_by_word(word, out_is_namespaced);

    if (!kind)
        chandra_error_set(err, CHANDRA_EINVAL,
                          "unknown kind \"%s\", want pods, claims, nodes, classes, contexts, "
                          "templates or namespaces",
                          word);
    return kind;
}

static const struct chandra_value *
member(const struct chandra_value *value, const char *first, const char *second)
{
    value = chandra_value_get(value, first);
    return second ? chandra_value_get(value, second) : value;
}

static const char *
text(const struct chandra_value *value, const char *first, const char *second)
{
    const char *found = chandra_value_string(member(value, first, second));

    return found ? found : "";
}

static void
append(char *line, size_t size, const char *separator, const char *part)
{
    const size_t len = strlen(line);

    snprintf(line + len, size - len, "%s%s", len > 0 ? separator : "", part);
}

/* What is worth a column, by kind: what it is for, and how it stands. */

static void
describe_pod(const struct chandra_value *pod, char *what, char *state, size_t size)
{
    const struct chandra_value *claims = member(pod, "spec", "resourceClaims");
    const char *node = text(pod, "spec", "nodeName");

    for (size_t i = 0; i < chandra_value_count(claims); i++)
        append(what, size, ", ", text(chandra_value_at(claims, i), "name", NULL));
    snprintf(state, size, "%s%s", *node ? "on " : "waits", node);
}

static void
describe_claim(const struct chandra_value *claim, char *what, char *state, size_t size)
{
    const struct chandra_value *users = member(claim, "status", "reservedFor");

    append(what, size, "", text(claim, "spec", "resourceClassName"));
    if (chandra_value_is_true(member(claim, "status", "deallocationRequested")))
        append(state, size, "", "being freed");
    else
        append(state, size, "", member(claim, "status", "allocation") ? "allocated" : "pending");
    for (size_t i = 0; i < chandra_value_count(users); i++)
        append(state, size, i == 0 ? ", used by " : " ",
               text(chandra_value_at(users, i), "name", NULL));
}

static void
describe_node(const struct chandra_value *node, char *what, char *state, size_t size)
{
    const struct chandra_value *labels = member(node, "metadata", "labels");

    for (size_t i = 0; i < chandra_value_count(labels); i++) {
        const char *key = chandra_value_key(labels, i);
        const char *value = chandra_value_string(chandra_value_at(labels, i));
        if (strncmp(key, "kubernetes.io/", 14) == 0)
            continue;
        append(what, size, " ", key);
        append(what, size, "=", value ? value : "");
    }
    if (chandra_value_is_true(member(node, "spec", "unschedulable")))
        append(state, size, "", "unschedulable");
}

static void
describe_class(const struct chandra_value *class, char *what, char *state, size_t size)
{
    append(what, size, "", text(class, "driverName", NULL));
    if (member(class, "suitableNodes", NULL))
        append(state, size, "", "some nodes");
}

static void
describe_context(const struct chandra_value *context, char *what, char *state, size_t size)
{
    const struct chandra_value *potential = member(context, "spec", "potentialNodes");
    const struct chandra_value *answers = member(context, "status", "resourceClaims");
    char count[64];

    snprintf(what, size, "selected %s",
             *text(context, "spec", "selectedNode") ? text(context, "spec", "selectedNode") : "-");
    snprintf(count, sizeof(count), "%zu potential nodes", chandra_value_count(potential));
    append(what, size, ", ", count);
    for (size_t i = 0; i < chandra_value_count(answers); i++) {
        const struct chandra_value *answer = chandra_value_at(answers, i);
        snprintf(count, sizeof(count), " refuses %zu",
                 chandra_value_count(member(answer, "unsuitableNodes", NULL)));
        append(state, size, ", ", text(answer, "name", NULL));
        append(state, size, "", count);
    }
}

static void
describe_template(const struct chandra_value *value, char *what, char *state, size_t size)
{
    state[0] = '\0';
    append(what, size, "", text(member(value, "spec", "spec"), "resourceClassName", NULL));
}

static const struct listing {
    const char *kind;
    const char *what;
    void (*describe)(const struct chandra_value *value, char *what, char *state, size_t size);
} listings[] = {
    {"Pod", "CLAIMS", describe_pod},
    {"Node", "LABELS", describe_node},
    {"ResourceClaim", "CLASS", describe_claim},
    {"ResourceClass", "DRIVER", describe_class},
    {"PodSchedulingContext", "ASKED", describe_context},
    {"ResourceClaimTemplate", "CLASS", describe_template},
    {"Namespace", "", NULL},
};

struct list {
    struct table table;
    const struct listing *listing;
    size_t count;
    bool is_out_of_memory;
};

static bool
add_row(void *user, const struct chandra_value *value)
{
    enum { SIZE = 400 };
    struct list *list = user;
    char name[SIZE] = "";
    char what[SIZE] = "";
    char state[SIZE] = "";

    append(name, sizeof(name), "", text(value, "metadata", "namespace"));
    append(name, sizeof(name), "/", text(value, "metadata", "name"));
    if (list->listing->describe)
        list->listing->describe(value, what, state, SIZE);
    list->count++;
    if (!table_add(&list->table, (const char *const[]){name, what, state}))
        list->is_out_of_memory = true;
    return !list->is_out_of_memory;
}

static enum chandra_status
list_kind(struct session *session, const char *kind, struct chandra_error *err)
{
    struct list list = {.table = {.columns = 3}};

    for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++)
        if (strcmp(listings[i].kind, kind) == 0)
            list.listing = &listings[i];
    if (!table_add(&list.table, (const char *const[]){"NAME", list.listing->what, "STATE"}))
        list.is_out_of_memory = true;
    world_each(&session->world, kind, add_row, &list);
    if (list.is_out_of_memory) {
        table_clear(&list.table);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    if (list.count == 0) {
        table_clear(&list.table);
        say(session, "there are none\n");
    } else {
        table_print(&list.table);
    }
    return CHANDRA_OK;
}

static bool
count_one(void *user, const struct chandra_value *value)
{
    (void)value;
    ++*(size_t *)user;
    return true;
}

enum chandra_status
command_list(struct session *session, const struct words *words, struct chandra_error *err)
{
    bool is_namespaced;
    const char *kind;

    if (words->count > 1) {
        kind = find_kind(words->items[1], &is_namespaced, err);
        return kind ? list_kind(session, kind, err) : CHANDRA_EINVAL;
    }
    for (const char *const *word = kind_words; *word; word++) {
        size_t count = 0;
        world_each(&session->world, kind_by_word(*word, &is_namespaced), count_one, &count);
        say(session, "%4zu %s\n", count, *word);
    }
    return CHANDRA_OK;
}

/* One object that a command names. */
struct target {
    const char *kind;
    char name_space[260];
    const char *name;
    struct chandra_doc *doc; /* takes a copy of the object */
    const struct chandra_value *found;
};

static enum chandra_status
parse_target(const struct words *words, struct target *target, struct chandra_error *err)
{
    const char *slash = strchr(words->items[2], '/');
    bool is_namespaced = false;

    *target = (struct target){.name = words->items[2]};
    target->kind = find_kind(words->items[1], &is_namespaced, err);
    if (!target->kind)
        return CHANDRA_EINVAL;
    if (slash) {
        snprintf(target->name_space, sizeof(target->name_space), "%.*s",
                 (int)(slash - words->items[2]), words->items[2]);
        target->name = slash + 1;
    } else if (is_namespaced) {
        snprintf(target->name_space, sizeof(target->name_space), "default");
    }
    return CHANDRA_OK;
}

static bool
keep_copy(void *user, const struct chandra_value *object)
{
    struct target *target = user;

    target->found = chandra_value_copy(target->doc, object);
    return false;
}

static enum chandra_status
not_found(const struct target *target, struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOTFOUND, "there is no %s %s%s%s", target->kind,
                             target->name_space, *target->name_space ? "/" : "", target->name);
}

enum chandra_status
command_show(struct session *session, const struct words *words, struct chandra_error *err)
{
    struct chandra_stage *stage = chandra_sim_stage(session->world.sim);
    struct target target;
    char *yaml = NULL;
    enum chandra_status st = parse_target(words, &target, err);

    if (st == CHANDRA_OK)
        st = chandra_doc_new(&target.doc, err);
    if (st != CHANDRA_OK)
        return st;
    stage->ops->find(stage, target.kind, target.name_space, target.name, keep_copy, &target);
    if (target.found)
        st = chandra_value_print(target.found, CHANDRA_PRINT_YAML, &yaml, NULL, err);
    else
        st = not_found(&target, err);
    if (st == CHANDRA_OK) {
        say(session, "%s", yaml);
        chandra_free(yaml);
    }
    chandra_doc_free(target.doc);
    return st;
}

/* Store. */

static enum chandra_status
store(struct session *session, const struct chandra_value *object, struct chandra_error *err)
{
    const char *version = text(object, "apiVersion", NULL);
    const char *kind = text(object, "kind", NULL);
    bool is_namespaced;
    enum chandra_status st;

    switch (kind_classify(version, kind, &is_namespaced, err)) {
    case KIND_SKIPPED:
        if (!*kind)
            return chandra_error_set(err, CHANDRA_EINVAL, "the object has no kind");
        say(session, "skipped %s, not a kind that is simulated\n", kind);
        return CHANDRA_OK;
    case KIND_REFUSED:
        return err->status;
    case KIND_LOADED:
        break;
    }
    st = chandra_sim_load(session->world.sim, object, err);
    if (st == CHANDRA_OK)
        say(session, "stored %s %s\n", kind, text(object, "metadata", "name"));
    return st;
}

static enum chandra_status
store_all(struct session *session, const struct chandra_value *value, struct chandra_error *err)
{
    const struct chandra_value *items = member(value, "items", NULL);
    enum chandra_status st = CHANDRA_OK;

    if (chandra_value_type(value) == CHANDRA_NULL)
        return CHANDRA_OK;
    if (chandra_value_type(items) != CHANDRA_ARRAY)
        return store(session, value, err);
    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(items); i++)
        st = store(session, chandra_value_at(items, i), err);
    return st;
}

static enum chandra_status
read_objects(struct session *session, const struct words *words, struct chandra_doc **out_doc,
             struct chandra_error *err)
{
    (void)session;
    if (*words->rest == '{')
        return chandra_doc_parse_yaml(words->rest, strlen(words->rest), "line", NULL, out_doc, err);
    return cli_read_doc(words->items[1], out_doc, err);
}

/* Controllers and drivers see what was changed. */
static enum chandra_status
settle(struct session *session, struct chandra_error *err)
{
    const struct walk *walk = &session->world.walk;
    struct chandra_object *pod = NULL;
    bool has_moved;
    enum chandra_status st = world_settle(&session->world, &has_moved, err);

    if (st != CHANDRA_OK)
        return st;
    if (walk->pod)
        pod =
            chandra_engine_get(scheduler_engine(session->world.scheduler), CHANDRA_KIND_POD,
                               chandra_object_namespace(walk->pod), chandra_object_name(walk->pod));
    if (!pod)
        st = session_choose(session, NULL, err);
    chandra_object_unref(pod);
    return st;
}

enum chandra_status
command_apply(struct session *session, const struct words *words, struct chandra_error *err)
{
    struct chandra_doc *doc = session->redo ? session->redo->doc : NULL;
    const size_t from = chandra_sim_write_count(session->world.sim);
    enum chandra_status st = CHANDRA_OK;

    if (!doc) {
        st = read_objects(session, words, &doc, err);
        if (st != CHANDRA_OK)
            return st;
        session->noted->doc = doc;
    }
    for (size_t i = 0; st == CHANDRA_OK && i < chandra_doc_count(doc); i++)
        st = store_all(session, chandra_doc_root(doc, i), err);
    /* Classes may bring new drivers. */
    if (st == CHANDRA_OK)
        st = chandra_sim_add_default_drivers(session->world.sim, err);
    if (st == CHANDRA_OK)
        st = settle(session, err);
    tell_writes(session, from);
    return st;
}

enum chandra_status
command_delete(struct session *session, const struct words *words, struct chandra_error *err)
{
    struct chandra_stage *stage = chandra_sim_stage(session->world.sim);
    const size_t from = chandra_sim_write_count(session->world.sim);
    struct target target;
    enum chandra_status st = parse_target(words, &target, err);

    if (st != CHANDRA_OK)
        return st;
    st = stage->ops->remove(stage, target.kind, target.name_space, target.name, err);
    if (st == CHANDRA_ENOTFOUND)
        return not_found(&target, err);
    if (st == CHANDRA_OK) {
        say(session, "deleted %s %s\n", target.kind, words->items[2]);
        st = settle(session, err);
    }
    tell_writes(session, from);
    return st;
}
