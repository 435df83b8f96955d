/* SPDX-License-Identifier: Apache-2.0 */
/* See sensor.h. */
#include "report/sensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/progress.h"
#include "report/rack.h"
#include "store/query.h"
#include "store/rollup.h"

#define HOUR         3600
#define SHORT_S      (INT64_C(36) * HOUR) /* up to here sample by sample */
#define STALE_STEPS  3
#define STALE_S      600
#define FROZEN_S     (12 * HOUR)
#define FROZEN_LSB_K 0.25 /* a sensor of whole degrees may well show one for days */
#define AIR_LOW_C    -20.0
#define AIR_HIGH_C   70.0
#define WATER_HIGH_C 95.0

static const char *const places[] = { "inlet",   "outlet",    "supply",    "return",
				      "ambient", "liquid_in", "liquid_out" };

const char *sensor_place_name(enum sensor_place place)
{
	return places[place];
}

const char *sensor_state_name(enum sensor_state state)
{
	static const char *const names[] = { "ok", "silent", "stale", "frozen", "implausible" };

	return names[state];
}

static void sensor_done(struct sensor *s)
{
	free(s->device);
	free(s->part);
	free(s->position);
	free(s->rack);
	free(s->hall);
	free(s->row);
	free(s->pos);
	free(s->tenant);
}

void sensors_done(struct sensors *all)
{
	for (size_t i = 0; i < all->n; i++)
		sensor_done(&all->s[i]);
	free(all->s);
	*all = (struct sensors){ 0 };
}

/* "inlet top" is an inlet. */
static int place_of(const char *position)
{
	size_t n = strcspn(position, " ");

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strlen(places[i]) == n && !strncmp(position, places[i], n))
			return (int)i;
	return -1;
}

