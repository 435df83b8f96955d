/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SNMP agent without a network: a sorted list of values that answers GET, GETNEXT and
 * GETBULK as RFC 3416 says, and a few ways to answer wrongly. For the tests of the survey
 * and the scan only.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "inventory/profile.h"
#include "transport/transport.h"

#define AGENT_VALUES 4000
#define AGENT_REPLY 4000

struct agent {
	struct varbind values[AGENT_VALUES];
	size_t n;
	bool v1;            /* noSuchName instead of exceptions, no GETBULK */
	size_t too_big;     /* more varbinds in a reply than this: tooBig; 0: no limit */
	bool endless;       /* every GETNEXT gets the same binding again */
	int answers_left;   /* then silence; -1: for ever */
	size_t n_requests, n_oids_max;
	struct vb_value got[AGENT_REPLY];
	struct varbind vbs[AGENT_REPLY];
};

static inline void agent_add(struct agent *a, const char *oid, uint8_t type, int64_t integer,
			     const char *text)
{
	struct varbind *vb = &a->values[a->n];

	assert(a->n < AGENT_VALUES);
	assert(oid_parse(oid, &vb->oid) == 0);
	vb->value = (struct vb_value){ .type = type, .integer = integer,
		.octets = (const uint8_t *)text, .n_octets = text ? strlen(text) : 0 };
	assert(a->n == 0 || oid_cmp(&a->values[a->n - 1].oid, &vb->oid) < 0);
	a->n++;
}

static inline const struct varbind *agent_find(const struct agent *a, const struct oid *oid)
{
	for (size_t i = 0; i < a->n; i++) {
		if (oid_cmp(&a->values[i].oid, oid) == 0)
			return &a->values[i];
	}
	return NULL;
}

static inline struct varbind agent_after(const struct agent *a, const struct oid *oid)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->endless)
			return a->values[a->n - 1];
		if (oid_cmp(&a->values[i].oid, oid) > 0)
			return a->values[i];
	}
	return (struct varbind){ .oid = *oid, .value.type = VB_END_OF_VIEW };
}

static inline enum cause agent_get(struct agent *a, const struct plan_request *what,
				   struct reply *reply)
{
	for (size_t i = 0; i < what->n_oids; i++) {
		const struct varbind *vb = agent_find(a, &what->oids[i]);

		if (!vb && a->v1) {
			reply->snmp_error = 2;
			reply->snmp_error_index = (int)i + 1;
			return CAUSE_DEVICE_ERROR;
		}
		a->got[i] = vb ? vb->value : (struct vb_value){ .type = VB_NO_SUCH_INSTANCE };
	}
	reply->values = a->got;
	reply->n_values = what->n_oids;
	return CAUSE_NONE;
}

/* Answers; the reply is valid until the next call. */
static inline enum cause agent_answer(struct agent *a, const struct plan_request *what,
				      struct reply *reply)
{
	size_t rows = what->kind == REQUEST_SNMP_BULK ? what->max_repetitions : 1;
	size_t wanted = what->kind == REQUEST_SNMP_GET ? what->n_oids : rows * what->n_oids;
	struct oid last[64];

	memset(reply, 0, sizeof(*reply));
	a->n_requests++;
	if (what->n_oids > a->n_oids_max)
		a->n_oids_max = what->n_oids;
	if (a->answers_left == 0)
		return CAUSE_NO_ANSWER;
	if (a->answers_left > 0)
		a->answers_left--;
	if (a->too_big && wanted > a->too_big) {
		reply->snmp_error = 1;
		return CAUSE_DEVICE_ERROR;
	}
	if (what->kind == REQUEST_SNMP_GET)
		return agent_get(a, what, reply);
	assert(!(a->v1 && what->kind == REQUEST_SNMP_BULK));
	memcpy(last, what->oids, what->n_oids * sizeof(last[0]));
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = 0; i < what->n_oids; i++) {
			struct varbind vb = agent_after(a, &last[i]);

			if (a->v1 && vb.value.type == VB_END_OF_VIEW) {
				reply->snmp_error = 2;
				reply->snmp_error_index = (int)i + 1;
				return CAUSE_DEVICE_ERROR;
			}
			a->vbs[reply->n_vbs++] = vb;
			last[i] = vb.oid;
		}
	}
	reply->vbs = a->vbs;
	return CAUSE_NONE;
}

/* mini-pdu with `fitted: {column: testOutletCurrent, not: 0}` at its outlets. */
static inline void agent_fitted(struct profile *mini)
{
	for (size_t i = 0; i < mini->n_points; i++) {
		struct profile_point *p = &mini->points[i];

		if (!p->table)
			continue;
		p->fitted = calloc(1, sizeof(p->fitted[0]));
		p->n_fitted = 1;
		p->fitted->negate = true;
		p->fitted->values = calloc(1, sizeof(p->fitted->values[0]));
		p->fitted->n_values = 1;
		assert(oid_parse("1.3.6.1.4.1.99999.1.4.1.2", &p->fitted->column) == 0);
	}
}

/* The device of fixtures/daemon/mini-pdu.yaml with so many outlets. */
static inline struct agent *agent_mini(unsigned outlets)
{
	struct agent *a = calloc(1, sizeof(*a));
	char oid[64];

	a->answers_left = -1;
	agent_add(a, "1.3.6.1.2.1.1.1.0", VB_OCTETS, 0, "mini");
	agent_add(a, "1.3.6.1.2.1.1.2.0", VB_OID, 0, "1.3.6.1.4.1.99999.7");
	agent_add(a, "1.3.6.1.2.1.1.3.0", VB_TIMETICKS, 123456, NULL);
	agent_add(a, "1.3.6.1.4.1.99999.1.1.0", VB_OCTETS, 0, "SN42");
	agent_add(a, "1.3.6.1.4.1.99999.1.2.0", VB_GAUGE32, 4321, NULL);
	agent_add(a, "1.3.6.1.4.1.99999.1.3.0", VB_GAUGE32, 230, NULL);
	for (unsigned column = 2; column <= 3; column++) {
		for (unsigned i = 1; i <= outlets; i++) {
			snprintf(oid, sizeof(oid), "1.3.6.1.4.1.99999.1.4.1.%u.%u", column, i);
			agent_add(a, oid, VB_GAUGE32, column * 1000 + i, NULL);
		}
	}
	agent_add(a, "1.3.6.1.4.1.99999.1.5.0", VB_GAUGE32, 1, NULL);
	return a;
}
