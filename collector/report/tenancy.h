/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Energy by tenant: what the meters at the IT equipment's input (role it_in) counted in the racks
 * that were a tenant's at the time, held against the IT side of the site's boundary. The
 * remainder (racks without a tenant, losses between the two, meters without a rack) is
 * unallocated, so that the sum is the total, in a month as in each of its days.
 *
 * Of a rack that tenants share, each has what the outlets measured whose cords carry its name
 * (cords.csv, tenant); the rest is the rack's own tenant's, or nobody's. An outlet that measures
 * nothing, or that two of them have, leaves its part in that rest.
 *
 * The overhead of the facility is shared in proportion: energy times PUE, the ratio of the days in
 * which both sides of the boundary were measured.
 */
#pragma once

#include "report/bill.h"
#include "report/boundary.h"
#include "report/epochs.h"
#include "report/oplog.h"
#include "report/topology.h"
#include "report/usage.h"

struct tenancy_rack { /* a rack while it was one tenant's */
	char *name, *hall;
	size_t owner; /* into tenancy.owner */
	int64_t from, to;
	struct usage total;
	size_t meters, counted; /* at most at a time; in the epoch at hand. Of a place: outlets;
				 * whether one was read */
};

struct tenancy_share { /* an outlet while its cord carried a tenant */
	char *device, *part, *tenant, *circuit, *rack;
	size_t owner, place; /* place: when the rack was another one's */
	int64_t from, to;
	bool divided; /* two tenants' cords hang on it */
	size_t meter; /* into outlets; SIZE_MAX: none, or not needed */
};

struct tenancy_owner {
	char *name; /* "" of the first one: nobody's */
	struct usage total;
	struct usage *day;
	double have, want; /* of coverage, weighted by energy */
	size_t racks;      /* at the end of the period */
	size_t unmetered_outlets; /* of its cords in others' racks */
	const struct tariff *tariff;
	struct bill bill; /* with a tariff */
	struct blocks blocks, va;
	bool has_blocks, has_va;
	struct tariff_peak peak; /* highest mean of its window, or of 15 minutes */
	int window_s;
};

struct tenancy_meter { /* of a rack, not read in part of the period */
	char *name;
	size_t owner;
	double coverage_pct;
};

struct tenancy {
	int64_t from, to;
	bool since;
	struct period_list days;
	struct tariffs tariffs;
	struct tenancy_owner *owner; /* [0]: nobody's; then by name */
	size_t n_owners, cap_owners;
	struct tenancy_rack *rack; /* by name and date */
	size_t n_racks, cap_racks;
	struct tenancy_rack *place; /* a tenant's outlets in a rack that is not its own */
	size_t n_places, cap_places;
	struct tenancy_share *share; /* by device, part and date */
	size_t n_shares, cap_shares;
	struct meters outlets;
	struct tenancy_meter *lacking;
	size_t n_lacking, cap_lacking;
	/* The boundary's two sides, by day and in all; it: without a boundary the sum of all it_in
	 * meters. */
	bool bounded;
	int category;
	/* Its name; why there is none, or none for a part of the period. */
	char *boundary, *no_boundary;
	struct usage *side_day[BOUNDARY_SIDES], side[BOUNDARY_SIDES];
	double side_have[BOUNDARY_SIDES], side_want[BOUNDARY_SIDES];
	double pue, pue_days_pct; /* NAN: no day had both sides */
};

/* only: demand of that tenant alone is computed; NULL: of all. -1: as epochs_cut, or the database
 * could not be read. */
int tenancy_load(struct db *db, int64_t from, int64_t to, int64_t now, const char *only,
		 struct tenancy *ret, struct err *err);
void tenancy_done(struct tenancy *t);

/* n_owners: it never had a rack or an outlet. */
size_t tenancy_find(const struct tenancy *t, const char *tenant);
/* IT energy that is no tenant's: the total less all tenants. */
double tenancy_unallocated_wh(const struct tenancy *t);
/* Of it: what no tenant's outlet measured in racks that are nobody's and hold tenants' outlets. */
double tenancy_shared_rest_wh(const struct tenancy *t);
double tenancy_unallocated_day_wh(const struct tenancy *t, size_t day);
double tenancy_coverage_pct(const struct tenancy_owner *o);
