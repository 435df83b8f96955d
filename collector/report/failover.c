/* SPDX-License-Identifier: Apache-2.0 */
/* See failover.h. */
#include "report/failover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- ratings ------------------------------------------------------------------ */

const char *failover_state_name(enum failover_state state)
{
	static const char *const names[] = { "-", "OK", "WARN", "CRIT", "CRIT_TRIP", "dark" };

	return names[state];
}

struct failover_limits failover_limits_of(const struct topology_circuit *c)
{
	return (struct failover_limits){ .derated_a = topology_derated_a(c),
					 .trip_a = c->trip_a,
					 .derated_w = topology_derated_w(c),
					 .derated_va = topology_derated_va(c) };
}

static void against(struct failover_verdict *v, double load, double limit, char unit, int line)
{
	double pct = 100 * load / limit;

	if (isnan(pct) || pct <= v->pct)
		return;
	v->pct = pct;
	v->load = load;
	v->limit = limit;
	v->unit = unit;
	v->line = line;
}

void failover_judge(const struct failover_limits *limits, int conductors, double va_per_a,
		    const struct failover_load *load, double warn, struct failover_verdict *ret)
{
	struct failover_verdict v = { .pct = NAN, .pct_trip = NAN, .load = NAN, .limit = NAN };
	double sum_a = 0;

	for (int k = 0; k < conductors; k++) {
		double trip = 100 * load->a[k] / limits->trip_a;

		sum_a += load->a[k];
		against(&v, load->a[k], limits->derated_a, 'A', k);
		if (!isnan(trip) && !(trip <= v.pct_trip))
			v.pct_trip = trip;
		/* Without a continuous rating the breaker alone says where the load is. */
		if (isnan(limits->derated_a) && !isnan(trip) && !(load->a[k] <= v.load)) {
			v.load = load->a[k];
			v.limit = limits->trip_a;
			v.unit = 'A';
			v.line = k;
		}
	}
	against(&v, load->w, limits->derated_w, 'W', 0);
	against(&v, sum_a * va_per_a, limits->derated_va, 'V', 0);
	if (v.pct_trip > 100)
		v.state = FAILOVER_CRIT_TRIP;
	else if (v.pct > 100)
		v.state = FAILOVER_CRIT;
	else if (v.pct >= 100 * warn)
		v.state = FAILOVER_WARN;
	else if (!isnan(v.pct) || !isnan(v.pct_trip))
		v.state = FAILOVER_OK;
	*ret = v;
}

/* ---- a rack and its loads --------------------------------------------------------- */

static size_t feed_of(const struct failover_rack *r, size_t circuit)
{
	size_t f = 0;

	while (f < r->n_feeds && r->feeds[f].circuit != circuit)
		f++;
	return f; /* n_feeds: none of this rack's */
}

/* "L2", "L3L1", "L1L2L3" as the conductors of the feed itself. */
static void set_lines(struct failover_cord *c, const char *phases, int conductors)
{
	size_t n = strlen(phases) / 2;

	c->line = c->pair = -1;
	if (conductors == 1) {
		c->line = 0;
	} else if (n == 1) {
		c->line = (signed char)(phases[1] - '1');
	} else if (n == 2) {
		int a = phases[1] - '1', b = phases[3] - '1';

		c->pair = (signed char)((a + 1) % 3 == b ? a : b);
	}
	c->three = conductors == 3 && n == 3;
}

void failover_rack_of(const struct topology *t, size_t rack, const bool *measured,
		      struct failover_rack *ret)
{
	const struct topology_rack *from = &t->racks[rack];
	struct failover_rack r = { .n_feeds = from->n_feeds };

