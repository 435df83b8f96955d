/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver against an SNMPv3 agent that this test plays: discovery, clocks, restarts,
 * reports true and false, twins. The agent writes its messages with tests/unit's own BER;
 * the cryptography is the collector's, which test_snmp_usm and test_snmp_v3 check.
 */
#include "snmp_peer.h"

#include "base/text.h"
#include "transport/snmp_v3.h"

#define S 1000000

static struct cfg_credential v3 = {
	.name = (char[]){ "v3" }, .snmp_version = 3, .community = (char[]){ "" },
	.user = (char[]){ "poller" }, .auth = CFG_AUTH_SHA256,
	.auth_password = (char[]){ "maplesyrup" }, .priv = CFG_PRIV_AES128,
	.priv_password = (char[]){ "syrupmaple" }, .context = (char[]){ "bay1" },
};
static struct snmp_usm_users users;

struct agent {
	struct peer p;
	struct snmp_usm_user *user;
	struct snmp_usm_engine engine;
	uint32_t boots, time;
	struct snmp_v3_head head; /* of the last request */
	uint8_t salt[SNMP_USM_SALT];
};

struct say { /* a message of the agent; zero: the right answer */
	uint8_t pdu;
	uint8_t usm_stat;   /* a report of usmStats this.0 */
	bool low;           /* without security, whatever the user has */
	bool no_priv;
	bool bad_mac;
	bool loose;         /* lengths that the strict reader refuses */
	uint32_t id, request_id; /* 0: those asked */
	const char *user, *context;
	const struct snmp_usm_engine *engine, *context_engine;
};

static void agent_set(struct agent *a, const char *id, uint32_t boots, uint32_t time_s)
{
	assert_int_equal(snmp_usm_engine_set(&a->engine, a->user, (const uint8_t *)id, strlen(id)),
			 0);
	a->boots = boots;
	a->time = time_s;
}

static void agent_open(struct agent *a, const struct cfg_credential *c)
{
	struct err err = { "" };

	memset(a, 0, sizeof(*a));
	peer_open(&a->p);
	a->user = snmp_usm_user(&users, c, &err);
	assert_non_null(a->user);
	agent_set(a, "engine-1", 7, 1000);
}

static struct target *v3_target(const struct agent *a, const struct cfg_credential *c)
{
	struct endpoint e = { .protocol = PROTOCOL_SNMP, .host = "peer", .port = 161 };
	struct err err = { "" };
	struct target *g = OPS->target_new(t, &e, &a->p.addr, c, 0, &err);

	if (!g)
		fail_msg("%s", err.text);
	return g;
}

static bool agent_take(struct agent *a)
{
	socklen_t size = sizeof(a->p.from);
	ssize_t n;

	if (!peer_waits(&a->p))
		return false;
	n = recvfrom(a->p.fd, a->p.in, sizeof(a->p.in), 0, (struct sockaddr *)&a->p.from, &size);
	assert_true(n > 0);
	a->p.n_in = (size_t)n;
	assert_int_equal(snmp_v3_read(a->p.in, a->p.n_in, &a->head), 0);
	return true;
}

/* A probe is expected. */
static void agent_probed(struct agent *a)
{
	assert_true(agent_take(a));
	assert_int_equal(a->head.engine.n, 0);
	assert_int_equal(a->head.level, 0);
}

/* A request for our engine is expected, signed and sealed as it should be, with that clock. */
static void agent_asked(struct agent *a, uint32_t boots, uint32_t time_s)
{
	static uint8_t copy[4096], plain[4096];
	uint8_t mac[SNMP_USM_MAC_MAX];
	struct snmp_v3_scoped s;
	struct snmp_usm_seal seal = { 0 };

	assert_true(agent_take(a));
	assert_true(snmp_usm_engine_is(&a->engine, a->head.engine.at, a->head.engine.n));
	assert_int_equal(a->head.level, a->user->level);
	assert_int_equal(a->head.boots, boots);
	assert_int_equal(a->head.time, time_s);
	memcpy(copy, a->p.in, a->p.n_in);
	if (a->user->auth) {
		memset(copy + (a->head.mac.at - a->p.in), 0, a->head.mac.n);
		assert_int_equal(snmp_usm_mac(a->user, &a->engine, copy, a->p.n_in, mac), 0);
		assert_memory_equal(mac, a->head.mac.at, a->user->n_mac);
	}
	if (a->user->priv) {
		seal.boots = a->head.boots;
		seal.time = a->head.time;
		memcpy(seal.salt, a->head.salt.at, SNMP_USM_SALT);
		assert_memory_not_equal(seal.salt, a->salt, SNMP_USM_SALT);
		memcpy(a->salt, seal.salt, SNMP_USM_SALT);
		assert_int_equal(snmp_usm_decrypt(a->user, &a->engine, &seal, a->head.data.at,
						  a->head.data.n, plain), 0);
		assert_int_equal(snmp_v3_scoped(plain, a->head.data.n, &s), 0);
	} else {
		assert_int_equal(snmp_v3_scoped(a->head.data.at, a->head.data.n, &s), 0);
	}
	assert_int_equal(s.context.n, strlen(a->user->context));
	assert_memory_equal(s.context.at, a->user->context, s.context.n);
}

