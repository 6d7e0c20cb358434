/* embed.c - a host in sixty lines: schedules demo/trainer by a Lua policy, on a cluster in memory.
 */
#include <chandra/cycle.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <stdio.h>
#include <stdlib.h>

static const char policy_text[] = "--!chandra api=1 name=fast version=1.0.0\n"
                                  "return {match = function(cx, claim, nodes)\n"
                                  "  return cx:keep(nodes, function(node)\n"
                                  "    return node.labels.gpu == 'fast' end, 'slow')\n"
                                  "end}\n";
static struct chandra_error err;

static void
must(enum chandra_status status)
{
    if (status != CHANDRA_OK) {
        fprintf(stderr, "embed: %s\n", err.message);
        exit(1);
    }
}

/* The API server: in memory here, see sys/transport.h for others. Reads manifests from stdin. */
static struct chandra_sim *
new_cluster(void)
{
    static char text[65536];
    const size_t len = fread(text, 1, sizeof(text), stdin);
    struct chandra_sim *sim;
    struct chandra_doc *doc;

    must(chandra_sim_new(NULL, &sim, &err));
    must(chandra_doc_parse_yaml(text, len, "stdin", NULL, &doc, &err));
    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        must(chandra_sim_load(sim, chandra_doc_root(doc, i), &err));
    must(chandra_sim_add_default_drivers(sim, &err));
    chandra_doc_free(doc);
    return sim;
}

/* One scheduling attempt: true once the pod may be bound to the node that is copied to `name`. */
static bool
attempt(struct chandra_cycle *cycle, char name[254])
{
    static uint64_t bits[64];
    struct chandra_answer answer;
    struct chandra_nodeset *nodes;
    uint32_t node;

    chandra_cycle_pre_filter(cycle, &answer);
    nodes = chandra_nodeset_init(bits, chandra_cycle_capacity(cycle));
    if (answer.code == CHANDRA_CODE_SUCCESS)
        chandra_cycle_filter_all(cycle, NULL, nodes, &answer);
    node = chandra_nodeset_next(nodes, 0); /* a real host scores them first */
    if (answer.code != CHANDRA_CODE_SUCCESS || node == CHANDRA_NODESET_END)
        return false;
    snprintf(name, 254, "%s",
             chandra_object_name(chandra_node_object(chandra_cycle_node(cycle, node))));
    chandra_cycle_reserve(cycle, name, &answer);
    if (answer.code == CHANDRA_CODE_SUCCESS)
        chandra_cycle_pre_bind(cycle, name, &answer); /* tells the driver, or reserves the claim */
    printf("%s on %s: %s %s\n", "demo/trainer", name, chandra_code_name(answer.code),
           answer.reason);
    if (answer.code == CHANDRA_CODE_SUCCESS)
        chandra_cycle_post_bind(cycle, name);
    else
        chandra_cycle_unreserve(cycle, name);
    return answer.code == CHANDRA_CODE_SUCCESS;
}

int
main(void)
{
    const struct chandra_lua_source source = {
        .name = "fast.lua", .text = policy_text, .len = sizeof(policy_text) - 1};
    struct chandra_sim *sim = new_cluster();
    struct chandra_engine *engine;
    struct chandra_policy *policy;
    struct chandra_object *pod;
    struct chandra_cycle *cycle;
    char node[254];
    bool is_placed = false, has_moved;

    must(chandra_engine_new(chandra_sim_transport(sim), NULL, &engine, &err));
    must(chandra_lua_policy_load(&source, 1, NULL, &policy, &err));
    chandra_engine_set_policy(engine, policy);
    must(chandra_engine_start(engine, &err));
    pod = chandra_engine_get(engine, CHANDRA_KIND_POD, "demo", "trainer");
    must(chandra_cycle_new(engine, chandra_object_pod(pod), &cycle, &err));
    for (int i = 0; i < 3 && !is_placed; i++) {
        is_placed = attempt(cycle, node);
        must(chandra_sim_settle(sim, &has_moved, &err)); /* the driver answers */
    }
    if (is_placed)
        printf("demo/trainer runs on %s\n", node);
    chandra_cycle_free(cycle);
    chandra_object_unref(pod);
    chandra_policy_unref(policy);
    chandra_engine_free(engine);
    chandra_sim_free(sim);
    return !is_placed;
}
