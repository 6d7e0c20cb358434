/* quantity_fuzz.c - quantities: the canonical text means the same, and settles when printed again.
 *
 * "312.5Ki" prints as 320000, whose binary form has no suffix, and that as 320k: as in Kubernetes.
 */
#include <chandra/sys/quantity.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chandra_quantity quantity;
    struct chandra_quantity again;
    char text[256];
    char canonical[40];
    char decimal[40];
    char last[40];

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (chandra_quantity_parse(text, &quantity, NULL) != CHANDRA_OK)
        return 0;
    chandra_quantity_print(&quantity, canonical, sizeof(canonical));
    if (chandra_quantity_parse(canonical, &again, NULL) != CHANDRA_OK ||
        chandra_quantity_compare(&quantity, &again) != 0)
        abort();
    chandra_quantity_print(&again, decimal, sizeof(decimal));
    if (chandra_quantity_parse(decimal, &quantity, NULL) != CHANDRA_OK ||
        chandra_quantity_compare(&quantity, &again) != 0)
        abort();
    chandra_quantity_print(&quantity, last, sizeof(last));
    if (strcmp(decimal, last) != 0)
        abort();
    return 0;
}
