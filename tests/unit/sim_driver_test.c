/* sim_driver_test.c - the simulated drivers: the controller that all drivers share, and the test
 * driver in it. */
#include "sim_kit.h"

#define DRIVER "d.example.com"
#define FINALIZER DRIVER "/deletion-protection"
#define CLASS(name, driver)                                                                     \
    "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClass','metadata':{'name':'" name \
    "'},'driverName':'" driver "'}"
#define CLAIM(name, meta, spec, status)                                                          \
    "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'" name  \
    "','namespace':'default','uid':'uid-" name "'" meta "},'spec':{'resourceClassName':'k'" spec \
    "},'status':{" status "}}"
#define IMMEDIATE ",'allocationMode':'Immediate'"
#define PROTECTED ",'finalizers':['" FINALIZER "']"
#define ALLOCATED "'driverName':'" DRIVER "','allocation':{'shareable':true}"
#define POD(name, claims)                                                            \
    "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'" name "','uid':'uid-" name \
    "'},'spec':{'resourceClaims':[" claims "]}}"
#define ENTRY(entry, claim) "{'name':'" entry "','source':{'resourceClaimName':'" claim "'}}"
#define CONTEXT(name, spec, status)                                                           \
    "{'apiVersion':'resource.k8s.io/"                                                         \
    "v1alpha2','kind':'PodSchedulingContext','metadata':{'name':'" name                       \
    "','ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':'" name "','uid':'uid-" name \
    "','controller':true}]},'spec':{" spec "},'status':{" status "}}"

/* A cluster with nodes n1 to n3 and one driver. */
static struct chandra_sim *
with_driver(const char *config)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_doc *doc = parse(config);
    struct chandra_error err;

    load(sim, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n1','labels':{'dra':'yes'}}}");
    load(sim, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n2','labels':{'dra':'yes'}}}");
    load(sim, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n3'}}");
    load(sim, CLASS("k", DRIVER));
    load(sim, CLASS("other", "other.example.com"));
    must(chandra_sim_add_drivers(sim, chandra_doc_root(doc, 0), &err), &err);
    chandra_doc_free(doc);
    return sim;
}

#define UNLIMITED "{'DriverName':'" DRIVER "','Shareable':true}"
#define LOCAL_ONE "{'DriverName':'" DRIVER "','NodeLocal':true,'MaxAllocations':1}"

static size_t
writes_of(struct chandra_sim *sim)
{
    return count_writes(sim, DRIVER, NULL, NULL, NULL);
}

/* Claims by themselves. */

static void
test_immediate_claim(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    load(sim, CLAIM("c", "", IMMEDIATE, ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "metadata/finalizers", "['" FINALIZER "']");
    assert_stored(sim, CLAIMS "/c", "status",
                  "{'allocation':{'resourceHandles':[{'driverName':'" DRIVER "','data':"
                  "'{\\'EnvVars\\':{},\\'NodeName\\':\\'\\'}'}],'shareable':true},"
                  "'driverName':'" DRIVER "'}");
    assert_int_equal(writes_of(sim), 2);
    assert_false(settle(sim));
    chandra_sim_free(sim);
}

static void
test_immediate_claim_goes_on_after_its_finalizer(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    load(sim, CLAIM("c", PROTECTED, IMMEDIATE, ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/driverName", DRIVER);
    assert_int_equal(writes_of(sim), 1);
    chandra_sim_free(sim);
}

static void
test_claims_left_alone(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    load(sim, CLAIM("allocated", "", IMMEDIATE, ALLOCATED));
    load(sim, CLAIM("delayed", "", "", ""));
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
              "'foreign'},'spec':{'resourceClassName':'other'" IMMEDIATE "}}");
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
              "'classless'},'spec':{'resourceClassName':'gone'" IMMEDIATE "}}");
    settle_all(sim);
    assert_int_equal(writes_of(sim), 0);
    assert_int_equal(chandra_sim_next_ms(sim, false), -1);
    chandra_sim_free(sim);
}

/* The class comes later: the next retry allocates. */
static void
test_class_appears(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
              "'c'},'spec':{'resourceClassName':'late'" IMMEDIATE "}}");
    settle_all(sim);
    load(sim, CLASS("late", DRIVER));
    advance(sim, 2000);
    assert_stored(sim, CLAIMS "/c", "status/driverName", DRIVER);
    chandra_sim_free(sim);
}

static void
test_deallocation(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    load(sim, CLAIM("c", PROTECTED, "", ALLOCATED ",'deallocationRequested':true"));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status", "(none)");
    assert_stored(sim, CLAIMS "/c", "metadata/finalizers", "(none)");
    assert_int_equal(writes_of(sim), 2);
    chandra_sim_free(sim);
}

/* pitfall 50: nothing is freed under a user, whatever is asked for */
static void
test_no_deallocation_under_users(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, CLAIM("c", PROTECTED, "",
                    ALLOCATED ",'reservedFor':[{'resource':'pods','name':'p','uid':'uid-p'}]"));
    request(sim, CHANDRA_DELETE, CLAIMS "/c", NULL);
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/reservedFor/#", "1");
    assert_int_equal(writes_of(sim), 0);
    /* the controller takes the user away, then it goes all the way */
    request(sim, CHANDRA_DELETE, PODS "/p", NULL);
    settle_all(sim);
    assert_gone(sim, CLAIMS "/c");
    chandra_sim_free(sim);
}

static void
test_deletion(void **state)
{
    static const struct {
        const char *meta;
        const char *status;
        size_t writes;
        bool is_gone;
    } cases[] = {
        {PROTECTED, "", 1, true},
        {PROTECTED, ALLOCATED, 2, true},
        {",'finalizers':['x.io/y']", "", 0, false},
        {",'finalizers':['x.io/y','" FINALIZER "']", ALLOCATED, 2, false},
    };
    static const char *const modes[] = {"", IMMEDIATE};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        struct chandra_sim *sim = with_driver(UNLIMITED);
        char text[1024];

        snprintf(
            text, sizeof(text),
            "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
            "'c'%s},'spec':{'resourceClassName':'k'%s},'status':{%s}}",
            cases[i / 2].meta, modes[i % 2], cases[i / 2].status);
        load(sim, text);
        request(sim, CHANDRA_DELETE, CLAIMS "/c", NULL);
        settle_all(sim);
        assert_int_equal(writes_of(sim), cases[i / 2].writes);
        assert_int_equal(get(sim, CLAIMS "/c").http_status, cases[i / 2].is_gone ? 404 : 200);
        chandra_sim_free(sim);
    }
}

