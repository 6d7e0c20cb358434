/* form.h - the forms in which objects can be asked for by an Accept header. */
#ifndef CH_SIM_FORM_H
#define CH_SIM_FORM_H

#include "base/buf.h"

#include <chandra/doc.h>
#include <stdbool.h>

enum ch_sim_form {
    CH_SIM_FORM_WHOLE,
    CH_SIM_FORM_METADATA, /* a PartialObjectMetadata of meta.k8s.io/v1, or a list of them */
    CH_SIM_FORM_NONE,     /* nothing that the server has */
};

/* The first of the media types in `accept` that the server can give, for a list or for an object;
 * NULL: JSON. */
enum ch_sim_form ch_sim_form_of(const char *accept, bool is_list);

/* Append an object in its metadata form; `object` is the whole one. */
void ch_sim_form_put_metadata(struct ch_buf *buf, const struct chandra_value *object);

#endif
