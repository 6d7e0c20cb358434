/* whatif.c - from the funnel to changes, and what each would bring. */
#include "explain/whatif.h"

#include "explain/tweak.h"

#include <chandra/nodeset.h>
#include <stdio.h>
#include <string.h>

enum { SMALL_NODES = 300, SMALL_PODS = 300, MAX_FREED = 4, NAME_SIZE = 320 };

struct list {
    struct build *build;
    const struct chandra_value *root;
    const struct explain_subject *subject;
    struct tweak items[WHATIF_TRIES];
    size_t count;
    bool is_cut; /* there were more */
};

static const char *
name_space_of(const struct explain_subject *subject)
{
    return chandra_object_namespace(chandra_pod_object(subject->pod));
}

static const char *
name_of(const struct explain_subject *subject)
{
    return chandra_object_name(chandra_pod_object(subject->pod));
}

/* `name` and `value` must live as long as the document; `text` has one %s for the name. */
static void
add(struct list *list, enum tweak_kind kind, const char *name, const char *value, const char *words,
    const char *rest)
{
    struct tweak *tweak = &list->items[list->count];

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == kind && strcmp(list->items[i].name, name) == 0 &&
            strcmp(list->items[i].value, value) == 0)
            return;
    if (list->count == WHATIF_TRIES) {
        list->is_cut = true;
        return;
    }
    *tweak = (struct tweak){.kind = kind,
                            .name_space = name_space_of(list->subject),
                            .pod = name_of(list->subject),
                            .name = name,
                            .value = value};
    snprintf(tweak->text, sizeof(tweak->text), "%s%s%s", words, name, rest);
    list->count++;
}

/* Text that lives as long as the document. */
static const char *
keep(struct list *list, const char *text, size_t len)
{
    char copy[NAME_SIZE];
    struct chandra_value *value;

    snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
    value = chandra_value_new_string(list->build->doc, copy);
    if (!value)
        list->build->is_out_of_memory = true;
    return value ? chandra_value_string(value) : "";
}

static const struct chandra_value *
claim_named(const struct chandra_value *root, const char *name)
{
    const struct chandra_value *claims = chandra_value_get(root, "claims");

    for (size_t i = 0; i < chandra_value_count(claims); i++)
        if (strcmp(values_text(chandra_value_at(claims, i), "name"), name) == 0)
            return chandra_value_at(claims, i);
    return NULL;
}

/* "KEY=VALUE:EFFECT" or "KEY:EFFECT", as a miss tells it. */
static void
add_toleration(struct list *list, const char *seen)
{
    const size_t key_len = strcspn(seen, "=:");
    const char *effect = strrchr(seen, ':');
    char rest[NAME_SIZE];

    if (!effect)
        return;
    snprintf(rest, sizeof(rest), "%s in the pod", seen + key_len);
    add(list, TWEAK_TOLERATE, keep(list, seen, key_len), effect + 1, "a toleration for ", rest);
}

static void
add_selector_parts(struct list *list)
{
    const struct chandra_value *pod =
        explanation_object(list->build, list->subject->stage, "Pod", name_space_of(list->subject),
                           name_of(list->subject));
    const struct chandra_value *spec = chandra_value_get(pod, "spec");
    const struct chandra_value *labels = chandra_value_get(spec, "nodeSelector");

    for (size_t i = 0; i < chandra_value_count(labels); i++)
        add(list, TWEAK_NO_SELECTOR, chandra_value_key(labels, i), "",
            "the pod's nodeSelector without ", "");
    if (chandra_value_get(chandra_value_get(spec, "affinity"), "nodeAffinity"))
        add(list, TWEAK_NO_AFFINITY, "", "", "the pod without its required node affinity", "");
}

/* Each of "cpu 4" that some node lacks. */
static void
add_requests(struct list *list)
{
    const struct chandra_value *nodes = chandra_value_get(list->root, "nodes");

    for (size_t i = 0; i < chandra_value_count(nodes); i++) {
        const struct chandra_value *misses =
            chandra_value_get(chandra_value_at(nodes, i), "misses");
        for (size_t m = 0; m < chandra_value_count(misses); m++) {
            const struct chandra_value *miss = chandra_value_at(misses, m);
            const char *wants = values_text(miss, "wants");
            if (strcmp(values_text(miss, "stage"), explanation_stage(MISS_RESOURCES)) == 0 &&
                strncmp(wants, "pods ", 5) != 0)
                add(list, TWEAK_NO_REQUEST, keep(list, wants, strcspn(wants, " ")), "",
                    "the pod without its request for ", "");
        }
    }
}

