/* SPDX-License-Identifier: Apache-2.0 */
/* Messages over the primitives of snmp_ber.h; the reader walks the packet once. */
#include "transport/snmp_codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "transport/snmp_ber.h"

enum {
	TAG_UINTEGER32 = 0x47,
	TAG_OPAQUE_COUNTER64 = 0x76,
	TAG_OPAQUE_I64 = 0x7a,
	TAG_OPAQUE_U64 = 0x7b
};

/* ---- writer --------------------------------------------------------------- */

static void put_arc(struct snmp_ber_out *out, uint32_t arc)
{
	snmp_ber_put(out, arc & 0x7f);
	while (arc >>= 7)
		snmp_ber_put(out, 0x80 | (arc & 0x7f));
}

static void put_oid(struct snmp_ber_out *out, const struct oid *oid)
{
	const uint8_t *end = out->at;
	uint8_t i = oid->n;

	while (i > 2)
		put_arc(out, oid->arc[--i]);
	put_arc(out, (oid->n > 0 ? oid->arc[0] * 40 : 0) + (oid->n > 1 ? oid->arc[1] : 0));
	snmp_ber_put_header(out, VB_OID, end);
}

static uint8_t request_pdu(const struct snmp_ask *request)
{
	if (!request->what)
		return SNMP_PDU_GET;
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

static void put_names(struct snmp_ber_out *out, const struct plan_request *what)
{
	for (uint16_t i = what->n_oids; i-- > 0;) {
		const uint8_t *vb_end = out->at;

		snmp_ber_put(out, 0);
		snmp_ber_put(out, VB_NULL);
		put_oid(out, &what->oids[i]);
		snmp_ber_put_header(out, SNMP_BER_SEQUENCE, vb_end);
	}
}

#define NAME_MAX_ENCODED 120 /* with what is around it below 128: all lengths are one byte */

void snmp_codec_prepare(struct plan_request *what)
{
	struct snmp_ber_out out = { 0 };
	size_t size = (size_t)what->n_oids * (NAME_MAX_ENCODED + 4);

	free(what->encoded);
	what->encoded = NULL;
	what->n_encoded = 0;
	if (what->kind != REQUEST_SNMP_GET || !what->n_oids)
		return;
	for (uint16_t i = 0; i < what->n_oids; i++) {
		size_t n = 1;

		for (uint8_t k = 2; k < what->oids[i].n; k++)
			n += what->oids[i].arc[k] < 128 ? 1 : what->oids[i].arc[k] < 16384 ? 2 : 5;
		if (n + 2 > NAME_MAX_ENCODED)
			return;
	}
	out.start = xcalloc(size, 1);
	out.at = out.start + size;
	put_names(&out, what);
	if (!out.full) {
		what->n_encoded = (size_t)(out.start + size - out.at);
		what->encoded = xcalloc(what->n_encoded, 1);
		memcpy(what->encoded, out.at, what->n_encoded);
	}
	free(out.start);
}

static void put_pdu(struct snmp_ber_out *out, const struct snmp_ask *request)
{
	const struct plan_request *what = request->what;
	const uint8_t *const end = out->at;
	uint8_t pdu = request_pdu(request);

	if (what && what->encoded)
		snmp_ber_put_bytes(out, what->encoded, what->n_encoded);
	else if (what)
		put_names(out, what);
	snmp_ber_put_header(out, SNMP_BER_SEQUENCE, end);
	snmp_ber_put_integer(out, pdu == SNMP_PDU_BULK ? what->max_repetitions : 0);
	snmp_ber_put_integer(out, 0); /* error-status, or non-repeaters */
	snmp_ber_put_integer(out, request->id);
	snmp_ber_put_header(out, pdu, end);
}

size_t snmp_codec_write_pdu(const struct snmp_ask *request, uint8_t *buf, size_t size)
{
	struct snmp_ber_out out = { buf, buf + size, false };

	put_pdu(&out, request);
	return out.full ? 0 : (size_t)(buf + size - out.at);
}

size_t snmp_codec_write(const struct snmp_ask *request, uint8_t *buf, size_t size)
{
	struct snmp_ber_out out = { buf, buf + size, false };
	const uint8_t *const end = buf + size, *community_end;
	size_t n;

	put_pdu(&out, request);
	community_end = out.at;
	snmp_ber_put_bytes(&out, request->community, strlen(request->community));
	snmp_ber_put_header(&out, VB_OCTETS, community_end);
	snmp_ber_put_integer(&out, request->version);
	snmp_ber_put_header(&out, SNMP_BER_SEQUENCE, end);
	if (out.full)
		return 0;
	n = (size_t)(end - out.at);
	memmove(buf, out.at, n);
	return n;
}

/* ---- reader --------------------------------------------------------------- */

/* 1 to 9 bytes. Agents forget the leading zero of a number with its top bit set: a number of
 * an unsigned type is never negative. One wider than the type is refused. */
static int read_unsigned(struct snmp_ber_in in, unsigned bits, uint64_t *ret)
{
	size_t n = snmp_ber_left(&in), bytes = bits / 8;
	uint64_t v = 0;

	if (n < 1 || n > bytes + 1 || (n == bytes + 1 && in.at[0] != 0))
		return -1;
	while (in.at < in.end)
		v = v << 8 | *in.at++;
	*ret = v;
	return 0;
}

/* The next arc; -1 at the end, above 32 bits or when cut. */
static int read_arc(struct snmp_ber_in *in, uint64_t *ret)
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

static int read_oid(struct snmp_ber_in in, struct oid *ret)
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

static int read_oid_text(struct snmp_ber_in in, struct snmp_message *m, struct vb_value *ret)
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
static bool read_opaque(struct snmp_ber_in in, struct vb_value *ret)
{
	uint64_t bits = 0;
	uint8_t tag;
	size_t n;

	if (snmp_ber_left(&in) < 4 || in.at[0] != 0x9f)
		return false;
	tag = in.at[1];
	n = in.at[2];
	in.at += 3;
	if (snmp_ber_left(&in) != n)
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
		return snmp_ber_signed(in, &ret->integer) == 0;
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
	    !read_opaque((struct snmp_ber_in){ value->octets, value->octets + value->n_octets },
			 &inner))
		return false;
	*value = inner;
	return true;
}

