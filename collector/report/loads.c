/* SPDX-License-Identifier: Apache-2.0 */
/* See loads.h. */
#include "report/loads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/sumseries.h"
#include "store/query.h"
#include "store/rollup.h"

#define HOUR_S 3600

struct sums { /* series of a circuit's stored sums; 0: none */
	int64_t a[3], w, present, expected;
};

struct loads {
	struct db *db;
	const struct topology *t;
	int64_t from, to, first_hour;
	size_t n_hours;
	struct sums *sums; /* by circuit */
	struct meters meters;
	const struct meter **by_name; /* of meters.m, by name */
	struct rollup *rollup;
	struct buckets buckets;
	struct query *outlet;
};

const char *load_amps_name(enum load_amps amps)
{
	static const char *const names[] = { "-", "measured", "from VA", "from W" };

	return names[amps];
}

/* ---- opening -------------------------------------------------------------------- */

static void take_sum(struct sums *s, const struct sumseries_item *item)
{
	const char *part = item->part;

	if (part[0] == 'L' && part[1] >= '1' && part[1] <= '3' && !part[2])
		s->a[part[1] - '1'] = item->current_a;
	if (strcmp(part, "total") != 0)
		return;
	s->w = item->power_w;
	s->present = item->present;
	s->expected = item->expected;
}

static int load_sums(struct loads *l, struct err *err)
{
	struct sumseries all;

	l->sums = xcalloc(l->t->n + 1, sizeof(*l->sums));
	if (sumseries_load(l->db, "circuit", &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		size_t c = topology_find(l->t, all.s[i].name);

		if (c != TOPOLOGY_NONE)
			take_sum(&l->sums[c], &all.s[i]);
	}
	sumseries_done(&all);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct meter *const *)a)->name,
		      (*(const struct meter *const *)b)->name);
}

static int compare_name(const void *name, const void *meter)
{
	return strcmp(name, (*(const struct meter *const *)meter)->name);
}

static int load_meters(struct loads *l, struct err *err)
{
	if (meters_load(l->db, l->to, &l->meters, err) < 0)
		return -1;
	l->by_name = xcalloc(l->meters.n + 1, sizeof(*l->by_name));
	for (size_t i = 0; i < l->meters.n; i++)
		l->by_name[i] = &l->meters.m[i];
	qsort(l->by_name, l->meters.n, sizeof(*l->by_name), by_name);
	return 0;
}

static const struct meter *find_meter(const struct loads *l, const struct topology_meter *m)
{
	char *name = *m->part ? xasprintf("%s/%s", m->device, m->part) : xstrdup(m->device);
	const struct meter *const *found =
		bsearch(name, l->by_name, l->meters.n, sizeof(*l->by_name), compare_name);

	free(name);
	return found ? *found : NULL;
}

struct loads *loads_open(struct db *db, const struct topology *t, int64_t from, int64_t to,
			 struct err *err)
{
	struct loads *l = xcalloc(1, sizeof(*l));

	l->db = db;
	l->t = t;
	l->from = from;
	l->to = to;
	l->first_hour = from / HOUR_S * HOUR_S;
	l->n_hours = to > from ? (size_t)((to - 1) / HOUR_S - from / HOUR_S + 1) : 0;
	l->rollup = rollup_open(db, TIER_1H, from, to, err);
	l->outlet = l->rollup ? query_new(db, "report_outlet_series", err) : NULL;
	if (!l->outlet || load_sums(l, err) < 0 || load_meters(l, err) < 0)
		return loads_close(l);
	return l;
}

struct loads *loads_close(struct loads *l)
{
	if (!l)
		return NULL;
	query_free(l->outlet);
	rollup_close(l->rollup);
	buckets_done(&l->buckets);
	meters_done(&l->meters);
	free(l->by_name);
	free(l->sums);
	free(l);
	return NULL;
}

int64_t loads_first_hour(const struct loads *l)
{
	return l->first_hour;
}

size_t loads_hours(const struct loads *l)
{
	return l->n_hours;
}

const struct topology *loads_topology(const struct loads *l)
{
	return l->t;
}

bool loads_has_sums(const struct loads *l, size_t circuit)
{
	return l->sums[circuit].w || l->sums[circuit].a[0] || l->sums[circuit].a[1] ||
	       l->sums[circuit].a[2];
}

/* ---- hours ---------------------------------------------------------------------- */

static double factor_at(const struct load_input *in, int64_t ts)
{
	return in->by * (in->meter ? meter_factor_at(in->meter, ts, false) : 1);
}

