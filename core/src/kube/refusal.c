/* refusal.c - what to add when the API server says no more than "Unauthorized". */
#include "kube/kube.h"

#include "doc/value.h"

#include <string.h>

/* What we showed to the server, and where that is set. */
static void
put_credential(struct ch_buf *words, const struct chandra_kube_config *config)
{
    const char *what = "client certificate";
    const char *place = config->user_place;

    if (config->token_file.text || config->token.text) {
        what = "token";
        place = config->token_file.text ? config->token_file.text : config->token.place;
    } else if (config->username.text || config->password.text) {
        what = "password";
    } else if (config->exec) {
        ch_buf_printf(words, "the credential that exec plugin %s gave user \"%s\" (%s)",
                      config->exec->command, config->user, config->exec->place);
        return;
    } else if (!config->cert.place) {
        ch_buf_printf(words, "requests without a credential (%s)",
                      *place ? place : config->server.place);
        return;
    }
    ch_buf_printf(words, "the %s of user \"%s\" (%s)", what, config->user, place);
}

static bool
put_message(struct ch_buf *words, const struct chandra_kube_config *config,
            const struct chandra_value *status)
{
    const char *message = chandra_value_string(chandra_value_get(status, "message"));

    if (!message)
        return false;
    ch_buf_printf(words, "%s: %s did not accept ", message, config->server.text);
    put_credential(words, config);
    return ch_buf_ok(words);
}

/* The Status with another message, as JSON; NULL: out of memory. */
static char *
with_message(const struct chandra_value *status, const char *message, size_t *out_len)
{
    struct chandra_doc *doc = NULL;
    struct chandra_value *copy;
    char *body = NULL;
    enum chandra_status st;

    if (chandra_doc_new(&doc, NULL) != CHANDRA_OK)
        return NULL;
    copy = chandra_value_copy(doc, status);
    if (copy && chandra_value_set(copy, "message", chandra_value_new_string(doc, message)))
        st = chandra_value_print(copy, CHANDRA_PRINT_COMPACT, &body, out_len, NULL);
    else
        st = CHANDRA_ENOMEM;
    chandra_doc_free(doc);
    return st == CHANDRA_OK ? body : NULL;
}

char *
ch_refusal_explain(const struct chandra_kube_config *config, struct chandra_response *response)
{
    struct chandra_doc *doc = NULL;
    struct ch_buf words = {0};
    char *body = NULL;
    size_t len = 0;

    if (chandra_doc_parse_json(response->body, response->body_len, "", NULL, &doc, NULL) !=
        CHANDRA_OK)
        return NULL;
    if (put_message(&words, config, chandra_doc_root(doc, 0)))
        body = with_message(chandra_doc_root(doc, 0), words.text, &len);
    if (body) {
        response->body = body;
        response->body_len = len;
    }
    ch_buf_clear(&words);
    chandra_doc_free(doc);
    return body;
}
