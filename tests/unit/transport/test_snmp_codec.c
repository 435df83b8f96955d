/* SPDX-License-Identifier: Apache-2.0 */
/* SNMP messages: bytes of requests, values of answers, and every way to be no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ber.h"
#include "transport/snmp_codec.h"
#include "transport/snmp_lenient.h"

static const struct ber_head head = { 1, SNMP_PDU_RESPONSE, "public", 0x1234567, 0, 0 };

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

static const struct ber_vb all_types[] = {
	{ 1, 0x02, BYTES(0xff) },                                       /* -1 */
	{ 2, 0x02, BYTES(0, 0, 0, 0, 0, 0, 0, 0, 7) },                  /* nine bytes for 7 */
	{ 3, 0x04, BYTES('A', 'P', 'C', 0) },
	{ 4, 0x05, BYTES(0), },
	{ 5, 0x06, BYTES(0x2b, 6, 1, 4, 1, 0x82, 0x3e) },               /* 1.3.6.1.4.1.318 */
	{ 6, 0x40, BYTES(192, 0, 2, 1) },
	{ 7, 0x41, BYTES(0, 0xff, 0xff, 0xff, 0xff) },
	{ 8, 0x42, BYTES(0xff, 0xff, 0xff, 0xff) },                     /* leading zero forgotten */
	{ 9, 0x43, BYTES(0x01, 0x00) },
	{ 10, 0x46, BYTES(0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe) },
	{ 11, 0x44, BYTES(0x9f, 0x78, 4, 0x42, 0xf6, 0xe9, 0x79) },     /* 123.456f */
	{ 12, 0x44, BYTES(0x9f, 0x79, 8, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0) }, /* 1.5 */
	{ 13, 0x44, BYTES(1, 2, 3, 4) },                                /* plain Opaque */
	{ 14, 0x80, BYTES(0) }, { 15, 0x81, BYTES(0) }, { 16, 0x82, BYTES(0) },
};
#define N_ALL (sizeof(all_types) / sizeof(all_types[0]))

/* NULL and the exceptions have no content. */
static void all_message(struct ber *m)
{
	struct ber_vb vbs[N_ALL];

	memcpy(vbs, all_types, sizeof(vbs));
	for (size_t i = 0; i < N_ALL; i++) {
		if (vbs[i].tag == 5 || vbs[i].tag >= 0x80)
			vbs[i].n = 0;
	}
	ber_message(m, &head, vbs, N_ALL);
}

static void test_request_bytes(void **state)
{
	/* As net-snmp's snmpget -v2c -c public writes 1.3.6.1.4.1.318.1.0 and 2.100.3 */
	static const uint8_t expected[] = {
		0x30, 0x39, 2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xa0, 0x2c, 2, 4, 0x11,
		0x22, 0x33, 0x44, 2, 1, 0, 2, 1, 0, 0x30, 0x1e, 0x30, 0x0d, 6, 9, 0x2b, 6, 1, 4, 1,
		0x82, 0x3e, 1, 0, 5, 0, 0x30, 0x0d, 6, 9, 0x81, 0x34, 3, 0x8f, 0xff, 0xff, 0xff,
		0x7f, 5, 5, 0 };
	struct oid oids[2] = { { .n = 9, .arc = { 1, 3, 6, 1, 4, 1, 318, 1, 0 } },
			       { .n = 5, .arc = { 2, 100, 3, 4294967295, 5 } } };
	struct plan_request what = { .kind = REQUEST_SNMP_GET, .oids = oids, .n_oids = 2 };
	struct snmp_ask ask = { SNMP_V2C, "public", 0x11223344, &what };
	uint8_t buf[256];

	(void)state;
	assert_int_equal(snmp_codec_write(&ask, buf, sizeof(buf)), sizeof(expected));
	assert_memory_equal(buf, expected, sizeof(expected));
	/* Exactly enough room, and one byte less. */
	assert_int_equal(snmp_codec_write(&ask, buf, sizeof(expected)), sizeof(expected));
	assert_memory_equal(buf, expected, sizeof(expected));
	for (size_t room = 0; room < sizeof(expected); room++)
		assert_int_equal(snmp_codec_write(&ask, buf, room), 0);
}

