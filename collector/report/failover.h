/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left when a feed is lost: what each surviving feed of a rack would carry, line by line,
 * at one instant; and what that means beside its ratings. Pure.
 *
 * The rule. What the lost feed carried moves to the surviving feeds of the rack (to each by its
 * capacity where there are several), line to line of the same name, less what cannot move: a load
 * of cords.csv with fewer power supplies left than it needs goes dark, and its part of the lost
 * feed with it. That part is its measured outlet; without one the share that its nameplate has in
 * those of all loads on that line, at most the nameplate itself. Whatever is not in cords.csv, and
 * loads of which the line is not told, are taken to move. A measured load whose other cord hangs on
 * a line of another name moves to that one. Active power (of shelves and UPS, which are rated in
 * W) moves as a whole. What a dark load drew from a surviving feed is left there, for nobody should
 * rely on it: so no feed ever carries less than before.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/topology.h"

#define FAILOVER_FEEDS 64 /* of one rack, at most */

/* ---- ratings ------------------------------------------------------------------ */

enum failover_state {
	FAILOVER_UNKNOWN,
	FAILOVER_OK,
	FAILOVER_WARN,      /* at `warn` of what is rated for continuous load, or above */
	FAILOVER_CRIT,      /* over it */
	FAILOVER_CRIT_TRIP, /* over the breaker: it opens, and the other side is lost too */
	FAILOVER_DARK       /* no supply is left */
};
const char *failover_state_name(enum failover_state state); /* "CRIT_TRIP" */

struct failover_limits { /* NAN: not rated */
	double derated_a, trip_a;
	double derated_w, derated_va;
};
struct failover_limits failover_limits_of(const struct topology_circuit *c);

struct failover_load { /* of one circuit */
	double a[3];   /* by conductor; those that it does not have are not looked at */
	double w;      /* NAN: not known */
};

struct failover_verdict {
	enum failover_state state;
	double pct; /* of the derated rating that is nearest to its limit; NAN: none is known */
	double pct_trip;    /* of the breaker; NAN: not told */
	char unit;          /* of that rating: 'A', 'W', 'V' (VA) */
	int line;           /* the worst conductor, 0..2 */
	double load, limit; /* in that unit */
};
/* Judges a load. warn: part of the derated rating, 0.9. va_per_a: of the circuit, for its VA. */
void failover_judge(const struct failover_limits *limits, int conductors, double va_per_a,
		    const struct failover_load *load, double warn, struct failover_verdict *ret);

/* ---- one rack ----------------------------------------------------------------- */

struct failover_cord {
	size_t feed;            /* of the rack's feeds */
	signed char line, pair; /* conductor it hangs on, or pair of lines; -1: not told */
	bool three;             /* on all three lines alike */
	bool measured;          /* there is a reading of its outlet */
	double nameplate_w;     /* NAN: not told */
};

struct failover_device { /* a load of cords.csv */
	const char *name;
	int psus_needed;
	struct failover_cord *cords;
	size_t n_cords;
};

struct failover_feed {
	size_t circuit; /* of the topology */
	int conductors;
	double va_per_a;
	double capacity; /* W, for shares; NAN: not rated */
	struct failover_limits limits;
};

struct failover_rack {
	struct failover_feed *feeds;
	size_t n_feeds;
	struct failover_device *devices;
	size_t n_devices;
	size_t n_cords; /* of all devices: outlets run through them in order */
};

/* Feeds and loads of a rack. Cords on circuits that are no feed of it hang elsewhere: they count
 * as power supplies that stay. measured[]: of the rack's cords, in order (NULL: none is). */
void failover_rack_of(const struct topology *t, size_t rack, const bool *measured,
		      struct failover_rack *ret);
void failover_rack_done(struct failover_rack *rack);

/* The part of what moves that comes to a surviving feed, when the feeds of mask `lost` are lost;
 * and amps on feed `to` that an ampere on feed `from` stands for. */
double failover_share(const struct failover_rack *r, uint64_t lost, size_t feed);
double failover_conversion(const struct failover_rack *r, size_t from, size_t to);

/* The loads that go dark when the feeds of mask `lost` are lost; how many. */
size_t failover_dark(const struct failover_rack *r, uint64_t lost);

struct failover_outlets { /* A of the rack's cords, in order; what is not above 0 is no reading */
	const double *least, *most; /* the same, but for bounds over a time */
};

/*
 * present[feed] -> ret_after[feed] when the feeds of mask `lost` are lost; lost feeds carry 0.
 * ret_dropped_a[feed][line] (may be NULL): what goes dark. Never falls when a feed's current or
 * an outlet's most grows, never grows when an outlet's least does. NAN where a current is not
 * known.
 */
void failover_after(const struct failover_rack *r, uint64_t lost,
		    const struct failover_load *present, const struct failover_outlets *outlets,
		    struct failover_load *ret_after, double (*ret_dropped_a)[3]);

/* The verdict on the surviving feed that is worst off, and which one. All lost: FAILOVER_DARK. */
void failover_judge_rack(const struct failover_rack *r, uint64_t lost,
			 const struct failover_load *after, double warn,
			 struct failover_verdict *ret, size_t *ret_feed);

/* One number that never falls when a load grows: the state, then the percentage. NAN: unknown. */
double failover_rank(const struct failover_verdict *v);

/* What the surviving feeds can carry together, W; NAN when one is not rated. */
double failover_capacity_w(const struct failover_rack *r, uint64_t lost);

/* ---- rules of thumb, to be held against the figures above ------------------------ */

/* Is every current of a pair of feeds at most that part (0.4, 0.5) of the breaker? */
bool failover_rule_of_thumb(const struct failover_load *feeds, size_t n, int conductors,
			    double breaker_a, double part);
/* Available redundant capacity of one of a pair: half its derated rating less its load. */
double failover_arc_a(double derated_a, double actual_a);
/* VA that three-phase load could still be added (three times the least headroom), and what the
 * imbalance strands: the headroom of the other lines beyond that. */
double failover_stranded_va(const double a[3], double derated_a, double va_per_a);
