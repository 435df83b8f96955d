/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of a device, one at a time, and what becomes of their answers. A scan is
 * never queued twice: when its instant comes while the one before still runs, the new one
 * is skipped, counted and stored as a gap.
 */
#include "daemon/device_int.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/board.h"
#include "decode/decode.h"

/* The cheapest thing to ask an SNMP agent; every answer counts, also "no such object". */
static const struct plan_request uptime_request = {
	.kind = REQUEST_SNMP_GET,
	.oids = (struct oid *)(uintptr_t)&oid_sysuptime,
	.n_oids = 1,
};

static void done(struct request *request, enum cause cause, const struct reply *reply);

static void submit(struct device *d, enum flight flight, const struct plan_request *what,
		   struct mono deadline)
{
	d->flight = flight;
	d->request = (struct request){ .target = d->target, .what = what, .deadline = deadline,
		.no_retry = d->health.state == HEALTH_SUSPECT || d->health.state == HEALTH_DORMANT,
		.done = done, .user = d };
	d->p->submits++;
	subnet_sent(d->p->subnets, d);
	subnet_sent(d->p->chains, d);
	d->driver->ops->submit(d->driver->transport, &d->request);
}

/* ---- scans --------------------------------------------------------------- */

static void keep_readings(struct device *d)
{
	for (size_t i = 0; i < d->n_kept; i++)
		d->kept[i].reading = d->run.readings[d->shape->position[d->kept[i].point]];
	d->kept_ts = d->running->due_ts;
}

static void look_for_alarms(struct device *d, const struct shape_scan *group, int64_t ts)
{
	struct alarm_teller teller = { d->p->writer, d->name };
	int hold_s = d->p->inv->config->settings.hold_s;

	for (size_t i = 0; i < group->n_alarms; i++) {
		const struct reading *r = &d->run.readings[group->alarms[i]];
		const struct point_def *def =
			&d->shape->expansion->points[group->points[group->alarms[i]]];

		if (r->cause == CAUSE_NONE)
			alarms_reading(&d->alarms, def->part, def->src, r->raw, ts, hold_s,
				       alarm_tell, &teller);
	}
}

static void write_run(struct device *d)
{
	struct device_scan *s = d->running;
	struct shape_scan *group = &d->shape->scans[s - d->scans];
	struct group *sums = groups_group(d->p->groups);

	core_write_row(d->p, s->scan, s->due_ts, d->run.readings, d->run.n_readings, s->slots,
		       s->n_slots);
	for (size_t i = 0; i < group->n_points; i++) {
		uint32_t point = group->points[i];
		struct scale scale = decode_storage_scale(&d->shape->expansion->points[point]);

		group_reading(sums, d->index, point, s->due_ts, d->run.readings[i], &scale);
	}
	look_for_alarms(d, group, s->due_ts);
	if (s == d->scans)
		keep_readings(d);
	d->p->counters.readings += d->run.n_present;
	d->vitals.due++;
	d->vitals.answered += d->run.answered;
	d->p->counters.absences += d->run.n_readings - d->run.n_present;
}

static void begin_scan(struct device *d, struct device_scan *s)
{
	struct shape_scan *group = &d->shape->scans[s - d->scans];
	struct reading *readings = xcalloc(group->n_points + 1, sizeof(*readings));

	s->state = SCAN_RUNNING;
	d->running = s;
	scan_begin(&d->run, d->shape->expansion, s->own_plan ? s->own_plan : group->plan,
		   d->shape->position, readings, group->n_points);
	d->p->counters.scans++;
}

static void drop_run(struct device *d)
{
	if (!d->running)
		return;
	free(d->run.readings);
	d->run.readings = NULL;
	d->running->state = SCAN_IDLE;
	d->running = NULL;
}

static void end_scan(struct device *d)
{
	bool asked = d->run.answered || d->run.cause != CAUSE_NONE;
	bool answered = d->run.answered, lost = d->run.lost_instance;
	enum cause cause = d->run.cause;
	bool has_uptime = d->run.has_uptime;
	uint32_t uptime = d->run.uptime;

	write_run(d);
	drop_run(d);
	if (has_uptime)
		device_uptime(d, uptime);
	if (lost && d->p->now.us >= d->resurvey_after.us) {
		d->resurvey_after = mono_after(d->p->now, (int64_t)RESURVEY_AFTER_S * 1000000);
		device_event(d, "survey", EVENT_INFO, "an instance is gone; surveyed anew");
		device_want_survey(d);
	}
	if (asked)
		device_health(d, answered, cause);
}

