/* SPDX-License-Identifier: Apache-2.0 */
/* See circuits.h. From the racks upward: what a circuit carries is told before what supplies it
 * needs it, and kept by hour only where it is needed. */
#include "report/circuits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/percentile.h"

#define HOUR_S  3600
#define WHOLE   0.98 /* of what belongs to a sum */
#define PARTIAL 0.05 /* of the time with less makes it a partial one */

struct part { /* how much of a mean there is, 0 to 1 */
	double time, members;
};

struct hour { /* the load of a circuit in an hour: means */
	double w;
	struct phase_load a;
	struct part of_w, of_a;
};

struct below {              /* what a circuit supplies */
	struct hour *hours; /* NULL: nobody needs it */
	size_t expected;    /* circuits */
	double now_w;       /* NAN: one is missing */
	struct phase_load now_a;
	bool now_a_known;
};

struct walk {
	struct loads *l;
	const struct topology *t;
	int64_t from, to;
	double warn;
	bool live;
	size_t n_hours;
	struct topology_supply supply;
	struct below *below; /* by circuit */
	struct circuits *out;
};

const char *circuit_source_name(enum circuit_source source)
{
	static const char *const names[] = { "-", "meter", "sum", "below" };

	return names[source];
}

/* ---- one circuit's own series --------------------------------------------------- */

/* The sum of an output's inputs in an hour; 0 with nothing of it when one is missing. */
static double own_mean(const struct load_source *s, enum load_out out, size_t h, struct part *ret)
{
	struct part part = { s->n[out] ? 1 : 0, 1 };
	double sum = 0;

	for (size_t i = 0; i < s->n[out]; i++) {
		const struct load_hour *hour = &s->in[out][i].hours[h];

		sum += hour->mean;
		part.time = fmin(part.time, isnan(hour->mean) ? 0 : hour->share);
		part.members = fmin(part.members, hour->members);
	}
	*ret = part;
	return part.time > 0 ? sum : 0;
}

static void own_hour(const struct load_source *s, int conductors, size_t h, struct hour *ret)
{
	struct hour hour = { .of_a = { 1, 1 } };
	struct part part;

	hour.w = own_mean(s, LOAD_W, h, &hour.of_w);
	for (int k = 0; k < conductors; k++) {
		hour.a.line[k] = own_mean(s, (enum load_out)k, h, &part);
		hour.of_a.time = fmin(hour.of_a.time, part.time);
		hour.of_a.members = fmin(hour.of_a.members, part.members);
	}
	if (!(hour.of_a.time > 0))
		hour.a = (struct phase_load){ { 0 }, { 0 } };
	*ret = hour;
}

/* The greatest reading of an output; of several series the greatest mean of an hour. */
static void own_peak(const struct walk *w, const struct load_source *s, enum load_out out,
		     double *ret, int64_t *ret_hour)
{
	for (size_t h = 0; s->n[out] && h < w->n_hours; h++) {
		struct part part = { 1, 1 };
		double v =
			s->n[out] == 1 ? s->in[out][0].hours[h].most : own_mean(s, out, h, &part);

		if (isnan(v) || !(part.time > 0) || v <= *ret)
			continue;
		*ret = v;
		*ret_hour = loads_first_hour(w->l) + (int64_t)h * HOUR_S;
	}
}

/* The latest reading of each input of an output, none older than three of its steps. */
static int own_now(struct walk *w, const struct load_source *s, enum load_out out, double *ret,
		   int64_t *ret_ts, struct err *err)
{
	double sum = 0;

	for (size_t i = 0; i < s->n[out]; i++) {
		struct samples samples = { 0 };

		if (loads_samples(w->l, &s->in[out][i], w->to - 3 * (int64_t)s->in[out][i].step_s,
				  w->to, &samples, err) < 0)
			return -1;
		if (samples.n) {
			sum += samples.s[samples.n - 1].value;
			if (samples.s[samples.n - 1].ts > *ret_ts)
				*ret_ts = samples.s[samples.n - 1].ts;
		} else {
			sum = NAN;
		}
		samples_done(&samples);
	}
	*ret = s->n[out] ? sum : (double)NAN;
	return 0;
}

static int read_now(struct walk *w, size_t circuit, const struct load_source *s,
		    struct circuit_figures *f, struct err *err)
{
	if (!w->live)
		return 0;
	if (own_now(w, s, LOAD_W, &f->now_w, &f->now_at, err) < 0)
		return -1;
	for (int k = 0; k < power_conductors(w->t->c[circuit].system); k++)
		if (own_now(w, s, (enum load_out)k, &f->now_a[k], &f->now_at, err) < 0)
			return -1;
	if (f->now_at > w->out->now)
		w->out->now = f->now_at;
	return 0;
}

