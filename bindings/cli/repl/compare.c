/* compare.c - asks two policies about the same pod, and shows where they differ. */
#include "repl/commands.h"

#include "scheduler/blame.h"
#include "table.h"

#include <chandra/sys/policy.h>
#include <stdio.h>
#include <string.h>

enum { MAX_ROWS = 40 };

/* One policy's answers, of an attempt up to Score. */
struct side {
    const char *name;
    struct walk walk;
    char failure[1100]; /* "" for none */
};

static enum chandra_status
ask(struct session *session, struct chandra_policy *policy, struct side *side,
    struct chandra_error *err)
{
    struct world *world = &session->world;
    struct chandra_engine *engine = scheduler_engine(world->scheduler);
    struct walk *walk = &side->walk;
    enum chandra_status st;

    side->name = chandra_policy_info_at(policy, 0)->name;
    chandra_engine_set_policy(engine, policy);
    st = walk_begin(walk, engine, chandra_sim_transport(world->sim),
                    scheduler_loads(world->scheduler), world->walk.pod, err);
    chandra_engine_set_policy(engine, session->policy);
    if (st != CHANDRA_OK)
        return st;
    while (walk->next == WALK_FILTER || walk->next == WALK_PRE_SCORE || walk->next == WALK_SCORE)
        walk_step(walk);
    if (walk->answer.code == CHANDRA_CODE_ERROR || walk->done < WALK_FILTER)
        snprintf(side->failure, sizeof(side->failure), "%s", walk->answer.reason);
    else if (!chandra_nodeset_is_empty(walk->feasible))
        walk_pick(walk);
    return CHANDRA_OK;
}

/* The first rule that the node breaks. */
struct first_rule {
    char *text;
    size_t size;
};

static void
note_rule(void *user, const struct miss *miss)
{
    const struct first_rule *first = user;

    if (!*first->text)
        snprintf(first->text, first->size, "no: %s", miss->rule);
}

/* What a policy says of a node, in a few words. */
static void
describe(const struct side *side, const char *node, char *text, size_t size)
{
    const struct walk *walk = &side->walk;
    const uint32_t index = chandra_cycle_node_index(walk->cycle, node);
    const struct blame blame = {.cycle = walk->cycle, .loads = walk->loads};
    const char *mark = walk->is_suggested ? ", suggested" : ", picked";
    struct first_rule first = {text, size};

    text[0] = '\0';
    if (!chandra_nodeset_has(walk->feasible, index)) {
        blame_node(&blame, index, note_rule, &first);
        return;
    }
    if (walk->has_scores)
        snprintf(text, size, "yes %lld%s", (long long)walk->scores[index],
                 walk->node == index ? mark : "");
    else
        snprintf(text, size, "yes%s", walk->node == index ? mark : "");
}

/* Cut to a column's width, since the table has to fit. */
static void
cut(char *text, size_t width)
{
    if (strlen(text) > width)
        snprintf(text + width - 3, 4, "...");
}

/* Whether the row was wanted; *out_ok is false when out of memory. */
static bool
add_node(struct table *table, const struct side sides[2], const char *node, bool only_different,
         bool *out_ok)
{
    char texts[2][160];
    bool is_equal;

    describe(&sides[0], node, texts[0], sizeof(texts[0]));
    describe(&sides[1], node, texts[1], sizeof(texts[1]));
    is_equal = strcmp(texts[0], texts[1]) == 0;
    if (is_equal && only_different)
        return false;
    cut(texts[0], 26);
    cut(texts[1], 26);
    if (table->count < (size_t)(MAX_ROWS + 1) * table->columns)
        *out_ok =
            table_add(table, (const char *const[]){is_equal ? "" : "*", node, texts[0], texts[1]});
    return true;
}

/* The nodes by name; of many those alone for which the policies differ. */
static bool
add_nodes(struct table *table, const struct side sides[2], size_t *out_wanted)
{
    const struct walk *walk = &sides[0].walk;
    const struct chandra_nodeset *nodes = chandra_cycle_nodes(walk->cycle);
    const uint32_t capacity = chandra_cycle_capacity(walk->cycle);
    const bool are_many = chandra_nodeset_count(nodes) > MAX_ROWS;
    bool is_ok = true;

    for (uint32_t rank = 0; is_ok && rank < capacity; rank++)
        for (uint32_t i = 0; is_ok && i < capacity; i++)
            if (chandra_nodeset_has(nodes, i) && chandra_cycle_node_rank(walk->cycle, i) == rank)
                *out_wanted += add_node(table, sides, walk_node_name(walk, i), are_many, &is_ok);
    return is_ok;
}

static enum chandra_status
show(struct session *session, const struct side sides[2], struct chandra_error *err)
{
    struct table table = {.columns = 4};
    size_t wanted = 0;
    bool is_ok;

    if (session->is_quiet)
        return CHANDRA_OK;
    for (size_t i = 0; i < 2; i++)
        if (*sides[i].failure)
            say(session, "%s failed: %s\n", sides[i].name, sides[i].failure);
    if (*sides[0].failure || *sides[1].failure)
        return CHANDRA_OK;
    is_ok = table_add(&table, (const char *const[]){"", "NODE", sides[0].name, sides[1].name});
    is_ok = is_ok && add_nodes(&table, sides, &wanted);
    if (!is_ok) {
        table_clear(&table);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    table_print(&table);
    if (wanted > MAX_ROWS)
        say(session, "... %zu more\n", wanted - MAX_ROWS);
    say(session, "* they differ\n");
    return CHANDRA_OK;
}

enum chandra_status
command_compare(struct session *session, const struct words *words, struct chandra_error *err)
{
    const bool is_default = strcmp(words->items[1], "default") == 0;
    struct chandra_policy *other = session->redo ? session->redo->policy : NULL;
    struct side sides[2] = {0};
    enum chandra_status st = CHANDRA_OK;

    if (!session->world.walk.cycle)
        return chandra_error_set(err, CHANDRA_EINVAL, "no pod is chosen, see :pod");
    if (!other) {
        st = session_read_policy(session, words->items + 1, is_default ? 0 : 1, &other, err);
        if (st != CHANDRA_OK)
            return st;
        session->noted->policy = other;
    }
    st = ask(session, session->policy, &sides[0], err);
    if (st == CHANDRA_OK)
        st = ask(session, other, &sides[1], err);
    if (st == CHANDRA_OK)
        st = show(session, sides, err);
    walk_clear(&sides[0].walk);
    walk_clear(&sides[1].walk);
    return st;
}
