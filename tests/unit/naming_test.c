/* naming_test.c - how template claims are named, on servers of all ages. */
#include "disguise.h"
#include "engine_rig.h"

static struct disguise disguise;

/* A rig whose server answers /version like that. */
static void
open_rig(struct rig *rig, const struct chandra_engine_options *options, int http_status,
         const char *body)
{
    memset(rig, 0, sizeof(*rig));
    RIG_OK(chandra_sim_new(NULL, &rig->sim, &rig_err));
    rig->stage = chandra_sim_stage(rig->sim);
    disguise = (struct disguise){.base = {&disguise_ops},
                                 .inner = chandra_sim_transport(rig->sim),
                                 .path = "/version",
                                 .http_status = http_status,
                                 .body = body};
    RIG_OK(chandra_engine_new(&disguise.base, options, &rig->engine, &rig_err));
    RIG_OK(chandra_engine_start(rig->engine, &rig_err));
    rig_sync(rig);
}

/* Whether the claim that the pod's name makes is found without the pod's status naming it. */
static bool
is_deterministic(struct rig *rig)
{
    enum chandra_code code;

    rig_apply(rig, "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                   "metadata: {name: p-a, namespace: default, ownerReferences: "
                   "[{apiVersion: v1, kind: Pod, name: p, uid: uid-p, controller: true}]}\n"
                   "spec: {resourceClassName: gpu}\n");
    rig_pod_with(rig, "p", "{name: a, source: {resourceClaimTemplateName: t}}", "");
    code = rig_pre_enqueue(rig, "p");
    if (code != CHANDRA_CODE_SUCCESS)
        rig_assert_reason(rig, "created");
    return code == CHANDRA_CODE_SUCCESS;
}

static void
version_decides(void **state)
{
    static const struct {
        const char *body;
        bool is_deterministic;
    } cases[] = {
        {"{\"major\":\"1\",\"minor\":\"27+\"}", true},
        {"{\"major\":\"1\",\"minor\":\"28\"}", false},
        {"{\"major\":\"1\",\"minor\":\"30\"}", false},
        {"{\"major\":\"0\",\"minor\":\"99\"}", true},
        {"{\"major\":\"2\",\"minor\":\"0\"}", false},
        {"{\"major\":\"\",\"minor\":\"\"}", false},
        {"{}", false},
    };
    struct rig rig;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        open_rig(&rig, NULL, 200, cases[i].body);
        assert_true(chandra_engine_is_synced(rig.engine));
        assert_int_equal(is_deterministic(&rig), cases[i].is_deterministic);
        assert_int_equal(disguise.asked, 1);
        rig_close(&rig);
    }
}

static void
server_without_a_version_is_a_present_one(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, NULL, 404, "404 page not found");
    assert_true(chandra_engine_is_synced(rig.engine));
    assert_false(is_deterministic(&rig));
    rig_close(&rig);
}

static void
options_and_environment_decide_without_asking(void **state)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct rig rig;

    (void)state;
    options.claim_naming = CHANDRA_NAMING_DETERMINISTIC;
    open_rig(&rig, &options, 200, "{\"major\":\"1\",\"minor\":\"30\"}");
    assert_true(is_deterministic(&rig));
    rig_close(&rig);
    options.claim_naming = CHANDRA_NAMING_STATUS;
    open_rig(&rig, &options, 200, "{\"major\":\"1\",\"minor\":\"20\"}");
    assert_false(is_deterministic(&rig));
    rig_close(&rig);
    setenv("DRA_WITH_DETERMINISTIC_RESOURCE_CLAIM_NAMES", "1", 1);
    open_rig(&rig, NULL, 200, "{\"major\":\"1\",\"minor\":\"30\"}");
    assert_true(is_deterministic(&rig));
    unsetenv("DRA_WITH_DETERMINISTIC_RESOURCE_CLAIM_NAMES");
    assert_int_equal(disguise.asked, 0);
    rig_close(&rig);
}

/* Until the version is known, only templates' claims are without a name; and it is asked for again.
 */
static void
failing_question_is_repeated(void **state)
{
    struct rig rig;
    char text[256];

    (void)state;
    open_rig(&rig, NULL, 500, "{\"message\":\"not today\"}");
    assert_false(chandra_engine_is_synced(rig.engine));
    chandra_engine_sync_text(rig.engine, text, sizeof(text));
    assert_non_null(strstr(text, "version"));
    assert_non_null(strstr(text, "not today"));
    rig_pod_with(&rig, "p", "{name: a, source: {resourceClaimTemplateName: t}}", "");
    assert_int_equal(rig_pre_enqueue(&rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(&rig, "version");
    rig_claim(&rig, "c", DELAYED, "");
    rig_pod(&rig, "q", "c");
    assert_int_equal(rig_pre_enqueue(&rig, "q"), CHANDRA_CODE_SUCCESS);

    disguise.http_status = 0;
    disguise.body = "connection refused";
    RIG_OK(chandra_sim_advance(rig.sim, 3000, &rig_err));
    assert_int_equal(disguise.asked, 2);
    assert_false(chandra_engine_is_synced(rig.engine));
    disguise.http_status = 200;
    disguise.body = "{\"major\":\"1\",\"minor\":\"25\"}";
    RIG_OK(chandra_sim_advance(rig.sim, 6000, &rig_err));
    assert_true(chandra_engine_is_synced(rig.engine));
    assert_true(is_deterministic(&rig));
    RIG_OK(chandra_sim_advance(rig.sim, 60000, &rig_err));
    assert_int_equal(disguise.asked, 3);
    rig_close(&rig);
}

/* The engine may go while its question is still open, or while it waits to ask again. */
static void
engine_may_go_before_the_answer(void **state)
{
    struct rig rig;

    (void)state;
    memset(&rig, 0, sizeof(rig));
    RIG_OK(chandra_sim_new(NULL, &rig.sim, &rig_err));
    disguise = (struct disguise){.base = {&disguise_ops},
                                 .inner = chandra_sim_transport(rig.sim),
                                 .path = "/version",
                                 .http_status = 500,
                                 .body = "{}",
                                 .is_late = true};
    RIG_OK(chandra_engine_new(&disguise.base, NULL, &rig.engine, &rig_err));
    RIG_OK(chandra_engine_start(rig.engine, &rig_err));
    chandra_engine_free(rig.engine);
    disguise_answer(&disguise);
    chandra_sim_free(rig.sim);

    open_rig(&rig, NULL, 500, "{}");
    rig_close(&rig);
}

/* However soon the timer runs out, it asks again. */
static void
hasty_timer_is_not_lost(void **state)
{
    struct rig rig = {0};

    (void)state;
    RIG_OK(chandra_sim_new(NULL, &rig.sim, &rig_err));
    disguise = (struct disguise){.base = {&disguise_ops},
                                 .inner = chandra_sim_transport(rig.sim),
                                 .path = "/version",
                                 .http_status = 500,
                                 .body = "{}",
                                 .is_hasty = true};
    RIG_OK(chandra_engine_new(&disguise.base, NULL, &rig.engine, &rig_err));
    RIG_OK(chandra_engine_start(rig.engine, &rig_err));
    pthread_join(disguise.thread, NULL);
    assert_int_equal(disguise.asked, 2);
    rig_close(&rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_decides),
        cmocka_unit_test(server_without_a_version_is_a_present_one),
        cmocka_unit_test(options_and_environment_decide_without_asking),
        cmocka_unit_test(failing_question_is_repeated),
        cmocka_unit_test(engine_may_go_before_the_answer),
        cmocka_unit_test(hasty_timer_is_not_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
