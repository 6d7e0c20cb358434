/* selector_test.c - node selectors: every row of spec 3.4, canonical texts, large lists. */
#include "base/alloc.h"
#include "base/buf.h"
#include "manifest.h"
#include "model/object.h"
#include "model/selector.h"

#include <stdio.h>

static struct ch_selector *
selector(const char *yaml)
{
    struct chandra_doc *doc = manifest_doc(yaml);
    struct ch_selector *compiled = NULL;
    struct chandra_error err;

    if (ch_selector_new(chandra_doc_root(doc, 0), "suitableNodes", &compiled, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    chandra_doc_free(doc); /* it keeps nothing of the document */
    return compiled;
}

/* A selector of one term with one expression, in YAML's flow style. */
static struct ch_selector *
expression(const char *yaml)
{
    char text[512];

    snprintf(text, sizeof(text), "{nodeSelectorTerms: [{matchExpressions: [%s]}]}", yaml);
    return selector(text);
}

static struct ch_selector *
field(const char *yaml)
{
    char text[512];

    snprintf(text, sizeof(text), "{nodeSelectorTerms: [{matchFields: [%s]}]}", yaml);
    return selector(text);
}

static const char node_text[] = "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {"
                                "kubernetes.io/hostname: node-1, zone: a, empty: '', gen: '007',"
                                " minus: '-5', word: five, huge: '9223372036854775808'}}}";

struct fixture {
    struct chandra_object *object;
    const struct chandra_node *node;
};

static int
set_up(void **state)
{
    static struct fixture fixture;

    fixture.object = manifest_object(node_text);
    fixture.node = chandra_object_node(fixture.object);
    *state = &fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    chandra_object_unref(fixture->object);
    return 0;
}

static void
expect(const struct fixture *fixture, struct ch_selector *compiled, bool want, const char *text)
{
    if (ch_selector_error(compiled))
        fail_msg("%s: %s", text, ch_selector_error(compiled));
    if (ch_selector_matches(compiled, fixture->node) != want)
        fail_msg("%s: want %d", text, want);
    ch_selector_unref(compiled);
}

static void
any_term_will_do(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"{}", false},
        {"{nodeSelectorTerms: }", false},
        {"{nodeSelectorTerms: []}", false},
        {"{nodeSelectorTerms: [{}]}", false},
        {"{nodeSelectorTerms: [{matchExpressions: [], matchFields: []}]}", false},
        {"{nodeSelectorTerms: [null, {}]}", false},
        {"{nodeSelectorTerms: [{}, {matchExpressions: [{key: zone, operator: Exists}]}]}", true},
        {"{nodeSelectorTerms: [{matchExpressions: [{key: none, operator: Exists}]},"
         " {matchExpressions: [{key: zone, operator: Exists}]}]}",
         true},
        {"{nodeSelectorTerms: [{matchExpressions: [{key: none, operator: Exists}]},"
         " {matchExpressions: [{key: never, operator: Exists}]}]}",
         false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect(*state, selector(rows[i].text), rows[i].want, rows[i].text);
}

static void
a_term_wants_all_its_requirements(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"{key: zone, operator: Exists}, {key: empty, operator: Exists}", true},
        {"{key: zone, operator: Exists}, {key: none, operator: Exists}", false},
        {"{key: zone, operator: In, values: [a]}, {key: zone, operator: NotIn, values: [a]}",
         false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect(*state, expression(rows[i].text), rows[i].want, rows[i].text);
    expect(*state,
           selector("{nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: Exists}],"
                    " matchFields: [{key: metadata.name, operator: In, values: [node-1]}]}]}"),
           true, "both");
    expect(*state,
           selector("{nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: Exists}],"
                    " matchFields: [{key: metadata.name, operator: In, values: [node-2]}]}]}"),
           false, "the field fails");
    expect(*state,
           selector("{nodeSelectorTerms: [{matchExpressions: [{key: none, operator: Exists}],"
                    " matchFields: [{key: metadata.name, operator: In, values: [node-1]}]}]}"),
           false, "the label fails");
}

static void
operators_on_labels(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"{key: zone, operator: In, values: [b, a, c]}", true},
        {"{key: zone, operator: In, values: [b, c]}", false},
        {"{key: none, operator: In, values: [a]}", false},
        {"{key: empty, operator: In, values: ['']}", true},
        {"{key: none, operator: In, values: ['']}", false},
        {"{key: zone, operator: In, values: ['']}", false},
        {"{key: kubernetes.io/hostname, operator: In, values: [node-1, node-1]}", true},
        {"{key: zone, operator: NotIn, values: [b]}", true},
        {"{key: zone, operator: NotIn, values: [a, b]}", false},
        {"{key: none, operator: NotIn, values: [a]}", true},
        {"{key: empty, operator: NotIn, values: ['']}", false},
        {"{key: zone, operator: Exists}", true},
        {"{key: empty, operator: Exists, values: []}", true},
        {"{key: none, operator: Exists}", false},
        {"{key: zone, operator: DoesNotExist}", false},
        {"{key: none, operator: DoesNotExist, values: }", true},
        {"{key: gen, operator: Gt, values: ['6']}", true},
        {"{key: gen, operator: Gt, values: ['7']}", false},
        {"{key: gen, operator: Gt, values: ['0006']}", true},
        {"{key: gen, operator: Lt, values: ['8']}", true},
        {"{key: gen, operator: Lt, values: ['7']}", false},
        {"{key: minus, operator: Lt, values: ['0']}", true},
        {"{key: minus, operator: Gt, values: ['0']}", false},
        {"{key: word, operator: Gt, values: ['0']}", false},
        {"{key: word, operator: Lt, values: ['9']}", false},
        {"{key: empty, operator: Lt, values: ['9']}", false},
        {"{key: huge, operator: Gt, values: ['0']}", false},
        {"{key: none, operator: Gt, values: ['0']}", false},
        {"{key: none, operator: Lt, values: ['9']}", false},
        {"{key: gen, operator: Lt, values: ['9223372036854775807']}", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect(*state, expression(rows[i].text), rows[i].want, rows[i].text);
}

static void
operators_on_fields(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"{key: metadata.name, operator: In, values: [node-1]}", true},
        {"{key: metadata.name, operator: In, values: [node-2]}", false},
        {"{key: metadata.name, operator: NotIn, values: [node-1]}", false},
        {"{key: metadata.name, operator: NotIn, values: [node-2]}", true},
        {"{key: metadata.name, operator: In, values: ['no label value!']}", false},
        {"{key: spec.unschedulable, operator: In, values: ['true']}", false},
        {"{key: spec.unschedulable, operator: In, values: ['']}", true},
        {"{key: spec.unschedulable, operator: NotIn, values: ['true']}", true},
        {"{key: '', operator: NotIn, values: ['']}", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect(*state, field(rows[i].text), rows[i].want, rows[i].text);
}

static void
fields_are_skipped_without_a_name(void **state)
{
    const struct chandra_node nameless = {.object = {.kind = CHANDRA_KIND_NODE, .name = ""}};
    struct ch_selector *by_name = field("{key: metadata.name, operator: In, values: [node-1]}");
    struct ch_selector *by_other = field("{key: other, operator: In, values: [x]}");
    struct ch_selector *by_label = expression("{key: zone, operator: Exists}");

    (void)state;
    assert_true(ch_selector_matches(by_name, &nameless));
    assert_true(ch_selector_matches(by_other, &nameless));
    assert_false(ch_selector_matches(by_label, &nameless));
    ch_selector_unref(by_name);
    ch_selector_unref(by_other);
    ch_selector_unref(by_label);
}

static void
keeps_why_it_does_not_compile(void **state)
{
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {"{key: zone, operator: Near, values: [a]}", "operator: unknown operator \"Near\""},
        {"{key: zone, values: [a]}", "operator: unknown operator \"\""},
        {"{key: zone, operator: In}", "In wants at least one value"},
        {"{key: zone, operator: NotIn, values: []}", "NotIn wants at least one value"},
        {"{key: zone, operator: Exists, values: [a]}", "values: Exists wants no values, got 1"},
        {"{key: zone, operator: DoesNotExist, values: ['']}", "DoesNotExist wants no values"},
        {"{key: zone, operator: Gt}", "Gt wants exactly one value, got 0"},
        {"{key: zone, operator: Lt, values: ['1', '2']}", "Lt wants exactly one value, got 2"},
        {"{key: zone, operator: Gt, values: [five]}", "Gt wants an integer, got \"five\""},
        {"{key: zone, operator: Lt, values: ['']}", "Lt wants an integer, got \"\""},
        {"{key: zone, operator: Gt, values: ['9223372036854775808']}", "Gt wants an integer"},
        {"{key: zone, operator: Gt, values: ['-1']}", "\"-1\" is not a label value"},
        {"{key: 'not a key', operator: Exists}", "key: \"not a key\" is not a label key"},
        {"{operator: Exists}", "key: \"\" is not a label key"},
        {"{key: zone, operator: In, values: [a, 'b c']}", "values: \"b c\" is not a label value"},
    };
    static const struct {
        const char *text;
        const char *error;
    } field_rows[] = {
        {"{key: metadata.name, operator: In}", "a field wants exactly one value, got 0"},
        {"{key: metadata.name, operator: In, values: [a, b]}", "exactly one value, got 2"},
        {"{key: metadata.name, operator: Exists}", "the operators In and NotIn only"},
        {"{key: metadata.name, operator: Gt, values: ['1']}", "the operators In and NotIn only"},
        {"{key: metadata.name, operator: Near, values: [a]}", "unknown operator \"Near\""},
    };
    const struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) + sizeof(field_rows) / sizeof(*field_rows);
         i++) {
        const bool is_field = i >= sizeof(rows) / sizeof(*rows);
        const size_t at = is_field ? i - sizeof(rows) / sizeof(*rows) : i;
        struct ch_selector *compiled =
            is_field ? field(field_rows[at].text) : expression(rows[at].text);
        const char *want = is_field ? field_rows[at].error : rows[at].error;

        assert_non_null(ch_selector_error(compiled));
        if (!strstr(ch_selector_error(compiled), want))
            fail_msg("%s: want %s", ch_selector_error(compiled), want);
        assert_false(ch_selector_matches(compiled, fixture->node));
        assert_string_equal(ch_selector_text(compiled), "<invalid>");
        ch_selector_unref(compiled);
    }
}

