/* guard_test.c - policies that narrow, lie, fail and are swapped: the hard rules hold all the same.
 */
#include "engine_rig.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A policy in C that does as it is told. */
struct puppet {
    struct chandra_policy base;
    int freed;
    int asked; /* hooks called so far */

    enum chandra_status status; /* of every hook but match */
    enum chandra_status match_status;
    const char *drops;    /* match: nodes to drop, parted by spaces; NULL: it adds all there is */
    const char *explains; /* match: nodes to explain, with the rule "wrong rack" */
    const char *keeps;    /* suggest: nodes to keep; NULL: it adds all there is */
    const char *selects;  /* suggest: NULL for none */
    size_t releases;
    int64_t score;
};

static void
free_puppet(struct chandra_policy *policy)
{
    ((struct puppet *)policy)->freed++;
}

static size_t
count(const struct chandra_policy *policy)
{
    (void)policy;
    return 1;
}

static const struct chandra_policy_info *
info_at(const struct chandra_policy *policy, size_t index)
{
    static const struct chandra_policy_info info = {"puppet", "1.2.3", HASH, "builtin", 1};

    (void)policy;
    return index == 0 ? &info : NULL;
}

static enum chandra_status
done(enum chandra_status st, struct chandra_error *err)
{
    if (st == CHANDRA_OK || st == CHANDRA_ENOTFOUND)
        return st;
    return chandra_error_set(err, st, "puppet.lua:7: out of strings");
}

/* Add the named nodes to a set, or take them out. */
static void
change(struct chandra_cycle *cycle, struct chandra_nodeset *set, const char *names, bool add)
{
    char name[64];
    int used;

    for (; names && sscanf(names, " %63s%n", name, &used) == 1; names += used) {
        if (add)
            chandra_nodeset_add(set, chandra_cycle_node_index(cycle, name));
        else
            chandra_nodeset_remove(set, chandra_cycle_node_index(cycle, name));
    }
}

static void
add_everything(struct chandra_nodeset *set)
{
    for (uint32_t i = 0; i < chandra_nodeset_capacity(set); i++)
        chandra_nodeset_add(set, i);
}

static enum chandra_status
explain(struct chandra_cycle *cycle, size_t index, const char *names, struct chandra_error *err)
{
    const uint32_t capacity = chandra_cycle_capacity(cycle);
    struct chandra_nodeset *set =
        chandra_nodeset_init(malloc(chandra_nodeset_bytes(capacity)), capacity);
    enum chandra_status st;

    change(cycle, set, names, true);
    st = chandra_cycle_explain(cycle, index, set, "puppet", "wrong rack", err);
    if (st == CHANDRA_OK)
        st = chandra_cycle_explain(cycle, index, set, "puppet", "said twice", err);
    free(set);
    return st;
}

static enum chandra_status
match(struct chandra_policy *policy, struct chandra_cycle *cycle, size_t index,
      struct chandra_nodeset *nodes, struct chandra_error *err)
{
    struct puppet *puppet = (struct puppet *)policy;
    enum chandra_status st = CHANDRA_OK;

    puppet->asked++;
    if (puppet->explains)
        st = explain(cycle, index, puppet->explains, err);
    if (st != CHANDRA_OK)
        return st;
    if (puppet->drops)
        change(cycle, nodes, puppet->drops, false);
    else
        add_everything(nodes);
    return done(puppet->match_status, err);
}

static enum chandra_status
score(struct chandra_policy *policy, struct chandra_cycle *cycle,
      const struct chandra_nodeset *nodes, int64_t *scores, struct chandra_error *err)
{
    struct puppet *puppet = (struct puppet *)policy;

    (void)nodes;
    puppet->asked++;
    for (uint32_t i = 0; i < chandra_cycle_capacity(cycle); i++)
        scores[i] = puppet->score;
    return done(puppet->status, err);
}

static enum chandra_status
suggest(struct chandra_policy *policy, struct chandra_cycle *cycle, struct chandra_nodeset *nodes,
        uint32_t *out_selected, struct chandra_error *err)
{
    struct puppet *puppet = (struct puppet *)policy;

    puppet->asked++;
    if (puppet->keeps) {
        chandra_nodeset_reset(nodes);
        change(cycle, nodes, puppet->keeps, true);
    } else {
        add_everything(nodes);
    }
    if (puppet->selects)
        *out_selected = chandra_cycle_node_index(cycle, puppet->selects);
    return done(puppet->status, err);
}

