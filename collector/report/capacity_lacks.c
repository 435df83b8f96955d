/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a circuit from bounding what is usable, or from having room: see capacity_doc.h. */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/capacity_doc.h"
#include "report/capacity_site.h"

#define LACKS_TOLD 8

/* The first ones of a list; caller frees. */
static char *join(char *list, const char *between, const char *one, size_t n)
{
	char *longer;

	if (n > LACKS_TOLD)
		return list;
	longer = xasprintf("%s%s%s", list, *list ? between : "", n == LACKS_TOLD ? "..." : one);
	free(list);
	return longer;
}

/* Is it rated in VA alone, and its load not known in VA? W are no bound: nobody knows how much
 * reactive power goes with them. */
static bool lacks_va(const struct capacity_page *p, size_t circuit)
{
	const struct topology_circuit *c = &p->site->t.c[circuit];
	const struct circuit_figures *f = &p->site->circuits.c[circuit];
	double a = 0;

	for (int k = 0; k < power_conductors(c->system); k++)
		a += f->peak_a[k];
	return c->n_children && !isnan(c->rated_va) && isnan(c->rated_w) && isnan(c->rated_a) &&
	       !f->standby && isnan(a * power_va_per_a(c->system, c->volts));
}

bool capacity_page_no_va(const struct capacity_page *p, struct doc *doc)
{
	char *names = xstrdup("");
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < p->site->t.n; i++) {
		if (!capacity_page_circuit(p, i) || !lacks_va(p, i))
			continue;
		first = first ? first : p->site->t.c[i].name;
		names = join(names, " ", p->site->t.c[i].name, n++);
	}
	if (n)
		doc_exception(doc, 1, "no_va", n == 1 ? names : "",
			      "%zu circuit%s rated in kVA, of which kVA %s not known (%s): no "
			      "room is given on %s; rated_kw, or system and volts, in "
			      "circuits.csv or the power factor (power_factor.%s) in facts.csv "
			      "tells it",
			      n, n == 1 ? "" : "s", n == 1 ? "is" : "are", names,
			      n == 1 ? "it" : "them", first);
	free(names);
	return n > 0;
}

/* Why nobody knows what is usable of a circuit; caller frees. */
static char *why_unknown(const struct capacity_site *c, size_t circuit)
{
	const char *name = c->t.c[circuit].name;
	size_t after = c->unknown_after[circuit];

	if (after == TOPOLOGY_NONE)
		return xasprintf("%s is not rated", name);
	if (after == circuit)
		return xasprintf("what %s carries with a module less is not known", name);
	return xasprintf("what %s carries after the loss of %s is not known", name,
			 c->t.c[after].name);
}

void capacity_page_skipped(const struct capacity_page *p, struct doc *doc)
{
	const struct capacity_site *c = p->site;
	char *scopes = xstrdup(""), *circuits = xstrdup("");
	size_t n_scopes = 0, n = 0;

	for (size_t i = 0; i < c->n; i++) {
		char *scope;

		if (!c->s[i].skips || !capacity_page_scope(p, &c->s[i]))
			continue;
		scope = xasprintf("%s %s", c->s[i].scope, c->s[i].id);
		scopes = join(scopes, ", ", scope, n_scopes++);
		free(scope);
	}
	for (size_t i = 0; i < c->t.n; i++) {
		char *why;

		if (!c->skipped[i] || !capacity_page_circuit(p, i))
			continue;
		why = why_unknown(c, i);
		circuits = join(circuits, ", ", why, n++);
		free(why);
	}
	if (n_scopes && n)
		doc_note(doc, "Left out of what is usable (%s): %s. It may be less.", scopes,
			 circuits);
	free(scopes);
	free(circuits);
}
