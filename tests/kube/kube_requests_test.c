/* kube_requests_test.c - requests over TLS: what is sent, trusted, limited, retried and refused. */
#include "base/alloc.h"
#include "kube_rig.h"

/* What is sent. */

static void
sends_what_was_asked(void **state)
{
    struct rig *rig = *state;
    struct answer answer;

    rig_open(rig, RIG_CA, "token: secret, as: jane, as-groups: [dev, ops]", NULL);
    rig_ask(rig, CHANDRA_PUT, "/api/echo?x=%2F", "{\"a\":1}", &answer);
    assert_int_equal(answer.http_status, 200);
    assert_int_equal(answer.retry_after_ms, -1);
    assert_non_null(strstr(answer.body, "\"method\": \"PUT\", \"path\": \"/api/echo?x=%2F\", "
                                        "\"body\": \"{\\\"a\\\":1}\""));
    assert_non_null(strstr(answer.body, "\"content-type\": [\"application/json\"]"));
    assert_non_null(strstr(answer.body, "\"content-length\": [\"7\"]"));
    assert_non_null(strstr(answer.body, "\"accept\": [\"application/json\"]"));
    assert_non_null(strstr(answer.body, "\"accept-encoding\": [\"gzip\"]"));
    assert_non_null(strstr(answer.body, "\"user-agent\": [\"chandra/0.1.0\"]"));
    assert_non_null(strstr(answer.body, "\"authorization\": [\"Bearer secret\"]"));
    assert_non_null(strstr(answer.body, "\"impersonate-user\": [\"jane\"]"));
    assert_non_null(strstr(answer.body, "ops"));
    assert_null(strstr(answer.body, "expect"));
    answer_clear(&answer);
}

static void
asks_for_a_form(void **state)
{
    const struct chandra_request request = {
        .method = CHANDRA_GET, .path = "/echo", .accept = "application/json;as=Table, */*"};
    struct rig *rig = *state;
    struct answer answer;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    answer_init(&answer);
    assert_int_equal(
        rig->transport->ops->submit(rig->transport, &request, answer_take, &answer, NULL),
        CHANDRA_OK);
    answer_wait(&answer);
    assert_non_null(strstr(answer.body, "\"accept\": [\"application/json;as=Table, */*\"]"));
    answer_clear(&answer);
}

static void
sends_every_method(void **state)
{
    static const struct {
        enum chandra_method method;
        const char *name;
        const char *body;
    } rows[] = {
        {CHANDRA_GET, "GET", NULL},    {CHANDRA_POST, "POST", "x"},
        {CHANDRA_POST, "POST", ""},    {CHANDRA_PUT, "PUT", "x"},
        {CHANDRA_PATCH, "PATCH", "x"}, {CHANDRA_DELETE, "DELETE", NULL},
        {CHANDRA_POST, "POST", NULL},  {CHANDRA_DELETE, "DELETE", "x"},
    };
    struct rig *rig = *state;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct answer answer;
        char want[128];

        rig_ask(rig, rows[i].method, "/echo", rows[i].body, &answer);
        snprintf(want, sizeof(want), "\"method\": \"%s\", \"path\": \"/echo\", \"body\": \"%s\"",
                 rows[i].name, rows[i].body ? rows[i].body : "");
        assert_non_null(strstr(answer.body, want));
        answer_clear(&answer);
    }
}

static void
sends_large_bodies(void **state)
{
    enum { LEN = 3 << 20 };
    struct rig *rig = *state;
    struct answer answer;
    char *body = malloc(LEN + 1);

    memset(body, 'z', LEN);
    body[LEN] = '\0';
    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    rig_ask(rig, CHANDRA_POST, "/echo", body, &answer);
    assert_int_equal(answer.http_status, 200);
    assert_true(answer.body_len > LEN);
    answer_clear(&answer);
    free(body);
}

static void
keeps_connections(void **state)
{
    struct rig *rig = *state;
    struct answer first;
    struct answer second;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    rig_ask(rig, CHANDRA_GET, "/port", NULL, &first);
    rig_ask(rig, CHANDRA_GET, "/port", NULL, &second);
    assert_string_equal(first.body, second.body);
    answer_clear(&first);
    answer_clear(&second);
}

/* Whom it trusts. */

