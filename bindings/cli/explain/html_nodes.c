/* html_nodes.c - the picture: nodes by the rules for nodes and the claims, each with the letter of
 * what takes the node. Where there are many nodes, those that are alike share a row. */
#include "explain/html_parts.h"

#include "explain/build.h"
#include "explain/explanation.h"

#include <chandra/sys/base.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 34, MAX_GROUPS = 200, SINGLE_ROWS = 200, MAP_FROM = 40 };

struct picture {
    const struct chandra_value *nodes;
    const struct chandra_value *claims;
    size_t columns; /* the first is for what nodes are and have */
};

/* What takes a node in one column: the stage, or NULL. */
static const struct chandra_value *
miss_in(const struct picture *picture, const struct chandra_value *row, size_t column)
{
    const struct chandra_value *misses = chandra_value_get(row, "misses");
    const char *claim =
        column == 0 ? "" : values_text(chandra_value_at(picture->claims, column - 1), "name");

    for (size_t i = 0; i < chandra_value_count(misses); i++) {
        const struct chandra_value *miss = chandra_value_at(misses, i);
        if (strcmp(values_text(miss, "claim"), claim) == 0)
            return miss;
    }
    return NULL;
}

static const char *
first_stage(const struct chandra_value *row)
{
    return values_text(chandra_value_at(chandra_value_get(row, "misses"), 0), "stage");
}

/* The row's letters, one for each column. */
static void
letters_of(const struct picture *picture, const struct chandra_value *row,
           char letters[MAX_COLUMNS + 1])
{
    for (size_t i = 0; i < picture->columns; i++) {
        const struct chandra_value *miss = miss_in(picture, row, i);
        letters[i] = '.';
        if (miss)
            letters[i] = explanation_letter(values_text(miss, "stage"));
    }
    letters[picture->columns] = '\0';
}

static void
put_cells(FILE *out, const struct picture *picture, const struct chandra_value *row)
{
    for (size_t i = 0; i < picture->columns; i++) {
        const struct chandra_value *miss = miss_in(picture, row, i);
        fputs("<td class=cell>", out);
        if (miss)
            html_letter(out, values_text(miss, "stage"));
        else
            fputs("<span class=\"k ok\" role=img aria-label=\"fine\">&check;</span>", out);
        fputs("</td>", out);
    }
}

/* `is_example`: of several nodes that may have shown other values. */
static void
put_why(FILE *out, const struct chandra_value *row, bool is_example)
{
    const struct chandra_value *misses = chandra_value_get(row, "misses");
    const struct chandra_value *score = chandra_value_get(row, "score");

    fputs("<td>", out);
    if (is_example && chandra_value_count(misses) > 0) {
        fputs("<span class=soft>such as ", out);
        html_text(out, values_text(row, "name"));
        fputs(":</span><br>", out);
    }
    if (values_flag(row, "feasible")) {
        fputs("<span class=good>takes the pod</span>", out);
        if (chandra_value_type(score) == CHANDRA_NUMBER)
            fprintf(out, ", score %s", chandra_value_number_text(score));
    }
    for (size_t i = 0; i < chandra_value_count(misses); i++) {
        const struct chandra_value *miss = chandra_value_at(misses, i);
        const char *seen = values_text(miss, "seen");
        if (i > 0)
            fputs("<br>", out);
        html_rule(out, miss);
        if (*seen) {
            fputs("; <span class=soft>saw</span> <code>", out);
            html_text(out, seen);
            fputs("</code>", out);
        }
    }
    fputs("</td>", out);
}

static void
put_heading(FILE *out, const struct picture *picture, const char *first)
{
    fprintf(out,
            "<table id=nodes><thead><tr><th scope=col>%s</th>"
            "<th scope=col class=cell>node rules</th>",
            first);
    for (size_t i = 1; i < picture->columns; i++) {
        fputs("<th scope=col class=cell>", out);
        html_text(out, values_text(chandra_value_at(picture->claims, i - 1), "entry"));
        fputs("</th>", out);
    }
    fputs("<th scope=col>why</th></tr></thead><tbody>\n", out);
}

