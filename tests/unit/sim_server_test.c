/* sim_server_test.c - the API server's rules, as requests and answers. Rows marked [T] were seen on
 * a real server. */
#include "sim_kit.h"

#define CLAIM \
    "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'c'"
#define SPEC "'spec':{'resourceClassName':'k','allocationMode':'WaitForFirstConsumer'}"
#define ALLOCATED "'driverName':'d.example.com','allocation':{}"
#define SHARED "'driverName':'d.example.com','allocation':{'shareable':true}"
#define USER(uid) "{'resource':'pods','name':'p-" uid "','uid':'" uid "'}"

/* A claim with this status, past the rules; uid-c, revision of its own. */
static void
stage_claim(struct chandra_sim *sim, const char *status)
{
    char text[4096];

    snprintf(text, sizeof(text),
             CLAIM ",'namespace':'default','uid':'uid-c','finalizers':"
                   "['d.example.com/deletion-protection']}," SPEC ",'status':{%s}}",
             status);
    stage(sim, text);
}

static struct answer
put_status(struct chandra_sim *sim, const char *status)
{
    char text[8192];

    snprintf(text, sizeof(text), CLAIM "},'status':{%s}}", status);
    return request(sim, CHANDRA_PUT, CLAIMS "/c/status", text);
}

/* The PATCH of the scheduler's reservation, with the claim's uid as its precondition. */
static struct answer
reserve(struct chandra_sim *sim, const char *claim_uid, const char *element)
{
    char text[512];

    snprintf(text, sizeof(text), "{'metadata':{'uid':'%s'},'status':{'reservedFor':[%s]}}",
             claim_uid, element);
    return request_as(sim, CHANDRA_PATCH, CLAIMS "/c/status", SMP, text);
}

#define assert_refused(given, code, why)             \
    do {                                             \
        const struct answer given_ = (given);        \
        assert_int_equal(given_.http_status, code);  \
        assert_at(given_.body, "reason", why);       \
        assert_at(given_.body, "status", "Failure"); \
    } while (0)

/* Creating, 1.3. */

static void
test_post_creates(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer =
        request(sim, CHANDRA_POST, CLAIMS,
                CLAIM ",'deletionTimestamp':'2020-01-01T00:00:00Z','uid':'mine'},"
                      "'spec':{'resourceClassName':'k'},'status':{" ALLOCATED "}}");

    (void)state;
    assert_int_equal(answer.http_status, 201);
    assert_at(answer.body, "metadata/namespace", "default");
    assert_at(answer.body, "metadata/deletionTimestamp", "(none)");
    assert_at(answer.body, "metadata/creationTimestamp", "2024-06-01T00:00:00Z");
    assert_at(answer.body, "status", "(none)");
    assert_string_not_equal(dig(answer.body, "metadata/uid", (char[64]){0}, 64), "mine");
    /* pitfall 53: the mode is defaulted */
    assert_at(answer.body, "spec/allocationMode", "WaitForFirstConsumer");
    assert_stored(sim, CLAIMS "/c", "kind", "ResourceClaim");
    /* pitfall 5: not to be mistaken for a Conflict */
    answer = request(sim, CHANDRA_POST, CLAIMS, CLAIM "}," SPEC "}");
    assert_refused(answer, 409, "AlreadyExists");
    assert_at(answer.body, "message", "resourceclaims.resource.k8s.io \"c\" already exists");
    assert_at(answer.body, "details/kind", "resourceclaims");
    chandra_sim_free(sim);
}

static void
test_generate_name(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer =
        request(sim, CHANDRA_POST, CLAIMS, "{'metadata':{'generateName':'pod-gpu-'}," SPEC "}");
    char name[128];

    (void)state;
    assert_int_equal(answer.http_status, 201);
    dig(answer.body, "metadata/name", name, sizeof(name));
    assert_int_equal(strlen(name), strlen("pod-gpu-") + 5);
    assert_memory_equal(name, "pod-gpu-", 8);
    chandra_sim_free(sim);
}

