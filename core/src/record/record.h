/* record.h - what the files of this layer share: steps as they are read, what the server holds, the
 * world a case is replayed in, and how answers are compared and written. */
#ifndef CH_RECORD_RECORD_H
#define CH_RECORD_RECORD_H

#include "base/buf.h"
#include "base/map.h"

#include <chandra/cycle.h>
#include <chandra/doc.h>
#include <chandra/record.h>
#include <chandra/sys/observer.h>
#include <chandra/sys/stage.h>

/* gzip.c */

/* Append the unpacked text, of one or more members, to `out`. On a truncated or corrupt stream what
 * was unpacked before stays in `out`. Errors: EPARSE, ELIMIT, ENOMEM. */
enum chandra_status ch_gunzip(const char *data, size_t len, const char *name, struct ch_buf *out,
                              struct chandra_error *err);

/* Packs a gzip stream piece by piece. */
struct ch_gzip;

struct ch_gzip *ch_gzip_new(void); /* NULL when out of memory */
/* Append to `out` all that is needed to unpack the text so far; the last piece ends the stream. */
void ch_gzip_put(struct ch_gzip *gzip, const char *text, size_t len, bool is_last,
                 struct ch_buf *out);
void ch_gzip_free(struct ch_gzip *gzip);

/* format.c: what a file's name says about its format. */

struct ch_record_format {
    bool is_gzip;
    bool is_yaml;
};

struct ch_record_format ch_record_format(const char *name);

/* reader.c: a file's steps, one after the other. */

struct ch_record_reader {
    const char *name;
    bool is_yaml;
    const char *text; /* JSON Lines: all of it */
    size_t len;
    size_t at; /* JSON Lines: of the next line; YAML: the next document */
    unsigned line;
    struct chandra_doc *doc; /* of the present step, or of the whole YAML stream */
    struct ch_buf unpacked;
    struct chandra_error broken; /* what to say at the end of the text; OK: it is all there */
};

/* Text and name must outlive the reader. Errors: EPARSE, ELIMIT, ENOMEM; then there is nothing to
 * clear. */
enum chandra_status ch_record_reader_open(struct ch_record_reader *reader, const char *text,
                                          size_t len, const char *name, struct chandra_error *err);
/* *out_step is valid until the next call; NULL at the end. Lines are those of the file. */
enum chandra_status ch_record_reader_next(struct ch_record_reader *reader,
                                          const struct chandra_value **out_step,
                                          struct chandra_error *err);
void ch_record_reader_clear(struct ch_record_reader *reader);

/* step.c: steps, checked. Everything is borrowed from the value. */

enum ch_step_kind {
    CH_STEP_HEADER,
    CH_STEP_APPLY,
    CH_STEP_DELETE,
    CH_STEP_SYNC,
    CH_STEP_CALL,
    CH_STEP_WANT,
};

struct ch_step_header {
    const char *name;
    uint64_t seed;
    bool is_disabled;
};

/* An apply's object, or what to delete. */
struct ch_step_target {
    const struct chandra_value *object; /* NULL for a deletion */
    const char *kind;
    const char *name_space; /* "" for none */
    const char *name;
    bool lag;
};

struct ch_step_call {
    enum chandra_point point;
    const char *pod;                   /* NAMESPACE/NAME */
    const struct chandra_value *nodes; /* an array; NULL: none, or all */
    bool has_all_nodes;
    const char *node;
    enum chandra_kind event_kind;
    const struct chandra_value *old_object;
    const struct chandra_value *new_object;
    const struct chandra_value *want; /* or NULL */
};

struct ch_step {
    enum ch_step_kind kind;
    const struct chandra_value *value;
    struct ch_step_header header;
    struct ch_step_target target;
    struct ch_step_call call;
    const struct chandra_value *want_objects; /* an array */
};

/* Errors: EINVAL, EUNSUPPORTED, naming file, line and key. */
enum chandra_status ch_step_parse(const struct chandra_value *value, struct ch_step *out_step,
                                  struct chandra_error *err);

/* want.c: the answer that a call should give, checked. */
enum chandra_status ch_want_check(const struct chandra_value *want, enum chandra_point point,
                                  struct chandra_error *err);
/* The same for a list of ResourceClaims and PodSchedulingContexts. */
enum chandra_status ch_want_check_objects(const struct chandra_value *list,
                                          struct chandra_error *err);

/* keys.c: strict reading. */

/* Fail for a value that is no object, or has a key other than those of `known`, which NULL ends. */
enum chandra_status ch_keys_check(const struct chandra_value *object, const char *const *known,
                                  struct chandra_error *err);
/* A required, non-empty string member. */
enum chandra_status ch_keys_string(const struct chandra_value *object, const char *key,
                                   const char **out, struct chandra_error *err);
/* Kind, namespace and name of an object. */
enum chandra_status ch_keys_identity(const struct chandra_value *object,
                                     struct ch_step_target *out_target, struct chandra_error *err);
/* Fill in the namespace that a namespaced object without one is in. */
void ch_target_default(struct ch_step_target *target);

/* compare.c */

/* "KIND NAMESPACE/NAME", by which objects are told apart; NULL when out of memory. */
const char *ch_object_key(struct ch_buf *buf, const char *kind, const char *name_space,
                          const char *name);
