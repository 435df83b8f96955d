/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which primary meters there were: the device's row, overridden by channels.csv, by the same
 * rules as the inventory places parts (a channel elsewhere has no role unless its row gives
 * one; a role without a use is primary).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/meters.h"
#include "store/query.h"

struct circuit_row {
	char *name, *hall;
	double rated_w;
};

struct series_row {
	int64_t id;
	char *device, *part;
	bool energy, main;
};

struct channel_row {
	char *device, *part, *rack, *circuit, *role, *use;
};

struct tables { /* what meters_load needs of the database, sorted by name */
	struct circuit_row *circuits;
	size_t n_circuits, cap_circuits;
	struct series_row *series;
	size_t n_series, cap_series;
	struct channel_row *channels;
	size_t n_channels, cap_channels;
};

static void channels_done(struct tables *t)
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

static void tables_done(struct tables *t)
{
	for (size_t i = 0; i < t->n_circuits; i++) {
		free(t->circuits[i].name);
		free(t->circuits[i].hall);
	}
	for (size_t i = 0; i < t->n_series; i++) {
		free(t->series[i].device);
		free(t->series[i].part);
	}
	channels_done(t);
	free(t->circuits);
	free(t->series);
	free(t->channels);
}

static int load_circuits(struct db *db, int64_t at, struct tables *t, struct err *err)
{
	struct query *q = query_new(db, "report_circuits", err);
	int r = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":at", at);
	while ((r = query_step(q, err)) > 0) {
		xgrow(&t->circuits, &t->cap_circuits, t->n_circuits + 1, sizeof(*t->circuits));
		t->circuits[t->n_circuits++] = (struct circuit_row){
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

static int load_series(struct db *db, struct tables *t, struct err *err)
{
	struct query *q = query_new(db, "report_meter_series", err);
	int r = -1;

	if (!q)
		return -1;
	while ((r = query_step(q, err)) > 0) {
		xgrow(&t->series, &t->cap_series, t->n_series + 1, sizeof(*t->series));
		t->series[t->n_series++] = (struct series_row){
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

static int add_channels(struct query *q, struct tables *t, struct err *err)
{
	int r;

	while ((r = query_step(q, err)) > 0) {
		xgrow(&t->channels, &t->cap_channels, t->n_channels + 1, sizeof(*t->channels));
		t->channels[t->n_channels++] = (struct channel_row){
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

static int load_channels(struct db *db, int64_t at, struct tables *t, struct err *err)
{
	struct query *q = query_new(db, "report_channels", err);
	int r = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":at", at);
	r = add_channels(q, t, err);
	query_free(q);
	return r;
}

static const struct circuit_row *find_circuit(const struct tables *t, const char *name)
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
static size_t first_series(const struct tables *t, const char *device)
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

static size_t first_channel(const struct tables *t, const char *device)
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
static bool has_row(const struct tables *t, const char *device, const char *part)
{
	for (size_t i = first_channel(t, device);
	     i < t->n_channels && !strcmp(t->channels[i].device, device); i++)
		if (!strcmp(t->channels[i].part, part))
			return true;
	return false;
}

static void add_series(struct meter *m, int64_t id, bool energy)
{
	struct meter_series **list = energy ? &m->energy : &m->power;
	size_t *n = energy ? &m->n_energy : &m->n_power;

	*list = xrealloc(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = (struct meter_series){ .id = id };
}

/* main_only: of a part, too, only what adds up to the device counts. */
static struct meter *add_meter(struct meters *all, const struct tables *t, const char *device,
			       const char *part, bool main_only, const char *role,
			       const char *circuit, const char *rack)
{
	const struct circuit_row *c = find_circuit(t, circuit);

	xgrow(&all->m, &all->cap, all->n + 1, sizeof(*all->m));
	struct meter *m = &all->m[all->n++];
	*m = (struct meter){
		.name = *part ? xasprintf("%s/%s", device, part) : xstrdup(device),
		.device = xstrdup(device),
		.part = xstrdup(part),
		.role = xstrdup(role),
		.circuit = xstrdup(circuit),
		.rack = xstrdup(rack),
		.hall = xstrdup(c ? c->hall : ""),
		.rated_w = c ? c->rated_w : NAN,
		.acc_pct = NAN,
		.ct_acc_pct = NAN,
		.highest_w = NAN,
	};
	for (size_t i = first_series(t, device);
	     i < t->n_series && !strcmp(t->series[i].device, device); i++) {
		const struct series_row *s = &t->series[i];

		if (*part ? !strcmp(s->part, part) && (!main_only || s->main)
			  : s->main && !has_row(t, device, s->part))
			add_series(m, s->id, s->energy);
	}
	return m;
}

/* The rack's hall counts before the circuit's, as in the inventory. */
static int set_halls(struct db *db, int64_t at, struct meters *all, struct err *err)
{
	struct query *q = query_new(db, "report_rack_hall", err);

	if (!q)
		return -1;
	for (size_t i = 0; i < all->n; i++) {
		int r;

		if (!*all->m[i].rack)
			continue;
		query_bind_text(q, ":rack", all->m[i].rack);
		query_bind_int(q, ":at", at);
		r = query_step(q, err);
		if (r > 0 && *query_text(q, 0)) {
			free(all->m[i].hall);
			all->m[i].hall = xstrdup(query_text(q, 0));
		}
		query_reset(q);
		if (r < 0) {
			query_free(q);
			return -1;
		}
	}
	query_free(q);
	return 0;
}

static int set_factors(struct db *db, int64_t to, struct meters *all, struct err *err)
{
	struct query *q = query_new(db, "report_factors", err);
	int r = 0;

	if (!q)
		return -1;
	for (size_t i = 0; i < all->n && r >= 0; i++) {
		struct meter *m = &all->m[i];

		query_bind_text(q, ":device", m->device);
		query_bind_text(q, ":part", m->part);
		query_bind_int(q, ":to", to);
		while ((r = query_step(q, err)) > 0) {
			double factor = query_real(q, 1);

			m->factors = xrealloc(m->factors, m->n_factors + 1, sizeof(*m->factors));
			m->factors[m->n_factors++] =
				(struct meter_factor){ query_int(q, 0), isnan(factor) ? 1 : factor,
						       isnan(factor) ? 1 : factor, false };
		}
		query_reset(q);
	}
	query_free(q);
	return r;
}

static void meter_free(struct meter *m)
{
	meter_drop(m);
	free(m->name);
	free(m->device);
	free(m->part);
	free(m->role);
	free(m->circuit);
	free(m->rack);
	free(m->hall);
	free(m->factors);
	free(m->breaks);
	free(m->swaps);
	free(m->bad);
	for (size_t i = 0; i < m->n_estimates; i++)
		free(m->estimates[i].text);
	free(m->estimates);
	free(m->power);
	free(m->energy);
}

/* A channel row without a role of its own, where its device is, makes no meter of what is not
 * one; and a device of which only the channels measure is no meter beside them. */
static bool drop_empty(struct meters *all, struct meter *m)
{
	if (m->n_power || m->n_energy)
		return false;
	meter_free(m);
	all->n--;
	return true;
}

static void place_device(struct meters *all, const struct tables *t, struct query *q)
{
	const char *device = query_text(q, 0), *rack = query_text(q, 1),
		   *circuit = query_text(q, 2);
	const char *role = query_text(q, 3), *use = query_text(q, 4);
	bool primary = *use ? !strcmp(use, "primary") : *role != 0, has_channels = false;
	double acc = query_real(q, 5), ct_acc = query_real(q, 6);
	size_t first = all->n;

	for (size_t i = first_channel(t, device);
	     i < t->n_channels && !strcmp(t->channels[i].device, device); i++) {
		const struct channel_row *c = &t->channels[i];
		const char *c_rack = *c->rack ? c->rack : rack;
		bool moved = strcmp(c_rack, rack) != 0;
		const char *c_circuit = *c->circuit ? c->circuit : moved ? "" : circuit;
		bool elsewhere = moved || strcmp(c_circuit, circuit) != 0;
		const char *c_role = *c->role ? c->role : elsewhere ? "" : role;
		bool is_primary = *c->use                 ? !strcmp(c->use, "primary")
				  : *c->role || elsewhere ? *c_role != 0
							  : primary;

		bool own = *c->role || elsewhere;

		if (!is_primary || !*c_role)
			continue;

		struct meter *m =
			add_meter(all, t, device, c->part, !own, c_role, c_circuit, c_rack);

		if (own || !drop_empty(all, m))
			has_channels = true;
	}
	if (primary && *role) {
		struct meter *m = add_meter(all, t, device, "", false, role, circuit, rack);

		if (has_channels)
			drop_empty(all, m);
	}
	for (size_t i = first; i < all->n; i++) {
		all->m[i].acc_pct = acc;
		all->m[i].ct_acc_pct = ct_acc;
	}
}

static int load_devices(struct db *db, int64_t at, const struct tables *t, struct meters *all,
			struct err *err)
{
	struct query *q = query_new(db, "report_devices", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", at);
	while ((r = query_step(q, err)) > 0)
		place_device(all, t, q);
	query_free(q);
	return r;
}

static int load_tables(struct db *db, int64_t at, struct tables *t, struct err *err)
{
	if (load_circuits(db, at, t, err) < 0 || load_series(db, t, err) < 0)
		return -1;
	return load_channels(db, at, t, err);
}

static int finish(struct db *db, int64_t to, struct meters *all, struct err *err)
{
	if (set_halls(db, to - 1, all, err) < 0 || set_factors(db, to, all, err) < 0)
		return -1;
	return meters_apply_log(db, to, all, err);
}

int meters_load(struct db *db, int64_t to, struct meters *ret, struct err *err)
{
	struct tables t = { 0 };
	struct meters all = { 0 };
	int r = load_tables(db, to - 1, &t, err);

	if (r == 0)
		r = load_devices(db, to - 1, &t, &all, err);
	tables_done(&t);
	if (r == 0)
		r = finish(db, to, &all, err);
	if (r < 0) {
		meters_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}

/* ---- a span ---- */

struct change {
	char *device;
	int64_t ts;
};

struct changes {
	struct change *c;
	size_t n, cap;
};

static int load_changes(struct db *db, int64_t from, int64_t to, struct changes *ret,
			struct err *err)
{
	struct query *q = query_new(db, "report_meter_changes", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	while ((r = query_step(q, err)) > 0) {
		xgrow(&ret->c, &ret->cap, ret->n + 1, sizeof(*ret->c));
		ret->c[ret->n++] = (struct change){ xstrdup(query_text(q, 0)), query_int(q, 1) };
	}
	query_free(q);
	return r;
}

static void changes_done(struct changes *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->c[i].device);
	free(all->c);
}

/* The device as it stood until ts, from begin on. */
static int load_stretch(struct db *db, const char *device, int64_t begin, int64_t ts,
			struct tables *t, struct meters *all, struct err *err)
{
	struct query *channels = query_new(db, "report_device_channels", err);
	struct query *q = channels ? query_new(db, "report_device", err) : NULL;
	struct tables then = *t;
	size_t first = all->n;
	int r = q ? 0 : -1;

	then.channels = NULL;
	then.n_channels = then.cap_channels = 0;
	if (r == 0) {
		query_bind_text(channels, ":device", device);
		query_bind_int(channels, ":at", ts - 1);
		r = add_channels(channels, &then, err);
	}
	if (r == 0) {
		query_bind_text(q, ":device", device);
		query_bind_int(q, ":at", ts - 1);
		while ((r = query_step(q, err)) > 0)
			place_device(all, &then, q);
	}
	for (size_t i = first; i < all->n; i++) {
		all->m[i].from = begin;
		all->m[i].to = ts;
	}
	channels_done(&then);
	free(then.channels);
	query_free(channels);
	query_free(q);
	return r;
}

/* All stretches but the last, which was loaded with all others. */
static int load_stretches(struct db *db, const struct changes *changes, struct tables *t,
			  struct meters *all, struct err *err)
{
	size_t n_last = all->n;

	for (size_t i = 0; i < changes->n; i++) {
		const struct change *c = &changes->c[i];
		bool same = i && !strcmp(c[-1].device, c->device);

		if (load_stretch(db, c->device, same ? c[-1].ts : 0, c->ts, t, all, err) < 0)
			return -1;
		for (size_t k = 0; k < n_last; k++)
			if (!strcmp(all->m[k].device, c->device))
				all->m[k].from = c->ts;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct meter *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : (x->from > y->from) - (x->from < y->from);
}

static bool same_series(const struct meter_series *a, const struct meter_series *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].id != b[i].id)
			return false;
	return true;
}

/* A change that is none for what is measured: a note, a factor, a class. */
static bool goes_on(const struct meter *a, const struct meter *b)
{
	return a->to == b->from && !strcmp(a->name, b->name) && !strcmp(a->role, b->role) &&
	       !strcmp(a->circuit, b->circuit) && !strcmp(a->rack, b->rack) &&
	       a->n_power == b->n_power && a->n_energy == b->n_energy &&
	       same_series(a->power, b->power, a->n_power) &&
	       same_series(a->energy, b->energy, a->n_energy);
}

static void join_stretches(struct meters *all)
{
	size_t n = 0;

	if (all->n)
		qsort(all->m, all->n, sizeof(*all->m), by_name);
	for (size_t i = 0; i < all->n; i++) {
		if (n && goes_on(&all->m[n - 1], &all->m[i])) {
			int64_t from = all->m[n - 1].from;

			meter_free(&all->m[n - 1]);
			all->m[n - 1] = all->m[i];
			all->m[n - 1].from = from;
			continue;
		}
		all->m[n++] = all->m[i];
	}
	all->n = n;
}

int meters_load_span(struct db *db, int64_t from, int64_t to, struct meters *ret, struct err *err)
{
	struct changes changes = { 0 };
	struct tables t = { 0 };
	struct meters all = { 0 };
	int r = load_tables(db, to - 1, &t, err);

	if (r == 0)
		r = load_changes(db, from, to, &changes, err);
	if (r == 0)
		r = load_devices(db, to - 1, &t, &all, err);
	if (r == 0)
		r = load_stretches(db, &changes, &t, &all, err);
	tables_done(&t);
	changes_done(&changes);
	join_stretches(&all);
	if (r == 0)
		r = finish(db, to, &all, err);
	if (r < 0) {
		meters_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}

void meters_done(struct meters *meters)
{
	for (size_t i = 0; i < meters->n; i++)
		meter_free(&meters->m[i]);
	free(meters->m);
	*meters = (struct meters){ 0 };
}
