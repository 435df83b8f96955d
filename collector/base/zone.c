/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Civil time by the C library's reading of tzdata. mktime() is not used: it
 * answers something for local times that do not exist or exist twice. Here a
 * local time is tried with the offsets in force before and after it; those that
 * come back unchanged are real.
 */
#include "base/zone.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400
/* Offsets lie within -12 h .. +14 h, so a local time's instant lies within a
 * day of the same digits read as UTC, and any change of offset that matters too. */
#define AROUND_S (26 * 3600)
#define YEAR_MAX 9999

static bool zone_file_exists(const char *name)
{
	char path[512], magic[4];
	const char *dir = getenv("TZDIR");

	if (!dir || !*dir)
		dir = "/usr/share/zoneinfo";
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return false;
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	size_t n = fread(magic, 1, sizeof(magic), f);
	fclose(f);
	return n == sizeof(magic) && memcmp(magic, "TZif", 4) == 0; /* RFC 8536, 3.1 */
}

/* IANA names only: no paths, no POSIX rules, no leap-second ("right/") files. */
static bool zone_name_ok(const char *name)
{
	if (!*name || *name == '/' || strstr(name, "..") || strncmp(name, "right/", 6) == 0)
		return false;
	for (const char *p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("_+-/", *p))
			return false;
	}
	return true;
}

int zone_use(const char *name, struct err *err)
{
	if (!zone_name_ok(name) || (strcmp(name, "UTC") != 0 && !zone_file_exists(name)))
		return err_set(err,
			       "time zone '%s' is not known; write an IANA name such as "
			       "Europe/Berlin (and see that the package tzdata is installed)",
			       name);
	/* setenv() is not safe beside getenv() in other threads: only for a change. */
	const char *now = getenv("TZ");
	if ((!now || strcmp(now, name) != 0) && setenv("TZ", name, 1) < 0)
		return err_set(err, "time zone '%s' cannot be set: out of memory", name);
	tzset();
	return 0;
}

const char *zone_name(void)
{
	const char *name = getenv("TZ");

	return name && *name ? name : "UTC";
}

static bool local(int64_t ts, struct tm *ret)
{
	time_t t = (time_t)ts;

	return localtime_r(&t, ret) != NULL;
}

int64_t zone_offset(int64_t ts)
{
	struct tm tm;

	return local(ts, &tm) ? tm.tm_gmtoff : 0;
}

/* The instants whose local time has these digits (given as if they were UTC), in order. */
static size_t instants_of(int64_t digits, int64_t ret[2])
{
	int64_t offsets[2] = { zone_offset(digits - AROUND_S), zone_offset(digits + AROUND_S) };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		int64_t ts = digits - offsets[i];
		if (zone_offset(ts) == offsets[i] && (n == 0 || ret[0] != ts))
			ret[n++] = ts;
	}
	if (n == 2 && ret[0] > ret[1]) {
		int64_t later = ret[0];
		ret[0] = ret[1];
		ret[1] = later;
	}
	return n;
}

/* Days and seconds since 1970 of a proleptic Gregorian date; fields carry over. */
static int64_t digits_of(int year, int month, int day)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };

	return (int64_t)timegm(&tm);
}

int64_t zone_day_start(int year, int month, int day)
{
	int64_t digits = digits_of(year, month, day), found[2];

	if (instants_of(digits, found) > 0)
		return found[0];
	/* No midnight: the first instant whose local time is not before it. */
	int64_t low = digits - AROUND_S, high = digits + AROUND_S;
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;
		if (middle + zone_offset(middle) >= digits)
			high = middle;
		else
			low = middle;
	}
	return high;
}

void zone_date(int64_t ts, int *ret_year, int *ret_month, int *ret_day)
{
	struct tm tm;

	if (!local(ts, &tm))
		local(ts < 0 ? 0 : INT32_MAX, &tm);
	*ret_year = tm.tm_year + 1900;
	*ret_month = tm.tm_mon + 1;
	*ret_day = tm.tm_mday;
}

