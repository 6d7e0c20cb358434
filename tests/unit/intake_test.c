/* intake_test.c - how changes reach the cache, the host and the observer. */
#include "engine_rig.h"

#include <chandra/sys/observer.h>

struct witness {
    struct rig rig;
    char events[1024]; /* on_event: "+Kind/name " "~Kind/name " "-Kind/name " */
    char notes[2048];  /* the observer, likewise, with writes, calls and "!" for own echoes */
    size_t hint_count;
    const char *want_in_cache; /* a claim that on_event must find in the cache */
};

static void
put(char *text, size_t size, const char *what, const char *kind, const char *name)
{
    const size_t len = strlen(text);

    snprintf(text + len, size - len, "%s%s/%s ", what, kind, name);
}

static void
take_event(void *user, const struct chandra_object *old_object,
           const struct chandra_object *new_object)
{
    struct witness *witness = user;
    const struct chandra_object *object = new_object ? new_object : old_object;
    struct chandra_object *found;

    put(witness->events, sizeof(witness->events),
        !old_object  ? "+"
        : new_object ? "~"
                     : "-",
        chandra_kind_name(chandra_object_kind(object)), chandra_object_name(object));
    if (!witness->want_in_cache || !new_object)
        return;
    found = chandra_engine_get(witness->rig.engine, CHANDRA_KIND_CLAIM, "default",
                               witness->want_in_cache);
    assert_ptr_equal(found, new_object);
    chandra_object_unref(found);
}

static void
note_event(void *user, enum chandra_kind kind, enum chandra_event_type type,
           const struct chandra_value *object, bool is_own)
{
    static const char *const marks[] = {"+", "~", "-"};
    struct witness *witness = user;
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    char what[4];

    assert_string_equal(chandra_value_string(chandra_value_get(object, "kind")),
                        chandra_kind_name(kind));
    snprintf(what, sizeof(what), "%s%s", marks[type], is_own ? "!" : "");
    put(witness->notes, sizeof(witness->notes), what, chandra_kind_name(kind),
        chandra_value_string(chandra_value_get(metadata, "name")));
}

static void
note_write(void *user, const struct chandra_cycle *cycle, enum chandra_kind kind,
           const char *name_space, const char *name, const struct chandra_value *object)
{
    struct witness *witness = user;

    assert_non_null(cycle);
    assert_string_equal(name_space, "default");
    put(witness->notes, sizeof(witness->notes),
        object ? "write:" : "delete:", chandra_kind_name(kind), name);
}

static void
note_call(void *user, const struct chandra_call *call)
{
    struct witness *witness = user;

    put(witness->notes, sizeof(witness->notes), "", chandra_point_name(call->point),
        chandra_code_name(call->answer->code));
}

static const struct chandra_observer observer_template = {
    .size = sizeof(struct chandra_observer),
    .event = note_event,
    .write = note_write,
    .call = note_call,
};

static struct witness witness;
static struct chandra_observer observer;

static int
set_up(void **state)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;

    memset(&witness, 0, sizeof(witness));
    observer = observer_template;
    observer.user = &witness;
    options.observer = &observer;
    options.on_event = take_event;
    options.on_event_user = &witness;
    rig_open(&witness.rig, &options);
    rig_class(&witness.rig, "gpu", "");
    witness.events[0] = '\0';
    witness.notes[0] = '\0';
    *state = &witness;
    return 0;
}

static int
tear_down(void **state)
{
    rig_close(&((struct witness *)*state)->rig);
    return 0;
}

static void
changes_are_told(void **state)
{
    struct witness *w = *state;

    rig_claim(&w->rig, "c", DELAYED, "");
    rig_claim(&w->rig, "c", DELAYED, ALLOCATED);
    assert_int_equal(chandra_engine_count(w->rig.engine, CHANDRA_KIND_CLAIM), 1);
    rig_remove(&w->rig, "ResourceClaim", "c");
    rig_sync(&w->rig);
    assert_string_equal(w->events, "+ResourceClaim/c ~ResourceClaim/c -ResourceClaim/c ");
    assert_string_equal(w->notes, w->events);
    assert_int_equal(chandra_engine_count(w->rig.engine, CHANDRA_KIND_CLAIM), 0);
}

