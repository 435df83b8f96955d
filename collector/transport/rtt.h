/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait for an answer: smoothed round-trip time and its variation after
 * RFC 6298, section 2. Retries carry new ids, so every sample belongs to one try
 * and Karn's rule (never sample a retransmission) is not needed.
 */
#pragma once

#include <stdint.h>

#define RTT_MIN_US 200000 /* lowest timeout: agents answer their first request of a while late */

struct rtt {
	int32_t srtt_us;   /* 0: no sample yet */
	int32_t rttvar_us;
	uint8_t backoff;   /* timeouts since the last sample: each doubles the wait (5.5) */
};

void rtt_sample(struct rtt *rtt, int64_t rtt_us);
void rtt_timed_out(struct rtt *rtt);
/* The wait for the next try: first_us without a sample, srtt + 4 rttvar with one, doubled per
 * timeout, within RTT_MIN_US .. max_us. */
int64_t rtt_timeout_us(const struct rtt *rtt, int64_t first_us, int64_t max_us);
