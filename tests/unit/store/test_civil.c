/* SPDX-License-Identifier: Apache-2.0 */
/* The site's days: of every length there is, over changes of the zone, and the periods that are
 * made of them. */
#include "storetest.h"

#include <time.h>

#include "base/zone.h"
#include "store/civil.h"

#define NOW 1795435200 /* 2026-11-23 12:00 UTC */

static struct db *db;

static int setup(void **state)
{
	if (scratch_make(state))
		return -1;
	db = open_write();
	return 0;
}

static int teardown(void **state)
{
	struct err err;

	db_close(db);
	zone_use("UTC", &err);
	return scratch_remove(state);
}

static void run(const char *sql)
{
	struct err err;

	must(db_exec(db, sql, &err), &err);
}

static void fill(int64_t now)
{
	struct err err;

	must(civil_fill(db, now, &err), &err);
}

/* From the beginning of the table. */
static void site_zone(const char *name)
{
	char sql[256];

	run("INSERT OR IGNORE INTO config_load VALUES (1, 0, 'u', 'd', 'h', 1, '');"
	    "DELETE FROM setting; DELETE FROM civil_day");
	snprintf(sql, sizeof(sql),
		 "INSERT INTO setting (key, valid_from, load, value) VALUES ('zone', 0, 1, '%s')",
		 name);
	run(sql);
}

/* Without holes, each with the date that it has, and as many as whole years have. */
static void check_table(int64_t days)
{
	assert_int_equal(ask_int(db, "SELECT count(*) FROM civil_day"), days);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM civil_day AS a JOIN civil_day AS b ON "
				     "b.day = a.day + 1 WHERE b.from_ts <> a.to_ts"),
			 0);
	assert_int_equal(
		ask_int(db, "SELECT count(*) FROM civil_day WHERE date(day * 86400, "
			    "'unixepoch') <> date OR d1 <> (from_ts = to_ts) OR to_ts < from_ts"),
		0);
	assert_int_equal(ask_int(db, "SELECT max(day) - min(day) + 1 FROM civil_day"), days);
}

static void test_calendar(void **state)
{
	(void)state;
	for (int64_t day = -150000; day < 150000; day += 13) {
		time_t t = (time_t)(day * 86400);
		struct tm tm;
		int y, m, d;
		assert_non_null(gmtime_r(&t, &tm));
		civil_split(day, &y, &m, &d);
		assert_true(y == tm.tm_year + 1900 && m == tm.tm_mon + 1 && d == tm.tm_mday);
		assert_int_equal(civil_number(y, m, d), day);
	}
}

static void test_lengths(void **state)
{
	static const struct {
		const char *zone, *date;
		int64_t from, hours_60; /* sixtieths */
	} each[] = {
		{ "Europe/Berlin", "2026-11-23", 1795388400, 24 * 60 },
		{ "Europe/Berlin", "2026-03-29", 1774738800, 23 * 60 },
		{ "Europe/Berlin", "2026-10-25", 1792879200, 25 * 60 },
		{ "America/New_York", "2027-11-07", 1825560000, 25 * 60 },
		{ "Australia/Lord_Howe", "2026-04-05", 1775307600, 24 * 60 + 30 },
		{ "Australia/Lord_Howe", "2026-10-04", 1791034200, 23 * 60 + 30 },
		{ "Asia/Kathmandu", "2026-11-23", 1795371300, 24 * 60 },
		{ "UTC", "2026-11-23", 1795392000, 24 * 60 },
		/* clocks go forward at midnight: the day begins at one */
		{ "America/Havana", "2026-03-08", 1772946000, 23 * 60 },
	};
	char sql[256];

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(*each); i++) {
		site_zone(each[i].zone);
		fill(NOW);
		check_table(2 * 365);
		snprintf(sql, sizeof(sql),
			 "SELECT from_ts || ' ' || ((to_ts - from_ts) / 60) FROM civil_day WHERE "
			 "date = '%s'",
			 each[i].date);
		char want[64];
		snprintf(want, sizeof(want), "%lld %lld", (long long)each[i].from,
			 (long long)each[i].hours_60);
		assert_string_equal(ask(db, sql), want);
		assert_string_equal(getenv("TZ"), each[i].zone);
	}
	/* without a setting; and nothing is written twice */
	run("DELETE FROM setting; DELETE FROM civil_day");
	fill(NOW);
	assert_int_equal(ask_int(db, "SELECT from_ts = day * 86400 FROM civil_day"), 1);
	int64_t before = sqlite3_total_changes(db->sqlite);
	fill(NOW + 86400);
	assert_int_equal(sqlite3_total_changes(db->sqlite), before);
	fill(NOW + 60 * 86400); /* a new year: one more */
	check_table(3 * 365 + 1);
	/* no such zone */
	struct err err;
	site_zone("Europe/Nowhere");
	assert_int_equal(civil_fill(db, NOW, &err), -1);
	assert_non_null(strstr(err.text, "Europe/Nowhere"));
}