/* tm_isdst is no guide: Europe/Dublin counts its winter time as the odd one. */
int64_t zone_standard_offset(int64_t ts)
{
	int year, month, day;

	zone_date(ts, &year, &month, &day);
	int64_t january = zone_offset(zone_day_start(year, 1, 1));
	int64_t july = zone_offset(zone_day_start(year, 7, 1));

	return january < july ? january : july;
}

const char *zone_format(int64_t ts, char *buf, size_t size)
{
	struct tm tm;

	if (!local(ts, &tm) || strftime(buf, size, "%Y-%m-%d %H:%M:%S %Z", &tm) == 0)
		snprintf(buf, size, "(no date)");
	return buf;
}

const char *zone_format_date(int64_t ts, char *buf, size_t size)
{
	struct tm tm;

	if (!local(ts, &tm) || strftime(buf, size, "%Y-%m-%d", &tm) == 0)
		snprintf(buf, size, "(no date)");
	return buf;
}

const char *zone_format_iso(int64_t ts, char *buf, size_t size)
{
	struct tm tm;
	char date[48];

	if (!local(ts, &tm) || strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
		snprintf(buf, size, "(no date)");
		return buf;
	}
	long minutes = labs(tm.tm_gmtoff) / 60;
	snprintf(buf, size, "%s%c%02ld:%02ld", date, tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60,
		 minutes % 60);
	return buf;
}

/* Exactly n digits at *p; moves on. */
static bool read_digits(const char **p, int n, int *ret)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)(*p)[i]))
			return false;
		v = v * 10 + ((*p)[i] - '0');
	}
	*p += n;
	*ret = v;
	return true;
}

static bool read_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* The offset behind a time: "Z", "+01:00", "+0100" or nothing. */
static bool read_offset(const char **p, bool *ret_given, int64_t *ret_s)
{
	int hours, minutes;

	*ret_given = true;
	*ret_s = 0;
	if (read_char(p, 'Z'))
		return true;
	if (**p != '+' && **p != '-') {
		*ret_given = false;
		return true;
	}
	int sign = *(*p)++ == '-' ? -1 : 1;
	if (!read_digits(p, 2, &hours))
		return false;
	read_char(p, ':');
	if (!read_digits(p, 2, &minutes) || hours > 15 || minutes > 59)
		return false;
	*ret_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

int zone_parse(const char *text, int64_t *ret_ts, struct err *err)
{
	const char *p = text;
	int year, month, day, hour, minute, second = 0;
	int64_t offset_s, found[2];
	bool given;

	if (!read_digits(&p, 4, &year) || !read_char(&p, '-') || !read_digits(&p, 2, &month) ||
	    !read_char(&p, '-') || !read_digits(&p, 2, &day))
		return err_set(err,
			       "'%s' is not a date; write 2026-11-23 or 2026-11-23T14:05+01:00",
			       text);
	if (year < 1970 || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month))
		return err_set(err, "'%s': there is no such day", text);
	if (!*p) {
		*ret_ts = zone_day_start(year, month, day);
		return 0;
	}
	if (!(read_char(&p, 'T') || read_char(&p, ' ')) || !read_digits(&p, 2, &hour) ||
	    !read_char(&p, ':') || !read_digits(&p, 2, &minute) ||
	    (read_char(&p, ':') && !read_digits(&p, 2, &second)) ||
	    !read_offset(&p, &given, &offset_s) || *p)
		return err_set(err, "'%s' is not a time; write 2026-11-23T14:05+01:00", text);
	if (hour > 23 || minute > 59 || second > 59)
		return err_set(err, "'%s': there is no such time of day", text);

	int64_t digits = digits_of(year, month, day) + hour * 3600 + minute * 60 + second;
	if (given) {
		*ret_ts = digits - offset_s;
		return 0;
	}
	switch (instants_of(digits, found)) {
	case 0:
		return err_set(err,
			       "'%s' does not exist in %s: the clocks were put forward over it",
			       text, zone_name());
	case 1: *ret_ts = found[0]; return 0;
	}
	char first[40], later[40];
	return err_set(err, "'%s' happens twice in %s: write %s or %s", text, zone_name(),
		       zone_format_iso(found[0], first, sizeof(first)),
		       zone_format_iso(found[1], later, sizeof(later)));
}
