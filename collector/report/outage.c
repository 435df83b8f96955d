/* SPDX-License-Identifier: Apache-2.0 */
/* See outage.h. */
#include "report/outage.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/period.h"
#include "store/query.h"

struct work {
	const struct rack_filter *filter;
	struct outages *all;
	struct oplog log;
	/* every device in force: what is silent can only be explained beside what is not */
	struct silence_device *devices;
	size_t n_devices, cap_devices;
	size_t *listed; /* of outages.d: its place in devices */
	size_t cap_listed;
};

static void device_done(struct outage_device *d)
{
	free(d->name);
	free(d->rack);
	free(d->circuit);
	free(d->role);
	free(d->cause);
}

void outages_done(struct outages *all)
{
	for (size_t i = 0; i < all->n; i++)
		device_done(&all->d[i]);
	free(all->d);
	free(all->circuits);
	topology_done(&all->topology);
	*all = (struct outages){ 0 };
}

/* A row of report_device_states. */
static void take(struct work *w, struct query *q)
{
	const struct topology *t = &w->all->topology;
	const struct rack_filter *f = w->filter;
	const char *name = query_text(q, 0), *rack = query_text(q, 1), *circuit = query_text(q, 2);
	const char *role = query_text(q, 3), *use = query_text(q, 4), *state = query_text(q, 5);
	bool away = !strcmp(state, "dormant") || !strcmp(state, "suspect");
	bool silent = !query_is_null(q, 9), never = query_int(q, 8) == 0;
	const char *cause = query_text(q, 7);
	int64_t since = query_is_null(q, 6) ? 0 : query_int(q, 6);
	size_t at_rack = topology_find_rack(t, rack), at = topology_find(t, circuit);

	/* A state that began after the period says nothing about it. */
	if (away && since >= f->to)
		away = false;
	xgrow(&w->devices, &w->cap_devices, w->n_devices + 1, sizeof(*w->devices));
	w->devices[w->n_devices++] = (struct silence_device){
		.circuit = at, .rack = at_rack, .silent = away || silent || never, .since = since
	};
	w->all->devices++;
	if ((!away && !silent && !never) || !topology_wanted(t, f, rack, circuit))
		return;
	if (!*cause || !strcmp(cause, "none"))
		cause = silent ? query_text(q, 9) : "";
	xgrow(&w->listed, &w->cap_listed, w->all->n + 1, sizeof(*w->listed));
	w->listed[w->all->n] = w->n_devices - 1;
	xgrow(&w->all->d, &w->all->cap, w->all->n + 1, sizeof(*w->all->d));
	w->all->d[w->all->n++] = (struct outage_device){
		.name = xstrdup(name),
		.rack = xstrdup(rack),
		.circuit = xstrdup(circuit),
		.role = xstrdup(role),
		.cause = xstrdup(cause),
		.primary = *use ? !strcmp(use, "primary") : *role != 0,
		.away = away,
		.never = never,
		.planned = oplog_silent(&w->log, t, "device", name, f->to - 1),
		.since = since,
	};
}

static int load_rows(struct db *db, struct work *w, struct err *err)
{
	struct query *q = query_new(db, "report_device_states", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", w->filter->to - 1);
	query_bind_int(q, ":from", w->filter->from);
	query_bind_int(q, ":to", w->filter->to - 1);
	while ((r = query_step(q, err)) > 0)
		take(w, q);
	query_free(q);
	return r;
}

int outages_load(struct db *db, const struct rack_filter *filter, struct outages *ret,
		 struct err *err)
{
	struct outages all = { 0 };
	struct work w = { .filter = filter, .all = &all };
	int r = topology_load(db, filter->to - 1, &all.topology, err);

	if (r == 0)
		r = oplog_load(db, filter->from, filter->to, &w.log, err);
	if (r == 0)
		r = load_rows(db, &w, err);
	if (r == 0) {
		silence_explain(&all.topology, w.devices, w.n_devices, &all.circuits,
				&all.n_circuits);
		for (size_t i = 0; i < all.n; i++) {
			struct outage_device *d = &all.d[i];

			d->because = w.devices[w.listed[i]].because;
			all.planned += d->planned;
			all.primary += d->primary && !d->planned;
		}
		*ret = all;
	} else {
		outages_done(&all);
	}
	oplog_done(&w.log);
	free(w.devices);
	free(w.listed);
	return r;
}

/* ---- telling -------------------------------------------------------------------- */

/* The devices that circuit i explains, unless planned work does. */
static size_t tell_circuit(const struct outages *all, size_t i, struct doc *doc)
{
	const struct silence *s = &all->circuits[i];
	const struct outage_device *first = NULL;
	size_t told = 0, primary = 0;
	char when[64], length[48];

	for (size_t k = 0; k < all->n; k++) {
		const struct outage_device *d = &all->d[k];

		if (d->because != s->circuit || d->planned)
			continue;
		first = first ? first : d;
		primary += d->primary;
		told++;
	}
	if (!told)
		return 0;
	const char *name = all->topology.c[s->circuit].name;
	doc_exception(
		doc, primary ? 2 : 1, "circuit_silent", name,
		"circuit %s: all %zu devices on it fell silent within %s%s%s, since %s", name, s->n,
		s->last > s->first ? period_length(s->last - s->first, length, sizeof(length))
				   : "a second",
		*first->cause ? ": " : "", first->cause, zone_format(s->first, when, sizeof(when)));
	return told;
}

static void tell_device(const struct outage_device *d, struct doc *doc)
{
	char since[64] = "", *place;

	if (*d->rack)
		place = xasprintf("rack %s", d->rack);
	else if (*d->circuit)
		place = xasprintf("circuit %s", d->circuit);
	else
		place = xstrdup("no rack");
	if (d->since)
		zone_format(d->since, since, sizeof(since));
	doc_exception(doc, d->primary ? 2 : 1, "device_dead", d->name, "device %s (%s%s%s)%s%s%s%s",
		      d->away    ? "does not answer"
		      : d->never ? "was never read"
				 : "silent all the period",
		      place, *d->role ? ", " : "", d->role, *d->cause ? ": " : "", d->cause,
		      d->away && *since ? ", since " : "", d->away ? since : "");
	free(place);
}

static int by_name(const void *key, const void *device)
{
	return strcmp(key, ((const struct outage_device *)device)->name);
}

const struct outage_device *outages_find(const struct outages *all, const char *name)
{
	return all->n ? bsearch(name, all->d, all->n, sizeof(*all->d), by_name) : NULL;
}

size_t outages_tell_circuits(const struct outages *all, struct doc *doc)
{
	size_t told = 0;

	for (size_t i = 0; i < all->n_circuits; i++)
		told += tell_circuit(all, i, doc);
	return told;
}

size_t outages_tell(const struct outages *all, struct doc *doc)
{
	size_t told = outages_tell_circuits(all, doc);

	for (size_t i = 0; i < all->n; i++) {
		const struct outage_device *d = &all->d[i];

		if (d->planned || d->because != TOPOLOGY_NONE)
			continue;
		tell_device(d, doc);
		told++;
	}
	return told;
}
