/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the form of old hours saves and costs: rack PDUs of store_keep, a day of finished hours as
 * chunks, then the same in chunk_dense, in one run. Bytes are pages of the table alone in a file
 * of its own; the least of five times counts, so the file is in memory. Prints
 * "dense|WHAT|figure|at most|unit".
 */
#include "keep.h"

#include "store/chunk.h"
#include "store/dense.h"
#include "store/densify.h"
#include "store/series.h"

#define ROUNDS 5
#define STAY_H 2

static void tell(const char *what, double figure, double wanted, const char *unit)
{
	printf("dense|%s|%.4f|%.4f|%s\n", what, figure, wanted, unit);
}

/* Pages of a table of all those of the file. */
static double table_bytes(struct db *db, const char *path, const char *table)
{
	char *copy = xasprintf("%s.copy", path);
	char *into = xasprintf("VACUUM INTO '%s'", copy);
	char *empty = xasprintf("DELETE FROM %s; VACUUM", table);
	struct err err;
	int64_t pages[2];

	must_be(db_exec(db, into, &err), &err);
	for (int i = 0; i < 2; i++) {
		sqlite3 *file;
		sqlite3_stmt *stmt;
		if (sqlite3_open(copy, &file) ||
		    (i && sqlite3_exec(file, empty, NULL, NULL, NULL)) ||
		    sqlite3_prepare_v2(file, "PRAGMA page_count", -1, &stmt, NULL) ||
		    sqlite3_step(stmt) != SQLITE_ROW)
			fail(copy, sqlite3_errmsg(file));
		pages[i] = sqlite3_column_int64(stmt, 0);
		sqlite3_finalize(stmt);
		sqlite3_close(file);
	}
	unlink(copy);
	free(copy);
	free(into);
	free(empty);
	return (double)(pages[0] - pages[1]) * DB_PAGE_BYTES;
}

/* ns per row. */
static double by_sql(struct db *db, const char *sql)
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		sqlite3_stmt *stmt;
		double rows = 0, began = cpu_s();
		if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
			fail(sql, sqlite3_errmsg(db->sqlite));
		while (sqlite3_step(stmt) == SQLITE_ROW)
			rows++;
		sqlite3_finalize(stmt);
		double ns = (cpu_s() - began) * 1e9 / rows;
		best = ns < best ? ns : best;
	}
	return best;
}

/* ns per sample of all series. */
static double by_series(struct db *db, int64_t n_series, int64_t to)
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double n = 0, began = cpu_s();
		for (int64_t id = 1; id <= n_series; id++) {
			struct samples s;
			struct err err;
			must_be(series_read(db, id, FROM, to, false, &s, &err), &err);
			n += (double)s.n;
			samples_done(&s);
		}
		double ns = (cpu_s() - began) * 1e9 / n;
		best = ns < best ? ns : best;
	}
	return best;
}

/* ns per sample of [from, to] by the view; from: a full hour. */
static double by_view(struct db *db, int64_t from, int64_t to)
{
	char *sql = xasprintf(
		"SELECT ts, value FROM v_reading WHERE entity_kind = 'device' AND entity = "
		"'PDU-0000' AND quantity = 'power_w' AND ts BETWEEN %lld AND %lld AND hour BETWEEN "
		"%lld AND %lld",
		(long long)from, (long long)to, (long long)from, (long long)to);
	double ns = by_sql(db, sql);

	free(sql);
	return ns;
}

struct reading_costs {
	double raw, minmax, series;
};

static struct reading_costs read_all(struct db *db, int64_t hours, int64_t points)
{
	int64_t to = FROM + hours * 3600 - 1;
	struct reading_costs c;
	char *sql = xasprintf("SELECT ts, min, max FROM v_reading_5m_minmax WHERE entity_kind = "
			      "'device' AND entity = 'PDU-0000' AND quantity = 'power_w' AND hour "
			      "BETWEEN %d AND %lld",
			      FROM, (long long)to);

	c.raw = by_view(db, FROM, to);
	c.minmax = by_sql(db, sql);
	free(sql);
	c.series = by_series(db, points, to);
	return c;
}