static void
verifies_the_server(void **state)
{
    struct rig *rig = *state;
    char words[512];

    rig_open(rig, "certificate-authority: other.crt", RIG_TOKEN, NULL);
    snprintf(words, sizeof(words), "https://127.0.0.1:%d: SSL certificate problem: ", rig->port);
    rig_expect(rig, "/ok", 0, words);
    rig_expect(rig, "/ok", 0, "(certificate-authority of cluster \"c\", config:3:");

    rig_open(rig, "tls-server-name: elsewhere, " RIG_CA, RIG_TOKEN, NULL);
    rig_expect(rig, "/ok", 0, "no alternative certificate subject name matches target host name");
    rig_expect(rig, "/ok", 0, "(tls-server-name of cluster \"c\", config:3:");
    rig_open_at(rig, "https://localhost", RIG_CA, RIG_TOKEN);
    rig_expect(rig, "/ok", 0, "(server of cluster \"c\", command line)");

    rig_open(rig, "disable-compression: true", RIG_TOKEN, NULL); /* the system's authorities */
    rig_expect(rig, "/ok", 0, "SSL certificate problem");
}

static void
finds_the_server_under_another_name(void **state)
{
    struct rig *rig = *state;
    char host[64];

    rig_open(rig, "tls-server-name: kube.test, " RIG_CA, RIG_TOKEN, NULL);
    snprintf(host, sizeof(host), "\"host\": [\"127.0.0.1:%d\"]", rig->port);
    rig_expect(rig, "/echo", 200, host);
}

static void
goes_through_a_proxy(void **state)
{
    static const char *const schemes[] = {"http", "socks5"};
    struct rig *rig = *state;
    pid_t proxy;
    const int port = rig_spawn(&proxy, "proxy.py", NULL, 0);

    for (size_t i = 0; i < 2; i++) {
        char cluster[256];

        /* Only the proxy knows where that is. */
        snprintf(cluster, sizeof(cluster), "proxy-url: '%s://127.0.0.1:%d', " RIG_CA, schemes[i],
                 port);
        rig_open_at(rig, "https://kube.test", cluster, RIG_TOKEN);
        rig_expect(rig, "/ok", 200, "ok");
        snprintf(cluster, sizeof(cluster),
                 "proxy-url: '%s://127.0.0.1:%d', tls-server-name: kube.test, " RIG_CA, schemes[i],
                 port);
        rig_open_at(rig, "https://elsewhere", cluster, RIG_TOKEN);
        rig_expect(rig, "/ok", 200, "ok");
    }
    kill(proxy, SIGKILL);
    waitpid(proxy, NULL, 0);
}

static void
believes_anybody_only_if_told_to(void **state)
{
    struct rig *rig = *state;

    rig_open(rig, "insecure-skip-tls-verify: true", RIG_TOKEN, NULL);
    rig_expect(rig, "/ok", 200, "ok");
}

static void
refuses_certificates_it_cannot_read(void **state)
{
    static const struct {
        const char *cluster;
        const char *user;
        enum chandra_status status;
        const char *words;
    } rows[] = {
        {"certificate-authority: missing.crt", "", CHANDRA_EIO, "missing.crt: No such file"},
        {"certificate-authority: ca.key", "", CHANDRA_EINVAL, "want PEM with a CERTIFICATE in it"},
        {RIG_CA, "client-certificate: client.crt, client-key: ca.crt", CHANDRA_EINVAL,
         "ca.crt: want PEM with a PRIVATE KEY in it"},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct chandra_kube_config *config = rig_config(rig, rows[i].cluster, rows[i].user);
        struct chandra_transport *transport = NULL;
        struct chandra_error err;

        assert_int_equal(chandra_kube_new(config, NULL, &transport, &err), rows[i].status);
        assert_int_equal(chandra_kube_new(config, NULL, &transport, NULL), rows[i].status);
        assert_null(transport);
        assert_non_null(strstr(err.message, rows[i].words));
        assert_non_null(strstr(err.message, "config:"));
        chandra_kube_config_free(config);
    }
}

/* What comes back. */

static void
keeps_answers_whole(void **state)
{
    struct rig *rig = *state;
    struct answer answer;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    rig_ask(rig, CHANDRA_GET, "/status?code=409", NULL, &answer);
    assert_int_equal(answer.http_status, 409);
    assert_string_equal(answer.body,
                        "{\"kind\": \"Status\", \"message\": \"as you asked\", \"code\": 409}");
    answer_clear(&answer);
    rig_ask(rig, CHANDRA_GET, "/status?code=503&retry=7", NULL, &answer);
    assert_int_equal(answer.http_status, 503);
    assert_int_equal(answer.retry_after_ms, 7000);
    answer_clear(&answer);
}

