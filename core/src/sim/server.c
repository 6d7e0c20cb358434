/* server.c - takes requests apart, has them carried out, and words the answers. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/route.h"
#include "sim/sim.h"
#include "sim/write.h"

#include <string.h>

static const char version_info[] =
    "{\"major\":\"1\",\"minor\":\"30\",\"gitVersion\":\"v1.30.1\",\"platform\":\"chandra/sim\"}";

const char *
ch_sim_method_name(enum chandra_method method)
{
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

    return names[method];
}

int
ch_sim_http_status(enum chandra_status status)
{
    switch (status) {
    case CHANDRA_OK:
        return 200;
    case CHANDRA_EINVAL:
    case CHANDRA_EPARSE:
        return 400;
    case CHANDRA_EFORBIDDEN:
        return 403;
    case CHANDRA_ENOTFOUND:
        return 404;
    case CHANDRA_ECANCELED: /* a method that the resource does not know */
        return 405;
    case CHANDRA_ECONFLICT:
    case CHANDRA_EEXISTS:
        return 409;
    case CHANDRA_EGONE:
        return 410;
    case CHANDRA_ELIMIT:
        return 413;
    case CHANDRA_EUNSUPPORTED:
        return 415;
    case CHANDRA_EREJECTED:
        return 422;
    case CHANDRA_ETRANSIENT:
        return 504;
    default:
        return 500;
    }
}

const char *
ch_sim_http_reason(int http_status, enum chandra_status status)
{
    static const struct {
        int http_status;
        const char *reason;
    } reasons[] = {
        {400, "BadRequest"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "NotFound"},
        {405, "MethodNotAllowed"},
        {406, "NotAcceptable"},
        {409, "Conflict"},
        {410, "Expired"},
        {413, "RequestEntityTooLarge"},
        {415, "UnsupportedMediaType"},
        {422, "Invalid"},
        {429, "TooManyRequests"},
        {500, "InternalError"},
        {503, "ServiceUnavailable"},
        {504, "Timeout"},
    };

    if (status == CHANDRA_EEXISTS)
        return "AlreadyExists";
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].http_status == http_status)
            return reasons[i].reason;
    return "";
}

void
ch_sim_put_status(struct ch_buf *buf, int http_status, const char *reason, const char *message,
                  const struct ch_sim_kind *kind, const char *name)
{
    ch_buf_puts(buf, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":");
    ch_buf_puts(buf, http_status < 300 ? "\"Success\"" : "\"Failure\"");
    if (!ch_is_empty(message)) {
        ch_buf_puts(buf, ",\"message\":");
        ch_json_put_string(buf, message);
    }
    if (!ch_is_empty(reason)) {
        ch_buf_puts(buf, ",\"reason\":");
        ch_json_put_string(buf, reason);
    }
    if (kind) {
        ch_buf_puts(buf, ",\"details\":{\"name\":");
        ch_json_put_string(buf, name ? name : "");
        ch_buf_printf(buf, ",\"group\":\"%s\",\"kind\":\"%s\"}", kind->group, kind->plural);
    }
    ch_buf_printf(buf, ",\"code\":%d}", http_status);
}

/* Requests. */

static enum chandra_status
not_allowed(struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ECANCELED,
                             "the server does not allow this method on the requested resource");
}

static enum chandra_status
get(struct chandra_sim *sim, const struct ch_sim_route *route, struct ch_sim_answer *answer,
    struct chandra_error *err)
{
    struct ch_sim_version *version;
    enum chandra_status st;

    if (!route->kind) {
        ch_buf_puts(&answer->body, version_info);
        return CHANDRA_OK;
    }
    if (ch_is_empty(route->name))
        return ch_sim_list(sim, route, &answer->body, err);
    version = ch_sim_get(sim, route->kind->id, route->name_space, route->name);
    if (!version)
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "%s \"%s\" not found",
                                 route->kind->resource, route->name);
    if (route->form == CH_SIM_FORM_METADATA) {
        ch_sim_form_put_metadata(&answer->body, version->root);
        return CHANDRA_OK;
    }
    st = ch_sim_version_text(version, err);
    if (st == CHANDRA_OK)
        ch_buf_put(&answer->body, version->text, version->text_len);
    return st;
}

/* How a PATCH's media type says what the body is. */
static enum chandra_status
patch_type(const char *content_type, enum ch_sim_patch *out_patch, struct chandra_error *err)
{
    static const struct {
        const char *content_type;
        enum ch_sim_patch patch;
    } types[] = {
        {"application/strategic-merge-patch+json", CH_SIM_PATCH_STRATEGIC},
        {"application/merge-patch+json", CH_SIM_PATCH_MERGE},
        {"application/apply-patch+yaml", CH_SIM_PATCH_APPLY},
    };
    const size_t len = strcspn(content_type, "; ");

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strlen(types[i].content_type) == len &&
            strncmp(types[i].content_type, content_type, len) == 0) {
            *out_patch = types[i].patch;
            return CHANDRA_OK;
        }
    return chandra_error_set(
        err, CHANDRA_EUNSUPPORTED,
        "the body of the request was in an unknown format - accepted media types "
        "include: application/strategic-merge-patch+json, "
        "application/merge-patch+json, application/apply-patch+yaml");
}

static enum chandra_status
parse_body(const struct chandra_request *request, bool is_yaml, struct chandra_doc **out_doc,
           struct chandra_error *err)
{
    if (!request->body || request->body_len == 0) {
        *out_doc = NULL;
        return CHANDRA_OK;
    }
    if (is_yaml && request->body[0] != '{')
        return chandra_doc_parse_yaml(request->body, request->body_len, "body", NULL, out_doc, err);
    return chandra_doc_parse_json(request->body, request->body_len, "body", NULL, out_doc, err);
}

