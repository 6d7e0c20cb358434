/* faults.c - what goes wrong on request. */
#include "base/alloc.h"
#include "base/text.h"
#include "sim/sim.h"
#include "sim/write.h"

#include <string.h>

struct ch_sim_fault {
    struct ch_sim_fault *next;
    char *method; /* NULL: any, like the path */
    char *path;
    char *reason;
    char *message;
    struct chandra_sim_fault what; /* its texts are those above */
    uint64_t seen;                 /* matching requests so far */
};

static void
free_fault(struct ch_sim_fault *fault)
{
    ch_free(fault->method);
    ch_free(fault->path);
    ch_free(fault->reason);
    ch_free(fault->message);
    ch_free(fault);
}

/* False when out of memory. */
static bool
copy_text(char **out, const char *text)
{
    *out = ch_strdup(text);
    return *out || !text;
}

enum chandra_status
chandra_sim_add_fault(struct chandra_sim *sim, const struct chandra_sim_fault *what,
                      struct chandra_error *err)
{
    struct ch_sim_fault *fault = ch_calloc(1, sizeof(*fault));
    struct ch_sim_fault **link;

    if (!fault)
        return ch_sim_no_memory(err);
    memcpy(&fault->what, what, what->size < sizeof(*what) ? what->size : sizeof(*what));
    if (!copy_text(&fault->method, fault->what.method) ||
        !copy_text(&fault->path, fault->what.path) ||
        !copy_text(&fault->reason, fault->what.reason) ||
        !copy_text(&fault->message, fault->what.message)) {
        free_fault(fault);
        return ch_sim_no_memory(err);
    }
    ch_sim_lock(sim);
    for (link = &sim->faults; *link; link = &(*link)->next)
        ;
    *link = fault;
    ch_sim_unlock(sim);
    return CHANDRA_OK;
}

void
ch_sim_faults_free(struct chandra_sim *sim)
{
    while (sim->faults) {
        struct ch_sim_fault *fault = sim->faults;

        sim->faults = fault->next;
        free_fault(fault);
    }
}

void
chandra_sim_clear_faults(struct chandra_sim *sim)
{
    ch_sim_lock(sim);
    ch_sim_faults_free(sim);
    ch_sim_unlock(sim);
}

/* Whether the fault hits a request; counts it. */
static bool
hits(struct ch_sim_fault *fault, const char *method, const char *path)
{
    const struct chandra_sim_fault *what = &fault->what;

    if (fault->method && !ch_streq(fault->method, method))
        return false;
    if (fault->path && !strstr(path, fault->path))
        return false;
    fault->seen++;
    return fault->seen > what->skip &&
           (what->count == 0 || fault->seen <= (uint64_t)what->skip + what->count);
}

void
ch_sim_fault_find(struct chandra_sim *sim, const char *method, const char *path,
                  struct ch_sim_mishap *out_mishap)
{
    *out_mishap = (struct ch_sim_mishap){.retry_after_s = -1};
    for (struct ch_sim_fault *fault = sim->faults; fault; fault = fault->next) {
        if (!hits(fault, method, path))
            continue;
        *out_mishap = (struct ch_sim_mishap){
            .is_hit = true,
            .drop = fault->what.drop,
            .after_effect = fault->what.after_effect,
            .http_status = fault->what.http_status,
            .delay_ms = fault->what.delay_ms,
            .retry_after_s = fault->what.retry_after_s,
            .reason = fault->reason,
            .message = fault->message,
        };
        return;
    }
}

void
ch_sim_fault_answer(const struct ch_sim_mishap *mishap, struct ch_sim_answer *answer)
{
    const char *reason = mishap->reason;

    ch_buf_reset(&answer->body);
    answer->retry_after_ms = mishap->retry_after_s >= 0 ? mishap->retry_after_s * 1000 : -1;
    if (mishap->drop) {
        answer->http_status = 0;
        ch_buf_puts(&answer->body, mishap->message ? mishap->message : "the connection was lost");
        return;
    }
    if (!reason)
        reason = ch_sim_http_reason(mishap->http_status, CHANDRA_EAPI);
    answer->http_status = mishap->http_status;
    ch_sim_put_status(&answer->body, mishap->http_status, reason,
                      mishap->message ? mishap->message : "a fault on request", NULL, NULL);
}
