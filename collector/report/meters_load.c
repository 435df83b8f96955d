/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which primary meters there were: the device's row, overridden by channels.csv (placement.h).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/meters_impl.h"
#include "report/meters_tables.h"
#include "report/placement.h"
#include "store/query.h"

static void add_series(struct meter *m, int64_t id, bool energy)
{
	struct meter_series **list = energy ? &m->energy : &m->power;
	size_t *n = energy ? &m->n_energy : &m->n_power;

	*list = xrealloc(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = (struct meter_series){ .id = id };
}

/* main_only: of a part, too, only what adds up to the device counts. */
static struct meter *add_meter(struct meters *all, const struct meter_tables *t, const char *device,
			       const char *part, bool main_only, const char *role,
			       const char *circuit, const char *rack)
{
	const struct meter_circuit_row *c = meter_tables_circuit(t, circuit);

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
	for (size_t i = meter_tables_series(t, device);
	     i < t->n_series && !strcmp(t->series[i].device, device); i++) {
		const struct meter_series_row *s = &t->series[i];

		if (*part ? !strcmp(s->part, part) && (!main_only || s->main)
			  : s->main && !meter_tables_has_channel(t, device, s->part))
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

void meter_done(struct meter *m)
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
	meter_done(m);
	all->n--;
	return true;
}

void meters_place_device(struct meters *all, const struct meter_tables *t, struct query *q)
{
	const char *device = query_text(q, 0);
	struct placement at = placement_of_device(query_text(q, 1), query_text(q, 2),
						  query_text(q, 3), query_text(q, 4));
	double acc = query_real(q, 5), ct_acc = query_real(q, 6);
	size_t first = all->n;
	bool has_channels = false;

	for (size_t i = meter_tables_channel(t, device);
	     i < t->n_channels && !strcmp(t->channels[i].device, device); i++) {
		const struct meter_channel_row *c = &t->channels[i];
		struct placement p =
			placement_of_channel(&at, c->rack, c->circuit, c->role, c->use);

		if (!p.primary)
			continue;

		struct meter *m =
			add_meter(all, t, device, c->part, !p.own, p.role, p.circuit, p.rack);

		if (p.own || !drop_empty(all, m))
			has_channels = true;
	}
	if (at.primary) {
		struct meter *m =
			add_meter(all, t, device, "", false, at.role, at.circuit, at.rack);

		if (has_channels)
			drop_empty(all, m);
	}
	for (size_t i = first; i < all->n; i++) {
		all->m[i].acc_pct = acc;
		all->m[i].ct_acc_pct = ct_acc;
	}
}

struct meter *meters_add_part(struct meters *all, const struct meter_tables *t, const char *device,
			      const char *part, const char *circuit, const char *rack)
{
	struct meter *m = add_meter(all, t, device, part, false, "", circuit, rack);

	return drop_empty(all, m) ? NULL : m;
}

int meters_load_devices(struct db *db, int64_t at, const struct meter_tables *t, struct meters *all,
			struct err *err)
{
	struct query *q = query_new(db, "report_devices", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", at);
	while ((r = query_step(q, err)) > 0)
		meters_place_device(all, t, q);
	query_free(q);
	return r;
}

int meters_finish(struct db *db, int64_t to, struct meters *all, struct err *err)
{
	if (set_halls(db, to - 1, all, err) < 0 || set_factors(db, to, all, err) < 0)
		return -1;
	return meters_apply_log(db, to, all, err);
}

int meters_load(struct db *db, int64_t to, struct meters *ret, struct err *err)
{
	struct meter_tables t = { 0 };
	struct meters all = { 0 };
	int r = meter_tables_load(db, to - 1, &t, err);

	if (r == 0)
		r = meters_load_devices(db, to - 1, &t, &all, err);
	meter_tables_done(&t);
	if (r == 0)
		r = meters_finish(db, to, &all, err);
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
		meter_done(&meters->m[i]);
	free(meters->m);
	*meters = (struct meters){ 0 };
}
