/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeping costs: rack PDUs of 50 points every 10 s (44 random walks, 6 constant states)
 * through the ring into finished hours, in virtual time, against two plain tables in bare SQLite
 * with the same samples and commits.
 *
 * ours: scan rows, then chunks and rollups, as the writer's thread does it; site: the same with
 * 20,000 PDUs and 200,000 BMCs of 8 points every 30 s, or N percent of them; naive: a row per
 * sample, with the index (series, ts) that a query needs; append: the same without any index.
 *
 * text only prints the samples, for Prometheus (openmetrics; integers: without their unit) or
 * VictoriaMetrics (json).
 *
 * Prints "keep|MODE|samples|CPU ns|stored|written|commit ms|step ms|MB|checkpoint ms": per sample,
 * the longest of each, and what was resident beyond the devices themselves.
 */
#include "keep.h"

struct figures {
	double samples, cpu, stored, written, commit_ms, step_ms, mb, checkpoint_ms;
};

static struct figures ours(const char *path, struct fleet *f, size_t n, int64_t seconds)
{
	struct keeper k;
	struct figures got;
	struct err err;

	keeper_begin(&k, path);
	for (size_t i = 0; i < n; i++) {
		fleet_begin(&f[i]);
		keeper_register(&k, &f[i]);
	}
	keeper_checkpoint(&k);
	double pages = keeper_bytes(&k);
	peak_begin();
	double before = resident_mb(), cpu = cpu_s(), written = bytes_written();
	for (int64_t ts = FROM; ts < FROM + seconds; ts++) {
		for (size_t i = 0; i < n; i++)
			keeper_poll(&k, &f[i], ts);
		keeper_commit(&k, ts);
		/* the thread makes a pause of 20 ms after each: up to 40 a second beside the polls
		 */
		for (int step = 0; step < 20 && keeper_work(&k, ts); step++)
			;
	}
	while (keeper_work(&k, FROM + seconds + 9999))
		;
	got.cpu = cpu_s() - cpu;
	got.mb = peak_mb() - before;
	keeper_checkpoint(&k);
	got.written = bytes_written() - written;
	struct compact_counters c = hours_counters(k.hours);
	if (c.samples != k.samples)
		fail(path, "not every sample was finished");
	/* what stays when the ring is taken away */
	must_be(db_exec(k.db, "DELETE FROM hot; VACUUM", &err), &err);
	keeper_checkpoint(&k);
	got.stored = keeper_bytes(&k) - pages;
	got.samples = (double)k.samples;
	got.commit_ms = (double)k.commit_us_max / 1e3;
	got.step_ms = (double)k.step_us_max / 1e3;
	got.checkpoint_ms = (double)k.checkpoint_us_max / 1e3;
	keeper_done(&k);
	return got;
}

/* ---- bare SQLite ---------------------------------------------------------- */

static void sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail(text, sqlite3_errmsg(db));
}

static void put_plain(sqlite3 *db, sqlite3_stmt *insert, struct fleet *f, int64_t ts,
		      struct figures *got)
{
	for (int d = (int)(ts % f->step_s); d < f->n; d += f->step_s) {
		if (!fleet_step(f, d))
			continue;
		for (int p = 0; p < f->points; p++) {
			int64_t series = (int64_t)d * f->points + p;
			sqlite3_bind_int64(insert, 1, series + 1);
			sqlite3_bind_int64(insert, 2, ts);
			sqlite3_bind_int64(insert, 3, f->value[series]);
			if (sqlite3_step(insert) != SQLITE_DONE)
				fail("insert", sqlite3_errmsg(db));
			sqlite3_reset(insert);
			got->samples++;
		}
	}
}

