/* SPDX-License-Identifier: Apache-2.0 */
/* See rolesum.h. */
#include "report/rolesum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct role {
	const char *name, *title;
} roles[ROLES] = {
	{ "utility", "Utility" }, { "generator", "Generator" }, { "ups_out", "UPS out" },
	{ "pdu_out", "PDU out" }, { "it_in", "IT in" },         { "cooling", "Cooling" },
	{ "lighting", "Light" },  { "other", "Other" },
};

int rolesum_order(const char *role)
{
	int i = 0;

	while (i < ROLES && strcmp(roles[i].name, role) != 0)
		i++;
	return i;
}

/* ---- adding up ---------------------------------------------------------------- */

static void add_to(double *sum, double wh)
{
	*sum = isnan(*sum) ? wh : *sum + wh;
}

static struct rolesum_hall *hall_of(struct rolesum *r, const char *name)
{
	size_t at = 0;

	while (at < r->n_halls && strcmp(r->hall[at].name, name) < 0)
		at++;
	if (at < r->n_halls && !strcmp(r->hall[at].name, name))
		return &r->hall[at];
	xgrow(&r->hall, &r->cap_halls, r->n_halls + 1, sizeof(*r->hall));
	memmove(&r->hall[at + 1], &r->hall[at], (r->n_halls++ - at) * sizeof(*r->hall));
	r->hall[at].name = name;
	for (int i = 0; i < ROLES; i++)
		r->hall[at].wh[i] = NAN;
	return &r->hall[at];
}

/* Mean power of a meter that was read. */
static double weight_of(const struct ledger_line *line)
{
	return line->total.covered_s > 0 ? fabs(line->total.wh) / line->total.covered_s : NAN;
}

static void add_line(struct rolesum *r, const struct ledger_line *line, int role, double weight)
{
	const struct usage *u = &line->total;
	bool read = u->covered_s > 0 || u->declared_s > 0;
	struct rolesum_hall *hall = hall_of(r, line->m->hall);

	r->meters[role]++;
	usage_add(&r->total[role], u);
	r->have[role] += weight * (u->covered_s + u->declared_s);
	r->want[role] += weight * u->window_s;
	if (line->exports)
		add_to(&r->export_wh[role], line->export.wh);
	if (read)
		add_to(&hall->wh[role], u->wh);
	for (size_t p = 0; p < r->l->parts.n; p++) {
		const struct usage *part = &line->part[p];

		if (part->covered_s > 0 || part->declared_s > 0)
			add_to(&r->part[p].wh[role], part->wh);
		r->part[p].have += weight * (part->covered_s + part->declared_s);
		r->part[p].want += weight * part->window_s;
	}
}

void rolesum_init(struct rolesum *r, const struct ledger *l)
{
	double sum[ROLES] = { 0 };
	size_t known[ROLES] = { 0 };

	*r = (struct rolesum){ .l = l, .part = xcalloc(l->parts.n + 1, sizeof(*r->part)) };
	for (int i = 0; i < ROLES; i++) {
		r->export_wh[i] = NAN;
		for (size_t p = 0; p < l->parts.n; p++)
			r->part[p].wh[i] = NAN;
	}
	for (size_t i = 0; i < l->n; i++) {
		int role = rolesum_order(l->line[i].m->role);
		double weight = weight_of(&l->line[i]);

		if (role == ROLES || isnan(weight))
			continue;
		sum[role] += weight;
		known[role]++;
	}
	for (size_t i = 0; i < l->n; i++) {
		int role = rolesum_order(l->line[i].m->role);
		double weight = weight_of(&l->line[i]);

		if (role == ROLES)
			continue;
		/* nothing to weigh with, or all of it 0: alike */
		if (!(sum[role] > 0))
			weight = 1;
		else if (isnan(weight))
			weight = sum[role] / (double)known[role];
		add_line(r, &l->line[i], role, weight);
	}
}

void rolesum_done(struct rolesum *r)
{
	free(r->part);
	free(r->hall);
	*r = (struct rolesum){ 0 };
}

double rolesum_wh(const struct rolesum *r, const char *role)
{
	int i = rolesum_order(role);

	return i < ROLES && r->total[i].covered_s + r->total[i].declared_s > 0 ? r->total[i].wh
									       : NAN;
}

