/* policy.c - a chain of policies as the engine sees it: each operation asks the members in order.
 *
 * match narrows from member to member; scores are a weighted mean; for suggest and release the
 * first member that answers decides.
 */
#include "source.h"
#include "twin.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <string.h>

#define MAX_TIMEOUT_MS INT64_C(3600000) /* so that nanoseconds fit */

struct lua_policy {
    struct chandra_policy base;
    struct ch_lua_member *members;
    size_t count;
    unsigned hooks; /* of all members */
    bool has_pool;
    struct ch_lua_pool pool;
};

static struct lua_policy *
self_of(struct chandra_policy *policy)
{
    return (struct lua_policy *)policy;
}

static void
free_policy(struct chandra_policy *policy)
{
    struct lua_policy *self = self_of(policy);

    if (self->has_pool)
        ch_lua_pool_clear(&self->pool);
    for (size_t i = 0; self->members && i < self->count; i++)
        ch_lua_member_clear(&self->members[i]);
    chandra_free(self->members);
    chandra_free(self);
}

static size_t
count(const struct chandra_policy *policy)
{
    return ((const struct lua_policy *)policy)->count;
}

static const struct chandra_policy_info *
info_at(const struct chandra_policy *policy, size_t index)
{
    const struct lua_policy *self = (const struct lua_policy *)policy;

    return index < self->count ? &self->members[index].info : NULL;
}

static bool
has_hook(const struct ch_lua_member *member, enum ch_lua_hook hook)
{
    return member->hooks >> hook & 1;
}

static enum chandra_status
match(struct chandra_policy *policy, struct chandra_cycle *cycle, size_t index,
      struct chandra_nodeset *nodes, struct chandra_error *err)
{
    struct lua_policy *self = self_of(policy);
    struct ch_lua_vm *vm;
    enum chandra_status st;

    if (!(self->hooks >> CH_LUA_MATCH & 1))
        return CHANDRA_ENOTFOUND;
    st = ch_lua_pool_take(&self->pool, &vm, err);
    if (st != CHANDRA_OK)
        return st;
    for (size_t i = 0; st == CHANDRA_OK && i < self->count; i++)
        if (has_hook(&self->members[i], CH_LUA_MATCH)) {
            const struct ch_lua_call call = {cycle, &self->members[i], CH_LUA_MATCH,
                                             index, ch_l_hook_match,   nodes};

            st = ch_lua_ask(&self->pool, vm, &call, err);
        }
    ch_lua_pool_give(&self->pool, vm, st != CHANDRA_OK);
    return st;
}

/* Ask every member that scores; *out_weight is the sum of their weights. */
static enum chandra_status
add_scores(struct lua_policy *self, struct chandra_cycle *cycle, struct ch_lua_scoring *scoring,
           double *out_weight, struct chandra_error *err)
{
    struct ch_lua_vm *vm;
    enum chandra_status st = ch_lua_pool_take(&self->pool, &vm, err);

    if (st != CHANDRA_OK)
        return st;
    *out_weight = 0;
    for (size_t i = 0; st == CHANDRA_OK && i < self->count; i++) {
        const struct ch_lua_member *member = &self->members[i];
        const enum ch_lua_hook hook = has_hook(member, CH_LUA_SCORE) ? CH_LUA_SCORE : CH_LUA_SCORES;

        const struct ch_lua_call call = {cycle,           member,          hook,
                                         CH_LUA_NO_CLAIM, ch_l_hook_score, scoring};

        if (!has_hook(member, hook))
            continue;
        scoring->weight = member->weight;
        *out_weight += member->weight;
        st = ch_lua_ask(&self->pool, vm, &call, err);
    }
    ch_lua_pool_give(&self->pool, vm, st != CHANDRA_OK);
    return st;
}

