/* table.h - text in aligned columns. */
#ifndef CHANDRA_CLI_TABLE_H
#define CHANDRA_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_MAX_COLUMNS = 8 };

/* Zeroed memory with `columns` set is an empty table. */
struct table {
    size_t columns;
    char **cells;
    size_t count;
    size_t capacity;
};

/* Add a row of `columns` cells, copied; the first row is the heading. False: out of memory. */
bool table_add(struct table *table, const char *const *cells);
/* Print to standard output and clear. On a terminal the last column is wrapped to its width. */
void table_print(struct table *table);
void table_clear(struct table *table);

#endif