static void
test_post_is_checked(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    assert_refused(request(sim, CHANDRA_POST, CLAIMS, CLAIM "},'spec':{}}"), 422, "Invalid");
    assert_refused(
        request(sim, CHANDRA_POST, CLAIMS, "{'metadata':{'name':'Not_A_Name'}," SPEC "}"), 422,
        "Invalid");
    assert_refused(request(sim, CHANDRA_POST, CLAIMS, CLAIM ",'namespace':'other'}," SPEC "}"), 400,
                   "BadRequest");
    assert_refused(request(sim, CHANDRA_POST, CLAIMS, "{'kind':'Pod','apiVersion':'v1'}"), 400,
                   "BadRequest");
    assert_refused(request(sim, CHANDRA_POST, CLAIMS, "{broken"), 400, "BadRequest");
    assert_refused(request(sim, CHANDRA_POST, CLAIMS, "[1]"), 400, "BadRequest");
    assert_refused(request(sim, CHANDRA_POST, CLAIMS, CLAIM "},'spec':{'resourceClassName':7}}"),
                   422, "Invalid");
    assert_refused(request(sim, CHANDRA_POST, CLAIMS, CLAIM ",'labels':[1]}," SPEC "}"), 400,
                   "BadRequest");
    assert_gone(sim, CLAIMS "/c");
    chandra_sim_free(sim);
}

/* The subresource split, 1.3. */

static void
test_put_main_ignores_status(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    (void)state;
    stage_claim(sim, ALLOCATED);
    answer =
        request(sim, CHANDRA_PUT, CLAIMS "/c",
                CLAIM ",'labels':{'a':'b'}}," SPEC ",'status':{'driverName':'x.example.com'}}");
    assert_int_equal(answer.http_status, 200);
    assert_at(answer.body, "status", "{" ALLOCATED "}");
    assert_at(answer.body, "metadata/labels/a", "b");
    assert_at(answer.body, "metadata/uid", "uid-c");
    assert_refused(
        request(sim, CHANDRA_PUT, CLAIMS "/c", CLAIM "},'spec':{'resourceClassName':'z'}}"), 422,
        "Invalid");
    chandra_sim_free(sim);
}

static void
test_put_status_ignores_the_rest(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    (void)state;
    stage_claim(sim, "");
    answer = request(sim, CHANDRA_PUT, CLAIMS "/c/status",
                     CLAIM ",'labels':{'a':'b'},'annotations':{'a':'b'},'finalizers':['x.io/y'],"
                           "'ownerReferences':[],'deletionTimestamp':'2020-01-01T00:00:00Z'},"
                           "'spec':{'resourceClassName':'other'},'status':{" ALLOCATED "}}");
    assert_int_equal(answer.http_status, 200);
    assert_at(answer.body, "metadata/labels", "(none)");
    assert_at(answer.body, "metadata/annotations", "(none)");
    assert_at(answer.body, "metadata/finalizers", "['d.example.com/deletion-protection']");
    assert_at(answer.body, "metadata/deletionTimestamp", "(none)");
    assert_at(answer.body, "spec/resourceClassName", "k");
    assert_at(answer.body, "status", "{" ALLOCATED "}");
    chandra_sim_free(sim);
}

/* Preconditions, 1.3. */