static void ber_loosen(struct ber *b, size_t from)
{
	const uint8_t header[] = { 0x30, 0x85, 0, 0, 0, 0, (uint8_t)(b->n - from) };

	memmove(b->b + from + sizeof(header), b->b + from, b->n - from);
	memcpy(b->b + from, header, sizeof(header));
	b->n += sizeof(header);
}

static void put_pdu(struct ber *b, const struct say *say, uint32_t id)
{
	static const uint8_t usm[] = { 0x2b, 6, 1, 6, 3, 15, 1, 1 };
	size_t list;

	ber_int(b, 2, say->request_id ? say->request_id : id);
	ber_int(b, 2, 0);
	ber_int(b, 2, 0);
	list = b->n;
	for (size_t i = 0; i < (say->usm_stat ? 1 : 3); i++) {
		size_t vb = b->n, name = b->n;

		if (say->usm_stat) {
			ber_bytes(b, usm, sizeof(usm));
			ber_bytes(b, &say->usm_stat, 1);
			ber_bytes(b, "", 1);
			ber_wrap(b, name, 6);
			ber_int(b, VB_COUNTER32, 1);
		} else {
			ber_name(b, right[i].last);
			ber_tlv(b, right[i].tag, right[i].data, right[i].n);
		}
		if (say->loose) /* a length of five bytes */
			ber_loosen(b, vb);
		else
			ber_wrap(b, vb, 0x30);
	}
	ber_wrap(b, list, 0x30);
	ber_wrap(b, 0, say->pdu ? say->pdu : say->usm_stat ? SNMP_PDU_REPORT : SNMP_PDU_RESPONSE);
}

static void agent_say(struct agent *a, struct say say)
{
	struct snmp_usm_user *u = a->user;
	const struct snmp_usm_engine *e = say.engine ? say.engine : &a->engine;
	const struct snmp_usm_engine *c = say.context_engine ? say.context_engine : e;
	uint8_t level = say.low ? 0 : say.no_priv ? u->level & SNMP_V3_AUTH : u->level;
	uint32_t id = say.id ? say.id : a->head.id;
	const char *name = say.user ? say.user : u->name;
	const char *context = say.context ? say.context : u->context;
	struct snmp_usm_seal seal = { a->boots, a->time, { 9, 8, 7, 6, 5, 4, 3, 2 } };
	static struct ber pdu, m;
	uint8_t version = 3, model = 3, mac[SNMP_USM_MAC_MAX] = { 0 };
	size_t from, mac_at = 0;

	pdu.n = 0;
	put_pdu(&pdu, &say, a->head.id);
	{ /* scoped */
		static struct ber s;

		s.n = 0;
		ber_tlv(&s, 4, c->id, c->n_id);
		ber_tlv(&s, 4, context, strlen(context));
		ber_bytes(&s, pdu.b, pdu.n);
		ber_wrap(&s, 0, 0x30);
		pdu = s;
	}
	if (level & SNMP_V3_PRIV) {
		static struct ber s;

		memset(pdu.b + pdu.n, 0, 8);
		s.n = snmp_usm_sealed_size(u, pdu.n);
		assert_int_equal(snmp_usm_encrypt(u, e, &seal, pdu.b, pdu.n, s.b), 0);
		ber_wrap(&s, 0, 4);
		pdu = s;
	}
	m.n = 0;
	ber_tlv(&m, 2, &version, 1);
	from = m.n;
	ber_int(&m, 2, id);
	ber_int(&m, 2, 65507);
	ber_tlv(&m, 4, &level, 1);
	ber_tlv(&m, 2, &model, 1);
	ber_wrap(&m, from, 0x30);
	from = m.n;
	ber_tlv(&m, 4, e->id, e->n_id);
	ber_int(&m, 2, a->boots);
	ber_int(&m, 2, a->time);
	ber_tlv(&m, 4, name, strlen(name));
	ber_tlv(&m, 4, mac, level & SNMP_V3_AUTH ? u->n_mac : 0);
	mac_at = m.n - u->n_mac;
	ber_tlv(&m, 4, seal.salt, level & SNMP_V3_PRIV ? 8 : 0);
	ber_wrap(&m, from, 0x30);
	ber_wrap(&m, from, 4);
	mac_at += 8;
	ber_bytes(&m, pdu.b, pdu.n);
	ber_wrap(&m, 0, 0x30);
	mac_at += 4;
	if (level & SNMP_V3_AUTH) {
		assert_int_equal(snmp_usm_mac(u, e, m.b, m.n, mac), 0);
		mac[0] ^= say.bad_mac;
		memcpy(m.b + mac_at, mac, u->n_mac);
	}
	peer_send(&a->p, m.b, m.n);
	events();
	tick();
}