static void
takes_large_answers_up_to_a_limit(void **state)
{
    struct rig *rig = *state;
    struct answer answer;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    rig_ask(rig, CHANDRA_GET, "/huge?bytes=9000000", NULL, &answer);
    assert_int_equal(answer.http_status, 200);
    assert_int_equal(answer.body_len, 9000000);
    answer_clear(&answer);
    rig_ask(rig, CHANDRA_GET, "/packed?bytes=5000000", NULL, &answer);
    assert_int_equal(answer.body_len, 5000000);
    answer_clear(&answer);
    rig_expect(rig, "/huge?bytes=68000000", 0, "the answer is larger than 64 MiB");
    rig_expect(rig, "/packed?bytes=68000000", 0, "the answer is larger than 64 MiB");
    rig_expect(rig, "/ok", 200, "ok");
}

static void
notices_answers_that_are_cut(void **state)
{
    struct rig *rig = *state;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    rig_expect(rig, "/cut", 0, "(server of cluster \"c\", config:3:");
    rig_expect(rig, "/vanish", 0, "(server of cluster \"c\", config:3:");
    rig_expect(rig, "/ok", 200, "ok");
}

static void
sends_nothing_twice(void **state)
{
    struct rig *rig = *state;
    struct answer answer;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    rig_expect(rig, "/ok", 200, "ok"); /* the connection is one that is used again */
    rig_ask(rig, CHANDRA_POST, "/vanish?post", "{}", &answer);
    assert_int_equal(answer.http_status, 0);
    answer_clear(&answer);
    rig_expect(rig, "/count?of=/vanish?post", 200, "\"count\": 1}");
}

/* Time limits. */

static void
waits_for_so_long_and_no_longer(void **state)
{
    const struct chandra_kube_options options = {.size = sizeof(options),
                                                 .request_timeout_ms = 400};
    struct rig *rig = *state;
    const int64_t began = rig_now_ms();

    rig_open(rig, RIG_CA, RIG_TOKEN, &options);
    rig_expect(rig, "/slow?ms=100", 200, "slow");
    rig_expect(rig, "/slow?ms=5000", 0, "timed out");
    rig_expect(rig, "/trickle?bytes=100", 0, "timed out");
    assert_true(rig_now_ms() - began < 5000);
    rig_expect(rig, "/ok", 200, "ok");
}

static void
names_a_server_that_is_not_there(void **state)
{
    struct rig *rig = *state;
    struct rig gone = {.port = 1};
    char words[128];

    rig_open(&gone, RIG_CA, RIG_TOKEN, NULL);
    rig_expect(&gone, "/ok", 0,
               "https://127.0.0.1:1: cannot connect: Connection refused (server of cluster \"c\", "
               "config:3:");
    rig_close((void *[]){&gone});
    rig_open(rig, "proxy-url: 'http://127.0.0.1:1', " RIG_CA, RIG_TOKEN, NULL);
    snprintf(words, sizeof(words), "https://127.0.0.1:%d: cannot connect: Connection refused",
             rig->port);
    rig_expect(rig, "/ok", 0, words);
}

static void
comes_back_with_the_server(void **state)
{
    struct rig *rig = *state;
    const int port = rig->port;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    rig_expect(rig, "/ok", 200, "ok");
    rig_stop_server(rig);
    rig_expect(rig, "/ok", 0, "server of cluster");
    rig_start_server(rig, "server", port);
    rig_expect(rig, "/ok", 200, "ok");
}

/* Throttling. */

static void
comes_back_when_it_is_told_to(void **state)
{
    struct rig *rig = *state;
    const int64_t began = rig_now_ms();

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    rig_expect(rig, "/throttle?times=1", 200, "\"number\": 2");
    assert_true(rig_now_ms() - began >= 1000);
}

static void
does_not_come_back_for_ever(void **state)
{
    const struct chandra_kube_options options = {.size = sizeof(options),
                                                 .request_timeout_ms = 1500};
    struct rig *rig = *state;
    struct answer answer;

    rig_open(rig, RIG_CA, RIG_TOKEN, &options);
    rig_ask(rig, CHANDRA_GET, "/throttle?times=100", NULL, &answer);
    assert_int_equal(answer.http_status, 429);
    assert_int_equal(answer.retry_after_ms, 1000);
    answer_clear(&answer);
    rig_expect(rig, "/count?of=/throttle?times=100", 200, "\"count\": 2}");
    /* Without Retry-After it was no question of time. */
    rig_expect(rig, "/status?code=429", 429, "as you asked");
    rig_expect(rig, "/count?of=/status?code=429", 200, "\"count\": 1}");
}

