/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of sumread share. */
#pragma once

#include "report/sumread.h"
#include "report/sumseries.h"
#include "store/rollup.h"

#define SUM_HOUR_S 3600
#define SUM_FIVE_S 300

struct sumread {
	struct db *db;
	const struct topology *t;
	int64_t from, to;
	struct rollup *hours, *five;
	struct sumseries racks, circuits;
	struct sumdays *days; /* once they are asked for */
	bool late; /* samples came from elsewhere: an old sum may lack what is there now */
	bool has_members;
	struct meters meters;
	size_t *of_rack, *next; /* the first meter of each rack, and the next one of each meter */
	int64_t *known; /* by meter: when the files first named it; 0: from the first load on */
};

struct instant { /* of a made sum */
	int64_t ts;
	double value; /* NAN: none */
	int present, expected;
};

struct instants {
	struct instant *i;
	size_t n, cap;
};

void sumread_days_free(struct sumread *s); /* sumread_days.c */

/* The meters, once some sum is to be made. */
int sumread_members(struct sumread *s, struct err *err);

/* sumread_add.c: what the meters of a sum add up to. */
struct adding *adding_new(struct sumread *s, const struct sum *sum, struct err *err);
struct adding *adding_free(struct adding *a); /* takes NULL, returns NULL */
/* The first hour after `after` of which some meter has a reading; INT64_MAX: none. */
int64_t adding_next(const struct adding *a, int64_t after);
/* The sum of an hour in which every meter has all its readings; false: it is not one. *ret_exact:
 * its bounds are those of instants. */
bool adding_hour(struct adding *a, int64_t hour, struct bucket ret[SUM_OFS], bool *ret_exact);
/* Adds the instants of the hours from..to. */
int adding_instants(struct sumread *s, struct adding *a, int64_t from, int64_t to,
		    struct instants *ret, struct err *err);
/* What instants i[0..n) make of a bucket; false: none has a value. expected: not of the value
 * alone. */
bool instants_bucket(const struct instant *i, size_t n, int64_t from, int64_t to,
		     struct bucket ret[SUM_OFS]);
/* Of an hour whose samples are past retention: as far as its rolled up data tells. */
void adding_estimate(struct adding *a, int64_t hour, struct bucket ret[SUM_OFS]);
