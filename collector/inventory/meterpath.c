/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves the cut that a PUE boundary makes through the power path: on each way from a
 * source to a rack exactly one circuit is added. A way with none is a hole, one with
 * two counts energy twice. Works on counts along the graph (each circuit once), never
 * on the paths themselves, whose number grows with every parallel source.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/inventory_build.h"

#define YAML "rackmeter.yaml"

struct cut { /* one side of one boundary */
	const struct cfg_boundary *boundary;
	bool it;
	size_t *selected; /* circuit: 0, else 1 + index of the term that adds it */
	size_t *meter;    /* circuit: 0, else 1 + index of the meter that was selected */
	size_t *open;     /* circuit: source-side neighbour + 1 of a way without any; 0: source */
	bool *hole;       /* circuit: there is a way down to it that nothing on it adds */
	size_t *above;    /* circuit: 1 + a circuit above it that is added too */
	size_t *racks;    /* rack: meters that stand in it on no circuit in particular */
	bool incomplete;  /* a term is wrong: holes would only repeat it */
};

static const char *side_name(const struct cut *cut)
{
	return cut->it ? "it" : "facility";
}

static enum meter_role category_role(int category)
{
	/* EN 50600-4-2:2016, 6.2 and ISO/IEC 30134-2: where the IT energy is measured */
	return category == 1 ? ROLE_UPS_OUT : category == 2 ? ROLE_PDU_OUT : ROLE_IT_IN;
}

static const char *meter_hall(const struct inventory *inv, const struct meter *m)
{
	if (m->circuit >= 0 && *inv->circuits[m->circuit].cfg->hall)
		return inv->circuits[m->circuit].cfg->hall;
	return m->rack >= 0 ? inv->racks[m->rack].cfg->hall : "";
}

/* Has a primary meter, or is the sum of circuits below that all have one. */
static bool *measurable(const struct inventory_build *b)
{
	const struct inventory *inv = &b->all->inv;
	bool *has = xcalloc(inv->n_circuits + 1, sizeof(*has));
	size_t *children = xcalloc(inv->n_circuits + 1, sizeof(*children));
	size_t *measured = xcalloc(inv->n_circuits + 1, sizeof(*measured));

	for (size_t i = 0; i < b->n_meters; i++)
		if (b->meters[i].circuit >= 0)
			has[b->meters[i].circuit] = true;
	for (size_t k = inv->n_circuits; k-- > 0;) { /* children before what feeds them */
		size_t c = b->order[k];

		if (!has[c] && children[c])
			has[c] = children[c] == measured[c];
		for (size_t p = 0; p < inv->circuits[c].n_fed_by; p++) {
			children[inv->circuits[c].fed_by[p].circuit]++;
			measured[inv->circuits[c].fed_by[p].circuit] += has[c];
		}
	}
	free(children);
	free(measured);
	return has;
}

static void select_circuit(struct inventory_build *b, struct cut *cut, const struct cfg_term *term,
			   size_t index, size_t circuit, size_t meter)
{
	if (term->sign < 0)
		return;
	if (cut->selected[circuit] && cut->selected[circuit] != index + 1)
		diag_add(
			b->diag, DIAG_ERROR, YAML, term->line, 0,
			"boundary %s: circuit %s is added twice in %s: delete one of the two terms",
			cut->boundary->name, b->all->inv.circuits[circuit].cfg->circuit,
			side_name(cut));
	cut->selected[circuit] = index + 1;
	if (!cut->meter[circuit])
		cut->meter[circuit] = meter;
}

