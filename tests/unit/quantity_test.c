/* quantity_test.c - quantities against what Kubernetes' own package answers. */
#include <chandra/sys/quantity.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    SI = CHANDRA_QUANTITY_DECIMAL_SI,
    BI = CHANDRA_QUANTITY_BINARY_SI,
    EX = CHANDRA_QUANTITY_EXPONENT
};

/* Text, canonical text and format, from k8s.io/apimachinery v0.30.1: ParseQuantity() and
 * CanonicalizeBytes(). */
static const struct {
    const char *text;
    const char *canonical;
    int format;
} vectors[] = {{"0", "0", SI},
               {"+", "0", SI},
               {"-", "0", SI},
               {".", "0", SI},
               {"-.", "0", SI},
               {"1.", "1", SI},
               {".5", "500m", SI},
               {"-0", "0", SI},
               {"+0", "0", SI},
               {"00", "0", SI},
               {"1", "1", SI},
               {"+1", "1", SI},
               {"-1", "-1", SI},
               {"007", "7", SI},
               {"100m", "100m", SI},
               {"1000m", "1", SI},
               {"1500m", "1500m", SI},
               {"0.5", "500m", SI},
               {"1.5", "1500m", SI},
               {"0.1n", "1n", SI},
               {"0.5n", "1n", SI},
               {"1n", "1n", SI},
               {"-0.1n", "-1n", SI},
               {"1u", "1u", SI},
               {"1000u", "1m", SI},
               {"1k", "1k", SI},
               {"1M", "1M", SI},
               {"1G", "1G", SI},
               {"1T", "1T", SI},
               {"1P", "1P", SI},
               {"1E", "1E", SI},
               {"8E", "8E", SI},
               {"9E", "9E", SI},
               {"9.2E", "9200P", SI},
               {"1e0", "1", EX},
               {"1e3", "1e3", EX},
               {"1E3", "1e3", EX},
               {"1e+3", "1e3", EX},
               {"1e-3", "1e-3", EX},
               {"1e-9", "1e-9", EX},
               {"1e-10", "1e-9", EX},
               {"1e18", "1e18", EX},
               {"1e-30", "1e-9", EX},
               {"-1e-30", "-1e-9", EX},
               {"12e5", "1200e3", EX},
               {"1.5e2", "150", EX},
               {"1.e2", "100", EX},
               {"1Ki", "1Ki", BI},
               {"1Mi", "1Mi", BI},
               {"1Gi", "1Gi", BI},
               {"1Ti", "1Ti", BI},
               {"1Pi", "1Pi", BI},
               {"1Ei", "1Ei", BI},
               {"7Ei", "7Ei", BI},
               {"8Ei", "9223372036854775807", BI},
               {"16Ei", "9223372036854775807", BI},
               {"1.5Gi", "1536Mi", BI},
               {"0.5Ki", "512", BI},
               {"0.5Mi", "512Ki", BI},
               {"0.3Ki", "307200m", BI},
               {"0.0001Ki", "102400u", SI},
               {"0.9Ki", "921600m", BI},
               {"1023", "1023", SI},
               {"1024", "1024", SI},
               {"1000Ki", "1000Ki", BI},
               {"1025Ki", "1025Ki", BI},
               {"1536Mi", "1536Mi", BI},
               {"1.5Ki", "1536", BI},
               {"1.25Ki", "1280", BI},
               {"-1Ki", "-1Ki", BI},
               {"-1.5Gi", "-1536Mi", BI},
               {"-0.3Ki", "-307200m", BI},
               {"-100Ei", "-9223372036854775807", BI},
               {"9223372036854775807", "9223372036854775807", SI},
               {"9223372036854775807m", "9223372036854775807m", SI},
               {"99999999999999999999m", "99999999999999999999m", SI},
               {"0.000000001", "1n", SI},
               {"0.0000000001", "1n", SI},
               {"0.0000000009", "1n", SI},
               {"1.0000000001", "1000000001n", SI},
               {"1.0000000000", "1", SI},
               {"123.456", "123456m", SI},
               {"0.001Ki", "1024m", BI},
               {"0.0009765625Ki", "1", BI},
               {"0.000000000000000000001E", "1m", SI},
               {"0.0000000000000000000000000001E", "1n", SI},
               {"3.000000000000000000000000000001Ki", "3072000000001n", BI},
               {"5.5", "5500m", SI},
               {"1024Mi", "1Gi", BI},
               {"2048Ki", "2Mi", BI},
               {"1073741824", "1073741824", SI},
               {"1000000", "1M", SI},
               {"1001000", "1001k", SI},
               {"100100", "100100", SI},
               {"1e2", "100", EX},
               {"1e4", "10e3", EX},
               {"-1e5", "-100e3", EX},
               {"12000e0", "12e3", EX},
               {"+0.1Gi", "107374182400m", BI},
               {"0Ki", "0", BI},
               {"0.0Mi", "0", BI},
               {"0m", "0", SI},
               {"0e3", "0", EX},
               {"-0.0", "0", SI},
               {"1E6", "1e6", EX},
               {"1E-6", "1e-6", EX},
               {"e3", "0", EX},
               {"E3", "0", EX},
               {"Ki", "0", BI},
               {"k", "0", SI},
               {"m", "0", SI},
               {"n", "0", SI},
               {"+k", "0", SI},
               {"-.Ki", "0", BI},
               {".k", "0", SI}};

