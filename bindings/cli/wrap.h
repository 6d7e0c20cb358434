/* wrap.h - text in lines that fit a terminal of 80 columns. */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

enum { WRAP_WIDTH = 80 };

/* Print the words of `text` and end the line. The cursor is at `column` already; further lines
 * begin with `indent` spaces. */
void wrap_print(const char *text, int column, int indent);

#endif