	r.feeds = xcalloc(r.n_feeds ? r.n_feeds : 1, sizeof(*r.feeds));
	r.devices = xcalloc(from->n_cords ? from->n_cords : 1, sizeof(*r.devices));
	for (size_t f = 0; f < r.n_feeds; f++) {
		const struct topology_circuit *c = &t->c[from->feeds[f]];

		r.feeds[f] = (struct failover_feed){
			.circuit = from->feeds[f],
			.conductors = power_conductors(c->system),
			.va_per_a = power_va_per_a(c->system, c->volts),
			.capacity = topology_capacity_w(c),
			.limits = failover_limits_of(c),
		};
	}
	for (size_t i = 0; i < from->n_cords; i++) {
		const struct topology_cord *c = &t->cords[from->cords[i]];
		struct failover_device *d = r.n_devices ? &r.devices[r.n_devices - 1] : NULL;
		struct failover_cord cord = { .feed = feed_of(&r, c->circuit),
					      .measured = measured && measured[i],
					      .nameplate_w = c->nameplate_w };

		if (!d || strcmp(d->name, c->load) != 0) {
			d = &r.devices[r.n_devices++];
			*d = (struct failover_device){ .name = c->load };
		}
		if (c->psus_needed > d->psus_needed)
			d->psus_needed = c->psus_needed;
		if (cord.feed < r.n_feeds)
			set_lines(&cord, c->phases, r.feeds[cord.feed].conductors);
		d->cords = xrealloc(d->cords, d->n_cords + 1, sizeof(*d->cords));
		d->cords[d->n_cords++] = cord;
		r.n_cords++;
	}
	*ret = r;
}

void failover_rack_done(struct failover_rack *rack)
{
	for (size_t i = 0; i < rack->n_devices; i++)
		free(rack->devices[i].cords);
	free(rack->devices);
	free(rack->feeds);
	*rack = (struct failover_rack){ 0 };
}

static bool is_lost(const struct failover_rack *r, size_t feed, uint64_t lost)
{
	return feed < r->n_feeds && (lost >> feed & 1);
}

static size_t psus_left(const struct failover_rack *r, const struct failover_device *d,
			uint64_t lost)
{
	size_t left = 0;

	for (size_t i = 0; i < d->n_cords; i++)
		left += !is_lost(r, d->cords[i].feed, lost);
	return left;
}

static bool goes_dark(const struct failover_rack *r, const struct failover_device *d, uint64_t lost)
{
	size_t left = psus_left(r, d, lost);

	/* What needs more than it has is taken to need what it has. */
	return left < d->n_cords && left < (size_t)d->psus_needed;
}

size_t failover_dark(const struct failover_rack *r, uint64_t lost)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_devices; i++)
		n += goes_dark(r, &r->devices[i], lost);
	return n;
}

/* ---- what moves -------------------------------------------------------------------- */

struct moving { /* of the rack at one instant */
	const struct failover_rack *r;
	uint64_t lost;
	double stays[FAILOVER_FEEDS]; /* share of a surviving feed in what moves */
	double rest[FAILOVER_FEEDS][3], dropped[FAILOVER_FEEDS][3], extra[FAILOVER_FEEDS][3];
};

/* By capacity; evenly when one that is left is not rated. */
double failover_share(const struct failover_rack *r, uint64_t lost, size_t feed)
{
	double sum = 0;
	size_t n = 0;
	bool rated = true;

	if (is_lost(r, feed, lost))
		return 0;
	for (size_t f = 0; f < r->n_feeds; f++) {
		if (is_lost(r, f, lost))
			continue;
		n++;
		rated = rated && r->feeds[f].capacity > 0;
		sum += r->feeds[f].capacity;
	}
	return rated ? r->feeds[feed].capacity / sum : 1 / (double)n;
}

double failover_conversion(const struct failover_rack *r, size_t from, size_t to)
{
	double by = r->feeds[from].va_per_a / r->feeds[to].va_per_a;

	return isnan(by) ? 1 : by;
}

/* Takes a measured outlet out of what its lost feed carried. A load between two lines counts half
 * on each: the least that it can be of their currents, which are no sums of their loads. */
static void take(struct moving *m, const struct failover_cord *c, double a)
{
	double *rest = m->rest[c->feed], *dropped = m->dropped[c->feed];

	for (int k = 0; k < m->r->feeds[c->feed].conductors; k++) {
		double part = c->three || c->line == k                                   ? a
			      : c->pair >= 0 && (c->pair == k || (c->pair + 1) % 3 == k) ? a / 2
											 : 0;

		part = fmin(part, rest[k]);
		rest[k] -= part;
		dropped[k] += part;
	}
}