void device_drop_scans(struct device *d)
{
	drop_run(d);
	for (size_t i = 0; d->shape && i < d->shape->n_scans; i++) {
		sched_remove(d->p->sched, &d->scans[i].timer.item);
		plan_free(d->scans[i].own_plan);
		free(d->scans[i].slots);
	}
	free(d->scans);
	d->scans = NULL;
}

/* The next instant has come and the one before still stands in line for its subnet: it is told
 * first, so that instants are told in order, and the newest is the one that is asked. */
static void give_up_waiting(struct device *d, struct device_scan *s)
{
	if (s->state == SCAN_WAITING) {
		d->p->counters.late++;
		d->vitals.due++;
		writer_absent(d->p->writer, s->scan, s->due_ts, CAUSE_LATE);
		s->state = SCAN_IDLE;
	} else if (s->state == SCAN_RUNNING && d->flight == FLIGHT_NONE) {
		d->p->counters.overrun++;
		scan_abandon(&d->run, CAUSE_DEADLINE);
		end_scan(d);
	}
}

void device_scan_fire(struct poller *p, struct timer *timer)
{
	struct device_scan *s = (struct device_scan *)timer;
	struct device *d = s->device;
	int step_s = d->shape->scans[s - d->scans].step_s;
	int64_t limit_us = (int64_t)(step_s < REQUEST_MAX_S ? step_s : REQUEST_MAX_S) * 1000000;
	int64_t offset_us = sched_offset_us(d->name), ts;
	struct mono due;

	give_up_waiting(d, s);
	ts = core_take_instant(p, s->scan, step_s, offset_us, &s->next_ts);
	due = sched_clock_due(&p->clock, ts, offset_us);

	core_set_timer(p, &s->timer, sched_clock_due(&p->clock, s->next_ts, offset_us));
	if (s->state != SCAN_IDLE) {
		d->vitals.due++;
		p->counters.late++;
		writer_absent(p->writer, s->scan, ts, CAUSE_LATE);
		return;
	}
	if (d->health.state == HEALTH_DORMANT || !d->target) {
		d->vitals.due++;
		writer_absent(p->writer, s->scan, ts, CAUSE_DORMANT);
		return;
	}
	s->state = SCAN_WAITING;
	s->due_ts = ts;
	/* a tenth of a second early: the row is closed before the next instant comes */
	s->deadline = mono_after(due, limit_us - 100000);
	device_kick(d);
}

static void end_scan_request(struct device *d, enum cause cause, const struct reply *reply)
{
	struct device_scan *s = d->running;

	/* a device that spoke in this scan is slow, not silent */
	if (cause == CAUSE_NO_ANSWER && d->run.answered && d->p->now.us >= s->deadline.us) {
		cause = CAUSE_DEADLINE;
		d->p->counters.overrun++;
	}
	if (scan_reply(&d->run, cause, reply) != SCAN_SPLIT)
		return;
	if (!s->own_plan) {
		s->own_plan = shape_private_plan(d->shape, &d->shape->scans[s - d->scans]);
		d->run.plan = s->own_plan;
	}
	if (s->own_plan->requests[d->run.request].n_items <= 1 ||
	    plan_split(s->own_plan, d->run.request) < 0) {
		scan_refused(&d->run);
	} else if (!d->split_told) {
		d->split_told = true;
		device_event(d, "split", EVENT_INFO,
			     "a request was refused (%s); asked in smaller ones from now on",
			     cause_text(cause));
	}
}

/* ---- restarts ------------------------------------------------------------ */

void device_uptime(struct device *d, uint32_t ticks)
{
	struct mono now = d->p->now;
	uint32_t before = d->uptime;
	bool known = d->has_uptime;
	int64_t expected = before + (now.us - d->uptime_at.us) / 10000;

	d->has_uptime = true;
	d->uptime = ticks;
	d->uptime_at = now;
	if (!known || (int64_t)ticks + 100 >= before)
		return;
	/* TimeTicks wrap after 497 days (RFC 2578, 7.1.8): where it should be then? */
	if (expected + 6000 > UINT32_MAX && ticks <= expected + 6000 - UINT32_MAX)
		return;
	log_notice("device %s: restarted; surveyed anew", d->name);
	device_event(d, "restart", EVENT_INFO, "the device restarted; surveyed anew");
	device_want_survey(d);
}

/* ---- probe and facts ----------------------------------------------------- */

static const struct plan_request *probe_request(const struct device *d)
{
	if (d->inv->profile->protocol == PROFILE_SNMP)
		return &uptime_request;
	if (d->shape->n_scans > 0 && d->shape->scans[0].plan->n_requests > 0)
		return &d->shape->scans[0].plan->requests[0];
	return NULL;
}

