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
