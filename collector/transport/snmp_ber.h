/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BER as SNMP uses it (X.690, narrowed by RFC 3417 section 8), for snmp_codec.c and snmp_v3.c.
 * The writer goes from the end of its buffer to the start, so every length is known when its
 * header is written. The reader keeps a cursor per nesting level: no read passes the
 * end of the enclosing TLV. Inline, because it is what a request costs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/oid.h"

#define SNMP_BER_SEQUENCE 0x30

struct snmp_ber_out {
	uint8_t *start, *at;
	bool full;
};

static inline void snmp_ber_put(struct snmp_ber_out *out, uint8_t byte)
{
	if (out->at == out->start)
		out->full = true;
	else
		*--out->at = byte;
}

static inline void snmp_ber_put_bytes(struct snmp_ber_out *out, const void *data, size_t n)
{
	if ((size_t)(out->at - out->start) < n) {
		out->full = true;
	} else if (n) {
		out->at -= n;
		memcpy(out->at, data, n);
	}
}

/* The header of everything between out->at and end. */
static inline void snmp_ber_put_header(struct snmp_ber_out *out, uint8_t tag, const uint8_t *end)
{
	size_t n = (size_t)(end - out->at);

	if (n < 0x80) {
		snmp_ber_put(out, (uint8_t)n);
	} else {
		uint8_t octets = 0;

		for (; n; n >>= 8, octets++)
			snmp_ber_put(out, (uint8_t)n);
		snmp_ber_put(out, 0x80 | octets);
	}
	snmp_ber_put(out, tag);
}

static inline void snmp_ber_put_integer(struct snmp_ber_out *out, uint32_t value)
{
	const uint8_t *end = out->at;
	bool top;

	do {
		top = value & 0x80;
		snmp_ber_put(out, (uint8_t)value);
		value >>= 8;
	} while (value);
	if (top)
		snmp_ber_put(out, 0);
	snmp_ber_put_header(out, VB_INTEGER, end);
}

struct snmp_ber_in {
	const uint8_t *at, *end;
};

struct snmp_ber_tlv {
	uint8_t tag;
	struct snmp_ber_in in;
};

static inline size_t snmp_ber_left(const struct snmp_ber_in *c)
{
	return (size_t)(c->end - c->at);
}

static inline int snmp_ber_next(struct snmp_ber_in *c, struct snmp_ber_tlv *ret)
{
	size_t n;

	/* Tags of more than one byte: none in SNMP. */
	if (snmp_ber_left(c) < 2 || (c->at[0] & 0x1f) == 0x1f)
		return -1;
	ret->tag = *c->at++;
	n = *c->at++;
	if (n & 0x80) {
		size_t octets = n & 0x7f;

		if (octets < 1 || octets > 4 || snmp_ber_left(c) < octets)
			return -1;
		for (n = 0; octets; octets--)
			n = n << 8 | *c->at++;
	}
	if (snmp_ber_left(c) < n)
		return -1;
	ret->in.at = c->at;
	ret->in.end = c->at += n;
	return 0;
}

static inline int snmp_ber_tagged(struct snmp_ber_in *c, uint8_t tag, struct snmp_ber_tlv *ret)
{
	struct snmp_ber_in ahead = *c;

	if (snmp_ber_next(&ahead, ret) < 0 || ret->tag != tag)
		return -1;
	*c = ahead;
	return 0;
}

/* Two's complement of 1 to 8 bytes; a ninth may only extend the sign. */
static inline int snmp_ber_signed(struct snmp_ber_in in, int64_t *ret)
{
	size_t n = snmp_ber_left(&in);
	uint64_t v;

	if (n < 1 || n > 9)
		return -1;
	if (n == 9) {
		uint8_t fill = in.at[1] & 0x80 ? 0xff : 0;

		if (*in.at++ != fill)
			return -1;
	}
	v = *in.at & 0x80 ? UINT64_MAX : 0;
	while (in.at < in.end)
		v = v << 8 | *in.at++;
	*ret = (int64_t)v;
	return 0;
}

static inline int snmp_ber_small(struct snmp_ber_in *c, int64_t low, int64_t high, int64_t *ret)
{
	struct snmp_ber_tlv tlv;
	int64_t v;

	if (snmp_ber_tagged(c, VB_INTEGER, &tlv) < 0 || snmp_ber_signed(tlv.in, &v) < 0 ||
	    v < low || v > high)
		return -1;
	*ret = v;
	return 0;
}
