/* report.c - results as text, TAP, JUnit XML and JSON. */
#include "test/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
is_status(const struct chandra_value *result, const char *status)
{
    return strcmp(test_text(result, "status"), status) == 0;
}

static double
milliseconds(const struct chandra_value *result)
{
    double ms = 0;

    chandra_value_double(chandra_value_get(result, "durationMs"), &ms);
    return ms;
}

/* Print a text with `indent` before each line. */
static void
print_indented(const char *text, const char *indent)
{
    while (*text) {
        const size_t len = strcspn(text, "\n");

        printf("%s%.*s\n", len > 0 ? indent : "", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void
print_word(const char *word, const char *color)
{
    const bool has_color = cli_has_color(STDOUT_FILENO);

    printf("%s%s%s", has_color ? color : "", word, has_color ? "\033[0m" : "");
}

void
test_report_one(const struct test_run *run, const struct chandra_value *result)
{
    const struct chandra_value *log = chandra_value_get(result, "log");
    const int64_t repeat = test_number(result, "run");

    if (run->cli->output != CLI_TABLE || is_status(result, "passed"))
        return;
    if (is_status(result, "skipped"))
        print_word("SKIP ", "\033[1;33m");
    else if (is_status(result, "failed"))
        print_word("FAIL ", "\033[1;31m");
    else
        print_word("ERROR", "\033[1;31m");
    printf(" %s:%" PRId64 ": %s", test_text(result, "file"), test_number(result, "line"),
           test_text(result, "name"));
    if (repeat > 0)
        printf(" (run %" PRId64 ")", repeat);
    if (is_status(result, "skipped")) {
        printf(": %s\n", test_text(result, "message"));
        return;
    }
    printf("\n");
    print_indented(test_text(result, "message"), "  ");
    if (*test_text(result, "fault"))
        printf("  policy failed: %s\n", test_text(result, "fault"));
    for (size_t i = 0; i < chandra_value_count(log); i++)
        printf("  log: %s\n", chandra_value_string(chandra_value_at(log, i)));
    fflush(stdout);
}

static enum chandra_status
report_text(const struct test_run *run, struct chandra_error *err)
{
    const double seconds = (double)(test_now_ns() - run->start_ns) / 1e9;

    if (run->options->has_coverage && !coverage_print(&run->coverage))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    printf("%zu passed, %zu failed", run->passed, run->failed);
    if (run->errors > 0)
        printf(", %zu with an error", run->errors);
    if (run->skipped > 0)
        printf(", %zu skipped", run->skipped);
    printf(" in %.2f s", seconds);
    if (run->options->is_shuffled)
        printf(", seed %" PRId64, run->seed);
    printf("\n");
    return CHANDRA_OK;
}

/* TAP 14 (testanything.org). */

/* "#" begins a directive, so that of a name is escaped. */
static void
print_tap_name(const char *name)
{
    for (; *name; name++) {
        if (*name == '#' || *name == '\\')
            putchar('\\');
        putchar(*name == '\n' ? ' ' : *name);
    }
}

static void
report_tap(const struct test_run *run)
{
    const size_t count = chandra_value_count(run->results);

    printf("TAP version 14\n1..%zu\n", count);
    if (run->options->is_shuffled)
        printf("# seed %" PRId64 "\n", run->seed);
    for (size_t i = 0; i < count; i++) {
        const struct chandra_value *result = chandra_value_at(run->results, i);
        const bool is_bad = !is_status(result, "passed") && !is_status(result, "skipped");

        printf("%s %zu - ", is_bad ? "not ok" : "ok", i + 1);
        print_tap_name(test_text(result, "name"));
        if (is_status(result, "skipped"))
            printf(" # SKIP %s", test_text(result, "message"));
        printf("\n");
        if (!is_bad)
            continue;
        printf("  ---\n  severity: %s\n  at: \"%s:%" PRId64 "\"\n  message: |\n",
               is_status(result, "failed") ? "fail" : "error", test_text(result, "file"),
               test_number(result, "line"));
        print_indented(test_text(result, "message"), "    ");
        printf("  ...\n");
    }
}

/* JUnit XML, as CI servers read it. */

static void
print_xml(const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            printf("&amp;");
            break;
        case '<':
            printf("&lt;");
            break;
        case '>':
            printf("&gt;");
            break;
        case '"':
            printf("&quot;");
            break;
        case '\n':
            printf("&#10;");
            break;
        default:
            putchar((unsigned char)*text < 0x20 && *text != '\t' ? '?' : *text);
        }
}

static void
print_attribute(const char *name, const char *value)
{
    printf(" %s=\"", name);
    print_xml(value);
    printf("\"");
}

static void
print_junit_case(const struct chandra_value *result)
{
    const struct chandra_value *log = chandra_value_get(result, "log");

    printf("    <testcase");
    print_attribute("classname", test_text(result, "file"));
    print_attribute("name", test_text(result, "name"));
    print_attribute("file", test_text(result, "file"));
    printf(" line=\"%" PRId64 "\" time=\"%.6f\">\n", test_number(result, "line"),
           milliseconds(result) / 1000);
    if (is_status(result, "skipped")) {
        printf("      <skipped");
        print_attribute("message", test_text(result, "message"));
        printf("/>\n");
    } else if (!is_status(result, "passed")) {
        const char *element = is_status(result, "failed") ? "failure" : "error";

        printf("      <%s", element);
        print_attribute("message", test_text(result, "message"));
        printf(">");
        print_xml(test_text(result, "fault"));
        printf("</%s>\n", element);
    }
    if (chandra_value_count(log) > 0) {
        printf("      <system-out>");
        for (size_t i = 0; i < chandra_value_count(log); i++) {
            print_xml(chandra_value_string(chandra_value_at(log, i)));
            printf("\n");
        }
        printf("</system-out>\n");
    }
    printf("    </testcase>\n");
}

static void
print_junit_suite(const struct test_run *run, const char *file)
{
    size_t tests = 0, failed = 0, errors = 0, skipped = 0;
    double ms = 0;

    for (size_t i = 0; i < chandra_value_count(run->results); i++) {
        const struct chandra_value *result = chandra_value_at(run->results, i);

        if (strcmp(test_text(result, "file"), file) != 0)
            continue;
        tests++;
        failed += is_status(result, "failed");
        errors += is_status(result, "error");
        skipped += is_status(result, "skipped");
        ms += milliseconds(result);
    }
    if (tests == 0)
        return;
    printf("  <testsuite");
    print_attribute("name", file);
    printf(" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.6f\">\n", tests,
           failed, errors, skipped, ms / 1000);
    for (size_t i = 0; i < chandra_value_count(run->results); i++)
        if (strcmp(test_text(chandra_value_at(run->results, i), "file"), file) == 0)
            print_junit_case(chandra_value_at(run->results, i));
    printf("  </testsuite>\n");
}

static void
report_junit(const struct test_run *run)
{
    printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"chandra test\" "
           "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
           chandra_value_count(run->results), run->failed, run->errors, run->skipped);
    for (size_t i = 0; i < run->found.count; i++)
        print_junit_suite(run, run->found.files[i].path);
    printf("</testsuites>\n");
}

static bool
set_count(struct chandra_doc *doc, struct chandra_value *object, const char *name, size_t count)
{
    return chandra_value_set(object, name, chandra_value_new_int64(doc, (int64_t)count));
}

static enum chandra_status
report_json(struct test_run *run, struct chandra_error *err)
{
    struct chandra_doc *doc = run->doc;
    struct chandra_value *root = chandra_value_new_object(doc);
    bool is_fine = root && set_count(doc, root, "passed", run->passed) &&
                   set_count(doc, root, "failed", run->failed) &&
                   set_count(doc, root, "errors", run->errors) &&
                   set_count(doc, root, "skipped", run->skipped);

    if (is_fine && run->options->is_shuffled)
        is_fine = set_count(doc, root, "seed", (size_t)run->seed);
    if (is_fine)
        is_fine = chandra_value_set(root, "cases", run->results);
    if (is_fine && run->options->has_coverage)
        is_fine = chandra_value_set(root, "coverage", coverage_report(&run->coverage, doc));
    if (!is_fine)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return cli_print(run->cli, root, err);
}

enum chandra_status
test_report(struct test_run *run, struct chandra_error *err)
{
    switch (run->cli->output) {
    case CLI_TAP:
        report_tap(run);
        return CHANDRA_OK;
    case CLI_JUNIT:
        report_junit(run);
        return CHANDRA_OK;
    case CLI_JSON:
        return report_json(run, err);
    default:
        return report_text(run, err);
    }
}