static bool bad_between(const struct meter *m, int64_t from, int64_t to)
{
	return m && meter_is_bad(m, from, to);
}

/* A factor that changes within the hour, or turns the sign, still leaves bounds. */
static void take_hour(const struct loads *l, struct load_input *in, const struct bucket *b)
{
	struct load_hour *h = &in->hours[(b->from - l->first_hour) / HOUR_S];
	double first = factor_at(in, b->from), last = factor_at(in, b->to - 1);
	double v[] = { b->min * first, b->max * first, b->min * last, b->max * last };

	h->least = h->most = v[0];
	for (size_t i = 1; i < 4; i++) {
		h->least = fmin(h->least, v[i]);
		h->most = fmax(h->most, v[i]);
	}
	h->mean = bad_between(in->meter, b->from, b->to) ? (double)NAN : b->value * first;
	h->share = b->full ? (double)b->n / b->full : 1;
	if (b->full)
		in->step_s = HOUR_S / (int)b->full;
}

static int read_hours(struct loads *l, struct load_input *in, bool *ret_any, struct err *err)
{
	in->hours = xcalloc(l->n_hours + 1, sizeof(*in->hours));
	in->step_s = HOUR_S;
	for (size_t h = 0; h < l->n_hours; h++)
		in->hours[h] = (struct load_hour){ NAN, NAN, NAN, 0, 1 };
	if (rollup_series(l->rollup, in->series, &l->buckets, err) < 0)
		return -1;
	for (size_t i = 0; i < l->buckets.n; i++)
		take_hour(l, in, &l->buckets.b[i]);
	*ret_any = l->buckets.n > 0;
	return 0;
}

/* How much of a sum is there; at which instants it is not whole, loads_samples finds. */
static int read_partial(struct loads *l, struct load_input *in, struct err *err)
{
	struct load_input present = { .series = in->present, .by = 1 },
			  expected = { .series = in->expected, .by = 1 };
	bool any;
	int r = read_hours(l, &present, &any, err);

	if (r == 0)
		r = read_hours(l, &expected, &any, err);
	for (size_t h = 0; h < l->n_hours && r == 0; h++) {
		const struct load_hour *p = &present.hours[h], *e = &expected.hours[h];

		if (p->least >= e->most || isnan(p->least) || isnan(e->most))
			continue;
		in->partial = true;
		in->hours[h].members = e->mean > 0 ? p->mean / e->mean : 0;
	}
	free(present.hours);
	free(expected.hours);
	return r;
}

int loads_input(struct loads *l, int64_t series, double by, struct load_input *ret, bool *ret_any,
		struct err *err)
{
	*ret = (struct load_input){ .series = series, .by = by };
	return read_hours(l, ret, ret_any, err);
}

/* ---- sources -------------------------------------------------------------------- */

static void drop_out(struct load_source *s, enum load_out out)
{
	for (size_t i = 0; i < s->n[out]; i++)
		free(s->in[out][i].hours);
	free(s->in[out]);
	s->in[out] = NULL;
	s->n[out] = 0;
}

void load_source_done(struct load_source *s)
{
	for (int out = 0; out < LOAD_OUTS; out++)
		drop_out(s, (enum load_out)out);
	*s = (struct load_source){ 0 };
}

/* Adds an input; its hours are read. *ret_any: stays false when there is no sample in it. */
static int add_input(struct loads *l, struct load_source *s, enum load_out out,
		     struct load_input in, bool *ret_any, struct err *err)
{
	int r = read_hours(l, &in, ret_any, err);

	if (r == 0 && in.present && in.expected && *ret_any)
		r = read_partial(l, &in, err);
	s->in[out] = xrealloc(s->in[out], s->n[out] + 1, sizeof(in));
	s->in[out][s->n[out]++] = in;
	return r;
}

/* One series per conductor of the stored sums. One that a single conductor has stands under the
 * name of the phase it hangs on. */
static int sums_amps(struct loads *l, size_t circuit, struct load_source *s, struct err *err)
{
	const struct topology_circuit *c = &l->t->c[circuit];
	const struct sums *sums = &l->sums[circuit];
	int n = power_conductors(c->system), found = 0;
	int named = strlen(c->phases) == 2 ? c->phases[1] - '1' : -1;

	for (int k = 0; k < 3 && found < n; k++) {
		bool any = false;

		if (!sums->a[k] || (n == 1 && named >= 0 && k != named))
			continue;
		if (add_input(l, s, (enum load_out)(n == 1 ? 0 : k),
			      (struct load_input){ .series = sums->a[k], .by = 1 }, &any, err) < 0)
			return -1;
		if (any)
			found++;
		else if (n == 1)
			drop_out(s, LOAD_L1);
		else
			break;
	}
	if (found == n) {
		s->amps = LOAD_AMPS_MEASURED;
		s->group = true;
		return 0;
	}
	for (int k = 0; k < 3; k++)
		drop_out(s, (enum load_out)k);
	return 0;
}

