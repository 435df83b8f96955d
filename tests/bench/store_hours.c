/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeping costs: rack PDUs of 50 points every 10 s (44 random walks of +-8 to 15 steps of
 * which 65 % change, 6 constant states, 0.05 % of the polls lost) through the ring into finished
 * hours, in virtual time, against two plain tables in bare SQLite with the same samples, pragmas
 * and commits. ours    scan rows, then chunks and rollups, as the writer's thread does it naive   a
 * row per sample, with the index (series, ts) that a query needs append  a row per sample, without
 * any index Prints "MODE samples CPU-ns/sample stored-bytes/sample written-bytes/sample longest-ms"
 * and for ours the figures of its readers; store.sh makes ratios of it.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "schema/schema.h"
#include "store/batch.h"
#include "store/civil.h"
#include "store/rollup.h"
#include "store/run.h"
#include "store/series.h"
#include "store/sql.h"

enum { POINTS = 50, STATES = 6, STEP_S = 10, MAX_SCANS = 2000 };
#define FROM 1800000000 /* a full hour */

static int scans;
static int64_t values[MAX_SCANS][POINTS];
static int64_t longest_us;
static uint64_t written_samples;

_Noreturn static void fail(const char *what, const char *why)
{
	fprintf(stderr, "store_hours: %s: %s\n", what, why);
	exit(1);
}

static uint32_t next_random(void)
{
	static uint32_t x = 2463534242U;

	x ^= x << 13;
	x ^= x >> 17;
	return x ^= x << 5;
}

static void first_values(void)
{
	for (int s = 0; s < scans; s++)
		for (int p = 0; p < POINTS; p++)
			values[s][p] = p < STATES ? p : 1000 + (int64_t)(next_random() % 8000);
}

/* False: the poll is lost. */
static bool step_values(int s)
{
	for (int p = STATES; p < POINTS; p++) {
		uint32_t r = next_random(), reach = 8 + (uint32_t)(s * 7 + p) % 8;
		if (r % 100 < 65)
			values[s][p] += (int64_t)(r / 100 % (2 * reach + 1)) - (int64_t)reach;
	}
	return next_random() % 2000 != 0;
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* What write() was given, wherever the file is. */
static double bytes_written(void)
{
	char line[128];
	double n = 0;
	FILE *f = fopen("/proc/self/io", "re");

	if (!f)
		fail("/proc/self/io", "cannot be read");
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "wchar:", 6))
			n = strtod(line + 6, NULL);
	fclose(f);
	return n;
}

static void longest(int64_t began_us)
{
	int64_t us = clock_mono().us - began_us;

	if (us > longest_us)
		longest_us = us;
}

/* ---- ours ---------------------------------------------------------------- */

static struct reg_point points[MAX_SCANS][POINTS];
static struct reg_scan regs[MAX_SCANS];
static char names[MAX_SCANS][16], parts[POINTS][16];

static struct db *ours_start(const char *path)
{
	struct err err;
	struct db *db = db_open_write(path, &err);

	if (!db || db_begin(db, &err))
		fail(path, err.text);
	for (int s = 0; s < scans; s++) {
		snprintf(names[s], sizeof(names[s]), "PDU-%04d", s);
		for (int p = 0; p < POINTS; p++) {
			snprintf(parts[p], sizeof(parts[p]), "outlet %d", p + 1);
			points[s][p] = (struct reg_point){
				.part = parts[p],
				.quantity = schema_quantity(p < STATES ? "state" : "power_w"),
				.scale = { 1, p < STATES ? 1 : 10, 0 }
			};
		}
		regs[s] = (struct reg_scan){ .entity_kind = "device",
					     .entity = names[s],
					     .name = "main",
					     .step_s = STEP_S,
					     .phase_s = s % STEP_S,
					     .valid_from = FROM,
					     .points = points[s],
					     .n_points = POINTS };
		if (registry_sync(db, &regs[s], &err))
			fail(names[s], err.text);
	}
	if (db_commit(db, &err))
		fail(path, err.text);
	return db;
}

