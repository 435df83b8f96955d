/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When each scan is due. Pure: time is an argument. A grid instant is
 * k * step + phase in whole UTC seconds; the heap runs on monotonic time, the
 * caller tells the offset between the two.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

/* Phase of a device in [0, step): a hash of its name, so load is flat and stays put. */
int sched_phase(const char *device, int step_s);
/* Sub-second spreading of the sending, [0, 1000000) us, from the same hash. */
int64_t sched_offset_us(const char *device);
/* First grid instant >= ts. */
int64_t sched_next(int64_t ts, int step_s, int phase_s);

struct sched; /* a heap of (due, item) */
struct sched_item { /* embedded in what is scheduled */
	struct mono due;
	size_t pos; /* the heap's; SIZE_MAX: not in it */
};
struct sched *sched_new(void);
struct sched *sched_free(struct sched *s);
void sched_set(struct sched *s, struct sched_item *item, struct mono due); /* insert or move */
void sched_remove(struct sched *s, struct sched_item *item);
struct sched_item *sched_first(const struct sched *s); /* NULL: empty */

/*
 * The map between the clocks. Feed it both once a second; it reports steps of the
 * wall clock of more than 1 s.
 */
struct sched_clock {
	int64_t offset_us; /* wall - mono */
	bool valid;
	int64_t last_used_s; /* the latest grid instant handed out */
};
/* Returns the size of a step in us (0: none), after adopting the new offset. */
int64_t sched_clock_update(struct sched_clock *c, struct mono mono, struct wall wall);
struct mono sched_clock_due(const struct sched_clock *c, int64_t ts, int64_t offset_us);
