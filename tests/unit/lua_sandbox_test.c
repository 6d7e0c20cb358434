/* lua_sandbox_test.c - the attacks of tests/spec/sandbox once more: under sanitizers, where they
 * are in use, otherwise in a process that has 64 MB. sandbox_spec.lua says how a script tells what
 * must stop it; here each one also has an end in time, and leaves the same engine good for others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define PROCESS_BYTES ((rlim_t)64 * 1024 * 1024)
#define MAX_SCRIPTS 1000
/* Far above the 2,000,000 instructions of a call: this is about scripts that never end. */
#define MAX_SECONDS 20

#define CLAIM(name, class, status)                                                       \
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim, metadata: {name: " name \
    ", namespace: default}, spec: {resourceClassName: " class "}" status "}"
#define ALLOCATED(driver, node)                                                          \
    ", status: {driverName: " driver ", allocation: {shareable: true, availableOnNodes:" \
    " {nodeSelectorTerms: [{matchExpressions: [{key: host, operator: In, values: [" node \
    "]}]}]}}}"
#define NODE(name, zone)                                                                           \
    "{apiVersion: v1, kind: Node, metadata: {name: " name ", labels: {zone: " zone ", host: " name \
    "}}}"
#define CLASS(name, driver)                                                              \
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: " name \
    "}, driverName: " driver "}"
#define POD(name, one, two)                                                               \
    "{apiVersion: v1, kind: Pod, metadata: {name: " name                                  \
    ", namespace: default, labels: {app: x}},"                                            \
    " spec: {containers: [{name: main, image: main}], resourceClaims: [{name: a, source:" \
    " {resourceClaimName: " one "}}, {name: b, source: {resourceClaimName: " two "}}]}}"

static const char *const cluster[] = {
    NODE("node-1", "a"),
    NODE("node-2", "b"),
    NODE("node-3", "c"),
    CLASS("gpu", "gpu.example.com"),
    CLASS("nic", "nic.example.com"),
    CLAIM("fresh", "gpu", ""),
    CLAIM("other", "gpu", ""),
    CLAIM("gpu", "gpu", ALLOCATED("gpu.example.com", "node-1")),
    CLAIM("nic", "nic", ALLOCATED("nic.example.com", "node-2")),
    CLAIM("gpu-2", "gpu", ALLOCATED("gpu.example.com", "node-1")),
    CLAIM("nic-2", "nic", ALLOCATED("nic.example.com", "node-2")),
    POD("pod", "fresh", "other"),
    POD("stuck", "gpu-2", "nic-2"),
};

static struct chandra_sim *sim;
static struct chandra_engine *engine;
static char names[MAX_SCRIPTS][256];

static void
open_world(void)
{
    struct chandra_error err;
    bool has_moved;

    assert_int_equal(chandra_sim_new(NULL, &sim, &err), CHANDRA_OK);
    for (size_t i = 0; i < sizeof(cluster) / sizeof(cluster[0]); i++) {
        struct chandra_doc *doc;

        if (chandra_doc_parse_yaml(cluster[i], strlen(cluster[i]), "cluster", NULL, &doc, &err) !=
                CHANDRA_OK ||
            chandra_sim_load(sim, chandra_doc_root(doc, 0), &err) != CHANDRA_OK)
            fail_msg("%s", err.message);
        chandra_doc_free(doc);
    }
    assert_int_equal(chandra_engine_new(chandra_sim_transport(sim), NULL, &engine, &err),
                     CHANDRA_OK);
    assert_int_equal(chandra_engine_start(engine, &err), CHANDRA_OK);
    assert_int_equal(chandra_sim_settle(sim, &has_moved, &err), CHANDRA_OK);
}

static void
close_world(void)
{
    chandra_engine_free(engine);
    chandra_sim_free(sim);
}

static double
cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Go through the points that call a hook; the last answer, or the first that is an error. */
static struct chandra_answer
decide(struct chandra_cycle *cycle, const char *hook)
{
    const uint32_t capacity = chandra_cycle_capacity(cycle);
    struct chandra_nodeset *nodes =
        chandra_nodeset_init(calloc(1, chandra_nodeset_bytes(capacity)), capacity);
    int64_t *scores = calloc(capacity, sizeof(*scores));
    struct chandra_answer answer;

    chandra_cycle_pre_filter(cycle, &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_SUCCESS);
    chandra_cycle_filter_all(cycle, NULL, nodes, &answer);
    if (answer.code == CHANDRA_CODE_SUCCESS && strcmp(hook, "release") == 0) {
        chandra_cycle_post_filter(cycle, &answer);
    } else if (answer.code == CHANDRA_CODE_SUCCESS && strcmp(hook, "match") != 0) {
        chandra_cycle_pre_score(cycle, nodes, &answer);
        if (answer.code != CHANDRA_CODE_ERROR && strcmp(hook, "score") == 0) {
            chandra_cycle_score(cycle, nodes, scores, &answer);
        } else if (answer.code != CHANDRA_CODE_ERROR) {
            (void)chandra_cycle_suggested(cycle, nodes);
            chandra_cycle_reserve(cycle, "node-1", &answer);
        }
    }
    free(scores);
    free(nodes);
    return answer;
}