static enum chandra_status
score(struct chandra_policy *policy, struct chandra_cycle *cycle,
      const struct chandra_nodeset *nodes, int64_t *scores, struct chandra_error *err)
{
    struct lua_policy *self = self_of(policy);
    const uint32_t capacity = chandra_cycle_capacity(cycle);
    struct ch_lua_scoring scoring = {.nodes = nodes};
    double weight;
    enum chandra_status st;

    if (!(self->hooks >> CH_LUA_SCORE & 1) && !(self->hooks >> CH_LUA_SCORES & 1))
        return CHANDRA_ENOTFOUND;
    scoring.sums = chandra_realloc(NULL, capacity * sizeof(double));
    if (!scoring.sums)
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    for (uint32_t i = 0; i < capacity; i++)
        scoring.sums[i] = 0;
    st = add_scores(self, cycle, &scoring, &weight, err);
    for (uint32_t i = 0; st == CHANDRA_OK && i < capacity; i++)
        if (chandra_nodeset_has(nodes, i))
            scores[i] = (int64_t)(scoring.sums[i] / weight + 0.5);
    chandra_free(scoring.sums);
    return st;
}

static enum chandra_status
suggest(struct chandra_policy *policy, struct chandra_cycle *cycle, struct chandra_nodeset *nodes,
        uint32_t *out_selected, struct chandra_error *err)
{
    struct lua_policy *self = self_of(policy);
    struct ch_lua_suggestion suggestion = {.nodes = nodes, .selected = CHANDRA_NODESET_END};
    struct ch_lua_vm *vm;
    enum chandra_status st;

    if (!(self->hooks >> CH_LUA_SUGGEST & 1))
        return CHANDRA_ENOTFOUND;
    st = ch_lua_pool_take(&self->pool, &vm, err);
    if (st != CHANDRA_OK)
        return st;
    for (size_t i = 0; st == CHANDRA_OK && !suggestion.is_answered && i < self->count; i++)
        if (has_hook(&self->members[i], CH_LUA_SUGGEST)) {
            const struct ch_lua_call call = {cycle,           &self->members[i], CH_LUA_SUGGEST,
                                             CH_LUA_NO_CLAIM, ch_l_hook_suggest, &suggestion};

            st = ch_lua_ask(&self->pool, vm, &call, err);
        }
    ch_lua_pool_give(&self->pool, vm, st != CHANDRA_OK);
    if (st == CHANDRA_OK && !suggestion.is_answered)
        return CHANDRA_ENOTFOUND;
    if (st == CHANDRA_OK)
        *out_selected = suggestion.selected;
    return st;
}

static enum chandra_status
release(struct chandra_policy *policy, struct chandra_cycle *cycle, const size_t *claims,
        size_t claim_count, size_t *out_choice, struct chandra_error *err)
{
    struct lua_policy *self = self_of(policy);
    struct ch_lua_releasing releasing = {
        .claims = claims, .count = claim_count, .choice = SIZE_MAX};
    struct ch_lua_vm *vm;
    enum chandra_status st;

    if (!(self->hooks >> CH_LUA_RELEASE & 1))
        return CHANDRA_ENOTFOUND;
    st = ch_lua_pool_take(&self->pool, &vm, err);
    if (st != CHANDRA_OK)
        return st;
    for (size_t i = 0; st == CHANDRA_OK && !releasing.is_answered && i < self->count; i++)
        if (has_hook(&self->members[i], CH_LUA_RELEASE)) {
            const struct ch_lua_call call = {cycle,           &self->members[i], CH_LUA_RELEASE,
                                             CH_LUA_NO_CLAIM, ch_l_hook_release, &releasing};

            st = ch_lua_ask(&self->pool, vm, &call, err);
        }
    ch_lua_pool_give(&self->pool, vm, st != CHANDRA_OK);
    if (st == CHANDRA_OK && !releasing.is_answered)
        return CHANDRA_ENOTFOUND;
    if (st == CHANDRA_OK)
        *out_choice = releasing.choice;
    return st;
}

static const struct chandra_policy_ops policy_ops = {
    .size = sizeof(struct chandra_policy_ops),
    .free = free_policy,
    .count = count,
    .info_at = info_at,
    .match = match,
    .score = score,
    .suggest = suggest,
    .release = release,
};