static struct figures plain(const char *path, struct fleet *f, bool with_index, int64_t seconds)
{
	struct figures got = { 0 };
	sqlite3 *db;
	sqlite3_stmt *insert;
	struct stat st;
	int64_t longest_us = 0;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		fail(path, sqlite3_errmsg(db));
	/* as collector/store/db.c has them, but for four times the cache */
	sql(db,
	    "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	    "PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY");
	sql(db, "CREATE TABLE sample (series INTEGER NOT NULL, ts INTEGER NOT NULL, "
		"value INTEGER NOT NULL)");
	if (with_index)
		sql(db, "CREATE INDEX sample_at ON sample (series, ts)");
	if (sqlite3_prepare_v2(db, "INSERT INTO sample VALUES (?, ?, ?)", -1, &insert, NULL))
		fail(path, sqlite3_errmsg(db));
	fleet_begin(f);
	double cpu = cpu_s(), written = bytes_written();
	for (int64_t ts = FROM; ts < FROM + seconds; ts++) {
		int64_t began = clock_mono().us;
		sql(db, "BEGIN IMMEDIATE");
		put_plain(db, insert, f, ts, &got);
		sql(db, "COMMIT");
		longest(began, &longest_us);
	}
	sqlite3_finalize(insert);
	sql(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	got.cpu = cpu_s() - cpu;
	got.written = bytes_written() - written;
	got.commit_ms = (double)longest_us / 1e3;
	sqlite3_close(db);
	got.stored = stat(path, &st) ? 0 : (double)st.st_size;
	return got;
}

/* ---- for others ------------------------------------------------------------ */

enum form { OPENMETRICS, INTEGERS /* the same without a unit */, JSON };

static void text_value(const struct fleet *f, enum form form, int p, int64_t v)
{
	if (form == INTEGERS || p < f->states)
		printf("%lld", (long long)v);
	else
		printf("%lld.%lld", (long long)v / 10, (long long)v % 10); /* W */
}

/* The series of slot p of device d; v: its samples, there: which are. */
static void text_series(const struct fleet *f, enum form form, int d, int p, const int64_t *v,
			const bool *there, int64_t steps, int64_t from)
{
	const char *comma = "";

	from += d % f->step_s;
	if (form == JSON)
		printf("{\"metric\":{\"__name__\":\"value\",\"device\":\"PDU-%04d\","
		       "\"part\":\"outlet %d\"},\"values\":[",
		       d, p + 1);
	for (int64_t i = 0; i < steps; i++) {
		if (!there[i])
			continue;
		if (form == JSON)
			fputs(comma, stdout);
		else
			printf("value{device=\"PDU-%04d\",part=\"outlet %d\"} ", d, p + 1);
		text_value(f, form, p, v[i]);
		if (form != JSON)
			printf(" %lld\n", (long long)(from + i * f->step_s));
		comma = ",";
	}
	if (form != JSON)
		return;
	printf("],\"timestamps\":[");
	comma = "";
	for (int64_t i = 0; i < steps; i++)
		if (there[i]) {
			printf("%s%lld000", comma, (long long)(from + i * f->step_s));
			comma = ",";
		}
	puts("]}");
}

/* All samples of a series together, which is the order that both importers want. */
static void text(struct fleet *f, enum form form, int64_t seconds, int64_t from)
{
	int64_t steps = seconds / f->step_s;
	int64_t *v = xcalloc((size_t)f->points * (size_t)steps, sizeof(*v));
	bool *there = xcalloc((size_t)steps, sizeof(*there));

	fleet_begin(f);
	if (form != JSON)
		puts("# TYPE value gauge");
	for (int d = 0; d < f->n; d++) {
		for (int64_t i = 0; i < steps; i++) {
			there[i] = fleet_step(f, d);
			for (int p = 0; p < f->points; p++)
				v[(int64_t)p * steps + i] = f->value[d * f->points + p];
		}
		for (int p = 0; p < f->points; p++)
			text_series(f, form, d, p, v + (int64_t)p * steps, there, steps, from);
	}
	if (form != JSON)
		puts("# EOF");
	free(v);
	free(there);
}

static void print(const char *mode, struct figures g)
{
	printf("keep|%s|%.0f|%.1f|%.3f|%.2f|%.1f|%.1f|%.1f|%.1f\n", mode, g.samples,
	       g.cpu * 1e9 / g.samples, g.stored / g.samples, g.written / g.samples, g.commit_ms,
	       g.step_ms, g.mb, g.checkpoint_ms);
}

int main(int argc, char **argv)
{
	struct fleet f[] = {
		{ "device", "PDU", 0, 50, 6, 10, WANDER, NULL, NULL },
		{ "device", "BMC", 0, 8, 2, 30, WANDER, NULL, NULL },
	};
	const char *mode = argc >= 5 ? argv[1] : "";
	long n = argc >= 5 ? strtol(argv[3], NULL, 10) : 0;
	double hours = argc >= 5 ? strtod(argv[4], NULL) : 0;
	int64_t from = argc == 6 ? strtol(argv[5], NULL, 10) : FROM;
	int64_t seconds = (int64_t)(hours * 3600);

	program = argv[0];
	if (argc > 6 || n < 1 || n > 20000 || !(hours > 0 && hours < 1000)) {
		fprintf(stderr,
			"usage: store_keep ours|naive|append NEW.db PDUS HOURS\n"
			"       store_keep site NEW.db PERCENT HOURS\n"
			"       store_keep text openmetrics|integers|json PDUS HOURS [FROM]\n");
		return 2;
	}
	f[0].n = (int)n;
	if (!strcmp(mode, "ours")) {
		print(mode, ours(argv[2], f, 1, seconds));
	} else if (!strcmp(mode, "site")) {
		f[0].n = (int)n * 200;
		f[1].n = (int)n * 2000;
		print(mode, ours(argv[2], f, 2, seconds));
	} else if (!strcmp(mode, "naive") || !strcmp(mode, "append")) {
		print(mode, plain(argv[2], f, *mode == 'n', seconds));
	} else if (!strcmp(mode, "text")) {
		text(f,
		     !strcmp(argv[2], "json")       ? JSON
		     : !strcmp(argv[2], "integers") ? INTEGERS
						    : OPENMETRICS,
		     seconds, from);
	} else {
		fail(mode, "is no mode");
	}
	fleet_done(&f[0]);
	if (f[1].value)
		fleet_done(&f[1]);
	return 0;
}
