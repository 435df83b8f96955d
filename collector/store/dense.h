/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integers at equal distances as differences in mixed radix: the form of old hours, half the size
 * of codec.h for what wanders, and still taken apart by any SQLite client. i from 0 to n - 1:
 *
 *   raw(i)   = base + low * i + digit(0) + ... + digit(i)
 *   digit(i) = group(i / k) / m^(i % k) % m              i / k is rounded down
 *   group(g) = sum of (unicode(substr(v, c * g + e + 1, 1)) - 1) * 127^e      e from 0 to c - 1
 *
 * v is a BLOB of characters of one byte, 1 to 127; k digits below m share c of them (m^k <= 127^c).
 * c = 0: each digit is 0 (m = 1, v is empty): a constant, or a counter at an even pace. Where
 * values are missing the sum goes on as if they lay between their neighbours, and gone (TEXT, else
 * NULL) holds the character i + 1 for each such position. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/codec.h"

#define DENSE_MAX_C 4
#define DENSE_MAX_K 6
#define DENSE_MAX_M 260144641 /* 127^4 */

struct dense {
	int64_t base, low, m;
	int64_t sum; /* of (raw - base) of those present */
	uint32_t n;
	int k, c;
	unsigned char *v, *gone; /* owned; gone_bytes 0: nothing is missing */
	size_t bytes, cap, gone_bytes, cap_gone;
};

/* As codec_encode: at least one value must be present, and d keeps its memory from call to call.
 * False: this form cannot hold them (a difference or a value is too great). */
bool dense_encode(const int64_t *raw, const unsigned char *present, uint32_t n, struct dense *d);
void dense_done(struct dense *d);

/* A block as the database gives it. */
struct dense_view {
	int64_t base, low, m;
	uint32_t n;
	int k, c;
	const unsigned char *v, *gone;
	size_t bytes, gone_bytes;
};

/* raw and present take n values. False: this makes no sense, and nothing in it is present. */
bool dense_decode(const struct dense_view *d, int64_t *raw, unsigned char *present);
