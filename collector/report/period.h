/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The span of time a report is about. Civil days are those of the site's zone
 * (zone_use), so a day has 23, 24 or 25 hours; everything else is UTC seconds.
 * Pure: "now" is an argument.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct period {
	int64_t from, to; /* UTC seconds, from <= t < to */
	char text[96];    /* how the user asked for it: "last 15m", "today" */
	bool unfinished;  /* its end has not come yet: cut off at now */
};

/* Cuts a period off at now; one that is empty, or not yet begun, is an error. */
int period_finish(struct period *p, int64_t now, struct period *ret, struct err *err);
/* The last N seconds ("15m", "90", "1d") before now. */
int period_last(const char *text, int64_t now, struct period *ret, struct err *err);
/*
 * A civil period by its name:
 *   today yesterday; this-week last-week (from Monday); this-month last-month; this-quarter
 *   last-quarter; this-year last-year;
 *   2026, 2026-Q3, 2026-11, 2026-W47 (ISO 8601: week 1 has the year's first Thursday), 2026-11-23;
 *   trailing-12-months, trailing-30-days: so many whole months or days before the one that runs.
 *   all: from 1970 on.
 * What has not passed yet is left out: "this-month" ends now.
 */
int period_named(const char *name, int64_t now, struct period *ret, struct err *err);
/* From a time to a time as zone_parse reads them; to NULL: until now. */
int period_between(const char *from, const char *to, int64_t now, struct period *ret,
		   struct err *err);

/* The civil days, months that a range touches, each cut to the range. */
struct period_part {
	int64_t from, to; /* UTC seconds */
	bool whole;       /* not cut */
	char label[16];   /* "2026-11-23", "2026-11" */
};

struct period_list {
	struct period_part *p;
	size_t n, cap;
};

void period_days(int64_t from, int64_t to, struct period_list *ret);
void period_months(int64_t from, int64_t to, struct period_list *ret);
void period_list_done(struct period_list *list);

/* "30 s", "15 min", "24 h", "7 days": the largest unit that divides it, else about. */
const char *period_length(int64_t seconds, char *buf, size_t size);
/* Does it span twelve civil months? */
bool period_is_year(int64_t from, int64_t to);
/* The interval over which two sides are paired: a quarter of the period, at most an
 * hour, at least a second. */
int64_t period_pair_interval(int64_t from, int64_t to);
