/* SPDX-License-Identifier: Apache-2.0 */
/* See alarmlist.h. */
#include "report/alarmlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/oplog.h"
#include "report/topology.h"
#include "store/query.h"

#define NAMED 3 /* alarms that a device's line names */

struct work {
	const struct rack_filter *filter;
	bool in_racks;
	struct alarmlist *all;
	struct topology topology;
	struct oplog log;
};

static void device_done(struct alarmlist_device *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->a[i].part);
		free(d->a[i].label);
		free(d->a[i].quantity);
		free(d->a[i].name);
	}
	free(d->a);
	free(d->name);
	free(d->rack);
	free(d->circuit);
	free(d->role);
}

void alarmlist_done(struct alarmlist *all)
{
	for (size_t i = 0; i < all->n; i++)
		device_done(&all->d[i]);
	free(all->d);
	*all = (struct alarmlist){ 0 };
}

static bool is_wanted(const struct work *w, const char *rack, const char *circuit)
{
	return (*rack || !w->in_racks) && topology_wanted(&w->topology, w->filter, rack, circuit);
}

static void add_alarm(struct work *w, struct alarmlist_device *d, struct query *q)
{
	bool lasts = query_is_null(q, 11) || query_int(q, 11) >= w->filter->to;
	struct alarmlist_alarm a = {
		.part = xstrdup(query_text(q, 4)),
		.label = xstrdup(query_text(q, 5)),
		.quantity = xstrdup(query_text(q, 6)),
		.state = query_int(q, 7),
		.name = xstrdup(query_text(q, 8)),
		.from = query_int(q, 10),
		.to = lasts ? 0 : query_int(q, 11),
	};

	if (!severity_parse(query_text(q, 9), &a.severity))
		a.severity = SEVERITY_UNKNOWN;
	xgrow(&d->a, &d->cap, d->n + 1, sizeof(*d->a));
	d->a[d->n++] = a;
	if (a.to)
		return;
	d->lasting++;
	if (a.severity > d->worst)
		d->worst = a.severity;
}

/* A row of report_alarms: rows of a device follow each other. */
static void take(struct work *w, struct query *q)
{
	struct alarmlist *all = w->all;
	const char *name = query_text(q, 0), *rack = query_text(q, 1), *circuit = query_text(q, 2);

	if (!is_wanted(w, rack, circuit))
		return;
	if (!all->n || strcmp(all->d[all->n - 1].name, name) != 0) {
		xgrow(&all->d, &all->cap, all->n + 1, sizeof(*all->d));
		all->d[all->n++] = (struct alarmlist_device){
			.name = xstrdup(name),
			.rack = xstrdup(rack),
			.circuit = xstrdup(circuit),
			.role = xstrdup(query_text(q, 3)),
			.planned = oplog_planned(&w->log, &w->topology, "device", name,
						 w->filter->to - 1),
			.away = query_int(q, 12) != 0,
		};
	}
	add_alarm(w, &all->d[all->n - 1], q);
}

static int load_alarms(struct db *db, struct work *w, struct err *err)
{
	struct query *q = query_new(db, "report_alarms", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", w->filter->from);
	query_bind_int(q, ":at", w->filter->to - 1);
	while ((r = query_step(q, err)) > 0)
		take(w, q);
	query_free(q);
	return r;
}

static int count_devices(struct db *db, struct work *w, struct err *err)
{
	struct query *q = query_new(db, "report_alarm_devices", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", w->filter->to - 1);
	while ((r = query_step(q, err)) > 0) {
		if (!is_wanted(w, query_text(q, 1), query_text(q, 2)))
			continue;
		w->all->devices++;
		w->all->telling += query_int(q, 3) != 0;
	}
	query_free(q);
	return r;
}

static int by_need(const void *a, const void *b)
{
	const struct alarmlist_device *x = a, *y = b;

	if (x->planned != y->planned)
		return x->planned ? 1 : -1;
	if (x->worst != y->worst)
		return x->worst > y->worst ? -1 : 1;
	return strcmp(x->name, y->name);
}

int alarmlist_load(struct db *db, const struct rack_filter *filter, bool in_racks,
		   struct alarmlist *ret, struct err *err)
{
	struct alarmlist all = { 0 };
	struct work w = { .filter = filter, .in_racks = in_racks, .all = &all };
	int r = topology_load(db, filter->to - 1, &w.topology, err);

	if (r == 0)
		r = oplog_load(db, filter->from, filter->to, &w.log, err);
	if (r == 0)
		r = load_alarms(db, &w, err);
	if (r == 0)
		r = count_devices(db, &w, err);
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		const struct alarmlist_device *d = &all.d[i];

		all.planned += d->planned && d->lasting;
		all.critical += !d->planned && d->worst == SEVERITY_CRITICAL;
		all.warning += !d->planned && d->worst == SEVERITY_WARNING;
	}
	if (r == 0 && all.n)
		qsort(all.d, all.n, sizeof(*all.d), by_need);
	if (r == 0)
		*ret = all;
	else
		alarmlist_done(&all);
	oplog_done(&w.log);
	topology_done(&w.topology);
	return r;
}

/* ---- telling -------------------------------------------------------------------- */

/* "psu 1: failed (critical), since ..." of each named; where it stands behind. */
static char *line_of(const struct alarmlist_device *d)
{
	char *text = NULL, since[64];
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	for (size_t i = 0; i < d->lasting && i < NAMED; i++) {
		const struct alarmlist_alarm *a = &d->a[i];

		fprintf(f, "%s%s", i ? "; " : "", a->part);
		if (*a->label && strcmp(a->label, a->part) != 0)
			fprintf(f, " (%s)", a->label);
		if (*a->name)
			fprintf(f, ": %s", a->name);
		else
			fprintf(f, ": %s %lld", a->quantity, (long long)a->state);
		fprintf(f, ", %s since %s", severity_name(a->severity),
			zone_format(a->from, since, sizeof(since)));
	}
	if (d->lasting > NAMED)
		fprintf(f, "; and %zu more", d->lasting - NAMED);
	if (*d->rack || *d->circuit)
		fprintf(f, " (%s %s%s%s)", *d->rack ? "rack" : "circuit",
			*d->rack ? d->rack : d->circuit, *d->role ? ", " : "", d->role);
	if (d->away)
		fprintf(f, "; it does not answer any more");
	if (fclose(f) != 0)
		abort();
	return text;
}

void alarmlist_tell(const struct alarmlist *all, size_t most, struct doc *doc)
{
	size_t left = 0;
	enum severity worst = SEVERITY_OK;

	for (size_t i = 0, told = 0; i < all->n; i++) {
		const struct alarmlist_device *d = &all->d[i];

		if (!d->lasting || d->planned)
			continue;
		if (told++ >= most) {
			worst = left++ ? worst : d->worst; /* worst first */
			continue;
		}
		char *line = line_of(d);
		doc_exception(doc, d->worst == SEVERITY_CRITICAL ? 2 : 1, "alarm", d->name, "%s",
			      line);
		free(line);
	}
	if (left)
		doc_exception(doc, worst == SEVERITY_CRITICAL ? 2 : 1, "alarm", "more devices",
			      "%zu more devices say that something is wrong: rackmeter report "
			      "alarms --top all",
			      left);
}
