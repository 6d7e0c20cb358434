/* shadow_test.c - a second policy beside the attempt, and sets of policies that choose by pod. */
#include "engine_rig.h"

#include "base/alloc.h"

#include <chandra/sys/observer.h>

/* A policy that keeps, suggests and scores one node, and releases the last claim it is offered; as
 * a set it chooses by the queue and the claims. */
struct toy {
    struct chandra_policy base;
    struct chandra_policy_info info;
    const char *node;
    enum chandra_status failure; /* of every hook */
    enum chandra_failure_policy failure_policy;
    struct toy *chains; /* of a set: for queue "fast", for claims of a class gpu, for all else */
    size_t claims_seen; /* by choose() */
    uint64_t drawn;
};

static struct toy *
toy_of(const struct chandra_policy *policy)
{
    return (struct toy *)(uintptr_t)policy;
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
    return index == 0 ? &toy_of(policy)->info : NULL;
}

static void
keep(const struct toy *toy, struct chandra_cycle *cycle, struct chandra_nodeset *nodes)
{
    const uint32_t index = chandra_cycle_node_index(cycle, toy->node);
    const bool has = chandra_nodeset_has(nodes, index);

    chandra_nodeset_reset(nodes);
    if (has)
        chandra_nodeset_add(nodes, index);
}

static enum chandra_status
match(struct chandra_policy *policy, struct chandra_cycle *cycle, size_t index,
      struct chandra_nodeset *nodes, struct chandra_error *err)
{
    struct toy *toy = toy_of(policy);

    (void)index;
    if (toy->failure != CHANDRA_OK)
        return chandra_error_set(err, toy->failure, "%s has failed", toy->info.name);
    toy->drawn = chandra_cycle_random(cycle, 1000000);
    if (toy->node)
        keep(toy, cycle, nodes);
    return CHANDRA_OK;
}

static enum chandra_status
suggest(struct chandra_policy *policy, struct chandra_cycle *cycle, struct chandra_nodeset *nodes,
        uint32_t *out_selected, struct chandra_error *err)
{
    const struct toy *toy = toy_of(policy);

    (void)nodes;
    if (toy->failure != CHANDRA_OK)
        return chandra_error_set(err, toy->failure, "%s has failed", toy->info.name);
    if (toy->node)
        *out_selected = chandra_cycle_node_index(cycle, toy->node);
    return CHANDRA_OK;
}

static enum chandra_status
score(struct chandra_policy *policy, struct chandra_cycle *cycle,
      const struct chandra_nodeset *nodes, int64_t *scores, struct chandra_error *err)
{
    (void)policy;
    (void)cycle;
    (void)err;
    scores[chandra_nodeset_next(nodes, 0)] = 70;
    return CHANDRA_OK;
}

static enum chandra_status
release(struct chandra_policy *policy, struct chandra_cycle *cycle, const size_t *claims,
        size_t claim_count, size_t *out_choice, struct chandra_error *err)
{
    (void)policy;
    (void)cycle;
    (void)err;
    *out_choice = claims[claim_count - 1];
    return CHANDRA_OK;
}

static enum chandra_failure_policy
failure_policy(const struct chandra_policy *policy)
{
    return toy_of(policy)->failure_policy;
}

static size_t
choose(struct chandra_policy *policy, const struct chandra_cycle *cycle)
{
    const char *queue = chandra_cycle_queue(cycle);

    toy_of(policy)->claims_seen = chandra_cycle_claim_count(cycle);
    if (queue && strcmp(queue, "fast") == 0)
        return 0;
    return chandra_cycle_claim(cycle, 0) ? 1 : 2;
}

static struct chandra_policy *
chain_at(const struct chandra_policy *policy, size_t index)
{
    return index < 3 ? &toy_of(policy)->chains[index].base : NULL;
}

static const struct chandra_policy_ops toy_ops = {
    .size = sizeof(toy_ops),
    .count = count,
    .info_at = info_at,
    .match = match,
    .score = score,
    .suggest = suggest,
    .release = release,
    .failure_policy = failure_policy,
};

