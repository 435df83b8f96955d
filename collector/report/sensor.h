/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temperature sensors that channels.csv gave a place, and what each told over a period. A short
 * period is read sample by sample; a longer one hour by hour (least, mean and greatest), and of its
 * hours only those sample by sample that cross a limit or may hold the steepest rise, so that
 * minutes and rises stay exact as long as raw samples are kept.
 */
#pragma once

#include "report/thermal.h"
#include "store/db.h"

/* In a long period hours that cannot have risen by so much are not looked at: half of the tightest
 * limit. */
#define SENSOR_RISE_WORTH_K (THERMAL_RISE_QUARTER_K / 2)

enum sensor_place {
	SENSOR_INLET,
	SENSOR_OUTLET,
	SENSOR_SUPPLY,
	SENSOR_RETURN,
	SENSOR_AMBIENT,
	SENSOR_LIQUID_IN,
	SENSOR_LIQUID_OUT
};
const char *sensor_place_name(enum sensor_place place); /* "inlet" */

enum sensor_state {
	SENSOR_OK,
	SENSOR_SILENT,     /* no reading in the period */
	SENSOR_STALE,      /* none of late: the period ends now and its last reading is old */
	SENSOR_FROZEN,     /* the same number for hours: nothing that measures air does that */
	SENSOR_IMPLAUSIBLE /* beyond what air or water in a room can have */
};
const char *sensor_state_name(enum sensor_state state); /* "stale" */

struct sensor {
	int64_t series;
	char *device, *part, *position; /* position: "inlet top" */
	char *rack, *hall, *row, *pos, *tenant;
	enum sensor_place place;
	const struct thermal_class *limits; /* of its rack; NULL: none told, or not known */
	double factor, offset;
	/* filled by sensor_read; only OK sensors are to be counted, the others to be listed */
	enum sensor_state state;
	double now_c, mean_c, min_c, max_c; /* NAN: none */
	int64_t now_at, max_at;             /* 0: none */
	double rise_quarter_k, rise_hour_k; /* NAN: not known, or too little to look for */
	struct thermal_time time;           /* only with limits */
	double coverage_pct;                /* of the period */
	bool estimated; /* raw samples of an hour that crosses a limit are gone: its mean decided */
};

struct sensors {
	struct sensor *s; /* by rack, position, device, part */
	size_t n, cap;
};

struct sensor_filter {
	int64_t from, to, now;
	const char *rack, *hall, *row, *tenant; /* NULL: all */
};

/* The placed sensors in force at the end of the period, read over it. Sensors of racks that are
 * not live are left out. */
int sensors_load(struct db *db, const struct sensor_filter *filter, struct sensors *ret,
		 struct err *err);
void sensors_done(struct sensors *all);
