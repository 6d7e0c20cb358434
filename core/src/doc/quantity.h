/* quantity.h - Kubernetes resource quantities ("500m", "16Gi", "1e3"), exact. */
#ifndef CH_DOC_QUANTITY_H
#define CH_DOC_QUANTITY_H

#include <chandra/error.h>
#include <stddef.h>
#include <stdint.h>

enum ch_quantity_format { CH_QUANTITY_DECIMAL_SI, CH_QUANTITY_BINARY_SI, CH_QUANTITY_EXPONENT };

/* In nano units, signed. Everything finer is rounded away from zero, as Kubernetes does; everything
 * beyond int64 whole units is capped at it. */
struct ch_quantity {
    __extension__ __int128 nano;
    enum ch_quantity_format format;
};

enum chandra_status ch_quantity_parse(const char *text, struct ch_quantity *out,
                                      struct chandra_error *err);
int ch_quantity_compare(const struct ch_quantity *a, const struct ch_quantity *b); /* -1, 0, 1 */
/* Canonical text into `text`; at least 40 bytes. */
void ch_quantity_format(const struct ch_quantity *quantity, char *text, size_t size);

#endif
