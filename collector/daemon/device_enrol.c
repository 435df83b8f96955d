/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a survey to scans in the database: expand, intern the shape, register each interval
 * group with the writer, and put it to work when all are known there. Until then a device
 * that had a shape goes on with it, so a new survey loses no reading.
 */
#include "daemon/device_int.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "decode/decode.h"

/* ---- survey -------------------------------------------------------------- */

static void begin_survey(struct device *d)
{
	const struct cfg_credential *c = d->inv->credential;

	bool v1 = c && c->snmp_version == 1;

	d->survey_wanted = false;
	d->p->n_surveys++;
	if (d->looking) {
		d->survey = survey_new_fitted(d->inv->profile, v1);
	} else {
		d->next_survey = NEVER;
		d->p->counters.surveys++;
		d->survey = survey_new(d->inv->profile, v1);
	}
	d->survey_deadline = mono_after(d->p->now, (int64_t)SURVEY_MAX_S * 1000000);
}

static void wait_for_survey(struct device *d)
{
	struct poller *p = d->p;

	d->survey_wanted = true;
	if (core_may_survey(p)) {
		begin_survey(d);
		return;
	}
	d->survey_queued = true;
	d->survey_next_in_line = NULL;
	if (p->survey_last)
		p->survey_last->survey_next_in_line = d;
	else
		p->survey_first = d;
	p->survey_last = d;
}

void device_want_look(struct device *d)
{
	if (d->survey || d->survey_wanted || d->enrolment)
		return;
	d->looking = true;
	wait_for_survey(d);
}

void device_want_survey(struct device *d)
{
	if (!survey_needed(d->inv->profile)) {
		/* nothing to walk: what may have changed are the facts */
		if (d->shape) {
			d->facts_wanted = true;
			d->fact = 0;
		} else if (!d->enrolment) {
			device_enrol(d, profile_expand(d->inv->profile, 0, NULL, 0), false);
		}
		return;
	}
	if (d->survey && d->looking)
		d->whole_wanted = true;
	else if (d->survey_wanted)
		d->looking = false; /* what waits in line becomes a whole one */
	if (d->survey || d->survey_wanted || d->enrolment)
		return;
	wait_for_survey(d);
}

static void leave_line(struct device *d)
{
	struct device *before = NULL, *i;

	for (i = d->p->survey_first; i != d; i = i->survey_next_in_line)
		before = i;
	if (before)
		before->survey_next_in_line = d->survey_next_in_line;
	else
		d->p->survey_first = d->survey_next_in_line;
	if (d->p->survey_last == d)
		d->p->survey_last = before;
	d->survey_queued = false;
}

void device_survey_turn(struct device *d)
{
	leave_line(d);
	begin_survey(d);
	device_kick(d);
}

/* The slot it held goes to the next in line from the poller's loop, not from here: this
 * runs deep inside a request's end. */
void device_end_survey(struct device *d)
{
	if (d->survey_queued)
		leave_line(d);
	if (d->survey) {
		d->p->n_survey_rows -= survey_rows(d->survey);
		d->survey = survey_free(d->survey);
		d->p->n_surveys--;
	}
	d->looking = d->whole_wanted = false;
}

/* Each device has its minute of the hour, whenever it was surveyed, or all that were surveyed at a
 * start would be asked within the same minute for ever. In half an hour to one and a half. */
struct mono device_next_facts(const struct device *d)
{
	int phase_s = sched_phase(d->name, FACTS_EVERY_S);
	int64_t wait_s = (phase_s - core_wall_s(d->p) - FACTS_EVERY_S / 2) % FACTS_EVERY_S;

	if (wait_s < 0)
		wait_s += FACTS_EVERY_S;
	return mono_after(d->p->now, (wait_s + FACTS_EVERY_S / 2) * 1000000);
}

void device_fact(struct device *d, const struct fact_def *fact, const char *text)
{
	writer_device_fact(d->p->writer, core_wall_s(d->p), d->name, fact->key, text);
}

