/* policy.c - references on policies, their identity, and what happens when one fails. */
#include "engine/engine.h"

#include <stdio.h>

struct chandra_policy *
chandra_policy_ref(struct chandra_policy *policy)
{
    if (policy)
        atomic_fetch_add(&policy->refs, 1);
    return policy;
}

void
chandra_policy_unref(struct chandra_policy *policy)
{
    if (policy && atomic_fetch_sub(&policy->refs, 1) == 1)
        policy->ops->free(policy);
}

size_t
chandra_policy_count(const struct chandra_policy *policy)
{
    return policy ? policy->ops->count(policy) : 0;
}

const struct chandra_policy_info *
chandra_policy_info_at(const struct chandra_policy *policy, size_t index)
{
    return policy ? policy->ops->info_at(policy, index) : NULL;
}

void
chandra_engine_set_policy(struct chandra_engine *engine, struct chandra_policy *policy)
{
    struct chandra_policy *old;

    chandra_policy_ref(policy);
    pthread_mutex_lock(&engine->policy_lock);
    old = engine->policy;
    engine->policy = policy;
    pthread_mutex_unlock(&engine->policy_lock);
    chandra_policy_unref(old);
}

struct chandra_policy *
chandra_engine_policy(struct chandra_engine *engine)
{
    struct chandra_policy *policy;

    pthread_mutex_lock(&engine->policy_lock);
    policy = chandra_policy_ref(engine->policy);
    pthread_mutex_unlock(&engine->policy_lock);
    return policy;
}

const char *
ch_policy_name(const struct chandra_policy *policy)
{
    const struct chandra_policy_info *info = chandra_policy_info_at(policy, 0);

    return info ? info->name : "policy";
}

/* Digits of the content hash: as many as people need to tell versions apart, or all. */
enum { SHORT_HASH = 12, FULL_HASH = 64 };

static size_t
put_info(const struct chandra_policy_info *info, int digits, char *text, size_t size)
{
    const int len =
        snprintf(text, size, "%s@%s sha256:%.*s", info->name, info->version, digits, info->sha256);

    return len < 0 ? 0 : (size_t)len;
}

void
ch_policy_member_text(const struct chandra_policy *policy, const char *name, char *text,
                      size_t size)
{
    for (size_t i = 0; i < chandra_policy_count(policy); i++) {
        const struct chandra_policy_info *info = chandra_policy_info_at(policy, i);

        if (ch_streq(info->name, name)) {
            put_info(info, SHORT_HASH, text, size);
            return;
        }
    }
    snprintf(text, size, "%s", name);
}

struct chandra_policy *
chandra_cycle_policy(const struct chandra_cycle *cycle)
{
    return cycle->policy;
}

static void
put_chain(const struct chandra_policy *policy, int digits, char *text, size_t size)
{
    const size_t count = chandra_policy_count(policy);
    size_t len = 0;

    if (count == 0)
        snprintf(text, size, "builtin");
    for (size_t i = 0; i < count && len < size; i++) {
        if (i > 0)
            len += (size_t)snprintf(text + len, size - len, ", ");
        if (len < size)
            len += put_info(chandra_policy_info_at(policy, i), digits, text + len, size - len);
    }
}

void
chandra_cycle_policy_text(const struct chandra_cycle *cycle, char *text, size_t size)
{
    put_chain(cycle->policy, FULL_HASH, text, size);
}

void
ch_policy_choose(struct chandra_cycle *cycle)
{
    struct chandra_policy *set = cycle->policy;

    if (!set || !set->ops->choose)
        return;
    cycle->policy = chandra_policy_ref(set->ops->chain_at(set, set->ops->choose(set, cycle)));
    chandra_policy_unref(set);
}

static enum chandra_failure_policy
failure_policy(const struct chandra_cycle *cycle)
{
    const struct chandra_policy *policy = cycle->policy;

    return policy && policy->ops->failure_policy ? policy->ops->failure_policy(policy)
                                                 : cycle->engine->options.failure_policy;
}

bool
ch_policy_forgiven(struct chandra_cycle *cycle, const char *hook, const struct chandra_error *err,
                   struct chandra_answer *out)
{
    const struct chandra_engine *engine = cycle->engine;
    const bool is_forgiven = failure_policy(cycle) == CHANDRA_FAILURE_IGNORE;
    const bool is_told = !is_forgiven && out; /* to the host, by the answer */
    char text[512];

    cycle->fault = ch_arena_strdup(&cycle->arena, err->message);
    if (cycle->is_shadow) {
        if (out)
            ch_answer_error(out, err);
        return false;
    }
    put_chain(cycle->policy, SHORT_HASH, text, sizeof(text));
    ch_log(&engine->options.logger, is_told ? CHANDRA_LOG_INFO : CHANDRA_LOG_WARNING,
           "pod %s/%s: policy %s: %s: %s; %s", cycle->pod->name_space, cycle->pod->name, text, hook,
           err->message, is_told ? "the pod waits" : "the hard rules decide");
    if (is_told)
        ch_answer_error(out, err);
    return is_forgiven;
}
