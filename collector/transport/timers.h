/* SPDX-License-Identifier: Apache-2.0 */
/* When which connection wants attention: a heap of timers that live in their owners. */
#pragma once

#include <stddef.h>

#include "base/clock.h"

struct timer {
	struct mono due;
	size_t at; /* place in the heap, from 1; 0: not set */
};

struct timers {
	struct timer **heap;
	size_t n, cap;
};

void timers_set(struct timers *timers, struct timer *timer, struct mono due); /* or moves it */
void timers_clear(struct timers *timers, struct timer *timer);
struct timer *timers_first(const struct timers *timers); /* NULL: none */
void timers_done(struct timers *timers);
