/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-width blocks of integers that plain SQL decodes; see codec.h. */
#include "store/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/utf8.h"

#define SLOPE_BITS  12
#define SLOPE_LIMIT ((int64_t)1 << 48) /* times an index below 2^12 stays far from the end */

static const int64_t first_code[5] = { 0, 1, 0x80, 0x800, 0x10000 };
static const uint64_t codes[5] = { 0, 127, 1920, 53248, 1048576 };

/* A stretch of this many values may have its own level: each a multiple of the last, so that the
 * extremes of the smallest stretches tell those of all. */
static const uint32_t segs[] = { 180, 120, 60, 30, 15 };

#define ATOM     15
#define MAX_SEGS ((CODEC_MAX_N + ATOM - 1) / ATOM)
/* Beyond, a difference or a statistic might not fit; such values are written out. */
#define EDGE ((int64_t)1 << 62)

struct fit {
	int64_t base, slope;
	int w, sw;
	uint32_t seg;
};

struct extremes {
	int64_t low, high; /* low > high: none */
};

static int64_t line(int64_t slope, uint32_t i)
{
	return (slope * (int64_t)i) >> SLOPE_BITS; /* gcc and SQLite: arithmetic, rounds down */
}

static int digits(uint64_t value)
{
	int n = 1;

	while (value >= 10) {
		value /= 10;
		n++;
	}
	return n;
}

/* Absolute numbers with their sign: for what nothing else holds. */
static struct fit fit_absolute(const struct codec *c)
{
	struct fit f = { .w = 5 };
	uint64_t low = c->min < 0 ? 0 - (uint64_t)c->min : 0;
	uint64_t high = c->max > 0 ? (uint64_t)c->max : 0;
	int w = digits(low) + 1, w_high = digits(high);

	if (w_high > w)
		w = w_high;
	if (w > f.w)
		f.w = w;
	return f;
}

/* The form for values from low to high above a line. */
static struct fit fit_range(const struct codec *c, int64_t slope, int64_t low, int64_t high)
{
	struct fit f = { .slope = slope };
	uint64_t range = (uint64_t)high - (uint64_t)low;

	if (range >= 1000000000000000 || c->min < -EDGE || c->max > EDGE)
		return fit_absolute(c);
	if (!range && c->count == c->n) {
		f.w = 0;
	} else {
		f.w = 1;
		while (f.w < 5 && range >= codes[f.w])
			f.w++;
		if (f.w == 5 && digits(range) > 5)
			f.w = digits(range);
	}
	int64_t base = low - (f.w < 5 ? first_code[f.w] : 0);
	/* Also the statistics, relative to base, and every sum on the way must fit. */
	if (base < -EDGE || base > EDGE)
		return fit_absolute(c);
	f.base = base;
	return f;
}

static int width_of(uint64_t range)
{
	int w = 1;

	while (w < 5 && range >= codes[w])
		w++;
	return w;
}

static struct extremes extremes_of(const int64_t *v, const unsigned char *present, uint32_t n)
{
	struct extremes e = { INT64_MAX, INT64_MIN };

	if (!present) {
		for (uint32_t i = 0; i < n; i++) {
			e.low = v[i] < e.low ? v[i] : e.low;
			e.high = v[i] > e.high ? v[i] : e.high;
		}
		return e;
	}
	for (uint32_t i = 0; i < n; i++) {
		e.low = present[i] && v[i] < e.low ? v[i] : e.low;
		e.high = present[i] && v[i] > e.high ? v[i] : e.high;
	}
	return e;
}

static struct extremes joined(struct extremes a, struct extremes b)
{
	return (struct extremes){ a.low < b.low ? a.low : b.low,
				  a.high > b.high ? a.high : b.high };
}

/* Of each ATOM values, and of all. present NULL: nothing is missing. */
static struct extremes atoms_of(const int64_t *v, const unsigned char *present, uint32_t n,
				struct extremes *atom)
{
	struct extremes all = { INT64_MAX, INT64_MIN };

