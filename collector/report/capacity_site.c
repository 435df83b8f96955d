/* SPDX-License-Identifier: Apache-2.0 */
/* See capacity_site.h. What is used; what can be is capacity_usable.c's. */
#include "report/capacity_site.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/blocks.h"
#include "report/capacity.h"
#include "report/capacity_impl.h"
#include "report/capacity_unknown.h"
#include "report/common.h"
#include "report/contract.h"
#include "report/demand.h"
#include "report/percentile.h"
#include "report/progress.h"
#include "report/sumread.h"
#include "store/query.h"
#include "store/rollup.h"

#define FINE_S (INT64_C(35) * 86400) /* longer periods by hours */

/* ---- scopes ---------------------------------------------------------------------------------- */

struct capacity_scope *capacity_find(const struct capacity_site *c, const char *scope,
				     const char *id, const char *hall)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->s[i].scope, scope) && !strcmp(c->s[i].id, id) &&
		    (!hall || !strcmp(c->s[i].hall, hall)))
			return &c->s[i];
	return NULL;
}

double capacity_limit_w(const struct capacity_scope *s)
{
	return isnan(s->limit_w) ? s->usable_w : s->limit_w;
}

double capacity_left_w(double limit_w, double peak_w, double unknown_w)
{
	return isinf(unknown_w) ? (double)NAN : limit_w - peak_w - unknown_w;
}

static void add_scope(struct capacity_site *c, const char *scope, const char *id, const char *hall)
{
	if (capacity_find(c, scope, id, hall))
		return;
	xgrow(&c->s, &c->cap, c->n + 1, sizeof(*c->s));
	c->s[c->n++] = (struct capacity_scope){ .scope = scope,
						.id = xstrdup(id),
						.hall = xstrdup(hall),
						.nameplate_w = NAN,
						.budget_w = NAN,
						.committed_w = NAN,
						.rated_w = NAN,
						.derated_w = NAN,
						.usable_w = NAN,
						.stage_w = NAN,
						.mean_w = NAN,
						.p99_w = NAN,
						.peak_w = NAN,
						.sum_of_peaks_w = NAN,
						.unused_w = NAN,
						.imbalance_w = NAN,
						.limit_w = NAN,
						.cooling_w = NAN };
}

static int rank_of(const struct capacity_scope *s)
{
	return *s->scope == 's' ? 0 : *s->scope == 'h' ? 1 : 2;
}

static int by_place(const void *va, const void *vb)
{
	const struct capacity_scope *a = va, *b = vb;
	int order = rank_of(a) - rank_of(b);

	if (!order)
		order = strcmp(a->hall, b->hall);
	return order ? order : strcmp(a->id, b->id);
}

static void make_scopes(struct capacity_site *c)
{
	add_scope(c, "site", c->name, "");
	for (size_t i = 0; i < c->t.n_racks; i++) {
		const struct topology_rack *r = &c->t.racks[i];

		if (*r->hall)
			add_scope(c, "hall", r->hall, r->hall);
		if (*r->row)
			add_scope(c, "row", r->row, r->hall);
	}
	qsort(c->s, c->n, sizeof(*c->s), by_place);
}

size_t capacity_scopes_of(const struct capacity_site *c, size_t rack, struct capacity_scope *ret[3])
{
	size_t n = 0;

	while (n < 3 && c->of_rack[rack][n] != SIZE_MAX) {
		ret[n] = &c->s[c->of_rack[rack][n]];
		n++;
	}
	return n;
}

static void place_racks(struct capacity_site *c)
{
	c->of_rack = xcalloc(c->t.n_racks + 1, sizeof(*c->of_rack));
	for (size_t i = 0; i < c->t.n_racks; i++) {
		const struct topology_rack *r = &c->t.racks[i];
		const struct capacity_scope *of[3] = { &c->s[0] };
		size_t n = 1;

		if (*r->hall)
			of[n++] = capacity_find(c, "hall", r->hall, r->hall);
		if (*r->row)
			of[n++] = capacity_find(c, "row", r->row, r->hall);
		for (size_t k = 0; k < 3; k++)
			c->of_rack[i][k] = k < n ? (size_t)(of[k] - c->s) : SIZE_MAX;
	}
}