static const struct chandra_policy_ops set_ops = {
    .size = sizeof(set_ops),
    .count = count,
    .info_at = info_at,
    .choose = choose,
    .chain_at = chain_at,
};

/* Toys are on the stack: the reference of their own is never dropped. */
static struct toy
toy_on(const char *name, const char *node)
{
    return (struct toy){.base = {.ops = &toy_ops, .refs = 1},
                        .info = {.name = name, .version = "1.0.0", .sha256 = "0", .api = 1},
                        .node = node};
}

static size_t calls_observed;

static void
count_call(void *user, const struct chandra_call *call)
{
    (void)user;
    (void)call;
    calls_observed++;
}

static int
set_up(void **state)
{
    static const struct chandra_observer observer = {.size = sizeof(observer), .call = count_call};
    static struct rig rig;
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;

    options.observer = &observer;
    rig_open(&rig, &options);
    rig_nodes(&rig, "n1 n2 n3");
    rig_class(&rig, "gpu", "");
    *state = &rig;
    return 0;
}

static int
tear_down(void **state)
{
    rig_close(*state);
    return 0;
}

static struct chandra_cycle *
shadow_of(struct rig *rig, struct toy *toy)
{
    struct chandra_cycle *shadow;

    RIG_OK(chandra_cycle_shadow(rig->cycle, &toy->base, &shadow, &rig_err));
    return shadow;
}

static void
shadow_decides_in_the_same_state(void **state)
{
    struct rig *rig = *state;
    struct toy acting = toy_on("acting", "n1"), other = toy_on("other", "n2");
    struct chandra_cycle *shadow;
    struct chandra_answer answer;
    struct chandra_nodeset *nodes;
    int64_t scores[64] = {0};
    size_t calls;

    chandra_engine_set_policy(rig->engine, &acting.base);
    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    shadow = shadow_of(rig, &other);
    rig_remove(rig, "ResourceClaim", "c"); /* what changes after PreFilter is not seen */
    rig_nodes(rig, "n4");
    calls = calls_observed;
    nodes = rig_new_set(rig);
    chandra_cycle_filter_all(shadow, NULL, nodes, &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_SUCCESS);
    assert_int_equal(chandra_nodeset_count(nodes), 1);
    assert_true(chandra_nodeset_has(nodes, chandra_cycle_node_index(rig->cycle, "n2")));
    chandra_cycle_filter(shadow, "n1", &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_UNRESOLVABLE);
    assert_non_null(strstr(answer.reason, "policy other@1.0.0"));
    chandra_cycle_pre_score(shadow, nodes, &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_SUCCESS);
    chandra_cycle_score(shadow, nodes, scores, &answer);
    assert_int_equal(scores[chandra_cycle_node_index(rig->cycle, "n2")], 70);
    assert_int_equal(chandra_cycle_suggested(shadow, nodes),
                     chandra_cycle_node_index(rig->cycle, "n2"));
    assert_int_equal(calls_observed, calls); /* no record of it */
    assert_true(rig_passes(rig, "*", "n1"));
    assert_int_equal(other.drawn, acting.drawn); /* the same chance, and none used up */
    free(nodes);
    chandra_cycle_free(rig->cycle); /* it outlives the attempt */
    rig->cycle = NULL;
    chandra_cycle_why(shadow, "n3", &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_UNRESOLVABLE);
    chandra_cycle_free(shadow);
    chandra_engine_set_policy(rig->engine, NULL);
}

static void
shadow_never_acts(void **state)
{
    struct rig *rig = *state;
    struct toy other = toy_on("other", "n2");
    struct chandra_cycle *shadow;
    struct chandra_answer answer;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "");
    rig_pre_filter(rig, "p");
    shadow = shadow_of(rig, &other);
    rig_pre_score(rig, "n1 n2");
    chandra_cycle_pre_score(shadow, chandra_cycle_nodes(shadow), &answer);
    chandra_cycle_pre_filter(shadow, &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_ERROR);
    chandra_cycle_reserve(shadow, "n2", &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_ERROR);
    chandra_cycle_pre_bind(shadow, "n2", &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_ERROR);
    assert_int_equal(answer.status, CHANDRA_EINVAL);
    chandra_cycle_unreserve(shadow, "n2");
    chandra_cycle_post_bind(shadow, "n2");
    assert_string_equal(rig_writes(rig), "");
    chandra_cycle_free(shadow);
}

