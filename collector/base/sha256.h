/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4, 6.2): what a report's figures were, in 64 digits that sha256sum can check.
 */
#pragma once

#include <stddef.h>

#define SHA256_HEX 65 /* with the NUL */

/* Returns ret_hex. */
const char *sha256_hex(const void *data, size_t size, char ret_hex[SHA256_HEX]);
