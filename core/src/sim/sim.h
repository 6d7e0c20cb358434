/* sim.h - the inside of the example cluster, and what its parts offer each other.
 *
 * One lock guards everything. Callbacks of the embedding program run without it; what they may undo
 * (a watch stopped, a timer forgotten) is marked busy meanwhile. Log messages are kept until the
 * lock is given back. Functions need the lock held unless they say otherwise.
 */
#ifndef CH_SIM_SIM_H
#define CH_SIM_SIM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/random.h"
#include "sim/agenda.h"
#include "sim/index.h"
#include "sim/queue.h"
#include "sim/store.h"

#include <chandra/log.h>
#include <chandra/sim.h>
#include <chandra/sys/stage.h>
#include <chandra/sys/transport.h>
#include <pthread.h>

struct ch_sim_driver;
struct ch_sim_fault;
struct ch_sim_log_line;
struct ch_sim_snapshot;

struct ch_sim_lock {
    pthread_mutex_t mutex;
    pthread_cond_t idle; /* a callback has returned */
};

/* A callback that is running without the lock. */
struct ch_sim_running {
    bool is_running;
    pthread_t thread;
};

struct ch_sim_stage {
    struct chandra_stage base;
    struct chandra_sim *sim;
};

struct ch_sim_controller {
    struct ch_sim_queue queue;           /* "pod:NS/NAME" and "claim:NS/NAME" */
    struct ch_sim_index pods_by_claim;   /* "NS/CLAIM" to "NS/POD" */
    struct ch_sim_index claims_by_owner; /* uid of the controlling owner to "NS/CLAIM" */
};

struct ch_sim_gc {
    struct ch_sim_queue queue;      /* "KIND:NS/NAME" of objects whose owners may be gone */
    struct ch_sim_index dependents; /* owner's uid to such keys */
};

struct ch_sim_writes {
    struct chandra_sim_write *items;
    size_t count;
    size_t capacity;
    struct ch_arena arena; /* of the texts */
};

struct chandra_sim {
    struct chandra_transport transport; /* first, so that one pointer is both */
    struct ch_sim_stage stage;
    struct ch_sim_lock *lock; /* apart, so that const functions can take it */
    struct chandra_logger logger;
    struct ch_sim_log_line *log_first;
    struct ch_sim_log_line *log_last;
    struct ch_random random;

    int64_t now_ms;
    int64_t wall_time; /* at time 0 */
    uint64_t order;    /* of alarms */
    struct ch_sim_agenda alarms;
    struct ch_sim_agenda periodic; /* what alone is no reason to go on */
    struct ch_sim_running timer;
    void *timer_user; /* of the timer that is running */

    struct ch_sim_store store;
    struct ch_sim_writes writes;
    struct ch_sim_snapshot *snapshots; /* of lists read in pages, newest first */
    uint64_t snapshot_id;
    struct ch_sim_fault *faults; /* in order of adding */

    struct chandra_watch *watches; /* in order of starting */
    uint64_t watch_id;
    bool is_delivering;
    bool is_compacting; /* as soon as the delivery is over */

    uint64_t worked; /* number of the first event the controllers have not seen */
    struct ch_sim_controller controller;
    struct ch_sim_gc gc;
    struct ch_sim_driver *drivers; /* in order of adding */
};

/* sim.c */
void ch_sim_lock(struct chandra_sim *sim);
void ch_sim_unlock(struct chandra_sim *sim); /* and hand out the messages kept */
void ch_sim_note(struct chandra_sim *sim, enum chandra_level level, const char *fmt, ...)
    CHANDRA_PRINTF(3, 4);
enum chandra_status ch_sim_no_memory(struct chandra_error *err);
enum { CH_SIM_UID_SIZE = 37, CH_SIM_TIME_SIZE = 24 };
void ch_sim_new_uid(struct chandra_sim *sim, char uid[CH_SIM_UID_SIZE]);
void ch_sim_timestamp(const struct chandra_sim *sim, char text[CH_SIM_TIME_SIZE]);
/* Call back without the lock. */
void ch_sim_run_begin(struct chandra_sim *sim, struct ch_sim_running *running);
void ch_sim_run_end(struct chandra_sim *sim, struct ch_sim_running *running);
/* Whether the callback runs in another thread, so that one must wait for it. */
bool ch_sim_runs_elsewhere(const struct ch_sim_running *running);

