/* coverage.c - counts executed lines in each process, adds the counts up, and reports them. */
#include "test/coverage.h"

#include "cli.h"
#include "table.h"

#include <chandra/sys/base.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The file's entry, made if there is none; NULL when out of memory. */
static struct coverage_file *
file_of(struct coverage *coverage, const char *path)
{
    struct coverage_file *grown;
    char *name;

    while (strncmp(path, "./", 2) == 0)
        path += 2;
    for (size_t i = 0; i < coverage->count; i++)
        if (strcmp(coverage->files[i].path, path) == 0) {
            coverage->last = i;
            return &coverage->files[i];
        }
    grown = chandra_realloc(coverage->files, (coverage->count + 1) * sizeof(*grown));
    name = chandra_strdup(path);
    if (grown)
        coverage->files = grown;
    if (!grown || !name) {
        chandra_free(name);
        coverage->is_out_of_memory = true;
        return NULL;
    }
    coverage->last = coverage->count;
    grown[coverage->count] = (struct coverage_file){.path = name};
    return &grown[coverage->count++];
}

static void
add_hits(struct coverage *coverage, struct coverage_file *file, size_t line, uint64_t hits)
{
    if (line >= file->count) {
        const size_t count = line * 2 + 64;
        uint64_t *grown = chandra_realloc(file->hits, count * sizeof(*grown));

        if (!grown) {
            coverage->is_out_of_memory = true;
            return;
        }
        memset(grown + file->count, 0, (count - file->count) * sizeof(*grown));
        file->hits = grown;
        file->count = count;
    }
    file->hits[line] += hits;
}

/* A policy that a spec makes of a text of its own is no file, even if there is one of that name. */
static bool
is_file(const struct chandra_lua_event *event)
{
    char *text;
    size_t len;
    bool is_same;

    if (cli_read(event->file, &text, &len, NULL) != CHANDRA_OK)
        return false;
    is_same = len == event->len && memcmp(text, event->text, len) == 0;
    chandra_free(text);
    return is_same;
}

void
coverage_count(struct coverage *coverage, const struct chandra_lua_event *event)
{
    struct coverage_file *file = NULL;
    const size_t known = coverage->count;

    if (coverage->last < known && strcmp(coverage->files[coverage->last].path, event->file) == 0)
        file = &coverage->files[coverage->last];
    else
        file = file_of(coverage, event->file);
    if (!file)
        return;
    if (event->kind == CHANDRA_LUA_LOAD)
        file->is_ignored = !is_file(event);
    else if (!file->is_ignored && event->line > 0)
        add_hits(coverage, file, (size_t)event->line, 1);
}

void
coverage_add(struct coverage *coverage, const char *path)
{
    file_of(coverage, path);
}

/* [LINE, HITS, ...] of one file. */
static struct chandra_value *
hits_value(const struct coverage_file *file, struct chandra_doc *doc)
{
    struct chandra_value *array = chandra_value_new_array(doc);

    for (size_t line = 1; array && line < file->count; line++)
        if (file->hits[line] > 0 &&
            (!chandra_value_append(array, chandra_value_new_int64(doc, (int64_t)line)) ||
             !chandra_value_append(array, chandra_value_new_int64(doc, (int64_t)file->hits[line]))))
            return NULL;
    return array;
}

struct chandra_value *
coverage_value(const struct coverage *coverage, struct chandra_doc *doc)
{
    struct chandra_value *value = chandra_value_new_object(doc);

    if (!value || coverage->is_out_of_memory)
        return NULL;
    for (size_t i = 0; i < coverage->count; i++)
        if (!coverage->files[i].is_ignored &&
            !chandra_value_set(value, coverage->files[i].path,
                               hits_value(&coverage->files[i], doc)))
            return NULL;
    return value;
}

