/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys against published vectors, and the time window. The vectors of "maplesyrup" for engine
 * 00..02: RFC 3414, A.3 (MD5, SHA); draft-reeder-snmpv3-usm-3desede-00, B.1 and B.2. The others
 * follow from the same definitions with RFC 7860's hashes, and were computed apart with Python's
 * hashlib.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "transport/snmp_usm.h"

#define S 1000000

static const uint8_t engine_id[12] = { [11] = 2 };
static struct snmp_usm_users users;

static int done(void **state)
{
	(void)state;
	snmp_usm_users_done(&users);
	return 0;
}

static struct snmp_usm_user *user(enum cfg_auth auth, enum cfg_priv priv)
{
	struct cfg_credential c = { .name = (char[]){ "c" }, .snmp_version = 3,
				    .user = (char[]){ "u" }, .auth = auth, .priv = priv,
				    .auth_password = (char[]){ "maplesyrup" },
				    .priv_password = (char[]){ "maplesyrup" } };
	struct err err = { "" };
	struct snmp_usm_user *u = snmp_usm_user(&users, &c, &err);

	if (!u)
		fail_msg("%s", err.text);
	return u;
}

static void hex(const uint8_t *b, size_t n, char *ret)
{
	for (size_t i = 0; i < n; i++)
		snprintf(ret + 2 * i, 3, "%02x", b[i]);
}

static void check_key(const uint8_t *key, const char *want)
{
	char is[2 * SNMP_USM_KEY_MAX + 1] = "";

	hex(key, strlen(want) / 2, is);
	assert_string_equal(is, want);
}

static void test_password_to_key(void **state)
{
	struct snmp_usm_user *md5 = user(CFG_AUTH_MD5, CFG_PRIV_NONE);
	struct snmp_usm_user *sha = user(CFG_AUTH_SHA, CFG_PRIV_NONE);
	struct snmp_usm_engine e;

	(void)state;
	assert_false(md5->has_keys); /* when the first agent wants them */
	assert_int_equal(snmp_usm_engine_set(&e, md5, engine_id, sizeof(engine_id)), 0);
	assert_int_equal(snmp_usm_engine_set(&e, sha, engine_id, sizeof(engine_id)), 0);
	check_key(md5->auth_ku, "9faf3283884e92834ebc9847d8edd963");
	check_key(sha->auth_ku, "9fb5cc0381497b3793528939ff788d5d79145211");
}