static void
test_put_preconditions(void **state)
{
    struct chandra_sim *sim = new_sim();
    char text[512];
    int64_t revision;

    (void)state;
    stage_claim(sim, "");
    revision = revision_of(sim, CLAIMS "/c");
    assert_refused(
        request(sim, CHANDRA_PUT, CLAIMS "/c", CLAIM ",'resourceVersion':'1'}," SPEC "}"), 409,
        "Conflict");
    assert_refused(request(sim, CHANDRA_PUT, CLAIMS "/c", CLAIM ",'uid':'other'}," SPEC "}"), 409,
                   "Conflict");
    assert_refused(
        request(sim, CHANDRA_PUT, CLAIMS "/c/status", CLAIM ",'uid':'other'},'status':{}}"), 409,
        "Conflict");
    /* [T] a uid is a precondition and is checked before existence */
    assert_refused(request(sim, CHANDRA_PUT, CLAIMS "/gone",
                           "{'metadata':{'name':'gone','uid':'u'}," SPEC "}"),
                   409, "Conflict");
    assert_refused(
        request(sim, CHANDRA_PUT, CLAIMS "/gone", "{'metadata':{'name':'gone'}," SPEC "}"), 404,
        "NotFound");
    assert_refused(request(sim, CHANDRA_PUT, CLAIMS "/other", CLAIM "}," SPEC "}"), 400,
                   "BadRequest");
    snprintf(text, sizeof(text),
             CLAIM ",'resourceVersion':'%lld','uid':'uid-c','labels':{'a':'b'}}," SPEC "}",
             (long long)revision);
    assert_int_equal(request(sim, CHANDRA_PUT, CLAIMS "/c", text).http_status, 200);
    assert_refused(request(sim, CHANDRA_PUT, CLAIMS "/c", text), 409, "Conflict");
    /* an empty revision is unconditional */
    assert_int_equal(request(sim, CHANDRA_PUT, CLAIMS "/c", CLAIM "}," SPEC "}").http_status, 200);
    assert_true(revision_of(sim, CLAIMS "/c") > revision + 1);
    chandra_sim_free(sim);
}

static void
test_no_op_writes(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at;
    int64_t revision;

    (void)state;
    stage_claim(sim, SHARED ",'reservedFor':[" USER("1") "]");
    deliver(sim);
    at = watch(sim, DRA "/resourceclaims?watch=1&resourceVersion=2", &seen);
    revision = revision_of(sim, CLAIMS "/c");
    /* [T] 200, nothing stored, no event */
    assert_int_equal(reserve(sim, "uid-c", USER("1")).http_status, 200);
    assert_int_equal(reserve(sim, "uid-c", "{'$patch':'delete','uid':'2'}").http_status, 200);
    assert_int_equal(request(sim, CHANDRA_PUT, CLAIMS "/c",
                             CLAIM ",'finalizers':['d.example.com/deletion-protection']}," SPEC "}")
                         .http_status,
                     200);
    assert_int_equal(put_status(sim, SHARED ",'reservedFor':[" USER("1") "]").http_status, 200);
    deliver(sim);
    assert_int_equal(revision_of(sim, CLAIMS "/c"), revision);
    assert_int_equal(seen.count, 0);
    stop(sim, at);
    chandra_sim_free(sim);
}

/* pitfalls 21 and 25: no revision in the PATCH, the uid guards it */
static void
test_patch_preconditions(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    stage_claim(sim, SHARED);
    assert_int_equal(put_status(sim, SHARED ",'reservedFor':[" USER("1") "]").http_status, 200);
    assert_int_equal(reserve(sim, "uid-c", USER("2")).http_status, 200);
    /* [T] another uid is Invalid, not a Conflict */
    assert_refused(reserve(sim, "uid-before", USER("3")), 422, "Invalid");
    assert_refused(request_as(sim, CHANDRA_PATCH, CLAIMS "/gone/status", SMP, "{'status':{}}"), 404,
                   "NotFound");
    assert_refused(request_as(sim, CHANDRA_PATCH, CLAIMS "/c/status", SMP,
                              "{'metadata':{'resourceVersion':'1'},'status':{'driverName':'x.y'}}"),
                   409, "Conflict");
    assert_stored(sim, CLAIMS "/c", "status/reservedFor/#", "2");
    chandra_sim_free(sim);
}

/* Deleting, 1.3. */

