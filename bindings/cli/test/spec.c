/* spec.c - the Lua state of specs: made once, copied by fork() for each case.
 *
 * Copying a state that holds luassert (2 ms to load) and chandra costs a third of a millisecond,
 * and no case can leave anything behind for another one. Inside, a spec has no io, os, load or
 * debug, and the state has a limit of memory; a case that loops is ended by an error where it
 * loops, or, in a function of Lua's library, with its process.
 */
#include "test/spec.h"

#include "cli.h"
#include "embed.h"
#include "module.h"
#include "test/child.h"

#include <chandra/sys/base.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MEMORY_LIMIT ((size_t)64 * 1024 * 1024) /* of Lua's own */
#define CHECK_EVERY 10000                       /* instructions between two looks at the clock */
#define MAX_LOG 1000                            /* lines of a case */
#define MAX_FILE ((size_t)1024 * 1024)          /* bytes of a spec, or of a module beside it */

struct spec_runner {
    lua_State *L;
    int runner; /* registry reference to what runner.lua returns */
    size_t used;
    int64_t timeout_ms;
    bool has_coverage;
    struct ch_mod_host host;

    /* Of the run under way, in its process. */
    const char *path;
    size_t index;
    int64_t deadline; /* CLOCK_MONOTONIC, ns */
    char late[300];   /* where the time ended; "" while there is some */
    struct chandra_doc *doc;
    struct chandra_value *result; /* a light pointer for Lua's functions */
    struct chandra_value *log;
    size_t log_count;
    char fault[512];
    char difference[512]; /* a policy's two answers were not alike */
    struct coverage coverage;
};

/* runner.lua as it was built in. */
const struct chandra_lua_source *cli_test_runner(void);

static void *
allocate(void *user, void *block, size_t old_size, size_t new_size)
{
    struct spec_runner *runner = user;
    const size_t held = block ? old_size : 0;
    void *moved;

    if (new_size == 0) {
        chandra_free(block);
        runner->used -= held;
        return NULL;
    }
    if (new_size > held && new_size - held > MEMORY_LIMIT - runner->used)
        return NULL;
    moved = chandra_realloc(block, new_size);
    if (!moved)
        return new_size <= held ? block : NULL;
    runner->used = runner->used - held + new_size;
    return moved;
}

static int64_t
now_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct spec_runner *
runner_of(lua_State *L)
{
    return *(struct spec_runner **)lua_getextraspace(L);
}

static void
add_log(struct spec_runner *runner, const char *line)
{
    if (runner->log && runner->log_count++ < MAX_LOG)
        (void)!chandra_value_append(runner->log, chandra_value_new_string(runner->doc, line));
}

static void
on_log(void *user, enum chandra_level level, const char *message)
{
    if (level <= CHANDRA_LOG_INFO)
        add_log(user, message);
}

static void
on_fault(void *user, const char *message)
{
    struct spec_runner *runner = user;

    if (!runner->fault[0])
        snprintf(runner->fault, sizeof(runner->fault), "%s", message);
}

static void
on_event(void *user, const struct chandra_lua_event *event)
{
    struct spec_runner *runner = user;

    if (event->kind != CHANDRA_LUA_DIFFERENCE)
        coverage_count(&runner->coverage, event);
    else if (!runner->difference[0])
        snprintf(runner->difference, sizeof(runner->difference), "%s", event->message);
}

/* Time is up: from now on every instruction raises, whatever catches it. */
static void
l_watch(lua_State *L, lua_Debug *event)
{
    struct spec_runner *runner = runner_of(L);
    lua_Debug frame;

    (void)event;
    if (now_ns() < runner->deadline)
        return;
    for (int level = 0; !runner->late[0] && lua_getstack(L, level, &frame); level++)
        if (lua_getinfo(L, "Sl", &frame) && frame.currentline > 0)
            snprintf(runner->late, sizeof(runner->late),
                     "%s:%d: ", frame.source[0] == '@' ? frame.source + 1 : frame.short_src,
                     frame.currentline);
    lua_sethook(L, l_watch, LUA_MASKCOUNT, 1);
    luaL_error(L, "time is up");
}

/* Replace what would spoil a document: bytes that are not ASCII go too, since a cut may part them.
 */
static void
clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7E)
            *text = ' ';
}

/* log(text): a line of the spec's own. */
static int
l_log(lua_State *L)
{
    char line[1024];

    snprintf(line, sizeof(line), "%s", luaL_checkstring(L, 1));
    clean(line);
    add_log(runner_of(L), line);
    return 0;
}

/* read(path): the text of a file, or nil. */
static int
l_read(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    luaL_Buffer text;
    char *room = luaL_buffinitsize(L, &text, MAX_FILE);
    FILE *file = fopen(path, "rb"); /* after the room, since nothing raises while it is open */
    size_t len;

    if (!file)
        return 0;
    len = fread(room, 1, MAX_FILE, file);
    fclose(file);
    luaL_pushresultsize(&text, len);
    return len < MAX_FILE ? 1 : luaL_error(L, "%s: longer than 1 MiB", path);
}

