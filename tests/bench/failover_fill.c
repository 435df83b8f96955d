/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database for the benchmarks of failover, circuits and racks: racks on two feeds of three
 * phases, whose currents, power and members are stored every STEP seconds; buses of 25 racks
 * without meters (their sums are stored, as the collector does it), UPSes of 250 racks with one. A
 * rack's load changes with its jobs (every few hours) and with the day; both feeds share it to a
 * hundredth, as the power supplies of its servers do. One reading in 2,000 is lost. Hours go
 * straight into their finished form, and their days are made. With "naive" as the last argument
 * the racks' samples stand in a plain table instead, by series and time, in bare SQLite; rack N has
 * the same in both, whatever the number of racks.
 * failover_fill FILE RACKS DAYS STEP [naive]
 */
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/civil.h"
#include "store/days.h"
#include "store/registry.h"

#define START   INT64_C(1793487600) /* 2026-11-01 00:00 in Berlin */
#define TURN    (2 * 3.14159265358979323846 / 86400)
#define PER_BUS 25
#define PER_UPS 250
#define LINES   6 /* of two feeds */
#define VOLTS   230

enum { POWER = LINES, PRESENT, EXPECTED, POINTS }; /* of a rack, after its lines */
#define PLAIN_POWER 1000000 /* first series of power in the plain table, after those of lines */

struct rack {
	double base_a[LINES], budget_w, job, wanted;
	int64_t next_job, point[POINTS];
	uint32_t seed;
};

struct sum { /* a UPS's meter, or a bus */
	int64_t point[3];
	struct hour_block blocks[3];
};

static struct db *db;
static sqlite3 *plain; /* instead of db */
static sqlite3_stmt *insert;
static struct rack *racks;
static struct sum *upses, *buses; /* A and B in turn */
static int n_racks, n_upses, n_buses, step_s;
static struct hour_block blocks[POINTS];

_Noreturn static void fail(const char *why)
{
	fprintf(stderr, "failover_fill: %s\n", why);
	exit(1);
}

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail(err->text);
}

static uint32_t next_random(struct rack *r)
{
	uint32_t x = r->seed;

	x ^= x << 13;
	x ^= x >> 17;
	return r->seed = x ^ x << 5;
}