static void
test_delete_with_finalizers(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    (void)state;
    stage_claim(sim, "");
    answer = request(sim, CHANDRA_DELETE, CLAIMS "/c", NULL);
    assert_int_equal(answer.http_status, 200);
    assert_at(answer.body, "metadata/deletionTimestamp", "2024-06-01T00:00:00Z");
    answer = request(sim, CHANDRA_DELETE, CLAIMS "/c", NULL);
    assert_int_equal(answer.http_status, 200);
    assert_refused(
        request(sim, CHANDRA_PUT, CLAIMS "/c",
                CLAIM ",'finalizers':['d.example.com/deletion-protection','x.io/y']}," SPEC "}"),
        422, "Invalid");
    assert_stored(sim, CLAIMS "/c", "metadata/finalizers/#", "1");
    /* the last finalizer takes the object along */
    answer = request(sim, CHANDRA_PUT, CLAIMS "/c", CLAIM "}," SPEC "}");
    assert_int_equal(answer.http_status, 200);
    assert_gone(sim, CLAIMS "/c");
    assert_refused(request(sim, CHANDRA_DELETE, CLAIMS "/c", NULL), 404, "NotFound");
    chandra_sim_free(sim);
}

static void
test_delete_preconditions(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','uid':'u'}}");
    assert_refused(request(sim, CHANDRA_DELETE, PODS "/p", "{'preconditions':{'uid':'other'}}"),
                   409, "Conflict");
    assert_refused(
        request(sim, CHANDRA_DELETE, PODS "/p", "{'preconditions':{'resourceVersion':'77'}}"), 409,
        "Conflict");
    assert_int_equal(
        request(sim, CHANDRA_DELETE, PODS "/p", "{'preconditions':{'uid':'u'}}").http_status, 200);
    assert_gone(sim, PODS "/p");
    chandra_sim_free(sim);
}

/* Limits, 1.2. */

/* Elements that differ in a number. */
static void
put_list(char *out, size_t size, const char *before, const char *after, int count)
{
    size_t len = 0;

    for (int i = 0; i < count; i++)
        len +=
            (size_t)snprintf(out + len, size - len, "%s%s%d%s", i > 0 ? "," : "", before, i, after);
}

/* pitfall 23: the 33rd consumer passes the scheduler and is refused here */
static void
test_at_most_32_users(void **state)
{
    struct chandra_sim *sim = new_sim();
    char users[4096];
    char status[4608];

    (void)state;
    put_list(users, sizeof(users), "{'resource':'pods','name':'p','uid':'", "'}", 32);
    snprintf(status, sizeof(status), SHARED ",'reservedFor':[%s]", users);
    stage_claim(sim, SHARED);
    assert_int_equal(put_status(sim, status).http_status, 200);
    assert_refused(reserve(sim, "uid-c", USER("33")), 422, "Invalid");
    assert_refused(put_status(sim, SHARED ",'reservedFor':[" USER("1") "," USER("1") "]"), 422,
                   "Invalid");
    chandra_sim_free(sim);
}

