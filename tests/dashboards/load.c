/* SPDX-License-Identifier: Apache-2.0 */
/* The loads of the fixture's site; see load.h. */
#include "load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DAY_TURN  (2 * 3.14159265358979323846 / 86400)
#define YEAR_TURN (DAY_TURN / 365.25)
#define HOUR      INT64_C(3600)
#define VOLTS     230

enum { DEAD_RACK = 13 }; /* R0014-B */

uint64_t load_hash(uint64_t a, uint64_t b)
{
	uint64_t x = a * 0x9e3779b97f4a7c15U ^ (b + 0x7f4a7c15U) * 0xbf58476d1ce4e5b9U;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
	x = (x ^ x >> 27) * 0x94d049bb133111ebU;
	return x ^ x >> 31;
}

/* 0 to 1. */
static double share(uint64_t a, uint64_t b)
{
	return (double)(load_hash(a, b) >> 11) / 9007199254740992.0;
}

void loads_init(struct loads *l, int n_racks, int64_t now)
{
	*l = (struct loads){ .now = now, .n_racks = n_racks, .n_rows = n_racks >= 100 ? 20 : 4 };
	l->per_row = (n_racks + l->n_rows - 1) / l->n_rows;
	l->racks = xcalloc((size_t)n_racks, sizeof(*l->racks));
	for (int i = 0; i < n_racks; i++) {
		struct rack_load *r = &l->racks[i];
		uint64_t id = (uint64_t)i;

		r->base_w = i == LOAD_OVER_RACK	  ? 17600
			    : i % 100 == LOAD_NEAR ? 15450
						   : 9800 + 3600 * share(id, 1);
		r->line_share[0] = 0.30 + 0.05 * share(id, 2);
		r->line_share[1] = 0.31 + 0.05 * share(id, 3);
		r->line_share[2] = 1 - r->line_share[0] - r->line_share[1];
		for (int k = 0; k < LOAD_SIDES; k++)
			r->pdu[k].wh.v = 1e7 + 1e6 * (double)(i % 17);
	}
	for (int k = 0; k < LOAD_UPSES; k++)
		l->ups[k].wh.v = 8e9;
	l->utility.wh.v = l->cooling.wh.v = 3e10;
}

void loads_done(struct loads *l)
{
	free(l->racks);
}

/* ---- who answers --------------------------------------------------------------- */

static enum cause silence(const struct loads *l, int rack, int side, int64_t ts)
{
	int row = rack / l->per_row;
	int64_t ago = l->now - ts;
	uint64_t id = (uint64_t)(rack * LOAD_SIDES + side), day = (uint64_t)(ts / 86400);

	if (rack == DEAD_RACK && side == 1 && ago < 20 * HOUR) /* dead, and nobody came */
		return CAUSE_NO_ANSWER;
	if (row == 1 && side == 1 && ago < 30 * HOUR && ago >= 28 * HOUR) /* planned work */
		return CAUSE_NO_ANSWER;
	if (row == 2 && side == 0 && ago < 2400) /* a busway is off */
		return CAUSE_NO_ANSWER;
	if (row == 3 && side == 1 && ago < HOUR) /* planned work goes on */
		return CAUSE_NO_ANSWER;
	/* and each is away for six hours about once a year */
	return load_hash(id, day) % 400 == 0 && ts % 86400 / HOUR / 6 == 1 ? CAUSE_NO_ANSWER
									    : CAUSE_NONE;
}

static void tell_health(struct value *health, enum cause silent, uint64_t id, int64_t ts)
{
	health[0] = (struct value){ 4 + 6 * share(id, (uint64_t)(ts / 300)),
				    silent ? CAUSE_NOT_FITTED : CAUSE_NONE };
	health[1] = (struct value){ silent ? 0 : 100, CAUSE_NONE };
	health[2] = (struct value){ silent ? 4000 : 20, CAUSE_NONE };
}

/* ---- sums ---------------------------------------------------------------------- */

static void sum_begin(struct sum *s)
{
	*s = (struct sum){ .w = { 0, CAUSE_NO_ANSWER } };
	for (int k = 0; k < LOAD_LINES; k++)
		s->a[k].absent = CAUSE_NO_ANSWER;
}

static void value_add(struct value *sum, const struct value *more)
{
	if (more->absent)
		return;
	sum->v += more->v;
	sum->absent = CAUSE_NONE;
}

static void sum_add(struct sum *s, const struct meter *m, enum cause silent)
{
	s->expected.v++;
	if (silent)
		return;
	s->present.v++;
	value_add(&s->w, &m->w);
	for (int k = 0; k < LOAD_LINES; k++)
		value_add(&s->a[k], &m->a[k]);
}

static void meter_set(struct meter *m, double w)
{
	m->w.v = w;
	for (int k = 0; k < LOAD_LINES; k++)
		m->a[k].v = w / LOAD_LINES / VOLTS;
}

/* ---- an instant ------------------------------------------------------------------ */