/* Claims of the same driver that others hold. */
struct holders {
    struct list *list;
    const char *driver;
    size_t count;
};

static bool
add_holder(void *user, const struct chandra_object *object)
{
    struct holders *holders = user;
    struct list *list = holders->list;
    const struct chandra_claim *claim = chandra_object_claim(object);
    const size_t before = list->count;

    if (!chandra_claim_is_allocated(claim) ||
        strcmp(chandra_claim_driver_name(claim), holders->driver) != 0 ||
        (strcmp(chandra_object_namespace(object), name_space_of(list->subject)) == 0 &&
         claim_named(list->root, chandra_object_name(object))))
        return true;
    add(list, TWEAK_FREE, keep(list, chandra_object_name(object), NAME_SIZE), "", "claim ",
        " freed, its users gone");
    if (list->count > before) {
        struct tweak *tweak = &list->items[before];
        tweak->name_space = keep(list, chandra_object_namespace(object), NAME_SIZE);
        snprintf(tweak->text, sizeof(tweak->text), "claim %s/%s freed, its users gone",
                 tweak->name_space, tweak->name);
    }
    return ++holders->count < MAX_FREED;
}

static void
add_class(struct list *list, const char *claim)
{
    add(list, TWEAK_OPEN_CLASS, values_text(claim_named(list->root, claim), "class"), "", "class ",
        " without suitableNodes");
}

/* What may help against one rule on one node. */
static void
add_for_miss(struct list *list, const struct chandra_value *miss, const char *node,
             const char *seen, bool has_drivers)
{
    const char *stage = values_text(miss, "stage");
    const char *claim = values_text(miss, "claim");
    struct holders holders = {list, values_text(claim_named(list->root, claim), "driver"), 0};

    if (strcmp(stage, explanation_stage(MISS_TAINT)) == 0)
        add_toleration(list, seen);
    else if (strcmp(stage, explanation_stage(MISS_UNSCHEDULABLE)) == 0)
        add(list, TWEAK_UNCORDON, node, "", "node ", " uncordoned");
    else if (strcmp(stage, explanation_stage(MISS_NOT_READY)) == 0)
        add(list, TWEAK_READY, node, "", "node ", " ready again");
    else if (strcmp(stage, explanation_stage(MISS_SELECTOR)) == 0)
        add_selector_parts(list);
    else if (strcmp(stage, explanation_stage(MISS_RESOURCES)) == 0)
        add_requests(list);
    else if (strcmp(stage, explanation_stage(MISS_ALLOCATION)) == 0)
        add(list, TWEAK_GIVE_BACK, claim, "", "claim ", " given back, to be allocated anew");
    else if (strcmp(stage, explanation_stage(MISS_CLASS)) == 0)
        add_class(list, claim);
    else if (strcmp(stage, explanation_stage(MISS_POLICY)) == 0)
        add(list, TWEAK_NO_POLICY, "", "", "the hard rules alone, without the policy", "");
    else if (strcmp(stage, explanation_stage(MISS_DRIVER)) == 0 && has_drivers)
        chandra_engine_each(list->subject->engine, CHANDRA_KIND_CLAIM, add_holder, &holders);
}

/* The node that breaks the fewest rules needs help against all of them. */
static void
add_for_nearest(struct list *list, bool has_drivers)
{
    const char *node = values_text(chandra_value_get(list->root, "nearest"), "node");
    const struct chandra_value *nodes = chandra_value_get(list->root, "nodes");
    const struct chandra_value *misses = NULL;

    for (size_t i = 0; i < chandra_value_count(nodes) && !misses; i++)
        if (strcmp(values_text(chandra_value_at(nodes, i), "name"), node) == 0)
            misses = chandra_value_get(chandra_value_at(nodes, i), "misses");
    for (size_t i = 0; i < chandra_value_count(misses); i++) {
        const struct chandra_value *miss = chandra_value_at(misses, i);
        add_for_miss(list, miss, node, values_text(miss, "seen"), has_drivers);
    }
}

/* What PreFilter refuses lies in the claims. */
static void
add_for_claims(struct list *list)
{
    const struct chandra_value *claims = chandra_value_get(list->root, "claims");

    for (size_t i = 0; i < chandra_value_count(claims); i++) {
        const struct chandra_value *claim = chandra_value_at(claims, i);
        const char *state = values_text(claim, "state");
        if (strcmp(state, "pending") == 0 && !values_flag(claim, "classExists"))
            add(list, TWEAK_MAKE_CLASS, values_text(claim, "class"), "", "a class ",
                ", with a driver for it");
        else if (strcmp(state, "reserved") == 0 && !values_flag(claim, "shareable"))
            add(list, TWEAK_RELEASE, values_text(claim, "name"), "", "claim ",
                " released by the pod that has it");
    }
}

