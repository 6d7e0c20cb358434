/* flag_value.h - the values of flags: numbers, durations, sizes. */
#ifndef CHANDRA_CLI_FLAG_VALUE_H
#define CHANDRA_CLI_FLAG_VALUE_H

#include "cli.h"

enum { FLAG_WANT_SIZE = 80 };

/* Parse a value into `place`. Returns NULL, or, in words, what is wanted in its stead, for which
 * there is `room`. */
const char *flag_value_parse(const struct cli_flag *flag, const char *text, void *place,
                             char room[FLAG_WANT_SIZE]);

#endif
