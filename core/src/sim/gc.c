/* gc.c - the garbage collector: what has lost all its owners goes. */
#include "sim/sim.h"

void
ch_sim_gc_clear(struct ch_sim_gc *gc)
{
    ch_sim_queue_clear(&gc->queue);
    ch_sim_index_clear(&gc->dependents);
}

enum chandra_status
ch_sim_gc_event(struct chandra_sim *sim, const struct ch_sim_event *event,
                struct chandra_error *err)
{
    (void)sim, (void)event, (void)err;
    return CHANDRA_OK;
}

enum chandra_status
ch_sim_gc_work(struct chandra_sim *sim, const char *key, enum ch_sim_result *out_result,
               struct chandra_error *err)
{
    (void)sim, (void)key, (void)out_result, (void)err;
    return CHANDRA_OK;
}
