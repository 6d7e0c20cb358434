/* sim_stage_test.c - the server's state set step by step, as replays do; equal seeds give equal
 * runs. */
#include "sim_kit.h"

#define CLAIM(meta, rest)                                                                     \
    "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'c'," \
    "'namespace':'default'" meta "}" rest "}"

static enum chandra_status
unstage(struct chandra_sim *sim, const char *kind, const char *name_space, const char *name,
        struct chandra_error *err)
{
    struct chandra_stage *at = chandra_sim_stage(sim);

    return at->ops->remove(at, kind, name_space, name, err);
}

static void
test_apply_stores_exactly(void **state)
{
    struct chandra_sim *sim = new_sim();
    int64_t revision;

    (void)state;
    /* nothing of this would be taken otherwise */
    stage(sim, CLAIM(",'uid':'mine','resourceVersion':'4711','finalizers':['x']",
                     ",'spec':{'allocationMode':'Odd'},'status':{'reservedFor':[{'uid':'1'}]}"));
    revision = revision_of(sim, CLAIMS "/c");
    assert_true(revision < 100);
    assert_stored(sim, CLAIMS "/c", "metadata/uid", "mine");
    assert_stored(sim, CLAIMS "/c", "spec", "{'allocationMode':'Odd'}");
    assert_stored(sim, CLAIMS "/c", "status/reservedFor", "[{'uid':'1'}]");
    /* replaced as a whole, without a uid it keeps its own */
    stage(sim, CLAIM("", ",'spec':{'resourceClassName':'k'}"));
    assert_stored(sim, CLAIMS "/c", "metadata/uid", "mine");
    assert_stored(sim, CLAIMS "/c", "status", "(none)");
    assert_true(revision_of(sim, CLAIMS "/c") > revision);
    chandra_sim_free(sim);
}

static void
test_another_uid_is_another_object(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at = watch(sim, DRA "/resourceclaims?watch=1", &seen);

    (void)state;
    stage(sim, CLAIM(",'uid':'1'", ""));
    stage(sim, CLAIM(",'uid':'1','labels':{'a':'b'}", ""));
    stage(sim, CLAIM(",'uid':'2'", ""));
    assert_int_equal(seen.count, 0);
    deliver(sim);
    assert_int_equal(seen.count, 4);
    assert_at(seen.lines[0], "type", "ADDED");
    assert_at(seen.lines[1], "type", "MODIFIED");
    assert_at(seen.lines[2], "type", "DELETED");
    assert_at(seen.lines[3], "type", "ADDED");
    assert_at(seen.lines[3], "object/metadata/uid", "2");
    stop(sim, at);
    chandra_sim_free(sim);
}

static void
test_remove(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_error err;

    (void)state;
    stage(sim, CLAIM(",'finalizers':['x.io/y']", ""));
    must(unstage(sim, "ResourceClaim", "default", "c", &err), &err);
    assert_gone(sim, CLAIMS "/c");
    assert_int_equal(unstage(sim, "ResourceClaim", "default", "c", &err), CHANDRA_ENOTFOUND);
    assert_string_equal(err.message, "there is no ResourceClaim default/c");
    assert_int_equal(unstage(sim, "Unicorn", "", "u", &err), CHANDRA_ENOTFOUND);
    chandra_sim_free(sim);
}

static void
test_bad_steps(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_stage *at = chandra_sim_stage(sim);
    struct chandra_doc *doc = parse("{'apiVersion':'v9','kind':'Pod','metadata':{'name':'p'}}");
    struct chandra_error err;

    (void)state;
    assert_int_equal(at->ops->apply(at, chandra_doc_root(doc, 0), &err), CHANDRA_EUNSUPPORTED);
    chandra_doc_free(doc);
    doc = parse("{'apiVersion':'v1','kind':'Pod','metadata':{}}");
    assert_int_equal(at->ops->apply(at, chandra_doc_root(doc, 0), &err), CHANDRA_EINVAL);
    chandra_doc_free(doc);
    chandra_sim_free(sim);
}

/* Controllers and drivers do not work on a stage: only what the record says happens. */
static void
test_delivery_only_delivers(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    stage(sim,
          CLAIM("", ",'status':{'driverName':'d.io','allocation':{},'reservedFor':[{'resource':"
                    "'pods','name':'gone','uid':'u'}]}"));
    deliver(sim);
    assert_stored(sim, CLAIMS "/c", "status/reservedFor/#", "1");
    assert_int_equal(chandra_sim_write_count(sim), 0);
    chandra_sim_free(sim);
}

