/* shim.h - what Go calls: each question of a host in one crossing, sets as words, names as bytes.
 *
 * Nothing here calls into Go. Text comes as a pointer and a length, since making a C string costs
 * two more crossings. What the library tells by itself, logs and events, waits in queues; a pipe is
 * rung when a queue is no longer empty, and Go fetches the rest.
 */
#ifndef CH_GO_SHIM_H
#define CH_GO_SHIM_H

#include <chandra/client.h>
#include <chandra/config.h>
#include <chandra/cycle.h>
#include <chandra/kube.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <chandra/sys/base.h>
#include <chandra/version.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A hash of the headers and archives that this was built from, so that Go builds anew when they
 * change; see stamp.sh. */
const char *ch_go_stamp(void);

/* Text of Go's, borrowed for the call. */
struct ch_go_text {
    const char *data;
    size_t len;
};

/* Copy a name of Kubernetes'; what cannot be one becomes "". */
#define CH_GO_NAME_SIZE 254
const char *ch_go_name(struct ch_go_text text, char name[CH_GO_NAME_SIZE]);
struct ch_go_text ch_go_text(const char *text);
/* Fill an answer with ERROR and a failed call's message. */
void ch_go_answer_error(const struct chandra_error *err, struct chandra_answer *out_answer);

/* An object's names, borrowed from it. */
struct ch_go_meta {
    struct ch_go_text name_space;
    struct ch_go_text name;
    struct ch_go_text uid;
    struct ch_go_text resource_version;
    enum chandra_kind kind;
};

/* Which nodes a cycle's sets are over. */
struct ch_go_nodes {
    uint32_t capacity;
    uint64_t version;
};

struct ch_go_removal {
    size_t claim;
    struct ch_go_text policy;
    struct ch_go_text rule;
};

struct ch_go_note {
    size_t claim; /* SIZE_MAX: none */
    struct ch_go_text policy;
    struct ch_go_text hook;
    struct ch_go_text text;
};

/* shim_objects.c */

/* Decode an object of `kind` from JSON; one that does not name its kind is taken for it. Errors:
 * EPARSE, and those of chandra_object_decode(). */
enum chandra_status ch_go_decode(enum chandra_kind kind, const char *json, size_t len,
                                 struct chandra_object **out_object, struct chandra_error *err);
void ch_go_meta(const struct chandra_object *object, struct ch_go_meta *out_meta);
struct chandra_object *ch_go_get(struct chandra_engine *engine, enum chandra_kind kind,
                                 struct ch_go_text name_space, struct ch_go_text name);
void ch_go_pre_enqueue(struct chandra_engine *engine, const struct chandra_object *pod,
                       struct chandra_answer *out_answer);
void ch_go_hint(struct chandra_engine *engine, const struct chandra_object *pod,
                enum chandra_kind kind, const struct chandra_object *old_object,
                const struct chandra_object *new_object, struct chandra_answer *out_answer);
/* ch_go_hint() for objects in JSON, of `kind`; a NULL pointer is none. */
void ch_go_hint_json(struct chandra_engine *engine, const struct chandra_object *pod,
                     enum chandra_kind kind, struct ch_go_text old_json, struct ch_go_text new_json,
                     struct chandra_answer *out_answer);
/* Load every document of a text in YAML or JSON into a cluster. */
enum chandra_status ch_go_load(struct chandra_sim *sim, struct ch_go_text text, const char *name,
                               struct chandra_error *err);
/* Add drivers from a text in YAML or JSON. */
enum chandra_status ch_go_add_drivers(struct chandra_sim *sim, struct ch_go_text text,
                                      const char *name, struct chandra_error *err);
/* Send a request and hand out the answer's body as JSON, for chandra_free(). */
enum chandra_status ch_go_request(struct chandra_transport *transport,
                                  const struct chandra_request *request, char **out_json,
                                  size_t *out_len, struct chandra_error *err);

/* shim_points.c: sets are words for the cycle's capacity, see chandra_nodeset_to_words(). */