/* pitfall 41: an event is told when the cache has it, so that a host that asks for a hint, or
 * starts an attempt, on an event that came while a pod was being scheduled sees what caused it. */
static void
cache_has_the_change_when_it_is_told(void **state)
{
    struct witness *w = *state;

    w->want_in_cache = "c";
    rig_claim(&w->rig, "c", DELAYED, "");
    rig_claim(&w->rig, "c", DELAYED, ALLOCATED);
    assert_string_equal(w->events, "+ResourceClaim/c ~ResourceClaim/c ");
}

/* An object made anew between two looks is another object: what waited for it must hear of both. */
static void
replacement_is_a_deletion_and_an_addition(void **state)
{
    struct witness *w = *state;

    rig_claim(&w->rig, "c", DELAYED, "");
    w->events[0] = '\0';
    w->notes[0] = '\0';
    rig_lag(&w->rig, "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                     "metadata: {name: c, namespace: default, uid: uid-new}\n"
                     "spec: {resourceClassName: gpu}\n");
    chandra_sim_compact(w->rig.sim);
    RIG_OK(chandra_sim_advance(w->rig.sim, 60000, &rig_err));
    rig_sync(&w->rig);
    assert_string_equal(w->events, "-ResourceClaim/c +ResourceClaim/c ");
    assert_string_equal(w->notes, w->events);
}

static bool
count_object(void *user, const struct chandra_object *object)
{
    (void)object;
    ++*(size_t *)user;
    return true;
}

/* A list in place of a watch that went stale: what is gone, new and changed, and nothing else. */
static void
relist_tells_the_differences(void **state)
{
    struct witness *w = *state;
    char yaml[2048];
    size_t count = 0;

    rig_claim(&w->rig, "gone", DELAYED, "");
    rig_claim(&w->rig, "changed", DELAYED, "");
    rig_claim(&w->rig, "same", DELAYED, "");
    w->events[0] = '\0';
    rig_remove(&w->rig, "ResourceClaim", "gone");
    rig_lag(&w->rig, claim_yaml(yaml, "changed", DELAYED, ALLOCATED));
    rig_lag(&w->rig, claim_yaml(yaml, "new", DELAYED, ""));
    chandra_sim_compact(w->rig.sim);
    RIG_OK(chandra_sim_advance(w->rig.sim, 60000, &rig_err));
    rig_sync(&w->rig);
    assert_string_equal(w->events,
                        "-ResourceClaim/gone ~ResourceClaim/changed +ResourceClaim/new ");
    chandra_engine_each(w->rig.engine, CHANDRA_KIND_CLAIM, count_object, &count);
    assert_int_equal(count, 3);
    assert_null(chandra_engine_get(w->rig.engine, CHANDRA_KIND_CLAIM, "default", "gone"));
}