static enum chandra_status
release(struct chandra_policy *policy, struct chandra_cycle *cycle, const size_t *claims,
        size_t claim_count, size_t *out_choice, struct chandra_error *err)
{
    struct puppet *puppet = (struct puppet *)policy;

    (void)cycle;
    (void)claims;
    assert_true(claim_count > 0);
    puppet->asked++;
    *out_choice = puppet->releases;
    return done(puppet->status, err);
}

static const struct chandra_policy_ops puppet_ops = {
    .size = sizeof(struct chandra_policy_ops),
    .free = free_puppet,
    .count = count,
    .info_at = info_at,
    .match = match,
    .score = score,
    .suggest = suggest,
    .release = release,
};

struct stage {
    struct rig rig;
    struct puppet puppet;
    char log[2048];
};

static void
keep_log(void *user, enum chandra_level level, const char *message)
{
    struct stage *stage = user;

    (void)level;
    snprintf(stage->log, sizeof(stage->log), "%s", message);
}

static void
open_stage(struct stage *stage, enum chandra_failure_policy failure_policy)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;

    memset(stage, 0, sizeof(*stage));
    options.failure_policy = failure_policy;
    options.logger = (struct chandra_logger){keep_log, stage};
    rig_open(&stage->rig, &options);
    rig_nodes(&stage->rig, "n1 n2 n3");
    rig_class(&stage->rig, "gpu", "");
    rig_pod(&stage->rig, "p", "c");
    rig_claim(&stage->rig, "c", DELAYED, "");
    stage->puppet.base.ops = &puppet_ops;
    atomic_init(&stage->puppet.base.refs, 1);
    stage->puppet.releases = SIZE_MAX;
    chandra_engine_set_policy(stage->rig.engine, &stage->puppet.base);
    chandra_policy_unref(&stage->puppet.base);
}

static int
set_up(void **state)
{
    static struct stage stage;

    open_stage(&stage, CHANDRA_FAILURE_FAIL);
    *state = &stage;
    return 0;
}

static int
set_up_forgiving(void **state)
{
    static struct stage stage;

    open_stage(&stage, CHANDRA_FAILURE_IGNORE);
    *state = &stage;
    return 0;
}

static int
tear_down(void **state)
{
    struct stage *stage = *state;

    rig_close(&stage->rig);
    assert_int_equal(stage->puppet.freed, 1);
    return 0;
}

static void
policy_cannot_widen(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("n2"));
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", "n2"));
    rig_filter(rig, "n1");
    rig_assert_reason(rig, "claim is allocated elsewhere");
    assert_int_equal(stage->puppet.asked, 1);
}

