/* SPDX-License-Identifier: Apache-2.0 */
/* The site's days; see civil.h. */
#include "store/civil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "store/late.h"
#include "store/sql.h"

#define DAY_S  86400
#define WEEK_S (7 * DAY_S)

/* ---- the calendar ----------------------------------------------------------- */

/* Years begin in March here, so that the leap day is the last of its year; an era is 400 of them,
 * 146,097 days. 1970-01-01 is day 719,468 from 0000-03-01. */
int64_t civil_number(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void civil_split(int64_t number, int *ret_year, int *ret_month, int *ret_day)
{
	int64_t z = number + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153; /* 0: March */

	*ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
	*ret_month = (int)(month < 10 ? month + 3 : month - 9);
	*ret_year = (int)(year + era * 400 + (month >= 10));
}

static int64_t number_at(int64_t ts)
{
	int y, m, d;

	zone_date(ts, &y, &m, &d);
	return civil_number(y, m, d);
}

static int year_at(int64_t ts)
{
	int y, m, d;

	zone_date(ts, &y, &m, &d);
	return y;
}

static int64_t start_of(int64_t number)
{
	int y, m, d;

	civil_split(number, &y, &m, &d);
	return zone_day_start(y, m, d);
}

/* ---- what there is ----------------------------------------------------------- */

static int look_zones(struct db *db, struct civil *c, struct err *err)
{
	struct query *q = query_kept(db, "store_civil_zones", err);
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, err)) > 0) {
		const char *name = query_text(q, 1);
		if (c->n_zones && !strcmp(c->zones[c->n_zones - 1].name, name))
			continue;
		xgrow(&c->zones, &c->cap_zones, c->n_zones + 1, sizeof(*c->zones));
		c->zones[c->n_zones++] = (struct civil_zone){ query_int(q, 0), xstrdup(name) };
	}
	if (!c->n_zones) {
		xgrow(&c->zones, &c->cap_zones, 1, sizeof(*c->zones));
		c->zones[c->n_zones++] = (struct civil_zone){ 0, xstrdup("UTC") };
	}
	/* Whatever was before it. */
	c->zones[0].from = INT64_MIN;
	return rc;
}

static int look_days(struct db *db, struct civil *c, struct err *err)
{
	struct query *q = query_kept(db, "store_civil_days", err);
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, err)) > 0) {
		xgrow(&c->had, &c->cap_had, c->n_had + 1, sizeof(*c->had));
		c->had[c->n_had++] = (struct civil_date){ .day = query_int(q, 0),
							  .from = query_int(q, 1),
							  .to = query_int(q, 2) };
	}
	return rc;
}

static int look_extent(struct db *db, struct civil *c, struct err *err)
{
	struct query *q = query_kept(db, "store_civil_first", err);

	if (!q || query_step(q, err) < 0)
		return -1;
	c->first_ts = query_is_null(q, 0) ? INT64_MAX : query_int(q, 0);
	query_reset(q);
	q = query_kept(db, "store_civil_lost", err);
	return q && query_first(q, &c->lost_ts, err) > 0 ? 0 : -1;
}

int civil_look(struct db *db, struct civil *ret, struct err *err)
{
	struct civil c = { 0 };

	if (look_zones(db, &c, err) || look_days(db, &c, err) || look_extent(db, &c, err)) {
		civil_done(&c);
		return -1;
	}
	*ret = c;
	return 0;
}

/* ---- what there should be ------------------------------------------------------ */

