/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a row of hot: the raw integers of a scan at one instant, in slot order. Either a
 * JSON array of them, null where absent; or, at a third of the size, one UTF-8 character of w bytes
 * per slot that says how far the value lies from the one of a former row, its base:
 *
 *   raw(slot) = base(slot) + unicode(substr(v, w * slot + 1, w)) - zero(w)
 *
 * zero = 64, 1088, 28672, 589824 for w = 1 to 4, which reach 63, 959, 26,623 and 524,287 up and as
 * far (one more from w = 2 on) down; NUL bytes: absent. Where the base has none, base = 0. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reading.h"

#define HOTROW_MAX_W    4
#define HOTROW_TEXT(n)  ((size_t)(n)*21 + 3) /* sign, 19 digits, comma */
#define HOTROW_BYTES(n) ((size_t)(n)*HOTROW_MAX_W)
#define HOTROW_BASE_LIMIT                                                                          \
	((int64_t)1 << 62) /* greater values have no base: sums must fit in SQL                    \
			    */

/* Bytes per slot of these readings above the base (n_base values; 0 where it has none); 0: they
 * are too far from it. */
int hotrow_width(const struct reading *r, uint32_t n, const int64_t *base, uint32_t n_base);
/* Writes them, n * w bytes. */
void hotrow_put(const struct reading *r, uint32_t n, const int64_t *base, uint32_t n_base, int w,
		unsigned char *v);
/* "[231,null,-5]" with a NUL into text, which has HOTROW_TEXT(n) bytes; its length. */
size_t hotrow_text(const struct reading *r, uint32_t n, char *text);

/* Slots first to first + n - 1 of a row. base: as many values from slot first on, of which n_base
 * count. What is absent, or makes no sense, is 0 and not present. False: at least one is absent. */
bool hotrow_get(const unsigned char *v, size_t bytes, int w, uint32_t first, uint32_t n,
		const int64_t *base, uint32_t n_base, int64_t *raw, unsigned char *present);
/* The same of a JSON array, which ends with NUL. */
bool hotrow_parse(const char *text, uint32_t first, uint32_t n, int64_t *raw,
		  unsigned char *present);
/* How many slots a JSON array has. */
uint32_t hotrow_length(const char *text);
/* One slot. False: absent. */
bool hotrow_at(const unsigned char *v, size_t bytes, int w, uint32_t slot, int64_t base,
	       int64_t *ret);
