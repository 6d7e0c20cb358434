/* agenda.c - a binary heap of alarms. */
#include "sim/agenda.h"

#include "base/alloc.h"

static bool
is_before(const struct ch_sim_alarm *a, const struct ch_sim_alarm *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void
swap(struct ch_sim_alarm *a, struct ch_sim_alarm *b)
{
    const struct ch_sim_alarm saved = *a;

    *a = *b;
    *b = saved;
}

bool
ch_sim_agenda_add(struct ch_sim_agenda *agenda, const struct ch_sim_alarm *alarm)
{
    size_t i = agenda->count;

    if (!ch_grow(&agenda->alarms, &agenda->capacity, i + 1, sizeof(*agenda->alarms)))
        return false;
    agenda->alarms[agenda->count++] = *alarm;
    for (; i > 0 && is_before(&agenda->alarms[i], &agenda->alarms[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&agenda->alarms[i], &agenda->alarms[(i - 1) / 2]);
    return true;
}

const struct ch_sim_alarm *
ch_sim_agenda_first(const struct ch_sim_agenda *agenda)
{
    return agenda->count > 0 ? &agenda->alarms[0] : NULL;
}

void
ch_sim_agenda_drop_first(struct ch_sim_agenda *agenda)
{
    struct ch_sim_alarm *alarms = agenda->alarms;
    size_t i = 0;

    alarms[0] = alarms[--agenda->count];
    for (;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < agenda->count; child++)
            if (is_before(&alarms[child], &alarms[least]))
                least = child;
        if (least == i)
            return;
        swap(&alarms[i], &alarms[least]);
        i = least;
    }
}

void
ch_sim_agenda_clear(struct ch_sim_agenda *agenda)
{
    ch_free(agenda->alarms);
    *agenda = (struct ch_sim_agenda){0};
}
