/* label_host.c - a host that needs no more than labels of nodes, on a real API server: it prints
 * each change of a node with the label `scene`, until it is killed.
 *
 * Usage: label_host KUBECONFIG SCENE
 */
#include <chandra/engine.h>
#include <chandra/kube.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
print_change(void *user, const struct chandra_object *old_object,
             const struct chandra_object *new_object)
{
    const struct chandra_object *object = new_object ? new_object : old_object;
    const struct chandra_node *node = chandra_object_node(object);
    const char *scene = node ? chandra_object_label(object, "scene") : NULL;
    const char *zone;

    if (!scene || strcmp(scene, user) != 0)
        return;
    zone = chandra_object_label(object, "zone");
    printf("%s %s zone=%s resources=%zu\n", new_object ? "has" : "lost",
           chandra_object_name(object), zone ? zone : "", chandra_node_allocatable_count(node));
    fflush(stdout);
}

static int
run(struct chandra_transport *transport, char *scene, struct chandra_error *err)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_engine *engine = NULL;
    enum chandra_status st;

    options.watch_pods = false;
    options.whole_nodes = false;
    options.on_event = print_change;
    options.on_event_user = scene;
    st = chandra_engine_new(transport, &options, &engine, err);
    if (st == CHANDRA_OK)
        st = chandra_engine_start(engine, err);
    while (st == CHANDRA_OK)
        pause();
    chandra_engine_free(engine);
    return 1;
}

int
main(int argc, char **argv)
{
    struct chandra_kube_config_options options = {.size = sizeof(options)};
    struct chandra_kube_config *config = NULL;
    struct chandra_transport *transport = NULL;
    struct chandra_error err;
    int code = 1;

    if (argc != 3)
        return 2;
    options.kubeconfig = argv[1];
    if (chandra_kube_config_load(&options, &config, &err) == CHANDRA_OK &&
        chandra_kube_new(config, NULL, &transport, &err) == CHANDRA_OK)
        code = run(transport, argv[2], &err);
    fprintf(stderr, "label_host: %s\n", err.message);
    chandra_kube_free(transport);
    chandra_kube_config_free(config);
    return code;
}
