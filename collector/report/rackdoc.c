/* SPDX-License-Identifier: Apache-2.0 */
/* The exceptions of racks; see rackdoc.h. */
#include "report/rackdoc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"

/* The budget the load was held against may be one of several of the period. */
static const char *budget_date(const struct rack *r, char *buf, size_t size)
{
	char when[64];

	if (r->n_spans < 2)
		return "";
	snprintf(buf, size, " (budgets changed in the period, last at %s)",
		 zone_format(r->spans[r->n_spans - 1].from, when, sizeof(when)));
	return buf;
}

static void tell_budget(struct doc *doc, const struct rackview *v)
{
	bool va = v->load.va.pct > v->load.w.pct || isnan(v->load.w.pct);
	const struct rackload_use *use = va ? &v->load.va : &v->load.w;
	const char *unit = va ? "kVA" : "kW", *what = use->mean ? "mean" : "highest 15 minutes";
	char dated[160], when[64], peak_at[64];

	if (v->over)
		doc_exception(doc, 2, "over_budget", v->rack->name,
			      "over budget: %.2f %s of %.2f %s (%.1f %%), %s from %s, peak %.2f kW "
			      "at %s%s",
			      use->load / 1000, unit, use->limit / 1000, unit, use->pct, what,
			      zone_format(use->from, when, sizeof(when)), v->load.peak_w / 1000,
			      zone_format(v->load.peak_at, peak_at, sizeof(peak_at)),
			      budget_date(v->rack, dated, sizeof(dated)));
	else if (v->near)
		doc_exception(doc, 1, "near_budget", v->rack->name,
			      "near its budget: %.2f %s of %.2f %s (%.1f %%), %s from %s%s",
			      use->load / 1000, unit, use->limit / 1000, unit, use->pct, what,
			      zone_format(use->from, when, sizeof(when)),
			      budget_date(v->rack, dated, sizeof(dated)));
}

static void tell_feed(struct doc *doc, const struct topology *t, const struct rackview *v)
{
	const struct rackload_feed *f = v->feed;
	double peak_a;

	if (!v->feed_over && !v->feed_near)
		return;
	peak_a = f->line[f->worst].peak_a;
	doc_exception(doc, v->feed_over ? 2 : 1, v->feed_over ? "feed_over" : "feed_near",
		      v->rack->name,
		      "feed %s L%d: peak %.2f A, %.2f A for continuous load (%.1f %%)%s",
		      t->c[f->circuit].name, f->worst + 1, peak_a, f->derated_a, f->pct,
		      peak_a > f->trip_a                 ? ": above the breaker's rating"
		      : f->highest_hour_a > f->derated_a ? ": above it for an hour"
							 : "");
}

static void tell_inlet(struct doc *doc, const struct rackview *v)
{
	char *sensor;

	if (!v->hot && !v->warm)
		return;
	sensor = xasprintf("%s/%s (%s)", v->inlet->device, v->inlet->part, v->inlet->position);
	if (v->hot)
		doc_exception(doc, 2, "hot_inlet", v->rack->name,
			      "hot inlet: %.1f C at %s, above the %.0f C that class %s allows",
			      v->inlet->max_c, sensor, v->limits->allowable_high_c,
			      v->limits->name);
	else
		doc_exception(doc, 1, "hot_inlet", v->rack->name,
			      "hot inlet: %.1f C at %s, above the recommended %.0f C (class %s "
			      "allows %.0f C)",
			      v->inlet->max_c, sensor, v->limits->recommended_high_c,
			      v->limits->name, v->limits->allowable_high_c);
	free(sensor);
}

/* Is the meter part of the rack's load? As in sumread_rack_of, at the end of the period. */
static bool is_of(const struct topology *t, const struct topology_meter *m, size_t rack)
{
	const struct topology_circuit *c =
		m->circuit == TOPOLOGY_NONE ? NULL : &t->c[m->circuit];

	if (!m->primary || (strcmp(m->role, "it_in") != 0 && strcmp(m->role, "pdu_out") != 0))
		return false;
	if (m->rack != TOPOLOGY_NONE)
		return m->rack == rack && !strcmp(m->role, "it_in");
	return c && c->n_racks == 1 && c->racks[0] == rack;
}

static bool tells(const struct topology_meter *m, enum topology_quantity what)
{
	for (size_t i = 0; i < m->n_series; i++)
		if (m->series[i].quantity == what)
			return true;
	return false;
}

static const char *why_silent(const struct topology *t, const struct rackview *v)
{
	size_t rack = topology_find_rack(t, v->rack->name), n = 0, energy = 0;

	for (size_t i = 0; i < t->n_meters; i++) {
		const struct topology_meter *m = &t->meters[i];

		if (rack == TOPOLOGY_NONE || !is_of(t, m, rack))
			continue;
		n++;
		energy += tells(m, TOPOLOGY_WH) && !tells(m, TOPOLOGY_W);
	}
	if (n && energy == n)
		return "no power: its meters have only energy registers, report energy has what "
		       "they counted";
	return v->load.expected == 0 ? "no power: no primary meter stands at this rack"
				     : "no power in the period: none of its meters answered";
}

static void tell_data(struct doc *doc, const struct topology *t, const struct rackview *v)
{
	const struct rackload *l = &v->load;

	if (v->planned)
		return;
	if (v->silent)
		doc_exception(doc, 2, "no_data", v->rack->name, "%s", why_silent(t, v));
	else if (v->lacking && l->present >= 0 && l->present < l->expected)
		doc_exception(doc, 1, "partial", v->rack->name,
			      "partial sum: %d of %d meters now, all of them at %.1f %% of the "
			      "instants; its true load is higher",
			      l->present, l->expected, l->complete_pct);
	else if (v->lacking)
		doc_exception(doc, 1, "partial", v->rack->name,
			      "partial sums: all meters at only %.1f %% of the instants",
			      l->complete_pct);
}

void rackviews_tell_load(const struct rackviews *all, struct doc *doc)
{
	for (size_t i = 0; i < all->n; i++)
		tell_budget(doc, &all->v[i]);
	for (size_t i = 0; i < all->n; i++)
		tell_feed(doc, &all->t, &all->v[i]);
	for (size_t i = 0; i < all->n; i++)
		tell_inlet(doc, &all->v[i]);
}

void rackviews_tell_data(const struct rackviews *all, struct doc *doc)
{
	for (size_t i = 0; i < all->n; i++)
		tell_data(doc, &all->t, &all->v[i]);
}
