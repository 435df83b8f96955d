/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did answer is kept, the rest is absent with its cause. A device that is silent
 * from the first request on costs one timeout, not one per request.
 */
#include "daemon/scan.h"

#include "daemon/survey.h"
#include "decode/decode.h"

#define ILLEGAL_ADDRESS (CAUSE_EXCEPTION + 2)
#define ILLEGAL_VALUE (CAUSE_EXCEPTION + 3) /* what some devices say of a block too long */
#define GATEWAY_NO_PATH (CAUSE_EXCEPTION + 10)
#define GATEWAY_NO_ANSWER (CAUSE_EXCEPTION + 11)
#define SILENT_MAX 2
#define SNMP_NO_SUCH_NAME 2

bool scan_is_answer(enum cause cause)
{
	int c = (int)cause;

	return c == CAUSE_NONE || c == CAUSE_DEVICE_ERROR ||
	       (c >= CAUSE_EXCEPTION && c != GATEWAY_NO_PATH && c != GATEWAY_NO_ANSWER);
}

void scan_begin(struct scan_run *run, const struct expansion *expansion, const struct plan *plan,
		const uint32_t *position, struct reading *readings, size_t n_readings)
{
	*run = (struct scan_run){ .expansion = expansion, .plan = plan, .position = position,
				  .readings = readings, .n_readings = n_readings };
	for (size_t i = 0; i < n_readings; i++)
		readings[i] = (struct reading){ 0, CAUSE_DEADLINE };
}

const struct plan_request *scan_next(const struct scan_run *run)
{
	return run->request < run->plan->n_requests ? &run->plan->requests[run->request] : NULL;
}

static struct reading *reading_of(struct scan_run *run, uint32_t point)
{
	return &run->readings[run->position ? run->position[point] : point];
}

static void mark(struct scan_run *run, const struct plan_request *what, enum cause cause)
{
	for (size_t i = 0; i < what->n_items; i++)
		*reading_of(run, what->items[i].point) = (struct reading){ 0, cause };
}

static struct reading decode_item(const struct scan_run *run, const struct plan_request *what,
				  const struct plan_item *item, const struct reply *reply)
{
	const struct point_def *point = &run->expansion->points[item->point];

	if (what->kind == REQUEST_MODBUS_READ) {
		if ((size_t)item->offset + item->words > reply->n_words)
			return (struct reading){ 0, CAUSE_MALFORMED };
		return decode_modbus(point, reply->words + item->offset);
	}
	if (item->offset >= reply->n_values)
		return (struct reading){ 0, CAUSE_MALFORMED };
	return decode_snmp(point, &reply->values[item->offset]);
}

static void take(struct scan_run *run, const struct plan_request *what, const struct reply *reply)
{
	for (size_t i = 0; i < what->n_items; i++) {
		struct reading r = decode_item(run, what, &what->items[i], reply);

		*reading_of(run, what->items[i].point) = r;
		if (r.cause == CAUSE_NONE)
			run->n_present++;
		else if (r.cause == CAUSE_NO_SUCH &&
			 run->expansion->points[what->items[i].point].fitted)
			run->lost_instance = true;
	}
	if (what->kind == REQUEST_SNMP_GET && what->n_oids > 0 && reply->n_values == what->n_oids) {
		const struct vb_value *last = &reply->values[what->n_oids - 1];

		if (last->type == VB_TIMETICKS &&
		    oid_cmp(&what->oids[what->n_oids - 1], &oid_sysuptime) == 0) {
			run->has_uptime = true;
			run->uptime = (uint32_t)last->integer;
		}
	}
}

enum scan_verdict scan_reply(struct scan_run *run, enum cause cause, const struct reply *reply)
{
	const struct plan_request *what = &run->plan->requests[run->request];

	if (cause == CAUSE_NONE) {
		run->answered = true;
		run->silent = 0;
		take(run, what, reply);
		run->request++;
		return SCAN_GO_ON;
	}
	run->cause = cause;
	if (cause == CAUSE_DEVICE_ERROR && reply && reply->snmp_error == SNMP_NO_SUCH_NAME)
		run->cause = CAUSE_NO_SUCH; /* SNMPv1 refuses the request as a whole */
	if (scan_is_answer(cause)) {
		run->answered = true;
		run->silent = 0;
		if (cause == CAUSE_DEVICE_ERROR || (int)cause == ILLEGAL_ADDRESS ||
		    (int)cause == ILLEGAL_VALUE)
			return SCAN_SPLIT;
		mark(run, what, cause);
		run->request++;
		return SCAN_GO_ON;
	}
	run->silent++;
	if (!run->answered || run->silent >= SILENT_MAX || cause == CAUSE_DEADLINE) {
		scan_abandon(run, cause);
	} else {
		mark(run, what, cause);
		run->request++;
	}
	return SCAN_GO_ON;
}

void scan_refused(struct scan_run *run)
{
	const struct plan_request *what = &run->plan->requests[run->request];

	mark(run, what, run->cause);
	if (run->cause == CAUSE_NO_SUCH && what->n_items > 0 &&
	    run->expansion->points[what->items[0].point].fitted)
		run->lost_instance = true;
	run->request++;
}

void scan_abandon(struct scan_run *run, enum cause cause)
{
	for (; run->request < run->plan->n_requests; run->request++)
		mark(run, &run->plan->requests[run->request], cause);
}

int scan_fact_text(const struct fact_def *fact, const struct plan_request *what,
		   const struct plan_item *item, const struct reply *reply, char *buf,
		   size_t size)
{
	if (what->kind == REQUEST_MODBUS_READ)
		return decode_fact_modbus(fact, reply->words, reply->n_words, buf, size);
	if (item->offset >= reply->n_values)
		return -1;
	return decode_fact_snmp(fact, &reply->values[item->offset], buf, size);
}
