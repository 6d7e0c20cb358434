/* policies_test.c - what `chandra schedule` decides by, as files and ConfigMaps change: what is
 * read, swapped, refused once, and kept. */
#include "schedule/bundle.h"
#include "schedule/configmap.h"
#include "schedule/metrics.h"
#include "schedule/policies.h"
#include "schedule/policy_timer.h"

#include "base/alloc.h"

#include <chandra/config.h>
#include <chandra/sys/policy.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "apiVersion: chandra.config/v1alpha1\nkind: ChandraConfiguration\n"
#define POLICY(name)              \
    "--!chandra api=1 name=" name \
    " version=1.0.0\nreturn {match = function(cx, c, n) return n end}\n"

struct scene {
    char folder[64];
    struct policies policies;
    char names[256]; /* of the policies that were applied last */
    size_t swaps;
    char warning[1024]; /* the last one */
};

static void
apply(void *user, struct chandra_policy *policy)
{
    struct scene *scene = user;
    const struct chandra_policy_info *info;

    scene->names[0] = '\0';
    for (size_t i = 0; (info = chandra_policy_info_at(policy, i)); i++)
        snprintf(scene->names + strlen(scene->names), sizeof(scene->names) - strlen(scene->names),
                 "%s%s", i > 0 ? " " : "", info->name);
    scene->swaps++;
}

static void
note_warning(void *user, enum chandra_level level, const char *message)
{
    struct scene *scene = user;

    if (level == CHANDRA_LOG_WARNING)
        snprintf(scene->warning, sizeof(scene->warning), "%s", message);
}

static int
set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    snprintf(scene->folder, sizeof(scene->folder), "/tmp/chandra-policies-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    *state = scene;
    return 0;
}

static const char *
path_of(const struct scene *scene, const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", scene->folder, name);
    return path;
}

