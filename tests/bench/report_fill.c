/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database for the benchmarks of reports: racks with two PDUs of power and a register of 0.1 kWh,
 * read every 5 minutes, a utility meter and UPSes above them, a month of hours that are over,
 * through store/merge. One reading in a thousand hours is lost. With "naive" as the last argument
 * the same samples as a row each in a plain table with an index, in bare SQLite; with "year" IT is
 * measured at the UPSes, and what stands above racks is read once an hour from 2026-01-01 on
 * (hourly data are as large as those of 5 minutes). report_fill FILE RACKS DAYS [naive | year]
 */
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/merge.h"
#include "store/registry.h"

#define NOVEMBER INT64_C(1793487600) /* 2026-11-01 00:00 in Berlin */
#define JANUARY  INT64_C(1767222000) /* 2026-01-01 00:00 */
#define STEP_S   300
#define UPSES    20
#define TURN     (2 * 3.14159265358979323846 / 86400)

enum { POWER, ENERGY, QUANTITIES };

struct meter {
	char name[32], circuit[32], role[12];
	double w, wh; /* wh: the register so far */
	int64_t point[QUANTITIES];
};

static struct meter *meters;
static size_t n_meters;
static int64_t start = NOVEMBER;
static int step_s = STEP_S;
static bool at_ups; /* IT is measured there */
static struct db *db;
static sqlite3 *plain;
static sqlite3_stmt *insert;

_Noreturn static void fail(const char *why)
{
	fprintf(stderr, "report_fill: %s\n", why);
	exit(1);
}

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail(err->text);
}

static uint32_t next_random(void)
{
	static uint32_t x = 2463534242U;

	x ^= x << 13;
	x ^= x >> 17;
	return x ^= x << 5;
}

static __attribute__((format(printf, 1, 2))) void sql(const char *format, ...)
{
	struct err err;
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		fail("memory");
	va_end(args);
	if (plain) {
		if (sqlite3_exec(plain, text, NULL, NULL, NULL) != SQLITE_OK)
			fail(sqlite3_errmsg(plain));
	} else {
		must(db_exec(db, text, &err), &err);
	}
	free(text);
}

static struct meter *add_meter(const char *name, const char *circuit, const char *role, double w)
{
	struct meter *m = &meters[n_meters++];

	snprintf(m->name, sizeof(m->name), "%s", name);
	snprintf(m->circuit, sizeof(m->circuit), "%s", circuit);
	snprintf(m->role, sizeof(m->role), "%s", role);
	m->w = w;
	m->wh = 1e6;
	return m;
}

static void make_meters(int racks)
{
	double per_ups, it = 0;
	char name[32], circuit[32];

	meters = calloc((size_t)racks * 2 + UPSES + 1, sizeof(*meters));
	for (int i = 0; i < racks * 2; i++) {
		double w = 5000 + next_random() % 4000;

		snprintf(name, sizeof(name), "PDU-R%04d-%c", i / 2 + 1, "AB"[i % 2]);
		snprintf(circuit, sizeof(circuit), "R%04d-%c", i / 2 + 1, "AB"[i % 2]);
		add_meter(name, circuit, "it_in", w);
		it += w;
	}
	per_ups = it * 1.02 / UPSES;
	for (int i = 0; i < UPSES; i++) {
		snprintf(name, sizeof(name), "UPS-%02d-M", i + 1);
		snprintf(circuit, sizeof(circuit), "UPS-%02d", i + 1);
		add_meter(name, circuit, "ups_out", per_ups);
	}
	add_meter("UTIL-M", "UTIL", "utility", it * 1.3);
}

