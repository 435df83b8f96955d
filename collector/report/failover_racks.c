/* SPDX-License-Identifier: Apache-2.0 */
/* See failover_racks.h. One rack at a time: its series are read, judged and dropped again. */
#include "report/failover_racks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/worst.h"

/* ---- what may be lost ------------------------------------------------------------- */

struct masks { /* of a rack */
	uint64_t *mask;
	size_t *lost, n;
};

static void add_mask(struct masks *m, uint64_t mask, size_t lost)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->mask[i] == mask)
			return;
	m->mask = xrealloc(m->mask, m->n + 1, sizeof(*m->mask));
	m->lost = xrealloc(m->lost, m->n + 1, sizeof(*m->lost));
	m->mask[m->n] = mask;
	m->lost[m->n++] = lost;
}

/* The feeds of the racks that are dead when circuit x is lost. */
static void add_masks_above(const struct topology *t, size_t x, struct masks *masks,
			    uint64_t *scratch, bool *lost)
{
	struct topology_supply supply;

	lost[x] = true;
	topology_supply(t, lost, &supply);
	lost[x] = false;
	for (size_t r = 0; r < t->n_racks; r++) {
		scratch[r] = 0;
		for (size_t f = 0; f < t->racks[r].n_feeds && f < FAILOVER_FEEDS; f++)
			if (!supply.alive[t->racks[r].feeds[f]])
				scratch[r] |= (uint64_t)1 << f;
		if (scratch[r] && t->racks[r].live)
			add_mask(&masks[r], scratch[r], x);
	}
	topology_supply_done(&supply);
}

/* Of every rack its feeds, then what takes several of them, the nearest to the rack first. */
static struct masks *find_masks(const struct topology *t)
{
	struct masks *masks = xcalloc(t->n_racks + 1, sizeof(*masks));
	uint64_t *scratch = xcalloc(t->n_racks + 1, sizeof(*scratch));
	bool *lost = xcalloc(t->n + 1, sizeof(*lost));

	for (size_t r = 0; r < t->n_racks; r++)
		for (size_t f = 0; f < t->racks[r].n_feeds && t->racks[r].live; f++)
			if (f < FAILOVER_FEEDS)
				add_mask(&masks[r], (uint64_t)1 << f, t->racks[r].feeds[f]);
	for (size_t i = 0; i < t->n; i++)
		if (t->c[t->upward[i]].n_children)
			add_masks_above(t, t->upward[i], masks, scratch, lost);
	free(scratch);
	free(lost);
	return masks;
}

static void masks_free(struct masks *masks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(masks[i].mask);
		free(masks[i].lost);
	}
	free(masks);
}

/* ---- the series of a rack ----------------------------------------------------------- */

struct flat { /* an input of the search */
	struct load_input *in;
	size_t feed;
	enum load_out out;
	size_t cord; /* SIZE_MAX: of a feed */
};

struct reader {
	struct loads *l;
	const struct failover_options *options;
	size_t index; /* of the rack */
	struct failover_rack rack;
	const struct masks *masks;
	struct load_source *sources; /* by feed */
	struct load_input *outlets;  /* by cord */
	bool *measured;              /* by cord */
	struct flat *flat;
	size_t n_flat, cap_flat;
	double *least, *most; /* of the outlets, for the functions */
};

/* A load matters when it may go dark, or when its cords hang on lines of different names. */
static bool matters(const struct reader *rd, const struct failover_device *d)
{
	for (size_t i = 0; i < rd->masks->n; i++) {
		struct failover_rack one = rd->rack;

		one.devices = (struct failover_device *)(uintptr_t)d;
		one.n_devices = 1;
		if (failover_dark(&one, rd->masks->mask[i]))
			return true;
	}
	for (size_t i = 1; i < d->n_cords; i++)
		if (d->cords[i].line != d->cords[0].line)
			return true;
	return false;
}

static int read_outlet(struct reader *rd, const struct topology_cord *c,
		       const struct failover_cord *cord, size_t at, struct err *err)
{
	const struct failover_feed *feed;
	bool is_power = false, any = false;
	int64_t series;

	if (cord->feed >= rd->rack.n_feeds || !*c->device || !*c->part)
		return 0;
	feed = &rd->rack.feeds[cord->feed];
	if (loads_outlet(rd->l, c->device, c->part, &series, &is_power, err) < 0)
		return -1;
	if (!series)
		return 0;
	/* W at a power factor of 1: never more amperes than there are. */
	double volts = cord->pair >= 0 ? feed->va_per_a * sqrt(3) : feed->va_per_a;
	double by = is_power ? 1 / volts / (cord->three ? 3 : 1) : 1;
	if (loads_input(rd->l, series, by, &rd->outlets[at], &any, err) < 0)
		return -1;
	rd->measured[at] = any;
	return 0;
}

