/* SPDX-License-Identifier: Apache-2.0 */
/* The collector report over a small database: exact counts of due and missed polls, latency from
 * pooled rows, a process that was restarted, and what was not measured stays absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "site.h"

#define DEVICE "endpoint, profile, rack, circuit, role, use, factor"

static void device(struct site *s, const char *name, const char *rack, const char *state, int cause)
{
	char values[160];

	snprintf(values, sizeof(values), "'snmp://x', 'p', '%s', '', 'it_in', 'primary', 1", rack);
	site_row(s, "device", name, INT64_MIN, DEVICE, values);
	sql(s, "INSERT OR IGNORE INTO entity (kind, name) VALUES ('device', '%s')", name);
	if (state)
		sql(s,
		    "INSERT INTO device_state SELECT id, '%s', %d, %d FROM entity WHERE name = "
		    "'%s'",
		    state, T0 + 400, cause, name);
}

static int64_t main_scan(struct site *s, const char *name)
{
	struct reg_point p = site_point(NULL, NULL, "inlet", "power_w", 1);

	return site_scan(s, "device", name, &p, 1);
}

static void gap(struct site *s, int64_t scan, const char *slot, int from, int to, int cause)
{
	char end[24] = "NULL";

	if (to >= 0)
		snprintf(end, sizeof(end), "%d", T0 + to);
	sql(s, "INSERT INTO gap (scan, slot, from_ts, to_ts, cause) VALUES (%lld, %s, %d, %s, %d)",
	    (long long)scan, slot, T0 + from, end, cause);
}

/* A answers all the time; B missed 10 polls in two ways and answers again; C is dormant since
 * T0 + 400; D was never surveyed. A pool holds A, B and C in rows of 100 s. */
static void fill(struct site *s)
{
	static const char *const names[] = { "A", "B", "C" };
	struct reg_point points[10], process[] = {
		site_point(NULL, NULL, "poll", "polls", 1),
		site_point(NULL, NULL, "poll", "loop_lag_ms", 1000),
		site_point(NULL, NULL, "store", "dropped_rows", 1),
	};
	int64_t scan[3], pool, self;
	struct err err;

	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	device(s, "A", "R1", "ok", 0);
	device(s, "B", "R1", "ok", 1);
	device(s, "C", "R2", "dormant", 1);
	device(s, "D", "R2", NULL, 0);
	for (int i = 0; i < 3; i++) {
		scan[i] = main_scan(s, names[i]);
		points[3 * i] = site_point("device", names[i], "collector", "latency_ms", 1000);
		points[3 * i + 1] = site_point("device", names[i], "collector", "success_pct", 10);
		points[3 * i + 2] = site_point("device", names[i], "collector", "answer_age_s", 1);
	}
	points[9] = site_point("device", "D", "collector", "success_pct", 10);
	struct reg_scan reg = { .entity_kind = "collector",
				.entity = "pool 001",
				.name = "devices",
				.step_s = 100,
				.phase_s = 0,
				.valid_from = T0,
				.points = points,
				.n_points = 10 };
	must(db_begin(s->db, &err), &err);
	must(registry_sync(s->db, &reg, &err), &err);
	must(db_commit(s->db, &err), &err);
	pool = reg.scan;
	self = site_scan(s, "collector", "rackmeterd", process, 3);
	gap(s, scan[1], "NULL", 100, 170, CAUSE_NO_ANSWER);
	gap(s, scan[1], "NULL", 300, 310, CAUSE_LATE);
	gap(s, scan[1], "0", 500, 590, CAUSE_OUT_OF_RANGE); /* a value, not a poll */
	gap(s, scan[2], "NULL", 400, -1, CAUSE_DORMANT);
	must(db_begin(s->db, &err), &err);
	for (int t = 0; t < 900; t += 10) {
		char values[64];

		site_sample(s, scan[0], T0 + t, "1");
		/* restarted at 500: counters begin again */
		snprintf(values, sizeof(values), "%d,%d,0", t < 500 ? 1000 + t : t - 500,
			 t == 300 ? 7500 : 1000);
		site_sample(s, self, T0 + t, values);
	}
	for (int t = 0; t < 900; t += 100) {
		char values[96];

		snprintf(values, sizeof(values), "%d,1000,3,%d,%d,0,%s,%d,0", 1000 + t,
			 t == 800 ? 900000 : 2000, t == 100 ? 200 : 1000,
			 t < 500 ? "5000,1000" : "null,0", t < 400 ? 0 : t - 395);
		site_sample(s, pool, T0 + t, values);
	}
	must(db_commit(s->db, &err), &err);
	sql(s, "UPDATE daemon SET last_ts = %d", T0 + 890);
	sql(s, "INSERT OR IGNORE INTO daemon VALUES (1, '0', 1, 'h', %d, NULL, %d, %d)", T0 - 10,
	    T0 + 890, T0 + 890);
}