static int load_rows(struct db *db, const struct sensor_filter *f, struct sensors *all,
		     struct err *err)
{
	const struct rack_filter where = { f->from, f->to, f->rack, f->hall, f->row, f->tenant };
	struct query *q = query_new(db, "report_sensors", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", f->to - 1);
	while ((r = query_step(q, err)) > 0) {
		const char *rack = query_text(q, 6), *status = query_text(q, 11);
		double factor = query_real(q, 4), offset = query_real(q, 5);
		int place = place_of(query_text(q, 2));

		if (place < 0 || (*rack && strcmp(status, "live") != 0) ||
		    !rack_wanted(&where, rack, query_text(q, 7), query_text(q, 8),
				 query_text(q, 12)))
			continue;
		xgrow(&all->s, &all->cap, all->n + 1, sizeof(*all->s));
		all->s[all->n++] = (struct sensor){
			.series = query_int(q, 3),
			.device = xstrdup(query_text(q, 0)),
			.part = xstrdup(query_text(q, 1)),
			.position = xstrdup(query_text(q, 2)),
			.rack = xstrdup(rack),
			.hall = xstrdup(query_text(q, 7)),
			.row = xstrdup(query_text(q, 8)),
			.pos = xstrdup(query_text(q, 9)),
			.tenant = xstrdup(query_text(q, 12)),
			.place = (enum sensor_place)place,
			.limits = thermal_class(query_text(q, 10)),
			.factor = isnan(factor) ? 1 : factor,
			.offset = isnan(offset) ? 0 : offset,
			.now_c = NAN,
			.mean_c = NAN,
			.min_c = NAN,
			.max_c = NAN,
			.rise_quarter_k = NAN,
			.rise_hour_k = NAN,
		};
	}
	query_free(q);
	return r;
}

/* ---- reading ---------------------------------------------------------------- */

struct reader {
	struct db *db;
	const struct sensor_filter *f;
	struct sensor *s;
	double sum_c, known_s; /* of the mean */
	double lsb_k;
	int64_t step_s, last;
	double last_c;
	struct err *err;
};

static double corrected(const struct sensor *s, double c)
{
	return c * s->factor + s->offset;
}

/* Samples in the sensor's own correction. */
static int read_raw(struct reader *r, int64_t from, int64_t to, struct samples *ret)
{
	if (series_read(r->db, r->s->series, from, to - 1, false, ret, r->err) < 0)
		return err_prefix(r->err, "sensor %s/%s", r->s->device, r->s->part);
	for (size_t i = 0; i < ret->n; i++)
		ret->s[i].value = corrected(r->s, ret->s[i].value);
	return 0;
}

static void take_extremes(struct reader *r, double low_c, double high_c, int64_t at)
{
	struct sensor *s = r->s;

	if (!(low_c >= s->min_c))
		s->min_c = low_c;
	if (!(high_c <= s->max_c)) {
		s->max_c = high_c;
		s->max_at = at;
	}
}

static void take_rises(struct sensor *s, const struct samples *raw)
{
	s->rise_quarter_k = fmax(s->rise_quarter_k, thermal_rise_k(raw->s, raw->n, 900, NULL));
	s->rise_hour_k = fmax(s->rise_hour_k, thermal_rise_k(raw->s, raw->n, HOUR, NULL));
}

static void take_last(struct reader *r, const struct samples *raw)
{
	if (!raw->n)
		return;
	r->last = raw->s[raw->n - 1].ts;
	r->last_c = raw->s[raw->n - 1].value;
	if (raw->step_s > 0)
		r->step_s = raw->step_s;
}

/* All of the samples of from..to; ret_n (may be NULL): how many there are. */
static int take_raw(struct reader *r, int64_t from, int64_t to, bool all, size_t *ret_n)
{
	struct samples raw = { 0 };
	struct thermal_time time = { 0 };
	static const struct thermal_class none = { "", -INFINITY, -INFINITY, INFINITY, INFINITY };

	if (read_raw(r, from, to, &raw) < 0)
		return -1;
	thermal_time_add(&time, raw.s, raw.n, to, raw.step_s, &none);
	if (r->s->limits)
		thermal_time_add(&r->s->time, raw.s, raw.n, to, raw.step_s, r->s->limits);
	for (size_t i = 0; i < raw.n && all; i++) {
		take_extremes(r, raw.s[i].value, raw.s[i].value, raw.s[i].ts);
		r->sum_c += raw.s[i].value * time.known_s / (double)raw.n;
		r->lsb_k = fmax(r->lsb_k, raw.s[i].lsb * fabs(r->s->factor));
	}
	if (all) {
		r->known_s += time.known_s;
		take_rises(r->s, &raw);
	}
	take_last(r, &raw);
	if (ret_n)
		*ret_n = raw.n;
	samples_done(&raw);
	return 0;
}

/* Rises within the hours i - 1 and i, when they can be worth telling and steeper than what was
 * found. */
static int hour_rises(struct reader *r, const struct buckets *hours, size_t i)
{
	const struct bucket *b = &hours->b[i];
	double low = corrected(r->s, b->min), high = corrected(r->s, b->max);
	int64_t from = b->from;
	struct samples raw = { 0 };

	if (i && b[-1].to == b->from) {
		from = b[-1].from;
		low = fmin(low, corrected(r->s, b[-1].min));
	}
	if (high - low < SENSOR_RISE_WORTH_K ||
	    high - low <= fmin(fmax(0, r->s->rise_quarter_k), fmax(0, r->s->rise_hour_k)))
		return 0;
	if (read_raw(r, from, b->to, &raw) < 0)
		return -1;
	take_rises(r->s, &raw);
	samples_done(&raw);
	return 0;
}

static int take_hour(struct reader *r, const struct bucket *b)
{
	double low = corrected(r->s, fmin(b->min, b->max)),
	       high = corrected(r->s, fmax(b->min, b->max)), mean = corrected(r->s, b->value);
	double share = b->full ? fmin(1, (double)b->n / b->full) : 1, seconds = HOUR * share;
	size_t n = 0;

	take_extremes(r, low, high, b->from);
	r->sum_c += mean * seconds;
	r->known_s += seconds;
	r->lsb_k = fmax(r->lsb_k, b->lsb * fabs(r->s->factor));
	if (!r->s->limits || thermal_time_range(&r->s->time, low, high, seconds, r->s->limits))
		return 0;
	if (take_raw(r, b->from, b->to, false, &n) < 0)
		return -1;
	if (!n) {
		(void)thermal_time_range(&r->s->time, mean, mean, seconds, r->s->limits);
		r->s->estimated = true;
	}
	return 0;
}

/* Hours that lie whole within the period by their rollup, the cut ones at its ends by samples. */
static int take_hours(struct reader *r)
{
	int64_t from = (r->f->from + HOUR - 1) / HOUR * HOUR, to = r->f->to / HOUR * HOUR;
	struct buckets hours = { 0 };
	int rc = rollup_read(r->db, r->s->series, TIER_1H, from, to, &hours, r->err);

	if (rc < 0)
		return err_prefix(r->err, "sensor %s/%s", r->s->device, r->s->part);
	if (r->f->from < from)
		rc = take_raw(r, r->f->from, from, true, NULL);
	for (size_t i = 0; i < hours.n && rc == 0; i++)
		rc = take_hour(r, &hours.b[i]);
	for (size_t i = 0; i < hours.n && rc == 0; i++)
		rc = hour_rises(r, &hours, i);
	buckets_done(&hours);
	/* The last hours also tell what the temperature is now. */
	if (rc == 0 && to < r->f->to)
		rc = take_raw(r, to, r->f->to, true, NULL);
	if (rc == 0 && !r->last) {
		struct samples raw = { 0 };

		rc = read_raw(r, to - HOUR, to, &raw);
		take_last(r, &raw);
		samples_done(&raw);
	}
	return rc;
}

static enum sensor_state judge(const struct reader *r)
{
	const struct sensor *s = r->s;
	bool water = s->place == SENSOR_LIQUID_IN || s->place == SENSOR_LIQUID_OUT;
	int64_t patience = STALE_STEPS * r->step_s > STALE_S ? STALE_STEPS * r->step_s : STALE_S;

