/* SPDX-License-Identifier: Apache-2.0 */
/* See failover_moves.h. */
#include "report/failover_moves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/failover.h"

#define TINY 1e-9

/* ---- images ------------------------------------------------------------------------ */

struct moves_image moves_identity(void)
{
	struct moves_image image = { 0 };

	for (int k = 0; k < 3; k++) {
		image.of[k].line[k] = 1;
		image.of[3 + k].pair[k] = 1;
	}
	return image;
}

void moves_apply(const struct moves_image *image, const struct phase_load *load, double by,
		 struct phase_load *ret)
{
	for (int j = 0; j < 6; j++) {
		double a = by * (j < 3 ? load->line[j] : load->pair[j - 3]);

		for (int k = 0; k < 3; k++) {
			ret->line[k] += a * image->of[j].line[k];
			ret->pair[k] += a * image->of[j].pair[k];
		}
	}
}

/* Basis j of a circuit: an ampere on line j, or on pair j - 3. */
static struct phase_load basis(int j)
{
	struct phase_load load = { { 0 }, { 0 } };

	if (j < 3)
		load.line[j] = 1;
	else
		load.pair[j - 3] = 1;
	return load;
}

static int n_bases(const struct topology_circuit *c)
{
	return power_conductors(c->system) == 3 ? 6 : 1;
}

void moves_compose(const struct topology *t, size_t circuit, size_t s, double share,
		   const struct moves_image *image, struct moves_image *ret)
{
	struct moves_image composed = { 0 };

	for (int j = 0; j < n_bases(&t->c[circuit]); j++) {
		struct phase_load from = basis(j), there = { { 0 }, { 0 } };

		topology_climb(t, circuit, s, &from, share, &there);
		moves_apply(image, &there, 1, &composed.of[j]);
	}
	*ret = composed;
}

/* ---- terms -------------------------------------------------------------------------- */

static void add_term(struct moves *m, size_t to, size_t from, bool feed, double w,
		     const struct moves_image *image, double sign)
{
	xgrow(&m->terms, &m->cap, m->n + 1, sizeof(*m->terms));
	struct moves_term *term = &m->terms[m->n++];

	*term = (struct moves_term){ .to = to, .from = from, .feed = feed, .w = sign * w };
	for (int j = 0; j < 6; j++)
		for (int k = 0; k < 3; k++) {
			term->image.of[j].line[k] = sign * image->of[j].line[k];
			term->image.of[j].pair[k] = sign * image->of[j].pair[k];
		}
}

/* image: what the load is on `at`; on to everything that supplies it. */
static void climb(const struct topology *t, struct moves *m, const struct topology_supply *supply,
		  size_t at, size_t from, bool feed, double w, const struct moves_image *image,
		  double sign)
{
	if (m->after.alive[at])
		add_term(m, at, from, feed, w, image, sign);
	for (size_t s = 0; s < t->c[at].n_fed_by; s++) {
		double share = supply->share[at][s];
		struct moves_image there = { 0 };

		if (!(share > 0))
			continue;
		for (int j = 0; j < 6; j++)
			topology_climb(t, at, s, &image->of[j], share, &there.of[j]);
		climb(t, m, supply, t->c[at].fed_by[s], from, feed, w * share, &there, sign);
	}
}

/* From a circuit up along its sources, by the change of its shares where only that counts. */
static void climb_from(const struct topology *t, struct moves *m, size_t from, bool feed,
		       const struct topology_supply *supply, const double *share, double sign)
{
	struct moves_image identity = moves_identity();

	for (size_t s = 0; s < t->c[from].n_fed_by; s++) {
		struct moves_image there;

		if (!(share[s] > TINY))
			continue;
		there = (struct moves_image){ 0 };
		for (int j = 0; j < n_bases(&t->c[from]); j++)
			topology_climb(t, from, s, &identity.of[j], share[s], &there.of[j]);
		climb(t, m, supply, t->c[from].fed_by[s], from, feed, share[s], &there, sign);
	}
}

static void add_transfers(const struct topology *t, struct moves *m)
{
	for (size_t c = 0; c < t->n; c++) {
		double gains[TOPOLOGY_SOURCES], gives[TOPOLOGY_SOURCES];
		bool any = false;

		if (!m->after.alive[c] || !m->before.alive[c])
			continue;
		for (size_t s = 0; s < t->c[c].n_fed_by; s++) {
			double change = m->after.share[c][s] - m->before.share[c][s];

			gains[s] = fmax(change, 0);
			gives[s] = fmax(-change, 0);
			any = any || gains[s] > TINY;
		}
		if (!any)
			continue;
		climb_from(t, m, c, false, &m->after, gains, 1);
		climb_from(t, m, c, false, &m->before, gives, -1);
	}
}

/* The load of feed `from` on feed `to` of the same rack: line to line; from three lines to one all
 * of it, from one to three whichever it may be. */
static struct moves_image across(const struct failover_rack *r, size_t from, size_t to, double by)
{
	const struct failover_feed *a = &r->feeds[from], *b = &r->feeds[to];
	struct moves_image image = { 0 };

