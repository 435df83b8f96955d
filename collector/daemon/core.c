/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices and group scans share in the poll thread: drivers, instants of the grid,
 * registrations and rows.
 */
#include "daemon/core.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* xorshift32 (Marsaglia 2003): jitter needs no better. */
uint32_t core_random(struct poller *p)
{
	uint32_t x = p->random ? p->random : 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return p->random = x;
}

struct driver *core_driver(struct poller *p, enum protocol protocol, struct err *err)
{
	const struct transport_ops *ops = transport_for(protocol);

	if (!ops) {
		err_set(err, "this build has no driver for %s", protocol_name(protocol));
		return NULL;
	}
	for (size_t i = 0; i < DRIVERS_MAX; i++) {
		struct driver *d = &p->drivers[i];

		if (d->ops == ops)
			return d;
		if (d->ops)
			continue;
		d->transport = ops->open(p->epoll_fd, &p->limits, err);
		if (!d->transport)
			return NULL;
		d->ops = ops;
		if (ops->watch_twins && p->on_twins)
			ops->watch_twins(d->transport, p->on_twins, p);
		return d;
	}
	err_set(err, "more drivers than expected");
	return NULL;
}

void core_set_timer(struct poller *p, struct timer *timer, struct mono due)
{
	sched_set(p->sched, &timer->item, due);
}

int64_t core_first_instant(const struct poller *p, int step_s, int phase_s)
{
	int64_t from = core_wall_s(p) + 1;

	if (from <= p->clock.last_used_s)
		from = p->clock.last_used_s + 1;
	return sched_next(from, step_s, phase_s);
}

int64_t core_take_instant(struct poller *p, int64_t scan, int step_s, int64_t offset_us,
			  int64_t *next_ts)
{
	int64_t ts = *next_ts;
	struct mono due = sched_clock_due(&p->clock, ts, offset_us);
	int64_t behind = (p->now.us - due.us) / ((int64_t)step_s * 1000000);

	if (behind > 0) { /* we were held up for whole intervals */
		writer_absent_run(p->writer, scan, ts, ts + (behind - 1) * step_s,
				  (uint32_t)behind, CAUSE_LATE);
		p->counters.late += (uint64_t)behind;
		ts += behind * step_s;
	}
	*next_ts = ts + step_s;
	if (ts > p->clock.last_used_s)
		p->clock.last_used_s = ts;
	return ts;
}

void core_skip_clock(struct poller *p, int64_t scan, int step_s, int phase_s, int64_t *next_ts)
{
	int64_t first = *next_ts, next = sched_next(core_wall_s(p) + 1, step_s, phase_s);

	if (first >= next)
		return;
	writer_absent_run(p->writer, scan, first, next - step_s,
			  (uint32_t)((next - first) / step_s), CAUSE_CLOCK);
	*next_ts = next;
}

/* ---- registrations ------------------------------------------------------- */

/* In the writer's thread. */
static void registration_done(void *user, struct reg_scan *scan, const char *failed)
{
	struct registration *r = user;
	struct poller *p = r->p;
	uint64_t one = 1;

	(void)scan;
	pthread_mutex_lock(&p->lock);
	r->failed = failed != NULL;
	snprintf(r->why, sizeof(r->why), "%s", failed ? failed : "");
	r->next = p->registered;
	p->registered = r;
	p->n_registering--;
	pthread_cond_broadcast(&p->changed);
	if (write(p->wake_fd, &one, sizeof(one)) < 0) {
		/* the counter is full, so it wakes up anyhow */
	}
	pthread_mutex_unlock(&p->lock);
}

void core_register(struct poller *p, struct registration *r)
{
	pthread_mutex_lock(&p->lock);
	p->n_registering++;
	pthread_mutex_unlock(&p->lock);
	if (writer_register(p->writer, &r->scan, registration_done, r) != 0)
		registration_done(r, &r->scan, "the writer's queue is full");
}

/* ---- rows ---------------------------------------------------------------- */

uint32_t *core_slots(const struct reg_scan *scan)
{
	bool in_order = scan->n_slots == scan->n_points;
	uint32_t *slots;

	for (size_t i = 0; in_order && i < scan->n_points; i++)
		in_order = scan->points[i].slot == i;
	if (in_order)
		return NULL;
	slots = xcalloc(scan->n_points + 1, sizeof(*slots));
	for (size_t i = 0; i < scan->n_points; i++) {
		assert(scan->points[i].slot < scan->n_slots);
		slots[i] = scan->points[i].slot;
	}
	return slots;
}

void core_write_row(struct poller *p, int64_t scan, int64_t ts, const struct reading *readings,
		    size_t n, const uint32_t *slots, uint32_t n_slots)
{
	struct reading *row;

	if (!slots) {
		writer_row(p->writer, scan, ts, readings, (uint32_t)n);
		return;
	}
	/* slots of points that are gone stay empty for ever, which is no gap */
	row = xcalloc(n_slots + 1u, sizeof(*row));
	for (uint32_t i = 0; i < n_slots; i++)
		row[i].cause = CAUSE_NOT_FITTED;
	for (size_t i = 0; i < n; i++)
		row[slots[i]] = readings[i];
	writer_row(p->writer, scan, ts, row, n_slots);
	free(row);
}
