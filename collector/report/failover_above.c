/* SPDX-License-Identifier: Apache-2.0 */
/* See failover_above.h. */
#include "report/failover_above.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/failover_moves.h"
#include "report/worst.h"

#define MAX_INPUTS  1024    /* of one sum; 18 MB a month */
#define MAX_SAMPLES 4000    /* hours of series that are read for one sum, about 0.2 s */
#define CACHE_HOURS 1500000 /* of series kept, 48 MB */

/* ---- sources, kept for the next sum ---------------------------------------------------- */

struct cached {
	struct load_source source;
	bool read;
};

struct above {
	struct loads *l;
	const struct topology *t;
	const struct failover_options *options;
	const struct failover_cases *racks;
	size_t *first_case; /* by rack, n_racks + 1: index into racks->c */
	int64_t from, to;
	struct topology_supply normal;
	struct cached *cache; /* by circuit */
	size_t kept;          /* hours of series in it */
	struct failover_aboves *out;
	size_t *latest;   /* by circuit: 1 + the latest case at it */
	size_t *before;   /* by case: the one before at the same circuit */
	uint64_t *hashes; /* by case */
	size_t cap_before, cap_hashes;
};

static void cache_clear(struct above *a)
{
	for (size_t i = 0; i < a->t->n; i++)
		load_source_done(&a->cache[i].source);
	memset(a->cache, 0, (a->t->n + 1) * sizeof(*a->cache));
	a->kept = 0;
}

static int source_of(struct above *a, size_t circuit, const struct load_source **ret,
		     struct err *err)
{
	struct cached *c = &a->cache[circuit];

	if (!c->read) {
		if (loads_source(a->l, circuit, LOAD_WANT_A | LOAD_WANT_W, &c->source, err) < 0)
			return -1;
		c->read = true;
		for (int out = 0; out < LOAD_OUTS; out++)
			a->kept += c->source.n[out] * loads_hours(a->l);
	}
	*ret = &c->source;
	return 0;
}

/* ---- a sum ------------------------------------------------------------------------------- */

struct part { /* an input: what one unit of it is on the circuit */
	const struct load_input *in;
	struct phase_load a;
	double w;
	bool present; /* was there before the loss */
};

struct sum {
	struct above *a;
	size_t at;
	struct failover_limits limits;
	struct part *parts;
	size_t n, cap;
	bool amps_known, w_known; /* some are */
	enum load_amps amps;
	size_t lacking;
	struct phase_load dropped;
};

static void add_part(struct sum *s, const struct load_input *in, const struct phase_load *load,
		     double w, bool present)
{
	xgrow(&s->parts, &s->cap, s->n + 1, sizeof(*s->parts));
	s->parts[s->n++] = (struct part){ in, *load, w, present };
}

enum of { OF_AMPS, OF_WATTS };

/* The load of a circuit into the sum: its own series, else those of what it supplies. */
static int add_load(struct sum *s, enum of of, size_t circuit, const struct moves_image *image,
		    double w, bool present, struct err *err)
{
	const struct topology_circuit *c = &s->a->t->c[circuit];
	const struct load_source *source;
	bool any = false;

	if (s->n > MAX_INPUTS)
		return 0;
	if (source_of(s->a, circuit, &source, err) < 0)
		return -1;
	for (int k = 0; of == OF_AMPS && source->amps && k < power_conductors(c->system); k++)
		for (size_t i = 0; i < source->n[k]; i++)
			add_part(s, &source->in[k][i], &image->of[k], 0, present);
	for (size_t i = 0; of == OF_WATTS && i < source->n[LOAD_W]; i++)
		add_part(s, &source->in[LOAD_W][i], &(struct phase_load){ { 0 }, { 0 } }, w,
			 present);
	if (of == OF_AMPS ? source->amps != LOAD_AMPS_NONE : source->n[LOAD_W] > 0) {
		s->amps = of == OF_AMPS && source->amps > s->amps ? source->amps : s->amps;
		s->amps_known = s->amps_known || of == OF_AMPS;
		s->w_known = s->w_known || of == OF_WATTS;
		return 0;
	}
	for (size_t i = 0; i < c->n_children; i++) {
		const struct topology_circuit *child = &s->a->t->c[c->children[i]];
		size_t k = 0;
		double share;
		struct moves_image there;

		while (child->fed_by[k] != circuit)
			k++;
		share = s->a->normal.share[c->children[i]][k];
		if (!(share > 0) || topology_idle(s->a->t, c->children[i]))
			continue;
		any = true;
		moves_compose(s->a->t, c->children[i], k, share, image, &there);
		if (add_load(s, of, c->children[i], &there, w * share, present, err) < 0)
			return -1;
	}
	s->lacking += !any;
	return 0;
}