static double uniform(struct rack *r)
{
	return next_random(r) / 4294967296.0;
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
	if (plain && sqlite3_exec(plain, text, NULL, NULL, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(plain));
	if (!plain)
		must(db_exec(db, text, &err), &err);
	free(text);
}

static void circuit(const char *name, const char *kind, const char *fed_by, const char *ratings)
{
	sql("INSERT INTO circuit (key, valid_from, load, kind, side, hall, fed_by, system, volts, "
	    "phases, rated_a, rated_w, trip_a, derate) VALUES ('%s', 0, 1, '%s', '%c', 'H1', '%s', "
	    "'3ph-wye', 400, '', %s)",
	    name, kind, name[strlen(name) - 1], fed_by, ratings);
}

static void configure(void)
{
	char name[32], up[32];

	sql("INSERT INTO config_load VALUES (1, 0, 'bench', '/etc/x', '0123456789abcdef', 1, '')");
	sql("INSERT INTO setting (key, valid_from, load, value) VALUES ('site', 0, 1, 'bench'), "
	    "('zone', 0, 1, 'Europe/Berlin')");
	circuit("UTIL-1", "utility", "", "20000, NULL, 20000, 1");
	circuit("GEN-1", "generator", "", "20000, NULL, 20000, 1");
	for (int side = 0; side < 2; side++) {
		for (int i = 0; i < n_upses / 2; i++) {
			snprintf(name, sizeof(name), "UPS-%03d-%c", i, "AB"[side]);
			circuit(name, "ups", "UTIL-1>GEN-1", "6000, NULL, 6000, 1");
			sql("INSERT INTO device (key, valid_from, load, endpoint, profile, rack, "
			    "circuit, role, use, factor) VALUES ('%s-M', 0, 1, 'x', 'p', '', '%s', "
			    "'ups_out', 'primary', 1)",
			    name, name);
		}
		for (int i = 0; i * PER_BUS < n_racks; i++) {
			snprintf(name, sizeof(name), "BUS-%03d-%c", i, "AB"[side]);
			snprintf(up, sizeof(up), "UPS-%03d-%c", i * PER_BUS / PER_UPS, "AB"[side]);
			circuit(name, "busway", up, "800, NULL, 800, 0.8");
		}
	}
	for (int i = 0; i < n_racks; i++) {
		for (int side = 0; side < 2; side++) {
			snprintf(name, sizeof(name), "R%05d-%c", i, "AB"[side]);
			snprintf(up, sizeof(up), "BUS-%03d-%c", i / PER_BUS, "AB"[side]);
			circuit(name, "feed", up, "32, NULL, 32, 0.8");
		}
		sql("INSERT INTO rack (key, valid_from, load, hall, row, status, feeds, "
		    "redundancy, budget_w) "
		    "VALUES ('R%05d', 0, 1, 'H1', 'r%d', 'live', 'R%05d-A R%05d-B', '2N', %.0f)",
		    i, i / PER_BUS, i, i, racks[i].budget_w);
	}
}

static struct reg_point point_of(const char *kind, const char *entity, int line, int phase)
{
	static const char *const names[] = { "L1", "L2", "L3" };

	return (struct reg_point){ .entity_kind = kind,
				   .entity = entity,
				   .part = names[line],
				   .label = "",
				   .quantity = schema_quantity("current_a"),
				   .scale = { 1, 10, 0 },
				   .phase = phase };
}

static struct reg_point rack_point(const char *rack, const char *quantity, int64_t div)
{
	return (struct reg_point){ .entity_kind = "rack",
				   .entity = rack,
				   .part = "total",
				   .label = "",
				   .quantity = schema_quantity(quantity),
				   .scale = { 1, div, 0 },
				   .main = true };
}

static void register_rack(int i)
{
	char names[2][16], entity[16];
	struct reg_point p[POINTS];
	struct err err;

	snprintf(entity, sizeof(entity), "R%05d", i);
	for (int k = 0; k < LINES; k++) {
		snprintf(names[k / 3], sizeof(names[0]), "R%05d-%c", i, "AB"[k / 3]);
		p[k] = point_of("circuit", names[k / 3], k % 3, 0);
	}
	p[POWER] = rack_point(entity, "power_w", 10);
	p[PRESENT] = rack_point(entity, "members_present", 1);
	p[EXPECTED] = rack_point(entity, "members_expected", 1);
	struct reg_scan scan = { .entity_kind = "rack",
				 .entity = entity,
				 .name = "main",
				 .step_s = step_s,
				 .valid_from = START,
				 .points = p,
				 .n_points = POINTS };
	must(registry_sync(db, &scan, &err), &err);
	for (int k = 0; k < POINTS; k++)
		racks[i].point[k] = p[k].point;
}

static void begin_rack(int i)
{
	struct rack *r = &racks[i];

	r->seed = 2463534242U + 7919U * (uint32_t)i;
	for (int k = 0; k < LINES; k++) /* and the highest load is 1.32 of it */
		r->budget_w += VOLTS * (r->base_a[k] = 4 + 6 * uniform(r));
	r->budget_w *= 1.44 + 0.02 * (i % 10); /* so that few racks are near theirs */
	r->job = r->wanted = 0.5 + 0.5 * uniform(r);
}

static void register_sum(struct sum *sum, const char *kind, const char *entity)
{
	bool meter = !strcmp(kind, "device");
	struct reg_point p[3];
	struct err err;

	for (int k = 0; k < 3; k++)
		p[k] = point_of(kind, entity, k, meter ? k + 1 : 0);
	struct reg_scan scan = { .entity_kind = kind,
				 .entity = entity,
				 .name = "main",
				 .step_s = step_s,
				 .valid_from = START,
				 .points = p,
				 .n_points = 3 };
	must(registry_sync(db, &scan, &err), &err);
	for (int k = 0; k < 3; k++)
		sum->point[k] = p[k].point;
}

static void register_sums(void)
{
	char entity[32];

	for (int i = 0; i < n_upses; i++) {
		snprintf(entity, sizeof(entity), "UPS-%03d-%c-M", i / 2, "AB"[i % 2]);
		register_sum(&upses[i], "device", entity);
	}
	for (int i = 0; i < n_buses; i++) {
		snprintf(entity, sizeof(entity), "BUS-%03d-%c", i / 2, "AB"[i % 2]);
		register_sum(&buses[i], "circuit", entity);
	}
}

static void block_begin(struct hour_block *b, int64_t hour)
{
	b->hour = hour;
	b->step = step_s;
	b->phase = 0;
	b->n = (uint32_t)(3600 / step_s);
}

static void sums_begin(struct sum *sums, int n, int64_t hour)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < 3; k++) {
			struct hour_block *b = &sums[i].blocks[k];

			block_begin(b, hour);
			memset(b->raw, 0, b->n * sizeof(b->raw[0]));
			memset(b->present, 1, b->n);
		}
}