/* A manager without a name is called after the client, which is always the scheduler. */
static enum chandra_status
change(struct chandra_sim *sim, const struct ch_sim_route *route,
       const struct chandra_request *request, struct ch_sim_answer *answer,
       struct chandra_error *err)
{
    struct ch_sim_write write = {
        .actor = "scheduler",
        .method = request->method,
        .kind = route->kind,
        .name_space = route->name_space,
        .name = route->name,
        .sub = route->sub,
        .manager = route->field_manager,
        .force = route->is_forced,
    };
    struct ch_sim_outcome outcome = {0};
    struct chandra_doc *doc = NULL;
    const char *content_type = request->content_type ? request->content_type : "application/json";
    enum chandra_status st = CHANDRA_OK;

    if (!route->kind || (request->method == CHANDRA_POST) !=
                            (ch_is_empty(route->name) || ch_streq(route->sub, "binding")))
        return not_allowed(err);
    if (request->method == CHANDRA_PATCH)
        st = patch_type(content_type, &write.patch, err);
    if (st == CHANDRA_OK)
        st = parse_body(request, write.patch == CH_SIM_PATCH_APPLY, &doc, err);
    write.body = chandra_doc_root(doc, 0);
    if (st == CHANDRA_OK)
        st = ch_sim_write(sim, &write, &outcome, err);
    chandra_doc_free(doc);
    if (st != CHANDRA_OK)
        return st;
    if (outcome.is_created)
        answer->http_status = 201;
    if (!outcome.version)
        ch_sim_put_status(&answer->body, answer->http_status, NULL, NULL, NULL, NULL);
    else if (ch_sim_version_text(outcome.version, NULL) == CHANDRA_OK)
        ch_buf_put(&answer->body, outcome.version->text, outcome.version->text_len);
    else
        answer->body.failed = true;
    ch_sim_version_unref(outcome.version);
    return CHANDRA_OK;
}

void
ch_sim_put_not_acceptable(struct ch_sim_answer *answer)
{
    answer->http_status = 406;
    ch_sim_put_status(&answer->body, 406, ch_sim_http_reason(406, CHANDRA_OK),
                      "only the following media types are accepted: application/json", NULL, NULL);
}

/* Errors: ENOMEM, and then nothing has happened. */
static enum chandra_status
serve(struct chandra_sim *sim, const struct chandra_request *request, struct ch_sim_answer *answer,
      struct chandra_error *err)
{
    struct ch_sim_route route = {0};
    struct chandra_error why;
    enum chandra_status st = ch_sim_route_parse(request->path, &route, &why);

    answer->http_status = 200;
    if (st == CHANDRA_OK && request->method == CHANDRA_GET)
        route.form = ch_sim_form_of(request->accept, ch_is_empty(route.name));
    if (st == CHANDRA_OK && route.form == CH_SIM_FORM_NONE)
        ch_sim_put_not_acceptable(answer);
    else if (st == CHANDRA_OK)
        st = request->method == CHANDRA_GET ? get(sim, &route, answer, &why)
                                            : change(sim, &route, request, answer, &why);
    if (st != CHANDRA_OK && st != CHANDRA_ENOMEM) {
        ch_buf_reset(&answer->body);
        answer->http_status = ch_sim_http_status(st);
        ch_sim_put_status(&answer->body, answer->http_status,
                          ch_sim_http_reason(answer->http_status, st), why.message, route.kind,
                          route.name);
    }
    ch_sim_route_clear(&route);
    return st == CHANDRA_ENOMEM ? ch_sim_no_memory(err) : CHANDRA_OK;
}

/* Without memory for its text the answer is lost on the way, as the request may have had its
 * effect. */
static void
give(struct ch_sim_answer *answer, chandra_response_fn done, void *user)
{
    struct chandra_response response = {
        .http_status = answer->http_status,
        .body = answer->body.text ? answer->body.text : "",
        .body_len = answer->body.len,
        .retry_after_ms = answer->retry_after_ms,
    };

    if (!ch_buf_ok(&answer->body)) {
        response.http_status = 0;
        response.body = "out of memory";
        response.body_len = strlen(response.body);
    }
    done(user, &response);
    ch_buf_clear(&answer->body);
}

enum chandra_status
ch_sim_submit(struct chandra_transport *transport, const struct chandra_request *request,
              chandra_response_fn done, void *user, struct chandra_error *err)
{
    struct chandra_sim *sim = (struct chandra_sim *)transport;
    struct ch_sim_answer answer = {.retry_after_ms = -1};
    struct ch_sim_mishap mishap;
    bool is_replaced;
    enum chandra_status st = CHANDRA_OK;

    ch_sim_lock(sim);
    ch_sim_fault_find(sim, ch_sim_method_name(request->method), request->path, &mishap);
    is_replaced = mishap.http_status != 0 || mishap.drop;
    if (!is_replaced || mishap.after_effect)
        st = serve(sim, request, &answer, err);
    if (st == CHANDRA_OK && is_replaced)
        ch_sim_fault_answer(&mishap, &answer);
    if (st == CHANDRA_OK && mishap.delay_ms > 0) {
        st = ch_sim_answer_after(sim, mishap.delay_ms, &answer, done, user, err);
        done = NULL;
    }
    ch_sim_unlock(sim);
    if (st != CHANDRA_OK)
        ch_buf_clear(&answer.body);
    else if (done)
        give(&answer, done, user);
    return st;
}
