/* edit.c - a line editor with history and completion, by libedit; nobody else knows of it. */
#include "repl/complete.h"
#include "repl/line.h"

#include <chandra/sys/base.h>
#include <errno.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HISTORY_SIZE = 1000, PATH_SIZE = 4096, COLUMNS = 78, MAX_SHOWN = 200 };

struct line_editor {
    struct session *session;
    EditLine *edit;
    History *history;
    HistEvent event;
    const char *prompt;
    char *line;
    char path[PATH_SIZE]; /* of the history; "" for none */
};

static const char *
prompt_of(EditLine *edit)
{
    struct line_editor *editor = NULL;

    el_get(edit, EL_CLIENTDATA, &editor);
    return editor->prompt;
}

/* List the candidates below the line. */
static void
show(const struct completions *completions)
{
    size_t width = 0;
    size_t column = 0;

    printf("\n");
    for (size_t i = 0; i < completions->count && i < MAX_SHOWN; i++)
        if (strlen(completions->items[i]) + 2 > width)
            width = strlen(completions->items[i]) + 2;
    for (size_t i = 0; i < completions->count && i < MAX_SHOWN; i++) {
        if (column > 0 && column + width > COLUMNS) {
            printf("\n");
            column = 0;
        }
        printf("%-*s", (int)width, completions->items[i]);
        column += width;
    }
    printf("\n");
    fflush(stdout);
}

/* Tab: what is common to all candidates is written, and where that is nothing they are listed. */
static unsigned char
complete_word(EditLine *edit, int character)
{
    struct line_editor *editor = NULL;
    const LineInfo *info = el_line(edit);
    const size_t cursor = (size_t)(info->cursor - info->buffer);
    char *line = chandra_realloc(NULL, cursor + 1);
    struct completions completions;
    unsigned char result = CC_ERROR;
    size_t there, common;

    (void)character;
    el_get(edit, EL_CLIENTDATA, &editor);
    if (!line)
        return CC_ERROR;
    memcpy(line, info->buffer, cursor);
    line[cursor] = '\0';
    complete(editor->session, line, cursor, &completions);
    there = cursor - completions.start;
    common = completions_common(&completions);
    if (completions.count > 0 && common > there) {
        completions.items[0][common] = '\0';
        if (el_insertstr(edit, completions.items[0] + there) == 0)
            result = CC_REFRESH;
    } else if (completions.count > 1) {
        show(&completions);
        result = CC_REDISPLAY;
    }
    completions_clear(&completions);
    chandra_free(line);
    return result;
}

/* $XDG_STATE_HOME/chandra/history; folders that are missing are made, for the user alone. */
static void
find_history(char path[PATH_SIZE])
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    char folder[PATH_SIZE / 2];
    int len;

    path[0] = '\0';
    if (state && *state == '/')
        len = snprintf(folder, sizeof(folder), "%s/chandra", state);
    else if (home && *home == '/')
        len = snprintf(folder, sizeof(folder), "%s/.local/state/chandra", home);
    else
        return;
    if (len < 0 || (size_t)len >= sizeof(folder))
        return;
    for (char *slash = folder + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(folder, 0700);
        *slash = '/';
    }
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return;
    snprintf(path, PATH_SIZE, "%s/history", folder);
}

static bool
open_history(struct line_editor *editor)
{
    editor->history = history_init();
    if (!editor->history)
        return false;
    history(editor->history, &editor->event, H_SETSIZE, HISTORY_SIZE);
    history(editor->history, &editor->event, H_SETUNIQUE, 1);
    find_history(editor->path);
    if (editor->path[0])
        history(editor->history, &editor->event, H_LOAD, editor->path);
    return true;
}

struct line_editor *
line_editor_new(struct session *session)
{
    struct line_editor *editor = chandra_realloc(NULL, sizeof(*editor));

    if (!editor)
        return NULL;
    *editor = (struct line_editor){.session = session, .prompt = ""};
    editor->edit = el_init("chandra", stdin, stdout, stderr);
    if (!editor->edit || !open_history(editor)) {
        line_editor_free(editor);
        return NULL;
    }
    el_set(editor->edit, EL_CLIENTDATA, editor);
    el_set(editor->edit, EL_PROMPT, prompt_of);
    el_set(editor->edit, EL_EDITOR, "emacs");
    el_set(editor->edit, EL_SIGNAL, 0);
    el_set(editor->edit, EL_HIST, history, editor->history);
    el_set(editor->edit, EL_ADDFN, "chandra-complete", "Complete the word", complete_word);
    el_set(editor->edit, EL_BIND, "^I", "chandra-complete", NULL);
    el_set(editor->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(editor->edit, NULL); /* the user's ~/.editrc */
    return editor;
}

enum line_result
line_editor_read(struct line_editor *editor, const char *prompt, const char **out_line)
{
    int len = 0;
    const char *line;
    char *copy;

    editor->prompt = prompt;
    errno = 0;
    line = el_gets(editor->edit, &len);
    if (!line || len <= 0) {
        const bool is_interrupted = len < 0 && errno == EINTR;
        printf("%s\n", is_interrupted ? "^C" : "");
        el_reset(editor->edit);
        return is_interrupted ? LINE_INTERRUPTED : LINE_END;
    }
    if (line[len - 1] == '\n')
        len--;
    copy = chandra_realloc(editor->line, (size_t)len + 1);
    if (!copy)
        return LINE_END;
    memcpy(copy, line, (size_t)len);
    copy[len] = '\0';
    editor->line = copy;
    *out_line = copy;
    return LINE_TEXT;
}

void
line_editor_remember(struct line_editor *editor, const char *text)
{
    history(editor->history, &editor->event, H_ENTER, text);
}

void
line_editor_free(struct line_editor *editor)
{
    if (!editor)
        return;
    if (editor->history) {
        const mode_t mask = umask(077);
        if (editor->path[0])
            history(editor->history, &editor->event, H_SAVE, editor->path);
        umask(mask);
        history_end(editor->history);
    }
    if (editor->edit)
        el_end(editor->edit);
    chandra_free(editor->line);
    chandra_free(editor);
}