static void
test_context_limits(void **state)
{
    struct chandra_sim *sim = new_sim();
    char names[4096];
    char text[8192];

    (void)state;
    put_list(names, sizeof(names), "'n-", "'", 128);
    snprintf(text, sizeof(text), "{'metadata':{'name':'p'},'spec':{'potentialNodes':[%s]}}", names);
    assert_int_equal(request(sim, CHANDRA_POST, CONTEXTS, text).http_status, 201);
    put_list(names, sizeof(names), "'n-", "'", 129);
    snprintf(text, sizeof(text), "{'metadata':{'name':'q'},'spec':{'potentialNodes':[%s]}}", names);
    assert_refused(request(sim, CHANDRA_POST, CONTEXTS, text), 422, "Invalid");
    snprintf(text, sizeof(text),
             "{'metadata':{'name':'p'},'status':{'resourceClaims':[{'name':'a','unsuitableNodes':[%"
             "s]}]}}",
             names);
    assert_refused(request(sim, CHANDRA_PUT, CONTEXTS "/p/status", text), 422, "Invalid");
    assert_refused(request(sim, CHANDRA_PUT, CONTEXTS "/p",
                           "{'metadata':{'name':'p'},'spec':{'potentialNodes':['a','a']}}"),
                   422, "Invalid");
    assert_refused(request(sim, CHANDRA_PUT, CONTEXTS "/p",
                           "{'metadata':{'name':'p'},'spec':{'potentialNodes':['No_Name']}}"),
                   422, "Invalid");
    assert_refused(request(sim, CHANDRA_PUT, CONTEXTS "/p/status",
                           "{'metadata':{'name':'p'},'status':{'resourceClaims':[{'name':'a'},"
                           "{'name':'a'}]}}"),
                   422, "Invalid");
    /* the selected node is not validated at all */
    assert_int_equal(request(sim, CHANDRA_PUT, CONTEXTS "/p",
                             "{'metadata':{'name':'p'},'spec':{'selectedNode':'No_Name!'}}")
                         .http_status,
                     200);
    chandra_sim_free(sim);
}

static void
test_handles(void **state)
{
    struct chandra_sim *sim = new_sim();
    char *status = malloc(20000);
    char *text = malloc(24000);
    char list[4096];

    (void)state;
    put_list(list, sizeof(list), "{'driverName':'d.io','data':'", "'}", 33);
    snprintf(status, 20000, "'driverName':'d.io','allocation':{'resourceHandles':[%s]}", list);
    stage_claim(sim, "");
    assert_refused(put_status(sim, status), 422, "Invalid");
    snprintf(text, 24000,
             CLAIM "},'status':{'driverName':'d.io','allocation':{'resourceHandles':[{'driverName':"
                   "'d.io','data':'%0*d'}]}}}",
             16 * 1024 + 1, 0);
    assert_refused(request(sim, CHANDRA_PUT, CLAIMS "/c/status", text), 422, "Invalid");
    free(status);
    free(text);
    chandra_sim_free(sim);
}

/* The claim's status, 1.4, rule by rule. */

static void
check_status(const char *before, const char *after, bool is_fine)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    stage_claim(sim, before);
    answer = put_status(sim, after);
    if (answer.http_status != (is_fine ? 200 : 422))
        fail_msg("from {%s} to {%s}: got %d %s", before, after, answer.http_status, answer.body);
    chandra_sim_free(sim);
}

#define ASKED ALLOCATED ",'deallocationRequested':true"

static void
test_claim_status_rules(void **state)
{
    (void)state;
    /* 1: an allocation needs a driver name, not the other way round */
    check_status("", "'allocation':{}", false);
    check_status("", "'driverName':'d.io'", true);
    check_status("'driverName':'d.io'", "'driverName':'e.io'", true);
    /* 2: a reservation needs an allocation (pitfall 46) */
    check_status("", "'driverName':'d.io','reservedFor':[" USER("1") "]", false);
    /* 3: at most one user, unless shareable (pitfall 24) */
    check_status(ALLOCATED, ALLOCATED ",'reservedFor':[" USER("1") "," USER("2") "]", false);
    check_status(SHARED, SHARED ",'reservedFor':[" USER("1") "," USER("2") "]", true);
    /* 5: an allocation never changes while there is one */
    check_status(ALLOCATED, SHARED, false);
    check_status(ALLOCATED, "", true);
    /* 6, 7: when deallocation can be asked for */
    check_status(ALLOCATED ",'reservedFor':[" USER("1") "]", ASKED, true);
    check_status(ALLOCATED ",'reservedFor':[" USER("1") "]", ASKED ",'reservedFor':[" USER("1") "]",
                 false);
    check_status("", "'deallocationRequested':true", false);
    /* 8: it is taken back only with the allocation */
    check_status(ASKED, ALLOCATED, false);
    check_status(ASKED, "", true);
}

