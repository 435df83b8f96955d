/* SPDX-License-Identifier: Apache-2.0 */
/* See pue_work.h. */
#include "report/pue_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/common.h"
#include "report/period.h"
#include "report/progress.h"

#define HOUR_S       INT64_C(3600)
#define FINISHED_S   120 /* an hour is packed about so long after its end */
#define EDGE_S       600 /* how far from an edge a live meter's last reading is looked for */
#define HISTORY_S    (14 * INT64_C(86400))
#define COARSE_SHARE 0.01

/* ---- which boundaries, which meters ---- */

static int pick(struct pue_work *w, const struct pue_ask *ask, struct err *err)
{
	const struct boundary *b;
	const char *names[64], *near;
	size_t n = 0;

	if (!w->boundaries.n)
		return err_set(
			err,
			"no PUE boundary is configured: add to rackmeter.yaml, for example, "
			"boundary: [{name: site, facility: [\"+ role:utility\"], "
			"it: {category: 1, sum: [\"+ role:ups_out\"]}}] and reload rackmeterd");
	w->picked = &w->cases[0];
	if (!ask->boundary && !ask->hall)
		return 0;
	b = boundary_find(&w->boundaries, ask->boundary, ask->hall);
	if (b) {
		w->picked = &w->cases[b - w->boundaries.b];
		return 0;
	}
	for (size_t i = 0; i < w->boundaries.n && n < 64; i++)
		names[n++] = w->boundaries.b[i].name;
	near = text_nearest(ask->boundary ? ask->boundary : ask->hall, names, n);
	if (ask->boundary)
		return err_set(err, "there is no boundary %s%s%s", ask->boundary,
			       near ? ": did you mean " : "", near ? near : "");
	return err_set(
		err,
		"no boundary is about hall %s: add to rackmeter.yaml, for example, {name: %s, "
		"kind: partial, facility: [\"+ CIRCUIT\"], it: {category: 2, sum: [\"+ "
		"role:pdu_out hall:%s\"]}}",
		ask->hall, ask->hall, ask->hall);
}

static int find_members(struct pue_work *w, struct pue_case *c, struct err *err)
{
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		if (boundary_members_through(c->b, side, &w->meters, &w->topology,
					     &c->members[side], &c->n_members[side], err) < 0)
			return -1;
	return 0;
}

static int make_cases(struct pue_work *w, const struct pue_ask *ask, struct err *err)
{
	struct err why;

	w->cases = xcalloc(w->boundaries.n + 1, sizeof(*w->cases));
	for (size_t i = 0; i < w->boundaries.n; i++)
		w->cases[i].b = &w->boundaries.b[i];
	if (pick(w, ask, err) < 0 || find_members(w, w->picked, err) < 0)
		return -1;
	for (size_t i = 0; i < w->boundaries.n; i++) {
		struct pue_case *c = &w->cases[i];

		if (c == w->picked)
			continue;
		if (ask->only_picked)
			c->problem = xstrdup("");
		else if (find_members(w, c, &why) < 0)
			c->problem = xstrdup(why.text);
	}
	return 0;
}

static void mark_used(struct pue_work *w)
{
	w->kept = xcalloc(w->meters.n + 1, sizeof(*w->kept));
	for (size_t i = 0; i < w->boundaries.n; i++)
		for (int side = 0; side < BOUNDARY_SIDES; side++)
			for (size_t k = 0; k < w->cases[i].n_members[side]; k++)
				if (!w->cases[i].problem)
					w->kept[w->cases[i].members[side][k].meter].used = true;
	for (size_t i = 0; i < w->meters.n; i++)
		if (pue_losses_needs(&w->losses, i))
			w->kept[i].used = true;
}

/* ---- the period ---- */

static bool read_before(const struct meter *m, int64_t ts)
{
	for (size_t i = 0; i < m->n_power; i++)
		if (m->power[i].samples.n && m->power[i].samples.s[0].ts <= ts)
			return true;
	for (size_t i = 0; i < m->n_energy; i++)
		if (m->energy[i].samples.n && m->energy[i].samples.s[0].ts <= ts)
			return true;
	return false;
}

static int later_start(struct db *db, struct pue_work *w, struct meter *m, int64_t *start,
		       struct err *err)
{
	int64_t edge = w->from + EDGE_S < w->to ? w->from + EDGE_S : w->to, first, last;
	int step_s;

