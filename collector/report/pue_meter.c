/* SPDX-License-Identifier: Apache-2.0 */
/* See pue_meter.h. */
#include "report/pue_meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/period.h"
#include "report/pue.h"

#define HOUR_S     INT64_C(3600)
#define DAY_HOURS  24
#define DAY_SHARE  0.99 /* of a complete day */
#define FULL_SHARE (1 - 1e-9)

/* ---- intervals ---- */

static void add_edge(struct pue_grid *grid, size_t *cap, int64_t ts)
{
	if (grid->n && ts <= grid->edges[grid->n - 1])
		return;
	xgrow(&grid->edges, cap, grid->n + 1, sizeof(*grid->edges));
	grid->edges[grid->n++] = ts;
}

void pue_grid_make(int64_t from, int64_t to, int64_t interval_s, bool by_hours, bool months,
		   struct pue_grid *ret)
{
	struct pue_grid grid = { 0 };
	struct period_list list = { 0 };
	size_t cap = 0, m = 0;
	int64_t next = by_hours ? from - from % interval_s + interval_s : from + interval_s;

	if (months)
		period_months(from, to, &list);
	add_edge(&grid, &cap, from);
	for (; next < to; next += interval_s) {
		for (; m < list.n && list.p[m].from <= next; m++)
			add_edge(&grid, &cap, list.p[m].from);
		add_edge(&grid, &cap, next);
	}
	for (; m < list.n; m++)
		add_edge(&grid, &cap, list.p[m].from);
	add_edge(&grid, &cap, to);
	grid.n--;
	period_list_done(&list);
	*ret = grid;
}

void pue_grid_done(struct pue_grid *grid)
{
	free(grid->edges);
	*grid = (struct pue_grid){ 0 };
}

void pue_row_make(size_t n, struct pue_row *ret)
{
	*ret = (struct pue_row){ xcalloc(n, sizeof(double)), xcalloc(n, sizeof(double)),
				 xcalloc(n, sizeof(double)) };
}

void pue_row_done(struct pue_row *row)
{
	free(row->wh);
	free(row->share);
	free(row->expected);
}

/* ---- energy ---- */

/* How much of what is not covered is silent under planned work. */
static double declared_s(const struct meter *m, const struct oplog *log, const struct topology *t,
			 int64_t from, int64_t to)
{
	const char *kind = *m->part ? "channel" : "device";
	double sum = 0;

	for (int64_t at = from, next; at < to; at = next) {
		struct meter_energy e;

		next = oplog_next(log, at);
		next = next < to ? next : to;
		if (!oplog_silent(log, t, kind, m->name, at))
			continue;
		meter_energy(m, at, next, &e);
		sum += e.window_s - e.covered_s - e.split_s;
	}
	return sum > 0 ? sum : 0;
}

static void one_interval(const struct meter *m, const struct pue_grid *grid, size_t k,
			 const struct oplog *log, const struct topology *t, struct pue_meter *pm,
			 struct pue_row *row)
{
	int64_t a = grid->edges[k], b = grid->edges[k + 1];
	double known_s, declared = 0;
	struct meter_energy e;

	meter_energy(m, a, b, &e);
	known_s = e.covered_s + e.split_s;
	row->wh[k] = e.wh + e.split_wh;
	row->expected[k] = e.window_s / (double)(b - a);
	if (log && log->n && known_s < FULL_SHARE * e.window_s)
		declared = declared_s(m, log, t, a, b);
	row->share[k] = e.window_s > 0 ? fmin((known_s + declared) / e.window_s, 1) : 0;
	pm->wh += row->wh[k];
	pm->covered_s += known_s + declared;
	pm->declared_s += declared;
	pm->window_s += e.window_s;
	pm->split_wh += e.split_wh;
	pm->step_wh = fmax(pm->step_wh, e.step_wh);
	pm->from_counter = pm->from_counter || e.from_counter || e.split_s > 0;
	pm->from_power = pm->from_power || e.from_power;
	pm->frozen = pm->frozen || e.frozen;
	pm->corrected = pm->corrected || e.corrected;
	pm->estimate_wh += e.estimate_wh;
}

