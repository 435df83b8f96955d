/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One UTF-8 character of 1 to 4 bytes (RFC 3629, 3), whose length the caller knows. Inline: where
 * the length is a constant nothing is left of the switch, and this runs once per sample.
 */
#pragma once

#include <stdint.h>

/* How many bytes a code takes. */
static inline int utf8_size(uint32_t code)
{
	return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/* Writes w bytes. The code must need as many. */
static inline __attribute__((always_inline)) void utf8_put(unsigned char *p, int w, uint32_t code)
{
	switch (w) {
	case 1: p[0] = (unsigned char)code; break;
	case 2:
		p[0] = (unsigned char)(0xc0 | code >> 6);
		p[1] = (unsigned char)(0x80 | (code & 0x3f));
		break;
	case 3:
		p[0] = (unsigned char)(0xe0 | code >> 12);
		p[1] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
		p[2] = (unsigned char)(0x80 | (code & 0x3f));
		break;
	default:
		p[0] = (unsigned char)(0xf0 | code >> 18);
		p[1] = (unsigned char)(0x80 | (code >> 12 & 0x3f));
		p[2] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
		p[3] = (unsigned char)(0x80 | (code & 0x3f));
	}
}

/* Reads w bytes, whatever they are. */
static inline __attribute__((always_inline)) uint32_t utf8_get(const unsigned char *p, int w)
{
	switch (w) {
	case 1: return p[0];
	case 2: return (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU);
	case 3: return (p[0] & 0xfU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
	default:
		return (p[0] & 7U) << 18 | (p[1] & 0x3fU) << 12 | (p[2] & 0x3fU) << 6 |
		       (p[3] & 0x3fU);
	}
}
