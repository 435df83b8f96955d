/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integers at equal distances as a block of bytes that any SQLite client can take apart
 * by position: n values of w bytes each, then a character of sw bytes for each seg of them
 * (seg = 0: none): values that wander need fewer bytes from where they stand. i from 0:
 *
 *   raw(i) = base + ((slope * i) >> 12) + code(i) + stand(i)
 *   code(i): w = 0        0
 *            w = 1..4     unicode(substr(v, w * i + 1, w)): one UTF-8 character of w bytes;
 *                         NUL bytes (unicode says NULL): the value is missing
 *            w >= 5       CAST(substr(v, w * i + 1, w) AS INTEGER): decimal digits;
 *                         NUL bytes: missing
 *   stand(i): seg = 0     0
 *             else        unicode(substr(v, w * n + sw * (i / seg) + 1, sw))
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
	uint32_t n, seg;
	int w, sw;
	uint32_t count;                /* values present */
	int64_t min, max, first, last; /* of those present, as raw */
	__int128 sum;
	unsigned char *v; /* owned */
	size_t bytes, cap;
};

/* What may be taken out where that makes the block smaller. */
enum codec_try { CODEC_PLAIN, CODEC_SLOPE = 1 /* a line: counters */, CODEC_SEG = 2 };

/* present[i] == 0: raw[i] is missing. out keeps its memory from call to call. At least one
 * value must be present. The same input gives the same bytes. */
void codec_encode(const int64_t *raw, const unsigned char *present, uint32_t n, int try,
		  struct codec *out);
void codec_done(struct codec *c);

/* A block as the database gives it; bytes that make no sense are missing values. */
struct codec_view {
	int64_t base, slope;
	int w;
	uint32_t n;
	uint32_t seg;
	int sw;
	const unsigned char *v;
	size_t bytes;
};

/* False: missing. */
bool codec_at(const struct codec_view *c, uint32_t i, int64_t *ret);
/* All of them, quicker; what is missing leaves its ret[i] as it was. */
void codec_all(const struct codec_view *c, int64_t *ret, unsigned char *present);
