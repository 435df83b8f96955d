/* SPDX-License-Identifier: Apache-2.0 */
/* Civil periods: by the name that a user typed, and as the parts of a longer one; see period.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/period.h"

struct date {
	int y, m, d;
};

/* Civil dates, the end exclusive; months and days may lie outside their range and carry over. */
struct span {
	struct date from, to;
};

/* 0 Monday .. 6 Sunday, of a proleptic Gregorian date; the method is Tomohiko Sakamoto's. */
static int weekday(int y, int m, int d)
{
	static const int shift[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };

	if (m < 3)
		y--;
	return (y + y / 4 - y / 100 + y / 400 + shift[m - 1] + d + 6) % 7;
}

/* Monday of ISO week 1: that of the week with 4 January in it (ISO 8601-1, 5.5.4.1). */
static struct date first_week(int y)
{
	return (struct date){ y, 1, 4 - weekday(y, 1, 4) };
}

static int weeks_in(int y)
{
	/* 53 when the year begins on a Thursday or ends on one */
	return weekday(y, 1, 1) == 3 || weekday(y, 12, 31) == 3 ? 53 : 52;
}

static struct span days(struct date from, int n)
{
	return (struct span){ from, { from.y, from.m, from.d + n } };
}

static struct span months(int y, int m, int n)
{
	return (struct span){ { y, m, 1 }, { y, m + n, 1 } };
}

static bool spoken(const char *name, struct date today, struct span *ret)
{
	int week_day = weekday(today.y, today.m, today.d), quarter = (today.m - 1) / 3;
	const struct {
		const char *name;
		struct span span;
	} names[] = {
		{ "today", days(today, 1) },
		{ "yesterday", days((struct date){ today.y, today.m, today.d - 1 }, 1) },
		{ "this-week", days((struct date){ today.y, today.m, today.d - week_day }, 7) },
		{ "last-week", days((struct date){ today.y, today.m, today.d - week_day - 7 }, 7) },
		{ "this-month", months(today.y, today.m, 1) },
		{ "last-month", months(today.y, today.m - 1, 1) },
		{ "this-quarter", months(today.y, 3 * quarter + 1, 3) },
		{ "last-quarter", months(today.y, 3 * quarter - 2, 3) },
		{ "this-year", months(today.y, 1, 12) },
		{ "last-year", months(today.y - 1, 1, 12) },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i].name, name)) {
			*ret = names[i].span;
			return true;
		}
	}
	return false;
}

/* "trailing-12-months": 0, 1 it is one, -1 it begins like one. */
static int trailing(const char *name, struct date today, struct span *ret)
{
	static const char prefix[] = "trailing-";
	char *end;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	name += sizeof(prefix) - 1;
	if (!isdigit((unsigned char)*name))
		return -1;
	long n = strtol(name, &end, 10);

	if (n < 1 || n > 4000)
		return -1;
	if (!strcmp(end, "-days") || (n == 1 && !strcmp(end, "-day")))
		*ret = days((struct date){ today.y, today.m, today.d - (int)n }, (int)n);
	else if (n <= 600 && (!strcmp(end, "-months") || (n == 1 && !strcmp(end, "-month"))))
		*ret = months(today.y, today.m - (int)n, (int)n);
	else
		return -1;
	return 1;
}

/* As many digits as the pattern has #, read into numbers from left to right, one per run; the other
 * characters are themselves. */
static bool matches(const char *text, const char *pattern, int *numbers)
{
	for (; *pattern; text++, pattern++) {
		if (*pattern != '#') {
			numbers += *pattern == '-';
			if (*text != *pattern)
				return false;
			continue;
		}
		if (!isdigit((unsigned char)*text))
			return false;
		*numbers = *numbers * 10 + *text - '0';
	}
	return !*text;
}

/* 1: the name of a calendar period; 0: none of their forms; -1: there is no such one. */
static int calendar(const char *name, struct span *ret, struct err *err)
{
	int n[3] = { 0 };
	int64_t ignored;

	if (matches(name, "####-##-##", n)) {
		if (zone_parse(name, &ignored, err) < 0)
			return -1;
		*ret = days((struct date){ n[0], n[1], n[2] }, 1);
		return 1;
	}
	memset(n, 0, sizeof(n));
	if (matches(name, "####-##", n)) {
		*ret = months(n[0], n[1], 1);
		return n[1] >= 1 && n[1] <= 12 ? 1 : err_set(err, "there is no month %s", name);
	}
	memset(n, 0, sizeof(n));
	if (matches(name, "####-Q#", n)) {
		*ret = months(n[0], 3 * n[1] - 2, 3);
		return n[1] >= 1 && n[1] <= 4 ? 1 : err_set(err, "there is no quarter %s", name);
	}
	memset(n, 0, sizeof(n));
	if (matches(name, "####-W##", n)) {
		struct date d = first_week(n[0]);

		if (n[1] < 1 || n[1] > weeks_in(n[0]))
			return err_set(err, "there is no week %s: %d has %d", name, n[0],
				       weeks_in(n[0]));
		d.d += 7 * (n[1] - 1);
		*ret = days(d, 7);
		return 1;
	}
	memset(n, 0, sizeof(n));
	if (matches(name, "####", n)) {
		*ret = months(n[0], 1, 12);
		return 1;
	}
	return 0;
}