static const struct say answer = { 0 };
static const struct say unknown_engine = { .usm_stat = 4, .low = true, .user = "" };

static void submit(struct request *r)
{
	OPS->submit(t, r);
	tick();
}

/* Discovery and a first answer. */
static void meet(struct agent *a, struct target *g)
{
	struct seen s;
	struct request r = request(g, &s, &get);

	submit(&r);
	agent_probed(a);
	agent_say(a, unknown_engine);
	agent_asked(a, a->user->auth ? a->boots : 0, a->user->auth ? a->time : 0);
	agent_say(a, answer);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NONE);
}

static void close_all(struct agent *a, struct target *g)
{
	OPS->target_free(g);
	close(a->p.fd);
}

static void test_every_level(void **state)
{
	(void)state;
	for (int auth = CFG_AUTH_NONE; auth <= CFG_AUTH_SHA512; auth++) {
		for (int priv = CFG_PRIV_NONE; priv <= (auth ? CFG_PRIV_AES256_C : 0); priv++) {
			struct cfg_credential c = v3;
			struct agent a;
			struct target *g;
			struct seen s;
			struct request r;

			c.auth = (enum cfg_auth)auth;
			c.priv = (enum cfg_priv)priv;
			agent_open(&a, &c);
			g = v3_target(&a, &c);
			meet(&a, g);
			/* from now on one message each way; the clock goes on */
			now.us += 20 * S;
			a.time += 20;
			r = request(g, &s, &get);
			submit(&r);
			agent_asked(&a, auth ? 7 : 0, auth ? 1020 : 0);
			agent_say(&a, answer);
			assert_int_equal(s.cause, CAUSE_NONE);
			assert_int_equal(s.n_values, 3);
			assert_int_equal(s.first, 7);
			close_all(&a, g);
			a.time = 1000;
		}
	}
}

/* What the strict reader refuses, net-snmp's may still read. */
static void test_loose_answer(void **state)
{
	struct agent a;
	struct target *g;
	struct seen s;
	struct request r;

	(void)state;
	agent_open(&a, &v3);
	g = v3_target(&a, &v3);
	meet(&a, g);
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 7, 1000);
	agent_say(&a, (struct say){ .loose = true });
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NONE);
	assert_int_equal(s.n_values, 3);
	assert_int_equal(s.first, 7);
	close_all(&a, g);
}