/* Many at once. */

enum { MANY = 300 };

static void
ask_many(const struct rig *rig, const char *path, struct answer *answers)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = path};

    for (size_t i = 0; i < MANY; i++) {
        answer_init(&answers[i]);
        assert_int_equal(
            rig->transport->ops->submit(rig->transport, &request, answer_take, &answers[i], NULL),
            CHANDRA_OK);
    }
}

static void
answers_many_requests(void **state)
{
    const struct chandra_kube_options options = {.size = sizeof(options), .qps = -1};
    struct rig *rig = *state;
    struct answer *answers = calloc(MANY, sizeof(*answers));

    rig_open(rig, RIG_CA, RIG_TOKEN, &options);
    ask_many(rig, "/ok", answers);
    for (size_t i = 0; i < MANY; i++) {
        answer_wait(&answers[i]);
        assert_int_equal(answers[i].http_status, 200);
        answer_clear(&answers[i]);
    }
    free(answers);
}

static void
keeps_to_the_rate(void **state)
{
    const struct chandra_kube_options options = {.size = sizeof(options), .qps = 200, .burst = 100};
    struct rig *rig = *state;
    struct answer *answers = calloc(MANY, sizeof(*answers));
    const int64_t began = rig_now_ms();

    rig_open(rig, RIG_CA, RIG_TOKEN, &options);
    ask_many(rig, "/ok", answers);
    for (size_t i = 0; i < MANY; i++) {
        answer_wait(&answers[i]);
        answer_clear(&answers[i]);
    }
    assert_true(rig_now_ms() - began >= 950);
    free(answers);
}

static void
ends_what_is_under_way(void **state)
{
    const struct chandra_kube_options options = {.size = sizeof(options), .qps = 100, .burst = 20};
    struct rig *rig = *state;
    struct answer *answers = calloc(MANY, sizeof(*answers));

    rig_open(rig, RIG_CA, RIG_TOKEN, &options);
    ask_many(rig, "/slow?ms=20000", answers);
    rig_nap(100);
    rig_close(state);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(answers[i].count, 1);
        assert_int_equal(answers[i].http_status, 0);
        assert_string_equal(answers[i].body, "the transport is closed");
        answer_clear(&answers[i]);
    }
    free(answers);
}

/* From inside callbacks. */

struct chain {
    struct answer last;
    const struct rig *rig;
    unsigned left;
};

static void
ask_next(void *user, const struct chandra_response *response)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = "/ok"};
    struct chain *chain = user;

    if (chain->left-- == 0)
        answer_take(&chain->last, response);
    else
        assert_int_equal(chain->rig->transport->ops->submit(chain->rig->transport, &request,
                                                            ask_next, chain, NULL),
                         CHANDRA_OK);
}

static void
takes_requests_from_callbacks(void **state)
{
    const struct chandra_response none = {.body = ""};
    struct rig *rig = *state;
    struct chain chain = {.rig = rig, .left = 20};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    answer_init(&chain.last);
    ask_next(&chain, &none);
    answer_wait(&chain.last);
    assert_int_equal(chain.last.http_status, 200);
    answer_clear(&chain.last);
}

static void
ask_after_the_end(void *user, const struct chandra_response *response)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = "/ok"};
    struct chain *chain = user;

    answer_take(&chain->last, response);
    assert_int_equal(
        chain->rig->transport->ops->submit(chain->rig->transport, &request, ask_next, chain, NULL),
        CHANDRA_ECANCELED);
}

static void
takes_no_requests_at_the_end(void **state)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = "/slow?ms=20000"};
    struct rig *rig = *state;
    struct chain chain = {.rig = rig};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    answer_init(&chain.last);
    assert_int_equal(
        rig->transport->ops->submit(rig->transport, &request, ask_after_the_end, &chain, NULL),
        CHANDRA_OK);
    rig_close(state);
    assert_int_equal(chain.last.count, 1);
    answer_clear(&chain.last);
}

/* Timers. */

struct alarm {
    pthread_mutex_t lock;
    const struct rig *rig;
    unsigned rings;
    bool is_slow;
    bool is_forgotten; /* by itself */
    bool has_ended;
};

