/* match.c - which nodes can serve the pod's claims, as node-set algebra (spec 4.5).
 *
 * A policy narrows each claim's nodes first and says why; then the hard rules take out what they
 * forbid, whatever the policy said. It happens once per attempt, at the first Filter, under the
 * cycle's lock; afterwards everything it filled in is only read.
 */
#include "engine/engine.h"

/* Take those of `nodes` that are left away from claim `index`. */
static enum chandra_status
take_away(struct chandra_cycle *cycle, size_t index, const struct chandra_nodeset *nodes,
          const char *policy, const char *rule, struct chandra_error *err)
{
    struct chandra_nodeset *removed = cycle->claims[index].removed;
    struct ch_removal *removal;
    struct chandra_nodeset *taken;

    if (chandra_nodeset_subset(nodes, removed))
        return CHANDRA_OK;
    removal = ch_arena_alloc(&cycle->arena, sizeof(*removal));
    taken = ch_cycle_new_set(cycle);
    if (!removal || !taken)
        return ch_cycle_no_memory(cycle, err);
    chandra_nodeset_assign(taken, nodes);
    chandra_nodeset_minus(taken, removed);
    chandra_nodeset_or(removed, taken);
    *removal = (struct ch_removal){
        .public = {.claim = index, .policy = policy, .rule = rule, .nodes = taken},
        .nodes = taken,
        .next = cycle->removals,
    };
    cycle->removals = removal;
    cycle->removal_count++;
    return CHANDRA_OK;
}

enum chandra_status
chandra_cycle_explain(struct chandra_cycle *cycle, size_t index,
                      const struct chandra_nodeset *removed, const char *policy, const char *rule,
                      struct chandra_error *err)
{
    const char *own_policy, *own_rule;
    struct chandra_nodeset *known;

    if (index != cycle->matching)
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "claim %zu is not the one that is being matched", index);
    own_policy = ch_arena_strdup(&cycle->arena, policy);
    own_rule = ch_arena_strdup(&cycle->arena, rule);
    known = ch_cycle_new_set(cycle);
    if (!own_policy || !own_rule || !known)
        return ch_cycle_no_memory(cycle, err);
    chandra_nodeset_assign(known, removed);
    chandra_nodeset_and(known, ch_nodes_all(cycle->nodes));
    return take_away(cycle, index, known, own_policy, own_rule, err);
}

/* What a policy explained counts only as far as the nodes did leave. */
static void
trim_explanations(struct chandra_cycle *cycle, size_t index, const struct chandra_nodeset *left)
{
    struct ch_removal **link = &cycle->removals;

    while (*link && (*link)->public.claim == index) {
        chandra_nodeset_and((*link)->nodes, left);
        if (chandra_nodeset_is_empty((*link)->nodes)) {
            *link = (*link)->next;
            cycle->removal_count--;
        } else {
            link = &(*link)->next;
        }
    }
    chandra_nodeset_and(cycle->claims[index].removed, left);
}

/* Let the policy narrow one claim's nodes; *out_failed says that it was the hook that failed. */
static enum chandra_status
ask_policy(struct chandra_cycle *cycle, size_t index, bool *out_failed, struct chandra_error *err)
{
    struct chandra_policy *policy = cycle->policy;
    struct chandra_nodeset *kept = ch_cycle_new_set(cycle);
    struct chandra_nodeset *left = ch_cycle_new_set(cycle);
    enum chandra_status st;

    if (!kept || !left)
        return ch_cycle_no_memory(cycle, err);
    chandra_nodeset_assign(kept, ch_nodes_all(cycle->nodes));
    cycle->matching = index;
    st = policy->ops->match(policy, cycle, index, kept, err);
    cycle->matching = SIZE_MAX;
    if (st == CHANDRA_ENOTFOUND)
        chandra_nodeset_assign(kept, ch_nodes_all(cycle->nodes));
    *out_failed = st != CHANDRA_OK && st != CHANDRA_ENOTFOUND;
    if (*out_failed)
        return st;
    chandra_nodeset_assign(left, ch_nodes_all(cycle->nodes));
    chandra_nodeset_minus(left, kept);
    trim_explanations(cycle, index, left);
    return take_away(cycle, index, left, ch_policy_name(policy),
                     "the policy's match leaves the node out", err);
}

