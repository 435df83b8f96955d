/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The health of a device as a table of three transitions. A dead device must cost next
 * to nothing and a revived one must be seen soon: hence few failures to dormancy and a
 * probe that never waits longer than two minutes. The jitter only shortens, so that
 * devices that died together (a breaker) are not probed together.
 */
#include "schedule/health.h"

#define FAILURES_TO_DORMANT 3

static const int64_t probe_after_s[] = { 15, 30, 60, 120 };
#define N_PROBES (sizeof(probe_after_s) / sizeof(probe_after_s[0]))

static void arm_probe(struct health *h, struct mono now, uint32_t jitter)
{
	int64_t us = probe_after_s[h->probe_step] * 1000000;

	/* 80 to 100 % of the nominal wait */
	us -= us / 10000 * (int64_t)(jitter % 2001);
	h->next_probe.us = now.us + us;
}

bool health_update(struct health *h, bool any_answer, enum cause cause, struct mono now,
		   uint32_t jitter)
{
	enum health_state before = h->state;

	if (any_answer) {
		h->state = HEALTH_OK;
		h->cause = CAUSE_NONE;
		h->failures = 0;
		h->probe_step = 0;
		return before != HEALTH_OK;
	}

	h->cause = cause;
	if (h->failures < UINT16_MAX)
		h->failures++;
	switch (h->state) {
	case HEALTH_UNKNOWN:
	case HEALTH_OK:
		h->state = HEALTH_SUSPECT;
		break;
	case HEALTH_SUSPECT:
		if (h->failures < FAILURES_TO_DORMANT)
			break;
		h->state = HEALTH_DORMANT;
		h->probe_step = 0;
		arm_probe(h, now, jitter);
		break;
	case HEALTH_DORMANT:
		if (h->probe_step + 1u < N_PROBES)
			h->probe_step++;
		arm_probe(h, now, jitter);
		break;
	}
	return h->state != before;
}

const char *health_name(enum health_state state)
{
	switch (state) {
	case HEALTH_UNKNOWN:
		return "unknown";
	case HEALTH_OK:
		return "ok";
	case HEALTH_SUSPECT:
		return "suspect";
	case HEALTH_DORMANT:
		return "dormant";
	}
	return "unknown";
}
