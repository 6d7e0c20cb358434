/* result.h - what a simulation came to, as one value that is printed as JSON, YAML or tables. */
#ifndef CHANDRA_CLI_RESULT_H
#define CHANDRA_CLI_RESULT_H

#include "simulate/drive.h"
#include "simulate/manifest.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>

/* Build the result in `doc`; *out_all_placed says whether every pod that was to be scheduled is on
 * a node. Ownership: *out_result is the document's. */
enum chandra_status result_build(const struct drive *drive, const struct manifests *manifests,
                                 struct chandra_doc *doc, struct chandra_value **out_result,
                                 bool *out_all_placed, struct chandra_error *err);
/* Print a result as tables. */
enum chandra_status result_show(const struct chandra_value *result, struct chandra_error *err);

#endif
