/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is a member, and what it last said. A reading costs two array look-ups: only power and
 * current points that some member uses have a cell.
 */
#include "group/member.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct cell { /* the last two readings of a point, the latest first */
	int64_t ts[2], value[2];
	int n;
	int step_s;
	bool due; /* was, at least once */
	const struct quantity *quantity;
	double factor, offset;
};

struct device {
	int32_t *cell_of_point; /* -1: nobody needs it */
	size_t n_points;
	struct cell *cells;
	size_t n_cells, cap_cells;
	size_t first_member, n_members;
	bool silent; /* did not answer at least once */
};

struct members {
	const struct inventory *inv;
	struct member *m;
	size_t n, cap;
	struct device *devices;
	ptrdiff_t *rack_of_circuit;
};

static struct member *add_member(struct members *all, size_t device, const char *part,
				 const struct placement *place)
{
	const struct inventory *inv = all->inv;

	xgrow(&all->m, &all->cap, all->n + 1, sizeof(*all->m));
	struct member *m = &all->m[all->n++];

	*m = (struct member){ .device = device,
			      .part = part,
			      .place = *place,
			      .rack = place->rack,
			      .hall = "",
			      .counted = true };
	if (m->rack < 0)
		m->rack = members_rack_of_circuit(all, place->circuit);
	if (m->rack >= 0)
		m->hall = inv->racks[m->rack].cfg->hall;
	else if (place->circuit >= 0)
		m->hall = inv->circuits[place->circuit].cfg->hall;
	all->devices[device].n_members++;
	return m;
}

/*
 * Does the row make its part a meter of its own: a role, or another place? Any other row changes
 * only the factor and the offset of a part of the device as a whole.
 */
static bool is_own(const struct inv_device *d, const struct cfg_channel *row,
		   const struct placement *place)
{
	return row->role != ROLE_NONE || place->rack != d->rack || place->circuit != d->circuit;
}

static bool is_meter(const struct placement *place)
{
	return place->use == USE_PRIMARY && place->role != ROLE_NONE;
}

static const struct cfg_channel *channel_of(const struct inv_device *d, const char *part)
{
	for (size_t i = 0; i < d->n_channels; i++)
		if (!strcmp(d->channels[i]->part, part))
			return d->channels[i];
	return NULL;
}

struct members *members_new(const struct inventory *inv)
{
	struct members *all = xcalloc(1, sizeof(*all));

	all->inv = inv;
	all->devices = xcalloc(inv->n_devices ? inv->n_devices : 1, sizeof(*all->devices));
	all->rack_of_circuit =
		xcalloc(inv->n_circuits ? inv->n_circuits : 1, sizeof(*all->rack_of_circuit));
	for (size_t i = 0; i < inv->n_circuits; i++)
		all->rack_of_circuit[i] = -1;
	for (size_t r = 0; r < inv->n_racks; r++) {
		for (size_t f = 0; f < inv->racks[r].n_feeds; f++) {
			ptrdiff_t *p = &all->rack_of_circuit[inv->racks[r].feeds[f]];

			/* -2: feeds several racks, so its meter is no rack's load */
			*p = *p == -1 || *p == (ptrdiff_t)r ? (ptrdiff_t)r : -2;
		}
	}
	for (size_t d = 0; d < inv->n_devices; d++) {
		const struct inv_device *dev = &inv->devices[d];
		struct placement place;
		bool channels = false;

		all->devices[d].first_member = all->n;
		for (size_t c = 0; c < dev->n_channels; c++) {
			inventory_place(inv, d, dev->channels[c]->part, &place);
			if (!is_meter(&place))
				continue;

			struct member *m = add_member(all, d, dev->channels[c]->part, &place);

			m->main_only = !is_own(dev, dev->channels[c], &place);
			m->counted = !m->main_only;
			channels = channels || !m->main_only;
		}
		inventory_place(inv, d, "", &place);
		if (is_meter(&place)) {
			/* Until the survey knows better, a device with metering channels is them.
			 */
			add_member(all, d, NULL, &place)->counted = !channels;
		}
	}
	return all;
}

static void member_unbind(struct member *m)
{
	m->n_power = 0;
	for (int k = 0; k < MEMBER_PHASES; k++)
		m->n_current[k] = 0;
}

struct members *members_free(struct members *all)
{
	if (!all)
		return NULL;
	for (size_t i = 0; i < all->n; i++) {
		free(all->m[i].power);
		for (int k = 0; k < MEMBER_PHASES; k++)
			free(all->m[i].current[k]);
	}
	for (size_t d = 0; d < all->inv->n_devices; d++) {
		free(all->devices[d].cell_of_point);
		free(all->devices[d].cells);
	}
	free(all->m);
	free(all->devices);
	free(all->rack_of_circuit);
	free(all);
	return NULL;
}

size_t members_size(const struct members *all)
{
	return all->n;
}

const struct member *members_at(const struct members *all, size_t i)
{
	return &all->m[i];
}