static void
put_single_rows(FILE *out, const struct picture *picture)
{
    put_heading(out, picture, "node");
    for (size_t i = 0; i < chandra_value_count(picture->nodes); i++) {
        const struct chandra_value *row = chandra_value_at(picture->nodes, i);
        fputs("<tr><th scope=row>", out);
        html_text(out, values_text(row, "name"));
        fputs("</th>", out);
        put_cells(out, picture, row);
        put_why(out, row, false);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>\n", out);
}

/* Nodes that are alike. */
struct group {
    char letters[MAX_COLUMNS + 1];
    bool is_feasible;
    const struct chandra_value *first;
    size_t number; /* in the order of their first nodes */
    size_t count;
};

/* Those that could take the pod stand first, then the largest. */
static int
compare_groups(const void *a, const void *b)
{
    const struct group *left = a, *right = b;

    if (left->is_feasible != right->is_feasible)
        return left->is_feasible ? -1 : 1;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return left->number < right->number ? -1 : 1;
}

static size_t
group_of(struct group *groups, size_t *count, const struct picture *picture,
         const struct chandra_value *row)
{
    struct group group = {
        .first = row, .is_feasible = values_flag(row, "feasible"), .number = *count};
    size_t at = 0;

    letters_of(picture, row, group.letters);
    while (at < *count && (strcmp(groups[at].letters, group.letters) != 0 ||
                           groups[at].is_feasible != group.is_feasible))
        at++;
    if (at == MAX_GROUPS)
        return MAX_GROUPS - 1;
    if (at == *count)
        groups[(*count)++] = group;
    groups[at].count++;
    return at;
}

static void
put_group(FILE *out, const struct picture *picture, const struct group *group,
          const uint8_t *membership)
{
    bool is_first = true;

    fprintf(out, "<tr><th scope=row><details><summary>%zu node%s</summary><p class=names>",
            group->count, group->count == 1 ? "" : "s");
    for (size_t i = 0; i < chandra_value_count(picture->nodes); i++) {
        if (membership[i] != group->number)
            continue;
        fputs(is_first ? "" : ", ", out);
        html_text(out, values_text(chandra_value_at(picture->nodes, i), "name"));
        is_first = false;
    }
    fputs("</p></details></th>", out);
    put_cells(out, picture, group->first);
    put_why(out, group->first, group->count > 1);
    fputs("</tr>\n", out);
}

static bool
put_groups(FILE *out, const struct picture *picture)
{
    const size_t count = chandra_value_count(picture->nodes);
    struct group *groups = chandra_realloc(NULL, MAX_GROUPS * sizeof(*groups));
    uint8_t *membership = chandra_realloc(NULL, count + 1);
    size_t group_count = 0;
    const bool is_ok = groups && membership;

    if (is_ok) {
        for (size_t i = 0; i < count; i++)
            membership[i] = (uint8_t)group_of(groups, &group_count, picture,
                                              chandra_value_at(picture->nodes, i));
        put_heading(out, picture, "nodes that are alike");
        qsort(groups, group_count, sizeof(*groups), compare_groups);
        for (size_t i = 0; i < group_count; i++)
            put_group(out, picture, &groups[i], membership);
        fputs("</tbody></table>\n", out);
    }
    chandra_free(groups);
    chandra_free(membership);
    return is_ok;
}

/* A tile for each node. The table says the same to those who do not see it. */
static void
put_map(FILE *out, const struct picture *picture)
{
    const size_t count = chandra_value_count(picture->nodes);

    if (count < MAP_FROM)
        return;
    fprintf(
        out,
        "<div class=map role=img tabindex=0 aria-label=\"A tile for each of %zu nodes, with the "
        "letter of the first rule that it breaks\">",
        count);
    for (size_t i = 0; i < count; i++) {
        const struct chandra_value *row = chandra_value_at(picture->nodes, i);
        const bool is_feasible = values_flag(row, "feasible");
        const int letter = is_feasible ? 'L' : explanation_letter(first_stage(row));
        fprintf(out, "<i class=%c title=\"", letter);
        html_text(out, values_text(row, "name"));
        fputs(is_feasible ? ": takes the pod" : ": ", out);
        html_text(out, values_text(chandra_value_at(chandra_value_get(row, "misses"), 0), "rule"));
        fprintf(out, "\">%c</i>", is_feasible ? '+' : letter);
    }
    fputs("</div>\n", out);
}

static bool
is_used(const struct picture *picture, const char *stage)
{
    for (size_t i = 0; i < chandra_value_count(picture->nodes); i++) {
        const struct chandra_value *misses =
            chandra_value_get(chandra_value_at(picture->nodes, i), "misses");
        for (size_t m = 0; m < chandra_value_count(misses); m++)
            if (strcmp(values_text(chandra_value_at(misses, m), "stage"), stage) == 0)
                return true;
    }
    return false;
}

/* What the letters mean that are there. */
static void
put_legend(FILE *out, const struct picture *picture)
{
    fputs("<ul class=legend>", out);
    for (int stage = 0; stage < MISS_STAGE_COUNT; stage++) {
        const char *name = explanation_stage((enum miss_stage)stage);
        if (!is_used(picture, name))
            continue;
        fprintf(out, "<li><span class=\"k %c\" aria-hidden=true>%c</span> %s</li>",
                explanation_letter(name), explanation_letter(name), explanation_stage_text(name));
    }
    fputs("</ul>\n", out);
}

bool
html_nodes(FILE *out, const struct chandra_value *root)
{
    struct picture picture = {.nodes = chandra_value_get(root, "nodes"),
                              .claims = chandra_value_get(root, "claims")};
    const size_t claims = chandra_value_count(picture.claims);
    bool is_ok = true;

    picture.columns = 1 + (claims < MAX_COLUMNS - 1 ? claims : MAX_COLUMNS - 1);
    if (!explanation_has_nodes(root))
        return true;
    fputs("<section aria-labelledby=h-nodes><h2 id=h-nodes>Nodes and claims</h2>\n", out);
    put_map(out, &picture);
    fputs("<div class=scroll>\n", out);
    if (chandra_value_count(picture.nodes) <= SINGLE_ROWS)
        put_single_rows(out, &picture);
    else
        is_ok = put_groups(out, &picture);
    fputs("</div>\n", out);
    put_legend(out, &picture);
    fputs("</section>\n", out);
    return is_ok;
}
