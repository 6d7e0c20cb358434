/* change.h - which changes of an object may make a pod schedulable. */
#ifndef CHANDRA_CLI_CHANGE_H
#define CHANDRA_CLI_CHANGE_H

#include <chandra/object.h>
#include <stdbool.h>

/* Whether two objects have the same labels. */
bool change_same_labels(const struct chandra_object *a, const struct chandra_object *b);
/* Whether the update of a parked pod is a reason to try it: anything but its status, except for the
 * names of its claims. */
bool change_is_worth_a_try(const struct chandra_pod *before, const struct chandra_pod *now);

#endif
