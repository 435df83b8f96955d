/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each primary meter counted over a period, day by day: the figures, how much data they rest
 * on, what its registers went through, and what planned work excuses. Reports add these up. A meter
 * that moved in the period has a line for each place, over the time it stood there.
 */
#pragma once

#include "report/epochs.h"
#include "report/oplog.h"
#include "report/tariff.h"
#include "report/topology.h"
#include "report/usage.h"

#define LEDGER_DAYS_MAX 62 /* longer periods are shown by months */

struct ledger_line {
	const struct meter *m; /* as it stood last */
	int64_t from, to;      /* when it stood there */
	size_t circuit;        /* in the topology; TOPOLOGY_NONE */
	struct usage total;
	struct usage *part; /* one per part of the ledger */
	struct usage export;
	bool exports; /* it has a register of energy delivered back */
	/* The registers and the integral of power over the days that both cover; 0: none. */
	double counter_wh, power_wh, register_step_wh;
	char *events;                /* of the registers; "" */
	const struct tariff *tariff; /* NULL: no price is known */
	double *rate_wh;             /* per rate of the tariff, then what none prices */
};

struct ledger {
	int64_t from, to;
	bool since; /* from is that of the first reading, later than asked for */
	struct epochs epochs;
	struct topology topology; /* of the end */
	struct oplog log;
	struct tariffs tariffs;
	struct period_list days, parts; /* parts: days, or months of a long period */
	bool monthly;                   /* parts are months */
	struct ledger_line *line;       /* by name, then as they stood */
	size_t n, cap;
};

/* Which meters; NULL: all. */
struct ledger_filter {
	const char *hall, *rack, *circuit, *meter; /* circuit: at it and below it */
};

/*
 * Loads and reads all of it. Times are cut to what is stored. -1: nothing is stored, a filter
 * names nothing, or the database could not be read.
 */
int ledger_load(struct db *db, int64_t from, int64_t to, int64_t now,
		const struct ledger_filter *filter, struct ledger *ret, struct err *err);
void ledger_done(struct ledger *l);

/* How much of from..to the meter is silent under planned work; after meter_read. */
double ledger_declared_s(const struct oplog *log, const struct topology *t, const struct meter *m,
			 int64_t from, int64_t to);
/* The counter by the integral of its own power; NAN: it cannot be told. */
double ledger_ratio(const struct ledger_line *line);
/* What the energy of a line costs; NAN without a tariff. */
double ledger_cost(const struct ledger_line *line);
