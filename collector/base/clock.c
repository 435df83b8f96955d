/* SPDX-License-Identifier: Apache-2.0 */
/* clock_gettime() cannot fail for these two clocks on Linux with a valid pointer. */
#include "base/clock.h"

#include <time.h>

static int64_t now_us(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct mono clock_mono(void)
{
	return (struct mono){ .us = now_us(CLOCK_MONOTONIC) };
}

struct wall clock_wall(void)
{
	return (struct wall){ .us = now_us(CLOCK_REALTIME) };
}
