/* choice.c - a policy that is a set of chains, one for each rule of a configuration. */
#include "config.h"

#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <string.h>

/* One chain. */

struct chain {
    struct chandra_policy base;
    struct chandra_policy *inner;
    bool ignores_failures;
};

static const struct chain *
chain_of(const struct chandra_policy *policy)
{
    return (const struct chain *)policy;
}

static void
free_chain(struct chandra_policy *policy)
{
    chandra_policy_unref(chain_of(policy)->inner);
    chandra_free(policy);
}

static size_t
chain_count(const struct chandra_policy *policy)
{
    return chandra_policy_count(chain_of(policy)->inner);
}

static const struct chandra_policy_info *
chain_info_at(const struct chandra_policy *policy, size_t index)
{
    return chandra_policy_info_at(chain_of(policy)->inner, index);
}

static enum chandra_status
match(struct chandra_policy *policy, struct chandra_cycle *cycle, size_t index,
      struct chandra_nodeset *nodes, struct chandra_error *err)
{
    struct chandra_policy *inner = chain_of(policy)->inner;

    return inner->ops->match(inner, cycle, index, nodes, err);
}

static enum chandra_status
score(struct chandra_policy *policy, struct chandra_cycle *cycle,
      const struct chandra_nodeset *nodes, int64_t *scores, struct chandra_error *err)
{
    struct chandra_policy *inner = chain_of(policy)->inner;

    return inner->ops->score(inner, cycle, nodes, scores, err);
}

static enum chandra_status
suggest(struct chandra_policy *policy, struct chandra_cycle *cycle, struct chandra_nodeset *nodes,
        uint32_t *out_selected, struct chandra_error *err)
{
    struct chandra_policy *inner = chain_of(policy)->inner;

    return inner->ops->suggest(inner, cycle, nodes, out_selected, err);
}

static enum chandra_status
release(struct chandra_policy *policy, struct chandra_cycle *cycle, const size_t *claims,
        size_t count, size_t *out_choice, struct chandra_error *err)
{
    struct chandra_policy *inner = chain_of(policy)->inner;

    return inner->ops->release(inner, cycle, claims, count, out_choice, err);
}

static enum chandra_failure_policy
failure_policy(const struct chandra_policy *policy)
{
    return chain_of(policy)->ignores_failures ? CHANDRA_FAILURE_IGNORE : CHANDRA_FAILURE_FAIL;
}

static const struct chandra_policy_ops chain_ops = {
    .size = sizeof(chain_ops),
    .free = free_chain,
    .count = chain_count,
    .info_at = chain_info_at,
    .match = match,
    .score = score,
    .suggest = suggest,
    .release = release,
    .failure_policy = failure_policy,
};

struct chandra_policy *
ch_chain_new(struct chandra_policy *inner, bool ignores_failures)
{
    struct chain *chain = chandra_realloc(NULL, sizeof(*chain));

    if (!chain)
        return NULL;
    *chain = (struct chain){.base = {.ops = &chain_ops},
                            .inner = chandra_policy_ref(inner),
                            .ignores_failures = ignores_failures};
    atomic_init(&chain->base.refs, 1);
    return &chain->base;
}

/* The set. */

struct choice {
    struct chandra_policy base;
    struct chandra_doc *doc;
    const char *queue_key;
    const struct chandra_value *rules;
    const struct chandra_policy_info **infos; /* of all chains, each policy once */
    size_t info_count;
    size_t chain_count; /* one more than rules */
    struct chandra_policy *chains[];
};

static const struct choice *
choice_of(const struct chandra_policy *policy)
{
    return (const struct choice *)policy;
}

static void
free_choice(struct chandra_policy *policy)
{
    struct choice *choice = (struct choice *)policy;

    for (size_t i = 0; i < choice->chain_count; i++)
        chandra_policy_unref(choice->chains[i]);
    chandra_free(choice->infos);
    chandra_doc_free(choice->doc);
    chandra_free(choice);
}

static size_t
count(const struct chandra_policy *policy)
{
    return choice_of(policy)->info_count;
}

static const struct chandra_policy_info *
info_at(const struct chandra_policy *policy, size_t index)
{
    return index < choice_of(policy)->info_count ? choice_of(policy)->infos[index] : NULL;
}

static struct chandra_policy *
chain_at(const struct chandra_policy *policy, size_t index)
{
    return index < choice_of(policy)->chain_count ? choice_of(policy)->chains[index] : NULL;
}

/* Which chain? */

static bool
matches_pattern(const char *pattern, const char *text)
{
    const size_t len = strcspn(pattern, "*");

    return strncmp(pattern, text, len) == 0 && (pattern[len] == '*' || !text[len]);
}

/* An absent list is no condition. */
static bool
is_listed(const struct chandra_value *list, const char *text)
{
    if (!list)
        return true;
    for (size_t i = 0; text && i < chandra_value_count(list); i++)
        if (matches_pattern(chandra_value_string(chandra_value_at(list, i)), text))
            return true;
    return false;
}

static bool
has_class(const struct chandra_value *classes, const struct chandra_cycle *cycle)
{
    if (!classes)
        return true;
    for (size_t i = 0; i < chandra_cycle_claim_count(cycle); i++)
        if (is_listed(classes, chandra_claim_class_name(chandra_cycle_claim(cycle, i))))
            return true;
    return false;
}

