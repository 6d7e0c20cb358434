/* words.c - splits a command line into words. */
#include "repl/words.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <string.h>

static const char spaces[] = " \t\r\n";

/* The quote that holds behind a character, of one that held before it; NUL for none. */
static char
quote_at(char c, char quote)
{
    if (quote && c != quote)
        return quote;
    if (!quote && (c == '"' || c == '\''))
        return c;
    return '\0';
}

/* Copy one word to `to`, without its quotes; NULL when a quote does not end. */
static const char *
take_word(const char *from, char **to)
{
    char quote = '\0';

    for (; *from && (quote || !strchr(spaces, *from)); from++) {
        if (quote_at(*from, quote) != quote)
            quote = quote_at(*from, quote);
        else
            *(*to)++ = *from;
    }
    *(*to)++ = '\0';
    return quote ? NULL : from;
}

enum chandra_status
words_parse(const char *line, struct words *out_words, struct chandra_error *err)
{
    struct words words = {.text = chandra_realloc(NULL, strlen(line) + 2), .rest = ""};
    char *to = words.text;

    if (!to)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    for (line += strspn(line, spaces); *line; line += strspn(line, spaces)) {
        if (words.count == 1)
            words.rest = line;
        if (words.count == WORDS_MAX || (words.count >= 1 && *words.rest == '{'))
            break;
        words.items[words.count++] = to;
        line = take_word(line, &to);
        if (!line)
            break;
    }
    if (line && (!*line || *words.rest == '{')) {
        *out_words = words;
        return CHANDRA_OK;
    }
    chandra_free(words.text);
    return chandra_error_set(err, CHANDRA_EINVAL,
                             line ? "too many words" : "a quote is not closed");
}

bool
words_is_open(const char *text)
{
    size_t depth = 0;
    char quote = '\0';

    for (; *text; text++) {
        if (quote == '"' && *text == '\\' && text[1])
            text++;
        else
            quote = quote_at(*text, quote);
        if (quote)
            continue;
        if (strchr("{[", *text))
            depth++;
        else if (strchr("}]", *text) && depth > 0)
            depth--;
    }
    return depth > 0 || quote;
}

void
words_clear(struct words *words)
{
    chandra_free(words->text);
    *words = (struct words){0};
}
