/* load.c - takes manifests in, as `kubectl apply` would. */
#include "base/text.h"
#include "doc/value.h"
#include "sim/sim.h"
#include "sim/values.h"
#include "sim/write.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char resource_group[] = "resource.k8s.io/";
static const char hostname_label[] = "kubernetes.io/hostname";

/* Where in a manifest a refusal is at home. */

/* The value that the field path at the start of a text leads to, as far as it can be followed. */
static const struct chandra_value *
follow(const struct chandra_value *value, const char *path)
{
    char key[64];

    while (chandra_value_line(value) > 0) {
        const struct chandra_value *next = NULL;
        const size_t len = strcspn(path, ".[: ");

        if (*path == '[' && isdigit((unsigned char)path[1])) {
            next = chandra_value_at(value, strtoul(path + 1, NULL, 10));
            path += strcspn(path, "]") + 1;
        } else if (len > 0 && len < sizeof(key)) {
            memcpy(key, path, len);
            key[len] = '\0';
            next = chandra_value_get(value, key);
            path += len;
        }
        if (!next)
            return value;
        value = next;
        path += *path == '.';
    }
    return value;
}

/* Put the place of what a refusal is about in front of it. */
static void
add_place(const struct chandra_value *object, struct chandra_error *err)
{
    static const char marker[] = " is invalid: ";
    struct chandra_error why;
    const char *found;

    if (!err)
        return;
    why = *err;
    found = strstr(why.message, marker);
    if (found) {
        found += sizeof(marker) - 1;
        object = follow(object, found + (*found == '['));
    }
    ch_value_error(object, err, why.status, "%s", why.message);
}

/* What is loaded. */

/* The kind of a manifest. Kinds of other groups are none of ours; what looks like ours but is of
 * another version is refused, as leaving it out would change what the rest means. */
static enum chandra_status
find_kind(const struct chandra_value *object, const char *version, const char *name,
          const struct ch_sim_kind **out_kind, struct chandra_error *err)
{
    const struct ch_sim_kind *by_name = ch_sim_kind_by_bare_name(name);
    const struct chandra_value *place = chandra_value_get(object, "apiVersion");

    *out_kind = ch_sim_kind_by_name(version, name);
    if (*out_kind)
        return CHANDRA_OK;
    if (strncmp(version, resource_group, sizeof(resource_group) - 1) == 0)
        return ch_value_error(place, err, CHANDRA_EINVAL,
                              "%s \"%s\" is %s, want resource.k8s.io/v1alpha2: only classic DRA is "
                              "supported",
                              name, ch_sim_meta(object, "name"), version);
    if (by_name && !strchr(version, '/'))
        return ch_value_error(place, err, CHANDRA_EINVAL,
                              "unknown apiVersion \"%.100s\" of %s \"%s\", want \"%s\"", version,
                              name, ch_sim_meta(object, "name"), by_name->api_version);
    return ch_value_error(object, err, CHANDRA_EUNSUPPORTED, "the cluster does not store %s %s",
                          version, name);
}

static enum chandra_status
read_type(const struct chandra_value *object, const char **out_version, const char **out_name,
          struct chandra_error *err)
{
    enum chandra_status st;

    *out_version = *out_name = NULL;
    if (chandra_value_type(object) != CHANDRA_OBJECT)
        return ch_value_error(object, err, CHANDRA_EINVAL, "want an object, got %s",
                              chandra_type_name(chandra_value_type(object)));
    st = ch_field_string(object, "", "apiVersion", out_version, err);
    if (st == CHANDRA_OK)
        st = ch_field_string(object, "", "kind", out_name, err);
    if (st == CHANDRA_OK && (ch_is_empty(*out_version) || ch_is_empty(*out_name)))
        st = ch_value_error(object, err, CHANDRA_EINVAL, "%s is missing",
                            ch_is_empty(*out_version) ? "apiVersion" : "kind");
    return st;
}

/* Types are checked on the manifest itself, as its values know their places. */
static enum chandra_status
check_types(const struct chandra_value *object, struct chandra_error *err)
{
    const struct chandra_value *meta = chandra_value_get(object, "metadata");
    struct chandra_object *decoded = NULL;
    enum chandra_status st;

    if (!meta)
        return ch_value_error(object, err, CHANDRA_EINVAL, "metadata is missing");
    if (chandra_value_type(meta) != CHANDRA_OBJECT)
        return ch_value_error(meta, err, CHANDRA_EINVAL, "metadata: want an object, got %s",
                              chandra_type_name(chandra_value_type(meta)));
    /* A name that is still to be made is no mistake. */
    if (!chandra_value_get(meta, "name") && chandra_value_get(meta, "generateName"))
        return CHANDRA_OK;
    st = chandra_object_decode(object, &decoded, err);
    chandra_object_unref(decoded);
    return st == CHANDRA_EUNSUPPORTED ? CHANDRA_OK : st;
}