/* PodSchedulingContexts. */

static void
test_potential_nodes_are_answered(void **state)
{
    struct chandra_sim *sim = with_driver("{'DriverName':'" DRIVER "','NodeLocal':true,"
                                          "'NodeLabels':{'dra':'yes'},'MaxAllocations':1}");

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, CONTEXT("p", "'potentialNodes':['n1','n2','n3']", ""));
    settle_all(sim);
    /* the pod's own name for the claim (pitfall 16) */
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims",
                  "[{'name':'gpu','unsuitableNodes':['n3']}]");
    assert_stored(sim, CLAIMS "/c", "status", "(none)");
    assert_int_equal(writes_of(sim), 1);
    chandra_sim_free(sim);
}

/* pitfall 54: that the entry is there is the answer */
static void
test_answer_without_unsuitable_nodes(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, CONTEXT("p", "'potentialNodes':['n1','unknown']", ""));
    settle_all(sim);
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims", "[{'name':'gpu'}]");
    /* asked again every 30 seconds, which alone is no reason to go on */
    assert_int_equal(chandra_sim_next_ms(sim, false), -1);
    assert_int_equal(chandra_sim_next_ms(sim, true), 30 * 1000);
    advance(sim, 90 * 1000);
    assert_int_equal(writes_of(sim), 1);
    chandra_sim_free(sim);
}

static void
test_selected_node_gets_the_claim(void **state)
{
    struct chandra_sim *sim = with_driver(LOCAL_ONE);

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, CONTEXT("p", "'potentialNodes':['n1','n2'],'selectedNode':'n2'", ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/reservedFor",
                  "[{'resource':'pods','name':'p','uid':'uid-p'}]");
    assert_stored(sim, CLAIMS "/c", "status/allocation/availableOnNodes",
                  "{'nodeSelectorTerms':[{'matchExpressions':[{'key':'kubernetes.io/hostname',"
                  "'operator':'In','values':['n2']}]}]}");
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims", "[{'name':'gpu'}]");
    /* finalizer, status, answer */
    assert_int_equal(writes_of(sim), 3);
    chandra_sim_free(sim);
}

