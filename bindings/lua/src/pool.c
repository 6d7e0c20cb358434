/* pool.c - hand out VMs to threads. The lock is held for a few instructions only. */
#include "pool.h"

enum chandra_status
ch_lua_pool_init(struct ch_lua_pool *pool, struct chandra_error *err)
{
    enum chandra_status st;

    pool->idle = NULL;
    pool->vm_count = 0;
    pool->waiting = 0;
    if (pthread_mutex_init(&pool->lock, NULL) != 0)
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: no mutex");
    if (pthread_cond_init(&pool->returned, NULL) != 0) {
        pthread_mutex_destroy(&pool->lock);
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: no condition variable");
    }
    st = ch_lua_watch_init(&pool->watch, pool->settings.signal, pool->settings.timeout_ms, err);
    if (st != CHANDRA_OK) {
        pthread_cond_destroy(&pool->returned);
        pthread_mutex_destroy(&pool->lock);
    }
    return st;
}

void
ch_lua_pool_clear(struct ch_lua_pool *pool)
{
    ch_lua_watch_clear(pool);
    while (pool->idle) {
        struct ch_lua_vm *vm = pool->idle;

        pool->idle = vm->next;
        ch_lua_vm_free(vm);
    }
    pthread_cond_destroy(&pool->returned);
    pthread_mutex_destroy(&pool->lock);
}

enum chandra_status
ch_lua_pool_take(struct ch_lua_pool *pool, struct ch_lua_vm **out_vm, struct chandra_error *err)
{
    struct ch_lua_vm *vm;
    enum chandra_status st;

    pthread_mutex_lock(&pool->lock);
    pool->waiting++;
    while (!pool->idle && pool->vm_count >= pool->max_vms)
        pthread_cond_wait(&pool->returned, &pool->lock);
    pool->waiting--;
    vm = pool->idle;
    if (vm) {
        pool->idle = vm->next;
        ch_lua_watch_enter(pool, vm);
    } else {
        pool->vm_count++; /* before it exists, so that the limit holds */
    }
    pthread_mutex_unlock(&pool->lock);
    if (vm) {
        *out_vm = vm;
        return CHANDRA_OK;
    }
    st = ch_lua_vm_new(pool->members, pool->member_count, &pool->settings, NULL, out_vm, err);
    pthread_mutex_lock(&pool->lock);
    if (st == CHANDRA_OK) {
        ch_lua_watch_enter(pool, *out_vm);
    } else {
        pool->vm_count--;
        pthread_cond_signal(&pool->returned);
    }
    pthread_mutex_unlock(&pool->lock);
    return st;
}

void
ch_lua_pool_give(struct ch_lua_pool *pool, struct ch_lua_vm *vm, bool has_failed)
{
    /* A VM also ends before its call numbers could come round. */
    const bool is_worn = has_failed || vm->call > UINT32_MAX - 1000;

    if (vm->is_watched) {
        pthread_mutex_lock(&pool->lock);
        ch_lua_watch_leave(pool, vm);
        pthread_mutex_unlock(&pool->lock);
        ch_lua_watch_settle(pool, vm);
    }
    if (is_worn)
        ch_lua_vm_free(vm);
    pthread_mutex_lock(&pool->lock);
    if (is_worn) {
        pool->vm_count--;
    } else {
        vm->next = pool->idle;
        pool->idle = vm;
    }
    if (pool->waiting > 0)
        pthread_cond_signal(&pool->returned);
    pthread_mutex_unlock(&pool->lock);
}

void
ch_lua_pool_add(struct ch_lua_pool *pool, struct ch_lua_vm *vm)
{
    pthread_mutex_lock(&pool->lock);
    vm->next = pool->idle;
    pool->idle = vm;
    pool->vm_count++;
    pthread_mutex_unlock(&pool->lock);
}
