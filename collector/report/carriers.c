/* SPDX-License-Identifier: Apache-2.0 */
/* See carriers.h. */
#include "report/carriers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/unit.h"
#include "store/query.h"

#define REMEMBERED_S (400 * INT64_C(86400)) /* what was told then and is not now is missing */

static void carrier_free(struct carrier *c)
{
	free(c->name);
	free(c->unit);
	free(c->source);
}

void carriers_done(struct carriers *all)
{
	for (size_t i = 0; i < all->n; i++)
		carrier_free(&all->c[i]);
	free(all->c);
	*all = (struct carriers){ 0 };
}

static int load_all(struct db *db, int64_t at, struct carriers *ret, struct err *err)
{
	struct query *q = query_new(db, "report_carriers", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", at);
	while ((r = query_step(q, err)) > 0) {
		xgrow(&ret->c, &ret->cap, ret->n + 1, sizeof(*ret->c));
		ret->c[ret->n++] = (struct carrier){
			.name = xstrdup(query_text(q, 0)),
			.unit = xstrdup(query_text(q, 1)),
			.kwh_per_unit = query_real(q, 2),
			.weight = query_real(q, 3),
			.source = xstrdup(query_text(q, 4)),
			.configured = query_int(q, 5) != 0,
		};
	}
	query_free(q);
	return r;
}

static int is_told(struct db *db, const char *name, int64_t from, int64_t to, struct err *err)
{
	struct query *q = query_new(db, "report_facts", err);
	int r;

	if (!q)
		return -1;
	query_bind_text(q, ":key", name);
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	r = query_step(q, err);
	query_free(q);
	return r;
}

/* Weights are of electricity: one that is told for it divides the others'. */
static void relate(struct carriers *all)
{
	double electricity = 1;

	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->c[i].name, "electricity") && all->c[i].weight > 0)
			electricity = all->c[i].weight;
	for (size_t i = 0; i < all->n; i++)
		all->c[i].weight /= electricity;
}

int carriers_load(struct db *db, int64_t from, int64_t to, struct carriers *ret, struct err *err)
{
	struct carriers all = { 0 };
	size_t n = 0;
	int r = load_all(db, to - 1, &all, err);

	relate(&all);
	for (size_t i = 0; i < all.n; i++) {
		int told = r < 0 || !strcmp(all.c[i].name, "electricity")
				   ? 0
				   : is_told(db, all.c[i].name, from - REMEMBERED_S, to, err);

		if (told > 0) {
			all.c[n++] = all.c[i];
			continue;
		}
		carrier_free(&all.c[i]);
		r = told < 0 ? -1 : r;
	}
	all.n = n;
	if (r < 0) {
		carriers_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}

/* kWh per unit of the fact: in the carrier's own unit, or an energy. */
static int unit_kwh(const struct carrier *c, const char *unit, double *ret, struct err *err)
{
	double factor, add;

	if (unit_convert(unit, c->unit, &factor, &add))
		*ret = factor * c->kwh_per_unit;
	else if (unit_convert(unit, "Wh", &factor, &add))
		*ret = factor / 1000;
	else
		return err_set(err, "facts.csv: %s is in '%s': write %s, or an energy (kWh, MWh)",
			       c->name, unit, unit_choices(c->unit));
	return 0;
}

static void spread(const struct pue_grid *grid, int64_t from, int64_t to, double wh,
		   struct pue_row *row, struct pue_meter *pm)
{
	for (size_t k = 0; k < grid->n; k++) {
		int64_t a = grid->edges[k] > from ? grid->edges[k] : from,
			b = grid->edges[k + 1] < to ? grid->edges[k + 1] : to;

		if (b <= a)
			continue;
		double part = wh * (double)(b - a) / (double)(to - from);
		row->wh[k] += part;
		row->share[k] += (double)(b - a) / (double)(grid->edges[k + 1] - grid->edges[k]);
		row->share[k] = fmin(row->share[k], 1);
		pm->wh += part;
		pm->covered_s += (double)(b - a);
	}
}

int carrier_evaluate(struct db *db, struct carrier *c, const struct pue_grid *grid,
		     struct pue_meter *ret, struct pue_row *row, struct err *err)
{
	int64_t from = grid->edges[0], to = grid->edges[grid->n];
	struct pue_meter pm = { .used = true,
				.window_s = (double)(to - from),
				.rated_w = NAN,
				.highest_w = NAN,
				.mean_w = NAN,
				.spread_w = NAN,
				.weight_w = NAN };
	/* class_pct 0: a bill has no class, and its doubt is not known */
	struct query *q = query_new(db, "report_facts", err);
	double before_wh = 0, before_s = 0;
	int r;

	if (!q)
		return -1;
	for (size_t k = 0; k < grid->n; k++) {
		row->wh[k] = row->share[k] = 0;
		row->expected[k] = 1;
	}
	query_bind_text(q, ":key", c->name);
	query_bind_int(q, ":from", from - REMEMBERED_S);
	query_bind_int(q, ":to", to);
	c->estimated = false;
	while ((r = query_step(q, err)) > 0) {
		int64_t a = query_int(q, 0), b = query_int(q, 1);
		double kwh = 0;

		r = unit_kwh(c, query_text(q, 3), &kwh, err);
		if (r < 0)
			break;
		double wh = query_real(q, 2) * kwh * 1000 * c->weight;
		if (query_is_null(q, 1) || b <= a || isnan(wh))
			continue;
		before_wh += wh;
		before_s += (double)(b - a);
		spread(grid, a, b, wh, row, &pm);
		c->estimated = c->estimated || (*query_text(q, 4) &&
						strcmp(query_text(q, 4), "ok") != 0 && b > from);
	}
	query_free(q);
	if (r < 0)
		return -1;
	c->kwh = c->weight > 0 ? pm.wh / 1000 / c->weight : 0;
	c->covered_s = pm.covered_s = fmin(pm.covered_s, pm.window_s);
	if (before_s > 0)
		pm.weight_w = fabs(before_wh) * 3600 / before_s;
	if (pm.covered_s < pm.window_s && before_s > 0) {
		pm.mean_w = pm.weight_w;
		pm.spread_w = pm.weight_w / 2; /* twice that reaches from nothing to double */
		pm.usual = true;
	}
	*ret = pm;
	return 0;
}
