/* election.c - client-go's leader election: whoever holds the Lease and renews it in time leads.
 *
 * The clocks of replicas need not agree: a holder is taken for dead when its Lease has not changed
 * for its duration on the observer's own clock.
 */
#include "schedule/election.h"

#include "schedule/klog.h"
#include "values.h"

#include <chandra/client.h>
#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/transport.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PATH_SIZE = 768, TIME_SIZE = 40, HOLDER_SIZE = 300 };

struct election {
    struct election_options options;
    char path[PATH_SIZE];         /* of the Lease */
    char collection[PATH_SIZE];   /* of all in its namespace */
    struct chandra_doc *observed; /* the Lease as last seen, or NULL */
    int64_t observed_ms;          /* since when it is as it is */
    char holder[HOLDER_SIZE];     /* last logged */

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t has_ended;
    bool is_leading;
    bool was_leading;
    bool is_ending;
    int64_t renewed_ms;
    bool has_thread;
    pthread_t thread;
    struct bell *bell;
};

static int64_t
now_ms(const struct election *election)
{
    return election->options.transport->ops->now_ms(election->options.transport);
}

enum chandra_status
election_new(const struct election_options *options, struct election **out_election,
             struct chandra_error *err)
{
    struct election *election = chandra_realloc(NULL, sizeof(*election));
    pthread_condattr_t attributes;

    if (!election)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(election, 0, sizeof(*election));
    election->options = *options;
    snprintf(election->collection, PATH_SIZE, "/apis/coordination.k8s.io/v1/namespaces/%s/leases",
             options->name_space);
    snprintf(election->path, PATH_SIZE, "/apis/coordination.k8s.io/v1/namespaces/%s/leases/%s",
             options->name_space, options->name);
    pthread_mutex_init(&election->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&election->has_ended, &attributes);
    pthread_condattr_destroy(&attributes);
    *out_election = election;
    return CHANDRA_OK;
}

void
election_free(struct election *election)
{
    if (!election)
        return;
    chandra_doc_free(election->observed);
    pthread_cond_destroy(&election->has_ended);
    pthread_mutex_destroy(&election->mutex);
    chandra_free(election);
}

/* The Lease. */

static const struct chandra_value *
spec_of(const struct chandra_doc *doc)
{
    return doc ? chandra_value_get(chandra_doc_root(doc, 0), "spec") : NULL;
}

static const char *
holder_of(const struct chandra_doc *doc)
{
    const char *holder = chandra_value_string(chandra_value_get(spec_of(doc), "holderIdentity"));

    return holder ? holder : "";
}

static bool
is_mine(const struct election *election)
{
    return strcmp(holder_of(election->observed), election->options.identity) == 0;
}

/* Takes the document. Only a change says that its holder lives. */
static void
observe(struct election *election, struct chandra_doc *doc)
{
    if (!election->observed || !chandra_value_equal(spec_of(election->observed), spec_of(doc)))
        election->observed_ms = now_ms(election);
    chandra_doc_free(election->observed);
    election->observed = doc;
}

static bool
is_held_by_another(const struct election *election)
{
    const char *holder = holder_of(election->observed);
    int64_t seconds = 0;

    chandra_value_int64(chandra_value_get(spec_of(election->observed), "leaseDurationSeconds"),
                        &seconds);
    return *holder && !is_mine(election) &&
           now_ms(election) < election->observed_ms + seconds * 1000;
}

static const char *
micro_time(const struct election *election, char text[TIME_SIZE])
{
    struct chandra_transport *transport = election->options.transport;
    const time_t seconds = (time_t)transport->ops->wall_time(transport);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(text, TIME_SIZE, "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
    return text;
}

static int64_t
transitions_of(const struct election *election)
{
    int64_t transitions = 0;

    if (!election->observed)
        return 0;
    chandra_value_int64(chandra_value_get(spec_of(election->observed), "leaseTransitions"),
                        &transitions);
    return is_mine(election) ? transitions : transitions + 1;
}

/* Make the Lease ours, or, with `is_release`, nobody's. */
static bool
fill_spec(const struct election *election, struct chandra_doc *doc, struct chandra_value *spec,
          bool is_release)
{
    const int64_t seconds = (election->options.lease_duration_ms + 999) / 1000;
    char now[TIME_SIZE];

    micro_time(election, now);
    if (!is_mine(election) &&
        !values_set_texts(doc, spec, (const char *[]){"acquireTime", now, NULL}))
        return false;
    return values_set_texts(doc, spec,
                            (const char *[]){"holderIdentity",
                                             is_release ? "" : election->options.identity,
                                             "renewTime", now, NULL}) &&
           chandra_value_set(spec, "leaseDurationSeconds",
                             chandra_value_new_int64(doc, is_release ? 1 : seconds)) &&
           chandra_value_set(spec, "leaseTransitions",
                             chandra_value_new_int64(doc, transitions_of(election)));
}

static struct chandra_value *
new_lease(const struct election *election, struct chandra_doc *doc)
{
    struct chandra_value *root = chandra_value_new_object(doc);

    if (values_set_texts(
            doc, root,
            (const char *[]){"apiVersion", "coordination.k8s.io/v1", "kind", "Lease", NULL}) &&
        values_set_texts(doc, values_add_object(doc, root, "metadata"),
                         (const char *[]){"name", election->options.name, "namespace",
                                          election->options.name_space, NULL}))
        return root;
    return NULL;
}

/* Store the Lease: POST a new one, or PUT the one observed, of that very version. */
static enum chandra_status
write_lease(struct election *election, bool is_release, struct chandra_error *err)
{
    struct chandra_request request = {.method = election->observed ? CHANDRA_PUT : CHANDRA_POST};
    struct chandra_value *root;
    struct chandra_value *spec = NULL;
    struct chandra_doc *doc;
    struct chandra_doc *answer;
    char *body = NULL;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    root = election->observed ? chandra_value_copy(doc, chandra_doc_root(election->observed, 0))
                              : new_lease(election, doc);
    if (root)
        spec = chandra_value_get_mutable(root, "spec");
    if (!spec)
        spec = values_add_object(doc, root, "spec");
    if (spec && fill_spec(election, doc, spec, is_release))
        st = chandra_value_print(root, CHANDRA_PRINT_COMPACT, &body, &request.body_len, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    chandra_doc_free(doc);
    if (st != CHANDRA_OK)
        return st;
    request.path = election->observed ? election->path : election->collection;
    request.body = body;
    st = chandra_client_request(election->options.transport, &request, &answer, err);
    chandra_free(body);
    if (st == CHANDRA_OK)
        observe(election, answer);
    return st;
}

static enum chandra_status
read_lease(struct election *election, struct chandra_error *err)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = election->path};
    struct chandra_doc *doc;
    enum chandra_status st =
        chandra_client_request(election->options.transport, &request, &doc, err);

    if (st == CHANDRA_OK) {
        observe(election, doc);
    } else if (st == CHANDRA_ENOTFOUND) {
        chandra_doc_free(election->observed);
        election->observed = NULL;
        st = CHANDRA_OK;
    }
    return st;
}

