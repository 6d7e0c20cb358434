/* yaml_fuzz.c - YAML text: parse, print, parse again. */
#include "doc_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_text(chandra_doc_parse_yaml, (const char *)data, size);
    return 0;
}
