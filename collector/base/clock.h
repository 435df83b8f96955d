/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that asks the machine for the time. Two types that do not mix:
 * monotonic time schedules, wall time (UTC) is what gets stored. Pure code takes
 * the time as an argument.
 */
#pragma once

#include <stdint.h>

struct mono { int64_t us; }; /* CLOCK_MONOTONIC, microseconds */
struct wall { int64_t us; }; /* microseconds since 1970 UTC */

struct mono clock_mono(void);
struct wall clock_wall(void);

static inline int64_t wall_s(struct wall t)
{
	return t.us >= 0 ? t.us / 1000000 : -((-t.us + 999999) / 1000000);
}