const struct ch_lua_member *
ch_lua_policy_members(const struct chandra_policy *policy, size_t *out_count)
{
    if (policy->ops != &policy_ops)
        return NULL;
    *out_count = ((const struct lua_policy *)policy)->count;
    return ((const struct lua_policy *)policy)->members;
}

struct chandra_lua_options
ch_lua_effective_options(const struct chandra_lua_options *given)
{
    struct chandra_lua_options options = {0};

    if (given)
        memcpy(&options, given, given->size < sizeof(options) ? given->size : sizeof(options));
    if (options.memory_limit == 0)
        options.memory_limit = (size_t)16 * 1024 * 1024;
    if (options.instruction_limit == 0)
        options.instruction_limit = 2000000;
    if (options.timeout_ms <= 0)
        options.timeout_ms = 100;
    if (options.timeout_ms > MAX_TIMEOUT_MS)
        options.timeout_ms = MAX_TIMEOUT_MS;
    if (options.max_vms == 0)
        options.max_vms = 4;
    return options;
}

void
chandra_lua_options_fill(struct chandra_lua_options *options)
{
    const struct chandra_lua_options filled = ch_lua_effective_options(options);
    const size_t size = options->size;

    memcpy(options, &filled, size < sizeof(filled) ? size : sizeof(filled));
    options->size = size;
}

/* The first VM is what proves the texts good; it stays in the pool. */
static enum chandra_status
load_first_vm(struct lua_policy *self, struct chandra_error *err)
{
    unsigned *hooks = chandra_realloc(NULL, self->count * sizeof(*hooks));
    struct ch_lua_vm *vm;
    enum chandra_status st;

    if (!hooks)
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    st = ch_lua_vm_new(self->members, self->count, &self->pool.settings, hooks, &vm, err);
    for (size_t i = 0; st == CHANDRA_OK && i < self->count; i++) {
        self->members[i].hooks = hooks[i];
        self->hooks |= hooks[i];
    }
    if (st == CHANDRA_OK)
        ch_lua_pool_add(&self->pool, vm);
    chandra_free(hooks);
    return st;
}

static enum chandra_status
fill_policy(struct lua_policy *self, const struct chandra_lua_source *sources, size_t source_count,
            const struct chandra_lua_options *options, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    self->members = chandra_realloc(NULL, source_count * sizeof(*self->members));
    if (!self->members)
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    memset(self->members, 0, source_count * sizeof(*self->members));
    self->count = source_count;
    for (size_t i = 0; st == CHANDRA_OK && i < source_count; i++)
        st = ch_lua_member_init(&self->members[i], &sources[i], err);
    if (st != CHANDRA_OK)
        return st;
    self->pool.members = self->members;
    self->pool.member_count = self->count;
    self->pool.settings = (struct ch_lua_settings){
        .memory = options->memory_limit,
        .steps = options->instruction_limit,
        .timeout_ms = options->timeout_ms,
        .signal = options->interrupt_signal,
        .logger = options->logger,
        .observer = options->observer,
    };
    self->pool.max_vms = options->max_vms;
    self->pool.is_twice = options->is_twice;
    st = ch_lua_pool_init(&self->pool, err);
    if (st != CHANDRA_OK)
        return st;
    self->has_pool = true;
    return load_first_vm(self, err);
}

enum chandra_status
chandra_lua_policy_load(const struct chandra_lua_source *sources, size_t source_count,
                        const struct chandra_lua_options *options,
                        struct chandra_policy **out_policy, struct chandra_error *err)
{
    const struct chandra_lua_options effective = ch_lua_effective_options(options);
    struct lua_policy *self;
    enum chandra_status st;

    if (source_count == 0 || source_count > 100)
        return chandra_error_set(err, CHANDRA_EINVAL, "a chain has 1 to 100 policies, got %zu",
                                 source_count);
    self = chandra_realloc(NULL, sizeof(*self));
    if (!self)
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    memset(self, 0, sizeof(*self));
    self->base.ops = &policy_ops;
    atomic_init(&self->base.refs, 1);
    st = fill_policy(self, sources, source_count, &effective, err);
    if (st == CHANDRA_OK)
        *out_policy = &self->base;
    else
        free_policy(&self->base);
    return st;
}