/* 4: users may go, none may come */
static void
test_closed_claims(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    stage_claim(sim, SHARED ",'reservedFor':[" USER("1") "," USER("2") "]");
    assert_int_equal(request(sim, CHANDRA_DELETE, CLAIMS "/c", NULL).http_status, 200);
    assert_refused(reserve(sim, "uid-c", USER("3")), 422, "Invalid");
    assert_int_equal(reserve(sim, "uid-c", "{'$patch':'delete','uid':'1'}").http_status, 200);
    stage_claim(sim, ASKED);
    assert_refused(reserve(sim, "uid-c", USER("3")), 422, "Invalid");
    chandra_sim_free(sim);
}

/* pitfall 24: the loser of a race gets Invalid, not Conflict; pitfall 47: so is no allocation */
static void
test_lost_reservation(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    stage_claim(sim, ALLOCATED);
    assert_int_equal(reserve(sim, "uid-c", USER("1")).http_status, 200);
    assert_refused(reserve(sim, "uid-c", USER("2")), 422, "Invalid");
    stage_claim(sim, "");
    assert_refused(reserve(sim, "uid-c", USER("2")), 422, "Invalid");
    chandra_sim_free(sim);
}

/* pitfall 22: one element is merged, and a new one lands in front. 1.5 [T] */
static void
test_reservations_merge(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    stage_claim(sim, SHARED ",'reservedFor':[" USER("1") "," USER("2") "]");
    assert_int_equal(reserve(sim, "uid-c", USER("3")).http_status, 200);
    assert_stored(sim, CLAIMS "/c", "status/reservedFor",
                  "[" USER("3") "," USER("1") "," USER("2") "]");
    assert_int_equal(
        reserve(sim, "uid-c", "{'resource':'pods','name':'new','uid':'1'}").http_status, 200);
    assert_stored(sim, CLAIMS "/c", "status/reservedFor",
                  "[" USER("3") ",{'resource':'pods','name':'new','uid':'1'}," USER("2") "]");
    assert_int_equal(reserve(sim, "uid-c", "{'$patch':'delete','uid':'3'}").http_status, 200);
    assert_int_equal(reserve(sim, "uid-c", "{'$patch':'delete','uid':'9'}").http_status, 200);
    assert_stored(sim, CLAIMS "/c", "status/reservedFor/#", "2");
    chandra_sim_free(sim);
}

/* Binding. */

static void
test_binding(void **state)
{
    static const char binding[] = "{'apiVersion':'v1','kind':'Binding','metadata':{'name':'p'},"
                                  "'target':{'kind':'Node','name':'n'}}";
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    (void)state;
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','uid':'u'}}");
    assert_refused(request(sim, CHANDRA_POST, PODS "/p/binding",
                           "{'metadata':{'name':'p','uid':'other'},'target':{'name':'n'}}"),
                   409, "Conflict");
    assert_refused(request(sim, CHANDRA_POST, PODS "/p/binding", "{'target':{}}"), 422, "Invalid");
    answer = request(sim, CHANDRA_POST, PODS "/p/binding", binding);
    assert_int_equal(answer.http_status, 201);
    assert_at(answer.body, "status", "Success");
    assert_stored(sim, PODS "/p", "spec/nodeName", "n");
    assert_stored(sim, PODS "/p", "status/conditions/0/type", "PodScheduled");
    assert_refused(request(sim, CHANDRA_POST, PODS "/p/binding", binding), 409, "Conflict");
    assert_refused(request(sim, CHANDRA_POST, PODS "/q/binding", binding), 404, "NotFound");
    assert_int_equal(count_writes(sim, "scheduler", "POST", "Pod", "binding"), 5);
    /* the list of claims and the node are not to be changed otherwise */
    assert_refused(request_as(sim, CHANDRA_PATCH, PODS "/p", MERGE, "{'spec':{'nodeName':'m'}}"),
                   422, "Invalid");
    chandra_sim_free(sim);
}

