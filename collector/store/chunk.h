/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One point's finished hour on its way into the tables of finished hours: the samples
 * as a chunk, and what each coarser tier keeps of them. Compaction and merge both end
 * here, so that an hour is the same bytes whichever way it came.
 */
#pragma once

#include "store/codec.h"
#include "store/query.h"

#define HOUR_S 3600
#define DAY_S  86400

enum chunk_kind { CHUNK_GAUGE, CHUNK_COUNTER, CHUNK_STATE, CHUNK_FLAGS };

struct hour_block { /* an hour of one point: position i is the instant hour + phase + i * step */
	int64_t hour;
	int64_t step, phase;
	uint32_t n;
	bool dense; /* it came from chunk_dense */
	int64_t raw[CODEC_MAX_N];
	unsigned char present[CODEC_MAX_N];
};

#define CHUNK_FINE 4 /* rollups keep means of gauges in quarters of a raw step */

enum chunk_kind chunk_kind(const char *name); /* of quantity.kind */
/* What the means of values between min and max are kept in: CHUNK_FINE, or 1 where they are too
 * great for that, or no means are kept. */
int64_t chunk_fine(enum chunk_kind kind, int64_t min, int64_t max);
int64_t chunk_id(int64_t hour, int64_t point);
int64_t hour_of(int64_t ts);

struct rolled;
struct chunk_put; /* what putting chunks needs again and again */
struct chunk_put *chunk_put_new(void);
struct chunk_put *chunk_put_free(struct chunk_put *put);
/* Writes the chunk and the rollups of a point, within the caller's transaction. A block
 * without any sample is not written. A row of chunk_dense is the caller's to drop before. */
int chunk_put(struct chunk_put *put, struct db *db, int64_t point, enum chunk_kind kind,
	      const struct hour_block *block, struct err *err);
/* Writes the hourly row of a point's UTC day (day: its first second), within the caller's
 * transaction. */
int chunk_put_day(struct chunk_put *put, struct db *db, int64_t point, int64_t day,
		  const struct rolled *hours, struct err *err);
/* From whichever of both forms it stands in. 1: read, 0: there is none, -1: error. Samples that
 * make no sense are missing. */
int chunk_get(struct db *db, int64_t point, int64_t hour, struct hour_block *ret, struct err *err);