	if (meter_read(db, m, w->from, edge, err) < 0)
		return -1;
	meter_span(m, w->from, edge, &first, &last, &step_s);
	if (!read_before(m, w->from) && first != INT64_MAX && first > *start &&
	    first <= w->from + 3 * (int64_t)step_s)
		*start = first;
	meter_drop(m);
	return 0;
}

static int earlier_end(struct db *db, struct pue_work *w, struct meter *m, int64_t *end,
		       struct err *err)
{
	int64_t edge = w->to - EDGE_S > w->from ? w->to - EDGE_S : w->from, first, last;
	int step_s;

	if (meter_read(db, m, edge, w->to, err) < 0)
		return -1;
	meter_span(m, edge, w->to, &first, &last, &step_s);
	if (last != INT64_MIN && last >= w->to - 3 * (int64_t)step_s && last < *end)
		*end = last;
	meter_drop(m);
	return 0;
}

/* First and last instant that all live meters share near the edges of a short period: at one
 * that begins with the first reading or ends now, the last poll is not a hole. */
static int clip_edges(struct db *db, struct pue_work *w, int64_t now, struct err *err)
{
	int64_t start = w->from, end = w->to;

	for (size_t i = 0; i < w->meters.n; i++) {
		if (!w->kept[i].used)
			continue;
		if (w->since && later_start(db, w, &w->meters.m[i], &start, err) < 0)
			return -1;
		if (w->to >= now && earlier_end(db, w, &w->meters.m[i], &end, err) < 0)
			return -1;
	}
	if (start < end) {
		w->from = start;
		w->to = end;
	}
	return 0;
}

/* By hours a period that goes on ends where the last hour that is over began, so that the counters
 * of the hour before are followed to its end and the ring is left alone; and it begins with an
 * hour. */
static void clip_hours(struct pue_work *w, int64_t now)
{
	int64_t over = now - FINISHED_S, end = over - over % HOUR_S - HOUR_S;
	int64_t begin = w->from + (HOUR_S - w->from % HOUR_S) % HOUR_S;

	if (w->to >= now && end > w->from)
		w->to = end;
	if (w->since && begin < w->to)
		w->from = begin;
}

/* ---- meters ---- */

/* The usual draw of a meter that lacks days within the period. */
static int usual_before(struct pue_work *w, struct meter_reader *before, struct meter *m,
			struct pue_meter *pm, struct err *err)
{
	if (meter_reader_read(before, m, err) < 0)
		return -1;
	pm->usual = pue_meter_usual(m, w->from - HISTORY_S, w->from, &pm->mean_w, &pm->spread_w);
	if (isnan(pm->highest_w))
		pm->highest_w = m->highest_w;
	meter_drop(m);
	return 0;
}

static int read_one(struct db *db, struct pue_work *w, size_t i, const struct oplog *log,
		    struct meter_reader *reader, struct meter_reader **before, struct pue_row *row,
		    struct err *err)
{
	struct meter *m = &w->meters.m[i];
	struct pue_meter *pm = &w->kept[i];

	if (meter_reader_read(reader, m, err) < 0)
		return -1;
	pue_meter_evaluate(m, &w->grid, log, &w->topology, pm, row);
	meter_drop(m);
	pm->usual = pue_row_usual(&w->grid, row, &pm->mean_w, &pm->spread_w);
	/* One that is complete says itself what it carries of its side. */
	if (!pm->usual && pm->covered_s < pm->window_s) {
		if (!*before)
			*before = meter_reader_new(db, w->from - HISTORY_S, w->from, err);
		if (!*before || usual_before(w, *before, m, pm, err) < 0)
			return -1;
	}
	if (pm->usual)
		pm->weight_w = fabs(pm->mean_w);
	return 0;
}

static void add_to_cases(struct pue_work *w, size_t meter, const struct pue_row *row)
{
	for (size_t i = 0; i < w->boundaries.n; i++) {
		struct pue_case *c = &w->cases[i];

		for (int side = 0; side < BOUNDARY_SIDES && !c->problem; side++) {
			size_t lo = 0, hi = c->n_members[side];

			while (lo < hi) { /* by meter */
				size_t mid = lo + (hi - lo) / 2;

				if (c->members[side][mid].meter < meter)
					lo = mid + 1;
				else
					hi = mid;
			}
			for (; lo < c->n_members[side] && c->members[side][lo].meter == meter; lo++)
				pue_side_add(&c->sides[side], c->members[side][lo].sign,
					     &w->kept[meter], row);
		}
	}
}

