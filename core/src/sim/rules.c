/* rules.c - what the server fills in and checks, kind by kind. */
#include "base/text.h"
#include "doc/value.h"
#include "model/selector.h"
#include "sim/sim.h"
#include "sim/values.h"
#include "sim/write.h"

#include <stdio.h>

/* What is filled in and dropped. */

static bool
default_text(struct ch_sim_draft *draft, const char *part, const char *key, const char *text)
{
    struct chandra_value *object = ch_sim_want_object(draft->doc, draft->root, part);

    if (!object)
        return false;
    return !ch_is_empty(ch_member_text(object, key)) ||
           ch_sim_set_text(draft->doc, object, key, text);
}

enum chandra_status
ch_sim_default(struct ch_sim_draft *draft, struct chandra_error *err)
{
    bool is_done = true;

    if (draft->kind->id == CH_SIM_CLAIM)
        is_done = default_text(draft, "spec", "allocationMode", "WaitForFirstConsumer");
    if (draft->kind->id == CH_SIM_POD)
        is_done = default_text(draft, "spec", "schedulerName", "default-scheduler") &&
                  default_text(draft, "status", "phase", "Pending");
    if (draft->kind->id == CH_SIM_TEMPLATE) {
        struct chandra_value *spec = ch_sim_want_object(draft->doc, draft->root, "spec");
        struct chandra_value *inner = spec ? ch_sim_want_object(draft->doc, spec, "spec") : NULL;

        is_done =
            inner && (!ch_is_empty(ch_member_text(inner, "allocationMode")) ||
                      ch_sim_set_text(draft->doc, inner, "allocationMode", "WaitForFirstConsumer"));
    }
    return is_done ? CHANDRA_OK : ch_sim_no_memory(err);
}

/* Whether a field is as good as missing in the API's own encoding of it. */
static bool
is_void(const struct chandra_value *value)
{
    switch (chandra_value_type(value)) {
    case CHANDRA_NULL:
        return true;
    case CHANDRA_BOOL:
        return !chandra_value_is_true(value);
    case CHANDRA_STRING:
        return ch_is_empty(chandra_value_string(value));
    case CHANDRA_ARRAY:
    case CHANDRA_OBJECT:
        return chandra_value_count(value) == 0;
    case CHANDRA_NUMBER:
        break;
    }
    return false;
}

static void
drop_void(struct chandra_value *object, const char *key)
{
    const struct chandra_value *member = chandra_value_get(object, key);

    if (member && is_void(member))
        chandra_value_remove(object, key);
}

static void
drop_nulls(struct chandra_value *object)
{
    for (size_t i = chandra_value_count(object); i-- > 0;)
        if (chandra_value_type(chandra_value_at(object, i)) == CHANDRA_NULL)
            chandra_value_remove(object, chandra_value_key(object, i));
}

static void
normalize_status(struct ch_sim_draft *draft, struct chandra_value *status)
{
    if (draft->kind->id == CH_SIM_CLAIM) {
        struct chandra_value *allocation = chandra_value_get_mutable(status, "allocation");

        drop_void(status, "driverName");
        drop_void(status, "reservedFor");
        drop_void(status, "deallocationRequested");
        /* An empty allocation is one, but its fields follow the rule. */
        drop_void(allocation, "shareable");
        drop_void(allocation, "resourceHandles");
    }
    if (draft->kind->id == CH_SIM_CONTEXT)
        drop_void(status, "resourceClaims");
}

void
ch_sim_normalize(struct ch_sim_draft *draft)
{
    static const char *const parts[] = {"metadata", "spec", "status"};
    static const char *const meta_keys[] = {"labels", "annotations", "finalizers", "generateName",
                                            "ownerReferences"};
    struct chandra_value *meta = chandra_value_get_mutable(draft->root, "metadata");
    struct chandra_value *spec = chandra_value_get_mutable(draft->root, "spec");
    struct chandra_value *status = chandra_value_get_mutable(draft->root, "status");

    drop_nulls(draft->root);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        drop_nulls(chandra_value_get_mutable(draft->root, parts[i]));
    chandra_value_remove(meta, "managedFields");
    chandra_value_remove(meta, "selfLink");
    for (size_t i = 0; i < sizeof(meta_keys) / sizeof(meta_keys[0]); i++)
        drop_void(meta, meta_keys[i]);
    if (draft->kind->id == CH_SIM_CONTEXT) {
        drop_void(spec, "selectedNode");
        drop_void(spec, "potentialNodes");
        drop_void(draft->root, "spec");
    }
    normalize_status(draft, status);
    if (draft->kind->has_status)
        drop_void(draft->root, "status");
}

