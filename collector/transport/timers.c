/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap of pointers. */
#include "transport/timers.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void put(struct timers *t, size_t at, struct timer *timer)
{
	t->heap[at - 1] = timer;
	timer->at = at;
}

static int64_t due(const struct timers *t, size_t at)
{
	return t->heap[at - 1]->due.us;
}

static void fix(struct timers *t, size_t at)
{
	struct timer *timer = t->heap[at - 1];

	for (; at > 1 && due(t, at / 2) > timer->due.us; at /= 2)
		put(t, at, t->heap[at / 2 - 1]);
	for (;;) {
		size_t child = 2 * at;

		if (child > t->n)
			break;
		if (child < t->n && due(t, child + 1) < due(t, child))
			child++;
		if (due(t, child) >= timer->due.us)
			break;
		put(t, at, t->heap[child - 1]);
		at = child;
	}
	put(t, at, timer);
}

void timers_set(struct timers *t, struct timer *timer, struct mono when)
{
	timer->due = when;
	if (!timer->at) {
		xgrow(&t->heap, &t->cap, t->n + 1, sizeof(*t->heap));
		put(t, ++t->n, timer);
	}
	fix(t, timer->at);
}

void timers_clear(struct timers *t, struct timer *timer)
{
	struct timer *last;
	size_t at = timer->at;

	if (!at)
		return;
	last = t->heap[--t->n];
	timer->at = 0;
	if (last != timer) {
		put(t, at, last);
		fix(t, at);
	}
}

struct timer *timers_first(const struct timers *t)
{
	return t->n ? t->heap[0] : NULL;
}

void timers_done(struct timers *t)
{
	free(t->heap);
	memset(t, 0, sizeof(*t));
}