static void test_localized_keys(void **state)
{
	static const struct {
		enum cfg_auth auth;
		uint8_t n_mac;
		const char *key, *blumenthal, *reeder; /* 32 bytes of the latter two */
	} vectors[] = {
		{ CFG_AUTH_MD5, 12, "526f5eed9fcce26f8964c2930787d82b",
		  "526f5eed9fcce26f8964c2930787d82bfa24a92467426c2f4b09192be10dfaec",
		  "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12" },
		{ CFG_AUTH_SHA, 12, "6695febc9288e36282235fc7151f128497b38f3f",
		  "6695febc9288e36282235fc7151f128497b38f3f505e07eb9af25568fa1f5dbe",
		  "6695febc9288e36282235fc7151f128497b38f3f9b8b6d78936ba6e7d19dfd9c" },
		{ CFG_AUTH_SHA224, 16, "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674",
		  "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674e82d9bf0",
		  "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be68207567422c34be4" },
		{ CFG_AUTH_SHA256, 24,
		  "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b",
		  "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b",
		  "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b" },
		{ CFG_AUTH_SHA384, 32,
		  "3b298f16164a11184279d5432bf169e2d2a48307de02b3d3f7e2b4f36eb6f045"
		  "5a53689a3937eea07319a633d2ccba78",
		  "3b298f16164a11184279d5432bf169e2d2a48307de02b3d3f7e2b4f36eb6f045",
		  "3b298f16164a11184279d5432bf169e2d2a48307de02b3d3f7e2b4f36eb6f045" },
		{ CFG_AUTH_SHA512, 48,
		  "22a5a36cedfcc085807a128d7bc6c2382167ad6c0dbc5fdff856740f3d84c099"
		  "ad1ea87a8db096714d9788bd544047c9021e4229ce27e4c0a69250adfcffbb0b",
		  "22a5a36cedfcc085807a128d7bc6c2382167ad6c0dbc5fdff856740f3d84c099",
		  "22a5a36cedfcc085807a128d7bc6c2382167ad6c0dbc5fdff856740f3d84c099" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct snmp_usm_user *u = user(vectors[i].auth, CFG_PRIV_AES256);
		struct snmp_usm_engine e = { 0 };

		assert_int_equal(u->n_mac, vectors[i].n_mac);
		assert_int_equal(u->n_key, strlen(vectors[i].key) / 2);
		assert_int_equal(snmp_usm_engine_set(&e, u, engine_id, sizeof(engine_id)), 0);
		check_key(e.auth_key, vectors[i].key);
		check_key(e.priv_key, vectors[i].blumenthal);
		u = user(vectors[i].auth, CFG_PRIV_AES256_C);
		assert_int_equal(snmp_usm_engine_set(&e, u, engine_id, sizeof(engine_id)), 0);
		check_key(e.priv_key, vectors[i].reeder);
	}
}

static void test_users_are_shared(void **state)
{
	struct cfg_credential c = { .name = (char[]){ "c" }, .snmp_version = 3,
				    .user = (char[]){ "u" }, .auth = CFG_AUTH_MD5,
				    .auth_password = (char[]){ "maplesyrup" } };
	struct err err = { "" };
	struct snmp_usm_user *first = snmp_usm_user(&users, &c, &err);

	(void)state;
	assert_ptr_equal(snmp_usm_user(&users, &c, &err), first);
	c.context = (char[]){ "bay1" };
	assert_ptr_not_equal(snmp_usm_user(&users, &c, &err), first);
	c.context = NULL;
	c.auth_password = (char[]){ "maplesyruq" };
	assert_ptr_not_equal(snmp_usm_user(&users, &c, &err), first);
	c.auth_password = (char[]){ "short" };
	assert_null(snmp_usm_user(&users, &c, &err));
	assert_non_null(strstr(err.text, "8 characters"));
	assert_null(strstr(err.text, "short\""));
}

static void test_engine_ids(void **state)
{
	struct snmp_usm_user *u = user(CFG_AUTH_SHA256, CFG_PRIV_AES128);
	struct snmp_usm_engine e = { .n_id = 9 };
	uint8_t id[33];

	(void)state;
	memset(id, 7, sizeof(id));
	assert_int_equal(snmp_usm_engine_set(&e, u, id, 4), -1);
	assert_int_equal(snmp_usm_engine_set(&e, u, id, 33), -1);
	memset(id, 0xff, sizeof(id));
	assert_int_equal(snmp_usm_engine_set(&e, u, id, 12), -1);
	memset(id, 0, sizeof(id));
	assert_int_equal(snmp_usm_engine_set(&e, u, id, 12), -1);
	assert_int_equal(snmp_usm_engine_set(&e, u, NULL, 0), -1);
	assert_int_equal(e.n_id, 9);
	id[0] = 1;
	assert_int_equal(snmp_usm_engine_set(&e, u, id, 32), 0);
	assert_true(snmp_usm_engine_is(&e, id, 32));
	assert_false(snmp_usm_engine_is(&e, id, 31));
}

static void test_time_window(void **state)
{
	struct snmp_usm_engine e = { .n_id = 5 };
	uint32_t boots, time_s;
	struct mono t0 = { 50 * S };

	(void)state;
	/* hearsay is sent, and shuts nobody out */
	snmp_usm_hearsay(&e, 9, 99999, t0);
	snmp_usm_clock(&e, (struct mono){ 53 * S }, &boots, &time_s);
	assert_int_equal(boots, 9);
	assert_int_equal(time_s, 100002);
	assert_true(snmp_usm_in_time(&e, 3, 1000, t0));
	assert_true(e.proved);
	assert_int_equal(e.latest, 1000);
	snmp_usm_hearsay(&e, 99, 1, t0);
	assert_int_equal(e.boots, 3);
	/* its clock goes on with ours */
	snmp_usm_clock(&e, (struct mono){ 150 * S }, &boots, &time_s);
	assert_int_equal(boots, 3);
	assert_int_equal(time_s, 1100);
	/* an older message: within 150 s, and just beyond; neither turns the clock back */
	assert_true(snmp_usm_in_time(&e, 3, 950, (struct mono){ 150 * S }));
	assert_false(snmp_usm_in_time(&e, 3, 949, (struct mono){ 150 * S }));
	assert_int_equal(e.latest, 1000);
	snmp_usm_clock(&e, (struct mono){ 150 * S }, &boots, &time_s);
	assert_int_equal(time_s, 1100);
	/* newer: taken over, even when it lies behind our notion */
	assert_true(snmp_usm_in_time(&e, 3, 1001, (struct mono){ 1000 * S }));
	assert_int_equal(e.latest, 1001);
	/* fewer boots: never; more: a restart */
	assert_false(snmp_usm_in_time(&e, 2, 5000, t0));
	assert_int_equal(e.boots, 3);
	assert_true(snmp_usm_in_time(&e, 4, 2, t0));
	assert_int_equal(e.boots, 4);
	assert_int_equal(e.latest, 2);
	/* the same message again, and at the same second */
	assert_true(snmp_usm_in_time(&e, 4, 2, t0));
	/* boots at their end: no message is in time (3.2 step 7 b 2) */
	assert_false(snmp_usm_in_time(&e, INT32_MAX, 2, t0));
	/* an agent that lost its boots */
	snmp_usm_resync(&e, 1, 7, t0);
	assert_true(snmp_usm_in_time(&e, 1, 8, t0));
	/* time does not run over */
	snmp_usm_resync(&e, 1, INT32_MAX - 1, t0);
	snmp_usm_clock(&e, (struct mono){ t0.us + 10 * (int64_t)S }, &boots, &time_s);
	assert_int_equal(time_s, INT32_MAX);
}

static void test_encryption(void **state)
{
	(void)state;
	for (int priv = CFG_PRIV_DES; priv <= CFG_PRIV_AES256_C; priv++) {
		struct snmp_usm_user *u = user(CFG_AUTH_SHA, (enum cfg_priv)priv);
		struct snmp_usm_seal seal = { 3, 77, { 1, 2, 3, 4, 5, 6, 7, 8 } };
		uint8_t plain[72] = { 0 }, sealed[72], back[72];
		struct snmp_usm_engine e;

		assert_int_equal(snmp_usm_engine_set(&e, u, engine_id, sizeof(engine_id)), 0);
		for (size_t n = 1; n <= 64; n++) {
			size_t n_sealed = snmp_usm_sealed_size(u, n);

			plain[n - 1] = (uint8_t)(n * 7);
			assert_int_equal(n_sealed, priv == CFG_PRIV_DES ? (n + 7) / 8 * 8 : n);
			assert_int_equal(snmp_usm_encrypt(u, &e, &seal, plain, n, sealed), 0);
			if (n >= 8)
				assert_memory_not_equal(sealed, plain, n);
			assert_int_equal(snmp_usm_decrypt(u, &e, &seal, sealed, n_sealed, back), 0);
			assert_memory_equal(back, plain, n);
		}
		seal.salt[7]++;
		assert_int_equal(snmp_usm_decrypt(u, &e, &seal, sealed, 64, back), 0);
		assert_memory_not_equal(back, plain, 64);
		assert_int_equal(snmp_usm_decrypt(u, &e, &seal, sealed, 0, back), -1);
		if (priv == CFG_PRIV_DES)
			assert_int_equal(snmp_usm_decrypt(u, &e, &seal, sealed, 63, back), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_password_to_key),
		cmocka_unit_test(test_localized_keys),
		cmocka_unit_test(test_users_are_shared),
		cmocka_unit_test(test_engine_ids),
		cmocka_unit_test(test_time_window),
		cmocka_unit_test(test_encryption),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
