/* line.c - reads lines of any length; at a terminal through libedit where it is there. */
#include "repl/line.h"

#include <chandra/sys/base.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LINE = 4 * 1024 * 1024 };

struct line_reader {
    struct session *session;
    struct line_editor *editor; /* or NULL */
    char *text;
    size_t size;
    size_t number;
};

struct line_reader *
line_reader_new(struct session *session)
{
    struct line_reader *reader = chandra_realloc(NULL, sizeof(*reader));

    if (!reader)
        return NULL;
    *reader = (struct line_reader){.session = session};
#ifdef CHANDRA_EDIT
    if (session->is_interactive)
        reader->editor = line_editor_new(session);
#endif
    return reader;
}

static bool
grow(struct line_reader *reader)
{
    const size_t size = reader->size * 2 + 256;
    char *text = size <= MAX_LINE ? chandra_realloc(reader->text, size) : NULL;

    if (text) {
        reader->text = text;
        reader->size = size;
    }
    return text != NULL;
}

/* A line that is too long is cut. */
static enum line_result
read_plain(struct line_reader *reader, const char **out_line)
{
    size_t len = 0;
    int c;

    if (!reader->text && !grow(reader))
        return LINE_END;
    errno = 0;
    while ((c = getchar()) != EOF && c != '\n')
        if (c != '\0' && (len + 1 < reader->size || grow(reader)))
            reader->text[len++] = (char)c;
    if (c == EOF && errno == EINTR) {
        clearerr(stdin);
        return LINE_INTERRUPTED;
    }
    if (c == EOF && len == 0)
        return LINE_END;
    reader->text[len] = '\0';
    *out_line = reader->text;
    return LINE_TEXT;
}

enum line_result
line_read(struct line_reader *reader, const char *prompt, const char **out_line)
{
    reader->number++;
    fflush(stdout);
#ifdef CHANDRA_EDIT
    if (reader->editor)
        return line_editor_read(reader->editor, prompt, out_line);
#endif
    if (reader->session->is_interactive) {
        printf("%s", prompt);
        fflush(stdout);
    }
    return read_plain(reader, out_line);
}

void
line_remember(struct line_reader *reader, const char *text)
{
#ifdef CHANDRA_EDIT
    if (reader->editor)
        line_editor_remember(reader->editor, text);
#else
    (void)reader;
    (void)text;
#endif
}

size_t
line_number(const struct line_reader *reader)
{
    return reader->number;
}

void
line_reader_free(struct line_reader *reader)
{
    if (!reader)
        return;
#ifdef CHANDRA_EDIT
    line_editor_free(reader->editor);
#endif
    chandra_free(reader->text);
    chandra_free(reader);
}
