/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6298 in whole microseconds. Pure: the caller brings the time. */
#include "transport/rtt.h"

#define SAMPLE_MAX_US 60000000 /* nothing waits longer; keeps the sums within 32 bits */
#define BACKOFF_MAX   5

void rtt_sample(struct rtt *rtt, int64_t rtt_us)
{
	int32_t r, delta;

	if (rtt_us < 1)
		rtt_us = 1;
	if (rtt_us > SAMPLE_MAX_US)
		rtt_us = SAMPLE_MAX_US;
	r = (int32_t)rtt_us;
	rtt->backoff = 0;
	if (rtt->srtt_us == 0) { /* 2.2 */
		rtt->srtt_us = r;
		rtt->rttvar_us = r / 2;
		return;
	}
	delta = r > rtt->srtt_us ? r - rtt->srtt_us : rtt->srtt_us - r; /* 2.3 */
	rtt->rttvar_us += (delta - rtt->rttvar_us) / 4;
	rtt->srtt_us += (r - rtt->srtt_us) / 8;
	if (rtt->srtt_us < 1)
		rtt->srtt_us = 1;
}

void rtt_timed_out(struct rtt *rtt)
{
	if (rtt->backoff < BACKOFF_MAX)
		rtt->backoff++;
}

int64_t rtt_timeout_us(const struct rtt *rtt, int64_t first_us, int64_t max_us)
{
	int64_t wait = first_us;

	if (rtt->srtt_us)
		wait = rtt->srtt_us + 4 * (int64_t)rtt->rttvar_us;
	if (wait < RTT_MIN_US)
		wait = RTT_MIN_US;
	wait <<= rtt->backoff;
	return wait < max_us ? wait : max_us;
}
