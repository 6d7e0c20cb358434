/* text_nodes.c - an explanation's nodes in text: those that are alike together, or one alone. */
#include "explain/text_parts.h"

#include "explain/build.h"
#include "explain/explanation.h"
#include "explain/text.h"

#include <chandra/sys/base.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 2048, PART_SIZE = 900, INDENT = 6, MIN_ENTRIES = 256 };

/* Nodes that break the same rules, or have the same score. */
struct entry {
    const struct chandra_value *first;
    const struct chandra_value *second; /* or NULL */
    size_t count;
    size_t number;       /* in the order of their first nodes */
    bool has_same_sight; /* the first rule saw the same on all of them */
};

/* `most`: of the rules; `example`: the node whose values are shown, NULL for all. */
static void
put_misses(FILE *out, const struct chandra_value *row, size_t most, size_t indent,
           const char *example)
{
    const struct chandra_value *misses = chandra_value_get(row, "misses");
    const size_t count = chandra_value_count(misses);
    char rule[PART_SIZE], seen[PART_SIZE], gap[PART_SIZE], more[64] = "", text[LINE_SIZE];

    for (size_t i = 0; i < count && i < most; i++) {
        const struct chandra_value *miss = chandra_value_at(misses, i);
        const char *sight = values_text(miss, "seen");
        text_rule(miss, rule, sizeof(rule));
        snprintf(seen, sizeof(seen), "%s%s%s", sight, *sight && example ? " on " : "",
                 *sight && example ? example : "");
        text_gap(miss, seen, gap, sizeof(gap));
        if (count > most && i + 1 == most)
            snprintf(more, sizeof(more), " (and %zu more rule%s)", count - most,
                     count - most == 1 ? "" : "s");
        snprintf(text, sizeof(text), "%s%s%s", rule, gap, more);
        if (i > 0)
            fprintf(out, "%*s", (int)indent, "");
        text_wrapped(out, indent, indent, text);
    }
}

/* What became of the node, from column `indent` on. */
static void
put_fate(FILE *out, const struct chandra_value *row, size_t most, size_t indent,
         const char *example)
{
    const struct chandra_value *score = chandra_value_get(row, "score");

    if (values_flag(row, "feasible") && chandra_value_type(score) == CHANDRA_NUMBER)
        fprintf(out, "takes the pod, score %s\n", chandra_value_number_text(score));
    else if (values_flag(row, "feasible"))
        fprintf(out, "takes the pod\n");
    else if (chandra_value_count(chandra_value_get(row, "misses")) == 0)
        fprintf(out, "no rule was asked about it\n");
    else
        put_misses(out, row, most, indent, example);
}

static void
put_row(FILE *out, const struct chandra_value *row, size_t most, size_t name_width)
{
    const char *name = values_text(row, "name");
    size_t indent = name_width + 4;

    fputs("  ", out);
    text_clean(out, name, strlen(name));
    fprintf(out, "%*s", (int)(name_width + 2 - text_columns(name, strlen(name))), "");
    if (indent > TEXT_WIDTH / 2) {
        indent = INDENT;
        fprintf(out, "\n%*s", (int)indent, "");
    }
    put_fate(out, row, most, indent, NULL);
}

/* "node-01, node-04, ... (12 nodes)", and what became of them on a line of its own. */
static void
put_alike(FILE *out, const struct entry *entry)
{
    const char *first = values_text(entry->first, "name");
    char text[LINE_SIZE];

    snprintf(text, sizeof(text), "%s, %s%s (%zu nodes)", first, values_text(entry->second, "name"),
             entry->count > 2 ? ", ..." : "", entry->count);
    fputs("  ", out);
    text_wrapped(out, 2, 2, text);
    fprintf(out, "%*s", INDENT, "");
    put_fate(out, entry->first, 1, INDENT, entry->has_same_sight ? NULL : first);
}

static bool
is_same_text(const struct chandra_value *a, const struct chandra_value *b, const char *key)
{
    return strcmp(values_text(a, key), values_text(b, key)) == 0;
}

