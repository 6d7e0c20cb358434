/* blame.c - goes through the rules in the order of the filters: what a node is and has, then the
 * claims, then what drivers said before. */
#include "scheduler/blame.h"

#include <chandra/doc.h>
#include <chandra/object.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <stdio.h>
#include <string.h>

/* Taints may differ from node to node; what goes beyond counts as one reason. */
enum { MAX_REASONS = 32, TEXT_SIZE = 640 };

struct teller {
    miss_fn tell;
    void *user;
};

static void
tell_failure(void *user, const struct fit_failure *failure)
{
    static const enum miss_stage stages[] = {
        [FIT_SCHEDULABLE] = MISS_UNSCHEDULABLE,
        [FIT_TAINTS] = MISS_TAINT,
        [FIT_READY] = MISS_NOT_READY,
        [FIT_SELECTOR] = MISS_SELECTOR,
        [FIT_PODS] = MISS_RESOURCES,
        [FIT_RESOURCE] = MISS_RESOURCES,
    };
    const struct teller *teller = user;
    char text[TEXT_SIZE];
    const struct miss miss = {.stage = stages[failure->rule],
                              .claim = SIZE_MAX,
                              .policy = "",
                              .rule = text,
                              .failure = failure};

    fit_failure_text(failure, text, sizeof(text));
    teller->tell(teller->user, &miss);
}

/* A hard rule is one whoever applies it: policies use its words too. */
static enum miss_stage
stage_of(const struct chandra_removal *removal)
{
    static const struct {
        const char *rule;
        enum miss_stage stage;
    } hard[] = {{"claim is allocated elsewhere", MISS_ALLOCATION},
                {"class excludes the node", MISS_CLASS},
                {"driver calls the node unsuitable", MISS_DRIVER}};

    for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++)
        if (strcmp(removal->rule, hard[i].rule) == 0)
            return hard[i].stage;
    return MISS_POLICY;
}

/* Whether there was anything to tell. */
static bool
tell_removals(const struct blame *blame, uint32_t node, const struct teller *teller)
{
    struct chandra_removal removal;
    bool is_removed = false;

    for (size_t i = 0; chandra_cycle_removal_at(blame->cycle, i, &removal); i++) {
        const struct miss miss = {.stage = stage_of(&removal),
                                  .claim = removal.claim,
                                  .policy = removal.policy,
                                  .rule = removal.rule};
        if (!chandra_nodeset_has(removal.nodes, node))
            continue;
        teller->tell(teller->user, &miss);
        is_removed = true;
    }
    return is_removed;
}

static const char *
node_name(const struct chandra_cycle *cycle, uint32_t node)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(cycle, node)));
}

void
blame_node(const struct blame *blame, uint32_t node, miss_fn tell, void *user)
{
    static const struct miss refused = {.stage = MISS_REFUSED,
                                        .claim = SIZE_MAX,
                                        .policy = "",
                                        .rule =
                                            "driver called the node unsuitable when asked before"};
    const struct fit_query query = {
        .pod = chandra_cycle_pod(blame->cycle),
        .node = chandra_cycle_node(blame->cycle, node),
        .load = loads_of(blame->loads, node_name(blame->cycle, node)),
    };
    struct teller teller = {tell, user};

    fit_each_failure(&query, tell_failure, &teller);
    if (!tell_removals(blame, node, &teller) && blame->refused &&
        chandra_nodeset_has(blame->refused, node))
        tell(user, &refused);
}

/* A reason and the nodes that it holds for, both in one block of memory. */
struct reason {
    struct loss loss; /* policies are borrowed from the cycle */
    struct chandra_nodeset *nodes;
};

/* All nodes, one after the other. */
struct tally {
    const struct blame *blame;
    struct reason reasons[MAX_REASONS];
    size_t count;

    /* The node at hand. */
    uint32_t misses;
    struct miss first;
    char text[TEXT_SIZE]; /* of the first rule */

    /* The one that breaks the fewest rules so far, the first by name. */
    uint32_t best;
    uint32_t best_misses;
    char best_text[TEXT_SIZE + 300];
};

/* Resources that are short are one reason together. */
static void
note_miss(void *user, const struct miss *miss)
{
    struct tally *tally = user;
    const size_t len = strlen(tally->text);

    if (tally->misses++ == 0) {
        tally->first = *miss;
        snprintf(tally->text, sizeof(tally->text), "%s", miss->rule);
    } else if (miss->stage == MISS_RESOURCES && tally->first.stage == MISS_RESOURCES) {
        snprintf(tally->text + len, sizeof(tally->text) - len, " and %s", miss->rule);
    }
}