/* The island that went to the other side of the date line had no 30 December 2011. */
static void test_no_day(void **state)
{
	(void)state;
	site_zone("Pacific/Apia");
	run("INSERT INTO period VALUES (1323000000, 1, 1, 1, 1, 1, 1)");
	fill(1325000000);
	check_table(365 + 366);
	assert_int_equal(ask_int(db, "SELECT to_ts - from_ts FROM civil_day WHERE date = "
				     "'2011-12-30'"),
			 0);
	assert_int_equal(ask_int(db, "SELECT to_ts - from_ts FROM civil_day WHERE date = "
				     "'2011-12-29'"),
			 86400);
	assert_string_equal(ask(db, "SELECT (to_ts - from_ts) / 86400 FROM v_period WHERE kind = "
				    "'week' AND name = '2011-W52'"),
			    "6");
}

/* History reaches further back: so do the days. */
static void test_history(void **state)
{
	(void)state;
	site_zone("Europe/Berlin");
	fill(NOW);
	run("UPDATE civil_day SET d1 = 1 WHERE date = '2026-02-03'");
	/* 2024-01-03 is in the week that begins on the first */
	run("INSERT INTO period VALUES (1704240000, 1, 1, 1, 1, 1, 1)");
	fill(NOW);
	assert_string_equal(ask(db, "SELECT min(date) || ' ' || max(date) FROM civil_day"),
			    "2023-01-01 2027-12-31");
	assert_int_equal(ask_int(db, "SELECT sum(d1) FROM civil_day"), 1);
	assert_string_equal(ask(db, "SELECT from_ts || ' ' || to_ts FROM v_period WHERE name = "
				    "'2024-W01'"),
			    "1704063600 1704668400");
}

static void test_zone_changes(void **state)
{
	static const struct {
		const char *from, *to, *want;
	} each[] = {
		/* hours from midnight UTC of the 23rd: what the days from the 21st on are */
		{ "UTC", "Europe/Berlin", "-48+24 -24+24 0+23 23+24" },
		{ "UTC", "America/Los_Angeles", "-48+24 -24+24 0+32 32+24" },
		{ "America/Los_Angeles", "UTC", "-40+24 -16+24 8+16 24+24" },
		{ "UTC", "Pacific/Auckland", "-48+24 -24+24 0+24 24+11" },
		{ "Pacific/Auckland", "America/Los_Angeles", "-61+24 -37+24 -13+45 32+24" },
	};
	char sql[512];

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(*each); i++) {
		site_zone(each[i].from);
		fill(NOW);
		run("UPDATE civil_day SET d1 = 1 WHERE to_ts <= 1795435200");
		snprintf(sql, sizeof(sql),
			 "INSERT INTO setting (key, valid_from, load, value) VALUES ('zone', "
			 "1795435200, 1, '%s')",
			 each[i].to);
		run(sql);
		fill(NOW);
		assert_string_equal(getenv("TZ"), each[i].to);
		assert_string_equal(
			ask(db,
			    "SELECT group_concat(((from_ts - 1795392000) / 3600) || '+' || "
			    "((to_ts - from_ts) / 3600), ' ') FROM civil_day WHERE date BETWEEN "
			    "'2026-11-21' AND '2026-11-24'"),
			each[i].want);
		/* what was before is as it was, and made */
		assert_string_equal(ask(db, "SELECT max(date) FROM civil_day WHERE d1 = 1"),
				    "2026-11-22");
		run("UPDATE civil_day SET d1 = 0");
		check_table(2 * 365);
		/* from nothing: the same */
		run("CREATE TEMP TABLE was AS SELECT * FROM civil_day; DELETE FROM civil_day");
		fill(NOW);
		assert_int_equal(ask_int(db, "SELECT count(*) FROM was NATURAL JOIN civil_day"),
				 2 * 365);
		run("DROP TABLE was");
	}
}

