/* quantity.h - Kubernetes resource quantities ("500m", "16Gi", "1e3"), exact. */
#ifndef CHANDRA_SYS_QUANTITY_H
#define CHANDRA_SYS_QUANTITY_H

#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the longest canonical text, its end included. */
#define CHANDRA_QUANTITY_TEXT 40

enum chandra_quantity_format {
    CHANDRA_QUANTITY_DECIMAL_SI,
    CHANDRA_QUANTITY_BINARY_SI,
    CHANDRA_QUANTITY_EXPONENT,
};

/** In nano units, signed. Everything finer is rounded away from zero, as Kubernetes does;
 * everything beyond int64 whole units is capped at it. */
struct chandra_quantity {
    __extension__ __int128 nano;
    enum chandra_quantity_format format;
};

/** Read what Go's resource.ParseQuantity() reads. Errors: EINVAL. Threads: any. */
CHANDRA_API enum chandra_status chandra_quantity_parse(const char *text,
                                                       struct chandra_quantity *out_quantity,
                                                       struct chandra_error *err);
/** -1, 0 or 1. Threads: any. */
CHANDRA_API int chandra_quantity_compare(const struct chandra_quantity *a,
                                         const struct chandra_quantity *b);
/** a + b, or a - b for `is_minus`, in the format of the first that is not zero. False when the
 * result is beyond int64 whole units; *out_quantity is untouched then. Threads: any. */
CHANDRA_API bool chandra_quantity_add(const struct chandra_quantity *a,
                                      const struct chandra_quantity *b, bool is_minus,
                                      struct chandra_quantity *out_quantity);
/** Write the canonical text; `size` is at least CHANDRA_QUANTITY_TEXT. Threads: any. */
CHANDRA_API void chandra_quantity_print(const struct chandra_quantity *quantity, char *text,
                                        size_t size);

#ifdef __cplusplus
}
#endif
#endif
