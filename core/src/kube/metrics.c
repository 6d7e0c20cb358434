/* metrics.c - what a request was, in the words of metrics: a verb and a resource, never a name. */
#include "kube/clock.h"
#include "kube/kube.h"

#include <stdio.h>
#include <string.h>

/* Segments of a path without its query. */
enum { MAX_SEGMENTS = 10, LONGEST_RESOURCE = 128 };

struct segment {
    const char *text;
    int len;
};

static size_t
split(const char *path, struct segment segments[MAX_SEGMENTS])
{
    size_t count = 0;

    while (*path && *path != '?' && count < MAX_SEGMENTS) {
        const size_t len = strcspn(path, "/?");

        if (len > 0)
            segments[count++] = (struct segment){path, (int)len};
        path += len + (path[len] == '/');
    }
    return count;
}

static bool
is(const struct segment *segment, const char *text)
{
    return strlen(text) == (size_t)segment->len &&
           memcmp(segment->text, text, (size_t)segment->len) == 0;
}

/* Where the resource's name is: after /api/VERSION or /apis/GROUP/VERSION, and a namespace. `count`
 * if the path is of something else. */
static size_t
resource_at(const struct segment *segments, size_t count)
{
    size_t at = count;

    if (count > 0 && is(&segments[0], "api"))
        at = 2;
    else if (count > 0 && is(&segments[0], "apis"))
        at = 3;
    if (at + 2 < count && is(&segments[at], "namespaces") && !is(&segments[at + 2], "status") &&
        !is(&segments[at + 2], "finalize"))
        at += 2;
    return at < count ? at : count;
}

static const char *
verb_of(const struct ch_call *call, bool has_name)
{
    static const char *const verbs[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

    if (call->ops->is_watch)
        return "WATCH";
    if (call->request.method == CHANDRA_GET && !has_name)
        return "LIST";
    return verbs[call->request.method];
}

void
ch_kube_note(const struct ch_call *call, int http_status)
{
    const struct chandra_kube_options *options = &call->kube->options;
    struct segment segments[MAX_SEGMENTS];
    char resource[LONGEST_RESOURCE] = "";
    struct chandra_kube_request_info info;
    size_t count;
    size_t at;
    bool is_resource;

    if (!options->on_request)
        return;
    count = split(call->request.path, segments);
    at = resource_at(segments, count);
    is_resource = at < count;
    if (is_resource && at + 2 < count)
        snprintf(resource, sizeof(resource), "%.*s/%.*s", segments[at].len, segments[at].text,
                 segments[at + 2].len, segments[at + 2].text);
    else if (count > 0)
        snprintf(resource, sizeof(resource), "%.*s", segments[is_resource ? at : 0].len,
                 segments[is_resource ? at : 0].text);
    info = (struct chandra_kube_request_info){verb_of(call, !is_resource || at + 1 < count),
                                              resource, http_status,
                                              (double)(ch_monotonic_us() - call->sent_us) / 1e6};
    options->on_request(options->user, &info);
}
