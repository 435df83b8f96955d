/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the driver knows of one SNMPv3 agent, and what each message from it means: discovery
 * of its engine id, its clock, reports, answers (RFC 3414 sections 3.2 and 4). Nothing waits
 * here: a request is sent again at once, as another message, when the agent asks for it.
 *
 * Only what is signed changes what is known of an agent that has proved itself. An unsigned
 * "unknown engine id" makes us ask for the id again, and a new id counts when an authentic message
 * has come from it: until then the former engine is kept. An unsigned error is told as a
 * request's cause when no authentic answer followed.
 */
#pragma once

#include "base/cause.h"
#include "transport/snmp_v3.h"

struct target;

struct snmp_agent {
	struct snmp_usm_user *user;
	struct snmp_usm_engine engine;
	struct snmp_usm_engine *former; /* proved, to go back to; NULL: none */
	struct target *target;
	/* of the index by engine id (snmp_engines) */
	struct snmp_agent *next_in_bucket;
	uint64_t indexed; /* hash of the id it is listed under, 0: not listed */
	enum cause noted; /* what unsigned messages said since the request was submitted */
	bool doubt;       /* it fell silent: ask for its engine id before the next request */
};

/* How far a request has come with its agent; kept in the request. */
enum { SNMP_AGENT_PROBING = 1, SNMP_AGENT_REDISCOVERED = 2, SNMP_AGENT_RESYNCED = 4 };

struct snmp_agent_room; /* working memory, one per driver */
struct snmp_agent_room *snmp_agent_room_new(void);
struct snmp_agent_room *snmp_agent_room_free(struct snmp_agent_room *room);

struct snmp_agent *snmp_agent_new(struct snmp_usm_user *user, struct target *target);
struct snmp_agent *snmp_agent_free(struct snmp_agent *agent);

/* Writes the next message of a request, or the probe that must go before it; sets *progress.
 * Returns its length, 0 when it does not fit. */
size_t snmp_agent_write(struct snmp_agent *agent, struct snmp_agent_room *room,
			const struct plan_request *what, uint32_t id, uint8_t *progress,
			struct mono now, uint8_t *buf, size_t size);

enum snmp_agent_verdict {
	SNMP_AGENT_ANSWER, /* *message is the answer */
	SNMP_AGENT_AGAIN,  /* send the request again */
	SNMP_AGENT_FAILED, /* *ret_cause says why */
	SNMP_AGENT_IGNORE, /* not to be believed: as if it had not come */
};

/* A message with the id of the request's last message, from the agent's address. What *message
 * points to lives until the next call. */
enum snmp_agent_verdict snmp_agent_read(struct snmp_agent *agent, struct snmp_agent_room *room,
					const struct snmp_v3_head *head, uint8_t *progress,
					struct mono now, struct snmp_message *message,
					enum cause *ret_cause);

/* The request ended with that cause. */
void snmp_agent_ended(struct snmp_agent *agent, enum cause cause);

/* ---- agents by engine id ---- */

struct snmp_engines {
	struct snmp_agent **buckets;
	size_t n_buckets, n;
};

/* Lists the agent under the engine id that it has proved. Returns another agent that is listed
 * with the same id, once per agent and id. */
struct snmp_agent *snmp_engines_list(struct snmp_engines *engines, struct snmp_agent *agent);
void snmp_engines_remove(struct snmp_engines *engines, struct snmp_agent *agent);
void snmp_engines_done(struct snmp_engines *engines);