/* A value that its type cannot hold spoils itself, not the values beside it. */
static void read_value(const struct snmp_ber_tlv *tlv, struct snmp_message *m, struct vb_value *ret)
{
	uint64_t u = 0;
	int bad = 0;

	memset(ret, 0, sizeof(*ret));
	ret->type = tlv->tag;
	switch (tlv->tag) {
	case VB_INTEGER:
		bad = snmp_ber_signed(tlv->in, &ret->integer);
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
		ret->n_octets = snmp_ber_left(&tlv->in);
		(void)snmp_codec_unwrap(ret);
		break;
	}
	if (bad)
		*ret = (struct vb_value){ .type = SNMP_BAD_VALUE, .octets = tlv->in.at,
					  .n_octets = snmp_ber_left(&tlv->in) };
}

void snmp_codec_start(struct snmp_message *m, size_t packet_size)
{
	/* One byte of BER is at most "127." or, once per OID, "2.47." and its NUL. */
	xgrow(&m->text, &m->cap_text, packet_size * 5 + 16, 1);
	m->n_text = 0;
	m->n_vbs = 0;
	m->matched = NULL;
}

struct varbind *snmp_codec_add(struct snmp_message *m)
{
	xgrow(&m->vbs, &m->cap_vbs, m->n_vbs + 1, sizeof(*m->vbs));
	return &m->vbs[m->n_vbs++];
}

/* Reads values behind exactly the names of a prepared GET; -1: they are not these. */
static int read_asked(struct snmp_ber_in list, const struct plan_request *what,
		      struct snmp_message *m)
{
	const uint8_t *name = what->encoded, *const end = name + what->n_encoded;
	struct vb_value *to;