static int read_meters(struct db *db, struct pue_work *w, const struct oplog *log, struct err *err)
{
	struct meter_reader *reader = meter_reader_new(db, w->from, w->to, err), *before = NULL;
	struct pue_row row;
	int r = reader ? 0 : -1;

	if (reader)
		meter_reader_lazy(reader);
	pue_row_make(w->grid.n, &row);
	for (size_t i = 0; i < w->meters.n && r == 0; i++) {
		if (!w->kept[i].used)
			continue;
		progress_tell(i, w->meters.n);
		r = read_one(db, w, i, log, reader, &before, &row, err);
		if (r < 0)
			break;
		add_to_cases(w, i, &row);
		pue_losses_add(&w->losses, i, &row);
	}
	pue_row_done(&row);
	meter_reader_free(reader);
	meter_reader_free(before);
	return r;
}

static int read_carriers(struct db *db, struct pue_work *w, struct err *err)
{
	if (carriers_load(db, w->from, w->to, &w->carriers, err) < 0)
		return -1;
	w->kept_carriers = xcalloc(w->carriers.n + 1, sizeof(*w->kept_carriers));
	w->carrier_rows = xcalloc(w->carriers.n + 1, sizeof(*w->carrier_rows));
	for (size_t i = 0; i < w->carriers.n; i++) {
		pue_row_make(w->grid.n, &w->carrier_rows[i]);
		if (carrier_evaluate(db, &w->carriers.c[i], &w->grid, &w->kept_carriers[i],
				     &w->carrier_rows[i], err) < 0)
			return -1;
		for (size_t c = 0; c < w->boundaries.n; c++)
			if (!w->cases[c].problem && !w->cases[c].b->partial)
				pue_side_add(&w->cases[c].sides[BOUNDARY_FACILITY], 1,
					     &w->kept_carriers[i], &w->carrier_rows[i]);
	}
	return 0;
}

/* ---- figures ---- */

void pue_of_part(const struct pue_work *w, const struct pue_case *c, int64_t from, int64_t to,
		 struct pue *ret)
{
	struct pue_interval *list = xcalloc(w->grid.n + 1, sizeof(*list));
	size_t n = 0;

	for (size_t k = 0; k < w->grid.n; k++) {
		int64_t a = w->grid.edges[k], b = w->grid.edges[k + 1];

		if (a >= from && b <= to)
			list[n++] =
				(struct pue_interval){ (double)(b - a),
						       pue_side_wh(&c->sides[BOUNDARY_FACILITY], k),
						       pue_side_wh(&c->sides[BOUNDARY_IT], k) };
	}
	pue_of_pairs(list, n, ret);
	free(list);
}

bool *pue_paired(const struct pue_work *w, const struct pue_case *c)
{
	bool *paired = xcalloc(w->grid.n + 1, sizeof(*paired));

	for (size_t k = 0; k < w->grid.n; k++)
		paired[k] = !isnan(pue_side_wh(&c->sides[BOUNDARY_FACILITY], k)) &&
			    !isnan(pue_side_wh(&c->sides[BOUNDARY_IT], k));
	return paired;
}

static void finish(const struct pue_work *w, struct pue_case *c)
{
	const struct pue_side *f = &c->sides[BOUNDARY_FACILITY], *it = &c->sides[BOUNDARY_IT];
	struct pue_figure *r = &c->figure;
	struct pue pue;

	for (int side = 0; side < BOUNDARY_SIDES; side++) {
		pue_side_finish(&c->sides[side]);
		r->coverage_pct[side] = pue_side_coverage_pct(&c->sides[side], &w->grid);
		pue_side_doubt(&c->sides[side], &r->doubt[side]);
		r->too_coarse =
			r->too_coarse ||
			c->sides[side].step_wh > COARSE_SHARE * fabs(c->sides[side].hard.known_wh);
	}
	pue_of_part(w, c, w->from, w->to, &pue);
	r->ratio = r->too_coarse ? NAN : pue.ratio;
	r->facility_wh = pue.facility_wh;
	r->it_wh = pue.it_wh;
	r->paired_pct = pue.paired_coverage_pct;
	r->n_paired = pue.n_paired;
	r->publishable = pue.publishable && !r->too_coarse && w->to - w->from >= 86400;
	pue_bounds(&f->hard, &it->hard, &r->low, &r->high);
	pue_bounds(&f->soft, &it->soft, &r->soft_low, &r->soft_high);
	r->uncertainty_pct = pue_ratio_pct(r->doubt[BOUNDARY_FACILITY].independent_pct,
					   r->doubt[BOUNDARY_IT].independent_pct);
	r->uncertainty_correlated_pct = pue_ratio_pct(r->doubt[BOUNDARY_FACILITY].correlated_pct,
						      r->doubt[BOUNDARY_IT].correlated_pct);
	pue_worst(r->ratio, r->doubt[BOUNDARY_FACILITY].limit_pct, r->doubt[BOUNDARY_IT].limit_pct,
		  &r->worst_low, &r->worst_high);
}

