/* SPDX-License-Identifier: Apache-2.0 */
/* Differences in mixed radix; see dense.h. */
#include "store/dense.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/utf8.h"

#define CHARS 127 /* characters of one byte but NUL */
/* Within, no step on the way of the formula leaves 64 bits. */
#define VALUE_LIMIT ((int64_t)1 << 61)
#define LOW_LIMIT   ((int64_t)1 << 48)

struct radix {
	int k, c;
};

/* How many digits below m share how many characters, so that n take the fewest bytes. */
static struct radix radix_of(int64_t m, uint32_t n)
{
	struct radix best = { 1, 0 };
	size_t least = SIZE_MAX;
	int64_t room = 1;

	if (m == 1)
		return best;
	for (int c = 1; c <= DENSE_MAX_C; c++) {
		int k = 0;
		room *= CHARS;
		for (int64_t p = m; p <= room && k < DENSE_MAX_K; p *= m)
			k++;
		size_t bytes = k ? (n + (uint32_t)k - 1) / (uint32_t)k * (size_t)c : SIZE_MAX;
		if (bytes >= least)
			continue;
		least = bytes;
		best = (struct radix){ k, c };
	}
	return best;
}

/* All positions from first to last: what is missing lies on a line between its neighbours, whose
 * steps are no greater than those around it. */
static void bridge(const int64_t *raw, const unsigned char *present, uint32_t first, uint32_t last,
		   int64_t *full)
{
	uint32_t before = first;

	full[first] = raw[first];
	for (uint32_t i = first + 1; i <= last; i++) {
		if (!present[i])
			continue;
		int64_t span = i - before, rise = raw[i] - raw[before];
		int64_t each = rise / span, rest = rise % span;
		for (int64_t k = 1; k <= span; k++)
			full[before + k] = raw[before] + each * k + rest * k / span;
		full[i] = raw[i];
		before = i;
	}
}

static void put_gone(struct dense *d, const unsigned char *present)
{
	d->gone_bytes = 0;
	if (!memchr(present, 0, d->n))
		return;
	xgrow(&d->gone, &d->cap_gone, (size_t)d->n * 3, 1);
	for (uint32_t i = 0; i < d->n; i++) {
		uint32_t code = i + 1;
		unsigned char *p = d->gone + d->gone_bytes;
		if (present[i])
			continue;
		utf8_put(p, utf8_size(code), code);
		d->gone_bytes += (size_t)utf8_size(code);
	}
}

static void put_group(unsigned char *p, int c, uint32_t group)
{
	for (int e = 0; e < c; e++) {
		p[e] = (unsigned char)(group % CHARS + 1);
		group /= CHARS;
	}
}

/* The digits of full[first..last], the others 0. */
static void put_digits(struct dense *d, const int64_t *full, uint32_t first, uint32_t last)
{
	uint32_t k = (uint32_t)d->k, groups = (d->n + k - 1) / k;

	d->bytes = groups * (size_t)d->c;
	xgrow(&d->v, &d->cap, d->bytes, 1);
	for (uint32_t g = 0; g < groups; g++) {
		uint32_t group = 0, power = 1;
		for (uint32_t i = g * k; i < g * k + k && i <= last; i++) {
			if (i > first)
				group += (uint32_t)(full[i] - full[i - 1] - d->low) * power;
			power *= (uint32_t)d->m;
		}
		put_group(d->v + g * (size_t)d->c, d->c, group);
	}
}

/* False: not all of them lie within the limit. */
static bool find_ends(const int64_t *raw, const unsigned char *present, uint32_t n,
		      uint32_t *ret_first, uint32_t *ret_last)
{
	uint32_t first = 0, last = n - 1;

	while (first < n && !present[first])
		first++;
	assert(first < n);
	while (!present[last])
		last--;
	for (uint32_t i = first; i <= last; i++)
		if (present[i] && (raw[i] <= -VALUE_LIMIT || raw[i] >= VALUE_LIMIT))
			return false;
	*ret_first = first;
	*ret_last = last;
	return true;
}

