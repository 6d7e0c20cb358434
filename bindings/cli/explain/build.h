/* build.h - builds the document of an explanation: what fails for want of memory is remembered, so
 * that a builder asks once, at its end. */
#ifndef CHANDRA_CLI_EXPLAIN_BUILD_H
#define CHANDRA_CLI_EXPLAIN_BUILD_H

#include "values.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stdint.h>

struct build {
    struct chandra_doc *doc;
    bool is_out_of_memory;
};

/* A new object or array as member `key` of `parent`; NULL when out of memory. */
struct chandra_value *build_object(struct build *build, struct chandra_value *parent,
                                   const char *key);
struct chandra_value *build_array(struct build *build, struct chandra_value *parent,
                                  const char *key);
/* A new object at the end of an array. */
struct chandra_value *build_element(struct build *build, struct chandra_value *array);
/* Members; NULL text is null. */
void build_text(struct build *build, struct chandra_value *object, const char *key,
                const char *text);
void build_number(struct build *build, struct chandra_value *object, const char *key,
                  int64_t number);
void build_flag(struct build *build, struct chandra_value *object, const char *key, bool flag);
void build_null(struct build *build, struct chandra_value *object, const char *key);
/* A string at the end of an array. */
void build_item(struct build *build, struct chandra_value *array, const char *text);
/* Seconds since 1970 as RFC 3339; negative: null. */
void build_time(struct build *build, struct chandra_value *object, const char *key,
                int64_t seconds);
/* ENOMEM if anything was lost. */
enum chandra_status build_end(const struct build *build, struct chandra_error *err);

#endif
