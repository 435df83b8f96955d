/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading costs, in a database of 30 days and a running hour, 59 minutes old: 1,000 meters
 * with power and energy every five minutes, a PDU of 50 points and the site every 10 s, and in the
 * running hour 250 racks with two feeds each (15 points every 10 s), which is what 500 PDUs add up
 * to. SQL is prepared anew each time, as Grafana does; the least of five counts, so the file is in
 * memory, and the time is that of the CPU, which other work on the machine changes least. Prints
 * "read|WHAT|rows|milliseconds|wanted", in nanoseconds per value where the name says so.
 */
#include "keep.h"

#include "store/rollup.h"
#include "store/series.h"

#define DAYS   30
#define ROUNDS 5

static struct fleet meters = { "device", "METER", 1000, 2, 0, 300, METER, NULL, NULL };
static struct fleet pdu = { "device", "PDU", 1, 50, 6, 10, WANDER, NULL, NULL };
static struct fleet site = { "site", "SITE", 1, 3, 0, 10, WANDER, NULL, NULL };
static struct fleet racks = { "rack", "RACK", 250, 15, 0, 10, WANDER, NULL, NULL };

/* Commits of five minutes: only what comes out counts here. */
static void history(struct keeper *k, int64_t end)
{
	for (int64_t ts = FROM; ts < end; ts++) {
		keeper_poll(k, &meters, ts);
		keeper_poll(k, &pdu, ts);
		keeper_poll(k, &site, ts);
		if (ts >= end - 3540 - 600)
			keeper_poll(k, &racks, ts);
		if (ts % 300 == 299 || ts == end - 1)
			keeper_commit(k, ts);
		if (ts % 3600 == 200)
			while (keeper_work(k, ts))
				;
	}
}

static void tell(const char *what, double rows, double ms, double wanted)
{
	printf("read|%s|%.0f|%.3f|%.0f\n", what, rows, ms, wanted);
}

static void ask(struct db *db, const char *what, double wanted, const char *sql)
{
	double best = 1e9, rows = 0;

	for (int round = 0; round < ROUNDS; round++) {
		sqlite3_stmt *stmt;
		double began = cpu_s();
		rows = 0;
		if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
			fail(sql, sqlite3_errmsg(db->sqlite));
		while (sqlite3_step(stmt) == SQLITE_ROW)
			rows++;
		sqlite3_finalize(stmt);
		double ms = (cpu_s() - began) * 1e3;
		best = ms < best ? ms : best;
	}
	tell(what, rows, best, wanted);
}

/* A series of the view from to - back on. select: with ts and value; rest: behind WHERE. */
static void view(struct db *db, const char *what, double wanted, const char *select,
		 const char *view, const char *of, int64_t from, int64_t to, const char *rest)
{
	char *sql = xasprintf("SELECT %s FROM %s WHERE %s AND ts BETWEEN %lld AND %lld AND hour "
			      "BETWEEN %lld AND %lld %s",
			      select, view, of, (long long)from, (long long)to,
			      (long long)from - 3600, (long long)to, rest);

	ask(db, what, wanted, sql);
	free(sql);
}

#define PDU_POWER                                                                                  \
	"entity_kind = 'device' AND entity = 'PDU-0000' AND part = 'outlet 9' AND quantity = "     \
	"'power_w'"
#define SITE_POWER                                                                                 \
	"entity_kind = 'site' AND entity = 'SITE-0000' AND part = 'outlet 1' AND quantity = "      \
	"'power_w'"

static void views(struct db *db, int64_t now)
{
	int64_t hour = now / 3600 * 3600, closed = hour - 1;

	view(db, "6 h raw, finished hours, v_reading", 5, "ts, value", "v_reading", PDU_POWER,
	     closed - 21599, closed, "");
	view(db, "6 h raw with the running hour, v_reading", 15, "ts, value", "v_reading",
	     PDU_POWER, now - 21600, now, "");
	view(db, "30 days at 15 minutes, v_reading_5m", 60,
	     "ts / 900 * 900, total(value * n) / total(n)", "v_reading_5m", PDU_POWER,
	     now - DAYS * 86400, now, "GROUP BY 1");
	view(db, "30 days hourly, v_reading_1h", 8, "ts, value, min, max", "v_reading_1h",
	     PDU_POWER, now - DAYS * 86400, now, "");
	view(db, "site curve of 24 h, v_reading_5m", 2, "ts, value", "v_reading_5m", SITE_POWER,
	     now - 86400, now, "");
	view(db, "5-minute means of the running hour: power of 250 racks, v_reading_5m", 50,
	     "entity, ts, value", "v_reading_5m",
	     "entity_kind = 'rack' AND part = 'outlet 1' AND quantity = 'power_w'", hour, now, "");
	view(db, "the same of all their 3,750 points, v_reading_5m", 50,
	     "entity, part, quantity, ts, value", "v_reading_5m", "entity_kind = 'rack'", hour, now,
	     "");
	view(db, "the running hour of 250 racks, v_reading_1h", 50, "entity, value, min, max",
	     "v_reading_1h", "entity_kind = 'rack' AND part = 'outlet 1' AND quantity = 'power_w'",
	     hour, now, "");
}

