/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From which series the load of a circuit is known, hour by hour and at raw instants: the sums
 * that the collector stores of feeds and circuits, else the circuit's primary meters. What stands
 * below a circuit is not looked at here: a tree is its caller's.
 *
 * Currents that are not measured are derived: from the apparent power of the meter, else from
 * active power at a power factor of 1, spread evenly over the conductors. load_source.amps says
 * which, and whoever prints them says so.
 */
#pragma once

#include "report/meters.h"
#include "report/topology.h"
#include "store/series.h"

enum load_out { LOAD_L1, LOAD_L2, LOAD_L3, LOAD_W, LOAD_VA, LOAD_OUTS };
enum { LOAD_WANT_A = 1, LOAD_WANT_W = 2, LOAD_WANT_VA = 4 };

enum load_amps { LOAD_AMPS_NONE, LOAD_AMPS_MEASURED, LOAD_AMPS_FROM_VA, LOAD_AMPS_FROM_W };
const char *load_amps_name(enum load_amps amps); /* "measured", "from VA", "from W", "-" */

struct load_hour {          /* of one input; in the unit of its output, factors applied */
	double least, most; /* NAN: no sample in that hour */
	double mean, share; /* share: of its samples that are there, 0 to 1 */
	double members;     /* of a stored sum: part of its members that was there, 0 to 1 */
};

struct load_input { /* a series that adds to an output */
	int64_t series;
	const struct meter *meter; /* NULL: a stored sum, or a meter that does not count */
	double by;                 /* output per unit of the series, beside the meter's factor */
	int64_t present, expected; /* series that tell of partial sums; 0: none */
	int step_s;
	struct load_hour *hours; /* n_hours of the loads */
	bool partial;            /* some of its sums are */
};

struct load_source {
	enum load_amps amps;
	bool group; /* stored sums; else meters */
	struct load_input *in[LOAD_OUTS];
	size_t n[LOAD_OUTS]; /* 0: not known */
};

struct loads; /* reads within one transaction, until loads_close */
struct loads *loads_open(struct db *db, const struct topology *t, int64_t from, int64_t to,
			 struct err *err);
struct loads *loads_close(struct loads *l); /* takes NULL, returns NULL */

int64_t loads_first_hour(const struct loads *l);
size_t loads_hours(const struct loads *l);
const struct topology *loads_topology(const struct loads *l);
/* Does the collector store sums of that circuit? */
bool loads_has_sums(const struct loads *l, size_t circuit);

/* want: LOAD_WANT_A | ... An output without any sample in the period is left out. */
int loads_source(struct loads *l, size_t circuit, unsigned want, struct load_source *ret,
		 struct err *err);
void load_source_done(struct load_source *s);

/* One series by itself: an outlet (by: amps per unit), a check meter. false in *ret_any: it has no
 * sample. */
int loads_input(struct loads *l, int64_t series, double by, struct load_input *ret, bool *ret_any,
		struct err *err);
/* The series of an outlet: current_a, else power_w; 0: none. */
int loads_outlet(struct loads *l, const char *device, const char *part, int64_t *ret_series,
		 bool *ret_is_power, struct err *err);

/* Which conductor of the circuit a current of a meter belongs to; -1: none of them alone. */
int loads_conductor(const struct topology_circuit *c, const struct topology_meter *m,
		    const struct topology_series *s);

/* Raw samples of an input in [from, to), in its output's unit: partial sums and what log.csv calls
 * bad left out. */
int loads_samples(struct loads *l, const struct load_input *in, int64_t from, int64_t to,
		  struct samples *ret, struct err *err);
