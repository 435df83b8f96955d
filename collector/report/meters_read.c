/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one meter: its samples less what was told to be bad, the counter rule over its
 * registers, and whether one of them stood still. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/meters_impl.h"

/* Serial numbers are asked for once an hour: so long before may an exchange have been. */
#define SWAP_REACH_S 3900
/* What the log tells of an exchange is the same as a serial number found within a day. */
#define SAME_SWAP_S 86400

/* ---- power
 * --------------------------------------------------------------------------------------- */

static void drop_bad(const struct meter *m, struct samples *s)
{
	size_t n = 0;

	if (!m->n_bad)
		return;
	for (size_t i = 0; i < s->n; i++) {
		bool bad = false;

		for (size_t k = 0; k < m->n_bad && !bad; k++)
			bad = s->s[i].ts >= m->bad[k].from && s->s[i].ts < m->bad[k].to;
		if (!bad)
			s->s[n++] = s->s[i];
	}
	s->n = n;
}

static double highest_of(const struct meter *m, const struct samples *s)
{
	double highest = NAN;

	for (size_t i = 0; i < s->n; i++)
		highest = fmax(highest, s->s[i].value * meter_factor_at(m, s->s[i].ts, false));
	return highest;
}

static int read_power(struct db *db, struct meter *m, int64_t from, int64_t to, struct err *err)
{
	double highest = NAN;

	for (size_t i = 0; i < m->n_power; i++) {
		struct samples *s = &m->power[i].samples;

		samples_done(s);
		if (series_read(db, m->power[i].id, from, to, true, s, err) < 0)
			return err_prefix(err, "meter %s", m->name);
		drop_bad(m, s);
		double of_series = highest_of(m, s);
		highest = i ? highest + of_series : of_series;
	}
	m->highest_w = highest;
	return 0;
}

/* ---- registers
 * ------------------------------------------------------------------------------------ */

/* Where the register may wrap: 32 bits, or the decimal digits that its values need. */
static void guess_moduli(const struct counter_reading *r, size_t n, struct counter_rule *rule)
{
	double lsb = 0, highest = 0;
	int digits = 5;

	for (size_t i = 0; i < n; i++) {
		lsb = fmax(lsb, r[i].lsb);
		highest = fmax(highest, r[i].value);
	}
	if (!(lsb > 0))
		return;
	rule->moduli_wh[rule->n_moduli++] = 4294967296.0 * lsb;
	while (digits < 18 && pow(10, digits) * lsb <= highest)
		digits++;
	rule->moduli_wh[rule->n_moduli++] = pow(10, digits) * lsb;
}

static int by_from(const void *a, const void *b)
{
	int64_t x = ((const struct counter_break *)a)->from,
		y = ((const struct counter_break *)b)->from;

	return (x > y) - (x < y);
}

static bool told(const struct meter *m, int64_t ts)
{
	for (size_t i = 0; i < m->n_breaks; i++) {
		const struct counter_break *b = &m->breaks[i];

		if (b->replaced && b->to >= ts - SAME_SWAP_S && b->from <= ts + SAME_SWAP_S)
			return true;
	}
	return false;
}

/* What was told, and where the register jumped when another serial number was found. */
static struct counter_break *all_breaks(const struct meter *m, const struct counter_reading *r,
					size_t n, const struct counter_rule *rule, size_t *ret_n)
{
	struct counter_break *list = xcalloc(m->n_breaks + m->n_swaps + 1, sizeof(*list));
	size_t count = m->n_breaks;

	if (count)
		memcpy(list, m->breaks, count * sizeof(*list));
	for (size_t i = 0; i < m->n_swaps; i++)
		if (!told(m, m->swaps[i]) &&
		    counter_find_break(r, n, rule, m->swaps[i], SWAP_REACH_S, &list[count]))
			count++;
	if (count > 1)
		qsort(list, count, sizeof(*list), by_from);
	*ret_n = count;
	return list;
}

/* The power that goes with a register: its own, or the even share of the sum. */
static double power_beside(const struct meter *m, size_t i, int64_t from, int64_t to)
{
	double wh = 0;
	struct energy p;

	if (m->n_power == m->n_energy) {
		series_power(&m->power[i], from, to, &p);
		return p.wh;
	}
	for (size_t k = 0; k < m->n_power; k++) {
		series_power(&m->power[k], from, to, &p);
		wh += p.wh;
	}
	return wh / (double)m->n_energy;
}

static void find_frozen(struct meter *m, size_t i)
{
	struct counter *c = &m->energy[i].counter;
	int64_t from, to;

	for (size_t at = 0; counter_still(c, &at, &from, &to);)
		if (counter_frozen(c, from, to, power_beside(m, i, from, to)))
			counter_freeze(c, from, to);
}

static void apply_rule(struct meter *m, size_t i, const struct counter_reading *r, size_t n,
		       int64_t to)
{
	/* Without a rating: half more than was ever seen; and a rating that is too low is none. */
	double rated = isnan(m->rated_w) ? 1.5 * m->highest_w : fmax(m->rated_w, m->highest_w);
	struct counter_rule rule = { .rated_w = rated / fabs(meter_factor_at(m, to, true)) };
	struct counter_break *breaks;

	if (!(rule.rated_w > 0) || isinf(rule.rated_w))
		rule.rated_w = NAN;
	guess_moduli(r, n, &rule);
	breaks = all_breaks(m, r, n, &rule, &rule.n_breaks);
	rule.breaks = breaks;
	counter_done(&m->energy[i].counter);
	counter_read_slack(r, n, &rule, &m->energy[i].counter);
	free(breaks);
	find_frozen(m, i);
}

static int read_energy(struct db *db, struct meter *m, int64_t from, int64_t to, struct err *err)
{
	for (size_t i = 0; i < m->n_energy; i++) {
		struct samples *s = &m->energy[i].samples;

		samples_done(s);
		if (series_read(db, m->energy[i].id, from, to, true, s, err) < 0)
			return err_prefix(err, "meter %s", m->name);

		struct counter_reading *r = xcalloc(s->n + 1, sizeof(*r));
		for (size_t k = 0; k < s->n; k++)
			r[k] = (struct counter_reading){ s->s[k].ts, s->s[k].value, s->s[k].lsb,
							 0 };
		apply_rule(m, i, r, s->n, to);
		free(r);
	}
	return 0;
}

int meter_read(struct db *db, struct meter *m, int64_t from, int64_t to, struct err *err)
{
	if (read_power(db, m, from, to, err) < 0)
		return -1;
	return read_energy(db, m, from, to, err);
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
