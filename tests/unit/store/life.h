/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short life of a database, step by step, each of which can be tried again: registrations, rows,
 * finished hours, old ones in the denser form, late values, retention, checkpoints. It is run once
 * as it should be, and what the file holds before each step is kept: with that, any moment of it
 * can be begun at and compared. In a few seconds not each operation can be met: RACKMETER_EVERY=1
 * meets them all (tests/soak/store.sh).
 */
#pragma once

#include "dataset.h"
#include "faultvfs.h"

#include "store/civil.h"
#include "store/retain.h"

#define PIECE_S  900 /* of rows in a commit */
#define ATTEMPTS 60
#define N_STEPS  26
#define OPS_MAX  2000

enum what { ROWS, WORK, DENSE, LATE, RETAIN, CHECKPOINT };

static const struct step {
	enum what what;
	int64_t from; /* of rows, behind DATA_FROM; LATE 0: into an hour in the denser form */
} steps[N_STEPS] = {
	{ ROWS, 0 },       { ROWS, 900 },     { ROWS, 1800 },    { ROWS, 2700 },  { ROWS, 3600 },
	{ WORK, 0 },       { ROWS, 4500 },    { CHECKPOINT, 0 }, { ROWS, 5400 },  { ROWS, 6300 },
	{ ROWS, 7200 },    { WORK, 0 },       { DENSE, 0 },      { LATE, 0 },     { LATE, 1 },
	{ ROWS, 8100 },    { RETAIN, 0 },     { CHECKPOINT, 1 }, { ROWS, 9000 },  { ROWS, 9900 },
	{ ROWS, 10800 },   { ROWS, 11700 },   { WORK, 0 },       { DENSE, 0 },    { CHECKPOINT, 0 },
	{ RETAIN, 0 },
};

struct site {
	struct db *db;
	struct hours *hours;
	struct gaps *gaps;
	struct batch batch;
	bool stale;
	int64_t now;
};

/* What the file is before step k (and after the last). */
static struct moment {
	uint64_t all, readings;
	unsigned char *bytes[2]; /* file and log */
	size_t n[2];
} moments[N_STEPS + 1];

static char crash_file[80];

/* ---- what a file holds ----------------------------------------------------- */

static uint64_t hash_rows(sqlite3 *db, const char *sql, uint64_t hash)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const void *p = sqlite3_column_blob(stmt, i);
			int n = sqlite3_column_bytes(stmt, i);
			hash = text_hash_more(hash, p ? p : "", (size_t)n);
			hash = text_hash_more(hash, &n, sizeof(n));
		}
	if (sqlite3_finalize(stmt))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return hash;
}

/* All rows but those of the collector's own run, and gaps: what one run would tell in one, two
 * tell in two. Of the ring, what it holds: what a row stands on is another's after a restart. */
static uint64_t hash_all(sqlite3 *db)
{
	sqlite3_stmt *stmt;
	uint64_t hash = text_hash("", 0);

	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT 'SELECT * FROM ' || name FROM "
					    " sqlite_master WHERE type = 'table' AND name NOT "
					    "IN ('daemon', 'gap', 'tick', 'cause', 'quantity', "
					    "'hot', 'hot_5m') "
					    "ORDER BY name",
					    -1, &stmt, NULL),
			 SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		hash = hash_rows(db, (const char *)sqlite3_column_text(stmt, 0), hash);
	sqlite3_finalize(stmt);
	hash = hash_rows(db, "SELECT id, ts FROM hot ORDER BY id", hash);
	return hash_rows(db, "SELECT entity, part, quantity, ts, raw FROM v_open_reading ORDER BY "
			     "1, 2, 3, 4", hash);
}

static uint64_t hash_readings(sqlite3 *db)
{
	uint64_t hash = hash_rows(
		db, "SELECT entity, part, quantity, ts, value FROM v_reading ORDER BY 1, 2, 3, 4",
		text_hash("", 0));

	/* days that are being made are seen as they were, to what a mean is rounded to */
	return hash_rows(db,
			 "SELECT entity, part, quantity, ts, n, min, max, first, last FROM "
			 "v_reading_1d WHERE entity_kind = 'device' AND entity = 'PDU-R2-A' ORDER "
			 "BY 1, 2, 3, 4, 5",
			 hash);
}

static sqlite3 *look_at(const char *file)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 1000);
	return db;
}

static void must_be_whole(sqlite3 *db)
{
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(stmt, 0), "ok");
	sqlite3_finalize(stmt);
}

/* ---- one life --------------------------------------------------------------- */

