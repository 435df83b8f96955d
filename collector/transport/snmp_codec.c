/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer builds from the end of the buffer, so every length is known when its
 * header is written. The reader walks the packet once with a cursor per nesting level;
 * no read passes the end of the enclosing TLV.
 */
#include "transport/snmp_codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { TAG_SEQUENCE = 0x30, TAG_UINTEGER32 = 0x47, TAG_OPAQUE_COUNTER64 = 0x76,
       TAG_OPAQUE_I64 = 0x7a, TAG_OPAQUE_U64 = 0x7b };

/* ---- writer --------------------------------------------------------------- */

struct out {
	uint8_t *start, *at;
	bool full;
};

static void put(struct out *out, uint8_t byte)
{
	if (out->at == out->start)
		out->full = true;
	else
		*--out->at = byte;
}

/* The header of everything between out->at and end. */
static void put_header(struct out *out, uint8_t tag, const uint8_t *end)
{
	size_t n = (size_t)(end - out->at);

	if (n < 0x80) {
		put(out, (uint8_t)n);
	} else {
		uint8_t octets = 0;

		for (; n; n >>= 8, octets++)
			put(out, (uint8_t)n);
		put(out, 0x80 | octets);
	}
	put(out, tag);
}

static void put_integer(struct out *out, uint32_t value)
{
	const uint8_t *end = out->at;
	bool top;

	do {
		top = value & 0x80;
		put(out, (uint8_t)value);
		value >>= 8;
	} while (value);
	if (top)
		put(out, 0);
	put_header(out, VB_INTEGER, end);
}

static void put_arc(struct out *out, uint32_t arc)
{
	put(out, arc & 0x7f);
	while (arc >>= 7)
		put(out, 0x80 | (arc & 0x7f));
}

static void put_oid(struct out *out, const struct oid *oid)
{
	const uint8_t *end = out->at;
	uint8_t i = oid->n;

	while (i > 2)
		put_arc(out, oid->arc[--i]);
	put_arc(out, (oid->n > 0 ? oid->arc[0] * 40 : 0) + (oid->n > 1 ? oid->arc[1] : 0));
	put_header(out, VB_OID, end);
}

static uint8_t request_pdu(const struct snmp_ask *request)
{
	switch (request->what->kind) {
	case REQUEST_SNMP_GET:
		return SNMP_PDU_GET;
	case REQUEST_SNMP_BULK:
		return request->version == SNMP_V1 ? SNMP_PDU_NEXT : SNMP_PDU_BULK;
	case REQUEST_SNMP_NEXT:
	case REQUEST_MODBUS_READ:
		break;
	}
	return SNMP_PDU_NEXT;
}

size_t snmp_codec_write(const struct snmp_ask *request, uint8_t *buf, size_t size)
{
	const struct plan_request *what = request->what;
	struct out out = { buf, buf + size, false };
	const uint8_t *const end = buf + size;
	uint8_t pdu = request_pdu(request);
	size_t n;

	for (uint16_t i = what->n_oids; i-- > 0;) {
		const uint8_t *vb_end = out.at;

		put(&out, 0);
		put(&out, VB_NULL);
		put_oid(&out, &what->oids[i]);
		put_header(&out, TAG_SEQUENCE, vb_end);
	}
	put_header(&out, TAG_SEQUENCE, end);
	put_integer(&out, pdu == SNMP_PDU_BULK ? what->max_repetitions : 0);
	put_integer(&out, 0); /* error-status, or non-repeaters */
	put_integer(&out, request->id);
	put_header(&out, pdu, end);
	{
		const uint8_t *community_end = out.at;

		for (size_t i = strlen(request->community); i-- > 0;)
			put(&out, (uint8_t)request->community[i]);
		put_header(&out, VB_OCTETS, community_end);
	}
	put_integer(&out, request->version);
	put_header(&out, TAG_SEQUENCE, end);
	if (out.full)
		return 0;
	n = (size_t)(end - out.at);
	memmove(buf, out.at, n);
	return n;
}

/* ---- reader --------------------------------------------------------------- */

struct cursor {
	const uint8_t *at, *end;
};

struct tlv {
	uint8_t tag;
	struct cursor in;
};

static size_t left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static int next_tlv(struct cursor *c, struct tlv *ret)
{
	size_t n;

	if (left(c) < 2 || (c->at[0] & 0x1f) == 0x1f) /* tags of more than one byte: none in SNMP */
		return -1;
	ret->tag = *c->at++;
	n = *c->at++;
	if (n & 0x80) {
		size_t octets = n & 0x7f;

		if (octets < 1 || octets > 4 || left(c) < octets)
			return -1;
		for (n = 0; octets; octets--)
			n = n << 8 | *c->at++;
	}
	if (left(c) < n)
		return -1;
	ret->in.at = c->at;
	ret->in.end = c->at += n;
	return 0;
}