/* ---- hours into figures ------------------------------------------------------------ */

struct sums {                /* over hours; by time */
	double w, w_s;       /* hours that are whole */
	double any_w, any_s; /* all */
	double a[3], a_s;
	double covered_s;
	double peak_w, peak_a[3];
	int64_t peak_at;
};

static double hour_length(const struct walk *w, size_t h)
{
	int64_t from = loads_first_hour(w->l) + (int64_t)h * HOUR_S, to = from + HOUR_S;

	from = from > w->from ? from : w->from;
	to = to < w->to ? to : w->to;
	return to > from ? (double)(to - from) : 0;
}

static void add_hour(const struct walk *w, size_t h, const struct hour *hour, int conductors,
		     bool watts, struct sums *s)
{
	const struct part *of = watts ? &hour->of_w : &hour->of_a;
	double length = hour_length(w, h);

	s->covered_s += of->members * fmin(of->time * HOUR_S, length);
	if (hour->of_w.time > 0) {
		s->any_w += hour->w * length;
		s->any_s += length;
		if (hour->w > s->peak_w || isnan(s->peak_w)) {
			s->peak_w = hour->w;
			s->peak_at = loads_first_hour(w->l) + (int64_t)h * HOUR_S;
		}
		if (hour->of_w.members >= WHOLE) {
			s->w += hour->w * length;
			s->w_s += length;
		}
	}
	if (!(hour->of_a.time > 0))
		return;
	for (int k = 0; k < conductors; k++) {
		double a = phase_load_line(&hour->a, k);

		s->a[k] += a * length;
		if (a > s->peak_a[k] || isnan(s->peak_a[k]))
			s->peak_a[k] = a;
	}
	s->a_s += length;
}

static void set_means(const struct walk *w, const struct topology_circuit *c, const struct sums *s,
		      struct circuit_figures *f)
{
	int n = power_conductors(c->system);

	f->partial = s->w_s < s->any_s * (1 - PARTIAL);
	f->mean_w = s->w_s > 0 ? s->w / s->w_s : s->any_s > 0 ? s->any_w / s->any_s : (double)NAN;
	for (int k = 0; k < n && s->a_s > 0; k++)
		f->mean_a[k] = s->a[k] / s->a_s;
	f->coverage = w->to > w->from ? s->covered_s / (double)(w->to - w->from) : 0;
	if (n != 3 || !(s->a_s > 0))
		return;
	f->imbalance_pct = threephase_imbalance_pct(f->mean_a);
	if (c->system == POWER_3PH_WYE)
		f->neutral_a = threephase_neutral_a(f->mean_a);
}

/* Of the hours that count for the mean. */
static void set_p99(const struct walk *w, const struct hour *hours, struct circuit_figures *f)
{
	double *values = xcalloc(w->n_hours + 1, sizeof(*values));
	size_t n = 0;

	for (size_t h = 0; h < w->n_hours; h++)
		if (hours[h].of_w.time > 0 && (f->partial || hours[h].of_w.members >= WHOLE))
			values[n++] = hours[h].w;
	f->p99_w = percentile(values, n, 99, PERCENTILE_NEAREST_RANK);
	free(values);
}

static void judge(const struct walk *w, const struct topology_circuit *c, struct circuit_figures *f)
{
	struct failover_limits limits = failover_limits_of(c);
	struct failover_load load = { .w = f->peak_w };

	memcpy(load.a, f->peak_a, sizeof(load.a));
	failover_judge(&limits, power_conductors(c->system), power_va_per_a(c->system, c->volts),
		       &load, w->warn, &f->peak);
}

/* ---- what a circuit supplies ---------------------------------------------------------- */

static bool known(const struct load_source *s)
{
	return s->amps || s->n[LOAD_W];
}

/* Meters are held against what is below them; without any series, or with sums that hold nothing
 * in the period (history from before the collector), it is all that is known. */
static int needs_below(struct walk *w, size_t circuit, bool *ret, struct err *err)
{
	const struct topology_circuit *c = &w->t->c[circuit];
	struct load_source s;

	*ret = c->n_children > 0;
	if (!*ret || !loads_has_sums(w->l, circuit) ||
	    (c->n_meters && w->t->meters[c->meters[0]].primary))
		return 0;
	if (loads_source(w->l, circuit, LOAD_WANT_A | LOAD_WANT_W, &s, err) < 0)
		return -1;
	*ret = !known(&s);
	load_source_done(&s);
	return 0;
}

