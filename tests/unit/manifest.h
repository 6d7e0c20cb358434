/* manifest.h - YAML text in tests as values and objects. */
#ifndef CH_TEST_MANIFEST_H
#define CH_TEST_MANIFEST_H

#include <chandra/doc.h>
#include <chandra/object.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static inline struct chandra_doc *
manifest_doc(const char *yaml)
{
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    if (chandra_doc_parse_yaml(yaml, strlen(yaml), "test.yaml", NULL, &doc, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return doc;
}

static inline enum chandra_status
manifest_decode(const char *yaml, struct chandra_object **out_object, struct chandra_error *err)
{
    struct chandra_doc *doc = manifest_doc(yaml);
    const enum chandra_status st = chandra_object_decode(chandra_doc_root(doc, 0), out_object, err);

    chandra_doc_free(doc);
    return st;
}

static inline struct chandra_object *
manifest_object(const char *yaml)
{
    struct chandra_object *object = NULL;
    struct chandra_error err;

    if (manifest_decode(yaml, &object, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return object;
}

#endif
