/* script_transport.h - a transport for tests: it notes the last request and answers as it was told.
 */
#ifndef CH_TEST_SCRIPT_TRANSPORT_H
#define CH_TEST_SCRIPT_TRANSPORT_H

#include <chandra/sys/transport.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct script_transport {
    struct chandra_transport base;
    /* What to do. */
    int http_status;
    const char *answer;
    bool refuses; /* submit fails */
    bool is_late; /* answers from a thread of its own */
    /* What was asked. */
    enum chandra_method method;
    char *path;
    char *content_type;
    char *body;
    /* The answer under way. */
    pthread_t thread;
    chandra_response_fn done;
    void *user;
};

static inline void
script_forget_request(struct script_transport *script)
{
    free(script->path);
    free(script->content_type);
    free(script->body);
    script->path = script->content_type = script->body = NULL;
}

static inline void *
script_deliver(void *user)
{
    struct script_transport *script = user;
    const struct chandra_response response = {script->http_status, script->answer,
                                              strlen(script->answer), -1};

    script->done(script->user, &response);
    return NULL;
}

static inline enum chandra_status
script_submit(struct chandra_transport *transport, const struct chandra_request *request,
              chandra_response_fn done, void *user, struct chandra_error *err)
{
    struct script_transport *script = (struct script_transport *)transport;

    script_forget_request(script);
    script->method = request->method;
    script->path = strdup(request->path);
    script->content_type = request->content_type ? strdup(request->content_type) : NULL;
    script->body = request->body ? strndup(request->body, request->body_len) : NULL;
    if (script->refuses)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    script->done = done;
    script->user = user;
    if (!script->is_late)
        script_deliver(script);
    else
        assert_int_equal(pthread_create(&script->thread, NULL, script_deliver, script), 0);
    return CHANDRA_OK;
}

static inline void
script_init(struct script_transport *script)
{
    static const struct chandra_transport_ops ops = {.size = sizeof(ops), .submit = script_submit};

    *script = (struct script_transport){.base = {&ops}, .answer = ""};
}

static inline void
script_clear(struct script_transport *script)
{
    script_forget_request(script);
}

/* Answer requests from now on with this. */
static inline void
script_answer(struct script_transport *script, int http_status, const char *answer)
{
    script->http_status = http_status;
    script->answer = answer;
}

/* Check the last request; NULL for no body and for the default content type. */
static inline void
script_expect(const struct script_transport *script, enum chandra_method method, const char *path,
              const char *content_type, const char *body)
{
    assert_int_equal(script->method, method);
    assert_string_equal(script->path, path);
    assert_int_equal(script->content_type != NULL, content_type != NULL);
    if (content_type)
        assert_string_equal(script->content_type, content_type);
    assert_int_equal(script->body != NULL, body != NULL);
    if (body)
        assert_string_equal(script->body, body);
}

#endif
