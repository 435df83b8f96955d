/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the collector fared over a period, from the database: per device the polls that were due
 * and missed with their causes (grids and gaps, so exact), latency and latest answer (the
 * points it stores of itself, so as fine as intervals.health), and the process as a whole.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "store/db.h"

#define POLLS_KINDS 4

struct polls_kind {
	int cause;
	int64_t n; /* polls that were missed so */
};

struct polls_device {
	char *name, *rack, *state; /* "ok", "suspect", "dormant", "unknown": now */
	char *cause;               /* of the latest failure while it is not ok; "" */
	int64_t since;             /* of the state; 0: unknown */
	int64_t due, missed;
	struct polls_kind kinds[POLLS_KINDS]; /* most first; the last may be a rest (cause 0) */
	double success_pct; /* of due and missed; of what the collector noted while a device has no
			     * scan yet; NAN: nothing was due */
	double noted_pct;   /* sum over noted rows */
	int64_t n_noted;
	double median_ms, p95_ms; /* NAN: not measured */
	int64_t answered_at;      /* 0: not within what was asked */
};

struct polls_cause {
	int cause;
	char *name;
	int64_t n, devices;
};

struct polls {
	struct polls_device *d; /* by name */
	size_t n, cap;
	struct polls_cause *causes; /* most first */
	size_t n_causes, cap_causes;
	double polls, late, overrun, rows, dropped, commits; /* NAN: not measured */
	double queued_max, lag_ms_max;
};

/* Of from <= t < to; rack, hall: NULL: all. */
int polls_load(struct db *db, int64_t from, int64_t to, const char *rack, const char *hall,
	       struct polls *ret, struct err *err);
void polls_done(struct polls *polls);