static void facts_from_survey(struct device *d, const struct expansion *expansion)
{
	for (size_t i = 0; i < expansion->n_facts; i++) {
		const struct vb_value *v = survey_value(d->survey, &expansion->facts[i].oid);
		char text[128];

		if (v && decode_fact_snmp(&expansion->facts[i], v, text, sizeof(text)) == 0)
			device_fact(d, &expansion->facts[i], text);
	}
}

/* About as often as it would be polled, but for very fast ones. */
static int64_t survey_again_us(struct device *d)
{
	int64_t s = d->inv->every_s;

	s = s < 5 ? 5 : s > 30 ? 30 : s;
	return s * 1000000 + core_random(d->p) % 1000000;
}

static void look_done(struct device *d)
{
	size_t n;
	const struct varbind *vbs = survey_vbs(d->survey, &n);
	bool heard = survey_failed(d->survey) == CAUSE_NONE &&
		     d->p->now.us < d->survey_deadline.us;
	bool whole = d->whole_wanted ||
		     (heard && profile_fitted_hash(d->inv->profile, vbs, n) != d->fitted_hash);

	device_end_survey(d);
	if (whole) {
		device_want_survey(d);
	} else if (!heard) {
		d->next_facts = mono_after(d->p->now, (int64_t)RESURVEY_AFTER_S * 1000000);
		device_arm(d);
	}
}

void device_survey_done(struct device *d)
{
	if (d->looking) {
		look_done(d);
		return;
	}

	const struct vb_value *uptime = survey_value(d->survey, &oid_sysuptime);
	enum cause cause = survey_failed(d->survey);
	struct expansion *expansion;
	const struct varbind *vbs;
	size_t n;

	if (cause == CAUSE_NONE && d->p->now.us >= d->survey_deadline.us)
		cause = CAUSE_DEADLINE;
	if (cause != CAUSE_NONE) {
		device_end_survey(d);
		d->next_survey = mono_after(d->p->now, survey_again_us(d));
		if (d->shape)
			device_arm(d); /* its scans tell how it is */
		else
			device_health(d, false, cause);
		return;
	}
	vbs = survey_vbs(d->survey, &n);
	expansion = profile_expand(d->inv->profile, d->inv->endpoint.member, vbs, n);
	if (survey_cut(d->survey))
		device_event(d, "survey", EVENT_WARNING,
			     "a table was cut: not in order, or more than %d rows",
			     SURVEY_ROWS_MAX);
	facts_from_survey(d, expansion);
	d->fitted_hash = profile_fitted_hash(d->inv->profile, vbs, n);
	if (uptime)
		device_uptime(d, (uint32_t)uptime->integer);
	if (expansion->n_points == 0) {
		log_warning("device %s (%s): answers, but has nothing that profile %s reads; is "
			    "the profile right?", d->name, d->inv->cfg->endpoint,
			    d->inv->profile->name);
		device_event(d, "survey", EVENT_WARNING, "nothing that profile %s reads",
			     d->inv->profile->name);
		expansion_free(expansion);
		d->next_survey = mono_after(d->p->now, (int64_t)RESURVEY_AFTER_S * 1000000);
	} else {
		device_enrol(d, expansion, uptime != NULL);
	}
	device_end_survey(d);
	d->next_facts = device_next_facts(d);
	device_health(d, true, CAUSE_NONE);
}

/* ---- registration -------------------------------------------------------- */

static void add_name(char **text, int64_t value, const char *name)
{
	char escaped[160], *before = *text;
	size_t n = 0;

	for (const char *c = name; *c && n < sizeof(escaped) - 8; c++) {
		if (*c == '"' || *c == '\\')
			escaped[n++] = '\\';
		if ((unsigned char)*c < 0x20)
			n += (size_t)snprintf(escaped + n, 7, "\\u%04x", (unsigned char)*c);
		else
			escaped[n++] = *c;
	}
	escaped[n] = '\0';
	*text = xasprintf("%s%s\"%lld\":\"%s\"", before ? before : "", before ? "," : "{",
			  (long long)value, escaped);
	free(before);
}

