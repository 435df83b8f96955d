/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primary meters of a period as the database knows them: where they stood, their factors
 * of the time, and their energy over any part of the period: from the counter when one step of
 * it is at most 1 % of that energy, else from the integral of power.
 */
#pragma once

#include "report/counter.h"
#include "report/energy.h"
#include "store/db.h"

struct meter_series {
	int64_t id;
	struct samples samples; /* after meter_read */
	struct counter counter; /* of an energy series */
};

struct meter_factor {
	int64_t from;
	double factor;
};

struct meter {
	char *name;          /* "UTIL-1-M", "BCM-3A/branch 1" */
	char *device, *part; /* part: "" for the device as a whole */
	char *role, *circuit, *rack, *hall;
	double rated_w;               /* of its circuit; NAN: unknown */
	double acc_pct, ct_acc_pct;   /* NAN: unknown */
	struct meter_factor *factors; /* ascending; before the first one: 1 */
	size_t n_factors;
	struct meter_series *power, *energy;
	size_t n_power, n_energy;
	double highest_w; /* highest power read, factor applied; NAN: none */
};

struct meters {
	struct meter *m;
	size_t n, cap;
};

/* All primary meters in force at the last instant before to, with all their
 * factors up to then. -1: the database could not be read. */
int meters_load(struct db *db, int64_t to, struct meters *ret, struct err *err);
void meters_done(struct meters *meters);

/* Reads the meter's samples of from..to and applies the counter rule. */
int meter_read(struct db *db, struct meter *m, int64_t from, int64_t to, struct err *err);
void meter_drop(struct meter *m); /* forgets the samples again */
/* The first and last instant with a reading in from..to; INT64_MAX and INT64_MIN when none.
 * step_s: the slowest of its series, 0 when it has none. After meter_read. */
void meter_span(const struct meter *m, int64_t from, int64_t to, int64_t *ret_first,
		int64_t *ret_last, int *ret_step_s);

struct meter_energy {
	double wh; /* factor applied */
	double covered_s, window_s;
	double step_wh; /* what one step of the counter means, 0 for the integral */
	bool from_counter, from_power;
	bool frozen; /* the counter stood still, power did not */
};
/* Energy over from..to; after meter_read. */
void meter_energy(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret);
/* "counter", "power integral", "both" or "-". */
const char *meter_source_text(bool from_counter, bool from_power);
/* Events of the counters within from..to as text, "" when there were none. Caller frees. */
char *meter_events_text(const struct meter *m, int64_t from, int64_t to, bool frozen);
/* What a circuit can carry in W: rated_w, else VA, else A times volts; NAN: not told. */
double meter_rated_w(const char *system, double volts, double rated_a, double rated_va,
		     double rated_w);
