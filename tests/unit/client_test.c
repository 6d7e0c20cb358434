/* client_test.c - requests that wait for their answer. */
#include "base/alloc.h"
#include "script_transport.h"

#include <chandra/client.h>

static const struct chandra_request get_pod = {.method = CHANDRA_GET,
                                               .path = "/api/v1/namespaces/ns/pods/p"};

static void
returns_the_answer(void **state)
{
    struct script_transport script;
    struct chandra_doc *doc = NULL;

    (void)state;
    script_init(&script);
    script_answer(&script, 200, "{\"kind\":\"Pod\"}");
    assert_int_equal(chandra_client_request(&script.base, &get_pod, &doc, NULL), CHANDRA_OK);
    assert_string_equal(chandra_value_string(chandra_value_get(chandra_doc_root(doc, 0), "kind")),
                        "Pod");
    assert_string_equal(chandra_doc_name(doc), get_pod.path);
    script_expect(&script, CHANDRA_GET, get_pod.path, NULL, NULL);
    chandra_doc_free(doc);
    assert_int_equal(chandra_client_request(&script.base, &get_pod, NULL, NULL), CHANDRA_OK);
    script_clear(&script);
}

static void
waits_for_a_late_answer(void **state)
{
    struct script_transport script;

    (void)state;
    script_init(&script);
    script.is_late = true;
    for (int i = 0; i < 100; i++) {
        struct chandra_doc *doc = NULL;

        script_answer(&script, 200, "{}");
        assert_int_equal(chandra_client_request(&script.base, &get_pod, &doc, NULL), CHANDRA_OK);
        pthread_join(script.thread, NULL);
        assert_int_equal(chandra_doc_count(doc), 1);
        chandra_doc_free(doc);
    }
    script_clear(&script);
}

static void
an_empty_answer_is_an_empty_document(void **state)
{
    struct script_transport script;
    struct chandra_doc *doc = NULL;

    (void)state;
    script_init(&script);
    script_answer(&script, 204, "");
    assert_int_equal(chandra_client_request(&script.base, &get_pod, &doc, NULL), CHANDRA_OK);
    assert_int_equal(chandra_doc_count(doc), 0);
    chandra_doc_free(doc);
    script_clear(&script);
}

static void
tells_what_went_wrong(void **state)
{
    struct script_transport script;
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    (void)state;
    script_init(&script);
    script_answer(&script, 404,
                  "{\"reason\":\"NotFound\",\"message\":\"pods \\\"p\\\" not found\"}");
    assert_int_equal(chandra_client_request(&script.base, &get_pod, &doc, &err), CHANDRA_ENOTFOUND);
    assert_string_equal(err.message, "pods \"p\" not found");
    script_answer(&script, 0, "timed out");
    assert_int_equal(chandra_client_request(&script.base, &get_pod, &doc, &err),
                     CHANDRA_ETRANSIENT);
    script_answer(&script, 200, "{\"kind\":");
    assert_int_equal(chandra_client_request(&script.base, &get_pod, &doc, &err), CHANDRA_EAPI);
    assert_int_equal(err.status, CHANDRA_EAPI);
    assert_non_null(strstr(err.message, "cannot be read: /api/v1/namespaces/ns/pods/p:1:"));
    assert_int_equal(chandra_client_request(&script.base, &get_pod, &doc, NULL), CHANDRA_EAPI);
    script.refuses = true;
    assert_int_equal(chandra_client_request(&script.base, &get_pod, &doc, &err), CHANDRA_ENOMEM);
    assert_null(doc);
    script_clear(&script);
}

static void
survives_a_lack_of_memory(void **state)
{
    static const struct {
        int http_status;
        const char *answer;
        enum chandra_status status;
    } rows[] = {
        {200, "{\"kind\":\"Pod\"}", CHANDRA_OK},
        {204, "", CHANDRA_OK},
        {409, "{\"reason\":\"AlreadyExists\"}", CHANDRA_EEXISTS},
        {503, "<html>", CHANDRA_ETRANSIENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        enum chandra_status st = CHANDRA_ENOMEM;
        struct script_transport script;
        struct chandra_doc *doc = NULL;

        script_init(&script);
        script_answer(&script, rows[i].http_status, rows[i].answer);
        for (long count = 0; st == CHANDRA_ENOMEM && count < 1000; count++) {
            ch_alloc_fail_after(count);
            st = chandra_client_request(&script.base, &get_pod, &doc, NULL);
            ch_alloc_fail_after(-1);
        }
        assert_int_equal(st, rows[i].status);
        chandra_doc_free(doc);
        script_clear(&script);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_the_answer),
        cmocka_unit_test(waits_for_a_late_answer),
        cmocka_unit_test(an_empty_answer_is_an_empty_document),
        cmocka_unit_test(tells_what_went_wrong),
        cmocka_unit_test(survives_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
