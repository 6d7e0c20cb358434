/* table.c - measures and prints columns. */
#include "table.h"

#include "cli.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { GAP = 2, MIN_LAST_COLUMN = 20 };

bool
table_add(struct table *table, const char *const *cells)
{
    if (table->count + table->columns > table->capacity) {
        const size_t capacity = (table->capacity + table->columns) * 2;
        char **grown = chandra_realloc(table->cells, capacity * sizeof(*grown));
        if (!grown)
            return false;
        table->cells = grown;
        table->capacity = capacity;
    }
    for (size_t i = 0; i < table->columns; i++) {
        const size_t size = strlen(cells[i]) + 1;
        char *cell = chandra_realloc(NULL, size);
        if (!cell)
            return false;
        table->cells[table->count++] = memcpy(cell, cells[i], size);
    }
    return true;
}

/* Columns of the terminal; 0 when standard output is none, so that nothing is wrapped in a pipe. */
static size_t
terminal_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

/* How much of `text` fits into `width`, broken after a space where there is one. */
static size_t
fitting(const char *text, size_t width)
{
    const size_t len = strlen(text);
    size_t at = width;

    if (width == 0 || len <= width)
        return len;
    while (at > 0 && text[at] != ' ')
        at--;
    return at > 0 ? at : width;
}

static void
print_last(const char *text, size_t column, size_t width, const char *end)
{
    size_t room = 0;

    if (width > 0)
        room = width > column + MIN_LAST_COLUMN ? width - column : MIN_LAST_COLUMN;
    for (;;) {
        const size_t len = fitting(text, room);
        printf("%.*s", (int)len, text);
        text += len;
        text += strspn(text, " ");
        if (!*text)
            break;
        printf("\n%*s", (int)column, "");
    }
    printf("%s\n", end);
}

static void
print_row(const struct table *table, size_t row, const size_t *widths, size_t terminal)
{
    const bool is_bold = row == 0 && cli_has_color(STDOUT_FILENO);
    char *const *cells = &table->cells[row * table->columns];
    size_t column = 0;

    if (is_bold)
        printf("\033[1m");
    for (size_t i = 0; i + 1 < table->columns; i++) {
        printf("%-*s", (int)(widths[i] + GAP), cells[i]);
        column += widths[i] + GAP;
    }
    print_last(cells[table->columns - 1], column, terminal, is_bold ? "\033[0m" : "");
}

void
table_print(struct table *table)
{
    const size_t terminal = terminal_width();
    size_t widths[TABLE_MAX_COLUMNS] = {0};

    for (size_t i = 0; i < table->count; i++) {
        const size_t len = strlen(table->cells[i]);
        if (len > widths[i % table->columns])
            widths[i % table->columns] = len;
    }
    for (size_t row = 0; row * table->columns < table->count; row++)
        print_row(table, row, widths, terminal);
    table_clear(table);
}

void
table_clear(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        chandra_free(table->cells[i]);
    chandra_free(table->cells);
    *table = (struct table){.columns = table->columns};
}
