/* SPDX-License-Identifier: Apache-2.0 */
/* What placing meters needs of the database, read once: for meters_load.c and meters_span.c. */
#pragma once

#include "report/meters.h"
#include "store/query.h"

struct meter_circuit_row {
	char *name, *hall;
	double rated_w;
};

struct meter_series_row {
	int64_t id;
	char *device, *part;
	bool energy, main;
};

struct meter_channel_row {
	char *device, *part, *rack, *circuit, *role, *use;
};

struct meter_tables { /* what meters_load needs of the database, sorted by name */
	struct meter_circuit_row *circuits;
	size_t n_circuits, cap_circuits;
	struct meter_series_row *series;
	size_t n_series, cap_series;
	struct meter_channel_row *channels;
	size_t n_channels, cap_channels;
};

/* What is in force at that instant; -1: the database could not be read. Done by
 * meter_tables_done. */
int meter_tables_load(struct db *db, int64_t at, struct meter_tables *t, struct err *err);
void meter_tables_done(struct meter_tables *t);

/* Rows of report_channels or report_device_channels. */
int meter_tables_add_channels(struct query *q, struct meter_tables *t, struct err *err);
void meter_tables_drop_channels(struct meter_tables *t);

/* NULL: there is none. */
const struct meter_circuit_row *meter_tables_circuit(const struct meter_tables *t,
						     const char *name);
/* Where the rows of the device begin. */
size_t meter_tables_series(const struct meter_tables *t, const char *device);
size_t meter_tables_channel(const struct meter_tables *t, const char *device);
/* Parts with a channel row are told by it: they are no part of the device as a whole. */
bool meter_tables_has_channel(const struct meter_tables *t, const char *device, const char *part);

/* meters_load.c: the meters of the device that stands in a row of report_devices or report_device;
 * all that are in force at that instant; then halls, factors and what the log says. */
void meters_place_device(struct meters *all, const struct meter_tables *t, struct query *q);
/* A part of a device as a meter without a role, whatever channels.csv says of it. NULL: it measures
 * neither power nor energy. */
struct meter *meters_add_part(struct meters *all, const struct meter_tables *t, const char *device,
			      const char *part, const char *circuit, const char *rack);
int meters_load_devices(struct db *db, int64_t at, const struct meter_tables *t, struct meters *all,
			struct err *err);
int meters_finish(struct db *db, int64_t to, struct meters *all, struct err *err);
void meter_done(struct meter *m); /* its content */
