/* tell.c - prints what a point of the attempt decided, and what was written to the cluster. */
#include "repl/commands.h"

#include "scheduler/blame.h"

#include <chandra/sys/policy.h>
#include <chandra/sys/stage.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 78, POINT_WIDTH = 11 };

void
say_wrapped(const struct session *session, const char *text, int indent)
{
    say_led(session, "", text, indent);
}

void
say_led(const struct session *session, const char *lead, const char *text, int indent)
{
    const size_t room = (size_t)(WIDTH - indent);
    const bool is_long = strlen(lead) > (size_t)indent;

    while (*text) {
        size_t len = strlen(text);
        if (len > room) {
            len = room;
            while (len > 0 && text[len] != ' ')
                len--;
            if (len == 0)
                len = room;
        }
        if (is_long && *lead)
            say(session, "%s\n%*s%.*s\n", lead, indent, "", (int)len, text);
        else
            say(session, "%-*s%.*s\n", indent, lead, (int)len, text);
        lead = "";
        text += len;
        text += strspn(text, " ");
    }
}

/* "  -2  class excludes the node (claim gpu): node-b2, node-c2" */
static void
tell_exclusion(const struct session *session, const struct exclusion *exclusion)
{
    char line[1400];
    size_t len = (size_t)snprintf(line, sizeof(line), "-%u  %s", exclusion->count, exclusion->rule);

    if (*exclusion->claim)
        len += (size_t)snprintf(line + len, sizeof(line) - len, " (claim %s%s%s)", exclusion->claim,
                                *exclusion->policy ? ", by " : "", exclusion->policy);
    for (size_t i = 0; i < SAMPLE_NODES && exclusion->sample[i] && len < sizeof(line); i++)
        len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s", i == 0 ? ": " : ", ",
                                exclusion->sample[i]);
    if (exclusion->count > SAMPLE_NODES && len < sizeof(line))
        snprintf(line + len, sizeof(line) - len, ", ...");
    say_wrapped(session, line, POINT_WIDTH + 1);
}

static void
tell_filter(const struct session *session)
{
    const struct walk *walk = &session->world.walk;
    const struct blame blame = {.cycle = walk->cycle, .loads = walk->loads};
    struct outcome outcome = {0};

    say(session, "%-*s %u of %u nodes are left\n", POINT_WIDTH, "Filter",
        chandra_nodeset_count(walk->feasible),
        chandra_nodeset_count(chandra_cycle_nodes(walk->cycle)));
    if (blame_nodes(&blame, &outcome))
        for (size_t i = 0; i < outcome.exclusion_count; i++)
            tell_exclusion(session, &outcome.exclusions[i]);
    outcome_clear(&outcome);
}

/* The best first, the first by name among equals; `rank` counts from 0. */
static uint32_t
node_of_rank(const struct walk *walk, uint32_t before)
{
    uint32_t best = CHANDRA_NODESET_END;

    for (uint32_t i = chandra_nodeset_next(walk->feasible, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(walk->feasible, i + 1)) {
        const uint32_t rank = chandra_cycle_node_rank(walk->cycle, i);
        if (before != CHANDRA_NODESET_END &&
            (walk->scores[i] > walk->scores[before] ||
             (walk->scores[i] == walk->scores[before] &&
              rank <= chandra_cycle_node_rank(walk->cycle, before))))
            continue;
        if (best == CHANDRA_NODESET_END || walk->scores[i] > walk->scores[best] ||
            (walk->scores[i] == walk->scores[best] &&
             rank < chandra_cycle_node_rank(walk->cycle, best)))
            best = i;
    }
    return best;
}

static void
tell_scores(const struct session *session)
{
    enum { MOST = 8 };
    const struct walk *walk = &session->world.walk;
    const uint32_t count = chandra_nodeset_count(walk->feasible);
    char line[1400] = "";
    size_t len = 0;
    uint32_t at = CHANDRA_NODESET_END;

    if (!walk->has_scores) {
        say(session, "%-*s the policy has no opinion\n", POINT_WIDTH, "Score");
        return;
    }
    for (uint32_t shown = 0; shown < MOST && len < sizeof(line); shown++) {
        at = node_of_rank(walk, at);
        if (at == CHANDRA_NODESET_END)
            break;
        len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%.200s %lld",
                                shown == 0 ? "" : ", ", walk_node_name(walk, at),
                                (long long)walk->scores[at]);
    }
    say(session, "%-*s of %u nodes, the best first:\n", POINT_WIDTH, "Score", count);
    say_wrapped(session, line, POINT_WIDTH + 1);
}

