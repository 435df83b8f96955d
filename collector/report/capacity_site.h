/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the site, its halls, rows and circuits can carry, what was promised of it and what is used.
 *
 * Load of a site, hall or row is the sum of its racks at the same instants: five-minute means, of
 * which the peak is the highest mean over 15 minutes; of a period longer than 35 days hourly means,
 * whose highest is the peak. Circuits are those of circuits.h.
 *
 * Usable is what may be carried so that after the loss of any one circuit nothing is over its
 * derated rating: of racks what their feeds left carry together, of circuits above derated * load /
 * load after the worst loss (all loads growing alike). A hall's is the least of these stages, each
 * circuit counted by the part of its load that is the hall's. That a loss leaves racks without any
 * supply takes nothing over a rating: what they carry is gone with them; report failover tells it.
 *
 * What nobody measures is no room: see capacity_unknown.h.
 */
#pragma once

#include "report/circuits.h"
#include "report/failover_picture.h"
#include "report/sumseries.h"

struct capacity_scope {
	const char *scope;      /* site, hall, row */
	char *id, *hall;        /* "" */
	size_t racks;           /* live ones */
	size_t free, committed; /* positions: empty; reserved or planned */
	double nameplate_w, budget_w,
		committed_w;       /* sums over racks that tell; committed: budgets */
	double rated_w, derated_w; /* of the feeds of its racks, all sides */
	double usable_w;
	const char *usable_by; /* circuit of the stage that is the least, one of them; "feeds" */
	bool skips;            /* some stage bounds nothing, for its usable_w is not known */
	double stage_w;        /* what that stage is rated for: its reserve is beyond usable_w */
	double mean_w, p99_w, peak_w;
	int64_t peak_at;
	double sum_of_peaks_w;     /* of its racks, each by itself */
	double unused_w;           /* of their budgets at their peaks */
	double imbalance_w;        /* what is left on other lines of its feeds than the fullest */
	double unknown_w; /* what its unmetered feeds may carry; INFINITY: they are not rated */
	double known_pct;          /* of the time in which 98 % of its load is known */
	double limit_w, cooling_w; /* told in budgets.csv; NAN */
};

struct capacity_unknowns;

struct capacity_site {
	const char *name;
	int64_t from, to;
	int step_s; /* of the means: 300, or 3600 */
	struct topology t;
	struct circuits circuits;
	bool has_failover; /* some rack has feeds */
	struct failover_picture failover;
	/* By circuit. NAN: not rated; usable_w: or what it carries after some loss is not known.
	 * unknown_w: what flows through it and nobody measures, at most; INFINITY. */
	double *derated_w, *usable_w, *unknown_w;
	size_t *unknown_after; /* the loss after which that is so; TOPOLOGY_NONE */
	bool *skipped;         /* it kept its stage from bounding what is usable */
	struct capacity_unknowns *unknowns;
	struct capacity_scope *s;     /* the site, its halls by name, their rows by hall and name */
	size_t n, cap;
	size_t (*of_rack)[3];        /* by rack of t: its scopes; SIZE_MAX: no further one */
	struct report_options whole; /* without filters: what failover is judged by */
	double warn;
	double it_w, facility_w; /* means of both sides of the site; NAN */
	double facility_peak_w;  /* highest mean of an hour */
	double contract_w;       /* what it may draw by contract, W or VA; NAN */
};

/* All of the site, whatever options' filters say. name: the site's, must outlive it. */
struct capacity_site *capacity_site_new(struct db *db, const struct report_options *options,
					int64_t from, const char *name, struct err *err);
struct capacity_site *capacity_site_free(struct capacity_site *c); /* takes NULL, returns NULL */

/* NULL: none. hall: of a row. */
struct capacity_scope *capacity_find(const struct capacity_site *c, const char *scope,
				     const char *id, const char *hall);
/* What a scope can be filled up to: the limit that is told, else usable_w. */
double capacity_limit_w(const struct capacity_scope *s);
/* What is left at the peak; NAN when unbounded loads are in it. */
double capacity_left_w(double limit_w, double peak_w, double unknown_w);
