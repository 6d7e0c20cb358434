/* text.h - shows explanations to people in terminals. */
#ifndef CHANDRA_CLI_EXPLAIN_TEXT_H
#define CHANDRA_CLI_EXPLAIN_TEXT_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct text_options {
    bool has_color;
    int64_t max_nodes; /* entries of their list; nodes that are alike are one */
    const char *node;  /* list this one alone, with every rule that it breaks; or NULL */
};

/* Print an explanation, at most 80 columns wide. Errors: ENOMEM. */
enum chandra_status text_show(FILE *out, const struct chandra_value *root,
                              const struct text_options *options, struct chandra_error *err);
/* Print what is known of one node of an explanation. False: it is not in there. */
bool text_show_node(FILE *out, const struct chandra_value *root, const char *node);

#endif
