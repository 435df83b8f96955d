/* SPDX-License-Identifier: Apache-2.0 */
/* Racks from the inventory of the time and from the group points; see rack.h. */
#include "report/rack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/thermal.h"
#include "store/query.h"

#define LIVE_STEPS 3 /* a value older than that is not "now" */

bool rack_thermal_limits(const char *thermal_class_name, double *ret_recommended_c,
			 double *ret_allowable_c)
{
	const struct thermal_class *limits = thermal_class(thermal_class_name);

	if (!limits)
		return false;
	*ret_recommended_c = limits->recommended_high_c;
	*ret_allowable_c = limits->allowable_high_c;
	return true;
}

static void rack_done(struct rack *r)
{
	free(r->name);
	free(r->hall);
	free(r->feeds);
	free(r->thermal_class);
	free(r->spans);
	free(r->inlet_sensor);
}

void racks_done(struct racks *racks)
{
	for (size_t i = 0; i < racks->n; i++)
		rack_done(&racks->r[i]);
	free(racks->r);
	*racks = (struct racks){ 0 };
}

static struct rack *new_rack(struct racks *all, const char *name)
{
	xgrow(&all->r, &all->cap, all->n + 1, sizeof(*all->r));
	struct rack *r = &all->r[all->n++];

	*r = (struct rack){ .name = xstrdup(name),
			    .hall = xstrdup(""),
			    .feeds = xstrdup(""),
			    .thermal_class = xstrdup(""),
			    .now_w = NAN,
			    .mean_w = NAN,
			    .peak_w = NAN,
			    .demand_w = NAN,
			    .budget_w = NAN,
			    .load_pct = NAN,
			    .load_w = NAN,
			    .limit_w = NAN,
			    .headroom_w = NAN,
			    .side_w = { NAN, NAN },
			    .coverage_pct = NAN,
			    .complete_pct = NAN,
			    .present = -1,
			    .expected = -1,
			    .inlet_c = NAN };
	return r;
}

static void replace(char **text, const char *with)
{
	free(*text);
	*text = xstrdup(with);
}

/* Rows come by rack and date; each is in force until the next one or its own end. */
static int load_rows(struct db *db, const struct rack_filter *f, struct racks *all, struct err *err)
{
	struct query *q = query_new(db, "report_racks", err);
	int64_t at = f->to - 1;
	bool live = false;
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", f->from);
	query_bind_int(q, ":to", f->to);
	while ((r = query_step(q, err)) > 0) {
		const char *name = query_text(q, 0);
		struct rack *rack = all->n ? &all->r[all->n - 1] : NULL;
		int64_t from = query_int(q, 1),
			to = query_is_null(q, 2) ? INT64_MAX : query_int(q, 2);

		if (!rack || strcmp(rack->name, name) != 0) {
			if (rack && !live)
				rack_done(&all->r[--all->n]);
			rack = new_rack(all, name);
			live = false;
		}
		if (rack->n_spans && rack->spans[rack->n_spans - 1].to > from)
			rack->spans[rack->n_spans - 1].to = from;
		rack->spans = xrealloc(rack->spans, rack->n_spans + 1, sizeof(*rack->spans));
		rack->spans[rack->n_spans++] = (struct rack_span){ from, to, query_real(q, 6) };
		if (to <= at)
			continue; /* over by then: an older row may hold again */
		replace(&rack->hall, query_text(q, 3));
		replace(&rack->feeds, query_text(q, 5));
		replace(&rack->thermal_class, query_text(q, 7));
		rack->budget_w = query_real(q, 6);
		live = !strcmp(query_text(q, 4), "live") && (!f->rack || !strcmp(f->rack, name)) &&
		       (!f->hall || !strcmp(f->hall, query_text(q, 3)));
	}
	if (all->n && !live)
		rack_done(&all->r[--all->n]);
	query_free(q);
	return r;
}

/* ---- load ------------------------------------------------------------------ */

struct reader { /* queries that run once per rack or feed */
	struct db *db;
	struct query *series, *side;
};

/* Samples of a group point; none when there is no such series. */
static int read_group(struct reader *rd, const char *kind, const char *entity, const char *part,
		      const char *quantity, int64_t from, int64_t to, struct samples *ret,
		      struct err *err)
{
	int64_t id = 0;
	int r;

