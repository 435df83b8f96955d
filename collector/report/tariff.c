/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of tariffs; see tariff.h. */
#include "report/tariff.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/period.h"

#define STEP_S 900 /* every offset of a zone from UTC is a multiple of it */

const struct tariff *tariffs_find(const struct tariffs *all, const char *name)
{
	const struct tariff *std = NULL;

	for (size_t i = 0; i < all->n; i++) {
		if (!strcmp(all->t[i].name, name))
			return &all->t[i];
		if (!strcmp(all->t[i].name, "std"))
			std = &all->t[i];
	}
	return std ? std : all->n == 1 ? &all->t[0] : NULL;
}

/* ---- energy --------------------------------------------------------------- */

/* Which rate prices energy at ts; *next: until when at least that does not change. */
static size_t rate_at(const struct tariff *tariff, int64_t ts, int64_t *next)
{
	size_t found = tariff->n;

	for (size_t i = 0; i < tariff->n; i++) {
		const struct tariff_rate *r = &tariff->rates[i];
		int64_t change;

		if (r->price.kind != PRICE_ENERGY || r->to <= ts)
			continue;
		if (r->from > ts) {
			*next = r->from < *next ? r->from : *next;
			continue;
		}
		change = week_next(&r->week, ts);
		*next = change < *next ? change : *next;
		*next = r->to < *next ? r->to : *next;
		if (found == tariff->n && week_has(&r->week, ts))
			found = i;
	}
	return found;
}

size_t tariff_spans(const struct tariff *tariff, int64_t from, int64_t to, struct tariff_span **ret)
{
	struct tariff_span *spans = NULL;
	size_t n = 0, cap = 0;

	for (int64_t ts = from, next; ts < to; ts = next) {
		next = to;
		size_t rate = rate_at(tariff, ts, &next);

		if (n && spans[n - 1].rate == rate) {
			spans[n - 1].to = next;
			continue;
		}
		xgrow(&spans, &cap, n + 1, sizeof(*spans));
		spans[n++] = (struct tariff_span){ ts, next, rate };
	}
	*ret = spans;
	return n;
}

double tariff_energy_cost(const struct tariff *tariff, size_t rate, double wh)
{
	if (rate >= tariff->n)
		return 0;
	return wh / tariff->rates[rate].price.per * tariff->rates[rate].amount;
}

/* ---- demand --------------------------------------------------------------- */

int tariff_power_step(const struct tariff *tariff)
{
	int step_s = 0;

	for (size_t i = 0; i < tariff->n; i++) {
		int a = step_s ? step_s : STEP_S, b = tariff->rates[i].price.window_s;

		if (tariff->rates[i].price.kind != PRICE_DEMAND)
			continue;
		while (b) { /* Euclid */
			int rest = a % b;

			a = b;
			b = rest;
		}
		step_s = a;
	}
	return step_s;
}

static double block_mean(const struct tariff_power *p, int64_t from, int window_s)
{
	int64_t first = (from - p->from) / p->step_s, n = window_s / p->step_s;
	double sum = 0;

	if (from < p->from || (from - p->from) % p->step_s || first + n > (int64_t)p->n)
		return NAN;
	for (int64_t k = first; k < first + n; k++)
		sum += p->w[k];
	return sum / (double)n;
}

/* The first block of the rate's clock that begins at ts or after it. */
static int64_t block_start(const struct tariff_rate *rate, int64_t ts)
{
	int64_t window_s = rate->price.window_s;

	/* again where the clocks are put by less than a block on the way */
	for (;;) {
		int64_t offset = rate->week.standard ? zone_standard_offset(ts) : zone_offset(ts);
		int64_t over = ((ts + offset) % window_s + window_s) % window_s;

		if (!over)
			return ts;
		int64_t later = ts + window_s - over;
		int64_t then =
			rate->week.standard ? zone_standard_offset(later) : zone_offset(later);

		if (then == offset)
			return later;
		ts += STEP_S - ((ts % STEP_S) + STEP_S) % STEP_S;
	}
}

void tariff_peak(const struct tariff_rate *rate, const struct tariff_power *power, int64_t from,
		 int64_t to, struct tariff_peak *ret)
{
	struct tariff_peak peak = { .w = NAN };
	int window_s = rate->price.window_s;
	size_t blocks = 0, known = 0;

	for (int64_t ts = block_start(rate, from); ts + window_s <= to;
	     ts = block_start(rate, ts + window_s)) {
		if (!week_has(&rate->week, ts))
			continue;
		double w = block_mean(power, ts, window_s);

		blocks++;
		if (isnan(w))
			continue;
		known++;
		if (isnan(peak.w) || w > peak.w) {
			peak.w = w;
			peak.at = ts;
		}
	}
	peak.known_pct = blocks ? 100 * (double)known / (double)blocks : 0;
	*ret = peak;
}

/* ---- months --------------------------------------------------------------- */

static bool charge_of(const struct tariff *tariff, size_t rate, const struct period_part *month,
		      const struct tariff_power *power, const struct tariff_power *va,
		      struct tariff_charge *ret)
{
	const struct tariff_rate *r = &tariff->rates[rate];
	struct tariff_charge c = {
		.rate = rate,
		.from = r->from > month->from ? r->from : month->from,
		.to = r->to < month->to ? r->to : month->to,
		.peak = { .w = NAN },
	};

	if (r->price.kind == PRICE_ENERGY || c.from >= c.to)
		return false;
	snprintf(c.month, sizeof(c.month), "%s", month->label);
	c.share = (double)(c.to - c.from) / (double)(month->to - month->from);
	c.cost = r->amount * c.share;
	if (r->price.kind == PRICE_DEMAND) {
		const struct tariff_power *p = r->price.va ? va : power;

		if (p)
			tariff_peak(r, p, c.from, c.to, &c.peak);
		c.cost *= c.peak.w / r->price.per;
	}
	*ret = c;
	return true;
}

size_t tariff_charges(const struct tariff *tariff, const struct tariff_power *power,
		      const struct tariff_power *va, int64_t from, int64_t to,
		      struct tariff_charge **ret)
{
	struct tariff_charge *charges = NULL;
	struct period_list months = { 0 };
	size_t n = 0;

	period_months(from, to, &months);
	charges = xcalloc(months.n * tariff->n + 1, sizeof(*charges));
	for (size_t m = 0; m < months.n; m++)
		for (size_t i = 0; months.p[m].whole && i < tariff->n; i++)
			if (charge_of(tariff, i, &months.p[m], power, va, &charges[n]))
				n++;
	period_list_done(&months);
	*ret = charges;
	return n;
}
