/* sim.c - the cluster as a whole: its making and its end, its lock, its identities and times. */
#include "sim/sim.h"

#include "base/alloc.h"
#include "base/text.h"
#include "sim/driver.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_SEED = 1, MESSAGE_SIZE = 512 };
static const int64_t default_wall_time = 1717200000; /* 2024-06-01T00:00:00Z */

struct ch_sim_log_line {
    struct ch_sim_log_line *next;
    enum chandra_level level;
    char text[];
};

static const struct chandra_transport_ops transport_ops = {
    .size = sizeof(transport_ops),
    .submit = ch_sim_submit,
    .watch = ch_sim_watch,
    .watch_stop = ch_sim_watch_stop,
    .after = ch_sim_after,
    .forget = ch_sim_forget,
    .now_ms = ch_sim_now,
    .wall_time = ch_sim_wall_time,
};

static struct ch_sim_lock *
new_lock(void)
{
    struct ch_sim_lock *lock = ch_calloc(1, sizeof(*lock));

    if (!lock)
        return NULL;
    if (pthread_mutex_init(&lock->mutex, NULL) != 0) {
        ch_free(lock);
        return NULL;
    }
    if (pthread_cond_init(&lock->idle, NULL) != 0) {
        pthread_mutex_destroy(&lock->mutex);
        ch_free(lock);
        return NULL;
    }
    return lock;
}

static void
free_lock(struct ch_sim_lock *lock)
{
    pthread_cond_destroy(&lock->idle);
    pthread_mutex_destroy(&lock->mutex);
    ch_free(lock);
}

enum chandra_status
chandra_sim_new(const struct chandra_sim_options *options, struct chandra_sim **out_sim,
                struct chandra_error *err)
{
    struct chandra_sim_options own = {0};
    struct chandra_sim *sim = ch_calloc(1, sizeof(*sim));

    if (!sim)
        return ch_sim_no_memory(err);
    sim->lock = new_lock();
    if (!sim->lock) {
        ch_free(sim);
        return ch_sim_no_memory(err);
    }
    if (options)
        memcpy(&own, options, options->size < sizeof(own) ? options->size : sizeof(own));
    sim->transport.ops = &transport_ops;
    sim->stage.base.ops = &ch_sim_stage_ops;
    sim->stage.sim = sim;
    sim->logger = own.logger;
    sim->wall_time = own.wall_time != 0 ? own.wall_time : default_wall_time;
    ch_random_seed(&sim->random, own.seed != 0 ? own.seed : DEFAULT_SEED);
    sim->controller.queue.sim = sim;
    sim->gc.queue.sim = sim;
    *out_sim = sim;
    return CHANDRA_OK;
}

void
chandra_sim_free(struct chandra_sim *sim)
{
    if (!sim)
        return;
    ch_sim_watches_clear(sim);
    ch_sim_clock_clear(sim);
    ch_sim_faults_free(sim);
    ch_sim_snapshots_clear(sim);
    ch_sim_controller_clear(&sim->controller);
    ch_sim_gc_clear(&sim->gc);
    ch_sim_drivers_free(sim);
    ch_sim_store_clear(&sim->store);
    ch_free(sim->writes.items);
    ch_arena_clear(&sim->writes.arena);
    while (sim->log_first) {
        struct ch_sim_log_line *line = sim->log_first;

        sim->log_first = line->next;
        ch_free(line);
    }
    free_lock(sim->lock);
    ch_free(sim);
}

struct chandra_transport *
chandra_sim_transport(struct chandra_sim *sim)
{
    return &sim->transport;
}

struct chandra_stage *
chandra_sim_stage(struct chandra_sim *sim)
{
    return &sim->stage.base;
}

/* The lock. */

void
ch_sim_lock(struct chandra_sim *sim)
{
    pthread_mutex_lock(&sim->lock->mutex);
}

void
ch_sim_unlock(struct chandra_sim *sim)
{
    const struct chandra_logger logger = sim->logger;
    struct ch_sim_log_line *line = sim->log_first;

    sim->log_first = sim->log_last = NULL;
    pthread_mutex_unlock(&sim->lock->mutex);
    while (line) {
        struct ch_sim_log_line *next = line->next;

        logger.fn(logger.user, line->level, line->text);
        ch_free(line);
        line = next;
    }
}

void
ch_sim_note(struct chandra_sim *sim, enum chandra_level level, const char *fmt, ...)
{
    char text[MESSAGE_SIZE];
    struct ch_sim_log_line *line;
    va_list args;

    if (!sim->logger.fn)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    line = ch_calloc(1, sizeof(*line) + strlen(text) + 1);
    if (!line)
        return; /* a message lost does no harm */
    line->level = level;
    memcpy(line->text, text, strlen(text) + 1);
    if (sim->log_last)
        sim->log_last->next = line;
    else
        sim->log_first = line;
    sim->log_last = line;
}

void
ch_sim_run_begin(struct chandra_sim *sim, struct ch_sim_running *running)
{
    running->is_running = true;
    running->thread = pthread_self();
    ch_sim_unlock(sim);
}

void
ch_sim_run_end(struct chandra_sim *sim, struct ch_sim_running *running)
{
    ch_sim_lock(sim);
    running->is_running = false;
    pthread_cond_broadcast(&sim->lock->idle);
}

bool
ch_sim_runs_elsewhere(const struct ch_sim_running *running)
{
    return running->is_running && !pthread_equal(running->thread, pthread_self());
}

/* Identities and times. */

enum chandra_status
ch_sim_no_memory(struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

void
ch_sim_new_uid(struct chandra_sim *sim, char uid[CH_SIM_UID_SIZE])
{
    const uint64_t high = ch_random_next(&sim->random);
    const uint64_t low = ch_random_next(&sim->random);

    snprintf(uid, CH_SIM_UID_SIZE,
             "%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64, high >> 32,
             high >> 16 & 0xffff, high & 0xfff, (low >> 48 & 0x3fff) | 0x8000,
             low & 0xffffffffffff);
}

void
ch_sim_timestamp(const struct chandra_sim *sim, char text[CH_SIM_TIME_SIZE])
{
    const time_t now = (time_t)(sim->wall_time + sim->now_ms / 1000);
    struct tm parts;

    if (!gmtime_r(&now, &parts) ||
        strftime(text, CH_SIM_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        snprintf(text, CH_SIM_TIME_SIZE, "1970-01-01T00:00:00Z");
}

/* The log of writes. */

size_t
chandra_sim_write_count(const struct chandra_sim *sim)
{
    size_t count;

    pthread_mutex_lock(&sim->lock->mutex);
    count = sim->writes.count;
    pthread_mutex_unlock(&sim->lock->mutex);
    return count;
}

bool
chandra_sim_write_at(const struct chandra_sim *sim, size_t index,
                     struct chandra_sim_write *out_write)
{
    bool is_there;

    pthread_mutex_lock(&sim->lock->mutex);
    is_there = index < sim->writes.count;
    if (is_there)
        *out_write = sim->writes.items[index];
    pthread_mutex_unlock(&sim->lock->mutex);
    return is_there;
}
