/* rules_claim.c - what the server demands of a claim's status and of a PodSchedulingContext. */
#include "base/text.h"
#include "doc/value.h"
#include "sim/values.h"
#include "sim/write.h"

#include <stdio.h>
#include <string.h>

enum { MAX_USERS = 32, MAX_HANDLES = 32, MAX_HANDLE_BYTES = 16 * 1024, MAX_NODES = 128 };

static void
check_allocation(const struct chandra_value *allocation, struct ch_sim_errors *errors)
{
    const struct chandra_value *handles = chandra_value_get(allocation, "resourceHandles");

    if (chandra_value_count(handles) > MAX_HANDLES)
        ch_sim_errors_add(errors,
                          "status.allocation.resourceHandles: Too long: may not be longer than %d",
                          MAX_HANDLES);
    for (size_t i = 0; i < chandra_value_count(handles); i++) {
        const struct chandra_value *handle = chandra_value_at(handles, i);

        if (ch_is_empty(ch_member_text(handle, "driverName")))
            ch_sim_errors_add(
                errors, "status.allocation.resourceHandles[%zu].driverName: Required value", i);
        if (strlen(ch_member_text(handle, "data")) > MAX_HANDLE_BYTES)
            ch_sim_errors_add(errors,
                              "status.allocation.resourceHandles[%zu].data: Too long: may not be "
                              "longer than %d",
                              i, MAX_HANDLE_BYTES);
    }
}

static void
check_users(const struct chandra_value *users, struct ch_sim_errors *errors)
{
    static const char *const required[] = {"resource", "name", "uid"};

    for (size_t i = 0; i < chandra_value_count(users); i++)
        for (size_t field = 0; field < sizeof(required) / sizeof(required[0]); field++)
            if (ch_is_empty(ch_member_text(chandra_value_at(users, i), required[field])))
                ch_sim_errors_add(errors, "status.reservedFor[%zu].%s: Required value", i,
                                  required[field]);
    ch_sim_check_set(users, "status.reservedFor", "uid", MAX_USERS, errors);
}

static bool
has_new_users(const struct chandra_value *users, const struct chandra_value *before)
{
    for (size_t i = 0; i < chandra_value_count(users); i++) {
        const struct chandra_value *user = chandra_value_at(users, i);
        bool is_known = false;

        for (size_t j = 0; j < chandra_value_count(before) && !is_known; j++)
            is_known = chandra_value_equal(user, chandra_value_at(before, j));
        if (!is_known)
            return true;
    }
    return false;
}

static void
check_reservation(const struct chandra_value *root, const struct chandra_value *old,
                  struct ch_sim_errors *errors)
{
    const struct chandra_value *status = chandra_value_get(root, "status");
    const struct chandra_value *users = chandra_value_get(status, "reservedFor");
    const struct chandra_value *allocation = chandra_value_get(status, "allocation");
    const bool is_closed =
        chandra_value_is_true(chandra_value_get(status, "deallocationRequested")) ||
        !ch_is_empty(ch_sim_meta(root, "deletionTimestamp"));

    if (chandra_value_count(users) == 0)
        return;
    if (!allocation) {
        ch_sim_errors_add(
            errors,
            "status.reservedFor: Forbidden: may not be specified when `allocated` is not set");
        return;
    }
    if (!chandra_value_is_true(chandra_value_get(allocation, "shareable")) &&
        chandra_value_count(users) > 1)
        ch_sim_errors_add(errors,
                          "status.reservedFor: Forbidden: may not be reserved more than once");
    if (old && is_closed && has_new_users(users, ch_sim_get2(old, "status", "reservedFor")))
        ch_sim_errors_add(errors,
                          "status.reservedFor: Forbidden: new entries may not be added while "
                          "`deallocationRequested` or `deletionTimestamp` are set");
}

static void
check_deallocation(const struct chandra_value *status, const struct chandra_value *before,
                   struct ch_sim_errors *errors)
{
    const struct chandra_value *allocation = chandra_value_get(status, "allocation");
    const bool is_asked = chandra_value_is_true(chandra_value_get(status, "deallocationRequested"));
    const bool was_asked =
        chandra_value_is_true(chandra_value_get(before, "deallocationRequested"));

    if (is_asked && !was_asked && chandra_value_count(chandra_value_get(status, "reservedFor")) > 0)
        ch_sim_errors_add(errors, "status.deallocationRequested: Forbidden: deallocation cannot be "
                                  "requested while `reservedFor` is set");
    if (is_asked && !allocation)
        ch_sim_errors_add(errors, "status.deallocationRequested: Forbidden: deallocation cannot be "
                                  "requested while `allocation` is not set");
    if (was_asked && !is_asked && allocation)
        ch_sim_errors_add(errors,
                          "status.deallocationRequested: Forbidden: may not be cleared when "
                          "`allocation` is set");
}

void
ch_sim_check_claim_status(const struct chandra_value *root, const struct chandra_value *old,
                          struct ch_sim_errors *errors)
{
    const struct chandra_value *status = chandra_value_get(root, "status");
    const struct chandra_value *before = chandra_value_get(old, "status");
    const struct chandra_value *allocation = chandra_value_get(status, "allocation");
    const struct chandra_value *was = chandra_value_get(before, "allocation");
    const char *driver = ch_member_text(status, "driverName");

    if (ch_is_empty(driver) && allocation)
        ch_sim_errors_add(errors, "status.driverName: Required value: must be specified when "
                                  "`allocation` is set");
    else if (!ch_is_empty(driver) && !ch_is_dns_subdomain(driver))
        ch_sim_errors_add(errors,
                          "status.driverName: Invalid value: \"%.253s\": a lowercase RFC 1123 "
                          "subdomain must consist of lower case alphanumeric characters, '-' "
                          "or '.'",
                          driver);
    check_allocation(allocation, errors);
    check_users(chandra_value_get(status, "reservedFor"), errors);
    check_reservation(root, old, errors);
    if (was && allocation && !chandra_value_equal(was, allocation))
        ch_sim_errors_add(errors, "status.allocation: Invalid value: field is immutable");
    check_deallocation(status, before, errors);
}

static void
check_node_names(const struct chandra_value *names, const char *path, struct ch_sim_errors *errors)
{
    for (size_t i = 0; i < chandra_value_count(names); i++) {
        const char *name = chandra_value_string(chandra_value_at(names, i));

        if (name && !ch_is_dns_subdomain(name))
            ch_sim_errors_add(errors,
                              "%s[%zu]: Invalid value: \"%.253s\": a lowercase RFC 1123 subdomain "
                              "must consist of lower case alphanumeric characters, '-' or '.'",
                              path, i, name);
    }
    ch_sim_check_set(names, path, NULL, MAX_NODES, errors);
}

void
ch_sim_check_context(const struct chandra_value *root, struct ch_sim_errors *errors)
{
    const struct chandra_value *answers = ch_sim_get2(root, "status", "resourceClaims");

    check_node_names(ch_sim_get2(root, "spec", "potentialNodes"), "spec.potentialNodes", errors);
    ch_sim_check_set(answers, "status.resourceClaims", "name", SIZE_MAX, errors);
    for (size_t i = 0; i < chandra_value_count(answers); i++) {
        char path[64];

        snprintf(path, sizeof(path), "status.resourceClaims[%zu].unsuitableNodes", i);
        check_node_names(chandra_value_get(chandra_value_at(answers, i), "unsuitableNodes"), path,
                         errors);
    }
}
