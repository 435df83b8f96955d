/* SPDX-License-Identifier: Apache-2.0 */
/* What in a report of PUE needs a person. */
#include "report/pue_doc.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

#define EXCEPTIONS_TOLD 10

static bool is_member(const struct pue_case *c, size_t meter)
{
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		for (size_t i = 0; i < c->n_members[side]; i++)
			if (c->members[side][i].meter == meter)
				return true;
	return false;
}

/* A storm is no list: the first of a kind are told one by one, the others counted. */
struct told {
	size_t missing, partial, declared, counter, corrected, estimate;
};

static bool tell(size_t *n)
{
	return (*n)++ < EXCEPTIONS_TOLD;
}

static void tell_rest(struct doc *doc, int severity, const char *kind, size_t n, const char *what)
{
	if (n <= EXCEPTIONS_TOLD)
		return;
	char *others = xasprintf("%zu more", n - EXCEPTIONS_TOLD);

	doc_exception(doc, severity, kind, others, "%s", what);
	free(others);
}

static void add_missing(const struct pue_work *w, size_t i, struct told *told, struct doc *doc)
{
	const struct meter *m = &w->meters.m[i];
	const struct pue_meter *pm = &w->kept[i];
	const char *at = *m->circuit ? ", circuit " : "";
	bool never = !m->n_power && !m->n_energy;

	if (!(pm->covered_s > 0)) {
		if (tell(&told->missing))
			doc_exception(doc, 2, "meter_missing", m->name, "%s (role %s%s%s)",
				      never ? "never read: no power and no energy of it is stored"
					    : "no reading in the period",
				      m->role, at, m->circuit);
	} else if (pm->covered_s < PUE_PARTIAL_SHARE * pm->window_s && tell(&told->partial)) {
		doc_exception(doc, 1, "meter_partial", m->name,
			      "energy of only %.1f %% of the period",
			      100 * pm->covered_s / pm->window_s);
	}
	if (pm->declared_s > 0 && tell(&told->declared))
		doc_exception(doc, 0, "declared", m->name,
			      "silent under planned work for %.1f %% of the period: taken as 0 W",
			      100 * pm->declared_s / pm->window_s);
}

static void add_doubts(const struct pue_work *w, size_t i, struct told *told, struct doc *doc)
{
	const struct pue_meter *pm = &w->kept[i];
	const char *name = w->meters.m[i].name;

	if (*pm->events && tell(&told->counter))
		doc_exception(doc, 1, "counter", name, "%s%s",
			      pm->frozen ? "the energy counter stood still while power was drawn: "
					   "the power integral was used then: "
					 : "counter events: ",
			      pm->events);
	if (pm->corrected && tell(&told->corrected))
		doc_exception(doc, 0, "corrected", name,
			      "corrected by a factor of the operating log");
	if (pm->estimate_wh > 0 && tell(&told->estimate))
		doc_exception(doc, 0, "estimate", name,
			      "the operating log estimates %.1f kWh: in no figure",
			      pm->estimate_wh / 1000);
}

static void add_meter_exceptions(const struct pue_work *w, struct doc *doc)
{
	struct told told = { 0 };

	for (size_t i = 0; i < w->meters.n; i++) {
		if (!w->kept[i].used || !is_member(w->picked, i))
			continue;
		add_missing(w, i, &told, doc);
		add_doubts(w, i, &told, doc);
	}
	tell_rest(doc, 2, "meter_missing", told.missing, "meters without a reading in the period");
	tell_rest(doc, 1, "meter_partial", told.partial,
		  "meters with energy of under 99 % of the period");
	tell_rest(doc, 1, "counter", told.counter, "meters with counter events");
	tell_rest(doc, 0, "declared", told.declared, "meters silent under planned work");
	tell_rest(doc, 0, "corrected", told.corrected, "meters corrected by the operating log");
	tell_rest(doc, 0, "estimate", told.estimate, "meters with estimates, in no figure");
}

void pue_doc_exceptions(const struct pue_work *w, struct doc *doc)
{
	const struct pue_case *c = w->picked;
	const struct pue_figure *f = &c->figure;

	if (!isnan(f->ratio) && f->ratio < 1)
		doc_exception(
			doc, 2, "impossible", c->b->name,
			"the facility used less than its IT part: a factor, a meter's place or "
			"a term of the boundary is wrong");
	if (!isnan(f->ratio) && (f->ratio < f->low * (1 - 1e-9) || f->ratio > f->high * (1 + 1e-9)))
		doc_exception(
			doc, 1, "paired", c->b->name,
			"the paired hours do not stand for the period: over all of it the ratio "
			"is %.3f to %.3f",
			f->low, f->high);
	add_meter_exceptions(w, doc);
	for (size_t i = 0; i < w->carriers.n && !c->b->partial; i++) {
		const struct carrier *x = &w->carriers.c[i];

		if (x->covered_s < 0.999 * (double)(w->to - w->from))
			doc_exception(doc, 1, "carrier", x->name,
				      "facts.csv tells it for %.1f %% of the period",
				      100 * x->covered_s / (double)(w->to - w->from));
	}
	for (size_t i = 0; i < w->boundaries.n; i++)
		if (w->cases[i].problem && *w->cases[i].problem)
			doc_exception(doc, 1, "boundary", w->cases[i].b->name, "%s",
				      w->cases[i].problem);
}