	query_bind_text(rd->series, ":kind", kind);
	query_bind_text(rd->series, ":entity", entity);
	query_bind_text(rd->series, ":part", part);
	query_bind_text(rd->series, ":quantity", quantity);
	r = query_step(rd->series, err);
	if (r > 0)
		id = query_int(rd->series, 0);
	query_reset(rd->series);
	if (r <= 0)
		return r;
	return series_read(rd->db, id, from, to, false, ret, err);
}

static double latest(const struct samples *s, int64_t to)
{
	if (!s->n || s->s[s->n - 1].ts < to - LIVE_STEPS * (int64_t)s->step_s)
		return NAN;
	return s->s[s->n - 1].value;
}

static void set_coverage(struct rack *r, const struct rack_filter *f, const struct samples *present,
			 const struct samples *expected)
{
	int64_t start = f->from, end = f->to - 1, step = expected->step_s;
	size_t full = 0, k = 0;

	if (!expected->n || step <= 0) {
		if (step > 0)
			r->coverage_pct = 0;
		return;
	}
	for (size_t i = 0; i < expected->n; i++) {
		double want = expected->s[i].value;

		while (k < present->n && present->s[k].ts < expected->s[i].ts)
			k++;
		bool have = k < present->n && present->s[k].ts == expected->s[i].ts;
		if (have && want > 0.5 && present->s[k].value > want - 0.5)
			full++;
		else if (want > 0.5)
			r->partial = true;
		if (have && i + 1 == expected->n) {
			r->present = (int)lround(present->s[k].value);
			r->expected = (int)lround(want);
		}
	}
	r->complete_pct = 100 * (double)full / (double)expected->n;
	if (f->since)
		start = expected->s[0].ts;
	if (f->live && expected->s[expected->n - 1].ts >= f->to - LIVE_STEPS * step)
		end = expected->s[expected->n - 1].ts;
	/* The grid's first instant in start..end, and how many follow. */
	int64_t first = start + (expected->s[0].ts - start) % step;
	int64_t instants = end >= first ? (end - first) / step + 1 : 0;
	r->coverage_pct = instants > 0 ? fmin(100, 100 * (double)full / (double)instants) : 0;
}

static double demand(const struct samples *s, int64_t from, int64_t to, int64_t hold_s)
{
	int64_t gap = 3 * (int64_t)s->step_s,
		by = hold_s / 10 > s->step_s ? hold_s / 10 : s->step_s;
	struct energy e;
	double w = NAN;

	if (!s->n || by <= 0)
		return NAN;
	if (to - from >= hold_s && hold_s > 0)
		w = energy_demand_w(s->s, s->n, from, to, hold_s, by, gap, NULL);
	if (!isnan(w))
		return w;
	energy_of_power(s->s, s->n, from, to, gap, &e);
	return energy_mean_w(&e);
}

static void set_load(struct rack *r, const struct rack_filter *f, const struct samples *power)
{
	struct energy e;

	r->now_w = latest(power, f->to);
	energy_of_power(power->s, power->n, f->from, f->to, 3 * (int64_t)power->step_s, &e);
	r->mean_w = energy_mean_w(&e);
	for (size_t i = 0; i < power->n; i++) {
		if (isnan(r->peak_w) || power->s[i].value > r->peak_w) {
			r->peak_w = power->s[i].value;
			r->peak_at = power->s[i].ts;
		}
	}
	/* One reading alone has no area: it is its own mean. */
	if (isnan(r->mean_w) && power->n == 1)
		r->mean_w = power->s[0].value;
	for (size_t i = 0; i < r->n_spans; i++) {
		const struct rack_span *span = &r->spans[i];
		int64_t from = span->from > f->from ? span->from : f->from;
		int64_t to = span->to < f->to ? span->to : f->to;
		double w;

		if (from >= to)
			continue;
		w = demand(power, from, to, f->hold_s);
		if (isnan(w) && r->n_spans == 1)
			w = r->mean_w;
		if (isnan(w))
			continue;
		if (isnan(r->demand_w) || w > r->demand_w)
			r->demand_w = w;
		if (span->budget_w > 0 && !(100 * w / span->budget_w <= r->load_pct)) {
			r->load_pct = 100 * w / span->budget_w;
			r->load_w = w;
			r->limit_w = span->budget_w;
			r->headroom_w = span->budget_w - w;
		}
	}
}