static bool
holds_value(const struct chandra_value *values, const char *label)
{
    for (size_t i = 0; i < chandra_value_count(values); i++)
        if (strcmp(chandra_value_string(chandra_value_at(values, i)), label) == 0)
            return true;
    return false;
}

static bool
meets_expression(const struct chandra_value *expression, const struct chandra_object *pod)
{
    const char *how = chandra_value_string(chandra_value_get(expression, "operator"));
    const struct chandra_value *values = chandra_value_get(expression, "values");
    const char *label =
        chandra_object_label(pod, chandra_value_string(chandra_value_get(expression, "key")));

    if (strcmp(how, "Exists") == 0)
        return label != NULL;
    if (strcmp(how, "DoesNotExist") == 0)
        return label == NULL;
    if (strcmp(how, "In") == 0)
        return label && holds_value(values, label);
    return !label || !holds_value(values, label);
}

static bool
is_selected(const struct chandra_value *selector, const struct chandra_object *pod)
{
    const struct chandra_value *labels = chandra_value_get(selector, "matchLabels");
    const struct chandra_value *expressions = chandra_value_get(selector, "matchExpressions");

    for (size_t i = 0; i < chandra_value_count(labels); i++) {
        const char *label = chandra_object_label(pod, chandra_value_key(labels, i));

        if (!label || strcmp(label, chandra_value_string(chandra_value_at(labels, i))) != 0)
            return false;
    }
    for (size_t i = 0; i < chandra_value_count(expressions); i++)
        if (!meets_expression(chandra_value_at(expressions, i), pod))
            return false;
    return true;
}

static const char *
queue_of(const struct choice *choice, const struct chandra_cycle *cycle,
         const struct chandra_object *pod)
{
    const char *queue = chandra_cycle_queue(cycle);

    if (!queue)
        queue = chandra_object_label(pod, choice->queue_key);
    return queue ? queue : chandra_object_annotation(pod, choice->queue_key);
}

static size_t
choose(struct chandra_policy *policy, const struct chandra_cycle *cycle)
{
    const struct choice *choice = choice_of(policy);
    const struct chandra_object *pod = chandra_pod_object(chandra_cycle_pod(cycle));
    const char *queue = queue_of(choice, cycle, pod);
    size_t index = 0;

    for (; index + 1 < choice->chain_count; index++) {
        const struct chandra_value *match_value =
            chandra_value_get(chandra_value_at(choice->rules, index), "match");

        if (is_listed(chandra_value_get(match_value, "queues"), queue) &&
            is_listed(chandra_value_get(match_value, "namespaces"),
                      chandra_object_namespace(pod)) &&
            has_class(chandra_value_get(match_value, "classes"), cycle) &&
            is_selected(chandra_value_get(match_value, "podSelector"), pod))
            break;
    }
    return index;
}

static const struct chandra_policy_ops choice_ops = {
    .size = sizeof(choice_ops),
    .free = free_choice,
    .count = count,
    .info_at = info_at,
    .choose = choose,
    .chain_at = chain_at,
};

/* Life. */

static bool
is_known(const struct choice *choice, const struct chandra_policy_info *info)
{
    for (size_t i = 0; i < choice->info_count; i++)
        if (strcmp(choice->infos[i]->sha256, info->sha256) == 0 &&
            strcmp(choice->infos[i]->source, info->source) == 0)
            return true;
    return false;
}

static bool
collect_infos(struct choice *choice)
{
    size_t room = 0;

    for (size_t i = 0; i < choice->chain_count; i++)
        room += chandra_policy_count(choice->chains[i]);
    choice->infos = chandra_realloc(NULL, room * sizeof(struct chandra_policy_info *));
    for (size_t i = 0; choice->infos && i < choice->chain_count; i++)
        for (size_t k = 0; k < chandra_policy_count(choice->chains[i]); k++) {
            const struct chandra_policy_info *info = chandra_policy_info_at(choice->chains[i], k);

            if (!is_known(choice, info))
                choice->infos[choice->info_count++] = info;
        }
    return choice->infos != NULL;
}

static bool
copy_root(struct choice *choice, const struct chandra_value *root)
{
    struct chandra_value *copy;

    if (chandra_doc_new(&choice->doc, NULL) != CHANDRA_OK)
        return false;
    copy = chandra_value_copy(choice->doc, root);
    if (!copy || !chandra_doc_add_root(choice->doc, copy))
        return false;
    choice->queue_key = chandra_value_string(chandra_value_get(copy, "queueKey"));
    choice->rules = chandra_value_get(copy, "rules");
    return true;
}

struct chandra_policy *
ch_choice_new(const struct chandra_value *root, struct chandra_policy *const *chains, size_t total)
{
    const size_t size = sizeof(struct choice) + total * sizeof(struct chandra_policy *);
    struct choice *choice = chandra_realloc(NULL, size);

    if (!choice)
        return NULL;
    memset(choice, 0, size);
    choice->base.ops = &choice_ops;
    atomic_init(&choice->base.refs, 1);
    for (; choice->chain_count < total; choice->chain_count++)
        choice->chains[choice->chain_count] = chandra_policy_ref(chains[choice->chain_count]);
    if (copy_root(choice, root) && collect_infos(choice))
        return &choice->base;
    free_choice(&choice->base);
    return NULL;
}
