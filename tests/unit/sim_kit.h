/* sim_kit.h - what the tests of the example cluster share: objects from short JSON, requests,
 * watches.
 *
 * JSON is written with ' in place of ".
 */
#ifndef SIM_KIT_H
#define SIM_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants those first */
#include <cmocka.h>

#include <chandra/client.h>
#include <chandra/doc.h>
#include <chandra/sim.h>
#include <chandra/sys/stage.h>
#include <chandra/sys/transport.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRA "/apis/resource.k8s.io/v1alpha2"
#define CLAIMS DRA "/namespaces/default/resourceclaims"
#define CONTEXTS DRA "/namespaces/default/podschedulingcontexts"
#define PODS "/api/v1/namespaces/default/pods"
#define SMP "application/strategic-merge-patch+json"
#define MERGE "application/merge-patch+json"
#define APPLY "application/apply-patch+yaml"

/* A failure here is the test's. */
static inline void
must(enum chandra_status st, const struct chandra_error *err)
{
    if (st != CHANDRA_OK)
        fail_msg("%s: %s", chandra_status_name(st), err->message);
}

static inline char *
double_quotes(const char *text)
{
    char *copy = strdup(text);

    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

static inline struct chandra_doc *
parse(const char *text)
{
    char *json = double_quotes(text);
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    must(chandra_doc_parse_json(json, strlen(json), "test.json", NULL, &doc, &err), &err);
    free(json);
    return doc;
}

static inline struct chandra_sim *
new_sim(void)
{
    struct chandra_sim *sim = NULL;
    struct chandra_error err;

    must(chandra_sim_new(NULL, &sim, &err), &err);
    return sim;
}

/* Objects past and under the rules. */

static inline void
stage(struct chandra_sim *sim, const char *text)
{
    struct chandra_doc *doc = parse(text);
    struct chandra_stage *at = chandra_sim_stage(sim);
    struct chandra_error err;

    must(at->ops->apply(at, chandra_doc_root(doc, 0), &err), &err);
    chandra_doc_free(doc);
}

static inline enum chandra_status
try_load(struct chandra_sim *sim, const char *text, struct chandra_error *err)
{
    struct chandra_doc *doc = parse(text);
    const enum chandra_status st = chandra_sim_load(sim, chandra_doc_root(doc, 0), err);

    chandra_doc_free(doc);
    return st;
}

static inline void
load(struct chandra_sim *sim, const char *text)
{
    struct chandra_error err;

    must(try_load(sim, text, &err), &err);
}

/* Requests. */

struct answer {
    int http_status;
    char body[8192];
    int64_t retry_after_ms;
    int count; /* of calls */
};

static inline void
keep_answer(void *user, const struct chandra_response *response)
{
    struct answer *answer = user;

    answer->http_status = response->http_status;
    answer->retry_after_ms = response->retry_after_ms;
    snprintf(answer->body, sizeof(answer->body), "%s", response->body);
    answer->count++;
}

static inline struct answer
request_as(struct chandra_sim *sim, enum chandra_method method, const char *path,
           const char *content_type, const char *text)
{
    struct chandra_transport *transport = chandra_sim_transport(sim);
    char *body = text ? double_quotes(text) : NULL;
    const struct chandra_request request = {.method = method,
                                            .path = path,
                                            .content_type = content_type,
                                            .body = body,
                                            .body_len = body ? strlen(body) : 0};
    struct answer answer = {0};
    struct chandra_error err;

    must(transport->ops->submit(transport, &request, keep_answer, &answer, &err), &err);
    assert_int_equal(answer.count, 1);
    free(body);
    return answer;
}

/* A GET that asks for a form of the objects. */
static inline struct answer
get_as(struct chandra_sim *sim, const char *path, const char *accept)
{
    struct chandra_transport *transport = chandra_sim_transport(sim);
    const struct chandra_request request = {.method = CHANDRA_GET, .path = path, .accept = accept};
    struct answer answer = {0};
    struct chandra_error err;

    must(transport->ops->submit(transport, &request, keep_answer, &answer, &err), &err);
    assert_int_equal(answer.count, 1);
    return answer;
}

static inline struct answer
request(struct chandra_sim *sim, enum chandra_method method, const char *path, const char *text)
{
    return request_as(sim, method, path, NULL, text);
}

/* A text of an answer's JSON by a path such as "metadata/resourceVersion"; a number
 * is an index, "#" the count. In the caller's buffer. */
static inline const char *
dig(const char *json, const char *path, char *out, size_t size)
{
    struct chandra_doc *doc = NULL;
    const struct chandra_value *value;
    struct chandra_error err;
    char *text = NULL;

    must(chandra_doc_parse_json(json, strlen(json), "answer", NULL, &doc, &err), &err);
    value = chandra_doc_root(doc, 0);
    while (*path && value) {
        char key[128];
        size_t len = strcspn(path, "/");

        snprintf(key, sizeof(key), "%.*s", (int)len, path);
        if (strcmp(key, "#") == 0) {
            snprintf(out, size, "%zu", chandra_value_count(value));
            chandra_doc_free(doc);
            return out;
        }
        value = chandra_value_type(value) == CHANDRA_ARRAY
                    ? chandra_value_at(value, (size_t)atoi(key))
                    : chandra_value_get(value, key);
        path += len + (path[len] == '/');
    }
    if (chandra_value_string(value)) {
        snprintf(out, size, "%s", chandra_value_string(value));
    } else if (value) {
        must(chandra_value_print(value, CHANDRA_PRINT_COMPACT, &text, NULL, &err), &err);
        snprintf(out, size, "%s", text);
        chandra_free(text);
    } else {
        snprintf(out, size, "(none)");
    }
    chandra_doc_free(doc);
    return out;
}

#define assert_at(json, path, wanted)                                    \
    do {                                                                 \
        char dug_[4096];                                                 \
        char *want_ = double_quotes(wanted);                             \
        assert_string_equal(dig(json, path, dug_, sizeof(dug_)), want_); \
        free(want_);                                                     \
    } while (0)

/* What is stored. */
static inline struct answer
get(struct chandra_sim *sim, const char *path)
{
    return request(sim, CHANDRA_GET, path, NULL);
}

#define assert_stored(sim, url, path, wanted)    \
    do {                                         \
        struct answer got_ = get(sim, url);      \
        assert_int_equal(got_.http_status, 200); \
        assert_at(got_.body, path, wanted);      \
    } while (0)

#define assert_gone(sim, url) assert_int_equal(get(sim, url).http_status, 404)

/* The revision of a stored object. */
static inline int64_t
revision_of(struct chandra_sim *sim, const char *path)
{
    const struct answer answer = get(sim, path);
    char text[32];

    assert_int_equal(answer.http_status, 200);
    return atoll(dig(answer.body, "metadata/resourceVersion", text, sizeof(text)));
}

/* Time. */

static inline bool
settle(struct chandra_sim *sim)
{
    struct chandra_error err;
    bool moved = false;

    must(chandra_sim_settle(sim, &moved, &err), &err);
    return moved;
}

static inline void
settle_all(struct chandra_sim *sim)
{
    for (int i = 0; settle(sim); i++)
        assert_true(i < 100);
}

static inline void
advance(struct chandra_sim *sim, int64_t to_ms)
{
    struct chandra_error err;

    must(chandra_sim_advance(sim, to_ms, &err), &err);
}

static inline void
deliver(struct chandra_sim *sim)
{
    struct chandra_stage *at = chandra_sim_stage(sim);
    struct chandra_error err;

    must(at->ops->deliver(at, &err), &err);
}

/* The log of writes: how many by an actor (NULL: any), of a method, a kind and a subresource. */
static inline size_t
count_writes(struct chandra_sim *sim, const char *actor, const char *method, const char *kind,
             const char *sub)
{
    size_t count = 0;
    struct chandra_sim_write write;

    for (size_t i = 0; chandra_sim_write_at(sim, i, &write); i++)
        count += (!actor || strcmp(actor, write.actor) == 0) &&
                 (!method || strcmp(method, write.method) == 0) &&
                 (!kind || strcmp(kind, write.kind) == 0) &&
                 (!sub || strcmp(sub, write.subresource) == 0);
    return count;
}

/* Watches. */

struct seen {
    const char *accept; /* what to ask for */
    int opened;
    char lines[64][2048];
    size_t count;
    int closed;
    int http_status;
    char why[512];
};

static inline void
see_opening(void *user)
{
    struct seen *seen = user;

    assert_int_equal(seen->opened++, 0);
    assert_int_equal(seen->count, 0);
}

static inline void
see_event(void *user, const char *line, size_t len)
{
    struct seen *seen = user;

    assert_true(seen->count < 64);
    snprintf(seen->lines[seen->count++], sizeof(seen->lines[0]), "%.*s", (int)len, line);
}

static inline void
see_end(void *user, const struct chandra_response *why)
{
    struct seen *seen = user;

    seen->closed++;
    seen->http_status = why->http_status;
    snprintf(seen->why, sizeof(seen->why), "%s", why->body);
}

static inline struct chandra_watch *
watch(struct chandra_sim *sim, const char *path, struct seen *seen)
{
    struct chandra_transport *transport = chandra_sim_transport(sim);
    const struct chandra_request what = {
        .method = CHANDRA_GET, .path = path, .accept = seen->accept};
    const struct chandra_watch_sink sink = {.size = sizeof(sink),
                                            .user = seen,
                                            .event = see_event,
                                            .closed = see_end,
                                            .opened = see_opening};
    struct chandra_watch *out = NULL;
    struct chandra_error err;

    must(transport->ops->watch(transport, &what, &sink, &out, &err), &err);
    return out;
}

static inline void
stop(struct chandra_sim *sim, struct chandra_watch *at)
{
    struct chandra_transport *transport = chandra_sim_transport(sim);

    transport->ops->watch_stop(transport, at);
}

#endif
