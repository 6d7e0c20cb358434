/* class.c - resource classes: which driver serves the claims, and on which nodes. */
#include "model/kind.h"
#include "model/selector_form.h"

void
ch_class_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
              struct chandra_object *object)
{
    struct chandra_class *klass = (struct chandra_class *)object;
    const struct ch_at suitable = ch_read_object(reader, root, "suitableNodes");

    klass->driver_name = ch_keep_string(reader, block, root, "driverName");
    klass->is_structured = ch_read_bool(reader, root, "structuredParameters");
    klass->suitable = ch_selector_keep(reader, block, &suitable);
}

void
ch_class_clear(struct chandra_object *object)
{
    ch_selector_unref(((struct chandra_class *)object)->suitable);
}

const char *
chandra_class_driver_name(const struct chandra_class *klass)
{
    return klass->driver_name;
}

bool
chandra_class_is_node_bound(const struct chandra_class *klass)
{
    return klass->suitable != NULL;
}
