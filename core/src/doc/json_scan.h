/* json_scan.h - strict check of a JSON text, and where its values are. */
#ifndef CH_DOC_JSON_SCAN_H
#define CH_DOC_JSON_SCAN_H

#include <chandra/doc.h>

/* Where a value is in the text. */
struct ch_json_place {
    size_t offset; /* of its first byte */
    size_t extent; /* of a number: its bytes; of an array or object: its children */
    unsigned line;
    unsigned column; /* in characters, from 1 */
};

/* All values of a text, in the order in which they begin. */
struct ch_json_places {
    struct ch_json_place *items; /* for ch_free() */
    size_t count;
    size_t capacity;
};

/* Numbers with more bytes than this are refused: cJSON cannot hold them. */
enum { CH_JSON_LONGEST_NUMBER = 63 };

/* A text to scan. */
struct ch_json_text {
    const char *bytes;
    size_t len;
    const char *name; /* for errors */
    const struct chandra_doc_limits *limits;
    /* Arrays of this name are checked and then made null, in `own`, the bytes once more; NULL: none
     * are. */
    const char *unwanted;
    char *own;
};

/* Check that the text is one value as in RFC 8259, within the limits, with strings that C can hold:
 * UTF-8, no lone surrogates, no NUL. */
enum chandra_status ch_json_scan(const struct ch_json_text *text, struct ch_json_places *out_places,
                                 struct chandra_error *err);

#endif