static void test_restart(void **state)
{
	struct agent a;
	struct target *g;
	struct seen s;
	struct request r;

	(void)state;
	agent_open(&a, &v3);
	g = v3_target(&a, &v3);
	meet(&a, g);
	/* it has restarted: one more boot, its clock at 3 s */
	a.boots = 8;
	a.time = 3;
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 7, 1000);
	agent_say(&a, (struct say){ .usm_stat = 2, .no_priv = true });
	assert_int_equal(s.calls, 0);
	agent_asked(&a, 8, 3);
	agent_say(&a, answer);
	assert_int_equal(s.cause, CAUSE_NONE);
	/* it has lost its boots */
	a.boots = 1;
	a.time = 2;
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 8, 3);
	agent_say(&a, (struct say){ .usm_stat = 2, .no_priv = true });
	agent_asked(&a, 1, 2);
	agent_say(&a, answer);
	assert_int_equal(s.cause, CAUSE_NONE);
	/* it cannot be satisfied */
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 1, 2);
	agent_say(&a, (struct say){ .usm_stat = 2, .no_priv = true });
	agent_asked(&a, 1, 2);
	agent_say(&a, (struct say){ .usm_stat = 2, .no_priv = true });
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NOT_IN_TIME);
	close_all(&a, g);
}

static void test_new_engine_id(void **state)
{
	struct agent a;
	struct target *g;
	struct seen s;
	struct request r;

	(void)state;
	agent_open(&a, &v3);
	g = v3_target(&a, &v3);
	meet(&a, g);
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 7, 1000);
	agent_set(&a, "engine-2", 1, 5);
	agent_say(&a, unknown_engine);
	agent_probed(&a);
	agent_say(&a, unknown_engine);
	agent_asked(&a, 1, 5);
	agent_say(&a, answer);
	assert_int_equal(s.cause, CAUSE_NONE);
	/* one that changes it with each message: told, not chased for ever */
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 1, 5);
	agent_set(&a, "engine-3", 1, 5);
	agent_say(&a, unknown_engine);
	agent_probed(&a);
	agent_say(&a, unknown_engine);
	agent_asked(&a, 1, 5);
	agent_set(&a, "engine-4", 1, 5);
	agent_say(&a, unknown_engine);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_AUTHENTICATION);
	assert_false(agent_take(&a));
	close_all(&a, g);
}

/* Two silent tries, then the request has ended. */
static void fall_silent(struct agent *a, const struct seen *s)
{
	for (int i = 0; i < 100 && !s->calls; i++) {
		now.us += 100 * MS;
		tick();
		while (agent_take(a))
			;
	}
	assert_int_equal(s->calls, 1);
}

static void test_silent_agents_are_asked_who_they_are(void **state)
{
	struct agent a;
	struct target *g;
	struct seen s;
	struct request r;

	(void)state;
	agent_open(&a, &v3);
	g = v3_target(&a, &v3);
	meet(&a, g);
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 7, 1000);
	fall_silent(&a, &s);
	assert_int_equal(s.cause, CAUSE_NO_ANSWER);
	/* back, with another id, and it sends no reports but to probes */
	agent_set(&a, "engine-5", 1, 1);
	r = request(g, &s, &get);
	submit(&r);
	agent_probed(&a);
	agent_say(&a, unknown_engine);
	agent_asked(&a, 1, 1);
	agent_say(&a, answer);
	assert_int_equal(s.cause, CAUSE_NONE);
	close_all(&a, g);
}

static void test_causes_at_first_contact(void **state)
{
	static const struct {
		uint8_t usm_stat;
		enum cause cause;
	} reports[] = { { 1, CAUSE_AUTHENTICATION }, { 3, CAUSE_UNKNOWN_USER },
			{ 5, CAUSE_AUTHENTICATION }, { 6, CAUSE_AUTHENTICATION } };

	(void)state;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		struct agent a;
		struct target *g;
		struct seen s;
		struct request r;
		struct snmp_usm_engine other;

		agent_open(&a, &v3);
		assert_int_equal(snmp_usm_engine_set(&other, a.user, (const uint8_t *)"engine-9",
						     8), 0);
		g = v3_target(&a, &v3);
		r = request(g, &s, &get);
		submit(&r);
		agent_probed(&a);
		agent_say(&a, unknown_engine);
		assert_true(agent_take(&a));
		agent_say(&a, (struct say){ .usm_stat = reports[i].usm_stat, .low = true,
					    .engine = &other });
		assert_int_equal(s.calls, 0);
		agent_say(&a, (struct say){ .usm_stat = reports[i].usm_stat, .low = true });
		assert_int_equal(s.calls, 1);
		assert_int_equal(s.cause, reports[i].cause);
		close_all(&a, g);
	}
}

