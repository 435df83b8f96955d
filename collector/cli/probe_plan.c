/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe reads everything at once; the daemon reads each interval group by requests of
 * its own. These are made here by the daemon's own planner, so what is shown is what it asks.
 */
#include "cli/probe_plan.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "transport/plan.h"

/* The interval groups of a device: every_s ascending, 0 (the device's own interval) first. */
static size_t groups_of(const struct expansion *x, int **ret)
{
	int *groups = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < x->n_points; i++) {
		int every = x->points[i].src->every_s;
		size_t at = 0;

		while (at < n && groups[at] < every)
			at++;
		if (at < n && groups[at] == every)
			continue;
		xgrow(&groups, &cap, n + 1, sizeof(*groups));
		for (size_t k = n++; k > at; k--)
			groups[k] = groups[k - 1];
		groups[at] = every;
	}
	*ret = groups;
	return n;
}

static struct plan *plan_of(const struct expansion *x, int every_s, size_t *ret_points)
{
	bool *in_group = xcalloc(x->n_points + 1, sizeof(*in_group));
	struct plan *plan;

	*ret_points = 0;
	for (size_t i = 0; i < x->n_points; i++) {
		in_group[i] = x->points[i].src->every_s == every_s;
		*ret_points += in_group[i];
	}
	plan = plan_make(x, in_group);
	free(in_group);
	return plan;
}

/* "GET of 25 objects, 1.3.6... to 1.3.6...", "holding 3000..3079". */
static void request_text(const struct plan_request *r, char *buf, size_t size)
{
	char first[256], last[256];

	if (r->kind == REQUEST_MODBUS_READ)
		snprintf(buf, size, "%s %u..%u", profile_table_name(r->function), r->address,
			 r->address + r->n_words - 1u);
	else
		snprintf(buf, size, "GET of %u object%s, %s%s%s", r->n_oids,
			 r->n_oids == 1 ? "" : "s", oid_format(&r->oids[0], first, sizeof(first)),
			 r->n_oids == 1 ? "" : " to ",
			 r->n_oids == 1 ? ""
					: oid_format(&r->oids[r->n_oids - 1], last, sizeof(last)));
}

void probe_plan_print(const struct probe_result *r)
{
	int *groups;
	size_t n = groups_of(r->expansion, &groups), points;
	char text[600];

	printf("request plan\n");
	for (size_t i = 0; i < n; i++) {
		struct plan *plan = plan_of(r->expansion, groups[i], &points);

		if (groups[i])
			printf("  every %d s", groups[i]);
		else
			printf("  at the device's interval");
		printf(": %zu point%s, %zu request%s\n", points, points == 1 ? "" : "s",
		       plan->n_requests, plan->n_requests == 1 ? "" : "s");
		for (size_t k = 0; k < plan->n_requests; k++) {
			request_text(&plan->requests[k], text, sizeof(text));
			printf("    %s\n", text);
		}
		plan_free(plan);
	}
	free(groups);
}

struct json_object *probe_plan_json(const struct probe_result *r)
{
	struct json_object *list = json_object_new_array();
	int *groups;
	size_t n = groups_of(r->expansion, &groups), points;
	char text[600];

	for (size_t i = 0; i < n; i++) {
		struct plan *plan = plan_of(r->expansion, groups[i], &points);
		struct json_object *group = json_object_new_object();
		struct json_object *requests = json_object_new_array();

		json_object_object_add(group, "every_s",
				       groups[i] ? json_object_new_int(groups[i]) : NULL);
		json_object_object_add(group, "points", json_object_new_int64((int64_t)points));
		for (size_t k = 0; k < plan->n_requests; k++) {
			request_text(&plan->requests[k], text, sizeof(text));
			json_object_array_add(requests, json_object_new_string(text));
		}
		json_object_object_add(group, "requests", requests);
		json_object_array_add(list, group);
		plan_free(plan);
	}
	free(groups);
	return list;
}
