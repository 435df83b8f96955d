/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one meter and turning it into energy; which meters there are is meters_load.c's. */
#include "report/meters.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"

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

static double factor_at(const struct meter *m, int64_t ts)
{
	double factor = 1;

	for (size_t i = 0; i < m->n_factors && m->factors[i].from <= ts; i++)
		factor = m->factors[i].factor;
	return factor;
}

/* Where the register may wrap: 32 bits, or the decimal digits that its values need. */
static void guess_moduli(const struct samples *s, struct counter_rule *rule)
{
	double lsb = 0, highest = 0;
	int digits = 5;

	for (size_t i = 0; i < s->n; i++) {
		lsb = fmax(lsb, s->s[i].lsb);
		highest = fmax(highest, s->s[i].value);
	}
	if (!(lsb > 0))
		return;
	rule->moduli_wh[rule->n_moduli++] = 4294967296.0 * lsb;
	while (digits < 18 && pow(10, digits) * lsb <= highest)
		digits++;
	rule->moduli_wh[rule->n_moduli++] = pow(10, digits) * lsb;
}

int meter_read(struct db *db, struct meter *m, int64_t from, int64_t to, struct err *err)
{
	double highest = NAN;

	for (size_t i = 0; i < m->n_power; i++) {
		struct samples *s = &m->power[i].samples;
		double series_highest = NAN;

		if (series_read(db, m->power[i].id, from, to, true, s, err) < 0)
			return err_prefix(err, "meter %s", m->name);
		for (size_t k = 0; k < s->n; k++)
			series_highest =
				fmax(series_highest, s->s[k].value * factor_at(m, s->s[k].ts));
		highest = i ? highest + series_highest : series_highest;
	}
	m->highest_w = highest;
	for (size_t i = 0; i < m->n_energy; i++) {
		struct meter_series *e = &m->energy[i];
		/* Without a rating: half more than was ever seen. */
		double rated = isnan(m->rated_w) ? 1.5 * highest : m->rated_w;
		struct counter_rule rule = { .rated_w = rated / fabs(factor_at(m, to)) };

		if (!(rule.rated_w > 0) || isinf(rule.rated_w))
			rule.rated_w = NAN;
		if (series_read(db, e->id, from, to, true, &e->samples, err) < 0)
			return err_prefix(err, "meter %s", m->name);
		guess_moduli(&e->samples, &rule);
		counter_done(&e->counter);
		counter_read(e->samples.s, e->samples.n, &rule, &e->counter);
	}
	return 0;
}

void meter_drop(struct meter *m)
{
	for (size_t i = 0; i < m->n_power; i++)
		samples_done(&m->power[i].samples);
	for (size_t i = 0; i < m->n_energy; i++) {
		samples_done(&m->energy[i].samples);
		counter_done(&m->energy[i].counter);
	}
}

/* A meter is there at an instant when all its series of one kind are: so the latest first and
 * the earliest last. */