static void
test_reservation_can_be_left_out(void **state)
{
    struct chandra_sim *sim = with_driver("{'DriverName':'" DRIVER "','DontSetReservedFor':true}");

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, CONTEXT("p", "'potentialNodes':['n1'],'selectedNode':'n1'", ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/reservedFor", "(none)");
    assert_stored(sim, CLAIMS "/c", "status/driverName", DRIVER);
    chandra_sim_free(sim);
}

/* pitfall 49: the check comes first, and an unsuitable node gets nothing */
static void
test_selected_node_is_checked_first(void **state)
{
    struct chandra_sim *sim = with_driver(LOCAL_ONE);

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, CLAIM("d", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c") "," ENTRY("nic", "d")));
    /* two claims, room for one: no node does */
    load(sim, CONTEXT("p", "'potentialNodes':['n1'],'selectedNode':'n2'", ""));
    settle_all(sim);
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims",
                  "[{'name':'gpu','unsuitableNodes':['n1','n2']},{'name':'nic','unsuitableNodes':"
                  "['n1','n2']}]");
    assert_stored(sim, CLAIMS "/c", "metadata/finalizers", "(none)");
    assert_int_equal(writes_of(sim), 1);
    chandra_sim_free(sim);
}

/* A context that names no potential nodes has not asked: the driver tries at once. */
static void
test_context_of_the_controller(void **state)
{
    struct chandra_sim *sim = with_driver(LOCAL_ONE);

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, CONTEXT("p", "'selectedNode':'n1'", ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/driverName", DRIVER);
    chandra_sim_free(sim);
}

static void
test_contexts_of_no_interest(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    /* no nodes; no claims; an immediate claim; a pod of another uid; no pod; another driver's */
    load(sim, CLAIM("c", "", "", ""));
    load(sim, CLAIM("now", PROTECTED, IMMEDIATE, ALLOCATED));
    load(sim, POD("a", ENTRY("gpu", "c")));
    load(sim, CONTEXT("a", "", ""));
    load(sim, POD("b", ""));
    load(sim, CONTEXT("b", "'potentialNodes':['n1']", ""));
    load(sim, POD("e", ENTRY("gpu", "now")));
    load(sim, CONTEXT("e", "'potentialNodes':['n1'],'selectedNode':'n1'", ""));
    settle_all(sim);
    assert_int_equal(writes_of(sim), 0);
    chandra_sim_free(sim);
}

static void
test_missing_class(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
              "'x'},'spec':{'resourceClassName':'late'}}");
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c") "," ENTRY("nic", "x")));
    load(sim, CONTEXT("p", "'potentialNodes':['n1']", ""));
    settle_all(sim);
    assert_int_equal(writes_of(sim), 0);
    load(sim, CLASS("late", "other.example.com"));
    advance(sim, 2000);
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims", "[{'name':'gpu'}]");
    chandra_sim_free(sim);
}

/* 129 candidates, all unsuitable: one goes that is not the selected. */
static void
check_cut(const char *selected, const char *first, const char *last)
{
    struct chandra_sim *sim = with_driver("{'DriverName':'" DRIVER "','Nodes':['nowhere'],"
                                          "'MaxAllocations':1,'NodeLocal':true}");
    char text[8192];
    size_t len = 0;

    len += (size_t)snprintf(
        text, sizeof(text),
        "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'PodSchedulingContext',"
        "'metadata':{'name':'p','ownerReferences':[{'apiVersion':'v1','kind':'Pod',"
        "'name':'p','uid':'uid-p','controller':true}]},'spec':{'selectedNode':'%s',"
        "'potentialNodes':[",
        selected);
    for (int i = 0; i < 128; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s'm%03d'", i > 0 ? "," : "", i);
    snprintf(text + len, sizeof(text) - len, "]}}");
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, text);
    settle_all(sim);
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims/0/unsuitableNodes/#", "128");
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims/0/unsuitableNodes/0", first);
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims/0/unsuitableNodes/127", last);
    chandra_sim_free(sim);
}

/* pitfall 11: the selected node may be outside the potential ones */
static void
test_long_lists_are_cut(void **state)
{
    (void)state;
    check_cut("z", "m001", "z");
    check_cut("m000", "m000", "m127");
}

/* Answers of before are corrected, those of others stay. */
static void
test_answers_are_merged(void **state)
{
    struct chandra_sim *sim = with_driver(LOCAL_ONE);

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, CONTEXT("p", "'potentialNodes':['n1','n2']",
                      "'resourceClaims':[{'name':'nic','unsuitableNodes':['n9']},"
                      "{'name':'gpu','unsuitableNodes':['n1']}]"));
    settle_all(sim);
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims",
                  "[{'name':'nic','unsuitableNodes':['n9']},{'name':'gpu'}]");
    chandra_sim_free(sim);
}

/* What the test driver has. */