static void
collect(struct list *list, bool has_drivers)
{
    const struct chandra_value *funnel = chandra_value_get(list->root, "funnel");

    add_for_nearest(list, has_drivers);
    for (size_t i = 0; i < chandra_value_count(funnel); i++) {
        const struct chandra_value *entry = chandra_value_at(funnel, i);
        const struct chandra_value *node = chandra_value_at(chandra_value_get(entry, "sample"), 0);
        const struct chandra_value *seen = chandra_value_at(chandra_value_get(entry, "seen"), 0);
        if (strcmp(values_text(entry, "stage"), "pod") == 0)
            add_for_claims(list);
        else if (node)
            add_for_miss(list, entry, chandra_value_string(node), values_text(seen, "text"),
                         has_drivers);
    }
}

/* What came of a try. */
struct result {
    bool works;
    int64_t nodes; /* that would be left; -1: not told */
    char node[NAME_SIZE];
};

static enum chandra_status
apply_all(struct build *build, struct mirror *mirror, const struct tweak *tweaks, size_t count,
          struct tweak_undos *undos, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; i < count && st == CHANDRA_OK; i++)
        st = tweak_apply(build, mirror->stage, &tweaks[i], undos, err);
    return st;
}

static bool
is_without_policy(const struct tweak *tweaks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tweaks[i].kind == TWEAK_NO_POLICY)
            return true;
    return false;
}

/* The whole negotiation, on a copy; what drivers said of the pod before is void there. */
static enum chandra_status
try_by_running(struct list *list, struct mirror *mirror, const struct tweak *tweaks, size_t count,
               struct result *result, struct chandra_error *err)
{
    struct build build = {0};
    struct mirror copy;
    const struct queued_pod *pod;
    enum chandra_status st = chandra_doc_new(&build.doc, err);

    if (st != CHANDRA_OK)
        return st;
    st = mirror_copy(mirror, &copy, err);
    if (st == CHANDRA_OK)
        (void)copy.stage->ops->remove(copy.stage, "PodSchedulingContext",
                                      name_space_of(list->subject), name_of(list->subject), NULL);
    if (st == CHANDRA_OK)
        st = apply_all(&build, &copy, tweaks, count, NULL, err);
    if (is_without_policy(tweaks, count)) {
        chandra_policy_unref(copy.policy);
        copy.policy = NULL;
    }
    if (st == CHANDRA_OK)
        st = mirror_run(&copy, err);
    pod = st == CHANDRA_OK
              ? scheduler_pod(copy.scheduler, name_space_of(list->subject), name_of(list->subject))
              : NULL;
    result->works = pod && pod->is_bound;
    if (result->works && pod->outcome.node)
        snprintf(result->node, sizeof(result->node), "%s", pod->outcome.node);
    mirror_clear(&copy);
    chandra_doc_free(build.doc);
    return st;
}

static enum chandra_status
decide(struct list *list, struct mirror *mirror, struct result *result, struct chandra_error *err)
{
    struct decision decision = {0};
    struct chandra_object *pod = chandra_engine_get(
        mirror->engine, CHANDRA_KIND_POD, name_space_of(list->subject), name_of(list->subject));
    enum chandra_status st = CHANDRA_OK;

    if (!pod)
        return CHANDRA_OK;
    st = decision_make(mirror->engine, chandra_object_pod(pod), NULL, &decision, err);
    if (st == CHANDRA_OK && decision.feasible && decision.answer.code != CHANDRA_CODE_ERROR)
        result->nodes = chandra_nodeset_count(decision.feasible);
    else
        result->nodes = 0;
    result->works = result->nodes > 0;
    decision_clear(&decision);
    chandra_object_unref(pod);
    return st;
}

static enum chandra_status
try_by_deciding(struct list *list, struct mirror *mirror, const struct tweak *tweaks, size_t count,
                struct result *result, struct chandra_error *err)
{
    const bool has_no_policy = is_without_policy(tweaks, count);
    struct tweak_undos undos = {.count = 0};
    enum chandra_status st = apply_all(list->build, mirror, tweaks, count, &undos, err);