static int sums_w(struct loads *l, size_t circuit, struct load_source *s, struct err *err)
{
	const struct sums *sums = &l->sums[circuit];
	bool any = false;

	if (!sums->w)
		return 0;
	if (add_input(l, s, LOAD_W,
		      (struct load_input){ .series = sums->w,
					   .by = 1,
					   .present = sums->present,
					   .expected = sums->expected },
		      &any, err) < 0)
		return -1;
	if (!any)
		drop_out(s, LOAD_W);
	else
		s->group = true;
	return 0;
}

int loads_conductor(const struct topology_circuit *c, const struct topology_meter *m,
			const struct topology_series *s)
{
	const char *named = *m->phases ? m->phases : c->phases;
	int phase = s->phase ? s->phase : strlen(named) == 2 ? named[1] - '0' : 0;

	if (power_conductors(c->system) == 3)
		return phase - 1;
	/* A single conductor: the meter's own current, or that of the phase it hangs on. */
	if (!s->phase || (strlen(named) == 2 && s->phase == named[1] - '0'))
		return 0;
	return -1;
}

static bool counts(const struct topology_meter *m, const struct topology_series *s)
{
	return s->main || *m->part;
}

/* The primary meters' series of a quantity into an output (of currents: by conductor). All of
 * them must have samples. */
static int meter_inputs(struct loads *l, size_t circuit, enum topology_quantity quantity,
			enum load_out out, double by, struct load_source *s, bool *ret_known,
			struct err *err)
{
	const struct topology_circuit *c = &l->t->c[circuit];
	bool known = false, lacks = false;

	for (size_t i = 0; i < c->n_meters; i++) {
		const struct topology_meter *m = &l->t->meters[c->meters[i]];
		const struct meter *with = find_meter(l, m);

		for (size_t k = 0; m->primary && k < m->n_series; k++) {
			const struct topology_series *series = &m->series[k];
			bool any = false;
			int line = out;

			if (series->quantity != quantity ||
			    (quantity != TOPOLOGY_A && !counts(m, series)))
				continue;
			if (quantity == TOPOLOGY_A) {
				line = loads_conductor(c, m, series);
				if (line < 0 || (!series->phase && !counts(m, series)))
					continue;
			}
			if (add_input(l, s, (enum load_out)line,
				      (struct load_input){ .series = series->id,
							   .meter = with,
							   .by = with ? by : by * m->factor },
				      &any, err) < 0)
				return -1;
			known = known || any;
			lacks = lacks || !any;
		}
	}
	*ret_known = known && !lacks;
	return 0;
}

static int meters_amps(struct loads *l, size_t circuit, struct load_source *s, struct err *err)
{
	int n = power_conductors(l->t->c[circuit].system);
	bool known;

	if (meter_inputs(l, circuit, TOPOLOGY_A, LOAD_L1, 1, s, &known, err) < 0)
		return -1;
	for (int k = 0; k < n; k++)
		known = known && s->n[k];
	for (int k = 0; k < 3 && !known; k++)
		drop_out(s, (enum load_out)k);
	if (known)
		s->amps = LOAD_AMPS_MEASURED;
	return 0;
}

static int meters_total(struct loads *l, size_t circuit, enum topology_quantity quantity,
			enum load_out out, struct load_source *s, struct err *err)
{
	bool known;

	if (meter_inputs(l, circuit, quantity, out, 1, s, &known, err) < 0)
		return -1;
	if (!known)
		drop_out(s, out);
	return 0;
}

static void copy_inputs(const struct loads *l, struct load_source *s, enum load_out to,
			enum load_out from, double by)
{
	for (size_t i = 0; i < s->n[from]; i++) {
		struct load_input in = s->in[from][i];
		struct load_hour *hours = xcalloc(l->n_hours + 1, sizeof(*hours));

		for (size_t h = 0; h < l->n_hours; h++) {
			hours[h] = in.hours[h];
			hours[h].least *= by;
			hours[h].most *= by;
			hours[h].mean *= by;
		}
		in.hours = hours;
		in.by *= by;
		s->in[to] = xrealloc(s->in[to], s->n[to] + 1, sizeof(in));
		s->in[to][s->n[to]++] = in;
	}
}