static int set_sides(struct reader *rd, struct rack *r, const struct rack_filter *f,
		     struct err *err)
{
	int ret = 0;

	for (const char *p = r->feeds + strspn(r->feeds, " "); *p && ret >= 0;
	     p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		char *feed = xasprintf("%.*s", (int)n, p);
		struct samples power = { 0 };
		int side = -1;

		p += n;
		query_bind_text(rd->side, ":circuit", feed);
		query_bind_int(rd->side, ":at", f->to - 1);
		ret = query_step(rd->side, err);
		if (ret > 0) {
			const char *word = query_text(rd->side, 0);

			if (!strcmp(word, "A") || !strcmp(word, "B"))
				side = word[0] - 'A';
		}
		query_reset(rd->side);
		if (ret >= 0 && side >= 0) {
			int64_t from = f->to - 3600 > f->from ? f->to - 3600 : f->from;

			ret = read_group(rd, "circuit", feed, "total", "power_w", from, f->to,
					 &power, err);
		}
		free(feed);
		if (ret < 0 || side < 0)
			continue;
		double w = latest(&power, f->to);
		if (!isnan(w))
			r->side_w[side] = (isnan(r->side_w[side]) ? 0 : r->side_w[side]) + w;
		samples_done(&power);
	}
	return ret < 0 ? -1 : 0;
}

static int load_one(struct reader *rd, struct rack *r, const struct rack_filter *f, struct err *err)
{
	struct samples power = { 0 }, present = { 0 }, expected = { 0 };
	int ret = -1;

	if (read_group(rd, "rack", r->name, "total", "power_w", f->from, f->to, &power, err) >= 0 &&
	    read_group(rd, "rack", r->name, "total", "members_present", f->from, f->to, &present,
		       err) >= 0 &&
	    read_group(rd, "rack", r->name, "total", "members_expected", f->from, f->to, &expected,
		       err) >= 0 &&
	    set_sides(rd, r, f, err) == 0) {
		set_load(r, f, &power);
		set_coverage(r, f, &present, &expected);
		ret = 0;
	}
	samples_done(&power);
	samples_done(&present);
	samples_done(&expected);
	return ret;
}

static struct rack *find(struct racks *all, const char *name)
{
	for (size_t lo = 0, hi = all->n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(all->r[mid].name, name);

		if (!c)
			return &all->r[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static int load_inlets(struct db *db, struct racks *all, const struct rack_filter *f,
		       struct err *err)
{
	struct query *q = query_new(db, "report_inlets", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", f->to - 1);
	while ((r = query_step(q, err)) > 0) {
		struct rack *rack = find(all, query_text(q, 0));
		double factor = query_real(q, 4), offset = query_real(q, 5);
		struct samples s = { 0 };

		if (!rack)
			continue;
		if (series_read(db, query_int(q, 3), f->from, f->to, false, &s, err) < 0) {
			r = -1;
			break;
		}
		for (size_t i = 0; i < s.n; i++) {
			double c = s.s[i].value * (isnan(factor) ? 1 : factor) +
				   (isnan(offset) ? 0 : offset);

			if (c <= rack->inlet_c)
				continue;
			rack->inlet_c = c;
			free(rack->inlet_sensor);
			rack->inlet_sensor = xasprintf("%s/%s (%s)", query_text(q, 1),
						       query_text(q, 2), query_text(q, 6));
		}
		samples_done(&s);
	}
	query_free(q);
	return r;
}

int racks_load(struct db *db, const struct rack_filter *filter, struct racks *ret, struct err *err)
{
	struct reader rd = { .db = db };
	struct racks all = { 0 };
	int r = load_rows(db, filter, &all, err);

	if (r == 0)
		r = (rd.series = query_new(db, "report_series_id", err)) &&
				    (rd.side = query_new(db, "report_circuit_side", err))
			    ? 0
			    : -1;
	for (size_t i = 0; i < all.n && r == 0; i++)
		r = load_one(&rd, &all.r[i], filter, err);
	if (r == 0)
		r = load_inlets(db, &all, filter, err);
	query_free(rd.series);
	query_free(rd.side);
	if (r < 0) {
		racks_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}
