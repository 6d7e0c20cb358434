/* lua_observe_test.c - what an observer of a policy is told, and which lines can be executed. */
#include "lua_scene.h"

#include "base/alloc.h"

#include <stdio.h>

enum { ALL = (1 << (CHANDRA_LUA_LINE + 1)) - 1 };

/* Events as text: one letter each, with a name or a line. */
struct story {
    char text[2000];
    int64_t last_ns;
    uint64_t last_allocated;
    int depth;
    bool is_disordered;
};

static void
tell(void *user, const struct chandra_lua_event *event)
{
    static const char letters[] = {
        [CHANDRA_LUA_LOAD] = 'L', [CHANDRA_LUA_HOOK] = 'H',      [CHANDRA_LUA_HOOK_END] = 'E',
        [CHANDRA_LUA_CALL] = 'C', [CHANDRA_LUA_TAIL_CALL] = 'T', [CHANDRA_LUA_RETURN] = 'R',
        [CHANDRA_LUA_LINE] = '.'};
    struct story *story = user;
    const size_t len = strlen(story->text);
    char *end = story->text + len;
    const size_t room = sizeof(story->text) - len;

    if (event->time_ns < story->last_ns || event->allocated < story->last_allocated ||
        strcmp(event->file, "test.lua") != 0 || strcmp(event->policy, "test") != 0 || !event->vm)
        story->is_disordered = true;
    story->last_ns = event->time_ns;
    story->last_allocated = event->allocated;
    if (event->kind == CHANDRA_LUA_LINE)
        snprintf(end, room, ".%d ", event->line);
    else if (event->kind == CHANDRA_LUA_CALL || event->kind == CHANDRA_LUA_TAIL_CALL)
        snprintf(end, room, "%c%s:%d%s ", letters[event->kind],
                 event->function ? event->function : "", event->line_defined,
                 event->is_native ? "n" : "");
    else
        snprintf(end, room, "%c%s ", letters[event->kind],
                 event->kind == CHANDRA_LUA_HOOK ? event->hook : "");
}

static struct chandra_lua_options
observed(struct story *story, unsigned events)
{
    memset(story, 0, sizeof(*story));
    return (struct chandra_lua_options){.size = sizeof(struct chandra_lua_options),
                                        .observer = {events, tell, story}};
}

static const char policy[] = HEADER "local P = {}\n"
                                    "local function all(nodes)\n"
                                    "  return nodes\n"
                                    "end\n"
                                    "function P.match(cx, _, nodes)\n"
                                    "  local same = all(nodes)\n"
                                    "  cx:nodes()\n"
                                    "  return all(same)\n"
                                    "end\n"
                                    "return P\n";

static void
test_all_events(void **state)
{
    struct story story;
    const struct chandra_lua_options options = observed(&story, ALL);
    struct scene scene;

    (void)state;
    scene_open(&scene, policy, &options);
    assert_non_null(strstr(story.text, "L C:0 .2 .5 .10 .6 .11 R "));
    story.text[0] = '\0';
    assert_int_equal(scene_match(&scene), CHANDRA_OK);
    assert_true(strncmp(story.text, "Hmatch ", 7) == 0);
    /* Once for each claim. */
    assert_non_null(strstr(story.text, "C:6 .7 Call:3 .4 R .8 Cindex:-1n R Cnodes:-1n R "
                                       ".9 T:3 .4 R R E Hmatch "));
    assert_false(story.is_disordered);
    scene_close(&scene);
}

static void
test_only_what_is_wanted(void **state)
{
    struct story story;
    const struct chandra_lua_options options =
        observed(&story, 1U << CHANDRA_LUA_LINE | 1U << CHANDRA_LUA_HOOK_END);
    struct scene scene;

    (void)state;
    scene_open(&scene, policy, &options);
    assert_string_equal(story.text, ".2 .5 .10 .6 .11 ");
    story.text[0] = '\0';
    assert_int_equal(scene_match(&scene), CHANDRA_OK);
    assert_string_equal(story.text, ".7 .4 .8 .9 .4 E .7 .4 .8 .9 .4 E ");
    scene_close(&scene);
}