static int read_outlets(struct reader *rd, struct err *err)
{
	const struct topology *t = loads_topology(rd->l);
	const struct topology_rack *rack = &t->racks[rd->index];
	size_t at = 0;

	for (size_t i = 0; i < rd->rack.n_devices; i++) {
		const struct failover_device *d = &rd->rack.devices[i];
		bool need = matters(rd, d);

		for (size_t k = 0; k < d->n_cords; k++, at++)
			if (need &&
			    read_outlet(rd, &t->cords[rack->cords[at]], &d->cords[k], at, err) < 0)
				return -1;
	}
	/* Again, now that it is known which cords are measured. */
	failover_rack_done(&rd->rack);
	failover_rack_of(t, rd->index, rd->measured, &rd->rack);
	return 0;
}

static void add_flat(struct reader *rd, struct load_input *in, size_t feed, enum load_out out,
		     size_t cord)
{
	xgrow(&rd->flat, &rd->cap_flat, rd->n_flat + 1, sizeof(*rd->flat));
	rd->flat[rd->n_flat++] = (struct flat){ in, feed, out, cord };
}

/* What the ratings of a feed are told in. */
static unsigned wanted_of(const struct failover_limits *limits)
{
	bool a = !isnan(limits->derated_a) || !isnan(limits->trip_a) || !isnan(limits->derated_va);
	bool w = !isnan(limits->derated_w);

	return (a || !w ? LOAD_WANT_A : 0) | (w ? LOAD_WANT_W : 0);
}

/* false in *ret_known: a feed has no readings. */
static int read_feeds(struct reader *rd, struct failover_cases *cases, bool *ret_known,
		      struct err *err)
{
	*ret_known = true;
	for (size_t f = 0; f < rd->rack.n_feeds; f++) {
		struct load_source *s = &rd->sources[f];
		const struct failover_feed *feed = &rd->rack.feeds[f];
		bool known = false;

		if (loads_source(rd->l, feed->circuit, wanted_of(&feed->limits), s, err) < 0)
			return -1;
		for (int out = 0; out < LOAD_VA; out++) {
			for (size_t i = 0; i < s->n[out]; i++)
				add_flat(rd, &s->in[out][i], f, (enum load_out)out, SIZE_MAX);
			known = known || s->n[out];
		}
		if (known)
			continue;
		*ret_known = false;
		xgrow(&cases->unmetered, &cases->cap_unmetered, cases->n_unmetered + 1,
		      sizeof(*cases->unmetered));
		cases->unmetered[cases->n_unmetered++] = feed->circuit;
	}
	for (size_t i = 0; i < rd->rack.n_cords; i++)
		if (rd->measured[i])
			add_flat(rd, &rd->outlets[i], 0, LOAD_L1, i);
	return 0;
}

/* ---- judging ----------------------------------------------------------------------- */

static void present_of(const struct reader *rd, const double *most, struct failover_load *present)
{
	for (size_t f = 0; f < rd->rack.n_feeds; f++) {
		const struct load_source *s = &rd->sources[f];

		for (int k = 0; k < 3; k++)
			present[f].a[k] = s->n[k] ? 0 : (double)NAN;
		present[f].w = s->n[LOAD_W] ? 0 : (double)NAN;
	}
	for (size_t i = 0; i < rd->n_flat; i++) {
		const struct flat *flat = &rd->flat[i];

		if (flat->cord != SIZE_MAX)
			continue;
		if (flat->out == LOAD_W)
			present[flat->feed].w += most[i];
		else
			present[flat->feed].a[flat->out] += most[i];
	}
}

static struct failover_outlets outlets_of(const struct reader *rd, const double *least,
					  const double *most)
{
	for (size_t i = 0; i < rd->n_flat; i++) {
		if (rd->flat[i].cord == SIZE_MAX)
			continue;
		rd->least[rd->flat[i].cord] = least[i];
		rd->most[rd->flat[i].cord] = most[i];
	}
	return (struct failover_outlets){ rd->least, rd->most };
}