bool dense_encode(const int64_t *raw, const unsigned char *present, uint32_t n, struct dense *d)
{
	int64_t room[CODEC_MAX_N], low = INT64_MAX, high = INT64_MIN;
	const int64_t *full = raw;
	uint32_t first, last;
	__int128 sum = 0;

	assert(n > 0 && n <= CODEC_MAX_N);
	if (!find_ends(raw, present, n, &first, &last))
		return false;
	if (memchr(present + first, 0, last - first + 1)) {
		bridge(raw, present, first, last, room);
		full = room;
	}
	for (uint32_t i = first + 1; i <= last; i++) {
		int64_t step = full[i] - full[i - 1];
		low = step < low ? step : low;
		high = step > high ? step : high;
	}
	if (first == last)
		low = high = 0;
	if (low < -LOW_LIMIT || low > LOW_LIMIT || high - low >= DENSE_MAX_M)
		return false;
	int64_t base = raw[first] - low * first;
	for (uint32_t i = first; i <= last; i++)
		sum += present[i] ? (__int128)raw[i] - base : 0;
	if (sum < INT64_MIN || sum > INT64_MAX)
		return false;
	struct radix radix = radix_of(high - low + 1, n);
	d->base = base;
	d->low = low;
	d->m = high - low + 1;
	d->sum = (int64_t)sum;
	d->n = n;
	d->k = radix.k;
	d->c = radix.c;
	d->bytes = 0;
	if (d->c)
		put_digits(d, full, first, last);
	put_gone(d, present);
	return true;
}

void dense_done(struct dense *d)
{
	free(d->v);
	free(d->gone);
	*d = (struct dense){ 0 };
}

/* The positions in gone are absent. */
static bool take_gone(const struct dense_view *d, unsigned char *present)
{
	for (size_t at = 0; at < d->gone_bytes;) {
		const unsigned char *p = d->gone + at;
		size_t size = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : 3;
		if (size > d->gone_bytes - at)
			return false;
		uint32_t code = utf8_get(p, (int)size);
		if (code < 1 || code > d->n)
			return false;
		present[code - 1] = 0;
		at += size;
	}
	return true;
}

static bool makes_sense(const struct dense_view *d)
{
	int64_t room = 1, power = 1;

	if (d->n < 1 || d->n > CODEC_MAX_N || d->k < 1 || d->k > DENSE_MAX_K || d->c < 0 ||
	    d->c > DENSE_MAX_C || d->m < 1 || d->m > DENSE_MAX_M || d->low < -LOW_LIMIT ||
	    d->low > LOW_LIMIT || d->base < -2 * VALUE_LIMIT || d->base > 2 * (VALUE_LIMIT - 1))
		return false;
	for (int e = 0; e < d->c; e++)
		room *= CHARS;
	for (int e = 0; e < d->k; e++) {
		power *= d->m;
		if (power > room)
			return false;
	}
	uint32_t k = (uint32_t)d->k;
	return d->bytes >= (d->n + k - 1) / k * (size_t)d->c;
}

static bool take_digits(const struct dense_view *d, int64_t *raw)
{
	const unsigned char *p = d->v;
	uint32_t k = (uint32_t)d->k, m = (uint32_t)d->m;
	int64_t at = d->base - d->low;

	for (uint32_t from = 0; from < d->n; from += k, p += d->c) {
		uint32_t group = 0, to = from + k < d->n ? from + k : d->n;
		for (int e = d->c - 1; e >= 0; e--) {
			if (p[e] < 1 || p[e] > CHARS)
				return false;
			group = group * CHARS + p[e] - 1;
		}
		for (uint32_t i = from; i < to; i++) {
			at += d->low + group % m;
			group /= m;
			raw[i] = at;
		}
	}
	return true;
}

bool dense_decode(const struct dense_view *d, int64_t *raw, unsigned char *present)
{
	if (!makes_sense(d))
		return false;
	memset(present, 1, d->n);
	if (take_digits(d, raw) && take_gone(d, present))
		return true;
	memset(present, 0, d->n);
	return false;
}