static void ours_second(struct db *db, struct hours *h, struct batch *b, struct gaps *g, int64_t ts)
{
	struct err err;
	bool again;

	for (int s = (int)(ts % STEP_S); s < scans; s += STEP_S) {
		if (!step_values(s)) {
			struct item *gone = batch_put(b, ITEM_ABSENT, 0);
			gone->scan = regs[s].scan;
			gone->ts = ts;
			gone->number = CAUSE_NO_ANSWER;
			continue;
		}
		struct item *item = batch_put(b, ITEM_ROW, POINTS * sizeof(struct reading));
		struct reading *r = (struct reading *)(void *)(item + 1);
		item->scan = regs[s].scan;
		item->ts = ts;
		item->number = POINTS;
		for (int p = 0; p < POINTS; p++)
			r[p] = (struct reading){ .raw = values[s][p], .cause = CAUSE_NONE };
		written_samples += POINTS;
	}
	int64_t began = clock_mono().us;
	batch_derive(b, g);
	if (batch_prepare(b, h, &err) || db_begin(db, &err) || hours_enter(h, &err) ||
	    batch_apply(b, db, h, &again, &err) ||
	    db_commit(db, &err))
		fail("batch", err.text);
	longest(began);
	hours_committed(h, ts);
	batch_clear(b);
	began = clock_mono().us;
	if (hours_work(h, ts, ts, &err) < 0)
		fail("compaction", err.text);
	longest(began);
}

static void finish_all(struct hours *h, int64_t now)
{
	struct err err;
	int rc;

	while ((rc = hours_work(h, now, now, &err)) > 0)
		;
	if (rc < 0)
		fail("compaction", err.text);
}

static double ask_ms(struct db *db, const char *sql, double *ret_rows)
{
	sqlite3_stmt *stmt;
	double best = 1e9;

	for (int round = 0; round < 3; round++) {
		int64_t began = clock_mono().us;
		*ret_rows = 0;
		if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
			fail(sql, sqlite3_errmsg(db->sqlite));
		while (sqlite3_step(stmt) == SQLITE_ROW)
			++*ret_rows;
		sqlite3_finalize(stmt);
		double ms = (double)(clock_mono().us - began) / 1e3;
		best = ms < best ? ms : best;
	}
	return best;
}

static void readers(struct db *db, int64_t to)
{
	static const struct {
		const char *what, *view;
		int back;
	} each[] = {
		{ "6 h raw through the view, running hour included", "v_reading", 6 * 3600 },
		{ "the same from v_reading_5m", "v_reading_5m", 6 * 3600 },
		{ "the same from v_reading_1h", "v_reading_1h", 6 * 3600 },
	};
	struct samples s;
	struct err err;
	double rows;
	char sql[512];

	for (size_t i = 0; i < sizeof(each) / sizeof(*each); i++) {
		snprintf(sql, sizeof(sql),
			 "SELECT ts, value FROM %s WHERE entity_kind = 'device' AND entity = "
			 "'PDU-0007' AND part = 'outlet 9' AND quantity = 'power_w' AND ts BETWEEN "
			 "%lld AND %lld AND hour BETWEEN %lld AND %lld",
			 each[i].view, (long long)to - each[i].back, (long long)to,
			 (long long)to - each[i].back - 3600, (long long)to);
		double ms = ask_ms(db, sql, &rows);
		printf("reader|%s|%.0f rows|%.1f ms\n", each[i].what, rows, ms);
	}
	int64_t began = clock_mono().us;
	size_t n = 0;
	for (int k = 0; k < 200; k++) {
		if (series_read(db, points[7][8 + k % 40].series, FROM, to / 3600 * 3600 - 7200,
				false, &s, &err))
			fail("series_read", err.text);
		n += s.n;
		samples_done(&s);
	}
	if (n)
		printf("reader|finished hours through series_read|%zu samples|%.0f ns/sample\n", n,
		       (double)(clock_mono().us - began) * 1e3 / (double)n);
}