static struct reason *
find_reason(struct tally *tally)
{
    const struct miss *first = &tally->first;

    for (size_t i = 0; i < tally->count; i++) {
        const struct loss *loss = &tally->reasons[i].loss;
        if (loss->stage == first->stage && loss->claim == first->claim &&
            strcmp(loss->policy, first->policy) == 0 && strcmp(loss->rule, tally->text) == 0)
            return &tally->reasons[i];
    }
    return tally->count == MAX_REASONS ? &tally->reasons[MAX_REASONS - 1] : NULL;
}

static struct reason *
add_reason(struct tally *tally)
{
    const bool is_last = tally->count == MAX_REASONS - 1;
    const char *rule = is_last ? "other reasons" : tally->text;
    const uint32_t capacity = chandra_cycle_capacity(tally->blame->cycle);
    const size_t bytes = chandra_nodeset_bytes(capacity);
    const size_t size = strlen(rule) + 1;
    struct reason *reason = &tally->reasons[tally->count];
    void *memory = chandra_realloc(NULL, bytes + size);

    if (!memory)
        return NULL;
    reason->nodes = chandra_nodeset_init(memory, capacity);
    reason->loss = (struct loss){.stage = tally->first.stage,
                                 .claim = is_last ? SIZE_MAX : tally->first.claim,
                                 .policy = is_last ? "" : tally->first.policy,
                                 .rule = memcpy((char *)memory + bytes, rule, size),
                                 .nodes = reason->nodes};
    tally->count++;
    return reason;
}

/* Of two that miss as little the first by name counts. */
static void
compare_with_best(struct tally *tally, uint32_t node)
{
    const struct chandra_cycle *cycle = tally->blame->cycle;
    const struct chandra_claim *claim = chandra_cycle_claim(cycle, tally->first.claim);

    if (tally->best != CHANDRA_NODESET_END &&
        (tally->misses > tally->best_misses ||
         (tally->misses == tally->best_misses &&
          chandra_cycle_node_rank(cycle, node) > chandra_cycle_node_rank(cycle, tally->best))))
        return;
    tally->best = node;
    tally->best_misses = tally->misses;
    snprintf(tally->best_text, sizeof(tally->best_text), "%s%s%s%s", claim ? "claim " : "",
             claim ? chandra_object_name(chandra_claim_object(claim)) : "", claim ? ": " : "",
             tally->text);
}

static bool
count_node(struct tally *tally, uint32_t node)
{
    struct reason *reason;

    tally->misses = 0;
    tally->text[0] = '\0';
    blame_node(tally->blame, node, note_miss, tally);
    if (tally->misses == 0)
        return true;
    reason = find_reason(tally);
    if (!reason)
        reason = add_reason(tally);
    if (!reason)
        return false;
    chandra_nodeset_add(reason->nodes, node);
    compare_with_best(tally, node);
    return true;
}

static bool
put_reasons(const struct tally *tally, struct outcome *outcome)
{
    bool is_ok = true;

    for (int stage = 0; stage < MISS_STAGE_COUNT; stage++)
        for (size_t i = 0; i < tally->count && is_ok; i++) {
            const struct reason *reason = &tally->reasons[i];
            if ((int)reason->loss.stage != stage)
                continue;
            outcome->is_unfit = outcome->is_unfit || stage <= MISS_RESOURCES;
            is_ok = outcome_exclude(outcome, tally->blame->cycle, &reason->loss);
        }
    return is_ok;
}

static bool
put_nearest(const struct tally *tally, struct outcome *outcome)
{
    const struct chandra_cycle *cycle = tally->blame->cycle;

    return tally->best == CHANDRA_NODESET_END ||
           outcome_set_nearest(outcome, node_name(cycle, tally->best), tally->best_misses,
                               tally->best_text);
}

bool
blame_nodes(const struct blame *blame, struct outcome *outcome)
{
    const struct chandra_nodeset *nodes = chandra_cycle_nodes(blame->cycle);
    struct tally tally = {.blame = blame, .best = CHANDRA_NODESET_END};
    bool is_ok = true;

    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END && is_ok;
         i = chandra_nodeset_next(nodes, i + 1))
        is_ok = count_node(&tally, i);
    is_ok = is_ok && put_reasons(&tally, outcome) && put_nearest(&tally, outcome);
    for (size_t i = 0; i < tally.count; i++)
        chandra_free(tally.reasons[i].nodes);
    return is_ok;
}
