/* sim_oom_test.c - memory that runs out at any point is an error, never a crash, a leak, or half a
 * change. */
#include "base/alloc.h"
#include "sim_kit.h"

/* One operation on a cluster; called with ever more memory until it succeeds. */
typedef enum chandra_status (*operation)(struct chandra_sim *sim, struct chandra_error *err);

static struct chandra_doc *input;

static enum chandra_status
send(struct chandra_sim *sim, enum chandra_method method, const char *path, const char *type,
     const char *body, int wanted)
{
    struct chandra_transport *transport = chandra_sim_transport(sim);
    const struct chandra_request what = {.method = method,
                                         .path = path,
                                         .content_type = type,
                                         .body = body,
                                         .body_len = body ? strlen(body) : 0};
    struct answer answer = {0};
    struct chandra_error err;
    const enum chandra_status st =
        transport->ops->submit(transport, &what, keep_answer, &answer, &err);

    if (st != CHANDRA_OK) {
        assert_int_equal(st, CHANDRA_ENOMEM);
        assert_int_equal(answer.count, 0);
        return st;
    }
    assert_int_equal(answer.count, 1);
    /* An answer that is lost stands for a request that may have had its effect. */
    if (answer.http_status == 0)
        return CHANDRA_ENOMEM;
    assert_int_equal(answer.http_status, wanted);
    return CHANDRA_OK;
}

static enum chandra_status
load_input(struct chandra_sim *sim, struct chandra_error *err)
{
    return chandra_sim_load(sim, chandra_doc_root(input, 0), err);
}

static enum chandra_status
stage_input(struct chandra_sim *sim, struct chandra_error *err)
{
    struct chandra_stage *at = chandra_sim_stage(sim);

    return at->ops->apply(at, chandra_doc_root(input, 0), err);
}

static enum chandra_status
list_nodes(struct chandra_sim *sim, struct chandra_error *err)
{
    (void)err;
    return send(sim, CHANDRA_GET, "/api/v1/nodes?limit=1&labelSelector=a,b%20in%20(c)", NULL, NULL,
                200);
}

static enum chandra_status
reserve(struct chandra_sim *sim, struct chandra_error *err)
{
    (void)err;
    return send(
        sim, CHANDRA_PATCH, CLAIMS "/c/status", SMP,
        "{\"status\":{\"reservedFor\":[{\"resource\":\"pods\",\"name\":\"p\",\"uid\":\"u\"}]}}",
        200);
}

static enum chandra_status
apply_context(struct chandra_sim *sim, struct chandra_error *err)
{
    (void)err;
    return send(sim, CHANDRA_PATCH, CONTEXTS "/p?fieldManager=m&force=true", APPLY,
                "{\"spec\":{\"selectedNode\":\"n\",\"potentialNodes\":[\"n\"]}}", 200);
}

static enum chandra_status
bind_pod(struct chandra_sim *sim, struct chandra_error *err)
{
    (void)err;
    return send(sim, CHANDRA_POST, PODS "/p/binding", NULL, "{\"target\":{\"name\":\"n\"}}", 201);
}

static enum chandra_status
delete_claim(struct chandra_sim *sim, struct chandra_error *err)
{
    (void)err;
    return send(sim, CHANDRA_DELETE, CLAIMS "/c", NULL, NULL, 200);
}

static enum chandra_status
work(struct chandra_sim *sim, struct chandra_error *err)
{
    bool moved;

    return chandra_sim_settle(sim, &moved, err);
}

/* What operations find. */
static struct chandra_sim *
new_cluster(struct seen *seen, struct chandra_watch **out_watch)
{
    struct chandra_sim *sim = new_sim();
    const struct chandra_sim_driver driver = {.size = sizeof(driver),
                                              .driver_name = "d.example.com",
                                              .is_node_local = true,
                                              .max_allocations = 3};
    struct chandra_error err;

    must(chandra_sim_add_driver(sim, &driver, &err), &err);
    load(sim, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n'}}");
    load(sim,
         "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClass','metadata':{'name':'k'},"
         "'driverName':'d.example.com'}");
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaimTemplate','metadata':{"
              "'name':'t'},'spec':{'spec':{'resourceClassName':'k'}}}");
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','uid':'u'},'spec':{"
              "'resourceClaims':[{'name':'a','source':{'resourceClaimTemplateName':'t'}},"
              "{'name':'b','source':{'resourceClaimName':'d'}}]}}");
    load(sim,
         "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'c',"
         "'finalizers':['x.io/y']},'spec':{'resourceClassName':'k'},'status':{'driverName':"
         "'d.example.com','allocation':{'shareable':true},'reservedFor':[{'resource':'pods','name':"
         "'p','uid':'u'},{'resource':'pods','name':'gone','uid':'g'}]}}");
    load(sim,
         "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'d'},"
         "'spec':{'resourceClassName':'k'}}");
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'PodSchedulingContext','metadata':{"
              "'name':'p','ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':'p','uid':'u',"
              "'controller':true}]},'spec':{'selectedNode':'n','potentialNodes':['n','m']}}");
    load(sim,
         "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'orphan','ownerReferences':[{"
         "'apiVersion':'v1','kind':'Pod','name':'gone','uid':'g'}]}}");
    *out_watch = watch(sim, "/api/v1/pods?watch=1", seen);
    return sim;
}