void
coverage_merge(struct coverage *coverage, const struct chandra_value *value)
{
    for (size_t i = 0; i < chandra_value_count(value); i++) {
        struct coverage_file *file = file_of(coverage, chandra_value_key(value, i));
        const struct chandra_value *pairs = chandra_value_at(value, i);
        int64_t line, hits;

        for (size_t at = 0; file && at + 1 < chandra_value_count(pairs); at += 2)
            if (chandra_value_int64(chandra_value_at(pairs, at), &line) &&
                chandra_value_int64(chandra_value_at(pairs, at + 1), &hits) && line > 0 &&
                line < INT32_MAX && hits > 0)
                add_hits(coverage, file, (size_t)line, (uint64_t)hits);
    }
}

struct marking {
    struct coverage *coverage;
    struct coverage_file *file;
};

static void
mark(void *user, unsigned line)
{
    const struct marking *marking = user;
    struct coverage_file *file = marking->file;

    add_hits(marking->coverage, file, line, 0);
    if (line >= file->count)
        return;
    file->is_active[line] = true;
    file->active++;
    file->covered += file->hits[line] > 0;
}

static enum chandra_status
finish_file(struct coverage *coverage, struct coverage_file *file, struct chandra_error *err)
{
    struct chandra_lua_source source = {.name = file->path};
    struct marking marking = {coverage, file};
    size_t lines = 2;
    char *text;
    enum chandra_status st = cli_read(file->path, &text, &source.len, err);

    if (st != CHANDRA_OK)
        return st;
    source.text = text;
    for (size_t i = 0; i < source.len; i++)
        lines += text[i] == '\n';
    add_hits(coverage, file, lines, 0);
    file->is_active = chandra_realloc(NULL, file->count * sizeof(bool));
    if (!file->is_active || file->count <= lines) {
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    } else {
        memset(file->is_active, 0, file->count * sizeof(bool));
        st = chandra_lua_active_lines(&source, mark, &marking, err);
    }
    chandra_free(text);
    return st;
}

static int
compare_paths(const void *a, const void *b)
{
    return strcmp(((const struct coverage_file *)a)->path, ((const struct coverage_file *)b)->path);
}

static void
clear_file(struct coverage_file *file)
{
    chandra_free(file->path);
    chandra_free(file->hits);
    chandra_free(file->is_active);
}

static void
drop_ignored(struct coverage *coverage)
{
    size_t kept = 0;

    for (size_t i = 0; i < coverage->count; i++)
        if (coverage->files[i].is_ignored)
            clear_file(&coverage->files[i]);
        else
            coverage->files[kept++] = coverage->files[i];
    coverage->count = kept;
}

enum chandra_status
coverage_finish(struct coverage *coverage, struct chandra_error *err)
{
    drop_ignored(coverage);
    if (coverage->is_out_of_memory)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    if (coverage->count > 0)
        qsort(coverage->files, coverage->count, sizeof(*coverage->files), compare_paths);
    for (size_t i = 0; i < coverage->count; i++) {
        enum chandra_status st = finish_file(coverage, &coverage->files[i], err);

        if (st != CHANDRA_OK)
            return st;
    }
    return CHANDRA_OK;
}

static double
percent(size_t covered, size_t active)
{
    return active == 0 ? 100 : 100.0 * (double)covered / (double)active;
}

double
coverage_percent(const struct coverage *coverage)
{
    size_t active = 0, covered = 0;

    for (size_t i = 0; i < coverage->count; i++) {
        active += coverage->files[i].active;
        covered += coverage->files[i].covered;
    }
    return percent(covered, active);
}

static bool
is_missed(const struct coverage_file *file, size_t line)
{
    return file->is_active[line] && file->hits[line] == 0;
}

/* Write "3, 7-9": what was not executed. Lines that cannot be executed do not part a range. */
static void
tell_missed(const struct coverage_file *file, char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t line = 1; line < file->count; line++) {
        size_t last = line;

        if (!is_missed(file, line))
            continue;
        for (size_t next = line + 1; next < file->count; next++) {
            if (file->is_active[next] && file->hits[next] > 0)
                break;
            if (is_missed(file, next))
                last = next;
        }
        if (len + 32 > size) {
            snprintf(text + len, size - len, ", ...");
            return;
        }
        len += (size_t)snprintf(text + len, size - len, last > line ? "%s%zu-%zu" : "%s%zu",
                                len > 0 ? ", " : "", line, last);
        line = last;
    }
}

