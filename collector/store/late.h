/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Late data by series, while a daemon may write beside: which point a value belongs to,
 * which hours can take it, and transactions too short for anybody to notice.
 */
#pragma once

#include "base/reading.h"
#include "schema/schema.h"
#include "store/merge.h"

struct late_point { /* a storage epoch of a series */
	int64_t point, from;
	struct scale scale;
};

struct late_series {
	struct late_point *points; /* ascending; owned */
	size_t n;
};

/* 1: found, 0: there is no such series with a point, -1: error. */
int late_series_load(struct db *db, const char *kind, const char *entity, const char *part,
		     const char *quantity, struct late_series *ret, struct err *err);
void late_series_done(struct late_series *s);
/* The point in force at ts; before the first: the first. */
const struct late_point *late_point_at(const struct late_series *s, int64_t ts);
/* The nearest integer of the scale; false: it is beyond 64 bits. */
bool late_raw(const struct scale *scale, double value, int64_t *ret);
/* Makes a device's series that nobody polls, in the resolution of its quantity; from: when it
 * begins; step_s: how far apart its values lie. Within the caller's transaction. */
int late_series_make(struct db *db, const char *entity, const char *part,
		     const struct quantity *quantity, int64_t from, int step_s, struct err *err);

enum late_hour {
	LATE_FITS,
	LATE_OPEN, /* not finished: rows may still come */
	LATE_GONE, /* its samples are past their retention */
};
int late_hour(struct db *db, int64_t hour, int64_t now_s, enum late_hour *ret, struct err *err);

struct late_item {
	int64_t point, ts, raw;
};

struct late_result {
	uint64_t changed, transactions;
	int64_t us_max; /* the longest of them */
};

/* Sorts items and merges them, in transactions of about 15 ms with pauses as long between; what was
 * committed before an error stays. dry: each is rolled back. Adds to *ret. */
int late_put(struct db *db, struct late_item *items, size_t n, enum merge_rule rule, bool dry,
	     struct late_result *ret, struct err *err);
/* Says among the events (kind import) that samples come from elsewhere; before the first of them,
 * so that one that is cut off is told, too. *id: 0 before the first call. Again: in other words;
 * text NULL: takes it back. A short transaction of its own. */
int late_note(struct db *db, int64_t *id, int64_t now_s, const char *text, struct err *err);
/* db_begin, and again for a minute while others hold the file. */
int late_begin(struct db *db, struct err *err);
