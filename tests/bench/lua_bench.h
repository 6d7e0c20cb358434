/* lua_bench.h - what the benchmarks of policies share: a clock, objects from text. */
#ifndef BENCH_LUA_BENCH_H
#define BENCH_LUA_BENCH_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A benchmark that cannot go on has nothing to tell. */
static inline void
must(enum chandra_status st, const struct chandra_error *err)
{
    if (st == CHANDRA_OK)
        return;
    fprintf(stderr, "bench: %s\n", err->message);
    exit(1);
}

/* Processor time of the thread. */
static inline double
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline void
add(struct chandra_sim *sim, const char *text)
{
    struct chandra_doc *doc;
    struct chandra_error err;

    must(chandra_doc_parse_yaml(text, strlen(text), "bench", NULL, &doc, &err), &err);
    must(chandra_sim_load(sim, chandra_doc_root(doc, 0), &err), &err);
    chandra_doc_free(doc);
}

#endif
