/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life of a device: address, health and the chores that are not on the grid (probe, new
 * survey, facts, name look-up). Its log line and event are made here, on change only.
 */
#include "daemon/device_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/board.h"
#include "daemon/survey.h"
#include "decode/decode.h"

static void chores_fire(struct poller *p, struct timer *timer);

const char *device_name(const struct device *d)
{
	return d->name;
}

uint64_t device_hash(const struct device *d)
{
	return d->hash;
}

void device_event(struct device *d, const char *kind, enum event_severity severity,
		  const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	writer_event(d->p->writer, core_wall_s(d->p), "device", d->name, kind, severity, text);
}

size_t device_index(const struct device *d)
{
	return d->index;
}

struct subnet_place *device_place(struct device *d)
{
	return &d->place;
}

struct subnet_place *device_chain(struct device *d)
{
	return &d->chain;
}

struct device_vitals device_take_vitals(struct device *d)
{
	struct device_vitals v = d->vitals;

	d->vitals = (struct device_vitals){ .answered_at = v.answered_at };
	return v;
}

static uint32_t *state_count(struct device *d)
{
	switch (d->health.state) {
	case HEALTH_UNKNOWN:
		return &d->p->counters.unknown;
	case HEALTH_OK:
		return &d->p->counters.ok;
	case HEALTH_SUSPECT:
		return &d->p->counters.suspect;
	case HEALTH_DORMANT:
		return &d->p->counters.dormant;
	}
	return &d->p->counters.unknown;
}

static void log_change(const struct device *d, enum health_state before)
{
	const char *endpoint = d->inv->cfg->endpoint, *cause = cause_text(d->health.cause);

	switch (d->health.state) {
	case HEALTH_UNKNOWN:
		break;
	case HEALTH_OK:
		if (before == HEALTH_UNKNOWN)
			log_debug("device %s (%s): answers", d->name, endpoint);
		else
			log_notice("device %s (%s): answers again", d->name, endpoint);
		break;
	case HEALTH_SUSPECT:
		log_info("device %s (%s): %s; asked without retries from now on", d->name,
			 endpoint, cause);
		break;
	case HEALTH_DORMANT:
		log_warning("device %s (%s): %s; only probed until it answers", d->name, endpoint,
			    cause);
		break;
	}
}

void device_health(struct device *d, bool answered, enum cause cause)
{
	enum health_state before = d->health.state;
	uint32_t *count = state_count(d);

	if (!answered) {
		d->p->counters.failures[cause < POLLER_CAUSES ? cause : CAUSE_NONE]++;
		board_failure(d->p->board, d->index, cause);
		group_silent(groups_group(d->p->groups), d->index);
		if (!d->shape)
			d->vitals.due++; /* it has no polls yet that could tell */
	}
	if (health_update(&d->health, answered, cause, d->p->now, core_random(d->p))) {
		(*count)--;
		(*state_count(d))++;
		log_change(d, before);
		board_state(d->p->board, d->index, d->health.state);
		writer_device_state(d->p->writer, core_wall_s(d->p), d->name,
				    health_name(d->health.state), d->health.cause);
		if (d->health.state == HEALTH_DORMANT && d->next_resolve.us != INT64_MAX)
			d->next_resolve = d->p->now; /* perhaps it moved */
	}
	device_arm(d);
}

/* ---- address ------------------------------------------------------------- */

static void start(struct device *d)
{
	if (!survey_needed(d->inv->profile))
		device_enrol(d, profile_expand(d->inv->profile, 0, NULL, 0), false);
	else
		device_want_survey(d);
	device_kick(d);
}

static void set_address(struct device *d, const struct sockaddr_storage *addr)
{
	struct err err;

	subnet_move(d->p->subnets, d, addr);
	if (d->inv->endpoint.member > 0)
		subnet_move(d->p->chains, d, addr);
	if (d->target) {
		d->driver->ops->target_address(d->target, addr);
		return;
	}
	d->target = d->driver->ops->target_new(d->driver->transport, &d->inv->endpoint, addr,
					       d->inv->credential, d->inv->profile->delay_ms, &err);
	if (!d->target) {
		log_error("device %s (%s): %s", d->name, d->inv->cfg->endpoint, err.text);
		device_event(d, "endpoint", EVENT_WARNING, "%s", err.text);
		device_health(d, false, CAUSE_UNREACHABLE);
		return;
	}
	start(d);
}

static void ask_resolver(struct device *d)
{
	if (d->resolve)
		return;
	d->resolve = xcalloc(1, sizeof(*d->resolve));
	snprintf(d->resolve->host, sizeof(d->resolve->host), "%s", d->inv->endpoint.host);
	d->resolve->port = d->inv->endpoint.port;
	d->resolve->user = d;
	resolver_ask(d->p->resolver, d->resolve);
}

void device_resolved(struct device *d, struct resolve *answer)
{
	d->resolve = NULL;
	d->next_resolve = mono_after(d->p->now, (int64_t)RESOLVE_EVERY_S * 1000000);
	if (answer->ok) {
		set_address(d, &answer->addr);
	} else if (!d->target) {
		device_health(d, false, CAUSE_NAME);
		d->next_resolve = d->health.state == HEALTH_DORMANT ?
			d->health.next_probe : mono_after(d->p->now, 5000000);
	}
	device_arm(d);
}

/* ---- chores -------------------------------------------------------------- */

void device_arm(struct device *d)
{
	struct mono due = d->next_facts;

	if (d->next_resolve.us < due.us)
		due = d->next_resolve;
	if (d->health.state == HEALTH_DORMANT && d->target) {
		if (d->health.next_probe.us < due.us)
			due = d->health.next_probe;
	} else if (d->next_survey.us < due.us) {
		due = d->next_survey;
	}
	if (due.us == INT64_MAX)
		sched_remove(d->p->sched, &d->chores.item);
	else
		core_set_timer(d->p, &d->chores, due);
}

