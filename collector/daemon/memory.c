/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start of a large site reads tables, walks devices and enters millions of points; all of
 * that is freed, in pieces between others that stay, and the C library would hold on to it for
 * ever. Only glibc has the two calls; elsewhere nothing happens.
 */
#include "daemon/memory.h"

#include <malloc.h>

#define LOOK_EVERY_US INT64_C(20000000)
#define WORTH_IT      ((size_t)8 << 20)

void memory_init(void)
{
#ifdef __GLIBC__
	/* Otherwise every large buffer that is freed raises the size up to which buffers are cut
	 * out of the heap, where what lies behind them keeps them. */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

void memory_freed(struct memory *m, struct mono now)
{
	m->kept = 0;
	m->next.us = now.us + LOOK_EVERY_US;
}

void memory_tend(struct memory *m, struct mono now)
{
#ifdef __GLIBC__
	size_t free_bytes;

	if (now.us < m->next.us)
		return;
	m->next.us = now.us + LOOK_EVERY_US;
	free_bytes = mallinfo2().fordblks;
	if (free_bytes > m->kept + WORTH_IT)
		malloc_trim(0);
	if (free_bytes > m->kept + WORTH_IT || free_bytes < m->kept)
		m->kept = free_bytes;
#else
	(void)m;
	(void)now;
#endif
}