	for (int k = 0; k < a->conductors; k++) {
		if (a->conductors == b->conductors) {
			image.of[k].line[k] = by;
			image.of[3 + k].pair[k] = a->conductors == 3 ? by : 0;
		} else if (b->conductors == 1) {
			image.of[k].line[0] = by;
			image.of[3 + k].line[0] = by * sqrt(3);
		} else {
			for (int j = 0; j < 3; j++)
				image.of[k].line[j] = by;
		}
	}
	return image;
}

static void add_rack(const struct topology *t, struct moves *m, size_t rack)
{
	uint64_t lost = m->mask[rack];
	struct failover_rack r;

	failover_rack_of(t, rack, NULL, &r);
	for (size_t f = 0; f < r.n_feeds; f++) {
		size_t from = r.feeds[f].circuit;

		if (!(lost >> f & 1))
			continue;
		for (size_t g = 0; g < r.n_feeds; g++) {
			double share = failover_share(&r, lost, g);
			struct moves_image image;

			if (lost >> g & 1)
				continue;
			image = across(&r, f, g, share * failover_conversion(&r, f, g));
			climb(t, m, &m->after, r.feeds[g].circuit, from, true, share, &image, 1);
		}
		climb_from(t, m, from, true, &m->before, m->before.share[from], -1);
	}
	failover_rack_done(&r);
}

static void add_racks(const struct topology *t, struct moves *m)
{
	for (size_t r = 0; r < t->n_racks; r++) {
		const struct topology_rack *rack = &t->racks[r];
		size_t n = rack->n_feeds < FAILOVER_FEEDS ? rack->n_feeds : FAILOVER_FEEDS,
		       dead = 0;

		for (size_t f = 0; f < n; f++) {
			if (m->after.alive[rack->feeds[f]] || !m->before.alive[rack->feeds[f]])
				continue;
			m->mask[r] |= (uint64_t)1 << f;
			dead++;
		}
		if (dead && dead < n && rack->live)
			add_rack(t, m, r);
	}
}