void capacity_add(double *sum, double value)
{
	if (!isnan(value))
		*sum = isnan(*sum) ? value : *sum + value;
}

static void count_racks(struct capacity_site *c)
{
	for (size_t i = 0; i < c->t.n_racks; i++) {
		const struct topology_rack *r = &c->t.racks[i];
		struct capacity_scope *scopes[3];
		size_t n = capacity_scopes_of(c, i, scopes);

		for (size_t k = 0; k < n; k++) {
			scopes[k]->racks += r->live;
			scopes[k]->free += !strcmp(r->status, "empty");
			if (r->live) {
				capacity_add(&scopes[k]->nameplate_w, r->nameplate_w);
				capacity_add(&scopes[k]->budget_w, r->budget_w);
			} else if (strcmp(r->status, "empty") != 0) {
				scopes[k]->committed++;
				capacity_add(&scopes[k]->committed_w, r->budget_w);
			}
		}
	}
}

/* ---- load -------------------------------------------------------------------------------------
 */

struct pass {
	struct capacity_site *c;
	struct blocks *blocks; /* by scope */
	struct sumread *sums;
	struct buckets buckets;
	struct demand_curve curve;
	double *means; /* of the rack at hand, by block */
};

static double peak_of(const struct capacity_site *c, const struct demand_curve *curve,
		      int64_t *ret_from)
{
	int64_t window_s = c->step_s < DEMAND_WINDOW_S ? DEMAND_WINDOW_S : c->step_s;
	int64_t from = (c->from + c->step_s - 1) / c->step_s * c->step_s;
	struct demand d;

	demand_peak(curve, from, c->to, window_s, c->step_s, &d);
	if (ret_from)
		*ret_from = d.from;
	return d.w;
}

/* A rack's means into its scopes; how much of it is missing there follows from its own mean. */
static int read_rack(struct pass *rd, size_t rack, struct err *err)
{
	struct capacity_scope *scopes[3];
	size_t n = capacity_scopes_of(rd->c, rack, scopes), blocks = rd->blocks[0].n;
	double mean, peak_w;
	struct sum sum;
	int r;

	sumread_rack(rd->sums, rd->c->t.racks[rack].name, &sum);
	r = sumread_means(rd->sums, &sum, rd->c->step_s != 300, &rd->buckets, err);
	sum_done(&sum);
	if (r < 0)
		return -1;
	rd->curve.n = 0;
	for (size_t k = 0; k < blocks; k++)
		rd->means[k] = NAN;
	for (size_t i = 0; i < rd->buckets.n; i++) {
		const struct bucket *b = &rd->buckets.b[i];
		int64_t k = (b->from - rd->blocks[0].from) / rd->c->step_s;

		demand_add_mean(&rd->curve, b->from, b->to, b->value, (double)b->n / b->full);
		if (k >= 0 && (size_t)k < blocks)
			rd->means[k] = b->value;
	}
	mean = demand_mean(&rd->curve, rd->c->from, rd->c->to, NULL);
	peak_w = peak_of(rd->c, &rd->curve, NULL);
	for (size_t s = 0; s < n; s++) {
		struct blocks *b = &rd->blocks[scopes[s] - rd->c->s];

		for (size_t k = 0; k < blocks; k++)
			blocks_add(b, k, rd->means[k], isnan(mean) ? 0 : mean);
		capacity_add(&scopes[s]->sum_of_peaks_w, peak_w);
		capacity_add(&scopes[s]->unused_w,
			     capacity_unused_w(rd->c->t.racks[rack].budget_w, peak_w));
	}
	return 0;
}

static void finish_scope(struct pass *rd, struct capacity_scope *s, struct blocks *b)
{
	struct tariff_power power = blocks_power(b);
	double *values = xcalloc(power.n + 1, sizeof(*values));
	size_t n = 0;

	rd->curve.n = 0;
	for (size_t k = 0; k < power.n; k++) {
		int64_t from = power.from + (int64_t)k * power.step_s;

		if (isnan(power.w[k]))
			continue;
		demand_add_mean(&rd->curve, from, from + power.step_s, power.w[k], 1);
		values[n++] = power.w[k];
	}
	s->mean_w = demand_mean(&rd->curve, rd->c->from, rd->c->to, NULL);
	s->p99_w = percentile(values, n, 99, PERCENTILE_NEAREST_RANK);
	s->peak_w = peak_of(rd->c, &rd->curve, &s->peak_at);
	s->known_pct = power.n ? 100 * (double)n / (double)power.n : 0;
	free(values);
}

