/* SPDX-License-Identifier: Apache-2.0 */
/* See week.h. */
#include "base/week.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"

#define DAY_S    86400
#define ALL_DAYS 0x7fU

static const char *const names[7] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static int day_of(const char *word, size_t n)
{
	for (int i = 0; i < 7; i++)
		if (n == 3 && !strncmp(names[i], word, 3))
			return i;
	return -1;
}

/* "wed-fri", "fri-mon" or "sat" of n characters; 0: not understood. */
static unsigned days_of(const char *word, size_t n)
{
	const char *dash = memchr(word, '-', n);
	size_t first_n = dash ? (size_t)(dash - word) : n;
	int first = day_of(word, first_n);
	int last = dash ? day_of(dash + 1, n - first_n - 1) : first;
	unsigned days = 0;

	if (first < 0 || last < 0)
		return 0;
	for (int i = first;; i = (i + 1) % 7) {
		days |= 1U << i;
		if (i == last)
			return days;
	}
}

static int parse_days(const char *text, unsigned *ret, struct err *err)
{
	unsigned days = 0;

	if (!*text || !strcmp(text, "all")) {
		*ret = ALL_DAYS;
		return 0;
	}
	for (const char *p = text;; p++) {
		size_t n = strcspn(p, "+");
		unsigned some = days_of(p, n);

		if (!some)
			return err_set(err,
				       "'%s' are no days: write all, mon-fri, sat+sun or "
				       "mon+wed-fri",
				       text);
		days |= some;
		p += n;
		if (!*p)
			break;
	}
	*ret = days;
	return 0;
}

static int parse_clock(const char *text, int empty, int *ret, struct err *err)
{
	int64_t hour, minute;
	char h[3] = "", m[3] = "";

	if (!*text) {
		*ret = empty;
		return 0;
	}
	if (strlen(text) == 5 && text[2] == ':') {
		snprintf(h, sizeof(h), "%.2s", text);
		snprintf(m, sizeof(m), "%.2s", text + 3);
		if (text_to_i64(h, &hour) == 0 && text_to_i64(m, &minute) == 0 && hour >= 0 &&
		    minute >= 0 && minute < 60 && hour * 60 + minute <= 24 * 60) {
			*ret = (int)(hour * 3600 + minute * 60);
			return 0;
		}
	}
	return err_set(err, "'%s' is not a time of day: write 06:00", text);
}

int week_parse(const char *days, const char *start, const char *end, const char *clock,
	       struct week *ret, struct err *err)
{
	struct week w = { 0 };

	if (parse_days(days, &w.days, err) < 0 || parse_clock(start, 0, &w.start_s, err) < 0 ||
	    parse_clock(end, DAY_S, &w.end_s, err) < 0)
		return -1;
	if (w.start_s == w.end_s)
		return err_set(err,
			       "start and end are both %s, which is no time at all: leave "
			       "both empty for the whole day",
			       start);
	if (w.start_s == DAY_S)
		w.start_s = 0; /* 24:00 to 06:00 */
	w.standard = !strcmp(clock, "standard");
	if (*clock && !w.standard && strcmp(clock, "local") != 0)
		return err_set(err, "'%s' is no clock: write local or standard", clock);
	*ret = w;
	return 0;
}

static int64_t offset_of(const struct week *week, int64_t ts)
{
	return week->standard ? zone_standard_offset(ts) : zone_offset(ts);
}

static bool in_span(const struct week *week, int day, int64_t second)
{
	if (!(week->days & 1U << day))
		return false;
	if (week->start_s < week->end_s)
		return second >= week->start_s && second < week->end_s;
	return second >= week->start_s || second < week->end_s;
}

/* Weekday (0: Monday) and second of the day of digits, that is, of local time as if it were UTC.
 * 1970-01-01 was a Thursday. */
static int day_and_second(int64_t digits, int64_t *ret_second)
{
	int64_t day = digits / DAY_S - (digits % DAY_S < 0);

	*ret_second = digits - day * DAY_S;
	return (int)(((day + 3) % 7 + 7) % 7);
}

bool week_has(const struct week *week, int64_t ts)
{
	int64_t second;
	int day = day_and_second(ts + offset_of(week, ts), &second);

	return in_span(week, day, second);
}

/* When the offset changes between from and to, which is once at most. */
static int64_t change_between(const struct week *week, int64_t from, int64_t to)
{
	int64_t offset = offset_of(week, from);

	while (to - from > 1) {
		int64_t middle = from + (to - from) / 2;

		if (offset_of(week, middle) == offset)
			from = middle;
		else
			to = middle;
	}
	return to;
}

int64_t week_next(const struct week *week, int64_t ts)
{
	const int64_t marks[] = { week->start_s, week->end_s, DAY_S };
	int64_t offset = offset_of(week, ts), second, wait = DAY_S;

	day_and_second(ts + offset, &second);
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (marks[i] > second && marks[i] - second < wait)
			wait = marks[i] - second;
	if (offset_of(week, ts + wait) == offset)
		return ts + wait;
	return change_between(week, ts, ts + wait);
}

bool week_has_minute(const struct week *week, int minute)
{
	return in_span(week, minute / (24 * 60), minute % (24 * 60) * 60);
}

const char *week_minute_text(int minute, char *buf, size_t size)
{
	snprintf(buf, size, "%c%s %02d:%02d", names[minute / 1440][0] - 'a' + 'A',
		 names[minute / 1440] + 1, minute % 1440 / 60, minute % 60);
	return buf;
}
