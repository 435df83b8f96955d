/* SPDX-License-Identifier: Apache-2.0 */
/* See demand.h. Sums up to each piece are kept, so a window costs the same whatever it spans. */
#include "report/demand.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/period.h"

static void add(struct demand_curve *c, struct demand_piece piece)
{
	const struct demand_piece *last = c->n ? &c->p[c->n - 1] : NULL;

	if (last) {
		double known_s = last->share * (double)(last->to - last->from);

		piece.sum_s = last->sum_s + known_s;
		piece.sum_ws = last->sum_ws + (last->w[0] + last->w[1]) / 2 * known_s;
	}
	xgrow(&c->p, &c->cap, c->n + 1, sizeof(*c->p));
	c->p[c->n++] = piece;
}

void demand_add_samples(struct demand_curve *curve, const struct sample *s, size_t n,
			int64_t max_gap_s)
{
	for (size_t i = 0; i + 1 < n; i++) {
		if (s[i + 1].ts - s[i].ts > max_gap_s)
			continue;
		add(curve, (struct demand_piece){ .from = s[i].ts,
						  .to = s[i + 1].ts,
						  .w = { s[i].value, s[i + 1].value },
						  .share = 1 });
	}
}

void demand_add_mean(struct demand_curve *curve, int64_t from, int64_t to, double w, double share)
{
	add(curve, (struct demand_piece){
			   .from = from, .to = to, .w = { w, w }, .share = fmin(share, 1) });
}

void demand_done(struct demand_curve *curve)
{
	free(curve->p);
	*curve = (struct demand_curve){ 0 };
}

/* The piece that holds ts, or the first one after it; n: none. */
static size_t piece_at(const struct demand_curve *c, int64_t ts)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->p[mid].to <= ts)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct sums {
	double ws, s;
};

/* Of all time before ts; i: piece_at(ts). */
static struct sums before(const struct demand_curve *c, size_t i, int64_t ts)
{
	const struct demand_piece *p = &c->p[i < c->n ? i : c->n - 1];
	double into, known_s, at;

	if (i < c->n && ts <= p->from)
		return (struct sums){ p->sum_ws, p->sum_s };
	into = (double)((i < c->n ? ts : p->to) - p->from);
	known_s = p->share * into;
	at = p->w[0] + (p->w[1] - p->w[0]) * into / (double)(p->to - p->from);
	return (struct sums){ p->sum_ws + (p->w[0] + at) / 2 * known_s, p->sum_s + known_s };
}

double demand_mean(const struct demand_curve *curve, int64_t from, int64_t to, double *ret_known_s)
{
	struct sums a = { 0 }, b = { 0 };

	if (curve->n) {
		a = before(curve, piece_at(curve, from), from);
		b = before(curve, piece_at(curve, to), to);
	}
	if (ret_known_s)
		*ret_known_s = b.s - a.s;
	return b.s > a.s ? (b.ws - a.ws) / (b.s - a.s) : NAN;
}

size_t demand_windows(const struct demand_curve *curve, int64_t from, int64_t to, int64_t window_s,
		      int64_t step_s, double *ret_w, size_t max)
{
	size_t n = 0;

	for (int64_t t = from; t + window_s <= to; t += step_s, n++) {
		double known_s, w;

		if (n >= max)
			continue;
		w = demand_mean(curve, t, t + window_s, &known_s);
		ret_w[n] = known_s >= DEMAND_COVER * (double)window_s ? w : NAN;
	}
	return n;
}

void demand_peak(const struct demand_curve *curve, int64_t from, int64_t to, int64_t window_s,
		 int64_t step_s, struct demand *ret)
{
	struct demand d = { .w = NAN };
	size_t i = piece_at(curve, from), j = i;

	for (int64_t t = from; t + window_s <= to; t += step_s, d.n++) {
		while (i < curve->n && curve->p[i].to <= t)
			i++;
		while (j < curve->n && curve->p[j].to <= t + window_s)
			j++;
		if (!curve->n)
			continue;
		struct sums a = before(curve, i, t), b = before(curve, j, t + window_s);
		double w = (b.ws - a.ws) / (b.s - a.s);

		if (!(b.s - a.s >= DEMAND_COVER * (double)window_s))
			continue;
		d.n_known++;
		if (!(w <= d.w)) {
			d.w = w;
			d.from = t;
		}
	}
	*ret = d;
}

const char *demand_text(int64_t window_s, int64_t step_s, char *buf, size_t size)
{
	char window[48], step[48];

	period_length(window_s, window, sizeof(window));
	if (step_s == window_s)
		snprintf(buf, size, "%s, fixed blocks", window);
	else
		snprintf(buf, size, "%s, %s %s", window, step_s < 300 ? "sliding by" : "every",
			 period_length(step_s, step, sizeof(step)));
	return buf;
}