static void values(void *user, const double *least, const double *most, double *ret)
{
	const struct reader *rd = user;
	struct failover_load present[FAILOVER_FEEDS], after[FAILOVER_FEEDS];
	struct failover_outlets outlets = outlets_of(rd, least, most);

	present_of(rd, most, present);
	for (size_t i = 0; i < rd->masks->n; i++) {
		struct failover_verdict v;
		size_t feed;

		failover_after(&rd->rack, rd->masks->mask[i], present, &outlets, after, NULL);
		failover_judge_rack(&rd->rack, rd->masks->mask[i], after, rd->options->warn, &v,
				    &feed);
		ret[i] = failover_rank(&v);
	}
}

static int read_samples(void *user, int64_t from, int64_t to, struct samples *ret, struct err *err)
{
	struct reader *rd = user;

	for (size_t i = 0; i < rd->n_flat; i++)
		if (loads_samples(rd->l, rd->flat[i].in, from, to, &ret[i], err) < 0)
			return -1;
	return 0;
}

/* A moment of a case, from the readings of then; more is filled into the case when it is given. */
static void fill_moment(const struct reader *rd, uint64_t mask, const double *x, int64_t ts,
			double skew_s, struct failover_moment *ret, struct failover_case *more)
{
	struct failover_load present[FAILOVER_FEEDS], after[FAILOVER_FEEDS];
	double dropped[FAILOVER_FEEDS][3];
	struct failover_outlets outlets = outlets_of(rd, x, x);
	const struct failover_feed *feed;
	size_t f;

	present_of(rd, x, present);
	failover_after(&rd->rack, mask, present, &outlets, after, dropped);
	failover_judge_rack(&rd->rack, mask, after, rd->options->warn, &ret->verdict, &f);
	ret->ts = ts;
	ret->skew_s = skew_s;
	ret->feed = TOPOLOGY_NONE;
	for (size_t i = 0; more && i < rd->rack.n_feeds; i++)
		for (int k = 0; k < rd->rack.feeds[i].conductors && mask >> i & 1; k++)
			more->dropped_a += dropped[i][k];
	if (f == rd->rack.n_feeds)
		return;
	feed = &rd->rack.feeds[f];
	ret->feed = feed->circuit;
	ret->load = after[f];
	if (!more)
		return;
	memcpy(more->present_a, present[f].a, sizeof(more->present_a));
	more->rule_40 = failover_rule_of_thumb(present, rd->rack.n_feeds, feed->conductors,
					       feed->limits.trip_a, 0.4);
	more->rule_50 = failover_rule_of_thumb(present, rd->rack.n_feeds, feed->conductors,
					       feed->limits.trip_a, 0.5);
	more->arc_a = failover_arc_a(
		feed->limits.derated_a,
		fmax(present[f].a[0], feed->conductors == 3 ? fmax(present[f].a[1], present[f].a[2])
							    : present[f].a[0]));
}

/* What goes dark at any time: by the least reading of each hour that has all. */
static void least_dropped(const struct reader *rd, const struct worst_problem *p,
			  struct failover_case *c)
{
	struct failover_load present[FAILOVER_FEEDS], after[FAILOVER_FEEDS];
	double *x = xcalloc(p->n_inputs + 1, sizeof(*x)), dropped[FAILOVER_FEEDS][3];
	double least[3] = { INFINITY, INFINITY, INFINITY };

	for (size_t h = 0; h < p->n_hours; h++) {
		bool known = true;

		for (size_t i = 0; i < p->n_inputs; i++) {
			x[i] = p->least[i * p->n_hours + h];
			known = known && !isnan(x[i]);
		}
		if (!known)
			continue;
		struct failover_outlets outlets = outlets_of(rd, x, x);

		present_of(rd, x, present);
		failover_after(&rd->rack, c->mask, present, &outlets, after, dropped);
		for (int k = 0; k < 3; k++) {
			double sum = 0;

			for (size_t f = 0; f < rd->rack.n_feeds; f++)
				if (c->mask >> f & 1 && k < rd->rack.feeds[f].conductors)
					sum += dropped[f][k];
			least[k] = fmin(least[k], sum);
		}
	}
	for (int k = 0; k < 3; k++)
		c->least_dropped_a[k] = isinf(least[k]) ? 0 : least[k];
	free(x);
}

/* ---- a rack -------------------------------------------------------------------------- */