/* What the dead feeds' loads that go dark take off, at least. */
static void add_dropped(struct sum *s, const struct moves *m, const struct moves_term *term)
{
	const struct above *a = s->a;
	const struct topology_circuit *feed = &a->t->c[term->from];

	for (size_t i = 0; term->feed && i < feed->n_racks; i++) {
		size_t r = feed->racks[i];

		for (size_t c = a->first_case[r]; c < a->first_case[r + 1]; c++) {
			const struct failover_case *known = &a->racks->c[c];
			/* Told for all its dead feeds together: with several it stays. */
			if (known->mask != m->mask[r] || known->n_lost != 1)
				continue;
			for (int k = 0; k < 3; k++)
				for (int j = 0; j < 3; j++)
					s->dropped.line[j] += known->least_dropped_a[k] *
							      term->image.of[k].line[j];
		}
	}
}

static int build(struct sum *s, const struct moves *m, const struct moves_term *terms, size_t n,
		 struct err *err)
{
	bool a = !isnan(s->limits.derated_a) || !isnan(s->limits.trip_a) ||
		 !isnan(s->limits.derated_va),
	     w = !isnan(s->limits.derated_w);
	struct moves_image identity = moves_identity();
	struct moves_term *few = NULL;
	size_t n_few = n ? moves_gather(s->a->t, m, terms, n, &few) : 0;
	int r = 0;

	for (enum of of = OF_AMPS; of <= OF_WATTS && r == 0; of++) {
		if (of == OF_AMPS ? !a : !w)
			continue;
		r = add_load(s, of, s->at, &identity, 1, true, err);
		for (size_t i = 0; i < n_few && r == 0; i++)
			r = add_load(s, of, few[i].from, &few[i].image, few[i].w, false, err);
	}
	for (size_t i = 0; i < n && r == 0; i++)
		add_dropped(s, m, &terms[i]);
	free(few);
	return r;
}

/* ---- judging --------------------------------------------------------------------------------- */

static void load_of(const struct sum *s, const double *x, struct failover_load *after,
		    struct phase_load *present, double *present_w)
{
	const struct topology_circuit *c = &s->a->t->c[s->at];
	struct phase_load all = { { 0 }, { 0 } }, was = { { 0 }, { 0 } };
	double w = 0, was_w = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct part *p = &s->parts[i];

		for (int k = 0; k < 3; k++) {
			all.line[k] += x[i] * p->a.line[k];
			all.pair[k] += x[i] * p->a.pair[k];
			was.line[k] += p->present ? x[i] * p->a.line[k] : 0;
			was.pair[k] += p->present ? x[i] * p->a.pair[k] : 0;
		}
		w += x[i] * p->w;
		was_w += p->present ? x[i] * p->w : 0;
	}
	for (int k = 0; k < 3; k++) {
		all.line[k] = fmax(all.line[k] - s->dropped.line[k], was.line[k]);
		after->a[k] = s->amps_known && k < power_conductors(c->system)
				      ? phase_load_line(&all, k)
				      : (double)NAN;
	}
	after->w = s->w_known ? w : (double)NAN;
	if (!present)
		return;
	*present_w = s->w_known ? was_w : (double)NAN;
	for (int k = 0; k < 3; k++)
		present->line[k] = s->amps_known ? phase_load_line(&was, k) : (double)NAN;
}

