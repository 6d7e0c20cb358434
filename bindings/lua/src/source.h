/* source.h - policy text: where it comes from, what it is called, its hash. */
#ifndef CH_LUA_SOURCE_H
#define CH_LUA_SOURCE_H

#include "vm.h"

#define CH_LUA_MAX_SOURCE ((size_t)1024 * 1024)

/* Copy a source, read its header, compute its hash. On failure the member is still to be cleared.
 */
enum chandra_status ch_lua_member_init(struct ch_lua_member *member,
                                       const struct chandra_lua_source *source,
                                       struct chandra_error *err);
void ch_lua_member_clear(struct ch_lua_member *member);

/* Hexadecimal SHA-256; false when out of memory. */
bool ch_lua_sha256(const char *text, size_t len, char hex[65]);

/* Read files as sources; their names are `paths`. Ownership: ch_lua_sources_free(). */
enum chandra_status ch_lua_sources_read(const char *const *paths, size_t count,
                                        struct chandra_lua_source **out_sources,
                                        struct chandra_error *err);
void ch_lua_sources_free(struct chandra_lua_source *sources, size_t count);

#endif
