/* configmap.h - the latest state of one ConfigMap, heard of by a watch. */
#ifndef CHANDRA_CLI_CONFIGMAP_H
#define CHANDRA_CLI_CONFIGMAP_H

#include "bell.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/sys/transport.h>
#include <stdbool.h>

struct configmap;

/* `name` is "NAMESPACE/NAME"; `bell`, which may be NULL, is rung for news. Nothing is requested
 * before configmap_look(). The transport must outlive it. Errors: EINVAL, ENOMEM. */
enum chandra_status configmap_new(struct chandra_transport *transport, const char *name,
                                  struct bell *bell, struct configmap **out_map,
                                  struct chandra_error *err);
/* Stop the watch; nothing may be asked any more. */
void configmap_close(struct configmap *map);
/* Free; the transport must have been freed before, or have nothing of it under way. NULL is fine.
 */
void configmap_free(struct configmap *map);

/* Whether something has come that configmap_look() would tell. Threads: any. */
bool configmap_has_news(struct configmap *map);
/* Ask or watch again where that is due. *out_doc is the ConfigMap if it has changed since the last
 * time, else NULL; the caller frees it. Errors: ENOTFOUND (there is none), EFORBIDDEN and so on,
 * each time anew as long as it cannot be had; the watch goes on. Threads: one. */
enum chandra_status configmap_look(struct configmap *map, struct chandra_doc **out_doc,
                                   struct chandra_error *err);
/* Ask, and wait for the answer; as configmap_look(). */
enum chandra_status configmap_fetch(struct configmap *map, struct chandra_doc **out_doc,
                                    struct chandra_error *err);
/* "NAMESPACE/NAME". */
const char *configmap_name(const struct configmap *map);

#endif