    if (has_no_policy)
        chandra_engine_set_policy(mirror->engine, NULL);
    if (st == CHANDRA_OK)
        st = mirror_deliver(mirror, err);
    if (st == CHANDRA_OK)
        st = decide(list, mirror, result, err);
    if (has_no_policy)
        chandra_engine_set_policy(mirror->engine, mirror->policy);
    if (st == CHANDRA_OK)
        st = tweak_undo(mirror->stage, &undos, err);
    return st == CHANDRA_OK ? mirror_deliver(mirror, err) : st;
}

static void
put_result(struct build *build, struct chandra_value *hints, const char *text,
           const struct result *result)
{
    struct chandra_value *value = build_element(build, hints);

    build_text(build, value, "change", text);
    build_flag(build, value, "works", result->works);
    if (result->nodes >= 0)
        build_number(build, value, "nodes", result->nodes);
    else
        build_null(build, value, "nodes");
    build_text(build, value, "node", *result->node ? result->node : NULL);
}

static bool
is_small(struct mirror *mirror)
{
    return mirror->has_drivers &&
           chandra_engine_count(mirror->engine, CHANDRA_KIND_NODE) <= SMALL_NODES &&
           chandra_engine_count(mirror->engine, CHANDRA_KIND_POD) <= SMALL_PODS;
}

static enum chandra_status
try_all(struct list *list, struct mirror *mirror, struct chandra_value *hints, bool runs,
        struct chandra_error *err)
{
    struct result result;
    size_t working = 0;
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; i <= list->count && st == CHANDRA_OK; i++) {
        const bool is_last = i == list->count; /* all of them, if none works by itself */
        const struct tweak *tweaks = is_last ? list->items : &list->items[i];
        const size_t count = is_last ? list->count : 1;
        if (is_last && (working > 0 || list->count < 2))
            break;
        result = (struct result){.nodes = -1};
        st = runs ? try_by_running(list, mirror, tweaks, count, &result, err)
                  : try_by_deciding(list, mirror, tweaks, count, &result, err);
        working += result.works;
        if (st == CHANDRA_OK)
            put_result(list->build, hints, is_last ? "all of these together" : tweaks->text,
                       &result);
    }
    return st;
}

enum chandra_status
whatif_explain(struct build *build, struct chandra_value *root, struct mirror *mirror,
               const struct explain_subject *subject, struct chandra_error *err)
{
    struct list list = {.build = build, .root = root, .subject = subject};
    struct chandra_value *hints = build_array(build, root, "hints");
    struct chandra_value *tries = build_object(build, root, "tries");
    const bool runs = is_small(mirror);
    enum chandra_status st = CHANDRA_OK;

    if (strcmp(values_text(root, "state"), "placed") != 0 &&
        values_int(chandra_value_get(root, "feasible"), "nodes") == 0) {
        collect(&list, runs);
        st = try_all(&list, mirror, hints, runs, err);
    }
    build_number(build, tries, "made", (int64_t)chandra_value_count(hints));
    build_flag(build, tries, "isComplete", !list.is_cut);
    build_text(build, tries, "by", runs ? "running" : "deciding");
    return st;
}

enum chandra_status
whatif_unplace(struct build *build, struct mirror *mirror, const struct chandra_pod *pod,
               struct chandra_error *err)
{
    const struct chandra_object *object = chandra_pod_object(pod);
    struct tweak tweak = {.kind = TWEAK_UNPLACE,
                          .name_space = chandra_object_namespace(object),
                          .pod = chandra_object_name(object),
                          .name = "",
                          .value = ""};
    enum chandra_status st = tweak_apply(build, mirror->stage, &tweak, NULL, err);

    tweak.kind = TWEAK_GIVE_BACK;
    for (size_t i = 0; i < chandra_pod_claim_count(pod) && st == CHANDRA_OK; i++) {
        const char *name = chandra_pod_claim_name(pod, i);
        struct chandra_object *claim =
            name ? chandra_engine_get(mirror->engine, CHANDRA_KIND_CLAIM, tweak.name_space, name)
                 : NULL;
        const struct chandra_claim *of = chandra_object_claim(claim);
        tweak.name = name;
        if (of && chandra_claim_mode(of) == CHANDRA_MODE_DELAYED &&
            chandra_claim_user_count(of) <= 1)
            st = tweak_apply(build, mirror->stage, &tweak, NULL, err);
        chandra_object_unref(claim);
    }
    return st == CHANDRA_OK ? mirror_deliver(mirror, err) : st;
}