/* Sums while the circuits below come; finish_below makes means of them. */
static void add_part(struct part *to, const struct part *part)
{
	to->time += part->time;
	to->members += part->time > 0 ? part->members : 0;
}

static void give(struct walk *w, size_t circuit, const struct hour *hours,
		 const struct circuit_figures *f)
{
	const struct topology_circuit *c = &w->t->c[circuit];

	for (size_t s = 0; s < c->n_fed_by; s++) {
		double share = w->supply.share[circuit][s];
		struct below *b = &w->below[c->fed_by[s]];
		struct phase_load now = { { 0 }, { 0 } };

		if (!(share > 0))
			continue;
		b->expected++;
		if (!b->hours)
			continue;
		b->now_w += share * f->now_w;
		for (int k = 0; k < power_conductors(c->system); k++) {
			b->now_a_known = b->now_a_known && !isnan(f->now_a[k]);
			now.line[k] = isnan(f->now_a[k]) ? 0 : f->now_a[k];
		}
		topology_climb(w->t, circuit, s, &now, share, &b->now_a);
		for (size_t h = 0; h < w->n_hours; h++) {
			struct hour *to = &b->hours[h];

			to->w += share * hours[h].w;
			add_part(&to->of_w, &hours[h].of_w);
			add_part(&to->of_a, &hours[h].of_a);
			topology_climb(w->t, circuit, s, &hours[h].a, share, &to->a);
		}
	}
}

static void mean_part(struct part *part, double n)
{
	/* time is that of those which are there at all */
	part->time = part->members > 0 ? fmin(part->time / part->members, 1) : 0;
	part->members /= n;
}

static void finish_below(const struct walk *w, struct below *b)
{
	for (size_t h = 0; h < w->n_hours && b->expected; h++) {
		mean_part(&b->hours[h].of_w, (double)b->expected);
		mean_part(&b->hours[h].of_a, (double)b->expected);
	}
}

/* What the meter reads and what arrives below, over the hours that both have. */
static void compare_below(const struct walk *w, const struct below *b, const struct hour *own,
			  struct circuit_figures *f)
{
	double meter = 0, below = 0, length = 0;

	for (size_t h = 0; h < w->n_hours && b->expected; h++) {
		double s = hour_length(w, h);

		if (!(own[h].of_w.time > 0) || own[h].of_w.members < WHOLE ||
		    b->hours[h].of_w.members < WHOLE)
			continue;
		meter += own[h].w * s;
		below += b->hours[h].w * s;
		length += s;
	}
	if (!(length > 0))
		return;
	f->children_w = below / length;
	f->loss_w = (meter - below) / length;
	f->loss_pct = fabs(meter) > 0 ? 100 * (meter - below) / meter : (double)NAN;
}

/* ---- check meters ------------------------------------------------------------------------ */

static int compare_check(struct walk *w, size_t circuit, const struct hour *own,
			 struct circuit_figures *f, struct err *err)
{
	const struct topology_circuit *c = &w->t->c[circuit];

	for (size_t i = 0; i < c->n_meters && isnan(f->check_w); i++) {
		const struct topology_meter *m = &w->t->meters[c->meters[i]];

		for (size_t k = 0; !m->primary && k < m->n_series && isnan(f->check_w); k++) {
			double meter = 0, check = 0, length = 0;
			struct load_input in;
			bool any = false;

			if (m->series[k].quantity != TOPOLOGY_W || !(m->series[k].main || *m->part))
				continue;
			if (loads_input(w->l, m->series[k].id, m->factor, &in, &any, err) < 0) {
				free(in.hours);
				return -1;
			}
			for (size_t h = 0; any && h < w->n_hours; h++) {
				double s = hour_length(w, h);

				if (!(own[h].of_w.time > 0) || !(in.hours[h].share > 0))
					continue;
				meter += own[h].w * s;
				check += in.hours[h].mean * s;
				length += s;
			}
			free(in.hours);
			if (!(length > 0))
				continue;
			f->check_w = check / length;
			f->check_pct = fabs(meter) > 0 ? 100 * (check / meter - 1) : (double)NAN;
		}
	}
	return 0;
}

/* ---- the walk ------------------------------------------------------------------------------ */

static void use_below(const struct topology_circuit *c, const struct below *b,
		      struct circuit_figures *f)
{
	f->now_w = b->now_w;
	for (int k = 0; k < power_conductors(c->system) && b->now_a_known; k++)
		f->now_a[k] = phase_load_line(&b->now_a, k);
}

static enum circuit_source source_of(const struct load_source *s)
{
	return !known(s) ? CIRCUIT_UNKNOWN : s->group ? CIRCUIT_SUM : CIRCUIT_METER;
}