static void span_of(const struct meter_series *series, size_t n, int64_t from, int64_t to,
		    int64_t *ret_first, int64_t *ret_last, int *ret_step_s)
{
	int64_t first = INT64_MIN, last = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct samples *s = &series[i].samples;
		int64_t f = INT64_MAX, l = INT64_MIN;

		for (size_t k = 0; k < s->n; k++) {
			if (s->s[k].ts < from || s->s[k].ts > to)
				continue;
			if (s->s[k].ts < f)
				f = s->s[k].ts;
			if (s->s[k].ts > l)
				l = s->s[k].ts;
		}
		if (f > first)
			first = f;
		if (l < last)
			last = l;
		if (s->step_s > *ret_step_s)
			*ret_step_s = s->step_s;
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

static void of_counters(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	struct meter_energy e = { .window_s = (double)(to - from), .from_counter = true };

	e.covered_s = m->n_energy ? e.window_s : 0;
	for (size_t i = 0; i < m->n_energy; i++) {
		const struct meter_series *s = &m->energy[i];
		struct counter_energy c;

		counter_energy(&s->counter, from, to, 3 * (int64_t)s->samples.step_s, NAN, &c);
		e.wh += c.wh;
		e.covered_s = fmin(e.covered_s, c.covered_s);
		e.step_wh += s->counter.lsb_wh;
	}
	*ret = e;
}

static void of_power(const struct meter *m, int64_t from, int64_t to, bool bridge,
		     struct meter_energy *ret)
{
	struct meter_energy e = { .window_s = (double)(to - from), .from_power = true };

	e.covered_s = m->n_power ? e.window_s : 0;
	for (size_t i = 0; i < m->n_power; i++) {
		const struct samples *s = &m->power[i].samples;
		int64_t max_gap_s = 3 * (int64_t)s->step_s;
		struct energy p;

		/* Holes can be taken from a counter that counts the same thing. */
		if (bridge && m->n_power == 1 && m->n_energy == 1)
			energy_of_both(s->s, s->n, &m->energy[0].counter, from, to, max_gap_s, &p);
		else
			energy_of_power(s->s, s->n, from, to, max_gap_s, &p);
		e.wh += p.wh;
		e.covered_s = fmin(e.covered_s, p.covered_s);
	}
	*ret = e;
}

/* Over a span with one factor; factor not applied. */
static void plain_energy(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	struct meter_energy c, p, both;
	bool fine, frozen = false;

	of_counters(m, from, to, &c);
	of_power(m, from, to, false, &p);
	for (size_t i = 0; i < m->n_energy; i++)
		frozen = frozen || counter_frozen(&m->energy[i].counter, from, to,
						  p.wh / (double)m->n_energy);
	fine = m->n_energy && !frozen && c.step_wh <= COUNTER_STEP_SHARE * fmax(c.wh, p.wh);
	/* A coarse counter that is all there is: its step widens the bounds. */
	bool only = !m->n_power && !frozen && c.covered_s > 0;
	*ret = p;
	if (only || (fine && c.covered_s >= p.covered_s)) {
		*ret = c;
	} else if (fine && p.covered_s < p.window_s) {
		of_power(m, from, to, true, &both);
		if (both.covered_s > p.covered_s) {
			both.from_counter = true;
			both.step_wh = c.step_wh;
			*ret = both;
		}
	}
	ret->frozen = frozen;
	if (!(ret->covered_s > 0))
		ret->from_counter = ret->from_power = false;
}

void meter_energy(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret)
{
	struct meter_energy sum = { .window_s = (double)(to - from) };

	for (int64_t a = from, b; a < to; a = b) {
		struct meter_energy e;

		b = to;
		for (size_t i = 0; i < m->n_factors; i++)
			if (m->factors[i].from > a && m->factors[i].from < b)
				b = m->factors[i].from;
		plain_energy(m, a, b, &e);
		double factor = factor_at(m, a);
		sum.wh += e.wh * factor;
		sum.covered_s += e.covered_s;
		sum.step_wh += e.step_wh * fabs(factor);
		sum.from_counter = sum.from_counter || e.from_counter;
		sum.from_power = sum.from_power || e.from_power;
		sum.frozen = sum.frozen || e.frozen;
	}
	*ret = sum;
}

const char *meter_source_text(bool from_counter, bool from_power)
{
	if (from_counter)
		return from_power ? "both" : "counter";
	return from_power ? "power integral" : "-";
}

char *meter_events_text(const struct meter *m, int64_t from, int64_t to, bool frozen)
{
	char *text = NULL, when[48];
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	if (frozen)
		fputs(counter_kind_name(COUNTER_FROZEN), f);
	for (size_t i = 0; i < m->n_energy; i++) {
		const struct counter *c = &m->energy[i].counter;

		for (size_t k = 0; k < c->n_events; k++) {
			if (c->events[k].ts < from || c->events[k].ts > to)
				continue;
			fprintf(f, "%s%s %s", ftell(f) > 0 ? ", " : "",
				counter_kind_name(c->events[k].kind),
				zone_format(c->events[k].ts, when, sizeof(when)));
		}
	}
	if (fclose(f) != 0)
		abort();
	return text;
}
