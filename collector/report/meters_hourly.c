/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A series by hours. Of a counter an hour tells its first and its last reading, not when they were
 * taken: in a complete hour that is known but for the phase of the grid; in one with samples
 * missing they are where the neighbours and the register's own pace say. Where it does not matter
 * nothing is read raw; an hour that something cuts is, while its samples are there.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/meters_impl.h"

static int64_t hour_of(int64_t ts)
{
	return ts - (ts % HOUR_S + HOUR_S) % HOUR_S;
}

/* ---- which hours are cut ---- */

struct cuts {
	int64_t *hours;
	size_t n, cap;
	int64_t from, to;
};

static void cut(struct cuts *c, int64_t ts)
{
	if (ts < c->from || ts > c->to || ts == hour_of(ts))
		return;
	xgrow(&c->hours, &c->cap, c->n + 1, sizeof(*c->hours));
	c->hours[c->n++] = hour_of(ts);
}

static int by_hour(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void find_cuts(const struct meter *m, bool energy, int64_t from, int64_t to, struct cuts *c)
{
	size_t n = 0;

	*c = (struct cuts){ .from = from, .to = to };
	cut(c, from);
	cut(c, to);
	for (size_t i = 0; i < m->n_factors; i++)
		cut(c, m->factors[i].from);
	for (size_t i = 0; i < m->n_breaks && energy; i++) {
		cut(c, m->breaks[i].from);
		cut(c, m->breaks[i].to);
	}
	for (size_t i = 0; i < m->n_bad && !energy; i++) {
		cut(c, m->bad[i].from);
		cut(c, m->bad[i].to);
	}
	if (c->n)
		qsort(c->hours, c->n, sizeof(*c->hours), by_hour);
	for (size_t i = 0; i < c->n; i++)
		if (!n || c->hours[n - 1] != c->hours[i])
			c->hours[n++] = c->hours[i];
	c->n = n;
}

/* ---- reading ---- */

static bool has_sample(const struct samples *s, int64_t hour)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->s[i].ts >= hour && s->s[i].ts < hour + HOUR_S)
			return true;
	return false;
}

static void append(struct samples *to, const struct samples *more)
{
	for (size_t i = 0; i < more->n; i++) {
		if (to->n && more->s[i].ts <= to->s[to->n - 1].ts)
			continue;
		xgrow(&to->s, &to->cap, to->n + 1, sizeof(*to->s));
		to->s[to->n++] = more->s[i];
	}
	to->step_s = more->step_s;
}

static int read_cut(struct db *db, struct meter_series *s, int64_t hour, struct err *err)
{
	struct samples got = { 0 };

	if (series_read(db, s->id, hour, hour + HOUR_S, true, &got, err) < 0)
		return -1;
	if (has_sample(&got, hour)) {
		append(&s->samples, &got);
		xgrow(&s->raw_hours, &s->cap_raw_hours, s->n_raw_hours + 1, sizeof(*s->raw_hours));
		s->raw_hours[s->n_raw_hours++] = hour;
	}
	samples_done(&got);
	return 0;
}

static bool is_raw(const struct meter_series *s, int64_t hour)
{
	for (size_t i = 0; i < s->n_raw_hours; i++)
		if (s->raw_hours[i] == hour)
			return true;
	return false;
}

/* Less what stands raw instead and, of power, what was told to be bad. */
static void thin_out(const struct meter *m, struct meter_series *s, bool energy)
{
	size_t n = 0;

	if (!s->n_raw_hours && (energy || !m->n_bad))
		return;
	for (size_t i = 0; i < s->hours.n; i++) {
		const struct bucket *b = &s->hours.b[i];

		if (is_raw(s, b->from) || (!energy && meter_bad_over(m, b->from, b->to)))
			continue;
		s->hours.b[n++] = *b;
	}
	s->hours.n = n;
}

static int step_of(const struct meter_series *s)
{
	if (s->samples.step_s)
		return s->samples.step_s;
	return s->hours.n ? (int)(HOUR_S / s->hours.b[s->hours.n - 1].full) : 0;
}

int meter_hourly_read(struct db *db, struct rollup *hours, const struct meter *m,
		      struct meter_series *s, bool energy, int64_t from, int64_t to,
		      struct err *err)
{
	struct cuts c;
	int r = rollup_series(hours, s->id, &s->hours, err);

