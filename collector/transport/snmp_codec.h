/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SNMP messages as bytes: a writer for requests and a strict reader for responses of v1 and
 * v2c, and for the PDU inside v3 (RFC 1157, RFC 3416, BER of X.690 as narrowed by RFC 3417
 * section 8). Pure, without net-snmp.
 *
 * The names of a polled request are encoded once, with its plan, and an answer that repeats them
 * byte for byte is read by comparing: 25 varbinds cost 10,000 instructions that way, with
 * everything else of the driver and the decoder, 30,000 otherwise. What differs takes the long way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/oid.h"
#include "transport/plan.h"

enum snmp_codec_pdu { SNMP_PDU_GET = 0xa0, SNMP_PDU_NEXT = 0xa1, SNMP_PDU_RESPONSE = 0xa2,
		SNMP_PDU_BULK = 0xa5, SNMP_PDU_REPORT = 0xa8 };
enum snmp_codec_version { SNMP_V1 = 0, SNMP_V2C = 1, SNMP_V3 = 3 }; /* as in the message */
enum snmp_codec_status { SNMP_NO_ERROR = 0, SNMP_TOO_BIG = 1, SNMP_NO_SUCH_NAME = 2,
			 SNMP_GEN_ERR = 5 };

struct snmp_ask { /* what a request message is made of */
	enum snmp_codec_version version;
	const char *community;
	uint32_t id; /* 1 .. INT32_MAX */
	const struct plan_request *what;
};

/* Sets encoded of a GET, the list of varbinds as it goes out; NULL when a name is too long for
 * that, or it is no GET. 25 names take a tenth of the time that way. */
void snmp_codec_prepare(struct plan_request *what);

/* Writes the message to buf; returns its length, 0 when it does not fit. A BULK to a v1 agent
 * becomes a GETNEXT (v1 has no GETBULK). */
size_t snmp_codec_write(const struct snmp_ask *request, uint8_t *buf, size_t size);
/* The PDU alone, for what version 3 wraps around it (snmp_v3.h): its bytes are the last of buf.
 * Returns its length, 0 when it does not fit. Without what: a GET of nothing. */
size_t snmp_codec_write_pdu(const struct snmp_ask *request, uint8_t *buf, size_t size);

/* A response. Octets point into the packet or into text; reused from message to message. */
struct snmp_message {
	enum snmp_codec_version version;
	const uint8_t *community;
	size_t n_community;
	uint8_t pdu; /* SNMP_PDU_RESPONSE, or SNMP_PDU_REPORT in version 3 */
	int32_t id;
	int error, error_index;
	struct varbind *vbs;
	size_t n_vbs;
	/* Names that are byte for byte those of a prepared GET are not taken apart: then vbs is
	 * empty, and the values stand here, one per name asked. NULL: vbs it is. */
	const struct plan_request *matched;
	struct vb_value *values;
	/* What was asked under this id, NULL when unknown: the driver's; may be NULL. */
	const struct plan_request *(*asked)(void *user, int32_t id);
	void *user;
	/* the reader's */
	size_t cap_vbs, cap_values;
	char *text; /* dotted text of OID values */
	size_t cap_text, n_text;
};

/*
 * Reads a response. 0, or -1 when the bytes are not one: indefinite lengths, a TLV that
 * leaves its parent or does not fill it, another PDU, a name of more than OID_MAX arcs. Bytes
 * behind the message are passed over, as agents pad. Integers may be longer than they need to
 * be; Opaque floats, doubles and 64-bit integers are unwrapped. A value that does not fit its
 * type (a Counter32 of 33 bits, an OID cut in an arc) is of type SNMP_BAD_VALUE, and the others
 * stand.
 */
#define SNMP_BAD_VALUE 0x00 /* no tag that a value can have */

int snmp_codec_read(const uint8_t *packet, size_t n, struct snmp_message *ret);
/* A response or report standing alone, out of a message of version 3. */
int snmp_codec_read_pdu(const uint8_t *pdu, size_t n, struct snmp_message *ret);
void snmp_codec_done(struct snmp_message *message);

/* Unwraps the float, double or 64-bit integer that net-snmp's agents put into an Opaque (9f 78 to
 * 9f 7b); false and untouched when value is no such Opaque. */
bool snmp_codec_unwrap(struct vb_value *value);

/* For the second reader (snmp_lenient.c): empties the message and makes room for the texts of
 * a packet of that size; adds one varbind. */
void snmp_codec_start(struct snmp_message *message, size_t packet_size);
struct varbind *snmp_codec_add(struct snmp_message *message);
