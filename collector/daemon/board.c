/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One writer, many readers. Labels are made once, because a scrape of 200,000 devices formats
 * them each time otherwise. The sequence lock needs no fences: its data are atomics, stored with
 * release and loaded with acquire, so a reader that saw a new value sees the odd sequence too.
 */
#include "daemon/board.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define COUNT_MASK ((UINT64_C(1) << 48) - 1)
#define OLD_STEPS  3 /* sums older than that many steps are absent */

/* Backslash, double quote and line feed (Prometheus text format 0.0.4). */
char *board_label(const char *more, const char *name, const char *value)
{
	size_t size = strlen(more) + strlen(name) + 2 * strlen(value) + 5;
	char *text = xcalloc(size, 1), *p = text;

	p = stpcpy(p, more);
	if (*more)
		*p++ = ',';
	p = stpcpy(stpcpy(p, name), "=\"");
	for (; *value; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			*p++ = '\\';
		*p++ = *value == '\n' ? 'n' : *value;
	}
	*p++ = '"';
	*p = '\0';
	return text;
}

static char *two_labels(const char *name, const char *value, const char *name2, const char *value2)
{
	char *first = board_label("", name, value);
	char *both = board_label(first, name2, value2);

	free(first);
	return both;
}

/* ---- making one ---------------------------------------------------------- */

static void label_sum(const struct inventory *inv, const struct group_scan *s,
		      const struct group_point *p, struct board_sum *sum)
{
	ptrdiff_t i;

	if (!strcmp(p->entity_kind, "rack")) {
		i = inventory_rack(inv, p->entity);
		sum->kind = BOARD_RACK;
		sum->labels = two_labels("rack", p->entity, "hall",
					 i >= 0 ? inv->racks[i].cfg->hall : "");
		sum->budget_w = i >= 0 ? inv->racks[i].cfg->budget_w : NAN;
	} else if (!strcmp(p->entity_kind, "circuit")) {
		i = inventory_circuit(inv, p->entity);
		/* Feeds of racks stand in their racks' scans. */
		bool feed = strcmp(s->entity_kind, "circuit") != 0;

		sum->kind = feed ? BOARD_FEED : BOARD_CIRCUIT;
		sum->labels = two_labels(feed ? "feed" : "circuit", p->entity, "side",
					 i >= 0 ? inv->circuits[i].cfg->side : "");
	} else if (!strcmp(p->entity_kind, "hall")) {
		sum->kind = BOARD_HALL;
		sum->labels = board_label("", "hall", p->entity);
	} else {
		sum->kind = BOARD_SITE;
		sum->labels = two_labels("site", p->entity, "side", p->part);
	}
}

/* Points of one sum stand side by side; the parts of a feed are its phases. */
static struct board_sum *sum_of(struct board *b, const struct inventory *inv, size_t scan,
				const struct group_scan *s, size_t point)
{
	const struct group_point *p = &s->points[point], *before = p - 1;
	bool site = !strcmp(p->entity_kind, "site");

	if (point > 0 && !strcmp(p->entity_kind, before->entity_kind) &&
	    !strcmp(p->entity, before->entity) && (!site || !strcmp(p->part, before->part)))
		return &b->sums[b->n_sums - 1];
	xgrow(&b->sums, &b->cap_sums, b->n_sums + 1, sizeof(b->sums[0]));
	struct board_sum *sum = &b->sums[b->n_sums++];

	*sum = (struct board_sum){ .budget_w = NAN,
				   .scan = scan,
				   .power = SIZE_MAX,
				   .present = SIZE_MAX,
				   .expected = SIZE_MAX,
				   .amps = { SIZE_MAX, SIZE_MAX, SIZE_MAX } };
	label_sum(inv, s, p, sum);
	return sum;
}

static void add_scan(struct board *b, const struct inventory *inv, size_t scan,
		     const struct group_scan *s)
{
	b->scans[scan].first = b->n_cells;
	b->scans[scan].n = s->n_points;
	for (size_t i = 0; i < s->n_points; i++) {
		const struct group_point *p = &s->points[i];
		struct board_sum *sum = sum_of(b, inv, scan, s, i);
		const char *name = p->quantity->name;

		if (!strcmp(name, "power_w"))
			sum->power = b->n_cells;
		else if (!strcmp(name, "members_present"))
			sum->present = b->n_cells;
		else if (!strcmp(name, "members_expected"))
			sum->expected = b->n_cells;
		else if (!strcmp(name, "current_a") && p->phase >= 1 && p->phase <= 3)
			sum->amps[p->phase - 1] = b->n_cells;
		xgrow(&b->steps, &b->cap_steps, b->n_cells + 1, sizeof(b->steps[0]));
		b->steps[b->n_cells++] =
			(double)p->quantity->step_num / (double)p->quantity->step_den;
	}
}

struct board *board_new(const struct inventory *inv, const struct group *group)
{
	struct board *b = xcalloc(1, sizeof(*b));

