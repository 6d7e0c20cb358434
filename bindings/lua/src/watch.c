/* watch.c - look at the clock for VMs at work. A signal carries the address of the VM that it is
 * for, so that the handler needs nothing else. */
#include "pool.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Looks in the time that a call may take: a call ends within 2 of them after its limit. */
#define LOOKS 32
#define MIN_TICK 1000000
#define MAX_TICK 20000000

#ifdef __GLIBC__
static bool
send_signal(pthread_t thread, int signal, struct ch_lua_vm *vm)
{
    return pthread_sigqueue(thread, signal, (union sigval){.sival_ptr = vm}) == 0;
}
#    define CAN_SEND true
#else
static bool
send_signal(pthread_t thread, int signal, struct ch_lua_vm *vm)
{
    (void)thread;
    (void)signal;
    (void)vm;
    return false;
}
#    define CAN_SEND false
#endif

static void
on_signal(int signal, siginfo_t *info, void *context)
{
    struct ch_lua_vm *vm = info->si_value.sival_ptr;

    (void)signal;
    (void)context;
    if (info->si_code != SI_QUEUE || info->si_pid != getpid())
        return;
    ch_lua_look(vm);
    atomic_store(&vm->is_signalled, false);
}

static enum chandra_status
install(int signal, struct chandra_error *err)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigaction before;

    sigemptyset(&action.sa_mask);
    if (sigaction(signal, NULL, &before) != 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "signal %d cannot be had: %s", signal,
                                 strerror(errno));
    if ((before.sa_flags & SA_SIGINFO) && before.sa_sigaction == on_signal)
        return CHANDRA_OK;
    if ((before.sa_flags & SA_SIGINFO) ||
        (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN))
        return chandra_error_set(err, CHANDRA_EINVAL, "signal %d has another handler", signal);
    if (sigaction(signal, &action, NULL) != 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "signal %d cannot be had: %s", signal,
                                 strerror(errno));
    return CHANDRA_OK;
}

enum chandra_status
ch_lua_watch_init(struct ch_lua_watch *watch, int signal, int64_t timeout_ms,
                  struct chandra_error *err)
{
    const int64_t tick = timeout_ms * 1000000 / LOOKS;
    pthread_condattr_t attributes;
    enum chandra_status st = CHANDRA_OK;

    *watch = (struct ch_lua_watch){.tick = tick < MIN_TICK   ? MIN_TICK
                                           : tick > MAX_TICK ? MAX_TICK
                                                             : tick};
    if (signal == 0 || !CAN_SEND)
        return CHANDRA_OK;
    if (pthread_condattr_init(&attributes) != 0)
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: no condition variable");
    if (pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&watch->wake, &attributes) != 0)
        st = chandra_error_set(err, CHANDRA_ENOMEM, "policy: no condition variable");
    pthread_condattr_destroy(&attributes);
    if (st == CHANDRA_OK) {
        st = install(signal, err);
        if (st == CHANDRA_OK)
            watch->signal = signal;
        else
            pthread_cond_destroy(&watch->wake);
    }
    return st;
}

/* Make those look at their budget that were there at the last look too. */
static void
look(struct ch_lua_watch *watch)
{
    for (struct ch_lua_vm *vm = watch->at_work; vm; vm = vm->next) {
        if (vm->is_seen && !atomic_exchange(&vm->is_signalled, true) &&
            !send_signal(vm->thread, watch->signal, vm))
            atomic_store(&vm->is_signalled, false);
        vm->is_seen = true;
    }
}

static void
wait_tick(struct ch_lua_watch *watch, pthread_mutex_t *lock)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += watch->tick;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&watch->wake, lock, &until);
}

static void *
run(void *argument)
{
    struct ch_lua_pool *pool = argument;
    struct ch_lua_watch *watch = &pool->watch;

    pthread_mutex_lock(&pool->lock);
    while (!watch->is_over) {
        if (watch->at_work) {
            wait_tick(watch, &pool->lock);
            look(watch);
        } else {
            watch->is_asleep = true;
            pthread_cond_wait(&watch->wake, &pool->lock);
            watch->is_asleep = false;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* The thread takes no signal that is meant for the host's. */
static bool
start(struct ch_lua_pool *pool)
{
    sigset_t all, before;
    bool is_started;

    sigfillset(&all);
    if (pthread_sigmask(SIG_BLOCK, &all, &before) != 0)
        return false;
    is_started = pthread_create(&pool->watch.thread, NULL, run, pool) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}

void
ch_lua_watch_enter(struct ch_lua_pool *pool, struct ch_lua_vm *vm)
{
    struct ch_lua_watch *watch = &pool->watch;

    vm->is_watched = false;
    if (watch->signal == 0)
        return;
    if (!watch->is_running)
        watch->is_running = start(pool);
    if (!watch->is_running)
        return;
    vm->is_watched = true;
    vm->is_seen = false;
    vm->thread = pthread_self();
    vm->next = watch->at_work;
    watch->at_work = vm;
    if (watch->is_asleep)
        pthread_cond_signal(&watch->wake);
}

void
ch_lua_watch_leave(struct ch_lua_pool *pool, struct ch_lua_vm *vm)
{
    struct ch_lua_vm **place = &pool->watch.at_work;

    if (!vm->is_watched)
        return;
    while (*place != vm)
        place = &(*place)->next;
    *place = vm->next;
}

void
ch_lua_watch_settle(const struct ch_lua_pool *pool, struct ch_lua_vm *vm)
{
    const struct timespec at_once = {0, 0};
    sigset_t set;

    if (!atomic_load(&vm->is_signalled))
        return;
    sigemptyset(&set);
    sigaddset(&set, pool->watch.signal);
    /* It was sent before: any system call delivers it, or takes it if the thread has it blocked. */
    while (atomic_load(&vm->is_signalled))
        if (sigtimedwait(&set, NULL, &at_once) == pool->watch.signal)
            atomic_store(&vm->is_signalled, false);
}

void
ch_lua_watch_clear(struct ch_lua_pool *pool)
{
    struct ch_lua_watch *watch = &pool->watch;

    if (watch->signal == 0)
        return;
    if (watch->is_running) {
        pthread_mutex_lock(&pool->lock);
        watch->is_over = true;
        pthread_cond_signal(&watch->wake);
        pthread_mutex_unlock(&pool->lock);
        pthread_join(watch->thread, NULL);
    }
    pthread_cond_destroy(&watch->wake);
}