static void sums_put(struct sum *sums, int n, struct chunk_put *put)
{
	struct err err;

	for (int i = 0; i < n; i++)
		for (int k = 0; k < 3; k++)
			must(chunk_put(put, db, sums[i].point[k], CHUNK_GAUGE, &sums[i].blocks[k],
				       &err),
			     &err);
}

static void put_plain(int rack, int64_t hour)
{
	for (int k = 0; k <= POWER; k++)
		for (uint32_t at = 0; at < blocks[k].n; at++) {
			if (!blocks[k].present[at])
				continue;
			sqlite3_bind_int64(insert, 1,
					   k == POWER ? PLAIN_POWER + rack
						      : rack * (int64_t)LINES + k);
			sqlite3_bind_int64(insert, 2, hour + (int64_t)at * step_s);
			sqlite3_bind_double(insert, 3, (double)blocks[k].raw[at] / 10);
			if (sqlite3_step(insert) != SQLITE_DONE)
				fail(sqlite3_errmsg(plain));
			sqlite3_reset(insert);
		}
}

static void one_rack(int i, int64_t hour, struct chunk_put *put)
{
	struct rack *r = &racks[i];
	struct err err;

	for (int k = 0; k < POINTS; k++)
		block_begin(&blocks[k], hour);
	for (uint32_t at = 0; at < blocks[0].n; at++) {
		int64_t ts = hour + (int64_t)at * step_s;
		bool lost = next_random(r) % 2000 == 0;
		double load, w = 0;

		if (ts >= r->next_job) {
			r->wanted = 0.4 + 0.8 * uniform(r);
			r->next_job = ts + 1800 + next_random(r) % 20000;
		}
		r->job += (r->wanted - r->job) * 0.1;
		load = r->job * (1 + 0.1 * sin(TURN * (double)ts)) * (0.97 + 0.06 * uniform(r));
		for (int k = 0; k < LINES; k++) {
			double a = r->base_a[k] * load * (0.995 + 0.01 * uniform(r));

			blocks[k].present[at] = !lost;
			blocks[k].raw[at] = lrint(10 * a);
			w += VOLTS * a;
			upses[i / PER_UPS * 2 + k / 3].blocks[k % 3].raw[at] += lrint(10 * a);
			buses[i / PER_BUS * 2 + k / 3].blocks[k % 3].raw[at] += lrint(10 * a);
		}
		blocks[POWER].raw[at] = lrint(10 * w);
		blocks[PRESENT].raw[at] = lost ? 0 : 2;
		blocks[EXPECTED].raw[at] = 2;
		blocks[POWER].present[at] = !lost;
		blocks[PRESENT].present[at] = blocks[EXPECTED].present[at] = 1;
	}
	if (plain) {
		put_plain(i, hour);
		return;
	}
	for (int k = 0; k < POINTS; k++)
		must(chunk_put(put, db, r->point[k], CHUNK_GAUGE, &blocks[k], &err), &err);
}