static void test_prepared_bytes(void **state)
{
	struct oid oids[2] = { { .n = 9, .arc = { 1, 3, 6, 1, 4, 1, 318, 1, 0 } },
			       { .n = 5, .arc = { 2, 100, 3, 4294967295, 5 } } };
	struct plan_request what = { .kind = REQUEST_SNMP_GET, .oids = oids, .n_oids = 2 };
	struct snmp_ask ask = { SNMP_V2C, "public", 0x11223344, &what };
	uint8_t plain[256], prepared[256];
	size_t n = snmp_codec_write(&ask, plain, sizeof(plain));

	(void)state;
	snmp_codec_prepare(&what);
	assert_non_null(what.encoded);
	assert_int_equal(snmp_codec_write(&ask, prepared, sizeof(prepared)), n);
	assert_memory_equal(prepared, plain, n);
	for (size_t room = 0; room < n; room++)
		assert_int_equal(snmp_codec_write(&ask, prepared, room), 0);
	/* Longer than a length of one byte can tell. */
	oids[1].n = OID_MAX;
	for (size_t i = 2; i < OID_MAX; i++)
		oids[1].arc[i] = UINT32_MAX;
	snmp_codec_prepare(&what);
	assert_null(what.encoded);
	what.kind = REQUEST_SNMP_BULK;
	oids[1].n = 5;
	snmp_codec_prepare(&what);
	assert_null(what.encoded);
}

static const struct plan_request *always(void *user, int32_t id)
{
	(void)id;
	return user;
}

static bool same_value(const struct vb_value *a, const struct vb_value *b);

/* all_message with the shortest lengths, as agents write them; ber.h writes the longest. */
static size_t short_message(uint8_t *buf)
{
	static const uint8_t start[] = { 0x30, 0x82, 0,   0,   2,    1,    1,    4,    6, 'p', 'u',
					 'b',  'l',  'i', 'c', 0xa2, 0x82, 0,    0,    2, 1,   7,
					 2,    1,    0,   2,   1,    0,    0x30, 0x82, 0, 0 };
	size_t n = sizeof(start);

	memcpy(buf, start, n);
	for (size_t i = 0; i < N_ALL; i++) {
		const struct ber_vb *vb = &all_types[i];
		size_t size = vb->tag == 5 || vb->tag >= 0x80 ? 0 : vb->n;
		const uint8_t head_bytes[] = {
			0x30,    (uint8_t)(8 + size), 6, 4, 0x2b, 6, 1, vb->last,
			vb->tag, (uint8_t)size
		};

		memcpy(buf + n, head_bytes, sizeof(head_bytes));
		n += sizeof(head_bytes);
		if (size)
			memcpy(buf + n, vb->data, size);
		n += size;
	}
	for (size_t i = 0; i < 3; i++) {
		const size_t behind[] = { 4, 19, 32 };
		size_t rest = n - behind[i];

		buf[behind[i] - 2] = (uint8_t)(rest >> 8);
		buf[behind[i] - 1] = (uint8_t)rest;
	}
	return n;
}

/* The shortcut for expected names reads what the long way reads, whatever comes. */
static void test_expected_names(void **state)
{
	struct oid oids[N_ALL];
	struct plan_request what = { .kind = REQUEST_SNMP_GET, .oids = oids, .n_oids = N_ALL };
	struct snmp_message plain = { 0 }, with = { .asked = always, .user = &what };
	uint8_t whole[512];
	uint32_t random = 1;
	size_t matched = 0, unmatched = 0, size = short_message(whole);

	(void)state;
	assert_int_equal(snmp_codec_read(whole, size, &plain), 0);
	assert_int_equal(plain.n_vbs, N_ALL);
	for (size_t i = 0; i < N_ALL; i++)
		oids[i] = plain.vbs[i].oid;
	snmp_codec_prepare(&what);
	for (int round = 0; round < 20000; round++) {
		uint8_t packet[sizeof(whole)];
		size_t n = size;
		int ours, theirs;

		memcpy(packet, whole, n);
		for (int k = round % 4; k > 0; k--) {
			random = random * 1664525u + 1013904223u;
			packet[(random >> 8) % n] ^= (uint8_t)(1u << ((random >> 28) & 7));
		}
		if (round % 16 == 0)
			n = (size_t)round / 16 % (size + 1);
		theirs = snmp_codec_read(packet, n, &plain);
		ours = snmp_codec_read(packet, n, &with);
		assert_int_equal(ours, theirs);
		if (ours < 0)
			continue;
		if (!with.matched) {
			assert_int_equal(with.n_vbs, plain.n_vbs);
			unmatched++;
			continue;
		}
		assert_int_equal(plain.n_vbs, N_ALL);
		for (size_t i = 0; i < N_ALL; i++) {
			assert_int_equal(oid_cmp(&plain.vbs[i].oid, &oids[i]), 0);
			assert_true(same_value(&plain.vbs[i].value, &with.values[i]));
		}
		matched++;
	}
	assert_true(matched > 1000 && unmatched > 1000);
	snmp_codec_done(&plain);
	snmp_codec_done(&with);
	free(what.encoded);
}

