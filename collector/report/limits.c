/* SPDX-License-Identifier: Apache-2.0 */
/* See limits.h. */
#include "report/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/blocks.h"
#include "report/contract.h"
#include "report/sumseries.h"
#include "store/query.h"

#define STANDARD_WINDOW "15m rolling 5m"

struct limit {
	char *key, *scope, *id, *measure, *source;
	int64_t from, to; /* of the period */
	struct contract contract;
	char *wrong; /* NULL: it makes sense */
	struct blocks blocks;
	size_t members; /* 0: nothing that it is about is stored */
	struct tariff_peak peak;
};

struct limits {
	struct db *db;
	const char *site;
	const struct rackviews *all;
	struct limit *l;
	size_t n, cap;
	struct meters meters;
	bool has_meters;
	struct sumseries halls, sites, circuits;
	struct blocks_members members;
};

struct limits *limits_free(struct limits *all)
{
	if (!all)
		return NULL;
	for (size_t i = 0; i < all->n; i++) {
		struct limit *l = &all->l[i];

		free(l->key);
		free(l->scope);
		free(l->id);
		free(l->measure);
		free(l->source);
		free(l->wrong);
		contract_done(&l->contract);
		blocks_done(&l->blocks);
	}
	free(all->l);
	blocks_members_done(&all->members);
	sumseries_done(&all->halls);
	sumseries_done(&all->sites);
	sumseries_done(&all->circuits);
	if (all->has_meters)
		meters_done(&all->meters);
	free(all);
	return NULL;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Without a filter all of them; with one only what it names. */
static bool is_asked_for(const struct rack_filter *f, const char *scope, const char *id)
{
	const struct {
		const char *scope, *id;
	} filters[] = {
		{ "hall", f->hall }, { "row", f->row }, { "tenant", f->tenant }, { "rack", f->rack }
	};
	bool any = false;

	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		if (!filters[i].id)
			continue;
		any = true;
		if (!strcmp(filters[i].scope, scope) && !strcmp(filters[i].id, id))
			return true;
	}
	return !any;
}

static void take_row(struct limits *all, struct query *q)
{
	const struct rack_filter *f = &all->all->filter;
	const char *key = query_text(q, 0), *window = query_text(q, 6);
	int64_t from = query_int(q, 8), to = query_is_null(q, 9) ? INT64_MAX : query_int(q, 9);
	struct limit *last = all->n ? &all->l[all->n - 1] : NULL;
	struct err err;

	if (last && !strcmp(last->key, key) && last->to > from)
		last->to = from > f->from ? from : f->from;
	if (last && !strcmp(last->key, key) && last->to <= last->from)
		last->to = last->from; /* over before the period */
	xgrow(&all->l, &all->cap, all->n + 1, sizeof(*all->l));
	struct limit *l = &all->l[all->n++];
	*l = (struct limit){ .key = xstrdup(key),
			     .scope = xstrdup(query_text(q, 1)),
			     .id = xstrdup(query_text(q, 2)),
			     .measure = xstrdup(query_text(q, 3)),
			     .source = xstrdup(query_text(q, 7)),
			     .from = from > f->from ? from : f->from,
			     .to = to < f->to ? to : f->to,
			     .peak = { .w = NAN } };
	if (contract_of(query_real(q, 4), query_text(q, 5), *window ? window : STANDARD_WINDOW,
			&l->contract, &err) < 0)
		l->wrong = xstrdup(err.text);
}