void pue_meter_evaluate(const struct meter *m, const struct pue_grid *grid, const struct oplog *log,
			const struct topology *t, struct pue_meter *ret, struct pue_row *row)
{
	int64_t from = grid->edges[0], to = grid->edges[grid->n];
	struct pue_meter pm = { .used = true,
				.rated_w = m->rated_w,
				.highest_w = m->highest_w,
				.mean_w = NAN,
				.spread_w = NAN,
				.weight_w = NAN,
				.class_pct = NAN,
				.limit_pct = NAN };
	double ct_pct = isnan(m->ct_acc_pct) ? 0 : m->ct_acc_pct;
	struct meter_energy whole;

	for (size_t k = 0; k < grid->n; k++)
		one_interval(m, grid, k, log, t, &pm, row);
	if (pm.split_wh > 0) {
		/* A hole that an edge of the period cuts: what fell within is not known. */
		meter_energy(m, from, to, &whole);
		pm.wh -= whole.split_wh;
		pm.covered_s -= whole.split_s;
		pm.split_wh = whole.split_wh;
	}
	pm.class_pct = pue_chain_pct(m->acc_pct, ct_pct);
	pm.limit_pct = pue_chain_limit_pct(m->acc_pct, ct_pct);
	if (pm.covered_s > 0)
		pm.weight_w = fabs(pm.wh) * 3600 / pm.covered_s;
	pm.events = meter_events_text(m, from, to, pm.frozen);
	*ret = pm;
}

void pue_meter_done(struct pue_meter *pm)
{
	free(pm->events);
	*pm = (struct pue_meter){ 0 };
}

/* ---- what it usually draws ---- */

struct moments {
	double n, sum, squares;
};

static void add_hour(struct moments *m, double wh, double share)
{
	double w = wh / share; /* an hour */

	m->n++;
	m->sum += w;
	m->squares += w * w;
}

static bool usual_of(const struct moments *m, double *ret_mean_w, double *ret_spread_w)
{
	if (!(m->n > 0))
		return false;
	*ret_mean_w = m->sum / m->n;
	*ret_spread_w = sqrt(fmax(m->squares / m->n - *ret_mean_w * *ret_mean_w, 0));
	return true;
}

bool pue_row_usual(const struct pue_grid *grid, const struct pue_row *row, double *ret_mean_w,
		   double *ret_spread_w)
{
	struct moments all = { 0 };
	size_t days = 0;

	for (size_t end = grid->n; end >= DAY_HOURS && days < PUE_DAYS; end -= DAY_HOURS) {
		struct moments day = { 0 };
		double covered = 0;

		for (size_t k = end - DAY_HOURS; k < end; k++) {
			double share = row->share[k] * row->expected[k];

			if (grid->edges[k + 1] - grid->edges[k] != HOUR_S)
				continue;
			covered += share;
			if (share > 0)
				add_hour(&day, row->wh[k], share);
		}
		if (covered < DAY_SHARE * DAY_HOURS)
			continue;
		days++;
		all.n += day.n;
		all.sum += day.sum;
		all.squares += day.squares;
	}
	return days == PUE_DAYS && usual_of(&all, ret_mean_w, ret_spread_w);
}

bool pue_meter_usual(const struct meter *m, int64_t from, int64_t to, double *ret_mean_w,
		     double *ret_spread_w)
{
	struct moments all = { 0 };
	size_t days = 0;

	for (int64_t end = to - to % HOUR_S; end - DAY_HOURS * HOUR_S >= from && days < PUE_DAYS;
	     end -= DAY_HOURS * HOUR_S) {
		struct moments day = { 0 };
		double covered = 0;

		for (int64_t a = end - DAY_HOURS * HOUR_S; a < end; a += HOUR_S) {
			struct meter_energy e;

			meter_energy(m, a, a + HOUR_S, &e);
			double share = (e.covered_s + e.split_s) / (double)HOUR_S;

			covered += share;
			if (share > 0)
				add_hour(&day, e.wh + e.split_wh, share);
		}
		if (covered < DAY_SHARE * DAY_HOURS)
			continue;
		days++;
		all.n += day.n;
		all.sum += day.sum;
		all.squares += day.squares;
	}
	return usual_of(&all, ret_mean_w, ret_spread_w);
}