static void chores_fire(struct poller *p, struct timer *timer)
{
	struct device *d = (struct device *)((char *)timer - offsetof(struct device, chores));

	if (d->next_resolve.us <= p->now.us) {
		d->next_resolve = NEVER; /* until the answer is here */
		ask_resolver(d);
	}
	if (d->next_facts.us <= p->now.us) {
		d->next_facts = mono_after(p->now, (int64_t)FACTS_EVERY_S * 1000000);
		d->facts_wanted = d->health.state != HEALTH_DORMANT;
		d->fact = 0;
		if (d->facts_wanted && survey_ages(d->inv->profile)) {
			if (d->shape && d->inv->profile->protocol == PROFILE_SNMP)
				device_want_look(d);
			else
				device_want_survey(d);
		}
	}
	if (d->health.state == HEALTH_DORMANT) {
		if (d->target && d->health.next_probe.us <= p->now.us) {
			/* moved on by the probe's end; should it never be sent, come back */
			d->health.next_probe = mono_after(p->now, 15000000);
			if (d->shape)
				d->probe_wanted = true;
			else
				device_want_survey(d);
		}
	} else if (d->next_survey.us <= p->now.us) {
		d->next_survey = NEVER;
		device_want_survey(d);
	}
	device_arm(d);
	device_kick(d);
}

/* ---- life ---------------------------------------------------------------- */

/* A renamed device goes on with those of its former name, as its rows in the database do. */
static void take_alarms(struct device *d)
{
	const char *was = d->inv->cfg->was;
	ptrdiff_t now = was && *was ? inventory_device(d->p->inv, was) : -1;

	alarm_pool_take(d->p->alarms, d->name, &d->alarms);
	if (!d->alarms.n && now == (ptrdiff_t)d->index) /* nobody else has that name now */
		alarm_pool_take(d->p->alarms, was, &d->alarms);
}

struct device *device_new(struct poller *p, size_t index, uint64_t hash)
{
	struct device *d = xcalloc(1, sizeof(*d));
	struct sockaddr_storage addr = { 0 };
	struct err err;

	d->p = p;
	d->inv = &p->inv->devices[index];
	d->index = index;
	d->hash = hash;
	d->name = xstrdup(d->inv->cfg->device);
	take_alarms(d);
	d->chores.item.pos = SIZE_MAX;
	d->chores.fire = chores_fire;
	d->next_facts = d->next_resolve = d->next_survey = NEVER;
	p->counters.unknown++;
	d->driver = core_driver(p, d->inv->endpoint.protocol, &err);
	if (!d->driver) {
		log_error("device %s (%s): %s", d->name, d->inv->cfg->endpoint, err.text);
		device_event(d, "endpoint", EVENT_WARNING, "%s", err.text);
		device_health(d, false, CAUSE_UNREACHABLE);
	} else if (endpoint_is_file(&d->inv->endpoint) ||
		   resolver_numeric(d->inv->endpoint.host, d->inv->endpoint.port, &addr) == 0) {
		set_address(d, &addr);
	} else {
		ask_resolver(d);
	}
	return d;
}

struct device *device_free(struct device *d)
{
	if (!d)
		return NULL;
	if (d->flight != FLIGHT_NONE)
		d->driver->ops->cancel(d->driver->transport, &d->request);
	d->flight = FLIGHT_NONE;
	subnet_leave(d->p->subnets, d);
	subnet_leave(d->p->chains, d);
	d->survey_wanted = false;
	device_end_survey(d);
	device_drop_scans(d);
	if (d->enrolment) {
		d->enrolment->device = NULL;
		device_install(d); /* without a device: gives the enrolment back */
	}
	if (d->resolve)
		d->resolve->user = NULL;
	if (d->target)
		d->driver->ops->target_free(d->target);
	alarm_pool_give(d->p->alarms, d->name, &d->alarms);
	free(d->kept);
	shape_unref(d->p->shapes, d->shape);
	sched_remove(d->p->sched, &d->chores.item);
	(*state_count(d))--;
	free(d->name);
	free(d);
	return NULL;
}

void device_move(struct device *d, const struct inventory *inv, size_t index)
{
	d->inv = &inv->devices[index];
	d->index = index;
}

void device_bind(struct device *d)
{
	struct group *sums = groups_group(d->p->groups);

	if (!d->shape)
		return;
	group_bind(sums, d->index, d->shape->expansion, d->shape->step_s);
	for (size_t i = 0; i < d->n_kept && d->kept_ts > 0; i++) {
		uint32_t point = d->kept[i].point;
		struct scale scale = decode_storage_scale(&d->shape->expansion->points[point]);

		group_reading(sums, d->index, point, d->kept_ts, d->kept[i].reading, &scale);
	}
}

void device_removed(struct device *d)
{
	for (size_t i = 0; d->shape && i < d->shape->n_scans; i++)
		writer_absent(d->p->writer, d->scans[i].scan, d->scans[i].next_ts, CAUSE_CONFIG);
}

void device_clock_step(struct device *d, int64_t step_us)
{
	for (size_t i = 0; d->shape && i < d->shape->n_scans; i++) {
		struct device_scan *s = &d->scans[i];
		int step_s = d->shape->scans[i].step_s;

		if (step_us > 0)
			core_skip_clock(d->p, s->scan, step_s, sched_phase(d->name, step_s),
					&s->next_ts);
		core_set_timer(d->p, &s->timer, sched_clock_due(&d->p->clock, s->next_ts,
								sched_offset_us(d->name)));
	}
}