static void one_hour(int64_t hour, struct chunk_put *put)
{
	struct err err;

	must(db_begin(db, &err), &err);
	sums_begin(upses, n_upses, hour);
	sums_begin(buses, n_buses, hour);
	for (int i = 0; i < n_racks; i++)
		one_rack(i, hour, put);
	sums_put(upses, n_upses, put);
	sums_put(buses, n_buses, put);
	sql("INSERT INTO period VALUES (%lld, 1, 1, 1, %lld, %lld, 1)", (long long)hour,
	    (long long)hour, (long long)(hour + 3600 - step_s));
	must(db_commit(db, &err), &err);
}

static void open_plain(const char *path)
{
	if (sqlite3_open(path, &plain) != SQLITE_OK)
		fail(sqlite3_errmsg(plain));
	sql("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;"
	    "CREATE TABLE sample (series INTEGER, ts INTEGER, value REAL, PRIMARY KEY (series, ts))"
	    " WITHOUT ROWID");
	if (sqlite3_prepare_v2(plain, "INSERT INTO sample VALUES (?, ?, ?)", -1, &insert, NULL) !=
	    SQLITE_OK)
		fail(sqlite3_errmsg(plain));
}

static void open_ours(const char *path)
{
	struct err err;

	db = db_open_write(path, &err);
	if (!db)
		fail(err.text);
	must(db_begin(db, &err), &err);
	configure();
	for (int i = 0; i < n_racks; i++)
		register_rack(i);
	register_sums();
	must(db_commit(db, &err), &err);
}

static void plain_hour(int64_t hour)
{
	sql("BEGIN");
	for (int i = 0; i < n_racks; i++)
		one_rack(i, hour, NULL);
	sql("COMMIT");
}

/* As the collector does it in the night. */
static void make_days(int64_t end)
{
	struct days *d = days_new(db);
	struct err err;
	int r;

	must(civil_fill(db, end, &err), &err);
	while ((r = days_step(d, end + 86400, INT64_MAX, &err)) > 0)
		;
	must(r, &err);
	days_free(d);
}

int main(int argc, char **argv)
{
	struct chunk_put *put = chunk_put_new();
	bool naive = argc == 6 && !strcmp(argv[5], "naive");
	int days;

	if (argc != 5 && !naive)
		fail("failover_fill FILE RACKS DAYS STEP [naive]");
	n_racks = (int)strtol(argv[2], NULL, 10);
	days = (int)strtol(argv[3], NULL, 10);
	step_s = (int)strtol(argv[4], NULL, 10);
	if (n_racks < 1 || n_racks > 20000 || days < 1 || step_s < 1 || 3600 % step_s)
		fail("RACKS is 1 to 20000, DAYS 1 or more, STEP divides 3600");
	n_upses = (n_racks + PER_UPS - 1) / PER_UPS * 2;
	racks = xcalloc((size_t)n_racks, sizeof(*racks));
	upses = xcalloc((size_t)n_upses, sizeof(*upses));
	n_buses = (n_racks + PER_BUS - 1) / PER_BUS * 2;
	buses = xcalloc((size_t)n_buses, sizeof(*buses));
	for (int i = 0; i < n_racks; i++)
		begin_rack(i);
	if (naive)
		open_plain(argv[1]);
	else
		open_ours(argv[1]);
	for (int64_t hour = START; hour < START + days * INT64_C(86400); hour += 3600) {
		if (naive)
			plain_hour(hour);
		else
			one_hour(hour, put);
	}
	chunk_put_free(put);
	if (!naive)
		make_days(START + days * INT64_C(86400));
	free(racks);
	free(upses);
	free(buses);
	if (naive) {
		sqlite3_finalize(insert);
		sqlite3_close(plain);
	}
	db_close(db);
	return 0;
}