static void site_open(struct site *s, const char *file, int64_t now, bool watch)
{
	struct err err;

	*s = (struct site){ .now = now, .batch.last_ts = INT64_MIN };
	fault.watching = watch;
	s->db = db_open_maintain(file, &err);
	if (!s->db)
		fail_msg("%s", err.text);
	/* small: a checkpoint every few commits, errors of which are nobody's */
	must(db_exec(s->db, "PRAGMA wal_autocheckpoint = 60", &err), &err);
	fault.watching = false;
	s->gaps = gaps_new();
	s->hours = hours_new(s->db, 10800);
	must(hours_load(s->hours, now - 3600, &err), &err);
}

/* As the writer's thread does it. */
static int commit(struct site *s, struct err *err)
{
	int64_t id;
	bool again;
	struct query *q;

	if (s->stale && hours_load(s->hours, s->now - 3600, err))
		return -1;
	s->stale = true;
	if (batch_prepare(&s->batch, s->hours, err) || db_begin(s->db, err))
		return -1;
	q = query_kept(s->db, "store_gap_next", err);
	if (!q || query_first(q, &id, err) <= 0)
		goto failed;
	if (!s->batch.derived)
		gaps_next_id(s->gaps, id);
	batch_derive(&s->batch, s->gaps);
	if (hours_enter(s->hours, err) || batch_apply(&s->batch, s->db, s->hours, &again, err) ||
	    db_commit(s->db, err))
		goto failed;
	hours_committed(s->hours, s->now - 3600);
	s->stale = false;
	return 0;
failed:
	db_rollback(s->db);
	return -1;
}

static void put_register(struct batch *b, int s)
{
	struct item_register r = { .scan = &data_scans[s] };
	struct item *item = batch_put(b, ITEM_REGISTER, sizeof(r));

	memcpy(item + 1, &r, sizeof(r));
}

static void fill_batch(struct site *s, int64_t from)
{
	static const char *const event[] = { "device", "PDU-R1-A", "survey", "done" };
	static const char *const state[] = { "PDU-R1-A", "ok" };
	char serial[16];
	struct item *item;

	/* what changes amid these rows: slots are known when the registration is through */
	if (from == 0 || from == 5400 || from == 9000) {
		data_describe(from == 0 ? DATA_FROM : from == 5400 ? DATA_RESCALE : DATA_FASTER);
		for (int i = 0; i < DATA_SCANS; i++)
			put_register(&s->batch, i);
	}
	for (int64_t ts = DATA_FROM + from; from > 0 && ts < DATA_FROM + from + PIECE_S; ts++)
		for (int i = 0; i < DATA_SCANS; i++)
			if (data_instant(i, ts))
				data_row(&s->batch, i, ts);
	item = batch_put_texts(&s->batch, ITEM_EVENT, event, 4);
	item->ts = DATA_FROM + from;
	item = batch_put_texts(&s->batch, ITEM_STATE, state, 2);
	item->ts = DATA_FROM + from;
	item->number = from / 900 % 2 ? CAUSE_NONE : CAUSE_NO_ANSWER;
	snprintf(serial, sizeof(serial), "S%d", (int)(from / 1800));
	item = batch_put_texts(&s->batch, ITEM_FACT,
			       (const char *const[]){ "PDU-R1-A", "serial", serial }, 3);
	item->ts = DATA_FROM + from;
	s->now = DATA_FROM + from + PIECE_S;
}

/* Of one point's hour, so in one transaction. */
static int late(struct site *s, bool dense, struct err *err)
{
	struct late_item items[3];
	struct late_result result = { 0 };

	if (dense)
		items[0] = (struct late_item){ data_points[0][2].point, DATA_FROM + 2703, 5 };
	for (int i = 0; !dense && i < 3; i++)
		items[i] = (struct late_item){ data_points[1][2].point,
					       DATA_FROM + 3600 + 31 + i * 777, 500 + i };
	return late_put(s->db, items, dense ? 1 : 3, MERGE_KEEP, false, &result, err);
}

static int attempt(struct site *s, const struct step *step, struct err *err)
{
	static const struct retention keep = { 3600, 7200, 7200 };
	int rc;

	switch (step->what) {
	case ROWS: return commit(s, err);
	case WORK:
		if (s->stale && hours_load(s->hours, s->now - 3600, err))
			return -1;
		s->stale = false;
		while ((rc = hours_work(s->hours, s->now, s->now, err)) > 0)
			;
		return rc;
	case DENSE:
		while ((rc = densify_step(s->db, 1, s->now, err)) > 0)
			;
		return rc;
	case LATE: return late(s, !step->from, err);
	case RETAIN:
		while ((rc = retain_step(s->db, &keep, s->now, err)) > 0)
			;
		return rc;
	case CHECKPOINT:
		rc = sqlite3_wal_checkpoint_v2(s->db->sqlite, NULL,
					       step->from ? SQLITE_CHECKPOINT_TRUNCATE
							  : SQLITE_CHECKPOINT_PASSIVE,
					       NULL, NULL);
		return rc ? db_fail(s->db, err, "checkpoint") : 0;
	}
	return -1;
}