/* Reserve and PreBind refuse what each hard rule forbids, and nothing is written. */
static void
guard_refuses_forbidden_nodes(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("n2"));
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_UNSCHEDULABLE);
    rig_assert_reason(rig, "claim default/c (class gpu, driver gpu.example.com) must not go to "
                           "node n1: claim is allocated elsewhere");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_UNSCHEDULABLE);

    rig_claim(rig, "c", DELAYED, "");
    rig_class(rig, "gpu", "suitableNodes: " ON("n2, n3"));
    rig_context(rig, "p", "potentialNodes: [n1, n2, n3]", "{name: in-c, unsuitableNodes: [n3]}");
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_UNSCHEDULABLE);
    rig_assert_reason(rig, "class excludes the node");
    assert_int_equal(rig_reserve(rig, "n3"), CHANDRA_CODE_UNSCHEDULABLE);
    rig_assert_reason(rig, "driver calls the node unsuitable");
    assert_int_equal(rig_reserve(rig, "unheard-of"), CHANDRA_CODE_UNSCHEDULABLE);
    chandra_cycle_unreserve(rig->cycle, "n3");

    assert_int_equal(rig_reserve(rig, "n2"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n3"), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(rig), "");
    assert_int_equal(rig_pre_bind(rig, "n2"), CHANDRA_CODE_PENDING);
}

/* To ask a driver about a node and to wait for it does no harm anywhere: there the host is answered
 * as by the real plugin. */
static void
guard_lets_ask_and_wait(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    rig_pod(rig, "p", "c d");
    rig_claim(rig, "d", DELAYED, ALLOCATED_ON("n2"));
    rig_claim(rig, "c", DELAYED, "");
    rig_context(rig, "p", "potentialNodes: [n3], selectedNode: n3",
                "{name: in-c, unsuitableNodes: [n3]}");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n3");
    assert_int_equal(rig_reserve(rig, "n3"), CHANDRA_CODE_PENDING); /* selected long ago */

    rig_pod(rig, "p", "a b");
    rig_claim(rig, "a", DELAYED, "");
    rig_claim(rig, "b", DELAYED, "");
    rig_context(rig, "p", "potentialNodes: [n1]", "{name: in-a, unsuitableNodes: [n3]}");
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_reserve(rig, "n3"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n3"), CHANDRA_CODE_PENDING);
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [n3]}");
}

static void
policy_narrows_and_says_why(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    struct chandra_removal removal;

    stage->puppet.drops = "n1 n2";
    stage->puppet.explains = "n1 n3"; /* n3 stays, so that its reason does not count */
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", "n3"));
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "claim default/c (class gpu, driver gpu.example.com): wrong rack "
                           "(policy puppet@1.2.3 sha256:0123456789ab)");
    rig_filter(rig, "n2");
    rig_assert_reason(rig, "the policy's match leaves the node out");
    assert_int_equal(chandra_cycle_removal_count(rig->cycle), 2);
    assert_true(chandra_cycle_removal_at(rig->cycle, 0, &removal));
    assert_string_equal(removal.rule, "wrong rack");
    assert_string_equal(removal.policy, "puppet");
    assert_int_equal(chandra_nodeset_count(removal.nodes), 1);
    assert_int_equal(stage->puppet.asked, 1);

    /* The guard is about hard rules: a host may overrule the policy. */
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
}

/* What the policy rejects, for whichever claim, is no reason to give an allocated claim back. */
static void
policy_removals_free_no_claim(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    stage->puppet.drops = "n1 n3";
    rig_pod(rig, "p", "c d");
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("n1"));
    rig_claim(rig, "d", DELAYED, ALLOCATED);
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "n1 n3", ""));
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(rig), "");
    assert_true(rig_passes(rig, "n2", ""));
    stage->puppet.releases = 0;
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(rig), "PUT ResourceClaim/status 200");
}

static void
removals_are_found_by_number(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    struct chandra_removal removal;

    stage->puppet.drops = "n1 n2";
    stage->puppet.explains = "n1";
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("n1"));
    rig_pre_filter(rig, "p");
    assert_int_equal(chandra_cycle_removal_count(rig->cycle), 0);
    rig_filter(rig, "n1");
    assert_int_equal(chandra_cycle_removal_count(rig->cycle), 3);
    assert_true(chandra_cycle_removal_at(rig->cycle, 2, &removal));
    assert_string_equal(removal.rule, "claim is allocated elsewhere");
    assert_true(chandra_cycle_removal_at(rig->cycle, 0, &removal));
    assert_string_equal(removal.rule, "wrong rack");
    assert_false(chandra_cycle_removal_at(rig->cycle, 3, &removal));

    /* Where nothing could be decided there is nothing to tell either. */
    stage->puppet.match_status = CHANDRA_ESCRIPT;
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(chandra_cycle_removal_count(rig->cycle), 0);
    assert_false(chandra_cycle_removal_at(rig->cycle, 0, &removal));
}

static void
explaining_at_the_wrong_time_is_refused(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    struct chandra_error err;

    rig_pre_filter(rig, "p");
    assert_int_equal(chandra_cycle_explain(rig->cycle, 0, chandra_cycle_nodes(rig->cycle), "puppet",
                                           "now", &err),
                     CHANDRA_EINVAL);
    assert_int_equal(chandra_cycle_removal_count(rig->cycle), 0);
}

static void
failing_match_stops_the_pod(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    stage->puppet.match_status = CHANDRA_EBUDGET;
    stage->puppet.explains = "n1";
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_EBUDGET);
    rig_assert_reason(rig, "puppet.lua:7: out of strings");
    assert_int_equal(rig_filter(rig, "n2"), CHANDRA_CODE_ERROR);
    assert_int_equal(stage->puppet.asked, 1);
    assert_non_null(strstr(stage->log, "policy puppet@1.2.3 sha256:0123456789ab: "));
}

