/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensors of racks and halls put together: each rack's inlets against its class, each hall's
 * indices. A sensor that is silent, stale, frozen or implausible is listed and never counted, least
 * of all as cool.
 */
#pragma once

#include "report/sensor.h"

enum rackair_state {
	RACKAIR_OK,
	RACKAIR_UNKNOWN, /* no inlet that can be believed, or no class */
	RACKAIR_FAST,    /* rose faster than equipment allows */
	RACKAIR_COLD,    /* below recommended */
	RACKAIR_WARM,    /* above recommended */
	RACKAIR_HOT      /* above allowable */
};
const char *rackair_state_name(enum rackair_state state); /* "warm" */

struct rackair {
	const char *name, *hall, *row, *pos; /* borrowed from the sensors */
	const struct thermal_class *limits;  /* NULL: none told, or not known */
	enum rackair_state state;
	const struct sensor *hottest; /* the inlet with the highest reading; NULL: none */
	double now_c, mean_c;         /* hottest inlet now; mean of the inlets' means */
	double max_c, min_c;
	double rise_quarter_k, rise_hour_k; /* of the steepest inlet */
	struct thermal_time time;           /* of the worst inlet */
	double outlet_c, dt_k;              /* means; NAN: no outlet sensor */
	double liquid_in_c, liquid_out_c;   /* means; NAN: none */
	double power_w;                     /* mean, only where there is a dt_k; NAN */
	double coverage_pct;                /* of the inlets */
	size_t n_inlets, n_bad;             /* that count, that do not */
};

struct hallair {
	const char *name; /* "" where no hall is told; the last one of all: NULL, the site */
	size_t racks, hot, warm, cold, fast, unknown, intakes;
	double rci_high_pct, rci_low_pct; /* over the inlets' means; NAN: no inlet */
	double supply_c, return_c, liquid_in_c, liquid_out_c; /* means; NAN: none */
	double dt_k, rti_pct, shi;                            /* NAN: not known */
};

struct rackairs {
	struct sensors sensors; /* owns the names */
	struct rackair *r;      /* by name */
	size_t n, cap;
	struct hallair *h; /* by name, the site last */
	size_t n_halls, cap_halls;
	size_t n_bad; /* sensors that do not count */
	bool estimated;
};

int rackairs_load(struct db *db, const struct sensor_filter *filter, struct rackairs *ret,
		  struct err *err);
void rackairs_done(struct rackairs *all);
