/* SPDX-License-Identifier: Apache-2.0 */
/* See limits.h. */
#include "daemon/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "group/limit.h"
#include "inventory/lookup.h"

struct watch {
	const struct group_point *point;
	size_t scan, index;          /* of the group, and the point's place in the row */
	ptrdiff_t present, expected; /* of the same sum; -1: a value that is whole or absent */
	double limit;
	struct limit state;
};

struct limits {
	struct limit_rule rule;
	struct watch *watches; /* by scan */
	size_t n, cap;
	size_t *first; /* by scan: its first watch; one more than there are scans */
	size_t n_scans;
	struct lookup names; /* entity and which() -> watch */
};

static bool is(const struct group_point *p, const char *kind, const char *part,
	       const char *quantity)
{
	return !strcmp(p->entity_kind, kind) && (!part || !strcmp(p->part, part)) &&
	       !strcmp(p->quantity->name, quantity);
}

/* What the point may be at most; 0: no limit is told. */
static double limit_of(const struct inventory *inv, const struct group_point *p)
{
	ptrdiff_t i;

	if (is(p, "rack", "total", "power_w")) {
		i = inventory_rack(inv, p->entity);
		return i >= 0 && inv->racks[i].cfg->budget_w > 0 ? inv->racks[i].cfg->budget_w : 0;
	}
	if (is(p, "circuit", NULL, "current_a")) {
		i = inventory_circuit(inv, p->entity);
		if (i < 0)
			return 0;
		const struct cfg_circuit *c = inv->circuits[i].cfg;
		return c->rated_a > 0 && c->derate > 0 ? c->rated_a * c->derate : 0;
	}
	return 0;
}

static ptrdiff_t beside(const struct group_scan *s, const struct group_point *p,
			const char *quantity)
{
	for (size_t i = 0; i < s->n_points; i++)
		if (is(&s->points[i], p->entity_kind, p->part, quantity) &&
		    !strcmp(s->points[i].entity, p->entity))
			return (ptrdiff_t)i;
	return -1;
}

/* Power of a rack, or the phase of a circuit: with the name it is one watch. */
static int64_t which(const char *kind, const char *part)
{
	return !strcmp(kind, "rack") ? 0 : part[0] == 'L' ? part[1] : -1;
}

struct limits *limits_new(const struct inventory *inv, const struct group *group)
{
	const struct settings *settings = &inv->config->settings;
	struct limits *l = xcalloc(1, sizeof(*l));

	l->rule = (struct limit_rule){ settings->limit_warn, settings->limit_clear,
				       settings->hold_s };
	l->n_scans = group_n_scans(group);
	l->first = xcalloc(l->n_scans + 1, sizeof(*l->first));
	for (size_t k = 0; k < l->n_scans; k++) {
		const struct group_scan *s = group_scan(group, k);

		l->first[k] = l->n;
		for (size_t i = 0; i < s->n_points; i++) {
			const struct group_point *p = &s->points[i];
			double limit = limit_of(inv, p);

			if (!(limit > 0))
				continue;
			xgrow(&l->watches, &l->cap, l->n + 1, sizeof(*l->watches));
			l->watches[l->n++] = (struct watch){
				.point = p,
				.scan = k,
				.index = i,
				.present = beside(s, p, "members_present"),
				.expected = beside(s, p, "members_expected"),
				.limit = limit,
			};
			(void)lookup_put(&l->names, p->entity, which(p->entity_kind, p->part),
					 l->n - 1, NULL);
		}
	}
	l->first[l->n_scans] = l->n;
	return l;
}

struct limits *limits_free(struct limits *l)
{
	if (!l)
		return NULL;
	free(l->watches);
	free(l->first);
	lookup_done(&l->names);
	free(l);
	return NULL;
}

/* ---- what held before --------------------------------------------------------- */

static struct watch *find(struct limits *l, const char *kind, const char *entity, const char *part)
{
	size_t i;

	return lookup_get(&l->names, entity, which(kind, part), &i) ? &l->watches[i] : NULL;
}