static int unknown(const char *name, struct err *err)
{
	static const char *const words[] = {
		"today",      "yesterday",  "this-week",        "last-week",
		"this-month", "last-month", "this-quarter",     "last-quarter",
		"this-year",  "last-year",  "trailing-30-days", "trailing-12-months",
	};
	const char *near = text_nearest(name, words, sizeof(words) / sizeof(*words));

	if (near)
		return err_set(err, "--period %s is not known: did you mean %s?", name, near);
	return err_set(err,
		       "--period %s is not known: use today, last-week, last-month, 2026, 2026-11, "
		       "2026-Q3, 2026-W47, 2026-11-23, trailing-30-days or --from and --to",
		       name);
}

int period_named(const char *name, int64_t now, struct period *ret, struct err *err)
{
	struct period p = { 0 };
	struct date today;
	struct span s = { 0 };
	int r;

	if (!strcmp(name, "all")) {
		*ret = (struct period){ .from = 0, .to = now, .text = "all" };
		return 0;
	}
	zone_date(now, &today.y, &today.m, &today.d);
	if (!spoken(name, today, &s)) {
		r = trailing(name, today, &s);
		if (r == 0)
			r = calendar(name, &s, err);
		else if (r < 0)
			return err_set(err,
				       "--period %s: write trailing-30-days (up to 4000) or "
				       "trailing-12-months (up to 600)",
				       name);
		if (r < 0)
			return err_prefix(err, "--period");
		if (r == 0)
			return unknown(name, err);
	}
	p.from = zone_day_start(s.from.y, s.from.m, s.from.d);
	p.to = zone_day_start(s.to.y, s.to.m, s.to.d);
	snprintf(p.text, sizeof(p.text), "%.80s", name);
	/* Its first second: nothing of it has passed. */
	if (p.from == now)
		return err_set(err, "%s has only just begun: ask for the one before", name);
	if (p.from < 0)
		return err_set(err, "--period %s reaches back before 1970", name);
	return period_finish(&p, now, ret, err);
}

/* One part from the civil date on; the next begins at next. */
static void add(struct period_list *list, int64_t from, int64_t next, int64_t begin, int64_t end)
{
	xgrow(&list->p, &list->cap, list->n + 1, sizeof(*list->p));
	struct period_part *p = &list->p[list->n++];

	*p = (struct period_part){ .from = begin > from ? begin : from,
				   .to = end < next ? end : next,
				   .whole = begin <= from && end >= next };
}

void period_days(int64_t from, int64_t to, struct period_list *ret)
{
	struct date d;

	*ret = (struct period_list){ 0 };
	zone_date(from, &d.y, &d.m, &d.d);
	for (int64_t day = zone_day_start(d.y, d.m, d.d), next; day < to; day = next) {
		next = zone_day_start(d.y, d.m, ++d.d);
		/* a zone that crossed the date line has no 2011-12-30 */
		if (next <= day || next <= from) {
			next = day;
			continue;
		}
		add(ret, day, next, from, to);
		zone_format_date(day, ret->p[ret->n - 1].label, sizeof(ret->p->label));
	}
}

void period_months(int64_t from, int64_t to, struct period_list *ret)
{
	struct date d;

	*ret = (struct period_list){ 0 };
	zone_date(from, &d.y, &d.m, &d.d);
	for (int64_t month = zone_day_start(d.y, d.m, 1), next; month < to; month = next) {
		next = zone_day_start(d.y, ++d.m, 1);
		add(ret, month, next, from, to);
		zone_format_date(month, ret->p[ret->n - 1].label, sizeof(ret->p->label));
		ret->p[ret->n - 1].label[7] = '\0'; /* "2026-11" of "2026-11-01" */
	}
}

void period_list_done(struct period_list *list)
{
	free(list->p);
	*list = (struct period_list){ 0 };
}