/* With every amount of memory: an error or success, and the cluster works afterwards. */
static void
sweep(operation run, bool is_continued)
{
    enum chandra_status st = CHANDRA_ENOMEM;

    for (long allowed = 0; st != CHANDRA_OK; allowed++) {
        struct seen seen = {0};
        struct chandra_watch *at = NULL;
        struct chandra_sim *sim = new_cluster(&seen, &at);
        struct chandra_error err;

        ch_alloc_fail_after(allowed);
        st = run(sim, &err);
        ch_alloc_fail_after(-1);
        if (st != CHANDRA_OK)
            assert_int_equal(st, CHANDRA_ENOMEM);
        if (is_continued)
            must(run(sim, &err), &err);
        settle_all(sim);
        stop(sim, at);
        chandra_sim_free(sim);
        assert_true(allowed < 20000);
    }
}

static void
test_new(void **state)
{
    enum chandra_status st = CHANDRA_ENOMEM;

    (void)state;
    for (long allowed = 0; st != CHANDRA_OK; allowed++) {
        struct chandra_sim *sim = NULL;
        struct chandra_error err;

        ch_alloc_fail_after(allowed);
        st = chandra_sim_new(NULL, &sim, &err);
        ch_alloc_fail_after(-1);
        chandra_sim_free(sim);
        assert_true(allowed < 100);
    }
}

static void
test_load(void **state)
{
    (void)state;
    input = parse(
        "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'new','namespace':'team'},'spec':{"
        "'resourceClaims':[{'name':'a','source':{'resourceClaimTemplateName':'t'}}]}}");
    sweep(load_input, true);
    sweep(stage_input, true);
    chandra_doc_free(input);
}

static void
test_requests(void **state)
{
    (void)state;
    sweep(list_nodes, true);
    sweep(reserve, true);
    sweep(apply_context, true);
    sweep(bind_pod, false);
    sweep(delete_claim, true);
}

/* The controllers go on where they were: the end is the same. */
static void
test_work(void **state)
{
    enum chandra_status st = CHANDRA_ENOMEM;

    (void)state;
    for (long allowed = 0; st != CHANDRA_OK; allowed++) {
        struct seen seen = {0};
        struct chandra_watch *at = NULL;
        struct chandra_sim *sim = new_cluster(&seen, &at);
        struct chandra_error err;

        ch_alloc_fail_after(allowed);
        st = work(sim, &err);
        ch_alloc_fail_after(-1);
        settle_all(sim);
        advance(sim, 60 * 1000);
        assert_at(get(sim, CLAIMS).body, "items/#", "3");
        assert_stored(sim, CLAIMS "/c", "status/reservedFor/#", "1");
        assert_stored(sim, CLAIMS "/d", "status/driverName", "d.example.com");
        assert_gone(sim, "/api/v1/namespaces/default/configmaps/orphan");
        assert_true(seen.count >= 2);
        stop(sim, at);
        chandra_sim_free(sim);
        assert_true(allowed < 20000);
    }
}

/* Watches and timers. */
static void
test_watches(void **state)
{
    enum chandra_status st = CHANDRA_ENOMEM;

    (void)state;
    for (long allowed = 0; st != CHANDRA_OK; allowed++) {
        struct seen seen = {0};
        struct chandra_watch *at = NULL;
        struct chandra_watch *second = NULL;
        struct chandra_sim *sim = new_cluster(&seen, &at);
        struct chandra_transport *transport = chandra_sim_transport(sim);
        const struct chandra_request what = {.method = CHANDRA_GET,
                                             .path = "/api/v1/nodes?watch=1&timeoutSeconds=9"};
        const struct chandra_watch_sink sink = {
            .size = sizeof(sink), .user = &seen, .event = see_event, .closed = see_end};
        struct chandra_error err;

        ch_alloc_fail_after(allowed);
        st = transport->ops->watch(transport, &what, &sink, &second, &err);
        if (st == CHANDRA_OK)
            st = transport->ops->after(transport, 10, (chandra_timer_fn)free, NULL, &err);
        ch_alloc_fail_after(-1);
        if (second)
            stop(sim, second);
        stop(sim, at);
        chandra_sim_free(sim);
        assert_true(allowed < 1000);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),      cmocka_unit_test(test_load),
        cmocka_unit_test(test_requests), cmocka_unit_test(test_work),
        cmocka_unit_test(test_watches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
