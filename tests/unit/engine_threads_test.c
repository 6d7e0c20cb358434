/* engine_threads_test.c - many threads on one engine, and on one cycle's Filter; run with TSan too.
 */
#include "engine_rig.h"

#include <pthread.h>

#define NODES 200
#define ROUNDS 60

/* Answers of Filter that every thread must agree on. */
struct shared_cycle {
    struct rig *rig;
    int wrong[4];
};

struct worker {
    struct shared_cycle *shared;
    int number;
};

static void
open_cluster(struct rig *rig)
{
    char names[NODES * 8] = "";
    size_t len = 0;

    rig_open(rig, NULL);
    for (int i = 0; i < NODES; i++)
        len += (size_t)snprintf(names + len, sizeof(names) - len, "n%d ", i);
    rig_nodes(rig, names);
    rig_class(rig, "gpu", "");
}

static void *
filter_all_nodes(void *user)
{
    struct worker *worker = user;
    struct rig *rig = worker->shared->rig;
    struct chandra_answer answer;
    char name[16];

    for (int i = 0; i < NODES; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        chandra_cycle_filter(rig->cycle, name, &answer);
        if ((answer.code == CHANDRA_CODE_SUCCESS) != (i == 7))
            worker->shared->wrong[worker->number]++;
    }
    return NULL;
}

/* pitfall 31: Filter runs for many nodes at once, and each may find the same claim unavailable. */
static void
several_threads_filter_one_cycle(void **state)
{
    struct rig rig;
    struct shared_cycle shared = {.rig = &rig};
    struct worker workers[4];
    pthread_t threads[4];

    (void)state;
    open_cluster(&rig);
    rig_pod(&rig, "p", "a b");
    rig_claim(&rig, "a", DELAYED, ALLOCATED_ON("n7, n8"));
    rig_claim(&rig, "b", DELAYED, ALLOCATED_ON("n7, n9"));
    for (int round = 0; round < ROUNDS; round++) {
        rig_pre_filter(&rig, "p");
        for (int i = 0; i < 4; i++) {
            workers[i] = (struct worker){&shared, i};
            pthread_create(&threads[i], NULL, filter_all_nodes, &workers[i]);
        }
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(shared.wrong[i], 0);
    assert_int_equal(rig_post_filter(&rig), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(&rig), "PUT ResourceClaim/status 200");
    rig_close(&rig);
}

/* One thread's pod, from PreEnqueue to PostBind, over and over. */
struct host {
    struct chandra_engine *engine;
    struct chandra_object *pod;
    size_t bound;
    size_t errors;
};

static void
schedule(struct host *host, struct chandra_cycle *cycle)
{
    struct chandra_nodeset *feasible;
    struct chandra_answer answer;
    uint32_t capacity;

    chandra_cycle_pre_filter(cycle, &answer);
    if (answer.code == CHANDRA_CODE_ERROR)
        host->errors++;
    if (answer.code != CHANDRA_CODE_SUCCESS)
        return;
    capacity = chandra_cycle_capacity(cycle);
    feasible = chandra_nodeset_init(malloc(chandra_nodeset_bytes(capacity)), capacity);
    chandra_cycle_filter_all(cycle, NULL, feasible, &answer);
    chandra_cycle_pre_score(cycle, feasible, &answer);
    chandra_cycle_reserve(cycle, "n7", &answer);
    if (answer.code == CHANDRA_CODE_SUCCESS)
        chandra_cycle_pre_bind(cycle, "n7", &answer);
    if (answer.code == CHANDRA_CODE_SUCCESS)
        host->bound++;
    chandra_cycle_unreserve(cycle, "n7");
    chandra_cycle_post_bind(cycle, "n7");
    free(feasible);
}

static void *
run_host(void *user)
{
    struct host *host = user;
    const struct chandra_pod *pod = chandra_object_pod(host->pod);
    struct chandra_answer answer;

    for (int i = 0; i < ROUNDS; i++) {
        struct chandra_cycle *cycle;
        struct chandra_error err;

        chandra_engine_pre_enqueue(host->engine, pod, &answer);
        if (chandra_cycle_new(host->engine, pod, &cycle, &err) != CHANDRA_OK)
            continue;
        schedule(host, cycle);
        chandra_cycle_free(cycle);
    }
    return NULL;
}

/* A policy that counts its references and has no opinion. */
struct counted {
    struct chandra_policy base;
    atomic_int freed;
};

static void
free_counted(struct chandra_policy *policy)
{
    atomic_fetch_add(&((struct counted *)policy)->freed, 1);
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
    static const struct chandra_policy_info info = {"counted", "1", "0", "builtin", 1};

    (void)policy;
    (void)index;
    return &info;
}

static const struct chandra_policy_ops counted_ops = {
    .size = sizeof(struct chandra_policy_ops),
    .free = free_counted,
    .count = count,
    .info_at = info_at,
};

/* Attempts of different pods run at once, while nodes and claims change and the policy is swapped.
 */
static void
pods_are_scheduled_while_the_cluster_changes(void **state)
{
    struct rig rig;
    struct counted policy = {.base = {.ops = &counted_ops}};
    struct host hosts[3];
    pthread_t threads[3];
    char name[16];

    (void)state;
    open_cluster(&rig);
    atomic_init(&policy.base.refs, 1);
    atomic_init(&policy.freed, 0);
    rig_claim(&rig, "shared", DELAYED, "driverName: d, allocation: {shareable: true}");
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "p%d", i);
        rig_pod(&rig, name, "shared");
        hosts[i] = (struct host){
            .engine = rig.engine,
            .pod = chandra_engine_get(rig.engine, CHANDRA_KIND_POD, "default", name),
        };
        pthread_create(&threads[i], NULL, run_host, &hosts[i]);
    }
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(name, sizeof(name), "n%d", NODES + i);
        rig_nodes(&rig, name);
        chandra_engine_set_policy(rig.engine, i % 2 ? NULL : &policy.base);
        assert_true(chandra_engine_count(rig.engine, CHANDRA_KIND_NODE) >= NODES);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(hosts[i].errors, 0);
        assert_int_equal(hosts[i].bound, ROUNDS);
        chandra_object_unref(hosts[i].pod);
    }
    chandra_engine_set_policy(rig.engine, NULL);
    assert_int_equal(atomic_load(&policy.freed), 0);
    chandra_policy_unref(&policy.base);
    assert_int_equal(atomic_load(&policy.freed), 1);
    rig_sync(&rig);
    rig_close(&rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_threads_filter_one_cycle),
        cmocka_unit_test(pods_are_scheduled_while_the_cluster_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
