/* SPDX-License-Identifier: Apache-2.0 */
/* SNMPv3 frames: net-snmp's own messages, ours read back, and each of them broken everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/snmp_agent.h"
#include "transport/snmp_v3.h"
#include "v3_captures.h"

#define N_CAPTURES (sizeof(v3_captures) / sizeof(v3_captures[0]))

static struct snmp_usm_users users;
static struct snmp_agent_room *room;
static struct snmp_message message;
static struct oid oids[2] = { { 9, { 1, 3, 6, 1, 2, 1, 1, 5, 0 } },
			      { 9, { 1, 3, 6, 1, 2, 1, 1, 1, 0 } } };
static const struct plan_request get = { .kind = REQUEST_SNMP_GET, .oids = oids, .n_oids = 2 };

struct packet {
	uint8_t *b; /* as large as it is, so that a read behind it is seen */
	size_t n;
};

static struct packet from_hex(const char *hex)
{
	struct packet p = { .n = strlen(hex) / 2 };

	p.b = malloc(p.n);
	assert_non_null(p.b);
	for (size_t i = 0; i < p.n; i++) {
		const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		p.b[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return p;
}

static int setup(void **state)
{
	(void)state;
	room = snmp_agent_room_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	snmp_agent_room_free(room);
	snmp_usm_users_done(&users);
	snmp_codec_done(&message);
	return 0;
}

static struct snmp_usm_user *user_of(const struct v3_capture *c)
{
	struct cfg_credential credential = { .name = (char[]){ "c" }, .snmp_version = 3,
					     .user = (char *)(uintptr_t)c->user, .auth = c->auth,
					     .priv = c->priv,
					     .auth_password = (char[]){ "maplesyrup" },
					     .priv_password = (char[]){ "syrupmaple" } };
	struct err err = { "" };
	struct snmp_usm_user *u = snmp_usm_user(&users, &credential, &err);

	if (!u)
		fail_msg("%s", err.text);
	return u;
}

/* Whether the message carries the right digest; the plain scoped PDU in ret. */
static bool opens(struct snmp_usm_user *u, const struct snmp_usm_engine *e,
		  const struct snmp_v3_head *h, struct snmp_v3_scoped *ret)
{
	static uint8_t copy[4096], plain[4096];
	uint8_t mac[SNMP_USM_MAC_MAX];
	struct snmp_usm_seal seal = { .boots = h->boots, .time = h->time };

	if (h->level & SNMP_V3_AUTH) {
		memcpy(copy, h->message.at, h->message.n);
		memset(copy + (h->mac.at - h->message.at), 0, h->mac.n);
		if (h->mac.n != u->n_mac || snmp_usm_mac(u, e, copy, h->message.n, mac) < 0 ||
		    !snmp_usm_mac_equal(mac, h->mac.at, u->n_mac))
			return false;
	}
	if (!(h->level & SNMP_V3_PRIV))
		return snmp_v3_scoped(h->data.at, h->data.n, ret) == 0;
	memcpy(seal.salt, h->salt.at, SNMP_USM_SALT);
	return snmp_usm_decrypt(u, e, &seal, h->data.at, h->data.n, plain) == 0 &&
	       snmp_v3_scoped(plain, h->data.n, ret) == 0;
}

static void test_captures(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CAPTURES; i++) {
		const struct v3_capture *c = &v3_captures[i];
		struct snmp_usm_user *u = user_of(c);
		struct packet report = from_hex(c->report), request = from_hex(c->request),
			      response = from_hex(c->response);
		struct snmp_v3_head h;
		struct snmp_v3_scoped s;
		struct snmp_usm_engine e;

		assert_int_equal(snmp_v3_read(report.b, report.n, &h), 0);
		assert_int_equal(h.level, 0);
		assert_int_equal(snmp_usm_engine_set(&e, u, h.engine.at, h.engine.n), 0);
		assert_true(opens(u, &e, &h, &s));
		assert_int_equal(snmp_codec_read_pdu(s.pdu.at, s.pdu.n, &message), 0);
		assert_int_equal(message.pdu, SNMP_PDU_REPORT);

		/* what snmpget signed and encrypted */
		assert_int_equal(snmp_v3_read(request.b, request.n, &h), 0);
		assert_int_equal(h.level, u->level);
		assert_true(opens(u, &e, &h, &s));
		assert_int_equal(s.pdu.at[0], SNMP_PDU_GET);
		assert_int_equal(snmp_codec_read_pdu(s.pdu.at, s.pdu.n, &message), -1);

		/* what snmpd answered */
		assert_int_equal(snmp_v3_read(response.b, response.n, &h), 0);
		assert_int_equal(h.level, u->level);
		assert_true(opens(u, &e, &h, &s));
		assert_int_equal(snmp_codec_read_pdu(s.pdu.at, s.pdu.n, &message), 0);
		assert_int_equal(message.pdu, SNMP_PDU_RESPONSE);
		assert_int_equal(message.n_vbs, 1);
		assert_int_equal(message.vbs[0].value.n_octets, 6);
		assert_memory_equal(message.vbs[0].value.octets, "golden", 6);
		free(report.b);
		free(request.b);
		free(response.b);
	}
}

static void test_our_messages(void **state)
{
	static const uint8_t id[] = { 0x80, 0, 0x1f, 0x88, 4, 'x' };

	(void)state;
	for (size_t i = 0; i < N_CAPTURES; i++) {
		struct snmp_usm_user *u = user_of(&v3_captures[i]);
		struct snmp_usm_engine e = { 0 };
		struct snmp_v3_ask ask = { .id = 12345678, .user = u, .engine = &e,
					   .salt = 0x0102030405060708, .what = &get };
		struct snmp_v3_head h;
		struct snmp_v3_scoped s;
		uint8_t buf[4096];
		size_t n;

		assert_int_equal(snmp_usm_engine_set(&e, u, id, sizeof(id)), 0);
		snmp_usm_hearsay(&e, 5, 100, (struct mono){ 0 });
		ask.now.us = 3500000;
		n = snmp_v3_write(&ask, buf, sizeof(buf));
		assert_true(n > 0);
		assert_int_equal(snmp_v3_read(buf, n, &h), 0);
		assert_int_equal(h.message.n, n);
		assert_int_equal(h.id, 12345678);
		assert_int_equal(h.level, u->level);
		assert_int_equal(h.boots, u->auth ? 5 : 0);
		assert_int_equal(h.time, u->auth ? 103 : 0);
		assert_int_equal(h.user.n, strlen(v3_captures[i].user));
		assert_true(opens(u, &e, &h, &s));
		assert_true(snmp_usm_engine_is(&e, s.engine.at, s.engine.n));
		assert_int_equal(s.pdu.at[0], SNMP_PDU_GET);
		if (u->priv)
			assert_memory_equal(h.salt.at, "\1\2\3\4\5\6\7\x08", 8);
		/* never a byte too many, and no room is told as such */
		for (size_t size = 0; size < n; size++)
			assert_int_equal(snmp_v3_write(&ask, buf, size), 0);
		assert_int_equal(snmp_v3_write(&ask, buf, n), n);
		/* any other byte breaks the signature, or the frame */
		for (size_t k = 0; u->auth && k < n; k++) {
			buf[k] ^= 0x10;
			assert_false(snmp_v3_read(buf, n, &h) == 0 && h.level == u->level &&
				     opens(u, &e, &h, &s));
			buf[k] ^= 0x10;
		}
	}
}

static void test_probe(void **state)
{
	struct snmp_v3_ask ask = { .id = 77 };
	struct packet theirs = from_hex(v3_captures[0].probe);
	struct snmp_v3_head h;
	struct snmp_v3_scoped s;
	uint8_t buf[256];
	size_t n = snmp_v3_write(&ask, buf, sizeof(buf));

	(void)state;
	assert_int_equal(snmp_v3_read(buf, n, &h), 0);
	assert_int_equal(h.id, 77);
	assert_int_equal(h.level + h.engine.n + h.user.n + h.mac.n + h.salt.n, 0);
	assert_int_equal(h.boots + h.time, 0);
	assert_int_equal(snmp_v3_scoped(h.data.at, h.data.n, &s), 0);
	assert_int_equal(s.engine.n + s.context.n, 0);
	/* net-snmp's differs in nothing but numbers and the lengths of lengths */
	assert_int_equal(snmp_v3_read(theirs.b, theirs.n, &h), 0);
	assert_int_equal(h.level + h.engine.n + h.user.n + h.mac.n + h.salt.n, 0);
	free(theirs.b);
}

/* An agent that has been asked for its engine id, or (discovered) has told it. */
static struct snmp_agent agent(const struct v3_capture *c, bool discovered)
{
	struct packet report = from_hex(c->report);
	struct snmp_agent a = { .user = user_of(c) };
	uint8_t progress = SNMP_AGENT_PROBING;
	enum cause cause = CAUSE_NONE;
	struct snmp_v3_head h;
	struct mono now = { 1000000 };

