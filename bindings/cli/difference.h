/* difference.h - the fields in which two answers of a decision record differ, one on a line. */
#ifndef CLI_DIFFERENCE_H
#define CLI_DIFFERENCE_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>

/* Print "PLACE: FIELD: want VALUE, got VALUE" for each field that differs; `want` and `got` are
 * JSON. Fields that a record need not have count only where it has them, reasons only where they
 * are compared. Errors: EPARSE, ENOMEM. */
enum chandra_status difference_print(const char *place, const char *want, const char *got,
                                     bool with_reasons, struct chandra_error *err);

#endif