static void test_bulk_bytes(void **state)
{
	static const uint8_t bulk[] = { 0x30, 0x1e, 2, 1, 1,    4, 1, 'c', 0xa5, 0x16, 2,
					1,    1,    2, 1, 0,    2, 2, 0,   0x80, 0x30, 0x0a,
					0x30, 8,    6, 4, 0x2b, 6, 1, 2,   5,    0 };
	struct oid oid = { .n = 5, .arc = { 1, 3, 6, 1, 2 } };
	struct plan_request what = { .kind = REQUEST_SNMP_BULK, .oids = &oid, .n_oids = 1,
				     .max_repetitions = 128 };
	struct snmp_ask ask = { SNMP_V2C, "c", 1, &what };
	uint8_t buf[256];

	(void)state;
	assert_int_equal(snmp_codec_write(&ask, buf, sizeof(buf)), sizeof(bulk));
	assert_memory_equal(buf, bulk, sizeof(bulk));
	ask.version = SNMP_V1; /* has no GETBULK */
	assert_int_equal(snmp_codec_write(&ask, buf, sizeof(buf)), sizeof(bulk) - 1);
	assert_int_equal(buf[4], 0);
	assert_int_equal(buf[8], SNMP_PDU_NEXT);
	assert_int_equal(buf[18], 0);
}

static void test_values(void **state)
{
	struct snmp_message m = { 0 };
	struct ber b;

	(void)state;
	all_message(&b);
	assert_int_equal(snmp_codec_read(b.b, b.n, &m), 0);
	assert_int_equal(m.version, SNMP_V2C);
	assert_int_equal(m.n_community, 6);
	assert_memory_equal(m.community, "public", 6);
	assert_int_equal(m.id, 0x1234567);
	assert_int_equal(m.n_vbs, N_ALL);
	for (size_t i = 0; i < N_ALL; i++) {
		assert_int_equal(m.vbs[i].oid.n, 5);
		assert_int_equal(m.vbs[i].oid.arc[4], all_types[i].last);
	}
	assert_int_equal(m.vbs[0].value.integer, -1);
	assert_int_equal(m.vbs[1].value.integer, 7);
	assert_int_equal(m.vbs[2].value.n_octets, 4);
	assert_memory_equal(m.vbs[2].value.octets, "APC", 4);
	assert_int_equal(m.vbs[3].value.type, VB_NULL);
	assert_int_equal(m.vbs[4].value.n_octets, strlen("1.3.6.1.4.1.318"));
	assert_memory_equal(m.vbs[4].value.octets, "1.3.6.1.4.1.318", 15);
	assert_memory_equal(m.vbs[5].value.octets, all_types[5].data, 4);
	assert_int_equal(m.vbs[6].value.integer, 4294967295);
	assert_int_equal(m.vbs[7].value.integer, 4294967295);
	assert_int_equal(m.vbs[8].value.integer, 256);
	assert_true((uint64_t)m.vbs[9].value.integer == UINT64_MAX - 1);
	assert_int_equal(m.vbs[10].value.type, VB_OPAQUE_FLOAT);
	assert_true(m.vbs[10].value.real > 123.4559 && m.vbs[10].value.real < 123.4561);
	assert_int_equal(m.vbs[11].value.type, VB_OPAQUE_DOUBLE);
	assert_true(m.vbs[11].value.real == 1.5);
	assert_int_equal(m.vbs[12].value.type, VB_OPAQUE);
	assert_int_equal(m.vbs[12].value.n_octets, 4);
	assert_int_equal(m.vbs[15].value.type, VB_END_OF_VIEW);
	snmp_codec_done(&m);
}