/* {"1":"off","2":"on"}; NULL when the point has no names. malloc'd. */
static char *names_json(const struct profile_point *src)
{
	char *text = NULL, *all;

	for (size_t i = 0; i < src->n_states; i++)
		add_name(&text, src->states[i].value, src->states[i].name);
	for (size_t i = 0; i < src->n_flags; i++)
		add_name(&text, src->flags[i].bit, src->flags[i].name);
	if (!text)
		return NULL;
	all = xasprintf("%s}", text);
	free(text);
	return all;
}

static void add_severity(char **text, int64_t value, enum severity severity)
{
	if (severity != SEVERITY_OK)
		add_name(text, value, severity_name(severity));
}

/* {"3":"critical"}: those that are not ok, so "{}" when all are; NULL when the point has no names.
 * malloc'd. */
static char *severities_json(const struct profile_point *src)
{
	char *text = NULL, *all;

	if (src->n_states == 0 && src->n_flags == 0)
		return NULL;
	for (size_t i = 0; i < src->n_states; i++)
		add_severity(&text, src->states[i].value, src->states[i].severity);
	for (size_t i = 0; i < src->n_flags; i++)
		add_severity(&text, src->flags[i].bit, src->flags[i].severity);
	all = xasprintf("%s}", text ? text : "{");
	free(text);
	return all;
}

static void enrolment_free(struct enrolment *e)
{
	for (size_t i = 0; i < e->n; i++) {
		struct reg_scan *scan = &e->regs[i].scan;

		for (size_t k = 0; k < scan->n_points; k++)
			free((void *)(uintptr_t)scan->points[k].names);
		for (size_t k = 0; k < scan->n_points; k++)
			free((void *)(uintptr_t)scan->points[k].severities);
		for (size_t k = 0; k < scan->n_points; k++)
			free((void *)(uintptr_t)scan->points[k].label);
		free(scan->points);
	}
	shape_unref(e->shapes, e->shape);
	free(e->regs);
	free(e->entity);
	free(e);
}

static void registered(struct poller *p, struct registration *r)
{
	struct enrolment *e = r->owner;
	struct device *d = e->device;

	if (r->failed) {
		if (!e->failed && d)
			log_error("device %s: not entered in the database: %s", d->name, r->why);
		e->failed = true;
	}
	if (--e->n_left > 0)
		return;
	p->n_enrolling--;
	if (!d) {
		enrolment_free(e);
		return;
	}
	device_kick(d);
}

bool device_enrolled(const struct device *d)
{
	return d->enrolment && d->enrolment->n_left == 0;
}

/* own: the device's expansion with its labels; it is let go soon, the shape's stays. */
static void fill_scan(struct enrolment *e, size_t index, struct registration *r,
		      const struct expansion *own)
{
	const struct shape_scan *group = &e->shape->scans[index];
	struct poller *p = e->device->p;

	r->p = p;
	r->owner = e;
	r->index = index;
	r->finished = registered;
	r->scan = (struct reg_scan){ .entity_kind = "device", .entity = e->entity,
		.name = group->name, .step_s = group->step_s,
		.phase_s = sched_phase(e->entity, group->step_s),
		.valid_from = core_wall_s(p), .n_points = group->n_points };
	r->scan.points = xcalloc(group->n_points + 1, sizeof(r->scan.points[0]));
	for (size_t i = 0; i < group->n_points; i++) {
		const struct point_def *def = &e->shape->expansion->points[group->points[i]];

		r->scan.points[i] = (struct reg_point){ .part = def->part,
			.label = xstrdup(own->points[group->points[i]].label),
			.quantity = def->src->quantity, .scale = decode_storage_scale(def),
			.main = def->src->main, .phase = def->src->phase,
			.names = names_json(def->src),
			.severities = severities_json(def->src) };
	}
}