	if (r < 0)
		return -1;
	s->hourly = true;
	find_cuts(m, energy, from, to, &c);
	for (size_t i = 0; i < c.n && r == 0; i++)
		r = read_cut(db, s, c.hours[i], err);
	free(c.hours);
	thin_out(m, s, energy);
	s->step_s = step_of(s);
	return r;
}

/* ---- when the first and the last of an hour were read ---- */

struct edges { /* seconds missing at the beginning and the end of an hour */
	int64_t lead, trail;
};

static int64_t step_in(const struct bucket *b)
{
	return HOUR_S / b->full;
}

static int64_t missing_s(const struct bucket *b)
{
	return (int64_t)(b->full - b->n) * step_in(b);
}

/* Both hours have samples missing: at the seam, as far as the register moved more there than its
 * pace within the hours explains. */
static void divide_seam(const struct bucket *a, const struct bucket *b, struct edges *of_a,
			struct edges *of_b)
{
	double moved_s =
		(double)(a->n - 1) * (double)step_in(a) + (double)(b->n - 1) * (double)step_in(b);
	double pace = (a->last - a->first + b->last - b->first) / moved_s;
	double lost_a = (double)(missing_s(a) - of_a->lead), lost_b = (double)missing_s(b);
	double lost = lost_a + lost_b, extra;

	if (!(lost > 0) || !(moved_s > 0) || !(pace > 0) || b->first < a->last)
		return;
	extra = (b->first - a->last) / pace - (double)step_in(a);
	extra = fmin(fmax(extra, 0), lost);
	of_a->trail = (int64_t)(extra * lost_a / lost);
	of_b->lead = (int64_t)(extra * lost_b / lost);
}

static void find_edges(const struct meter_series *s, struct edges *e)
{
	const struct bucket *b = s->hours.b;

	for (size_t i = 0; i < s->hours.n; i++) {
		bool before = (i && b[i - 1].to == b[i].from) || is_raw(s, b[i].from - HOUR_S);
		bool after = (i + 1 < s->hours.n && b[i + 1].from == b[i].to) || is_raw(s, b[i].to);

		if (b[i].n >= b[i].full)
			continue;
		if (before && !after)
			e[i].trail = missing_s(&b[i]);
		else if (after && !before)
			e[i].lead = missing_s(&b[i]);
	}
	for (size_t i = 0; i + 1 < s->hours.n; i++)
		if (b[i].to == b[i + 1].from && !e[i].trail && !e[i + 1].trail)
			divide_seam(&b[i], &b[i + 1], &e[i], &e[i + 1]);
}

static int by_ts(const void *a, const void *b)
{
	int64_t x = ((const struct counter_reading *)a)->ts,
		y = ((const struct counter_reading *)b)->ts;

	return (x > y) - (x < y);
}

struct counter_reading *meter_hourly_readings(const struct meter_series *s, size_t *ret_n)
{
	struct counter_reading *r = xcalloc(2 * s->hours.n + s->samples.n + 1, sizeof(*r));
	struct edges *e = xcalloc(s->hours.n + 1, sizeof(*e));
	size_t n = 0;

	find_edges(s, e);
	for (size_t i = 0; i < s->hours.n; i++) {
		const struct bucket *b = &s->hours.b[i];
		int64_t slack = step_in(b) + missing_s(b), first = b->from + e[i].lead,
			last = b->to - step_in(b) - e[i].trail;

		if (b->n == 1 && b->full > 1 && !e[i].lead && !e[i].trail)
			first = last = (first + last) / 2;
		if (last < first)
			last = first;
		r[n++] = (struct counter_reading){ first, b->first, b->lsb, slack };
		if (last > first)
			r[n++] = (struct counter_reading){ last, b->last, b->lsb, slack };
	}
	free(e);
	if (s->samples.n) {
		for (size_t i = 0; i < s->samples.n; i++) {
			const struct sample *x = &s->samples.s[i];

			if (is_raw(s, hour_of(x->ts)))
				r[n++] = (struct counter_reading){ x->ts, x->value, x->lsb, 0 };
		}
		qsort(r, n, sizeof(*r), by_ts);
	}
	*ret_n = n;
	return r;
}
