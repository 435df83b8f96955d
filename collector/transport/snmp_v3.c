/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages are written from their end. The digest is the last step: its place is filled
 * with zeros first, as RFC 3414 section 6.3.1 computes it, and its distance from the end is known.
 */
#include "transport/snmp_v3.h"

#include <stdlib.h>
#include <string.h>

#include "transport/snmp_ber.h"

#define SECURITY_USM 3
#define MESSAGE_MAX  65507 /* what fits a UDP datagram */
#define SIZE_MIN     484   /* RFC 3412, msgMaxSize */
#define USER_MAX     32
#define SCOPED_MAX   4096
#define PAD_MAX      8

/* ---- writer ----------------------------------------------------------------- */

static void put_octets(struct snmp_ber_out *out, const void *data, size_t n)
{
	const uint8_t *end = out->at;

	snmp_ber_put_bytes(out, data, n);
	snmp_ber_put_header(out, VB_OCTETS, end);
}

/* contextEngineID, contextName, PDU; ends where out stands. */
static void put_scoped(struct snmp_ber_out *out, const struct snmp_v3_ask *ask)
{
	struct snmp_ask inner = { .version = SNMP_V3, .id = ask->id, .what = ask->what };
	const uint8_t *const end = out->at;
	size_t n = snmp_codec_write_pdu(&inner, out->start, (size_t)(end - out->start));

	if (!n) {
		out->full = true;
		return;
	}
	out->at -= n;
	put_octets(out, ask->user ? ask->user->context : "", ask->user ? ask->user->n_context : 0);
	put_octets(out, ask->user ? ask->engine->id : NULL, ask->user ? ask->engine->n_id : 0);
	snmp_ber_put_header(out, SNMP_BER_SEQUENCE, end);
}

/* The scoped PDU as an OCTET STRING of its ciphertext. */
static void put_sealed(struct snmp_ber_out *out, const struct snmp_v3_ask *ask,
		       const struct snmp_usm_seal *seal)
{
	uint8_t plain[SCOPED_MAX + PAD_MAX];
	struct snmp_ber_out inner = { plain, plain + SCOPED_MAX, false };
	const uint8_t *const end = out->at;
	size_t n, sealed;

	memset(plain + SCOPED_MAX, 0, PAD_MAX);
	put_scoped(&inner, ask);
	n = (size_t)(plain + SCOPED_MAX - inner.at);
	sealed = snmp_usm_sealed_size(ask->user, n);
	if (inner.full || (size_t)(end - out->start) < sealed ||
	    snmp_usm_encrypt(ask->user, ask->engine, seal, inner.at, n, out->at - sealed) < 0) {
		out->full = true;
		return;
	}
	out->at -= sealed;
	snmp_ber_put_header(out, VB_OCTETS, end);
}

/* msgSecurityParameters; returns how far behind its end the digest begins. */
static size_t put_security(struct snmp_ber_out *out, const struct snmp_v3_ask *ask,
			   const struct snmp_usm_seal *seal)
{
	static const uint8_t zeros[SNMP_USM_MAC_MAX];
	const struct snmp_usm_user *u = ask->user;
	const uint8_t *const end = out->at;
	size_t mac;

	put_octets(out, seal->salt, u && u->priv ? SNMP_USM_SALT : 0);
	mac = (size_t)(end - out->at) + (u ? u->n_mac : 0);
	put_octets(out, zeros, u ? u->n_mac : 0);
	put_octets(out, u ? u->name : "", u ? u->n_name : 0);
	snmp_ber_put_integer(out, seal->time);
	snmp_ber_put_integer(out, seal->boots);
	put_octets(out, u ? ask->engine->id : NULL, u ? ask->engine->n_id : 0);
	snmp_ber_put_header(out, SNMP_BER_SEQUENCE, end);
	snmp_ber_put_header(out, VB_OCTETS, end);
	return mac;
}

size_t snmp_v3_write(const struct snmp_v3_ask *ask, uint8_t *buf, size_t size)
{
	const struct snmp_usm_user *u = ask->user;
	uint8_t flags = (uint8_t)(SNMP_V3_REPORTABLE | (u ? u->level : 0));
	struct snmp_ber_out out = { buf, buf + size, false };
	const uint8_t *const end = buf + size, *at;
	struct snmp_usm_seal seal = { 0 };
	size_t n, mac_from_end;

	if (u && u->auth) /* without authentication nobody looks at the clock */
		snmp_usm_clock(ask->engine, ask->now, &seal.boots, &seal.time);
	for (int i = 0; i < SNMP_USM_SALT; i++)
		seal.salt[i] = (uint8_t)(ask->salt >> (56 - 8 * i));
	if (u && u->priv)
		put_sealed(&out, ask, &seal);
	else
		put_scoped(&out, ask);
	mac_from_end = (size_t)(end - out.at);
	mac_from_end += put_security(&out, ask, &seal);
	at = out.at;
	snmp_ber_put_integer(&out, SECURITY_USM);
	put_octets(&out, &flags, 1);
	snmp_ber_put_integer(&out, MESSAGE_MAX);
	snmp_ber_put_integer(&out, ask->id);
	snmp_ber_put_header(&out, SNMP_BER_SEQUENCE, at);
	snmp_ber_put_integer(&out, SNMP_V3);
	snmp_ber_put_header(&out, SNMP_BER_SEQUENCE, end);
	if (out.full)
		return 0;
	n = (size_t)(end - out.at);
	memmove(buf, out.at, n);
	if (u && u->auth) {
		uint8_t mac[SNMP_USM_MAC_MAX];

		if (snmp_usm_mac(u, ask->engine, buf, n, mac) < 0)
			return 0;
		memcpy(buf + n - mac_from_end, mac, u->n_mac);
	}
	return n;
}

