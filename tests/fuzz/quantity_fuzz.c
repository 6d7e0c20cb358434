/* quantity_fuzz.c - quantities: the canonical text means the same and is its own canonical text. */
#include "doc/quantity.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ch_quantity quantity;
    struct ch_quantity again;
    char text[256];
    char canonical[40];
    char canonical_again[40];

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (ch_quantity_parse(text, &quantity, NULL) != CHANDRA_OK)
        return 0;
    ch_quantity_format(&quantity, canonical, sizeof(canonical));
    if (ch_quantity_parse(canonical, &again, NULL) != CHANDRA_OK ||
        ch_quantity_compare(&quantity, &again) != 0)
        abort();
    ch_quantity_format(&again, canonical_again, sizeof(canonical_again));
    if (strcmp(canonical, canonical_again) != 0)
        abort();
    return 0;
}