/* Copies to a block of exactly that size, so that a sanitizer sees a read behind it. */
static int read_exact(const uint8_t *data, size_t n, struct snmp_message *m)
{
	uint8_t *copy = malloc(n ? n : 1);
	int result;

	assert_non_null(copy);
	memcpy(copy, data, n);
	result = snmp_codec_read(copy, n, m);
	free(copy);
	return result;
}

static void test_truncated_at_every_byte(void **state)
{
	struct snmp_message m = { 0 };
	struct ber b;

	(void)state;
	all_message(&b);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(read_exact(b.b, n, &m), -1);
	assert_int_equal(read_exact(b.b, b.n, &m), 0);
	snmp_codec_done(&m);
}

static void expect(const struct ber_head *h, const struct ber_vb *vb, int result)
{
	struct snmp_message m = { 0 };
	struct ber b;

	ber_message(&b, h, vb, vb ? 1 : 0);
	assert_int_equal(read_exact(b.b, b.n, &m), result);
	snmp_codec_done(&m);
}

static void test_a_bad_value_spoils_itself_alone(void **state)
{
	const struct ber_vb bad[] = {
		{ 1, 0x02, "", 0 },
		{ 1, 0x02, BYTES(1, 0, 0, 0, 0, 0, 0, 0, 0) },          /* 65 bits */
		{ 1, 0x02, BYTES(0, 0, 0, 0, 0, 0, 0, 0, 0, 1) },
		{ 1, 0x41, BYTES(1, 0, 0, 0, 0) },                      /* 33 bits */
		{ 1, 0x46, BYTES(1, 0, 0, 0, 0, 0, 0, 0, 0) },
		{ 1, 0x06, BYTES(0x2b, 0x86) },                         /* ends in the arc */
		{ 1, 0x06, BYTES(0x2b, 0x90, 0x80, 0x80, 0x80, 0x00) }, /* 33-bit arc */
		{ 1, 0x78, BYTES(0x42, 0xf6, 0xe9, 0x79) },             /* a float, no Opaque */
		{ 1, 0x79, BYTES(0) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct ber_vb vbs[] = { bad[i], { 2, 0x02, BYTES(5) } };
		struct snmp_message m = { 0 };
		struct ber b;

		ber_message(&b, &head, vbs, 2);
		assert_int_equal(snmp_codec_read(b.b, b.n, &m), 0);
		assert_int_equal(m.vbs[0].value.type, SNMP_BAD_VALUE);
		assert_int_equal(m.vbs[0].value.integer, 0);
		assert_int_equal(m.vbs[1].value.integer, 5);
		snmp_codec_done(&m);
	}
}

static void test_what_is_refused(void **state)
{
	const struct ber_vb fine = { 1, 0x02, BYTES(5) };
	const struct ber_vb long_tag = { 1, 0x1f, BYTES(0x81, 0x01) };
	struct ber_head h = head;

	(void)state;
	expect(&head, &fine, 0);
	expect(&head, NULL, 0);
	expect(&head, &long_tag, -1);
	h.pdu = SNMP_PDU_GET;
	expect(&h, &fine, -1);
	h.pdu = 0xa8; /* Report: of version 3 alone */
	expect(&h, &fine, -1);
	h = head;
	h.version = 3;
	expect(&h, &fine, -1);
	h = head;
	h.error = 0x80000000; /* more than an error-status can be */
	expect(&h, &fine, -1);
}

static void test_indefinite_length(void **state)
{
	uint8_t packet[] = { 0x30, 0x80, 2, 1, 1, 4, 1, 'c', 0xa2, 0x0b, 2, 1, 1, 2, 1, 0, 2, 1, 0,
			     0x30, 0, 0, 0 };
	struct snmp_message m = { 0 };

	(void)state;
	assert_int_equal(read_exact(packet, sizeof(packet), &m), -1);
	packet[1] = 0x13;
	assert_int_equal(read_exact(packet, sizeof(packet), &m), 0); /* and two bytes behind it */
	assert_int_equal(m.n_vbs, 0);
	snmp_codec_done(&m);
}

static void test_error_status(void **state)
{
	struct snmp_message m = { 0 };
	struct ber_head h = head;
	const struct ber_vb vb = { 1, 0x05, "", 0 };
	struct ber b;

	(void)state;
	h.version = 0;
	h.error = SNMP_NO_SUCH_NAME;
	h.error_index = 1;
	ber_message(&b, &h, &vb, 1);
	assert_int_equal(snmp_codec_read(b.b, b.n, &m), 0);
	assert_int_equal(m.version, SNMP_V1);
	assert_int_equal(m.error, SNMP_NO_SUCH_NAME);
	assert_int_equal(m.error_index, 1);
	snmp_codec_done(&m);
}

/* ---- against net-snmp ---------------------------------------------------------- */

static uint32_t chance(uint32_t below)
{
	static uint64_t x = 88172645463325252; /* the same packets in every run */

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 33) % below;
}

