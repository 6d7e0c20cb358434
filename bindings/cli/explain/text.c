/* text.c - an explanation as lines: the cause, the funnel, and what may help. */
#include "explain/text.h"

#include "explain/build.h"
#include "explain/explanation.h"
#include "explain/text_parts.h"

#include <inttypes.h>
#include <string.h>

enum { LABEL = 14, LINE_SIZE = 2048, PART_SIZE = 900, STEP = 22 };

size_t
text_columns(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

/* How much of `text` fits into `width` columns, to the last space in it where there is one. */
static size_t
fitting(const char *text, size_t width)
{
    size_t len = 0;
    size_t last_space = 0;

    while (text[len] && text_columns(text, len + 1) <= width) {
        len++;
        if (text[len] == ' ')
            last_space = len;
    }
    while (text[len] && ((unsigned char)text[len] & 0xc0) == 0x80)
        len++;
    return text[len] && last_space > 0 ? last_space : len;
}

void
text_clean(FILE *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char)text[i];
        fputc(byte < 0x20 || byte == 0x7f ? '?' : byte, out);
    }
}

void
text_wrapped(FILE *out, size_t used, size_t indent, const char *text)
{
    size_t width = used < TEXT_WIDTH ? TEXT_WIDTH - used : 1;

    do {
        const size_t len = fitting(text, width);
        text_clean(out, text, len);
        fputc('\n', out);
        text += len;
        text += strspn(text, " ");
        if (*text)
            fprintf(out, "%*s", (int)indent, "");
        width = TEXT_WIDTH - indent;
    } while (*text);
}

static void
put_labeled(FILE *out, const char *label, const char *text)
{
    fprintf(out, "%-*s", LABEL, label);
    text_wrapped(out, LABEL, LABEL, text);
}

/* "a, b, c, ..." */
static void
join_sample(const struct chandra_value *sample, int64_t count, char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < chandra_value_count(sample) && len < size; i++)
        len += (size_t)snprintf(text + len, size - len, "%s%s", i > 0 ? ", " : "",
                                chandra_value_string(chandra_value_at(sample, i)));
    if (len < size && count > (int64_t)chandra_value_count(sample) && len > 0)
        snprintf(text + len, size - len, ", ...");
}

void
text_rule(const struct chandra_value *miss, char *text, size_t size)
{
    const char *claim = values_text(miss, "claim");
    const char *policy = values_text(miss, "policy");
    const bool is_own = strcmp(values_text(miss, "stage"), "policy") == 0;

    snprintf(text, size, "%s%s%s%s%s%s%s", *claim ? "claim " : "", claim, *claim ? ": " : "",
             values_text(miss, "rule"), is_own ? " (policy " : "", is_own ? policy : "",
             is_own ? ")" : "");
}

void
text_gap(const struct chandra_value *miss, const char *seen, char *text, size_t size)
{
    const char *wants = values_text(miss, "wants");

    snprintf(text, size, "%s%s%s%s", *wants ? "; wants " : "", wants, *seen ? "; saw " : "", seen);
}

/* The funnel. */

static void
put_step(FILE *out, const struct chandra_value *entry)
{
    const struct chandra_value *seen = chandra_value_get(entry, "seen");
    const int64_t nodes = values_int(entry, "nodes");
    char text[LINE_SIZE];
    size_t len = 0;

    fprintf(out, "%6" PRId64 "  ", -nodes);
    snprintf(text, sizeof(text), "%-*s", STEP - 8, values_text(entry, "stage"));
    text_clean(out, text, strlen(text));
    text_rule(entry, text, sizeof(text));
    text_wrapped(out, STEP, STEP, text);
    if (*values_text(entry, "wants")) {
        snprintf(text, sizeof(text), "wants %s", values_text(entry, "wants"));
        fprintf(out, "%*s", STEP, "");
        text_wrapped(out, STEP, STEP, text);
    }
    text[0] = '\0';
    for (size_t i = 0; i < chandra_value_count(seen) && len < sizeof(text); i++) {
        const struct chandra_value *item = chandra_value_at(seen, i);
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %" PRId64 "x",
                                i == 0 ? "saw   " : ", ", values_text(item, "text"),
                                values_int(item, "nodes"));
    }
    if (*text) {
        fprintf(out, "%*s", STEP, "");
        text_wrapped(out, STEP, STEP, text);
    }
    join_sample(chandra_value_get(entry, "sample"), nodes, text, sizeof(text));
    if (*text) {
        fprintf(out, "%*s", STEP, "");
        text_wrapped(out, STEP, STEP, text);
    }
}

