/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of a scan: the requests of a plan one after another, each reply decoded into
 * the readings, every absence with its cause. A machine without I/O, like survey.h.
 */
#pragma once

#include "base/reading.h"
#include "transport/plan.h"
#include "transport/transport.h"

struct scan_run {
	const struct expansion *expansion;
	const struct plan *plan;
	const uint32_t *position;  /* where a point of the expansion is read; NULL: its index */
	struct reading *readings;  /* the caller's */
	size_t n_readings;
	size_t request;            /* the one that is asked now */
	unsigned silent;           /* requests without answer in a row */
	bool answered;             /* anything came back */
	enum cause cause;          /* of the last failure */
	bool lost_instance;        /* an instance the survey saw is gone */
	bool has_uptime;
	uint32_t uptime;           /* sysUpTime, 1/100 s */
	uint32_t n_present;
};

enum scan_verdict {
	SCAN_GO_ON, /* ask scan_next() */
	SCAN_SPLIT, /* the request was refused as a whole: split it, or call scan_refused() */
};

void scan_begin(struct scan_run *run, const struct expansion *expansion, const struct plan *plan,
		const uint32_t *position, struct reading *readings, size_t n_readings);
/* NULL: at the end of the plan. */
const struct plan_request *scan_next(const struct scan_run *run);
enum scan_verdict scan_reply(struct scan_run *run, enum cause cause, const struct reply *reply);
/* The refused request cannot be split: its points are absent with the last cause. */
void scan_refused(struct scan_run *run);
/* Everything that was not asked yet is absent with this cause; scan_next() is NULL then. */
void scan_abandon(struct scan_run *run, enum cause cause);

/* Did the device itself speak? (A gateway's exceptions 10 and 11 are not its words.) */
bool scan_is_answer(enum cause cause);

/* The text of a fact from the answer to a request of shape_facts_plan(). 0, or -1: none. */
int scan_fact_text(const struct fact_def *fact, const struct plan_request *what,
		   const struct plan_item *item, const struct reply *reply, char *buf,
		   size_t size);
