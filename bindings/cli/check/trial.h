/* trial.h - run a policy on an example cluster, to find what only running shows. */
#ifndef CHANDRA_CLI_TRIAL_H
#define CHANDRA_CLI_TRIAL_H

#include <chandra/error.h>
#include <chandra/lua.h>

/* Run every hook of the policy for pods that find room and for one that does not. What its script
 * fails with is in `failure`, as "FILE:LINE: TEXT", and *out_failed is set. Errors: ENOMEM. */
enum chandra_status check_trial(const struct chandra_lua_source *source, bool *out_failed,
                                struct chandra_error *failure, struct chandra_error *err);

#endif
