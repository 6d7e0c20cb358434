/* timestamp.h - moments as Kubernetes writes them (RFC 3339). */
#ifndef CH_BASE_TIMESTAMP_H
#define CH_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

/* "2006-01-02T15:04:05Z", perhaps with a fraction, which is dropped, or an offset such as +01:00.
 */
bool ch_timestamp_parse(const char *text, int64_t *out_seconds);

#endif
