/* base.h - what the cluster of a session begins with, kept so that it can be made again. */
#ifndef CHANDRA_CLI_REPL_BASE_H
#define CHANDRA_CLI_REPL_BASE_H

#include "cli.h"
#include "problems.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/sim.h>
#include <stddef.h>
#include <stdint.h>

enum base_kind { BASE_EXAMPLE, BASE_MANIFESTS, BASE_RECORD, BASE_LIVE };

/* Zeroed memory is an empty one. */
struct base {
    enum base_kind kind;
    char title[300];           /* "the example cluster" */
    struct chandra_doc **docs; /* manifests, or lists of a live cluster */
    size_t doc_count;
    struct chandra_doc *drivers; /* the test driver's resource config; or NULL */
    const char *record;          /* path */
    char *text;                  /* of the record */
    size_t len;
    int64_t case_number; /* of the record, from 1 */
    int64_t read_at;     /* when a live cluster was read: seconds since 1970 */
};

/* Append a document, which is the base's then. */
enum chandra_status base_add(struct base *base, struct chandra_doc *doc, struct chandra_error *err);
/* The built-in example. */
enum chandra_status base_use_example(struct base *base, struct chandra_error *err);
/* Manifests as for simulate. */
enum chandra_status base_use_files(struct base *base, const char *const *paths, size_t count,
                                   struct chandra_error *err);
/* The end of a case of a record. */
enum chandra_status base_use_record(struct base *base, const char *path, int64_t case_number,
                                    struct chandra_error *err);
/* A cluster that begins with it; equal each time. What is wrong with objects becomes problems. */
enum chandra_status base_make(const struct base *base, struct problems *problems,
                              struct chandra_sim **out_sim, struct chandra_error *err);
void base_clear(struct base *base);

#ifdef CHANDRA_KUBE
struct cluster_options;
/* live.c: a copy of a real cluster's objects, for which GET is all that is sent. */
enum chandra_status base_use_live(struct base *base, const struct cluster_options *options,
                                  struct chandra_error *err);
#endif

#endif