/* ---- in C ------------------------------------------------------------------- */

static int64_t *series_of(struct db *db, const char *where, size_t *ret_n)
{
	char *sql =
		xasprintf("SELECT s.id FROM series AS s JOIN entity AS e ON e.id = s.entity JOIN "
			  "quantity AS q ON q.id = s.quantity WHERE %s",
			  where);
	int64_t *list = NULL;
	size_t cap = 0;
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
		fail(sql, sqlite3_errmsg(db->sqlite));
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		xgrow(&list, &cap, *ret_n + 1, sizeof(*list));
		list[(*ret_n)++] = sqlite3_column_int64(stmt, 0);
	}
	sqlite3_finalize(stmt);
	free(sql);
	return list;
}

static void rolled(struct db *db, const char *what, double wanted, const char *where,
		   enum tier tier, bool bounds, bool each, int64_t from, int64_t to)
{
	double best = 1e9;
	size_t n_series = 0, n = 0;
	int64_t *series = series_of(db, where, &n_series);

	for (int round = 0; round < ROUNDS; round++) {
		struct buckets b = { NULL, 0, 0 };
		struct err err;
		double began = cpu_s();
		struct rollup *r = rollup_open(db, tier, from, to, &err);
		if (!r)
			fail("rollup_open", err.text);
		if (!bounds)
			rollup_without_bounds(r);
		n = 0;
		for (size_t i = 0; i < n_series; i++) {
			must_be(rollup_series(r, series[i], &b, &err), &err);
			n += b.n;
		}
		rollup_close(r);
		buckets_done(&b);
		double ms = (cpu_s() - began) * 1e3;
		best = ms < best ? ms : best;
	}
	free(series);
	tell(what, (double)n, each ? best * 1e6 / (double)n : best, wanted);
}

static void raw(struct db *db, int64_t from, int64_t to)
{
	size_t n = 0, n_series = 0;
	int64_t *series = series_of(db, "e.name = 'PDU-0000' AND q.name = 'power_w'", &n_series);
	double began = cpu_s();

	for (size_t i = 0; i < n_series; i++) {
		struct samples s;
		struct err err;
		must_be(series_read(db, series[i], from, to, false, &s, &err), &err);
		n += s.n;
		samples_done(&s);
	}
	free(series);
	tell("finished hours, series_read, ns each", (double)n,
	     (cpu_s() - began) * 1e9 / (double)n, 60);
}

static void in_c(struct db *db, int64_t now)
{
	int64_t hour = now / 3600 * 3600;

	raw(db, hour - 7 * 86400, hour - 1);
	rolled(db, "finished hours by 5 minutes, rollup_series, ns each", 60,
	       "e.name = 'PDU-0000' AND q.name = 'power_w'", TIER_5M, false, true,
	       hour - DAYS * 86400 / 2, hour);
	rolled(db, "energy of 1,000 racks, 30 days, from hours, rollup_series", 300,
	       "e.name GLOB 'METER-*' AND q.name = 'energy_wh'", TIER_1H, true, false,
	       hour - DAYS * 86400, hour);
	rolled(db, "5-minute means of the running hour: all 3,750 points, rollup_series", 50,
	       "e.kind = 'rack'", TIER_5M, false, false, hour, now);
}

int main(int argc, char **argv)
{
	struct fleet *all[] = { &meters, &pdu, &site, &racks };
	int64_t end = FROM + DAYS * 86400 + 3540;
	struct keeper k;
	struct err err;

	program = argv[0];
	if (argc != 2) {
		fprintf(stderr, "usage: store_read NEW.db\n");
		return 2;
	}
	keeper_begin(&k, argv[1]);
	must_be(db_exec(k.db, "PRAGMA synchronous = OFF", &err), &err);
	for (size_t i = 0; i < 4; i++) {
		fleet_begin(all[i]);
		keeper_register(&k, all[i]);
	}
	history(&k, end);
	keeper_done(&k);
	struct db *db = db_open_read(argv[1], &err);
	if (!db)
		fail(argv[1], err.text);
	/* what Grafana's plugin has, too */
	must_be(db_exec(db, "PRAGMA cache_size = -65536", &err), &err);
	views(db, end - 1);
	in_c(db, end - 1);
	db_close(db);
	for (size_t i = 0; i < 4; i++)
		fleet_done(all[i]);
	return 0;
}