static bool same_value(const struct vb_value *a, const struct vb_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == VB_OPAQUE_FLOAT || a->type == VB_OPAQUE_DOUBLE)
		return memcmp(&a->real, &b->real, sizeof(a->real)) == 0;
	return a->integer == b->integer && a->n_octets == b->n_octets &&
	       (!a->n_octets || memcmp(a->octets, b->octets, a->n_octets) == 0);
}

/*
 * Where both accept, and yet differ: known and on purpose.
 *  - INTEGER beyond 32 bits: net-snmp cuts it to 32, we keep the number the agent sent.
 *  - a value beyond its type: net-snmp cuts it, we call it bad.
 *  - an OID of no bytes: 0 there, 0.0 here.
 */
static bool known_difference(const struct vb_value *ours)
{
	return ours->type == SNMP_BAD_VALUE ||
	       (ours->type == VB_OID && ours->n_octets == 3 &&
		memcmp(ours->octets, "0.0", 3) == 0) ||
	       (ours->type == VB_INTEGER &&
		(ours->integer > INT32_MAX || ours->integer < INT32_MIN));
}

/* One TLV of a structure whose lengths are of the form 82 hi lo or short. */
static bool tlv(const uint8_t **at, const uint8_t *end, uint8_t *ret_tag, const uint8_t **ret_end)
{
	size_t n, octets;

	if (end - *at < 2)
		return false;
	*ret_tag = (*at)[0];
	n = (*at)[1];
	*at += 2;
	if (n & 0x80) {
		octets = n & 0x7f;
		if (octets < 1 || octets > 4 || (size_t)(end - *at) < octets)
			return false;
		for (n = 0; octets; octets--)
			n = n << 8 | *(*at)++;
	}
	if ((size_t)(end - *at) < n)
		return false;
	*ret_end = *at + n;
	return true;
}

/* Does every TLV end where its parent does, and has each varbind two of them? wide: numbers
 * beyond INT32_MAX stand before the list. */
static bool exact(const uint8_t *at, const uint8_t *end, int depth, bool *wide)
{
	int n = 0;

	for (; at < end; n++) {
		const uint8_t *stop;
		uint8_t tag;

		if (!tlv(&at, end, &tag, &stop))
			return false;
		if (depth < 3 && tag != 2 && tag != 4 && tag != 0xa2 && tag != 0x30)
			return false;
		if (depth < 3 && tag == 2 && stop - at > 4)
			*wide |= at[0] != 0 || at[1] >= 0x80;
		if ((tag == 0x30 || tag == 0xa2) && !exact(at, stop, depth + 1, wide))
			return false;
		at = stop;
	}
	return depth < 4 || n == 2;
}

/*
 * What net-snmp accepts and the strict reader leaves to it:
 *  - a varbind, list or PDU whose length does not end where its content does;
 *  - a community, id or error number under another tag;
 *  - request ids and error numbers beyond INT32_MAX, which net-snmp cuts.
 */
