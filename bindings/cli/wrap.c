/* wrap.c - breaks lines between words. */
#include "wrap.h"

#include <stdio.h>
#include <string.h>

/* Columns of `len` bytes of UTF-8. */
static int
columns_of(const char *text, int len)
{
    int columns = 0;

    for (int i = 0; i < len; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

void
wrap_print(const char *text, int column, int indent)
{
    const char *gap = "";

    while (*text) {
        const int len = (int)strcspn(text, " ");
        const int columns = columns_of(text, len) + (*gap ? 1 : 0);
        if (column > indent && column + columns > WRAP_WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
            gap = "";
        }
        printf("%s%.*s", gap, len, text);
        column += columns_of(text, len) + (*gap ? 1 : 0);
        gap = " ";
        text += len;
        text += strspn(text, " ");
    }
    putchar('\n');
}
