/* classify.c - what an answer of the API server means: its HTTP status and the reason of its Status
 * object (spec 12.4), since 409 alone does not tell a lost race from a name that is taken. */
#include "api/api.h"
#include "api/call.h"
#include "base/text.h"
#include "doc/value.h"

#include <string.h>

static enum chandra_status
status_of_code(int64_t code)
{
    switch (code) {
    case 401:
        return CHANDRA_EUNAUTHORIZED;
    case 403:
        return CHANDRA_EFORBIDDEN;
    case 404:
        return CHANDRA_ENOTFOUND;
    case 408:
        return CHANDRA_ETRANSIENT;
    case 409:
        return CHANDRA_ECONFLICT;
    case 410:
        return CHANDRA_EGONE;
    case 422:
        return CHANDRA_EREJECTED;
    case 429:
        return CHANDRA_ETHROTTLED;
    default:
        return code >= 500 ? CHANDRA_ETRANSIENT : CHANDRA_EAPI;
    }
}

/* Reasons that say more than the code; or all there is, in an event of a watch. */
static enum chandra_status
status_of_reason(const char *reason, int64_t code)
{
    static const struct {
        const char *reason;
        enum chandra_status status;
    } reasons[] = {
        {"AlreadyExists", CHANDRA_EEXISTS},
        {"Conflict", CHANDRA_ECONFLICT},
        {"Expired", CHANDRA_EGONE},
        {"Forbidden", CHANDRA_EFORBIDDEN},
        {"Gone", CHANDRA_EGONE},
        {"InternalError", CHANDRA_ETRANSIENT},
        {"Invalid", CHANDRA_EREJECTED},
        {"NotFound", CHANDRA_ENOTFOUND},
        {"ServerTimeout", CHANDRA_ETRANSIENT},
        {"ServiceUnavailable", CHANDRA_ETRANSIENT},
        {"Timeout", CHANDRA_ETRANSIENT},
        {"TooManyRequests", CHANDRA_ETHROTTLED},
        {"Unauthorized", CHANDRA_EUNAUTHORIZED},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
        if (strcmp(reasons[i].reason, reason) == 0)
            return reasons[i].status;
    return status_of_code(code);
}

enum chandra_status
ch_api_classify_value(const struct chandra_value *value, int http_status, struct chandra_error *err)
{
    const char *reason = ch_member_text(value, "reason");
    const char *message = ch_member_text(value, "message");
    int64_t code = http_status;
    enum chandra_status status;

    if (code == 0)
        chandra_value_int64(chandra_value_get(value, "code"), &code);
    status = status_of_reason(reason, code);
    if (!ch_is_empty(message))
        return chandra_error_set(err, status, "%s", message);
    return chandra_error_set(err, status, "the API server answered %d%s%s", (int)code,
                             ch_is_empty(reason) ? "" : " ", reason);
}

/* An answer that is no Status comes from something in between, such as a proxy. */
static enum chandra_status
classify_text(const struct chandra_response *response, struct chandra_error *err)
{
    return chandra_error_set(err, status_of_code(response->http_status),
                             "the API server answered %d%s%.200s", response->http_status,
                             response->body_len > 0 ? ": " : "", response->body);
}

enum chandra_status
ch_api_classify(const struct chandra_response *response, struct chandra_error *err)
{
    const struct chandra_value *root;
    struct chandra_doc *doc = NULL;
    enum chandra_status st;

    if (response->http_status >= 200 && response->http_status < 300)
        return CHANDRA_OK;
    if (response->http_status == 0)
        return chandra_error_set(err, CHANDRA_ETRANSIENT, "no answer from the API server: %s",
                                 response->body);
    st = chandra_doc_parse_json(response->body, response->body_len, "", NULL, &doc, err);
    if (st == CHANDRA_ENOMEM)
        return st;
    root = st == CHANDRA_OK ? chandra_doc_root(doc, 0) : NULL;
    if (chandra_value_type(root) == CHANDRA_OBJECT)
        st = ch_api_classify_value(root, response->http_status, err);
    else
        st = classify_text(response, err);
    chandra_doc_free(doc);
    return st;
}
