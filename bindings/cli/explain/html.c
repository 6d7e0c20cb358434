/* html.c - the page around the picture: the cause, the funnel, what would help, and what was
 * before. */
#include "explain/html.h"

#include "explain/build.h"
#include "explain/explanation.h"
#include "explain/html_parts.h"

#include <inttypes.h>
#include <string.h>

void
html_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == '&')
            fputs("&amp;", out);
        else if (byte == '<')
            fputs("&lt;", out);
        else if (byte == '>')
            fputs("&gt;", out);
        else if (byte == '"')
            fputs("&quot;", out);
        else if (byte == '\'')
            fputs("&#39;", out);
        else if (byte < 0x20 || byte == 0x7f)
            fputs("\xef\xbf\xbd", out);
        else
            fputc(byte, out);
    }
}

void
html_letter(FILE *out, const char *stage)
{
    const char letter = explanation_letter(stage);

    fprintf(out, "<span class=\"k %c\" role=img aria-label=\"%s\" title=\"%s\">%c</span>", letter,
            explanation_stage_text(stage), explanation_stage_text(stage), letter);
}

void
html_rule(FILE *out, const struct chandra_value *miss)
{
    const char *claim = values_text(miss, "claim");
    const char *wants = values_text(miss, "wants");

    if (*claim) {
        fputs("claim <code>", out);
        html_text(out, claim);
        fputs("</code>: ", out);
    }
    html_text(out, values_text(miss, "rule"));
    if (strcmp(values_text(miss, "stage"), explanation_stage(MISS_POLICY)) == 0) {
        fputs(" <span class=soft>(policy ", out);
        html_text(out, values_text(miss, "policy"));
        fputs(")</span>", out);
    }
    if (*wants) {
        fputs("; <span class=soft>wants</span> <code>", out);
        html_text(out, wants);
        fputs("</code>", out);
    }
}

static void
put_pair(FILE *out, const char *label, const char *text)
{
    if (!*text)
        return;
    fprintf(out, "<dt>%s</dt><dd>", label);
    html_text(out, text);
    fputs("</dd>", out);
}

static void
put_source(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *source = chandra_value_get(root, "source");
    const char *age = chandra_value_number_text(chandra_value_get(source, "ageSeconds"));

    fputs("<dt>data</dt><dd>", out);
    html_text(out, values_text(source, "type"));
    fputs(" ", out);
    html_text(out, values_text(source, "from"));
    fputs(", as of ", out);
    html_text(out, values_text(source, "time"));
    if (age)
        fprintf(out, ", %s s old", age);
    else
        fputs(" on its own clock", out);
    fputs("</dd>", out);
}

static void
put_header(FILE *out, const struct chandra_value *root)
{
    const char *state = values_text(root, "state");
    const char *node = values_text(root, "node");
    const bool is_good = strcmp(state, "placed") == 0 || strcmp(state, "allocated") == 0 ||
                         strcmp(state, "reserved") == 0;

    fputs("<header><h1><small>", out);
    fputs(strcmp(values_text(root, "kind"), "ResourceClaim") == 0 ? "claim" : "pod", out);
    fputs("</small>", out);
    html_text(out, values_text(root, "namespace"));
    fputs("/", out);
    html_text(out, values_text(root, "name"));
    fprintf(out, "<span class=\"badge %s\">", is_good ? "good" : "bad");
    html_text(out, state);
    if (*node) {
        fputs(" on ", out);
        html_text(out, node);
    }
    fputs("</span></h1>\n<p class=cause>", out);
    html_text(out, values_text(root, "cause"));
    fputs("</p>\n<dl>", out);
    put_pair(out, "policy", values_text(root, "policy"));
    put_source(out, root);
    fputs("</dl></header>\n", out);
}

/* The funnel. */