static const luaL_Reg host_functions[] = {{"log", l_log}, {"read", l_read}, {NULL, NULL}};

static int
l_open(lua_State *L)
{
    struct spec_runner *runner = runner_of(L);
    const struct chandra_lua_source *source = cli_test_runner();

    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_pushliteral(L, ""); /* no C modules: luassert looks for one that it does not need */
    lua_setfield(L, -2, "cpath");
    ch_l_mod_embed(L, &runner->host);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "chandra.testing");
    lua_call(L, 1, 0); /* here, and not in every copy */
    if (luaL_loadbufferx(L, source->text, source->len, "=runner.lua", "t") != LUA_OK)
        return lua_error(L);
    luaL_newlib(L, host_functions);
    lua_call(L, 1, 1);
    runner->runner = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_gc(L, LUA_GCCOLLECT);
    return 0;
}

enum chandra_status
spec_runner_new(int64_t timeout_ms, bool has_coverage, struct spec_runner **out_runner,
                struct chandra_error *err)
{
    struct spec_runner *runner = chandra_realloc(NULL, sizeof(*runner));
    enum chandra_status st = CHANDRA_OK;

    if (!runner)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(runner, 0, sizeof(*runner));
    runner->timeout_ms = timeout_ms;
    runner->has_coverage = has_coverage;
    runner->host = (struct ch_mod_host){
        .is_twice = true, .logger = {on_log, runner}, .on_fault = on_fault, .user = runner};
    runner->host.observer = (struct chandra_lua_observer){
        .events = 1U << CHANDRA_LUA_DIFFERENCE | (has_coverage ? COVERAGE_EVENTS : 0),
        .fn = on_event,
        .user = runner};
    runner->L = lua_newstate(allocate, runner);
    if (!runner->L) {
        chandra_free(runner);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    *(struct spec_runner **)lua_getextraspace(runner->L) = runner;
    lua_pushcfunction(runner->L, l_open);
    if (lua_pcall(runner->L, 0, 0, 0) != LUA_OK) {
        const char *problem = lua_tostring(runner->L, -1);

        st = chandra_error_set(err, CHANDRA_EUNSUPPORTED,
                               "specs need the Lua module luassert (Debian: lua-luassert; or: "
                               "luarocks install luassert): %.*s",
                               problem ? (int)strcspn(problem, "\n") : 0, problem ? problem : "");
    }
    if (st == CHANDRA_OK)
        *out_runner = runner;
    else
        spec_runner_free(runner);
    return st;
}

void
spec_runner_free(struct spec_runner *runner)
{
    if (!runner)
        return;
    lua_close(runner->L);
    coverage_clear(&runner->coverage);
    chandra_free(runner);
}

/* Push what load(path, text) of the runner returns: the list of cases. */
static void
l_load_spec(lua_State *L, const struct spec_runner *runner)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, runner->runner);
    lua_getfield(L, -1, "load");
    lua_pushstring(L, runner->path);
    lua_pushcfunction(L, l_read);
    lua_pushstring(L, runner->path);
    lua_call(L, 1, 1);
    if (lua_isnil(L, -1))
        luaL_error(L, "%s: cannot be read", runner->path);
    lua_call(L, 2, 1);
}

static int
l_list(lua_State *L)
{
    struct spec_runner *runner = runner_of(L);

    l_load_spec(L, runner);
    if (!chandra_value_set(runner->result, "cases", ch_l_mod_to_value(L, -1, runner->doc)))
        luaL_error(L, "out of memory");
    return 0;
}

/* Move the members of the table at the top into the result. */
static int
l_run(lua_State *L)
{
    struct spec_runner *runner = runner_of(L);

    l_load_spec(L, runner);
    lua_pop(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, runner->runner);
    lua_getfield(L, -1, "run");
    lua_pushinteger(L, (lua_Integer)runner->index);
    lua_call(L, 1, 1);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        if (!chandra_value_set(runner->result, lua_tostring(L, -1),
                               ch_l_mod_to_value(L, -2, runner->doc)))
            luaL_error(L, "out of memory");
        lua_pop(L, 1);
    }
    return 0;
}

/* Call with the clock running; the message of what went wrong, or NULL. */
static const char *
call(struct spec_runner *runner, lua_CFunction fn)
{
    lua_State *L = runner->L;
    int rc;

    runner->deadline = now_ns() + runner->timeout_ms * 1000000;
    lua_sethook(L, l_watch, LUA_MASKCOUNT, CHECK_EVERY);
    lua_pushcfunction(L, fn);
    rc = lua_pcall(L, 0, 0, 0);
    lua_sethook(L, NULL, 0, 0);
    if (runner->late[0])
        snprintf(runner->late + strlen(runner->late), sizeof(runner->late) - strlen(runner->late),
                 "the case ran longer than %lld ms", (long long)runner->timeout_ms);
    if (runner->late[0])
        return runner->late;
    if (rc == LUA_OK)
        return NULL;
    return lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "error object is not a message";
}

