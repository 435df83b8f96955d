/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of tenancy.h share. */
#pragma once

#include "report/epochs.h"
#include "report/oplog.h"
#include "report/tenancy.h"
#include "report/topology.h"

#define TENANCY_WINDOW_S 900 /* of a demand when no tariff names another one */

/* Adds all meters up: owners, racks and days of t are prepared. */
int tenancy_read(struct tenancy *t, struct db *db, struct epochs *epochs, const struct oplog *log,
		 const struct topology *topology, const char *only, struct err *err);

/* ---- tenancy_read.c and tenancy_share.c ------------------------------------------------ */

struct tenancy_piece { /* a stretch of a meter's time: one rack of one owner, at one price */
	size_t rack, owner, rate; /* rack: n_racks of none */
};

struct tenancy_visit {
	struct tenancy *t;
	struct db *db;
	const struct oplog *log;
	const struct topology *topology;
	const char *only; /* NULL: demand of all */
	struct meter_reader *reader;
	const struct epoch *epoch;
	struct period_list days; /* cut to the epoch */
	size_t first_day;
	struct blocks_members members;
	/* of the meter at hand */
	const struct meter *m;
	double mean_w;
	struct tenancy_piece *pieces;
	struct usage_span *spans;
	size_t n, cap_pieces, cap_spans;
};

/* The first row of a rack; they are sorted by name. */
size_t tenancy_first_rack(const struct tenancy *t, const char *name);
/* Part of a day of the epoch, of the meter at hand: to its owner, at his price. */
void tenancy_credit(struct tenancy_visit *r, size_t owner, size_t rate, size_t day,
		    const struct usage *u);
double tenancy_declared_s(const struct tenancy_visit *r, int64_t from, int64_t to,
			  const struct usage *u);
/* Tells the owner when the meter was read for less than nearly all of its time. */
void tenancy_note_lacking(struct tenancy_visit *r, size_t owner, const struct usage *u);
/* The meter's power to what the owner is charged for; less: off it. */
int tenancy_demand(struct tenancy_visit *r, size_t owner, int64_t from, int64_t to, bool less,
		   struct err *err);

/* The owner of that name ("": nobody), made when it is new; until they are sorted. */
size_t tenancy_owner_of(struct tenancy *t, const char *tenant);

/* tenancy_share.c: which outlets were another tenant's than their rack, and his place in it. Before
 * and after owners are sorted. */
int tenancy_shares_load(struct db *db, struct tenancy *t, struct err *err);
int tenancy_shares_place(struct db *db, struct tenancy *t, struct err *err);
/* Moves the energy of these outlets in the visit's epoch from the rack's owner to theirs. */
int tenancy_shares_read(struct tenancy_visit *r, struct err *err);
void tenancy_shares_done(struct tenancy *t);