static void make_problem(struct reader *rd, struct worst_problem *p)
{
	size_t hours = loads_hours(rd->l), n = rd->n_flat * hours + 1;
	double *least = xcalloc(n, sizeof(*least)), *most = xcalloc(n, sizeof(*most)),
	       *share = xcalloc(n, sizeof(*share));
	bool *optional = xcalloc(rd->n_flat + 1, sizeof(*optional));

	for (size_t i = 0; i < rd->n_flat; i++) {
		optional[i] = rd->flat[i].cord != SIZE_MAX;
		for (size_t h = 0; h < hours; h++) {
			const struct load_hour *from = &rd->flat[i].in->hours[h];

			least[i * hours + h] = from->least;
			most[i * hours + h] = from->most;
			share[i * hours + h] = from->share;
		}
	}
	p->n_inputs = rd->n_flat;
	p->n_values = rd->masks->n;
	p->n_hours = hours;
	p->first_hour = loads_first_hour(rd->l);
	p->least = least;
	p->most = most;
	p->share = share;
	p->optional = optional;
	p->value = values;
	p->read = read_samples;
	p->user = rd;
}

static void problem_done(struct worst_problem *p)
{
	free((double *)(uintptr_t)p->least);
	free((double *)(uintptr_t)p->most);
	free((double *)(uintptr_t)p->share);
	free((bool *)(uintptr_t)p->optional);
}

static enum load_amps poorest_amps(const struct reader *rd)
{
	enum load_amps amps = LOAD_AMPS_MEASURED;

	for (size_t f = 0; f < rd->rack.n_feeds; f++)
		if (rd->sources[f].amps > amps || !rd->sources[f].amps)
			amps = rd->sources[f].amps;
	return amps;
}

static double size_of(const struct failover_feed *feed, const struct failover_load *load)
{
	double sum = 0;

	for (int k = 0; k < feed->conductors; k++)
		sum += load->a[k];
	return isnan(sum) ? load->w : sum * feed->va_per_a;
}

/* Feeds with less than a hundredth of what the rack draws: their supply is gone, or nobody plugged
 * in there. */
static uint64_t idle_feeds(const struct reader *rd, const double *x)
{
	struct failover_load present[FAILOVER_FEEDS];
	double all = 0;
	uint64_t idle = 0;

	present_of(rd, x, present);
	for (size_t f = 0; f < rd->rack.n_feeds; f++)
		all += size_of(&rd->rack.feeds[f], &present[f]);
	for (size_t f = 0; f < rd->rack.n_feeds; f++)
		if (size_of(&rd->rack.feeds[f], &present[f]) < all / 100)
			idle |= (uint64_t)1 << f;
	return idle;
}

static int slowest(const struct reader *rd)
{
	int step_s = 1;

	for (size_t i = 0; i < rd->n_flat; i++)
		if (rd->flat[i].cord == SIZE_MAX && rd->flat[i].in->step_s > step_s)
			step_s = rd->flat[i].in->step_s;
	return step_s;
}

static int judge_cases(struct reader *rd, struct failover_case *cases, struct failover_cases *all,
		       int64_t from, int64_t to, struct err *err)
{
	struct worst_problem p = { .from = from, .to = to };
	struct worst_result result = { 0 };
	double *x = xcalloc(rd->n_flat + 1, sizeof(*x)), skew_s = 0;
	int64_t now = 0;
	int r;

	make_problem(rd, &p);
	r = worst_find(&p, &result, err);
	if (r == 0 && rd->options->live)
		r = worst_latest(&p, to - 3 * (int64_t)slowest(rd), x, &now, &skew_s, err);
	for (size_t i = 0; i < rd->masks->n && r == 0; i++) {
		const struct worst *w = &result.w[i];

		if (!isnan(w->value))
			fill_moment(rd, cases[i].mask, w->x, w->ts, w->skew_s, &cases[i].worst,
				    &cases[i]);
		if (now) {
			fill_moment(rd, cases[i].mask, x, now, skew_s, &cases[i].now, NULL);
			cases[i].idle = idle_feeds(rd, x);
		}
		cases[i].bound = w->bound;
		cases[i].coverage = result.coverage;
		cases[i].known = true;
		if (cases[i].dark)
			least_dropped(rd, &p, &cases[i]);
	}
	if (r == 0) {
		all->hours_read += result.hours_read;
		all->now = now > all->now ? now : all->now;
	}
	worst_done(&result, rd->masks->n);
	problem_done(&p);
	free(x);
	return r;
}

