/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the benchmarks of the store share: devices whose values wander, the writer's work in virtual
 * time without a socket, and what the process has taken so far. The same seed gives the same
 * samples to everything they are kept in.
 */
#pragma once

#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "schema/schema.h"
#include "store/batch.h"
#include "store/checkpoint.h"
#include "store/run.h"
#include "store/sql.h"

#define FROM 1800000000 /* a full hour */
#define RING 10800

static const char *program;

_Noreturn static inline void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, why);
	exit(1);
}

/* ---- devices ---------------------------------------------------------------- */

enum values {
	WANDER, /* rack PDUs: random walks of +-8 to 15 steps of which 65 % change */
	METER,  /* slot 0 wanders, slot 1 is a counter of it */
};

struct fleet { /* devices of one kind, named PREFIX-0000 and so on */
	const char *kind, *prefix;
	int n, points, states, step_s; /* states: slots that never change */
	enum values values;
	int64_t *value; /* n * points */
	int64_t *scan;  /* n: ids */
};

static inline uint32_t next_random(void)
{
	static uint32_t x = 2463534242U;

	x ^= x << 13;
	x ^= x >> 17;
	return x ^= x << 5;
}

static inline void fleet_begin(struct fleet *f)
{
	f->value = xcalloc((size_t)f->n * (size_t)f->points, sizeof(*f->value));
	f->scan = xcalloc((size_t)f->n, sizeof(*f->scan));
	for (int d = 0; d < f->n; d++)
		for (int p = 0; p < f->points; p++)
			f->value[d * f->points + p] =
				p < f->states ? p : 1000 + (int64_t)(next_random() % 8000);
}

static inline void fleet_done(struct fleet *f)
{
	free(f->value);
	free(f->scan);
}

/* A poll of device d; false: it is lost (0.05 %). */
static inline bool fleet_step(struct fleet *f, int d)
{
	int64_t *v = f->value + (size_t)d * (size_t)f->points;

	for (int p = f->states; p < f->points; p++) {
		uint32_t r = next_random(), reach = 8 + (uint32_t)(d * 7 + p) % 8;
		if (f->values == METER && p % 2)
			v[p] += v[p - 1] * f->step_s / 36000; /* 0.1 W into Wh */
		else if (r % 100 < 65)
			v[p] += (int64_t)(r / 100 % (2 * reach + 1)) - (int64_t)reach;
		if (v[p] < 0)
			v[p] = 0;
	}
	return next_random() % 2000 != 0;
}

/* ---- what it takes ------------------------------------------------------------ */

static inline double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* A number of /proc/self/FILE; what write() was given, wherever the file is, is io wchar. */
static inline double proc_self(const char *file, const char *key)
{
	char path[64], line[128];
	double n = 0;

	snprintf(path, sizeof(path), "/proc/self/%s", file);
	FILE *f = fopen(path, "re");
	if (!f)
		fail(path, "cannot be read");
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			n = strtod(line + strlen(key) + 1, NULL);
	fclose(f);
	return n;
}

static inline double bytes_written(void)
{
	return proc_self("io", "wchar");
}

/* The most that was resident since the last call of peak_begin, in MB. */
static inline void peak_begin(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "we");

	if (!f || fputs("5", f) < 0 || fclose(f))
		fail("/proc/self/clear_refs", "cannot be written");
}

static inline double peak_mb(void)
{
	return proc_self("status", "VmHWM") / 1024;
}

static inline double file_mb(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (double)st.st_size / 1048576;
}

static inline double resident_mb(void)
{
	return proc_self("status", "VmRSS") / 1024;
}

/* ---- the writer's work --------------------------------------------------------- */

struct keeper {
	struct db *db;
	struct hours *hours;
	struct gaps *gaps;
	struct batch batch;
	struct checkpoint checkpoint;
	uint64_t samples;
	int64_t commit_us_max, step_us_max, checkpoint_us_max;
};

static inline void must_be(int rc, const struct err *err)
{
	if (rc)
		fail("store", err->text);
}

static inline void keeper_open(struct keeper *k, const char *path)
{
	struct err err;

	*k = (struct keeper){ .batch = { .last_ts = INT64_MIN } };
	k->db = db_open_write(path, &err);
	if (!k->db)
		fail(path, err.text);
	int64_t ring;
	must_be(db_begin(k->db, &err), &err);
	must_be(run_begin(k->db, &ring, &err), &err);
	must_be(db_commit(k->db, &err), &err);
	checkpoint_watch(&k->checkpoint, k->db);
	k->hours = hours_new(k->db, RING);
	k->gaps = gaps_new();
}

static inline void keeper_begin(struct keeper *k, const char *path)
{
	if (!access(path, F_OK))
		fail(path, "is there already");
	keeper_open(k, path);
}

static inline void keeper_done(struct keeper *k)
{
	hours_free(k->hours);
	gaps_free(k->gaps);
	batch_done(&k->batch);
	db_close(k->db);
}

