/* commands.h - what begins with ':' at the prompt. */
#ifndef CHANDRA_CLI_REPL_COMMANDS_H
#define CHANDRA_CLI_REPL_COMMANDS_H

#include "repl/session.h"
#include "repl/words.h"

typedef enum chandra_status (*command_fn)(struct session *session, const struct words *words,
                                          struct chandra_error *err);

/* What a command's arguments are, for completion. */
enum argument {
    ARGUMENT_NONE,
    ARGUMENT_FILE,
    ARGUMENT_KIND,
    ARGUMENT_POD,
    ARGUMENT_NODE,
    ARGUMENT_DOC,
    ARGUMENT_COMMAND
};

struct command {
    const char *name; /* with its ':' */
    const char *operands;
    const char *summary;
    const char *details; /* or NULL */
    command_fn run;
    size_t least; /* operands */
    size_t most;
    enum argument argument;
    bool is_change; /* goes into the journal */
};

extern const struct command commands[]; /* ended by a NULL name */

/* cmd_cluster.c */
enum chandra_status command_list(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_show(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_apply(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_delete(struct session *, const struct words *, struct chandra_error *);
/* cmd_walk.c */
enum chandra_status command_pod(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_step(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_run(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_why(struct session *, const struct words *, struct chandra_error *);
/* cmd_driver.c */
enum chandra_status command_answer(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_refuse(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_allow(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_wait(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_fault(struct session *, const struct words *, struct chandra_error *);
/* cmd_policy.c */
enum chandra_status command_load(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_reload(struct session *, const struct words *, struct chandra_error *);
enum chandra_status command_status(struct session *, const struct words *, struct chandra_error *);
/* compare.c */
enum chandra_status command_compare(struct session *, const struct words *, struct chandra_error *);
/* doc.c */
enum chandra_status command_doc(struct session *, const struct words *, struct chandra_error *);

/* tell.c: what a point answered, and what was written since write number `from`. */
void tell_point(struct session *session);
void tell_writes(struct session *session, size_t from);
/* The kind that a word such as "pods", "po" or "Pod" means, as the API spells it; NULL: none. */
const char *kind_by_word(const char *word, bool *out_is_namespaced);
/* Words for kinds, ended by NULL. */
extern const char *const kind_words[];

#endif
