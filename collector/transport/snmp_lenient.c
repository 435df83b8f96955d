/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second opinion on a packet that the strict reader refuses: net-snmp's parser,
 * which has met more broken agents than we have. The only file that touches net-snmp's
 * state; runs in the poll thread alone, because Debian's build has no locks.
 */
#include "transport/snmp_lenient.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static netsnmp_session session;

/* net-snmp reports bad packets on stderr; counters tell about them here. */
static int swallow(netsnmp_log_handler *handler, int priority, const char *text)
{
	(void)handler;
	(void)priority;
	(void)text;
	return 1;
}

void snmp_lenient_init(void)
{
	static bool done;
	netsnmp_log_handler *handler;

	if (done)
		return;
	done = true;
	snmp_disable_stderrlog();
	handler = netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_DEBUG);
	if (handler)
		handler->handler = swallow;
	/* init_snmp() is never called: it is what reads MIBs, configuration and persistent
	 * files. The parser of v1 and v2c needs none of it. */
	snmp_sess_init(&session);
}

static int oid_value(const netsnmp_variable_list *vb, struct snmp_message *m, struct vb_value *ret)
{
	size_t n = vb->val_len / sizeof(oid), used = 0;
	char *start = m->text + m->n_text;
	size_t room = m->cap_text - m->n_text;

	for (size_t i = 0; i < n; i++) {
		int w = snprintf(start + used, room - used, "%s%lu", i ? "." : "",
				 (unsigned long)vb->val.objid[i]);

		if (w < 0 || (size_t)w >= room - used)
			return -1;
		used += (size_t)w;
	}
	if (!n)
		start[0] = '\0';
	m->n_text += used + 1;
	ret->octets = (const uint8_t *)start;
	ret->n_octets = used;
	return 0;
}

/* Octets are copied: the PDU they stand in is freed before the caller looks. */
static int octets_value(const netsnmp_variable_list *vb, struct snmp_message *m,
			struct vb_value *ret)
{
	if (vb->val_len > m->cap_text - m->n_text)
		return -1;
	if (vb->val_len)
		memcpy(m->text + m->n_text, vb->val.string, vb->val_len);
	ret->octets = (const uint8_t *)m->text + m->n_text;
	ret->n_octets = vb->val_len;
	m->n_text += vb->val_len;
	return 0;
}

static int64_t wide(const struct counter64 *c)
{
	return (int64_t)((uint64_t)(uint32_t)c->high << 32 | (uint32_t)c->low);
}

static int value(const netsnmp_variable_list *vb, struct snmp_message *m, struct vb_value *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->type = vb->type;
	switch (vb->type) {
	case ASN_INTEGER:
		ret->integer = *vb->val.integer;
		return 0;
	case ASN_UINTEGER:
		ret->type = VB_GAUGE32;
		/* fall through */
	case ASN_COUNTER:
	case ASN_GAUGE:
	case ASN_TIMETICKS:
		ret->integer = (int64_t)(uint32_t)*vb->val.integer;
		return 0;
	case ASN_COUNTER64:
		ret->integer = wide(vb->val.counter64);
		return 0;
	case ASN_OPAQUE_I64:
		ret->type = VB_INTEGER;
		ret->integer = wide(vb->val.counter64);
		return 0;
	case ASN_OPAQUE_U64:
	case ASN_OPAQUE_COUNTER64:
		ret->type = VB_COUNTER64;
		ret->integer = wide(vb->val.counter64);
		return 0;
	case ASN_OPAQUE_FLOAT:
		ret->type = VB_OPAQUE_FLOAT;
		ret->real = (double)*vb->val.floatVal;
		return 0;
	case ASN_OPAQUE_DOUBLE:
		ret->type = VB_OPAQUE_DOUBLE;
		ret->real = *vb->val.doubleVal;
		return 0;
	case ASN_OBJECT_ID:
		return oid_value(vb, m, ret);
	case ASN_NULL:
	case SNMP_NOSUCHOBJECT:
	case SNMP_NOSUCHINSTANCE:
	case SNMP_ENDOFMIBVIEW:
		return 0;
	}
	return octets_value(vb, m, ret);
}

static int convert(const netsnmp_pdu *pdu, struct snmp_message *m)
{
	if (pdu->command != SNMP_MSG_RESPONSE ||
	    (pdu->version != SNMP_VERSION_1 && pdu->version != SNMP_VERSION_2c) ||
	    pdu->community_len > m->cap_text - m->n_text)
		return -1;
	m->version = pdu->version == SNMP_VERSION_1 ? SNMP_V1 : SNMP_V2C;
	m->pdu = SNMP_PDU_RESPONSE;
	if (pdu->community_len) /* of none, net-snmp has no pointer */
		memcpy(m->text, pdu->community, pdu->community_len);
	m->community = (const uint8_t *)m->text;
	m->n_community = pdu->community_len;
	m->n_text = pdu->community_len;
	m->id = (int32_t)pdu->reqid;
	if (pdu->errstat < 0 || pdu->errstat > INT32_MAX || pdu->errindex < 0 ||
	    pdu->errindex > INT32_MAX)
		return -1;
	m->error = (int)pdu->errstat;
	m->error_index = (int)pdu->errindex;
	for (const netsnmp_variable_list *vb = pdu->variables; vb; vb = vb->next_variable) {
		struct varbind *to;

		if (vb->name_length > OID_MAX)
			return -1;
		to = snmp_codec_add(m);
		to->oid.n = (uint8_t)vb->name_length;
		for (size_t i = 0; i < vb->name_length; i++)
			to->oid.arc[i] = (uint32_t)vb->name[i];
		if (value(vb, m, &to->value) < 0)
			return -1;
	}
	return 0;
}

int snmp_lenient_read(const uint8_t *packet, size_t n, struct snmp_message *m)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_RESPONSE);
	uint8_t *copy;
	int ok = -1;

	if (!pdu)
		return -1;
	/* The parser takes a buffer that it may write to. */
	copy = malloc(n ? n : 1);
	if (copy) {
		memcpy(copy, packet, n);
		snmp_codec_start(m, n);
		if (snmp_parse(NULL, &session, pdu, copy, n) == SNMPERR_SUCCESS)
			ok = convert(pdu, m);
	}
	free(copy);
	snmp_free_pdu(pdu);
	return ok;
}
