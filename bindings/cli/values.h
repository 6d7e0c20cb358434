/* values.h - shortens the building of objects for the API. */
#ifndef CHANDRA_CLI_VALUES_H
#define CHANDRA_CLI_VALUES_H

#include <chandra/doc.h>
#include <stdbool.h>

/* A new object as member `key` of `parent`; NULL when out of memory or for a NULL parent. */
struct chandra_value *values_add_object(struct chandra_doc *doc, struct chandra_value *parent,
                                        const char *key);
/* Set members to strings: keys and values in turn, ended by NULL. False: out of memory, or a NULL
 * object. */
bool values_set_texts(struct chandra_doc *doc, struct chandra_value *object,
                      const char *const *pairs);

#endif