static void
ring(void *user)
{
    struct alarm *alarm = user;

    pthread_mutex_lock(&alarm->lock);
    alarm->rings++;
    pthread_mutex_unlock(&alarm->lock);
    if (alarm->is_slow)
        rig_nap(200);
    if (alarm->is_forgotten)
        alarm->rig->transport->ops->forget(alarm->rig->transport, alarm);
    pthread_mutex_lock(&alarm->lock);
    alarm->has_ended = true;
    pthread_mutex_unlock(&alarm->lock);
}

static unsigned
rings(struct alarm *alarm)
{
    unsigned count;

    pthread_mutex_lock(&alarm->lock);
    count = alarm->rings;
    pthread_mutex_unlock(&alarm->lock);
    return count;
}

static void
set(struct alarm *alarm, int64_t delay_ms)
{
    assert_int_equal(
        alarm->rig->transport->ops->after(alarm->rig->transport, delay_ms, ring, alarm, NULL),
        CHANDRA_OK);
}

static void
rings_timers(void **state)
{
    struct rig *rig = *state;
    struct alarm alarm = {.lock = PTHREAD_MUTEX_INITIALIZER, .rig = rig};
    int64_t began;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    began = rig->transport->ops->now_ms(rig->transport);
    set(&alarm, 60000);
    set(&alarm, 100);
    set(&alarm, -5);
    while (rings(&alarm) < 2)
        rig_nap(5);
    assert_true(rig->transport->ops->now_ms(rig->transport) - began >= 100);
    rig->transport->ops->forget(rig->transport, &alarm);
    assert_int_equal(rings(&alarm), 2);
    assert_true(rig->transport->ops->wall_time(rig->transport) >= (int64_t)time(NULL) - 1);
}

static void
forgets_timers_while_they_ring(void **state)
{
    struct rig *rig = *state;
    struct alarm alarm = {.lock = PTHREAD_MUTEX_INITIALIZER, .rig = rig, .is_slow = true};
    struct alarm own = {.lock = PTHREAD_MUTEX_INITIALIZER, .rig = rig, .is_forgotten = true};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    set(&alarm, 0);
    while (rings(&alarm) == 0)
        rig_nap(1);
    rig->transport->ops->forget(rig->transport, &alarm);
    assert_true(alarm.has_ended);  /* without a lock: nobody else touches it any more */
    pthread_mutex_lock(&own.lock); /* the first must not ring before there is a second */
    set(&own, 0);
    set(&own, 0);
    pthread_mutex_unlock(&own.lock);
    while (rings(&own) == 0)
        rig_nap(1);
    rig_nap(50);
    assert_int_equal(rings(&own), 1);
}

/* Metrics. */

struct notes {
    pthread_mutex_t lock;
    char text[1024];
};

static void
note(void *user, const struct chandra_kube_request_info *info)
{
    struct notes *notes = user;
    size_t len;

    pthread_mutex_lock(&notes->lock);
    len = strlen(notes->text);
    snprintf(notes->text + len, sizeof(notes->text) - len, "%s %s %d\n", info->verb, info->resource,
             info->http_status);
    assert_true(info->seconds >= 0 && info->seconds < RIG_PATIENCE_SECONDS);
    pthread_mutex_unlock(&notes->lock);
}

static void
tells_about_requests(void **state)
{
    static const struct {
        enum chandra_method method;
        const char *path;
    } rows[] = {
        {CHANDRA_GET, "/api/v1/pods?limit=5"},
        {CHANDRA_GET, "/api/v1/namespaces/a/pods/b"},
        {CHANDRA_PATCH, "/apis/resource.k8s.io/v1alpha2/namespaces/a/resourceclaims/b/status"},
        {CHANDRA_POST, "/api/v1/namespaces/a/pods/b/binding"},
        {CHANDRA_GET, "/api/v1/namespaces"},
        {CHANDRA_GET, "/api/v1/namespaces/a"},
        {CHANDRA_PUT, "/api/v1/namespaces/a/status"},
        {CHANDRA_GET, "/version"},
        {CHANDRA_DELETE, "/apis/g/v1/things"},
    };
    struct notes notes = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const struct chandra_kube_options options = {
        .size = sizeof(options), .on_request = note, .user = &notes};
    struct rig *rig = *state;

    rig_open(rig, RIG_CA, RIG_TOKEN, &options);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct answer answer;

        rig_ask(rig, rows[i].method, rows[i].path, rows[i].method == CHANDRA_POST ? "{}" : NULL,
                &answer);
        answer_clear(&answer);
    }
    rig_close(state);
    assert_string_equal(notes.text, "LIST pods 200\n"
                                    "GET pods 200\n"
                                    "PATCH resourceclaims/status 200\n"
                                    "POST pods/binding 200\n"
                                    "LIST namespaces 200\n"
                                    "GET namespaces 200\n"
                                    "PUT namespaces/status 200\n"
                                    "GET version 200\n"
                                    "DELETE things 200\n");
}

