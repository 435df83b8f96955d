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
/* Call about once a second, from any one thread. */
void memory_tend(struct memory *m, struct mono now);