static void
test_room_comes_back(void **state)
{
    struct chandra_sim *sim = with_driver(LOCAL_ONE);

    (void)state;
    for (int i = 0; i < 3; i++) {
        char text[512];

        snprintf(
            text, sizeof(text),
            "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
            "'c%d'},'spec':{'resourceClassName':'k'" IMMEDIATE "}}",
            i);
        load(sim, text);
    }
    load(sim, CLAIM("late", "", IMMEDIATE, ""));
    settle_all(sim);
    /* three nodes, three claims: the fourth waits for one to go */
    assert_stored(sim, CLAIMS "/late", "status", "(none)");
    request(sim, CHANDRA_DELETE, CLAIMS "/c1", NULL);
    settle_all(sim);
    advance(sim, 5000);
    assert_stored(sim, CLAIMS "/late", "status/driverName", DRIVER);
    chandra_sim_free(sim);
}

static void
test_network_limit(void **state)
{
    struct chandra_sim *sim = with_driver("{'DriverName':'" DRIVER "','MaxAllocations':1,"
                                          "'NodeLabels':{'dra':'yes'}}");

    (void)state;
    load(sim, CLAIM("c", "", IMMEDIATE, ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/allocation/availableOnNodes/nodeSelectorTerms/0",
                  "{'matchExpressions':[{'key':'dra','operator':'In','values':['yes']}]}");
    load(sim, CLAIM("d", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "d")));
    load(sim, CONTEXT("p", "'potentialNodes':['n1','n2'],'selectedNode':'n1'", ""));
    settle_all(sim);
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims",
                  "[{'name':'gpu','unsuitableNodes':['n1','n2']}]");
    chandra_sim_free(sim);
}

static void
test_fixed_nodes(void **state)
{
    struct chandra_sim *sim = with_driver("{'DriverName':'" DRIVER "','Nodes':['n2','n1']}");

    (void)state;
    load(sim, CLAIM("c", "", IMMEDIATE, ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/allocation/availableOnNodes/nodeSelectorTerms/0",
                  "{'matchExpressions':[{'key':'kubernetes.io/hostname','operator':'In',"
                  "'values':['n2','n1']}]}");
    chandra_sim_free(sim);
}

/* What is allocated when the cluster is loaded takes its room. */
static void
test_allocations_are_adopted(void **state)
{
    struct chandra_sim *sim = with_driver(LOCAL_ONE);

    (void)state;
    load(sim,
         CLAIM("c", PROTECTED, "",
               "'driverName':'" DRIVER "','allocation':{'availableOnNodes':{'nodeSelectorTerms':"
               "[{'matchExpressions':[{'key':'kubernetes.io/hostname','operator':'In',"
               "'values':['n1']}]}]}}"));
    load(sim, CLAIM("d", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "d")));
    load(sim, CONTEXT("p", "'potentialNodes':['n1','n2']", ""));
    settle_all(sim);
    assert_stored(sim, CONTEXTS "/p", "status/resourceClaims",
                  "[{'name':'gpu','unsuitableNodes':['n1']}]");
    chandra_sim_free(sim);
}

static void
test_parameters(void **state)
{
    struct chandra_sim *sim = with_driver(UNLIMITED);

    (void)state;
    load(sim, "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'m'},'data':{'a':'b'}}");
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClass','metadata':{'name':"
              "'with'},'driverName':'" DRIVER "','parametersRef':{'kind':'ConfigMap','name':'m',"
              "'namespace':'default'}}");
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
              "'c'},'spec':{'resourceClassName':'with','parametersRef':{'kind':'ConfigMap','name':"
              "'m'}" IMMEDIATE "}}");
    settle_all(sim);
    {
        struct answer answer = get(sim, CLAIMS "/c");
        char data[256];

        dig(answer.body, "status/allocation/resourceHandles/0/data", data, sizeof(data));
        assert_string_equal(data,
                            "{\"EnvVars\":{\"user_a\":\"b\",\"admin_a\":\"b\"},\"NodeName\":\"\"}");
    }
    chandra_sim_free(sim);
}

/* Configuring. */

static void
check_config(const char *config, const char *wanted)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_doc *doc = parse(config);
    struct chandra_error err;

    if (chandra_sim_add_drivers(sim, chandra_doc_root(doc, 0), &err) == CHANDRA_OK)
        fail_msg("%s was taken", config);
    assert_string_equal(err.message, wanted);
    chandra_doc_free(doc);
    chandra_sim_free(sim);
}

