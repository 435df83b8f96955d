/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The highest that a current may have been, from civil days: a row each instead of 24 values. Only
 * where these tell as much as the hours would: every hour that the site has is stored of it, which
 * its day's count of samples shows when there are more than all of these hours but one can hold.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/sumread_impl.h"

struct sumday {
	int64_t from, to;
	size_t hours; /* of which the site has anything */
};

struct sumdays {
	struct rollup *rollup; /* NULL: days do not tell */
	struct buckets buckets;
	struct sumday *day;
	size_t n, cap;
};

/* The days of the period one after the other, each of whole hours; false: there are others. */
static bool list_days(const struct sumread *s, struct sumdays *d, const struct rollup *days)
{
	int64_t at = s->from, from, to;

	for (size_t i = 0; rollup_day(days, i, &from, &to); i++) {
		if (from > at || to <= at || from % SUM_HOUR_S || to % SUM_HOUR_S)
			return false;
		xgrow(&d->day, &d->cap, d->n + 1, sizeof(*d->day));
		d->day[d->n++] = (struct sumday){ .from = from, .to = to };
		at = to;
	}
	return d->n && at >= s->to;
}

/* Those of a day that the period cuts too. */
static int count_hours(struct sumread *s, struct sumdays *d, struct err *err)
{
	struct rollup *hours =
		rollup_open(s->db, TIER_1H, d->day[0].from, d->day[d->n - 1].to, err);

	for (size_t i = 0; hours && i < d->n; i++) {
		rollup_within(hours, d->day[i].from, d->day[i].to);
		d->day[i].hours = rollup_n_hours(hours);
	}
	if (!hours)
		return -1;
	rollup_close(hours);
	return 0;
}

static int open_days(struct sumread *s, struct err *err)
{
	struct sumdays *d = s->days = xcalloc(1, sizeof(*s->days));

	d->rollup = rollup_open(s->db, TIER_1D, s->from, s->to, err);
	if (!d->rollup)
		return -1;
	if (list_days(s, d, d->rollup))
		return count_hours(s, d, err);
	d->rollup = rollup_close(d->rollup);
	return 0;
}

void sumread_days_free(struct sumread *s)
{
	if (!s->days)
		return;
	rollup_close(s->days->rollup);
	buckets_done(&s->days->buckets);
	free(s->days->day);
	free(s->days);
}

/* b NULL: nothing is stored of that day. */
static bool is_whole(const struct sumread *s, const struct sumday *day, const struct bucket *b,
		     uint32_t each)
{
	size_t hours = (size_t)((day->to - day->from) / SUM_HOUR_S);

	if (!day->hours)
		return true;
	if (!b)
		return false;
	/* what lacks a sample may be made anew */
	return b->n > (s->late ? hours : day->hours) * (size_t)each - (s->late ? 1 : each);
}

int sumread_highest(struct sumread *s, const struct sum *sum, double *ret, struct err *err)
{
	const struct sumdays *d;
	double highest = -INFINITY;
	size_t at = 0;

	*ret = NAN;
	if (!s->days && open_days(s, err) < 0)
		return -1;
	d = s->days;
	if (!d->rollup || !sum->stored[SUM_VALUE])
		return 0;
	if (rollup_series(d->rollup, sum->stored[SUM_VALUE], &s->days->buckets, err) < 0)
		return -1;
	for (size_t i = 0; i < d->n; i++) {
		const struct sumday *day = &d->day[i];
		uint32_t each = rollup_each_hour(d->rollup, day->from, day->to);
		const struct bucket *b = NULL;

		if (at < d->buckets.n && d->buckets.b[at].from == day->from)
			b = &d->buckets.b[at++];
		if (!each || !is_whole(s, day, b, each))
			return 0;
		if (b && isnan(b->max))
			return 0;
		if (b)
			highest = fmax(highest, b->max);
	}
	*ret = highest;
	return 0;
}