/* ---- all of it ---- */

static int load(struct db *db, struct pue_work *w, const struct pue_ask *ask, struct oplog *log,
		struct err *err)
{
	int64_t first;

	if (common_first(db, &first, err) < 0 ||
	    boundaries_load(db, w->to - 1, &w->boundaries, err) < 0 ||
	    meters_load_span(db, w->from, w->to, &w->meters, err) < 0 ||
	    topology_load(db, w->to - 1, &w->topology, err) < 0 ||
	    oplog_load(db, w->from, w->to, log, err) < 0 || make_cases(w, ask, err) < 0)
		return -1;
	if (!first || first >= w->to)
		return err_set(err, "%s holds no reading from before the end of the period%s",
			       db_path(db), first ? "" : ": it is still empty, start rackmeterd");
	w->since = w->from < first;
	if (w->since)
		w->from = first;
	return 0;
}

static int choose_intervals(struct db *db, struct pue_work *w, const struct pue_ask *ask,
			    struct err *err)
{
	struct meter_reader *probe = meter_reader_new(db, w->from, w->to, err);

	if (!probe)
		return -1;
	w->hourly = meter_reader_hourly(probe);
	meter_reader_free(probe);
	if (w->hourly)
		clip_hours(w, ask->now);
	else if (clip_edges(db, w, ask->now, err) < 0)
		return -1;
	w->interval_s = w->hourly ? HOUR_S : period_pair_interval(w->from, w->to);
	pue_grid_make(w->from, w->to, w->interval_s, w->hourly, ask->months, &w->grid);
	return 0;
}

static int run(struct db *db, struct pue_work *w, const struct pue_ask *ask, struct oplog *log,
	       struct err *err)
{
	struct pue_losses losses = { 0 };

	if (load(db, w, ask, log, err) < 0)
		return -1;
	mark_used(w);
	if (choose_intervals(db, w, ask, err) < 0)
		return -1;
	if (!ask->only_picked) {
		pue_losses_make(&w->topology, &w->meters, w->picked->members, w->picked->n_members,
				w->grid.n, &losses);
		w->losses = losses;
		free(w->kept);
		mark_used(w);
	}
	for (size_t i = 0; i < w->boundaries.n; i++)
		for (int side = 0; side < BOUNDARY_SIDES && !w->cases[i].problem; side++)
			pue_side_make(w->grid.n, &w->cases[i].sides[side]);
	if (read_meters(db, w, log, err) < 0 || read_carriers(db, w, err) < 0)
		return -1;
	for (size_t i = 0; i < w->boundaries.n; i++)
		if (!w->cases[i].problem)
			finish(w, &w->cases[i]);
	return 0;
}

int pue_work_run(struct db *db, const struct pue_ask *ask, struct pue_work *ret, struct err *err)
{
	struct pue_work w = { .from = ask->from, .to = ask->to };
	struct oplog log = { 0 };
	int r = run(db, &w, ask, &log, err);

	oplog_done(&log);
	if (r < 0)
		pue_work_done(&w);
	else
		*ret = w;
	return r;
}

void pue_work_done(struct pue_work *w)
{
	for (size_t i = 0; w->cases && i < w->boundaries.n; i++) {
		struct pue_case *c = &w->cases[i];

		for (int side = 0; side < BOUNDARY_SIDES; side++) {
			free(c->members[side]);
			pue_side_done(&c->sides[side]);
		}
		free(c->problem);
	}
	for (size_t i = 0; w->kept && i < w->meters.n; i++)
		pue_meter_done(&w->kept[i]);
	for (size_t i = 0; i < w->carriers.n; i++) {
		pue_meter_done(&w->kept_carriers[i]);
		pue_row_done(&w->carrier_rows[i]);
	}
	free(w->cases);
	free(w->kept);
	free(w->kept_carriers);
	free(w->carrier_rows);
	pue_losses_done(&w->losses);
	pue_grid_done(&w->grid);
	carriers_done(&w->carriers);
	topology_done(&w->topology);
	meters_done(&w->meters);
	boundaries_done(&w->boundaries);
	*w = (struct pue_work){ 0 };
}
