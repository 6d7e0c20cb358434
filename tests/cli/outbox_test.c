/* outbox_test.c - writes that nobody waits for: their order, how many at once, held back and
 * closed.
 */
#include "schedule/outbox.h"

#include <chandra/sys/transport.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_SENT = 32 };

/* Answers when it is told to. */
struct desk {
    struct chandra_transport base;
    int64_t now_ms;
    struct {
        chandra_response_fn done;
        void *user;
        char path[16];
    } sent[MAX_SENT];
    size_t count;
    size_t answered;
    char ended[128]; /* ids in the order of their ends */
};

static enum chandra_status
submit(struct chandra_transport *transport, const struct chandra_request *request,
       chandra_response_fn done, void *user, struct chandra_error *err)
{
    struct desk *desk = (struct desk *)transport;

    if (strcmp(request->path, "/refused") == 0)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    desk->sent[desk->count].done = done;
    desk->sent[desk->count].user = user;
    snprintf(desk->sent[desk->count].path, sizeof(desk->sent[0].path), "%s", request->path);
    desk->count++;
    return CHANDRA_OK;
}

static int64_t
now_ms(struct chandra_transport *transport)
{
    return ((struct desk *)transport)->now_ms;
}

static const struct chandra_transport_ops ops = {
    .size = sizeof(ops), .submit = submit, .now_ms = now_ms};

static void
on_done(void *user, const char *id, const struct chandra_response *response)
{
    struct desk *desk = user;

    assert_int_equal(response->http_status, 201);
    strncat(desk->ended, id, sizeof(desk->ended) - strlen(desk->ended) - 1);
}

/* Answer the next of those that were sent. */
static void
answer(struct desk *desk)
{
    const struct chandra_response response = {.http_status = 201, .body = "", .retry_after_ms = -1};
    const size_t at = desk->answered++;

    assert_true(at < desk->count);
    desk->sent[at].done(desk->sent[at].user, &response);
}

static void
put(struct outbox *outbox, const char *path, const char *id)
{
    const struct chandra_request request = {
        .method = CHANDRA_POST, .path = path, .body = "{}", .body_len = 2};

    outbox_put(outbox, &request, id);
}

static struct outbox *
open_outbox(struct desk *desk)
{
    struct outbox *outbox;

    desk->base.ops = &ops;
    assert_int_equal(outbox_new(&desk->base, on_done, desk, &outbox, NULL), CHANDRA_OK);
    return outbox;
}

static void
sends_a_few_at_a_time(void **state)
{
    struct desk desk = {0};
    struct outbox *outbox = open_outbox(&desk);

    (void)state;
    for (char id = 'a'; id < 'a' + 10; id++)
        put(outbox, "/x", (char[]){id, '\0'});
    assert_int_equal(desk.count, 8);
    assert_int_equal(outbox_count(outbox), 10);
    for (int i = 0; i < 10; i++)
        answer(&desk);
    assert_string_equal(desk.ended, "abcdefghij");
    assert_int_equal(outbox_count(outbox), 0);
    assert_int_equal(outbox_dropped(outbox), 0);
    outbox_free(outbox);
}

static void
holds_back_for_some_seconds(void **state)
{
    struct desk desk = {0};
    struct outbox *outbox = open_outbox(&desk);

    (void)state;
    outbox_hold(outbox, true);
    put(outbox, "/1", "1");
    desk.now_ms = 2000;
    put(outbox, "/2", "2");
    desk.now_ms = 4999;
    outbox_hold(outbox, true);
    assert_int_equal(desk.count, 0);
    assert_int_equal(outbox_count(outbox), 2);
    desk.now_ms = 5000;
    outbox_hold(outbox, true);
    assert_int_equal(desk.count, 1);
    assert_string_equal(desk.sent[0].path, "/1");
    answer(&desk);
    assert_int_equal(desk.count, 1);
    outbox_hold(outbox, false);
    assert_int_equal(desk.count, 2);
    put(outbox, "/3", "3"); /* at once */
    assert_int_equal(desk.count, 3);
    answer(&desk);
    answer(&desk);
    assert_string_equal(desk.ended, "123");
    outbox_free(outbox);
}

static void
sends_nothing_once_closed(void **state)
{
    struct desk desk = {0};
    struct outbox *outbox = open_outbox(&desk);

    (void)state;
    outbox_hold(outbox, true);
    put(outbox, "/held", "h");
    outbox_close(outbox);
    outbox_hold(outbox, false);
    put(outbox, "/late", "l");
    assert_int_equal(desk.count, 0);
    assert_int_equal(outbox_dropped(outbox), 1);
    outbox_free(outbox);
}

static void
drops_what_cannot_be_sent(void **state)
{
    struct desk desk = {0};
    struct outbox *outbox = open_outbox(&desk);

    (void)state;
    put(outbox, "/refused", "r");
    assert_int_equal(outbox_dropped(outbox), 1);
    assert_int_equal(outbox_count(outbox), 0);
    put(outbox, "/x", "x");
    answer(&desk);
    assert_string_equal(desk.ended, "x");
    outbox_free(outbox);
    outbox_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_a_few_at_a_time),
        cmocka_unit_test(holds_back_for_some_seconds),
        cmocka_unit_test(sends_nothing_once_closed),
        cmocka_unit_test(drops_what_cannot_be_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