static void
failing_match_may_be_ignored(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    stage->puppet.match_status = CHANDRA_ESCRIPT;
    stage->puppet.drops = "n1";
    stage->puppet.explains = "n1";
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("n1"));
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", "n1"));
    assert_int_equal(chandra_cycle_removal_count(rig->cycle), 1);
    assert_non_null(strstr(stage->log, "out of strings; the hard rules decide"));
}

static void
policy_without_an_opinion_leaves_it_to_the_rules(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    int64_t scores[64] = {0};
    struct chandra_nodeset *nodes;

    stage->puppet.match_status = CHANDRA_ENOTFOUND;
    stage->puppet.status = CHANDRA_ENOTFOUND;
    stage->puppet.drops = "n1";
    stage->puppet.keeps = "";
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", "n1 n2 n3"));
    rig_pre_score(rig, "n1 n3");
    nodes = rig_set(rig, "n1 n3");
    chandra_cycle_score(rig->cycle, nodes, scores, &rig->answer);
    assert_int_equal(rig->answer.code, CHANDRA_CODE_SKIP);
    free(nodes);
    rig_reserve(rig, "n1");
    rig_pre_bind(rig, "n1");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n1, n3], selectedNode: n1}");
}

static void
suggestion_is_published(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    struct chandra_nodeset *nodes;

    stage->puppet.keeps = "n2 n3 n1"; /* n1 was not offered */
    stage->puppet.selects = "n3";
    rig_pre_filter(rig, "p");
    nodes = rig_set(rig, "n2 n3");
    assert_int_equal(chandra_cycle_suggested(rig->cycle, nodes),
                     chandra_cycle_node_index(rig->cycle, "n3"));
    chandra_cycle_pre_score(rig->cycle, nodes, &rig->answer);
    assert_int_equal(rig->answer.code, CHANDRA_CODE_SUCCESS);
    assert_int_equal(stage->puppet.asked, 1); /* the same question */
    free(nodes);
    rig_reserve(rig, "n3");
    rig_pre_bind(rig, "n3");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n2, n3], selectedNode: n3}");
}

static void
selecting_what_was_not_offered_is_an_error(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    stage->puppet.selects = "n1";
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_pre_score(rig, "n2 n3"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_ESCRIPT);
    chandra_cycle_unreserve(rig->cycle, "n2");
    assert_string_equal(rig_writes(rig), "");
}

static void
failing_suggestion_may_be_ignored(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    stage->puppet.selects = "n1";
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_pre_score(rig, "n2 n3"), CHANDRA_CODE_SUCCESS);
    chandra_cycle_unreserve(rig->cycle, "n2");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [n2, n3]}");
    assert_non_null(strstr(stage->log, "not offered"));
}

static void
long_suggestion_is_cut_but_for_the_selected_node(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    char names[2048] = "";
    size_t len = 0;
    struct chandra_object *object;
    const struct chandra_context *context;
    bool is_in = false;

    for (int i = 0; i < 300; i++)
        len += (size_t)snprintf(names + len, sizeof(names) - len, "m%d ", i);
    rig_nodes(rig, names);
    stage->puppet.selects = "m5";
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_pre_score(rig, names), CHANDRA_CODE_SUCCESS);
    chandra_cycle_unreserve(rig->cycle, "n2");
    rig_sync(rig);
    object = chandra_engine_get(rig->engine, CHANDRA_KIND_CONTEXT, "default", "p");
    context = chandra_object_context(object);
    assert_int_equal(chandra_context_potential_count(context), 128);
    for (size_t i = 0; i < 128; i++)
        is_in = is_in || strcmp(chandra_context_potential_at(context, i), "m5") == 0;
    assert_true(is_in);
    chandra_object_unref(object);
}

