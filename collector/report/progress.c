/* SPDX-License-Identifier: Apache-2.0 */
/* See progress.h. The two numbers may be of different moments: they are only looked at. */
#include "report/progress.h"

#include <stdatomic.h>

static atomic_size_t done_now, total_now;

void progress_tell(size_t done, size_t total)
{
	atomic_store_explicit(&done_now, done, memory_order_relaxed);
	atomic_store_explicit(&total_now, total, memory_order_relaxed);
}

void progress_read(size_t *ret_done, size_t *ret_total)
{
	*ret_done = atomic_load_explicit(&done_now, memory_order_relaxed);
	*ret_total = atomic_load_explicit(&total_now, memory_order_relaxed);
}
