/* SPDX-License-Identifier: Apache-2.0 */
/* The tree by itself: finding, linking, who supplies whom. What was read is topology_load.c's. */
#include "report/topology.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- finding ---------------------------------------------------------------- */

static int compare_circuit(const void *name, const void *circuit)
{
	return strcmp(name, ((const struct topology_circuit *)circuit)->name);
}

static int compare_rack(const void *name, const void *rack)
{
	return strcmp(name, ((const struct topology_rack *)rack)->name);
}

size_t topology_find(const struct topology *t, const char *circuit)
{
	const struct topology_circuit *c =
		t->n ? bsearch(circuit, t->c, t->n, sizeof(*t->c), compare_circuit) : NULL;

	return c ? (size_t)(c - t->c) : TOPOLOGY_NONE;
}

size_t topology_find_rack(const struct topology *t, const char *rack)
{
	const struct topology_rack *r =
		t->n_racks ? bsearch(rack, t->racks, t->n_racks, sizeof(*t->racks), compare_rack)
			   : NULL;

	return r ? (size_t)(r - t->racks) : TOPOLOGY_NONE;
}

int topology_need(const struct topology *t, const char *circuit, size_t *ret, struct err *err)
{
	const char **names, *near;
	size_t at = topology_find(t, circuit);

	if (at != TOPOLOGY_NONE) {
		*ret = at;
		return 0;
	}
	names = xcalloc(t->n + 1, sizeof(*names));
	for (size_t i = 0; i < t->n; i++)
		names[i] = t->c[i].name;
	near = t->n ? text_nearest(circuit, names, t->n) : NULL;
	free(names);
	return err_set(err, "there is no circuit %s%s%s", circuit,
		       near ? ": did you mean " : ": without --circuit all are listed",
		       near ? near : "");
}

static int compare_place(const void *va, const void *vb)
{
	const struct topology_place *a = va, *b = vb;
	int order = strcmp(a->device, b->device);

	return order ? order : strcmp(a->part, b->part);
}

const struct topology_place *topology_place(const struct topology *t, const char *device,
					    const char *part)
{
	struct topology_place key = { .device = (char *)(uintptr_t)device,
				      .part = (char *)(uintptr_t)part };
	const struct topology_place *p = NULL;

	if (!t->n_places)
		return NULL;
	p = bsearch(&key, t->places, t->n_places, sizeof(*t->places), compare_place);
	if (p || !*part)
		return p;
	return topology_place(t, device, "");
}

/* ---- linking ---------------------------------------------------------------- */

struct list { /* of a circuit or a rack, filled in two passes */
	size_t **items, *n;
};

static void list_add(struct list l, size_t item)
{
	(*l.items)[(*l.n)++] = item;
}

static void list_room(struct list l)
{
	*l.items = xcalloc(*l.n ? *l.n : 1, sizeof(size_t));
	*l.n = 0;
}

static struct list children_of(struct topology_circuit *c)
{
	return (struct list){ &c->children, &c->n_children };
}

static struct list racks_of(struct topology_circuit *c)
{
	return (struct list){ &c->racks, &c->n_racks };
}

static struct list meters_of(struct topology_circuit *c)
{
	return (struct list){ &c->meters, &c->n_meters };
}

static void link_circuits(struct topology *t)
{
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < t->n; i++) {
			const struct topology_circuit *c = &t->c[i];

			for (size_t s = 0; s < c->n_fed_by; s++) {
				struct topology_circuit *up = &t->c[c->fed_by[s]];

				if (pass)
					list_add(children_of(up), i);
				else
					up->n_children++;
			}
		}
		for (size_t r = 0; r < t->n_racks; r++) {
			for (size_t f = 0; f < t->racks[r].n_feeds; f++) {
				struct topology_circuit *feed = &t->c[t->racks[r].feeds[f]];

				if (pass)
					list_add(racks_of(feed), r);
				else
					feed->n_racks++;
			}
		}
		/* Primary meters before checks. */
		for (size_t primary = 2; primary-- > 0;) {
			for (size_t m = 0; m < t->n_meters; m++) {
				size_t at = t->meters[m].circuit;

				if (at == TOPOLOGY_NONE || t->meters[m].primary != (primary == 1))
					continue;
				if (pass)
					list_add(meters_of(&t->c[at]), m);
				else
					t->c[at].n_meters++;
			}
		}
		for (size_t i = 0; i < t->n && !pass; i++) {
			list_room(children_of(&t->c[i]));
			list_room(racks_of(&t->c[i]));
			list_room(meters_of(&t->c[i]));
		}
	}
}