static enum chandra_status
list_in_child(void *user, struct chandra_doc *doc, struct chandra_value *result,
              struct chandra_error *err)
{
    struct spec_runner *runner = user;
    const char *problem;

    runner->doc = doc;
    runner->result = result;
    problem = call(runner, l_list);
    if (problem)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s", problem);
    return CHANDRA_OK;
}

static bool
set_text(struct chandra_doc *doc, struct chandra_value *object, const char *name, const char *text)
{
    return chandra_value_set(object, name, chandra_value_new_string(doc, text));
}

static enum chandra_status
run_in_child(void *user, struct chandra_doc *doc, struct chandra_value *result,
             struct chandra_error *err)
{
    struct spec_runner *runner = user;
    const char *problem;
    bool is_fine = true;

    runner->doc = doc;
    runner->result = result;
    runner->log = chandra_value_new_array(doc);
    problem = call(runner, l_run);
    if (problem) {
        chandra_error_set(err, CHANDRA_EINVAL, "%s", problem); /* for its rules of text */
        is_fine = set_text(doc, result, "status", runner->late[0] ? "failed" : "error") &&
                  set_text(doc, result, "message", err->message);
    }
    /* Whatever the spec makes of the answer, or its failure policy. */
    if (is_fine && runner->difference[0])
        is_fine = set_text(doc, result, "status", "error") &&
                  set_text(doc, result, "message", runner->difference) &&
                  set_text(doc, result, "fault", runner->difference);
    else if (is_fine && runner->fault[0])
        is_fine = set_text(doc, result, "fault", runner->fault);
    if (is_fine && runner->has_coverage)
        is_fine = chandra_value_set(result, "coverage", coverage_value(&runner->coverage, doc));
    if (!is_fine || !runner->log || !chandra_value_set(result, "log", runner->log))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return CHANDRA_OK;
}

/* A process has a little longer than Lua, whose message says more. */
static int64_t
patience(const struct spec_runner *runner)
{
    return runner->timeout_ms + runner->timeout_ms / 20 + 50;
}

enum chandra_status
spec_list(struct spec_runner *runner, const char *path, struct chandra_doc **out_doc,
          struct chandra_error *err)
{
    struct child child = {.doc = NULL};
    const char *problem;
    enum chandra_status st;

    runner->path = path;
    st = child_run(list_in_child, runner, patience(runner), &child, err);
    if (st != CHANDRA_OK)
        return st;
    if (child.end == CHILD_LATE)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: ran longer than %lld ms", path,
                                 (long long)runner->timeout_ms);
    if (child.end == CHILD_DIED)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: its process was ended by signal %d",
                                 path, child.signal);
    problem = chandra_value_string(chandra_value_get(chandra_doc_root(child.doc, 0), "error"));
    if (problem) {
        chandra_error_set(err, CHANDRA_EINVAL, "%s%s%s", strstr(problem, path) ? "" : path,
                          strstr(problem, path) ? "" : ": ", problem);
        chandra_doc_free(child.doc);
        return CHANDRA_EINVAL;
    }
    *out_doc = child.doc;
    return CHANDRA_OK;
}

/* What is told of a case whose process did not answer. */
static enum chandra_status
no_answer(const struct spec_runner *runner, const struct child *child, struct chandra_doc **out_doc,
          struct chandra_error *err)
{
    char message[128];
    struct chandra_doc *doc;
    struct chandra_value *root;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    if (child->end == CHILD_LATE)
        snprintf(message, sizeof(message),
                 "the case ran longer than %lld ms, in one call of Lua's library",
                 (long long)runner->timeout_ms);
    else if (child->signal)
        snprintf(message, sizeof(message), "the case's process was ended by signal %d",
                 child->signal);
    else
        snprintf(message, sizeof(message), "the case's process did not answer: out of memory?");
    root = chandra_value_new_object(doc);
    if (!root || !set_text(doc, root, "status", child->end == CHILD_LATE ? "failed" : "error") ||
        !set_text(doc, root, "message", message) || !chandra_doc_add_root(doc, root)) {
        chandra_doc_free(doc);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    *out_doc = doc;
    return CHANDRA_OK;
}

enum chandra_status
spec_run(struct spec_runner *runner, const char *path, size_t index, struct chandra_doc **out_doc,
         struct chandra_error *err)
{
    struct child child = {.doc = NULL};
    enum chandra_status st;

    runner->path = path;
    runner->index = index + 1;
    st = child_run(run_in_child, runner, patience(runner), &child, err);
    if (st != CHANDRA_OK)
        return st;
    if (child.end != CHILD_ANSWERED)
        return no_answer(runner, &child, out_doc, err);
    *out_doc = child.doc;
    return CHANDRA_OK;
}
