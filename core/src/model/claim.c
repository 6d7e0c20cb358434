/* claim.c - resource claims: class and mode, the allocation, and who uses it. */
#include "base/text.h"
#include "model/canonical.h"
#include "model/kind.h"
#include "model/selector_form.h"

#include <string.h>

static enum chandra_allocation_mode
parse_mode(const char *text)
{
    if (ch_is_empty(text) || strcmp(text, "WaitForFirstConsumer") == 0)
        return CHANDRA_MODE_DELAYED;
    return strcmp(text, "Immediate") == 0 ? CHANDRA_MODE_IMMEDIATE : CHANDRA_MODE_UNKNOWN;
}

static bool
has_structured_data(struct ch_reader *reader, const struct ch_at *allocation)
{
    const struct ch_at handles = ch_read_array(reader, allocation, "resourceHandles");

    for (size_t i = 0; i < chandra_value_count(handles.value); i++) {
        const struct ch_at handle = ch_read_element(reader, &handles, i);

        if (ch_read_object(reader, &handle, "structuredData").value)
            return true;
    }
    return false;
}

static void
read_users(struct ch_reader *reader, struct ch_block *block, const struct ch_at *status,
           struct chandra_claim *claim)
{
    const struct ch_at entries = ch_read_array(reader, status, "reservedFor");
    const size_t count = chandra_value_count(entries.value);
    struct ch_claim_user *users = ch_keep_list(reader, block, count, sizeof(*users));

    if (!users)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct ch_at entry = ch_read_element(reader, &entries, i);

        users[i].api_group = ch_keep_string(reader, block, &entry, "apiGroup");
        users[i].resource = ch_keep_string(reader, block, &entry, "resource");
        users[i].name = ch_keep_string(reader, block, &entry, "name");
        users[i].uid = ch_keep_string(reader, block, &entry, "uid");
    }
    claim->users = users;
    claim->user_count = count;
}

static void
read_allocation(struct ch_reader *reader, struct ch_block *block, const struct ch_at *status,
                struct chandra_claim *claim)
{
    const struct ch_at allocation = ch_read_object(reader, status, "allocation");
    const struct ch_at available = ch_read_object(reader, &allocation, "availableOnNodes");

    claim->is_allocated = allocation.value != NULL;
    claim->is_shareable = ch_read_bool(reader, &allocation, "shareable");
    claim->is_structured = has_structured_data(reader, &allocation);
    claim->available_on = ch_selector_keep(reader, block, &available);
}

void
ch_claim_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
              struct chandra_object *object)
{
    struct chandra_claim *claim = (struct chandra_claim *)object;
    const struct ch_at spec = ch_read_object(reader, root, "spec");
    const struct ch_at status = ch_read_object(reader, root, "status");

    claim->class_name = ch_keep_string(reader, block, &spec, "resourceClassName");
    claim->mode = parse_mode(ch_read_string(reader, &spec, "allocationMode"));
    claim->driver_name = ch_keep_string(reader, block, &status, "driverName");
    claim->is_deallocating = ch_read_bool(reader, &status, "deallocationRequested");
    read_allocation(reader, block, &status, claim);
    read_users(reader, block, &status, claim);
    claim->status = ch_keep_json(reader, block, ch_canonical_put, status.value);
}

void
ch_claim_clear(struct chandra_object *object)
{
    ch_selector_unref(((struct chandra_claim *)object)->available_on);
}

bool
ch_claim_is_reserved_for(const struct chandra_claim *claim, const char *uid)
{
    for (size_t i = 0; i < claim->user_count; i++)
        if (ch_streq(claim->users[i].uid, uid))
            return true;
    return false;
}

bool
ch_claim_is_owned_by(const struct chandra_claim *claim, const struct chandra_pod *pod)
{
    return claim->object.controller_uid &&
           ch_streq(claim->object.controller_uid, pod->object.uid) &&
           ch_streq(claim->object.name_space, pod->object.name_space);
}

const char *
chandra_claim_class_name(const struct chandra_claim *claim)
{
    return claim->class_name;
}

enum chandra_allocation_mode
chandra_claim_mode(const struct chandra_claim *claim)
{
    return claim->mode;
}

bool
chandra_claim_is_allocated(const struct chandra_claim *claim)
{
    return claim->is_allocated;
}

bool
chandra_claim_is_shareable(const struct chandra_claim *claim)
{
    return claim->is_shareable;
}

bool
chandra_claim_is_node_bound(const struct chandra_claim *claim)
{
    return claim->available_on != NULL;
}

bool
chandra_claim_is_deallocating(const struct chandra_claim *claim)
{
    return claim->is_deallocating;
}

const char *
chandra_claim_driver_name(const struct chandra_claim *claim)
{
    return claim->driver_name;
}

size_t
chandra_claim_user_count(const struct chandra_claim *claim)
{
    return claim->user_count;
}

bool
chandra_claim_user_at(const struct chandra_claim *claim, size_t index, const char **out_resource,
                      const char **out_name, const char **out_uid)
{
    if (index >= claim->user_count)
        return false;
    *out_resource = claim->users[index].resource;
    *out_name = claim->users[index].name;
    *out_uid = claim->users[index].uid;
    return true;
}
