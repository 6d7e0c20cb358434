/* commands.c - the commands' table, and how an input is carried out. */
#include "repl/commands.h"

#include <chandra/cycle.h>
#include <chandra/sys/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum chandra_status command_help(struct session *, const struct words *,
                                        struct chandra_error *);
static enum chandra_status command_quit(struct session *, const struct words *,
                                        struct chandra_error *);
static enum chandra_status command_undo(struct session *, const struct words *,
                                        struct chandra_error *);
static enum chandra_status command_history(struct session *, const struct words *,
                                           struct chandra_error *);
static enum chandra_status command_save(struct session *, const struct words *,
                                        struct chandra_error *);

const struct command commands[] = {
    {.name = ":help",
     .operands = "[COMMAND]",
     .summary = "List the commands, or tell more of one",
     .run = command_help,
     .most = 1,
     .argument = ARGUMENT_COMMAND},
    {.name = ":doc",
     .operands = "[NAME]",
     .summary = "Explain a name of the script API, or list them",
     .run = command_doc,
     .most = 1,
     .argument = ARGUMENT_DOC},
    {.name = ":status",
     .operands = "",
     .summary = "Say what cluster, policy and attempt there are",
     .run = command_status},
    {.name = ":list",
     .operands = "[KIND]",
     .summary = "List pods, claims, nodes, classes, contexts or templates",
     .run = command_list,
     .most = 1,
     .argument = ARGUMENT_KIND},
    {.name = ":show",
     .operands = "KIND NAME",
     .summary = "Print an object as YAML",
     .details = "NAME may have a namespace in front, NAMESPACE/NAME; without one it is default.",
     .run = command_show,
     .least = 2,
     .most = 2,
     .argument = ARGUMENT_KIND},
    {.name = ":apply",
     .operands = "FILE|{...}",
     .summary = "Store the objects of a file, or one that is written out",
     .details = "An object in the line is YAML or JSON that begins with '{'; it may go on in the "
                "next lines. Afterwards the cluster's controllers and drivers do their work.",
     .run = command_apply,
     .is_change = true,
     .least = 1,
     .most = WORDS_MAX,
     .argument = ARGUMENT_FILE},
    {.name = ":delete",
     .operands = "KIND NAME",
     .summary = "Delete an object",
     .run = command_delete,
     .is_change = true,
     .least = 2,
     .most = 2,
     .argument = ARGUMENT_KIND},
    {.name = ":pod",
     .operands = "[NAME]",
     .summary = "Begin an attempt of a pod: PreFilter",
     .details = "Without a name it is the pod at hand once more.",
     .run = command_pod,
     .is_change = true,
     .most = 1,
     .argument = ARGUMENT_POD},
    {.name = ":step",
     .operands = "[N]",
     .summary = "Take the next point of the attempt, or the next N",
     .details = "The points are PreFilter, Filter, then PostFilter when no node is left, else "
                "PreScore and Score (for two nodes or more), Reserve, PreBind, Bind and PostBind; "
                "Unreserve when it goes no further. After the last one the next step begins "
                "another attempt. Drivers do nothing between steps: see :answer.",
     .run = command_step,
     .is_change = true,
     .most = 1},
    {.name = ":run",
     .operands = "",
     .summary = "Let scheduler and drivers work until nothing moves",
     .run = command_run,
     .is_change = true},
    {.name = ":answer",
     .operands = "",
     .summary = "Let controllers and drivers do what they have to do now",
     .run = command_answer,
     .is_change = true},
    {.name = ":refuse",
     .operands = "NODE...",
     .summary = "Have the drivers of pending claims refuse these nodes",
     .details = "Those of the pod's claims that are not allocated. They answer at once, and again "
                "whenever they are asked; :allow ends it.",
     .run = command_refuse,
     .is_change = true,
     .least = 1,
     .most = WORDS_MAX,
     .argument = ARGUMENT_NODE},
    {.name = ":allow",
     .operands = "",
     .summary = "Have all drivers answer as they did in the beginning",
     .run = command_allow,
     .is_change = true},
    {.name = ":wait",
     .operands = "SECONDS",
     .summary = "Move the cluster's clock on, and let it do what comes due",
     .run = command_wait,
     .is_change = true,
     .least = 1,
     .most = 1},
    {.name = ":fault",
     .operands = "METHOD PATH STATUS [COUNT]|clear",
     .summary = "Let requests fail, such as ':fault PUT claims 409 1'",
     .details = "METHOD is an HTTP method, PATH a part of the request's path, STATUS the HTTP "
                "status that is answered, COUNT how often (default 1).",
     .run = command_fault,
     .is_change = true,
     .least = 1,
     .most = 4},
    {.name = ":why",
     .operands = "NODE",
     .summary = "Tell every rule that keeps the pod from a node",
     .run = command_why,
     .least = 1,
     .most = 1,
     .argument = ARGUMENT_NODE},
    {.name = ":load",
     .operands = "FILE...",
     .summary = "Decide by these policies, in this order",
     .details = "A folder stands for the policies in it. The files are loaded again when they "
                "change. A policy that does not load leaves "
                "the one before it in place.",
     .run = command_load,
     .is_change = true,
     .least = 1,
     .most = WORDS_MAX,
     .argument = ARGUMENT_FILE},
    {.name = ":reload",
     .operands = "",
     .summary = "Load the policy's files again",
     .run = command_reload,
     .is_change = true},
    {.name = ":compare",
     .operands = "FILE",
     .summary = "Ask another policy about the pod, beside the one at hand",
     .details = "\"default\" stands for the built-in policy.",
     .run = command_compare,
     .is_change = true,
     .least = 1,
     .most = 1,
     .argument = ARGUMENT_FILE},
    {.name = ":undo",
     .operands = "[N|to N]",
     .summary = "Take back the last change, N of them, or all after number N",
     .details = "\":undo 3\" takes three back; \":undo to 3\" goes back to number 3 of :history, "
                "\":undo to 0\" to the beginning.",
     .run = command_undo,
     .most = 2},
    {.name = ":history",
     .operands = "",
     .summary = "List the changes so far",
     .run = command_history},
    {.name = ":save",
     .operands = "FILE",
     .summary = "Save the session as a record for chandra replay",
     .details = "The name says the format: .jsonl, .jsonl.gz or .yaml.",
     .run = command_save,
     .least = 1,
     .most = 1,
     .argument = ARGUMENT_FILE},
    {.name = ":quit", .operands = "", .summary = "End the session", .run = command_quit},
    {0},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) - 1 };

