/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scans without requests: a timer reads counters and hands a row to the writer. The process is
 * the last of the pools, with other points. A pool is never changed while it is being entered in
 * the database: a reload makes another and leaves the former to its registration.
 */
#include "daemon/vitals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/device.h"

#define PER_DEVICE     3
#define PROCESS        VITALS_POOLS
#define PROCESS_EVERY  60
#define MINUTE_SECONDS 60

struct pool {
	struct timer timer;
	struct vitals *v;
	struct registration reg;
	bool active, outstanding, dropped;
	char name[16];
	int step_s;
	uint64_t hash; /* of the names of its devices, in order */
	struct device **devices;
	size_t n, cap;
	uint32_t *slots;
	size_t n_points;
	uint32_t n_slots;
	int64_t next_ts, offset_us;
};

struct vitals {
	struct poller *p;
	struct pool *pools[VITALS_POOLS + 1];
	size_t n_outstanding;
	bool stopped;
	struct reading *readings; /* of the largest pool */
	size_t cap_readings;
	uint32_t queued_max;
	int64_t lag_us_max, lag_us_before; /* of this minute and of the one before */
	unsigned seconds;
};

/* ---- points -------------------------------------------------------------- */

static const struct {
	const char *part, *quantity;
} process_points[] = {
	{ "poll", "polls" },        { "poll", "late_polls" },   { "poll", "overrun_polls" },
	{ "poll", "loop_lag_ms" },  { "store", "stored_rows" }, { "store", "dropped_rows" },
	{ "store", "queued_rows" }, { "store", "commits" },
};
#define N_PROCESS (sizeof(process_points) / sizeof(process_points[0]))

static const char *const device_quantities[PER_DEVICE] = { "latency_ms", "success_pct",
							   "answer_age_s" };

static struct reg_point make_point(const char *device, const char *part, const char *name)
{
	const struct quantity *q = schema_quantity(name);

	return (struct reg_point){ .entity_kind = device ? "device" : NULL,
				   .entity = device,
				   .part = part,
				   .label = "",
				   .quantity = q,
				   .scale = { q->step_num, q->step_den, 0 } };
}

static void fill_points(struct pool *pool, size_t index)
{
	struct reg_scan *scan = &pool->reg.scan;

	scan->n_points = index == PROCESS ? N_PROCESS : pool->n * PER_DEVICE;
	scan->points = xcalloc(scan->n_points + 1, sizeof(scan->points[0]));
	for (size_t i = 0; i < scan->n_points; i++) {
		if (index == PROCESS)
			scan->points[i] = make_point(NULL, process_points[i].part,
						     process_points[i].quantity);
		else /* the name may go with its device while this is under way */
			scan->points[i] =
				make_point(xstrdup(device_name(pool->devices[i / PER_DEVICE])),
					   "collector", device_quantities[i % PER_DEVICE]);
	}
}

static void free_points(struct pool *pool)
{
	struct reg_scan *scan = &pool->reg.scan;

	for (size_t i = 0; scan->points && i < scan->n_points; i++)
		free((void *)(uintptr_t)scan->points[i].entity);
	free(scan->points);
	scan->points = NULL;
}

/* ---- readings ------------------------------------------------------------ */

static const struct reading nothing = { .cause = CAUSE_NOT_FITTED }; /* and no gap */

static void read_device(struct device *d, struct mono now, struct reading *ret)
{
	struct device_vitals v = device_take_vitals(d);

	ret[0] = ret[1] = ret[2] = nothing;
	if (v.n_rtt > 0)
		ret[0] = (struct reading){ .raw = (int64_t)(v.rtt_sum_us / v.n_rtt) };
	if (v.due > 0)
		ret[1] = (struct reading){ .raw = (int64_t)v.answered * 1000 / v.due };
	if (v.answered_at.us > 0)
		ret[2] = (struct reading){ .raw = (now.us - v.answered_at.us) / 1000000 };
}

