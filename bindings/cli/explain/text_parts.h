/* text_parts.h - what the parts of an explanation in text share. */
#ifndef CHANDRA_CLI_EXPLAIN_TEXT_PARTS_H
#define CHANDRA_CLI_EXPLAIN_TEXT_PARTS_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TEXT_WIDTH = 80 };

/* Columns that the first `len` bytes of a text take: characters, not bytes. */
size_t text_columns(const char *text, size_t len);
/* Print without what would command the terminal: objects and policies may say anything. */
void text_clean(FILE *out, const char *text, size_t len);
/* Print at the end of a line that has `used` columns, going on at column `indent`. */
void text_wrapped(FILE *out, size_t used, size_t indent, const char *text);
/* "claim gpu: class excludes the node" */
void text_rule(const struct chandra_value *miss, char *text, size_t size);
/* "; wants x; saw y" */
void text_gap(const struct chandra_value *miss, const char *seen, char *text, size_t size);

/* The list of nodes, those that are alike as one entry; at most `max_entries`. Errors: ENOMEM. */
enum chandra_status text_nodes(FILE *out, const struct chandra_value *root, int64_t max_entries,
                               struct chandra_error *err);

#endif
