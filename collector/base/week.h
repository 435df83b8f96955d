/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time that comes back every week: days, and a span of each of them, by the site's clock as
 * it hangs on the wall or by its standard time, which knows no summer time. What tariffs are
 * made of. A span that ends before it starts holds from midnight and until midnight of the same
 * days: mon-fri 22:00 to 06:00 is the early and the late part of Monday to Friday.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WEEK_MINUTES (7 * 24 * 60)

struct week {
	unsigned days;      /* bit 0: Monday, to bit 6 */
	int start_s, end_s; /* seconds of the day; 0 and 86400: all of it */
	bool standard;
};

/* days: "mon-fri", "sat+sun", "mon+wed-fri", "all"; start, end: "06:00"; clock: "local",
 * "standard". Empty texts: every day, all day, local. -1: what is wrong and what to write. */
int week_parse(const char *days, const char *start, const char *end, const char *clock,
	       struct week *ret, struct err *err);
/* Does the instant belong to it? */
bool week_has(const struct week *week, int64_t ts);
/* The first instant after ts at which that may change: a start, an end, midnight, or the clocks
 * are put forward or back. */
int64_t week_next(const struct week *week, int64_t ts);
/* Does the minute of a week without any change of clocks (0: Monday 00:00) belong to it? */
bool week_has_minute(const struct week *week, int minute);
/* "Mon 06:00" into buf; returns buf. */
const char *week_minute_text(int minute, char *buf, size_t size);