static void read_process(struct vitals *v, struct reading *ret)
{
	const struct poller_counters *p = &v->p->counters;
	struct writer_counters w = writer_counters(v->p->writer);
	int64_t lag = v->lag_us_max > v->lag_us_before ? v->lag_us_max : v->lag_us_before;
	const int64_t raw[N_PROCESS] = {
		(int64_t)p->scans, (int64_t)p->late,   (int64_t)p->overrun, lag,
		(int64_t)w.rows,   (int64_t)w.dropped, v->queued_max,       (int64_t)w.commits,
	};

	for (size_t i = 0; i < N_PROCESS; i++)
		ret[i] = (struct reading){ .raw = raw[i] };
	v->queued_max = w.queued;
}

static void arm(struct pool *pool)
{
	core_set_timer(pool->v->p, &pool->timer,
		       sched_clock_due(&pool->v->p->clock, pool->next_ts, pool->offset_us));
}

static void fire(struct poller *p, struct timer *timer)
{
	struct pool *pool = (struct pool *)timer;
	struct vitals *v = pool->v;
	int64_t now_s = core_wall_s(p), ts = pool->next_ts;

	/* held up for whole steps: the row of the latest instant tells of all of them */
	int64_t behind = (now_s - ts) / pool->step_s;
	if (behind > 0) {
		writer_absent_run(p->writer, pool->reg.scan.scan, ts,
				  ts + (behind - 1) * pool->step_s, (uint32_t)behind, CAUSE_LATE);
		ts += behind * pool->step_s;
	}
	xgrow(&v->readings, &v->cap_readings, pool->n_points + 1, sizeof(v->readings[0]));
	if (pool == v->pools[PROCESS])
		read_process(v, v->readings);
	for (size_t i = 0; i < pool->n; i++)
		read_device(pool->devices[i], p->now, &v->readings[i * PER_DEVICE]);
	core_write_row(p, pool->reg.scan.scan, ts, v->readings, pool->n_points, pool->slots,
		       pool->n_slots);
	if (ts > p->clock.last_used_s)
		p->clock.last_used_s = ts;
	pool->next_ts = ts + pool->step_s;
	arm(pool);
}

/* ---- pools --------------------------------------------------------------- */

static void pool_free(struct pool *pool)
{
	free_points(pool);
	free(pool->devices);
	free(pool->slots);
	free(pool);
}

static void drop(struct pool *pool)
{
	if (!pool)
		return;
	sched_remove(pool->v->p->sched, &pool->timer.item);
	pool->dropped = true;
	if (!pool->outstanding)
		pool_free(pool);
}

static void registered(struct poller *p, struct registration *r)
{
	struct pool *pool = r->owner;
	struct vitals *v = pool->v;

	pool->outstanding = false;
	v->n_outstanding--;
	if (pool->dropped) {
		pool_free(pool);
		if (v->stopped && v->n_outstanding == 0)
			free(v);
		return;
	}
	if (r->failed) {
		log_error("the collector's own health (%s) is not in the database: %s", pool->name,
			  r->why);
		free_points(pool);
		return;
	}
	pool->slots = core_slots(&r->scan);
	pool->n_slots = r->scan.n_slots;
	pool->n_points = r->scan.n_points;
	free_points(pool);
	pool->active = true;
	pool->next_ts = core_first_instant(p, pool->step_s, r->scan.phase_s);
	arm(pool);
}

static void enter(struct pool *pool, size_t index)
{
	struct vitals *v = pool->v;

	pool->outstanding = true;
	v->n_outstanding++;
	pool->reg.p = v->p;
	pool->reg.owner = pool;
	pool->reg.finished = registered;
	pool->reg.scan = (struct reg_scan){
		.entity_kind = "collector",
		.entity = pool->name,
		.name = index == PROCESS ? "main" : "devices",
		.step_s = pool->step_s,
		.phase_s = index == PROCESS ? 0 : sched_phase(pool->name, pool->step_s),
		.valid_from = core_wall_s(v->p)
	};
	fill_points(pool, index);
	core_register(v->p, &pool->reg);
}

