/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scans of the group points. Their grid has phase 0, so that all sums of a site stand
 * at the same instants; they are computed two seconds after the instant (or one step,
 * when that is less), when the readings that were asked at it are in. A member that is
 * later still counts with its reading before, up to 1.5 of its step (group.h).
 *
 * After the start a sum is not stored before each of its members was asked once: at 2,000 racks
 * that would be 16,600 gaps that say nothing. After a few steps what lacks is missing.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/board.h"
#include "daemon/core.h"
#include "daemon/limits.h"

#define LATENESS_US 2000000
#define START_STEPS 3  /* of the slowest member, or of the sums */
#define START_MIN_S 30 /* a survey and its retries */

struct group_state {
	struct timer timer;
	struct groups *groups;
	struct registration reg;
	bool active;
	bool settled; /* its sums are stored */
	int64_t next_ts;
	uint32_t *slots;
};

struct groups {
	struct poller *p;
	struct group *group;
	struct limits *limits;
	int step_s;
	struct mono settled_at; /* all of them, whoever has not been asked */
	int64_t from_ts; /* first instant; 0: the next one that comes */
	struct group_state *states;
	size_t n, n_outstanding;
	bool stopped;
	struct reading *readings; /* of the largest scan */
};

static void groups_free(struct groups *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->states[i].reg.scan.points);
		free(g->states[i].slots);
	}
	limits_free(g->limits);
	group_free(g->group);
	free(g->states);
	free(g->readings);
	free(g);
}

static void arm(struct group_state *s)
{
	struct groups *g = s->groups;
	int64_t late_us = (int64_t)g->step_s * 1000000;

	if (late_us > LATENESS_US)
		late_us = LATENESS_US;
	core_set_timer(g->p, &s->timer, sched_clock_due(&g->p->clock, s->next_ts, late_us));
}

static bool settled(struct group_state *s)
{
	struct groups *g = s->groups;

	if (!s->settled)
		s->settled = g->p->now.us >= g->settled_at.us ||
			     group_settled(g->group, s->reg.index);
	return s->settled;
}

static void fire(struct poller *p, struct timer *timer)
{
	struct group_state *s = (struct group_state *)timer;
	struct groups *g = s->groups;
	int64_t ts = s->next_ts, newest = core_wall_s(p) - LATENESS_US / 1000000;

	/* A busy loop may be a step late: sums of the instants between are still right,
	 * because they are of readings with their own times. */
	do {
		group_compute(g->group, s->reg.index, ts, g->readings);
		board_sums(p->board, s->reg.index, g->readings, p->now);
		if (settled(s)) {
			core_write_row(p, s->reg.scan.scan, ts, g->readings, s->reg.scan.n_points,
				       s->slots, s->reg.scan.n_slots);
			limits_row(g->limits, p->writer, s->reg.index, ts, g->readings);
		}
		if (ts > p->clock.last_used_s)
			p->clock.last_used_s = ts;
		ts += g->step_s;
	} while (ts <= newest && newest - ts < 10 * (int64_t)g->step_s);
	s->next_ts = ts;
	arm(s);
}

static void registered(struct poller *p, struct registration *r)
{
	struct group_state *s = r->owner;
	struct groups *g = s->groups;

	g->n_outstanding--;
	s->slots = r->failed ? NULL : core_slots(&r->scan);
	free(r->scan.points);
	r->scan.points = NULL;
	if (g->stopped) {
		if (g->n_outstanding == 0)
			groups_free(g);
		return;
	}
	if (r->failed) {
		log_error("%s %s: sums not entered in the database: %s", r->scan.entity_kind,
			  r->scan.entity, r->why);
		return;
	}
	s->active = true;
	s->next_ts = g->from_ts > 0 ? g->from_ts : core_first_instant(p, g->step_s, 0);
	arm(s);
}