static void
scores_are_bounded_and_for_the_nodes_asked(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    int64_t scores[64] = {0};
    struct chandra_nodeset *nodes;
    uint32_t n1, n2;

    rig_pre_filter(rig, "p");
    nodes = rig_set(rig, "n2");
    n1 = chandra_cycle_node_index(rig->cycle, "n1");
    n2 = chandra_cycle_node_index(rig->cycle, "n2");
    stage->puppet.score = 1000;
    chandra_cycle_score(rig->cycle, nodes, scores, &rig->answer);
    assert_int_equal(rig->answer.code, CHANDRA_CODE_SUCCESS);
    assert_int_equal(scores[n2], 100);
    assert_int_equal(scores[n1], 0);
    stage->puppet.score = -7;
    chandra_cycle_score(rig->cycle, nodes, scores, &rig->answer);
    assert_int_equal(scores[n2], 0);
    stage->puppet.score = 50;
    stage->puppet.status = CHANDRA_ESCRIPT;
    chandra_cycle_score(rig->cycle, nodes, scores, &rig->answer);
    assert_int_equal(rig->answer.code, CHANDRA_CODE_ERROR);
    assert_int_equal(scores[n2], 0);
    free(nodes);
}

static void
release_chooses_among_the_candidates(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    rig_pod(rig, "p", "a b c");
    rig_claim(rig, "a", DELAYED, ALLOCATED_ON("gone"));
    rig_claim(rig, "b", DELAYED, ALLOCATED_ON("gone"));
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    rig_pre_filter(rig, "p");
    rig_passes(rig, "*", "");
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE); /* none */
    stage->puppet.releases = 2;                                         /* no candidate */
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_ERROR);
    assert_string_equal(rig_writes(rig), "");
    stage->puppet.releases = 1;
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    rig_assert_reason(rig, "default/b");
    assert_string_equal(rig_writes(rig), "PUT ResourceClaim/status 200");
}

static void
failing_release_may_be_ignored(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;

    stage->puppet.status = CHANDRA_ESCRIPT;
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("gone"));
    rig_pre_filter(rig, "p");
    rig_passes(rig, "*", "");
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(rig), "PUT ResourceClaim/status 200");
}

/* An attempt keeps the policy it began with; the next one takes the present. */
static void
swapped_policy_serves_the_next_attempt(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    struct chandra_policy *policy = chandra_engine_policy(rig->engine);
    char text[128];

    assert_ptr_equal(policy, &stage->puppet.base);
    assert_int_equal(chandra_policy_count(policy), 1);
    assert_string_equal(chandra_policy_info_at(policy, 0)->name, "puppet");
    chandra_policy_unref(policy);
    stage->puppet.drops = "n1";
    rig_pre_filter(rig, "p");
    chandra_engine_set_policy(rig->engine, NULL);
    assert_int_equal(stage->puppet.freed, 0);
    assert_true(rig_passes(rig, "*", "n2 n3"));
    chandra_cycle_policy_text(rig->cycle, text, sizeof(text));
    assert_string_equal(text, "puppet@1.2.3 sha256:" HASH);
    chandra_cycle_policy_text(rig->cycle, text, 10);
    assert_string_equal(text, "puppet@1.");
    chandra_cycle_pre_filter(rig->cycle, &rig->answer);
    assert_int_equal(stage->puppet.freed, 1);
    assert_true(rig_passes(rig, "*", "n1 n2 n3"));
    assert_null(chandra_cycle_policy(rig->cycle));
    chandra_cycle_policy_text(rig->cycle, text, sizeof(text));
    assert_string_equal(text, "builtin");
}

static bool
add_name(void *user, const struct chandra_pod *pod)
{
    char *text = user;
    const size_t len = strlen(text);

    snprintf(text + len, 64 - len, "%s", chandra_object_name(chandra_pod_object(pod)));
    return true;
}

static bool
add_claim(void *user, const struct chandra_claim *claim, const struct chandra_nodeset *available_on)
{
    char *text = user;
    const size_t len = strlen(text);

    snprintf(text + len, 256 - len, "%s%u ", chandra_object_name(chandra_claim_object(claim)),
             available_on ? chandra_nodeset_count(available_on) : 99);
    return true;
}

static void
survey(struct rig *rig, const struct chandra_claim_query *query, const char *want)
{
    char text[256] = "";

    RIG_OK(chandra_cycle_each_claim(rig->cycle, query, add_claim, text, &rig_err));
    assert_string_equal(text, want);
}

