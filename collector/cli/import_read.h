/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV of values on its way into the database: every line is checked before one is written. */
#pragma once

#include "base/diag.h"
#include "store/late.h"

struct import_series {
	char *device, *part;             /* owned */
	const struct quantity *quantity; /* NULL: there is no such quantity */
	int known;                       /* 0: bad, 1: it is there, 2: to be made */
	int64_t first;                   /* its earliest value */
	int step_s;                      /* how far apart most of its values lie; 0: it has one */
	struct late_series series;
	char *problem; /* of known 0; owned */
};

struct import_value {
	size_t series;
	int64_t ts, raw;
	double value; /* in the quantity's unit */
	int line;
};

struct import_file {
	struct import_series *series;
	size_t n_series, cap_series;
	struct import_value *values; /* by series and time */
	size_t n_values, cap_values;
	size_t rounded; /* values that the series' scale cannot hold exactly */
};

/* Reads and checks all of it against the database; create: series that are missing will be made. 0,
 * also with problems in diag; -1: the file or the database cannot be read. */
int import_read(struct db *db, const char *path, bool create, int64_t now_s,
		struct import_file *ret, struct diag *diag, struct err *err);
/* Makes the missing series. Within the caller's transaction. */
int import_make(struct db *db, struct import_file *f, struct err *err);
/* The integer of value i in the scale of its series, once that is there; false: there is none. */
bool import_fill_raw(struct import_file *f, size_t i);
void import_done(struct import_file *f);