	atomic_init(&b->refs, 1);
	b->step_s = inv->config->settings.group_every_s;
	b->n_devices = inv->n_devices;
	b->devices = xcalloc(b->n_devices + 1, sizeof(b->devices[0]));
	for (size_t i = 0; i < b->n_devices; i++) {
		const struct inv_device *d = &inv->devices[i];

		b->devices[i].labels = two_labels("device", d->cfg->device, "rack", d->cfg->rack);
		atomic_init(&b->devices[i].rtt_us, -1);
	}
	b->n_scans = group_n_scans(group);
	b->scans = xcalloc(b->n_scans + 1, sizeof(b->scans[0]));
	for (size_t i = 0; i < b->n_scans; i++)
		add_scan(b, inv, i, group_scan(group, i));
	b->cells = xcalloc(b->n_cells + 1, sizeof(b->cells[0]));
	for (size_t i = 0; i < b->n_cells; i++)
		atomic_init(&b->cells[i], NAN);
	return b;
}

struct board *board_ref(struct board *b)
{
	if (b)
		atomic_fetch_add(&b->refs, 1);
	return b;
}

struct board *board_unref(struct board *b)
{
	if (!b || atomic_fetch_sub(&b->refs, 1) > 1)
		return NULL;
	for (size_t i = 0; i < b->n_devices; i++)
		free(b->devices[i].labels);
	for (size_t i = 0; i < b->n_sums; i++)
		free(b->sums[i].labels);
	free(b->devices);
	free(b->sums);
	free(b->scans);
	free(b->cells);
	free(b->steps);
	free(b);
	return NULL;
}

/* ---- the poll thread ----------------------------------------------------- */

void board_state(struct board *b, size_t device, enum health_state state)
{
	if (b)
		atomic_store_explicit(&b->devices[device].state, (uint8_t)state,
				      memory_order_relaxed);
}

void board_answer(struct board *b, size_t device, int64_t rtt_us)
{
	if (b)
		atomic_store_explicit(&b->devices[device].rtt_us, rtt_us, memory_order_relaxed);
}

/* There is one writer, so reading and storing again is no race. The last place takes whatever
 * finds no room, under the number 0. */
void board_failure(struct board *b, size_t device, enum cause cause)
{
	if (!b)
		return;
	for (size_t i = 0; i < BOARD_KINDS; i++) {
		_Atomic uint64_t *f = &b->devices[device].failures[i];
		uint64_t v = atomic_load_explicit(f, memory_order_relaxed);
		uint64_t kind = i + 1 < BOARD_KINDS ? (uint64_t)cause : CAUSE_NONE;

		if ((v & COUNT_MASK) && v >> 48 != kind)
			continue;
		v = kind << 48 | ((v + 1) & COUNT_MASK);
		atomic_store_explicit(f, v, memory_order_relaxed);
		return;
	}
}

void board_keep(struct board *b, size_t device, const struct board *former, size_t was)
{
	if (!b || !former)
		return;
	const struct board_device *from = &former->devices[was];
	struct board_device *to = &b->devices[device];

	atomic_store_explicit(&to->state, atomic_load_explicit(&from->state, memory_order_relaxed),
			      memory_order_relaxed);
	atomic_store_explicit(&to->rtt_us,
			      atomic_load_explicit(&from->rtt_us, memory_order_relaxed),
			      memory_order_relaxed);
	for (size_t i = 0; i < BOARD_KINDS; i++)
		atomic_store_explicit(
			&to->failures[i],
			atomic_load_explicit(&from->failures[i], memory_order_relaxed),
			memory_order_relaxed);
}

void board_sums(struct board *b, size_t scan, const struct reading *readings, struct mono now)
{
	struct board_scan *s;
	uint32_t sequence;

	if (!b)
		return;
	s = &b->scans[scan];
	sequence = atomic_load_explicit(&s->sequence, memory_order_relaxed);
	atomic_store_explicit(&s->sequence, sequence + 1, memory_order_relaxed);
	for (size_t i = 0; i < s->n; i++) {
		const struct reading *r = &readings[i];
		double value =
			r->cause == CAUSE_NONE ? (double)r->raw * b->steps[s->first + i] : NAN;

		atomic_store_explicit(&b->cells[s->first + i], value, memory_order_release);
	}
	atomic_store_explicit(&s->at_us, now.us, memory_order_release);
	atomic_store_explicit(&s->sequence, sequence + 2, memory_order_release);
}

/* ---- readers ------------------------------------------------------------- */

static double cell(struct board *b, size_t i)
{
	return i == SIZE_MAX ? NAN : atomic_load_explicit(&b->cells[i], memory_order_acquire);
}

bool board_read(struct board *b, const struct board_sum *sum, struct mono now,
		struct board_values *ret)
{
	struct board_scan *s = &b->scans[sum->scan];
	struct board_values v;
	uint32_t before, after;
	int64_t at_us;

	do { /* a write takes less than a microsecond, every few seconds */
		before = atomic_load_explicit(&s->sequence, memory_order_acquire);
		at_us = atomic_load_explicit(&s->at_us, memory_order_acquire);
		v.power_w = cell(b, sum->power);
		v.present = cell(b, sum->present);
		v.expected = cell(b, sum->expected);
		for (int k = 0; k < 3; k++)
			v.amps[k] = cell(b, sum->amps[k]);
		after = atomic_load_explicit(&s->sequence, memory_order_relaxed);
	} while (before != after || before % 2);
	if (at_us == 0 || now.us - at_us > ((int64_t)OLD_STEPS * b->step_s + 5) * 1000000)
		return false;
	*ret = v;
	return true;
}