/* Errors: EINVAL (no pod), and those of chandra_cycle_new(). */
enum chandra_status ch_go_cycle_new(struct chandra_engine *engine, const struct chandra_object *pod,
                                    struct chandra_cycle **out_cycle, struct ch_go_nodes *out_nodes,
                                    struct chandra_error *err);
void ch_go_pre_filter(struct chandra_cycle *cycle, struct ch_go_nodes *out_nodes,
                      struct chandra_answer *out_answer);
/* The names by index, each ended by a zero byte, "" where there is no node. Returns how many bytes
 * they take; nothing is written when that is more than `size`. */
size_t ch_go_names(const struct chandra_cycle *cycle, char *names, size_t size);
void ch_go_filter(struct chandra_cycle *cycle, struct ch_go_text node,
                  struct chandra_answer *out_answer);
void ch_go_filter_all(struct chandra_cycle *cycle, const uint64_t *candidates, uint64_t *feasible,
                      struct chandra_answer *out_answer);
void ch_go_why(struct chandra_cycle *cycle, struct ch_go_text node,
               struct chandra_answer *out_answer);
void ch_go_pre_score(struct chandra_cycle *cycle, const uint64_t *nodes,
                     struct chandra_answer *out_answer);
void ch_go_score(struct chandra_cycle *cycle, const uint64_t *nodes, int64_t *scores,
                 struct chandra_answer *out_answer);
uint32_t ch_go_suggested(struct chandra_cycle *cycle, const uint64_t *nodes);
void ch_go_reserve(struct chandra_cycle *cycle, struct ch_go_text node,
                   struct chandra_answer *out_answer);
void ch_go_pre_bind(struct chandra_cycle *cycle, struct ch_go_text node,
                    struct chandra_answer *out_answer);
void ch_go_unreserve(struct chandra_cycle *cycle, struct ch_go_text node);
void ch_go_post_bind(struct chandra_cycle *cycle, struct ch_go_text node);
/* False beyond the end. `words` are the nodes that were removed. */
bool ch_go_removal(const struct chandra_cycle *cycle, size_t index,
                   struct ch_go_removal *out_removal, uint64_t *words);
bool ch_go_note(const struct chandra_cycle *cycle, size_t index, struct ch_go_note *out_note);

/* shim_queues.c */

/* Messages of the library. There is one for the process, which is never freed, as is no sink: a
 * policy may log for as long as anybody holds it. */
struct ch_go_log;
struct ch_go_sink;
/* A new queue that rings `fd`; NULL when out of memory. */
struct ch_go_log *ch_go_log_new(int fd);
/* What a chandra_logger's `user` is: messages are marked with `id`. NULL when out of memory. */
struct ch_go_sink *ch_go_sink_new(struct ch_go_log *log, uint32_t id);
/* A chandra_log_fn; very long messages are cut. */
void ch_go_log_write(void *user, enum chandra_level level, const char *message);
/* Move whole messages into `out`: the sink's id, the level, the length (uint32_t each) and the
 * text. Returns how many bytes that were; 0: none is left. *out_lost counts what had no room,
 * and *out_loser is the sink's id of the last of these. */
size_t ch_go_log_read(struct ch_go_log *log, char *out, size_t size, uint64_t *out_lost,
                      uint32_t *out_loser);

/* Changes of an engine's cache. */
struct ch_go_events;
struct ch_go_event {
    struct chandra_object *old_object; /* references, of which one may be NULL */
    struct chandra_object *new_object;
};
/* A new queue for at most `capacity` events, which rings `fd`; NULL when out of memory. */
struct ch_go_events *ch_go_events_new(uint32_t capacity, int fd);
void ch_go_events_free(struct ch_go_events *events);
/* An engine's on_event. */
void ch_go_events_write(void *user, const struct chandra_object *old_object,
                        const struct chandra_object *new_object);
/* Move up to `size` events out. *out_lost: there are no more, and some had no room before. */
size_t ch_go_events_read(struct ch_go_events *events, struct ch_go_event *out, size_t size,
                         bool *out_lost);

/* A pipe whose ends neither block nor survive exec. Returns 0, or an errno. */
int ch_go_pipe(int fds[2]);
/* Close the end that is rung. */
void ch_go_close(int fd);

#endif