static void
put_bar(FILE *out, char letter, int64_t before, int64_t nodes, int64_t all)
{
    const double start = all > 0 ? 100.0 * (double)before / (double)all : 0;
    const double width = all > 0 ? 100.0 * (double)nodes / (double)all : 0;

    fprintf(out,
            "<div class=track aria-hidden=true><div class=\"fill %c\" "
            "style=\"margin-left:%.2f%%;width:%.2f%%\"></div></div>",
            letter, start, width);
}

static void
put_seen(FILE *out, const struct chandra_value *entry)
{
    const struct chandra_value *seen = chandra_value_get(entry, "seen");
    const struct chandra_value *sample = chandra_value_get(entry, "sample");
    const int64_t nodes = values_int(entry, "nodes");

    fputs("<div class=detail>", out);
    for (size_t i = 0; i < chandra_value_count(seen); i++) {
        const struct chandra_value *item = chandra_value_at(seen, i);
        fputs(i == 0 ? "saw <code>" : ", <code>", out);
        html_text(out, values_text(item, "text"));
        fprintf(out, "</code> %" PRId64 "&times;", values_int(item, "nodes"));
    }
    if (chandra_value_count(seen) > 0)
        fputs(" &middot; ", out);
    for (size_t i = 0; i < chandra_value_count(sample); i++) {
        fputs(i == 0 ? "" : ", ", out);
        html_text(out, chandra_value_string(chandra_value_at(sample, i)));
    }
    if (nodes > (int64_t)chandra_value_count(sample) && chandra_value_count(sample) > 0)
        fputs(", &hellip;", out);
    fputs("</div>", out);
}

static void
put_step(FILE *out, const struct chandra_value *entry, int64_t before, int64_t all)
{
    const char letter = explanation_letter(values_text(entry, "stage"));

    fprintf(out, "<li><span class=count>&minus;%" PRId64 "</span>", values_int(entry, "nodes"));
    html_letter(out, values_text(entry, "stage"));
    fputs("<span>", out);
    html_rule(out, entry);
    fputs("</span>", out);
    put_bar(out, letter, before, values_int(entry, "nodes"), all);
    put_seen(out, entry);
    fputs("</li>\n", out);
}

static void
put_funnel(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *funnel = chandra_value_get(root, "funnel");
    const struct chandra_value *feasible = chandra_value_get(root, "feasible");
    const int64_t all = values_int(root, "nodeCount");
    const int64_t left = values_int(feasible, "nodes");
    int64_t before = 0;

    if (all == 0)
        return;
    fprintf(out,
            "<section aria-labelledby=h-funnel><h2 id=h-funnel>From %" PRId64 " node%s to %" PRId64
            "</h2><ol class=funnel>\n",
            all, all == 1 ? "" : "s", left);
    for (size_t i = 0; i < chandra_value_count(funnel); i++) {
        const struct chandra_value *entry = chandra_value_at(funnel, i);
        put_step(out, entry, before, all);
        before += values_int(entry, "nodes");
    }
    fprintf(out,
            "<li><span class=count>%" PRId64 "</span><span class=\"k L\" aria-hidden=true>="
            "</span><span>left</span>",
            left);
    if (left > 0) {
        put_bar(out, 'L', before, left, all);
        put_seen(out, feasible);
    }
    fputs("</li></ol></section>\n", out);
}

/* What is near, and what would help. */

static void
put_nearest(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *nearest = chandra_value_get(root, "nearest");
    const char *seen = values_text(nearest, "seen");
    const int64_t misses = values_int(nearest, "misses");

    if (chandra_value_type(nearest) != CHANDRA_OBJECT)
        return;
    fputs("<section aria-labelledby=h-near><h2 id=h-near>Nearest miss</h2><p style=\"margin:0\">"
          "<strong>",
          out);
    html_text(out, values_text(nearest, "node"));
    if (misses == 1)
        fputs("</strong>, but for one rule: ", out);
    else
        fprintf(out, "</strong>, but for %" PRId64 " rules, the first: ", misses);
    html_rule(out, nearest);
    if (*seen) {
        fputs("; <span class=soft>saw</span> <code>", out);
        html_text(out, seen);
        fputs("</code>", out);
    }
    fputs("</p></section>\n", out);
}