/* What is visible after an attempt at step k that failed: as before it, or, when it is of several
 * transactions, no reading more or less than before or behind it. */
static void check_failed(int k)
{
	sqlite3 *db = look_at(db_file);
	bool one = steps[k].what == ROWS || steps[k].what == LATE;

	if (one && hash_all(db) != moments[k].all)
		fail_msg("step %d, operation %lld: more or less than was committed", k,
			 (long long)fault.at);
	uint64_t seen = one ? moments[k].readings : hash_readings(db);
	if (seen != moments[k].readings && seen != moments[k + 1].readings)
		fail_msg("step %d, operation %lld: other readings", k, (long long)fault.at);
	sqlite3_close(db);
}

static void run_step(struct site *s, int k, bool check)
{
	struct err err;
	int rc = -1;

	if (steps[k].what == ROWS)
		fill_batch(s, steps[k].from);
	for (int i = 0; rc && i < ATTEMPTS; i++) {
		rc = attempt(s, &steps[k], &err);
		if (rc && !i && check)
			check_failed(k);
	}
	if (rc)
		fail_msg("step %d, operation %lld: does not get on: %s", k, (long long)fault.at,
			 err.text);
	batch_clear(&s->batch);
}

static void site_close(struct site *s)
{
	batch_done(&s->batch);
	hours_free(s->hours);
	gaps_free(s->gaps);
	db_close(s->db);
}

/* ---- as it should be -------------------------------------------------------- */

/* Points and slots of the scans as the database has them before step k. */
static struct reg_scan known_scans[N_STEPS + 1][DATA_SCANS];
static struct reg_point known_points[N_STEPS + 1][DATA_SCANS][DATA_SLOTS];

static void remember(int k)
{
	struct moment *m = &moments[k];
	sqlite3 *db = look_at(db_file);

	m->all = hash_all(db);
	m->readings = hash_readings(db);
	sqlite3_close(db);
	fault_image(db_file, crash_file, 0);
	for (int i = 0; i < 2; i++) {
		char *name = xasprintf("%s%s", crash_file, i ? "-wal" : "");
		free(m->bytes[i]);
		m->bytes[i] = file_get(name, &m->n[i]);
		free(name);
	}
	memcpy(known_scans[k], data_scans, sizeof(data_scans));
	memcpy(known_points[k], data_points, sizeof(data_points));
}

static void know(int k)
{
	memcpy(data_scans, known_scans[k], sizeof(data_scans));
	memcpy(data_points, known_points[k], sizeof(data_points));
}

static int64_t now_before(int k)
{
	int64_t now = DATA_FROM;

	for (int i = 0; i < k; i++)
		if (steps[i].what == ROWS)
			now = DATA_FROM + steps[i].from + PIECE_S;
	return now;
}

__attribute__((unused)) static int life_make(void **state)
{
	struct site s;
	struct err err;

	if (scratch_make(state))
		return -1;
	snprintf(crash_file, sizeof(crash_file), "%s/crash.db", scratch);
	fault_use();
	fault_set(0, 0, 0, false);
	data_describe(DATA_FROM);
	s.db = open_write();
	must(civil_fill(s.db, DATA_FROM, &err), &err);
	db_close(s.db);
	site_open(&s, db_file, DATA_FROM, true);
	for (int k = 0; k < N_STEPS; k++) {
		remember(k);
		run_step(&s, k, false);
	}
	remember(N_STEPS);
	assert_int_equal(ask_int(s.db, "SELECT sum(d1) FROM civil_day WHERE date >= '2026-11-22'"),
			 1);
	site_close(&s);
	return 0;
}

__attribute__((unused)) static int life_unmake(void **state)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < 3; i++) {
		char *name = xasprintf("%s%s", crash_file, suffix[i]);
		unlink(name);
		free(name);
	}
	return scratch_remove(state);
}

static int every(int unless_told)
{
	const char *text = getenv("RACKMETER_EVERY");
	int n = text ? (int)strtol(text, NULL, 10) : 0;

	return n > 0 ? n : unless_told;
}

static void restore(const char *file, int k)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };

	for (int i = 0; i < 3; i++) {
		char *name = xasprintf("%s%s", file, suffix[i]);
		unlink(name);
		if (i < 2 && moments[k].bytes[i])
			file_put(name, moments[k].bytes[i], moments[k].n[i]);
		free(name);
	}
	know(k);
}

static void must_be_as_before(const char *file, int k)
{
	sqlite3 *db = look_at(file);

	must_be_whole(db);
	if (hash_all(db) != moments[k].all || hash_readings(db) != moments[k].readings)
		fail_msg("before step %d it is another, operation %lld", k, (long long)fault.at);
	sqlite3_close(db);
}
