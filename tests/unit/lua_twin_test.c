/* lua_twin_test.c - policies that are asked twice: what differs between VMs, and what must not. */
#include "lua_scene.h"

#include "base/alloc.h"

#include <chandra/log.h>

static const struct chandra_lua_options twice = {.size = sizeof(twice), .is_twice = true};

/* A call whose second answer must differ, with these words in the error. */
#define WANT(st, scene, words)                                             \
    do {                                                                   \
        assert_int_equal(st, CHANDRA_ESCRIPT);                             \
        if (!strstr((scene)->err.message, words))                          \
            fail_msg("\"%s\" is not in: %s", words, (scene)->err.message); \
    } while (0)

static enum chandra_status
score(struct scene *scene)
{
    scene_reset(scene);
    return scene->policy->ops->score(scene->policy, scene->cycle, scene->nodes, scene->scores,
                                     &scene->err);
}

static enum chandra_status
suggest(struct scene *scene, uint32_t *out_selected)
{
    scene_reset(scene);
    return scene->policy->ops->suggest(scene->policy, scene->cycle, scene->nodes, out_selected,
                                       &scene->err);
}

static enum chandra_status
release(struct scene *scene, size_t *out_choice)
{
    static const size_t claims[] = {0, 1};

    return scene->policy->ops->release(scene->policy, scene->cycle, claims, 2, out_choice,
                                       &scene->err);
}

static void
test_the_same_is_fine(void **state)
{
    struct scene scene;
    uint32_t selected;
    size_t choice;

    (void)state;
    scene_open(&scene,
               HEADER "local P = {}\n"
                      "function P.match(cx, _, nodes)\n"
                      "  return cx:keep(nodes, nodes:matching{zone = 'a'}, 'zone')\nend\n"
                      "function P.scores(_, _, nodes) return nodes:score(function() return 7 end) "
                      "end\n"
                      "function P.suggest(_, _, nodes) return nodes, nodes:first() end\n"
                      "function P.release(_, _, claims) return claims[2] end\n"
                      "return P\n",
               &twice);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(scene_match(&scene), CHANDRA_OK);
        assert_int_equal(chandra_nodeset_count(scene.nodes), 1);
        assert_int_equal(score(&scene), CHANDRA_OK);
        assert_int_equal(scene.scores[chandra_cycle_node_index(scene.cycle, "node-2")], 7);
        assert_int_equal(suggest(&scene, &selected), CHANDRA_OK);
        assert_int_equal(selected, chandra_cycle_node_index(scene.cycle, "node-1"));
        assert_int_equal(release(&scene, &choice), CHANDRA_OK);
        assert_int_equal(choice, 1);
    }
    /* The cycle is told reasons once for each claim. */
    assert_int_equal(chandra_cycle_removal_count(scene.cycle), 2);
    scene_close(&scene);
}

static void
test_state_in_match(void **state)
{
    struct scene scene;

    (void)state;
    scene_open(&scene,
               HEADER "local first = true\nlocal P = {}\n"
                      "function P.match(_, claim, nodes)\n"
                      "  if first or claim.entry == 'b' then first = false return nodes end\n"
                      "  return nodes - nodes\nend\nreturn P\n",
               &twice);
    assert_int_equal(scene_match(&scene), CHANDRA_OK);
    WANT(scene_match(&scene), &scene,
         "test.lua:4: match keeps no node in one VM, and node-1, node-2, node-3 in another: a "
         "policy must keep nothing between its calls (hook match, claim ns/c1, policy test)");
    /* The VM that has been found out is thrown away. */
    assert_int_equal(scene_match(&scene), CHANDRA_OK);
    scene_close(&scene);
}

