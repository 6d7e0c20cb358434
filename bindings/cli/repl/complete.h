/* complete.h - what a half-typed word may become. */
#ifndef CHANDRA_CLI_REPL_COMPLETE_H
#define CHANDRA_CLI_REPL_COMPLETE_H

#include "repl/session.h"

/* Words in order, without doubles; zeroed memory is an empty list. */
struct completions {
    char **items;
    size_t count;
    size_t start;          /* where the word begins in the line */
    bool is_out_of_memory; /* some are missing */
};

/* Complete the word that ends at `cursor`. */
void complete(struct session *session, const char *line, size_t cursor,
              struct completions *out_completions);
/* Length of what all of them begin with. */
size_t completions_common(const struct completions *completions);
void completions_clear(struct completions *completions);

#endif
