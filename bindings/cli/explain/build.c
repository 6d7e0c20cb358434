/* build.c - members of every type, with one memory of failure. */
#include "explain/build.h"

#include <time.h>

static struct chandra_value *
put(struct build *build, struct chandra_value *parent, const char *key, struct chandra_value *value)
{
    if (chandra_value_set(parent, key, value))
        return value;
    build->is_out_of_memory = true;
    return NULL;
}

struct chandra_value *
build_object(struct build *build, struct chandra_value *parent, const char *key)
{
    return put(build, parent, key, chandra_value_new_object(build->doc));
}

struct chandra_value *
build_array(struct build *build, struct chandra_value *parent, const char *key)
{
    return put(build, parent, key, chandra_value_new_array(build->doc));
}

static struct chandra_value *
append(struct build *build, struct chandra_value *array, struct chandra_value *value)
{
    if (array && chandra_value_append(array, value))
        return value;
    build->is_out_of_memory = true;
    return NULL;
}

struct chandra_value *
build_element(struct build *build, struct chandra_value *array)
{
    return append(build, array, chandra_value_new_object(build->doc));
}

void
build_item(struct build *build, struct chandra_value *array, const char *text)
{
    append(build, array, chandra_value_new_string(build->doc, text));
}

void
build_text(struct build *build, struct chandra_value *object, const char *key, const char *text)
{
    put(build, object, key, chandra_value_new_string(build->doc, text));
}

void
build_number(struct build *build, struct chandra_value *object, const char *key, int64_t number)
{
    put(build, object, key, chandra_value_new_int64(build->doc, number));
}

void
build_flag(struct build *build, struct chandra_value *object, const char *key, bool flag)
{
    put(build, object, key, chandra_value_new_bool(build->doc, flag));
}

void
build_null(struct build *build, struct chandra_value *object, const char *key)
{
    put(build, object, key, chandra_value_new_null(build->doc));
}

void
build_time(struct build *build, struct chandra_value *object, const char *key, int64_t seconds)
{
    const time_t time = (time_t)seconds;
    char text[40];
    struct tm tm;

    if (seconds < 0 || !gmtime_r(&time, &tm)) {
        build_null(build, object, key);
        return;
    }
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    build_text(build, object, key, text);
}

enum chandra_status
build_end(const struct build *build, struct chandra_error *err)
{
    return build->is_out_of_memory ? chandra_error_set(err, CHANDRA_ENOMEM, "out of memory")
                                   : CHANDRA_OK;
}
