/* values.h - short ways to read and build value trees. */
#ifndef CH_SIM_VALUES_H
#define CH_SIM_VALUES_H

#include <chandra/doc.h>
#include <stdbool.h>
#include <stddef.h>

/* Text of metadata.KEY, "" when missing. */
const char *ch_sim_meta(const struct chandra_value *root, const char *key);
/* Member `key` of member `part`. */
const struct chandra_value *ch_sim_get2(const struct chandra_value *root, const char *part,
                                        const char *key);
/* Member `key` as an object for changing, made if it is not there; NULL when out of memory. */
struct chandra_value *ch_sim_want_object(struct chandra_doc *doc, struct chandra_value *object,
                                         const char *key);
/* Set member `key` to a text; false when out of memory. */
bool ch_sim_set_text(struct chandra_doc *doc, struct chandra_value *object, const char *key,
                     const char *text);
/* Set member `key` to a copy of a value, or remove it for NULL; false when out of memory. */
bool ch_sim_set_copy(struct chandra_doc *doc, struct chandra_value *object, const char *key,
                     const struct chandra_value *value);
/* Set metadata.KEY or remove it, as above. */
bool ch_sim_set_meta(struct chandra_doc *doc, struct chandra_value *root, const char *key,
                     const struct chandra_value *value);
/* Element `index` of an array for changing; it must exist. */
struct chandra_value *ch_sim_element(struct chandra_value *array, size_t index);
/* Whether an array of strings contains a text. */
bool ch_sim_list_has(const struct chandra_value *list, const char *text);
/* The owner reference with controller: true, or NULL. */
const struct chandra_value *ch_sim_controller_of(const struct chandra_value *root);

#endif
