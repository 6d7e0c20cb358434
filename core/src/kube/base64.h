/* base64.h - base64 as RFC 4648 and kubeconfig files have it. */
#ifndef CH_KUBE_BASE64_H
#define CH_KUBE_BASE64_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

void ch_base64_put(struct ch_buf *buf, const char *bytes, size_t len);
/* Append what `text` stands for; line ends in it are skipped. False if it is no base64; whether
 * there was memory, the buffer says. */
bool ch_base64_decode(struct ch_buf *buf, const char *text);

#endif
