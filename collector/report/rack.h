/* SPDX-License-Identifier: Apache-2.0 */
/* One rack over a period: its load against the budgets of the time, its inlet, its coverage. */
#pragma once

#include "report/energy.h"
#include "store/db.h"

struct rack_span { /* what was in force for a while */
	int64_t from, to;
	double budget_w; /* NAN: none */
};

struct rack {
	char *name, *hall, *feeds, *thermal_class; /* feeds: circuits, blank separated */
	struct rack_span *spans;                   /* ascending */
	size_t n_spans;
	/* filled by rack_load */
	double now_w, mean_w, peak_w;
	int64_t peak_at;
	double demand_w;        /* highest mean over the hold time, else the mean of the period */
	double budget_w;        /* at the end of the period */
	double load_pct;        /* highest demand / budget of its time */
	double load_w, limit_w; /* that demand and that budget */
	double headroom_w;      /* limit - load */
	double side_w[2];       /* feeds of side A and B, now */
	double coverage_pct;    /* share of instants with all members; NAN: no group point */
	double complete_pct;    /* the same of the instants at which the collector ran */
	int present, expected;  /* at the latest instant, -1: unknown */
	bool partial;
	double inlet_c;     /* hottest of the period; NAN: none */
	char *inlet_sensor; /* its name; NULL: none */
};

struct racks {
	struct rack *r; /* live ones, by name */
	size_t n, cap;
};

struct rack_filter {
	int64_t from, to;
	bool since, live; /* the period was clipped to the first reading; it ends now */
	int64_t hold_s;
	const char *rack, *hall; /* NULL: all */
};

/* The live racks of the period with their budgets, then their load. */
int racks_load(struct db *db, const struct rack_filter *filter, struct racks *ret, struct err *err);
void racks_done(struct racks *racks);

/* Upper limits of the inlet in C (ASHRAE TC 9.9, Thermal Guidelines, 5th edition):
 * false for a class that is not known. */
bool rack_thermal_limits(const char *thermal_class, double *ret_recommended_c,
			 double *ret_allowable_c);
