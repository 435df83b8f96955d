/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a topology: circuits, racks, cords, and where devices and their parts stand
 * (placement.h).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/placement.h"
#include "report/topology.h"
#include "store/query.h"

static struct query *begin(struct db *db, const char *name, int64_t at, struct err *err)
{
	struct query *q = query_new(db, name, err);

	if (q)
		query_bind_int(q, ":at", at);
	return q;
}

struct names { /* lists of names to be resolved once all circuits are read */
	char **text;
	size_t n, cap;
};

static void names_add(struct names *names, const char *text)
{
	xgrow(&names->text, &names->cap, names->n + 1, sizeof(*names->text));
	names->text[names->n++] = xstrdup(text);
}

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->text[i]);
	free(names->text);
}

/* Calls each with every word of text between the signs; stops when it returns false. */
static void split(const char *text, const char *signs, bool (*each)(void *user, const char *word),
		  void *user)
{
	bool more = true;

	for (const char *p = text + strspn(text, signs); *p && more; p += strspn(p, signs)) {
		size_t n = strcspn(p, signs);
		char *word = xasprintf("%.*s", (int)n, p);

		more = each(user, text_trim(word));
		free(word);
		p += n;
	}
}

/* ---- circuits and racks ------------------------------------------------------- */

struct linking {
	const struct topology *t;
	struct topology_circuit *c;
	struct topology_rack *r;
};

static bool add_source(void *user, const char *word)
{
	struct linking *l = user;
	size_t at = topology_find(l->t, word);

	if (at == TOPOLOGY_NONE)
		l->c->source_missing = true;
	else if (l->c->n_fed_by < TOPOLOGY_SOURCES)
		l->c->fed_by[l->c->n_fed_by++] = at;
	return true;
}

static int load_circuits(struct db *db, int64_t at, struct topology *t, struct err *err)
{
	struct query *q = begin(db, "report_circuits", at, err);
	struct names fed_by = { 0 };
	size_t cap = 0;
	int r = -1;

	while (q && (r = query_step(q, err)) > 0) {
		xgrow(&t->c, &cap, t->n + 1, sizeof(*t->c));
		t->c[t->n++] = (struct topology_circuit){
			.name = xstrdup(query_text(q, 0)),
			.side = xstrdup(query_text(q, 1)),
			.hall = xstrdup(query_text(q, 2)),
			.system = power_system_of(query_text(q, 3)),
			.volts = query_real(q, 4),
			.rated_a = query_real(q, 5),
			.rated_va = query_real(q, 6),
			.rated_w = query_real(q, 7),
			.kind = xstrdup(query_text(q, 8)),
			.transfer = strchr(query_text(q, 9), '>') != NULL,
			.phases = xstrdup(query_text(q, 10)),
			.trip_a = query_real(q, 11),
			.derate = query_real(q, 12),
			.modules = (int)query_int(q, 13),
			.modules_needed = (int)query_int(q, 14),
			.note = xstrdup(query_text(q, 15)),
		};
		names_add(&fed_by, query_text(q, 9));
	}
	query_free(q);
	for (size_t i = 0; i < t->n; i++) {
		struct linking l = { .t = t, .c = &t->c[i] };

		split(fed_by.text[i], "+>", add_source, &l);
	}
	names_done(&fed_by);
	return r;
}

/* What a UPS of so many kVA may carry in W at the power factor that it is rated for. */
static int load_power_factors(struct db *db, int64_t at, struct topology *t, struct err *err)
{
	struct query *q = begin(db, "report_power_factors", at, err);
	double *factor = xcalloc(t->n + 1, sizeof(*factor));
	int r = -1;

	while (q && (r = query_step(q, err)) > 0) {
		size_t circuit = topology_find(t, query_text(q, 0));

		if (circuit != TOPOLOGY_NONE)
			factor[circuit] = query_real(q, 1);
	}
	query_free(q);
	for (size_t i = 0; i < t->n && r == 0; i++)
		if (isnan(t->c[i].rated_w) && factor[i] > 0)
			t->c[i].rated_w = t->c[i].rated_va * factor[i];
	free(factor);
	return r;
}

