/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one meter: raw or by hours, less what was told to be bad; the counter rule over its
 * registers, and whether one of them stood still. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/meters_impl.h"
#include "store/query.h"

#define RAW_LIMIT_S (2 * INT64_C(86400)) /* what is longer is read by hours */
/* Serial numbers are asked for once an hour: so long before may an exchange have been. */
#define SWAP_REACH_S 3900
/* What the log tells of an exchange is the same as a serial number found within a day. */
#define SAME_SWAP_S 86400
/* Devices refresh their registers more rarely than they are read: up to some minutes. */
#define STILL_S 600
/* A register that moved by fewer steps over the span is too coarse for it. */
#define FINE_STEPS 100

struct meter_reader {
	struct db *db;
	int64_t from, to;
	bool lazy;
	struct rollup *hours; /* NULL: raw */
};

/* ---- samples, hours ---- */

bool meter_bad_over(const struct meter *m, int64_t from, int64_t to)
{
	for (size_t i = 0; i < m->n_bad; i++)
		if (m->bad[i].from < to && m->bad[i].to > from)
			return true;
	return false;
}

static void drop_bad(const struct meter *m, struct samples *s)
{
	size_t n = 0;

	if (!m->n_bad)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (!meter_bad_over(m, s->s[i].ts, s->s[i].ts + 1))
			s->s[n++] = s->s[i];
	s->n = n;
}

void meter_series_drop(struct meter_series *s)
{
	samples_done(&s->samples);
	buckets_done(&s->hours);
	free(s->raw_hours);
	s->raw_hours = NULL;
	s->n_raw_hours = s->cap_raw_hours = 0;
	s->hourly = false;
	counter_done(&s->counter);
}

static int read_series(struct meter_reader *r, const struct meter *m, struct meter_series *s,
		       bool energy, struct err *err)
{
	meter_series_drop(s);
	if (r->hours)
		return meter_hourly_read(r->db, r->hours, m, s, energy, r->from, r->to, err);
	if (series_read(r->db, s->id, r->from, r->to, true, &s->samples, err) < 0)
		return -1;
	s->step_s = s->samples.step_s;
	return 0;
}

static double highest_of(const struct meter *m, const struct meter_series *s)
{
	double highest = NAN;

	for (size_t i = 0; i < s->samples.n; i++)
		highest = fmax(highest, s->samples.s[i].value *
						meter_factor_at(m, s->samples.s[i].ts, false));
	for (size_t i = 0; i < s->hours.n; i++)
		highest = fmax(highest,
			       s->hours.b[i].max * meter_factor_at(m, s->hours.b[i].from, false));
	return highest;
}

static int read_power(struct meter_reader *r, struct meter *m, struct err *err)
{
	m->highest_w = m->n_power ? 0 : NAN;
	for (size_t i = 0; i < m->n_power; i++) {
		struct meter_series *s = &m->power[i];

		if (read_series(r, m, s, false, err) < 0)
			return err_prefix(err, "meter %s", m->name);
		drop_bad(m, &s->samples);
		m->highest_w += highest_of(m, s);
	}
	m->power_read = true;
	return 0;
}

/* ---- registers ---- */

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
		meter_series_power(&m->power[i], from, to, &p);
		return p.wh;
	}
	for (size_t k = 0; k < m->n_power; k++) {
		meter_series_power(&m->power[k], from, to, &p);
		wh += p.wh;
	}
	return wh / (double)m->n_energy;
}

static void find_frozen(struct meter *m, size_t i)
{
	struct counter *c = &m->energy[i].counter;
	struct counter_stretch s;

	for (size_t at = 0; counter_still(c, &at, &s);)
		if (s.to - s.from >= STILL_S && s.low < s.high &&
		    counter_frozen(c, s.from, s.to, power_beside(m, i, s.low, s.high)))
			counter_freeze(c, s.from, s.to);
}

static struct counter_reading *readings_of(const struct meter_series *s, size_t *ret_n)
{
	struct counter_reading *r;

	if (s->hourly)
		return meter_hourly_readings(s, ret_n);
	r = xcalloc(s->samples.n + 1, sizeof(*r));
	for (size_t k = 0; k < s->samples.n; k++)
		r[k] = (struct counter_reading){ s->samples.s[k].ts, s->samples.s[k].value,
						 s->samples.s[k].lsb, 0 };
	*ret_n = s->samples.n;
	return r;
}