static bool known_refusal(const uint8_t *packet, size_t n)
{
	const uint8_t *end;
	uint8_t tag;
	bool wide = false;

	return tlv(&packet, packet + n, &tag, &end) && (!exact(packet, end, 1, &wide) || wide);
}

static void test_against_net_snmp(void **state)
{
	struct snmp_message ours = { 0 }, theirs = { 0 };
	size_t both = 0, ours_only = 0, theirs_only = 0, neither = 0;
	struct ber base;

	(void)state;
	snmp_lenient_init();
	{ /* without the nine-byte integer, which net-snmp refuses */
		struct ber_vb vbs[N_ALL];

		memcpy(vbs, all_types, sizeof(vbs));
		for (size_t i = 0; i < N_ALL; i++) {
			if (vbs[i].tag == 5 || vbs[i].tag >= 0x80)
				vbs[i].n = 0;
		}
		vbs[1] = vbs[0];
		ber_message(&base, &head, vbs, N_ALL);
	}
	for (int round = 0; round < 60000; round++) {
		struct ber b = base;
		uint32_t edits = 1 + chance(3);
		int a, z;

		for (uint32_t e = 0; e < edits; e++) {
			size_t at = chance((uint32_t)b.n);

			switch (chance(4)) {
			case 0: b.b[at] = (uint8_t)chance(256); break;
			case 1: b.b[at] ^= (uint8_t)(1u << chance(8)); break;
			case 2: b.b[at] = (uint8_t)(b.b[at] + (chance(2) ? 1 : -1)); break;
			case 3: b.n = chance(20) ? b.n : at + 1; break;
			}
		}
		a = read_exact(b.b, b.n, &ours);
		/* Octets of ours point into the packet: read again from one that stays. */
		if (a == 0)
			assert_int_equal(snmp_codec_read(b.b, b.n, &ours), 0);
		z = snmp_lenient_read(b.b, b.n, &theirs);
		both += a == 0 && z == 0;
		ours_only += a == 0 && z != 0;
		theirs_only += a != 0 && z == 0;
		neither += a != 0 && z != 0;
		if (a != 0 && z == 0 && !known_refusal(b.b, b.n)) {
			for (size_t i = 0; i < b.n; i++) {
				if (b.b[i] != base.b[i])
					print_message("at %zu: %02x -> %02x\n", i, base.b[i],
						      b.b[i]);
			}
			fail_msg("round %d: net-snmp accepts what we refuse", round);
		}
		if (a != 0 || z != 0)
			continue;
		assert_int_equal(ours.version, theirs.version);
		assert_int_equal(ours.id, theirs.id);
		assert_int_equal(ours.error, theirs.error);
		assert_int_equal(ours.error_index, theirs.error_index);
		assert_int_equal(ours.n_vbs, theirs.n_vbs);
		for (size_t i = 0; i < ours.n_vbs; i++) {
			assert_int_equal(oid_cmp(&ours.vbs[i].oid, &theirs.vbs[i].oid), 0);
			if (!same_value(&ours.vbs[i].value, &theirs.vbs[i].value) &&
			    !known_difference(&ours.vbs[i].value)) {
				const struct vb_value *o = &ours.vbs[i].value,
						      *t = &theirs.vbs[i].value;
				fail_msg("round %d, varbind %zu: ours type %02x %lld (%zu octets), "
					 "theirs %02x %lld (%zu)",
					 round, i, o->type, (long long)o->integer, o->n_octets,
					 t->type, (long long)t->integer, t->n_octets);
			}
		}
	}
	print_message("both %zu, ours alone %zu, net-snmp alone %zu, neither %zu\n", both,
		      ours_only, theirs_only, neither);
	assert_true(both > 1000 && neither > 1000);
	snmp_codec_done(&ours);
	snmp_codec_done(&theirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_bytes),
		cmocka_unit_test(test_prepared_bytes),
		cmocka_unit_test(test_expected_names),
		cmocka_unit_test(test_bulk_bytes),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_truncated_at_every_byte),
		cmocka_unit_test(test_a_bad_value_spoils_itself_alone),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_indefinite_length),
		cmocka_unit_test(test_error_status),
		cmocka_unit_test(test_against_net_snmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
