/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver without a device: answers GET, GETNEXT and GETBULK from a file of walked
 * values, as an agent with exactly these values would. So a walk that a user sends goes
 * through the same survey, plan and decode as a live device.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/text.h"
#include "transport/queue.h"
#include "transport/snmp_codec.h"
#include "transport/transport.h"
#include "transport/walk_file.h"

#define BULK_MAX 4096 /* varbinds of one answer */

enum { STATE_IDLE = 0, STATE_WAITING = 1 };

struct target {
	struct walk_file file;
};

struct transport {
	struct transport_counters counters;
	struct queue waiting;
	struct vb_value *values;
	size_t cap_values;
	struct varbind *vbs;
	size_t cap_vbs, n_vbs;
};

static void answer_get(struct transport *t, const struct walk_file *file,
		       const struct plan_request *what, struct reply *reply)
{
	xgrow(&t->values, &t->cap_values, what->n_oids, sizeof(*t->values));
	for (size_t i = 0; i < what->n_oids; i++) {
		size_t at = walk_file_find(file, &what->oids[i], false);

		if (at < file->n_vbs && oid_cmp(&file->vbs[at].oid, &what->oids[i]) == 0)
			t->values[i] = file->vbs[at].value;
		else
			t->values[i] = (struct vb_value){ .type = VB_NO_SUCH_INSTANCE };
	}
	reply->values = t->values;
	reply->n_values = what->n_oids;
}

/* Appends what follows an OID; false at the end of the file. */
static bool add_next(struct transport *t, const struct walk_file *file, const struct oid *oid)
{
	size_t at = walk_file_find(file, oid, true);
	bool there = at < file->n_vbs;
	struct varbind vb = { 0 };

	if (there) {
		vb = file->vbs[at];
	} else {
		vb.oid = *oid;
		vb.value.type = VB_END_OF_VIEW;
	}
	xgrow(&t->vbs, &t->cap_vbs, t->n_vbs + 1, sizeof(*t->vbs));
	t->vbs[t->n_vbs++] = vb;
	return there;
}

static void answer_next(struct transport *t, const struct walk_file *file,
			const struct plan_request *what, struct reply *reply)
{
	size_t rounds = what->kind == REQUEST_SNMP_BULK ? what->max_repetitions : 1;
	bool more = true;

	t->n_vbs = 0;
	for (size_t round = 0; round < rounds && more; round++) {
		if (round && t->n_vbs + what->n_oids > BULK_MAX)
			break;
		more = false;
		for (size_t i = 0; i < what->n_oids; i++) {
			struct oid from = round ? t->vbs[t->n_vbs - what->n_oids].oid :
						  what->oids[i];

			more |= add_next(t, file, &from);
		}
	}
	reply->vbs = t->vbs;
	reply->n_vbs = t->n_vbs;
}

static void walk_submit(struct transport *t, struct request *r)
{
	assert(r->state == STATE_IDLE);
	r->state = STATE_WAITING;
	queue_append(&t->waiting, r);
}

static void walk_cancel(struct transport *t, struct request *r)
{
	if (r->state == STATE_IDLE)
		return;
	queue_remove(&t->waiting, r);
	r->state = STATE_IDLE;
}

static void answer(struct transport *t, struct request *r)
{
	const struct walk_file *file = &r->target->file;
	struct reply reply = { 0 };
	enum cause cause = CAUSE_NONE;

	walk_cancel(t, r);
	t->counters.sent++;
	t->counters.answered++;
	switch (r->what->kind) {
	case REQUEST_SNMP_GET:
		answer_get(t, file, r->what, &reply);
		break;
	case REQUEST_SNMP_NEXT:
	case REQUEST_SNMP_BULK:
		answer_next(t, file, r->what, &reply);
		break;
	case REQUEST_MODBUS_READ: /* a walk has no registers */
		reply.snmp_error = SNMP_GEN_ERR;
		cause = CAUSE_DEVICE_ERROR;
		break;
	}
	r->done(r, cause, &reply);
}

static struct mono walk_tick(struct transport *t, struct mono now)
{
	/* What done submits waits for the next call, so that no caller is starved. */
	for (size_t n = queue_size(&t->waiting); n > 0 && t->waiting.first; n--)
		answer(t, t->waiting.first);
	return t->waiting.first ? now : (struct mono){ INT64_MAX };
}

static void walk_handle(struct transport *t, void *event_data, uint32_t events, struct mono now)
{
	(void)t; /* no descriptors, so no events */
	(void)event_data;
	(void)events;
	(void)now;
}

static struct target *walk_target_new(struct transport *t, const struct endpoint *endpoint,
				      const struct sockaddr_storage *addr,
				      const struct cfg_credential *credential, int delay_ms,
				      struct err *err)
{
	struct walk_file file;
	struct target *target;

	(void)t;
	(void)addr;
	(void)credential;
	(void)delay_ms;
	if (walk_file_load(endpoint->host, &file, err) < 0)
		return NULL;
	target = xcalloc(1, sizeof(*target));
	target->file = file;
	return target;
}

static void walk_target_address(struct target *target, const struct sockaddr_storage *addr)
{
	(void)target;
	(void)addr;
}

static void walk_target_free(struct target *target)
{
	if (!target)
		return;
	walk_file_done(&target->file);
	free(target);
}

static struct transport *walk_open(int epoll_fd, const struct transport_limits *limits,
				   struct err *err)
{
	struct transport *t = xcalloc(1, sizeof(*t));

	(void)epoll_fd;
	(void)err;
	(void)limits; /* nothing here waits */
	return t;
}

static void walk_close(struct transport *t)
{
	if (!t)
		return;
	free(t->values);
	free(t->vbs);
	free(t);
}

static const struct transport_counters *walk_counters(const struct transport *t)
{
	return &t->counters;
}

const struct transport_ops transport_walk = {
	.name = "walk",
	.open = walk_open,
	.close = walk_close,
	.target_new = walk_target_new,
	.target_address = walk_target_address,
	.target_free = walk_target_free,
	.submit = walk_submit,
	.cancel = walk_cancel,
	.handle = walk_handle,
	.tick = walk_tick,
	.counters = walk_counters,
};