static void
shadow_releases_in_words_only(void **state)
{
    struct rig *rig = *state;
    struct toy other = toy_on("other", NULL);
    struct chandra_cycle *shadow;
    struct chandra_answer answer;

    rig_pod(rig, "p", "a b");
    rig_claim(rig, "a", DELAYED, ALLOCATED_ON("gone"));
    rig_claim(rig, "b", DELAYED, ALLOCATED_ON("gone"));
    rig_pre_filter(rig, "p");
    shadow = shadow_of(rig, &other);
    chandra_cycle_filter(shadow, "n1", &answer);
    chandra_cycle_post_filter(shadow, &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_UNSCHEDULABLE);
    assert_int_equal(chandra_cycle_released(shadow), 1);
    assert_string_equal(rig_writes(rig), "");
    assert_true(chandra_cycle_released(rig->cycle) == SIZE_MAX);
    rig_filter(rig, "n1");
    rig_post_filter(rig);
    assert_true(chandra_cycle_released(rig->cycle) <= 1);
    assert_string_equal(rig_writes(rig), "PUT ResourceClaim/status 200");
    chandra_cycle_free(shadow);
}

static void
shadow_failure_is_its_own(void **state)
{
    struct rig *rig = *state;
    struct toy other = toy_on("other", "n2");
    struct chandra_cycle *shadow;
    struct chandra_answer answer;

    other.failure = CHANDRA_ESCRIPT;
    other.failure_policy = CHANDRA_FAILURE_IGNORE; /* which does not hold for a shadow */
    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "");
    rig_pre_filter(rig, "p");
    shadow = shadow_of(rig, &other);
    assert_int_equal(chandra_cycle_suggested(shadow, chandra_cycle_nodes(shadow)),
                     CHANDRA_NODESET_END);
    assert_string_equal(chandra_cycle_fault(shadow), "other has failed");
    chandra_cycle_filter(shadow, "n1", &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_ERROR);
    assert_int_equal(answer.status, CHANDRA_ESCRIPT);
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_null(chandra_cycle_fault(rig->cycle));
    chandra_cycle_free(shadow);
}

static void
nothing_to_decide_has_no_shadow(void **state)
{
    struct rig *rig = *state;
    struct toy other = toy_on("other", "n2");
    struct chandra_cycle *shadow = NULL;
    struct chandra_error err;

    rig_pod(rig, "p", "");
    rig_begin(rig, "p");
    assert_int_equal(chandra_cycle_shadow(rig->cycle, &other.base, &shadow, &err), CHANDRA_EINVAL);
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SKIP);
    assert_int_equal(chandra_cycle_shadow(rig->cycle, &other.base, &shadow, &err), CHANDRA_EINVAL);
    assert_null(shadow);
}

/* Sets. */

static void
assert_policy(struct rig *rig, const char *want)
{
    char text[256];

    chandra_cycle_policy_text(rig->cycle, text, sizeof(text));
    assert_string_equal(text, want);
}

static void
set_chooses_when_the_claims_are_known(void **state)
{
    struct rig *rig = *state;
    struct toy chains[] = {toy_on("fast", "n1"), toy_on("claims", "n2"), toy_on("rest", "n3")};
    struct toy set = toy_on("set", NULL);

    set.base.ops = &set_ops;
    set.chains = chains;
    chandra_engine_set_policy(rig->engine, &set.base);
    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "");
    rig_pre_filter(rig, "p");
    assert_policy(rig, "claims@1.0.0 sha256:0");
    assert_int_equal(set.claims_seen, 1);
    assert_true(rig_passes(rig, "*", "n2"));
    RIG_OK(chandra_cycle_set_queue(rig->cycle, "fast", &rig_err));
    chandra_cycle_pre_filter(rig->cycle, &rig->answer);
    assert_policy(rig, "fast@1.0.0 sha256:0");
    assert_true(rig_passes(rig, "*", "n1"));
    RIG_OK(chandra_cycle_set_queue(rig->cycle, NULL, &rig_err));
    assert_null(chandra_cycle_queue(rig->cycle));
    chandra_cycle_free(rig->cycle);
    rig->cycle = NULL;
    chandra_engine_set_policy(rig->engine, NULL);
    assert_int_equal(set.base.refs, 1);
    assert_int_equal(chains[0].base.refs, 1);
}

