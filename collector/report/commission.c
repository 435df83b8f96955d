/* SPDX-License-Identifier: Apache-2.0 */
/* See commission.h. */
#include "report/commission.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/balance.h"
#include "report/phasecheck.h"
#include "store/rollup.h"

#define HOURLY_S  (2 * INT64_C(86400))
#define BELOW_MAX 200 /* meters below one, whose order is looked at */

struct work {
	const struct topology *t;
	struct topology_supply supply;
	struct rollup *means;
	int64_t from;
	int step_s;
	size_t n; /* instants */
	struct commission *found;
	struct err *err;
};

static void add(struct work *w, size_t meter, char *text)
{
	struct commission *c = w->found;

	xgrow(&c->f, &c->cap, c->n + 1, sizeof(*c->f));
	c->f[c->n++] = (struct commission_finding){ meter, text };
}

/* The series of a phase; 0: none. */
static int64_t series_of(const struct topology_meter *m, enum topology_quantity quantity, int phase)
{
	for (size_t i = 0; i < m->n_series; i++)
		if (m->series[i].quantity == quantity && m->series[i].phase == phase)
			return m->series[i].id;
	return 0;
}

/* ---- a meter by itself ----------------------------------------------------------- */

static int mean_of(struct work *w, int64_t series, double *ret)
{
	struct buckets b = { 0 };
	double sum = 0, n = 0;

	*ret = NAN;
	if (!series)
		return 0;
	if (rollup_series(w->means, series, &b, w->err) < 0)
		return -1;
	for (size_t i = 0; i < b.n; i++) {
		sum += b.b[i].value * b.b[i].n;
		n += b.b[i].n;
	}
	buckets_done(&b);
	if (n > 0)
		*ret = sum / n;
	return 0;
}

/* What is bought may be sold for a while, a generator sells by trade. */
static bool may_deliver(const struct topology_meter *m, const struct phase_means *p)
{
	bool source = !strcmp(m->role, "utility") || !strcmp(m->role, "generator");

	return source && p->w[0] < 0 && p->w[1] < 0 && p->w[2] < 0;
}

static int check_meter(struct work *w, size_t meter)
{
	const struct topology_meter *m = &w->t->meters[meter];
	bool wye = m->circuit == TOPOLOGY_NONE || w->t->c[m->circuit].system == POWER_3PH_WYE ||
		   w->t->c[m->circuit].system == POWER_1PH_LN;
	struct phase_means p;

	for (int k = 0; k < 3; k++) {
		if (mean_of(w, series_of(m, TOPOLOGY_W, k + 1), &p.w[k]) < 0 ||
		    mean_of(w, series_of(m, TOPOLOGY_A, k + 1), &p.a[k]) < 0 ||
		    mean_of(w, wye ? series_of(m, TOPOLOGY_V, k + 1) : 0, &p.v[k]) < 0)
			return -1;
	}
	if (may_deliver(m, &p))
		return 0;
	char *text = phasecheck_meter(&p);

	if (*text)
		add(w, meter, text);
	else
		free(text);
	return 0;
}

/* ---- meters below one another ------------------------------------------------------ */

static bool has_currents(const struct topology_meter *m)
{
	return series_of(m, TOPOLOGY_A, 1) && series_of(m, TOPOLOGY_A, 2) &&
	       series_of(m, TOPOLOGY_A, 3);
}

/* The meter with the currents of a circuit; TOPOLOGY_NONE. Primary ones come first. */
static size_t meter_at(const struct topology *t, size_t circuit)
{
	for (size_t i = 0; i < t->c[circuit].n_meters; i++)
		if (has_currents(&t->meters[t->c[circuit].meters[i]]))
			return t->c[circuit].meters[i];
	return TOPOLOGY_NONE;
}

/* Adds what a load of `down` is on the conductors of `up`; false: somewhere on the way nobody told
 * the phases. */
static bool climb(const struct work *w, size_t down, size_t up, const struct phase_load *load,
		  struct phase_load *sum)
{
	const struct topology_circuit *c = &w->t->c[down];

	if (!c->tap.told || c->tap.even || c->tap.pair >= 0)
		return false;
	for (size_t s = 0; s < c->n_fed_by; s++) {
		double share = w->supply.share[down][s];
		struct phase_load above = { 0 };

		if (!(share > 0))
			continue;
		if (c->fed_by[s] == up) {
			topology_climb(w->t, down, s, load, share, sum);
			continue;
		}
		if (!topology_feeds(w->t, up, c->fed_by[s]))
			continue;
		topology_climb(w->t, down, s, load, share, &above);
		if (!climb(w, c->fed_by[s], up, &above, sum))
			return false;
	}
	return true;
}

