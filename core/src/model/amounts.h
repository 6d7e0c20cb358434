/* amounts.h - amounts of resources by name: what a pod asks for, what a node has. */
#ifndef CH_MODEL_AMOUNTS_H
#define CH_MODEL_AMOUNTS_H

#include "model/block.h"
#include "model/object.h"
#include "model/reader.h"

/* The quantities of a map such as status.allocatable, sorted by name. */
const struct ch_amount *ch_amounts_read(struct ch_reader *reader, struct ch_block *block,
                                        const struct ch_at *map, uint32_t *out_count);
/* What the containers of a pod need together, as the scheduler counts it. */
const struct ch_amount *ch_amounts_read_requests(struct ch_reader *reader, struct ch_block *block,
                                                 const struct ch_at *spec, uint32_t *out_count);

#endif
