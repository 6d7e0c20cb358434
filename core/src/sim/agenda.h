/* agenda.h - what is due when, on virtual time: a heap in order of time, then of insertion. */
#ifndef CH_SIM_AGENDA_H
#define CH_SIM_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ch_sim_alarm_kind { CH_SIM_ALARM_TIMER, CH_SIM_ALARM_WORK, CH_SIM_ALARM_WATCH };

struct ch_sim_alarm {
    int64_t due; /* virtual milliseconds */
    uint64_t order;
    enum ch_sim_alarm_kind kind;
    void *target;   /* a timer or a work item */
    uint64_t watch; /* id of a watch that ends */
};

/* Zero-initialized is empty and ready. */
struct ch_sim_agenda {
    struct ch_sim_alarm *alarms;
    size_t count;
    size_t capacity;
};

bool ch_sim_agenda_add(struct ch_sim_agenda *agenda, const struct ch_sim_alarm *alarm);
const struct ch_sim_alarm *ch_sim_agenda_first(const struct ch_sim_agenda *agenda); /* or NULL */
void ch_sim_agenda_drop_first(struct ch_sim_agenda *agenda);
void ch_sim_agenda_clear(struct ch_sim_agenda *agenda);

#endif
