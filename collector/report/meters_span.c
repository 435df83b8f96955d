/* SPDX-License-Identifier: Apache-2.0 */
/* Meters over a span: those of its end, and for each device that changed within it the stretches
 * before. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/meters_impl.h"
#include "report/meters_tables.h"

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
			struct meter_tables *t, struct meters *all, struct err *err)
{
	struct query *channels = query_new(db, "report_device_channels", err);
	struct query *q = channels ? query_new(db, "report_device", err) : NULL;
	struct meter_tables then = *t;
	size_t first = all->n;
	int r = q ? 0 : -1;

	then.channels = NULL;
	then.n_channels = then.cap_channels = 0;
	if (r == 0) {
		query_bind_text(channels, ":device", device);
		query_bind_int(channels, ":at", ts - 1);
		r = meter_tables_add_channels(channels, &then, err);
	}
	if (r == 0) {
		query_bind_text(q, ":device", device);
		query_bind_int(q, ":at", ts - 1);
		while ((r = query_step(q, err)) > 0)
			meters_place_device(all, &then, q);
	}
	for (size_t i = first; i < all->n; i++) {
		all->m[i].from = begin;
		all->m[i].to = ts;
	}
	meter_tables_drop_channels(&then);
	free(then.channels);
	query_free(channels);
	query_free(q);
	return r;
}

/* All stretches but the last, which was loaded with all others. */
static int load_stretches(struct db *db, const struct changes *changes, struct meter_tables *t,
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

			meter_done(&all->m[n - 1]);
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
	struct meter_tables t = { 0 };
	struct meters all = { 0 };
	int r = meter_tables_load(db, to - 1, &t, err);

	if (r == 0)
		r = load_changes(db, from, to, &changes, err);
	if (r == 0)
		r = meters_load_devices(db, to - 1, &t, &all, err);
	if (r == 0)
		r = load_stretches(db, &changes, &t, &all, err);
	meter_tables_done(&t);
	changes_done(&changes);
	join_stretches(&all);
	if (r == 0)
		r = meters_finish(db, to, &all, err);
	if (r < 0) {
		meters_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}
