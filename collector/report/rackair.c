/* SPDX-License-Identifier: Apache-2.0 */
/* See rackair.h. */
#include "report/rackair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/sumread.h"

const char *rackair_state_name(enum rackair_state state)
{
	static const char *const names[] = { "ok", "unknown", "fast", "cold", "warm", "HOT" };

	return names[state];
}

void rackairs_done(struct rackairs *all)
{
	sensors_done(&all->sensors);
	free(all->r);
	free(all->h);
	*all = (struct rackairs){ 0 };
}

/* A mean that is built up; a mean of nothing is NAN. */
struct mean {
	double sum;
	size_t n;
};

static void mean_add(struct mean *m, double value)
{
	if (isnan(value))
		return;
	m->sum += value;
	m->n++;
}

static double mean_of(const struct mean *m)
{
	return m->n ? m->sum / (double)m->n : NAN;
}

/* ---- racks -------------------------------------------------------------------- */

static void add_inlet(struct rackair *r, const struct sensor *s)
{
	if (!r->hottest || s->max_c > r->max_c) {
		r->hottest = s;
		r->max_c = s->max_c;
	}
	r->now_c = fmax(r->now_c, s->now_c);
	r->min_c = fmin(r->min_c, s->min_c);
	r->rise_quarter_k = fmax(r->rise_quarter_k, s->rise_quarter_k);
	r->rise_hour_k = fmax(r->rise_hour_k, s->rise_hour_k);
	r->time.known_s = fmax(r->time.known_s, s->time.known_s);
	r->time.above_recommended_s =
		fmax(r->time.above_recommended_s, s->time.above_recommended_s);
	r->time.above_allowable_s = fmax(r->time.above_allowable_s, s->time.above_allowable_s);
	r->time.below_recommended_s =
		fmax(r->time.below_recommended_s, s->time.below_recommended_s);
	r->time.below_allowable_s = fmax(r->time.below_allowable_s, s->time.below_allowable_s);
}

static enum rackair_state state_of(const struct rackair *r)
{
	if (!r->n_inlets || !r->limits)
		return RACKAIR_UNKNOWN;
	if (r->max_c > r->limits->allowable_high_c)
		return RACKAIR_HOT;
	if (r->max_c > r->limits->recommended_high_c)
		return RACKAIR_WARM;
	if (r->rise_quarter_k > THERMAL_RISE_QUARTER_K || r->rise_hour_k > THERMAL_RISE_HOUR_K)
		return RACKAIR_FAST;
	if (r->min_c < r->limits->recommended_low_c)
		return RACKAIR_COLD;
	return RACKAIR_OK;
}

/* One rack of the sensors s[0..n), which are all of it. */
static void put_rack(struct rackairs *all, const struct sensor *s, size_t n)
{
	struct mean in = { 0 }, out = { 0 }, liquid_in = { 0 }, liquid_out = { 0 },
		    coverage = { 0 };

	xgrow(&all->r, &all->cap, all->n + 1, sizeof(*all->r));
	struct rackair *r = &all->r[all->n++];
	*r = (struct rackair){ .name = s->rack,
			       .hall = s->hall,
			       .row = s->row,
			       .pos = s->pos,
			       .limits = s->limits,
			       .now_c = NAN,
			       .max_c = NAN,
			       .min_c = NAN,
			       .rise_quarter_k = NAN,
			       .rise_hour_k = NAN,
			       .power_w = NAN };
	for (size_t i = 0; i < n; i++) {
		bool good = s[i].state == SENSOR_OK;

		if (s[i].place == SENSOR_INLET)
			mean_add(&coverage, good ? s[i].coverage_pct : 0);
		r->n_bad += !good;
		if (!good)
			continue;
		if (s[i].place == SENSOR_INLET) {
			add_inlet(r, &s[i]);
			mean_add(&in, s[i].mean_c);
			r->n_inlets++;
		}
		if (s[i].place == SENSOR_OUTLET)
			mean_add(&out, s[i].mean_c);
		if (s[i].place == SENSOR_LIQUID_IN)
			mean_add(&liquid_in, s[i].mean_c);
		if (s[i].place == SENSOR_LIQUID_OUT)
			mean_add(&liquid_out, s[i].mean_c);
	}
	r->mean_c = mean_of(&in);
	r->outlet_c = mean_of(&out);
	r->dt_k = r->outlet_c - r->mean_c;
	r->liquid_in_c = mean_of(&liquid_in);
	r->liquid_out_c = mean_of(&liquid_out);
	r->coverage_pct = mean_of(&coverage);
	r->state = state_of(r);
}