/* Every series of up to 20 devices over all that is finished, and with the open hours. */
static void rolled_up(struct db *db, const char *what, enum tier tier, bool bounds, int64_t to)
{
	struct buckets b = { NULL, 0, 0 };
	struct err err;
	int64_t began = clock_mono().us;
	size_t n = 0, series = 0;
	struct rollup *r = rollup_open(db, tier, FROM, to, &err);

	if (!r)
		fail("rollup_open", err.text);
	if (!bounds)
		rollup_without_bounds(r);
	for (int s = 0; s < scans && s < 20; s++)
		for (int p = STATES; p < POINTS; p++, series++) {
			if (rollup_series(r, points[s][p].series, &b, &err))
				fail("rollup_series", err.text);
			n += b.n;
		}
	rollup_close(r);
	buckets_done(&b);
	double us = (double)(clock_mono().us - began);
	if (n)
		printf("reader|%s through rollup_series|%zu series, %zu buckets|%.0f ns/bucket, "
		       "%.1f "
		       "us/series\n",
		       what, series, n, us * 1e3 / (double)n, us / (double)series);
}

static void rollups(struct db *db, int64_t to)
{
	int64_t finished = to / 3600 * 3600 - 7200;

	rolled_up(db, "finished hours by 5 minutes", TIER_5M, false, finished);
	rolled_up(db, "the same with least and greatest", TIER_5M, true, finished);
	rolled_up(db, "finished hours by the hour", TIER_1H, true, finished);
	rolled_up(db, "by 5 minutes, open hours included", TIER_5M, false, to);
}

/* Civil days of a zone in which one begins with the samples and ends between two UTC days. */
static void days(struct db *db, struct hours *h, int64_t to)
{
	struct err err;
	int64_t rows, bytes;

	if (db_exec(db,
		    "INSERT INTO config_load VALUES (1, 0, '', '', '', 1, '');"
		    "INSERT INTO setting (key, valid_from, load, value) VALUES ('zone', 0, 1, "
		    "'Etc/GMT+8')",
		    &err) ||
	    civil_fill(db, to, &err))
		fail("civil_fill", err.text);
	longest_us = 0;
	double cpu = cpu_s(), written = bytes_written();
	int rc;
	do {
		int64_t began = clock_mono().us;
		rc = hours_work(h, to + 9999, to + 9999, &err);
		longest(began);
	} while (rc > 0);
	cpu = cpu_s() - cpu;
	written = bytes_written() - written;
	if (rc < 0 || db_number(db, "SELECT count(*) FROM rollup_1d", &rows, &err) ||
	    db_number(db, "SELECT sum(pgsize) FROM dbstat WHERE name = 'rollup_1d'", &bytes, &err))
		fail("days", err.text);
	if (rows)
		printf("reader|making rows of a civil day, longest step %.1f ms|%lld rows|%.1f us, "
		       "%.1f bytes, "
		       "%.1f written to the WAL per row\n",
		       (double)longest_us / 1e3, (long long)rows, cpu * 1e6 / (double)rows,
		       (double)bytes / (double)rows, written / (double)rows);
	rolled_up(db, "civil days", TIER_1D, true, to);
}

