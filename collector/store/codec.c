/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-width blocks of integers that plain SQL decodes; see codec.h. */
#include "store/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SLOPE_BITS  12
#define SLOPE_LIMIT ((int64_t)1 << 48) /* times an index below 2^12 stays far from the end */

static const int64_t first_code[5] = { 0, 1, 0x80, 0x800, 0x10000 };
static const uint64_t codes[5] = { 0, 127, 1920, 53248, 1048576 };

/* A stretch of this many values may have its own level. */
static const uint32_t segs[] = { 180, 120, 60, 30, 15 };

#define MAX_SEGS (CODEC_MAX_N / 15)

struct fit {
	int64_t base, slope;
	int w, sw;
	uint32_t seg;
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

static struct fit fit_line(const int64_t *raw, const unsigned char *present, const struct codec *c,
			   int64_t slope)
{
	__int128 low = 0, high = 0;
	bool any = false;
	struct fit f = { .slope = slope };

	if (slope) {
		for (uint32_t i = 0; i < c->n; i++) {
			if (!present[i])
				continue;
			__int128 rest = (__int128)raw[i] - line(slope, i);
			if (!any || rest < low)
				low = rest;
			if (!any || rest > high)
				high = rest;
			any = true;
		}
	} else {
		low = c->min;
		high = c->max;
	}
	unsigned __int128 range = (unsigned __int128)(high - low);
	if (range >= 1000000000000000)
		return fit_absolute(c);
	if (!range && c->count == c->n) {
		f.w = 0;
	} else {
		f.w = 1;
		while (f.w < 5 && range >= codes[f.w])
			f.w++;
		if (f.w == 5 && digits((uint64_t)range) > 5)
			f.w = digits((uint64_t)range);
	}
	__int128 base = low - (f.w < 5 ? first_code[f.w] : 0);
	/* Also the statistics, relative to base, and every sum on the way must fit. */
	const __int128 edge = (__int128)1 << 62;
	if (base < -edge || base > edge || c->min < -edge || c->max > edge)
		return fit_absolute(c);
	f.base = (int64_t)base;
	return f;
}

static int width_of(unsigned __int128 range)
{
	int w = 1;

	while (w < 5 && range >= codes[w])
		w++;
	return w;
}

/* Levels of segments of the given length below which the values of each begin. */
static size_t levels_of(const int64_t *raw, const unsigned char *present, uint32_t n, int64_t slope,
			uint32_t seg, int64_t *level, uint64_t *ret_range)
{
	size_t n_segs = (n + seg - 1) / seg;
	uint64_t widest = 0;

	for (size_t k = 0; k < n_segs; k++) {
		uint32_t from = (uint32_t)k * seg, to = from + seg < n ? from + seg : n;
		int64_t low = INT64_MAX, high = INT64_MIN;
		for (uint32_t i = from; i < to; i++) {
			if (!present[i])
				continue;
			int64_t rest = raw[i] - line(slope, i);
			low = rest < low ? rest : low;
			high = rest > high ? rest : high;
		}
		level[k] = low; /* INT64_MAX: all missing */
		if (low <= high && (uint64_t)(high - low) > widest)
			widest = (uint64_t)(high - low);
	}
	*ret_range = widest;
	return n_segs;
}

/* Where the levels of segments make the block smaller than f. */
static struct fit fit_segments(const int64_t *raw, const unsigned char *present,
			       const struct codec *c, struct fit f)
{
	int64_t level[MAX_SEGS];
	struct fit best = f;
	size_t bytes = (size_t)c->n * (size_t)f.w;

	for (size_t s = 0; s < sizeof(segs) / sizeof(*segs); s++) {
		uint64_t range;
		if (segs[s] >= c->n)
			continue;
		size_t n_segs = levels_of(raw, present, c->n, f.slope, segs[s], level, &range);
		int64_t low = INT64_MAX, high = INT64_MIN;
		for (size_t k = 0; k < n_segs; k++) {
			if (level[k] == INT64_MAX)
				continue;
			low = level[k] < low ? level[k] : low;
			high = level[k] > high ? level[k] : high;
		}
		int w = width_of(range), sw = width_of((uint64_t)(high - low));
		size_t size = (size_t)c->n * (size_t)w + n_segs * (size_t)sw;
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

static void put_utf8(unsigned char *p, int w, uint32_t code)
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

static void statistics(const int64_t *raw, const unsigned char *present, uint32_t n,
		       struct codec *c, uint32_t *ret_first, uint32_t *ret_last)
{
	c->n = n;
	c->count = 0;
	c->sum = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (!present[i])
			continue;
		if (!c->count) {
			c->first = c->min = c->max = raw[i];
			*ret_first = i;
		}
		if (raw[i] < c->min)
			c->min = raw[i];
		if (raw[i] > c->max)
			c->max = raw[i];
		c->last = raw[i];
		*ret_last = i;
		c->sum += raw[i];
		c->count++;
	}
}

static void put_plain(const int64_t *raw, const unsigned char *present, struct codec *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		unsigned char *p = c->v + (size_t)i * (size_t)c->w;
		if (!present[i])
			memset(p, 0, (size_t)c->w);
		else if (c->w < 5)
			put_utf8(p, c->w, (uint32_t)(raw[i] - c->base - line(c->slope, i)));
		else
			put_decimal(p, c->w, raw[i] - c->base - line(c->slope, i));
	}
}

static void put_segments(const int64_t *raw, const unsigned char *present, struct codec *c)
{
	int64_t level[MAX_SEGS];
	uint64_t range;
	size_t n_segs = levels_of(raw, present, c->n, c->slope, c->seg, level, &range);
	int64_t low = c->base + first_code[c->w] + first_code[c->sw];

	for (uint32_t i = 0; i < c->n; i++) {
		unsigned char *p = c->v + (size_t)i * (size_t)c->w;
		if (present[i])
			put_utf8(p, c->w,
				 (uint32_t)(raw[i] - line(c->slope, i) - level[i / c->seg] +
					    first_code[c->w]));
		else
			memset(p, 0, (size_t)c->w);
	}
	for (size_t k = 0; k < n_segs; k++)
		put_utf8(c->v + (size_t)c->n * (size_t)c->w + k * (size_t)c->sw, c->sw,
			 (uint32_t)((level[k] == INT64_MAX ? 0 : level[k] - low) +
				    first_code[c->sw]));
}

void codec_encode(const int64_t *raw, const unsigned char *present, uint32_t n, int try,
		  struct codec *c)
{
	uint32_t first = 0, last = 0;