/* Take away all nodes but those in `allowed`. */
static enum chandra_status
keep_only(struct chandra_cycle *cycle, size_t index, const struct chandra_nodeset *allowed,
          const char *rule, struct chandra_error *err)
{
    const struct chandra_nodeset *all = ch_nodes_all(cycle->nodes);
    struct chandra_nodeset *outside;

    if (allowed == all)
        return CHANDRA_OK;
    outside = ch_cycle_new_set(cycle);
    if (!outside)
        return ch_cycle_no_memory(cycle, err);
    chandra_nodeset_assign(outside, all);
    chandra_nodeset_minus(outside, allowed);
    return take_away(cycle, index, outside, CH_BUILTIN, rule, err);
}

static enum chandra_status
apply_hard_rules(struct chandra_cycle *cycle, size_t index, struct chandra_error *err)
{
    const struct ch_cycle_claim *item = &cycle->claims[index];
    enum chandra_status st =
        keep_only(cycle, index, item->available, "claim is allocated elsewhere", err);

    if (st == CHANDRA_OK)
        st = keep_only(cycle, index, item->suitable, "class excludes the node", err);
    if (st == CHANDRA_OK)
        st = take_away(cycle, index, item->unsuitable, CH_BUILTIN,
                       "driver calls the node unsuitable", err);
    return st;
}

static bool
is_undecidable(const struct chandra_claim *claim)
{
    return !claim->is_allocated && claim->mode == CHANDRA_MODE_UNKNOWN;
}

/* `policy_failed` NULL: without the policy. */
static enum chandra_status
match_claim(struct chandra_cycle *cycle, size_t index, bool *policy_failed,
            struct chandra_error *err)
{
    struct ch_cycle_claim *item = &cycle->claims[index];
    enum chandra_status st = CHANDRA_OK;

    item->removed = ch_cycle_new_set(cycle);
    if (!item->removed)
        return ch_cycle_no_memory(cycle, err);
    if (is_undecidable(ch_cycle_claim_at(cycle, index)))
        return CHANDRA_OK;
    if (policy_failed)
        st = ask_policy(cycle, index, policy_failed, err);
    return st == CHANDRA_OK ? apply_hard_rules(cycle, index, err) : st;
}

static enum chandra_status
match_claims(struct chandra_cycle *cycle, bool *policy_failed, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    cycle->removals = NULL;
    cycle->removal_count = 0;
    for (size_t i = 0; i < cycle->claim_count && st == CHANDRA_OK; i++)
        st = match_claim(cycle, i, policy_failed, err);
    return st;
}

/* Take from `rest` the nodes that something other than where claim `index` is allocated rejects. */
static enum chandra_status
subtract(struct chandra_cycle *cycle, size_t index, struct chandra_nodeset *rest,
         struct chandra_error *err)
{
    const struct ch_cycle_claim *item = &cycle->claims[index];
    const struct chandra_claim *claim = ch_cycle_claim_at(cycle, index);
    struct chandra_nodeset *others;

    if (is_undecidable(claim) && !cycle->undecided) {
        cycle->undecided = ch_cycle_new_set(cycle);
        if (!cycle->undecided)
            return ch_cycle_no_memory(cycle, err);
        chandra_nodeset_assign(cycle->undecided, rest);
        cycle->undecided_claim = index;
    }
    if (!claim->is_allocated) {
        chandra_nodeset_minus(rest, item->removed);
        return CHANDRA_OK;
    }
    others = ch_cycle_new_set(cycle);
    if (!others)
        return ch_cycle_no_memory(cycle, err);
    chandra_nodeset_assign(others, item->removed);
    chandra_nodeset_and(others, item->available);
    chandra_nodeset_minus(rest, others);
    return CHANDRA_OK;
}