void device_enrol(struct device *d, struct expansion *expansion, bool has_uptime)
{
	struct enrolment *e = xcalloc(1, sizeof(*e));

	assert(!d->enrolment);
	e->device = d;
	e->shapes = d->p->shapes;
	e->shape = shape_get(e->shapes, &expansion, d->inv->every_s, has_uptime);
	e->entity = xstrdup(d->name);
	e->n = e->n_left = e->shape->n_scans;
	e->regs = xcalloc(e->n + 1, sizeof(e->regs[0]));
	d->enrolment = e;
	for (size_t i = 0; i < e->n; i++)
		fill_scan(e, i, &e->regs[i], expansion ? expansion : e->shape->expansion);
	expansion_free(expansion);
	d->p->n_enrolling += e->n > 0;
	for (size_t i = 0; i < e->n; i++)
		core_register(d->p, &e->regs[i]);
}

static void install_scans(struct device *d, struct enrolment *e)
{
	struct device_scan *scans = xcalloc(e->n ? e->n : 1, sizeof(*scans));
	struct device_scan *old = d->scans;
	bool same = d->shape == e->shape;

	for (size_t i = 0; i < e->n; i++) {
		const struct reg_scan *reg = &e->regs[i].scan;
		struct device_scan *s = &scans[i];

		s->timer.item.pos = SIZE_MAX;
		s->timer.fire = device_scan_fire;
		s->device = d;
		s->scan = reg->scan;
		s->n_slots = reg->n_slots;
		s->slots = core_slots(reg);
		s->next_ts = core_first_instant(d->p, reg->step_s, reg->phase_s);
		if (same) { /* what was split stays so */
			s->own_plan = old[i].own_plan;
			old[i].own_plan = NULL;
		}
		for (size_t k = 0; old && k < d->shape->n_scans; k++) {
			/* what the former scan has used or still waits for is not used twice */
			if (old[k].scan != s->scan)
				continue;
			s->next_ts = old[k].next_ts;
			s->due_ts = old[k].due_ts;
			s->deadline = old[k].deadline;
			s->state = old[k].state;
		}
	}
	device_drop_scans(d);
	d->scans = scans;
}

/* Room for the readings of the first group that sums are made of. */
static void make_room_to_keep(struct device *d)
{
	const struct shape_scan *group = &d->shape->scans[0];

	free(d->kept);
	d->kept = xcalloc(group->n_points + 1, sizeof(d->kept[0]));
	d->n_kept = 0;
	d->kept_ts = 0;
	for (size_t i = 0; i < group->n_points; i++) {
		const struct profile_point *src = d->shape->expansion->points[group->points[i]].src;

		if (src->main || src->phase > 0 || d->inv->n_channels > 0)
			d->kept[d->n_kept++].point = group->points[i];
	}
	d->kept = xrealloc(d->kept, d->n_kept + 1, sizeof(d->kept[0]));
}

void device_install(struct device *d)
{
	struct enrolment *e = d->enrolment;

	d->enrolment = NULL;
	if (!e->device) { /* the device goes away */
		if (e->n_left == 0)
			enrolment_free(e);
		return; /* otherwise the last registration frees it */
	}
	assert(!d->running && e->n_left == 0);
	if (e->failed) {
		d->next_survey = mono_after(d->p->now, 60000000);
		enrolment_free(e);
		device_arm(d);
		return;
	}
	install_scans(d, e);
	if (d->shape != e->shape) {
		shape_unref(d->p->shapes, d->shape);
		d->shape = shape_ref(e->shape);
		if (d->shape->n_scans > 0)
			make_room_to_keep(d);
		struct alarm_teller teller = { d->p->writer, d->name };
		alarms_keep(&d->alarms, d->shape->expansion, core_wall_s(d->p), alarm_tell,
			    &teller);
	}
	for (size_t i = 0; i < e->n; i++)
		core_set_timer(d->p, &d->scans[i].timer,
			       sched_clock_due(&d->p->clock, d->scans[i].next_ts,
					       sched_offset_us(d->name)));
	enrolment_free(e);
	device_bind(d);
	if (d->inv->profile->protocol == PROFILE_MODBUS) {
		d->facts_wanted = true;
		d->fact = 0;
		d->next_facts = device_next_facts(d);
		device_arm(d);
	}
}