static void
calls_writes_and_own_echoes_are_told_in_order(void **state)
{
    struct witness *w = *state;

    rig_nodes(&w->rig, "n1");
    rig_pod(&w->rig, "p", "c");
    rig_claim(&w->rig, "c", DELAYED, "");
    w->notes[0] = '\0';
    rig_pre_enqueue(&w->rig, "p");
    rig_pre_filter(&w->rig, "p");
    rig_filter(&w->rig, "n1");
    rig_reserve(&w->rig, "n1");
    rig_pre_bind(&w->rig, "n1");
    chandra_cycle_unreserve(w->rig.cycle, "n1");
    rig_sync(&w->rig);
    chandra_cycle_post_bind(w->rig.cycle, "n1");
    rig_sync(&w->rig);
    assert_string_equal(w->notes, "PreEnqueue/Success PreFilter/Success Filter/Success "
                                  "Reserve/Success write:PodSchedulingContext/p PreBind/Pending "
                                  "Unreserve/Success +!PodSchedulingContext/p "
                                  "delete:PodSchedulingContext/p PostBind/Success "
                                  "-!PodSchedulingContext/p ");

    /* A later object of the same name is not ours. */
    w->notes[0] = '\0';
    rig_context(&w->rig, "p", "", "");
    rig_remove(&w->rig, "PodSchedulingContext", "p");
    rig_sync(&w->rig);
    assert_string_equal(w->notes, "+PodSchedulingContext/p -PodSchedulingContext/p ");
}

/* Two writes whose echoes come later are both known. */
static void
late_echoes_are_known(void **state)
{
    struct witness *w = *state;

    rig_nodes(&w->rig, "n1");
    rig_pod(&w->rig, "p", "c");
    rig_claim(&w->rig, "c", DELAYED, ALLOCATED);
    rig_pre_filter(&w->rig, "p");
    rig_reserve(&w->rig, "n1");
    assert_int_equal(rig_pre_bind(&w->rig, "n1"), CHANDRA_CODE_SUCCESS);
    chandra_cycle_unreserve(w->rig.cycle, "n1");
    w->notes[0] = '\0';
    rig_sync(&w->rig);
    assert_string_equal(w->notes, "~!ResourceClaim/c ~!ResourceClaim/c ");
}

static void
pods_need_not_be_watched(void **state)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct rig rig;

    (void)state;
    options.watch_pods = false;
    rig_open(&rig, &options);
    rig_pod(&rig, "p", "");
    assert_int_equal(chandra_engine_count(rig.engine, CHANDRA_KIND_POD), 0);
    RIG_OK(chandra_engine_start(rig.engine, &rig_err));
    rig_sync(&rig);
    rig_close(&rig);
}

static void
engine_tells_what_it_waits_for(void **state)
{
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    char text[256];
    const struct chandra_sim_fault fault = {.size = sizeof(fault),
                                            .method = "GET",
                                            .path = "resourceclaims",
                                            .http_status = 403,
                                            .message = "no claims for you",
                                            .retry_after_s = -1};

    (void)state;
    RIG_OK(chandra_sim_new(NULL, &sim, &rig_err));
    RIG_OK(chandra_engine_new(chandra_sim_transport(sim), NULL, &engine, &rig_err));
    chandra_engine_sync_text(engine, text, sizeof(text));
    assert_string_equal(text, "not started");
    assert_false(chandra_engine_is_synced(engine));
    RIG_OK(chandra_sim_add_fault(sim, &fault, &rig_err));
    RIG_OK(chandra_engine_start(engine, &rig_err));
    assert_false(chandra_engine_is_synced(engine));
    chandra_engine_sync_text(engine, text, sizeof(text));
    assert_non_null(strstr(text, "ResourceClaim"));
    assert_non_null(strstr(text, "no claims for you"));
    chandra_sim_clear_faults(sim);
    RIG_OK(chandra_sim_advance(sim, 120000, &rig_err));
    assert_true(chandra_engine_is_synced(engine));
    chandra_engine_sync_text(engine, text, sizeof(text));
    assert_string_equal(text, "");
    chandra_engine_free(engine);
    chandra_engine_free(NULL);
    chandra_sim_free(sim);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(changes_are_told),
        TEST(cache_has_the_change_when_it_is_told),
        TEST(replacement_is_a_deletion_and_an_addition),
        TEST(relist_tells_the_differences),
        TEST(calls_writes_and_own_echoes_are_told_in_order),
        TEST(late_echoes_are_known),
        cmocka_unit_test(pods_need_not_be_watched),
        cmocka_unit_test(engine_tells_what_it_waits_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