/* Memory. */

static void
survives_running_out_of_memory(void **state)
{
    const struct chandra_request request = {
        .method = CHANDRA_POST, .path = "/ok", .body = "{}", .body_len = 2};
    struct rig *rig = *state;
    enum chandra_status st = CHANDRA_ENOMEM;
    int http_status = 0;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    for (long count = 0; http_status != 200 && count < 1000; count++) {
        struct answer answer;

        answer_init(&answer);
        ch_alloc_fail_after(count);
        st = rig->transport->ops->submit(rig->transport, &request, answer_take, &answer, NULL);
        if (st == CHANDRA_OK)
            answer_wait(&answer);
        ch_alloc_fail_after(-1);
        http_status = answer.http_status;
        assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM);
        assert_true(st == CHANDRA_OK || answer.count == 0);
        answer_clear(&answer);
    }
    assert_int_equal(http_status, 200);
}

static void
survives_running_out_of_memory_at_the_start(void **state)
{
    struct rig *rig = *state;
    struct chandra_kube_config *config = rig_config(rig, RIG_CA, RIG_TOKEN);
    struct chandra_transport *transport = NULL;
    enum chandra_status st = CHANDRA_ENOMEM;

    for (long count = 0; st == CHANDRA_ENOMEM && count < 1000; count++) {
        ch_alloc_fail_after(count);
        st = chandra_kube_new(config, NULL, &transport, NULL);
        ch_alloc_fail_after(-1);
    }
    assert_int_equal(st, CHANDRA_OK);
    chandra_kube_free(transport);
    chandra_kube_free(NULL);
    chandra_kube_config_free(config);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(sends_what_was_asked, rig_close),
        cmocka_unit_test_teardown(asks_for_a_form, rig_close),
        cmocka_unit_test_teardown(sends_every_method, rig_close),
        cmocka_unit_test_teardown(sends_large_bodies, rig_close),
        cmocka_unit_test_teardown(keeps_connections, rig_close),
        cmocka_unit_test_teardown(verifies_the_server, rig_close),
        cmocka_unit_test_teardown(finds_the_server_under_another_name, rig_close),
        cmocka_unit_test_teardown(goes_through_a_proxy, rig_close),
        cmocka_unit_test_teardown(believes_anybody_only_if_told_to, rig_close),
        cmocka_unit_test_teardown(refuses_certificates_it_cannot_read, rig_close),
        cmocka_unit_test_teardown(keeps_answers_whole, rig_close),
        cmocka_unit_test_teardown(takes_large_answers_up_to_a_limit, rig_close),
        cmocka_unit_test_teardown(notices_answers_that_are_cut, rig_close),
        cmocka_unit_test_teardown(sends_nothing_twice, rig_close),
        cmocka_unit_test_teardown(waits_for_so_long_and_no_longer, rig_close),
        cmocka_unit_test_teardown(names_a_server_that_is_not_there, rig_close),
        cmocka_unit_test_teardown(comes_back_with_the_server, rig_close),
        cmocka_unit_test_teardown(comes_back_when_it_is_told_to, rig_close),
        cmocka_unit_test_teardown(does_not_come_back_for_ever, rig_close),
        cmocka_unit_test_teardown(answers_many_requests, rig_close),
        cmocka_unit_test_teardown(keeps_to_the_rate, rig_close),
        cmocka_unit_test_teardown(ends_what_is_under_way, rig_close),
        cmocka_unit_test_teardown(takes_requests_from_callbacks, rig_close),
        cmocka_unit_test_teardown(takes_no_requests_at_the_end, rig_close),
        cmocka_unit_test_teardown(rings_timers, rig_close),
        cmocka_unit_test_teardown(forgets_timers_while_they_ring, rig_close),
        cmocka_unit_test_teardown(tells_about_requests, rig_close),
        cmocka_unit_test_teardown(survives_running_out_of_memory, rig_close),
        cmocka_unit_test_teardown(survives_running_out_of_memory_at_the_start, rig_close),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
