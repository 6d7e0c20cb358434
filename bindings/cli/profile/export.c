/* export.c - writes folded stacks and Chrome traces. */
#include "profile/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum chandra_status
open_file(const char *path, FILE **out_file, struct chandra_error *err)
{
    *out_file = fopen(path, "w");
    if (*out_file)
        return CHANDRA_OK;
    return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
}

static enum chandra_status
close_file(const char *path, FILE *file, struct chandra_error *err)
{
    const bool is_bad = ferror(file) != 0;

    if (fclose(file) != 0 || is_bad)
        return chandra_error_set(err, CHANDRA_EIO, "%s: cannot be written", path);
    return CHANDRA_OK;
}

/* The names from the hook down to a node. Its depth is bounded by the stack of the VM, and walking
 * up for each level keeps us from needing one too. */
static void
print_stack(const struct tree *tree, size_t node, FILE *file)
{
    size_t depth = 0;

    for (size_t at = node; tree->nodes[at].parent != SIZE_MAX; at = tree->nodes[at].parent)
        depth++;
    while (depth > 0) {
        size_t at = node;
        depth--;
        for (size_t i = 0; i < depth; i++)
            at = tree->nodes[at].parent;
        fprintf(file, "%s%s", tree->nodes[at].name, depth > 0 ? ";" : "");
    }
}

enum chandra_status
export_folded(const struct tree *tree, const char *path, struct chandra_error *err)
{
    FILE *file;
    enum chandra_status st = open_file(path, &file, err);

    if (st != CHANDRA_OK)
        return st;
    for (size_t i = 1; i < tree->count; i++) {
        if (tree->nodes[i].ns <= 0)
            continue;
        print_stack(tree, i, file);
        fprintf(file, " %" PRId64 "\n", tree->nodes[i].ns);
    }
    return close_file(path, file, err);
}

static void
print_string(const char *text, FILE *file)
{
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, file);
    }
    fputc('"', file);
}

enum chandra_status
export_trace(const struct tree *tree, const char *path, struct chandra_error *err)
{
    int64_t start = INT64_MAX;
    FILE *file;
    enum chandra_status st = open_file(path, &file, err);

    if (st != CHANDRA_OK)
        return st;
    for (size_t i = 0; i < tree->span_count; i++)
        if (tree->spans[i].began_ns < start)
            start = tree->spans[i].began_ns;
    fprintf(file, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
                  "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"thread_name\","
                  "\"args\":{\"name\":\"policy\"}}");
    for (size_t i = 0; i < tree->span_count; i++) {
        const struct tree_span *span = &tree->spans[i];
        fprintf(file, ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":");
        print_string(tree->nodes[span->node].name, file);
        fprintf(file, ",\"ts\":%.3f,\"dur\":%.3f}", (double)(span->began_ns - start) / 1000,
                (double)span->ns / 1000);
    }
    fprintf(file, "\n]}\n");
    return close_file(path, file, err);
}
