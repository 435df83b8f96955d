/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we believe of a device. ok -> suspect after a failed scan (no retries any
 * more) -> dormant after three in a row (only a cheap probe after 15, 30, 60,
 * 120 s with jitter, never longer) -> ok at once on the first answer. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cause.h"
#include "base/clock.h"

enum health_state { HEALTH_UNKNOWN = 0, HEALTH_OK = 1, HEALTH_SUSPECT = 2, HEALTH_DORMANT = 3 };

struct health {
	enum health_state state;
	enum cause cause;     /* of the last failure */
	uint16_t failures;    /* in a row */
	uint8_t probe_step;
	struct mono next_probe; /* DORMANT */
};

/* A scan or probe ended: any_answer is whether the device answered at all. Returns true
 * when the state changed. jitter: a random number, any value. */
bool health_update(struct health *h, bool any_answer, enum cause cause, struct mono now,
		   uint32_t jitter);
const char *health_name(enum health_state state); /* "unknown" "ok" "suspect" "dormant" */
