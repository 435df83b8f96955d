/* SPDX-License-Identifier: Apache-2.0 */
/* A slot array with a free list, and a binary heap of slot numbers over it. */
#include "transport/pending.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"

#define SLOT_MASK ((UINT32_C(1) << PENDING_SLOT_BITS) - 1)
#define NO_SLOT   UINT32_MAX

void pending_init(struct pending *p)
{
	memset(p, 0, sizeof(*p));
	p->free_first = p->free_last = NO_SLOT;
	if (getrandom(&p->random, sizeof(p->random), GRND_NONBLOCK) != sizeof(p->random))
		p->random = (uint64_t)clock_mono().us;
	p->random |= 1; /* xorshift must not start at 0 */
}

void pending_done(struct pending *p)
{
	free(p->slots);
	free(p->heap);
	memset(p, 0, sizeof(*p));
}

static int64_t due(const struct pending *p, size_t at)
{
	return p->slots[p->heap[at]].request->expires.us;
}

static void heap_put(struct pending *p, size_t at, uint32_t slot)
{
	p->heap[at] = slot;
	p->slots[slot].heap_at = (uint32_t)at;
}

static void heap_fix(struct pending *p, size_t at)
{
	uint32_t slot = p->heap[at];
	int64_t key = p->slots[slot].request->expires.us;

	while (at > 0 && due(p, (at - 1) / 2) > key) {
		heap_put(p, at, p->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= p->n_heap)
			break;
		if (child + 1 < p->n_heap && due(p, child + 1) < due(p, child))
			child++;
		if (due(p, child) >= key)
			break;
		heap_put(p, at, p->heap[child]);
		at = child;
	}
	heap_put(p, at, slot);
}

int pending_add(struct pending *p, struct request *request)
{
	uint32_t slot = p->free_first;

	/* A few slots in reserve, so that a freed one is not the next one taken. */
	if (slot == NO_SLOT || p->n_slots < 64) {
		if (p->n_slots > SLOT_MASK)
			return -1;
		xgrow(&p->slots, &p->cap_slots, p->n_slots + 1, sizeof(*p->slots));
		slot = (uint32_t)p->n_slots++;
		memset(&p->slots[slot], 0, sizeof(p->slots[slot]));
	} else {
		p->free_first = p->slots[slot].next_free;
		if (p->free_first == NO_SLOT)
			p->free_last = NO_SLOT;
	}
	p->slots[slot].request = request;
	p->slots[slot].id = 0;
	request->id = slot;
	xgrow(&p->heap, &p->cap_heap, p->n_heap + 1, sizeof(*p->heap));
	p->heap[p->n_heap] = slot;
	heap_fix(p, p->n_heap++);
	return 0;
}

static struct pending_slot *slot_of(const struct pending *p, const struct request *request)
{
	struct pending_slot *s = &p->slots[request->id & SLOT_MASK];

	assert((request->id & SLOT_MASK) < p->n_slots && s->request == request);
	return s;
}

void pending_end_try(struct pending *p, struct request *request)
{
	struct pending_slot *s = slot_of(p, request);

	if (s->id)
		s->ended = s->id;
	s->id = 0;
}

void pending_remove(struct pending *p, struct request *request)
{
	struct pending_slot *s = slot_of(p, request);
	uint32_t slot = request->id & SLOT_MASK, last = p->heap[--p->n_heap];

	pending_end_try(p, request);
	if (last != slot) {
		heap_put(p, s->heap_at, last);
		heap_fix(p, s->heap_at);
	}
	s->request = NULL;
	s->next_free = NO_SLOT;
	if (p->free_last == NO_SLOT)
		p->free_first = slot;
	else
		p->slots[p->free_last].next_free = slot;
	p->free_last = slot;
}

uint32_t pending_new_id(struct pending *p, struct request *request)
{
	struct pending_slot *s = slot_of(p, request);
	uint32_t slot = request->id & SLOT_MASK, id;

	pending_end_try(p, request);
	do {
		p->random ^= p->random << 13;
		p->random ^= p->random >> 7;
		p->random ^= p->random << 17;
		id = ((uint32_t)(p->random >> 32) & ~SLOT_MASK & INT32_MAX) | slot;
	} while (id == 0 || id == s->ended);
	s->id = request->id = id;
	return id;
}

void pending_expires(struct pending *p, struct request *request, struct mono expires)
{
	request->expires = expires;
	heap_fix(p, slot_of(p, request)->heap_at);
}

struct request *pending_find(const struct pending *p, uint32_t id, bool *ret_ended)
{
	const struct pending_slot *s;

	*ret_ended = false;
	if (id == 0 || (id & SLOT_MASK) >= p->n_slots)
		return NULL;
	s = &p->slots[id & SLOT_MASK];
	*ret_ended = s->ended == id;
	return s->request && s->id == id ? s->request : NULL;
}

struct request *pending_first(const struct pending *p)
{
	return p->n_heap ? p->slots[p->heap[0]].request : NULL;
}
