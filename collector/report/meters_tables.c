/* SPDX-License-Identifier: Apache-2.0 */
/* See meters_tables.h. Arrays are sorted by name, as the queries give them. */
#include "report/meters_tables.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void meter_tables_drop_channels(struct meter_tables *t)
{
	for (size_t i = 0; i < t->n_channels; i++) {
		free(t->channels[i].device);
		free(t->channels[i].part);
		free(t->channels[i].rack);
		free(t->channels[i].circuit);
		free(t->channels[i].role);
		free(t->channels[i].use);
	}
	t->n_channels = 0;
}

void meter_tables_done(struct meter_tables *t)
{
	for (size_t i = 0; i < t->n_circuits; i++) {
		free(t->circuits[i].name);
		free(t->circuits[i].hall);
	}
	for (size_t i = 0; i < t->n_series; i++) {
		free(t->series[i].device);
		free(t->series[i].part);
	}
	meter_tables_drop_channels(t);
	free(t->circuits);
	free(t->series);
	free(t->channels);
}

static int load_circuits(struct db *db, int64_t at, struct meter_tables *t, struct err *err)
{
	struct query *q = query_new(db, "report_circuits", err);
	int r = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":at", at);
	while ((r = query_step(q, err)) > 0) {
		xgrow(&t->circuits, &t->cap_circuits, t->n_circuits + 1, sizeof(*t->circuits));
		t->circuits[t->n_circuits++] = (struct meter_circuit_row){
			.name = xstrdup(query_text(q, 0)),
			.hall = xstrdup(query_text(q, 2)),
			.rated_w =
				meter_rated_w(query_text(q, 3), query_real(q, 4), query_real(q, 5),
					      query_real(q, 6), query_real(q, 7)),
		};
	}
	query_free(q);
	return r;
}

static int load_series(struct db *db, struct meter_tables *t, struct err *err)
{
	struct query *q = query_new(db, "report_meter_series", err);
	int r = -1;

	if (!q)
		return -1;
	while ((r = query_step(q, err)) > 0) {
		xgrow(&t->series, &t->cap_series, t->n_series + 1, sizeof(*t->series));
		t->series[t->n_series++] = (struct meter_series_row){
			.id = query_int(q, 0),
			.device = xstrdup(query_text(q, 1)),
			.part = xstrdup(query_text(q, 2)),
			.energy = !strcmp(query_text(q, 3), "energy_wh"),
			.main = query_int(q, 4) != 0,
		};
	}
	query_free(q);
	return r;
}

int meter_tables_add_channels(struct query *q, struct meter_tables *t, struct err *err)
{
	int r;

	while ((r = query_step(q, err)) > 0) {
		xgrow(&t->channels, &t->cap_channels, t->n_channels + 1, sizeof(*t->channels));
		t->channels[t->n_channels++] = (struct meter_channel_row){
			.device = xstrdup(query_text(q, 0)),
			.part = xstrdup(query_text(q, 1)),
			.rack = xstrdup(query_text(q, 2)),
			.circuit = xstrdup(query_text(q, 3)),
			.role = xstrdup(query_text(q, 4)),
			.use = xstrdup(query_text(q, 5)),
		};
	}
	return r;
}

static int load_channels(struct db *db, int64_t at, struct meter_tables *t, struct err *err)
{
	struct query *q = query_new(db, "report_channels", err);
	int r = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":at", at);
	r = meter_tables_add_channels(q, t, err);
	query_free(q);
	return r;
}

const struct meter_circuit_row *meter_tables_circuit(const struct meter_tables *t, const char *name)
{
	size_t lo = 0, hi = t->n_circuits;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(t->circuits[mid].name, name);

		if (!c)
			return &t->circuits[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* Where the rows of the device begin; both arrays are sorted by it. */
size_t meter_tables_series(const struct meter_tables *t, const char *device)
{
	size_t lo = 0, hi = t->n_series;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(t->series[mid].device, device) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t meter_tables_channel(const struct meter_tables *t, const char *device)
{
	size_t lo = 0, hi = t->n_channels;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(t->channels[mid].device, device) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Parts with a channel row are told by it: they are no part of the device as a whole. */
bool meter_tables_has_channel(const struct meter_tables *t, const char *device, const char *part)
{
	for (size_t i = meter_tables_channel(t, device);
	     i < t->n_channels && !strcmp(t->channels[i].device, device); i++)
		if (!strcmp(t->channels[i].part, part))
			return true;
	return false;
}

int meter_tables_load(struct db *db, int64_t at, struct meter_tables *t, struct err *err)
{
	if (load_circuits(db, at, t, err) < 0 || load_series(db, t, err) < 0)
		return -1;
	return load_channels(db, at, t, err);
}
