/* health.h - answers probes and Prometheus over HTTP. */
#ifndef CHANDRA_CLI_HEALTH_H
#define CHANDRA_CLI_HEALTH_H

#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

struct health;

/* One named check. Returns whether all is well, else with a few words why. Threads: any. */
struct health_check {
    const char *name;
    bool (*is_fine)(void *user, int which, char *why, size_t size);
    int which;       /* for checks that share a function */
    bool is_of_life; /* of /livez too, not of /readyz alone */
};

struct health_options {
    const char *address;               /* [HOST]:PORT */
    const struct health_check *checks; /* ended by a NULL name; must outlive the server */
    void *user;
    /* The text of /metrics, for chandra_free(), or NULL; the member NULL: there is none. */
    char *(*metrics)(void *user, size_t *out_len);
    /* The JSON of /debug/explain/NAMESPACE/POD, for chandra_free(), or NULL where nothing is known
     * of the pod; the member NULL: there is none. */
    char *(*explain)(void *user, const char *name_space, const char *pod, size_t *out_len);
};

/* Whether an address says that nothing shall be served: NULL, "" or "0". */
bool health_is_off(const char *address);
/* Start to serve, on a thread of the server's own. Errors: EINVAL (the address), EIO. */
enum chandra_status health_start(const struct health_options *options, struct health **out_health,
                                 struct chandra_error *err);
void health_stop(struct health *health); /* NULL is fine */

/* The body of a probe, for chandra_free(), NULL when out of memory; `arguments` is the query, such
 * as "verbose&exclude=policy". For the server and for tests. */
char *health_probe(const struct health_options *options, bool is_life, const char *arguments,
                   bool *out_is_fine);

#endif
