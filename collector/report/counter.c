/* SPDX-License-Identifier: Apache-2.0 */
/* The counter rule of counter.h as one pass over the readings. */
#include "report/counter.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

const char *counter_kind_name(enum counter_kind kind)
{
	switch (kind) {
	case COUNTER_ROLLOVER: return "ROLLOVER";
	case COUNTER_RESET: return "RESET";
	case COUNTER_GLITCH: return "GLITCH";
	case COUNTER_DIP: return "DIP";
	case COUNTER_FROZEN: return "FROZEN";
	case COUNTER_REPLACED: return "REPLACED";
	}
	return "?";
}

static bool plausible(const struct counter_rule *rule, double d, int64_t dt, double lsb)
{
	/* a thousandth of a step for the rounding of decimal registers */
	if (d < -1e-3 * lsb)
		return false;
	return isnan(rule->rated_w) || d <= 1.2 * rule->rated_w * (double)dt / 3600 + lsb;
}

static void add_event(struct counter *c, enum counter_kind kind, int64_t ts)
{
	xgrow(&c->events, &c->cap_events, c->n_events + 1, sizeof(*c->events));
	c->events[c->n_events++] = (struct counter_event){ kind, ts };
}

static void add_part(struct counter *c, int64_t from, int64_t to, double wh)
{
	if (to <= from)
		return;
	xgrow(&c->parts, &c->cap_parts, c->n_parts + 1, sizeof(*c->parts));
	c->parts[c->n_parts++] =
		(struct counter_part){ .from = from, .to = to, .wh = wh, .known = true };
}

static void add_unknown(struct counter *c, int64_t from, int64_t to, double least_wh)
{
	add_part(c, from, to, 0);
	if (to <= from)
		return;
	c->parts[c->n_parts - 1].known = false;
	c->parts[c->n_parts - 1].least_wh = least_wh;
}

/* The increment if the register wrapped at one of the moduli, NAN if that explains nothing. */
static double rollover(const struct counter_rule *rule, double from, double to, int64_t dt,
		       double lsb)
{
	/* Without a rating every wrap would look possible. */
	if (isnan(rule->rated_w))
		return NAN;
	for (size_t i = 0; i < rule->n_moduli; i++) {
		double d = rule->moduli_wh[i] - from + to;

		if (rule->moduli_wh[i] > from && plausible(rule, d, dt, lsb))
			return d;
	}
	return NAN;
}

struct pass {
	const struct counter_rule *rule;
	struct counter *c;
	struct counter_reading
		base; /* the highest reading that is believed; slack_s: of its time */
	bool has_base, has_held, dipped;
	struct counter_reading held; /* the odd reading, for one turn */
	int64_t lost_from;           /* without a base: since when nothing is known */
	bool lost;
	int64_t moved_ts; /* when the register got its present value */
	int64_t moved_slack_s;
	size_t moved_part; /* the parts from here on show no movement */
};

static void moved(struct pass *p, const struct counter_reading *r)
{
	p->moved_ts = r->ts;
	p->moved_slack_s = r->slack_s;
	p->moved_part = p->c->n_parts;
}

static void rebase(struct pass *p, const struct counter_reading *r)
{
	p->base = *r;
	p->has_base = true;
	p->has_held = p->dipped = false;
	moved(p, r);
}

static void accept(struct pass *p, const struct counter_reading *r, double d)
{
	add_part(p->c, p->base.ts, r->ts, d);
	p->base.ts = r->ts;
	p->base.slack_s = r->slack_s;
	p->base.lsb = r->lsb;
	p->has_held = false;
	if (d > 0) {
		p->base.value = r->value;
		p->dipped = false;
		moved(p, r);
	}
}

/* Two in a row that do not follow the baseline: it is a new register. */
static void reset(struct pass *p)
{
	const struct counter_reading *h = &p->held;
	double least = fmax(h->value, 0);

	if (isnan(p->rule->rated_w) ||
	    !plausible(p->rule, least, h->ts - p->base.ts + h->slack_s + p->base.slack_s, h->lsb))
		least = 0; /* it did not begin at 0 then */
	add_event(p->c, COUNTER_RESET, h->ts);
	add_unknown(p->c, p->base.ts, h->ts, least);
	struct counter_reading fresh = *h;
	rebase(p, &fresh);
}

