/* base64.c - base64 as RFC 4648 and kubeconfig files have it. */
#include "kube/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
ch_base64_put(struct ch_buf *buf, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i += 3) {
        const size_t count = len - i < 3 ? len - i : 3;
        uint32_t group = 0;

        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < count ? (unsigned char)bytes[i + k] : 0U);
        for (size_t k = 0; k < 4; k++)
            ch_buf_put(buf, k <= count ? &digits[group >> (18 - 6 * k) & 63] : "=", 1);
    }
}

/* The bytes of four digits, of which the last `padding` are missing; false if bits are left over.
 */
static bool
put_group(struct ch_buf *buf, uint32_t group, unsigned padding)
{
    const uint32_t rest = padding == 0 ? 0 : padding == 1 ? 0xff : 0xffff;

    if (padding > 2 || (group & rest))
        return false;
    for (unsigned k = 0; k < 3 - padding; k++)
        ch_buf_putc(buf, (char)(group >> (16 - 8 * k) & 0xff));
    return true;
}

bool
ch_base64_decode(struct ch_buf *buf, const char *text)
{
    uint32_t group = 0;
    unsigned count = 0;   /* of digits and padding in the group */
    unsigned padding = 0; /* of the last group */

    for (; *text; text++) {
        const char *digit = strchr(digits, *text);

        if (*text == '\n' || *text == '\r')
            continue;
        if (*text == '=')
            padding++;
        else if (!digit || padding > 0)
            return false;
        group = group << 6 | (digit ? (uint32_t)(digit - digits) : 0U);
        if (++count < 4)
            continue;
        if (!put_group(buf, group, padding) || (padding > 0 && text[1 + strspn(text + 1, "\r\n")]))
            return false;
        group = count = 0;
    }
    return count == 0;
}