static int read_circuit(struct walk *w, size_t circuit, struct err *err)
{
	const struct topology_circuit *c = &w->t->c[circuit];
	struct circuit_figures *f = &w->out->c[circuit];
	struct below *b = &w->below[circuit];
	struct load_source s;
	struct hour *hours;
	struct sums sums = { .peak_w = NAN, .peak_a = { NAN, NAN, NAN } };
	int n = power_conductors(c->system), r;
	bool watts;

	if (loads_source(w->l, circuit, LOAD_WANT_A | LOAD_WANT_W, &s, err) < 0)
		return -1;
	if (b->hours)
		finish_below(w, b);
	hours = xcalloc(w->n_hours + 1, sizeof(*hours));
	f->source = source_of(&s);
	f->amps = s.amps;
	r = read_now(w, circuit, &s, f, err);
	for (size_t h = 0; h < w->n_hours; h++)
		own_hour(&s, n, h, &hours[h]);
	if (f->source == CIRCUIT_UNKNOWN && b->hours && b->expected) {
		f->source = CIRCUIT_CHILDREN;
		memcpy(hours, b->hours, w->n_hours * sizeof(*hours));
		use_below(c, b, f);
	}
	f->standby = f->source == CIRCUIT_UNKNOWN && c->n_children && !b->expected;
	watts = f->source == CIRCUIT_CHILDREN || s.n[LOAD_W] > 0;
	for (size_t h = 0; h < w->n_hours; h++)
		add_hour(w, h, &hours[h], n, watts, &sums);
	set_means(w, c, &sums, f);
	set_p99(w, hours, f);
	if (f->source == CIRCUIT_CHILDREN) {
		f->peak_w = sums.peak_w;
		f->peak_at = sums.peak_at;
		memcpy(f->peak_a, sums.peak_a, sizeof(f->peak_a));
	}
	own_peak(w, &s, LOAD_W, &f->peak_w, &f->peak_at);
	for (int k = 0; k < n; k++) {
		int64_t ignored;

		own_peak(w, &s, (enum load_out)k, &f->peak_a[k], &ignored);
	}
	judge(w, c, f);
	if (r == 0 && b->hours && f->source == CIRCUIT_METER)
		compare_below(w, b, hours, f);
	if (r == 0)
		r = compare_check(w, circuit, hours, f, err);
	if (!topology_idle(w->t, circuit) || f->source)
		give(w, circuit, hours, f);
	free(hours);
	free(b->hours);
	b->hours = NULL;
	load_source_done(&s);
	return r;
}

static void blank(struct circuit_figures *f)
{
	*f = (struct circuit_figures){ .now_w = NAN,
				       .mean_w = NAN,
				       .p99_w = NAN,
				       .peak_w = NAN,
				       .imbalance_pct = NAN,
				       .neutral_a = NAN,
				       .children_w = NAN,
				       .loss_w = NAN,
				       .loss_pct = NAN,
				       .check_w = NAN,
				       .check_pct = NAN };
	for (int k = 0; k < 3; k++)
		f->now_a[k] = f->mean_a[k] = f->peak_a[k] = NAN;
}

int circuits_read(struct loads *l, int64_t from, int64_t to, double warn, bool live,
		  struct circuits *ret, struct err *err)
{
	const struct topology *t = loads_topology(l);
	struct circuits out = { .c = xcalloc(t->n + 1, sizeof(*out.c)), .n = t->n };
	struct walk w = { .l = l,
			  .t = t,
			  .from = from,
			  .to = to,
			  .warn = warn,
			  .live = live,
			  .n_hours = loads_hours(l),
			  .below = xcalloc(t->n + 1, sizeof(*w.below)),
			  .out = &out };
	int r = 0;

	topology_supply(t, NULL, &w.supply);
	for (size_t i = 0; i < t->n && r == 0; i++) {
		bool below = false;

		blank(&out.c[i]);
		w.below[i].now_a_known = true;
		r = needs_below(&w, i, &below, err);
		if (below)
			w.below[i].hours = xcalloc(w.n_hours + 1, sizeof(struct hour));
	}
	for (size_t i = 0; i < t->n && r == 0; i++)
		r = read_circuit(&w, t->upward[i], err);
	for (size_t i = 0; i < t->n; i++)
		free(w.below[i].hours);
	topology_supply_done(&w.supply);
	free(w.below);
	if (r < 0)
		circuits_done(&out);
	else
		*ret = out;
	return r;
}

void circuits_done(struct circuits *c)
{
	free(c->c);
	*c = (struct circuits){ 0 };
}
