/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reports and dashboards read of months: racks with a power every five minutes, finished hour
 * by hour, and made into civil days of a zone that is eight hours off. Prints "reader|what|how
 * much|time"; run by store.sh.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "schema/schema.h"
#include "store/chunk.h"
#include "store/civil.h"
#include "store/hours.h"
#include "store/registry.h"
#include "store/rollup.h"
#include "store/sql.h"

enum { STEP_S = 300, MAX_RACKS = 5000 };
#define FROM 1800000000 /* a full hour: 08:00 UTC */

static struct reg_point points[MAX_RACKS];
static int64_t values[MAX_RACKS];
static int racks, days;

_Noreturn static void fail(const char *what, const char *why)
{
	fprintf(stderr, "store_month: %s: %s\n", what, why);
	exit(1);
}

static void must(int rc, const struct err *err)
{
	if (rc)
		fail("database", err->text);
}

static uint32_t next_random(void)
{
	static uint32_t x = 2463534242U;

	x ^= x << 13;
	x ^= x >> 17;
	return x ^= x << 5;
}

static double ms_since(int64_t began_us)
{
	return (double)(clock_mono().us - began_us) / 1e3;
}

static void make_racks(struct db *db)
{
	struct err err;

	must(db_begin(db, &err), &err);
	for (int i = 0; i < racks; i++) {
		char name[16];
		snprintf(name, sizeof(name), "R%04d", i);
		points[i] = (struct reg_point){ .part = "total",
						.quantity = schema_quantity("power_w"),
						.scale = { 1, 10, 0 } };
		struct reg_scan scan = { .entity_kind = "rack",
					 .entity = name,
					 .name = "main",
					 .step_s = STEP_S,
					 .valid_from = FROM,
					 .points = &points[i],
					 .n_points = 1 };
		must(registry_sync(db, &scan, &err), &err);
		values[i] = 100000 + (int64_t)(next_random() % 50000);
	}
	must(db_commit(db, &err), &err);
}

static void make_hour(struct db *db, struct chunk_put *put, struct hour_block *b)
{
	struct err err;
	struct query *q = query_new(db, "store_period_put", &err);

	if (!q)
		fail("store_period_put", err.text);
	must(db_begin(db, &err), &err);
	for (int i = 0; i < racks; i++) {
		for (uint32_t k = 0; k < b->n; k++) {
			values[i] += (int64_t)(next_random() % 401) - 200;
			b->raw[k] = values[i];
			b->present[k] = next_random() % 2000 != 0;
		}
		must(chunk_put(put, db, points[i].point, CHUNK_GAUGE, b, &err), &err);
	}
	query_bind_int(q, ":hour", b->hour);
	query_bind_int(q, ":first_ts", b->hour);
	query_bind_int(q, ":last_ts", b->hour + HOUR_S - STEP_S);
	query_bind_int(q, ":samples", (int64_t)b->n * racks);
	must(query_run(q, &err), &err);
	must(db_commit(db, &err), &err);
	query_free(q);
}

static void make_days(struct db *db, int64_t to)
{
	struct err err;
	struct hours *h = hours_new(db, 10800);
	int rc;

	must(db_exec(db,
		     "INSERT INTO config_load VALUES (1, 0, '', '', '', 1, '');"
		     "INSERT INTO setting (key, valid_from, load, value) VALUES ('zone', 0, 1, "
		     "'Etc/GMT+8')",
		     &err),
	     &err);
	must(civil_fill(db, to, &err), &err);
	while ((rc = hours_work(h, to + 9999, to + 9999, &err)) > 0)
		;
	must(rc, &err);
	hours_free(h);
}