/* ---- reader ----------------------------------------------------------------- */

static int octets(struct snmp_ber_in *c, size_t min, size_t max, struct snmp_v3_octets *ret)
{
	struct snmp_ber_tlv tlv;

	if (snmp_ber_tagged(c, VB_OCTETS, &tlv) < 0 || snmp_ber_left(&tlv.in) < min ||
	    snmp_ber_left(&tlv.in) > max)
		return -1;
	ret->at = tlv.in.at;
	ret->n = snmp_ber_left(&tlv.in);
	return 0;
}

/* msgGlobalData */
static int read_global(struct snmp_ber_in c, struct snmp_v3_head *h)
{
	int64_t id, size, model;
	struct snmp_v3_octets flags;

	if (snmp_ber_small(&c, 0, INT32_MAX, &id) < 0 ||
	    snmp_ber_small(&c, SIZE_MIN, INT32_MAX, &size) < 0 || octets(&c, 1, 1, &flags) < 0 ||
	    snmp_ber_small(&c, SECURITY_USM, SECURITY_USM, &model) < 0 || c.at != c.end)
		return -1;
	h->id = (uint32_t)id;
	h->level = flags.at[0] & (SNMP_V3_AUTH | SNMP_V3_PRIV);
	return h->level == SNMP_V3_PRIV ? -1 : 0; /* RFC 3412, 7.2 step 5 d */
}

static int read_security(struct snmp_ber_in c, struct snmp_v3_head *h)
{
	struct snmp_ber_tlv sequence;
	int64_t boots, time_s;

	if (snmp_ber_tagged(&c, SNMP_BER_SEQUENCE, &sequence) < 0 || c.at != c.end)
		return -1;
	c = sequence.in;
	if (octets(&c, 0, SNMP_USM_ENGINE_MAX, &h->engine) < 0 ||
	    snmp_ber_small(&c, 0, INT32_MAX, &boots) < 0 ||
	    snmp_ber_small(&c, 0, INT32_MAX, &time_s) < 0 ||
	    octets(&c, 0, USER_MAX, &h->user) < 0 || octets(&c, 0, SNMP_USM_MAC_MAX, &h->mac) < 0 ||
	    octets(&c, 0, SNMP_USM_SALT, &h->salt) < 0 || c.at != c.end)
		return -1;
	h->boots = (uint32_t)boots;
	h->time = (uint32_t)time_s;
	return (h->level & SNMP_V3_PRIV) && h->salt.n != SNMP_USM_SALT ? -1 : 0;
}

int snmp_v3_read(const uint8_t *packet, size_t n, struct snmp_v3_head *ret)
{
	struct snmp_ber_in c = { packet, packet + n };
	struct snmp_ber_tlv message, global, security, data;
	struct snmp_v3_head h;
	const uint8_t *start;
	int64_t version;

	if (snmp_ber_tagged(&c, SNMP_BER_SEQUENCE, &message) < 0 ||
	    snmp_ber_small(&message.in, SNMP_V3, SNMP_V3, &version) < 0 ||
	    snmp_ber_tagged(&message.in, SNMP_BER_SEQUENCE, &global) < 0 ||
	    read_global(global.in, &h) < 0 ||
	    snmp_ber_tagged(&message.in, VB_OCTETS, &security) < 0 ||
	    read_security(security.in, &h) < 0)
		return -1;
	start = message.in.at;
	if (snmp_ber_next(&message.in, &data) < 0 || message.in.at != message.in.end ||
	    data.tag != (h.level & SNMP_V3_PRIV ? VB_OCTETS : SNMP_BER_SEQUENCE))
		return -1;
	h.message = (struct snmp_v3_octets){ packet, (size_t)(c.at - packet) };
	if (h.level & SNMP_V3_PRIV)
		h.data = (struct snmp_v3_octets){ data.in.at, snmp_ber_left(&data.in) };
	else
		h.data = (struct snmp_v3_octets){ start, (size_t)(message.in.end - start) };
	*ret = h;
	return 0;
}

int snmp_v3_scoped(const uint8_t *data, size_t n, struct snmp_v3_scoped *ret)
{
	struct snmp_ber_in c = { data, data + n };
	struct snmp_ber_tlv sequence;
	struct snmp_v3_scoped s;

	if (snmp_ber_tagged(&c, SNMP_BER_SEQUENCE, &sequence) < 0 ||
	    snmp_ber_left(&c) > PAD_MAX || octets(&sequence.in, 0, SIZE_MAX, &s.engine) < 0 ||
	    octets(&sequence.in, 0, SIZE_MAX, &s.context) < 0)
		return -1;
	s.pdu = (struct snmp_v3_octets){ sequence.in.at, snmp_ber_left(&sequence.in) };
	*ret = s;
	return 0;
}