/* Budgets hold while lines are told, and the end of a hook is told when it failed. */
static void
test_budget(void **state)
{
    struct story story;
    struct chandra_lua_options options =
        observed(&story, 1U << CHANDRA_LUA_LINE | 1U << CHANDRA_LUA_HOOK_END);
    struct scene scene;

    (void)state;
    options.instruction_limit = 2000;
    scene_open(&scene,
               HEADER "return {match = function()\n"
                      "while true do pcall(error) end end}\n",
               &options);
    assert_int_equal(scene_match(&scene), CHANDRA_EBUDGET);
    assert_non_null(strstr(scene.err.message, "over the limit of 2000 instructions"));
    story.text[0] = '\0';
    assert_int_equal(scene_match(&scene), CHANDRA_EBUDGET);
    scene_close(&scene);
}

struct lines {
    unsigned lines[64];
    size_t count;
};

static void
add_line(void *user, unsigned line)
{
    struct lines *lines = user;

    assert_true(lines->count < 64);
    lines->lines[lines->count++] = line;
}

static void
want_lines(const char *text, const char *want)
{
    const struct chandra_lua_source source = {.name = "x.lua", .text = text, .len = strlen(text)};
    struct lines lines = {.count = 0};
    struct chandra_error err;
    char got[400] = "";

    if (chandra_lua_active_lines(&source, add_line, &lines, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < lines.count; i++)
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%u ", lines.lines[i]);
    assert_string_equal(got, want);
}

static void
test_active_lines(void **state)
{
    char *text;
    size_t len;

    (void)state;
    want_lines("", "");
    want_lines("-- comment\n\nlocal x <const> = 1\n", "");
    want_lines("return 1", "1 ");
    want_lines("local x = 1\nreturn x\n", "1 2 ");
    /* Functions that are never made count too. What only closes does not: Lua makes a function
     * where it ends, so the line of a "local function" does not count either. */
    want_lines("local function f(...)\n  return function()\n    return 1.5, 'x'\n  end\nend\n"
               "return f\n",
               "3 6 ");
    want_lines("local t = {\n  a = 1,\n  f = function(x)\n    x.y = 2\n  end,\n}\nreturn t\n",
               "1 2 4 7 ");
    want_lines("for i = 1, 2 do\n  if i == 1 then\n    print(1)\n  else\n    print(2)\n  end\n"
               "end -- the loop\nreturn 1\n",
               "1 2 3 5 8 ");
    want_lines("local s = [[\nmany\nlines]]\nreturn s\n", "3 4 ");
    /* Line numbers further apart than one byte can tell. */
    len = 1000;
    text = calloc(1, len + 32);
    memset(text, '\n', len);
    memcpy(text, "local x = 1", 11);
    memcpy(text + len, "x = 2\nreturn x", 15);
    want_lines(text, "1 990 991 ");
    free(text);
}

static void
test_lines_of_what_does_not_compile(void **state)
{
    const struct chandra_lua_source source = {.name = "x.lua", .text = "local =", .len = 7};
    const struct chandra_lua_source binary = {.name = "x.lua", .text = "\033Lua", .len = 4};
    struct chandra_error err;

    (void)state;
    assert_int_equal(chandra_lua_active_lines(&source, add_line, NULL, &err), CHANDRA_ESCRIPT);
    assert_non_null(strstr(err.message, "x.lua"));
    assert_int_equal(chandra_lua_active_lines(&binary, add_line, NULL, &err), CHANDRA_ESCRIPT);
}

static void
test_lines_without_memory(void **state)
{
    const struct chandra_lua_source source = {
        .name = "x.lua", .text = policy, .len = strlen(policy)};
    enum chandra_status st = CHANDRA_ENOMEM;
    long n;

    (void)state;
    for (n = 1; st != CHANDRA_OK && n < 10000; n++) {
        struct lines lines = {.count = 0};
        struct chandra_error err;

        ch_alloc_fail_after(n);
        st = chandra_lua_active_lines(&source, add_line, &lines, &err);
        ch_alloc_fail_after(-1);
        assert_true(st == CHANDRA_OK ? lines.count > 0 : lines.count == 0);
    }
    assert_int_equal(st, CHANDRA_OK);
    assert_true(n > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_events),
        cmocka_unit_test(test_only_what_is_wanted),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_active_lines),
        cmocka_unit_test(test_lines_of_what_does_not_compile),
        cmocka_unit_test(test_lines_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