	assert_int_equal(snmp_v3_read(report.b, report.n, &h), 0);
	if (discovered)
		assert_int_equal(snmp_agent_read(&a, room, &h, &progress, now, &message, &cause),
				 SNMP_AGENT_AGAIN);
	free(report.b);
	return a;
}

/* What that agent makes of a packet; *ret: what is known of it then. */
static enum snmp_agent_verdict judge(const struct snmp_agent *start, const uint8_t *b, size_t n,
				     struct snmp_agent *ret)
{
	enum snmp_agent_verdict verdict = SNMP_AGENT_IGNORE;
	uint8_t progress = start->engine.n_id ? 0 : SNMP_AGENT_PROBING;
	enum cause cause = CAUSE_NONE;
	struct snmp_v3_head h;
	struct mono now = { 1000000 };

	*ret = *start;
	if (snmp_v3_read(b, n, &h) == 0)
		verdict = snmp_agent_read(ret, room, &h, &progress, now, &message, &cause);
	assert_null(ret->former);
	return verdict;
}

/*
 * Every bit of every response flipped, and every length of it: with a signature nothing is ever
 * taken for an answer or changes what is known. (request-id and msgID are snmpget's own and
 * differ, so even the right response is ignored here, after its signature was found good.)
 */
static void test_broken_responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CAPTURES; i++) {
		const struct v3_capture *c = &v3_captures[i];
		struct packet p = from_hex(c->response);
		struct snmp_agent start = agent(c, true), a;

		assert_int_equal(judge(&start, p.b, p.n, &a), SNMP_AGENT_IGNORE);
		assert_int_equal(a.noted, c->auth ? CAUSE_WRONG_ID : CAUSE_AUTHENTICATION);
		assert_int_equal(a.engine.proved, c->auth != CFG_AUTH_NONE);
		for (size_t bit = 0; bit < 8 * p.n; bit++) {
			p.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_not_equal(judge(&start, p.b, p.n, &a), SNMP_AGENT_ANSWER);
			if (c->auth)
				assert_false(a.engine.proved);
			p.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t n = 0; n < p.n; n++) {
			struct packet cut = { malloc(n ? n : 1), n };

			memcpy(cut.b, p.b, n);
			assert_int_equal(judge(&start, cut.b, n, &a), SNMP_AGENT_IGNORE);
			assert_false(a.engine.proved);
			free(cut.b);
		}
		free(p.b);
	}
}

/* A report is unsigned: whatever it says, no engine is proved by it. */
static void test_broken_reports(void **state)
{
	const struct v3_capture *c = &v3_captures[5];
	struct packet p = from_hex(c->report);
	struct snmp_agent asked = agent(c, false), known = agent(c, true), a;

	(void)state;
	assert_int_equal(judge(&asked, p.b, p.n, &a), SNMP_AGENT_AGAIN);
	assert_int_equal(a.engine.n_id, 12);
	for (size_t bit = 0; bit < 8 * p.n; bit++) {
		p.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(judge(&asked, p.b, p.n, &a), SNMP_AGENT_ANSWER);
		assert_false(a.engine.proved);
		(void)judge(&known, p.b, p.n, &a);
		assert_false(a.engine.proved);
		p.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < p.n; n++) {
		struct packet cut = { malloc(n ? n : 1), n };

		memcpy(cut.b, p.b, n);
		assert_int_equal(judge(&asked, cut.b, n, &a), SNMP_AGENT_IGNORE);
		assert_int_equal(a.engine.n_id, 0);
		free(cut.b);
	}
	free(p.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_our_messages),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_broken_responses),
		cmocka_unit_test(test_broken_reports),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