static void configure(int racks)
{
	sql("INSERT INTO config_load VALUES (1, 0, 'bench', '/etc/x', '0123456789abcdef', 1, '')");
	sql("INSERT INTO setting (key, valid_from, load, value) VALUES ('site', 0, 1, 'bench'), "
	    "('zone', 0, 1, 'Europe/Berlin')");
	sql("INSERT INTO circuit (key, valid_from, load, kind, fed_by, system, volts, rated_w, "
	    "derate) VALUES ('UTIL', 0, 1, 'utility', '', '3ph-wye', 400, 50e6, 1)");
	for (int i = 0; i < UPSES; i++)
		sql("INSERT INTO circuit (key, valid_from, load, kind, fed_by, system, volts, "
		    "rated_w, derate) "
		    "VALUES ('UPS-%02d', 0, 1, 'ups', 'UTIL', '3ph-wye', 400, 2e6, 1)",
		    i + 1);
	for (int i = 0; i < racks; i++) {
		for (int side = 0; side < 2; side++)
			sql("INSERT INTO circuit (key, valid_from, load, kind, side, hall, fed_by, "
			    "system, volts, phases, rated_a, derate) VALUES ('R%04d-%c', 0, 1, "
			    "'feed', "
			    "'%c', 'H%d', 'UPS-%02d', '3ph-wye', 400, 'L1L2L3', 32, 0.8)",
			    i + 1, "AB"[side], "AB"[side], i / 250 + 1, (i * 2 + side) % UPSES + 1);
		sql("INSERT INTO rack (key, valid_from, load, hall, row, status, feeds, budget_w, "
		    "tenant) "
		    "VALUES ('R%04d', 0, 1, 'H%d', 'r%d', 'live', 'R%04d-A R%04d-B', 16000, 't%d')",
		    i + 1, i / 250 + 1, i / 25 + 1, i + 1, i + 1, i % 7);
	}
	for (size_t i = 0; i < n_meters; i++) {
		char rack[8] = "";

		if (!strcmp(meters[i].role, "it_in"))
			memcpy(rack, meters[i].circuit, 5);
		sql("INSERT INTO device (key, valid_from, load, endpoint, profile, rack, circuit, "
		    "role, "
		    "use, factor, acc_pct) VALUES ('%s', 0, 1, 'x', 'p', '%s', '%s', '%s', "
		    "'primary', 1, "
		    "1)",
		    meters[i].name, rack, meters[i].circuit, meters[i].role);
	}
	sql("INSERT INTO boundary (key, valid_from, load, name, partial, category, side, position, "
	    "sign, "
	    "circuit, role, hall) VALUES ('site/facility/1', 0, 1, 'site', 0, 3, 'facility', 1, 1, "
	    "'', "
	    "'utility', ''), ('site/it/1', 0, 1, 'site', 0, 3, 'it', 1, 1, '', 'it_in', '')");
	if (at_ups)
		sql("UPDATE boundary SET category = 1, role = replace(role, 'it_in', 'ups_out')");
}

static void register_points(struct meter *m)
{
	struct reg_point p[QUANTITIES] = {
		{ .part = "main",
		  .label = "",
		  .quantity = schema_quantity("power_w"),
		  .scale = { 1, 1, 0 },
		  .main = true },
		{ .part = "main",
		  .label = "",
		  .quantity = schema_quantity("energy_wh"),
		  .scale = { 100, 1, 0 },
		  .main = true },
	};
	struct reg_scan scan = { .entity_kind = "device",
				 .entity = m->name,
				 .name = "main",
				 .step_s = step_s,
				 .valid_from = start,
				 .points = p,
				 .n_points = QUANTITIES };
	struct err err;

	must(registry_sync(db, &scan, &err), &err);
	for (int q = 0; q < QUANTITIES; q++)
		m->point[q] = p[q].point;
}

static void put_plain(size_t meter, int quantity, const struct merge_sample *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sqlite3_bind_int64(insert, 1, (int64_t)meter * QUANTITIES + quantity);
		sqlite3_bind_int64(insert, 2, s[i].ts);
		sqlite3_bind_double(insert, 3,
				    (double)(quantity == ENERGY ? s[i].raw * 100 : s[i].raw));
		if (sqlite3_step(insert) != SQLITE_DONE)
			fail(sqlite3_errmsg(plain));
		sqlite3_reset(insert);
	}
}