	assert(n > 0 && n <= CODEC_MAX_N);
	statistics(raw, present, n, c, &first, &last);
	assert(c->count > 0);
	struct fit f = fit_line(raw, present, c, 0);
	if (try & CODEC_SLOPE && f.w > 1 && last > first) {
		__int128 slope = ((__int128)c->last - c->first) * ((__int128)1 << SLOPE_BITS) /
				 (last - first);
		if (slope > -SLOPE_LIMIT && slope < SLOPE_LIMIT && slope) {
			struct fit g = fit_line(raw, present, c, (int64_t)slope);
			if (g.w < f.w)
				f = g;
		}
	}
	/* base is 0 for absolute numbers only, or by chance, and then the plain form is fine */
	if (try & CODEC_SEG && f.w > 1 && f.base)
		f = fit_segments(raw, present, c, f);
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
	if (f.seg)
		put_segments(raw, present, c);
	else
		put_plain(raw, present, c);
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

static int64_t utf8(const unsigned char *p, int w)
{
	switch (w) {
	case 1: return p[0];
	case 2: return (p[0] & 0x1f) << 6 | (p[1] & 0x3f);
	case 3: return (p[0] & 0xf) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	default: return (p[0] & 7) << 18 | (p[1] & 0x3f) << 12 | (p[2] & 0x3f) << 6 | (p[3] & 0x3f);
	}
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
		code = utf8(p, c->w);
	if (__builtin_add_overflow(c->base, line(c->slope, i), &rest) ||
	    __builtin_add_overflow(rest, code, &rest))
		return false;
	if (c->seg) {
		size_t at = (size_t)c->n * (size_t)c->w + i / c->seg * (size_t)c->sw;
		if (c->sw < 1 || c->sw > 4 || at + (size_t)c->sw > c->bytes || !c->v[at] ||
		    __builtin_add_overflow(rest, utf8(c->v + at, c->sw), &rest))
			return false;
	}
	*ret = rest;
	return true;
}