/* The line that another cord of the load has on a surviving feed; -1: none, or not told. */
static int other_line(const struct moving *m, const struct failover_device *d, size_t *ret_feed)
{
	for (size_t i = 0; i < d->n_cords; i++) {
		const struct failover_cord *c = &d->cords[i];

		if (c->feed >= m->r->n_feeds || is_lost(m->r, c->feed, m->lost) || c->line < 0)
			continue;
		*ret_feed = c->feed;
		return c->line;
	}
	return -1;
}

/* A measured load that stays on goes to the line of its other cord, which may have another name. */
static void move_to_line(struct moving *m, const struct failover_device *d,
			 const struct failover_cord *c, double least, double most)
{
	size_t to;
	int line = other_line(m, d, &to);

	if (line < 0 || c->line < 0 || line == c->line ||
	    m->r->feeds[c->feed].conductors != m->r->feeds[to].conductors)
		return;

	double *rest = &m->rest[c->feed][c->line];

	m->extra[to][line] += fmin(most, *rest) * failover_conversion(m->r, c->feed, to);
	*rest -= fmin(least, *rest);
}

/* Loads whose outlets are measured. */
static void take_measured(struct moving *m, const struct failover_outlets *outlets)
{
	size_t at = 0;

	for (size_t i = 0; i < m->r->n_devices; i++) {
		const struct failover_device *d = &m->r->devices[i];
		bool dark = goes_dark(m->r, d, m->lost);

		for (size_t k = 0; k < d->n_cords; k++, at++) {
			const struct failover_cord *c = &d->cords[k];
			double least = fmax(outlets->least[at], 0), most = outlets->most[at];

			if (!c->measured || !is_lost(m->r, c->feed, m->lost) || !(most > 0))
				continue;
			if (dark)
				take(m, c, least);
			else
				move_to_line(m, d, c, least, most);
		}
	}
}

/* How much of the nameplate of a cord hangs on a line. */
static double nameplate_on(const struct failover_cord *c, int line)
{
	if (isnan(c->nameplate_w))
		return 0;
	if (c->three)
		return c->nameplate_w / 3;
	if (c->pair >= 0)
		return c->pair == line || (c->pair + 1) % 3 == line ? c->nameplate_w / 2 : 0;
	return c->line == line ? c->nameplate_w : 0;
}

/* Loads without a measured outlet: their nameplates' share of what is left of the line. */
static void take_shares(struct moving *m, size_t feed)
{
	for (int k = 0; k < m->r->feeds[feed].conductors; k++) {
		double all = 0, dark = 0;

		for (size_t i = 0; i < m->r->n_devices; i++) {
			const struct failover_device *d = &m->r->devices[i];

			for (size_t c = 0; c < d->n_cords; c++) {
				double w = nameplate_on(&d->cords[c], k);

				if (d->cords[c].feed != feed || d->cords[c].measured)
					continue;
				all += w;
				dark += goes_dark(m->r, d, m->lost) ? w : 0;
			}
		}
		if (!(dark > 0))
			continue;

		double cut = m->rest[feed][k] * dark / all;
		double most = dark / m->r->feeds[feed].va_per_a;

		cut = most < cut ? most : cut;
		m->rest[feed][k] -= cut;
		m->dropped[feed][k] += cut;
	}
}

static void deliver(const struct moving *m, size_t from, size_t to, struct failover_load *after)
{
	const struct failover_feed *a = &m->r->feeds[from], *b = &m->r->feeds[to];
	double by = m->stays[to] * failover_conversion(m->r, from, to);

	for (int k = 0; k < a->conductors; k++) {
		if (a->conductors == b->conductors)
			after->a[k] += by * m->rest[from][k];
		else if (b->conductors == 1)
			after->a[0] += by * m->rest[from][k];
		else /* which line it comes to nobody told: each is judged as if it were that one */
			for (int j = 0; j < 3; j++)
				after->a[j] += by * m->rest[from][k];
	}
}

void failover_after(const struct failover_rack *r, uint64_t lost,
		    const struct failover_load *present, const struct failover_outlets *outlets,
		    struct failover_load *ret_after, double (*ret_dropped_a)[3])
{
	struct moving m; /* of its rows only those of the rack's feeds are looked at */