static bool
add_row(struct table *table, const char *path, size_t covered, size_t active, const char *missed)
{
    char lines[32], share[32];
    const char *const cells[] = {path, lines, share, missed};

    snprintf(lines, sizeof(lines), "%zu/%zu", covered, active);
    snprintf(share, sizeof(share), "%.1f%%", percent(covered, active));
    return table_add(table, cells);
}

bool
coverage_print(const struct coverage *coverage)
{
    static const char *const heading[] = {"POLICY", "LINES", "COVERED", "NOT EXECUTED"};
    struct table table = {.columns = 4};
    size_t active = 0, covered = 0;
    bool is_fine = table_add(&table, heading);
    char missed[256];

    for (size_t i = 0; is_fine && i < coverage->count; i++) {
        const struct coverage_file *file = &coverage->files[i];

        tell_missed(file, missed, sizeof(missed));
        is_fine = add_row(&table, file->path, file->covered, file->active, missed);
        active += file->active;
        covered += file->covered;
    }
    if (is_fine)
        is_fine = add_row(&table, "all", covered, active, "");
    if (is_fine)
        table_print(&table);
    table_clear(&table);
    return is_fine;
}

static struct chandra_value *
file_report(const struct coverage_file *file, struct chandra_doc *doc)
{
    struct chandra_value *value = chandra_value_new_object(doc);
    struct chandra_value *missed = chandra_value_new_array(doc);

    for (size_t line = 1; missed && line < file->count; line++)
        if (is_missed(file, line) &&
            !chandra_value_append(missed, chandra_value_new_int64(doc, (int64_t)line)))
            return NULL;
    if (!value || !missed ||
        !chandra_value_set(value, "file", chandra_value_new_string(doc, file->path)) ||
        !chandra_value_set(value, "lines", chandra_value_new_int64(doc, (int64_t)file->active)) ||
        !chandra_value_set(value, "covered",
                           chandra_value_new_int64(doc, (int64_t)file->covered)) ||
        !chandra_value_set(value, "notExecuted", missed))
        return NULL;
    return value;
}

struct chandra_value *
coverage_report(const struct coverage *coverage, struct chandra_doc *doc)
{
    struct chandra_value *value = chandra_value_new_object(doc);
    struct chandra_value *files = chandra_value_new_array(doc);

    for (size_t i = 0; files && i < coverage->count; i++)
        if (!chandra_value_append(files, file_report(&coverage->files[i], doc)))
            return NULL;
    if (!value || !files ||
        !chandra_value_set(value, "percent",
                           chandra_value_new_double(doc, coverage_percent(coverage))) ||
        !chandra_value_set(value, "files", files))
        return NULL;
    return value;
}

enum chandra_status
coverage_write_lcov(const struct coverage *coverage, const char *path, struct chandra_error *err)
{
    FILE *stream = fopen(path, "wb");
    bool has_failed;

    if (!stream)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    for (size_t i = 0; i < coverage->count; i++) {
        const struct coverage_file *file = &coverage->files[i];

        fprintf(stream, "TN:\nSF:%s\n", file->path);
        for (size_t line = 1; line < file->count; line++)
            if (file->is_active[line])
                fprintf(stream, "DA:%zu,%" PRIu64 "\n", line, file->hits[line]);
        fprintf(stream, "LF:%zu\nLH:%zu\nend_of_record\n", file->active, file->covered);
    }
    has_failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || has_failed)
        return chandra_error_set(err, CHANDRA_EIO, "%s: cannot be written", path);
    return CHANDRA_OK;
}

void
coverage_clear(struct coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++)
        clear_file(&coverage->files[i]);
    chandra_free(coverage->files);
    *coverage = (struct coverage){0};
}