static void
test_state_in_reasons(void **state)
{
    struct scene scene;

    (void)state;
    scene_open(&scene,
               HEADER "local n = 0\nlocal P = {}\n"
                      "function P.match(cx, claim, nodes)\n"
                      "  if claim.entry == 'b' then return nodes end\n"
                      "  n = n + 1\n"
                      "  return cx:drop(nodes, nodes:matching{zone = 'a'}, 'call ' .. n)\nend\n"
                      "return P\n",
               &twice);
    assert_int_equal(scene_match(&scene), CHANDRA_OK);
    WANT(scene_match(&scene), &scene,
         "match leaves out node-1 with \"call 2\" in one VM, and node-1 with \"call 1\" in "
         "another");
    scene_close(&scene);
}

static void
test_state_in_score(void **state)
{
    struct scene scene;

    (void)state;
    scene_open(&scene,
               HEADER "local seen = {}\nlocal P = {}\n"
                      "function P.score(_, _, node)\n"
                      "  seen[node.name] = (seen[node.name] or 0) + 1\n"
                      "  return node.name == 'node-2' and 10 * seen[node.name] or 5\nend\n"
                      "return P\n",
               &twice);
    assert_int_equal(score(&scene), CHANDRA_OK);
    WANT(score(&scene), &scene,
         "test.lua:4: score gives node-2 the score 20 in one VM, and 10 in another");
    scene_close(&scene);
}

static void
test_state_in_suggest(void **state)
{
    struct scene scene;
    uint32_t selected;

    (void)state;
    scene_open(&scene,
               HEADER
               "local last\nlocal P = {}\n"
               "function P.suggest(_, _, nodes)\n"
               "  local best = nodes:best(function(n) return n.name == last and 0 or 1 end)\n"
               "  last = best.name\n"
               "  return nodes, best\nend\nreturn P\n",
               &twice);
    assert_int_equal(suggest(&scene, &selected), CHANDRA_OK);
    WANT(suggest(&scene, &selected), &scene,
         "suggest suggests node-2 of node-1, node-2, node-3 in one VM, and node-1 of node-1, "
         "node-2, node-3 in another");
    scene_close(&scene);
}

static void
test_state_in_release(void **state)
{
    struct scene scene;
    size_t choice;

    (void)state;
    scene_open(&scene,
               HEADER "local n = 0\nlocal P = {}\n"
                      "function P.release(_, _, claims)\n"
                      "  n = n + 1\n"
                      "  if n == 1 then return claims[1] elseif n == 2 then return false end\nend\n"
                      "return P\n",
               &twice);
    assert_int_equal(release(&scene, &choice), CHANDRA_OK);
    WANT(release(&scene, &choice), &scene, "release chooses none in one VM, and c1 in another");
    scene_close(&scene);
}

static void
test_second_call_fails(void **state)
{
    struct scene scene;

    (void)state;
    scene_open(&scene,
               HEADER "local kept\nlocal P = {}\n"
                      "function P.match(_, claim, nodes)\n"
                      "  if claim.entry == 'b' then return kept and nodes or error('cold') end\n"
                      "  kept = true\n"
                      "  return nodes\nend\n"
                      "return P\n",
               &twice);
    WANT(scene_match(&scene), &scene,
         "match answers in one VM, and fails in another with \"test.lua:5: cold");
    scene_close(&scene);
}

static void
test_chance_is_shared(void **state)
{
    struct scene scene;
    int64_t first[3];

    (void)state;
    scene_open(&scene,
               HEADER "local P = {}\n"
                      "function P.score(cx) return cx:random(50) + math.random(0, 50) end\n"
                      "function P.match(cx, _, nodes) return cx:sample(nodes, 2) end\n"
                      "return P\n",
               &twice);
    assert_int_equal(score(&scene), CHANDRA_OK);
    memcpy(first, scene.scores, sizeof(first));
    assert_int_equal(score(&scene), CHANDRA_OK);
    /* The source goes on from call to call. */
    assert_memory_not_equal(first, scene.scores, sizeof(first));
    for (int i = 0; i < 5; i++)
        assert_int_equal(scene_match(&scene), CHANDRA_OK);
    scene_close(&scene);
}