/* Paths. */

static void
test_paths(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer = get(sim, "/version");

    (void)state;
    assert_int_equal(answer.http_status, 200);
    assert_at(answer.body, "minor", "30");
    assert_gone(sim, "/apis/resource.k8s.io/v1/resourceclaims");
    assert_gone(sim, "/api/v1/namespaces/default/unicorns");
    assert_gone(sim, CLAIMS "/c/scale");
    assert_gone(sim, "/");
    assert_gone(sim, "/api/v1/nodes/a/b/c/d/e/f/g/h");
    assert_int_equal(request(sim, CHANDRA_POST, CLAIMS "/c", "{}").http_status, 405);
    assert_int_equal(request(sim, CHANDRA_DELETE, CLAIMS, NULL).http_status, 405);
    assert_refused(request_as(sim, CHANDRA_PATCH, CLAIMS "/c", "application/json-patch+json", "[]"),
                   415, "UnsupportedMediaType");
    load(sim, "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'team'}}");
    assert_stored(sim, "/api/v1/namespaces/team", "metadata/name", "team");
    assert_stored(sim, "/api/v1/namespaces/te%61m", "metadata/name", "team");
    assert_gone(sim, "/api/v1/namespaces/tea%6");
    assert_int_equal(get(sim, "/api/v1/nodes?limit=x").http_status, 400);
    assert_int_equal(get(sim, "/api/v1/nodes?labelSelector=%21%21%21").http_status, 400);
    assert_int_equal(get(sim, "/api/v1/nodes?fieldSelector=spec.x%3Dy").http_status, 400);
    chandra_sim_free(sim);
}

static void
test_log_of_writes(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_sim_write write;

    (void)state;
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'}}");
    request(sim, CHANDRA_DELETE, PODS "/nobody", NULL);
    request(sim, CHANDRA_GET, PODS "/p", NULL);
    request(sim, CHANDRA_POST, CLAIMS, "{'metadata':{'generateName':'x-'}," SPEC "}");
    assert_int_equal(chandra_sim_write_count(sim), 3);
    assert_true(chandra_sim_write_at(sim, 0, &write));
    assert_string_equal(write.actor, "");
    assert_int_equal(write.http_status, 201);
    assert_true(chandra_sim_write_at(sim, 1, &write));
    assert_string_equal(write.actor, "scheduler");
    assert_string_equal(write.method, "DELETE");
    assert_string_equal(write.name_space, "default");
    assert_string_equal(write.name, "nobody");
    assert_string_equal(write.subresource, "");
    assert_int_equal(write.http_status, 404);
    assert_true(chandra_sim_write_at(sim, 2, &write));
    assert_string_equal(write.kind, "ResourceClaim");
    assert_int_equal(strlen(write.name), 7);
    assert_false(chandra_sim_write_at(sim, 3, &write));
    chandra_sim_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_post_creates),
        cmocka_unit_test(test_generate_name),
        cmocka_unit_test(test_post_is_checked),
        cmocka_unit_test(test_put_main_ignores_status),
        cmocka_unit_test(test_put_status_ignores_the_rest),
        cmocka_unit_test(test_put_preconditions),
        cmocka_unit_test(test_no_op_writes),
        cmocka_unit_test(test_patch_preconditions),
        cmocka_unit_test(test_delete_with_finalizers),
        cmocka_unit_test(test_delete_preconditions),
        cmocka_unit_test(test_at_most_32_users),
        cmocka_unit_test(test_context_limits),
        cmocka_unit_test(test_handles),
        cmocka_unit_test(test_claim_status_rules),
        cmocka_unit_test(test_closed_claims),
        cmocka_unit_test(test_lost_reservation),
        cmocka_unit_test(test_reservations_merge),
        cmocka_unit_test(test_binding),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_log_of_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
