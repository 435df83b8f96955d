/* SPDX-License-Identifier: Apache-2.0 */
/* The energy of one meter over a window, from what was read of it; which meters there are is
 * meters_load.c's, reading them meters_read.c's. */
#include "report/meters.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/meters_impl.h"

#define EVENTS_TOLD        4
#define COUNTER_STEP_SHARE 0.01 /* one step of a counter may be so much of the energy it tells */

double meter_rated_w(const char *system, double volts, double rated_a, double rated_va,
		     double rated_w)
{
	if (rated_w > 0)
		return rated_w;
	if (rated_va > 0)
		return rated_va;
	if (!(volts > 0) || !(rated_a > 0))
		return NAN;
	return volts * rated_a * (strncmp(system, "3ph", 3) == 0 ? sqrt(3) : 1);
}

static const struct meter_factor *factor_at(const struct meter *m, int64_t ts)
{
	static const struct meter_factor one = { INT64_MIN, 1, 1, false };
	const struct meter_factor *f = &one;

	for (size_t i = 0; i < m->n_factors && m->factors[i].from <= ts; i++)
		f = &m->factors[i];
	return f;
}

double meter_factor_at(const struct meter *m, int64_t ts, bool energy)
{
	const struct meter_factor *f = factor_at(m, ts);

	return energy ? f->energy : f->power;
}

bool meter_is_bad(const struct meter *m, int64_t from, int64_t to)
{
	for (size_t i = 0; i < m->n_bad; i++)
		if (m->bad[i].from < to && m->bad[i].to > from)
			return true;
	return false;
}

/* The first and last instant of one series within from..to. */
static void span_of_one(const struct meter_series *series, int64_t from, int64_t to,
			int64_t *ret_first, int64_t *ret_last)
{
	const struct samples *s = &series->samples;
	const struct buckets *h = &series->hours;

	*ret_first = INT64_MAX;
	*ret_last = INT64_MIN;
	for (size_t k = 0; k < s->n; k++) {
		if (s->s[k].ts < from || s->s[k].ts > to)
			continue;
		if (s->s[k].ts < *ret_first)
			*ret_first = s->s[k].ts;
		if (s->s[k].ts > *ret_last)
			*ret_last = s->s[k].ts;
	}
	for (size_t k = 0; k < h->n; k++) {
		if (h->b[k].to <= from || h->b[k].from >= to)
			continue;
		if (h->b[k].from < *ret_first)
			*ret_first = h->b[k].from > from ? h->b[k].from : from;
		if (h->b[k].to > *ret_last)
			*ret_last = h->b[k].to < to ? h->b[k].to : to;
	}
}

/* A meter is there at an instant when all its series of one kind are: so the latest first and
 * the earliest last. */
static void span_of(const struct meter_series *series, size_t n, int64_t from, int64_t to,
		    int64_t *ret_first, int64_t *ret_last, int *ret_step_s)
{
	int64_t first = INT64_MIN, last = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		int64_t f, l;

		span_of_one(&series[i], from, to, &f, &l);
		if (f > first)
			first = f;
		if (l < last)
			last = l;
		if (series[i].step_s > *ret_step_s)
			*ret_step_s = series[i].step_s;
	}
	*ret_first = n ? first : INT64_MAX;
	*ret_last = n ? last : INT64_MIN;
}

void meter_span(const struct meter *m, int64_t from, int64_t to, int64_t *ret_first,
		int64_t *ret_last, int *ret_step_s)
{
	int step_s = 0, energy_step_s = 0;
	int64_t first, last;

	span_of(m->power, m->n_power, from, to, ret_first, ret_last, &step_s);
	span_of(m->energy, m->n_energy, from, to, &first, &last, &energy_step_s);
	if (*ret_first == INT64_MAX) {
		*ret_first = first;
		*ret_last = last;
		step_s = energy_step_s;
	}
	*ret_step_s = step_s;
}

/* ---- one series ---- */

int64_t meter_series_max_gap(const struct meter_series *s)
{
	return 3 * (int64_t)s->step_s;
}

int64_t meter_series_divisible(const struct meter_series *s)
{
	int64_t gap_s = meter_series_max_gap(s);

	return s->hourly && gap_s < HOUR_S ? HOUR_S : gap_s;
}