static void circuit_term(struct inventory_build *b, struct cut *cut, const struct cfg_term *term,
			 size_t index, const bool *has_meter)
{
	const struct names *names = &b->all->circuits;
	ptrdiff_t c = build_find(names, term->circuit);
	size_t row;

	if (c >= 0) {
		select_circuit(b, cut, term, index, (size_t)c, 0);
		if (!has_meter[c])
			diag_add(b->diag, DIAG_ERROR, YAML, term->line, 0,
				 "boundary %s: circuit %s in %s has no primary meter, and neither "
				 "have all circuits below it: give a device this circuit and a "
				 "role in devices.csv",
				 cut->boundary->name, term->circuit, side_name(cut));
		return;
	}
	cut->incomplete = true;
	if (lookup_get(&names->any, term->circuit, 0, &row)) {
		diag_add(b->diag, DIAG_WARNING, YAML, term->line, 0,
			 "boundary %s: circuit %s in %s is not in force yet (%s:%d)",
			 cut->boundary->name, term->circuit, side_name(cut),
			 b->config->circuits[row].src.file, b->config->circuits[row].src.line);
		return;
	}

	const char **all = xcalloc(b->config->n_circuits + 1, sizeof(*all));

	for (size_t i = 0; i < b->config->n_circuits; i++)
		all[i] = b->config->circuits[i].circuit;

	const char *near = b->config->n_circuits
				   ? text_nearest(term->circuit, all, b->config->n_circuits)
				   : NULL;

	diag_add(b->diag, DIAG_ERROR, YAML, term->line, 0,
		 "boundary %s: circuit \"%s\" in %s is not in circuits.csv%s%s%s",
		 cut->boundary->name, term->circuit, side_name(cut),
		 near ? ": did you mean \"" : ": add it or correct the name", near ? near : "",
		 near ? "\"?" : "");
	free(all);
}

static void role_term(struct inventory_build *b, struct cut *cut, const struct cfg_term *term,
		      size_t index)
{
	const struct inventory *inv = &b->all->inv;
	size_t found = 0, row;

	if (*term->hall && !lookup_get(&b->halls, term->hall, 0, &row)) {
		cut->incomplete = true;
		diag_add(b->diag, DIAG_ERROR, YAML, term->line, 0,
			 "boundary %s: no rack and no circuit stands in hall \"%s\": correct the "
			 "name",
			 cut->boundary->name, term->hall);
		return;
	}
	for (size_t i = 0; i < b->n_meters; i++) {
		const struct meter *m = &b->meters[i];

		if (m->role != term->role ||
		    (*term->hall && strcmp(meter_hall(inv, m), term->hall) != 0))
			continue;
		found++;
		if (m->circuit >= 0)
			select_circuit(b, cut, term, index, (size_t)m->circuit, i + 1);
		else if (m->rack >= 0 && inv->racks[m->rack].n_feeds == 1)
			select_circuit(b, cut, term, index, inv->racks[m->rack].feeds[0], i + 1);
		else if (m->rack >= 0 && term->sign > 0)
			cut->racks[m->rack]++;
	}
	if (found)
		return;
	cut->incomplete = true;
	diag_add(b->diag, DIAG_ERROR, YAML, term->line, 0,
		 "boundary %s: %s adds role:%s%s%s, but no device is a primary meter with this "
		 "role%s: fill the column role in devices.csv, or delete the term",
		 cut->boundary->name, side_name(cut), meter_role_name(term->role),
		 *term->hall ? " hall:" : "", term->hall, *term->hall ? " there" : "");
}

static void check_terms(struct inventory_build *b, struct cut *cut, const bool *has_meter)
{
	const struct cfg_boundary *boundary = cut->boundary;
	const struct cfg_term *terms = cut->it ? boundary->it : boundary->facility;
	size_t n = cut->it ? boundary->n_it : boundary->n_facility;
	bool categorised = boundary->category >= 1 && boundary->category <= 3;

	for (size_t i = 0; i < n; i++) {
		if (*terms[i].circuit)
			circuit_term(b, cut, &terms[i], i, has_meter);
		else
			role_term(b, cut, &terms[i], i);
		if (cut->it && categorised && terms[i].sign > 0 && !*terms[i].circuit &&
		    terms[i].role != category_role(boundary->category))
			diag_add(b->diag, DIAG_ERROR, YAML, terms[i].line, 0,
				 "boundary %s: category %d is measured at role:%s, not at role:%s: "
				 "correct the category or the term",
				 boundary->name, boundary->category,
				 meter_role_name(category_role(boundary->category)),
				 meter_role_name(terms[i].role));
	}
	if (!n) /* told by config/ */
		cut->incomplete = true;
}

/* One pass from the sources down. */
static void follow(const struct inventory_build *b, struct cut *cut)
{
	const struct inventory *inv = &b->all->inv;

	for (size_t k = 0; k < inv->n_circuits; k++) {
		size_t c = b->order[k];
		const struct inv_circuit *circuit = &inv->circuits[c];
		bool open = !circuit->n_fed_by;

		/* fed by something unknown, or cut out of a ring: told, and no source */
		if (open && *circuit->cfg->fed_by)
			open = false;
		for (size_t p = 0; p < circuit->n_fed_by; p++) {
			size_t up = circuit->fed_by[p].circuit;

			if (cut->selected[up])
				cut->above[c] = up + 1;
			else if (cut->above[up] && !cut->above[c])
				cut->above[c] = cut->above[up];
			if (cut->hole[up] && !open) {
				open = true;
				cut->open[c] = up + 1;
			}
		}
		cut->hole[c] = open && !cut->selected[c];
	}
}