/* What a kubelet adds to its node. */
static bool
label_node(struct ch_sim_draft *draft)
{
    struct chandra_value *meta = chandra_value_get_mutable(draft->root, "metadata");
    struct chandra_value *labels = ch_sim_want_object(draft->doc, meta, "labels");

    return labels &&
           (chandra_value_get(labels, hostname_label) ||
            ch_sim_set_text(draft->doc, labels, hostname_label, ch_member_text(meta, "name")));
}

/* Create what a draft holds, or update what has its name. */
static enum chandra_status
write_draft(struct chandra_sim *sim, const struct ch_sim_draft *draft, struct chandra_error *err)
{
    const struct ch_sim_kind *kind = draft->kind;
    const char *name_space = ch_sim_meta(draft->root, "namespace");
    const char *name = ch_sim_meta(draft->root, "name");
    struct ch_sim_outcome outcome = {0};
    struct ch_sim_write write = {
        .actor = "",
        .method = CHANDRA_POST,
        .kind = kind,
        .name_space = kind->is_namespaced ? name_space : "",
        .name = "",
        .sub = "",
        .body = draft->root,
        .manager = "kubectl-client-side-apply",
        .is_load = true,
    };
    enum chandra_status st;

    if (kind->is_namespaced && ch_is_empty(name_space))
        write.name_space = "default";
    if (ch_sim_get(sim, kind->id, write.name_space, name)) {
        write.method = CHANDRA_PUT;
        write.name = name;
    }
    st = ch_sim_write(sim, &write, &outcome, err);
    ch_sim_version_unref(outcome.version);
    return st;
}

static enum chandra_status
load_object(struct chandra_sim *sim, const struct ch_sim_kind *kind,
            const struct chandra_value *object, struct chandra_error *err)
{
    struct ch_sim_draft draft = {0};
    enum chandra_status st = check_types(object, err);

    if (st != CHANDRA_OK)
        return st;
    ch_sim_lock(sim);
    st = ch_sim_draft_new(kind, object, &draft, err);
    if (st == CHANDRA_OK) {
        chandra_value_remove(chandra_value_get_mutable(draft.root, "metadata"), "resourceVersion");
        if (kind->id == CH_SIM_NODE && !label_node(&draft))
            st = ch_sim_no_memory(err);
    }
    if (st == CHANDRA_OK) {
        st = write_draft(sim, &draft, err);
        if (st != CHANDRA_OK && st != CHANDRA_ENOMEM)
            add_place(object, err);
    }
    ch_sim_unlock(sim);
    ch_sim_draft_clear(&draft);
    return st;
}

/* Lists. */

static bool
is_list(const char *name, const struct chandra_value *object)
{
    const size_t len = strlen(name);

    return len >= 4 && strcmp(name + len - 4, "List") == 0 &&
           chandra_value_type(chandra_value_get(object, "items")) == CHANDRA_ARRAY;
}

static void
note_skipped(struct chandra_sim *sim, const struct chandra_error *why)
{
    ch_sim_lock(sim);
    ch_sim_note(sim, CHANDRA_LOG_INFO, "%s", why->message);
    ch_sim_unlock(sim);
}

/* Items of unknown kinds are left out, like objects of their own. */
static enum chandra_status
load_items(struct chandra_sim *sim, const struct chandra_value *list, struct chandra_error *err)
{
    const struct chandra_value *items = chandra_value_get(list, "items");

    for (size_t i = 0; i < chandra_value_count(items); i++) {
        struct chandra_error why;
        const enum chandra_status st = chandra_sim_load(sim, chandra_value_at(items, i), &why);

        if (st == CHANDRA_EUNSUPPORTED) {
            note_skipped(sim, &why);
        } else if (st != CHANDRA_OK) {
            if (err)
                *err = why;
            return st;
        }
    }
    return CHANDRA_OK;
}

enum chandra_status
chandra_sim_load(struct chandra_sim *sim, const struct chandra_value *object,
                 struct chandra_error *err)
{
    const struct ch_sim_kind *kind;
    const char *version;
    const char *name;
    enum chandra_status st = read_type(object, &version, &name, err);

    if (st != CHANDRA_OK || !name)
        return st;
    if (is_list(name, object))
        return load_items(sim, object, err);
    st = find_kind(object, version, name, &kind, err);
    return st == CHANDRA_OK ? load_object(sim, kind, object, err) : st;
}