static void
test_bad_configurations(void **state)
{
    (void)state;
    check_config(
        "{'DriverName':'d.io','NodeLocall':true}",
        "test.json:1:35: unknown field \"NodeLocall\" of a driver's configuration, did you mean "
        "\"NodeLocal\"?");
    check_config("{'NodeLocal':true}",
                 "test.json:1:1: a driver's configuration: DriverName is missing");
    check_config("[{'DriverName':'d.io'},7]",
                 "test.json:1:24: a driver's configuration: want an object, got number");
    check_config("[{'DriverName':'d.io'},{'DriverName':'d.io'}]",
                 "test.json:1:38: driver d.io is configured twice");
    check_config("{'DriverName':'D io'}",
                 "test.json:1:15: DriverName \"D io\": want a DNS name such as gpu.example.com");
    check_config("{'DriverName':'d.io','MaxAllocations':-1}",
                 "test.json:1:39: MaxAllocations: want 0 (unlimited) or more");
    check_config("{'DriverName':'d.io','Nodes':[1]}",
                 "test.json:1:31: Nodes[0]: want a string, got number");
    check_config("{'DriverName':'d.io','NodeLabels':{'a':1}}",
                 "test.json:1:40: NodeLabels.a: want a string, got number");
}

static void
test_default_drivers(void **state)
{
    struct chandra_sim *sim = with_driver(LOCAL_ONE);
    struct chandra_error err;

    (void)state;
    must(chandra_sim_add_default_drivers(sim, &err), &err);
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
              "'x'},'spec':{'resourceClassName':'other'" IMMEDIATE "}}");
    load(sim, CLAIM("c", "", IMMEDIATE, ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/x", "status/driverName", "other.example.com");
    assert_stored(sim, CLAIMS "/x", "status/allocation/shareable", "true");
    assert_stored(sim, CLAIMS "/x", "status/allocation/availableOnNodes", "(none)");
    assert_stored(sim, CLAIMS "/c", "status/allocation/shareable", "(none)");
    chandra_sim_free(sim);
}

/* S2 of the specification: two pods want the last device of a node; the loser is told. */
static void
test_two_pods_want_one_device(void **state)
{
    struct chandra_sim *sim = with_driver(LOCAL_ONE);

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, CLAIM("d", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, POD("q", ENTRY("gpu", "d")));
    load(sim, CONTEXT("p", "'potentialNodes':['n1'],'selectedNode':'n1'", ""));
    load(sim, CONTEXT("q", "'potentialNodes':['n1'],'selectedNode':'n1'", ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/driverName", DRIVER);
    assert_stored(sim, CLAIMS "/d", "status", "(none)");
    assert_stored(sim, CONTEXTS "/q", "status/resourceClaims",
                  "[{'name':'gpu','unsuitableNodes':['n1']}]");
    chandra_sim_free(sim);
}

/* A driver without a limit calls no node unsuitable, so that one it does not serve is tried again
 * and again: nothing to wait for. */
static void
test_node_that_is_not_served(void **state)
{
    struct chandra_sim *sim = with_driver("{'DriverName':'" DRIVER "','NodeLocal':true,"
                                          "'NodeLabels':{'dra':'yes'}}");

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD("p", ENTRY("gpu", "c")));
    load(sim, CONTEXT("p", "'potentialNodes':['n3'],'selectedNode':'n3'", ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status", "(none)");
    assert_int_equal(chandra_sim_next_ms(sim, false), -1);
    assert_true(chandra_sim_next_ms(sim, true) > 0);
    chandra_sim_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_immediate_claim),
        cmocka_unit_test(test_immediate_claim_goes_on_after_its_finalizer),
        cmocka_unit_test(test_claims_left_alone),
        cmocka_unit_test(test_class_appears),
        cmocka_unit_test(test_deallocation),
        cmocka_unit_test(test_no_deallocation_under_users),
        cmocka_unit_test(test_deletion),
        cmocka_unit_test(test_potential_nodes_are_answered),
        cmocka_unit_test(test_answer_without_unsuitable_nodes),
        cmocka_unit_test(test_selected_node_gets_the_claim),
        cmocka_unit_test(test_reservation_can_be_left_out),
        cmocka_unit_test(test_selected_node_is_checked_first),
        cmocka_unit_test(test_context_of_the_controller),
        cmocka_unit_test(test_contexts_of_no_interest),
        cmocka_unit_test(test_missing_class),
        cmocka_unit_test(test_long_lists_are_cut),
        cmocka_unit_test(test_answers_are_merged),
        cmocka_unit_test(test_room_comes_back),
        cmocka_unit_test(test_network_limit),
        cmocka_unit_test(test_fixed_nodes),
        cmocka_unit_test(test_allocations_are_adopted),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_bad_configurations),
        cmocka_unit_test(test_default_drivers),
        cmocka_unit_test(test_two_pods_want_one_device),
        cmocka_unit_test(test_node_that_is_not_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