static void register_scan(struct groups *g, struct group_state *s, size_t index)
{
	const struct group_scan *scan = group_scan(g->group, index);

	s->groups = g;
	s->timer.item.pos = SIZE_MAX;
	s->timer.fire = fire;
	s->reg.p = g->p;
	s->reg.owner = s;
	s->reg.index = index;
	s->reg.finished = registered;
	s->reg.scan = (struct reg_scan){ .entity_kind = scan->entity_kind, .entity = scan->entity,
		.name = "main", .step_s = g->step_s, .phase_s = 0,
		.valid_from = core_wall_s(g->p), .n_points = scan->n_points };
	s->reg.scan.points = xcalloc(scan->n_points + 1, sizeof(s->reg.scan.points[0]));
	for (size_t i = 0; i < scan->n_points; i++) {
		const struct group_point *point = &scan->points[i];

		s->reg.scan.points[i] = (struct reg_point){ .entity_kind = point->entity_kind,
			.entity = point->entity, .part = point->part, .label = "",
			.quantity = point->quantity, .scale = group_scale(point->quantity),
			.phase = point->phase };
	}
}

/* At a reload most members are known: those sums go on without a break. */
static struct mono latest_start(const struct poller *p, const struct inventory *inv,
				const struct groups *former)
{
	int64_t s = inv->config->settings.group_every_s;

	if (former)
		return p->now;
	for (size_t i = 0; i < inv->n_devices; i++)
		if (inv->devices[i].every_s > s)
			s = inv->devices[i].every_s;
	s *= START_STEPS;
	return (struct mono){ p->now.us + (s > START_MIN_S ? s : START_MIN_S) * 1000000 };
}

/* Sums lag behind their instants: a reload goes on where the former ones stopped. */
static int64_t next_instant(const struct groups *former, int step_s)
{
	int64_t ts = 0;

	for (size_t i = 0; former && former->step_s == step_s && i < former->n; i++) {
		if (former->states[i].active && former->states[i].next_ts > ts)
			ts = former->states[i].next_ts;
	}
	return ts;
}

/* A database that cannot be asked now costs what was known of the levels, no poll. */
static void keep_levels(struct groups *g, const struct groups *former)
{
	struct err err;

	if (former)
		limits_take_over(g->limits, former->limits);
	else if (limits_restore(g->limits, g->p->writer, &err) < 0)
		log_warning("limits: what was passed before is not known: %s", err.text);
}

struct groups *groups_start(struct poller *p, const struct inventory *inv,
			    const struct groups *former)
{
	struct groups *g = xcalloc(1, sizeof(*g));
	size_t most = 0;

	g->p = p;
	g->group = group_new(inv);
	g->limits = limits_new(inv, g->group);
	keep_levels(g, former);
	g->step_s = inv->config->settings.group_every_s;
	g->settled_at = latest_start(p, inv, former);
	g->from_ts = next_instant(former, g->step_s);
	g->n = group_n_scans(g->group);
	g->states = xcalloc(g->n + 1, sizeof(g->states[0]));
	for (size_t i = 0; i < g->n; i++) {
		register_scan(g, &g->states[i], i);
		if (g->states[i].reg.scan.n_points > most)
			most = g->states[i].reg.scan.n_points;
	}
	g->readings = xcalloc(most + 1, sizeof(g->readings[0]));
	for (size_t i = 0; i < g->n; i++) {
		g->n_outstanding++;
		core_register(p, &g->states[i].reg);
	}
	return g;
}

struct groups *groups_stop(struct groups *g)
{
	if (!g)
		return NULL;
	for (size_t i = 0; i < g->n; i++)
		sched_remove(g->p->sched, &g->states[i].timer.item);
	g->stopped = true;
	if (g->n_outstanding == 0)
		groups_free(g);
	return NULL;
}

struct group *groups_group(struct groups *g)
{
	return g->group;
}

void groups_clock_step(struct groups *g, int64_t step_us)
{
	for (size_t i = 0; i < g->n; i++) {
		struct group_state *s = &g->states[i];

		if (!s->active)
			continue;
		if (step_us > 0 && s->settled)
			core_skip_clock(g->p, s->reg.scan.scan, g->step_s, 0, &s->next_ts);
		else if (step_us > 0)
			s->next_ts = core_first_instant(g->p, g->step_s, 0);
		arm(s);
	}
}
