/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of verify share; see verify.h. */
#pragma once

#include "store/chunk.h"
#include "store/sql.h"
#include "store/verify.h"

struct verify {
	struct db *db;
	const struct verify_options *options;
	struct verify_result *result;
	struct err *err;
};

__attribute__((format(printf, 3, 4))) void verify_tell(struct verify *v, enum verify_kind kind,
						       const char *format, ...);
/* "device PDU-R018-A inlet power_w" of a point; the caller's. */
char *verify_point_name(struct verify *v, int64_t point);
/* "2026-11-23T01:05:00Z"; the caller's. */
char *verify_time(int64_t ts);

/* ---- samples of one hour (verify_samples.c) -------------------------------- */

struct verify_hour { /* what its chunks say */
	int64_t hour;
	bool r5, h1; /* which coarser tiers it has */
	int64_t chunks, samples, first_ts, last_ts;
};

struct verify_samples;
struct verify_gaps;
struct verify_samples *verify_samples_new(struct verify *v);
struct verify_samples *verify_samples_free(struct verify_samples *s);
/* Every chunk of the hour; each is shown to gaps too. Fills in the rest of *hour. */
int verify_samples_hour(struct verify_samples *s, struct verify_hour *hour,
			struct verify_gaps *gaps);
/* Hourly rows of a UTC day against how many chunks its hours had; chunks[i] < 0: not known. */
int verify_samples_day(struct verify_samples *s, int64_t day, const int64_t chunks[24]);

/* ---- gaps (verify_gaps.c) --------------------------------------------------- */

struct verify_gaps *verify_gaps_new(struct verify *v);
struct verify_gaps *verify_gaps_free(struct verify_gaps *g);
/* Hours in ascending order: begin, what is present, end. */
int verify_gaps_begin(struct verify_gaps *g, int64_t hour);
int verify_gaps_present(struct verify_gaps *g, int64_t scan, int64_t slot,
			const struct hour_block *block);
int verify_gaps_end(struct verify_gaps *g);
/* Hours of which nobody can say what was present. */
void verify_gaps_unknown(struct verify_gaps *g);
/* All of [from, to) lies within a time in which no daemon ran. */
int verify_gaps_away(struct verify_gaps *g, int64_t from, int64_t to, bool *ret);
/* What can be said of gaps as a whole, behind the last hour. */
int verify_gaps_finish(struct verify_gaps *g);

/* ---- civil days (verify_days.c) ---------------------------------------------- */

/* That they follow each other, and their flags. */
int verify_civil(struct verify *v);
/* Their rows against hours. */
int verify_days(struct verify *v);