static void read_one(struct pass *p, const struct counter_reading *r)
{
	const struct counter_rule *rule = p->rule;
	double d, wrapped;

	if (!p->has_base) {
		if (p->lost)
			add_unknown(p->c, p->lost_from, r->ts, 0);
		p->lost = false;
		rebase(p, r);
		return;
	}
	int64_t dt = r->ts - p->base.ts + r->slack_s + p->base.slack_s;
	int64_t still = r->ts - p->moved_ts + r->slack_s + p->moved_slack_s;

	if (r->ts <= p->base.ts)
		return;
	d = r->value - p->base.value;
	if (plausible(rule, d, dt, r->lsb)) {
		if (p->has_held)
			add_event(p->c, COUNTER_GLITCH, p->held.ts);
		accept(p, r, fmax(d, 0));
		if (d >= 0)
			p->dipped = false;
	} else if (d > 0 && p->moved_ts < p->base.ts && plausible(rule, d, still, r->lsb)) {
		/* It stood still and caught up: nothing is known of the division. */
		p->c->n_parts = p->moved_part;
		p->base.ts = p->moved_ts;
		accept(p, r, d);
	} else if (p->has_held) {
		reset(p);
		read_one(p, r);
	} else if (d < 0 && d >= -r->lsb * 1.001) {
		if (!p->dipped)
			add_event(p->c, COUNTER_DIP, r->ts);
		p->dipped = true;
		accept(p, r, 0);
	} else if (d < 0 && !isnan(wrapped = rollover(rule, p->base.value, r->value, dt, r->lsb))) {
		add_event(p->c, COUNTER_ROLLOVER, r->ts);
		accept(p, r, wrapped);
		p->base.value = r->value;
		p->dipped = false;
	} else {
		p->held = *r;
		p->has_held = true;
	}
}

static void take_break(struct pass *p, const struct counter_break *b)
{
	if (p->has_base) {
		int64_t dt = b->from - p->base.ts + p->base.slack_s;
		double d = b->last_wh - p->base.value;

		p->lost_from = p->base.ts;
		if (b->from > p->base.ts && plausible(p->rule, d, dt, p->base.lsb)) {
			add_part(p->c, p->base.ts, b->from, fmax(d, 0));
			p->lost_from = b->from;
		}
		p->lost = true;
	}
	p->has_base = p->has_held = false;
	if (b->replaced && p->lost)
		add_event(p->c, COUNTER_REPLACED, b->to);
	if (isnan(b->first_wh))
		return;
	if (p->lost)
		add_unknown(p->c, p->lost_from, b->to, 0);
	p->lost = false;
	rebase(p, &(struct counter_reading){ b->to, b->first_wh, p->c->lsb_wh, 0 });
}

static bool inside(const struct counter_break *b, int64_t ts)
{
	return ts > b->from && ts < b->to;
}

void counter_read_slack(const struct counter_reading *r, size_t n, const struct counter_rule *rule,
			struct counter *ret)
{
	struct counter c = { 0 };
	struct pass p = { .rule = rule, .c = &c };
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		c.lsb_wh = r[i].lsb > c.lsb_wh ? r[i].lsb : c.lsb_wh;
	xgrow(&c.parts, &c.cap_parts, n, sizeof(*c.parts));
	for (size_t i = 0; i < n; i++) {
		for (; k < rule->n_breaks && r[i].ts >= rule->breaks[k].to; k++)
			take_break(&p, &rule->breaks[k]);
		if (k < rule->n_breaks && inside(&rule->breaks[k], r[i].ts))
			continue;
		read_one(&p, &r[i]);
	}
	*ret = c;
}

void counter_read(const struct sample *s, size_t n, const struct counter_rule *rule,
		  struct counter *ret)
{
	struct counter_reading *r = xcalloc(n ? n : 1, sizeof(*r));

	for (size_t i = 0; i < n; i++)
		r[i] = (struct counter_reading){ s[i].ts, s[i].value, s[i].lsb, 0 };
	counter_read_slack(r, n, rule, ret);
	free(r);
}

void counter_done(struct counter *counter)
{
	free(counter->parts);
	free(counter->events);
	*counter = (struct counter){ 0 };
}