/* Which of the meter's conductors is on which of the circuit's above, as currents. */
static bool map_of(const struct work *w, size_t down, size_t up, double ret[3][3])
{
	for (int k = 0; k < 3; k++) {
		struct phase_load one = { .line = { k == 0, k == 1, k == 2 } }, sum = { 0 };

		if (!climb(w, down, up, &one, &sum))
			return false;
		for (int j = 0; j < 3; j++)
			ret[k][j] = sum.line[j];
	}
	return true;
}

/* The currents of a meter by the conductors of the one above; map NULL: its own. */
static int read_curve(struct work *w, size_t meter, const double map[3][3], struct phase_curve *ret)
{
	const struct topology_meter *m = &w->t->meters[meter];

	ret->a = xcalloc(w->n, sizeof(*ret->a));
	for (int k = 0; k < 3; k++) {
		struct buckets b = { 0 };
		double *own = xcalloc(w->n, sizeof(*own));

		for (size_t t = 0; t < w->n; t++)
			own[t] = NAN;
		if (rollup_series(w->means, series_of(m, TOPOLOGY_A, k + 1), &b, w->err) < 0) {
			free(own);
			return -1;
		}
		for (size_t i = 0; i < b.n; i++) {
			int64_t at = (b.b[i].from - w->from) / w->step_s;

			if (at >= 0 && at < (int64_t)w->n)
				own[at] = b.b[i].value;
		}
		for (size_t t = 0; t < w->n; t++)
			for (int j = 0; j < 3; j++) {
				double part = map ? map[k][j] : k == j;

				if (part != 0)
					ret->a[t][j] += part * own[t];
			}
		free(own);
		buckets_done(&b);
	}
	return 0;
}

static void tell_order(struct work *w, size_t meter, size_t above, const struct phase_order *order)
{
	const struct topology_meter *up = &w->t->meters[above];

	add(w, meter,
	    xasprintf("its phases fit %s%s%s as L%d L%d L%d where circuits.csv has them as L1 L2 "
		      "L3: correct phases there, or the wiring",
		      up->device, *up->part ? "/" : "", up->part, order->at[0] + 1,
		      order->at[1] + 1, order->at[2] + 1));
}

static int check_order(struct work *w, size_t circuit, size_t above, const struct balance *b)
{
	struct phase_curve *below = xcalloc(b->n, sizeof(*below)), top = { 0 };
	struct phase_order order;
	bool mapped = true;
	int r = read_curve(w, above, NULL, &top);

	for (size_t i = 0; i < b->n && r == 0 && mapped; i++) {
		double map[3][3];

		mapped = map_of(w, b->children[i].circuit, circuit, map);
		if (mapped)
			r = read_curve(w, meter_at(w->t, b->children[i].circuit),
				       (const double(*)[3])map, &below[i]);
	}
	if (r == 0 && mapped && phasecheck_order(&top, below, b->n, w->n, &order))
		tell_order(w, meter_at(w->t, b->children[order.child].circuit), above, &order);
	for (size_t i = 0; i < b->n; i++)
		free(below[i].a);
	free(below);
	free(top.a);
	return r;
}

static int check_orders(struct work *w)
{
	const struct topology *t = w->t;
	bool *metered = xcalloc(t->n + 1, sizeof(*metered));
	int r = 0;

	for (size_t c = 0; c < t->n; c++)
		metered[c] = meter_at(t, c) != TOPOLOGY_NONE;
	for (size_t c = 0; c < t->n && r == 0; c++) {
		struct balance b;

		if (!metered[c] || !t->c[c].n_children)
			continue;
		balance_below(t, &w->supply, metered, c, &b);
		if (b.n && b.n <= BELOW_MAX && !b.divided && !b.n_unmetered)
			r = check_order(w, c, meter_at(t, c), &b);
		balance_done(&b);
	}
	free(metered);
	return r;
}

int commission_load(struct db *db, const struct topology *t, int64_t from, int64_t to,
		    struct commission *ret, struct err *err)
{
	struct commission found = { 0 };
	bool hourly = to - from > HOURLY_S;
	struct work w = { .t = t, .step_s = hourly ? 3600 : 300, .found = &found, .err = err };
	int r = 0;

	w.from = from - from % w.step_s;
	w.n = (size_t)((to - w.from + w.step_s - 1) / w.step_s);
	w.means = rollup_open(db, hourly ? TIER_1H : TIER_5M, w.from, to, err);
	if (!w.means)
		return -1;
	if (!hourly)
		rollup_without_bounds(w.means);
	topology_supply(t, NULL, &w.supply);
	for (size_t i = 0; i < t->n_meters && r == 0; i++)
		r = check_meter(&w, i);
	if (r == 0)
		r = check_orders(&w);
	topology_supply_done(&w.supply);
	rollup_close(w.means);
	if (r < 0)
		commission_done(&found);
	else
		*ret = found;
	return r;
}

void commission_done(struct commission *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->f[i].text);
	free(c->f);
	*c = (struct commission){ 0 };
}