/* Nodes of `rest` where a delayed claim is not available: Filter on one of them makes the claim one
 * that PostFilter may give back. A node that is rejected for any other reason does not. */
static enum chandra_status
find_blocked(struct chandra_cycle *cycle, size_t index, const struct chandra_nodeset *rest,
             struct chandra_error *err)
{
    struct ch_cycle_claim *item = &cycle->claims[index];
    const struct chandra_claim *claim = ch_cycle_claim_at(cycle, index);

    if (!claim->is_allocated || claim->mode != CHANDRA_MODE_DELAYED)
        return CHANDRA_OK;
    item->blocked = ch_cycle_new_set(cycle);
    if (!item->blocked)
        return ch_cycle_no_memory(cycle, err);
    chandra_nodeset_assign(item->blocked, rest);
    chandra_nodeset_minus(item->blocked, item->available);
    return CHANDRA_OK;
}

static enum chandra_status
combine(struct chandra_cycle *cycle, struct chandra_error *err)
{
    struct chandra_nodeset *rest = ch_cycle_new_set(cycle);
    struct chandra_nodeset *feasible = ch_cycle_new_set(cycle);
    enum chandra_status st = CHANDRA_OK;

    if (!rest || !feasible)
        return ch_cycle_no_memory(cycle, err);
    chandra_nodeset_assign(rest, ch_nodes_all(cycle->nodes));
    for (size_t i = 0; i < cycle->claim_count && st == CHANDRA_OK; i++)
        st = subtract(cycle, i, rest, err);
    chandra_nodeset_assign(feasible, rest);
    for (size_t i = 0; i < cycle->claim_count && st == CHANDRA_OK; i++) {
        st = find_blocked(cycle, i, rest, err);
        chandra_nodeset_minus(feasible, cycle->claims[i].removed);
    }
    cycle->feasible = feasible;
    return st;
}

/* Let each removal be found by its number. */
static enum chandra_status
list_removals(struct chandra_cycle *cycle, struct chandra_error *err)
{
    const struct ch_removal **list =
        ch_arena_calloc(&cycle->arena, cycle->removal_count, sizeof(struct ch_removal *));
    size_t left = cycle->removal_count;

    if (!list)
        return ch_cycle_no_memory(cycle, err);
    for (const struct ch_removal *removal = cycle->removals; removal; removal = removal->next)
        list[--left] = removal;
    cycle->removal_list = list;
    return CHANDRA_OK;
}

static void
run(struct chandra_cycle *cycle, struct chandra_answer *out)
{
    const bool has_policy = cycle->policy && cycle->policy->ops->match;
    struct chandra_error err = {0};
    bool policy_failed = false;
    enum chandra_status st;

    ch_answer(out, CHANDRA_CODE_SUCCESS, "%s", "");
    st = match_claims(cycle, has_policy ? &policy_failed : NULL, &err);
    if (policy_failed) {
        if (!ch_policy_forgiven(cycle, "match", &err, out))
            return;
        st = match_claims(cycle, NULL, &err);
    }
    if (st == CHANDRA_OK)
        st = combine(cycle, &err);
    if (st == CHANDRA_OK)
        st = list_removals(cycle, &err);
    if (st != CHANDRA_OK)
        ch_answer_error(out, &err);
}

bool
ch_match(struct chandra_cycle *cycle, struct chandra_answer *out)
{
    if (!atomic_load_explicit(&cycle->is_matched, memory_order_acquire)) {
        pthread_mutex_lock(&cycle->lock);
        if (!atomic_load_explicit(&cycle->is_matched, memory_order_relaxed)) {
            run(cycle, &cycle->match_answer);
            atomic_store_explicit(&cycle->is_matched, true, memory_order_release);
        }
        pthread_mutex_unlock(&cycle->lock);
    }
    if (cycle->match_answer.code == CHANDRA_CODE_SUCCESS)
        return true;
    *out = cycle->match_answer;
    return false;
}
