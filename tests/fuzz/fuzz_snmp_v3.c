/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SNMPv3 messages from the network: the frame, then what the driver's agent makes of them. The
 * first byte chooses: bits 0-1 the user (none, MD5, MD5 and DES, SHA-256 and AES), bit 2 an agent
 * that is being asked for its engine id, bit 3 a message that is signed here with the right
 * key, so that what lies behind the signature is reached, bit 4 the scoped PDU alone.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "transport/snmp_agent.h"

#define MESSAGE_MAX 65535

static struct snmp_message message;
static struct snmp_agent known[4], asked[4];
static struct snmp_agent_room *room;
static uint8_t copy[MESSAGE_MAX];
static volatile unsigned sink;

static void make_agents(void)
{
	static const struct { const char *name; enum cfg_auth auth; enum cfg_priv priv; } who[] = {
		{ "none", CFG_AUTH_NONE, CFG_PRIV_NONE }, { "md5", CFG_AUTH_MD5, CFG_PRIV_NONE },
		{ "md5des", CFG_AUTH_MD5, CFG_PRIV_DES },
		{ "sha256aes", CFG_AUTH_SHA256, CFG_PRIV_AES128 },
	};
	static const uint8_t id[] = { 0x80, 0, 0x1f, 0x88, 4, 'c', 'a', 'p', 't', 'u', 'r', 'e' };
	static struct snmp_usm_users users;
	struct err err;

	room = snmp_agent_room_new();
	for (size_t i = 0; i < 4; i++) {
		struct cfg_credential c = { .snmp_version = 3, .auth = who[i].auth,
					    .priv = who[i].priv,
					    .user = (char *)(uintptr_t)who[i].name,
					    .auth_password = (char[]){ "maplesyrup" },
					    .priv_password = (char[]){ "syrupmaple" } };
		struct snmp_usm_user *u = snmp_usm_user(&users, &c, &err);

		if (!u)
			abort();
		known[i].user = asked[i].user = u;
		if (snmp_usm_engine_set(&known[i].engine, u, id, sizeof(id)) < 0)
			abort();
	}
}

static void touch(const struct snmp_message *m)
{
	unsigned sum = 0;

	for (size_t i = 0; i < m->n_vbs; i++) {
		for (size_t k = 0; k < m->vbs[i].oid.n; k++)
			sum += m->vbs[i].oid.arc[k];
		for (size_t k = 0; k < m->vbs[i].value.n_octets; k++)
			sum += m->vbs[i].value.octets[k];
	}
	sink = sum;
}

static void sign(const struct snmp_agent *a, uint8_t *data, const struct snmp_v3_head *h)
{
	uint8_t mac[SNMP_USM_MAC_MAX], *at = data + (h->mac.at - data);

	if (!a->user->auth || h->mac.n != a->user->n_mac)
		return;
	memset(at, 0, h->mac.n);
	if (snmp_usm_mac(a->user, &a->engine, data, h->message.n, mac) == 0)
		memcpy(at, mac, h->mac.n);
}

static void judge(struct snmp_agent a, uint8_t progress, const struct snmp_v3_head *h)
{
	struct mono now = { 1000000 };
	enum cause cause = CAUSE_NONE;

	switch (snmp_agent_read(&a, room, h, &progress, now, &message, &cause)) {
	case SNMP_AGENT_ANSWER:
		if (h->level != a.user->level || !a.engine.proved ||
		    (uint32_t)message.id != h->id || message.pdu != SNMP_PDU_RESPONSE)
			abort();
		touch(&message);
		break;
	case SNMP_AGENT_AGAIN:
		if (!a.engine.n_id && !(progress & SNMP_AGENT_PROBING))
			abort();
		break;
	case SNMP_AGENT_FAILED:
		if (cause == CAUSE_NONE)
			abort();
		break;
	case SNMP_AGENT_IGNORE:
		break;
	}
	if (a.user->auth && !(h->level & SNMP_V3_AUTH) && a.engine.proved)
		abort(); /* an unsigned message has proved something */
	snmp_agent_ended(&a, cause);
	free(a.former);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snmp_v3_head head;
	uint8_t how;

	if (size < 1 || size - 1 > MESSAGE_MAX)
		return 0;
	if (!room)
		make_agents();
	how = *data++;
	memcpy(copy, data, --size);
	if (how & 16) {
		struct snmp_v3_scoped s;

		if (snmp_v3_scoped(data, size, &s) == 0 &&
		    snmp_codec_read_pdu(s.pdu.at, s.pdu.n, &message) == 0)
			touch(&message);
	} else if (how & 8) {
		const struct snmp_agent *a = &known[how & 3];

		if (snmp_v3_read(copy, size, &head) == 0) {
			sign(a, copy, &head);
			judge(*a, 0, &head);
		}
	} else if (snmp_v3_read(data, size, &head) == 0) {
		judge(how & 4 ? asked[how & 3] : known[how & 3],
		      how & 4 ? SNMP_AGENT_PROBING : 0, &head);
	}
	snmp_codec_done(&message);
	return 0;
}