/* "UTIL-1 > SWB-A > R018-A > R018", the middle left out when it is long. */
static char *path_text(const struct inventory *inv, const struct cut *cut, size_t feed,
		       const char *rack)
{
	char *text = xasprintf("%s > %s", inv->circuits[feed].cfg->circuit, rack);
	size_t c = cut->open[feed], skipped = 0;

	for (size_t n = 0; c; c = cut->open[c - 1], n++) {
		const char *name = inv->circuits[c - 1].cfg->circuit;
		bool source = !cut->open[c - 1];
		char *longer;

		if (n >= 8 && !source) {
			skipped++;
			continue;
		}
		longer = skipped ? xasprintf("%s > ... > %s", name, text)
				 : xasprintf("%s > %s", name, text);
		free(text);
		text = longer;
	}
	return text;
}

/* Is the rack one that this boundary has to reach? */
static bool in_scope(const struct cut *cut, const struct cfg_rack *rack)
{
	const struct cfg_boundary *boundary = cut->boundary;

	if (rack->status != RACK_LIVE)
		return false;
	if (!boundary->partial)
		return true;
	for (size_t i = 0; i < boundary->n_it; i++)
		if (*boundary->it[i].hall && !strcmp(boundary->it[i].hall, rack->hall))
			return true;
	return false;
}

static void report_holes(struct inventory_build *b, struct cut *cut, struct some *holes)
{
	const struct cfg_boundary *boundary = cut->boundary;

	if (!holes->n)
		return;
	if (cut->it)
		diag_row(b->diag, DIAG_ERROR, &holes->first,
			 "boundary %s, category %d: no %s meter on the way %s: give a meter on "
			 "each of "
			 "these ways role %s and its circuit, or take the rack out of service",
			 boundary->name, boundary->category,
			 meter_role_name(category_role(boundary->category)), some_text(holes),
			 meter_role_name(category_role(boundary->category)));
	else
		diag_row(b->diag, DIAG_WARNING, &holes->first,
			 "boundary %s: facility adds nothing on the way %s: energy that comes this "
			 "way is not counted",
			 boundary->name, some_text(holes));
}

/* First one way per last circuit but one, so that three examples show three places. */
static void check_holes(struct inventory_build *b, struct cut *cut)
{
	const struct inventory *inv = &b->all->inv;
	bool *shown = xcalloc(inv->n_circuits + 2, sizeof(*shown));
	struct some holes = { 0 };

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < inv->n_racks; i++) {
			const struct inv_rack *r = &inv->racks[i];

			if (!in_scope(cut, r->cfg) || cut->racks[i])
				continue;
			for (size_t f = 0; f < r->n_feeds; f++) {
				size_t feed = r->feeds[f], parent = cut->open[feed];
				bool first = !shown[parent];

				if (!cut->hole[feed])
					continue;
				/* pass 0 takes the first of each parent, pass 1 all the others */
				if (pass == 0 && first) {
					shown[parent] = true;
				} else if (pass == 0) {
					continue;
				} else if (first) {
					shown[parent] = true;
					continue;
				}
				if (holes.n < 3) {
					char *path = path_text(inv, cut, feed, r->cfg->rack);

					some_add(&holes, &r->cfg->src, "%s", path);
					free(path);
				} else {
					some_add(&holes, &r->cfg->src, "-");
				}
			}
		}
		memset(shown, 0, inv->n_circuits + 2);
	}
	report_holes(b, cut, &holes);
	some_done(&holes);
	free(shown);
}

static const char *selected_name(const struct inventory_build *b, const struct cut *cut,
				 size_t circuit, char *buf, size_t size)
{
	if (!cut->meter[circuit])
		return "term of the boundary";
	return build_meter_name(b, &b->meters[cut->meter[circuit] - 1], buf, size);
}

