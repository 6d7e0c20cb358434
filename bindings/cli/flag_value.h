/* flag_value.h - the values of flags: numbers, durations, sizes. */
#ifndef CHANDRA_CLI_FLAG_VALUE_H
#define CHANDRA_CLI_FLAG_VALUE_H

#include "cli.h"

/* Parse a value into `place`. Returns NULL, or, in words, what is wanted in its stead. */
const char *flag_value_parse(enum cli_type type, const char *text, void *place);

#endif