static void
remove_all(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;

    while (directory && (entry = readdir(directory))) {
        char inner[600];

        snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlink(inner) != 0)
            remove_all(inner);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

static int
tear_down(void **state)
{
    struct scene *scene = *state;

    policies_close(&scene->policies);
    policies_free(&scene->policies);
    remove_all(scene->folder);
    free(scene);
    return 0;
}

static void
store(const struct scene *scene, const char *name, const char *text)
{
    FILE *file = fopen(path_of(scene, name), "wb");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static enum chandra_status
open_source(struct scene *scene, const struct policies_source *source, struct chandra_error *err)
{
    const struct chandra_lua_options options = {
        .size = sizeof(options), .timeout_ms = 10000, .logger = {note_warning, scene}};

    return policies_open(&scene->policies, source, &options, apply, scene, err);
}

static void
open_folder(struct scene *scene)
{
    const char *items[] = {scene->folder};
    const struct policies_source source = {.paths = {items, 1}};
    struct chandra_error err;

    if (open_source(scene, &source, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    scene->policies.source.paths.items = NULL;
}

static void
poll_for(struct scene *scene, bool want_swapped, const char *names)
{
    const char *items[] = {scene->folder};
    struct chandra_error err;
    bool is_swapped;

    if (!scene->policies.source.config)
        scene->policies.source.paths.items = items;
    if (policies_poll(&scene->policies, &is_swapped, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    scene->policies.source.paths.items = NULL;
    assert_int_equal(is_swapped, want_swapped);
    assert_string_equal(scene->names, names);
}

/* A failure is told once, and changes nothing. */
static void
poll_badly(struct scene *scene, const char *part)
{
    const char *items[] = {scene->folder};
    const size_t swaps = scene->swaps;
    struct chandra_error err;
    bool is_swapped;

    if (!scene->policies.source.config)
        scene->policies.source.paths.items = items;
    assert_int_not_equal(policies_poll(&scene->policies, &is_swapped, &err), CHANDRA_OK);
    if (!strstr(err.message, part))
        fail_msg("want \"%s\" in: %s", part, err.message);
    assert_int_equal(policies_poll(&scene->policies, &is_swapped, &err), CHANDRA_OK);
    assert_false(is_swapped);
    assert_int_equal(scene->swaps, swaps);
    scene->policies.source.paths.items = NULL;
}

static void
follows_a_folder(void **state)
{
    struct scene *scene = *state;

    store(scene, "b.lua", POLICY("b"));
    store(scene, "a.lua", POLICY("a"));
    store(scene, "a_spec.lua", "no policy");
    store(scene, "README", "no policy");
    open_folder(scene);
    assert_string_equal(scene->names, "a b");
    poll_for(scene, false, "a b");
    store(scene, "a.lua", POLICY("changed"));
    poll_for(scene, true, "changed b");
    store(scene, "c.lua", POLICY("c"));
    poll_for(scene, true, "changed b c");
    unlink(path_of(scene, "b.lua"));
    poll_for(scene, true, "changed c");
    store(scene, "a.lua", "return 1");
    poll_badly(scene, "a.lua:1:");
    store(scene, "a.lua", POLICY("changed"));
    poll_for(scene, true, "changed c");
    unlink(path_of(scene, "a.lua"));
    unlink(path_of(scene, "c.lua"));
    poll_badly(scene, "no file here ends in .lua");
    store(scene, "c.lua", POLICY("c"));
    poll_for(scene, true, "c");
}

/* What check finds is told, and the policy decides all the same. */
static void
warns_of_what_check_finds(void **state)
{
    struct scene *scene = *state;

    store(scene, "a.lua", POLICY("a"));
    open_folder(scene);
    assert_string_equal(scene->warning, "");
    store(scene, "a.lua",
          "--!chandra api=1 name=kep version=1.0.0\n"
          "return {match = function(cx, c, n) return cx:kep(n, n) end}\n");
    poll_for(scene, true, "kep");
    assert_non_null(strstr(scene->warning, "a.lua:2:"));
    assert_non_null(strstr(scene->warning, "did you mean 'keep'?"));
    store(scene, "a.lua",
          "--!chandra api=1 name=fails version=1.0.0\n"
          "return {match = function(cx, c, n) return n & cx.claims[9].unsuitable end}\n");
    scene->warning[0] = '\0';
    poll_for(scene, true, "fails");
    assert_non_null(strstr(scene->warning, "a.lua:2: "));
}

/* As the kubelet mounts a ConfigMap: NAME.lua -> ..data/NAME.lua, ..data -> a folder, exchanged by
 * a rename. */
static void
follows_a_mounted_configmap(void **state)
{
    struct scene *scene = *state;
    char old[256], new[256];

    mkdir(path_of(scene, "..1"), 0700);
    mkdir(path_of(scene, "..2"), 0700);
    store(scene, "..1/a.lua", POLICY("first"));
    store(scene, "..2/a.lua", POLICY("second"));
    assert_int_equal(symlink("..1", path_of(scene, "..data")), 0);
    assert_int_equal(symlink("..data/a.lua", path_of(scene, "a.lua")), 0);
    open_folder(scene);
    assert_string_equal(scene->names, "first");
    assert_int_equal(symlink("..2", path_of(scene, "..tmp")), 0);
    snprintf(old, sizeof(old), "%s", path_of(scene, "..tmp"));
    snprintf(new, sizeof(new), "%s", path_of(scene, "..data"));
    assert_int_equal(rename(old, new), 0);
    remove_all(path_of(scene, "..1"));
    poll_for(scene, true, "second");
    poll_for(scene, false, "second");
}

static void
follows_a_configuration(void **state)
{
    struct scene *scene = *state;
    char config[256];
    const struct policies_source source = {.config = config};
    struct chandra_error err;

    snprintf(config, sizeof(config), "%s", path_of(scene, "c.yaml"));
    store(scene, "a.lua", POLICY("a"));
    store(scene, "c.yaml", HEAD "default: {policies: [{file: a.lua}]}\n");
    if (open_source(scene, &source, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    poll_for(scene, false, "a");
    store(scene, "a.lua", POLICY("other"));
    poll_for(scene, true, "other");
    store(scene, "c.yaml", HEAD "defualt: {}\n");
    poll_badly(scene, "did you mean \"default\"?");
    store(scene, "c.yaml", HEAD "default: {policies: [{file: b.lua}]}\n");
    poll_badly(scene, "b.lua: No such file");
    store(scene, "b.lua", POLICY("b"));
    poll_for(scene, true, "b");
    unlink(config);
    poll_badly(scene, "No such file");
}

static void
needs_a_good_start(void **state)
{
    struct scene *scene = *state;
    const char *items[] = {path_of(scene, "none.lua")};
    const struct policies_source source = {.paths = {items, 1}};
    const struct policies_source nothing = {0};
    struct chandra_error err;

    assert_int_equal(open_source(scene, &source, &err), CHANDRA_EIO);
    policies_close(&scene->policies);
    policies_free(&scene->policies);
    assert_int_equal(open_source(scene, &nothing, &err), CHANDRA_OK);
    assert_string_equal(scene->names, "default");
}

/* ConfigMaps. */

static enum chandra_status
read_map(const char *text, struct bundle *bundle, struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st = chandra_doc_parse_yaml(text, strlen(text), "map", NULL, &doc, err);

    if (st != CHANDRA_OK)
        return st;
    st = bundle_read_map(bundle, chandra_doc_root(doc, 0), err);
    chandra_doc_free(doc);
    return st;
}

static void
assert_refused(const char *text, const char *want)
{
    struct bundle bundle = {0};
    struct chandra_error err;

    assert_int_equal(read_map(text, &bundle, &err), CHANDRA_EINVAL);
    assert_string_equal(err.message, want);
    assert_int_equal(bundle.count, 0);
}

static void
reads_configmaps(void **state)
{
    struct bundle bundle = {0}, same = {0};
    struct chandra_error err;

    (void)state;
    assert_int_equal(read_map("data: {b.lua: x, a.lua: y, a_spec.lua: z}", &bundle, &err),
                     CHANDRA_OK);
    assert_int_equal(bundle.count, 2);
    assert_string_equal(bundle.files[0].name, "a.lua");
    assert_string_equal(bundle.files[0].text, "y");
    assert_false(bundle.has_config);
    assert_int_equal(read_map("data: {a.lua: y, b.lua: x}", &same, &err), CHANDRA_OK);
    assert_true(bundle_equal(&bundle, &same));
    bundle_clear(&bundle);
    bundle_clear(&same);
    assert_int_equal(read_map("data: {a.lua: y, config.yaml: z}", &bundle, &err), CHANDRA_OK);
    assert_true(bundle.has_config);
    assert_string_equal(bundle.files[0].name, "config.yaml");
    bundle_clear(&bundle);
    assert_refused("data: {}", "it holds no policy: want keys NAME.lua");
    assert_refused("metadata: {}", "it holds no policy: want keys NAME.lua");
    assert_refused("data: {a.lau: x}",
                   "key \"a.lau\" is neither a policy NAME.lua nor config.yaml");
    assert_refused("{binaryData: {a.lua: eA==}, data: {b.lua: x}}",
                   "binaryData holds \"a.lua\": policies are text, under data");
    assert_refused("data: {a.lua: 1}", "key \"a.lua\" holds no text");
}

static void
names_configmaps(void **state)
{
    static const char *const bad[] = {"",    "a",   "/a",    "a/",      "a/b/c",
                                      "A/b", "a/B", "a/b?c", "a.%2e/b", "../x y"};
    struct configmap *map = NULL;
    struct chandra_error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(configmap_new(NULL, bad[i], NULL, &map, &err), CHANDRA_EINVAL);
    assert_int_equal(configmap_new(NULL, "kube-system/my.policies", NULL, &map, &err), CHANDRA_OK);
    assert_string_equal(configmap_name(map), "kube-system/my.policies");
    assert_false(configmap_has_news(map));
    configmap_free(map);
}

/* The timer around a set times each of its chains, and keeps what they say about failures. */
static void
times_the_chains_of_a_set(void **state)
{
    static const char text[] =
        HEAD "rules: [{name: a, match: {queues: [a]}, failurePolicy: Ignore}]\n";
    struct chandra_config *config;
    struct chandra_policy *policy, *timer, *chain;
    struct metrics *metrics;
    struct chandra_error err;

    (void)state;
    assert_int_equal(metrics_new(&metrics, &err), CHANDRA_OK);
    assert_int_equal(chandra_config_parse(text, sizeof(text) - 1, "c", &config, &err), CHANDRA_OK);
    assert_int_equal(chandra_config_load(config, NULL, 0, NULL, &policy, &err), CHANDRA_OK);
    timer = policy_timer_new(policy, metrics);
    assert_non_null(timer);
    chain = timer->ops->chain_at(timer, 0);
    assert_ptr_not_equal(chain, policy->ops->chain_at(policy, 0));
    assert_int_equal(chain->ops->failure_policy(chain), CHANDRA_FAILURE_IGNORE);
    chain = timer->ops->chain_at(timer, 1);
    assert_int_equal(chain->ops->failure_policy(chain), CHANDRA_FAILURE_FAIL);
    assert_null(timer->ops->chain_at(timer, 2));
    assert_int_equal(chandra_policy_count(timer), 1);
    for (long n = 0; n < 4; n++) {
        struct chandra_policy *other;

        ch_alloc_fail_after(n);
        other = policy_timer_new(policy, metrics);
        ch_alloc_fail_after(-1);
        assert_true(!other || n == 4);
    }
    chandra_policy_unref(timer);
    chandra_policy_unref(policy);
    chandra_config_free(config);
    metrics_free(metrics);
}

static void
memory_may_run_out(void **state)
{
    struct scene *scene = *state;
    char config[256];
    const struct policies_source source = {.config = config};
    struct chandra_error err;
    enum chandra_status st = CHANDRA_ENOMEM;

    snprintf(config, sizeof(config), "%s", path_of(scene, "c.yaml"));
    store(scene, "a.lua", POLICY("a"));
    store(scene, "c.yaml",
          HEAD "rules: [{name: x, match: {queues: [q]}, policies: [{file: "
               "a.lua}]}]\n");
    for (long n = 0; st != CHANDRA_OK; n++) {
        ch_alloc_fail_after(n);
        st = open_source(scene, &source, &err);
        ch_alloc_fail_after(-1);
        assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM);
        assert_true(n < 20000);
        if (st == CHANDRA_OK)
            break;
        policies_close(&scene->policies);
        policies_free(&scene->policies);
    }
    assert_string_equal(scene->names, "a default");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_a_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warns_of_what_check_finds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(follows_a_mounted_configmap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(follows_a_configuration, set_up, tear_down),
        cmocka_unit_test_setup_teardown(needs_a_good_start, set_up, tear_down),
        cmocka_unit_test(reads_configmaps),
        cmocka_unit_test(names_configmaps),
        cmocka_unit_test(times_the_chains_of_a_set),
        cmocka_unit_test_setup_teardown(memory_may_run_out, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
