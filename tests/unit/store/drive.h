/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small site whose every reading follows from its place and time, so that days of it
 * can be written in seconds and checked without keeping them: devices of 10, 60 and 300 s
 * with every kind and width of value, absences, lost rows, and a changed interval.
 */
#pragma once

#include "storetest.h"

#include "base/text.h"
#include "store/batch.h"
#include "store/chunk.h"
#include "store/registry.h"

#define DRIVE_FROM   1795384800 /* 2026-11-22 22:00 UTC: two hours further a day begins */
#define DRIVE_SLOTS  9
#define DRIVE_CHANGE (DRIVE_FROM + 5 * 3600 + 1234) /* when scan 2 goes from 60 s to 20 s */

static struct reg_point drive_points[4][DRIVE_SLOTS];
static struct reg_scan drive_scans[4];

static uint32_t drive_mix(int64_t a, int64_t b, int64_t c)
{
	uint64_t x = (uint64_t)a * 0x9e3779b97f4a7c15u ^ (uint64_t)b * 0xbf58476d1ce4e5b9u ^
		     (uint64_t)c * 0x94d049bb133111ebu;

	x ^= x >> 31;
	x *= 0xbf58476d1ce4e5b9u;
	return (uint32_t)(x >> 32);
}

/* False: absent at this instant. s: index of the scan. */
static bool drive_value(int s, uint32_t slot, int64_t ts, int64_t *ret)
{
	uint32_t r = drive_mix(s, slot, ts);
	int64_t t = ts - DRIVE_FROM;

	if (drive_mix(s, 77, ts) % 300 == 0) /* the whole row */
		return false;
	if (slot != 5 && r % 500 == 0)
		return false;
	switch (slot) {
	case 0: *ret = 2300 + (int64_t)(r % 100); break;
	case 1: *ret = -40 + (int64_t)(t / 60 % 700) + (int64_t)(r % 9); break;
	case 2: *ret = (int64_t)(r % (s == 1 ? 800 : 50000)); break;
	case 3: *ret = 1000000 + (int64_t)(r % (s == 2 ? 1000000 : 500)); break;
	case 4: /* counter: resets every 7,777 s */
		*ret = t / 7777 % 2 ? t % 7777 * 13 / 10 : 88000000000 + t * 137;
		break;
	case 5: *ret = s; break;
	case 6: *ret = (int64_t)(r % 40 == 0 ? 1 + r % 3 : 0); break; /* state */
	case 7: *ret = 1 << (t / 900 % 7) | 1 << (r % 3); break;      /* flags */
	default: /* the ends of the number line, where the others let rows be narrow but seldom */
		*ret = s != 3 && t / 1000 % 4 ? (int64_t)(r % 7)
		       : r % 2                ? INT64_MAX - r
					      : INT64_MIN + r;
	}
	return true;
}

__attribute__((unused)) static enum chunk_kind drive_kind(uint32_t slot)
{
	return slot == 4   ? CHUNK_COUNTER
	       : slot == 6 ? CHUNK_STATE
	       : slot == 7 ? CHUNK_FLAGS
			   : CHUNK_GAUGE;
}

static int drive_step(int s, int64_t ts)
{
	return s == 2 ? (ts < DRIVE_CHANGE ? 60 : 20) : s == 3 ? 300 : 10;
}

static bool drive_instant(int s, int64_t ts)
{
	return ts % drive_step(s, ts) == 3 + s;
}

static void drive_register(struct db *db, int64_t at)
{
	static const char *const part[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };
	static const char *const name[] = { "D0", "D1", "D2", "D3" };
	struct err err;

	must(db_begin(db, &err), &err);
	for (int s = 0; s < 4; s++) {
		for (int i = 0; i < DRIVE_SLOTS; i++) {
			const char *quantity = i == 4   ? "energy_wh"
					       : i == 6 ? "state"
					       : i == 7 ? "alarm_flags"
							: "power_w";
			drive_points[s][i] =
				(struct reg_point){ .part = part[i],
						    .quantity = schema_quantity(quantity),
						    .scale = { 1, 10, 0 } };
			assert_non_null(drive_points[s][i].quantity);
		}
		drive_scans[s] = (struct reg_scan){ .entity_kind = "device",
						    .entity = name[s],
						    .name = "main",
						    .step_s = drive_step(s, at),
						    .phase_s = 3 + s,
						    .valid_from = at,
						    .points = drive_points[s],
						    .n_points = DRIVE_SLOTS };
		must(registry_sync(db, &drive_scans[s], &err), &err);
	}
	must(db_commit(db, &err), &err);
}

/* What the writer does with a batch, at a virtual time. */
static int drive_commit(struct db *db, struct hours *h, struct batch *b, int64_t mono_s,
			struct err *err)
{
	bool again;

	if (batch_prepare(b, h, err) || db_begin(db, err))
		return -1;
	if (hours_enter(h, err) || batch_apply(b, db, h, &again, err) || db_commit(db, err)) {
		db_rollback(db);
		return -1;
	}
	hours_committed(h, mono_s);
	batch_clear(b);
	return 0;
}

static void drive_row(struct batch *b, int s, int64_t ts)
{
	struct item *item = batch_put(b, ITEM_ROW, DRIVE_SLOTS * sizeof(struct reading));
	struct reading *r = (struct reading *)(void *)(item + 1);

	item->scan = drive_scans[s].scan;
	item->ts = ts;
	item->number = DRIVE_SLOTS;
	for (uint32_t i = 0; i < DRIVE_SLOTS; i++) {
		r[i] = (struct reading){ .cause = CAUSE_NO_ANSWER };
		if (drive_value(s, i, ts, &r[i].raw))
			r[i].cause = CAUSE_NONE;
	}
}

/* Rows of [from, to), committed every half minute. work: with compaction when it is due. */
static void drive(struct db *db, struct hours *h, int64_t from, int64_t to, bool work)
{
	struct batch b = { .last_ts = INT64_MIN };
	struct err err;

	for (int64_t ts = from; ts < to; ts++) {
		if (ts == DRIVE_CHANGE)
			drive_register(db, ts);
		for (int s = 0; s < 4; s++)
			if (drive_instant(s, ts))
				drive_row(&b, s, ts);
		if (ts % 30 == 29 || ts == to - 1) {
			must(drive_commit(db, h, &b, ts, &err), &err);
			while (work && hours_work(h, ts, ts, &err) > 0)
				;
		}
	}
	batch_done(&b);
}