/* What no agent may say to one that knows it: ignored, counted, and the answer still counts. */
static void test_false_messages(void **state)
{
	struct agent a;
	struct target *g;
	struct seen s;
	struct request r;
	struct snmp_usm_engine other;
	const struct say lies[] = {
		{ .low = true },                  /* an answer without signature */
		{ .no_priv = true },              /* an answer that is not encrypted */
		{ .bad_mac = true },
		{ .user = "root" },
		{ .user = "poller2" },
		{ .user = "polle" },
		{ .context_engine = &other },
		{ .context = "bay2" },
		{ .engine = &other },
		{ .request_id = 4711 },
		{ .usm_stat = 2, .low = true },   /* not in time, says nobody */
		{ .usm_stat = 2, .no_priv = true, .bad_mac = true },
		{ .usm_stat = 3, .low = true },   /* unknown user, though it knew us */
		{ .usm_stat = 5, .low = true },
		{ .usm_stat = 5, .low = true, .engine = &other },
		{ .usm_stat = 4, .low = true },   /* unknown engine: with the id we used */
		{ .usm_stat = 9, .low = true },
		{ .pdu = SNMP_PDU_GET },
	};

	(void)state;
	agent_open(&a, &v3);
	g = v3_target(&a, &v3);
	meet(&a, g);
	assert_int_equal(snmp_usm_engine_set(&other, a.user, (const uint8_t *)"engine-9", 8), 0);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		uint64_t mismatched = count()->mismatched;

		r = request(g, &s, &get);
		submit(&r);
		agent_asked(&a, 7, 1000);
		agent_say(&a, lies[i]);
		assert_int_equal(s.calls, 0);
		assert_int_equal(count()->mismatched, mismatched + 1);
		assert_false(agent_take(&a));
		agent_say(&a, answer);
		assert_int_equal(s.calls, 1);
		assert_int_equal(s.cause, CAUSE_NONE);
		/* and nothing stays behind */
		r = request(g, &s, &get);
		submit(&r);
		agent_asked(&a, 7, 1000);
		agent_say(&a, answer);
		assert_int_equal(s.cause, CAUSE_NONE);
	}
	/* wrong id */
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 7, 1000);
	agent_say(&a, (struct say){ .id = (a.head.id ^ 0x100000) & INT32_MAX });
	assert_int_equal(s.calls, 0);
	agent_say(&a, answer);
	assert_int_equal(s.cause, CAUSE_NONE);
	/* out of the time window: 151 s behind what we know */
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 7, 1000);
	a.time -= 151;
	agent_say(&a, answer);
	assert_int_equal(s.calls, 0);
	a.time += 1;
	agent_say(&a, answer);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NONE);
	/* when nothing better follows, what was said is told */
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 7, 1000);
	agent_say(&a, (struct say){ .usm_stat = 3, .low = true });
	fall_silent(&a, &s);
	assert_int_equal(s.cause, CAUSE_UNKNOWN_USER);
	close_all(&a, g);
}

/* A forged "unknown engine id" and a forged discovery: the former engine comes back. */
static void test_false_engine_id(void **state)
{
	struct agent a;
	struct target *g;
	struct seen s;
	struct request r;
	struct snmp_usm_engine forged;

	(void)state;
	agent_open(&a, &v3);
	g = v3_target(&a, &v3);
	meet(&a, g);
	assert_int_equal(snmp_usm_engine_set(&forged, a.user, (const uint8_t *)"forged", 6), 0);
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 7, 1000);
	agent_say(&a, (struct say){ .usm_stat = 4, .low = true, .engine = &forged });
	agent_probed(&a);
	agent_say(&a, (struct say){ .usm_stat = 4, .low = true, .engine = &forged });
	assert_true(agent_take(&a));
	assert_true(snmp_usm_engine_is(&forged, a.head.engine.at, a.head.engine.n));
	fall_silent(&a, &s);
	assert_int_not_equal(s.cause, CAUSE_NONE);
	r = request(g, &s, &get);
	submit(&r);
	agent_probed(&a);
	a.boots = 9; /* hearsay again: what was proved is believed more */
	agent_say(&a, unknown_engine);
	a.boots = 7;
	assert_true(agent_take(&a));
	assert_int_equal(a.head.boots, 7);
	agent_say(&a, answer);
	assert_int_equal(s.cause, CAUSE_NONE);
	close_all(&a, g);
}