	m.r = r;
	m.lost = lost;
	for (size_t f = 0; f < r->n_feeds; f++)
		m.stays[f] = failover_share(r, lost, f);
	memset(m.rest, 0, r->n_feeds * sizeof(m.rest[0]));
	memset(m.dropped, 0, r->n_feeds * sizeof(m.dropped[0]));
	memset(m.extra, 0, r->n_feeds * sizeof(m.extra[0]));
	for (size_t f = 0; f < r->n_feeds; f++) {
		ret_after[f] =
			is_lost(r, f, lost) ? (struct failover_load){ { 0 }, 0 } : present[f];
		for (int k = 0; k < r->feeds[f].conductors && is_lost(r, f, lost); k++)
			m.rest[f][k] = present[f].a[k];
	}
	if (r->n_cords)
		take_measured(&m, outlets);
	for (size_t f = 0; f < r->n_feeds; f++) {
		if (!is_lost(r, f, lost))
			continue;
		if (r->n_cords)
			take_shares(&m, f);
		for (size_t g = 0; g < r->n_feeds; g++) {
			if (is_lost(r, g, lost))
				continue;
			deliver(&m, f, g, &ret_after[g]);
			ret_after[g].w += m.stays[g] * present[f].w;
		}
	}
	for (size_t g = 0; g < r->n_feeds; g++) {
		for (int k = 0; k < r->feeds[g].conductors; k++)
			ret_after[g].a[k] += m.extra[g][k];
		if (ret_dropped_a)
			memcpy(ret_dropped_a[g], m.dropped[g], sizeof(m.dropped[g]));
	}
}

void failover_judge_rack(const struct failover_rack *r, uint64_t lost,
			 const struct failover_load *after, double warn,
			 struct failover_verdict *ret, size_t *ret_feed)
{
	struct failover_verdict worst = {
		.state = FAILOVER_DARK, .pct = NAN, .pct_trip = NAN, .load = NAN, .limit = NAN
	};
	size_t at = r->n_feeds;

	for (size_t f = 0; f < r->n_feeds; f++) {
		struct failover_verdict v;

		if (is_lost(r, f, lost))
			continue;
		failover_judge(&r->feeds[f].limits, r->feeds[f].conductors, r->feeds[f].va_per_a,
			       &after[f], warn, &v);
		if (at == r->n_feeds || v.state > worst.state ||
		    (v.state == worst.state && v.pct > worst.pct)) {
			worst = v;
			at = f;
		}
	}
	*ret = worst;
	*ret_feed = at;
}

double failover_rank(const struct failover_verdict *v)
{
	double pct = isnan(v->pct) ? v->pct_trip : v->pct;

	return v->state == FAILOVER_UNKNOWN ? (double)NAN : v->state * 1e6 + pct;
}

double failover_capacity_w(const struct failover_rack *r, uint64_t lost)
{
	double sum = 0;

	for (size_t f = 0; f < r->n_feeds; f++) {
		const struct failover_feed *feed = &r->feeds[f];

		if (is_lost(r, f, lost))
			continue;
		sum += !isnan(feed->limits.derated_w) ? feed->limits.derated_w
		       : !isnan(feed->limits.derated_va)
			       ? feed->limits.derated_va
			       : feed->limits.derated_a * feed->va_per_a * feed->conductors;
	}
	return sum;
}

/* ---- rules of thumb --------------------------------------------------------------- */

bool failover_rule_of_thumb(const struct failover_load *feeds, size_t n, int conductors,
			    double breaker_a, double part)
{
	for (size_t f = 0; f < n; f++)
		for (int k = 0; k < conductors; k++)
			if (!(feeds[f].a[k] <= part * breaker_a))
				return false;
	return true;
}

double failover_arc_a(double derated_a, double actual_a)
{
	return derated_a / 2 - actual_a;
}

double failover_stranded_va(const double a[3], double derated_a, double va_per_a)
{
	double left = 0, least = INFINITY;

	for (int k = 0; k < 3; k++) {
		left += derated_a - a[k];
		least = fmin(least, derated_a - a[k]);
	}
	return (left - 3 * least) * va_per_a;
}
