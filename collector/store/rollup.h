/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading rolled-up tiers in C, for reports: a series over a time range, its points (storage
 * epochs) joined, complete up to now: finished hours from their tables, open ones from the ring.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "store/db.h"

enum tier {
	TIER_5M,
	TIER_1H, /* hours of UTC */
	TIER_1D, /* civil days of the site's zone */
};

struct bucket {
	int64_t from, to; /* UTC seconds [from, to) */
	/* Samples it rests on, and how many a complete bucket has on the scan's grid: never less
	 * than n. What was imported has no grid: the coarsest that holds all its instants, part
	 * by part where its interval changed. The running bucket holds what has come so far, and
	 * full is that of a whole one. */
	uint32_t n, full;
	/* The mean of a gauge, the last of a counter, the greatest of a state, the OR of flags, in
	 * the quantity's unit. */
	double value;
	double min, max;    /* NAN: counters, and five minutes whose samples are past retention */
	double first, last; /* counters, where the tier keeps them (not TIER_5M); else NAN */
	double lsb;         /* the value of one raw step */
};

struct buckets {
	struct bucket *b;
	size_t n, cap;
};

/* Buckets that overlap [from, to) and hold data, ascending. Where a tier is past its retention
 * there are none: another tier never stands in for it. Two points with samples in one bucket are
 * joined. *ret belongs to the caller (buckets_done); untouched on failure. -1: error. */
int rollup_read(struct db *db, int64_t series, enum tier tier, int64_t from, int64_t to,
		struct buckets *ret, struct err *err);
void buckets_done(struct buckets *b);

/* The same for many series over one range: which hours there are is read once, and all of them
 * are read as they stood at rollup_open (one read transaction until rollup_close). */
struct rollup;
struct rollup *rollup_open(struct db *db, enum tier tier, int64_t from, int64_t to,
			   struct err *err);
/* *ret must be empty or a former answer, whose memory is used again. */
int rollup_series(struct rollup *r, int64_t series, struct buckets *ret, struct err *err);
/* TIER_5M: min and max are read from the samples, which costs several times what the rest does.
 * This leaves them out (NAN). */
void rollup_without_bounds(struct rollup *r);
/* From now on only buckets that overlap [from, to), which is cut to what was opened: so that a few
 * hours of a long range can be read without opening them one by one. */
void rollup_within(struct rollup *r, int64_t from, int64_t to);
/* Not of TIER_1D: of how many hours there is anything at all, open ones too. */
size_t rollup_n_hours(const struct rollup *r);
/* TIER_1D: day i of those that were opened, as the site's calendar has it; false: no more. */
bool rollup_day(const struct rollup *r, size_t i, int64_t *ret_from, int64_t *ret_to);
/* How many samples every hour within [from, to) has at most of the series that was read last; 0:
 * not the same for all of them, or nobody polls it. */
uint32_t rollup_each_hour(const struct rollup *r, int64_t from, int64_t to);
struct rollup *rollup_close(struct rollup *r); /* takes NULL, returns NULL */
