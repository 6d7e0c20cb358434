/* html_parts.h - the parts of the page, for each other. */
#ifndef CHANDRA_CLI_EXPLAIN_HTML_PARTS_H
#define CHANDRA_CLI_EXPLAIN_HTML_PARTS_H

#include <chandra/doc.h>
#include <stdbool.h>
#include <stdio.h>

extern const char *const html_style[]; /* pieces, ended by NULL */
extern const char html_script[];

/* Text with everything escaped that HTML could take for its own, also inside attributes; control
 * characters are shown as such. */
void html_text(FILE *out, const char *text);
/* The letter of a stage in a box of its colour, with its meaning for those who do not see it. */
void html_letter(FILE *out, const char *stage);
/* The nodes and what each column takes them by. False: out of memory. */
bool html_nodes(FILE *out, const struct chandra_value *root);
/* "claim gpu: class excludes the node; wants x" */
void html_rule(FILE *out, const struct chandra_value *miss);

#endif