static void rack_at(struct loads *l, int i, int64_t ts, double day)
{
	struct rack_load *r = &l->racks[i];
	uint64_t id = (uint64_t)i;
	double job = 0.96 + 0.08 * share(id + 1000, (uint64_t)(ts / (4 * HOUR)));
	double noise = 0.996 + 0.008 * share(id + 5000, (uint64_t)(ts / 10));
	double w = r->base_w * job * noise * (0.98 + 0.02 * day);
	double warm = i == LOAD_HOT_RACK ? 9.5 : 0;

	sum_begin(&r->all);
	for (int k = 0; k < LOAD_SIDES; k++) {
		struct meter *m = &r->pdu[k];

		r->silent[k] = silence(l, i, k, ts);
		r->true_w[k] = w * (k ? 0.48 : 0.52);
		m->w.v = 10 * round(r->true_w[k] / 10);
		for (int line = 0; line < LOAD_LINES; line++)
			m->a[line].v =
				round(r->true_w[k] * r->line_share[line] / VOLTS * 10) / 10;
		sum_begin(&r->feed[k]);
		sum_add(&r->feed[k], m, r->silent[k]);
		sum_add(&r->all, m, r->silent[k]);
		tell_health(r->health[k], r->silent[k], id * LOAD_SIDES + (uint64_t)k, ts);
	}
	r->air[0].v = round((21.5 + warm + 1.3 * job + day * 0.6 + 2 * share(id, 9)) * 10) / 10;
	r->load_state.v = i != LOAD_OVER_RACK ? 2 : l->now - ts < LOAD_OVERLOAD_S ? 4 : 3;
	r->humidity.v = round((46 - 4 * day + 6 * share(id, 10)) * 10) / 10;
	r->air[1].v = round((36 + warm + 4 * job + day) * 10) / 10;
}

static void above_racks(struct loads *l, int64_t ts)
{
	double ups_w = 0, w[LOAD_UPSES] = { 0 };
	double cold = 0.20 + 0.05 * sin(YEAR_TURN * (double)ts);

	for (int h = 0; h < LOAD_HALLS; h++)
		sum_begin(&l->hall[h]);
	for (int b = 0; b < l->n_rows * LOAD_SIDES; b++)
		sum_begin(&l->bus[b / LOAD_SIDES][b % LOAD_SIDES]);
	for (int i = 0; i < l->n_racks; i++) {
		struct rack_load *r = &l->racks[i];
		int row = i / l->per_row, hall = row < l->n_rows / 2 ? 0 : 1;

		for (int k = 0; k < LOAD_SIDES; k++) {
			/* row 1 is on the first UPS of its hall and side, row 2 on the second */
			w[k * 4 + 2 * hall + row % 2] += r->true_w[k];
			sum_add(&l->bus[row][k], &r->pdu[k], r->silent[k]);
			sum_add(&l->hall[hall], &r->pdu[k], r->silent[k]);
		}
	}
	for (int h = 0; h < LOAD_HALLS; h++) {
		l->air[h][0].c.v = round(205 + 4 * cold) / 10;
		l->air[h][1].c.v = round(340 + 20 * share(88, (uint64_t)(ts / 600))) / 10;
		l->air[h][0].pct.v = round(480 + 30 * cold) / 10;
		l->air[h][1].pct.v = 22;
	}
	sum_begin(&l->it);
	sum_begin(&l->facility);
	for (int u = 0; u < LOAD_UPSES; u++) {
		meter_set(&l->ups[u], w[u] * 1.01);
		sum_add(&l->it, &l->ups[u], CAUSE_NONE);
		ups_w += w[u] * 1.01;
	}
	meter_set(&l->cooling, ups_w * cold);
	meter_set(&l->utility, ups_w * (1.05 + cold) + 2000);
	sum_add(&l->facility, &l->utility, CAUSE_NONE);
}

void loads_at(struct loads *l, int64_t ts)
{
	double day = sin(DAY_TURN * (double)(ts - 8 * HOUR));
	double s = (double)(ts - l->now + 900 * 86400); /* rackmeterd's counters run so long */

	for (int i = 0; i < l->n_racks; i++)
		rack_at(l, i, ts, day);
	above_racks(l, ts);
	tell_health(l->meter_health, CAUSE_NONE, 7, ts);
	/* polls late overrun lag, stored dropped queued commits */
	const double process[8] = { s * 17, floor(s / 90000), floor(s / 200000),
				    2 + 3 * share(77, (uint64_t)(ts / 60)),
				    s * 80, 0, 30 + 40 * share(78, (uint64_t)(ts / 60)), s };
	for (int k = 0; k < 8; k++)
		l->process[k].v = process[k];
}

static void pass(struct meter *m, double w, double seconds)
{
	m->wh.v += w * seconds / 3600;
}

void loads_pass(struct loads *l, double seconds)
{
	for (int i = 0; i < l->n_racks; i++)
		for (int k = 0; k < LOAD_SIDES; k++)
			pass(&l->racks[i].pdu[k], l->racks[i].true_w[k], seconds);
	for (int u = 0; u < LOAD_UPSES; u++)
		pass(&l->ups[u], l->ups[u].w.v, seconds);
	pass(&l->utility, l->utility.w.v, seconds);
	pass(&l->cooling, l->cooling.w.v, seconds);
}

