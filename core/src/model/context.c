/* context.c - PodSchedulingContexts: the scheduler's offer of nodes and the drivers' answers. */
#include "base/text.h"
#include "doc/value.h"
#include "model/canonical.h"
#include "model/kind.h"

static void
read_answers(struct ch_reader *reader, struct ch_block *block, const struct ch_at *status,
             struct chandra_context *context)
{
    const struct ch_at entries = ch_read_array(reader, status, "resourceClaims");
    const size_t count = chandra_value_count(entries.value);
    struct ch_claim_answer *answers = ch_keep_list(reader, block, count, sizeof(*answers));

    if (!answers)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct ch_at entry = ch_read_element(reader, &entries, i);
        const struct ch_at unsuitable = ch_read_array(reader, &entry, "unsuitableNodes");

        answers[i].entry = ch_keep_string(reader, block, &entry, "name");
        answers[i].unsuitable =
            ch_keep_strings(reader, block, &unsuitable, &answers[i].unsuitable_count);
    }
    context->answers = answers;
    context->answer_count = count;
}

void
ch_context_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
                struct chandra_object *object)
{
    struct chandra_context *context = (struct chandra_context *)object;
    const struct ch_at spec = ch_read_object(reader, root, "spec");
    const struct ch_at status = ch_read_object(reader, root, "status");
    const struct ch_at potential = ch_read_array(reader, &spec, "potentialNodes");

    context->selected_node = ch_keep_string(reader, block, &spec, "selectedNode");
    context->potential = ch_keep_strings(reader, block, &potential, &context->potential_count);
    read_answers(reader, block, &status, context);
    context->spec = ch_keep_json(reader, block, ch_canonical_put, spec.value);
    context->status = ch_keep_json(reader, block, ch_canonical_put, status.value);
    object->raw = ch_keep_json(reader, block, ch_json_put_value, root->value);
}

const struct ch_claim_answer *
ch_context_answer(const struct chandra_context *context, const char *entry)
{
    for (size_t i = 0; i < context->answer_count; i++)
        if (ch_streq(context->answers[i].entry, entry))
            return &context->answers[i];
    return NULL;
}

bool
ch_context_has_potential(const struct chandra_context *context, const char *node)
{
    for (size_t i = 0; i < context->potential_count; i++)
        if (ch_streq(context->potential[i], node))
            return true;
    return false;
}

const char *
chandra_context_selected_node(const struct chandra_context *context)
{
    return context->selected_node;
}

size_t
chandra_context_potential_count(const struct chandra_context *context)
{
    return context->potential_count;
}

const char *
chandra_context_potential_at(const struct chandra_context *context, size_t index)
{
    return index < context->potential_count ? context->potential[index] : NULL;
}
