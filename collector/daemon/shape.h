/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices with the same profile and the same expanded rows share: interval groups,
 * request plans and places of the points in their rows. Interned and counted, so that a
 * hall of 2,000 equal PDUs holds one plan. One thread.
 */
#pragma once

#include "inventory/profile.h"
#include "transport/plan.h"

struct shape_scan { /* one interval group */
	char name[16];          /* "main", or the interval of its points: "60s" */
	int step_s;
	struct plan *plan;      /* sysUpTime.0 rides along in that of the first group */
	uint32_t *points;       /* position in the row -> point of the expansion */
	size_t n_points;
	uint32_t *alarms;       /* positions of points that may be an alarm */
	size_t n_alarms;
	bool with_uptime;
};

struct shape {
	struct expansion *expansion;
	int every_s;
	bool has_uptime;
	int *step_s;            /* per point */
	uint32_t *position;     /* point -> its position within its group */
	struct shape_scan *scans;
	size_t n_scans;
	struct plan *facts;     /* hourly; see shape_facts_plan() */
	size_t refs;
	struct shape *next;
};

struct shapes; /* the interned ones */
struct shapes *shapes_new(void);
struct shapes *shapes_free(struct shapes *shapes); /* no shape may be in use */

/* Returns the shape with one more reference. A new shape takes *expansion over and sets it
 * NULL; when the shape was known, the expansion stays the caller's. */
struct shape *shape_get(struct shapes *shapes, struct expansion **expansion, int every_s,
			bool has_uptime);
struct shape *shape_ref(struct shape *shape);
/* Returns NULL. */
struct shape *shape_unref(struct shapes *shapes, struct shape *shape);

/* Requests for the facts of an expansion: an item's point is an index into its facts. The
 * caller frees it. */
struct plan *shape_facts_plan(const struct expansion *expansion);
/* A copy of a group's plan for one device, to be split: the same requests in the same
 * order, sysUpTime.0 in a request of its own at the end. The caller frees it. */
struct plan *shape_private_plan(const struct shape *shape, const struct shape_scan *scan);