	xgrow(&m->values, &m->cap_values, what->n_oids, sizeof(*m->values));
	to = m->values;
	/* name: 30 n 06 k ... 05 00, all lengths of one byte */
	for (; name < end; name += 2 + name[1], to++) {
		size_t n = 2u + name[3];
		struct snmp_ber_tlv vb, value;

		if (snmp_ber_tagged(&list, SNMP_BER_SEQUENCE, &vb) < 0 ||
		    snmp_ber_left(&vb.in) < n || memcmp(vb.in.at, name + 2, n) != 0)
			return -1;
		vb.in.at += n;
		if (snmp_ber_next(&vb.in, &value) < 0 || vb.in.at != vb.in.end)
			return -1;
		read_value(&value, m, to);
	}
	return list.at == list.end ? 0 : -1;
}

/* The content of a PDU. */
static int read_pdu(struct snmp_ber_in pdu, struct snmp_message *m)
{
	struct snmp_ber_tlv list, vb, name, value;
	int64_t id, error, error_index;

	if (snmp_ber_small(&pdu, INT32_MIN, INT32_MAX, &id) < 0 ||
	    snmp_ber_small(&pdu, 0, INT32_MAX, &error) < 0 ||
	    snmp_ber_small(&pdu, 0, INT32_MAX, &error_index) < 0 ||
	    snmp_ber_tagged(&pdu, SNMP_BER_SEQUENCE, &list) < 0)
		return -1;
	m->id = (int32_t)id;
	m->error = (int)error;
	m->error_index = (int)error_index;
	if (m->asked && !error) {
		const struct plan_request *what = m->asked(m->user, m->id);

		if (what && what->encoded && read_asked(list.in, what, m) == 0) {
			m->matched = what;
			return 0;
		}
		m->n_text = 0;
	}
	while (list.in.at < list.in.end) {
		struct varbind *to;

		if (snmp_ber_tagged(&list.in, SNMP_BER_SEQUENCE, &vb) < 0 ||
		    snmp_ber_tagged(&vb.in, VB_OID, &name) < 0 ||
		    snmp_ber_next(&vb.in, &value) < 0 || vb.in.at != vb.in.end)
			return -1;
		to = snmp_codec_add(m);
		if (read_oid(name.in, &to->oid) < 0)
			return -1;
		read_value(&value, m, &to->value);
	}
	return 0;
}

int snmp_codec_read(const uint8_t *packet, size_t n, struct snmp_message *m)
{
	struct snmp_ber_in c = { packet, packet + n };
	struct snmp_ber_tlv message, community, pdu;
	int64_t version;

	snmp_codec_start(m, n);
	if (snmp_ber_tagged(&c, SNMP_BER_SEQUENCE, &message) < 0 ||
	    snmp_ber_small(&message.in, SNMP_V1, SNMP_V2C, &version) < 0 ||
	    snmp_ber_tagged(&message.in, VB_OCTETS, &community) < 0 ||
	    snmp_ber_tagged(&message.in, SNMP_PDU_RESPONSE, &pdu) < 0)
		return -1;
	m->version = (enum snmp_codec_version)version;
	m->community = community.in.at;
	m->n_community = snmp_ber_left(&community.in);
	m->pdu = SNMP_PDU_RESPONSE;
	return read_pdu(pdu.in, m);
}

int snmp_codec_read_pdu(const uint8_t *data, size_t n, struct snmp_message *m)
{
	struct snmp_ber_in c = { data, data + n };
	struct snmp_ber_tlv pdu;

	snmp_codec_start(m, n);
	if (snmp_ber_next(&c, &pdu) < 0 ||
	    (pdu.tag != SNMP_PDU_RESPONSE && pdu.tag != SNMP_PDU_REPORT))
		return -1;
	m->version = SNMP_V3;
	m->community = NULL;
	m->n_community = 0;
	m->pdu = pdu.tag;
	return read_pdu(pdu.in, m);
}

void snmp_codec_done(struct snmp_message *m)
{
	free(m->vbs);
	free(m->values);
	free(m->text);
	memset(m, 0, sizeof(*m));
}