static const struct command *
find(const char *name, struct chandra_error *err)
{
    const char *names[COMMAND_COUNT];
    const char *nearest;

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(names[i], name) == 0)
            return &commands[i];
    }
    nearest = chandra_nearest(name, names, COMMAND_COUNT);
    if (nearest)
        chandra_error_set(err, CHANDRA_EINVAL, "unknown command %s, did you mean %s?", name,
                          nearest);
    else
        chandra_error_set(err, CHANDRA_EINVAL, "unknown command %s, see :help", name);
    return NULL;
}

static enum chandra_status
run_words(struct session *session, const struct words *words, struct chandra_error *err)
{
    const struct command *command = find(words->items[0], err);

    if (!command)
        return CHANDRA_EINVAL;
    if (words->count - 1 < command->least && *words->rest != '{')
        return chandra_error_set(err, CHANDRA_EINVAL, "%s wants %s", command->name,
                                 command->operands);
    if (words->count - 1 > command->most)
        return chandra_error_set(err, CHANDRA_EINVAL, "too many words for %s %s", command->name,
                                 command->operands);
    return command->run(session, words, err);
}

enum chandra_status
session_command(struct session *session, const char *line, struct chandra_error *err)
{
    struct words words;
    enum chandra_status st = words_parse(line, &words, err);

    if (st != CHANDRA_OK)
        return st;
    if (words.count > 0)
        st = run_words(session, &words, err);
    words_clear(&words);
    return st;
}

static bool
is_change(const char *line)
{
    const size_t len = strcspn(line, " \t\r\n");

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strlen(commands[i].name) == len && strncmp(commands[i].name, line, len) == 0)
            return commands[i].is_change;
    return false;
}

/* Carry out a command, and keep it in the journal when it has changed something. */
static enum chandra_status
do_command(struct session *session, const char *line, struct chandra_error *err)
{
    const size_t writes = chandra_sim_write_count(session->world.sim);
    struct entry entry = {0};
    struct chandra_error failure;
    enum chandra_status st;

    if (!is_change(line))
        return session_command(session, line, err);
    entry.line = chandra_strdup(line);
    if (!entry.line)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    session->noted = &entry;
    st = session_command(session, line, err);
    session->noted = NULL;
    if (st == CHANDRA_OK)
        return session_note(session, &entry, err);
    entry_clear(&entry);
    /* Half of a change is none. */
    if (chandra_sim_write_count(session->world.sim) != writes &&
        session_rebuild(session, session->entry_count, NULL, &failure) != CHANDRA_OK)
        say_error(session, &failure);
    return st;
}

static enum chandra_status
do_lua(struct session *session, const char *line, struct chandra_error *err)
{
    char *text;
    const enum chandra_status st = chandra_lua_console_eval(session->console, line, &text, err);

    if (st != CHANDRA_OK)
        return st;
    say(session, "%s", text);
    chandra_free(text);
    return CHANDRA_OK;
}

