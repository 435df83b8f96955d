/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grid arithmetic, a binary heap of due times and the map between the two clocks. The
 * heap holds pointers to items embedded in what is scheduled, and every item knows its
 * place, so moving one needs neither a search nor an allocation.
 */
#include "schedule/sched.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define CLOCK_STEP_US 1000000

struct sched {
	struct sched_item **heap;
	size_t n, cap;
};

/* FNV-1a of names that differ in the last character differs mostly in the low bits; the
 * finalizer (MurmurHash3, public domain) spreads that over the word. */
static uint64_t device_hash(const char *device)
{
	uint64_t h = text_hash(device, strlen(device));

	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

int sched_phase(const char *device, int step_s)
{
	assert(step_s > 0);
	return (int)((device_hash(device) & UINT32_MAX) % (uint32_t)step_s);
}

int64_t sched_offset_us(const char *device)
{
	return (int64_t)((device_hash(device) >> 32) % 1000000);
}

int64_t sched_next(int64_t ts, int step_s, int phase_s)
{
	int64_t rest;

	assert(step_s > 0 && phase_s >= 0 && phase_s < step_s);
	rest = (ts - phase_s) % step_s;
	if (rest == 0)
		return ts;
	return rest > 0 ? ts + step_s - rest : ts - rest;
}

struct sched *sched_new(void)
{
	return xcalloc(1, sizeof(struct sched));
}

struct sched *sched_free(struct sched *s)
{
	if (s) {
		free(s->heap);
		free(s);
	}
	return NULL;
}

static void place(struct sched *s, size_t pos, struct sched_item *item)
{
	s->heap[pos] = item;
	item->pos = pos;
}

static void sift_up(struct sched *s, size_t pos)
{
	struct sched_item *item = s->heap[pos];

	while (pos > 0) {
		size_t parent = (pos - 1) / 2;

		if (s->heap[parent]->due.us <= item->due.us)
			break;
		place(s, pos, s->heap[parent]);
		pos = parent;
	}
	place(s, pos, item);
}

static void sift_down(struct sched *s, size_t pos)
{
	struct sched_item *item = s->heap[pos];

	for (;;) {
		size_t child = 2 * pos + 1;

		if (child >= s->n)
			break;
		if (child + 1 < s->n && s->heap[child + 1]->due.us < s->heap[child]->due.us)
			child++;
		if (item->due.us <= s->heap[child]->due.us)
			break;
		place(s, pos, s->heap[child]);
		pos = child;
	}
	place(s, pos, item);
}

void sched_set(struct sched *s, struct sched_item *item, struct mono due)
{
	item->due = due;
	if (item->pos == SIZE_MAX) {
		xgrow(&s->heap, &s->cap, s->n + 1, sizeof(struct sched_item *));
		place(s, s->n++, item);
		sift_up(s, item->pos);
		return;
	}
	assert(item->pos < s->n && s->heap[item->pos] == item);
	sift_up(s, item->pos);
	sift_down(s, item->pos);
}

void sched_remove(struct sched *s, struct sched_item *item)
{
	size_t pos = item->pos;
	struct sched_item *last;

	if (pos == SIZE_MAX)
		return;
	assert(pos < s->n && s->heap[pos] == item);
	item->pos = SIZE_MAX;
	last = s->heap[--s->n];
	if (last == item)
		return;
	place(s, pos, last);
	sift_up(s, pos);
	sift_down(s, last->pos);
}

struct sched_item *sched_first(const struct sched *s)
{
	return s->n > 0 ? s->heap[0] : NULL;
}

int64_t sched_clock_update(struct sched_clock *c, struct mono mono, struct wall wall)
{
	int64_t offset = wall.us - mono.us;
	int64_t step = c->valid ? offset - c->offset_us : 0;

	c->offset_us = offset;
	c->valid = true;
	return step > CLOCK_STEP_US || step < -CLOCK_STEP_US ? step : 0;
}

struct mono sched_clock_due(const struct sched_clock *c, int64_t ts, int64_t offset_us)
{
	return (struct mono){ ts * 1000000 + offset_us - c->offset_us };
}
