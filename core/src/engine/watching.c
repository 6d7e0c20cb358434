/* watching.c - how an engine's lists and watches are doing, kind by kind. */
#include "engine/engine.h"

#include <stdio.h>

void
chandra_engine_watch_text(const struct chandra_engine *engine, enum chandra_kind kind, char *text,
                          size_t size)
{
    const struct ch_reflector *reflector = engine->reflectors[kind];

    snprintf(text, size, "%s", "");
    if (engine->options.is_disabled)
        return;
    if (!atomic_load(&engine->is_started))
        snprintf(text, size, "not started");
    else if (!reflector)
        return;
    else if (!ch_reflector_is_synced(reflector))
        snprintf(text, size, "waiting for the list");
    else
        ch_reflector_error(reflector, text, size);
}

/* Events are counted under the types that the api layer tells apart. */
_Static_assert((int)CHANDRA_WATCH_ADDED == CH_WATCH_ADDED &&
                   (int)CHANDRA_WATCH_MODIFIED == CH_WATCH_MODIFIED &&
                   (int)CHANDRA_WATCH_DELETED == CH_WATCH_DELETED &&
                   (int)CHANDRA_WATCH_BOOKMARK == CH_WATCH_BOOKMARK &&
                   (int)CHANDRA_WATCH_ERROR == CH_WATCH_ERROR,
               "one order of the types of events");

static const char *const event_names[] = {
    [CHANDRA_WATCH_ADDED] = "added",     [CHANDRA_WATCH_MODIFIED] = "modified",
    [CHANDRA_WATCH_DELETED] = "deleted", [CHANDRA_WATCH_BOOKMARK] = "bookmark",
    [CHANDRA_WATCH_ERROR] = "error",
};

static const char *const restart_names[] = {
    [CHANDRA_RESTART_ENDED] = "ended",     [CHANDRA_RESTART_EXPIRED] = "expired",
    [CHANDRA_RESTART_INVALID] = "invalid", [CHANDRA_RESTART_LOST] = "lost",
    [CHANDRA_RESTART_MEMORY] = "memory",   [CHANDRA_RESTART_REFUSED] = "refused",
};

const char *
chandra_watch_event_name(enum chandra_watch_event type)
{
    return (size_t)type < sizeof(event_names) / sizeof(*event_names) ? event_names[type] : NULL;
}

const char *
chandra_watch_restart_name(enum chandra_watch_restart reason)
{
    return (size_t)reason < sizeof(restart_names) / sizeof(*restart_names) ? restart_names[reason]
                                                                           : NULL;
}

uint64_t
chandra_engine_watch_events(const struct chandra_engine *engine, enum chandra_kind kind,
                            enum chandra_watch_event type)
{
    const struct ch_reflector *reflector = engine->reflectors[kind];

    return reflector && chandra_watch_event_name(type) ? ch_reflector_events(reflector, type) : 0;
}

uint64_t
chandra_engine_watch_restarts(const struct chandra_engine *engine, enum chandra_kind kind,
                              enum chandra_watch_restart reason)
{
    const struct ch_reflector *reflector = engine->reflectors[kind];

    return reflector && chandra_watch_restart_name(reason)
               ? ch_reflector_restarts(reflector, reason)
               : 0;
}