/* What the rules saw may differ. */
static bool
are_alike(const struct chandra_value *a, const struct chandra_value *b)
{
    const struct chandra_value *left = chandra_value_get(a, "misses");
    const struct chandra_value *right = chandra_value_get(b, "misses");

    if (values_flag(a, "feasible") != values_flag(b, "feasible") ||
        !chandra_value_equal(chandra_value_get(a, "score"), chandra_value_get(b, "score")) ||
        chandra_value_count(left) != chandra_value_count(right))
        return false;
    for (size_t i = 0; i < chandra_value_count(left); i++) {
        const struct chandra_value *one = chandra_value_at(left, i);
        const struct chandra_value *other = chandra_value_at(right, i);
        if (!is_same_text(one, other, "rule") || !is_same_text(one, other, "claim") ||
            !is_same_text(one, other, "policy") || !is_same_text(one, other, "wants"))
            return false;
    }
    return true;
}

static bool
has_same_sight(const struct chandra_value *a, const struct chandra_value *b)
{
    return is_same_text(chandra_value_at(chandra_value_get(a, "misses"), 0),
                        chandra_value_at(chandra_value_get(b, "misses"), 0), "seen");
}

/* Returns how many entries there are; nodes beyond `most` of them are in none. */
static size_t
gather(const struct chandra_value *nodes, struct entry *entries, size_t most)
{
    size_t count = 0;

    for (size_t i = 0; i < chandra_value_count(nodes); i++) {
        const struct chandra_value *row = chandra_value_at(nodes, i);
        size_t at = 0;
        while (at < count && !are_alike(entries[at].first, row))
            at++;
        if (at == most)
            continue;
        if (at == count) {
            entries[count] = (struct entry){.first = row, .number = count, .has_same_sight = true};
            count++;
        }
        if (entries[at].count == 1)
            entries[at].second = row;
        entries[at].has_same_sight &= has_same_sight(entries[at].first, row);
        entries[at].count++;
    }
    return count;
}

/* Those that could take the pod stand first, then the largest. */
static int
compare_entries(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;

    if (values_flag(left->first, "feasible") != values_flag(right->first, "feasible"))
        return values_flag(left->first, "feasible") ? -1 : 1;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return left->number < right->number ? -1 : 1;
}

/* The width of the names that stand alone. */
static size_t
name_width(const struct entry *entries, size_t count)
{
    size_t width = 0;

    for (size_t i = 0; i < count; i++) {
        const char *name = values_text(entries[i].first, "name");
        const size_t len = text_columns(name, strlen(name));
        if (entries[i].count == 1 && len > width)
            width = len;
    }
    return width;
}

static void
put_entries(FILE *out, const struct entry *entries, size_t count, size_t node_count)
{
    const size_t width = name_width(entries, count);
    size_t rest = node_count;

    fputs("\nnodes\n", out);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].count > 1)
            put_alike(out, &entries[i]);
        else
            put_row(out, entries[i].first, 1, width);
        rest -= entries[i].count;
    }
    if (rest > 0)
        fprintf(out, "  and %zu more node%s, see --max-nodes and --node\n", rest,
                rest == 1 ? "" : "s");
}

enum chandra_status
text_nodes(FILE *out, const struct chandra_value *root, int64_t max_entries,
           struct chandra_error *err)
{
    const struct chandra_value *nodes = chandra_value_get(root, "nodes");
    const size_t node_count = chandra_value_count(nodes);
    const size_t shown = (size_t)max_entries;
    const size_t most = shown > MIN_ENTRIES ? shown : MIN_ENTRIES;
    struct entry *entries;
    size_t count;

    if (!explanation_has_nodes(root) || node_count == 0 || shown == 0)
        return CHANDRA_OK;
    entries = chandra_realloc(NULL, most * sizeof(*entries));
    if (!entries)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    count = gather(nodes, entries, most);
    qsort(entries, count, sizeof(*entries), compare_entries);
    put_entries(out, entries, count < shown ? count : shown, node_count);
    chandra_free(entries);
    return CHANDRA_OK;
}

bool
text_show_node(FILE *out, const struct chandra_value *root, const char *node)
{
    const struct chandra_value *nodes = chandra_value_get(root, "nodes");

    for (size_t i = 0; chandra_value_type(nodes) == CHANDRA_ARRAY && i < chandra_value_count(nodes);
         i++) {
        const struct chandra_value *row = chandra_value_at(nodes, i);
        if (strcmp(values_text(row, "name"), node) != 0)
            continue;
        put_row(out, row, SIZE_MAX, text_columns(node, strlen(node)));
        return true;
    }
    return false;
}
