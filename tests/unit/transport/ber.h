/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SNMP messages for tests, written by hand: shares nothing with the collector's codec,
 * and writes what no correct agent would.
 */
#pragma once

#include <stdint.h>
#include <string.h>

struct ber {
	uint8_t b[4096];
	size_t n;
};

static inline void ber_bytes(struct ber *m, const void *data, size_t n)
{
	memcpy(m->b + m->n, data, n);
	m->n += n;
}

/* Makes everything from `from` the content of a TLV. Lengths in the form 82 hi lo. */
static inline void ber_wrap(struct ber *m, size_t from, uint8_t tag)
{
	size_t n = m->n - from;
	uint8_t header[4] = { tag, 0x82, (uint8_t)(n >> 8), (uint8_t)n };

	memmove(m->b + from + 4, m->b + from, n);
	memcpy(m->b + from, header, 4);
	m->n += 4;
}

static inline void ber_tlv(struct ber *m, uint8_t tag, const void *data, size_t n)
{
	size_t from = m->n;

	ber_bytes(m, data, n);
	ber_wrap(m, from, tag);
}

static inline void ber_int(struct ber *m, uint8_t tag, uint32_t value)
{
	uint8_t b[5] = { 0, (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
			 (uint8_t)value };

	ber_tlv(m, tag, b, sizeof(b));
}

/* 1.3.6.1.LAST with LAST below 128 */
static inline void ber_name(struct ber *m, uint8_t last)
{
	const uint8_t oid[] = { 0x2b, 6, 1, last };

	ber_tlv(m, 6, oid, sizeof(oid));
}

struct ber_vb {
	uint8_t last; /* name 1.3.6.1.LAST */
	uint8_t tag;
	const void *data;
	size_t n;
};

struct ber_head {
	uint8_t version, pdu;
	const char *community;
	uint32_t id, error, error_index;
};

static inline void ber_message(struct ber *m, const struct ber_head *head, const struct ber_vb *vbs,
			       size_t n_vbs)
{
	size_t pdu, list;

	m->n = 0;
	ber_tlv(m, 2, &head->version, 1);
	ber_tlv(m, 4, head->community, strlen(head->community));
	pdu = m->n;
	ber_int(m, 2, head->id);
	ber_int(m, 2, head->error);
	ber_int(m, 2, head->error_index);
	list = m->n;
	for (size_t i = 0; i < n_vbs; i++) {
		size_t vb = m->n;

		ber_name(m, vbs[i].last);
		ber_tlv(m, vbs[i].tag, vbs[i].data, vbs[i].n);
		ber_wrap(m, vb, 0x30);
	}
	ber_wrap(m, list, 0x30);
	ber_wrap(m, pdu, head->pdu);
	ber_wrap(m, 0, 0x30);
}