static void end_probe_request(struct device *d, enum cause cause, const struct reply *reply)
{
	if (cause == CAUSE_NONE && reply && reply->n_values == 1 &&
	    reply->values[0].type == VB_TIMETICKS)
		device_uptime(d, (uint32_t)reply->values[0].integer);
	device_health(d, scan_is_answer(cause), cause);
}

static void end_facts_request(struct device *d, enum cause cause, const struct reply *reply)
{
	const struct plan_request *what = &d->shape->facts->requests[d->fact];

	for (size_t i = 0; cause == CAUSE_NONE && i < what->n_items; i++) {
		const struct fact_def *fact = &d->shape->expansion->facts[what->items[i].point];
		char text[128];

		if (scan_fact_text(fact, what, &what->items[i], reply, text, sizeof(text)) == 0)
			device_fact(d, fact, text);
	}
	d->fact++;
	if (!scan_is_answer(cause))
		d->facts_wanted = false; /* the scans find out what it is; facts in an hour */
}

/* ---- what next ----------------------------------------------------------- */

/* Asks the running scan's next request, or ends it. True when something is in flight. */
static bool go_on_scan(struct device *d)
{
	const struct plan_request *what = scan_next(&d->run);

	if (what && d->p->now.us >= d->running->deadline.us) {
		d->p->counters.overrun++;
		scan_abandon(&d->run, CAUSE_DEADLINE);
		what = NULL;
	}
	if (!what) {
		end_scan(d);
		return false;
	}
	submit(d, FLIGHT_SCAN, what, d->running->deadline);
	return true;
}

static struct device_scan *waiting_scan(struct device *d)
{
	for (size_t i = 0; d->shape && i < d->shape->n_scans; i++) {
		if (d->scans[i].state == SCAN_WAITING)
			return &d->scans[i];
	}
	return NULL;
}

void device_kick(struct device *d)
{
	struct mono deadline = mono_after(d->p->now, (int64_t)REQUEST_MAX_S * 1000000);
	const struct plan_request *what;

	if (d->flight != FLIGHT_NONE || !d->target)
		return;
	if (!subnet_ask(d->p->subnets, d)) { /* it stands in one line at a time */
		subnet_quit_line(d->p->chains, d);
		return;
	}
	if (!subnet_ask(d->p->chains, d))
		return;
	for (;;) {
		struct device_scan *s;

		if (d->running) {
			if (go_on_scan(d))
				return;
			continue;
		}
		if (device_enrolled(d))
			device_install(d);
		s = waiting_scan(d);
		if (!s)
			break;
		begin_scan(d, s);
	}
	if (d->probe_wanted) {
		d->probe_wanted = false;
		what = d->shape ? probe_request(d) : NULL;
		if (what) {
			submit(d, FLIGHT_PROBE, what, deadline);
			return;
		}
	}
	while (d->survey) { /* the end of a look can be the beginning of a survey */
		what = d->p->now.us < d->survey_deadline.us ? survey_next(d->survey) : NULL;
		if (what) {
			submit(d, FLIGHT_SURVEY, what, deadline);
			return;
		}
		device_survey_done(d);
	}
	if (d->facts_wanted && d->shape && d->fact < d->shape->facts->n_requests)
		submit(d, FLIGHT_FACTS, &d->shape->facts->requests[d->fact], deadline);
}

static void done(struct request *request, enum cause cause, const struct reply *reply)
{
	struct device *d = request->user;
	enum flight flight = d->flight;
	struct subnet *subnet = subnet_ended(d->p->subnets, d);
	struct subnet *chain = subnet_ended(d->p->chains, d);

	d->flight = FLIGHT_NONE;
	if (scan_is_answer(cause))
		d->vitals.answered_at = d->p->now;
	if (reply && reply->rtt_us > 0) {
		d->vitals.n_rtt++;
		d->vitals.rtt_sum_us += (uint64_t)reply->rtt_us;
		board_answer(d->p->board, d->index, reply->rtt_us);
	}
	switch (flight) {
	case FLIGHT_NONE:
		break;
	case FLIGHT_SURVEY:
		d->p->n_survey_rows -= survey_rows(d->survey);
		survey_reply(d->survey, cause, reply);
		d->p->n_survey_rows += survey_rows(d->survey);
		break;
	case FLIGHT_SCAN:
		end_scan_request(d, cause, reply);
		break;
	case FLIGHT_FACTS:
		end_facts_request(d, cause, reply);
		break;
	case FLIGHT_PROBE:
		end_probe_request(d, cause, reply);
		break;
	}
	/* those in line first, or a device with many requests keeps its place */
	for (struct device *next; (next = subnet_next(d->p->chains, chain));)
		device_kick(next);
	for (struct device *next; (next = subnet_next(d->p->subnets, subnet));)
		device_kick(next);
	device_kick(d);
}