static void link_racks(struct topology *t)
{
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < t->n_cords; i++) {
			struct topology_rack *r;

			if (t->cords[i].rack == TOPOLOGY_NONE)
				continue;
			r = &t->racks[t->cords[i].rack];
			if (pass)
				r->cords[r->n_cords++] = i;
			else
				r->n_cords++;
		}
		for (size_t r = 0; r < t->n_racks && !pass; r++)
			list_room((struct list){ &t->racks[r].cords, &t->racks[r].n_cords });
	}
}

/* Sources first. What stands in a ring (check config refuses it; an old file may hold one) is cut
 * where the ring closes, so that every walk ends. */
static void make_order(struct topology *t)
{
	enum { NEW, OPEN, DONE };
	unsigned char *state = xcalloc(t->n + 1, 1), *next = xcalloc(t->n + 1, 1);
	size_t *stack = xcalloc(t->n + 1, sizeof(*stack)), n = 0;

	t->order = xcalloc(t->n + 1, sizeof(*t->order));
	for (size_t start = 0; start < t->n; start++) {
		size_t depth = 0;

		if (state[start] != NEW)
			continue;
		state[start] = OPEN;
		stack[depth++] = start;
		while (depth) {
			size_t at = stack[depth - 1];
			struct topology_circuit *c = &t->c[at];

			if (next[at] == c->n_fed_by) {
				state[at] = DONE;
				t->order[n++] = at;
				depth--;
				continue;
			}

			size_t up = c->fed_by[next[at]];

			if (state[up] == OPEN) {
				c->n_fed_by--;
				memmove(&c->fed_by[next[at]], &c->fed_by[next[at] + 1],
					(c->n_fed_by - next[at]) * sizeof(c->fed_by[0]));
				c->source_missing = true;
				continue;
			}
			next[at]++;
			if (state[up] == NEW) {
				state[up] = OPEN;
				stack[depth++] = up;
			}
		}
	}
	free(state);
	free(next);
	free(stack);
}

struct height { /* of a circuit: how far it is from the last ones */
	size_t circuit, height;
};

static int by_height(const void *va, const void *vb)
{
	const struct height *a = va, *b = vb;

	if (a->height != b->height)
		return a->height < b->height ? -1 : 1;
	return (a->circuit > b->circuit) - (a->circuit < b->circuit);
}

static void make_upward(struct topology *t)
{
	struct height *heights = xcalloc(t->n + 1, sizeof(*heights));

	t->upward = xcalloc(t->n + 1, sizeof(*t->upward));
	for (size_t i = t->n; i-- > 0;) {
		size_t at = t->order[i];
		const struct topology_circuit *c = &t->c[at];

		heights[at].circuit = at;
		for (size_t s = 0; s < c->n_fed_by; s++)
			if (heights[c->fed_by[s]].height <= heights[at].height)
				heights[c->fed_by[s]].height = heights[at].height + 1;
	}
	qsort(heights, t->n, sizeof(*heights), by_height);
	for (size_t i = 0; i < t->n; i++)
		t->upward[i] = heights[i].circuit;
	free(heights);
}

/* "L2L3L1" -> 1, 2, 0; how many were read. */
static int read_phases(const char *text, signed char ret[3])
{
	int n = 0;

	for (; n < 3 && text[0] == 'L' && text[1] >= '1' && text[1] <= '3'; text += 2)
		ret[n++] = (signed char)(text[1] - '1');
	return *text ? 0 : n;
}

static struct topology_tap make_tap(const struct topology *t, const struct topology_circuit *c)
{
	struct topology_tap tap = { { -1, -1, -1 }, -1, false, true };
	enum power_system up = c->n_fed_by ? t->c[c->fed_by[0]].system : POWER_UNKNOWN;
	signed char phase[3];
	int n = read_phases(c->phases, phase), own = power_conductors(c->system);
	bool three = !c->n_fed_by || up == POWER_UNKNOWN || power_conductors(up) == 3;

	if (!three) { /* one conductor takes it all */
		for (int k = 0; k < own; k++)
			tap.line[k] = 0;
	} else if (own == 3) {
		for (int k = 0; k < 3; k++)
			tap.line[k] = n == 3 ? phase[k] : (signed char)k;
	} else if (c->system == POWER_1PH_LL && n == 2 && phase[0] != phase[1]) {
		/* L1L2 0, L2L3 1, L3L1 2, in either order of writing */
		tap.pair = (phase[0] + 1) % 3 == phase[1] ? phase[0] : phase[1];
	} else if (c->system != POWER_DC && n == 1) {
		tap.line[0] = phase[0];
	} else {
		tap.even = true;
		tap.told = c->system == POWER_DC;
	}
	return tap;
}

