/* shadow.c - what the server of the record being written would hold by now. */
#include "base/alloc.h"
#include "base/text.h"
#include "record/recorder.h"

#include <string.h>

static void
free_shadow(struct ch_shadow *shadow)
{
    if (!shadow)
        return;
    ch_free(shadow->uid);
    ch_free(shadow->version);
    ch_free(shadow->awaited);
    chandra_doc_free(shadow->doc);
    ch_free(shadow);
}

struct ch_shadow *
ch_shadow_get(const struct chandra_recorder *recorder, const char *key)
{
    return ch_map_get(&recorder->shadows, key);
}

static bool
fill(struct ch_shadow *shadow, const struct chandra_value *object, bool awaited)
{
    struct chandra_value *normalized = NULL;

    shadow->uid = ch_strdup(ch_metadata_text(object, "uid"));
    shadow->version = ch_strdup(ch_metadata_text(object, "resourceVersion"));
    if (awaited)
        shadow->awaited = ch_strdup(ch_metadata_text(object, "resourceVersion"));
    if (!shadow->uid || !shadow->version || (awaited && !shadow->awaited) ||
        chandra_doc_new(&shadow->doc, NULL) != CHANDRA_OK)
        return false;
    normalized = ch_normalize(shadow->doc, object);
    if (normalized && shadow->is_created)
        ch_drop_uid(normalized);
    shadow->object = normalized;
    return normalized != NULL;
}

bool
ch_shadow_put(struct chandra_recorder *recorder, const char *key,
              const struct chandra_value *object, bool is_created, bool awaited)
{
    struct ch_shadow *old = ch_shadow_get(recorder, key);
    struct ch_shadow *shadow = ch_calloc(1, sizeof(*shadow));

    if (!shadow)
        return false;
    shadow->is_created = is_created;
    if (!fill(shadow, object, awaited) || !ch_map_set(&recorder->shadows, key, shadow)) {
        free_shadow(shadow);
        return false;
    }
    free_shadow(old);
    return true;
}

void
ch_shadow_drop(struct chandra_recorder *recorder, const char *key)
{
    free_shadow(ch_map_remove(&recorder->shadows, key));
}

void
ch_shadows_clear(struct chandra_recorder *recorder)
{
    void *cursor = NULL;
    void *value;

    while (ch_map_next(&recorder->shadows, &cursor, NULL, &value))
        free_shadow(value);
    ch_map_clear(&recorder->shadows);
}

/* Versions are numbers in practice; where they are not, nothing is taken for older. */
bool
ch_shadow_is_newer(const struct ch_shadow *shadow, const struct chandra_value *object)
{
    int64_t ours;
    int64_t theirs;

    return shadow && shadow->awaited && ch_parse_int64(shadow->awaited, &ours) &&
           ch_parse_int64(ch_metadata_text(object, "resourceVersion"), &theirs) && theirs < ours;
}

bool
ch_shadow_is_echo(const struct ch_shadow *shadow, const struct chandra_value *object)
{
    return shadow && shadow->awaited &&
           strcmp(shadow->awaited, ch_metadata_text(object, "resourceVersion")) == 0;
}