bool counter_find_break(const struct counter_reading *r, size_t n, const struct counter_rule *rule,
			int64_t ts, int64_t reach_s, struct counter_break *ret)
{
	int64_t longest = 0;
	double highest = 0;
	bool found = false, jump = false;

	for (size_t i = 0; i + 1 < n && r[i].ts < ts; i++) {
		const struct counter_reading *a = &r[i], *b = &r[i + 1];
		int64_t dt = b->ts - a->ts;
		double d = b->value - a->value;

		if (b->ts <= ts - reach_s || jump)
			continue;
		jump = !plausible(rule, d, dt + a->slack_s + b->slack_s, b->lsb);
		if (!jump && (dt < longest || (dt == longest && d <= highest)))
			continue;
		longest = dt;
		highest = d;
		*ret = (struct counter_break){ a->ts, b->ts, NAN, NAN, true };
		found = true;
	}
	return found;
}

/* The first part that ends after ts. */
static size_t first_part(const struct counter *c, int64_t ts)
{
	size_t lo = 0, hi = c->n_parts;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->parts[mid].to <= ts)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void counter_energy(const struct counter *counter, int64_t from, int64_t to, int64_t max_gap_s,
		    double rated_w, struct counter_energy *ret)
{
	struct counter_energy e = { .window_s = (double)(to - from) };
	double least = 0;

	for (size_t i = first_part(counter, from); i < counter->n_parts; i++) {
		const struct counter_part *p = &counter->parts[i];
		int64_t a = p->from > from ? p->from : from, b = p->to < to ? p->to : to;

		if (p->from >= to)
			break;
		if (b <= a)
			continue;
		bool whole = a == p->from && b == p->to;
		double wh = whole ? p->wh : p->wh * (double)(b - a) / (double)(p->to - p->from);

		if (!p->known) {
			if (whole)
				least += p->least_wh;
			e.frozen = e.frozen || p->frozen;
		} else if (!whole && p->to - p->from > max_gap_s) {
			e.split_wh += wh;
			e.split_s += (double)(b - a);
		} else {
			e.wh += wh;
			e.covered_s += (double)(b - a);
		}
	}
	e.least_wh = e.wh + least;
	e.most_wh =
		e.wh +
		(e.window_s - e.covered_s > 0 ? rated_w * (e.window_s - e.covered_s) / 3600 : 0);
	*ret = e;
}

bool counter_hole(const struct counter *counter, int64_t from, int64_t to, int64_t max_gap_s,
		  int64_t *at, struct counter_part *ret)
{
	for (size_t i = first_part(counter, *at); i < counter->n_parts && *at < to; i++) {
		const struct counter_part *p = &counter->parts[i];
		int64_t a = p->from > *at ? p->from : *at, b = p->to < to ? p->to : to;
		bool whole = p->from >= from && p->to <= to;

		if (a >= to)
			break;
		if (a > *at) { /* before, between the parts */
			*ret = (struct counter_part){ .from = *at, .to = a };
			*at = a;
			return true;
		}
		*at = b;
		if (p->known && (whole || p->to - p->from <= max_gap_s))
			continue;
		*ret = (struct counter_part){ .from = a, .to = b, .known = p->known };
		ret->wh = p->wh * (double)(b - a) / (double)(p->to - p->from);
		return true;
	}
	if (*at >= to)
		return false;
	*ret = (struct counter_part){ .from = *at, .to = to };
	*at = to;
	return true;
}

bool counter_frozen(const struct counter *counter, int64_t from, int64_t to, double power_wh)
{
	double wh = 0;
	bool any = false;

	for (size_t i = first_part(counter, from); i < counter->n_parts; i++) {
		const struct counter_part *p = &counter->parts[i];

		if (p->from >= to)
			break;
		if (!p->known)
			return false;
		wh += p->wh;
		any = true;
	}
	return any && wh <= 0 && power_wh > 2 * counter->lsb_wh;
}

bool counter_still(const struct counter *counter, size_t *at, struct counter_stretch *ret)
{
	const struct counter_part *p = counter->parts;
	size_t i = *at, end;

	while (i < counter->n_parts && (!p[i].known || p[i].wh > 0))
		i++;
	for (end = i; end < counter->n_parts && p[end].known && p[end].wh <= 0; end++)
		;
	*at = end;
	if (i == end)
		return false;
	*ret = (struct counter_stretch){ p[i].from, p[end - 1].to, p[i].to, p[end - 1].from };
	return true;
}

void counter_freeze(struct counter *counter, int64_t from, int64_t to)
{
	for (size_t i = first_part(counter, from); i < counter->n_parts; i++) {
		struct counter_part *p = &counter->parts[i];

		if (p->from >= to)
			break;
		p->wh = 0;
		p->known = false;
		p->frozen = true;
	}
	add_event(counter, COUNTER_FROZEN, from);
}
