/* session.h - a session of the REPL: the cluster, the policy, the console, and what was done.
 *
 * What changes the cluster is a line in the journal. The cluster is deterministic, so undo and save
 * make it again from its base and carry the journal out once more.
 */
#ifndef CHANDRA_CLI_REPL_SESSION_H
#define CHANDRA_CLI_REPL_SESSION_H

#include "cli.h"
#include "problems.h"
#include "repl/base.h"
#include "repl/world.h"

#include <chandra/lua.h>
#include <signal.h>

/* One line that changed something, with what it read, since files may change. */
struct entry {
    char *line;
    struct chandra_policy *policy; /* it loaded; or NULL */
    struct chandra_doc *doc;       /* it applied; or NULL */
};

/* The files of a policy, and what they held when they were read. */
struct policy_files {
    char **paths;
    size_t count;
    char *text; /* of all files, to see changes; or what kept them from being read */
};

struct session {
    struct base base;
    struct problems problems;
    struct world world;
    struct chandra_policy *first_policy; /* of the session's begin */
    struct chandra_policy *policy;
    struct policy_files files;
    struct chandra_lua_options lua; /* budgets of policies and lines */
    struct chandra_lua_console *console;
    struct entry *entries; /* the journal */
    size_t entry_count;
    const struct entry *redo; /* the entry that is carried out again; or NULL */
    struct entry *noted;      /* what is being carried out, if it changes anything */
    bool is_quiet;
    volatile sig_atomic_t is_interrupted; /* Ctrl-C: what takes several steps ends */
    bool is_interactive;
    bool is_over;
    size_t line_number; /* of the input, when not interactive */
    int code;           /* of the first failure, when not interactive */
};

/* Print a line, or part of one, unless the journal is carried out again. */
void say(const struct session *session, const char *fmt, ...) CHANDRA_PRINTF(2, 3);
/* Print text in lines of at most 78 columns, each `indent` columns from the left. */
void say_wrapped(const struct session *session, const char *text, int indent);
/* The same, with a word or two in the space on the left of the first line. */
void say_led(const struct session *session, const char *lead, const char *text, int indent);
/* Tell of a failure on standard error, likewise. */
void say_error(struct session *session, const struct chandra_error *err);

/* Make the cluster anew, carry the first `count` entries of the journal out, and record it all if
 * `record` is not NULL. */
enum chandra_status session_rebuild(struct session *session, size_t count, const char *record,
                                    struct chandra_error *err);
/* Begin an attempt of a pod; NULL: of the first that waits and has claims, if any. */
enum chandra_status session_choose(struct session *session, struct chandra_object *pod,
                                   struct chandra_error *err);
/* Decide by another policy from now on; takes a reference. */
enum chandra_status session_set_policy(struct session *session, struct chandra_policy *policy,
                                       struct chandra_error *err);
/* The same, and begin the attempt at hand anew, with a line that says so. */
enum chandra_status session_take_policy(struct session *session, struct chandra_policy *policy,
                                        struct chandra_error *err);
/* Append to the journal, which takes what the entry holds. */
enum chandra_status session_note(struct session *session, struct entry *entry,
                                 struct chandra_error *err);
void entry_clear(struct entry *entry);
/* The cycle has moved: what the console shows is the new moment. */
void session_moment(struct session *session);
/* Read policy files; NULL paths: those that are loaded. Caller unrefs *out_policy. */
enum chandra_status session_read_policy(struct session *session, const char *const *paths,
                                        size_t count, struct chandra_policy **out_policy,
                                        struct chandra_error *err);
/* Remember that these files are the policy. */
enum chandra_status session_keep_files(struct session *session, const char *const *paths,
                                       size_t count, struct chandra_error *err);
/* Load the policy's files again if they have changed; tells what came of it. */
void session_poll_policy(struct session *session);

/* Carry out one input: a command, or Lua. */
void session_do(struct session *session, const char *line);
/* Whether the input goes on in the next line. */
bool session_is_incomplete(struct session *session, const char *text);
/* Carry out a command as part of the journal; `line` begins with ':'. */
enum chandra_status session_command(struct session *session, const char *line,
                                    struct chandra_error *err);
void session_clear(struct session *session);

#endif