static void test_numbers(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;
	char *json, *text;

	(void)state;
	site_open(&s);
	fill(&s);
	json = site_report(&s, &rep_collector, o, true);
	contains(json, "\"text\": \"4 devices: 2 ok, 0 suspect, 1 dormant, 1 unknown; ");
	/* 3 devices x 90 instants; B missed 8 + 2, C 50 */
	contains(json, "\"polls_due\": 270,");
	contains(json, "\"polls_missed\": 60,");
	/* D has no grid: nothing was due, nothing was missed, which is not "0 of 0" */
	contains(json, "77.778 % of 270 polls answered, and none counted of the 1 not read yet\"");
	contains(json, "\"devices_not_read\": 1,");
	contains(json, "\"polls_due\": null,");
	contains(json, "\"polls_missed\": null,");
	contains(json, "\"cause\": \"dormant\"");
	contains(json, "\"failures\": \"no answer 8, late 2\"");
	contains(json, "\"latency_median_ms\": 1.4,"); /* A: 1.0 to 1.8 */
	contains(json, "\"latency_p95_ms\": 900");     /* B: eight of 2 ms, one of 900 */
	/* C: T0 + 395, in the zone of the site */
	contains(json, "\"last_answer\": \"2026-09-21T16:19:55+02:00\"");
	/* 490 until the restart, 390 after it, and what the first row had counted */
	contains(json, "\"polls_begun\": 1880,");
	contains(json, "\"loop_lag_max_ms\": 7.5,");
	contains(json, "\"rows_dropped\": 0,");
	contains(json, "\"commits\": null,"); /* not stored by this one */
	/* drawn: who needs it most first, what was not measured as a gap */
	contains(flat(json), "{ \"time\": \"2026-09-21T16:15:00+02:00\", \"C\": 100, \"D\": 0, "
			     "\"B\": 20, \"A\": 100 }");
	contains(json, "{ \"time\": \"2026-09-21T16:21:40+02:00\", \"C\": null, \"D\": null, "
		       "\"B\": 2, \"A\": 1.5 }");
	contains(json, "{ \"time\": \"2026-09-21T16:18:20+02:00\", \"loop_lag_ms\": 7.5 }");
	free(json);

	text = site_report(&s, &rep_collector, o, false);
	contains(text, "\nD      R2   unknown"); /* never surveyed, and every attempt failed */
	contains(text, "     0.0         -      - -\n");
	contains(text, "C: dormant since 2026-09-21 16:20:00 CEST, rack R2: no answer");
	contains(text, "last answer 2026-09-21 16:19:55 CEST\n");
	assert_true(strstr(text, "\nC ") < strstr(text, "\nB "));
	assert_true(strstr(text, "\nB ") < strstr(text, "\nA "));
	free(text);

	o.rack = "R1";
	o.top = 1;
	text = site_report(&s, &rep_collector, o, false);
	contains(text, "2 devices: 2 ok");
	contains(text, "The 1 devices");
	lacks(text, "\nC ");
	free(text);
	o.rack = "R9";
	text = site_report(&s, &rep_collector, o, false);
	contains(text, "error: there is no device there");
	free(text);
	site_close(&s);
}