static void
test_other_draws(void **state)
{
    struct scene scene;

    (void)state;
    scene_open(&scene,
               HEADER "local n = 0\nlocal P = {}\n"
                      "function P.match(cx, claim, nodes)\n"
                      "  if claim.entry == 'b' then return nodes end\n"
                      "  n = n + 1\n"
                      "  for _ = 1, n do cx:random(6) end\n"
                      "  return nodes\nend\nreturn P\n",
               &twice);
    assert_int_equal(scene_match(&scene), CHANDRA_OK);
    WANT(scene_match(&scene), &scene, "match draws other random numbers in one VM than in another");
    scene_close(&scene);
}

static void
count_line(void *user, enum chandra_level level, const char *message)
{
    (void)level;
    (void)message;
    ++*(int *)user;
}

static void
count_event(void *user, const struct chandra_lua_event *event)
{
    assert_true(event->kind == CHANDRA_LUA_HOOK || event->kind == CHANDRA_LUA_DIFFERENCE);
    if (event->kind == CHANDRA_LUA_DIFFERENCE)
        assert_non_null(strstr(event->message, "match keeps no node"));
    ++*(int *)user;
}

static void
test_second_call_is_silent(void **state)
{
    int lines = 0, hooks = 0;
    const struct chandra_lua_options options = {
        .size = sizeof(options),
        .is_twice = true,
        .logger = {count_line, &lines},
        .observer = {1U << CHANDRA_LUA_HOOK, count_event, &hooks}};
    struct scene scene;

    (void)state;
    scene_open(&scene,
               HEADER "return {match = function(_, _, nodes) print('asked') return nodes end}\n",
               &options);
    assert_int_equal(scene_match(&scene), CHANDRA_OK);
    assert_int_equal(lines, 2); /* one for each claim */
    assert_int_equal(hooks, 2);
    scene_close(&scene);
}

/* Ignored failures are told to the observer all the same. */
static void
test_difference_is_an_event(void **state)
{
    int events = 0;
    const struct chandra_lua_options options = {
        .size = sizeof(options),
        .is_twice = true,
        .observer = {1U << CHANDRA_LUA_DIFFERENCE, count_event, &events}};
    struct scene scene;

    (void)state;
    scene_open(&scene,
               HEADER "local n = 0\n"
                      "return {match = function(_, _, nodes) n = n + 1\n"
                      "return n < 2 and nodes or nodes - nodes end}\n",
               &options);
    assert_int_equal(scene_match(&scene), CHANDRA_ESCRIPT); /* at the second claim */
    assert_int_equal(events, 1);
    scene_close(&scene);
}

static void
test_failing_memory(void **state)
{
    struct scene scene;
    enum chandra_status st = CHANDRA_ENOMEM;
    long n;

    (void)state;
    scene_open(&scene,
               HEADER "local P = {}\n"
                      "function P.match(cx, _, nodes)\n"
                      "  cx:random(6)\n"
                      "  return cx:keep(nodes, nodes:matching{zone = 'a'}, 'zone')\nend\n"
                      "return P\n",
               &twice);
    for (n = 1; st != CHANDRA_OK && n < 100000; n++) {
        ch_alloc_fail_after(n);
        st = scene_match(&scene);
        ch_alloc_fail_after(-1);
        assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM);
    }
    assert_int_equal(st, CHANDRA_OK);
    assert_true(n > 100);
    assert_int_equal(chandra_nodeset_count(scene.nodes), 1);
    scene_close(&scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_is_fine),
        cmocka_unit_test(test_state_in_match),
        cmocka_unit_test(test_state_in_reasons),
        cmocka_unit_test(test_state_in_score),
        cmocka_unit_test(test_state_in_suggest),
        cmocka_unit_test(test_state_in_release),
        cmocka_unit_test(test_second_call_fails),
        cmocka_unit_test(test_chance_is_shared),
        cmocka_unit_test(test_other_draws),
        cmocka_unit_test(test_second_call_is_silent),
        cmocka_unit_test(test_difference_is_an_event),
        cmocka_unit_test(test_failing_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