static int load_rows(struct limits *all, struct err *err)
{
	struct query *q = query_new(all->db, "report_limits", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", all->all->filter.from);
	query_bind_int(q, ":to", all->all->filter.to);
	while ((r = query_step(q, err)) > 0)
		if (is_asked_for(&all->all->filter, query_text(q, 1), query_text(q, 2)))
			take_row(all, q);
	query_free(q);
	return r;
}

/* ---- what is drawn -----------------------------------------------------------------------------
 */

static int join_series(struct limits *all, struct limit *l, int64_t series)
{
	if (series && !l->contract.va) {
		blocks_join_series(&all->members, &l->blocks, series, l->from, l->to);
		l->members++;
	}
	return 0;
}

struct whose { /* meters: of a role, at a circuit, or what a rack's load is made of */
	const char *role, *circuit;
	size_t rack; /* of the topology */
};

static bool is_of(const struct limits *all, const struct meter *m, const struct whose *w)
{
	if (w->role)
		return !strcmp(m->role, w->role);
	if (w->circuit)
		return !strcmp(m->circuit, w->circuit);
	return w->rack != TOPOLOGY_NONE && sumread_rack_of(&all->all->t, m) == w->rack;
}

static int join_meters(struct limits *all, struct limit *l, struct whose whose, struct err *err)
{
	int r = 1;

	if (!all->has_meters && meters_load(all->db, all->all->filter.to, &all->meters, err) < 0)
		return -1;
	all->has_meters = true;
	for (size_t i = 0; i < all->meters.n && r >= 0; i++) {
		const struct meter *m = &all->meters.m[i];

		if (!is_of(all, m, &whose))
			continue;
		r = blocks_join(&all->members, all->db, &l->blocks, m, l->contract.va, l->from,
				l->to, 0, err);
		l->members += r > 0;
	}
	return r < 0 ? -1 : 0;
}

static int join_sum(struct limits *all, struct limit *l, struct sumseries *sums, const char *kind,
		    const char *name, const char *part, struct err *err)
{
	const struct sumseries_item *item;

	if (!sums->n && sumseries_load(all->db, kind, sums, err) < 0)
		return -1;
	item = sumseries_find(sums, name, part);
	return join_series(all, l, item ? item->power_w : 0);
}

/* A rack whose sum was never stored is its meters. */
static int join_racks(struct limits *all, struct limit *l, struct err *err)
{
	int ret = 0;

	for (size_t i = 0; i < all->all->n && ret == 0; i++) {
		const struct rackview *v = &all->all->v[i];
		const struct rack *r = v->rack;
		const char *of = !strcmp(l->scope, "row")      ? r->row
				 : !strcmp(l->scope, "tenant") ? r->tenant
				 : !strcmp(l->scope, "hall")   ? r->hall
							       : r->name;
		int64_t series = v->load.sum.stored[SUM_VALUE];

		if (strcmp(of, l->id) != 0)
			continue;
		ret = series ? join_series(all, l, series)
			     : join_meters(all, l, (struct whose){ .rack = v->load.sum.rack }, err);
	}
	return ret;
}

static int join(struct limits *all, struct limit *l, struct err *err)
{
	int r = 0;

	if (!strcmp(l->scope, "site") && !strcmp(l->measure, "it"))
		return join_sum(all, l, &all->sites, "site", all->site, "it", err);
	if (!strcmp(l->scope, "site")) {
		r = join_meters(all, l, (struct whose){ .role = "utility" }, err);
		if (r == 0 && !l->members)
			r = join_sum(all, l, &all->sites, "site", all->site, "facility", err);
		return r;
	}
	if (!strcmp(l->scope, "circuit")) {
		r = join_meters(all, l, (struct whose){ .circuit = l->id }, err);
		if (r == 0 && !l->members)
			r = join_sum(all, l, &all->circuits, "circuit", l->id, "total", err);
		return r;
	}
	if (!strcmp(l->scope, "hall"))
		r = join_sum(all, l, &all->halls, "hall", l->id, "total", err);
	if (r == 0 && !l->members)
		r = join_racks(all, l, err);
	return r;
}

static int read_demand(struct limits *all, struct err *err)
{
	for (size_t i = 0; i < all->n; i++) {
		struct limit *l = &all->l[i];

		if (l->wrong || l->from >= l->to)
			continue;
		blocks_init(&l->blocks, l->from, l->to, contract_power_step(&l->contract));
		if (join(all, l, err) < 0)
			return -1;
	}
	if (blocks_read(all->db, &all->members, err) < 0)
		return -1;
	for (size_t i = 0; i < all->n; i++) {
		struct limit *l = &all->l[i];

		if (l->wrong || !l->members)
			continue;
		struct tariff_power power = blocks_power(&l->blocks);
		contract_peak(&l->contract, &power, l->from, l->to, &l->peak);
	}
	return 0;
}

/* ---- telling ----------------------------------------------------------------------------------
 */

static double pct_of(const struct limit *l)
{
	return l->contract.limit > 0 ? 100 * l->peak.w / l->contract.limit : (double)NAN;
}

static void tell(const struct limits *all, const struct limit *l, struct doc *doc,
		 struct limits_count *count)
{
	const char *of = *l->id ? l->id : all->site, *unit = l->contract.va ? "kVA" : "kW";
	double pct = pct_of(l);
	char when[64];

	if (l->wrong) {
		count->unknown++;
		doc_exception(doc, 1, "limit", of, "budgets.csv, %s of %s %s: %s", l->measure,
			      l->scope, of, l->wrong);
	} else if (isnan(l->peak.w)) {
		count->unknown++;
		doc_exception(doc, 1, "limit", of,
			      "%s of %s %s (%.1f %s): what it draws is not "
			      "known%s",
			      l->measure, l->scope, of, l->contract.limit / 1000, unit,
			      l->members       ? ", no window is complete"
			      : l->contract.va ? ": no apparent power of it is stored"
					       : ": no power of it is stored");
	} else if (pct > 100 * all->all->warn) {
		count->over += pct > 100;
		count->near += pct <= 100;
		doc_exception(doc, pct > 100 ? 2 : 1, "limit", of,
			      "%s of %s %s: %.1f %s of %.1f %s (%.1f %%), %s from %s", l->measure,
			      l->scope, of, l->peak.w / 1000, unit, l->contract.limit / 1000, unit,
			      pct, l->contract.window, zone_format(l->peak.at, when, sizeof(when)));
	}
}

void limits_tell(const struct limits *all, struct doc *doc, struct limits_count *ret)
{
	*ret = (struct limits_count){ 0 };
	for (size_t i = 0; i < all->n; i++)
		if (all->l[i].from < all->l[i].to)
			tell(all, &all->l[i], doc, ret);
}

static void add_row(struct doc_table *t, const struct limits *all, const struct limit *l)
{
	const struct contract *c = &l->contract;
	double known = !l->wrong && l->members ? l->peak.known_pct : (double)NAN;

	doc_row(t);
	doc_cell_text(t, l->scope);
	doc_cell_text(t, *l->id ? l->id : all->site);
	doc_cell_text(t, l->measure);
	doc_cell(t, l->wrong || c->va ? NAN : c->limit);
	doc_cell(t, l->wrong || !c->va ? NAN : c->limit);
	doc_cell_text(t, l->wrong ? NULL : c->window);
	doc_cell(t, (double)l->from);
	doc_cell(t, (double)l->to);
	doc_cell(t, c->va ? NAN : l->peak.w);
	doc_cell(t, c->va ? l->peak.w : NAN);
	doc_cell(t, isnan(l->peak.w) ? NAN : (double)l->peak.at);
	doc_cell(t, pct_of(l));
	doc_cell(t, pct_of(l));
	doc_cell(t, c->va ? NAN : c->limit - l->peak.w);
	doc_cell(t, c->va ? c->limit - l->peak.w : NAN);
	doc_cell(t, known);
	doc_cell_text(t, l->source);
}

void limits_table(const struct limits *all, struct doc *doc)
{
	struct doc_table *t;
	bool w = false, va = false;

	if (!all->n)
		return;
	t = doc_table(doc, "limits", "Limits beyond racks");
	for (size_t i = 0; i < all->n; i++) {
		w = w || !all->l[i].contract.va;
		va = va || all->l[i].contract.va;
	}
	doc_column(t, "scope", "Of", DOC_TEXT);
	doc_column(t, "id", "", DOC_TEXT);
	doc_column(t, "measure", "Limit", DOC_TEXT);
	doc_column(t, "limit_w", w ? "Limit" : "", DOC_W);
	doc_column(t, "limit_va", va ? "Limit" : "", DOC_VA);
	doc_column(t, "window", "Window", DOC_TEXT);
	doc_column(t, "from", "", DOC_TIME);
	doc_column(t, "to", "", DOC_TIME);
	doc_column(t, "demand_w", w ? "Demand" : "", DOC_W);
	doc_column(t, "demand_va", va ? "Demand" : "", DOC_VA);
	doc_column(t, "demand_at", "", DOC_TIME);
	doc_column(t, "load_pct", "Load", DOC_PERCENT);
	doc_column(t, "bar", "", DOC_BAR);
	doc_column(t, "headroom_w", w ? "Left" : "", DOC_W);
	doc_column(t, "headroom_va", va ? "Left" : "", DOC_VA);
	doc_column(t, "known_pct", "Known", DOC_PERCENT);
	doc_column(t, "source", "", DOC_TEXT);
	for (size_t i = 0; i < all->n; i++)
		if (all->l[i].from < all->l[i].to)
			add_row(t, all, &all->l[i]);
}

struct limits *limits_new(struct db *db, const char *site, const struct rackviews *views,
			  struct err *err)
{
	struct limits *all = xcalloc(1, sizeof(*all));

	all->db = db;
	all->site = site;
	all->all = views;
	if (load_rows(all, err) < 0 || (all->n && read_demand(all, err) < 0))
		return limits_free(all);
	return all;
}
