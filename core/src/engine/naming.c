/* naming.c - how template claims are named: by the pod's status or, on servers before 1.28,
 * POD-ENTRY (spec 3.1).
 *
 * The server's version is asked for once. The probe outlives its engine when the engine is freed
 * while an answer is still to come.
 */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 2000

struct ch_naming_probe {
    struct chandra_transport *transport;
    pthread_mutex_t lock;
    struct chandra_engine *engine; /* NULL once it is gone */
    bool is_asking;                /* the answer is still to come */
    struct chandra_error error;    /* why the last asking failed */
};

static void ask(void *user);

static void
free_probe(struct ch_naming_probe *probe)
{
    pthread_mutex_destroy(&probe->lock);
    ch_free(probe);
}

/* A server that tells no version is a stand-in for a present one. */
static enum ch_naming
naming_of_version(const char *major, const char *minor)
{
    if (major[0] == '\0' || strcmp(major, "1") > 0)
        return CH_NAMING_BY_STATUS;
    if (strcmp(major, "1") == 0 && strcmp(minor, "28") >= 0)
        return CH_NAMING_BY_STATUS;
    return CH_NAMING_DETERMINISTIC;
}

static enum chandra_status
read_version(const struct chandra_response *response, enum ch_naming *out_naming,
             struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    const char *major, *minor;
    enum chandra_status st = ch_api_classify(response, err);

    if (st == CHANDRA_ENOTFOUND) {
        *out_naming = CH_NAMING_BY_STATUS;
        return CHANDRA_OK;
    }
    if (st == CHANDRA_OK)
        st =
            chandra_doc_parse_json(response->body, response->body_len, "/version", NULL, &doc, err);
    if (st != CHANDRA_OK)
        return st;
    major = chandra_value_string(chandra_value_get(chandra_doc_root(doc, 0), "major"));
    minor = chandra_value_string(chandra_value_get(chandra_doc_root(doc, 0), "minor"));
    *out_naming = naming_of_version(major ? major : "", minor ? minor : "");
    chandra_doc_free(doc);
    return CHANDRA_OK;
}

/* Take in the outcome of asking; whether to ask again. The lock is held. */
static bool
take_in(struct ch_naming_probe *probe, enum chandra_status st, enum ch_naming naming,
        const struct chandra_error *err)
{
    if (!probe->engine)
        return false;
    if (st == CHANDRA_OK)
        atomic_store(&probe->engine->naming, naming);
    else
        probe->error = *err;
    return st != CHANDRA_OK;
}

/* The asking is over: plan another if need be, or tidy up if the engine has gone meanwhile. The
 * lock is held while the timer is set, lest it run out before it may ask. */
static void
finish(struct ch_naming_probe *probe, enum chandra_status st, enum ch_naming naming,
       const struct chandra_error *err)
{
    bool is_orphan;

    pthread_mutex_lock(&probe->lock);
    if (take_in(probe, st, naming, err)) {
        st = probe->transport->ops->after(probe->transport, RETRY_MS, ask, probe, NULL);
        if (st != CHANDRA_OK)
            chandra_error_set(&probe->error, st, "%s", chandra_status_text(st));
    }
    probe->is_asking = false;
    is_orphan = !probe->engine;
    pthread_mutex_unlock(&probe->lock);
    if (is_orphan)
        free_probe(probe);
}

static void
take_answer(void *user, const struct chandra_response *response)
{
    struct chandra_error err;
    enum ch_naming naming = CH_NAMING_UNKNOWN;
    const enum chandra_status st = read_version(response, &naming, &err);

    finish(user, st, naming, &err);
}

static void
ask(void *user)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = "/version"};
    struct ch_naming_probe *probe = user;
    struct chandra_error err;
    enum chandra_status st;
    bool is_needed;

    pthread_mutex_lock(&probe->lock);
    /* Without an engine ch_naming_stop() is waiting for this timer. */
    is_needed = probe->engine && !probe->is_asking;
    if (is_needed)
        probe->is_asking = true;
    pthread_mutex_unlock(&probe->lock);
    if (!is_needed)
        return;
    st = probe->transport->ops->submit(probe->transport, &request, take_answer, probe, &err);
    if (st != CHANDRA_OK)
        finish(probe, st, CH_NAMING_UNKNOWN, &err);
}

enum chandra_status
ch_naming_start(struct chandra_engine *engine, struct chandra_error *err)
{
    const char *forced = getenv("DRA_WITH_DETERMINISTIC_RESOURCE_CLAIM_NAMES");
    const enum chandra_claim_naming wanted = engine->options.claim_naming;
    struct ch_naming_probe *probe;

    if (wanted == CHANDRA_NAMING_STATUS)
        atomic_store(&engine->naming, CH_NAMING_BY_STATUS);
    else if (wanted == CHANDRA_NAMING_DETERMINISTIC || !ch_is_empty(forced))
        atomic_store(&engine->naming, CH_NAMING_DETERMINISTIC);
    if (atomic_load(&engine->naming) != CH_NAMING_UNKNOWN)
        return CHANDRA_OK;
    if (!engine->probe) {
        probe = ch_calloc(1, sizeof(*probe));
        if (!probe)
            return chandra_error_set(err, CHANDRA_ENOMEM, "engine: out of memory");
        pthread_mutex_init(&probe->lock, NULL);
        probe->transport = engine->transport;
        probe->engine = engine;
        engine->probe = probe;
    }
    engine->transport->ops->forget(engine->transport, engine->probe);
    ask(engine->probe);
    return CHANDRA_OK;
}

void
ch_naming_stop(struct chandra_engine *engine)
{
    struct ch_naming_probe *probe = engine->probe;
    bool is_asking;

    if (!probe)
        return;
    engine->probe = NULL;
    probe->transport->ops->forget(probe->transport, probe);
    pthread_mutex_lock(&probe->lock);
    probe->engine = NULL;
    is_asking = probe->is_asking;
    pthread_mutex_unlock(&probe->lock);
    if (!is_asking) {
        probe->transport->ops->forget(probe->transport, probe);
        free_probe(probe);
    }
}

void
ch_naming_error(const struct chandra_engine *engine, char *text, size_t size)
{
    struct ch_naming_probe *probe = engine->probe;

    snprintf(text, size, "%s", "");
    if (!probe || atomic_load(&engine->naming) != CH_NAMING_UNKNOWN)
        return;
    pthread_mutex_lock(&probe->lock);
    snprintf(text, size, "API server's version: %s",
             probe->error.message[0] ? probe->error.message : "waiting for the answer");
    pthread_mutex_unlock(&probe->lock);
}