ptrdiff_t members_rack_of_circuit(const struct members *all, ptrdiff_t circuit)
{
	if (circuit < 0 || all->rack_of_circuit[circuit] < 0)
		return -1;
	return all->rack_of_circuit[circuit];
}

/* "L2" -> 2; anything else (three phases, none): 0. */
static int one_phase(const char *phases)
{
	return phases[0] == 'L' && phases[1] >= '1' && phases[1] <= '3' && !phases[2]
		       ? phases[1] - '0'
		       : 0;
}

static size_t new_cell(struct device *dev, size_t point, int step_s,
		       const struct quantity *quantity, const struct placement *place)
{
	xgrow(&dev->cells, &dev->cap_cells, dev->n_cells + 1, sizeof(*dev->cells));
	dev->cells[dev->n_cells] = (struct cell){ .step_s = step_s,
						  .quantity = quantity,
						  .factor = place->factor,
						  .offset = place->offset };
	dev->cell_of_point[point] = (int32_t)dev->n_cells;
	return dev->n_cells++;
}

/* Does the device have parts that are meters, or main points with a factor of their own? */
static bool has_channels(const struct members *all, const struct device *dev)
{
	for (size_t i = 0; i < dev->n_members; i++) {
		const struct member *m = &all->m[dev->first_member + i];

		if (m->part && (!m->main_only || m->n_power > 0))
			return true;
	}
	return false;
}

static void bind_member(struct members *all, struct member *m, const struct expansion *x,
			const int *step_s)
{
	static const char power[] = "power_w", current[] = "current_a";
	struct device *dev = &all->devices[m->device];
	const struct inv_device *d = &all->inv->devices[m->device];
	bool any = m->part && !m->main_only, part_seen = false;

	for (size_t i = 0; i < x->n_points; i++) {
		const struct point_def *p = &x->points[i];
		const char *name = p->src->quantity->name;
		int phase = p->src->phase;
		bool mine = m->part ? !strcmp(p->part, m->part) : !channel_of(d, p->part);

		if (!mine)
			continue;
		part_seen = true;
		if (!p->fitted || dev->cell_of_point[i] >= 0)
			continue;
		if (!strcmp(name, power) && (any || p->src->main)) {
			xgrow(&m->power, &m->cap_power, m->n_power + 1, sizeof(*m->power));
			m->power[m->n_power++] =
				new_cell(dev, i, step_s[i], p->src->quantity, &m->place);
		} else if (!strcmp(name, current)) {
			if (!phase && (any || p->src->main))
				phase = one_phase(m->place.phases);
			if (!phase && (any || p->src->main) && m->place.circuit >= 0)
				phase = one_phase(all->inv->circuits[m->place.circuit].cfg->phases);
			if (phase < 1 || phase > MEMBER_PHASES)
				continue;
			int k = phase - 1;
			xgrow(&m->current[k], &m->cap_current[k], m->n_current[k] + 1,
			      sizeof(size_t));
			m->current[k][m->n_current[k]++] =
				new_cell(dev, i, step_s[i], p->src->quantity, &m->place);
		}
	}
	if (m->part)
		/* A part that exists and has no power is not a meter; one that does not exist is
		 * missing. */
		m->counted = m->n_power > 0 || (any && !part_seen);
	else
		/* Nothing of its own to add: fine when its channels do, else it is missing. */
		m->counted = m->n_power > 0 || !has_channels(all, dev);
}

static void fit(void *p, size_t *cap, size_t n, size_t size)
{
	void *array;

	if (*cap == n || !n)
		return;
	memcpy(&array, p, sizeof(array));
	array = xrealloc(array, n, size);
	memcpy(p, &array, sizeof(array));
	*cap = n;
}

/* What was grown is cut to size: at 20,000 PDUs the slack is 10 MB. */
static void fit_device(struct members *all, struct device *dev)
{
	size_t last = dev->n_points;

	while (last > 0 && dev->cell_of_point[last - 1] < 0)
		last--;
	if (last && last < dev->n_points) {
		dev->cell_of_point = xrealloc(dev->cell_of_point, last, sizeof(int32_t));
		dev->n_points = last;
	}
	fit(&dev->cells, &dev->cap_cells, dev->n_cells, sizeof(struct cell));
	for (size_t i = 0; i < dev->n_members; i++) {
		struct member *m = &all->m[dev->first_member + i];

		fit(&m->power, &m->cap_power, m->n_power, sizeof(size_t));
		for (int k = 0; k < MEMBER_PHASES; k++)
			fit(&m->current[k], &m->cap_current[k], m->n_current[k], sizeof(size_t));
	}
}