static struct pool *new_pool(struct vitals *v, size_t index)
{
	int every_s = v->p->inv->config->settings.health_every_s;
	struct pool *pool = xcalloc(1, sizeof(*pool));

	pool->v = v;
	pool->timer.item.pos = SIZE_MAX;
	pool->timer.fire = fire;
	pool->step_s = every_s;
	if (index == PROCESS && every_s > PROCESS_EVERY)
		pool->step_s = PROCESS_EVERY;
	if (index == PROCESS)
		snprintf(pool->name, sizeof(pool->name), "rackmeterd");
	else
		snprintf(pool->name, sizeof(pool->name), "pool %03zu", index);
	pool->offset_us = sched_offset_us(pool->name);
	return pool;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(device_name(*(struct device *const *)a),
		      device_name(*(struct device *const *)b));
}

static void sort_devices(struct pool *pool)
{
	if (pool->n > 0) /* the process's own pool has none: qsort() wants an array */
		qsort(pool->devices, pool->n, sizeof(struct device *), by_name);
	pool->hash = text_hash("", 0);
	for (size_t i = 0; i < pool->n; i++) {
		const char *name = device_name(pool->devices[i]);

		pool->hash = text_hash_more(pool->hash, name, strlen(name) + 1);
	}
}

void vitals_reload(struct vitals *v)
{
	struct poller *p = v->p;
	struct pool *made[VITALS_POOLS + 1] = { NULL };

	made[PROCESS] = new_pool(v, PROCESS);
	for (size_t i = 0; i < p->n_devices; i++) {
		/* the phase of a step of 256 is a hash of the name */
		size_t index = (size_t)sched_phase(device_name(p->devices[i]), VITALS_POOLS);
		struct pool *pool = made[index] ? made[index] : (made[index] = new_pool(v, index));

		xgrow(&pool->devices, &pool->cap, pool->n + 1, sizeof(struct device *));
		pool->devices[pool->n++] = p->devices[i];
	}
	for (size_t i = 0; i <= VITALS_POOLS; i++) {
		struct pool *former = v->pools[i], *pool = made[i];

		if (pool)
			sort_devices(pool);
		if (former && pool && former->hash == pool->hash && former->n == pool->n &&
		    former->step_s == pool->step_s && (former->active || former->outstanding)) {
			free(former->devices);
			former->devices = pool->devices;
			former->cap = pool->cap;
			free(pool);
			continue;
		}
		drop(former);
		v->pools[i] = pool;
		if (pool)
			enter(pool, i);
	}
}

struct vitals *vitals_start(struct poller *p)
{
	struct vitals *v = xcalloc(1, sizeof(*v));

	v->p = p;
	vitals_reload(v);
	return v;
}

struct vitals *vitals_stop(struct vitals *v)
{
	if (!v)
		return NULL;
	for (size_t i = 0; i <= VITALS_POOLS; i++)
		drop(v->pools[i]);
	free(v->readings);
	v->readings = NULL;
	v->stopped = true;
	if (v->n_outstanding == 0)
		free(v);
	return NULL;
}

void vitals_clock_step(struct vitals *v, int64_t step_us)
{
	for (size_t i = 0; i <= VITALS_POOLS; i++) {
		struct pool *pool = v->pools[i];

		if (!pool || !pool->active)
			continue;
		if (step_us > 0)
			core_skip_clock(v->p, pool->reg.scan.scan, pool->step_s,
					pool->reg.scan.phase_s, &pool->next_ts);
		arm(pool);
	}
}

void vitals_second(struct vitals *v)
{
	struct poller *p = v->p;
	uint32_t queued = writer_counters(p->writer).queued;

	if (queued > v->queued_max)
		v->queued_max = queued;
	if (p->lag_us > v->lag_us_max)
		v->lag_us_max = p->lag_us;
	p->lag_us = 0;
	p->counters.lag_us_minute =
		v->lag_us_max > v->lag_us_before ? v->lag_us_max : v->lag_us_before;
	if (++v->seconds % MINUTE_SECONDS == 0) {
		v->lag_us_before = v->lag_us_max;
		v->lag_us_max = 0;
	}
}
