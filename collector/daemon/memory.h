/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that a start or a reload needed once and the C library keeps: given back. */
#pragma once

#include <stddef.h>

#include "base/clock.h"

struct memory {
	struct mono next;
	size_t kept; /* free, and as far as can be already the system's again */
};

/* Before there are threads. */
void memory_init(void);
/* Much is being freed, as after a reload: the next look gives back what it can, though no more is
 * free than before, because what took its place had been given back already. */
void memory_freed(struct memory *m, struct mono now);
/* Call about once a second, from any one thread. */
void memory_tend(struct memory *m, struct mono now);