static void one_hour(size_t meter, int64_t hour)
{
	struct merge_sample s[QUANTITIES][3600 / STEP_S];
	struct meter *m = &meters[meter];
	size_t n = 0;

	for (int64_t ts = hour; ts < hour + 3600; ts += step_s) {
		double w = m->w * (1 + 0.2 * sin(TURN * (double)ts));

		if (next_random() % 12000) {
			s[POWER][n] = (struct merge_sample){ ts, lround(w) };
			s[ENERGY][n++] = (struct merge_sample){ ts, (int64_t)(m->wh / 100) };
		}
		m->wh += w * step_s / 3600;
	}
	for (int q = 0; q < QUANTITIES; q++) {
		struct err err;

		if (plain)
			put_plain(meter, q, s[q], n);
		else
			must(merge(db, m->point[q], s[q], n, MERGE_KEEP, NULL, &err), &err);
	}
}

static void open_plain(const char *path)
{
	if (sqlite3_open(path, &plain) != SQLITE_OK)
		fail(sqlite3_errmsg(plain));
	sql("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
	    "CREATE TABLE sample (series INTEGER, ts INTEGER, value REAL);"
	    "CREATE TABLE series (id INTEGER PRIMARY KEY, device TEXT, role TEXT, quantity TEXT)");
	for (size_t i = 0; i < n_meters; i++)
		sql("INSERT INTO series VALUES (%zu, '%s', '%s', 'power_w'), (%zu, '%s', '%s', "
		    "'energy_wh')",
		    i * QUANTITIES, meters[i].name, meters[i].role, i * QUANTITIES + 1,
		    meters[i].name, meters[i].role);
	if (sqlite3_prepare_v2(plain, "INSERT INTO sample VALUES (?, ?, ?)", -1, &insert, NULL) !=
	    SQLITE_OK)
		fail(sqlite3_errmsg(plain));
}

int main(int argc, char **argv)
{
	bool naive = argc == 5 && !strcmp(argv[4], "naive");
	bool year = argc == 5 && !strcmp(argv[4], "year");
	struct err err = { "" };
	int racks, days;

	if (argc != 4 && !naive && !year)
		fail("report_fill FILE RACKS DAYS [naive | year]");
	racks = (int)strtol(argv[2], NULL, 10);
	days = (int)strtol(argv[3], NULL, 10);
	if (racks < 1 || racks > 9999 || days < 1)
		fail("RACKS is 1 to 9999, DAYS 1 or more");
	if (year) {
		start = JANUARY;
		step_s = 3600;
		at_ups = true;
	}
	make_meters(racks);
	if (naive) {
		open_plain(argv[1]);
	} else {
		db = db_open_write(argv[1], &err);
		if (!db)
			fail(err.text);
		must(db_begin(db, &err), &err);
		configure(racks);
		for (size_t i = 0; i < n_meters; i++)
			register_points(&meters[i]);
		must(db_commit(db, &err), &err);
	}
	/* an hour after the month: what passes between two hours belongs to counters too */
	for (int64_t hour = start; hour < start + days * INT64_C(86400) + 3600; hour += 3600) {
		if (naive)
			sql("BEGIN");
		else
			must(db_begin(db, &err), &err);
		for (size_t i = 0; i < n_meters; i++)
			if (!at_ups || strcmp(meters[i].role, "it_in") != 0)
				one_hour(i, hour);
		if (naive)
			sql("COMMIT");
		else
			must(db_commit(db, &err), &err);
	}
	if (naive) {
		sqlite3_finalize(insert);
		sql("CREATE INDEX sample_series ON sample (series, ts)");
		sqlite3_close(plain);
	}
	if (db) /* the file is renamed, its log is not */
		sql("PRAGMA wal_checkpoint(TRUNCATE)");
	db_close(db);
	return 0;
}
