/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group points: values that rackmeter computes and stores like any other, with their
 * coverage: W of racks, feeds, halls and the site; A per phase of feeds. Pure.
 *
 * On its own grid (settings.group_every_s) a group takes each member's reading no older
 * than 1.5 of the member's step. Missing members make a partial sum: members_present <
 * members_expected says so. Nothing present: the sum is absent, never 0. Members are
 * the primary meters of the inventory; a check meter never adds.
 *
 * Series it writes (entity kind/name, part, quantity):
 *   rack/R     total        power_w, members_present, members_expected
 *   circuit/F  total        power_w, members_present, members_expected   (feeds of racks)
 *   circuit/F  L1 L2 L3     current_a
 *   circuit/C  the same of circuits above them that have no meter themselves, when all circuits
 *              below have; currents only where they can be added line by line
 *   hall/H     total        power_w, members_present, members_expected   (of its racks' meters)
 *   site/S     it, facility power_w, members_present, members_expected   (first boundary)
 * A rack's feeds share its scan (one row for the rack and its feeds).
 */
#pragma once

#include "base/reading.h"
#include "inventory/inventory.h"

struct group;

struct group_point {
	const char *entity_kind, *entity, *part;
	const struct quantity *quantity;
	int phase;
};

struct group_scan {
	const char *entity_kind, *entity;
	const struct group_point *points;
	size_t n_points;
};

/* inv must outlive it. */
struct group *group_new(const struct inventory *inv);
struct group *group_free(struct group *g);
size_t group_n_scans(const struct group *g);
const struct group_scan *group_scan(const struct group *g, size_t i);

/* The points of a device are known (after its survey); again after each new survey.
 * step_s[i]: interval of point i. */
void group_bind(struct group *g, size_t device, const struct expansion *expansion,
		const int *step_s);
/* A reading of point i of that device's expansion, under its storage scale. */
void group_reading(struct group *g, size_t device, size_t point, int64_t ts, struct reading reading,
		   const struct scale *scale);
/* That device does not answer; there is no reading to tell. */
void group_silent(struct group *g, size_t device);
/* Of every member of scan i something was told since the group was made: readings, absences, or
 * that its device is silent. Before that a sum lacks only what nobody has asked yet. */
bool group_settled(const struct group *g, size_t i);
/* Computes scan i at instant ts; readings has room for its n_points; scales are those of
 * group_scale(). */
void group_compute(const struct group *g, size_t i, int64_t ts, struct reading *readings);
/* The storage scale of a group point: the canonical step of its quantity. */
struct scale group_scale(const struct quantity *quantity);
