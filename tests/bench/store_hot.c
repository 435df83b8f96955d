/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What storing costs: the writer of store/ against two plain tables in bare SQLite, with the
 * same samples, the same pragmas and a commit for the same rows, one process each.
 *   ours    writer_row: a row per scan and instant
 *   naive   a row per sample, with the index (series, ts) that a query needs
 *   append  a row per sample, without any index: what a log file would be
 * Prints "MODE samples CPU-ns/sample bytes/sample wall-s"; store_hot.sh makes ratios of it.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "schema/schema.h"
#include "store/db.h"
#include "store/writer.h"

enum { SCANS = 2000, POINTS = 50, STEP_S = 10, PER_COMMIT = SCANS / STEP_S };

static int64_t values[SCANS][POINTS];

_Noreturn static void fail(const char *what, const char *why)
{
	fprintf(stderr, "store_hot: %s: %s\n", what, why);
	exit(1);
}

/* The same wandering loads in every mode: some 1,000 to 9,000, half of them unchanged. */
static uint32_t next_random(void)
{
	static uint32_t x = 2463534242U;

	x ^= x << 13;
	x ^= x >> 17;
	return x ^= x << 5;
}

static void first_values(void)
{
	for (int s = 0; s < SCANS; s++)
		for (int p = 0; p < POINTS; p++)
			values[s][p] = 1000 + (int64_t)(next_random() % 8000);
}

static void step_values(int s)
{
	for (int p = 0; p < POINTS; p++) {
		uint32_t r = next_random();

		if (r & 1)
			values[s][p] += (int64_t)(r >> 1) % 21 - 10;
	}
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double elapsed_s(void)
{
	return (double)clock_mono().us / 1e6;
}

/* ---- ours ---------------------------------------------------------------- */

static struct reg_point points[SCANS][POINTS];
static struct reg_scan scans[SCANS];
static char names[SCANS][16], parts[POINTS][16];

static void registered(void *user, struct reg_scan *scan, const char *failed)
{
	(void)user;
	if (failed)
		fail(scan->entity, failed);
}

static struct writer *ours_start(const char *path, int64_t from)
{
	struct writer_settings settings = { .queue_rows = 4 * SCANS, .commit_every_ms = 60000 };
	const struct quantity *power = schema_quantity("power_w");
	struct err err;
	struct db *db = db_open_write(path, &err);
	struct writer *w = db ? writer_start(db, &settings, &err) : NULL;

	if (!w)
		fail(path, err.text);
	for (int p = 0; p < POINTS; p++)
		snprintf(parts[p], sizeof(parts[p]), "outlet %d", p + 1);
	for (int s = 0; s < SCANS; s++) {
		snprintf(names[s], sizeof(names[s]), "PDU-%04d", s);
		for (int p = 0; p < POINTS; p++)
			points[s][p] = (struct reg_point){ .part = parts[p],
							   .label = "",
							   .quantity = power,
							   .scale = { 1, 10, 0 } };
		scans[s] = (struct reg_scan){ .entity_kind = "device",
					      .entity = names[s],
					      .name = "main",
					      .step_s = STEP_S,
					      .phase_s = s % STEP_S,
					      .valid_from = from,
					      .points = points[s],
					      .n_points = POINTS };
		if (writer_register(w, &scans[s], registered, NULL) < 0)
			fail(names[s], "cannot be registered");
	}
	writer_flush(w);
	return w;
}

static void ours_second(struct writer *w, int64_t ts)
{
	for (int s = (int)(ts % STEP_S); s < SCANS; s += STEP_S) {
		struct reading r[POINTS];

		step_values(s);
		for (int p = 0; p < POINTS; p++)
			r[p] = (struct reading){ .raw = values[s][p], .cause = CAUSE_NONE };
		if (writer_row(w, scans[s].scan, ts, r, POINTS) < 0)
			fail(names[s], "the queue is full");
	}
	writer_flush(w);
}

/* ---- bare SQLite ---------------------------------------------------------- */

static void sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail(text, sqlite3_errmsg(db));
}

static sqlite3 *plain_start(const char *path, bool with_index, sqlite3_stmt **insert)
{
	sqlite3 *db;

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
	if (sqlite3_prepare_v2(db, "INSERT INTO sample VALUES (?, ?, ?)", -1, insert, NULL))
		fail(path, sqlite3_errmsg(db));
	return db;
}

static void plain_second(sqlite3 *db, sqlite3_stmt *insert, int64_t ts)
{
	sql(db, "BEGIN IMMEDIATE");
	for (int s = (int)(ts % STEP_S); s < SCANS; s += STEP_S) {
		step_values(s);
		for (int p = 0; p < POINTS; p++) {
			sqlite3_bind_int64(insert, 1, (int64_t)s * POINTS + p + 1);
			sqlite3_bind_int64(insert, 2, ts);
			sqlite3_bind_int64(insert, 3, values[s][p]);
			if (sqlite3_step(insert) != SQLITE_DONE)
				fail("insert", sqlite3_errmsg(db));
			sqlite3_reset(insert);
		}
	}
	sql(db, "COMMIT");
}

/* ---- one mode -------------------------------------------------------------- */

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

int main(int argc, char **argv)
{
	const int64_t from = 1800000000;
	const char *mode = argc == 4 ? argv[1] : "", *path = argc == 4 ? argv[2] : "";
	long rounds = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
	bool ours = strcmp(mode, "ours") == 0, naive = strcmp(mode, "naive") == 0;
	struct writer *w = NULL;
	sqlite3 *db = NULL;
	sqlite3_stmt *insert = NULL;
	int64_t before = 0;

	if (rounds < 1 || rounds > 1000 || (!ours && !naive && strcmp(mode, "append") != 0)) {
		fprintf(stderr, "usage: store_hot ours|naive|append NEW.db ROUNDS (to 1000)\n");
		return 2;
	}
	if (size_of(path) > 0)
		fail(path, "is there already");
	first_values();
	if (ours) {
		/* what the inventory takes is not of the samples */
		w = ours_start(path, from);
		writer_stop(w);
		before = size_of(path);
		w = ours_start(path, from);
	} else {
		db = plain_start(path, naive, &insert);
	}
	double cpu = cpu_s(), wall = elapsed_s();
	for (int64_t ts = from; ts < from + rounds * STEP_S; ts++) {
		if (ours)
			ours_second(w, ts);
		else
			plain_second(db, insert, ts);
	}
	cpu = cpu_s() - cpu;
	wall = elapsed_s() - wall;
	if (ours) {
		struct writer_counters c = writer_counters(w);

		if (c.dropped || c.failures || c.readings != (uint64_t)(rounds * SCANS * POINTS))
			fail(path, "not every reading was stored");
		writer_stop(w);
	} else {
		sqlite3_finalize(insert);
		sqlite3_close(db);
	}
	double samples = (double)(rounds * SCANS * POINTS);
	printf("%s %.0f %.1f %.2f %.2f\n", mode, samples, cpu * 1e9 / samples,
	       (double)(size_of(path) - before) / samples, wall);
	return 0;
}
