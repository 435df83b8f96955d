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

static void add_part(struct counter *c, struct counter_part part)
{
	if (part.to <= part.from)
		return;
	xgrow(&c->parts, &c->cap_parts, c->n_parts + 1, sizeof(*c->parts));
	c->parts[c->n_parts++] = part;
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

void counter_read(const struct sample *s, size_t n, const struct counter_rule *rule,
		  struct counter *ret)
{
	struct counter c = { 0 };
	const struct sample *held = NULL; /* the odd reading, for one turn */
	bool dipped = false;
	double base;
	int64_t base_ts;
	size_t i;

	for (i = 0; i < n; i++)
		c.lsb_wh = fmax(c.lsb_wh, s[i].lsb);
	*ret = c;
	if (!n)
		return;
	base = s[0].value;
	base_ts = s[0].ts;
	for (i = 1; i < n; i++) {
		double lsb = s[i].lsb, d = s[i].value - base, wrapped;
		int64_t dt = s[i].ts - base_ts;

		if (dt <= 0)
			continue;
		if (plausible(rule, d, dt, lsb)) {
			if (held)
				add_event(&c, COUNTER_GLITCH, held->ts);
			add_part(&c,
				 (struct counter_part){ base_ts, s[i].ts, fmax(d, 0), true, 0 });
			base = fmax(base, s[i].value);
			dipped = false;
		} else if (held) {
			/* Two in a row that do not follow the baseline: it is a new register. */
			add_event(&c, COUNTER_RESET, held->ts);
			double least = fmax(held->value, 0);
			if (!plausible(rule, least, held->ts - base_ts, lsb))
				least = 0; /* it did not begin at 0 then */
			add_part(&c, (struct counter_part){ base_ts, held->ts, 0, false,
							    isnan(rule->rated_w) ? 0 : least });
			base = held->value;
			base_ts = held->ts;
			held = NULL;
			dipped = false;
			i--; /* this reading again, from the new baseline */
			continue;
		} else if (d < 0 && d >= -lsb * 1.001) {
			if (!dipped)
				add_event(&c, COUNTER_DIP, s[i].ts);
			dipped = true;
			add_part(&c, (struct counter_part){ base_ts, s[i].ts, 0, true, 0 });
		} else if (d < 0 && !isnan(wrapped = rollover(rule, base, s[i].value, dt, lsb))) {
			add_event(&c, COUNTER_ROLLOVER, s[i].ts);
			add_part(&c, (struct counter_part){ base_ts, s[i].ts, wrapped, true, 0 });
			base = s[i].value;
			dipped = false;
		} else {
			held = &s[i];
			continue;
		}
		base_ts = s[i].ts;
		held = NULL;
	}
	*ret = c;
}

void counter_done(struct counter *counter)
{
	free(counter->parts);
	free(counter->events);
	*counter = (struct counter){ 0 };
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

		if (!p->known) {
			if (whole)
				least += p->least_wh;
			continue;
		}
		if (!whole && p->to - p->from > max_gap_s)
			continue;
		e.wh += p->wh * (double)(b - a) / (double)(p->to - p->from);
		e.covered_s += (double)(b - a);
	}
	e.least_wh = e.wh + least;
	e.most_wh =
		e.wh +
		(e.window_s - e.covered_s > 0 ? rated_w * (e.window_s - e.covered_s) / 3600 : 0);
	*ret = e;
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