/* What was not asked for was not due: the collector was down, or a device was taken out. */
static void test_not_due(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 5000 };
	struct site s;
	char *json;

	(void)state;
	site_open(&s);
	fill(&s);
	sql(&s, "DELETE FROM gap WHERE slot IS NULL");
	gap(&s, 1, "NULL", 0, 90, CAUSE_CONFIG); /* A */
	sql(&s, "INSERT INTO gap (scan, from_ts, to_ts, cause) VALUES (NULL, %d, %d, %d)", T0 + 195,
	    T0 + 205, CAUSE_DAEMON_DOWN);
	json = site_report(&s, &rep_collector, o, true);
	contains(json, "\"polls_due\": 257,"); /* 270 - 10 - 3 x 1 */
	contains(json, "\"polls_missed\": 0,");
	lacks(json, "failures_table");
	free(json);

	/* killed: nothing behind the last stored instant is known */
	o.to = T0 + 4000;
	json = site_report(&s, &rep_collector, o, true);
	contains(json, "\"polls_due\": 257,");
	contains(json, "nothing was stored for");
	free(json);
	site_close(&s);
}

/* A quarter of 20,000 devices over a day, pooled as rackmeterd does: 0.2 s; generous here,
 * because sanitizers take ten times as long. */
static void test_size(void **state)
{
	enum { POOLS = 64, EACH = 80, ROWS = 288 };
	struct report_options o = { .from = T0, .to = T0 + 86400, .now = T0 + 86400 };
	struct reg_point points[EACH * 3];
	static char names[EACH][16];
	struct site s;
	struct err err;
	struct mono start;
	char *json, *values = xstrdup("");

	(void)state;
	site_open(&s);
	for (int i = 0; i < EACH; i++) {
		char *more = xasprintf("%s%s812,1000,2", values, i ? "," : "");

		free(values);
		values = more;
	}
	must(db_begin(s.db, &err), &err);
	for (int p = 0; p < POOLS; p++) {
		char pool[16];

		snprintf(pool, sizeof(pool), "pool %03d", p);
		for (int i = 0; i < EACH; i++) {
			snprintf(names[i], sizeof(names[i]), "D%03d-%02d", p, i);
			device(&s, names[i], "R", "ok", 0);
			points[3 * i] =
				site_point("device", names[i], "collector", "latency_ms", 1000);
			points[3 * i + 1] =
				site_point("device", names[i], "collector", "success_pct", 10);
			points[3 * i + 2] =
				site_point("device", names[i], "collector", "answer_age_s", 1);
		}
		struct reg_scan reg = { .entity_kind = "collector",
					.entity = pool,
					.name = "devices",
					.step_s = 300,
					.phase_s = 0,
					.valid_from = T0,
					.points = points,
					.n_points = EACH * 3 };

		must(registry_sync(s.db, &reg, &err), &err);
		/* a day in the ring: in a longer one */
		sql(&s, "UPDATE store SET hot_ring_s = 604800");
		sql(&s,
		    "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < "
		    "%d) INSERT OR IGNORE INTO open_hour SELECT (%d + 300 * i) / 3600 * 3600 FROM "
		    "n",
		    ROWS - 1, T0 + 100);
		sql(&s,
		    "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < "
		    "%d) INSERT INTO hot (id, ts, v) SELECT ((%d + 300 * i) %% hot_ring_s << 32) "
		    "+ %lld, %d + 300 * i, '[%s]' FROM n, store",
		    ROWS - 1, T0 + 100, (long long)reg.scan, T0 + 100, values);
	}
	must(db_commit(s.db, &err), &err);
	start = clock_mono();
	json = site_report(&s, &rep_collector, o, true);
	print_message("report over %d devices: %.2f s\n", POOLS * EACH,
		      (double)(clock_mono().us - start.us) / 1e6);
	assert_true(clock_mono().us - start.us < 60000000);
	contains(json, "5120 devices");
	contains(json, "\"latency_p95_ms\": 0.812,");
	free(json);
	free(values);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_not_due),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
