/* config_fields.c - what a ChandraConfiguration may hold. */
#include "config_fields.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *const ch_config_forms[CH_CONFIG_FORM_COUNT] = {
    [CH_CONFIG_ANY] = "",
    [CH_CONFIG_FILLED] = "^.+$",
    [CH_CONFIG_NAME] = "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
    [CH_CONFIG_PATTERN] = "^([^*]+\\*?|\\*)$",
};

/* A chain: which policies, and what holds them in. */

static const char *const builtins[] = {CH_CONFIG_BUILTIN, NULL};

static const char *
check_policy(const struct chandra_value *object, const char **out_field)
{
    const bool has_file = chandra_value_get(object, "file") != NULL;
    const bool has_builtin = chandra_value_get(object, "builtin") != NULL;

    *out_field = has_file && has_builtin ? "builtin" : NULL;
    if (has_file && has_builtin)
        return "a policy is either a file or built in, not both";
    return has_file || has_builtin ? NULL : "\"file\" or \"builtin\" is missing";
}

static const struct ch_config_object policy = {
    .help = "One policy of the chain.",
    .fields =
        (const struct ch_config_field[]){
            {.name = "file",
             .help = "A file of Lua, its path beginning at the folder of this configuration; in a "
                     "ConfigMap, a key.",
             .form = CH_CONFIG_FILLED},
            {.name = "builtin",
             .help = "A policy that is built in: default, which decides as kube-scheduler does.",
             .choices = builtins},
            {.name = "weight",
             .help = "Weight of its scores among those of the chain.",
             .type = CH_CONFIG_WEIGHT,
             .preset = "1"},
            {0},
        },
    .conditions = "{\"oneOf\":[{\"required\":[\"file\"]},{\"required\":[\"builtin\"]}]}",
    .check = check_policy,
};

static const struct ch_config_object limits = {
    .help = "What one call of a policy may use.",
    .fields =
        (const struct ch_config_field[]){
            {.name = "memory",
             .help = "Bytes of one Lua state, such as 16Mi.",
             .type = CH_CONFIG_SIZE,
             .preset = "16Mi",
             .least = INT64_C(256) * 1024,
             .most = INT64_C(4) << 30},
            {.name = "instructions",
             .help = "Instructions of one call.",
             .type = CH_CONFIG_COUNT,
             .preset = "2000000",
             .least = 1000,
             .most = INT64_C(1000000000000)},
            {.name = "timeout",
             .help = "Time of one call, such as 100ms.",
             .type = CH_CONFIG_DURATION,
             .preset = "100ms",
             .least = 1,
             .most = INT64_C(3600) * 1000},
            {0},
        },
};

static const char *const failure_policies[] = {"Fail", "Ignore", NULL};