static int by_to(const void *va, const void *vb)
{
	const struct moves_term *a = va, *b = vb;

	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

static double above_zero(double v)
{
	return v > TINY ? v : 0;
}

/* One term per pair of circuits: what comes less what was there on the old way. */
static void merge_terms(struct moves *m)
{
	size_t kept = 0;

	if (m->n)
		qsort(m->terms, m->n, sizeof(*m->terms), by_to);
	for (size_t i = 0, next; i < m->n; i = next) {
		struct moves_term sum = m->terms[i];
		double any = 0;

		for (next = i + 1; next < m->n && !by_to(&m->terms[i], &m->terms[next]); next++) {
			const struct moves_term *term = &m->terms[next];

			sum.w += term->w;
			for (int j = 0; j < 6; j++)
				for (int k = 0; k < 3; k++) {
					sum.image.of[j].line[k] += term->image.of[j].line[k];
					sum.image.of[j].pair[k] += term->image.of[j].pair[k];
				}
		}
		sum.w = above_zero(sum.w);
		for (int j = 0; j < 6; j++)
			for (int k = 0; k < 3; k++) {
				double *line = &sum.image.of[j].line[k],
				       *pair = &sum.image.of[j].pair[k];

				*line = above_zero(*line);
				*pair = above_zero(*pair);
				any += *line + *pair;
			}
		if (any > 0 || sum.w > 0)
			m->terms[kept++] = sum;
	}
	m->n = kept;
}

void moves_of(const struct topology *t, size_t lost, struct moves *ret)
{
	struct moves m = { .lost = lost, .mask = xcalloc(t->n_racks + 1, sizeof(*m.mask)) };
	bool *lose = xcalloc(t->n + 1, sizeof(*lose));

	lose[lost] = true;
	topology_supply(t, NULL, &m.before);
	topology_supply(t, lose, &m.after);
	add_transfers(t, &m);
	add_racks(t, &m);
	merge_terms(&m);
	free(lose);
	*ret = m;
}

void moves_done(struct moves *m)
{
	topology_supply_done(&m->before);
	topology_supply_done(&m->after);
	free(m->mask);
	free(m->terms);
	*m = (struct moves){ 0 };
}

size_t moves_of_circuit(const struct moves *m, size_t first)
{
	size_t n = 0;

	while (first + n < m->n && m->terms[first + n].to == m->terms[first].to)
		n++;
	return n;
}

/* ---- gathering ------------------------------------------------------------------------ */

struct gather {
	const struct topology *t;
	const struct moves *m;
	size_t *of;               /* by circuit: 1 + index of what stands for its load; 0: none */
	struct moves_term *terms; /* those that were given, then those of circuits above */
	size_t n, cap;
};

/* Lines of a circuit turned in one of the six ways, each ampere r amperes. */
static struct moves_image turned(int way, double r)
{
	static const signed char lines[6][3] = { { 0, 1, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
						 { 0, 2, 1 }, { 1, 0, 2 }, { 2, 1, 0 } };
	const signed char *line = lines[way];
	struct moves_image image = { 0 };

	for (int k = 0; k < 3; k++) {
		int a = line[k], b = line[(k + 1) % 3];

		image.of[k].line[a] = r;
		image.of[3 + k].pair[(a + 1) % 3 == b ? a : b] = r;
	}
	return image;
}

static double total(const struct moves_image *image, int bases)
{
	double sum = 0;

	for (int j = 0; j < bases; j++)
		for (int k = 0; k < 3; k++)
			sum += image->of[j].line[k] + image->of[j].pair[k];
	return sum;
}

static bool equal(const struct moves_image *a, const struct moves_image *b, int bases)
{
	for (int j = 0; j < bases; j++)
		for (int k = 0; k < 3; k++)
			if (fabs(a->of[j].line[k] - b->of[j].line[k]) > 1e-6 ||
			    fabs(a->of[j].pair[k] - b->of[j].pair[k]) > 1e-6)
				return false;
	return true;
}

static size_t source_index(const struct topology_circuit *c, size_t up)
{
	size_t s = 0;

	while (s < c->n_fed_by && c->fed_by[s] != up)
		s++;
	return s;
}

static const struct moves_term *term_of(const struct gather *g, size_t circuit)
{
	return &g->terms[g->of[circuit] - 1];
}

/* Is the load of every circuit that n supplied what n's own would be under this image? */
static bool stands_for(const struct gather *g, size_t n, const struct moves_image *image, double w)
{
	const struct topology_circuit *up = &g->t->c[n];

	for (size_t i = 0; i < up->n_children; i++) {
		size_t child = up->children[i], s = source_index(&g->t->c[child], n);
		double share = g->m->before.share[child][s];
		struct moves_image would;

		if (!(share > 0) || topology_idle(g->t, child))
			continue;
		moves_compose(g->t, child, s, share, image, &would);
		if (!equal(&would, &term_of(g, child)->image, n_bases(&g->t->c[child])) ||
		    fabs(w * share - term_of(g, child)->w) > 1e-6)
			return false;
	}
	return true;
}

static void put_gathered(struct gather *g, const struct moves_term *term)
{
	xgrow(&g->terms, &g->cap, g->n + 1, sizeof(*g->terms));
	g->terms[g->n++] = *term;
	g->of[term->from] = g->n;
}

/* All that n supplied and that carries something has a term: the first of them in *ret_child. */
static bool all_have_terms(const struct gather *g, size_t n, size_t *ret_child)
{
	const struct topology_circuit *up = &g->t->c[n];
	bool any = false;

	for (size_t i = 0; i < up->n_children; i++) {
		size_t at = up->children[i], s = source_index(&g->t->c[at], n);

		if (!(g->m->before.share[at][s] > 0) || topology_idle(g->t, at))
			continue;
		if (!g->of[at])
			return false;
		if (!any)
			*ret_child = at;
		any = true;
	}
	return any;
}

static void try_gather(struct gather *g, size_t n)
{
	const struct topology_circuit *up = &g->t->c[n];
	size_t child = n;

	if (g->m->after.alive[n] || !up->n_children || up->n_racks || g->of[n] ||
	    power_conductors(up->system) != 3 || !all_have_terms(g, n, &child))
		return;

	const struct moves_term first = *term_of(g, child);
	size_t s = source_index(&g->t->c[child], n);
	double share = g->m->before.share[child][s];
	int bases = n_bases(&g->t->c[child]);

	for (int way = 0; way < 6; way++) {
		struct moves_image image = turned(way, 1), would;

		moves_compose(g->t, child, s, share, &image, &would);
		double r = total(&first.image, bases) / total(&would, bases);
		image = turned(way, r);
		if (isnan(r) || isinf(r) || !stands_for(g, n, &image, first.w / share))
			continue;
		put_gathered(g, &(struct moves_term){ .to = first.to,
						      .from = n,
						      .w = first.w / share,
						      .image = image });
		return;
	}
}

/* Is what c carried part of what a gathered circuit above it stands for? */
static bool gathered(const struct gather *g, size_t c)
{
	for (size_t s = 0; s < g->t->c[c].n_fed_by; s++)
		if (g->m->before.share[c][s] > 0 && g->of[g->t->c[c].fed_by[s]])
			return true;
	return false;
}

size_t moves_gather(const struct topology *t, const struct moves *m, const struct moves_term *terms,
		    size_t n, struct moves_term **ret)
{
	struct gather g = { .t = t, .m = m, .of = xcalloc(t->n + 1, sizeof(*g.of)) };
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		put_gathered(&g, &terms[i]);
	for (size_t i = t->n; i-- > 0;)
		try_gather(&g, t->order[i]);
	for (size_t i = 0; i < g.n; i++)
		if (!gathered(&g, g.terms[i].from))
			g.terms[kept++] = g.terms[i];
	free(g.of);
	*ret = g.terms;
	return kept;
}
