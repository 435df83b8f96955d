/* SPDX-License-Identifier: Apache-2.0 */
/* See oplog.h. */
#include "report/oplog.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/topology.h"
#include "store/query.h"

int oplog_load(struct db *db, int64_t from, int64_t to, struct oplog *ret, struct err *err)
{
	struct oplog log = { 0 };
	struct query *q = query_new(db, "report_oplog", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	while ((r = query_step(q, err)) > 0) {
		xgrow(&log.e, &log.cap, log.n + 1, sizeof(*log.e));
		log.e[log.n++] = (struct oplog_entry){
			.from = query_int(q, 0),
			.to = query_int(q, 1),
			.scope = xstrdup(query_text(q, 2)),
			.id = xstrdup(query_text(q, 3)),
			.kind = xstrdup(query_text(q, 4)),
			.quantity = xstrdup(query_text(q, 5)),
			.value = xstrdup(query_text(q, 6)),
			.unit = xstrdup(query_text(q, 7)),
			.ref = xstrdup(query_text(q, 8)),
			.who = xstrdup(query_text(q, 9)),
			.note = xstrdup(query_text(q, 10)),
		};
	}
	query_free(q);
	if (r < 0) {
		oplog_done(&log);
		return -1;
	}
	*ret = log;
	return 0;
}

void oplog_done(struct oplog *log)
{
	for (size_t i = 0; i < log->n; i++) {
		struct oplog_entry *e = &log->e[i];

		free(e->scope);
		free(e->id);
		free(e->kind);
		free(e->quantity);
		free(e->value);
		free(e->unit);
		free(e->ref);
		free(e->who);
		free(e->note);
	}
	free(log->e);
	*log = (struct oplog){ 0 };
}

/* ---- what planned work covers -------------------------------------------------- */

struct target {
	const char *kind, *id;
	char *device;         /* of a device and of a channel; else NULL */
	size_t rack, circuit; /* TOPOLOGY_NONE: stands in none */
	const char *row, *hall, *tenant;
};

/* The part of "BCM-3A/branch 1" behind the device; "" of a device. */
static const char *part_of(const char *kind, const char *id)
{
	const char *slash = !strcmp(kind, "channel") ? strchr(id, '/') : NULL;

	return slash ? slash + 1 : "";
}

static struct target target_of(const struct topology *t, const char *kind, const char *id)
{
	struct target at = { .kind = kind,
			     .id = id,
			     .rack = TOPOLOGY_NONE,
			     .circuit = TOPOLOGY_NONE,
			     .row = "",
			     .hall = "",
			     .tenant = "" };
	const char *part = part_of(kind, id);

	if (!strcmp(kind, "device") || !strcmp(kind, "channel"))
		at.device = *part ? xasprintf("%.*s", (int)(part - id) - 1, id) : xstrdup(id);
	if (!t)
		return at;
	if (at.device) {
		const struct topology_place *place = topology_place(t, at.device, part);

		if (place) {
			at.rack = place->rack;
			at.circuit = place->circuit;
		}
	} else if (!strcmp(kind, "circuit")) {
		at.circuit = topology_find(t, id);
	} else if (!strcmp(kind, "rack")) {
		at.rack = topology_find_rack(t, id);
	}
	if (at.circuit != TOPOLOGY_NONE)
		at.hall = t->c[at.circuit].hall;
	if (at.rack != TOPOLOGY_NONE) {
		at.row = t->racks[at.rack].row;
		at.hall = t->racks[at.rack].hall;
		at.tenant = t->racks[at.rack].tenant;
	}
	return at;
}

/* Everything but a circuit above. */
static bool covers(const struct oplog_entry *e, const struct topology *t, const struct target *at)
{
	if (!strcmp(e->scope, "site") || (!strcmp(e->scope, at->kind) && !strcmp(e->id, at->id)))
		return true;
	if (!strcmp(e->scope, "device"))
		return at->device && !strcmp(e->id, at->device);
	if (!strcmp(e->scope, "rack"))
		return at->rack != TOPOLOGY_NONE && !strcmp(e->id, t->racks[at->rack].name);
	const char *stands = !strcmp(e->scope, "row")      ? at->row
			     : !strcmp(e->scope, "hall")   ? at->hall
			     : !strcmp(e->scope, "tenant") ? at->tenant
							   : "";

	return *stands && !strcmp(e->id, stands);
}

static bool is_planned(const struct oplog_entry *e, int64_t ts)
{
	return e->from <= ts && ts < e->to && !strcmp(e->kind, "planned");
}

static bool circuit_planned(const struct oplog *log, const struct topology *t, size_t circuit,
			    int64_t ts)
{
	for (size_t i = 0; i < log->n; i++) {
		const struct oplog_entry *e = &log->e[i];

		if (!is_planned(e, ts) || strcmp(e->scope, "circuit") != 0)
			continue;
		size_t up = topology_find(t, e->id);

		if (up == circuit || (up != TOPOLOGY_NONE && topology_feeds(t, up, circuit)))
			return true;
	}
	return false;
}

/* One of a rack's feeds, or all of them. */
static bool feeds_planned(const struct oplog *log, const struct topology *t, size_t rack, bool all,
			  int64_t ts)
{
	const struct topology_rack *r = &t->racks[rack];
	size_t n = 0;

	for (size_t f = 0; f < r->n_feeds; f++)
		n += circuit_planned(log, t, r->feeds[f], ts);
	return all ? n && n == r->n_feeds : n > 0;
}

static bool planned(const struct oplog *log, const struct topology *t, const char *kind,
		    const char *id, bool silent, int64_t ts)
{
	bool found = false;

	if (!log->n)
		return false;
	struct target at = target_of(t, kind, id);

	for (size_t i = 0; i < log->n && !found; i++)
		found = is_planned(&log->e[i], ts) && covers(&log->e[i], t, &at);
	if (!found && at.circuit != TOPOLOGY_NONE)
		found = circuit_planned(log, t, at.circuit, ts);
	else if (!found && at.rack != TOPOLOGY_NONE)
		found = feeds_planned(log, t, at.rack, silent, ts);
	free(at.device);
	return found;
}

bool oplog_planned(const struct oplog *log, const struct topology *t, const char *kind,
		   const char *id, int64_t ts)
{
	return planned(log, t, kind, id, false, ts);
}

bool oplog_silent(const struct oplog *log, const struct topology *t, const char *kind,
		  const char *id, int64_t ts)
{
	return planned(log, t, kind, id, true, ts);
}

int64_t oplog_next(const struct oplog *log, int64_t ts)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < log->n; i++) {
		const struct oplog_entry *e = &log->e[i];

		if (strcmp(e->kind, "planned") != 0)
			continue;
		if (e->from > ts && e->from < next)
			next = e->from;
		if (e->to > ts && e->to < next)
			next = e->to;
	}
	return next;
}