static void add_cases(struct reader *rd, struct failover_cases *all, struct failover_case **ret)
{
	size_t first = all->n;

	xgrow(&all->c, &all->cap, all->n + rd->masks->n, sizeof(*all->c));
	for (size_t i = 0; i < rd->masks->n; i++) {
		struct failover_case *c = &all->c[all->n++];

		*c = (struct failover_case){
			.rack = rd->index,
			.lost = rd->masks->lost[i],
			.mask = rd->masks->mask[i],
			.n_lost = (size_t)__builtin_popcountll(rd->masks->mask[i]),
			.dark = failover_dark(&rd->rack, rd->masks->mask[i]),
			.capacity_w = failover_capacity_w(&rd->rack, rd->masks->mask[i]),
			.amps = poorest_amps(rd),
			.arc_a = NAN,
			.coverage = 0,
		};
		c->worst.verdict = c->now.verdict = (struct failover_verdict){
			.pct = NAN, .pct_trip = NAN, .load = NAN, .limit = NAN
		};
		c->worst.feed = c->now.feed = TOPOLOGY_NONE;
		for (int k = 0; k < 3; k++)
			c->present_a[k] = c->worst.load.a[k] = c->now.load.a[k] = NAN;
		c->worst.load.w = c->now.load.w = NAN;
		/* Nothing has to be read to know that nothing is left. */
		if (c->n_lost == rd->rack.n_feeds)
			c->worst.verdict.state = c->now.verdict.state = FAILOVER_DARK;
	}
	*ret = &all->c[first];
}

static enum failover_cording cording_of(const struct reader *rd)
{
	if (!rd->rack.n_cords)
		return FAILOVER_CORDS_NONE;
	for (size_t i = 0; i < rd->rack.n_devices; i++) {
		const struct failover_device *d = &rd->rack.devices[i];

		for (size_t k = 0; k < d->n_cords; k++) {
			const struct failover_cord *c = &d->cords[k];

			if (matters(rd, d) && c->feed < rd->rack.n_feeds && c->line < 0 &&
			    c->pair < 0 && !c->three)
				return FAILOVER_CORDS_SOME;
		}
	}
	return FAILOVER_CORDS_TOLD;
}

static int judge_rack(struct loads *l, const struct failover_options *options, size_t index,
		      const struct masks *masks, int64_t from, int64_t to,
		      struct failover_cases *all, struct err *err)
{
	struct reader rd = { .l = l, .options = options, .index = index, .masks = masks };
	struct failover_case *cases;
	bool known = false;
	int r;

	failover_rack_of(loads_topology(l), index, NULL, &rd.rack);
	rd.sources = xcalloc(rd.rack.n_feeds + 1, sizeof(*rd.sources));
	rd.outlets = xcalloc(rd.rack.n_cords + 1, sizeof(*rd.outlets));
	rd.measured = xcalloc(rd.rack.n_cords + 1, sizeof(*rd.measured));
	rd.least = xcalloc(rd.rack.n_cords + 1, sizeof(*rd.least));
	rd.most = xcalloc(rd.rack.n_cords + 1, sizeof(*rd.most));
	r = read_outlets(&rd, err) == 0 ? read_feeds(&rd, all, &known, err) : -1;
	if (r == 0) {
		enum failover_cording cording = cording_of(&rd);

		all->no_cords += cording == FAILOVER_CORDS_NONE;
		all->some_cords += cording == FAILOVER_CORDS_SOME;
		add_cases(&rd, all, &cases);
		if (known)
			r = judge_cases(&rd, cases, all, from, to, err);
	}
	for (size_t f = 0; f < rd.rack.n_feeds; f++)
		load_source_done(&rd.sources[f]);
	for (size_t i = 0; i < rd.rack.n_cords; i++)
		free(rd.outlets[i].hours);
	free(rd.sources);
	free(rd.outlets);
	free(rd.measured);
	free(rd.least);
	free(rd.most);
	free(rd.flat);
	failover_rack_done(&rd.rack);
	return r;
}

int failover_racks(struct loads *l, const struct failover_options *options, int64_t from,
		   int64_t to, struct failover_cases *ret, struct err *err)
{
	const struct topology *t = loads_topology(l);
	struct masks *masks = find_masks(t);
	struct failover_cases all = { 0 };
	int r = 0;

	for (size_t i = 0; i < t->n_racks && r == 0; i++) {
		const struct topology_rack *rack = &t->racks[i];

		if (!rack->live || (options->wanted && !options->wanted(options->user, i)))
			continue;
		if (rack->n_feeds > FAILOVER_FEEDS)
			r = err_set(err, "rack %s has %zu feeds: at most %d can be judged",
				    rack->name, rack->n_feeds, FAILOVER_FEEDS);
		else if (rack->n_feeds)
			r = judge_rack(l, options, i, &masks[i], from, to, &all, err);
	}
	masks_free(masks, t->n_racks);
	if (r < 0)
		failover_cases_done(&all);
	else
		*ret = all;
	return r;
}

void failover_cases_done(struct failover_cases *cases)
{
	free(cases->c);
	free(cases->unmetered);
	*cases = (struct failover_cases){ 0 };
}