static double ours(const char *path, int64_t seconds, double *ret_cpu, double *ret_written)
{
	struct err err;
	struct db *db = ours_start(path);

	struct hours *h = hours_new(db, 10800);
	struct gaps *g = gaps_new();
	struct batch b = { .last_ts = INT64_MIN };

	if (db_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", &err))
		fail(path, err.text);
	int64_t pages, pages_now;
	if (db_number(db, "PRAGMA page_count", &pages, &err))
		fail(path, err.text);
	*ret_cpu = cpu_s();
	*ret_written = bytes_written();
	for (int64_t ts = FROM; ts < FROM + seconds; ts++)
		ours_second(db, h, &b, g, ts);
	*ret_cpu = cpu_s() - *ret_cpu;
	readers(db, FROM + seconds);
	rollups(db, FROM + seconds);
	double cpu = cpu_s();
	finish_all(h, FROM + seconds + 9999);
	*ret_cpu += cpu_s() - cpu;
	if (db_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", &err))
		fail(path, err.text);
	*ret_written = bytes_written() - *ret_written;
	struct compact_counters c = hours_counters(h);
	if (c.samples != written_samples)
		fail(path, "not every sample was finished");
	int64_t longest_before = longest_us;
	days(db, h, FROM + seconds);
	longest_us = longest_before;
	/* what stays when the ring is taken away */
	if (db_exec(db, "DELETE FROM hot; VACUUM", &err) ||
	    db_number(db, "PRAGMA page_count", &pages_now, &err))
		fail(path, err.text);
	hours_free(h);
	gaps_free(g);
	batch_done(&b);
	db_close(db);
	return (double)(pages_now - pages) * 4096;
}

/* ---- bare SQLite ---------------------------------------------------------- */

static void sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail(text, sqlite3_errmsg(db));
}

static double plain(const char *path, bool with_index, int64_t seconds, double *ret_cpu,
		    double *ret_written)
{
	sqlite3 *db;
	sqlite3_stmt *insert;
	struct stat st;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		fail(path, sqlite3_errmsg(db));
	/* as collector/store/db.c has them */
	sql(db,
	    "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	    "PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY");
	sql(db, "CREATE TABLE sample (series INTEGER NOT NULL, ts INTEGER NOT NULL, "
		"value INTEGER NOT NULL)");
	if (with_index)
		sql(db, "CREATE INDEX sample_at ON sample (series, ts)");
	if (sqlite3_prepare_v2(db, "INSERT INTO sample VALUES (?, ?, ?)", -1, &insert, NULL))
		fail(path, sqlite3_errmsg(db));
	*ret_cpu = cpu_s();
	*ret_written = bytes_written();
	for (int64_t ts = FROM; ts < FROM + seconds; ts++) {
		int64_t began = clock_mono().us;
		sql(db, "BEGIN IMMEDIATE");
		for (int s = (int)(ts % STEP_S); s < scans; s += STEP_S) {
			if (!step_values(s))
				continue;
			for (int p = 0; p < POINTS; p++) {
				sqlite3_bind_int64(insert, 1, (int64_t)s * POINTS + p + 1);
				sqlite3_bind_int64(insert, 2, ts);
				sqlite3_bind_int64(insert, 3, values[s][p]);
				if (sqlite3_step(insert) != SQLITE_DONE)
					fail("insert", sqlite3_errmsg(db));
				sqlite3_reset(insert);
				written_samples++;
			}
		}
		sql(db, "COMMIT");
		longest(began);
	}
	sqlite3_finalize(insert);
	sql(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	*ret_cpu = cpu_s() - *ret_cpu;
	*ret_written = bytes_written() - *ret_written;
	sqlite3_close(db);
	return stat(path, &st) ? 0 : (double)st.st_size;
}

int main(int argc, char **argv)
{
	const char *mode = argc == 5 ? argv[1] : "", *path = argc == 5 ? argv[2] : "";
	double cpu, written, stored, hours = argc == 5 ? strtod(argv[4], NULL) : 0;
	bool is_ours = !strcmp(mode, "ours"), naive = !strcmp(mode, "naive");

	scans = argc == 5 ? (int)strtol(argv[3], NULL, 10) : 0;
	if (scans < 10 || scans > MAX_SCANS || !(hours > 0 && hours < 1000) ||
	    (!is_ours && !naive && strcmp(mode, "append") != 0)) {
		fprintf(stderr, "usage: store_hours ours|naive|append NEW.db SCANS HOURS\n");
		return 2;
	}
	if (!access(path, F_OK))
		fail(path, "is there already");
	first_values();
	int64_t seconds = (int64_t)(hours * 3600);
	stored = is_ours ? ours(path, seconds, &cpu, &written)
			 : plain(path, naive, seconds, &cpu, &written);
	double n = (double)written_samples;
	printf("%s %.0f %.1f %.3f %.2f %.1f\n", mode, n, cpu * 1e9 / n, stored / n, written / n,
	       (double)longest_us / 1e3);
	return 0;
}
