/* yaml_plain.h - what unquoted YAML scalars mean. */
#ifndef CH_DOC_YAML_PLAIN_H
#define CH_DOC_YAML_PLAIN_H

#include <chandra/doc.h>

enum { CH_YAML_LONGEST_NUMBER = 63 };

struct ch_yaml_plain {
    enum chandra_type type; /* null, boolean, number or string */
    bool flag;
    const char *problem;                     /* a number that JSON cannot express: why */
    char number[CH_YAML_LONGEST_NUMBER + 1]; /* as JSON spells it */
};

/* The core schema of YAML 1.2, with yes, no, on and off, and 0644 as octal, as kubectl reads them.
 */
void ch_yaml_resolve(const char *text, struct ch_yaml_plain *out);

#endif
