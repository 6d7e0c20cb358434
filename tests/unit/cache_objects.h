/* cache_objects.h - objects for the cache's tests and benchmarks, decoded from JSON as from a
 * server. */
#ifndef CACHE_OBJECTS_H
#define CACHE_OBJECTS_H

#include "base/buf.h"
#include "cache/cache.h"
#include "model/object.h"
#include "model/selector.h"

#include <chandra/doc.h>
#include <stdarg.h>
#include <stdio.h>

/* Decode JSON in which ' stands for ". NULL for what cannot be decoded. */
static inline struct chandra_object *object_of(const char *fmt, ...) CHANDRA_PRINTF(1, 2);
static inline struct chandra_object *
object_of(const char *fmt, ...)
{
    static char text[262144];
    struct chandra_object *object = NULL;
    struct chandra_doc *doc = NULL;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    if (chandra_doc_parse_json(text, (size_t)len, "test", NULL, &doc, NULL) == CHANDRA_OK)
        (void)!chandra_object_decode(chandra_doc_root(doc, 0), &object, NULL);
    chandra_doc_free(doc);
    return object;
}

/* `labels` is the inside of a JSON object, such as "'zone':'a'". */
static inline struct chandra_object *
make_node(const char *name, const char *labels)
{
    return object_of("{'apiVersion':'v1','kind':'Node','metadata':{'name':'%s','uid':'n-%s',"
                     "'labels':{%s}}}",
                     name, name, labels);
}

static inline struct chandra_object *
make_pod(const char *name_space, const char *name, const char *labels)
{
    return object_of("{'apiVersion':'v1','kind':'Pod','metadata':{'namespace':'%s','name':'%s',"
                     "'uid':'p-%s','labels':{%s}},'spec':{}}",
                     name_space, name, name, labels);
}

/* `nodes` is the JSON of availableOnNodes, or NULL for a claim that is not allocated. */
static inline struct chandra_object *
make_claim(const char *name_space, const char *name, const char *class_name, const char *labels,
           const char *nodes)
{
    return object_of("{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{"
                     "'namespace':'%s','name':'%s','uid':'c-%s','labels':{%s}},"
                     "'spec':{'resourceClassName':'%s'},'status':{'driverName':'d'%s%s%s}}",
                     name_space, name, name, labels, class_name,
                     nodes ? ",'allocation':{'availableOnNodes':" : "", nodes ? nodes : "",
                     nodes ? "}" : "");
}

static inline struct chandra_object *
make_class(const char *name, const char *nodes)
{
    return object_of("{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClass','metadata':{"
                     "'name':'%s','uid':'k-%s'},'driverName':'d'%s%s}",
                     name, name, nodes ? ",'suitableNodes':" : "", nodes ? nodes : "");
}

static inline struct chandra_object *
make_context(const char *name_space, const char *name)
{
    return object_of("{'apiVersion':'resource.k8s.io/v1alpha2','kind':'PodSchedulingContext',"
                     "'metadata':{'namespace':'%s','name':'%s','uid':'x-%s'},'spec':{}}",
                     name_space, name, name);
}

/* A selector of one term with one requirement. `values` is the inside of an array. */
static inline const char *
selector_json(const char *key, const char *operator_name, const char *values)
{
    static char text[65536];

    snprintf(text, sizeof(text),
             "{'nodeSelectorTerms':[{'matchExpressions':[{'key':'%s','operator':'%s','values':[%s]"
             "}]}]}",
             key, operator_name, values);
    return text;
}

/* Put and drop the caller's reference; true if the cache took it. */
static inline bool
put_object(struct ch_cache *cache, struct chandra_object *object)
{
    struct chandra_object *old = NULL;
    enum chandra_status st;

    if (!object)
        return false;
    ch_cache_lock_write(cache);
    st = ch_cache_put(cache, object, &old, NULL);
    ch_cache_unlock(cache);
    chandra_object_unref(old);
    chandra_object_unref(object);
    return st == CHANDRA_OK;
}

/* Remove; true if it was there. */
static inline bool
remove_object(struct ch_cache *cache, enum chandra_kind kind, const char *name_space,
              const char *name)
{
    struct chandra_object *old;

    ch_cache_lock_write(cache);
    ch_cache_remove(cache, kind, name_space, name, &old);
    ch_cache_unlock(cache);
    chandra_object_unref(old);
    return old != NULL;
}

#endif