/* NOLINTBEGIN(bugprone-macro-parentheses): a macro of three initializers. */
#define CHAIN_FIELDS                                                                              \
    {.name = "policies",                                                                          \
     .help = "The policies of the chain, in order: match narrows from one to the next, scores "   \
             "add up by weight, the first that answers suggest or release decides.",              \
     .type = CH_CONFIG_OBJECTS,                                                                   \
     .object = &policy,                                                                           \
     .preset = CH_CONFIG_BUILTIN,                                                                 \
     .least = 1,                                                                                  \
     .most = 100},                                                                                \
        {.name = "failurePolicy",                                                                 \
         .help = "Let a pod wait whose policy fails (Fail), or let the hard rules decide for "    \
                 "it (Ignore).",                                                                  \
         .choices = failure_policies,                                                             \
         .preset = "Fail"},                                                                       \
    {                                                                                             \
        .name = "limits", .help = "What one call of a policy may use.", .type = CH_CONFIG_OBJECT, \
        .object = &limits, .preset = ""                                                           \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

static const struct ch_config_object chain = {
    .help = "The chain for the pods that no rule matches.",
    .fields = (const struct ch_config_field[]){CHAIN_FIELDS, {0}},
};

/* What a rule matches. */

static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist", NULL};

static const char *
check_expression(const struct chandra_value *object, const char **out_field)
{
    const char *name = chandra_value_string(chandra_value_get(object, "operator"));
    const bool has_values = chandra_value_get(object, "values") != NULL;
    const bool wants_values = strcmp(name, "In") == 0 || strcmp(name, "NotIn") == 0;

    *out_field = "values";
    if (wants_values == has_values)
        return NULL;
    return wants_values ? "In and NotIn need values"
                        : "Exists and DoesNotExist must not have values";
}

static const struct ch_config_object expression = {
    .help = "A condition on one label, as in Kubernetes' label selectors.",
    .fields =
        (const struct ch_config_field[]){
            {.name = "key",
             .help = "Key of the label.",
             .form = CH_CONFIG_FILLED,
             .is_required = true},
            {.name = "operator",
             .help = "How its value is compared.",
             .choices = operators,
             .is_required = true},
            {.name = "values",
             .help = "The values of In and NotIn.",
             .type = CH_CONFIG_TEXTS,
             .least = 1,
             .most = 1000},
            {0},
        },
    .conditions = "{\"if\":{\"properties\":{\"operator\":{\"enum\":[\"In\",\"NotIn\"]}}},"
                  "\"then\":{\"required\":[\"values\"]},"
                  "\"else\":{\"not\":{\"required\":[\"values\"]}}}",
    .check = check_expression,
};

static const char *
check_filled(const struct chandra_value *object, const char **out_field)
{
    *out_field = NULL;
    return chandra_value_count(object) > 0 ? NULL : "a condition is missing";
}

static const struct ch_config_object selector = {
    .help = "A label selector; all of its conditions must hold.",
    .fields =
        (const struct ch_config_field[]){
            {.name = "matchLabels", .help = "Labels and their values.", .type = CH_CONFIG_LABELS},
            {.name = "matchExpressions",
             .help = "Conditions on labels.",
             .type = CH_CONFIG_OBJECTS,
             .object = &expression,
             .least = 1,
             .most = 100},
            {0},
        },
    .conditions = "{\"minProperties\":1}",
    .check = check_filled,
};

static const struct ch_config_object match = {
    .help = "Which pods the rule is for: all of the fields must hold. In the lists a * at the end "
            "of a name stands for any rest.",
    .fields =
        (const struct ch_config_field[]){
            {.name = "queues",
             .help = "The pod's queue is one of these: the one its host names, else the value of "
                     "its label or annotation queueKey.",
             .type = CH_CONFIG_TEXTS,
             .form = CH_CONFIG_PATTERN,
             .least = 1,
             .most = 1000},
            {.name = "namespaces",
             .help = "The pod's namespace is one of these.",
             .type = CH_CONFIG_TEXTS,
             .form = CH_CONFIG_PATTERN,
             .least = 1,
             .most = 1000},
            {.name = "classes",
             .help = "At least one of the pod's claims has one of these resource classes.",
             .type = CH_CONFIG_TEXTS,
             .form = CH_CONFIG_PATTERN,
             .least = 1,
             .most = 1000},
            {.name = "podSelector",
             .help = "The pod's labels match.",
             .type = CH_CONFIG_OBJECT,
             .object = &selector},
            {0},
        },
    .conditions = "{\"minProperties\":1}",
    .check = check_filled,
};

static const struct ch_config_object rule = {
    .help = "A chain, and the pods it decides for.",
    .fields =
        (const struct ch_config_field[]){
            {.name = "name",
             .help = "For messages; unlike that of any other rule.",
             .form = CH_CONFIG_NAME,
             .is_required = true},
            {.name = "match",
             .help = "Which pods the rule is for.",
             .type = CH_CONFIG_OBJECT,
             .object = &match,
             .is_required = true},
            CHAIN_FIELDS,
            {0},
        },
};

static const char *const api_versions[] = {CH_CONFIG_API_VERSION, NULL};
static const char *const kinds[] = {CH_CONFIG_KIND, NULL};

const struct ch_config_object ch_config_root = {
    .help = "Which policies of chandra decide for which pods.",
    .fields =
        (const struct ch_config_field[]){
            {.name = "apiVersion",
             .help = "Version of this object.",
             .choices = api_versions,
             .is_required = true},
            {.name = "kind", .help = "Kind of this object.", .choices = kinds, .is_required = true},
            {.name = "queueKey",
             .help = "Key of the label, or else the annotation, of a pod that names its queue "
                     "where the host does not.",
             .form = CH_CONFIG_FILLED,
             .preset = "chandra.dev/queue"},
            {.name = "rules",
             .help = "Tried in order; the first that matches a pod decides. No two may have the "
                     "same name.",
             .type = CH_CONFIG_OBJECTS,
             .object = &rule,
             .preset = "",
             .most = 1000},
            {.name = "default",
             .help = "The chain for the pods that no rule matches.",
             .type = CH_CONFIG_OBJECT,
             .object = &chain,
             .preset = ""},
            {0},
        },
};

int64_t
ch_config_duration(const char *text)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}};
    double sum = 0;

    if (!*text)
        return -1;
    while (*text) {
        const size_t len = strspn(text, "0123456789.");
        size_t unit = 0;
        char *end;
        const double number = strtod(text, &end);

        while (unit < 4 && strncmp(text + len, units[unit].name, strlen(units[unit].name)) != 0)
            unit++;
        if (!isdigit((unsigned char)*text) || end != text + len || unit == 4 || !(number < 1e9))
            return -1;
        sum += number * units[unit].ms;
        text = end + strlen(units[unit].name);
    }
    return (int64_t)sum;
}

int64_t
ch_config_size(const char *text)
{
    static const char *const suffixes[] = {"", "Ki", "Mi", "Gi"};
    const size_t digits = strspn(text, "0123456789");
    size_t power = 0;

    while (power < 4 && strcmp(text + digits, suffixes[power]) != 0)
        power++;
    if (digits == 0 || digits > 10 || power == 4)
        return -1;
    return (int64_t)strtoll(text, NULL, 10) << (10 * power);
}
