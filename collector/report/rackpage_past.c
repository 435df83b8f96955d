/* SPDX-License-Identifier: Apache-2.0 */
/* What happened at a rack: how its devices answered, events, the operating log, gaps by cause. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/polls.h"
#include "report/rackpage.h"
#include "store/query.h"

#define SHOWN 50

/* ---- devices ----------------------------------------------------------------------------------
 */

static int add_devices(struct db *db, const struct rackviews *all, struct doc *doc, struct err *err)
{
	struct doc_table *t = doc_table(doc, "devices", "Devices");
	struct polls polls;

	if (polls_load(db, all->filter.from, all->filter.to, all->v[0].rack->name, NULL, &polls,
		       err) < 0)
		return -1;
	doc_column(t, "device", "Device", DOC_TEXT);
	doc_column(t, "circuit", "Circuit", DOC_TEXT);
	doc_column(t, "state", "State", DOC_TEXT);
	doc_column(t, "since", "", DOC_TIME);
	doc_column(t, "cause", "Cause", DOC_TEXT);
	doc_column(t, "due", "Polls", DOC_COUNT);
	doc_column(t, "missed", "Missed", DOC_COUNT);
	doc_column(t, "success_pct", "Answered", DOC_PERCENT);
	doc_column(t, "p95_ms", "p95", DOC_MS);
	doc_column(t, "answered_at", "", DOC_TIME);
	for (size_t i = 0; i < polls.n; i++) {
		const struct polls_device *d = &polls.d[i];
		const struct topology_place *place = topology_place(&all->t, d->name, "");
		bool at = place && place->circuit != TOPOLOGY_NONE;

		doc_row(t);
		doc_cell_text(t, d->name);
		doc_cell_text(t, at ? all->t.c[place->circuit].name : NULL);
		doc_cell_text(t, d->state);
		doc_cell(t, d->since ? (double)d->since : NAN);
		doc_cell_text(t, *d->cause ? d->cause : NULL);
		doc_cell(t, (double)d->due);
		doc_cell(t, (double)d->missed);
		doc_cell(t, d->success_pct);
		doc_cell(t, d->p95_ms);
		doc_cell(t, d->answered_at ? (double)d->answered_at : NAN);
	}
	polls_done(&polls);
	return 0;
}

/* ---- events and the log ------------------------------------------------------------------------
 */

static struct query *begin(struct db *db, const char *name, const struct rackviews *all,
			   struct err *err)
{
	struct query *q = query_new(db, name, err);

	if (!q)
		return NULL;
	query_bind_text(q, ":rack", all->v[0].rack->name);
	query_bind_text(q, ":feeds", all->v[0].rack->feeds);
	query_bind_int(q, ":from", all->filter.from);
	query_bind_int(q, ":to", all->filter.to);
	query_bind_int(q, ":most", SHOWN);
	return q;
}

static const char *severity_name(int64_t severity)
{
	return severity >= 2 ? "alarm" : severity == 1 ? "warning" : "info";
}

static int add_events(struct db *db, const struct rackviews *all, struct doc *doc, struct err *err)
{
	struct doc_table *t = doc_table(doc, "events", "Events, the latest first");
	struct query *q = begin(db, "report_rack_events", all, err);
	int r;

	if (!q)
		return -1;
	doc_column(t, "time", "At", DOC_TIME);
	doc_column(t, "entity", "Of", DOC_TEXT);
	doc_column(t, "kind", "Kind", DOC_TEXT);
	doc_column(t, "severity", "", DOC_TEXT);
	doc_column(t, "text", "Text", DOC_TEXT);
	while ((r = query_step(q, err)) > 0) {
		doc_row(t);
		doc_cell(t, (double)query_int(q, 0));
		doc_cell_text(t, query_text(q, 2));
		doc_cell_text(t, query_text(q, 3));
		doc_cell_text(t, severity_name(query_int(q, 4)));
		doc_cell_text(t, query_text(q, 5));
	}
	query_free(q);
	return r;
}