void topology_link(struct topology *t)
{
	make_order(t); /* cuts rings */
	make_upward(t);
	link_circuits(t);
	link_racks(t);
	for (size_t i = 0; i < t->n; i++)
		t->c[i].tap = make_tap(t, &t->c[i]);
}

bool topology_wanted(const struct topology *t, const struct rack_filter *filter, const char *rack,
		     const char *circuit)
{
	size_t at = topology_find_rack(t, rack), c = topology_find(t, circuit);

	if (at != TOPOLOGY_NONE)
		return rack_wanted(filter, rack, t->racks[at].hall, t->racks[at].row,
				   t->racks[at].tenant);
	return rack_wanted(filter, rack, c != TOPOLOGY_NONE ? t->c[c].hall : "", "", "");
}

void topology_done(struct topology *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct topology_circuit *c = &t->c[i];

		free(c->name);
		free(c->kind);
		free(c->side);
		free(c->hall);
		free(c->phases);
		free(c->note);
		free(c->children);
		free(c->racks);
		free(c->meters);
	}
	for (size_t i = 0; i < t->n_racks; i++) {
		struct topology_rack *r = &t->racks[i];

		free(r->name);
		free(r->hall);
		free(r->row);
		free(r->pos);
		free(r->status);
		free(r->tenant);
		free(r->redundancy);
		free(r->feeds);
		free(r->cords);
	}
	for (size_t i = 0; i < t->n_cords; i++) {
		struct topology_cord *c = &t->cords[i];

		free(c->load);
		free(c->psu);
		free(c->tenant);
		free(c->device);
		free(c->part);
		free(c->phases);
	}
	for (size_t i = 0; i < t->n_places; i++) {
		free(t->places[i].device);
		free(t->places[i].part);
	}
	for (size_t i = 0; i < t->n_meters; i++) {
		free(t->meters[i].device);
		free(t->meters[i].part);
		free(t->meters[i].role);
		free(t->meters[i].phases);
		free(t->meters[i].series);
	}
	free(t->c);
	free(t->racks);
	free(t->cords);
	free(t->places);
	free(t->meters);
	free(t->order);
	free(t->upward);
	*t = (struct topology){ 0 };
}

/* ---- supply ------------------------------------------------------------------ */

bool topology_feeds(const struct topology *t, size_t up, size_t down)
{
	bool *seen = xcalloc(t->n + 1, sizeof(*seen)), found = false;
	size_t *stack = xcalloc(t->n + 1, sizeof(*stack)), n = 0;

	stack[n++] = down;
	while (n && !found) {
		const struct topology_circuit *c = &t->c[stack[--n]];

		for (size_t s = 0; s < c->n_fed_by; s++) {
			size_t at = c->fed_by[s];

			found = found || at == up;
			if (!seen[at])
				stack[n++] = at;
			seen[at] = true;
		}
	}
	free(seen);
	free(stack);
	return found;
}

static void divide(const struct topology *t, const struct topology_circuit *c, const bool *alive,
		   double *share)
{
	double sum = 0;
	size_t n = 0;
	bool rated = true;

	for (size_t s = 0; s < c->n_fed_by; s++) {
		double w = topology_capacity_w(&t->c[c->fed_by[s]]);

		share[s] = 0;
		if (!alive[c->fed_by[s]])
			continue;
		n++;
		rated = rated && w > 0;
		sum += w;
	}
	for (size_t s = 0; s < c->n_fed_by; s++) {
		if (!alive[c->fed_by[s]])
			continue;
		if (c->transfer) {
			share[s] = 1;
			return;
		}
		share[s] = rated ? topology_capacity_w(&t->c[c->fed_by[s]]) / sum : 1 / (double)n;
	}
}

void topology_supply(const struct topology *t, const bool *lost, struct topology_supply *ret)
{
	ret->alive = xcalloc(t->n + 1, sizeof(*ret->alive));
	ret->share = xcalloc(t->n + 1, sizeof(*ret->share));
	for (size_t i = 0; i < t->n; i++) {
		size_t at = t->order[i];
		const struct topology_circuit *c = &t->c[at];
		bool fed = !c->n_fed_by;

		for (size_t s = 0; s < c->n_fed_by; s++)
			fed = fed || ret->alive[c->fed_by[s]];
		ret->alive[at] = fed && !(lost && lost[at]);
		divide(t, c, ret->alive, ret->share[at]);
	}
}