	for (uint32_t k = 0, from = 0; from < n; k++, from += ATOM) {
		uint32_t length = n - from < ATOM ? n - from : ATOM;
		atom[k] = extremes_of(v + from, present ? present + from : NULL, length);
		all = joined(all, atom[k]);
	}
	return all;
}

/* Levels of segments of the given length below which the values of each begin; INT64_MAX: all
 * missing. */
static size_t levels_of(const struct extremes *atom, uint32_t n, uint32_t seg, int64_t *level,
			uint64_t *ret_range)
{
	uint32_t n_segs = (n + seg - 1) / seg, n_atoms = (n + ATOM - 1) / ATOM;

	*ret_range = 0;
	for (uint32_t k = 0; k < n_segs; k++) {
		struct extremes e = { INT64_MAX, INT64_MIN };
		uint32_t to = (k + 1) * (seg / ATOM);
		for (uint32_t i = k * (seg / ATOM); i < to && i < n_atoms; i++)
			e = joined(e, atom[i]);
		level[k] = e.low;
		if (e.low <= e.high && (uint64_t)(e.high - e.low) > *ret_range)
			*ret_range = (uint64_t)(e.high - e.low);
	}
	return n_segs;
}

/* Where the levels of segments make the block smaller than f. */
static struct fit fit_segments(const struct extremes *atom, uint32_t n, struct fit f)
{
	int64_t level[MAX_SEGS];
	struct fit best = f;
	size_t bytes = (size_t)n * (size_t)f.w;

	for (size_t s = 0; s < sizeof(segs) / sizeof(*segs); s++) {
		uint64_t range;
		if (segs[s] >= n)
			continue;
		size_t n_segs = levels_of(atom, n, segs[s], level, &range);
		int64_t low = INT64_MAX, high = INT64_MIN;
		for (size_t k = 0; k < n_segs; k++) {
			if (level[k] == INT64_MAX)
				continue;
			low = level[k] < low ? level[k] : low;
			high = level[k] > high ? level[k] : high;
		}
		int w = width_of(range), sw = width_of((uint64_t)(high - low));
		size_t size = (size_t)n * (size_t)w + n_segs * (size_t)sw;
		if (w > 4 || sw > 4 || size >= bytes)
			continue;
		bytes = size;
		best.w = w;
		best.sw = sw;
		best.seg = segs[s];
		best.base = low - first_code[w] - first_code[sw];
	}
	return best;
}