static void
put_funnel(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *funnel = chandra_value_get(root, "funnel");
    const struct chandra_value *feasible = chandra_value_get(root, "feasible");
    const int64_t count = values_int(root, "nodeCount");
    const int64_t left = values_int(feasible, "nodes");
    char sample[LINE_SIZE];

    if (count == 0)
        return;
    fprintf(out, "\n%6" PRId64 "  node%s\n", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < chandra_value_count(funnel); i++)
        put_step(out, chandra_value_at(funnel, i));
    join_sample(chandra_value_get(feasible, "sample"), left, sample, sizeof(sample));
    fprintf(out, "%6" PRId64 "  left%s", left, *sample ? "          " : "");
    text_wrapped(out, STEP, STEP, sample);
}

/* What is near, and what would help. */

static void
put_nearest(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *nearest = chandra_value_get(root, "nearest");
    const int64_t misses = values_int(nearest, "misses");
    char rule[PART_SIZE], gap[PART_SIZE], text[LINE_SIZE];

    if (chandra_value_type(nearest) != CHANDRA_OBJECT)
        return;
    text_rule(nearest, rule, sizeof(rule));
    text_gap(nearest, values_text(nearest, "seen"), gap, sizeof(gap));
    if (misses == 1)
        snprintf(text, sizeof(text), "%s, but for one rule: %s%s", values_text(nearest, "node"),
                 rule, gap);
    else
        snprintf(text, sizeof(text), "%s, but for %" PRId64 " rules, the first: %s%s",
                 values_text(nearest, "node"), misses, rule, gap);
    put_labeled(out, "nearest miss", text);
}

static void
put_hint(FILE *out, const struct chandra_value *hint, bool is_first, bool has_color)
{
    const bool works = values_flag(hint, "works");
    const char *node = values_text(hint, "node");
    const int64_t nodes = values_int(hint, "nodes");
    const char *color = works ? "\033[32m" : "\033[31m";
    char text[LINE_SIZE];

    if (works && *node)
        snprintf(text, sizeof(text), "%s: placed on %s", values_text(hint, "change"), node);
    else if (works)
        snprintf(text, sizeof(text), "%s: %" PRId64 " node%s left", values_text(hint, "change"),
                 nodes, nodes == 1 ? "" : "s");
    else
        snprintf(text, sizeof(text), "%s", values_text(hint, "change"));
    fprintf(out, "%-*s%s%-3s%s  ", LABEL, is_first ? "would help" : "", has_color ? color : "",
            works ? "yes" : "no", has_color ? "\033[0m" : "");
    text_wrapped(out, LABEL + 5, LABEL + 5, text);
}

static void
put_hints(FILE *out, const struct chandra_value *root, bool has_color)
{
    const struct chandra_value *hints = chandra_value_get(root, "hints");

    for (size_t i = 0; i < chandra_value_count(hints); i++)
        put_hint(out, chandra_value_at(hints, i), i == 0, has_color);
    if (chandra_value_count(hints) > 0 &&
        !values_flag(chandra_value_get(root, "tries"), "isComplete"))
        put_labeled(out, "", "and more was not tried");
}

/* Claims. */

static void
users_text(const struct chandra_value *claim, char *text, size_t size)
{
    const struct chandra_value *users = chandra_value_get(claim, "reservedFor");
    const size_t count = chandra_value_count(users);
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count && i < 3 && len < size; i++)
        len += (size_t)snprintf(text + len, size - len, "%s%s", i == 0 ? " for " : ", ",
                                values_text(chandra_value_at(users, i), "name"));
    if (len < size && count > 3)
        snprintf(text + len, size - len, " and %zu more", count - 3);
}

/* "pending, WaitForFirstConsumer" and so on. */
static void
claim_text(const struct chandra_value *claim, char *text, size_t size)
{
    const char *place = values_text(claim, "availableOn");
    const char *driver = values_text(claim, "driver");
    char users[LINE_SIZE / 4];

    users_text(claim, users, sizeof(users));
    if (strcmp(values_text(claim, "state"), "missing") == 0) {
        snprintf(text, size, "missing");
        return;
    }
    snprintf(text, size, "class %s%s, driver %s: %s%s%s%s%s", values_text(claim, "class"),
             values_flag(claim, "classExists") ? "" : " (which does not exist)",
             *driver ? driver : "unknown", values_text(claim, "state"), users,
             *place ? ", on " : "", place, values_flag(claim, "shareable") ? ", shareable" : "");
}