void limits_take_over(struct limits *l, const struct limits *former)
{
	for (size_t i = 0; i < former->n; i++) {
		const struct group_point *p = former->watches[i].point;
		struct watch *w = find(l, p->entity_kind, p->entity, p->part);

		if (w)
			w->state = former->watches[i].state;
	}
}

struct restoring {
	struct limits *l;
	struct limit_row *gone; /* passed once, nobody watches them any more; texts owned */
	size_t n, cap;
};

static void restore_row(void *user, const struct limit_row *row)
{
	struct restoring *r = user;
	struct watch *w = find(r->l, row->entity_kind, row->entity, row->part);

	if (w) {
		w->state.level = limit_level_of(row->level);
		w->state.since = row->since;
		return;
	}
	xgrow(&r->gone, &r->cap, r->n + 1, sizeof(*r->gone));
	r->gone[r->n++] = (struct limit_row){
		.entity_kind = xstrdup(row->entity_kind),
		.entity = xstrdup(row->entity),
		.part = xstrdup(row->part),
		.quantity = xstrdup(row->quantity),
		.level = limit_level_name(LIMIT_OK),
	};
}

static int restore_all(void *user, struct db *db, struct err *err)
{
	return limitstate_each(db, restore_row, user, err);
}

int limits_restore(struct limits *l, struct writer *writer, struct err *err)
{
	struct restoring r = { .l = l };
	int rc = writer_call(writer, restore_all, &r, err);

	for (size_t i = 0; i < r.n; i++) {
		struct limit_row *row = &r.gone[i];

		row->since = wall_s(clock_wall());
		writer_limit(writer, row, EVENT_INFO, "no limit is configured any more");
		free((char *)row->entity_kind);
		free((char *)row->entity);
		free((char *)row->part);
		free((char *)row->quantity);
	}
	free(r.gone);
	return rc;
}

/* ---- a row --------------------------------------------------------------------- */

static void tell(const struct limits *l, const struct watch *w, struct writer *writer, double value,
		 bool partial, int64_t ts)
{
	static const enum event_severity severities[] = { EVENT_INFO, EVENT_WARNING, EVENT_ALARM };
	bool power = !strcmp(w->point->quantity->name, "power_w");
	const char *what = power ? "budget" : "derated rating", *unit = power ? "kW" : "A";
	double scale = power ? 1000 : 1;
	const char *how = w->state.level == LIMIT_OVER   ? "over its"
			  : w->state.level == LIMIT_WARN ? "near its"
							 : "well below its";
	char *part = power ? xstrdup("") : xasprintf(" on %s", w->point->part);
	char *text =
		xasprintf("%s %s%s: %.2f %s of %.2f %s%s", how, what, part, value / scale, unit,
			  w->limit / scale, unit, partial ? ", and meters are missing in it" : "");
	const struct limit_row row = {
		.entity_kind = w->point->entity_kind,
		.entity = w->point->entity,
		.part = w->point->part,
		.quantity = w->point->quantity->name,
		.level = limit_level_name(w->state.level),
		.since = ts,
		.value = value,
		.limit = w->limit,
	};

	writer_limit(writer, &row, severities[w->state.level], text);
	if (w->state.level == LIMIT_OK)
		log_notice("%s %s: %s", row.entity_kind, row.entity, text);
	else
		log_warning("%s %s: %s (for %lld s)", row.entity_kind, row.entity, text,
			    (long long)l->rule.hold_s);
	free(text);
	free(part);
}

void limits_row(struct limits *l, struct writer *writer, size_t i, int64_t ts,
		const struct reading *readings)
{
	for (size_t k = l->first[i]; k < l->first[i + 1]; k++) {
		struct watch *w = &l->watches[k];
		const struct reading *r = &readings[w->index];

		if (r->cause != CAUSE_NONE)
			continue;
		struct scale scale = group_scale(w->point->quantity);
		double value = scale_value(&scale, r->raw);
		bool partial = w->present >= 0 && w->expected >= 0 &&
			       readings[w->present].raw < readings[w->expected].raw;
		if (limit_step(&w->state, &l->rule, value, w->limit, partial, ts))
			tell(l, w, writer, value, partial, ts);
	}
}
