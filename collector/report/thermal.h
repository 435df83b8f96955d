/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temperatures of racks held against what IT equipment is made for. Pure.
 *
 * Sources: ASHRAE TC 9.9, Thermal Guidelines for Data Processing Environments, 5th edition
 * (2021): classes and the rates of change; Rack Cooling Index: M. K. Herrlin, "Rack Cooling
 * Effectiveness in Data Centers and Telecom Central Offices: The Rack Cooling Index (RCI)",
 * ASHRAE Transactions 111(2), 2005; Return Temperature Index: the same author, "Airflow and
 * Cooling Performance of Data Centers: Two Performance Metrics", ASHRAE Transactions 114(2), 2008;
 * Supply Heat Index: R. K. Sharma et al., "Dimensionless Parameters for Evaluation of Thermal
 * Design and Performance of Large-Scale Data Centers", AIAA 2002-3091.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/series.h"

#define THERMAL_EDITION "ASHRAE TC 9.9, 5th edition (2021)"

struct thermal_class {
	const char *name; /* "A2" */
	double allowable_low_c, recommended_low_c, recommended_high_c, allowable_high_c;
};

/* NULL: no such class. */
const struct thermal_class *thermal_class(const char *name);

/* Rack Cooling Index in percent: 100 is "no intake beyond recommended", of the upper and the
 * lower side. Not clamped: it is below 0 when the intakes are farther beyond on average than the
 * allowable limit. NAN without intakes: no sensor is not 100 %. */
struct thermal_rci {
	double high_pct, low_pct;
	size_t over_allowable, under_allowable; /* intakes beyond the allowable limits */
};
void thermal_rci(const double *intake_c, size_t n, const struct thermal_class *limits,
		 struct thermal_rci *ret);

/* Return Temperature Index in percent: below 100 air bypasses the equipment, above it
 * recirculates. NAN unless the equipment warms its air. */
double thermal_rti_pct(double supply_c, double return_c, double equipment_dt_k);
/* Rise of temperature over several racks as their common air stream has it: the air that each
 * moves is its power over its own rise, so the mean is sum(P) / sum(P / dT). NAN: nothing to weigh.
 */
double thermal_dt_k(const double *power_w, const double *dt_k, size_t n);
/* Supply Heat Index: the share of the rack's heat that came from around it and not from its
 * load; the Return Heat Index is 1 - SHI. NAN unless the outlet is warmer than the supply. */
double thermal_shi(double inlet_c, double outlet_c, double supply_c);

/* Highest rise from one sample to a later one at most window_s behind it; 0 when it only fell, NAN
 * with fewer than two samples. ret_at (may be NULL): the instant of the later one. */
double thermal_rise_k(const struct sample *s, size_t n, int64_t window_s, int64_t *ret_at);
/* The limits of change: 20 K in an hour (with no more than 5 K in 15 minutes) for equipment with
 * disks and without tape, 5 K in an hour with tape. */
#define THERMAL_RISE_HOUR_K    20.0
#define THERMAL_RISE_QUARTER_K 5.0
#define THERMAL_RISE_TAPE_K    5.0

/* How long a temperature was beyond a limit. Each sample stands for step_s, or until the next one
 * when that is sooner; a lost poll is a hole. */
struct thermal_time {
	double known_s; /* covered by samples */
	double above_recommended_s, above_allowable_s, below_recommended_s, below_allowable_s;
};
void thermal_time_add(struct thermal_time *sum, const struct sample *s, size_t n, int64_t to,
		      int64_t step_s, const struct thermal_class *limits);
/* The same for a stretch of which only the extremes are known: exact when no limit lies between
 * them, and then true. Otherwise false and nothing is added. */
bool thermal_time_range(struct thermal_time *sum, double low_c, double high_c, double seconds,
			const struct thermal_class *limits);
