/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What energy costs: prices of energy by the time of the week, of the month's highest demand, and
 * of the month itself (tariffs.csv). Pure but for tariffs_load.
 *
 * Energy costs what the row says that prices its instant; what no row prices is counted apart, it
 * is not free. A demand is the highest mean over fixed blocks (of 15 minutes, say) of the row's
 * clock that begin within the row's hours; its price is by the month, so a row that holds for a
 * part of a civil month costs that part, by its own blocks. A month that is not whole has no
 * demand charge yet.
 */
#pragma once

#include "base/price.h"
#include "base/week.h"
#include "store/db.h"

struct tariff_rate {
	struct week week;
	struct price price;
	double amount;    /* per price.per, in the tariff's currency */
	int64_t from, to; /* from <= t < to; INT64_MIN, INT64_MAX: open */
	char *label;      /* "energy mon-fri 06:00-22:00" */
};

struct tariff {
	char *name, *currency;
	struct tariff_rate *rates;
	size_t n, cap;
};

struct tariffs {
	struct tariff *t;
	size_t n, cap;
};

/* All tariffs with rows in force at some time of from..to, by name. -1: the database, or a row
 * that makes no sense. */
int tariffs_load(struct db *db, int64_t from, int64_t to, struct tariffs *ret, struct err *err);
void tariffs_done(struct tariffs *all);

/* The tariff of something: the one that bears its name ("acme", "H1"), else "std", else the only
 * one; NULL: none of these. */
const struct tariff *tariffs_find(const struct tariffs *all, const char *name);

/* A stretch of time in which one rate prices energy. */
struct tariff_span {
	int64_t from, to;
	size_t rate; /* index; tariff->n: no rate does */
};
/* from..to in such stretches, ascending, without holes. The caller frees *ret. */
size_t tariff_spans(const struct tariff *tariff, int64_t from, int64_t to,
		    struct tariff_span **ret);
/* Of energy at a rate; 0 when there is none (rate tariff->n). */
double tariff_energy_cost(const struct tariff *tariff, size_t rate, double wh);

/* Means of power over pieces of step_s seconds that begin at multiples of it (UTC). */
struct tariff_power {
	int64_t from;
	int step_s;      /* divides 900 and the windows of all demand rates */
	const double *w; /* W or VA; NAN: unknown */
	size_t n;
};
/* The longest step that serves all demand rates of the tariff: 900, or less; 0: it has none. */
int tariff_power_step(const struct tariff *tariff);

struct tariff_peak {
	double w;         /* highest block; NAN: no block is known */
	int64_t at;       /* where it begins */
	double known_pct; /* how many of the blocks are known */
};
/* The highest block of a demand rate that lies within from..to. */
void tariff_peak(const struct tariff_rate *rate, const struct tariff_power *power, int64_t from,
		 int64_t to, struct tariff_peak *ret);

/* One month of a demand or fixed rate. */
struct tariff_charge {
	size_t rate;
	char month[16];          /* "2026-11" */
	int64_t from, to;        /* the part of the month in which the rate holds */
	double share;            /* of the month that is */
	struct tariff_peak peak; /* of a demand */
	double cost;             /* NAN: the demand is not known */
};
/*
 * The monthly charges of all whole civil months of from..to. power and va: NULL when there are no
 * such readings. The caller frees *ret.
 */
size_t tariff_charges(const struct tariff *tariff, const struct tariff_power *power,
		      const struct tariff_power *va, int64_t from, int64_t to,
		      struct tariff_charge **ret);
