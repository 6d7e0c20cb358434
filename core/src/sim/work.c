/* work.c - lets the claim controller, the garbage collector and the drivers do what is to do. */
#include "sim/driver.h"
#include "sim/sim.h"

/* Tell everybody what happened since the last time. */
static enum chandra_status
tell_all(struct chandra_sim *sim, struct chandra_error *err)
{
    const struct ch_sim_event *event;

    while ((event = ch_sim_event_at(sim, sim->worked))) {
        enum chandra_status st = ch_sim_controller_event(sim, event, err);

        if (st == CHANDRA_OK)
            st = ch_sim_gc_event(sim, event, err);
        for (struct ch_sim_driver *driver = sim->drivers; st == CHANDRA_OK && driver;
             driver = driver->next)
            st = ch_sim_driver_event(driver, event, err);
        if (st != CHANDRA_OK)
            return st; /* to be told again, which does no harm */
        sim->worked++;
    }
    return CHANDRA_OK;
}

/* Do one thing, if there is one. */
static enum chandra_status
work_once(struct chandra_sim *sim, bool *out_did, struct chandra_error *err)
{
    struct ch_sim_driver *driver = NULL;
    struct ch_sim_queue *queue = &sim->controller.queue;
    struct ch_sim_item *item = ch_sim_queue_pop(queue);
    enum ch_sim_result result = CH_SIM_DONE;
    enum chandra_status st;

    if (!item) {
        queue = &sim->gc.queue;
        item = ch_sim_queue_pop(queue);
    }
    for (driver = sim->drivers; !item && driver; driver = driver->next) {
        queue = &driver->queue;
        item = ch_sim_queue_pop(queue);
        if (item)
            break;
    }
    *out_did = item != NULL;
    if (!item)
        return CHANDRA_OK;
    if (queue == &sim->controller.queue)
        st = ch_sim_controller_work(sim, item->key, &result, err);
    else if (queue == &sim->gc.queue)
        st = ch_sim_gc_work(sim, item->key, &result, err);
    else
        st = ch_sim_driver_work(driver, item->key, &result, err);
    if (st == CHANDRA_OK)
        return ch_sim_queue_finish(queue, item, result, err);
    ch_sim_queue_put_back(queue, item);
    return st;
}

enum chandra_status
ch_sim_work(struct chandra_sim *sim, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;
    bool did = true;

    while (st == CHANDRA_OK && did) {
        st = tell_all(sim, err);
        if (st == CHANDRA_OK)
            st = work_once(sim, &did, err);
    }
    return st;
}

enum chandra_status
chandra_sim_settle(struct chandra_sim *sim, bool *out_moved, struct chandra_error *err)
{
    uint64_t before;
    enum chandra_status st;

    ch_sim_lock(sim);
    before = sim->store.revision;
    ch_sim_unlock(sim);
    ch_sim_ring(sim);
    st = ch_sim_deliver(sim, err);
    if (st != CHANDRA_OK)
        return st;
    ch_sim_lock(sim);
    st = ch_sim_work(sim, err);
    ch_sim_unlock(sim);
    /* What they did is seen at once. */
    if (st == CHANDRA_OK)
        st = ch_sim_deliver(sim, err);
    if (st != CHANDRA_OK)
        return st;
    ch_sim_lock(sim);
    *out_moved = sim->store.revision != before;
    ch_sim_unlock(sim);
    return CHANDRA_OK;
}
