/* json_fuzz.c - JSON text: parse, print, parse again. */
#include "doc_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_text(chandra_doc_parse_json, (const char *)data, size);
    return 0;
}