/* What is checked. */

static void
check_reference(const struct chandra_value *reference, const char *path,
                struct ch_sim_errors *errors)
{
    if (!reference)
        return;
    if (ch_is_empty(ch_member_text(reference, "kind")))
        ch_sim_errors_add(errors, "%s.kind: Required value", path);
    if (ch_is_empty(ch_member_text(reference, "name")))
        ch_sim_errors_add(errors, "%s.name: Required value", path);
}

static void
check_claim_spec(const struct chandra_value *spec, const char *path, struct ch_sim_errors *errors)
{
    const char *class_name = ch_member_text(spec, "resourceClassName");
    const char *mode = ch_member_text(spec, "allocationMode");
    char inner[64];

    if (ch_is_empty(class_name))
        ch_sim_errors_add(errors, "%s.resourceClassName: Required value", path);
    else if (!ch_is_dns_subdomain(class_name))
        ch_sim_errors_add(
            errors,
            "%s.resourceClassName: Invalid value: \"%.253s\": a lowercase RFC 1123 "
            "subdomain must consist of lower case alphanumeric characters, '-' or '.'",
            path, class_name);
    if (!ch_streq(mode, "Immediate") && !ch_streq(mode, "WaitForFirstConsumer"))
        ch_sim_errors_add(errors,
                          "%s.allocationMode: Unsupported value: \"%.100s\": supported values: "
                          "\"Immediate\", \"WaitForFirstConsumer\"",
                          path, mode);
    snprintf(inner, sizeof(inner), "%s.parametersRef", path);
    check_reference(chandra_value_get(spec, "parametersRef"), inner, errors);
}

static void
check_class(const struct chandra_value *root, struct ch_sim_errors *errors)
{
    const struct chandra_value *suitable = chandra_value_get(root, "suitableNodes");
    const char *driver = ch_member_text(root, "driverName");
    struct ch_selector *selector = NULL;
    struct chandra_error why;

    if (ch_is_empty(driver))
        ch_sim_errors_add(errors, "driverName: Required value");
    else if (!ch_is_dns_subdomain(driver))
        ch_sim_errors_add(errors,
                          "driverName: Invalid value: \"%.253s\": a lowercase RFC 1123 subdomain "
                          "must consist of lower case alphanumeric characters, '-' or '.'",
                          driver);
    check_reference(chandra_value_get(root, "parametersRef"), "parametersRef", errors);
    if (!suitable)
        return;
    if (chandra_value_count(chandra_value_get(suitable, "nodeSelectorTerms")) == 0)
        ch_sim_errors_add(errors, "suitableNodes.nodeSelectorTerms: Required value: must have at "
                                  "least one node selector term");
    if (ch_selector_new(suitable, "suitableNodes", &selector, &why) != CHANDRA_OK)
        ch_sim_errors_add(errors, "suitableNodes: Invalid value: %.300s", why.message);
    else if (ch_selector_error(selector))
        ch_sim_errors_add(errors, "suitableNodes: Invalid value: %.300s",
                          ch_selector_error(selector));
    ch_selector_unref(selector);
}

static void
check_pod_entry(const struct chandra_value *entry, size_t index, struct ch_sim_errors *errors)
{
    const struct chandra_value *source = chandra_value_get(entry, "source");
    const bool has_claim = !ch_is_empty(ch_member_text(source, "resourceClaimName"));
    const bool has_template = !ch_is_empty(ch_member_text(source, "resourceClaimTemplateName"));

    if (!ch_is_dns_label(ch_member_text(entry, "name")))
        ch_sim_errors_add(
            errors,
            "spec.resourceClaims[%zu].name: Invalid value: \"%.100s\": a lowercase RFC "
            "1123 label must consist of lower case alphanumeric characters or '-'",
            index, ch_member_text(entry, "name"));
    if (has_claim && has_template)
        ch_sim_errors_add(errors,
                          "spec.resourceClaims[%zu].source: Invalid value: at most one of "
                          "`resourceClaimName` or `resourceClaimTemplateName` may be specified",
                          index);
    if (!has_claim && !has_template)
        ch_sim_errors_add(errors,
                          "spec.resourceClaims[%zu].source: Required value: must specify one of: "
                          "`resourceClaimName`, `resourceClaimTemplateName`",
                          index);
}