const char *ch_object_key_of(struct ch_buf *buf, const struct chandra_value *object);
/* A copy of an object in the form in which objects are compared; NULL when out of memory. */
struct chandra_value *ch_normalize(struct chandra_doc *doc, const struct chandra_value *object);
/* Drop metadata.uid of a normalized object. */
void ch_drop_uid(struct chandra_value *object);
/* Text of metadata.KEY, "" when missing. */
const char *ch_metadata_text(const struct chandra_value *object, const char *key);
/* A copy of a call's want or got with its objects normalized and its sets sorted; NULL when out of
 * memory. */
struct chandra_value *ch_normalize_answer(struct chandra_doc *doc,
                                          const struct chandra_value *answer);
/* Whether two normalized answers are equal; reasons count only when `want` has some and `strict`.
 */
bool ch_answers_equal(const struct chandra_value *want, const struct chandra_value *got,
                      bool strict);

/* holdings.c: the ResourceClaims and PodSchedulingContexts that the server holds. */

struct ch_held {
    char *uid;
    char *version;
    bool is_created; /* by a call: its uid is not compared */
    bool is_seen;
    struct chandra_doc *doc;
    const struct chandra_value *object; /* normalized, without the uid if it is_created */
};

/* Zero-initialized is empty and ready. */
struct ch_holdings {
    struct ch_map objects; /* by key */
};

/* Where a call's changes are put: arrays of the document. */
struct ch_changes {
    struct chandra_doc *doc;
    struct chandra_value *changed;
    struct chandra_value *deleted;
};
/* Look what has become of all objects, or of one, since the last look. Without `changes` it was not
 * a call that changed them. */
enum chandra_status ch_holdings_look(struct ch_holdings *holdings, struct chandra_stage *stage,
                                     const struct ch_changes *changes, struct chandra_error *err);
enum chandra_status ch_holdings_look_at(struct ch_holdings *holdings, struct chandra_stage *stage,
                                        const struct ch_step_target *target,
                                        const struct ch_changes *changes,
                                        struct chandra_error *err);
const struct ch_held *ch_holdings_get(const struct ch_holdings *holdings, const char *key);
/* All of it as an array, in no order; NULL when out of memory. */
struct chandra_value *ch_holdings_list(const struct ch_holdings *holdings, struct chandra_doc *doc);
void ch_holdings_clear(struct ch_holdings *holdings);

/* world.c: the world of one case. */

struct ch_world {
    const struct chandra_replay_options *options;
    struct chandra_replay_world made;
    bool is_open;
    struct chandra_engine *engine;
    struct chandra_observer observer;
    struct ch_map pods; /* NAMESPACE/NAME to struct ch_world_pod */
    struct ch_holdings holdings;
    struct ch_world_write *writes; /* of the present call */
    bool has_lost_writes;          /* for want of memory */
    struct chandra_doc *nodes;     /* their names, an array; NULL: not known */
};

struct ch_world_write {
    struct ch_step_target target; /* its texts are in `texts` */
    struct ch_world_write *next;
    char texts[];
};

struct ch_world_pod {
    struct chandra_object *object; /* as last seen, or NULL */
    bool is_stale;                 /* a step has changed it since */
    struct chandra_cycle *cycle;   /* or NULL */
};

enum chandra_status ch_world_open(struct ch_world *world,
                                  const struct chandra_replay_options *options,
                                  const struct ch_step_header *header, struct chandra_error *err);
void ch_world_close(struct ch_world *world);
enum chandra_status ch_world_change(struct ch_world *world, const struct ch_step_target *target,
                                    struct chandra_error *err);
enum chandra_status ch_world_deliver(struct ch_world *world, struct chandra_error *err);
/* Put down what the present call's writes changed. */
enum chandra_status ch_world_take_writes(struct ch_world *world, const struct ch_changes *changes,
                                         struct chandra_error *err);
/* The pod that a call is about. Errors: ENOTFOUND, ENOMEM. */
enum chandra_status ch_world_pod(struct ch_world *world, const char *key,
                                 struct ch_world_pod **out_pod, struct chandra_error *err);
/* Names of all nodes of the server, an array; valid until the next step. */
enum chandra_status ch_world_nodes(struct ch_world *world, const struct chandra_value **out_names,
                                   struct chandra_error *err);

/* call.c: carry out a call; *out_got is what it answered and changed, built in `doc`. */
enum chandra_status ch_call(struct ch_world *world, const struct ch_step_call *call,
                            struct chandra_doc *doc, struct chandra_value **out_got,
                            struct chandra_error *err);

/* output.c: a file that steps are written to. */

struct ch_output;

enum chandra_status ch_output_open(const char *path, struct ch_output **out_output,
                                   struct chandra_error *err);
enum chandra_status ch_output_put(struct ch_output *output, const struct chandra_value *step,
                                  struct chandra_error *err);
/* Finish the file; frees the output also on failure. NULL is fine. */
enum chandra_status ch_output_close(struct ch_output *output, struct chandra_error *err);

/* Everything of this layer reports running out of memory in one voice. */
enum chandra_status ch_record_no_memory(struct chandra_error *err);

#endif