static void check_doubles(struct inventory_build *b, struct cut *cut)
{
	const struct inventory *inv = &b->all->inv;
	struct some doubles = { 0 };

	for (size_t c = 0; c < inv->n_circuits; c++) {
		const struct cfg_src *src = &inv->circuits[c].cfg->src;
		char lower[128], upper[128];

		if (!cut->selected[c] || !cut->above[c])
			continue;
		if (cut->meter[c])
			src = b->meters[cut->meter[c] - 1].src;
		some_add(&doubles, src, "%s (%s) lies below %s (%s)", inv->circuits[c].cfg->circuit,
			 selected_name(b, cut, c, lower, sizeof(lower)),
			 inv->circuits[cut->above[c] - 1].cfg->circuit,
			 selected_name(b, cut, cut->above[c] - 1, upper, sizeof(upper)));
	}
	if (doubles.n)
		diag_row(b->diag, DIAG_ERROR, &doubles.first,
			 "boundary %s: %s counts energy twice: %s: set use of one of the two to "
			 "check, or correct its role",
			 cut->boundary->name, side_name(cut), some_text(&doubles));
	some_done(&doubles);
}

/* Meters that stand in a rack with several feeds: enough for the rack, too little for a feed. */
static void check_unplaced(struct inventory_build *b, struct cut *cut)
{
	const struct inventory *inv = &b->all->inv;
	struct some unplaced = { 0 };
	char name[128];

	for (size_t i = 0; i < b->n_meters; i++) {
		const struct meter *m = &b->meters[i];

		if (m->circuit < 0 && m->rack >= 0 && cut->racks[m->rack] && inv->n_circuits &&
		    m->role == category_role(cut->boundary->category))
			some_add(&unplaced, m->src, "%s",
				 build_meter_name(b, m, name, sizeof(name)));
	}
	if (unplaced.n)
		diag_row(b->diag, DIAG_WARNING, &unplaced.first,
			 "boundary %s: these meters stand in a rack with several feeds and name no "
			 "circuit, "
			 "so nobody knows which feed they measure: %s: fill the column circuit",
			 cut->boundary->name, some_text(&unplaced));
	some_done(&unplaced);
}

/* A site without circuits: each live rack needs a meter of category 3 in it. */
static void check_small_site(struct inventory_build *b, struct cut *cut)
{
	const struct inventory *inv = &b->all->inv;
	struct some bare = { 0 };

	for (size_t i = 0; i < inv->n_racks; i++)
		if (in_scope(cut, inv->racks[i].cfg) && !cut->racks[i])
			some_add(&bare, &inv->racks[i].cfg->src, "%s", inv->racks[i].cfg->rack);
	if (bare.n)
		diag_row(b->diag, DIAG_ERROR, &bare.first,
			 "boundary %s, category 3: no it_in meter in rack %s: give its rack PDUs "
			 "the rack "
			 "and role it_in, or set the rack's status to planned, reserved or empty",
			 cut->boundary->name, some_text(&bare));
	some_done(&bare);
}

static void check_side(struct inventory_build *b, const struct cfg_boundary *boundary, bool it,
		       const bool *has_meter)
{
	const struct inventory *inv = &b->all->inv;
	size_t n = inv->n_circuits + 1;
	bool categorised = boundary->category >= 1 && boundary->category <= 3;
	struct cut cut = {
		.boundary = boundary,
		.it = it,
		.selected = xcalloc(n, sizeof(size_t)),
		.meter = xcalloc(n, sizeof(size_t)),
		.open = xcalloc(n, sizeof(size_t)),
		.hole = xcalloc(n, sizeof(bool)),
		.above = xcalloc(n, sizeof(size_t)),
		.racks = xcalloc(inv->n_racks + 1, sizeof(size_t)),
	};

	check_terms(b, &cut, has_meter);
	follow(b, &cut);
	check_doubles(b, &cut);
	if (!cut.incomplete && inv->n_circuits && (it ? categorised : !boundary->partial))
		check_holes(b, &cut);
	if (!cut.incomplete && it && categorised)
		check_unplaced(b, &cut);
	if (!cut.incomplete && it && boundary->category == 3 && !b->config->n_circuits)
		check_small_site(b, &cut);
	free(cut.selected);
	free(cut.meter);
	free(cut.open);
	free(cut.hole);
	free(cut.above);
	free(cut.racks);
}

void check_boundaries(struct inventory_build *b)
{
	const struct settings *settings = &b->config->settings;
	bool *has_meter = measurable(b);

	for (size_t i = 0; i < settings->n_boundaries; i++) {
		const struct cfg_boundary *boundary = &settings->boundaries[i];

		check_side(b, boundary, false, has_meter);
		check_side(b, boundary, true, has_meter);
	}
	free(has_meter);
}