/* ---- names ----------------------------------------------------------------------- */

static const struct value *of_meter(const struct meter *m, const char *part, const char *quantity)
{
	int line;

	if (!strcmp(quantity, "current_a") && sscanf(part, "phase L%d", &line) == 1)
		return line >= 1 && line <= LOAD_LINES ? &m->a[line - 1] : NULL;
	if (strcmp(part, "main") != 0)
		return NULL;
	if (!strcmp(quantity, "power_w"))
		return &m->w;
	return !strcmp(quantity, "energy_wh") ? &m->wh : NULL;
}

static const struct value *of_sum(const struct sum *s, const char *part, const char *quantity)
{
	if (!strcmp(quantity, "power_w"))
		return &s->w;
	if (!strcmp(quantity, "members_present"))
		return &s->present;
	if (!strcmp(quantity, "members_expected"))
		return &s->expected;
	if (!strcmp(quantity, "current_a") && part[0] == 'L' && part[1] >= '1' && part[1] <= '3')
		return &s->a[part[1] - '1'];
	return NULL;
}

static const struct value *of_health(const struct value *health, const char *quantity)
{
	static const char *const names[] = { "latency_ms", "success_pct", "answer_age_s" };

	for (int k = 0; k < 3; k++)
		if (!strcmp(quantity, names[k]))
			return &health[k];
	return NULL;
}

static const struct value *of_device(const struct loads *l, const char *device, const char *part,
				     const char *quantity)
{
	const struct meter *m = NULL;
	char side;
	int n;

	if (sscanf(device, "PDU-R%d-%c", &n, &side) == 2 && n >= 1 && n <= l->n_racks) {
		const struct rack_load *r = &l->racks[n - 1];
		int k = side == 'B';

		if (!strcmp(part, "collector"))
			return of_health(r->health[k], quantity);
		if (!strcmp(part, "sensor 1") && !strcmp(quantity, "humidity_pct"))
			return &r->humidity;
		if (!strcmp(part, "sensor 1"))
			return !strcmp(quantity, "temperature_c") ? &r->air[k] : NULL;
		if (!strcmp(quantity, "state"))
			return &r->load_state;
		return of_meter(&r->pdu[k], part, quantity);
	}
	if (!strcmp(part, "collector"))
		return of_health(l->meter_health, quantity);
	if (sscanf(device, "AIR-H%d", &n) == 1 && n >= 1 && n <= LOAD_HALLS) {
		const struct air *a = &l->air[n - 1][!strcmp(part, "port 2")];

		return !strcmp(quantity, "temperature_c") ? &a->c : &a->pct;
	}
	if (sscanf(device, "UPS-%c%d-M", &side, &n) == 2 && n >= 1 && n <= 4)
		m = &l->ups[(side == 'B') * 4 + n - 1];
	else if (!strcmp(device, "UTIL-1-M"))
		m = &l->utility;
	else if (!strcmp(device, "COOL-1-M"))
		m = &l->cooling;
	return m ? of_meter(m, part, quantity) : NULL;
}

static const struct value *of_circuit(const struct loads *l, const char *circuit, const char *part,
				      const char *quantity)
{
	char side;
	int n;

	if (sscanf(circuit, "R%d-%c", &n, &side) == 2 && n >= 1 && n <= l->n_racks)
		return of_sum(&l->racks[n - 1].feed[side == 'B'], part, quantity);
	if (sscanf(circuit, "BUS-%d%c", &n, &side) == 2 && n >= 1 && n <= l->n_rows)
		return of_sum(&l->bus[n - 1][side == 'B'], part, quantity);
	return NULL;
}

const struct value *loads_find(const struct loads *l, const char *entity_kind, const char *entity,
			       const char *part, const char *quantity)
{
	static const char *const process[8] = { "polls",       "late_polls",   "overrun_polls",
						"loop_lag_ms", "stored_rows",  "dropped_rows",
						"queued_rows", "commits" };
	int n;

	if (!strcmp(entity_kind, "device"))
		return of_device(l, entity, part, quantity);
	if (!strcmp(entity_kind, "circuit"))
		return of_circuit(l, entity, part, quantity);
	if (!strcmp(entity_kind, "rack") && sscanf(entity, "R%d", &n) == 1 && n <= l->n_racks)
		return of_sum(&l->racks[n - 1].all, part, quantity);
	if (!strcmp(entity_kind, "hall") && sscanf(entity, "H%d", &n) == 1 && n <= LOAD_HALLS)
		return of_sum(&l->hall[n - 1], part, quantity);
	if (!strcmp(entity_kind, "site"))
		return of_sum(strcmp(part, "it") != 0 ? &l->facility : &l->it, part, quantity);
	for (int k = 0; k < 8; k++)
		if (!strcmp(entity_kind, "collector") && !strcmp(quantity, process[k]))
			return &l->process[k];
	return NULL;
}