static void
put_hints(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *hints = chandra_value_get(root, "hints");

    if (chandra_value_count(hints) == 0)
        return;
    fputs("<section aria-labelledby=h-hints><h2 id=h-hints>What would help "
          "<span class=soft>(tried)</span></h2><ul class=hints>\n",
          out);
    for (size_t i = 0; i < chandra_value_count(hints); i++) {
        const struct chandra_value *hint = chandra_value_at(hints, i);
        const bool works = values_flag(hint, "works");
        const char *node = values_text(hint, "node");
        fprintf(out, "<li><span class=\"says %s\">%s</span><span>", works ? "good" : "bad",
                works ? "yes" : "no");
        html_text(out, values_text(hint, "change"));
        if (works && *node) {
            fputs(": placed on ", out);
            html_text(out, node);
        } else if (works) {
            fprintf(out, ": %" PRId64 " left", values_int(hint, "nodes"));
        }
        fputs("</span></li>\n", out);
    }
    fputs("</ul></section>\n", out);
}

/* Tables. */

static void
put_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    html_text(out, *text ? text : "\xe2\x80\x93");
    fputs("</td>", out);
}

static void
put_claims(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *claims = chandra_value_get(root, "claims");

    if (chandra_value_count(claims) == 0)
        return;
    fputs("<section aria-labelledby=h-claims><h2 id=h-claims>Claims</h2><div class=scroll><table>"
          "<thead><tr><th scope=col>entry</th><th scope=col>claim</th><th scope=col>class</th>"
          "<th scope=col>driver</th><th scope=col>state</th><th scope=col>available on</th></tr>"
          "</thead><tbody>\n",
          out);
    for (size_t i = 0; i < chandra_value_count(claims); i++) {
        const struct chandra_value *claim = chandra_value_at(claims, i);
        fputs("<tr><th scope=row>", out);
        html_text(out, values_text(claim, "entry"));
        fputs("</th>", out);
        put_cell(out, values_text(claim, "name"));
        put_cell(out, values_text(claim, "class"));
        put_cell(out, values_text(claim, "driver"));
        put_cell(out, values_text(claim, "state"));
        put_cell(out, values_text(claim, "availableOn"));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></section>\n", out);
}

static void
put_negotiation(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *value = chandra_value_get(root, "negotiation");
    const struct chandra_value *waiting = chandra_value_get(value, "waitingFor");

    if (chandra_value_type(value) != CHANDRA_OBJECT)
        return;
    fputs("<section aria-labelledby=h-talk><h2 id=h-talk>Negotiation</h2><dl>", out);
    put_pair(out, "selected node", values_text(value, "selectedNode"));
    fprintf(out, "<dt>nodes asked about</dt><dd>%" PRId64 "</dd>",
            values_int(value, "potentialNodes"));
    put_pair(out, "since", values_text(value, "since"));
    for (size_t i = 0; i < chandra_value_count(waiting); i++) {
        const struct chandra_value *item = chandra_value_at(waiting, i);
        fputs("<dt>waiting for</dt><dd>", out);
        html_text(out, values_text(item, "driver"));
        fprintf(out, ": %s ",
                strcmp(values_text(item, "for"), "answer") == 0 ? "its answer about claim"
                                                                : "to allocate claim");
        html_text(out, values_text(item, "claim"));
        fputs("</dd>", out);
    }
    fputs("</dl></section>\n", out);
}

static void
put_attempts(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *attempts = chandra_value_get(root, "attempts");

    if (chandra_value_count(attempts) == 0)
        return;
    fputs("<section aria-labelledby=h-tries><h2 id=h-tries>Last attempts</h2><div class=scroll>"
          "<table><thead><tr><th scope=col>#</th><th scope=col>time</th><th scope=col>result</th>"
          "<th scope=col>point</th><th scope=col>node</th><th scope=col>reason</th></tr></thead>"
          "<tbody>\n",
          out);
    for (size_t i = 0; i < chandra_value_count(attempts); i++) {
        const struct chandra_value *item = chandra_value_at(attempts, i);
        fprintf(out, "<tr><th scope=row>%" PRId64 "</th>", values_int(item, "number"));
        fputs("<td class=time>", out);
        html_text(out, values_text(item, "time"));
        fputs("</td>", out);
        put_cell(out, values_text(item, "result"));
        put_cell(out, values_text(item, "point"));
        put_cell(out, values_text(item, "node"));
        put_cell(out, values_text(item, "text"));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></section>\n", out);
}

static void
put_notes(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *notes = chandra_value_get(root, "notes");

    if (chandra_value_count(notes) == 0)
        return;
    fputs("<section aria-labelledby=h-notes><h2 id=h-notes>Notes of policies</h2><dl>", out);
    for (size_t i = 0; i < chandra_value_count(notes); i++) {
        const struct chandra_value *note = chandra_value_at(notes, i);
        fputs("<dt>", out);
        html_text(out, values_text(note, "policy"));
        fputs("</dt><dd>", out);
        html_text(out, values_text(note, "text"));
        fputs("</dd>", out);
    }
    fputs("</dl></section>\n", out);
}

static void
put_claim(FILE *out, const struct chandra_value *root)
{
    const struct chandra_value *nodes = chandra_value_get(root, "nodes");
    const struct chandra_value *users = chandra_value_get(root, "reservedFor");
    const struct chandra_value *waiting = chandra_value_get(root, "waitingPods");

    fputs("<section aria-labelledby=h-claim><h2 id=h-claim>Claim</h2><dl>", out);
    put_pair(out, "class", values_text(root, "class"));
    put_pair(out, "driver", values_text(root, "driver"));
    put_pair(out, "allocation mode", values_text(root, "allocationMode"));
    put_pair(out, "available on", values_text(root, "availableOn"));
    fprintf(out, "<dt>nodes</dt><dd>%" PRId64 " of %" PRId64 "</dd>", values_int(nodes, "count"),
            values_int(root, "nodeCount"));
    for (size_t i = 0; i < chandra_value_count(users); i++)
        put_pair(out, "reserved for", values_text(chandra_value_at(users, i), "name"));
    for (size_t i = 0; i < chandra_value_count(waiting); i++)
        put_pair(out, "waiting", chandra_value_string(chandra_value_at(waiting, i)));
    fputs("</dl></section>\n", out);
}

static void
put_page_head(FILE *out, const struct chandra_value *root)
{
    fputs("<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
          "'unsafe-inline'; script-src 'unsafe-inline'\">"
          "<meta name=viewport content=\"width=device-width,initial-scale=1\"><title>",
          out);
    html_text(out, values_text(root, "namespace"));
    fputs("/", out);
    html_text(out, values_text(root, "name"));
    fputs(" - chandra explain</title>\n<style>", out);
    for (const char *const *piece = html_style; *piece; piece++)
        fputs(*piece, out);
    fputs("</style></head>\n<body><main>\n", out);
}

enum chandra_status
html_show(FILE *out, const struct chandra_value *root, struct chandra_error *err)
{
    bool is_ok = true;

    put_page_head(out, root);
    put_header(out, root);
    if (strcmp(values_text(root, "kind"), "ResourceClaim") == 0) {
        put_claim(out, root);
    } else {
        put_funnel(out, root);
        put_nearest(out, root);
        put_hints(out, root);
        is_ok = html_nodes(out, root);
        put_claims(out, root);
        put_negotiation(out, root);
        put_attempts(out, root);
        put_notes(out, root);
    }
    fputs("<footer>chandra ", out);
    html_text(out, values_text(root, "chandra"));
    fprintf(out, "</footer>\n</main><script>%s</script></body></html>\n", html_script);
    return is_ok ? CHANDRA_OK : chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}