static struct chandra_answer
ask(const char *hook)
{
    struct chandra_object *pod = chandra_engine_get(engine, CHANDRA_KIND_POD, "default",
                                                    strcmp(hook, "release") == 0 ? "stuck" : "pod");
    struct chandra_answer answer;
    struct chandra_cycle *cycle;
    struct chandra_error err;

    assert_non_null(pod);
    assert_int_equal(chandra_cycle_new(engine, chandra_object_pod(pod), &cycle, &err), CHANDRA_OK);
    answer = decide(cycle, hook);
    chandra_cycle_free(cycle);
    chandra_object_unref(pod);
    return answer;
}

static char *
read_file(const char *name, size_t *out_len)
{
    char path[512];
    char *text = NULL;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", CHANDRA_SANDBOX_CORPUS, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    text = calloc(1, (size_t)1 << 21);
    assert_non_null(text);
    *out_len = fread(text, 1, ((size_t)1 << 21) - 1, file);
    fclose(file);
    return text;
}

/* The first " fails: " in a text that may have zero bytes, or NULL. */
static const char *
find_failure(const char *text, size_t len)
{
    static const char mark[] = " fails: ";

    for (size_t i = 0; i + sizeof(mark) <= len; i++)
        if (memcmp(text + i, mark, sizeof(mark) - 1) == 0)
            return text + i;
    return NULL;
}

/* The hook that must fail, "load", or NULL for a harmless script; `want` receives the text of it.
 */
static const char *
expectation(const char *text, size_t len, char *hook, char *want)
{
    const char *line = find_failure(text, len);
    const char *start = line;

    if (!line || strstr(text, "\n-- ok\n"))
        return NULL;
    while (start > text && start[-1] != ' ')
        start--;
    snprintf(hook, 16, "%.*s", (int)(line - start), start);
    snprintf(want, 256, "%.*s", (int)strcspn(line + 8, "\n"), line + 8);
    return hook;
}

static void
expect_failure(const char *name, const char *message, const char *want)
{
    if (!strstr(message, want))
        fail_msg("%s: want '%s', got '%s'", name, want, message);
}

static void
run_hooks(const char *name, const char *hook, const char *want)
{
    static const char *const all[] = {"match", "score", "suggest", "release"};

    for (size_t i = 0; i < 4; i++) {
        struct chandra_answer answer;

        if (hook && strcmp(hook, all[i]) != 0)
            continue;
        answer = ask(all[i]);
        if (hook)
            expect_failure(name, answer.reason, want);
        else if (answer.code == CHANDRA_CODE_ERROR)
            fail_msg("%s: %s", name, answer.reason);
    }
}

static void
attack(const char *name)
{
    const struct chandra_lua_options options = {.size = sizeof(options), .timeout_ms = 60000};
    const double start = cpu_seconds();
    struct chandra_lua_source source = {.name = name};
    struct chandra_policy *policy = NULL;
    struct chandra_error err;
    char hook[16], want[256];
    char *text = read_file(name, &source.len);
    const char *which = expectation(text, source.len, hook, want);
    enum chandra_status st;

    source.text = text;
    st = chandra_lua_policy_load(&source, 1, &options, &policy, &err);
    if (which && strcmp(which, "load") == 0) {
        assert_int_not_equal(st, CHANDRA_OK);
        expect_failure(name, err.message, want);
    } else {
        if (st != CHANDRA_OK)
            fail_msg("%s: %s", name, err.message);
        chandra_engine_set_policy(engine, policy);
        chandra_policy_unref(policy);
        run_hooks(name, which, want);
    }
    free(text);
    if (cpu_seconds() - start > MAX_SECONDS)
        fail_msg("%s takes %.1f s", name, cpu_seconds() - start);
}

static int
compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static size_t
list_scripts(void)
{
    DIR *folder = opendir(CHANDRA_SANDBOX_CORPUS);
    size_t count = 0;

    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        if (entry->d_name[0] != '.' && count < MAX_SCRIPTS)
            snprintf(names[count++], sizeof(names[0]), "%s", entry->d_name);
    closedir(folder);
    qsort(names, count, sizeof(names[0]), compare);
    return count;
}

static void
test_attacks(void **state)
{
    const size_t count = list_scripts();
    struct chandra_policy *good;
    struct chandra_error err;

    (void)state;
    assert_true(count >= 150);
    assert_int_equal(chandra_lua_policy_load(chandra_lua_default(), 1, NULL, &good, &err),
                     CHANDRA_OK);
    for (size_t i = 0; i < count; i++) {
        open_world();
        attack(names[i]);
        chandra_engine_set_policy(engine, good);
        assert_int_equal(ask("match").code, CHANDRA_CODE_SUCCESS);
        close_world();
    }
    chandra_policy_unref(good);
}

static void
limit_process(void)
{
#ifndef __SANITIZE_ADDRESS__
    const struct rlimit limit = {PROCESS_BYTES, PROCESS_BYTES};

    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_attacks)};

    limit_process();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