struct powers { /* opened for the first rack that wants its own */
	struct db *db;
	const struct sensor_filter *f;
	struct topology t;
	struct sumread *sums;
	struct buckets hours;
};

static int open_powers(struct powers *p, struct err *err)
{
	if (p->sums)
		return 0;
	if (topology_load(p->db, p->f->to - 1, &p->t, err) < 0)
		return -1;
	p->sums = sumread_open(p->db, &p->t, p->f->from, p->f->to, err);
	return p->sums ? 0 : -1;
}

static void close_powers(struct powers *p)
{
	sumread_close(p->sums);
	topology_done(&p->t);
	buckets_done(&p->hours);
}

/* Mean power over the period, where a rise of temperature wants to be weighted by it. Whole hours:
 * a weight need not be cut to the second. */
static int read_power(struct powers *p, struct rackair *r, struct err *err)
{
	double sum = 0, weight = 0;
	struct sum power;
	int rc;

	if (open_powers(p, err) < 0)
		return -1;
	sumread_rack(p->sums, r->name, &power);
	rc = sumread_means(p->sums, &power, true, &p->hours, err);
	sum_done(&power);
	for (size_t i = 0; rc == 0 && i < p->hours.n; i++) {
		const struct bucket *b = &p->hours.b[i];
		double share = (double)b->n / b->full;

		sum += b->value * share;
		weight += share;
	}
	r->power_w = weight > 0 ? sum / weight : NAN;
	return rc;
}

static int put_racks(struct db *db, const struct sensor_filter *f, struct rackairs *all,
		     struct err *err)
{
	struct powers powers = { .db = db, .f = f };
	const struct sensor *s = all->sensors.s;
	int rc = 0;

	for (size_t i = 0, n; i < all->sensors.n && rc == 0; i += n) {
		for (n = 1; i + n < all->sensors.n && !strcmp(s[i].rack, s[i + n].rack); n++)
			;
		if (!*s[i].rack)
			continue;
		put_rack(all, &s[i], n);
		if (!isnan(all->r[all->n - 1].dt_k))
			rc = read_power(&powers, &all->r[all->n - 1], err);
	}
	close_powers(&powers);
	return rc;
}

/* ---- halls -------------------------------------------------------------------- */

static bool in_hall(const char *hall, const char *name)
{
	return !hall || !strcmp(hall, name);
}

/* The index over inlets of different classes: each class's own, weighted by its inlets. */
static void hall_rci(const struct rackairs *all, struct hallair *h)
{
	static const char *const classes[] = { "A1", "A2", "A3", "A4", "H1" };
	double *c = xcalloc(all->sensors.n ? all->sensors.n : 1, sizeof(*c)), high = 0, low = 0;

	for (size_t k = 0; k < sizeof(classes) / sizeof(*classes); k++) {
		const struct thermal_class *limits = thermal_class(classes[k]);
		struct thermal_rci rci;
		size_t n = 0;

		for (size_t i = 0; i < all->sensors.n; i++) {
			const struct sensor *s = &all->sensors.s[i];

			if (s->place == SENSOR_INLET && s->state == SENSOR_OK &&
			    s->limits == limits && in_hall(h->name, s->hall))
				c[n++] = s->mean_c;
		}
		if (!n)
			continue;
		thermal_rci(c, n, limits, &rci);
		high += rci.high_pct * (double)n;
		low += rci.low_pct * (double)n;
		h->intakes += n;
	}
	h->rci_high_pct = h->intakes ? high / (double)h->intakes : NAN;
	h->rci_low_pct = h->intakes ? low / (double)h->intakes : NAN;
	free(c);
}