/* Right-aligned in w characters, filled with spaces. */
static void put_decimal(unsigned char *p, int w, int64_t value)
{
	uint64_t u = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	int at = w;

	do {
		assert(at > 0);
		p[--at] = (unsigned char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (value < 0) {
		assert(at > 0);
		p[--at] = '-';
	}
	memset(p, ' ', (size_t)at);
}

/* present NULL: nothing is missing. Extremes: of the atoms. */
static void statistics(const int64_t *raw, const unsigned char *present, struct codec *c,
		       struct extremes all, uint32_t *ret_first, uint32_t *ret_last)
{
	uint32_t first = 0, last = c->n - 1;

	c->count = c->n;
	if (present) {
		c->count = 0;
		for (uint32_t i = 0; i < c->n; i++)
			c->count += present[i] != 0;
		assert(c->count > 0);
		while (!present[first])
			first++;
		while (!present[last])
			last--;
	}
	c->min = all.low;
	c->max = all.high;
	c->first = raw[first];
	c->last = raw[last];
	*ret_first = first;
	*ret_last = last;
	if (c->min > -(EDGE >> 12) && c->max < EDGE >> 12) { /* 3600 of them fit */
		int64_t sum = 0;
		if (!present)
			for (uint32_t i = 0; i < c->n; i++)
				sum += raw[i];
		else
			for (uint32_t i = 0; i < c->n; i++)
				sum += present[i] ? raw[i] : 0;
		c->sum = sum;
		return;
	}
	c->sum = 0;
	for (uint32_t i = 0; i < c->n; i++)
		c->sum += !present || present[i] ? raw[i] : 0;
}

/* v[i] + shift as characters of w bytes, one behind the other. Without the branches of a general
 * encoder: this runs once per sample. */
static void put_codes(unsigned char *p, int w, const int64_t *v, int64_t shift, uint32_t n)
{
	switch (w) {
	case 1:
		for (uint32_t i = 0; i < n; i++)
			p[i] = (unsigned char)(v[i] + shift);
		return;
	case 2:
		for (uint32_t i = 0; i < n; i++)
			utf8_put(p + (size_t)2 * i, 2, (uint32_t)(v[i] + shift));
		return;
	default:
		for (uint32_t i = 0; i < n; i++)
			utf8_put(p + (size_t)i * (size_t)w, w, (uint32_t)(v[i] + shift));
	}
}

static void put_plain(const int64_t *rest, struct codec *c)
{
	if (c->w < 5) {
		put_codes(c->v, c->w, rest, -c->base, c->n);
		return;
	}
	for (uint32_t i = 0; i < c->n; i++)
		put_decimal(c->v + (size_t)i * (size_t)c->w, c->w, rest[i] - c->base);
}

static void put_segments(const int64_t *rest, const struct extremes *atom, struct codec *c)
{
	int64_t level[MAX_SEGS];
	uint64_t range;
	size_t n_segs = levels_of(atom, c->n, c->seg, level, &range), w = (size_t)c->w;
	int64_t low = c->base + first_code[c->w] + first_code[c->sw];

	for (size_t k = 0; k < n_segs; k++) {
		uint32_t from = (uint32_t)k * c->seg;
		uint32_t length = c->n - from < c->seg ? c->n - from : c->seg;
		if (level[k] == INT64_MAX)
			level[k] = low;
		put_codes(c->v + from * w, c->w, rest + from, first_code[c->w] - level[k], length);
		utf8_put(c->v + c->n * w + k * (size_t)c->sw, c->sw,
			 (uint32_t)(level[k] - low + first_code[c->sw]));
	}
}

/* What is missing was written as some value. */
static void blank_missing(const unsigned char *present, struct codec *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (!present[i])
			memset(c->v + (size_t)i * (size_t)c->w, 0, (size_t)c->w);
}

/* What is left of the values above a line; fill where one is missing. */
static void above_line(const int64_t *raw, const unsigned char *present, uint32_t n, int64_t slope,
		       int64_t fill, int64_t *rest)
{
	for (uint32_t i = 0; i < n; i++)
		rest[i] = !present || present[i] ? raw[i] - line(slope, i) : fill;
}

static int64_t slope_of(const struct codec *c, uint32_t first, uint32_t last)
{
	if (last <= first || c->min < -EDGE || c->max > EDGE)
		return 0;
	__int128 slope =
		((__int128)c->last - c->first) * ((__int128)1 << SLOPE_BITS) / (last - first);
	return slope > -SLOPE_LIMIT && slope < SLOPE_LIMIT ? (int64_t)slope : 0;
}

void codec_encode(const int64_t *raw, const unsigned char *present, uint32_t n, int try,
		  struct codec *c)
{
	struct extremes atom[MAX_SEGS], above[MAX_SEGS];
	const unsigned char *gaps = memchr(present, 0, n) ? present : NULL;
	int64_t room[CODEC_MAX_N];
	const int64_t *rest = raw;
	uint32_t first, last;

	assert(n > 0 && n <= CODEC_MAX_N);
	c->n = n;
	struct extremes all = atoms_of(raw, gaps, n, atom);
	statistics(raw, gaps, c, all, &first, &last);
	struct fit f = fit_range(c, 0, all.low, all.high);
	int64_t slope = try & CODEC_SLOPE && f.w > 1 ? slope_of(c, first, last) : 0;
	if (slope) {
		above_line(raw, gaps, n, slope, 0, room);
		struct extremes tilted = atoms_of(room, gaps, n, above);
		struct fit g = fit_range(c, slope, tilted.low, tilted.high);
		if (g.w < f.w) {
			f = g;
			all = tilted;
			rest = room;
			memcpy(atom, above, (n + ATOM - 1) / ATOM * sizeof(*atom));
		}
	}
	/* base is 0 for absolute numbers only, or by chance, and then the plain form is fine */
	if (try & CODEC_SEG && f.w > 1 && f.base)
		f = fit_segments(atom, n, f);
	c->base = f.base;
	c->slope = f.slope;
	c->w = f.w;
	c->seg = f.seg;
	c->sw = f.sw;
	c->bytes = (size_t)n * (size_t)f.w;
	if (!f.w)
		return;
	if (f.seg)
		c->bytes += (n + f.seg - 1) / f.seg * (size_t)f.sw;
	xgrow(&c->v, &c->cap, c->bytes, 1);
	if (gaps) { /* a missing value is written as the least and blotted out afterwards */
		above_line(raw, gaps, n, f.slope, all.low, room);
		rest = room;
	}
	if (f.seg)
		put_segments(rest, atom, c);
	else
		put_plain(rest, c);
	if (gaps)
		blank_missing(gaps, c);
}

void codec_done(struct codec *c)
{
	free(c->v);
	*c = (struct codec){ 0 };
}

static bool decimal(const unsigned char *p, int w, int64_t *ret)
{
	int i = 0;
	uint64_t value = 0;

	while (i < w && p[i] == ' ')
		i++;
	bool minus = i < w && p[i] == '-';
	i += minus;
	if (i == w)
		return false;
	uint64_t limit = (uint64_t)INT64_MAX + minus;
	for (; i < w; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		uint64_t digit = (uint64_t)(p[i] - '0');
		if (value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = (int64_t)(minus ? 0 - value : value);
	return true;
}

bool codec_at(const struct codec_view *c, uint32_t i, int64_t *ret)
{
	int64_t code = 0, rest;
	const unsigned char *p = c->v + (size_t)i * (size_t)c->w;

	if (i >= c->n || c->w < 0 || c->w > CODEC_MAX_W || c->slope > SLOPE_LIMIT ||
	    c->slope < -SLOPE_LIMIT || i >= CODEC_MAX_N)
		return false;
	if (c->w && (((size_t)i + 1) * (size_t)c->w > c->bytes || !p[0]))
		return false;
	if (c->w > 4 && !decimal(p, c->w, &code))
		return false;
	if (c->w && c->w < 5)
		code = utf8_get(p, c->w);
	if (__builtin_add_overflow(c->base, line(c->slope, i), &rest) ||
	    __builtin_add_overflow(rest, code, &rest))
		return false;
	if (c->seg) {
		size_t at = (size_t)c->n * (size_t)c->w + i / c->seg * (size_t)c->sw;
		if (c->sw < 1 || c->sw > 4 || at + (size_t)c->sw > c->bytes || !c->v[at] ||
		    __builtin_add_overflow(rest, utf8_get(c->v + at, c->sw), &rest))
			return false;
	}
	*ret = rest;
	return true;
}

/* Positions of a block whose every code is w bytes of UTF-8, and which cannot overflow. */
static inline void take_plain(const struct codec_view *c, int w, int64_t *ret,
			      unsigned char *present)
{
	const unsigned char *p = c->v;

	for (uint32_t i = 0; i < c->n; i++, p += w) {
		present[i] = !w || p[0];
		if (present[i])
			ret[i] = c->base + line(c->slope, i) + (w ? utf8_get(p, w) : 0);
	}
}

void codec_all(const struct codec_view *c, int64_t *ret, unsigned char *present)
{
	bool plain = !c->seg && c->w >= 0 && c->n <= CODEC_MAX_N &&
		     (size_t)c->n * (size_t)c->w <= c->bytes && c->slope <= SLOPE_LIMIT &&
		     c->slope >= -SLOPE_LIMIT && c->base <= EDGE && c->base >= -EDGE;

	switch (plain ? c->w : -1) { /* a constant width each */
	case 0: take_plain(c, 0, ret, present); break;
	case 1: take_plain(c, 1, ret, present); break;
	case 2: take_plain(c, 2, ret, present); break;
	case 3: take_plain(c, 3, ret, present); break;
	case 4: take_plain(c, 4, ret, present); break;
	default:
		for (uint32_t i = 0; i < c->n; i++)
			present[i] = codec_at(c, i, &ret[i]);
	}
}