/* Pitfall 38: terms are not evaluated lazily; the place of the bad one is told. */
static void
one_bad_term_is_enough(void **state)
{
    const struct fixture *fixture = *state;
    struct ch_selector *compiled =
        selector("{nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: Exists}]},\n"
                 " {matchExpressions: [{key: zone, operator: Exists},\n"
                 "  {key: zone, operator: Near}]}]}");

    assert_false(ch_selector_matches(compiled, fixture->node));
    assert_string_equal(ch_selector_error(compiled),
                        "test.yaml:3:25: suitableNodes.nodeSelectorTerms[1].matchExpressions[1]."
                        "operator: unknown operator \"Near\"");
    ch_selector_unref(compiled);
}

static void
wrong_types_are_errors(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"[]", "test.yaml:1:1: suitableNodes: want a node selector, got array"},
        {"{nodeSelectorTerms: {}}",
         "test.yaml:1:21: suitableNodes.nodeSelectorTerms: want an array, got an object"},
        {"{nodeSelectorTerms: [x]}",
         "test.yaml:1:22: suitableNodes.nodeSelectorTerms[0]: want an object, got a string"},
        {"{nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [1]}]}]}",
         "test.yaml:1:77: suitableNodes.nodeSelectorTerms[0].matchExpressions[0].values[0]: want a "
         "string, got a number"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct chandra_doc *doc = manifest_doc(rows[i].text);
        struct ch_selector *compiled = NULL;
        struct chandra_error err;

        assert_int_equal(
            ch_selector_new(chandra_doc_root(doc, 0), "suitableNodes", &compiled, &err),
            CHANDRA_EINVAL);
        assert_null(compiled);
        assert_string_equal(err.message, rows[i].message);
        chandra_doc_free(doc);
    }
    assert_int_equal(ch_selector_new(NULL, "x", &(struct ch_selector *){NULL}, NULL),
                     CHANDRA_EINVAL);
}

