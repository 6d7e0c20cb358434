/* line.h - lines from the user: edited at a terminal, else read as they come. */
#ifndef CHANDRA_CLI_REPL_LINE_H
#define CHANDRA_CLI_REPL_LINE_H

#include "repl/session.h"

struct line_reader;

enum line_result { LINE_TEXT, LINE_END, LINE_INTERRUPTED };

/* Ownership: caller frees; `session` must outlive it. NULL: out of memory. */
struct line_reader *line_reader_new(struct session *session);
/* Read a line without its end; *out_line is good until the next call. At a terminal it is asked for
 * with the prompt. LINE_INTERRUPTED: Ctrl-C. */
enum line_result line_read(struct line_reader *reader, const char *prompt, const char **out_line);
/* Keep an input for the arrow keys and for the sessions to come. */
void line_remember(struct line_reader *reader, const char *text);
/* Number of the last line read, from 1. */
size_t line_number(const struct line_reader *reader);
void line_reader_free(struct line_reader *reader);

/* edit.c, where libedit is there: the same, at a terminal. */
struct line_editor;
struct line_editor *line_editor_new(struct session *session);
enum line_result line_editor_read(struct line_editor *editor, const char *prompt,
                                  const char **out_line);
void line_editor_remember(struct line_editor *editor, const char *text);
void line_editor_free(struct line_editor *editor);

#endif
