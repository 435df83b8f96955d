/* SPDX-License-Identifier: Apache-2.0 */
/* What `rackmeter probe` prints. */
#pragma once

#include "daemon/poller.h"

enum probe_format { PROBE_TEXT, PROBE_CSV, PROBE_JSON };

/* To stdout. endpoint: as the user wrote it. */
void probe_print(enum probe_format format, const char *endpoint, const struct probe_result *r);