static bool add_feed(void *user, const char *word)
{
	struct linking *l = user;
	size_t at = topology_find(l->t, word);

	if (at == TOPOLOGY_NONE) {
		l->r->n_feeds_missing++;
		return true;
	}
	l->r->feeds = xrealloc(l->r->feeds, l->r->n_feeds + 1, sizeof(*l->r->feeds));
	l->r->feeds[l->r->n_feeds++] = at;
	return true;
}

static int load_racks(struct db *db, int64_t at, struct topology *t, struct err *err)
{
	struct query *q = begin(db, "report_racks_at", at, err);
	size_t cap = 0;
	int r = -1;

	while (q && (r = query_step(q, err)) > 0) {
		xgrow(&t->racks, &cap, t->n_racks + 1, sizeof(*t->racks));
		struct topology_rack *rack = &t->racks[t->n_racks++];
		struct linking l = { .t = t, .r = rack };

		*rack = (struct topology_rack){
			.name = xstrdup(query_text(q, 0)),
			.hall = xstrdup(query_text(q, 1)),
			.row = xstrdup(query_text(q, 2)),
			.pos = xstrdup(query_text(q, 3)),
			.status = xstrdup(query_text(q, 4)),
			.live = !strcmp(query_text(q, 4), "live"),
			.tenant = xstrdup(query_text(q, 5)),
			.redundancy = xstrdup(query_text(q, 7)),
			.budget_w = query_real(q, 8),
			.budget_va = query_real(q, 9),
			.nameplate_w = query_real(q, 10),
		};
		split(query_text(q, 6), " ", add_feed, &l);
	}
	query_free(q);
	return r;
}

/* After the places: a cord without a circuit hangs where its outlet's device does. */
static int load_cords(struct db *db, int64_t at, struct topology *t, struct err *err)
{
	struct query *q = begin(db, "report_cords", at, err);
	size_t cap = 0;
	int r = -1;

	while (q && (r = query_step(q, err)) > 0) {
		const char *device = query_text(q, 3), *part = query_text(q, 4);
		const struct topology_place *place = topology_place(t, device, part);

		xgrow(&t->cords, &cap, t->n_cords + 1, sizeof(*t->cords));
		t->cords[t->n_cords++] = (struct topology_cord){
			.load = xstrdup(query_text(q, 0)),
			.psu = xstrdup(query_text(q, 1)),
			.tenant = xstrdup(query_text(q, 2)),
			.device = xstrdup(device),
			.part = xstrdup(part),
			.circuit = *query_text(q, 5) ? topology_find(t, query_text(q, 5))
				   : place           ? place->circuit
						     : TOPOLOGY_NONE,
			.phases = xstrdup(query_text(q, 6)),
			.rack = *query_text(q, 7) ? topology_find_rack(t, query_text(q, 7))
				: place           ? place->rack
						  : TOPOLOGY_NONE,
			.psus_needed = query_int(q, 8) > 0 ? (int)query_int(q, 8) : 1,
			.nameplate_w = query_real(q, 9),
		};
	}
	query_free(q);
	return r;
}

/* ---- devices and meters -------------------------------------------------------- */

struct channel_row {
	char *device, *part, *rack, *circuit, *role, *use, *phases;
	double factor;
};

struct series_row {
	char *device, *part;
	struct topology_series series;
};

struct rows { /* sorted by device, then part */
	struct channel_row *channels;
	size_t n_channels, cap_channels, next_channel;
	struct series_row *series;
	size_t n_series, cap_series, next_series;
	size_t cap_places, cap_meters;
};

static void rows_done(struct rows *rows)
{
	for (size_t i = 0; i < rows->n_channels; i++) {
		free(rows->channels[i].device);
		free(rows->channels[i].part);
		free(rows->channels[i].rack);
		free(rows->channels[i].circuit);
		free(rows->channels[i].role);
		free(rows->channels[i].use);
		free(rows->channels[i].phases);
	}
	for (size_t i = 0; i < rows->n_series; i++) {
		free(rows->series[i].device);
		free(rows->series[i].part);
	}
	free(rows->channels);
	free(rows->series);
}