void members_bind(struct members *all, size_t device, const struct expansion *expansion,
		  const int *step_s)
{
	struct device *dev = &all->devices[device];

	free(dev->cell_of_point);
	dev->cell_of_point = NULL;
	dev->n_points = 0;
	if (!dev->n_members)
		return;
	dev->n_points = expansion->n_points;
	dev->cell_of_point =
		xcalloc(dev->n_points ? dev->n_points : 1, sizeof(*dev->cell_of_point));
	for (size_t i = 0; i < dev->n_points; i++)
		dev->cell_of_point[i] = -1;
	dev->n_cells = 0;
	for (size_t i = 0; i < dev->n_members; i++) {
		struct member *m = &all->m[dev->first_member + i];

		member_unbind(m);
		bind_member(all, m, expansion, step_s);
	}
	fit_device(all, dev);
}

void members_due(struct members *all, size_t device, size_t point)
{
	struct device *dev = &all->devices[device];

	if (point < dev->n_points && dev->cell_of_point[point] >= 0)
		dev->cells[dev->cell_of_point[point]].due = true;
}

void members_silent(struct members *all, size_t device)
{
	all->devices[device].silent = true;
}

static bool cells_due(const struct device *dev, const size_t *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!dev->cells[cells[i]].due)
			return false;
	return true;
}

bool member_settled(const struct members *all, const struct member *m)
{
	const struct device *dev = &all->devices[m->device];

	if (dev->silent)
		return true;
	if (!dev->cell_of_point || !cells_due(dev, m->power, m->n_power))
		return false;
	for (int k = 0; k < MEMBER_PHASES; k++)
		if (!cells_due(dev, m->current[k], m->n_current[k]))
			return false;
	return true;
}

/* raw under scale, in thousandths of the quantity's step; false when it does not fit. */
static bool to_thousandths(const struct cell *c, int64_t raw, const struct scale *scale,
			   int64_t *ret)
{
	const struct quantity *q = c->quantity;
	double value;

	if (!(scale->add < 0 || scale->add > 0) && !(c->factor < 1 || c->factor > 1) &&
	    !(c->offset < 0 || c->offset > 0)) {
		__extension__ typedef __int128 wide;
		wide num, den = (wide)scale->div * q->step_num;

		if (__builtin_mul_overflow((wide)raw * scale->mul,
					   (wide)q->step_den * MEMBER_PARTS_OF_STEP, &num))
			return false;
		/* half away from zero */
		num += (num < 0) != (den < 0) ? -den / 2 : den / 2;
		num /= den;
		if (num > INT64_MAX || num < INT64_MIN)
			return false;
		*ret = (int64_t)num;
		return true;
	}
	value = (scale_value(scale, raw) * c->factor + c->offset) * (double)q->step_den /
		(double)q->step_num * MEMBER_PARTS_OF_STEP;
	if (!(fabs(value) < 9e18))
		return false;
	*ret = llround(value);
	return true;
}

void members_reading(struct members *all, size_t device, size_t point, int64_t ts, int64_t raw,
		     const struct scale *scale)
{
	struct device *dev = &all->devices[device];
	int64_t value;

	if (point >= dev->n_points || dev->cell_of_point[point] < 0)
		return;
	struct cell *c = &dev->cells[dev->cell_of_point[point]];

	/* An instant that was already told stays as it is. */
	if ((c->n && ts <= c->ts[0]) || !to_thousandths(c, raw, scale, &value))
		return;
	c->ts[1] = c->ts[0];
	c->value[1] = c->value[0];
	c->ts[0] = ts;
	c->value[0] = value;
	if (c->n < 2)
		c->n++;
}

/* The latest reading that is not after ts, else the first after it; within 1.5 of the step. */
static bool cell_at(const struct cell *c, int64_t ts, int64_t *ret)
{
	for (int i = 0; i < c->n; i++) {
		int64_t age = ts - c->ts[i];

		if (age < 0 && i + 1 < c->n && ts - c->ts[i + 1] <= c->step_s + c->step_s / 2)
			continue;
		if (2 * llabs(age) > 3 * (int64_t)c->step_s)
			return false;
		*ret = c->value[i];
		return true;
	}
	return false;
}

static bool sum_cells(const struct members *all, const struct member *m, const size_t *cells,
		      size_t n, int64_t ts, int64_t *ret)
{
	int64_t sum = 0, value;

	for (size_t i = 0; i < n; i++)
		if (!cell_at(&all->devices[m->device].cells[cells[i]], ts, &value) ||
		    __builtin_add_overflow(sum, value, &sum))
			return false;
	*ret = sum;
	return n > 0;
}

bool member_power(const struct members *all, const struct member *m, int64_t ts, int64_t *ret)
{
	return sum_cells(all, m, m->power, m->n_power, ts, ret);
}

bool member_has_current(const struct member *m)
{
	for (int k = 0; k < MEMBER_PHASES; k++)
		if (m->n_current[k])
			return true;
	return false;
}

bool member_current(const struct members *all, const struct member *m, int phase, int64_t ts,
		    int64_t *ret, bool *ret_lacks)
{
	if (sum_cells(all, m, m->current[phase], m->n_current[phase], ts, ret))
		return true;
	if (m->n_current[phase])
		*ret_lacks = true;
	return false;
}