/* Currents out of power: VA where it is measured, else W. */
static void derive_amps(const struct loads *l, size_t circuit, struct load_source *s)
{
	const struct topology_circuit *c = &l->t->c[circuit];
	enum load_out from = s->n[LOAD_VA] ? LOAD_VA : LOAD_W;
	double by = power_amps(c->system, c->volts, 1);

	if (isnan(by) || !s->n[from])
		return;
	for (int k = 0; k < power_conductors(c->system); k++)
		copy_inputs(l, s, (enum load_out)k, from, by);
	s->amps = from == LOAD_VA ? LOAD_AMPS_FROM_VA : LOAD_AMPS_FROM_W;
}

int loads_source(struct loads *l, size_t circuit, unsigned want, struct load_source *ret,
		 struct err *err)
{
	struct load_source s = { 0 };
	int r = 0;

	if (want & LOAD_WANT_A)
		r = sums_amps(l, circuit, &s, err);
	if (r == 0 && (want & LOAD_WANT_A) && !s.amps)
		r = meters_amps(l, circuit, &s, err);
	if (r == 0 && ((want & LOAD_WANT_VA) || ((want & LOAD_WANT_A) && !s.amps)))
		r = meters_total(l, circuit, TOPOLOGY_VA, LOAD_VA, &s, err);
	if (r == 0 && ((want & LOAD_WANT_W) || ((want & LOAD_WANT_A) && !s.amps && !s.n[LOAD_VA])))
		r = sums_w(l, circuit, &s, err);
	if (r == 0 && (want & LOAD_WANT_W) && !s.n[LOAD_W])
		r = meters_total(l, circuit, TOPOLOGY_W, LOAD_W, &s, err);
	if (r == 0 && (want & LOAD_WANT_A) && !s.amps && !s.n[LOAD_VA] && !s.n[LOAD_W])
		r = meters_total(l, circuit, TOPOLOGY_W, LOAD_W, &s, err);
	if (r < 0) {
		load_source_done(&s);
		return -1;
	}
	if ((want & LOAD_WANT_A) && !s.amps)
		derive_amps(l, circuit, &s);
	*ret = s;
	return 0;
}

int loads_outlet(struct loads *l, const char *device, const char *part, int64_t *ret_series,
		 bool *ret_is_power, struct err *err)
{
	int r;

	*ret_series = 0;
	query_bind_text(l->outlet, ":device", device);
	query_bind_text(l->outlet, ":part", part);
	r = query_step(l->outlet, err);
	if (r > 0) {
		*ret_series = query_int(l->outlet, 0);
		*ret_is_power = query_int(l->outlet, 1) != 0;
	}
	query_reset(l->outlet);
	return r < 0 ? -1 : 0;
}

/* ---- samples --------------------------------------------------------------------- */

/* Leaves out instants at which a sum lacks members. */
static int drop_partial(struct loads *l, const struct load_input *in, int64_t from, int64_t to,
			struct samples *s, struct err *err)
{
	struct samples present = { 0 }, expected = { 0 };
	size_t kept = 0, p = 0, e = 0;
	int r = series_read(l->db, in->present, from, to - 1, false, &present, err);

	if (r == 0)
		r = series_read(l->db, in->expected, from, to - 1, false, &expected, err);
	for (size_t i = 0; i < s->n && r == 0; i++) {
		int64_t ts = s->s[i].ts;

		while (p < present.n && present.s[p].ts < ts)
			p++;
		while (e < expected.n && expected.s[e].ts < ts)
			e++;
		if (p == present.n || e == expected.n || present.s[p].ts != ts ||
		    expected.s[e].ts != ts || present.s[p].value < expected.s[e].value - 0.5)
			continue;
		s->s[kept++] = s->s[i];
	}
	if (r == 0)
		s->n = kept;
	samples_done(&present);
	samples_done(&expected);
	return r;
}

int loads_samples(struct loads *l, const struct load_input *in, int64_t from, int64_t to,
		  struct samples *ret, struct err *err)
{
	struct samples s = { 0 };
	size_t kept = 0;

	if (series_read(l->db, in->series, from, to - 1, false, &s, err) < 0)
		return -1;
	if (in->partial && drop_partial(l, in, from, to, &s, err) < 0) {
		samples_done(&s);
		return -1;
	}
	for (size_t i = 0; i < s.n; i++) {
		int64_t ts = s.s[i].ts;

		if (bad_between(in->meter, ts, ts + 1))
			continue;
		s.s[kept] = s.s[i];
		s.s[kept++].value *= factor_at(in, ts);
	}
	s.n = kept;
	*ret = s;
	return 0;
}