static int read_racks(struct pass *rd, struct err *err)
{
	struct capacity_site *c = rd->c;
	int r = 0;

	for (size_t i = 0; i < c->t.n_racks && r == 0; i++) {
		progress_tell(i, c->t.n_racks);
		if (c->t.racks[i].live)
			r = read_rack(rd, i, err);
	}
	for (size_t i = 0; i < c->n && r == 0; i++)
		finish_scope(rd, &c->s[i], &rd->blocks[i]);
	return r;
}

static int read_load(struct db *db, struct capacity_site *c, struct err *err)
{
	struct pass rd = { .c = c, .blocks = xcalloc(c->n, sizeof(*rd.blocks)) };
	int r;

	for (size_t i = 0; i < c->n; i++)
		blocks_init(&rd.blocks[i], c->from, c->to, c->step_s);
	rd.means = xcalloc(rd.blocks[0].n + 1, sizeof(*rd.means));
	rd.sums = sumread_open(db, &c->t, c->from, c->to, err);
	r = rd.sums ? read_racks(&rd, err) : -1;
	sumread_close(rd.sums);
	buckets_done(&rd.buckets);
	demand_done(&rd.curve);
	for (size_t i = 0; i < c->n; i++)
		blocks_done(&rd.blocks[i]);
	free(rd.blocks);
	free(rd.means);
	return r;
}

/* ---- what is told of limits, and both sides of the site
 * ------------------------------------------ */

static void take_limit(struct capacity_site *c, const char *scope, const char *id,
		       const char *measure, double w)
{
	bool site = !strcmp(scope, "site");
	struct capacity_scope *s = site ? &c->s[0] : NULL;

	for (size_t i = 0; i < c->n && !s; i++)
		if (!strcmp(c->s[i].scope, scope) && !strcmp(c->s[i].id, id))
			s = &c->s[i];
	if (!s)
		return;
	if (!strcmp(measure, "cooling"))
		s->cooling_w = w;
	else if (site && !strcmp(measure, "contract"))
		c->contract_w = w; /* of the facility */
	else
		s->limit_w = w;
}