static int load_channels(struct db *db, int64_t at, struct rows *rows, struct err *err)
{
	struct query *q = begin(db, "report_channels", at, err);
	int r = -1;

	while (q && (r = query_step(q, err)) > 0) {
		xgrow(&rows->channels, &rows->cap_channels, rows->n_channels + 1,
		      sizeof(*rows->channels));
		rows->channels[rows->n_channels++] = (struct channel_row){
			.device = xstrdup(query_text(q, 0)),
			.part = xstrdup(query_text(q, 1)),
			.rack = xstrdup(query_text(q, 2)),
			.circuit = xstrdup(query_text(q, 3)),
			.role = xstrdup(query_text(q, 4)),
			.use = xstrdup(query_text(q, 5)),
			.factor = query_real(q, 7),
			.phases = xstrdup(query_text(q, 9)),
		};
	}
	query_free(q);
	return r;
}

static enum topology_quantity quantity_of(const char *name)
{
	static const char *const names[TOPOLOGY_QUANTITIES] = { "power_w", "apparent_power_va",
								"current_a", "voltage_v",
								"energy_wh" };
	size_t i = 0;

	while (i < TOPOLOGY_QUANTITIES && strcmp(name, names[i]) != 0)
		i++;
	return (enum topology_quantity)i;
}

static int load_series(struct db *db, struct rows *rows, struct err *err)
{
	struct query *q = query_new(db, "report_series_of_meters", err);
	int r = -1;

	while (q && (r = query_step(q, err)) > 0) {
		enum topology_quantity quantity = quantity_of(query_text(q, 2));

		if (quantity == TOPOLOGY_QUANTITIES)
			continue;
		xgrow(&rows->series, &rows->cap_series, rows->n_series + 1, sizeof(*rows->series));
		rows->series[rows->n_series++] = (struct series_row){
			.device = xstrdup(query_text(q, 0)),
			.part = xstrdup(query_text(q, 1)),
			.series = { .id = query_int(q, 3),
				    .quantity = quantity,
				    .phase = (int)query_int(q, 4),
				    .main = query_int(q, 5) != 0 },
		};
	}
	query_free(q);
	return r;
}

static void add_place(struct topology *t, struct rows *rows, const char *device, const char *part,
		      size_t rack, size_t circuit)
{
	xgrow(&t->places, &rows->cap_places, t->n_places + 1, sizeof(*t->places));
	t->places[t->n_places++] =
		(struct topology_place){ xstrdup(device), xstrdup(part), rack, circuit };
}

static struct topology_meter *add_meter(struct topology *t, struct rows *rows, const char *device,
					const char *part, const char *role, const char *phases,
					double factor)
{
	xgrow(&t->meters, &rows->cap_meters, t->n_meters + 1, sizeof(*t->meters));
	struct topology_meter *m = &t->meters[t->n_meters++];

	*m = (struct topology_meter){ .device = xstrdup(device),
				      .part = xstrdup(part),
				      .role = xstrdup(role),
				      .phases = xstrdup(phases),
				      .factor = isnan(factor) ? 1 : factor };
	return m;
}

static void take_series(struct topology_meter *m, const struct series_row *row)
{
	m->series = xrealloc(m->series, m->n_series + 1, sizeof(*m->series));
	m->series[m->n_series++] = row->series;
}

static void drop_meter(struct topology *t)
{
	struct topology_meter *m = &t->meters[--t->n_meters];

	free(m->device);
	free(m->part);
	free(m->role);
	free(m->phases);
	free(m->series);
}

struct device_row {
	const char *name;
	struct placement at;
	size_t rack, circuit; /* of at */
	double factor;
	const struct channel_row *channels;
	size_t n_channels;
	const struct series_row *series;
	size_t n_series;
};

/* A row that gives the part no place or role of its own only changes the factor of a part of the
 * device as a whole: of it only what adds up to the device counts. */