static const char *const malformed[] = {
    ".5i",  "1K",     "1e",      "1ki",   "1.1.M", "1+1.0M", "0.1mi", "0.1am", "aoeu",
    "1i",   "-3.01i", "-3.01e-", " 1",    "1 ",    "1 Gi",   "--1",   "1m1",   "1mm",
    "1nKi", "1Kim",   "1e3m",    "1e3.5", "1e6Ki", "1E+",    "1e-",   ""};

static struct chandra_quantity
parse(const char *text)
{
    struct chandra_quantity quantity;
    struct chandra_error err;

    if (chandra_quantity_parse(text, &quantity, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return quantity;
}

static void
agrees_with_kubernetes(void **state)
{
    char text[40];

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        const struct chandra_quantity quantity = parse(vectors[i].text);

        chandra_quantity_print(&quantity, text, sizeof(text));
        if (strcmp(text, vectors[i].canonical) != 0 || (int)quantity.format != vectors[i].format)
            fail_msg("%s: want %s, got %s", vectors[i].text, vectors[i].canonical, text);
    }
}

static void
canonical_text_means_the_same(void **state)
{
    char text[40];

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        const struct chandra_quantity quantity = parse(vectors[i].text);
        struct chandra_quantity again;

        chandra_quantity_print(&quantity, text, sizeof(text));
        again = parse(text);
        assert_int_equal(chandra_quantity_compare(&quantity, &again), 0);
    }
}

static void
refuses_what_is_malformed(void **state)
{
    struct chandra_quantity quantity;
    struct chandra_error err;

    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
        if (chandra_quantity_parse(malformed[i], &quantity, &err) != CHANDRA_EINVAL)
            fail_msg("\"%s\" is malformed", malformed[i]);
    assert_int_equal(chandra_quantity_parse(NULL, &quantity, NULL), CHANDRA_EINVAL);
    assert_int_equal(chandra_quantity_parse("1gb", &quantity, &err), CHANDRA_EINVAL);
    assert_non_null(strstr(err.message, "\"1gb\""));
}

/* Beyond int64 whole units everything is the greatest, whatever the suffix. */
static void
caps_what_is_too_large(void **state)
{
    static const char *const large[] = {"9223372036854775807",
                                        "9223372036854775808",
                                        "8Ei",
                                        "10E",
                                        "1e30",
                                        "1e2147483648",
                                        "1e9223372036854775807",
                                        "123456789012345678901234567890n",
                                        "0.000000000000000000000000000001e60"};
    const struct chandra_quantity most = parse(large[0]);
    const struct chandra_quantity least = parse("-9223372036854775807");

    (void)state;
    for (size_t i = 0; i < sizeof(large) / sizeof(*large); i++) {
        const struct chandra_quantity quantity = parse(large[i]);

        if (chandra_quantity_compare(&quantity, &most) != 0)
            fail_msg("%s is not capped", large[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        const struct chandra_quantity quantity = parse(i ? "-1e40" : "-100Ei");

        assert_int_equal(chandra_quantity_compare(&quantity, &least), 0);
    }
}

static void
rounds_away_from_zero_below_nano(void **state)
{
    static const char *const tiny[] = {"1n",
                                       "0.1n",
                                       "1e-30",
                                       "1e-99999999999",
                                       "0.00000000000000000000000000000000001",
                                       "0.0000000000000000000000000001Ki"};
    const struct chandra_quantity nano = parse("1n");

    (void)state;
    for (size_t i = 0; i < sizeof(tiny) / sizeof(*tiny); i++) {
        const struct chandra_quantity quantity = parse(tiny[i]);

        if (chandra_quantity_compare(&quantity, &nano) != 0)
            fail_msg("%s is not 1n", tiny[i]);
    }
}

static void
compares_across_suffixes(void **state)
{
    static const char *const ascending[] = {"-1Ki", "-1",  "0",     "1n",   "999u", "1m",
                                            "1",    "1k",  "1Ki",   "1025", "1e6",  "1Mi",
                                            "1G",   "1Gi", "1.1Gi", "1E"};

    (void)state;
    for (size_t i = 0; i < sizeof(ascending) / sizeof(*ascending); i++)
        for (size_t k = 0; k < sizeof(ascending) / sizeof(*ascending); k++) {
            const struct chandra_quantity a = parse(ascending[i]);
            const struct chandra_quantity b = parse(ascending[k]);

            assert_int_equal(chandra_quantity_compare(&a, &b), (i > k) - (i < k));
        }
}

static void
adds_exactly(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool is_minus;
        const char *want; /* NULL: out of range */
    } rows[] = {
        {"1Gi", "1", false, "1073741825"},
        {"1500m", "500m", false, "2"},
        {"1Ki", "1n", true, "1023999999999n"},
        {"0", "2Ki", false, "2Ki"},
        {"1", "3", true, "-2"},
        {"9223372036854775807", "1n", false, NULL},
        {"-9223372036854775807", "1n", true, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct chandra_quantity a = parse(rows[i].a);
        const struct chandra_quantity b = parse(rows[i].b);
        struct chandra_quantity sum;
        char text[CHANDRA_QUANTITY_TEXT];

        assert_int_equal(chandra_quantity_add(&a, &b, rows[i].is_minus, &sum),
                         rows[i].want != NULL);
        if (!rows[i].want)
            continue;
        chandra_quantity_print(&sum, text, sizeof(text));
        assert_string_equal(text, rows[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_kubernetes),
        cmocka_unit_test(canonical_text_means_the_same),
        cmocka_unit_test(refuses_what_is_malformed),
        cmocka_unit_test(caps_what_is_too_large),
        cmocka_unit_test(rounds_away_from_zero_below_nano),
        cmocka_unit_test(compares_across_suffixes),
        cmocka_unit_test(adds_exactly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