	if (isnan(s->max_c))
		return SENSOR_SILENT;
	if (s->max_c > (water ? WATER_HIGH_C : AIR_HIGH_C) || s->min_c < AIR_LOW_C)
		return SENSOR_IMPLAUSIBLE;
	if (r->f->to >= r->f->now && r->last < r->f->to - patience)
		return SENSOR_STALE;
	if (r->known_s >= FROZEN_S && r->lsb_k <= FROZEN_LSB_K &&
	    s->max_c - s->min_c < r->lsb_k / 2)
		return SENSOR_FROZEN;
	return SENSOR_OK;
}

static int read_one(struct db *db, const struct sensor_filter *f, struct sensor *s, struct err *err)
{
	struct reader r = { .db = db, .f = f, .s = s, .last_c = NAN, .err = err };
	int rc = f->to - f->from <= SHORT_S ? take_raw(&r, f->from, f->to, true, NULL)
					    : take_hours(&r);

	if (rc < 0)
		return -1;
	s->mean_c = r.known_s > 0 ? r.sum_c / r.known_s : NAN;
	s->coverage_pct = fmin(100, 100 * r.known_s / (double)(f->to - f->from));
	s->now_c = r.last_c;
	s->now_at = r.last;
	s->state = judge(&r);
	return 0;
}

int sensors_load(struct db *db, const struct sensor_filter *filter, struct sensors *ret,
		 struct err *err)
{
	struct sensors all = { 0 };
	int rc = load_rows(db, filter, &all, err);

	for (size_t i = 0; i < all.n && rc == 0; i++) {
		progress_tell(i, all.n);
		rc = read_one(db, filter, &all.s[i], err);
	}
	if (rc < 0) {
		sensors_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}