/* Enters the devices; each point is the power (first slots: the state) of an outlet. */
static inline void keeper_register(struct keeper *k, struct fleet *f)
{
	struct reg_point *points = xcalloc((size_t)f->points, sizeof(*points));
	char(*parts)[24] = xcalloc((size_t)f->points, sizeof(*parts));
	struct err err;

	for (int p = 0; p < f->points; p++) {
		bool counter = f->values == METER && p % 2;
		snprintf(parts[p], sizeof(parts[p]), "outlet %d",
			 f->values == METER ? p / 2 + 1 : p + 1);
		points[p].part = parts[p];
		points[p].quantity = schema_quantity(p < f->states ? "state"
						     : counter     ? "energy_wh"
								   : "power_w");
		points[p].scale = (struct scale){ 1, p < f->states || counter ? 1 : 10, 0 };
	}
	must_be(db_begin(k->db, &err), &err);
	for (int d = 0; d < f->n; d++) {
		char name[32];
		snprintf(name, sizeof(name), "%s-%04d", f->prefix, d);
		struct reg_scan scan = { .entity_kind = f->kind,
					 .entity = name,
					 .name = "main",
					 .step_s = f->step_s,
					 .phase_s = d % f->step_s,
					 .valid_from = FROM,
					 .points = points,
					 .n_points = (size_t)f->points };
		must_be(registry_sync(k->db, &scan, &err), &err);
		f->scan[d] = scan.scan;
		if (d % 1000 == 999) {
			must_be(db_commit(k->db, &err), &err);
			must_be(db_begin(k->db, &err), &err);
		}
	}
	must_be(db_commit(k->db, &err), &err);
	free(parts);
	free(points);
}

/* Polls those devices of the fleet that are due. */
static inline void keeper_poll(struct keeper *k, struct fleet *f, int64_t ts)
{
	for (int d = (int)(ts % f->step_s); d < f->n; d += f->step_s) {
		if (!fleet_step(f, d)) {
			struct item *gone = batch_put(&k->batch, ITEM_ABSENT,
						      sizeof(struct item_absent));
			gone->scan = f->scan[d];
			gone->ts = ts;
			gone->number = CAUSE_NO_ANSWER;
			*(struct item_absent *)(void *)(gone + 1) =
				(struct item_absent){ .last = ts, .n = 1 };
			continue;
		}
		size_t n = (size_t)f->points;
		struct item *item = batch_put(&k->batch, ITEM_ROW, n * sizeof(struct reading));
		struct reading *r = (struct reading *)(void *)(item + 1);
		item->scan = f->scan[d];
		item->ts = ts;
		item->number = (uint32_t)n;
		for (size_t p = 0; p < n; p++)
			r[p] = (struct reading){ .raw = f->value[(size_t)d * n + p] };
		k->samples += n;
	}
}

static inline void longest(int64_t began_us, int64_t *max)
{
	int64_t us = clock_mono().us - began_us;

	*max = us > *max ? us : *max;
}

/* As the writer does after each transaction. */
static inline void keeper_tend(struct keeper *k)
{
	int64_t began = clock_mono().us;

	free(checkpoint_tend(&k->checkpoint, began));
	longest(began, &k->checkpoint_us_max);
}

/* What was polled goes into the ring. */
static inline void keeper_commit(struct keeper *k, int64_t ts)
{
	struct err err;
	bool again;
	int64_t began = clock_mono().us;

	batch_derive(&k->batch, k->gaps);
	must_be(batch_prepare(&k->batch, k->hours, &err), &err);
	must_be(db_begin(k->db, &err), &err);
	must_be(hours_enter(k->hours, &err), &err);
	must_be(batch_apply(&k->batch, k->db, k->hours, &again, &err), &err);
	must_be(db_commit(k->db, &err), &err);
	longest(began, &k->commit_us_max);
	hours_committed(k->hours, ts);
	batch_clear(&k->batch);
	keeper_tend(k);
}

/* A step of an hour that is over. False: nothing is due. */
static inline bool keeper_work(struct keeper *k, int64_t ts)
{
	struct err err;
	int64_t began = clock_mono().us;

	if (checkpoint_full(&k->checkpoint, began))
		return false;
	int rc = hours_work(k->hours, ts, ts, &err);

	if (rc < 0)
		fail("compaction", err.text);
	longest(began, &k->step_us_max);
	keeper_tend(k);
	return rc > 0;
}

/* Until then, as the writer waits for the next second. */
static inline void keeper_idle(struct keeper *k, int64_t until_us)
{
	int64_t left_us;

	while ((left_us = until_us - clock_mono().us) > 999) {
		if (checkpoint_due(&k->checkpoint)) {
			if (left_us > CHECKPOINT_AGAIN_US)
				left_us = CHECKPOINT_AGAIN_US;
			poll(NULL, 0, (int)(left_us / 1000));
			keeper_tend(k);
		} else {
			poll(NULL, 0, (int)(left_us / 1000));
		}
	}
}

static inline void keeper_checkpoint(struct keeper *k)
{
	struct err err;

	must_be(db_exec(k->db, "PRAGMA wal_checkpoint(TRUNCATE)", &err), &err);
}

static inline double keeper_bytes(struct keeper *k)
{
	struct err err;
	int64_t pages;

	must_be(db_number(k->db, "PRAGMA page_count", &pages, &err), &err);
	return (double)pages * 4096;
}