void
session_do(struct session *session, const char *line)
{
    static const char *const plain[] = {"help", "quit", "exit"};
    struct chandra_error err;
    enum chandra_status st;

    line += strspn(line, " \t\r\n");
    if (!*line)
        return;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (strncmp(line, plain[i], 4) == 0 && !line[4 + strspn(line + 4, " \t\r\n")])
            line = i == 0 ? ":help" : ":quit";
    st = *line == ':' ? do_command(session, line, &err) : do_lua(session, line, &err);
    if (st != CHANDRA_OK)
        say_error(session, &err);
}

bool
session_is_incomplete(struct session *session, const char *text)
{
    const char *object;

    text += strspn(text, " \t\r\n");
    if (*text != ':')
        return chandra_lua_console_is_incomplete(session->console, text);
    object = text + strcspn(text, " \t\r\n");
    object += strspn(object, " \t\r\n");
    return *object == '{' && words_is_open(object);
}

static void
tell_more(const struct session *session, const struct command *command)
{
    say(session, "%s %s\n  %s.\n", command->name, command->operands, command->summary);
    if (command->details)
        say_wrapped(session, command->details, 2);
}

static enum chandra_status
command_help(struct session *session, const struct words *words, struct chandra_error *err)
{
    char name[64];

    if (words->count > 1) {
        const struct command *command;
        snprintf(name, sizeof(name), "%s%.60s", *words->items[1] == ':' ? "" : ":",
                 words->items[1]);
        command = find(name, err);
        if (!command)
            return CHANDRA_EINVAL;
        tell_more(session, command);
        return CHANDRA_OK;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        snprintf(name, sizeof(name), "%s %s", commands[i].name, commands[i].operands);
        say(session, strlen(name) > 18 ? "%s\n%-18s%s\n" : "%-18s%s%s\n", name, "",
            commands[i].summary);
    }
    say(session, "\nAnything else is Lua, with what a hook sees: cx, pod, claims, claim, nodes,\n"
                 "and the hooks of the policy: policy.match(cx, claim, nodes).\n");
    return CHANDRA_OK;
}

static enum chandra_status
command_quit(struct session *session, const struct words *words, struct chandra_error *err)
{
    (void)words;
    (void)err;
    session->is_over = true;
    return CHANDRA_OK;
}

static enum chandra_status
command_history(struct session *session, const struct words *words, struct chandra_error *err)
{
    (void)words;
    (void)err;
    if (session->entry_count == 0)
        say(session, "nothing has been changed\n");
    for (size_t i = 0; i < session->entry_count; i++)
        say(session, "%4zu  %s\n", i + 1, session->entries[i].line);
    return CHANDRA_OK;
}

/* How many changes are left. */
static enum chandra_status
undo_to(const struct session *session, const struct words *words, size_t *out_left,
        struct chandra_error *err)
{
    const bool is_to = words->count > 1 && strcmp(words->items[1], "to") == 0;
    const char *word = words->count > 1 ? words->items[words->count - 1] : "1";
    char *end;
    const unsigned long number = strtoul(word, &end, 10);

    if (session->entry_count == 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "there is nothing to take back");
    if (*end || end == word || *word == '-' || number > session->entry_count ||
        (words->count > 2) != is_to)
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "want how many of the %zu changes, or \"to\" and a number",
                                 session->entry_count);
    *out_left = is_to ? (size_t)number : session->entry_count - (size_t)number;
    return CHANDRA_OK;
}

static enum chandra_status
command_undo(struct session *session, const struct words *words, struct chandra_error *err)
{
    size_t left = 0;
    enum chandra_status st = undo_to(session, words, &left, err);

    if (st != CHANDRA_OK)
        return st;
    st = session_rebuild(session, left, NULL, err);
    if (st != CHANDRA_OK)
        return st;
    say(session, "took back %zu change%s\n", session->entry_count - left,
        session->entry_count - left == 1 ? "" : "s");
    while (session->entry_count > left)
        entry_clear(&session->entries[--session->entry_count]);
    return command_status(session, NULL, err);
}

static enum chandra_status
command_save(struct session *session, const struct words *words, struct chandra_error *err)
{
    const char *path = words->items[1];
    const enum chandra_status st = session_rebuild(session, session->entry_count, path, err);

    if (st != CHANDRA_OK)
        return st;
    say(session, "saved; run it again with \"chandra replay%s %s\"\n",
        session->files.count > 0 ? " --policy FILE" : "", path);
    for (size_t i = 0; i < session->entry_count; i++)
        if (session->entries[i].policy && strncmp(session->entries[i].line, ":compare", 8) != 0) {
            say(session, "note: the policy changed on the way (:history), and a replay has one\n");
            break;
        }
    return CHANDRA_OK;
}