static void
refused_pod_has_a_policy_too(void **state)
{
    struct rig *rig = *state;
    struct toy chains[] = {toy_on("fast", "n1"), toy_on("claims", "n2"), toy_on("rest", "n3")};
    struct toy set = toy_on("set", NULL);

    set.base.ops = &set_ops;
    set.chains = chains;
    chandra_engine_set_policy(rig->engine, &set.base);
    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", IMMEDIATE, "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    assert_policy(rig, "claims@1.0.0 sha256:0");
    assert_int_equal(chandra_cycle_claim_count(rig->cycle), 0);
    chandra_cycle_free(rig->cycle);
    rig->cycle = NULL;
    chandra_engine_set_policy(rig->engine, NULL);
}

static void
chain_has_its_own_failure_policy(void **state)
{
    struct rig *rig = *state;
    struct toy chains[] = {toy_on("fast", "n1"), toy_on("claims", "n2"), toy_on("rest", "n3")};
    struct toy set = toy_on("set", NULL);

    set.base.ops = &set_ops;
    set.chains = chains;
    chains[0].failure = chains[1].failure = CHANDRA_EBUDGET;
    chains[1].failure_policy = CHANDRA_FAILURE_IGNORE;
    chandra_engine_set_policy(rig->engine, &set.base);
    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "");
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_string_equal(chandra_cycle_fault(rig->cycle), "claims has failed");
    RIG_OK(chandra_cycle_set_queue(rig->cycle, "fast", &rig_err));
    chandra_cycle_pre_filter(rig->cycle, &rig->answer);
    assert_null(chandra_cycle_fault(rig->cycle));
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_EBUDGET);
    chandra_cycle_free(rig->cycle);
    rig->cycle = NULL;
    chandra_engine_set_policy(rig->engine, NULL);
}

static void
memory_may_run_out(void **state)
{
    struct rig *rig = *state;
    struct toy other = toy_on("other", "n2");
    struct chandra_cycle *shadow = NULL;
    struct chandra_error err;
    enum chandra_status st = CHANDRA_ENOMEM;

    rig_pod(rig, "p", "c d");
    rig_claim(rig, "c", DELAYED, "");
    rig_claim(rig, "d", DELAYED, ALLOCATED_ON("n1"));
    rig_context(rig, "p", "potentialNodes: [n1]", "{name: in-c, unsuitableNodes: [n3]}");
    rig_pre_filter(rig, "p");
    ch_alloc_fail_after(0);
    assert_int_equal(chandra_cycle_set_queue(rig->cycle, "q", &err), CHANDRA_ENOMEM);
    ch_alloc_fail_after(-1);
    assert_null(chandra_cycle_queue(rig->cycle));
    RIG_OK(chandra_cycle_set_queue(rig->cycle, "q", &rig_err));
    for (long n = 0; st == CHANDRA_ENOMEM; n++) {
        ch_alloc_fail_after(n);
        st = chandra_cycle_shadow(rig->cycle, &other.base, &shadow, &err);
        ch_alloc_fail_after(-1);
        assert_true(n < 50);
    }
    assert_int_equal(st, CHANDRA_OK);
    assert_string_equal(chandra_cycle_queue(shadow), "q");
    chandra_cycle_free(shadow);
    assert_int_equal(other.base.refs, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shadow_decides_in_the_same_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shadow_never_acts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shadow_releases_in_words_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shadow_failure_is_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_decide_has_no_shadow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(set_chooses_when_the_claims_are_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused_pod_has_a_policy_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chain_has_its_own_failure_policy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_may_run_out, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