/* Whatever garbage stands at the end of a wrong password: told as authentication. */
static void test_dropped_without_a_word(void **state)
{
	struct agent a;
	struct target *g;
	struct seen s;
	struct request r;

	(void)state;
	agent_open(&a, &v3);
	g = v3_target(&a, &v3);
	r = request(g, &s, &get);
	submit(&r);
	agent_probed(&a);
	agent_say(&a, unknown_engine);
	fall_silent(&a, &s);
	assert_int_equal(s.cause, CAUSE_AUTHENTICATION);
	close_all(&a, g);
	/* nobody there at all */
	agent_open(&a, &v3);
	g = v3_target(&a, &v3);
	r = request(g, &s, &get);
	submit(&r);
	agent_probed(&a);
	fall_silent(&a, &s);
	assert_int_equal(s.cause, CAUSE_NO_ANSWER);
	close_all(&a, g);
}

static int n_twins;
static struct target *twin_a, *twin_b;

static void twins(void *user, struct target *target, struct target *with)
{
	assert_ptr_equal(user, &n_twins);
	n_twins++;
	twin_a = target;
	twin_b = with;
}

static void test_twins(void **state)
{
	struct agent a, b, c;
	struct target *g, *h, *same, *i;

	(void)state;
	n_twins = 0;
	OPS->watch_twins(t, twins, &n_twins);
	agent_open(&a, &v3);
	agent_open(&b, &v3);
	agent_open(&c, &v3);
	agent_set(&c, "engine-7", 1, 1);
	g = v3_target(&a, &v3);
	h = v3_target(&b, &v3);
	i = v3_target(&c, &v3);
	meet(&a, g);
	assert_int_equal(n_twins, 0);
	same = v3_target(&a, &v3); /* the same agent twice is none */
	meet(&a, same);
	assert_int_equal(n_twins, 0);
	OPS->target_free(same);
	meet(&c, i);
	assert_int_equal(n_twins, 0);
	/* clocks are each its own */
	b.boots = 70;
	meet(&b, h);
	assert_int_equal(n_twins, 1);
	assert_ptr_equal(twin_a, h);
	assert_ptr_equal(twin_b, g);
	for (int k = 0; k < 3; k++) {
		struct seen s;
		struct request r = request(g, &s, &get);

		submit(&r);
		agent_asked(&a, 7, 1000);
		agent_say(&a, answer);
		assert_int_equal(s.cause, CAUSE_NONE);
		r = request(h, &s, &get);
		submit(&r);
		agent_asked(&b, 70, 1000);
		agent_say(&b, answer);
		assert_int_equal(s.cause, CAUSE_NONE);
	}
	assert_int_equal(n_twins, 1);
	close_all(&a, g);
	close_all(&b, h);
	close_all(&c, i);
}

/* v2c answers to v3 requests and the other way round. */
static void test_versions_do_not_mix(void **state)
{
	struct agent a;
	struct target *g, *old;
	struct seen s;
	struct request r;

	(void)state;
	agent_open(&a, &v3);
	g = v3_target(&a, &v3);
	meet(&a, g);
	r = request(g, &s, &get);
	submit(&r);
	agent_asked(&a, 7, 1000);
	a.p.id = a.head.id;
	peer_answer(&a.p, v2, right, 3);
	events();
	assert_int_equal(s.calls, 0);
	agent_say(&a, answer);
	assert_int_equal(s.cause, CAUSE_NONE);
	old = target_for(&a.p);
	r = request(old, &s, &get);
	submit(&r);
	peer_take(&a.p);
	a.head.id = a.p.id;
	agent_say(&a, answer);
	assert_int_equal(s.calls, 0);
	peer_answer(&a.p, v2, right, 3);
	events();
	assert_int_equal(s.cause, CAUSE_NONE);
	OPS->target_free(old);
	close_all(&a, g);
}

static int all_done(void **state)
{
	(void)state;
	snmp_usm_users_done(&users);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_level, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loose_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_engine_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silent_agents_are_asked_who_they_are, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_causes_at_first_contact, setup, teardown),
		cmocka_unit_test_setup_teardown(test_false_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_false_engine_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dropped_without_a_word, setup, teardown),
		cmocka_unit_test_setup_teardown(test_twins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_versions_do_not_mix, setup, teardown),
	};

	(void)bulk;
	(void)setup_limited;
	return cmocka_run_group_tests(tests, NULL, all_done);
}