static void
check_pod(const struct chandra_value *root, struct ch_sim_errors *errors)
{
    const struct chandra_value *entries = ch_sim_get2(root, "spec", "resourceClaims");
    const struct chandra_value *statuses = ch_sim_get2(root, "status", "resourceClaimStatuses");

    for (size_t i = 0; i < chandra_value_count(entries); i++)
        check_pod_entry(chandra_value_at(entries, i), i, errors);
    ch_sim_check_set(entries, "spec.resourceClaims", "name", SIZE_MAX, errors);
    ch_sim_check_set(statuses, "status.resourceClaimStatuses", "name", SIZE_MAX, errors);
    for (size_t i = 0; i < chandra_value_count(statuses); i++) {
        const char *name = ch_member_text(chandra_value_at(statuses, i), "name");
        bool is_known = false;

        for (size_t j = 0; j < chandra_value_count(entries) && !is_known; j++)
            is_known = ch_streq(name, ch_member_text(chandra_value_at(entries, j), "name"));
        if (!is_known)
            ch_sim_errors_add(errors,
                              "status.resourceClaimStatuses[%zu].name: Invalid value: \"%.100s\": "
                              "must match the name of an entry in `spec.resourceClaims`",
                              i, name);
    }
}

/* What holds for any version of an object. */
static void
check_content(const struct ch_sim_draft *draft, struct ch_sim_errors *errors)
{
    const struct chandra_value *spec = chandra_value_get(draft->root, "spec");

    ch_sim_check_meta(draft->root, draft->kind, errors);
    switch (draft->kind->id) {
    case CH_SIM_CLAIM:
        check_claim_spec(spec, "spec", errors);
        break;
    case CH_SIM_TEMPLATE:
        check_claim_spec(chandra_value_get(spec, "spec"), "spec.spec", errors);
        break;
    case CH_SIM_CLASS:
        check_class(draft->root, errors);
        break;
    case CH_SIM_CONTEXT:
        ch_sim_check_context(draft->root, errors);
        break;
    case CH_SIM_POD:
        check_pod(draft->root, errors);
        break;
    default:
        break;
    }
}

enum chandra_status
ch_sim_check_new(const struct ch_sim_draft *draft, struct chandra_error *err)
{
    struct ch_sim_errors errors = {0};

    check_content(draft, &errors);
    if (draft->kind->id == CH_SIM_CLAIM)
        ch_sim_check_claim_status(draft->root, NULL, &errors);
    return ch_sim_errors_end(&errors, draft, err);
}

enum chandra_status
ch_sim_check_change(const struct ch_sim_draft *draft, const struct ch_sim_version *old,
                    struct chandra_error *err)
{
    const struct chandra_value *spec = chandra_value_get(draft->root, "spec");
    const struct chandra_value *before = chandra_value_get(old->root, "spec");
    struct ch_sim_errors errors = {0};

    ch_sim_check_meta_change(draft->root, old->root, &errors);
    /* What a stage stored unchecked must not stand in the way of a change of its status. */
    if (!chandra_value_equal(spec, before) || draft->kind->id == CH_SIM_CLASS ||
        draft->kind->id == CH_SIM_CONTEXT || draft->kind->id == CH_SIM_POD)
        check_content(draft, &errors);
    if ((draft->kind->id == CH_SIM_CLAIM || draft->kind->id == CH_SIM_TEMPLATE) &&
        !chandra_value_equal(spec, before))
        ch_sim_errors_add(&errors, "spec: Invalid value: field is immutable");
    if (draft->kind->id == CH_SIM_CLAIM)
        ch_sim_check_claim_status(draft->root, old->root, &errors);
    if (draft->kind->id == CH_SIM_POD &&
        (!chandra_value_equal(chandra_value_get(spec, "resourceClaims"),
                              chandra_value_get(before, "resourceClaims")) ||
         !ch_streq(ch_member_text(spec, "nodeName"), ch_member_text(before, "nodeName"))))
        ch_sim_errors_add(&errors,
                          "spec: Forbidden: pod updates may not change fields other than "
                          "`spec.containers[*].image`,`spec.tolerations` (only additions to "
                          "existing tolerations)");
    return ch_sim_errors_end(&errors, draft, err);
}