/* clock.c */
enum chandra_status ch_sim_after(struct chandra_transport *transport, int64_t delay_ms,
                                 chandra_timer_fn fn, void *user, struct chandra_error *err);
void ch_sim_forget(struct chandra_transport *transport, void *user);
int64_t ch_sim_now(struct chandra_transport *transport);
int64_t ch_sim_wall_time(struct chandra_transport *transport);
/* Give an answer later; takes body over, also on failure. */
struct ch_sim_answer;
enum chandra_status ch_sim_answer_after(struct chandra_sim *sim, int64_t delay_ms,
                                        struct ch_sim_answer *answer, chandra_response_fn done,
                                        void *user, struct chandra_error *err);
/* Run what is due now, without work of controllers. Called without the lock. */
void ch_sim_ring(struct chandra_sim *sim);
void ch_sim_clock_clear(struct chandra_sim *sim);

/* server.c */
struct ch_sim_answer {
    int http_status;
    struct ch_buf body;
    int64_t retry_after_ms; /* -1: none */
};
enum chandra_status ch_sim_submit(struct chandra_transport *transport,
                                  const struct chandra_request *request, chandra_response_fn done,
                                  void *user, struct chandra_error *err);
/* A Status object for a failure; `reason` and `kind` may be NULL. */
void ch_sim_put_status(struct ch_buf *buf, int http_status, const char *reason, const char *message,
                       const struct ch_sim_kind *kind, const char *name);
/* The answer where an Accept header asks for what there is not. */
void ch_sim_put_not_acceptable(struct ch_sim_answer *answer);
const char *ch_sim_method_name(enum chandra_method method);

/* list.c */
struct ch_sim_route;
enum chandra_status ch_sim_list(struct chandra_sim *sim, const struct ch_sim_route *route,
                                struct ch_buf *body, struct chandra_error *err);
void ch_sim_snapshots_clear(struct chandra_sim *sim);

/* watch.c */
enum chandra_status ch_sim_watch(struct chandra_transport *transport,
                                 const struct chandra_request *request,
                                 const struct chandra_watch_sink *sink,
                                 struct chandra_watch **out_watch, struct chandra_error *err);
void ch_sim_watch_stop(struct chandra_transport *transport, struct chandra_watch *watch);
/* Both called without the lock. */
enum chandra_status ch_sim_deliver(struct chandra_sim *sim, struct chandra_error *err);
void ch_sim_watch_end(struct chandra_sim *sim, uint64_t id);
void ch_sim_watches_clear(struct chandra_sim *sim);

/* faults.c */

/* What a fault does to one request; zero means nothing. */
struct ch_sim_mishap {
    bool is_hit;
    bool drop;
    bool after_effect;
    int http_status;
    int64_t delay_ms;
    int64_t retry_after_s;
    const char *reason; /* borrowed until the faults change */
    const char *message;
};
void ch_sim_fault_find(struct chandra_sim *sim, const char *method, const char *path,
                       struct ch_sim_mishap *out_mishap);
/* The answer the fault gives in place of the server's. */
void ch_sim_fault_answer(const struct ch_sim_mishap *mishap, struct ch_sim_answer *answer);
void ch_sim_faults_free(struct chandra_sim *sim);

/* work.c: let the controllers work until nothing is ready. */
enum chandra_status ch_sim_work(struct chandra_sim *sim, struct chandra_error *err);

/* controller.c, gc.c, driver.c: each is told every event, then asked for each key that is ready. */
enum chandra_status ch_sim_controller_event(struct chandra_sim *sim,
                                            const struct ch_sim_event *event,
                                            struct chandra_error *err);
enum chandra_status ch_sim_controller_work(struct chandra_sim *sim, const char *key,
                                           enum ch_sim_result *out_result,
                                           struct chandra_error *err);
void ch_sim_controller_clear(struct ch_sim_controller *controller);
enum chandra_status ch_sim_gc_event(struct chandra_sim *sim, const struct ch_sim_event *event,
                                    struct chandra_error *err);
enum chandra_status ch_sim_gc_work(struct chandra_sim *sim, const char *key,
                                   enum ch_sim_result *out_result, struct chandra_error *err);
void ch_sim_gc_clear(struct ch_sim_gc *gc);

/* stage.c */
extern const struct chandra_stage_ops ch_sim_stage_ops;

#endif