static double hall_mean(const struct rackairs *all, const struct hallair *h,
			enum sensor_place place)
{
	struct mean m = { 0 };

	for (size_t i = 0; i < all->sensors.n; i++) {
		const struct sensor *s = &all->sensors.s[i];

		if (s->place == place && s->state == SENSOR_OK && in_hall(h->name, s->hall))
			mean_add(&m, s->mean_c);
	}
	return mean_of(&m);
}

static void hall_racks(const struct rackairs *all, struct hallair *h)
{
	double *power = xcalloc(all->n ? all->n : 1, sizeof(*power));
	double *dt = xcalloc(all->n ? all->n : 1, sizeof(*dt));
	struct mean in = { 0 }, out = { 0 };

	for (size_t i = 0; i < all->n; i++) {
		const struct rackair *r = &all->r[i];

		if (!in_hall(h->name, r->hall))
			continue;
		h->hot += r->state == RACKAIR_HOT;
		h->warm += r->state == RACKAIR_WARM;
		h->cold += r->state == RACKAIR_COLD;
		h->fast += r->state == RACKAIR_FAST;
		h->unknown += r->state == RACKAIR_UNKNOWN;
		power[h->racks] = r->power_w;
		dt[h->racks++] = r->dt_k;
		if (!isnan(r->dt_k)) { /* the same racks on both sides */
			mean_add(&in, r->mean_c);
			mean_add(&out, r->outlet_c);
		}
	}
	h->dt_k = thermal_dt_k(power, dt, h->racks);
	h->rti_pct = thermal_rti_pct(h->supply_c, h->return_c, h->dt_k);
	h->shi = thermal_shi(mean_of(&in), mean_of(&out), h->supply_c);
	free(power);
	free(dt);
}

static void put_hall(struct rackairs *all, const char *name)
{
	for (size_t i = 0; name && i < all->n_halls; i++)
		if (!strcmp(all->h[i].name, name))
			return;
	xgrow(&all->h, &all->cap_halls, all->n_halls + 1, sizeof(*all->h));
	struct hallair *h = &all->h[all->n_halls++];
	*h = (struct hallair){ .name = name };
	h->supply_c = hall_mean(all, h, SENSOR_SUPPLY);
	h->return_c = hall_mean(all, h, SENSOR_RETURN);
	h->liquid_in_c = hall_mean(all, h, SENSOR_LIQUID_IN);
	h->liquid_out_c = hall_mean(all, h, SENSOR_LIQUID_OUT);
	hall_rci(all, h);
	hall_racks(all, h);
}

static int by_hall(const void *a, const void *b)
{
	return strcmp(((const struct hallair *)a)->name, ((const struct hallair *)b)->name);
}

int rackairs_load(struct db *db, const struct sensor_filter *filter, struct rackairs *ret,
		  struct err *err)
{
	struct rackairs all = { 0 };

	if (sensors_load(db, filter, &all.sensors, err) < 0 ||
	    put_racks(db, filter, &all, err) < 0) {
		rackairs_done(&all);
		return -1;
	}
	for (size_t i = 0; i < all.sensors.n; i++) {
		all.n_bad += all.sensors.s[i].state != SENSOR_OK;
		all.estimated = all.estimated || all.sensors.s[i].estimated;
		put_hall(&all, all.sensors.s[i].hall);
	}
	if (all.n_halls)
		qsort(all.h, all.n_halls, sizeof(*all.h), by_hall);
	put_hall(&all, NULL);
	*ret = all;
	return 0;
}