static void judge(const struct sum *s, const double *x, struct failover_load *load,
		  struct phase_load *present, double *present_w, struct failover_verdict *v)
{
	const struct topology_circuit *c = &s->a->t->c[s->at];

	load_of(s, x, load, present, present_w);
	failover_judge(&s->limits, power_conductors(c->system), power_va_per_a(c->system, c->volts),
		       load, s->a->options->warn, v);
}

static void value(void *user, const double *least, const double *most, double *ret)
{
	const struct sum *s = user;
	struct failover_load load;
	struct failover_verdict v;

	(void)least;
	judge(s, most, &load, NULL, NULL, &v);
	*ret = failover_rank(&v);
}

static int read_samples(void *user, int64_t from, int64_t to, struct samples *ret, struct err *err)
{
	const struct sum *s = user;

	for (size_t i = 0; i < s->n; i++)
		if (loads_samples(s->a->l, s->parts[i].in, from, to, &ret[i], err) < 0)
			return -1;
	return 0;
}

static void make_problem(struct sum *s, struct worst_problem *p, double *least, double *most,
			 double *share, const bool *optional)
{
	size_t hours = loads_hours(s->a->l);

	for (size_t i = 0; i < s->n; i++)
		for (size_t h = 0; h < hours; h++) {
			const struct load_hour *from = &s->parts[i].in->hours[h];

			least[i * hours + h] = from->least;
			most[i * hours + h] = from->most;
			share[i * hours + h] = from->share;
		}
	*p = (struct worst_problem){ .n_inputs = s->n,
				     .n_values = 1,
				     .n_hours = hours,
				     .from = s->a->from,
				     .to = s->a->to,
				     .first_hour = loads_first_hour(s->a->l),
				     .least = least,
				     .most = most,
				     .share = share,
				     .optional = optional,
				     .value = value,
				     .read = read_samples,
				     .user = s,
				     .max_hours = 1 + MAX_SAMPLES / s->n };
}

static void take_moment(const struct sum *s, const double *x, int64_t ts, double skew_s,
			struct failover_moment *ret, struct phase_load *present, double *present_w)
{
	judge(s, x, &ret->load, present, present_w, &ret->verdict);
	ret->feed = s->at;
	ret->ts = ts;
	ret->skew_s = skew_s;
}

static int find_worst(struct sum *s, struct failover_above *c, struct err *err)
{
	size_t n = s->n * loads_hours(s->a->l) + 1;
	double *least = xcalloc(n, sizeof(*least)), *most = xcalloc(n, sizeof(*most)),
	       *share = xcalloc(n, sizeof(*share)), *x = xcalloc(s->n + 1, sizeof(*x)), skew_s;
	bool *optional = xcalloc(s->n + 1, sizeof(*optional));
	struct worst_result result = { 0 };
	struct worst_problem p;
	int64_t ts = 0, step_s = 1;
	int r;

	make_problem(s, &p, least, most, share, optional);
	for (size_t i = 0; i < s->n; i++)
		step_s = s->parts[i].in->step_s > step_s ? s->parts[i].in->step_s : step_s;
	r = worst_find(&p, &result, err);
	if (r == 0 && !isnan(result.w[0].value))
		take_moment(s, result.w[0].x, result.w[0].ts, result.w[0].skew_s, &c->worst,
			    &c->present, &c->present_w);
	if (r == 0 && s->a->options->live)
		r = worst_latest(&p, p.to - 3 * step_s, x, &ts, &skew_s, err);
	if (r == 0) {
		c->bound = result.w[0].bound;
		c->coverage = result.coverage;
	}
	if (r == 0 && ts)
		take_moment(s, x, ts, skew_s, &c->now, NULL, NULL);
	worst_done(&result, 1);
	free(least);
	free(most);
	free(share);
	free(optional);
	free(x);
	return r;
}

/* ---- cases -------------------------------------------------------------------------------------
 */

static struct failover_above *new_case(struct above *a, size_t lost, size_t at)
{
	struct failover_aboves *out = a->out;