static void apply_rule(struct meter *m, size_t i, int64_t to)
{
	/* Without a rating: half more than was ever seen; and a rating that is too low is none. */
	double rated = isnan(m->rated_w) ? 1.5 * m->highest_w : fmax(m->rated_w, m->highest_w);
	struct counter_rule rule = { .rated_w = rated / fabs(meter_factor_at(m, to, true)) };
	struct counter_break *breaks;
	struct counter_reading *r;
	size_t n;

	if (!(rule.rated_w > 0) || isinf(rule.rated_w))
		rule.rated_w = NAN;
	r = readings_of(&m->energy[i], &n);
	guess_moduli(r, n, &rule);
	breaks = all_breaks(m, r, n, &rule, &rule.n_breaks);
	rule.breaks = breaks;
	counter_done(&m->energy[i].counter);
	counter_read_slack(r, n, &rule, &m->energy[i].counter);
	free(breaks);
	free(r);
	find_frozen(m, i);
}

/* Did the rule meet something that power has a say in: a jump, a register that stands still? */
static bool is_odd(const struct counter *c)
{
	struct counter_stretch s;
	size_t at = 0;

	return c->n_events || counter_still(c, &at, &s);
}

/* Does a register leave something for power to tell? */
static bool is_open(const struct meter_series *s, int64_t from, int64_t to)
{
	struct counter_energy e;

	counter_energy(&s->counter, from, to, meter_series_divisible(s), NAN, &e);
	return is_odd(&s->counter) || e.covered_s < e.window_s - 0.01 * (double)HOUR_S ||
	       e.wh < FINE_STEPS * s->counter.lsb_wh;
}

static bool needs_power(const struct meter *m, int64_t from, int64_t to)
{
	for (size_t i = 0; i < m->n_energy; i++)
		if (is_open(&m->energy[i], from, to))
			return true;
	return !m->n_energy;
}

/* ---- a meter ---- */

int meter_reader_read(struct meter_reader *r, struct meter *m, struct err *err)
{
	/* Without a rating the rule rests on the power that was read. */
	bool at_once = !r->lazy || !r->hours || isnan(m->rated_w) || !m->n_energy;

	meter_drop(m);
	m->highest_w = NAN;
	if (at_once && read_power(r, m, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n_energy; i++) {
		if (read_series(r, m, &m->energy[i], true, err) < 0)
			return err_prefix(err, "meter %s", m->name);
		apply_rule(m, i, r->to);
	}
	if (m->power_read || !m->n_power || !needs_power(m, r->from, r->to))
		return 0;
	if (read_power(r, m, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n_energy; i++)
		if (is_odd(&m->energy[i].counter))
			apply_rule(m, i, r->to);
	return 0;
}

void meter_drop(struct meter *m)
{
	for (size_t i = 0; i < m->n_power; i++)
		meter_series_drop(&m->power[i]);
	for (size_t i = 0; i < m->n_energy; i++)
		meter_series_drop(&m->energy[i]);
	m->power_read = false;
}

/* ---- the reader ---- */

/* Are raw samples of the span past their retention where hourly data is not? */
static int raw_is_gone(struct db *db, int64_t from, int64_t to, struct err *err)
{
	struct query *q = query_new(db, "report_raw_gone", err);
	int r = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	r = query_step(q, err);
	query_free(q);
	return r;
}

struct meter_reader *meter_reader_new(struct db *db, int64_t from, int64_t to, struct err *err)
{
	struct meter_reader *r = xcalloc(1, sizeof(*r));
	int hourly = to - from > RAW_LIMIT_S ? 1 : raw_is_gone(db, from, to, err);

	*r = (struct meter_reader){ .db = db, .from = from, .to = to };
	/* An hour before and after: what passes between two hours belongs to a counter too. */
	if (hourly > 0)
		r->hours = rollup_open(db, TIER_1H, from - HOUR_S, to + HOUR_S, err);
	return hourly < 0 || (hourly && !r->hours) ? meter_reader_free(r) : r;
}

struct meter_reader *meter_reader_free(struct meter_reader *r)
{
	if (!r)
		return NULL;
	rollup_close(r->hours);
	free(r);
	return NULL;
}

void meter_reader_lazy(struct meter_reader *r)
{
	r->lazy = true;
}

bool meter_reader_hourly(const struct meter_reader *r)
{
	return r->hours != NULL;
}

int meter_read(struct db *db, struct meter *m, int64_t from, int64_t to, struct err *err)
{
	struct meter_reader *r = meter_reader_new(db, from, to, err);
	int status = r ? meter_reader_read(r, m, err) : -1;

	meter_reader_free(r);
	return status;
}