static void
tell_pick(const struct session *session)
{
    const struct walk *walk = &session->world.walk;

    say(session, "%-*s %s: %s\n", POINT_WIDTH, "Reserve", walk_node_name(walk, walk->node),
        walk->is_suggested ? "the policy suggests it" : "the best of those that are left");
}

/* The code, where it says more than that all is well. */
static void
tell_answer(const struct session *session, const char *point)
{
    const struct chandra_answer *answer = &session->world.walk.answer;

    if (point)
        say(session, "%-*s %s\n", POINT_WIDTH, point, chandra_code_name(answer->code));
    else if (answer->code != CHANDRA_CODE_SUCCESS)
        say(session, "%*s %s\n", POINT_WIDTH, "", chandra_code_name(answer->code));
    if (*answer->reason)
        say_wrapped(session, answer->reason, POINT_WIDTH + 1);
}

void
tell_point(struct session *session)
{
    const struct walk *walk = &session->world.walk;

    if (session->is_quiet || !walk->cycle)
        return;
    switch (walk->done) {
    case WALK_FILTER:
        tell_filter(session);
        if (walk->answer.code == CHANDRA_CODE_ERROR)
            tell_answer(session, NULL);
        break;
    case WALK_SCORE:
        tell_scores(session);
        if (walk->answer.code == CHANDRA_CODE_ERROR)
            tell_answer(session, NULL);
        break;
    case WALK_RESERVE:
        tell_pick(session);
        tell_answer(session, NULL);
        break;
    default:
        tell_answer(session, walk_point_name(walk->done));
        break;
    }
}

/* Writes. */

struct look {
    char *text;
    size_t size;
    const char *kind;
};

static bool
describe(void *user, const struct chandra_value *object)
{
    struct look *look = user;
    const struct chandra_value *spec = chandra_value_get(object, "spec");
    const struct chandra_value *status = chandra_value_get(object, "status");
    const char *selected = chandra_value_string(chandra_value_get(spec, "selectedNode"));

    if (strcmp(look->kind, "PodSchedulingContext") == 0)
        snprintf(look->text, look->size, "selected %s, %zu potential nodes, %zu answers",
                 selected ? selected : "none",
                 chandra_value_count(chandra_value_get(spec, "potentialNodes")),
                 chandra_value_count(chandra_value_get(status, "resourceClaims")));
    else if (strcmp(look->kind, "ResourceClaim") == 0)
        snprintf(look->text, look->size, "%s, %zu users",
                 chandra_value_get(status, "allocation") ? "allocated" : "not allocated",
                 chandra_value_count(chandra_value_get(status, "reservedFor")));
    return false;
}

void
tell_writes(struct session *session, size_t from)
{
    struct chandra_stage *stage = chandra_sim_stage(session->world.sim);
    struct chandra_sim_write write;

    if (session->is_quiet)
        return;
    for (size_t i = from; chandra_sim_write_at(session->world.sim, i, &write); i++) {
        char text[160] = "";
        struct look look = {text, sizeof(text), write.kind};
        if (!*write.actor)
            continue;
        if (write.http_status < 300)
            stage->ops->find(stage, write.kind, write.name_space, write.name, describe, &look);
        say(session, "%*s %s: %s %s%s%s %s%s%s", POINT_WIDTH, "wrote", write.actor, write.method,
            write.kind, *write.subresource ? "/" : "", write.subresource, write.name_space,
            *write.name_space ? "/" : "", write.name);
        if (write.http_status >= 300)
            say(session, " (HTTP %d)", write.http_status);
        say(session, "\n");
        if (*text)
            say(session, "%*s now %s\n", POINT_WIDTH, "", text);
    }
}
