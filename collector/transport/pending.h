/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests a driver holds: found by id, and by who is due first. The low bits of
 * an id are the slot, the rest is random and changes with every try, so that finding is
 * one array access and an answer to an ended try finds nothing. Slots are reused in the
 * order they were freed, so an id comes back late.
 */
#pragma once

#include "transport/transport.h"

#define PENDING_SLOT_BITS 20 /* a million pending; 11 bits remain for chance, the sign bit is 0 */

struct pending_slot {
	struct request *request; /* NULL: free */
	uint32_t id;             /* of the try under way, 0: none */
	uint32_t ended;          /* of the try before */
	uint32_t heap_at;
	uint32_t next_free;
};

struct pending {
	struct pending_slot *slots;
	size_t n_slots, cap_slots;
	uint32_t *heap; /* slots, the earliest request->expires first */
	size_t n_heap, cap_heap;
	uint32_t free_first, free_last;
	uint64_t random;
};

void pending_init(struct pending *p);
void pending_done(struct pending *p);

/* Takes the request in, due at request->expires; request->id names its slot until the first
 * try. -1 when all slots are taken. */
int pending_add(struct pending *p, struct request *request);
void pending_remove(struct pending *p, struct request *request);
/* A new id for a new try (also written to request->id); the former one ends. */
uint32_t pending_new_id(struct pending *p, struct request *request);
/* Ends the try under way: its id finds nothing any more. */
void pending_end_try(struct pending *p, struct request *request);
void pending_expires(struct pending *p, struct request *request, struct mono expires);
/* The request whose try has this id, or NULL; ret_ended: it is the id of a try that ended. */
struct request *pending_find(const struct pending *p, uint32_t id, bool *ret_ended);
struct request *pending_first(const struct pending *p); /* due first; NULL: none */
