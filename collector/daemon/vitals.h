/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collector's own health as points. Per device, every intervals.health (5 min): mean latency,
 * share of polls answered, age of the latest answer. A row holds a pool of devices, chosen by a
 * hash of the name, so that 220,000 devices cost one row a second and a device stays where it is
 * when others come and go. For the process, each minute: counters, queue and loop lag.
 *
 * Series (entity kind/name, part, quantity):
 *   device/D              collector  latency_ms, success_pct, answer_age_s
 *   collector/rackmeterd  poll       polls, late_polls, overrun_polls, loop_lag_ms
 *   collector/rackmeterd  store      stored_rows, dropped_rows, queued_rows, commits
 */
#pragma once

#include "daemon/core.h"

#define VITALS_POOLS 256 /* at most; one holds about 860 devices of a site of 220,000 */

struct vitals;

struct vitals *vitals_start(struct poller *p);
/* After p->devices has changed: pools with the same devices as before go on as they are. */
void vitals_reload(struct vitals *v);
/* Frees at once, or when the last registration has come back. Returns NULL. */
struct vitals *vitals_stop(struct vitals *v);
void vitals_clock_step(struct vitals *v, int64_t step_us);
/* Once a second: what is only seen by looking often. */
void vitals_second(struct vitals *v);