static void
put_claims(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *claims = chandra_value_get(root, "claims");
    char text[LINE_SIZE], line[LINE_SIZE + 600];

    for (size_t i = 0; i < chandra_value_count(claims); i++) {
        const struct chandra_value *claim = chandra_value_at(claims, i);
        const char *name = values_text(claim, "name");
        claim_text(claim, text, sizeof(text));
        snprintf(line, sizeof(line), "%s%s%s: %s", values_text(claim, "entry"), *name ? " = " : "",
                 name, text);
        put_labeled(out, i == 0 ? "claims" : "", line);
    }
}

static void
put_negotiation(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *value = chandra_value_get(root, "negotiation");
    const struct chandra_value *waiting = chandra_value_get(value, "waitingFor");
    const char *selected = values_text(value, "selectedNode");
    const char *since = values_text(value, "since");
    const int64_t asked = values_int(value, "potentialNodes");
    char text[LINE_SIZE];

    if (chandra_value_type(value) != CHANDRA_OBJECT)
        return;
    snprintf(text, sizeof(text), "%s%s, drivers asked about %" PRId64 " node%s%s%s",
             *selected ? "selected " : "no node selected", selected, asked, asked == 1 ? "" : "s",
             *since ? ", since " : "", since);
    put_labeled(out, "negotiation", text);
    for (size_t i = 0; i < chandra_value_count(waiting); i++) {
        const struct chandra_value *item = chandra_value_at(waiting, i);
        snprintf(text, sizeof(text), "waiting for %s: %s claim %s", values_text(item, "driver"),
                 strcmp(values_text(item, "for"), "answer") == 0 ? "its answer about"
                                                                 : "to allocate",
                 values_text(item, "claim"));
        put_labeled(out, "", text);
    }
}

static void
put_choice(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *choice = chandra_value_get(root, "choice");
    const struct chandra_value *score = chandra_value_get(choice, "score");
    char text[LINE_SIZE];

    if (chandra_value_type(choice) != CHANDRA_OBJECT)
        return;
    if (chandra_value_type(score) == CHANDRA_NUMBER)
        snprintf(text, sizeof(text), "%s: %s, score %s", values_text(choice, "node"),
                 values_text(choice, "reason"), chandra_value_number_text(score));
    else
        snprintf(text, sizeof(text), "%s: %s", values_text(choice, "node"),
                 values_text(choice, "reason"));
    put_labeled(out, "choice", text);
    put_labeled(out, "",
                "decided once more as if it were on no node; what drivers said then is "
                "not known any more");
}

/* What was before. */

static void
put_attempts(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *attempts = chandra_value_get(root, "attempts");
    char text[LINE_SIZE];

    for (size_t i = 0; i < chandra_value_count(attempts); i++) {
        const struct chandra_value *item = chandra_value_at(attempts, i);
        const char *node = values_text(item, "node");
        const char *why = values_text(item, "text");
        snprintf(text, sizeof(text), "#%" PRId64 " at %s: %s at %s%s%s%s%s",
                 values_int(item, "number"), values_text(item, "time"), values_text(item, "result"),
                 values_text(item, "point"), *node ? ", node " : "", node, *why ? ": " : "", why);
        put_labeled(out, i == 0 ? "attempts" : "", text);
    }
}

static void
put_notes(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *notes = chandra_value_get(root, "notes");
    char text[LINE_SIZE];

    for (size_t i = 0; i < chandra_value_count(notes); i++) {
        const struct chandra_value *note = chandra_value_at(notes, i);
        snprintf(text, sizeof(text), "%s: %s", values_text(note, "policy"),
                 values_text(note, "text"));
        put_labeled(out, i == 0 ? "notes" : "", text);
    }
}

