/* record.h - decision records (format 1): write what an engine did, replay it, compare.
 *
 * A record is a stream of steps as JSON Lines (also gzipped) or as YAML documents; a file may hold
 * many cases, each with its header.
 */
#ifndef CHANDRA_RECORD_H
#define CHANDRA_RECORD_H

#include <chandra/engine.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct chandra_stage; /* sys/stage.h */
struct chandra_observer;
struct chandra_call; /* sys/observer.h */

/* Writing. */

struct chandra_recorder;

struct chandra_recorder_options {
    size_t size;        /* sizeof(struct chandra_recorder_options) */
    const char *name;   /* of the case; default "recorded" */
    const char *policy; /* noted in the header; default none */
    uint64_t seed;      /* noted in the header; 0 leaves it out */
    bool is_disabled;   /* noted as features {DynamicResourceAllocation: false} */
};

/** Open a record for writing and write its header. A name that ends in ".gz" is compressed; ".yaml"
 * and ".yml" give YAML, anything else JSON Lines. The file is complete after each call's step.
 * Ownership: caller closes. Errors: EIO, ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_recorder_open(const char *path, const struct chandra_recorder_options *options,
                      struct chandra_recorder **out_recorder, struct chandra_error *err);

/** What to put into chandra_engine_options.observer; valid until the recorder is closed. */
CHANDRA_API const struct chandra_observer *
chandra_recorder_observer(struct chandra_recorder *recorder);

/** Finish the file and free the recorder; NULL is fine. Says if anything was lost on the way. */
CHANDRA_API enum chandra_status chandra_recorder_close(struct chandra_recorder *recorder,
                                                       struct chandra_error *err);

/* Replaying. */

/** Makes the world one case is replayed in. */
struct chandra_replay_world {
    struct chandra_transport *transport;
    struct chandra_stage *stage;
    struct chandra_policy *policy; /* may be NULL */
    void *user;                    /* open_world's own, for close_world */
};

/** One step that did not answer as wanted. Borrowed for the callback. */
struct chandra_replay_failure {
    const char *file;
    unsigned line; /* of the step in its file */
    const char *case_name;
    const char *step; /* such as "Filter team-a/pod-1" */
    const char *want; /* what the record says, compact JSON */
    const char *got;
};

struct chandra_replay_options {
    size_t size; /* sizeof(struct chandra_replay_options) */
    bool strict_reasons;
    void *user;
    /** A fresh, empty world for a case; closed again by `close_world`. */
    enum chandra_status (*open_world)(void *user, uint64_t seed,
                                      struct chandra_replay_world *out_world,
                                      struct chandra_error *err);
    void (*close_world)(void *user, struct chandra_replay_world *world);
    /** Called for each failing step; may be NULL. */
    void (*on_failure)(void *user, const struct chandra_replay_failure *failure);
    struct chandra_logger logger;
    /** Called for each case before its world is opened; false leaves it out, uncounted. May be
     * NULL.
     */
    bool (*wants_case)(void *user, const char *case_name, unsigned line);
    /** Called when a case that was wanted has ended. May be NULL. */
    void (*on_case)(void *user, bool has_failed);
    /** Called for each call that the case's engine has answered, as an observer's `call`
     * (sys/observer.h). May be NULL. */
    void (*on_call)(void *user, const struct chandra_call *call);
};

struct chandra_replay_result {
    size_t passed; /* cases */
    size_t failed;
    size_t steps;
};

/** Replay every case of a file, adding to *result. A malformed record (a syntax error, an unknown
 * key, a step out of place, a truncated gzip stream) is an error naming file, line and key; what
 * was replayed before it stays counted. Errors: EIO, EPARSE, EINVAL, EUNSUPPORTED (another record
 * number or api), ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_replay_file(const char *path, const struct chandra_replay_options *options,
                    struct chandra_replay_result *result, struct chandra_error *err);

/** chandra_replay_file() for text in memory; `name` stands for the file and its format. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_replay_text(const char *text, size_t len, const char *name,
                    const struct chandra_replay_options *options,
                    struct chandra_replay_result *result, struct chandra_error *err);

#ifdef __cplusplus
}
#endif
#endif