struct walk {
    char names[256];
    int limit;
};

static bool
note_name(void *user, const struct chandra_value *object)
{
    struct walk *walk = user;
    const struct chandra_value *meta = chandra_value_get(object, "metadata");
    const char *name_space = chandra_value_string(chandra_value_get(meta, "namespace"));

    strcat(walk->names, name_space ? name_space : "");
    strcat(walk->names, "/");
    strcat(walk->names, chandra_value_string(chandra_value_get(meta, "name")));
    strcat(walk->names, " ");
    return --walk->limit != 0;
}

static void
test_each(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_stage *at = chandra_sim_stage(sim);
    struct walk walk = {.limit = -1};

    (void)state;
    stage(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'b','namespace':'x'}}");
    stage(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'a','namespace':'y'}}");
    stage(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'a','namespace':'x'}}");
    stage(sim, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n','namespace':'gone'}}");
    at->ops->each(at, "Pod", note_name, &walk);
    assert_string_equal(walk.names, "x/a x/b y/a ");
    walk = (struct walk){.limit = 2};
    at->ops->each(at, "Pod", note_name, &walk);
    assert_string_equal(walk.names, "x/a x/b ");
    walk = (struct walk){.limit = -1};
    at->ops->each(at, "Node", note_name, &walk);
    assert_string_equal(walk.names, "/n ");
    at->ops->each(at, "Unicorn", note_name, &walk);
    chandra_sim_free(sim);
}

/* Determinism. */

/* A busy cluster, and all of its writes as text. */
static char *
run(uint64_t seed)
{
    const struct chandra_sim_options options = {.size = sizeof(options), .seed = seed};
    const struct chandra_sim_driver driver = {.size = sizeof(driver),
                                              .driver_name = "d.example.com",
                                              .is_node_local = true,
                                              .max_allocations = 2};
    struct chandra_sim *sim = NULL;
    struct chandra_sim_write write;
    struct chandra_error err;
    char *log = calloc(1, 1 << 20);
    size_t len = 0;
    char text[512];

    must(chandra_sim_new(&options, &sim, &err), &err);
    must(chandra_sim_add_driver(sim, &driver, &err), &err);
    load(sim,
         "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClass','metadata':{'name':'k'},"
         "'driverName':'d.example.com'}");
    load(sim,
         "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaimTemplate','metadata':{"
         "'name':'t'},'spec':{'spec':{'resourceClassName':'k','allocationMode':'Immediate'}}}");
    for (int i = 0; i < 20; i++) {
        snprintf(text, sizeof(text), "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n%d'}}",
                 i);
        load(sim, text);
        snprintf(
            text, sizeof(text),
            "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p%d'},'spec':{'resourceClaims':[{"
            "'name':'a','source':{'resourceClaimTemplateName':'t'}}]}}",
            i);
        load(sim, text);
    }
    settle_all(sim);
    advance(sim, 60 * 1000);
    for (size_t i = 0; chandra_sim_write_at(sim, i, &write); i++)
        len += (size_t)snprintf(log + len, (1 << 20) - len, "%lld %s %s %s %s/%s %s %d\n",
                                (long long)write.time_ms, write.actor, write.method, write.kind,
                                write.name_space, write.name, write.subresource, write.http_status);
    len += (size_t)snprintf(log + len, (1 << 20) - len, "%s", get(sim, CLAIMS "?limit=5").body);
    chandra_sim_free(sim);
    return log;
}

static void
test_determinism(void **state)
{
    char *first = run(7);
    char *second = run(7);
    char *other = run(8);

    (void)state;
    assert_string_equal(first, second);
    assert_string_not_equal(first, other);
    assert_non_null(strstr(first, "claim-controller PATCH Pod default/p19 status 200"));
    assert_non_null(strstr(first, "d.example.com PUT ResourceClaim"));
    free(first);
    free(second);
    free(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply_stores_exactly),
        cmocka_unit_test(test_another_uid_is_another_object),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_bad_steps),
        cmocka_unit_test(test_delivery_only_delivers),
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_determinism),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
