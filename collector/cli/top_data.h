/* SPDX-License-Identifier: Apache-2.0 */
/* What `rackmeter top` shows, read from the database as it stands now. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "store/db.h"

struct top_rack {
	char *name, *hall, *row, *thermal_class;
	double power_w, budget_w, inlet_c; /* NAN: not known */
	double recommended_c, allowable_c; /* of its class; NAN: none */
	int present, expected;             /* meters; -1: not known */
};

struct top_device {
	char *name, *rack, *state, *cause;
	int64_t since;
	bool planned;
};

struct top_alarm { /* a device with an alarm */
	char *device, *says;
	int64_t since;
	bool critical, planned;
};

struct top_data {
	char *site;
	double it_w, facility_w; /* NAN: not known */
	bool partial;            /* one of them lacks meters */
	double warn;             /* limits.warn */
	int64_t newest;          /* latest row of a rack; 0: none */
	struct top_rack *racks;  /* by name */
	size_t n_racks, cap_racks;
	struct top_device *silent; /* the latest first, planned ones last */
	size_t n_silent, cap_silent;
	struct top_alarm *alarms; /* worst first, then the latest, planned ones last */
	size_t n_alarms, cap_alarms;
};

int top_data_load(struct db *db, int64_t now, struct top_data *ret, struct err *err);
void top_data_done(struct top_data *data);

struct top_feed {
	char *name, *side;
	double power_w, a[3]; /* NAN: not known */
	double derated_a;     /* NAN: not rated */
};

struct top_sensor {
	char *name, *position; /* "PDU-1/sensor 1" */
	double c;
};

struct top_detail { /* one rack */
	struct top_feed *feeds;
	size_t n_feeds, cap_feeds;
	struct top_sensor *sensors;
	size_t n_sensors, cap_sensors;
	struct top_device *devices;
	size_t n_devices, cap_devices;
};

int top_detail_load(struct db *db, const char *rack, struct top_detail *ret, struct err *err);
void top_detail_done(struct top_detail *detail);
