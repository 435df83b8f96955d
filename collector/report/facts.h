/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person read and wrote into facts.csv, over a period. A stated zero is a figure; what is
 * not stated is missing.
 */
#pragma once

#include <stdbool.h>

#include "store/db.h"

struct fact {
	double value;               /* in the unit asked for; NAN: nothing is stated */
	double covered_s, window_s; /* of the period */
	bool estimated;             /* a row has a quality other than "" and "ok" */
	bool divided;               /* a row reached beyond the period: its share by time */
	char *source;               /* of the last row; NULL: none. fact_done frees it */
};

/*
 * fact_amount: rows are amounts over their time (kWh, m3): their sum. fact_level: rows are what
 * held meanwhile (kW, m2, degC): their mean over the time that is stated; a row without an end
 * holds on. -1: the database, or a unit that cannot be turned into the one wanted; err says which
 * and what to write.
 */
int fact_amount(struct db *db, const char *key, const char *unit, int64_t from, int64_t to,
		struct fact *ret, struct err *err);
int fact_level(struct db *db, const char *key, const char *unit, int64_t from, int64_t to,
	       struct fact *ret, struct err *err);
void fact_done(struct fact *fact);