/* As much of each hash as people need. */
static void
put_policy(FILE *out, const struct chandra_value *root)
{
    static const char mark[] = "sha256:";
    enum { SHOWN = sizeof(mark) - 1 + 12 };
    char text[LINE_SIZE];
    char *hash = text;

    snprintf(text, sizeof(text), "%s", values_text(root, "policy"));
    while ((hash = strstr(hash, mark))) {
        const size_t len = strcspn(hash, ", ");
        if (len > SHOWN)
            memmove(hash + SHOWN, hash + len, strlen(hash + len) + 1);
        hash += len < SHOWN ? len : SHOWN;
    }
    if (*text)
        put_labeled(out, "policy", text);
}

static void
put_source(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *source = chandra_value_get(root, "source");
    const struct chandra_value *age = chandra_value_get(source, "ageSeconds");
    const bool is_live = strcmp(values_text(source, "type"), "cluster") == 0;
    char text[LINE_SIZE];
    char old[64] = "";

    if (chandra_value_type(age) == CHANDRA_NUMBER)
        snprintf(old, sizeof(old), ", %s s old", chandra_value_number_text(age));
    else
        snprintf(old, sizeof(old), " on its own clock");
    snprintf(text, sizeof(text), "%s %s, as of %s%s%s", values_text(source, "type"),
             values_text(source, "from"), values_text(source, "time"), old,
             is_live ? "; what chandra would decide now" : "");
    put_labeled(out, "data", text);
}

/* Heads. */

static void
put_head(FILE *out, const struct chandra_value *root, bool has_color)
{
    const bool is_claim = strcmp(values_text(root, "kind"), "ResourceClaim") == 0;
    const char *node = values_text(root, "node");
    char name[PART_SIZE];

    snprintf(name, sizeof(name), "%s/%s", values_text(root, "namespace"),
             values_text(root, "name"));
    fprintf(out, "%s%s ", has_color ? "\033[1m" : "", is_claim ? "claim" : "pod");
    text_clean(out, name, strlen(name));
    fputs(has_color ? "\033[0m  " : "  ", out);
    snprintf(name, sizeof(name), "%s%s%s", values_text(root, "state"), *node ? " on " : "", node);
    text_clean(out, name, strlen(name));
    fputc('\n', out);
    fputs("why: ", out);
    text_wrapped(out, 5, 5, values_text(root, "cause"));
}

static void
put_waiting_pods(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *pods = chandra_value_get(root, "waitingPods");
    const size_t count = chandra_value_count(pods);
    char text[LINE_SIZE];
    size_t len = 0;

    for (size_t i = 0; i < count && i < 20 && len < sizeof(text); i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? ", " : "",
                                chandra_value_string(chandra_value_at(pods, i)));
    if (count > 20 && len < sizeof(text))
        snprintf(text + len, sizeof(text) - len, " and %zu more", count - 20);
    put_labeled(out, "waiting pods", count > 0 ? text : "none");
}

static void
show_claim(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *nodes = chandra_value_get(root, "nodes");
    const bool is_pending = strcmp(values_text(root, "state"), "pending") == 0;
    char text[LINE_SIZE], sample[LINE_SIZE / 2];

    claim_text(root, text, sizeof(text));
    fputc('\n', out);
    put_labeled(out, "claim", text);
    join_sample(chandra_value_get(nodes, "sample"), values_int(nodes, "count"), sample,
                sizeof(sample));
    snprintf(text, sizeof(text), "%" PRId64 " of %" PRId64 " by its %s%s%s",
             values_int(nodes, "count"), values_int(root, "nodeCount"),
             is_pending ? "class" : "allocation", *sample ? ": " : "", sample);
    put_labeled(out, "nodes", text);
    put_waiting_pods(out, root);
    put_source(out, root);
}

enum chandra_status
text_show(FILE *out, const struct chandra_value *root, const struct text_options *options,
          struct chandra_error *err)
{
    put_head(out, root, options->has_color);
    if (strcmp(values_text(root, "kind"), "ResourceClaim") == 0) {
        show_claim(out, root);
        return CHANDRA_OK;
    }
    put_funnel(out, root);
    fputc('\n', out);
    put_choice(out, root);
    put_nearest(out, root);
    put_hints(out, root, options->has_color);
    put_claims(out, root);
    put_negotiation(out, root);
    put_attempts(out, root);
    put_notes(out, root);
    put_policy(out, root);
    put_source(out, root);
    if (!options->node)
        return text_nodes(out, root, options->max_nodes, err);
    fputc('\n', out);
    text_show_node(out, root, options->node);
    return CHANDRA_OK;
}
