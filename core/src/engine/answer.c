/* answer.c - filling in answers, and the names of codes and points. */
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

const char *
chandra_code_name(enum chandra_code code)
{
    switch (code) {
    case CHANDRA_CODE_SUCCESS:
        return "Success";
    case CHANDRA_CODE_ERROR:
        return "Error";
    case CHANDRA_CODE_UNSCHEDULABLE:
        return "Unschedulable";
    case CHANDRA_CODE_UNRESOLVABLE:
        return "UnschedulableAndUnresolvable";
    case CHANDRA_CODE_SKIP:
        return "Skip";
    case CHANDRA_CODE_PENDING:
        return "Pending";
    case CHANDRA_CODE_QUEUE:
        return "Queue";
    case CHANDRA_CODE_QUEUE_SKIP:
        return "QueueSkip";
    }
    return "";
}

const char *
chandra_point_name(enum chandra_point point)
{
    static const char *const names[] = {"PreEnqueue", "Hint",      "PreFilter", "Filter",
                                        "PostFilter", "PreScore",  "Score",     "Reserve",
                                        "PreBind",    "Unreserve", "PostBind"};

    return (size_t)point < sizeof(names) / sizeof(*names) ? names[point] : "";
}

void
ch_answer(struct chandra_answer *out, enum chandra_code code, const char *fmt, ...)
{
    va_list args;

    out->code = code;
    out->status = CHANDRA_OK;
    va_start(args, fmt);
    ch_format_line(out->reason, sizeof(out->reason), fmt, args);
    va_end(args);
}

void
ch_answer_error(struct chandra_answer *out, const struct chandra_error *err)
{
    ch_answer(out, CHANDRA_CODE_ERROR, "%s", err->message);
    out->status = err->status;
}

void
ch_answer_no_memory(struct chandra_answer *out)
{
    ch_answer(out, CHANDRA_CODE_ERROR, "%s", chandra_status_text(CHANDRA_ENOMEM));
    out->status = CHANDRA_ENOMEM;
}

void
ch_claim_text(const struct chandra_claim *claim, const struct chandra_class *klass, char *text,
              size_t size)
{
    const char *driver = klass ? klass->driver_name : claim->driver_name;

    if (ch_is_empty(driver))
        snprintf(text, size, "claim %s/%s (class %s)", claim->object.name_space, claim->object.name,
                 claim->class_name);
    else
        snprintf(text, size, "claim %s/%s (class %s, driver %s)", claim->object.name_space,
                 claim->object.name, claim->class_name, driver);
}

void
ch_cycle_claim_text(const struct chandra_cycle *cycle, size_t index, char *text, size_t size)
{
    ch_claim_text(ch_cycle_claim_at(cycle, index), chandra_object_class(cycle->claims[index].klass),
                  text, size);
}

bool
ch_answer_begin(const struct chandra_cycle *cycle, struct chandra_answer *out)
{
    if (cycle->engine->options.is_disabled) {
        ch_answer(out, CHANDRA_CODE_SUCCESS, "%s", "");
        return false;
    }
    if (!cycle->has_state) {
        ch_answer(out, CHANDRA_CODE_ERROR, "PreFilter was not called for pod %s/%s",
                  cycle->pod->name_space, cycle->pod->name);
        out->status = CHANDRA_EINVAL;
        return false;
    }
    ch_answer(out, CHANDRA_CODE_SUCCESS, "%s", "");
    return cycle->claim_count > 0;
}