/* The first hour that ends after ts. */
static size_t first_hour(const struct buckets *h, int64_t ts)
{
	size_t lo = 0, hi = h->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (h->b[mid].to <= ts)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* As much of an hour as its samples stand for: two that are missing are bridged. */
static double share_of(const struct bucket *b)
{
	return b->n + 2 >= b->full ? 1 : (double)b->n / b->full;
}

void meter_series_power(const struct meter_series *s, int64_t from, int64_t to, struct energy *ret)
{
	struct energy e = { .window_s = (double)(to - from) };

	if (!s->hourly) {
		energy_of_power(s->samples.s, s->samples.n, from, to, meter_series_max_gap(s), ret);
		return;
	}
	for (size_t i = first_hour(&s->hours, from); i < s->hours.n; i++) {
		const struct bucket *b = &s->hours.b[i];
		int64_t t0 = b->from > from ? b->from : from, t1 = b->to < to ? b->to : to;

		if (t1 <= t0)
			break;
		double covered_s = (double)(t1 - t0) * share_of(b);
		e.wh += b->value * covered_s / 3600;
		e.covered_s += covered_s;
	}
	for (size_t i = 0; i < s->n_raw_hours; i++) {
		int64_t h = s->raw_hours[i], t0 = h > from ? h : from,
			t1 = h + HOUR_S < to ? h + HOUR_S : to;
		struct energy raw;

		if (t1 <= t0)
			continue;
		energy_of_power(s->samples.s, s->samples.n, t0, t1, meter_series_max_gap(s), &raw);
		e.wh += raw.wh;
		e.covered_s += raw.covered_s;
	}
	*ret = e;
}

/* ---- a window with one factor; factor not applied ---- */

static void of_power(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	struct meter_energy e = { .window_s = (double)(to - from), .from_power = true };

	e.covered_s = m->n_power ? e.window_s : 0;
	for (size_t i = 0; i < m->n_power; i++) {
		struct energy p;

		meter_series_power(&m->power[i], from, to, &p);
		e.wh += p.wh;
		e.covered_s = fmin(e.covered_s, p.covered_s);
	}
	e.power_wh = e.wh;
	*ret = e;
}

static void of_counters(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	struct meter_energy e = { .window_s = (double)(to - from), .from_counter = true };

	e.covered_s = m->n_energy ? e.window_s : 0;
	e.split_s = m->n_energy ? e.window_s : 0;
	for (size_t i = 0; i < m->n_energy; i++) {
		const struct meter_series *s = &m->energy[i];
		struct counter_energy c;

		counter_energy(&s->counter, from, to, meter_series_divisible(s), NAN, &c);
		e.wh += c.wh;
		e.covered_s = fmin(e.covered_s, c.covered_s);
		e.split_wh += c.split_wh;
		e.split_s = fmin(e.split_s, c.split_s);
		e.step_wh += s->counter.lsb_wh;
		e.frozen = e.frozen || c.frozen;
	}
	*ret = e;
}

/* A counter, and where it says nothing the integral of the same power; of what neither covers the
 * even share of a part that was cut. */
static void of_pair(const struct meter_series *energy, const struct meter_series *power,
		    int64_t from, int64_t to, struct meter_energy *ret)
{
	int64_t gap_s = meter_series_divisible(energy), at = from;
	struct counter_energy c;
	struct counter_part hole;

	counter_energy(&energy->counter, from, to, gap_s, NAN, &c);
	struct meter_energy e = { .wh = c.wh,
				  .covered_s = c.covered_s,
				  .window_s = c.window_s,
				  .frozen = c.frozen,
				  .step_wh = energy->counter.lsb_wh };

	e.from_counter = c.covered_s > 0;
	while (c.covered_s < c.window_s &&
	       counter_hole(&energy->counter, from, to, gap_s, &at, &hole)) {
		double hole_s = (double)(hole.to - hole.from);
		struct energy p;

		meter_series_power(power, hole.from, hole.to, &p);
		e.wh += p.wh;
		e.power_wh += p.wh;
		e.covered_s += p.covered_s;
		e.from_power = e.from_power || p.covered_s > 0;
		if (hole.known) {
			e.split_wh += hole.wh * (hole_s - p.covered_s) / hole_s;
			e.split_s += hole_s - p.covered_s;
		}
	}
	*ret = e;
}

static void of_pairs(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	struct meter_energy sum = { .window_s = (double)(to - from) };

	sum.covered_s = sum.split_s = sum.window_s;
	for (size_t i = 0; i < m->n_energy; i++) {
		struct meter_energy e;

		of_pair(&m->energy[i], &m->power[i], from, to, &e);
		sum.wh += e.wh;
		sum.power_wh += e.power_wh;
		sum.covered_s = fmin(sum.covered_s, e.covered_s);
		sum.split_wh += e.split_wh;
		sum.split_s = fmin(sum.split_s, e.split_s);
		sum.step_wh += e.step_wh;
		sum.from_counter = sum.from_counter || e.from_counter;
		sum.from_power = sum.from_power || e.from_power;
		sum.frozen = sum.frozen || e.frozen;
	}
	*ret = sum;
}

static void of_best(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	struct meter_energy c, p, both;

	of_counters(m, from, to, &c);
	/* The usual case: it covers all, and power need not be looked at. */
	*ret = c;
	if (c.covered_s >= c.window_s && c.step_wh <= COUNTER_STEP_SHARE * c.wh)
		return;
	of_power(m, from, to, &p);
	both = c;
	if (m->n_energy == m->n_power && c.covered_s < c.window_s)
		of_pairs(m, from, to, &both);
	/* A coarse counter that is all there is: its step widens the bounds. */
	double told_wh = fmax(both.wh + both.split_wh, p.wh);
	bool fine = m->n_energy &&
		    (!m->n_power || !m->power_read || c.step_wh <= COUNTER_STEP_SHARE * told_wh);

	*ret = both;
	/* Which power is whose counter's is not told when they are not as many. */
	if (!fine || both.covered_s < p.covered_s) {
		*ret = p;
		ret->frozen = c.frozen;
	}
}

/* ---- over changes of the factor ---- */

typedef void plain_energy(const struct meter *m, int64_t from, int64_t to,
			  struct meter_energy *ret);

static double estimate(const struct meter *m, int64_t from, int64_t to)
{
	double wh = 0;

	for (size_t i = 0; i < m->n_estimates; i++) {
		const struct meter_estimate *e = &m->estimates[i];
		int64_t a = e->from > from ? e->from : from, b = e->to < to ? e->to : to;

		if (b > a)
			wh += e->wh * (double)(b - a) / (double)(e->to - e->from);
	}
	return wh;
}

static void with_factor(const struct meter *m, int64_t from, int64_t to, plain_energy *of,
			struct meter_energy *ret)
{
	struct meter_energy sum = { 0 };

	from = from > m->from ? from : m->from;
	to = m->to && m->to < to ? m->to : to;
	sum.window_s = to > from ? (double)(to - from) : 0;
	for (int64_t a = from, b; a < to; a = b) {
		const struct meter_factor *f = factor_at(m, a);
		struct meter_energy e;

		b = to;
		for (size_t i = 0; i < m->n_factors; i++)
			if (m->factors[i].from > a && m->factors[i].from < b)
				b = m->factors[i].from;
		of(m, a, b, &e);
		sum.wh += (e.wh - e.power_wh) * f->energy + e.power_wh * f->power;
		sum.power_wh += e.power_wh * f->power;
		sum.covered_s += e.covered_s;
		sum.split_wh += e.split_wh * f->energy;
		sum.split_s += e.split_s;
		sum.step_wh += e.step_wh * fabs(f->energy);
		sum.from_counter = sum.from_counter || (e.from_counter && e.covered_s > 0);
		sum.from_power = sum.from_power || (e.from_power && e.covered_s > 0);
		sum.frozen = sum.frozen || e.frozen;
		sum.corrected = sum.corrected || f->corrected;
	}
	sum.estimate_wh = estimate(m, from, to);
	*ret = sum;
}

void meter_energy(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	with_factor(m, from, to, of_best, ret);
}

void meter_energy_counter(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	with_factor(m, from, to, of_counters, ret);
}

void meter_energy_power(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	with_factor(m, from, to, of_power, ret);
}

/* ---- texts ---- */

const char *meter_source_text(bool from_counter, bool from_power)
{
	if (from_counter)
		return from_power ? "both" : "counter";
	return from_power ? "power integral" : "-";
}

char *meter_events_text(const struct meter *m, int64_t from, int64_t to, bool frozen)
{
	char *text = NULL, when[48];
	size_t size = 0, n = 0;
	FILE *f = open_memstream(&text, &size);
	bool told = false;

	if (!f)
		abort();
	for (size_t i = 0; i < m->n_energy; i++) {
		const struct counter *c = &m->energy[i].counter;

		for (size_t k = 0; k < c->n_events; k++) {
			if (c->events[k].ts < from || c->events[k].ts > to)
				continue;
			told = told || c->events[k].kind == COUNTER_FROZEN;
			if (n++ >= EVENTS_TOLD)
				continue;
			fprintf(f, "%s%s %s", n > 1 ? ", " : "",
				counter_kind_name(c->events[k].kind),
				zone_format(c->events[k].ts, when, sizeof(when)));
		}
	}
	if (n > EVENTS_TOLD)
		fprintf(f, " and %zu more", n - EVENTS_TOLD);
	if (frozen && !told)
		fprintf(f, "%s%s", n ? ", " : "", counter_kind_name(COUNTER_FROZEN));
	if (fclose(f) != 0)
		abort();
	return text;
}