/* CONFLICT: another holds it, or was faster. */
static enum chandra_status
try_lease(struct election *election, struct chandra_error *err)
{
    enum chandra_status st;

    /* A leader knows the Lease: only if it has changed it must be read. */
    if (election->observed && is_mine(election) && write_lease(election, false, err) == CHANDRA_OK)
        return CHANDRA_OK;
    st = read_lease(election, err);
    if (st != CHANDRA_OK)
        return st;
    if (is_held_by_another(election))
        return chandra_error_set(err, CHANDRA_ECONFLICT, "%s leads", holder_of(election->observed));
    return write_lease(election, false, err);
}

/* States. */

static void
log_holder(struct election *election)
{
    const char *holder = holder_of(election->observed);

    if (!*holder || strcmp(election->holder, holder) == 0)
        return;
    snprintf(election->holder, HOLDER_SIZE, "%s", holder);
    LOG_INFO(election->options.log, 0, "Leader is", "identity", holder);
}

void
election_step(struct election *election)
{
    const int64_t start_ms = now_ms(election);
    struct chandra_error err;
    const enum chandra_status st = try_lease(election, &err);
    bool has_changed = false;

    if (st == CHANDRA_OK || st == CHANDRA_ECONFLICT)
        log_holder(election);
    else
        LOG_WARNING(election->options.log, "Cannot take or renew the Lease", "lease",
                    election->options.name, "err", err.message);
    pthread_mutex_lock(&election->mutex);
    if (st == CHANDRA_OK && (election->is_leading || !election->was_leading)) {
        has_changed = !election->is_leading;
        election->is_leading = true;
        election->was_leading = true;
        election->renewed_ms = start_ms;
    }
    pthread_mutex_unlock(&election->mutex);
    if (has_changed && election->bell)
        bell_ring(election->bell);
}

enum election_state
election_state(struct election *election)
{
    enum election_state state = ELECTION_FOLLOWING;

    pthread_mutex_lock(&election->mutex);
    if (election->is_leading &&
        now_ms(election) > election->renewed_ms + election->options.renew_deadline_ms)
        election->is_leading = false;
    if (election->was_leading)
        state = election->is_leading ? ELECTION_LEADING : ELECTION_LOST;
    pthread_mutex_unlock(&election->mutex);
    return state;
}

/* The thread. */

/* Sleep for a retry period.
 False at the end. */
static bool
sleep_well(struct election *election)
{
    const int64_t period_ms = election->options.retry_period_ms;
    struct timespec until;
    bool goes_on;
    int error = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(period_ms / 1000);
    until.tv_nsec += (long)(period_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&election->mutex);
    while (!election->is_ending && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&election->has_ended, &election->mutex, &until);
    goes_on = !election->is_ending;
    pthread_mutex_unlock(&election->mutex);
    return goes_on;
}

static void *
run(void *user)
{
    struct election *election = user;

    do
        election_step(election);
    while (sleep_well(election) && election_state(election) != ELECTION_LOST);
    if (election->bell)
        bell_ring(election->bell);
    return NULL;
}

enum chandra_status
election_start(struct election *election, struct bell *bell, struct chandra_error *err)
{
    int error;

    election->bell = bell;
    error = pthread_create(&election->thread, NULL, run, election);
    if (error)
        return chandra_error_set(err, CHANDRA_EIO, "cannot start a thread: %s", strerror(error));
    election->has_thread = true;
    return CHANDRA_OK;
}

void
election_stop(struct election *election)
{
    struct chandra_error err;

    if (election->has_thread) {
        pthread_mutex_lock(&election->mutex);
        election->is_ending = true;
        pthread_cond_signal(&election->has_ended);
        pthread_mutex_unlock(&election->mutex);
        pthread_join(election->thread, NULL);
        election->has_thread = false;
    }
    if (election_state(election) != ELECTION_LEADING)
        return;
    if (write_lease(election, true, &err) != CHANDRA_OK)
        LOG_WARNING(election->options.log, "Cannot give the Lease back", "err", err.message);
    pthread_mutex_lock(&election->mutex);
    election->is_leading = false;
    pthread_mutex_unlock(&election->mutex);
}
