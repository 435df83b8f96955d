/* SPDX-License-Identifier: Apache-2.0 */
/* A list of requests through their own links: a request stands in at most one. */
#pragma once

#include "transport/transport.h"

struct queue {
	struct request *first, *last;
};

static inline void queue_append(struct queue *q, struct request *r)
{
	r->next = NULL;
	r->prev = q->last;
	if (q->last)
		q->last->next = r;
	else
		q->first = r;
	q->last = r;
}

static inline void queue_prepend(struct queue *q, struct request *r)
{
	r->prev = NULL;
	r->next = q->first;
	if (q->first)
		q->first->prev = r;
	else
		q->last = r;
	q->first = r;
}

static inline void queue_remove(struct queue *q, struct request *r)
{
	if (r->prev)
		r->prev->next = r->next;
	else
		q->first = r->next;
	if (r->next)
		r->next->prev = r->prev;
	else
		q->last = r->prev;
	r->next = r->prev = NULL;
}

static inline size_t queue_size(const struct queue *q)
{
	size_t n = 0;

	for (const struct request *r = q->first; r; r = r->next)
		n++;
	return n;
}