/* Is it said of the rack, of what it stands in or of something on its way? */
static bool concerns(const struct rackviews *all, const struct oplog_entry *e)
{
	const struct rack *r = all->v[0].rack;
	const struct rackload *load = &all->v[0].load;
	size_t at;

	if (!strcmp(e->scope, "site"))
		return true;
	if (!strcmp(e->scope, "rack"))
		return !strcmp(e->id, r->name);
	if (!strcmp(e->scope, "hall"))
		return !strcmp(e->id, r->hall);
	if (!strcmp(e->scope, "row"))
		return !strcmp(e->id, r->row);
	if (!strcmp(e->scope, "tenant"))
		return !strcmp(e->id, r->tenant);
	if (!strcmp(e->scope, "circuit")) {
		at = topology_find(&all->t, e->id);
		for (size_t i = 0; at != TOPOLOGY_NONE && i < load->n_feeds; i++)
			if (load->feeds[i].circuit == at ||
			    topology_feeds(&all->t, at, load->feeds[i].circuit))
				return true;
		return false;
	}
	/* a device, or "DEVICE/PART" of one */
	char *device = xasprintf("%.*s", (int)strcspn(e->id, "/"), e->id);
	const struct topology_place *place = topology_place(&all->t, device, "");

	at = topology_find_rack(&all->t, r->name);
	free(device);
	return place && at != TOPOLOGY_NONE && place->rack == at;
}

static void add_log(const struct rackviews *all, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "log", "Operating log");

	doc_column(t, "from", "From", DOC_TIME);
	doc_column(t, "to", "To", DOC_TIME);
	doc_column(t, "scope", "", DOC_TEXT);
	doc_column(t, "id", "Of", DOC_TEXT);
	doc_column(t, "kind", "Kind", DOC_TEXT);
	doc_column(t, "ref", "", DOC_TEXT);
	doc_column(t, "who", "Who", DOC_TEXT);
	doc_column(t, "note", "Note", DOC_TEXT);
	for (size_t i = 0; i < all->log.n; i++) {
		const struct oplog_entry *e = &all->log.e[i];

		if (!concerns(all, e))
			continue;
		doc_row(t);
		doc_cell(t, (double)e->from);
		doc_cell(t, (double)e->to);
		doc_cell_text(t, e->scope);
		doc_cell_text(t, e->id);
		doc_cell_text(t, e->kind);
		doc_cell_text(t, e->ref);
		doc_cell_text(t, e->who);
		doc_cell_text(t, e->note);
	}
}

/* ---- gaps
 * ---------------------------------------------------------------------------------------- */

static int add_gaps(struct db *db, const struct rackviews *all, struct doc *doc, struct err *err)
{
	struct doc_table *t = doc_table(doc, "gaps", "Why data is missing");
	struct query *q = begin(db, "report_rack_gaps", all, err);
	int r;

	if (!q)
		return -1;
	doc_column(t, "entity", "Of", DOC_TEXT);
	doc_column(t, "cause", "Cause", DOC_TEXT);
	doc_column(t, "times", "Times", DOC_COUNT);
	doc_column(t, "seconds_s", "In all", DOC_SECONDS);
	doc_column(t, "first_at", "First", DOC_TIME);
	doc_column(t, "last_at", "Last", DOC_TIME);
	doc_column(t, "goes_on", "", DOC_BOOL);
	doc_column(t, "points", "", DOC_COUNT);
	while ((r = query_step(q, err)) > 0) {
		doc_row(t);
		doc_cell_text(t, query_is_null(q, 0) ? "rackmeterd" : query_text(q, 0));
		doc_cell_text(t, query_text(q, 1));
		doc_cell(t, (double)query_int(q, 2));
		doc_cell(t, (double)query_int(q, 3));
		doc_cell(t, (double)query_int(q, 4));
		doc_cell(t, (double)query_int(q, 5));
		doc_cell(t, (double)query_int(q, 6));
		doc_cell(t, (double)query_int(q, 7));
	}
	query_free(q);
	return r;
}

int rackpage_past(struct db *db, const struct rackviews *all, struct doc *doc, struct err *err)
{
	if (add_devices(db, all, doc, err) < 0 || add_events(db, all, doc, err) < 0)
		return -1;
	add_log(all, doc);
	return add_gaps(db, all, doc, err);
}
