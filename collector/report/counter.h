/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Energy from a register that only counts up, and what goes wrong with such
 * registers. Pure.
 *
 * The rule: an increment is plausible when 0 <= d <= 1.2 * rated * dt + lsb. A fall of at most
 * one lsb is a DIP: the highest value is held. A larger fall is tried as a ROLLOVER (a known
 * modulus makes it plausible). Anything else is held back for one reading: when the next one
 * continues plausibly from the value before, the odd one was a GLITCH; otherwise the register
 * was RESET (or the meter replaced): what happened between is not covered.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/series.h"

enum counter_kind { COUNTER_ROLLOVER, COUNTER_RESET, COUNTER_GLITCH, COUNTER_DIP, COUNTER_FROZEN };
const char *counter_kind_name(enum counter_kind kind); /* "ROLLOVER" */

struct counter_rule {
	double rated_w;      /* what the circuit can carry; NAN: unknown, then only falls are odd */
	double moduli_wh[4]; /* where the register may wrap, in Wh */
	size_t n_moduli;
};

struct counter_event {
	enum counter_kind kind;
	int64_t ts;
};

struct counter_part { /* the time between two readings that were believed */
	int64_t from, to;
	double wh;
	bool known;      /* false: a RESET lies between; wh is 0 */
	double least_wh; /* at least so much, when not known: what the register shows since 0 */
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
void counter_done(struct counter *counter);

struct counter_energy {
	double wh;
	double covered_s, window_s;
	double least_wh; /* lower bound: wh and what a reset register shows */
	double most_wh;  /* upper bound: what is not covered at rated power; NAN: unknown */
};

/*
 * Energy of from..to. A part that spans a long hole counts when it lies inside the window; a
 * part that is cut by an edge is divided in proportion when it is no longer than max_gap_s,
 * else the piece inside is not covered: nobody knows how it was divided.
 */
void counter_energy(const struct counter *counter, int64_t from, int64_t to, int64_t max_gap_s,
		    double rated_w, struct counter_energy *ret);

/* Did the register stand still over from..to although power says that at least two of its
 * steps were used? */
bool counter_frozen(const struct counter *counter, int64_t from, int64_t to, double power_wh);
