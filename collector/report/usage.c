/* SPDX-License-Identifier: Apache-2.0 */
/* See usage.h. */
#include "report/usage.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

void usage_add(struct usage *sum, const struct usage *more)
{
	sum->wh += more->wh;
	sum->divided_wh += more->divided_wh;
	sum->estimate_wh += more->estimate_wh;
	sum->covered_s += more->covered_s;
	sum->declared_s += more->declared_s;
	sum->window_s += more->window_s;
	sum->step_wh = fmax(sum->step_wh, more->step_wh);
	sum->from_counter = sum->from_counter || more->from_counter;
	sum->from_power = sum->from_power || more->from_power;
	sum->frozen = sum->frozen || more->frozen;
	sum->corrected = sum->corrected || more->corrected;
}

double usage_coverage_pct(const struct usage *u)
{
	return u->window_s > 0 ? 100 * (u->covered_s + u->declared_s) / u->window_s : NAN;
}

const char *usage_source_text(const struct usage *u)
{
	return meter_source_text(u->from_counter, u->from_power);
}

void usage_day(const struct meter *m, int64_t from, int64_t to, struct usage *ret)
{
	struct meter_energy e;

	meter_energy(m, from, to, &e);
	*ret = (struct usage){
		.wh = e.wh + e.split_wh,
		.divided_wh = e.split_wh,
		.estimate_wh = e.estimate_wh,
		.covered_s = fmin(e.covered_s + e.split_s, e.window_s),
		.window_s = e.window_s,
		.step_wh = e.step_wh,
		.from_counter = e.from_counter || e.split_s > 0,
		.from_power = e.from_power,
		.frozen = e.frozen,
		.corrected = e.corrected,
	};
}

void usage_pieces(const struct meter *m, const int64_t *cuts, size_t n, struct usage *ret)
{
	double sum = 0, covered_s = 0;
	struct usage day;
	size_t last = n;

	usage_day(m, cuts[0], cuts[n], &day);
	for (size_t k = 0; k < n; k++) {
		usage_day(m, cuts[k], cuts[k + 1], &ret[k]);
		sum += ret[k].wh;
		covered_s += ret[k].covered_s;
	}
	/* A source that serves the day may not serve each hour of it (a step of a coarse register):
	 * the pieces keep their shares of the day. */
	double scale = sum * day.wh > 0 ? day.wh / sum : 0;
	double left_wh = day.wh, left_divided = day.divided_wh;

	for (size_t k = 0; k < n; k++) {
		double share = covered_s > 0 ? ret[k].covered_s / covered_s
					     : ret[k].window_s / day.window_s;

		ret[k].wh = scale > 0 ? ret[k].wh * scale : day.wh * share;
		ret[k].divided_wh = scale > 0 ? ret[k].divided_wh * scale : day.divided_wh * share;
		left_wh -= ret[k].wh;
		left_divided -= ret[k].divided_wh;
		if (ret[k].window_s > 0)
			last = k;
	}
	/* to the last digit */
	if (last < n) {
		ret[last].wh += left_wh;
		ret[last].divided_wh += left_divided;
	}
}

void usage_divide(const struct meter *m, const struct period_list *days,
		  const struct usage_span *spans, size_t n_spans,
		  void (*each)(void *user, size_t day, const struct usage_span *span,
			       const struct usage *piece),
		  void *user)
{
	struct usage *pieces = NULL;
	int64_t *cuts = NULL;
	size_t cap = 0, cap_cuts = 0, first = 0;

	for (size_t d = 0; d < days->n; d++) {
		const struct period_part *day = &days->p[d];
		size_t n = 0, i;

		while (first < n_spans && spans[first].to <= day->from)
			first++;
		for (i = first; i < n_spans && spans[i].from < day->to; i++) {
			xgrow(&cuts, &cap_cuts, n + 2, sizeof(*cuts));
			cuts[n++] = spans[i].from > day->from ? spans[i].from : day->from;
		}
		if (!n)
			continue;
		cuts[n] = day->to;
		xgrow(&pieces, &cap, n, sizeof(*pieces));
		if (n == 1)
			usage_day(m, cuts[0], cuts[1], &pieces[0]);
		else
			usage_pieces(m, cuts, n, pieces);
		for (i = 0; i < n; i++)
			each(user, d, &spans[first + i], &pieces[i]);
	}
	free(pieces);
	free(cuts);
}
