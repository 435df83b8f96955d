/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of an SNMPv3 message with USM parameters (RFC 3412 section 6, RFC 3414 section 2.4):
 * a writer and a strict reader in place. No state: what to believe of a message is for
 * snmp_agent.h.
 */
#pragma once

#include "transport/snmp_codec.h"
#include "transport/snmp_usm.h"

struct snmp_v3_octets {
	const uint8_t *at;
	size_t n;
};

struct snmp_v3_ask {
	uint32_t id; /* msgID and request-id */
	/* NULL: the probe for an unknown engine id, without user, security or varbinds */
	const struct snmp_usm_user *user;
	const struct snmp_usm_engine *engine;
	uint64_t salt; /* never twice with the same key */
	const struct plan_request *what;
	struct mono now;
};

/* Writes the message to buf; returns its length, 0 when it does not fit. */
size_t snmp_v3_write(const struct snmp_v3_ask *ask, uint8_t *buf, size_t size);

struct snmp_v3_head { /* a received message; points into the packet */
	uint32_t id;
	uint8_t level; /* SNMP_V3_AUTH | SNMP_V3_PRIV */
	uint32_t boots, time;
	struct snmp_v3_octets message; /* the whole of it */
	struct snmp_v3_octets engine, user, mac, salt;
	struct snmp_v3_octets data; /* the scoped PDU; with SNMP_V3_PRIV its ciphertext */
};

/* 0, or -1 when the bytes are no v3 message of the user-based security model. Bytes behind the
 * message are passed over. */
int snmp_v3_read(const uint8_t *packet, size_t n, struct snmp_v3_head *ret);

struct snmp_v3_scoped {
	struct snmp_v3_octets engine, context, pdu;
};

/* The plain scoped PDU; behind it may be the padding of a cipher. */
int snmp_v3_scoped(const uint8_t *data, size_t n, struct snmp_v3_scoped *ret);
