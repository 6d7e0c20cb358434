/* words.h - the words of a command line. */
#ifndef CHANDRA_CLI_REPL_WORDS_H
#define CHANDRA_CLI_REPL_WORDS_H

#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

enum { WORDS_MAX = 64 };

/* Words are parted by spaces; "..." and '...' hold spaces together. */
struct words {
    char *text; /* the copy that the words lie in */
    const char *items[WORDS_MAX];
    size_t count;
    const char *rest; /* of the line, behind the first word; in the caller's text */
};

/* Errors: EINVAL (a quote without its end, too many words), ENOMEM. */
enum chandra_status words_parse(const char *line, struct words *out_words,
                                struct chandra_error *err);
/* Whether braces, brackets and quotes of a YAML or JSON value are still open. */
bool words_is_open(const char *text);
void words_clear(struct words *words);

#endif
