/* SPDX-License-Identifier: Apache-2.0 */
/* Integration of power; see energy.h. */
#include "report/energy.h"

#include <math.h>

/* The pair (i, i+1) with the first end after ts. */
static size_t first_pair(const struct sample *s, size_t n, int64_t ts)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s[mid].ts <= ts)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? lo - 1 : 0;
}

static double at(const struct sample *a, const struct sample *b, int64_t ts)
{
	return a->value + (b->value - a->value) * (double)(ts - a->ts) / (double)(b->ts - a->ts);
}

void energy_of_power(const struct sample *s, size_t n, int64_t from, int64_t to, int64_t max_gap_s,
		     struct energy *ret)
{
	struct energy e = { .window_s = (double)(to - from) };

	for (size_t i = first_pair(s, n, from); i + 1 < n && s[i].ts < to; i++) {
		const struct sample *a = &s[i], *b = &s[i + 1];
		int64_t t0 = a->ts > from ? a->ts : from, t1 = b->ts < to ? b->ts : to;

		if (t1 <= t0 || b->ts - a->ts > max_gap_s)
			continue;
		e.wh += (at(a, b, t0) + at(a, b, t1)) / 2 * (double)(t1 - t0) / 3600;
		e.covered_s += (double)(t1 - t0);
	}
	*ret = e;
}

size_t energy_holes(const struct sample *s, size_t n, int64_t from, int64_t to, int64_t max_gap_s,
		    struct energy_hole *out, size_t max)
{
	size_t count = 0;
	int64_t known_to = from; /* everything before is either covered or a hole already told */

	for (size_t i = first_pair(s, n, from); i + 1 < n && s[i].ts < to; i++) {
		const struct sample *a = &s[i], *b = &s[i + 1];
		int64_t t0 = a->ts > from ? a->ts : from, t1 = b->ts < to ? b->ts : to;

		if (t1 <= t0 || b->ts - a->ts > max_gap_s)
			continue;
		if (t0 > known_to) {
			if (count < max)
				out[count] = (struct energy_hole){ known_to, t0 };
			count++;
		}
		known_to = t1;
	}
	if (known_to < to) {
		if (count < max)
			out[count] = (struct energy_hole){ known_to, to };
		count++;
	}
	return count;
}

double energy_most_wh(const struct energy *e, double rated_w)
{
	return e->wh + rated_w * (e->window_s - e->covered_s) / 3600;
}

double energy_mean_w(const struct energy *e)
{
	return e->covered_s > 0 ? e->wh * 3600 / e->covered_s : NAN;
}
