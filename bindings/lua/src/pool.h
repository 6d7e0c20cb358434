/* pool.h - the VMs of a policy: one for each call at work, at most max_vms of them. */
#ifndef CH_LUA_POOL_H
#define CH_LUA_POOL_H

#include "watch.h"

#include <pthread.h>

struct ch_lua_pool {
    const struct ch_lua_member *members;
    size_t member_count;
    struct ch_lua_settings settings;
    size_t max_vms;
    bool is_twice; /* each call is run again in a VM of its own; see twin.h */

    pthread_mutex_t lock;
    pthread_cond_t returned;
    struct ch_lua_watch watch;
    struct ch_lua_vm *idle; /* under lock */
    size_t vm_count;        /* under lock: idle and at work */
    size_t waiting;         /* under lock: threads, for a VM */
};

enum chandra_status ch_lua_pool_init(struct ch_lua_pool *pool, struct chandra_error *err);
void ch_lua_pool_clear(struct ch_lua_pool *pool);
/* Take an idle VM, make one, or wait for one. */
enum chandra_status ch_lua_pool_take(struct ch_lua_pool *pool, struct ch_lua_vm **out_vm,
                                     struct chandra_error *err);
/* Give a VM back. One whose call failed is freed, so that no half-done work is ever seen again. */
void ch_lua_pool_give(struct ch_lua_pool *pool, struct ch_lua_vm *vm, bool has_failed);
/* Put a fresh VM, made by other means, into the pool. */
void ch_lua_pool_add(struct ch_lua_pool *pool, struct ch_lua_vm *vm);

#endif
