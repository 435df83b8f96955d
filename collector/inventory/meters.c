/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primary meters of a site, and that no circuit has two of the same quantity. A
 * meter is a device as a whole (its profile's main points) or one of its parts that
 * stands elsewhere; several single-phase parts may share a circuit when each names its
 * own phase.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/inventory_build.h"

const char *build_meter_name(const struct inventory_build *b, const struct meter *m, char *buf,
			     size_t size)
{
	const char *device = b->all->inv.devices[m->device].cfg->device;

	if (*m->part)
		snprintf(buf, size, "%s/%s", device, m->part);
	else
		snprintf(buf, size, "%s", device);
	return buf;
}

static unsigned measures(const struct profile_point *p)
{
	if (!p->quantity)
		return 0;
	if (!strcmp(p->quantity->name, "power_w"))
		return METER_POWER;
	return strcmp(p->quantity->name, "energy_wh") ? 0 : METER_ENERGY;
}

/* Does the channel row move its part away from the device, or give it a role of its own? */
static bool is_own(const struct inventory *inv, size_t device, const struct cfg_channel *row,
		   const struct placement *place)
{
	return row->role != ROLE_NONE || place->rack != inv->devices[device].rack ||
	       place->circuit != inv->devices[device].circuit;
}

static void add_meter(struct inventory_build *b, size_t *cap, const struct meter *m)
{
	xgrow(&b->meters, cap, b->n_meters + 1, sizeof(*b->meters));
	b->meters[b->n_meters++] = *m;
}

static void add_parts(struct inventory_build *b, size_t device, size_t *cap)
{
	const struct inventory *inv = &b->all->inv;
	const struct inv_device *d = &inv->devices[device];

	for (size_t k = 0; k < d->n_channels; k++) {
		const struct cfg_channel *row = d->channels[k];
		struct placement place;

		inventory_place(inv, device, row->part, &place);
		if (place.role == ROLE_NONE || place.use != USE_PRIMARY ||
		    !is_own(inv, device, row, &place))
			continue;

		struct meter m = { .src = &row->src,
				   .device = device,
				   .part = row->part,
				   .rack = place.rack,
				   .circuit = place.circuit,
				   .role = place.role,
				   .phases = place.phases };

		for (size_t p = 0; d->profile && p < d->profile->n_points; p++)
			if (build_part_fits(d->profile->points[p].part, row->part))
				m.measures |= measures(&d->profile->points[p]);
		if (m.measures || !d->profile) {
			add_meter(b, cap, &m);
			continue;
		}
		diag_row(b->diag, DIAG_WARNING, &row->src,
			 "channel %s of device %s has the role %s, but profile %s reads neither "
			 "power nor energy there: it does not count as a meter",
			 row->part, d->cfg->device, meter_role_name(place.role), d->profile->name);
	}
}

static void add_whole(struct inventory_build *b, size_t device, size_t *cap)
{
	const struct inventory *inv = &b->all->inv;
	const struct inv_device *d = &inv->devices[device];
	unsigned all = 0;
	struct placement place;

	inventory_place(inv, device, "", &place);
	if (place.role == ROLE_NONE || place.use != USE_PRIMARY)
		return;

	struct meter m = { .src = &d->cfg->src,
			   .device = device,
			   .part = "",
			   .rack = place.rack,
			   .circuit = place.circuit,
			   .role = place.role,
			   .phases = "" };

	for (size_t p = 0; d->profile && p < d->profile->n_points; p++) {
		const struct profile_point *point = &d->profile->points[p];
		bool moved = false;

		if (!point->main || !measures(point))
			continue;
		all |= measures(point);
		for (size_t k = 0; k < d->n_channels && !moved; k++) {
			struct placement there;

			if (!build_part_fits(point->part, d->channels[k]->part))
				continue;
			/* a pattern of many parts stays while some of them do */
			if (strchr(point->part, '{'))
				continue;
			inventory_place(inv, device, d->channels[k]->part, &there);
			moved = is_own(inv, device, d->channels[k], &there);
		}
		if (!moved)
			m.measures |= measures(point);
	}
	if (m.measures || !d->profile)
		add_meter(b, cap, &m);
	else if (!all)
		diag_row(
			b->diag, DIAG_WARNING, &d->cfg->src,
			"device %s has the role %s, but profile %s reads neither the power nor the "
			"energy of the device as a whole: it does not count as a meter; set use "
			"to none, or give its parts roles in channels.csv",
			d->cfg->device, meter_role_name(place.role), d->profile->name);
}

static int by_circuit(const void *a, const void *b)
{
	const struct meter *x = a, *y = b;

	if (x->circuit != y->circuit)
		return x->circuit < y->circuit ? -1 : 1;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return strcmp(x->part, y->part);
}

/* L1 beside L2 is no overlap; a meter without phases has them all. */
static bool share_phase(const struct meter *a, const struct meter *b)
{
	if (!*a->phases || !*b->phases)
		return true;
	for (const char *p = a->phases; *p; p++)
		if (*p >= '1' && *p <= '3' && strchr(b->phases, *p))
			return true;
	return false;
}

static void report_overlap(struct inventory_build *b, const struct meter *x, const struct meter *y)
{
	const struct meter *first = x, *second = y;
	char name1[128], name2[128];

	if (!strcmp(x->src->file, y->src->file) && x->src->line > y->src->line) {
		first = y;
		second = x;
	}
	diag_row(b->diag, DIAG_ERROR, second->src,
		 "circuit %s has two primary meters of %s: %s (%s:%d) and %s: only one can count; "
		 "set use of the other to check",
		 b->all->inv.circuits[x->circuit].cfg->circuit,
		 x->measures & y->measures & METER_POWER ? "power" : "energy",
		 build_meter_name(b, first, name1, sizeof(name1)), first->src->file,
		 first->src->line, build_meter_name(b, second, name2, sizeof(name2)));
}

/* One line for a circuit: whatever is behind the first two comes up once those are settled. */
static void check_overlaps(struct inventory_build *b)
{
	for (size_t i = 0; i < b->n_meters;) {
		size_t end = i;
		bool told = false;

		while (end < b->n_meters && b->meters[end].circuit == b->meters[i].circuit)
			end++;
		/* a circuit with more meters than phases and quantities has an overlap early on */
		for (size_t x = i; b->meters[i].circuit >= 0 && x < end && !told; x++)
			for (size_t y = x + 1; y < end && !told; y++)
				if ((b->meters[x].measures & b->meters[y].measures) &&
				    share_phase(&b->meters[x], &b->meters[y])) {
					report_overlap(b, &b->meters[x], &b->meters[y]);
					told = true;
				}
		i = end;
	}
}

static bool is_bmc(const struct inventory_build *b, const struct meter *m)
{
	const struct profile *profile = b->all->inv.devices[m->device].profile;

	return profile && profile->category && !strcmp(profile->category, "bmc");
}

/* A server's own estimate is a check, unless its rack has nothing else. */
static void check_bmcs(struct inventory_build *b)
{
	const struct inventory *inv = &b->all->inv;
	bool *metered = xcalloc(inv->n_racks + 1, sizeof(*metered));
	struct some bmcs = { 0 };

	for (size_t i = 0; i < b->n_meters; i++)
		if (b->meters[i].rack >= 0 && b->meters[i].role == ROLE_IT_IN &&
		    !is_bmc(b, &b->meters[i]))
			metered[b->meters[i].rack] = true;
	for (size_t i = 0; i < b->n_meters; i++) {
		const struct meter *m = &b->meters[i];
		char name[128];

		if (is_bmc(b, m) && m->rack >= 0 && metered[m->rack])
			some_add(&bmcs, m->src, "%s (rack %s has other meters)",
				 build_meter_name(b, m, name, sizeof(name)),
				 inv->racks[m->rack].cfg->rack);
	}
	if (bmcs.n)
		diag_row(b->diag, DIAG_WARNING, &bmcs.first,
			 "a BMC is a primary meter beside rack PDUs, so its server counts twice: "
			 "%s: set use to check",
			 some_text(&bmcs));
	some_done(&bmcs);
	free(metered);
}

void check_meters(struct inventory_build *b)
{
	size_t cap = 0;

	for (size_t i = 0; i < b->all->inv.n_devices; i++) {
		add_whole(b, i, &cap);
		add_parts(b, i, &cap);
	}
	if (b->n_meters)
		qsort(b->meters, b->n_meters, sizeof(*b->meters), by_circuit);
	check_overlaps(b);
	check_bmcs(b);
}