static void by_reader(struct db *db, const char *what, enum tier tier, int64_t to)
{
	struct buckets b = { NULL, 0, 0 };
	struct err err;
	double best = 1e9;
	size_t n = 0;

	for (int round = 0; round < 3; round++) {
		int64_t began = clock_mono().us;
		struct rollup *r = rollup_open(db, tier, FROM, to, &err);
		if (!r)
			fail("rollup_open", err.text);
		rollup_without_bounds(r);
		n = 0;
		for (int i = 0; i < racks; i++) {
			must(rollup_series(r, points[i].series, &b, &err), &err);
			n += b.n;
		}
		rollup_close(r);
		best = ms_since(began) < best ? ms_since(began) : best;
	}
	buckets_done(&b);
	printf("reader|%d racks, %d days %s through rollup_series|%zu buckets|%.0f ms, %.0f "
	       "ns/bucket\n",
	       racks, days, what, n, best, best * 1e6 / (double)n);
}

static void by_view(struct db *db, const char *what, const char *select, int64_t to)
{
	double best = 1e9;
	size_t n = 0;
	char sql[1024];

	snprintf(sql, sizeof(sql), select, (long long)FROM, (long long)to);
	for (int round = 0; round < 3; round++) {
		sqlite3_stmt *stmt;
		int64_t began = clock_mono().us;
		if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
			fail(sql, sqlite3_errmsg(db->sqlite));
		for (n = 0; sqlite3_step(stmt) == SQLITE_ROW; n++)
			;
		sqlite3_finalize(stmt);
		best = ms_since(began) < best ? ms_since(began) : best;
	}
	printf("reader|%s|%zu rows|%.1f ms\n", what, n, best);
}

#define ALL   "entity_kind = 'rack' AND part = 'total' AND quantity = 'power_w'"
#define ONE   ALL " AND entity = 'R0007'"
#define HOURS "hour BETWEEN %lld AND %lld"
#define DAYS  "ts BETWEEN %lld AND %lld"

static void by_views(struct db *db, int64_t to)
{
	by_view(db, "one rack, v_reading_5m by 15 minutes",
		"SELECT ts / 900 * 900, avg(value) FROM v_reading_5m WHERE " ONE " AND " HOURS
		" GROUP BY 1",
		to);
	by_view(db, "one rack, v_reading_1h",
		"SELECT ts, value FROM v_reading_1h WHERE " ONE " AND " HOURS, to);
	by_view(db, "one rack, v_reading_1d",
		"SELECT ts, value FROM v_reading_1d WHERE " ONE " AND " DAYS, to);
	by_view(db, "energy of all racks per day, v_reading_1d",
		"SELECT entity, date, value * n / expected * (to_ts - ts) / 3600 FROM v_reading_1d "
		"WHERE " ALL " AND " DAYS,
		to);
	by_view(db, "one rack, least and greatest of a day's five minutes",
		"SELECT ts, min, max FROM v_reading_5m_minmax WHERE " ONE
		" AND hour BETWEEN %lld AND "
		"%lld - 29 * 86400",
		to);
}

int main(int argc, char **argv)
{
	struct err err;
	struct hour_block b = { .step = STEP_S, .n = HOUR_S / STEP_S };

	racks = argc == 4 ? (int)strtol(argv[2], NULL, 10) : 0;
	days = argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0;
	if (racks < 10 || racks > MAX_RACKS || days < 1 || days > 366) {
		fprintf(stderr, "usage: store_month NEW.db RACKS DAYS\n");
		return 2;
	}
	struct db *db = db_open_write(argv[1], &err);
	if (!db)
		fail(argv[1], err.text);
	must(db_exec(db, "PRAGMA synchronous = OFF", &err), &err);
	make_racks(db);
	struct chunk_put *put = chunk_put_new();
	int64_t to = FROM + (int64_t)days * DAY_S;
	for (b.hour = FROM; b.hour < to; b.hour += HOUR_S)
		make_hour(db, put, &b);
	chunk_put_free(put);
	make_days(db, to);
	by_reader(db, "by 5 minutes", TIER_5M, to);
	by_reader(db, "by the hour", TIER_1H, to);
	by_reader(db, "by civil day", TIER_1D, to);
	by_views(db, to);
	db_close(db);
	return 0;
}