/* Both codecs on the blocks of an hour of one device. */
static void codecs(struct db *db, int64_t points)
{
	struct hour_block *b = xcalloc((size_t)points, sizeof(*b));
	struct codec *chunk = xcalloc((size_t)points, sizeof(*chunk));
	struct dense *dense = xcalloc((size_t)points, sizeof(*dense));
	static int64_t raw[CODEC_MAX_N];
	static unsigned char present[CODEC_MAX_N];
	double best[4] = { 1e18, 1e18, 1e18, 1e18 }, n = 0;
	struct err err;

	for (int64_t p = 0; p < points; p++) {
		if (chunk_get(db, p + 1, FROM, &b[p], &err) <= 0)
			fail("chunk_get", "no hour");
		n += b[p].n;
	}
	n *= 20;
	for (int round = 0; round < ROUNDS * 4; round++) {
		double at[5] = { cpu_s() };
		for (int again = 0; again < 20; again++)
			for (int64_t p = 0; p < points; p++)
				codec_encode(b[p].raw, b[p].present, b[p].n, CODEC_SEG, &chunk[p]);
		at[1] = cpu_s();
		for (int again = 0; again < 20; again++)
			for (int64_t p = 0; p < points; p++) {
				const struct codec *c = &chunk[p];
				struct codec_view v = { c->base, c->slope, c->w, c->n,
							c->seg,  c->sw,    c->v, c->bytes };
				for (uint32_t i = 0; i < c->n; i++)
					present[i] = codec_at(&v, i, &raw[i]);
			}
		at[2] = cpu_s();
		for (int again = 0; again < 20; again++)
			for (int64_t p = 0; p < points; p++)
				if (!dense_encode(b[p].raw, b[p].present, b[p].n, &dense[p]))
					fail("dense_encode", "a value is too great");
		at[3] = cpu_s();
		for (int again = 0; again < 20; again++)
			for (int64_t p = 0; p < points; p++) {
				const struct dense *d = &dense[p];
				struct dense_view v = { d->base,  d->low, d->m,   d->n,
							d->k,     d->c,   d->v,   d->gone,
							d->bytes, d->gone_bytes };
				if (!dense_decode(&v, raw, present))
					fail("dense_decode", "no sense");
			}
		at[4] = cpu_s();
		for (int i = 0; i < 4; i++) {
			double ns = (at[i + 1] - at[i]) * 1e9 / n;
			best[i] = ns < best[i] ? ns : best[i];
		}
	}
	tell("codec of the chunk, encode", best[0], 60, " ns");
	tell("codec of the chunk, decode", best[1], 60, " ns");
	tell("codec of the denser form, encode", best[2], 60, " ns");
	tell("codec of the denser form, decode", best[3], 60, " ns");
	for (int64_t p = 0; p < points; p++) {
		codec_done(&chunk[p]);
		dense_done(&dense[p]);
	}
	free(b);
	free(chunk);
	free(dense);
}

struct moving_costs {
	double cpu, written;
	int64_t step_us_max;
};

static void move(struct keeper *k, int64_t after_s, int64_t now, struct moving_costs *c)
{
	double cpu = cpu_s(), written = bytes_written();
	struct err err;
	int rc;

	do {
		int64_t began = clock_mono().us;
		rc = densify_step(k->db, after_s, now, &err);
		longest(began, &c->step_us_max);
		keeper_tend(k);
	} while (rc > 0);
	must_be(rc, &err);
	keeper_checkpoint(k);
	c->cpu += cpu_s() - cpu;
	c->written += bytes_written() - written;
}

/* All but the newest hour; in between, what reading the newest ones costs beside the others. */
static void move_all(struct keeper *k, int64_t end, double samples)
{
	struct moving_costs c = { 0, 0, 0 };
	int64_t from = end - (STAY_H + 1) * 3600;
	double was = by_view(k->db, from, end - 3601);

	move(k, (STAY_H + 1) * 3600, end, &c);
	double is = by_view(k->db, from, end - 3601);
	move(k, 1, end, &c);
	tell("moving, CPU per sample", c.cpu * 1e9 / samples, 100, " ns");
	tell("moving, written per sample", c.written / samples, 4.2, " bytes");
	tell("moving, longest step", (double)c.step_us_max / 1e3, 50, " ms");
	tell("v_reading, hours that stay, of before", is / was, 1.1, "");
}

int main(int argc, char **argv)
{
	struct fleet pdus = { "device", "PDU", 0, 50, 6, 10, WANDER, NULL, NULL };
	struct keeper k;
	struct err err;

	program = argv[0];
	if (argc != 4 || (pdus.n = (int)strtol(argv[2], NULL, 10)) < 1) {
		fprintf(stderr, "usage: store_dense NEW.db PDUS HOURS\n");
		return 2;
	}
	/* one more: the newest stays as it is */
	int64_t hours = strtol(argv[3], NULL, 10), end = FROM + (hours + 1) * 3600;
	keeper_begin(&k, argv[1]);
	must_be(db_exec(k.db, "PRAGMA synchronous = OFF", &err), &err);
	fleet_begin(&pdus);
	keeper_register(&k, &pdus);
	for (int64_t ts = FROM; ts < end; ts++) {
		keeper_poll(&k, &pdus, ts);
		if (ts % 300 == 299)
			keeper_commit(&k, ts);
		while (ts % 3600 == 299 && keeper_work(&k, ts))
			;
	}
	while (keeper_work(&k, end + 9999))
		;
	must_be(db_exec(k.db, "DELETE FROM hot; DELETE FROM chunk WHERE id >> 32 = (SELECT max(id) "
			      ">> 32 FROM chunk); VACUUM; PRAGMA cache_size = -65536", &err), &err);
	keeper_checkpoint(&k);
	double samples = (double)k.samples * (double)hours / (double)(hours + 1);
	double chunk = table_bytes(k.db, argv[1], "chunk");
	struct reading_costs was = read_all(k.db, hours, pdus.points);
	codecs(k.db, pdus.points);
	move_all(&k, end, samples);
	double rest = table_bytes(k.db, argv[1], "chunk");
	double dense = rest + table_bytes(k.db, argv[1], "chunk_dense");
	struct reading_costs is = read_all(k.db, hours, pdus.points);
	tell("chunk alone", chunk / samples, 1.3, " bytes");
	tell("the same past its age", dense / samples, 0.8, " bytes");
	tell("of it left as chunks", rest / samples, 0.8, " bytes");
	tell("v_reading, chunk", was.raw, 2000, " ns");
	tell("v_reading, denser form", is.raw, 4000, " ns");
	tell("v_reading, of the chunk", is.raw / was.raw, 2.5, "");
	tell("v_reading_5m_minmax, of the chunk", is.minmax / was.minmax, 2.5, "");
	tell("series_read, chunk", was.series, 60, " ns");
	tell("series_read, denser form", is.series, 60, " ns");
	fleet_done(&pdus);
	keeper_done(&k);
	return 0;
}