double rolesum_export_wh(const struct rolesum *r)
{
	return r->export_wh[0];
}

double rolesum_coverage_pct(const struct rolesum *r)
{
	double have = 0, want = 0;

	for (int i = 0; i < ROLES; i++) {
		have += r->have[i];
		want += r->want[i];
	}
	return want > 0 ? 100 * have / want : 0;
}

/* ---- tables ------------------------------------------------------------------- */

static void role_columns(const struct rolesum *r, struct doc_table *t)
{
	for (int i = 0; i < ROLES; i++) {
		char *key = xasprintf("%s_wh", roles[i].name);

		if (r->meters[i])
			doc_column(t, key, roles[i].title, DOC_WH);
		free(key);
	}
}

static void role_cells(const struct rolesum *r, const double *wh, struct doc_table *t)
{
	for (int i = 0; i < ROLES; i++)
		if (r->meters[i])
			doc_cell(t, wh[i]);
}

static void roles_table(const struct rolesum *r, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "roles", "By role");
	bool estimated = false, exported = false;

	for (int i = 0; i < ROLES; i++) {
		estimated = estimated || r->total[i].estimate_wh > 0;
		exported = exported || !isnan(r->export_wh[i]);
	}
	doc_column(t, "role", "Role", DOC_TEXT);
	doc_column(t, "meters", "Meters", DOC_COUNT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "estimate_wh", estimated ? "Estimate" : "", DOC_WH);
	doc_column(t, "export_wh", exported ? "Export" : "", DOC_WH);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	for (int i = 0; i < ROLES; i++) {
		if (!r->meters[i])
			continue;
		doc_row(t);
		doc_cell_text(t, roles[i].name);
		doc_cell(t, (double)r->meters[i]);
		doc_cell(t, rolesum_wh(r, roles[i].name));
		doc_cell(t, r->total[i].estimate_wh);
		doc_cell(t, r->export_wh[i]);
		doc_cell(t, 100 * r->have[i] / r->want[i]);
	}
}

static void halls_table(const struct rolesum *r, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "halls", "By hall");

	doc_column(t, "hall", "Hall", DOC_TEXT);
	role_columns(r, t);
	for (size_t h = 0; h < r->n_halls; h++) {
		doc_row(t);
		doc_cell_text(t, *r->hall[h].name ? r->hall[h].name : "(none)");
		role_cells(r, r->hall[h].wh, t);
	}
}

static void parts_table(const struct rolesum *r, struct doc *doc)
{
	const struct period_list *parts = &r->l->parts;
	bool monthly = r->l->monthly;
	struct doc_table *t =
		doc_table(doc, monthly ? "months" : "days", monthly ? "By month" : "By day");

	doc_column(t, "date", monthly ? "Month" : "Day", DOC_TEXT);
	doc_column(t, "hours", "Hours", DOC_RATIO);
	role_columns(r, t);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	for (size_t p = 0; p < parts->n; p++) {
		doc_row(t);
		doc_cell_text(t, parts->p[p].label);
		doc_cell(t, (double)(parts->p[p].to - parts->p[p].from) / 3600);
		role_cells(r, r->part[p].wh, t);
		doc_cell(t, r->part[p].want > 0 ? 100 * r->part[p].have / r->part[p].want : NAN);
	}
}

static void chart(const struct rolesum *r, struct doc *doc)
{
	bool monthly = r->l->monthly;
	struct doc_chart *c = doc_chart(doc, monthly ? "by_month" : "by_day",
					monthly ? "Energy by month" : "Energy by day", DOC_WH);
	double wh[ROLES];

	for (int i = 0; i < ROLES; i++) {
		char *key = xasprintf("%s_wh", roles[i].name);

		if (r->meters[i])
			doc_curve(c, key, roles[i].title);
		free(key);
	}
	for (size_t p = 0; p < r->l->parts.n; p++) {
		int n = 0;

		for (int i = 0; i < ROLES; i++)
			if (r->meters[i])
				wh[n++] = r->part[p].wh[i];
		doc_point(c, r->l->parts.p[p].from, wh);
		doc_chart_spans(c, false, r->l->parts.p[p].to);
	}
}

void rolesum_tables(const struct rolesum *r, struct doc *doc)
{
	roles_table(r, doc);
	halls_table(r, doc);
	parts_table(r, doc);
	chart(r, doc);
}