	xgrow(&out->c, &out->cap, out->n + 1, sizeof(*out->c));
	struct failover_above *c = &out->c[out->n++];

	*c = (struct failover_above){ .lost = lost, .at = at };
	c->worst.verdict = c->now.verdict =
		(struct failover_verdict){ .pct = NAN, .pct_trip = NAN, .load = NAN, .limit = NAN };
	c->worst.feed = c->now.feed = at;
	for (int k = 0; k < 3; k++)
		c->worst.load.a[k] = c->now.load.a[k] = c->present.line[k] = NAN;
	c->worst.load.w = c->now.load.w = c->present_w = NAN;
	return c;
}

static int judge_case(struct above *a, struct failover_above *c,
		      const struct failover_limits *limits, const struct moves *m,
		      const struct moves_term *terms, size_t n, struct err *err)
{
	struct sum s = { .a = a, .at = c->at, .limits = *limits };
	int r = build(&s, m, terms, n, err);

	c->lacking = s.lacking;
	c->amps = s.amps;
	c->too_many = s.n > MAX_INPUTS;
	if (r == 0 && s.n && !c->too_many)
		r = find_worst(&s, c, err);
	free(s.parts);
	if (a->kept > CACHE_HOURS)
		cache_clear(a);
	return r;
}

/* The racks below a circuit that a term speaks of. */
static void mark_broken(struct above *a, size_t circuit, size_t index)
{
	const struct topology_circuit *c = &a->t->c[circuit];

	for (size_t i = 0; i < c->n_racks; i++)
		if (!a->out->broken[c->racks[i]])
			a->out->broken[c->racks[i]] = index + 1;
	for (size_t i = 0; i < c->n_children; i++)
		mark_broken(a, c->children[i], index);
}

/* What comes to a circuit, as one number: the loss of a bus and of its UPS often bring the same. */
static uint64_t signature(const struct moves_term *terms, size_t n)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < n; i++) {
		hash = text_hash_more(hash, &terms[i].from, sizeof(terms[i].from));
		hash = text_hash_more(hash, &terms[i].w, sizeof(terms[i].w));
		hash = text_hash_more(hash, &terms[i].image, sizeof(terms[i].image));
	}
	return hash;
}

/* The case that told the same of that circuit already; NULL: none. */
static const struct failover_above *same_before(const struct above *a, size_t at, uint64_t hash)
{
	for (size_t i = a->latest[at]; i > 0; i = a->before[i - 1])
		if (a->hashes[i - 1] == hash)
			return &a->out->c[i - 1];
	return NULL;
}

static void remember(struct above *a, size_t at, uint64_t hash)
{
	size_t i = a->out->n - 1;

	xgrow(&a->hashes, &a->cap_hashes, a->out->n, sizeof(*a->hashes));
	xgrow(&a->before, &a->cap_before, a->out->n, sizeof(*a->before));
	a->hashes[i] = hash;
	a->before[i] = a->latest[at];
	a->latest[at] = i + 1;
}

static int judge_moves(struct above *a, const struct moves *m, struct err *err)
{
	for (size_t first = 0, n; first < m->n; first += n) {
		size_t at = m->terms[first].to, index = a->out->n;
		struct failover_limits limits = failover_limits_of(&a->t->c[at]);
		bool rated = !isnan(limits.derated_a) || !isnan(limits.trip_a) ||
			     !isnan(limits.derated_w) || !isnan(limits.derated_va);

		n = moves_of_circuit(m, first);
		/* The racks' own feeds are told with the racks. */
		if (a->t->c[at].n_racks || !rated)
			continue;

		uint64_t hash = signature(&m->terms[first], n);
		const struct failover_above *same = same_before(a, at, hash);
		struct failover_above copy = same ? *same : (struct failover_above){ 0 };
		struct failover_above *c = new_case(a, m->lost, at);

		if (same) {
			copy.lost = m->lost;
			*c = copy;
		} else if (judge_case(a, c, &limits, m, &m->terms[first], n, err) < 0) {
			return -1;
		}
		remember(a, at, hash);
		if (a->out->c[index].worst.verdict.state < FAILOVER_CRIT)
			continue;
		for (size_t i = first; i < first + n; i++)
			mark_broken(a, m->terms[i].from, index);
	}
	return 0;
}

