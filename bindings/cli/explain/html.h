/* html.h - an explanation as one page that needs no network. */
#ifndef CHANDRA_CLI_EXPLAIN_HTML_H
#define CHANDRA_CLI_EXPLAIN_HTML_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdio.h>

/* Print the page. Everything from the document is escaped. Errors: ENOMEM. */
enum chandra_status html_show(FILE *out, const struct chandra_value *root,
                              struct chandra_error *err);

#endif
