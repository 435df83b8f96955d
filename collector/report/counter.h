/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Energy from a register that only counts up, and what goes wrong with such
 * registers. Pure.
 *
 * The rule: an increment is plausible when 0 <= d <= 1.2 * rated * dt + lsb, dt from when the
 * register was last seen to move (some are refreshed more rarely than they are read). A fall of at
 * most one lsb is a DIP: the highest value is held. A larger fall is tried as a ROLLOVER (a known
 * modulus makes it plausible). Anything else is held back for one reading: when the next one
 * continues plausibly from the value before, the odd one was a GLITCH; otherwise the register
 * was RESET: what happened between is not covered. Where a meter was REPLACED the register starts
 * anew whatever the sign of the jump.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/series.h"

enum counter_kind {
	COUNTER_ROLLOVER,
	COUNTER_RESET,
	COUNTER_GLITCH,
	COUNTER_DIP,
	COUNTER_FROZEN,
	COUNTER_REPLACED
};
const char *counter_kind_name(enum counter_kind kind); /* "ROLLOVER" */

struct counter_reading {
	int64_t ts;
	double value, lsb; /* Wh */
	int64_t slack_s;   /* it was taken at most so long before or after ts */
};

/* A stretch over which the register cannot be followed: readings between from and to, both
 * exclusive, are none, and the next one is a new baseline. */
struct counter_break {
	int64_t from, to;
	double last_wh, first_wh; /* last of the old meter at from, first of the new at to; NAN: not
				   * told */
	bool replaced;            /* false: told to be bad, no event */
};

struct counter_rule {
	double rated_w;      /* what the circuit can carry; NAN: unknown, then only falls are odd */
	double moduli_wh[4]; /* where the register may wrap, in Wh */
	size_t n_moduli;
	const struct counter_break *breaks; /* ascending; not owned */
	size_t n_breaks;
};

struct counter_event {
	enum counter_kind kind;
	int64_t ts;
};

struct counter_part { /* the time between two readings that were believed */
	int64_t from, to;
	double wh;
	bool known;      /* false: the register was not followed; wh is 0 */
	double least_wh; /* at least so much, when not known: what the register shows since 0 */
	bool frozen;     /* not known because it stood still, see counter_freeze */
};

struct counter { /* owns its arrays */
	struct counter_part *parts;
	size_t n_parts, cap_parts;
	struct counter_event *events;
	size_t n_events, cap_events;
	double lsb_wh; /* largest step of the readings */
};

/* Applies the rule to readings in Wh, ascending in time. */
void counter_read(const struct sample *s, size_t n, const struct counter_rule *rule,
		  struct counter *ret);
void counter_read_slack(const struct counter_reading *r, size_t n, const struct counter_rule *rule,
			struct counter *ret);
void counter_done(struct counter *counter);

/*
 * A serial number that was found changed at ts: between which two readings, at most reach_s before
 * it, was the meter exchanged? Where the register jumps, else where nothing was read for longest
 * (of equals where it counted most). False: no two readings there.
 */
bool counter_find_break(const struct counter_reading *r, size_t n, const struct counter_rule *rule,
			int64_t ts, int64_t reach_s, struct counter_break *ret);

struct counter_energy {
	double wh;
	double covered_s, window_s;
	double least_wh; /* lower bound: wh and what a reset register shows */
	double most_wh;  /* upper bound: what is not covered at rated power; NAN: unknown */
	double split_wh, split_s; /* not in wh, covered_s: see below */
	bool frozen;              /* a part of it is */
};

/*
 * Energy of from..to. A part that spans a long hole counts when it lies inside the window; a
 * part that is cut by an edge is divided in proportion when it is no longer than max_gap_s,
 * else the piece inside is not covered: nobody knows how it was divided. Its even share is
 * split_wh, so that what the pieces of a hole are given adds up to what the register says.
 */
void counter_energy(const struct counter *counter, int64_t from, int64_t to, int64_t max_gap_s,
		    double rated_w, struct counter_energy *ret);

/* A stretch of from..to after *at that counter_energy does not cover (*at is moved behind it), and
 * its even share (wh) of the long part that it is cut from, when that is known; false: there is
 * none any more. Begin with *at = from. */
bool counter_hole(const struct counter *counter, int64_t from, int64_t to, int64_t max_gap_s,
		  int64_t *at, struct counter_part *ret);

/* Did the register stand still over from..to although power says that at least two of its
 * steps were used? */
bool counter_frozen(const struct counter *counter, int64_t from, int64_t to, double power_wh);

struct counter_stretch {
	int64_t from, to;
	int64_t low, high; /* one reading farther in on either side; low > high: short */
};
/* A stretch within which the register does not move, after *at, which is moved behind it; false:
 * there is none any more. Power that begins or ends with one of its readings shows in the
 * register only with the next: what was used for certain, was from low to high. */
bool counter_still(const struct counter *counter, size_t *at, struct counter_stretch *ret);
/* The register is not believed over from..to, and why is an event. */
void counter_freeze(struct counter *counter, int64_t from, int64_t to);
