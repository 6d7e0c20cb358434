/* pod.c - pods: which claims they use under which names, and where they run. */
#include "base/text.h"
#include "model/kind.h"

static void
read_claims(struct ch_reader *reader, struct ch_block *block, const struct ch_at *spec,
            struct chandra_pod *pod)
{
    const struct ch_at entries = ch_read_array(reader, spec, "resourceClaims");
    const size_t count = chandra_value_count(entries.value);
    struct ch_pod_claim *claims = ch_keep_list(reader, block, count, sizeof(*claims));

    if (!claims)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct ch_at entry = ch_read_element(reader, &entries, i);
        const struct ch_at source = ch_read_object(reader, &entry, "source");

        claims[i].entry = ch_keep_string(reader, block, &entry, "name");
        claims[i].claim_name =
            ch_block_text(block, ch_read_optional(reader, &source, "resourceClaimName"));
        claims[i].template_name =
            ch_block_text(block, ch_read_optional(reader, &source, "resourceClaimTemplateName"));
    }
    pod->claims = claims;
    pod->claim_count = count;
}

static void
read_claim_statuses(struct ch_reader *reader, struct ch_block *block, const struct ch_at *status,
                    struct chandra_pod *pod)
{
    const struct ch_at entries = ch_read_array(reader, status, "resourceClaimStatuses");
    const size_t count = chandra_value_count(entries.value);
    struct ch_pod_claim_status *statuses = ch_keep_list(reader, block, count, sizeof(*statuses));

    if (!statuses)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct ch_at entry = ch_read_element(reader, &entries, i);

        statuses[i].entry = ch_keep_string(reader, block, &entry, "name");
        statuses[i].claim_name =
            ch_block_text(block, ch_read_optional(reader, &entry, "resourceClaimName"));
    }
    pod->claim_statuses = statuses;
    pod->claim_status_count = count;
}

static void
read_gates(struct ch_reader *reader, struct ch_block *block, const struct ch_at *spec,
           struct chandra_pod *pod)
{
    const struct ch_at entries = ch_read_array(reader, spec, "schedulingGates");
    const size_t count = chandra_value_count(entries.value);
    const char **gates = ch_keep_list(reader, block, count, sizeof(*gates));

    if (!gates)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct ch_at entry = ch_read_element(reader, &entries, i);

        gates[i] = ch_keep_string(reader, block, &entry, "name");
    }
    pod->gates = gates;
    pod->gate_count = count;
}

void
ch_pod_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
            struct chandra_object *object)
{
    struct chandra_pod *pod = (struct chandra_pod *)object;
    const struct ch_at spec = ch_read_object(reader, root, "spec");
    const struct ch_at status = ch_read_object(reader, root, "status");

    pod->node_name = ch_keep_string(reader, block, &spec, "nodeName");
    pod->scheduler_name = ch_keep_string(reader, block, &spec, "schedulerName");
    pod->priority_class_name = ch_keep_string(reader, block, &spec, "priorityClassName");
    pod->phase = ch_keep_string(reader, block, &status, "phase");
    pod->priority = ch_read_int64(reader, &spec, "priority");
    read_gates(reader, block, &spec, pod);
    read_claims(reader, block, &spec, pod);
    read_claim_statuses(reader, block, &status, pod);
    ch_placement_read(reader, block, &spec, pod);
}

/* Spec 3.1, the row for a template: what the claim controller wrote into the pod's status. */
static enum chandra_status
generated_name(const struct chandra_pod *pod, const char *entry, const char **out_name,
               struct chandra_error *err)
{
    for (size_t i = 0; i < pod->claim_status_count; i++)
        if (ch_streq(pod->claim_statuses[i].entry, entry)) {
            *out_name = pod->claim_statuses[i].claim_name;
            return CHANDRA_OK;
        }
    return chandra_error_set(err, CHANDRA_ENOTFOUND,
                             "pod %s/%s: the claim for entry \"%s\" has not been created yet",
                             pod->object.name_space, pod->object.name, entry);
}

static enum chandra_status
deterministic_name(const struct chandra_pod *pod, const char *entry, struct ch_arena *arena,
                   const char **out_name, struct chandra_error *err)
{
    struct ch_buf buf = {0};
    const char *name = NULL;

    ch_buf_printf(&buf, "%s-%s", pod->object.name, entry);
    if (ch_buf_ok(&buf))
        name = ch_arena_strndup(arena, buf.text, buf.len);
    ch_buf_clear(&buf);
    if (!name)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    *out_name = name;
    return CHANDRA_OK;
}

enum chandra_status
ch_pod_claim_name(const struct chandra_pod *pod, size_t index, struct ch_arena *arena,
                  const char **out_name, bool *out_check_owner, struct chandra_error *err)
{
    const struct ch_pod_claim *claim = &pod->claims[index];
    enum chandra_status st;

    if (claim->claim_name) {
        *out_name = claim->claim_name;
        *out_check_owner = false;
        return CHANDRA_OK;
    }
    if (!claim->template_name)
        return chandra_error_set(
            err, CHANDRA_EINVAL,
            "pod %s/%s: entry \"%s\" names neither a claim nor a claim template",
            pod->object.name_space, pod->object.name, claim->entry);
    if (arena)
        st = deterministic_name(pod, claim->entry, arena, out_name, err);
    else
        st = generated_name(pod, claim->entry, out_name, err);
    if (st == CHANDRA_OK)
        *out_check_owner = true;
    return st;
}

const char *
chandra_pod_node_name(const struct chandra_pod *pod)
{
    return pod->node_name;
}

const char *
chandra_pod_scheduler_name(const struct chandra_pod *pod)
{
    return pod->scheduler_name;
}

const char *
chandra_pod_priority_class_name(const struct chandra_pod *pod)
{
    return pod->priority_class_name;
}

int64_t
chandra_pod_priority(const struct chandra_pod *pod)
{
    return pod->priority;
}

const char *
chandra_pod_phase(const struct chandra_pod *pod)
{
    return pod->phase;
}

const char *
chandra_pod_gate_at(const struct chandra_pod *pod, size_t index)
{
    return index < pod->gate_count ? pod->gates[index] : NULL;
}

size_t
chandra_pod_claim_count(const struct chandra_pod *pod)
{
    return pod->claim_count;
}

const char *
chandra_pod_claim_entry(const struct chandra_pod *pod, size_t index)
{
    return index < pod->claim_count ? pod->claims[index].entry : NULL;
}

const char *
chandra_pod_claim_name(const struct chandra_pod *pod, size_t index)
{
    const struct ch_pod_claim *claim = index < pod->claim_count ? &pod->claims[index] : NULL;

    if (!claim || claim->claim_name)
        return claim ? claim->claim_name : NULL;
    for (size_t i = 0; i < pod->claim_status_count; i++)
        if (ch_streq(pod->claim_statuses[i].entry, claim->entry))
            return pod->claim_statuses[i].claim_name;
    return NULL;
}
