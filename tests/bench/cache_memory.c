/* cache_memory.c - resident memory of a large cluster in the cache: 100,000 claims and 5,000 nodes,
 * every fifth claim still waiting, with all indexes and node sets in use.
 *
 * Usage: bench_cache_memory [CLAIMS [NODES]]; fails beyond 200 MB at the default size.
 */
#include "cluster.h"

#include <string.h>

#define LIMIT_MB 200.0

/* VmRSS in bytes. */
static double
resident(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double kilobytes = 0;

    must(file != NULL, "/proc/self/status");
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kilobytes = strtod(line + 6, NULL);
    fclose(file);
    return kilobytes * 1024;
}

int
main(int argc, char **argv)
{
    const int claims = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 100000;
    const int nodes = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5000;
    const double start = resident();
    struct ch_cache *cache = NULL;
    struct ch_nodes *picture;
    double after_nodes;
    double end;

    must(claims > 0 && nodes > 0, "reading the sizes");
    must(ch_cache_new(&cache, NULL) == CHANDRA_OK, "the cache");
    for (int i = 0; i < nodes; i++)
        cluster_put(cache, cluster_node(i, 0));
    picture = ch_cache_nodes(cache);
    must(ch_nodes_rank(picture, 0) != CHANDRA_NODESET_END, "ranks");
    after_nodes = resident();
    for (int i = 0; i < claims; i++)
        cluster_put(cache, cluster_claim(i, i % 5 ? i % nodes : -1, 0));
    must(cluster_build_sets(cache) > 0, "sets");
    end = resident();
    printf(
        "{\"bench\":\"cache_memory\",\"claims\":%d,\"nodes\":%d,\"resident_mb\":%.1f,"
        "\"delta_mb\":%.1f,\"bytes_per_claim\":%.0f,\"bytes_per_node\":%.0f,\"limit_mb\":%.0f}\n",
        claims, nodes, end / 1e6, (end - start) / 1e6, (end - after_nodes) / claims,
        (after_nodes - start) / nodes, LIMIT_MB);
    ch_nodes_unref(picture);
    ch_cache_free(cache);
    return claims <= 100000 && nodes <= 5000 && end / 1e6 > LIMIT_MB;
}
