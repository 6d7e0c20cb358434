/* host.h - runs a scheduler on a real cluster until a signal ends it. */
#ifndef CHANDRA_CLI_HOST_H
#define CHANDRA_CLI_HOST_H

#include "schedule/schedule.h"

/* Returns the exit code; 128 and the signal's number after a signal. */
int host_run(struct cli *cli, const struct schedule_options *options);

#endif
