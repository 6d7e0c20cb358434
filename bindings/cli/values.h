/* values.h - shortens the building and reading of objects. */
#ifndef CHANDRA_CLI_VALUES_H
#define CHANDRA_CLI_VALUES_H

#include <chandra/doc.h>
#include <stdbool.h>
#include <stdint.h>

/* A new object as member `key` of `parent`; NULL when out of memory or for a NULL parent. */
struct chandra_value *values_add_object(struct chandra_doc *doc, struct chandra_value *parent,
                                        const char *key);
/* Set members to strings: keys and values in turn, ended by NULL. False: out of memory, or a NULL
 * object. */
bool values_set_texts(struct chandra_doc *doc, struct chandra_value *object,
                      const char *const *pairs);

/* A member that is a string, "" when there is none. */
const char *values_text(const struct chandra_value *object, const char *key);
/* A member that is a whole number, 0 when there is none. */
int64_t values_int(const struct chandra_value *object, const char *key);
/* Whether a member is true. */
bool values_flag(const struct chandra_value *object, const char *key);

#endif
