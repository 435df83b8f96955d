/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a point comes to in a stretch of civil time: whole hours from rollup_1h, hours that its ends
 * cut (zones half an hour off) from their samples. Finished hours only. Hours whose rows are past
 * their retention are not in it, and n tells.
 */
#pragma once

#include "store/chunk.h"
#include "store/grid.h"
#include "store/states.h"
#include "store/sums.h"

struct day_hour {
	int64_t hour;
	bool whole; /* the day has all of it */
	bool raw, h1;
};

struct day_hours { /* the finished hours of a day */
	int64_t from, to;
	struct day_hour *h;
	size_t n, cap;
	bool lost; /* rows of some of them are gone */
};

struct day_value {
	struct sums sums;     /* .sum in 1 / CHUNK_FINE steps */
	uint32_t full;        /* of the whole stretch, never less than sums.n */
	struct states states; /* seconds; of points of that kind */
	bool states_known;
};

struct daysum; /* what summing needs again and again */
struct daysum *daysum_new(struct db *db);
struct daysum *daysum_free(struct daysum *d);

/* *ret keeps its memory from day to day; day_hours_done. */
int day_hours_load(struct db *db, int64_t from, int64_t to, struct day_hours *ret, struct err *err);
void day_hours_done(struct day_hours *h);

/* *ret: sums.n = 0 when there is nothing; keeps its memory, states_done. grid: of the point's scan,
 * without epochs for what nobody polls. */
int daysum(struct daysum *d, const struct day_hours *h, int64_t point, enum chunk_kind kind,
	   const struct grid *grid, struct day_value *ret, struct err *err);