/* Days whose hours are gone stay as they were made. */
static void test_lost(void **state)
{
	(void)state;
	site_zone("UTC");
	run("INSERT INTO period VALUES (1795219200, 0, 0, 0, 1, 1, 1)," /* the 21st, 00:00 */
	    "(1795392000, 1, 1, 1, 1, 1, 1)");
	fill(NOW);
	/* the zone is told differently from the beginning */
	run("UPDATE setting SET value = 'Asia/Tokyo'; UPDATE civil_day SET d1 = 1");
	fill(NOW);
	assert_string_equal(
		ask(db, "SELECT group_concat(((from_ts - 1795392000) / 3600) || '+' || "
			"((to_ts - from_ts) / 3600) || d1, ' ') FROM civil_day WHERE date BETWEEN "
			"'2026-11-20' AND '2026-11-23'"),
		"-72+241 -48+241 -24+150 -9+240");
}

static void test_periods(void **state)
{
	(void)state;
	site_zone("Europe/Berlin");
	fill(NOW);
	assert_string_equal(ask(db,
				"SELECT group_concat(kind || ' ' || n, ', ') FROM (SELECT kind, "
				"count(*) AS n FROM v_period GROUP BY kind ORDER BY kind)"),
			    "day 730, month 24, quarter 8, week 103, year 2");
	/* bounds are those of the days, whatever the clocks do meanwhile */
	assert_int_equal(ask_int(db, "SELECT count(*) FROM v_period WHERE from_ts NOT IN (SELECT "
				     "from_ts FROM civil_day) OR to_ts NOT IN (SELECT to_ts FROM "
				     "civil_day)"),
			 0);
	static const struct {
		const char *name, *first, *last;
	} each[] = {
		{ "2026", "2026-01-01", "2026-12-31" },
		{ "2026-11", "2026-11-01", "2026-11-30" },
		{ "2027-02", "2027-02-01", "2027-02-28" },
		{ "2026-Q1", "2026-01-01", "2026-03-31" },
		{ "2026-Q4", "2026-10-01", "2026-12-31" },
		{ "2026-W02", "2026-01-05", "2026-01-11" },
		{ "2026-W48", "2026-11-23", "2026-11-29" },
		/* 2026 has 53 weeks: the last one reaches into January */
		{ "2026-W53", "2026-12-28", "2027-01-03" },
		{ "2027-W01", "2027-01-04", "2027-01-10" },
		{ "2026-11-23", "2026-11-23", "2026-11-23" },
	};
	for (size_t i = 0; i < sizeof(each) / sizeof(*each); i++) {
		char sql[400];
		snprintf(sql, sizeof(sql),
			 "SELECT count(*) FROM v_period AS p JOIN civil_day AS a ON a.date = '%s' "
			 "JOIN civil_day AS b ON b.date = '%s' WHERE p.name = '%s' AND p.from_ts = "
			 "a.from_ts AND p.to_ts = b.to_ts",
			 each[i].first, each[i].last, each[i].name);
		if (ask_int(db, sql) != 1)
			fail_msg("%s", each[i].name);
	}
	/* a week of which not all is known is none */
	assert_string_equal(ask(db, "SELECT min(name) || max(name) FROM v_period WHERE kind = "
				    "'week'"),
			    "2026-W022027-W51");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calendar),
		EACH(test_lengths),
		EACH(test_no_day),
		EACH(test_history),
		EACH(test_zone_changes),
		EACH(test_lost),
		EACH(test_periods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