/* What is rated is what the needed modules carry. */
static int judge_module(struct above *a, size_t at, const struct moves *m, struct err *err)
{
	const struct topology_circuit *c = &a->t->c[at];
	struct failover_limits limits = failover_limits_of(c);
	struct failover_above *out;
	double left = fmin(1, (c->modules - 1) / (double)c->modules_needed);

	if (c->modules < 1 || c->modules_needed < 1)
		return 0;
	limits.derated_a *= left;
	limits.derated_va *= left;
	limits.derated_w *= left;
	out = new_case(a, at, at);
	out->module = true;
	remember(a, at, 1); /* no sum of terms has this one by chance */
	return judge_case(a, out, &limits, m, NULL, 0, err);
}

static void add_loss(struct above *a, const struct moves *m)
{
	struct failover_loss loss = { .lost = m->lost };

	for (size_t r = 0; r < a->t->n_racks; r++) {
		size_t n = a->t->racks[r].n_feeds;
		struct failover_rack rack;

		if (!m->mask[r] || !a->t->racks[r].live)
			continue;
		if ((size_t)__builtin_popcountll(m->mask[r]) == n) {
			loss.racks_dark++;
			continue;
		}
		loss.racks_moved++;
		if (!a->t->racks[r].n_cords)
			continue;
		failover_rack_of(a->t, r, NULL, &rack);
		loss.loads_dark += failover_dark(&rack, m->mask[r]);
		failover_rack_done(&rack);
	}
	xgrow(&a->out->losses, &a->out->cap_losses, a->out->n_losses + 1, sizeof(loss));
	a->out->losses[a->out->n_losses++] = loss;
}

static int judge_all(struct above *a, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < a->t->n && r == 0; i++) {
		size_t x = a->t->upward[i];
		struct moves m;

		if (topology_is_feed(a->t, x) || (!a->t->c[x].n_children && !a->t->c[x].modules))
			continue;
		moves_of(a->t, x, &m);
		r = judge_moves(a, &m, err);
		if (r == 0)
			r = judge_module(a, x, &m, err);
		if (r == 0)
			add_loss(a, &m);
		moves_done(&m);
	}
	return r;
}

int failover_above(struct loads *l, const struct failover_options *options, int64_t from,
		   int64_t to, const struct failover_cases *racks, struct failover_aboves *ret,
		   struct err *err)
{
	const struct topology *t = loads_topology(l);
	struct failover_aboves out = { .broken = xcalloc(t->n_racks + 1, sizeof(*out.broken)) };
	struct above a = { .l = l,
			   .t = t,
			   .options = options,
			   .racks = racks,
			   .from = from,
			   .to = to,
			   .cache = xcalloc(t->n + 1, sizeof(*a.cache)),
			   .first_case = xcalloc(t->n_racks + 2, sizeof(*a.first_case)),
			   .out = &out,
			   .latest = xcalloc(t->n + 1, sizeof(*a.latest)) };
	int r;

	for (size_t i = 0, c = 0; i <= t->n_racks; i++) {
		while (c < racks->n && racks->c[c].rack < i)
			c++;
		a.first_case[i] = c;
	}
	topology_supply(t, NULL, &a.normal);
	r = judge_all(&a, err);
	cache_clear(&a);
	topology_supply_done(&a.normal);
	free(a.cache);
	free(a.first_case);
	free(a.latest);
	free(a.before);
	free(a.hashes);
	if (r < 0)
		failover_aboves_done(&out);
	else
		*ret = out;
	return r;
}

void failover_aboves_done(struct failover_aboves *a)
{
	free(a->c);
	free(a->losses);
	free(a->broken);
	*a = (struct failover_aboves){ 0 };
}
