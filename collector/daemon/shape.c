/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes are few (one per model and fitting), hence a list and not a table. Labels and
 * "not fitted" are no part of a shape: two PDUs whose outlets are named differently are
 * asked the same.
 */
#include "daemon/shape.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/survey.h"
#include "group/alarm.h"

struct shapes {
	struct shape *first;
};

struct shapes *shapes_new(void)
{
	return xcalloc(1, sizeof(struct shapes));
}

struct shapes *shapes_free(struct shapes *shapes)
{
	if (shapes) {
		assert(!shapes->first);
		free(shapes);
	}
	return NULL;
}

/* sysUpTime in the first GET that has room: a restart is seen without a request more. */
static void plan_add_uptime(struct plan *plan, int varbinds, bool own_request)
{
	struct plan_request *r = NULL;

	for (size_t i = 0; i < plan->n_requests && !own_request && !r; i++) {
		if (plan->requests[i].n_oids < varbinds)
			r = &plan->requests[i];
	}
	if (!r) {
		plan->requests = xrealloc(plan->requests, plan->n_requests + 1,
					  sizeof(plan->requests[0]));
		r = &plan->requests[plan->n_requests++];
		*r = (struct plan_request){ .kind = REQUEST_SNMP_GET };
	}
	r->oids = xrealloc(r->oids, r->n_oids + 1u, sizeof(r->oids[0]));
	r->oids[r->n_oids++] = oid_sysuptime;
}

static struct plan *make_plan(const struct shape *shape, const struct shape_scan *scan,
			      bool own_request)
{
	bool *in_group = xcalloc(shape->expansion->n_points + 1, sizeof(bool));
	struct plan *plan;

	for (size_t i = 0; i < scan->n_points; i++)
		in_group[scan->points[i]] = true;
	plan = plan_make(shape->expansion, in_group);
	free(in_group);
	if (scan->with_uptime)
		plan_add_uptime(plan, shape->expansion->profile->varbinds, own_request);
	plan_prepare(plan);
	return plan;
}

struct plan *shape_private_plan(const struct shape *shape, const struct shape_scan *scan)
{
	return make_plan(shape, scan, true);
}

static struct shape_scan *scan_of_step(struct shape *shape, int step_s)
{
	struct shape_scan *scan;

	for (size_t i = 0; i < shape->n_scans; i++) {
		if (shape->scans[i].step_s == step_s)
			return &shape->scans[i];
	}
	shape->scans = xrealloc(shape->scans, shape->n_scans + 1, sizeof(shape->scans[0]));
	scan = &shape->scans[shape->n_scans++];
	*scan = (struct shape_scan){ .step_s = step_s };
	if (step_s == shape->every_s)
		snprintf(scan->name, sizeof(scan->name), "main");
	else
		snprintf(scan->name, sizeof(scan->name), "%ds", step_s);
	return scan;
}

static void group_points(struct shape *shape)
{
	const struct expansion *e = shape->expansion;

	shape->step_s = xcalloc(e->n_points + 1, sizeof(int));
	shape->position = xcalloc(e->n_points + 1, sizeof(uint32_t));
	for (size_t i = 0; i < e->n_points; i++) {
		int own = e->points[i].src->every_s;
		struct shape_scan *scan = scan_of_step(shape, own > 0 ? own : shape->every_s);

		scan->points = xrealloc(scan->points, scan->n_points + 1, sizeof(uint32_t));
		scan->points[scan->n_points] = (uint32_t)i;
		if (alarm_possible(e->points[i].src)) {
			scan->alarms =
				xrealloc(scan->alarms, scan->n_alarms + 1, sizeof(uint32_t));
			scan->alarms[scan->n_alarms++] = (uint32_t)scan->n_points;
		}
		shape->position[i] = (uint32_t)scan->n_points++;
		shape->step_s[i] = scan->step_s;
	}
	for (size_t i = 0; i < shape->n_scans; i++) {
		shape->scans[i].with_uptime = i == 0 && shape->has_uptime &&
					      e->profile->protocol == PROFILE_SNMP;
		shape->scans[i].plan = make_plan(shape, &shape->scans[i], false);
	}
}