static int next_tagged(struct cursor *c, uint8_t tag, struct tlv *ret)
{
	struct cursor ahead = *c;

	if (next_tlv(&ahead, ret) < 0 || ret->tag != tag)
		return -1;
	*c = ahead;
	return 0;
}

/* Two's complement of 1 to 8 bytes; a ninth may only extend the sign. */
static int read_signed(struct cursor in, int64_t *ret)
{
	size_t n = left(&in);
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

/* 1 to 9 bytes. Agents forget the leading zero of a number with its top bit set: a number of
 * an unsigned type is never negative. One wider than the type is refused. */
static int read_unsigned(struct cursor in, unsigned bits, uint64_t *ret)
{
	size_t n = left(&in), bytes = bits / 8;
	uint64_t v = 0;

	if (n < 1 || n > bytes + 1 || (n == bytes + 1 && in.at[0] != 0))
		return -1;
	while (in.at < in.end)
		v = v << 8 | *in.at++;
	*ret = v;
	return 0;
}

/* The next arc; -1 at the end, above 32 bits or when cut. */
static int read_arc(struct cursor *in, uint64_t *ret)
{
	uint64_t arc = 0;

	while (in->at < in->end) {
		uint8_t byte = *in->at++;

		if (arc > UINT64_C(0xffffffff) >> 7)
			return -1;
		arc = arc << 7 | (byte & 0x7f);
		if (!(byte & 0x80)) {
			*ret = arc;
			return 0;
		}
	}
	return -1;
}

/* The first byte group holds two arcs: 40 * first + second (X.690, 8.19.4). */
static void split_first(uint64_t both, uint32_t *ret_first, uint32_t *ret_second)
{
	*ret_first = both < 80 ? (uint32_t)(both / 40) : 2;
	*ret_second = (uint32_t)(both - *ret_first * 40);
}

static int read_oid(struct cursor in, struct oid *ret)
{
	uint64_t arc;

	ret->n = 2;
	ret->arc[0] = ret->arc[1] = 0;
	if (in.at == in.end) /* "06 00": 0.0 */
		return 0;
	if (read_arc(&in, &arc) < 0)
		return -1;
	split_first(arc, &ret->arc[0], &ret->arc[1]);
	while (in.at < in.end) {
		if (ret->n == OID_MAX || read_arc(&in, &arc) < 0)
			return -1;
		ret->arc[ret->n++] = (uint32_t)arc;
	}
	return 0;
}

static int read_oid_text(struct cursor in, struct snmp_message *m, struct vb_value *ret)
{
	char *start = m->text + m->n_text;
	size_t used = 0, room = m->cap_text - m->n_text;
	uint32_t first = 0, second = 0;
	uint64_t arc;
	int n;

	if (in.at < in.end) {
		if (read_arc(&in, &arc) < 0)
			return -1;
		split_first(arc, &first, &second);
	}
	n = snprintf(start, room, "%" PRIu32 ".%" PRIu32, first, second);
	for (;;) {
		if (n < 0 || (size_t)n >= room - used)
			return -1;
		used += (size_t)n;
		if (in.at == in.end)
			break;
		if (read_arc(&in, &arc) < 0)
			return -1;
		n = snprintf(start + used, room - used, ".%" PRIu64, arc);
	}
	m->n_text += used + 1;
	ret->octets = (const uint8_t *)start;
	ret->n_octets = used;
	return 0;
}

/* net-snmp's wrapping: 44 len 9f 78..7b len value. False: an ordinary Opaque. */
static bool read_opaque(struct cursor in, struct vb_value *ret)
{
	uint64_t bits = 0;
	uint8_t tag;
	size_t n;

	if (left(&in) < 4 || in.at[0] != 0x9f)
		return false;
	tag = in.at[1];
	n = in.at[2];
	in.at += 3;
	if (left(&in) != n)
		return false;
	switch (tag) {
	case VB_OPAQUE_FLOAT:
	case VB_OPAQUE_DOUBLE:
		if (n != (tag == VB_OPAQUE_FLOAT ? 4 : 8))
			return false;
		while (in.at < in.end)
			bits = bits << 8 | *in.at++;
		if (tag == VB_OPAQUE_FLOAT) {
			uint32_t word = (uint32_t)bits;
			float f;

			memcpy(&f, &word, sizeof(f));
			ret->real = (double)f;
		} else {
			memcpy(&ret->real, &bits, sizeof(ret->real));
		}
		ret->type = tag;
		return true;
	case TAG_OPAQUE_I64:
		ret->type = VB_INTEGER;
		return read_signed(in, &ret->integer) == 0;
	case TAG_OPAQUE_COUNTER64:
	case TAG_OPAQUE_U64:
		if (read_unsigned(in, 64, &bits) < 0)
			return false;
		ret->type = VB_COUNTER64;
		ret->integer = (int64_t)bits;
		return true;
	}
	return false;
}

bool snmp_codec_unwrap(struct vb_value *value)
{
	struct vb_value inner = { 0 };

	if (value->type != VB_OPAQUE ||
	    !read_opaque((struct cursor){ value->octets, value->octets + value->n_octets }, &inner))
		return false;
	*value = inner;
	return true;
}

/* A value that its type cannot hold spoils itself, not the values beside it. */
static void read_value(const struct tlv *tlv, struct snmp_message *m, struct vb_value *ret)
{
	uint64_t u = 0;
	int bad = 0;

	memset(ret, 0, sizeof(*ret));
	ret->type = tlv->tag;
	switch (tlv->tag) {
	case VB_INTEGER:
		bad = read_signed(tlv->in, &ret->integer);
		break;
	case TAG_UINTEGER32: /* RFC 1442, long gone and still sent */
		ret->type = VB_GAUGE32;
		/* fall through */
	case VB_COUNTER32:
	case VB_GAUGE32:
	case VB_TIMETICKS:
	case VB_COUNTER64:
		bad = read_unsigned(tlv->in, tlv->tag == VB_COUNTER64 ? 64 : 32, &u);
		ret->integer = (int64_t)u;
		break;
	case VB_OID:
		bad = read_oid_text(tlv->in, m, ret);
		break;
	case VB_NULL:
	case VB_NO_SUCH_OBJECT:
	case VB_NO_SUCH_INSTANCE:
	case VB_END_OF_VIEW:
		break;
	case VB_OPAQUE_FLOAT: /* only inside an Opaque; alone it would read as 0 */
	case VB_OPAQUE_DOUBLE:
		bad = -1;
		break;
	default:
		ret->octets = tlv->in.at;
		ret->n_octets = left(&tlv->in);
		(void)snmp_codec_unwrap(ret);
		break;
	}
	if (bad)
		*ret = (struct vb_value){ .type = SNMP_BAD_VALUE, .octets = tlv->in.at,
					  .n_octets = left(&tlv->in) };
}

void snmp_codec_start(struct snmp_message *m, size_t packet_size)
{
	/* One byte of BER is at most "127." or, once per OID, "2.47." and its NUL. */
	xgrow(&m->text, &m->cap_text, packet_size * 5 + 16, 1);
	m->n_text = 0;
	m->n_vbs = 0;
}

struct varbind *snmp_codec_add(struct snmp_message *m)
{
	xgrow(&m->vbs, &m->cap_vbs, m->n_vbs + 1, sizeof(*m->vbs));
	return &m->vbs[m->n_vbs++];
}

static int read_small(struct cursor *c, int64_t low, int64_t high, int64_t *ret)
{
	struct tlv tlv;
	int64_t v;

	if (next_tagged(c, VB_INTEGER, &tlv) < 0 || read_signed(tlv.in, &v) < 0 || v < low ||
	    v > high)
		return -1;
	*ret = v;
	return 0;
}

int snmp_codec_read(const uint8_t *packet, size_t n, struct snmp_message *m)
{
	struct cursor c = { packet, packet + n };
	struct tlv message, community, pdu, list, vb, name, value;
	int64_t version, id, error, error_index;

	snmp_codec_start(m, n);
	if (next_tagged(&c, TAG_SEQUENCE, &message) < 0 ||
	    read_small(&message.in, SNMP_V1, SNMP_V2C, &version) < 0 ||
	    next_tagged(&message.in, VB_OCTETS, &community) < 0 ||
	    next_tagged(&message.in, SNMP_PDU_RESPONSE, &pdu) < 0 ||
	    read_small(&pdu.in, INT32_MIN, INT32_MAX, &id) < 0 ||
	    read_small(&pdu.in, 0, INT32_MAX, &error) < 0 ||
	    read_small(&pdu.in, 0, INT32_MAX, &error_index) < 0 ||
	    next_tagged(&pdu.in, TAG_SEQUENCE, &list) < 0)
		return -1;
	m->version = (enum snmp_codec_version)version;
	m->community = community.in.at;
	m->n_community = left(&community.in);
	m->id = (int32_t)id;
	m->error = (int)error;
	m->error_index = (int)error_index;
	while (list.in.at < list.in.end) {
		struct varbind *to;

		if (next_tagged(&list.in, TAG_SEQUENCE, &vb) < 0 ||
		    next_tagged(&vb.in, VB_OID, &name) < 0 || next_tlv(&vb.in, &value) < 0 ||
		    vb.in.at != vb.in.end)
			return -1;
		to = snmp_codec_add(m);
		if (read_oid(name.in, &to->oid) < 0)
			return -1;
		read_value(&value, m, &to->value);
	}
	return 0;
}

void snmp_codec_done(struct snmp_message *m)
{
	free(m->vbs);
	free(m->text);
	memset(m, 0, sizeof(*m));
}
