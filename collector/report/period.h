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
};

/* The last N seconds ("15m", "90", "1d") before now. */
int period_last(const char *text, int64_t now, struct period *ret, struct err *err);
/* "today" (up to now) or "yesterday". */
int period_named(const char *name, int64_t now, struct period *ret, struct err *err);
/* From a time to a time as zone_parse reads them; to NULL: until now. */
int period_between(const char *from, const char *to, int64_t now, struct period *ret,
		   struct err *err);

/* "30 s", "15 min", "24 h", "7 days": the largest unit that divides it, else about. */
const char *period_length(int64_t seconds, char *buf, size_t size);
/* Does it span twelve civil months? */
bool period_is_year(int64_t from, int64_t to);
/* The interval over which two sides are paired: a quarter of the period, at most an
 * hour, at least a second. */
int64_t period_pair_interval(int64_t from, int64_t to);
