/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integers at equal distances as a block of bytes that any SQLite client can take apart
 * by position: n values of w bytes each, where (i from 0)
 *
 *   raw(i) = base + ((slope * i) >> 12) + code(i)
 *   code(i): w = 0        0
 *            w = 1..4     unicode(substr(v, w * i + 1, w)): one UTF-8 character of w bytes;
 *                         NUL bytes (unicode says NULL): the value is missing
 *            w >= 5       CAST(substr(v, w * i + 1, w) AS INTEGER): decimal digits;
 *                         NUL bytes: missing
 *
 * v is a BLOB, so that substr counts bytes. Codes that SQLite's text functions cannot
 * return (0, surrogates, U+FFFE, U+FFFF) are never used: w = 1, 2, 3, 4 hold 127, 1920,
 * 53,248 and 1,048,576 different values. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CODEC_MAX_N 3600 /* values in a block: a second's grid over an hour */
#define CODEC_MAX_W 20

struct codec {
	int64_t base, slope;
	uint32_t n;
	int w;
	uint32_t count;                 /* values present */
	int64_t min, max, first, last;  /* of those present, as raw */
	__int128 sum;
	unsigned char *v;               /* n * w bytes; owned */
	size_t bytes, cap;
};

/* present[i] == 0: raw[i] is missing. try_slope: counters, for which a straight line is taken
 * out where that makes the block smaller. out keeps its memory from call to call. At least one
 * value must be present. The same input gives the same bytes. */
void codec_encode(const int64_t *raw, const unsigned char *present, uint32_t n, bool try_slope,
		  struct codec *out);
void codec_done(struct codec *c);

/* A block as the database gives it; bytes that make no sense are missing values. */
struct codec_view {
	int64_t base, slope;
	int w;
	uint32_t n;
	const unsigned char *v;
	size_t bytes;
};

/* False: missing. */
bool codec_at(const struct codec_view *c, uint32_t i, int64_t *ret);
