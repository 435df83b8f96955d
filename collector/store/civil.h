/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table civil_day: the site's days. Zone rules belong to one thread (base/zone.h) and the
 * database to another, so this is in three steps: look at what there is, work out the days, store
 * what is new.
 *
 * A zone counts from the time its setting does: days before stay as they were, the first day of the
 * new zone begins where the last of the old one ended, and days that have other bounds than before
 * are to be made again (days.h), but for those whose hours are past their retention.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "store/db.h"

struct civil_zone { /* in force from that time on */
	int64_t from;
	char *name;
};

struct civil_date {
	int64_t day; /* since 1970-01-01 of the local date */
	int64_t from, to;
	bool known; /* stored, and the same */
};

struct civil {
	struct civil_zone *zones;
	size_t n_zones, cap_zones;
	int64_t first_ts;              /* earliest sample; INT64_MAX: none */
	int64_t lost_ts;               /* days that begin before it stay as they are */
	struct civil_date *had, *days; /* ascending without a hole; days: as they should be */
	size_t n_had, cap_had, n_days, cap_days;
};

/* Reads what is stored into *ret, which civil_done frees. Without a setting the zone is UTC. */
int civil_look(struct db *db, struct civil *ret, struct err *err);
/* The days from the year of the first sample (or now) to the end of the next year. Ends with the
 * newest zone in use (zone_use); another one is used only where its days are not stored yet. */
int civil_compute(struct civil *c, int64_t now_s, struct err *err);
bool civil_changed(const struct civil *c); /* there are days to be stored */
/* Within the caller's transaction. */
int civil_store(struct db *db, const struct civil *c, struct err *err);
void civil_done(struct civil *c);

/* The three steps in a transaction of its own, for programs of one thread. */
int civil_fill(struct db *db, int64_t now_s, struct err *err);

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back. */
int64_t civil_number(int year, int month, int day);
void civil_split(int64_t number, int *ret_year, int *ret_month, int *ret_day);