static void place_channel(struct topology *t, struct rows *rows, const struct device_row *d,
			  const struct channel_row *c)
{
	struct placement at =
		placement_of_channel(&d->at, c->rack, c->circuit, c->role, c->use);
	size_t rack = *c->rack ? topology_find_rack(t, at.rack) : d->rack;
	size_t circuit = at.circuit == d->at.circuit ? d->circuit : topology_find(t, at.circuit);
	double factor = isnan(c->factor) || fabs(c->factor - 1) < 1e-12 ? d->factor : c->factor;
	struct topology_meter *m;

	add_place(t, rows, d->name, c->part, rack, circuit);
	if (!strcmp(at.use, "none") || (circuit == TOPOLOGY_NONE && !*at.role))
		return;
	m = add_meter(t, rows, d->name, c->part, at.role, c->phases, factor);
	m->rack = rack;
	m->circuit = circuit;
	m->primary = at.primary;
	for (size_t i = 0; i < d->n_series; i++)
		if (!strcmp(d->series[i].part, c->part) &&
		    (at.own || d->series[i].series.main || d->series[i].series.phase))
			take_series(m, &d->series[i]);
	if (!m->n_series && !at.own)
		drop_meter(t);
}

static void place_device(struct topology *t, struct rows *rows, const struct device_row *d)
{
	struct topology_meter *m;

	add_place(t, rows, d->name, "", d->rack, d->circuit);
	for (size_t i = 0; i < d->n_channels; i++)
		place_channel(t, rows, d, &d->channels[i]);
	if (!strcmp(d->at.use, "none") || (d->circuit == TOPOLOGY_NONE && !*d->at.role))
		return;
	m = add_meter(t, rows, d->name, "", d->at.role, "", d->factor);
	m->rack = d->rack;
	m->circuit = d->circuit;
	m->primary = d->at.primary;
	for (size_t i = 0, c = 0; i < d->n_series; i++) {
		const struct series_row *s = &d->series[i];

		while (c < d->n_channels && strcmp(d->channels[c].part, s->part) < 0)
			c++;
		if (c < d->n_channels && !strcmp(d->channels[c].part, s->part))
			continue;
		if (s->series.main || s->series.phase)
			take_series(m, s);
	}
	/* A device of which only the parts measure is no meter beside them. */
	if (!m->n_series && d->n_channels)
		drop_meter(t);
}

/* The rows of that device, all three lists being in the same order. */
static void take_rows(struct rows *rows, struct device_row *d)
{
	while (rows->next_channel < rows->n_channels &&
	       strcmp(rows->channels[rows->next_channel].device, d->name) < 0)
		rows->next_channel++;
	d->channels = rows->channels + rows->next_channel;
	while (rows->next_channel < rows->n_channels &&
	       !strcmp(rows->channels[rows->next_channel].device, d->name)) {
		rows->next_channel++;
		d->n_channels++;
	}
	while (rows->next_series < rows->n_series &&
	       strcmp(rows->series[rows->next_series].device, d->name) < 0)
		rows->next_series++;
	d->series = rows->series + rows->next_series;
	while (rows->next_series < rows->n_series &&
	       !strcmp(rows->series[rows->next_series].device, d->name)) {
		rows->next_series++;
		d->n_series++;
	}
}

static int load_devices(struct db *db, int64_t at, struct topology *t, struct rows *rows,
			struct err *err)
{
	struct query *q = begin(db, "report_devices", at, err);
	int r = -1;

	while (q && (r = query_step(q, err)) > 0) {
		struct device_row d = {
			.name = query_text(q, 0),
			.at = placement_of_device(query_text(q, 1), query_text(q, 2),
						  query_text(q, 3), query_text(q, 4)),
			.rack = topology_find_rack(t, query_text(q, 1)),
			.circuit = topology_find(t, query_text(q, 2)),
			.factor = query_real(q, 7),
		};

		take_rows(rows, &d);
		place_device(t, rows, &d);
	}
	query_free(q);
	return r;
}

int topology_load(struct db *db, int64_t at, struct topology *ret, struct err *err)
{
	struct topology t = { 0 };
	struct rows rows = { 0 };
	int r = -1;

	if (load_circuits(db, at, &t, err) == 0 &&
	    load_power_factors(db, at, &t, err) == 0 && load_racks(db, at, &t, err) == 0 &&
	    load_channels(db, at, &rows, err) == 0 && load_series(db, &rows, err) == 0 &&
	    load_devices(db, at, &t, &rows, err) == 0 && load_cords(db, at, &t, err) == 0) {
		topology_link(&t);
		r = 0;
	}
	rows_done(&rows);
	if (r < 0)
		topology_done(&t);
	else
		*ret = t;
	return r;
}
