/* watch.h - a thread that looks at the clock for the VMs of a pool, so that instructions need not
 * be counted. While VMs are at work it wakes a few times in the time that a call may take, and
 * sends a signal to each thread whose call was there at the last look already; the signal's handler
 * makes the VM look at its budget. Asleep while nothing works. */
#ifndef CH_LUA_WATCH_H
#define CH_LUA_WATCH_H

#include "vm.h"

#include <pthread.h>

struct ch_lua_watch {
    int signal;   /* 0: none, instructions are counted */
    int64_t tick; /* ns between two looks */
    pthread_t thread;
    pthread_cond_t wake;
    bool is_running; /* under the pool's lock, like all below */
    bool is_asleep;
    bool is_over;
    struct ch_lua_vm *at_work; /* linked by their `next` */
};

struct ch_lua_pool;

/* Install the handler of the signal; nothing for 0. Errors: EINVAL (no signal to be had, or another
 * handler has it), ENOMEM. */
enum chandra_status ch_lua_watch_init(struct ch_lua_watch *watch, int signal, int64_t timeout_ms,
                                      struct chandra_error *err);
/* End the thread; no VM is at work. */
void ch_lua_watch_clear(struct ch_lua_pool *pool);
/* The calling thread begins to use a VM, under the pool's lock. Starts the thread if need be; where
 * that fails the VM's instructions are counted. */
void ch_lua_watch_enter(struct ch_lua_pool *pool, struct ch_lua_vm *vm);
/* It ends. Before the VM goes to another thread or away, ch_lua_watch_settle() without the lock. */
void ch_lua_watch_leave(struct ch_lua_pool *pool, struct ch_lua_vm *vm);
/* Wait for the signal that may be on its way to this thread. */
void ch_lua_watch_settle(const struct ch_lua_pool *pool, struct ch_lua_vm *vm);

#endif