static int load_limits(struct db *db, struct capacity_site *c, struct err *err)
{
	struct query *q = query_new(db, "report_limits", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", c->to - 1);
	query_bind_int(q, ":to", c->to);
	while ((r = query_step(q, err)) > 0) {
		struct contract k = { 0 };
		struct err wrong;

		if (contract_of(query_real(q, 4), query_text(q, 5), "15m fixed", &k, &wrong) < 0)
			continue; /* amperes, say: `report racks` tells what makes no sense */
		take_limit(c, query_text(q, 1), query_text(q, 2), query_text(q, 3), k.limit);
		contract_done(&k);
	}
	query_free(q);
	return r;
}

static int read_side(struct db *db, const struct capacity_site *c, int64_t series, double *ret,
		     double *ret_peak, struct err *err)
{
	struct buckets b = { 0 };
	double sum = 0, n = 0;

	*ret = *ret_peak = NAN;
	if (!series)
		return 0;
	if (rollup_read(db, series, TIER_1H, c->from, c->to, &b, err) < 0)
		return -1;
	for (size_t i = 0; i < b.n; i++) {
		sum += b.b[i].value * b.b[i].n;
		n += b.b[i].n;
		*ret_peak = fmax(*ret_peak, b.b[i].value);
	}
	if (n > 0)
		*ret = sum / n;
	buckets_done(&b);
	return 0;
}

static int read_sides(struct db *db, struct capacity_site *c, struct err *err)
{
	const struct sumseries_item *it, *facility;
	struct sumseries sums = { 0 };
	double ignored;
	int r = sumseries_load(db, "site", &sums, err);

	if (r < 0)
		return -1;
	it = sumseries_find(&sums, c->name, "it");
	facility = sumseries_find(&sums, c->name, "facility");
	r = read_side(db, c, it ? it->power_w : 0, &c->it_w, &ignored, err);
	if (r == 0)
		r = read_side(db, c, facility ? facility->power_w : 0, &c->facility_w,
			      &c->facility_peak_w, err);
	sumseries_done(&sums);
	return r;
}

/* ---- all of it
 * ------------------------------------------------------------------------------------ */

static int read_circuits(struct db *db, struct capacity_site *c, struct err *err)
{
	struct loads *l = loads_open(db, &c->t, c->from, c->to, err);
	int r = l ? circuits_read(l, c->from, c->to, c->warn, false, &c->circuits, err) : -1;

	loads_close(l);
	return r;
}

static int read_failover(struct db *db, struct capacity_site *c,
			 const struct report_options *options, struct err *err)
{
	bool any = false;

	for (size_t i = 0; i < c->t.n_racks; i++)
		any = any || (c->t.racks[i].live && c->t.racks[i].n_feeds);
	if (!any)
		return 0;
	c->whole = (struct report_options){ .from = options->from,
					    .to = options->to,
					    .now = options->now,
					    .period_text = options->period_text };
	if (failover_picture_read(db, &c->whole, c->warn, c->from, &c->failover, err) < 0)
		return -1;
	c->has_failover = true;
	return 0;
}

/* What is not measured: through which circuits, and in which rows, halls. */
static void set_unknown(struct capacity_site *c)
{
	struct topology_supply normal;

	c->unknowns = xcalloc(1, sizeof(*c->unknowns));
	c->unknown_w = xcalloc(c->t.n + 1, sizeof(*c->unknown_w));
	capacity_unknowns_find(c, c->unknowns);
	topology_supply(&c->t, NULL, &normal);
	for (size_t i = 0; i < c->unknowns->n; i++) {
		const struct capacity_unknown *u = &c->unknowns->u[i];
		struct capacity_scope *scopes[3];
		size_t n = u->rack == TOPOLOGY_NONE ? 0 : capacity_scopes_of(c, u->rack, scopes);

		capacity_unknown_flow(c, u, &normal, TOPOLOGY_NONE, c->unknown_w);
		for (size_t k = 0; k < n; k++)
			scopes[k]->unknown_w += u->w;
	}
	topology_supply_done(&normal);
}

static int load(struct db *db, struct capacity_site *c, const struct report_options *o,
		struct err *err)
{
	if (common_setting_number(db, "limits.warn", c->to - 1, 0.9, &c->warn, err) < 0 ||
	    topology_load(db, c->to - 1, &c->t, err) < 0)
		return -1;
	make_scopes(c);
	place_racks(c);
	count_racks(c);
	if (load_limits(db, c, err) < 0 || read_load(db, c, err) < 0 ||
	    read_sides(db, c, err) < 0 || read_circuits(db, c, err) < 0 ||
	    read_failover(db, c, o, err) < 0)
		return -1;
	set_unknown(c);
	capacity_usable(c);
	return 0;
}

struct capacity_site *capacity_site_new(struct db *db, const struct report_options *options,
					int64_t from, const char *name, struct err *err)
{
	struct capacity_site *c = xcalloc(1, sizeof(*c));

	c->name = name;
	c->from = from;
	c->to = options->to;
	c->contract_w = NAN;
	c->step_s = c->to - c->from <= FINE_S ? 300 : 3600;
	return load(db, c, options, err) < 0 ? capacity_site_free(c) : c;
}

struct capacity_site *capacity_site_free(struct capacity_site *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->n; i++) {
		free(c->s[i].id);
		free(c->s[i].hall);
	}
	free(c->s);
	free(c->of_rack);
	free(c->derated_w);
	free(c->usable_w);
	free(c->unknown_after);
	free(c->skipped);
	free(c->unknown_w);
	if (c->unknowns)
		capacity_unknowns_done(c->unknowns);
	free(c->unknowns);
	if (c->has_failover)
		failover_picture_done(&c->failover);
	circuits_done(&c->circuits);
	topology_done(&c->t);
	free(c);
	return NULL;
}
