/* SPDX-License-Identifier: Apache-2.0 */
/* A line on the terminal while something takes long; nothing at all under cron. */
#pragma once

#include <stdint.h>
#include <stdio.h>

struct waiting;

/* Shows "what: 12 s, 340 of 1000" on f from after_ms on, until waiting_end takes it away. */
struct waiting *waiting_begin(FILE *f, const char *what, int64_t after_ms);
/* Takes NULL; returns NULL. */
struct waiting *waiting_end(struct waiting *w);