static void
policies_see_the_cluster(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    uint32_t counts[64];
    char names[64] = "";
    struct chandra_doc *doc = manifest_doc(ON("n1, n3, n4"));
    struct chandra_nodeset *nodes;

    rig_claim(rig, "d", DELAYED, ALLOCATED_ON("n1, n4"));
    rig_apply(rig, "apiVersion: v1\nkind: Pod\n"
                   "metadata: {name: q, namespace: default, labels: {group: g}}\n"
                   "---\napiVersion: v1\nkind: Pod\n"
                   "metadata: {name: r, namespace: other, labels: {group: g}}\n");
    rig_pre_filter(rig, "p");
    rig_nodes(rig, "n4"); /* came later: the attempt does not see it */

    RIG_OK(chandra_cycle_count_claims(rig->cycle, NULL, counts, &rig_err));
    assert_int_equal(counts[chandra_cycle_node_index(rig->cycle, "n1")], 1);
    assert_int_equal(counts[chandra_cycle_node_index(rig->cycle, "n2")], 0);
    RIG_OK(chandra_cycle_count_claims(rig->cycle, "fpga", counts, &rig_err));
    assert_int_equal(counts[chandra_cycle_node_index(rig->cycle, "n1")], 0);

    survey(rig, &(struct chandra_claim_query){.only_allocated = true}, "d1 ");
    survey(rig, &(struct chandra_claim_query){.class_name = "gpu", .only_allocated = true}, "d1 ");
    survey(rig, &(struct chandra_claim_query){.class_name = "fpga"}, "");
    survey(rig, &(struct chandra_claim_query){.name_space = "other"}, "");
    survey(rig, &(struct chandra_claim_query){.label_key = "a", .label_value = "b"}, "");

    RIG_OK(chandra_cycle_each_pod(rig->cycle, "group", "g", add_name, names, &rig_err));
    assert_string_equal(names, "q");

    nodes = rig_new_set(rig);
    RIG_OK(chandra_cycle_select(rig->cycle, chandra_doc_root(doc, 0), nodes, &rig_err));
    assert_int_equal(chandra_nodeset_count(nodes), 2);
    free(nodes);
    chandra_doc_free(doc);
    assert_true(chandra_cycle_node_rank(rig->cycle, chandra_cycle_node_index(rig->cycle, "n1")) <
                chandra_cycle_node_rank(rig->cycle, chandra_cycle_node_index(rig->cycle, "n2")));
    assert_true(chandra_cycle_random(rig->cycle, 10) < 10);
    assert_true(chandra_cycle_time(rig->cycle) > 0);
}

static void
bad_selectors_are_refused(void **state)
{
    struct stage *stage = *state;
    struct rig *rig = &stage->rig;
    struct chandra_doc *doc = manifest_doc(
        "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Near, values: [b]}]}]}");
    struct chandra_error err;
    struct chandra_nodeset *nodes;

    rig_pre_filter(rig, "p");
    nodes = rig_new_set(rig);
    assert_int_equal(chandra_cycle_select(rig->cycle, chandra_doc_root(doc, 0), nodes, &err),
                     CHANDRA_EINVAL);
    assert_non_null(strstr(err.message, "Near"));
    free(nodes);
    chandra_doc_free(doc);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define FORGIVING(name) cmocka_unit_test_setup_teardown(name, set_up_forgiving, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(policy_cannot_widen),
        TEST(guard_refuses_forbidden_nodes),
        TEST(guard_lets_ask_and_wait),
        TEST(policy_narrows_and_says_why),
        TEST(policy_removals_free_no_claim),
        TEST(removals_are_found_by_number),
        TEST(explaining_at_the_wrong_time_is_refused),
        TEST(failing_match_stops_the_pod),
        FORGIVING(failing_match_may_be_ignored),
        TEST(policy_without_an_opinion_leaves_it_to_the_rules),
        TEST(suggestion_is_published),
        TEST(selecting_what_was_not_offered_is_an_error),
        FORGIVING(failing_suggestion_may_be_ignored),
        TEST(long_suggestion_is_cut_but_for_the_selected_node),
        TEST(scores_are_bounded_and_for_the_nodes_asked),
        TEST(release_chooses_among_the_candidates),
        FORGIVING(failing_release_may_be_ignored),
        TEST(swapped_policy_serves_the_next_attempt),
        TEST(policies_see_the_cluster),
        TEST(bad_selectors_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