static void
texts_tell_selectors_apart(void **state)
{
    static const struct {
        const char *text;
        const char *canonical;
    } rows[] = {
        {"{}", "<none>"},
        {"{nodeSelectorTerms: [{}]}", "<none>"},
        {"{nodeSelectorTerms: [{matchExpressions: [{key: z, operator: In, values: [b, a, b]}]}]}",
         "z in (a,b)"},
        {"{nodeSelectorTerms: [{matchExpressions: [{key: z, operator: NotIn, values: ['', a]}]}]}",
         "z notin (,a)"},
        {"{nodeSelectorTerms: [{matchExpressions: [{key: z, operator: Exists},"
         " {key: a.b/c, operator: DoesNotExist}, {key: z, operator: Exists}]}]}",
         "!a.b/c,z"},
        {"{nodeSelectorTerms: [{matchExpressions: [{key: z, operator: Gt, values: ['007']},"
         " {key: z, operator: Lt, values: ['9']}]}]}",
         "z>7,z<9"},
        {"{nodeSelectorTerms: [{matchExpressions: [{key: b, operator: Exists}]}, {},"
         " {matchExpressions: [{key: a, operator: Exists}]},"
         " {matchExpressions: [{key: b, operator: Exists}]}]}",
         "a | b"},
        {"{nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [n]},"
         " {key: other, operator: NotIn, values: ['a\"']}]}]}",
         "@metadata.name=\"n\",@!=\"a\\\"\""},
        {"{nodeSelectorTerms: [{matchExpressions: [{key: metadata.name, operator: In,"
         " values: [n]}]}]}",
         "metadata.name in (n)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct ch_selector *compiled = selector(rows[i].text);

        assert_null(ch_selector_error(compiled));
        assert_string_equal(ch_selector_text(compiled), rows[i].canonical);
        ch_selector_unref(compiled);
    }
}

static void
matches_in_large_lists(void **state)
{
    struct ch_buf text = {0};
    struct ch_selector *compiled;

    (void)state;
    ch_buf_puts(&text, "{nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname,"
                       " operator: In, values: [");
    for (int i = 5000; i > 0; i -= 2)
        ch_buf_printf(&text, "node-%d, ", i);
    ch_buf_puts(&text, "]}]}]}");
    assert_true(ch_buf_ok(&text));
    compiled = selector(text.text);
    for (int i = 1; i <= 5001; i++) {
        char host[32];
        const struct ch_pair label = {"kubernetes.io/hostname", host};
        const struct chandra_node node = {
            .object = {
                .kind = CHANDRA_KIND_NODE, .name = host, .label_count = 1, .labels = &label}};

        snprintf(host, sizeof(host), "node-%d", i);
        assert_int_equal(ch_selector_matches(compiled, &node), i % 2 == 0);
    }
    ch_selector_unref(compiled);
    ch_buf_clear(&text);
}

static void
counts_references(void **state)
{
    struct ch_selector *compiled = expression("{key: zone, operator: Exists}");

    (void)state;
    assert_ptr_equal(ch_selector_ref(compiled), compiled);
    ch_selector_unref(compiled);
    assert_string_equal(ch_selector_text(compiled), "zone");
    ch_selector_unref(compiled);
    ch_selector_unref(NULL);
}

static void
survives_a_lack_of_memory(void **state)
{
    static const char *const texts[] = {
        "{nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a, b]},"
        " {key: gen, operator: Gt, values: ['1']}],"
        " matchFields: [{key: metadata.name, operator: NotIn, values: [x]}]},"
        " {matchExpressions: [{key: gpu, operator: Exists}]}]}",
        "{nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: Near}]}]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct chandra_doc *doc = manifest_doc(texts[i]);
        struct ch_selector *compiled = NULL;
        enum chandra_status st = CHANDRA_ENOMEM;
        struct chandra_error err;
        long count = 0;

        while (st == CHANDRA_ENOMEM && count < 1000) {
            ch_alloc_fail_after(count++);
            st = ch_selector_new(chandra_doc_root(doc, 0), "suitableNodes", &compiled, &err);
            ch_alloc_fail_after(-1);
            if (st == CHANDRA_ENOMEM)
                assert_null(compiled);
        }
        assert_int_equal(st, CHANDRA_OK);
        assert_true(count > 2);
        ch_selector_unref(compiled);
        chandra_doc_free(doc);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_term_will_do),
        cmocka_unit_test(a_term_wants_all_its_requirements),
        cmocka_unit_test(operators_on_labels),
        cmocka_unit_test(operators_on_fields),
        cmocka_unit_test(fields_are_skipped_without_a_name),
        cmocka_unit_test(keeps_why_it_does_not_compile),
        cmocka_unit_test(one_bad_term_is_enough),
        cmocka_unit_test(wrong_types_are_errors),
        cmocka_unit_test(texts_tell_selectors_apart),
        cmocka_unit_test(matches_in_large_lists),
        cmocka_unit_test(counts_references),
        cmocka_unit_test(survives_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