void topology_supply_done(struct topology_supply *supply)
{
	free(supply->alive);
	free(supply->share);
	*supply = (struct topology_supply){ 0 };
}

/* ---- currents ---------------------------------------------------------------- */

/* 230 V beside 400 V / sqrt 3, 120 beside 208: names of one voltage, no transformer. */
#define SAME_VOLTAGE 0.01

static double ratio(double from, double to)
{
	double r = from / to;

	return isnan(r) || fabs(r - 1) < SAME_VOLTAGE ? 1 : r;
}

/* A pair's current as it is on lines named after turning: pair (k, k+1) -> (line[k], line[k+1]). */
static int turned_pair(const signed char line[3], int pair)
{
	int a = line[pair], b = line[(pair + 1) % 3];

	return (a + 1) % 3 == b ? a : b;
}

void topology_climb(const struct topology *t, size_t circuit, size_t s,
		    const struct phase_load *load, double share, struct phase_load *ret)
{
	const struct topology_circuit *c = &t->c[circuit], *up = &t->c[c->fed_by[s]];
	double by = share * ratio(power_va_per_a(c->system, c->volts),
				  power_va_per_a(up->system, up->volts));
	double pair_by = share * ratio(c->volts, up->volts);

	if (c->tap.pair >= 0) {
		ret->pair[c->tap.pair] += pair_by * load->line[0];
		return;
	}
	for (int k = 0; k < power_conductors(c->system); k++) {
		bool three = power_conductors(c->system) == 3;

		if (c->tap.even) {
			for (int j = 0; j < 3; j++)
				ret->line[j] += by * load->line[k] / 3;
		} else if (!three || power_conductors(up->system) == 3) {
			ret->line[c->tap.line[k]] += by * load->line[k];
			if (three)
				ret->pair[turned_pair(c->tap.line, k)] += pair_by * load->pair[k];
		} else { /* three phases on one conductor: by VA */
			ret->line[0] += by * (load->line[k] + load->pair[k] * sqrt(3));
		}
	}
}

double phase_load_line(const struct phase_load *load, int k)
{
	double out = load->pair[k], back = load->pair[(k + 2) % 3];

	if (!(out > 0) && !(back > 0))
		return load->line[k];
	return hypot(load->line[k] + (out + back) * sqrt(3) / 2, (out - back) / 2);
}

bool topology_is_feed(const struct topology *t, size_t circuit)
{
	return t->c[circuit].n_racks && !t->c[circuit].n_children;
}

bool topology_idle(const struct topology *t, size_t circuit)
{
	const struct topology_circuit *c = &t->c[circuit];

	for (size_t i = 0; i < c->n_racks; i++)
		if (t->racks[c->racks[i]].live)
			return false;
	return topology_is_feed(t, circuit);
}

double topology_derated_a(const struct topology_circuit *c)
{
	return c->rated_a * c->derate;
}

double topology_derated_va(const struct topology_circuit *c)
{
	return isnan(c->rated_a) ? c->rated_va * c->derate : c->rated_va;
}

double topology_derated_w(const struct topology_circuit *c)
{
	return isnan(c->rated_a) ? c->rated_w * c->derate : c->rated_w;
}

double topology_capacity_w(const struct topology_circuit *c)
{
	if (!isnan(c->rated_w))
		return c->rated_w;
	if (!isnan(c->rated_va))
		return c->rated_va;
	return c->rated_a * power_va_per_a(c->system, c->volts) * power_conductors(c->system);
}

char *topology_deratings(const struct topology *t)
{
	double seen[8];
	size_t n = 0;
	char *text = xstrdup("");

	for (size_t i = 0; i < t->n; i++) {
		double d = t->c[i].derate;
		size_t k = 0;
		char *longer;

		while (k < n && fabs(seen[k] - d) > 1e-9)
			k++;
		if (isnan(d) || k < n || n == sizeof(seen) / sizeof(*seen))
			continue;
		seen[n++] = d;
		longer = xasprintf("%s%s%g", text, *text ? ", " : "", d);
		free(text);
		text = longer;
	}
	return text;
}

size_t topology_untold(const struct topology *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->c[i].n_fed_by && !t->c[i].tap.told;
	return n;
}