static const struct civil_date *had(const struct civil *c, int64_t day)
{
	size_t low = 0, high = c->n_had;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (c->had[middle].day == day)
			return &c->had[middle];
		if (c->had[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Its first day where a zone comes into force. */
static int zone_begin(const struct civil_zone *z, int64_t *ret_day, struct err *err)
{
	if (zone_use(z->name, err))
		return -1;
	*ret_day = z->from == INT64_MIN ? INT64_MIN : number_at(z->from);
	return 0;
}

static void put_day(struct civil *c, int64_t day)
{
	const struct civil_date *was = had(c, day);
	struct civil_date d = { .day = day, .to = start_of(day + 1) };

	xgrow(&c->days, &c->cap_days, c->n_days + 1, sizeof(*c->days));
	d.from = c->n_days ? c->days[c->n_days - 1].to : start_of(day);
	if (d.to < d.from)
		d.to = d.from; /* the zone before had got further */
	d.known = was && was->from == d.from && was->to == d.to;
	if (was && was->from < c->lost_ts) {
		d = *was;
		d.known = true;
	}
	c->days[c->n_days++] = d;
}

static bool all_had(const struct civil *c, int64_t first, int64_t end)
{
	for (int64_t day = first; day < end; day++)
		if (!had(c, day))
			return false;
	return true;
}

static void keep_days(struct civil *c, int64_t first, int64_t end)
{
	for (int64_t day = first; day < end; day++) {
		xgrow(&c->days, &c->cap_days, c->n_days + 1, sizeof(*c->days));
		c->days[c->n_days] = *had(c, day);
		c->days[c->n_days++].known = true;
	}
}

/* Days [first, end) that lie before the newest zone. */
static int compute_former(struct civil *c, int64_t first, int64_t end, struct err *err)
{
	int64_t day = first, next;

	if (all_had(c, first, end)) {
		keep_days(c, first, end);
		return 0;
	}
	for (size_t i = 0; i + 1 < c->n_zones; i++) {
		if (zone_begin(&c->zones[i + 1], &next, err) || zone_use(c->zones[i].name, err))
			return -1;
		for (; day < next && day < end; day++)
			put_day(c, day);
	}
	return 0;
}

int civil_compute(struct civil *c, int64_t now_s, struct err *err)
{
	const struct civil_zone *newest = &c->zones[c->n_zones - 1];
	int64_t from_ts = c->first_ts < now_s ? c->first_ts : now_s, begin;
	struct err ignored;

	c->n_days = 0;
	if (zone_begin(newest, &begin, err))
		return -1;
	/* Also the week that the first sample is in, whole. */
	int64_t first = civil_number(year_at(from_ts - WEEK_S), 1, 1);
	int64_t end = civil_number(year_at(now_s) + 2, 1, 1);
	if (c->n_had && c->had[0].day < first)
		first = c->had[0].day;
	if (c->n_had && c->had[c->n_had - 1].day >= end)
		end = c->had[c->n_had - 1].day + 1;
	begin = begin < first ? first : begin > end ? end : begin;
	if (compute_former(c, first, begin, err)) {
		zone_use(newest->name, &ignored);
		return -1;
	}
	if (zone_use(newest->name, err))
		return -1;
	for (int64_t day = begin; day < end; day++)
		put_day(c, day);
	return 0;
}

/* ---- storing -------------------------------------------------------------------- */

bool civil_changed(const struct civil *c)
{
	for (size_t i = 0; i < c->n_days; i++)
		if (!c->days[i].known)
			return true;
	return false;
}

int civil_store(struct db *db, const struct civil *c, struct err *err)
{
	struct query *q = query_kept(db, "store_civil_put", err);

	if (!q)
		return -1;
	for (size_t i = 0; i < c->n_days; i++) {
		const struct civil_date *d = &c->days[i];
		char date[32];
		int year, month, day;
		if (d->known)
			continue;
		civil_split(d->day, &year, &month, &day);
		snprintf(date, sizeof(date), "%04d-%02d-%02d", year, month, day);
		query_bind_int(q, ":day", d->day);
		query_bind_text(q, ":date", date);
		query_bind_int(q, ":from_ts", d->from);
		query_bind_int(q, ":to_ts", d->to);
		if (query_run(q, err))
			return -1;
	}
	return 0;
}

int civil_fill(struct db *db, int64_t now_s, struct err *err)
{
	struct civil c;

	if (civil_look(db, &c, err))
		return -1;
	int rc = civil_compute(&c, now_s, err);
	if (!rc && civil_changed(&c)) {
		rc = late_begin(db, err);
		if (!rc)
			rc = civil_store(db, &c, err) || db_commit(db, err) ? -1 : 0;
		if (rc)
			db_rollback(db);
	}
	civil_done(&c);
	return rc;
}

void civil_done(struct civil *c)
{
	for (size_t i = 0; i < c->n_zones; i++)
		free(c->zones[i].name);
	free(c->zones);
	free(c->had);
	free(c->days);
	*c = (struct civil){ 0 };
}