static struct plan_request *add_fact_request(struct plan *plan, enum request_kind kind)
{
	plan->requests = xrealloc(plan->requests, plan->n_requests + 1, sizeof(plan->requests[0]));
	plan->requests[plan->n_requests] = (struct plan_request){ .kind = kind };
	return &plan->requests[plan->n_requests++];
}

static void add_fact_item(struct plan_request *r, size_t fact)
{
	r->items = xrealloc(r->items, r->n_items + 1u, sizeof(r->items[0]));
	r->items[r->n_items++] = (struct plan_item){ .point = (uint32_t)fact, .offset = r->n_oids };
}

static void fact_registers(const struct fact_def *fact, struct plan_request *r)
{
	uint32_t start, end;

	if (fact->src) {
		r->function = fact->src->function;
		r->address = fact->src->address;
		r->n_words = fact->src->words_n;
		return;
	}
	profile_point_span(fact->number.src, &start, &end);
	r->function = fact->number.src->function;
	r->address = (uint16_t)start;
	r->n_words = (uint16_t)(end - start);
}

struct plan *shape_facts_plan(const struct expansion *e)
{
	struct plan *plan = xcalloc(1, sizeof(*plan));
	int varbinds = e->profile->varbinds > 0 ? e->profile->varbinds : 25;
	struct plan_request *r = NULL;

	for (size_t i = 0; i < e->n_facts; i++) {
		const struct fact_def *fact = &e->facts[i];

		if (e->profile->protocol == PROFILE_MODBUS) {
			r = add_fact_request(plan, REQUEST_MODBUS_READ);
			fact_registers(fact, r);
			add_fact_item(r, i);
			continue;
		}
		if (!r || r->n_oids >= varbinds)
			r = add_fact_request(plan, REQUEST_SNMP_GET);
		add_fact_item(r, i);
		r->oids = xrealloc(r->oids, r->n_oids + 1u, sizeof(r->oids[0]));
		r->oids[r->n_oids++] = fact->oid;
	}
	return plan;
}

struct shape *shape_get(struct shapes *shapes, struct expansion **expansion, int every_s,
			bool has_uptime)
{
	const struct expansion *e = *expansion;
	struct shape *s;

	for (s = shapes->first; s; s = s->next) {
		if (s->expansion->profile == e->profile && s->expansion->hash == e->hash &&
		    s->every_s == every_s && s->expansion->n_points == e->n_points &&
		    s->expansion->n_facts == e->n_facts && s->has_uptime == has_uptime)
			return shape_ref(s);
	}
	s = xcalloc(1, sizeof(*s));
	s->expansion = *expansion;
	*expansion = NULL;
	s->every_s = every_s;
	s->has_uptime = has_uptime;
	s->refs = 1;
	group_points(s);
	s->facts = shape_facts_plan(s->expansion);
	s->next = shapes->first;
	shapes->first = s;
	return s;
}

struct shape *shape_ref(struct shape *shape)
{
	shape->refs++;
	return shape;
}

struct shape *shape_unref(struct shapes *shapes, struct shape *shape)
{
	struct shape **link;

	if (!shape || --shape->refs > 0)
		return NULL;
	for (link = &shapes->first; *link != shape; link = &(*link)->next)
		assert(*link);
	*link = shape->next;
	for (size_t i = 0; i < shape->n_scans; i++) {
		plan_free(shape->scans[i].plan);
		free(shape->scans[i].points);
		free(shape->scans[i].alarms);
	}
	plan_free(shape->facts);
	free(shape->scans);
	free(shape->step_s);
	free(shape->position);
	expansion_free(shape->expansion);
	free(shape);
	return NULL;
}
