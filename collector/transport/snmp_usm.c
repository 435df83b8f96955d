/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primitives are net-snmp's sc_* and generate_K*, which keep no state; its user
 * list and its engine times are never used. Localisation of long AES keys is done here, because
 * builds of net-snmp differ in whether they have it.
 */
#include "transport/snmp_usm.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/library/keytools.h>
#include <net-snmp/library/scapi.h>
#include <net-snmp/library/transform_oids.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "transport/snmp_lenient.h"

#define BOOTS_MAX UINT32_C(2147483647) /* the engine needs new keys, RFC 3414 section 2.2.2 */

struct hash {
	const oid *id;
	uint8_t n_key, n_mac;
};

static const struct hash hashes[] = {
	[CFG_AUTH_MD5] = { usmHMACMD5AuthProtocol, 16, 12 },
	[CFG_AUTH_SHA] = { usmHMACSHA1AuthProtocol, 20, 12 },
	[CFG_AUTH_SHA224] = { usmHMAC128SHA224AuthProtocol, 28, 16 },
	[CFG_AUTH_SHA256] = { usmHMAC192SHA256AuthProtocol, 32, 24 },
	[CFG_AUTH_SHA384] = { usmHMAC256SHA384AuthProtocol, 48, 32 },
	[CFG_AUTH_SHA512] = { usmHMAC384SHA512AuthProtocol, 64, 48 },
};
#define HASH_OID_LENGTH OID_LENGTH(usmHMACMD5AuthProtocol)

struct cipher {
	const oid *id; /* NULL: this net-snmp has it not */
	size_t n_id;
	uint8_t n_key;   /* of the cipher's own key */
	uint8_t n_local; /* to be localized: DES takes 8 more for its pre-IV */
	bool reeder;
};

#define CIPHER(id) id, OID_LENGTH(id)
static const struct cipher ciphers[] = {
#ifndef NETSNMP_DISABLE_DES
	[CFG_PRIV_DES] = { CIPHER(usmDESPrivProtocol), 8, 16, false },
#endif
	[CFG_PRIV_AES128] = { CIPHER(usmAESPrivProtocol), 16, 16, false },
#ifdef NETSNMP_DRAFT_BLUMENTHAL_AES_04
	[CFG_PRIV_AES192] = { CIPHER(usmAES192PrivProtocol), 24, 24, false },
	[CFG_PRIV_AES256] = { CIPHER(usmAES256PrivProtocol), 32, 32, false },
	/* The same ciphers: only the key is made another way. */
	[CFG_PRIV_AES192_C] = { CIPHER(usmAES192PrivProtocol), 24, 24, true },
	[CFG_PRIV_AES256_C] = { CIPHER(usmAES256PrivProtocol), 32, 32, true },
#endif
	[CFG_PRIV_AES256_C + 1] = { NULL, 0, 0, 0, false },
};

/* ---- users ------------------------------------------------------------------ */

static const char *plain(const char *text)
{
	return text ? text : "";
}

static bool is_of(const struct snmp_usm_user *u, const struct cfg_credential *c)
{
	return u->auth == c->auth && u->priv == c->priv && strcmp(u->name, plain(c->user)) == 0 &&
	       strcmp(u->context, plain(c->context)) == 0 &&
	       strcmp(u->auth_password, plain(c->auth_password)) == 0 &&
	       strcmp(u->priv_password, plain(c->priv_password)) == 0;
}

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void user_free(struct snmp_usm_user *u)
{
	free(u->name);
	free(u->context);
	forget(u->auth_password);
	forget(u->priv_password);
	explicit_bzero(u, sizeof(*u));
	free(u);
}

static int to_key(enum cfg_auth auth, const uint8_t *secret, size_t n,
		  uint8_t ret[SNMP_USM_KEY_MAX])
{
	size_t n_key = SNMP_USM_KEY_MAX;

	return generate_Ku(hashes[auth].id, HASH_OID_LENGTH, secret, n, ret, &n_key) ==
			       SNMPERR_SUCCESS && n_key == hashes[auth].n_key ? 0 : -1;
}

static int make_keys(struct snmp_usm_user *u)
{
	if (u->has_keys || u->auth == CFG_AUTH_NONE)
		return 0;
	if (to_key(u->auth, (const uint8_t *)u->auth_password, strlen(u->auth_password),
		   u->auth_ku) < 0)
		return -1;
	if (strcmp(u->auth_password, u->priv_password) == 0)
		memcpy(u->priv_ku, u->auth_ku, sizeof(u->priv_ku));
	else if (u->priv && to_key(u->auth, (const uint8_t *)u->priv_password,
				   strlen(u->priv_password), u->priv_ku) < 0)
		return -1;
	u->has_keys = true;
	return 0;
}

/* What make_keys() could stumble over, without its 2 ms. */
static bool can_be(const struct snmp_usm_user *u)
{
	static const uint8_t nothing[1];
	uint8_t mac[SNMP_USM_KEY_MAX];
	size_t n = sizeof(mac);

	return !u->auth || (strlen(u->auth_password) >= USM_LENGTH_P_MIN &&
			    sc_hash(hashes[u->auth].id, HASH_OID_LENGTH, nothing, 1, mac, &n) ==
				    SNMPERR_SUCCESS &&
			    (!u->priv || (ciphers[u->priv].id &&
					  strlen(u->priv_password) >= USM_LENGTH_P_MIN)));
}

static struct snmp_usm_user **bucket_of(struct snmp_usm_users *users,
					const struct cfg_credential *c)
{
	uint64_t hash = text_hash(plain(c->user), strlen(plain(c->user)));

	hash = text_hash_more(hash, plain(c->auth_password), strlen(plain(c->auth_password)));
	return &users->buckets[hash % SNMP_USM_BUCKETS];
}

struct snmp_usm_user *snmp_usm_user(struct snmp_usm_users *users, const struct cfg_credential *c,
				    struct err *err)
{
	struct snmp_usm_user **bucket = bucket_of(users, c), *u;

	for (u = *bucket; u; u = u->next) {
		if (is_of(u, c))
			return u;
	}
	snmp_lenient_init();
	u = xcalloc(1, sizeof(*u));
	u->auth = c->auth;
	u->priv = c->auth == CFG_AUTH_NONE ? CFG_PRIV_NONE : c->priv;
	u->level = (uint8_t)((u->auth ? SNMP_V3_AUTH : 0) | (u->priv ? SNMP_V3_PRIV : 0));
	u->n_mac = hashes[u->auth].n_mac;
	u->n_key = hashes[u->auth].n_key;
	u->name = xstrdup(plain(c->user));
	u->context = xstrdup(plain(c->context));
	u->n_name = strlen(u->name);
	u->n_context = strlen(u->context);
	u->auth_password = xstrdup(plain(c->auth_password));
	u->priv_password = xstrdup(plain(c->priv_password));
	if (!can_be(u)) {
		user_free(u);
		err_set(err, "credential %s: this machine's net-snmp or OpenSSL lacks its auth or "
			"priv protocol, or a password is shorter than 8 characters: use others",
			plain(c->name));
		return NULL;
	}
	u->next = *bucket;
	*bucket = u;
	return u;
}

void snmp_usm_users_done(struct snmp_usm_users *users)
{
	for (size_t i = 0; i < SNMP_USM_BUCKETS; i++) {
		while (users->buckets[i]) {
			struct snmp_usm_user *u = users->buckets[i];

			users->buckets[i] = u->next;
			user_free(u);
		}
	}
}

/* ---- engines ---------------------------------------------------------------- */

/* Kul = H(Ku, engine id, Ku), RFC 3414 section 2.6. */
static int localize(const struct snmp_usm_user *u, const uint8_t *ku, const uint8_t *id,
		    size_t n_id, uint8_t ret[SNMP_USM_KEY_MAX])
{
	size_t n = SNMP_USM_KEY_MAX;

	return generate_kul(hashes[u->auth].id, HASH_OID_LENGTH, id, n_id, ku, u->n_key, ret, &n) ==
			       SNMPERR_SUCCESS && n == u->n_key ? 0 : -1;
}

/* Blumenthal: K || H(K) || H(K || H(K)) ... */
static int extend_blumenthal(const struct snmp_usm_user *u, uint8_t *key, size_t want)
{
	uint8_t more[SNMP_USM_KEY_MAX];

	for (size_t n = u->n_key; n < want; n += u->n_key) {
		size_t n_more = sizeof(more), room = SNMP_USM_KEY_MAX - n;

		if (sc_hash(hashes[u->auth].id, HASH_OID_LENGTH, key, n, more, &n_more) !=
			    SNMPERR_SUCCESS || n_more != u->n_key)
			return -1;
		memcpy(key + n, more, n_more < room ? n_more : room);
	}
	return 0;
}

/* Reeder: the key before is a password to the next; costs a password's 2 ms per block. */
static int extend_reeder(const struct snmp_usm_user *u, const uint8_t *id, size_t n_id,
			 uint8_t *key, size_t want)
{
	uint8_t ku[SNMP_USM_KEY_MAX], kul[SNMP_USM_KEY_MAX];

	for (size_t n = u->n_key; n < want; n += u->n_key) {
		size_t room = SNMP_USM_KEY_MAX - n;

		if (to_key(u->auth, key + n - u->n_key, u->n_key, ku) < 0 ||
		    localize(u, ku, id, n_id, kul) < 0)
			return -1;
		memcpy(key + n, kul, u->n_key < room ? u->n_key : room);
	}
	return 0;
}

static bool id_is_one(const uint8_t *id, size_t n)
{
	size_t low = 0, high = 0;

	for (size_t i = 0; i < n; i++) {
		low += id[i] == 0x00;
		high += id[i] == 0xff;
	}
	return n >= SNMP_USM_ENGINE_MIN && n <= SNMP_USM_ENGINE_MAX && low < n && high < n;
}

int snmp_usm_engine_set(struct snmp_usm_engine *engine, struct snmp_usm_user *u,
			const uint8_t *id, size_t n_id)
{
	struct snmp_usm_engine e = { 0 };
	uint8_t key[SNMP_USM_KEY_MAX] = { 0 };
	const struct cipher *cipher = &ciphers[u->priv];

	if (!id_is_one(id, n_id) || make_keys(u) < 0)
		return -1;
	memcpy(e.id, id, n_id);
	e.n_id = (uint8_t)n_id;
	if (u->auth && localize(u, u->auth_ku, id, n_id, e.auth_key) < 0)
		return -1;
	if (u->priv) {
		if (localize(u, u->priv_ku, id, n_id, key) < 0 ||
		    (cipher->reeder ? extend_reeder(u, id, n_id, key, cipher->n_local) :
				      extend_blumenthal(u, key, cipher->n_local)) < 0)
			return -1;
		memcpy(e.priv_key, key, sizeof(e.priv_key));
		explicit_bzero(key, sizeof(key));
	}
	*engine = e;
	return 0;
}

bool snmp_usm_engine_is(const struct snmp_usm_engine *e, const uint8_t *id, size_t n_id)
{
	return e->n_id && e->n_id == n_id && memcmp(e->id, id, n_id) == 0;
}

static void set_clock(struct snmp_usm_engine *e, uint32_t boots, uint32_t time_s, struct mono now)
{
	e->boots = boots;
	e->time = time_s;
	e->at = now;
}

void snmp_usm_hearsay(struct snmp_usm_engine *e, uint32_t boots, uint32_t time_s, struct mono now)
{
	if (!e->proved)
		set_clock(e, boots, time_s, now);
}

void snmp_usm_clock(const struct snmp_usm_engine *e, struct mono now, uint32_t *ret_boots,
		    uint32_t *ret_time_s)
{
	int64_t s = e->n_id && now.us > e->at.us ? (now.us - e->at.us) / 1000000 : 0;

	s += e->time;
	*ret_boots = e->boots;
	*ret_time_s = s < (int64_t)BOOTS_MAX ? (uint32_t)s : BOOTS_MAX;
}

bool snmp_usm_in_time(struct snmp_usm_engine *e, uint32_t boots, uint32_t time_s, struct mono now)
{
	uint32_t is_boots, is_time;

	/* Before the proof boots, time and latest count as 0: hearsay must not shut anyone out. */
	if (!e->proved || boots > e->boots || (boots == e->boots && time_s > e->latest)) {
		set_clock(e, boots, time_s, now);
		e->latest = time_s;
	}
	e->proved = true;
	snmp_usm_clock(e, now, &is_boots, &is_time);
	return is_boots != BOOTS_MAX && boots == is_boots &&
	       (int64_t)time_s >= (int64_t)is_time - SNMP_USM_WINDOW_S;
}

void snmp_usm_resync(struct snmp_usm_engine *e, uint32_t boots, uint32_t time_s, struct mono now)
{
	set_clock(e, boots, time_s, now);
	e->latest = time_s;
	e->proved = true;
}

/* ---- messages --------------------------------------------------------------- */

int snmp_usm_mac(const struct snmp_usm_user *u, const struct snmp_usm_engine *e,
		 const uint8_t *message, size_t n, uint8_t ret_mac[SNMP_USM_MAC_MAX])
{
	size_t n_mac = u->n_mac;

	assert(u->auth != CFG_AUTH_NONE);
	return sc_generate_keyed_hash(hashes[u->auth].id, HASH_OID_LENGTH, e->auth_key, u->n_key,
				      message, (u_int)n, ret_mac, &n_mac) == SNMPERR_SUCCESS &&
			       n_mac == u->n_mac ? 0 : -1;
}

bool snmp_usm_mac_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	volatile uint8_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ = (uint8_t)(differ | (a[i] ^ b[i]));
	return differ == 0;
}

size_t snmp_usm_sealed_size(const struct snmp_usm_user *u, size_t n)
{
	return u->priv == CFG_PRIV_DES ? (n + 7) & ~(size_t)7 : n;
}

static void put_u32(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* RFC 3414, 8.1.1.1: salt xor pre-IV; RFC 3826, 3.1.2.1: boots, time, salt. */
static u_int make_iv(const struct snmp_usm_user *u, const struct snmp_usm_engine *e,
		     const struct snmp_usm_seal *seal, uint8_t iv[16])
{
	if (u->priv == CFG_PRIV_DES) {
		for (int i = 0; i < SNMP_USM_SALT; i++)
			iv[i] = seal->salt[i] ^ e->priv_key[8 + i];
		return 8;
	}
	put_u32(iv, seal->boots);
	put_u32(iv + 4, seal->time);
	memcpy(iv + 8, seal->salt, SNMP_USM_SALT);
	return 16;
}

int snmp_usm_encrypt(const struct snmp_usm_user *u, const struct snmp_usm_engine *e,
		     const struct snmp_usm_seal *seal, const uint8_t *from, size_t n, uint8_t *to)
{
	const struct cipher *c = &ciphers[u->priv];
	uint8_t key[SNMP_USM_KEY_MAX / 2], iv[16];
	u_int n_iv = make_iv(u, e, seal, iv);
	size_t want = snmp_usm_sealed_size(u, n), got = want;

	memcpy(key, e->priv_key, sizeof(key));
	return sc_encrypt(c->id, c->n_id, key, c->n_key, iv, n_iv, from, (u_int)want, to, &got) ==
			       SNMPERR_SUCCESS && got == want ? 0 : -1;
}

int snmp_usm_decrypt(const struct snmp_usm_user *u, const struct snmp_usm_engine *e,
		     const struct snmp_usm_seal *seal, const uint8_t *from, size_t n, uint8_t *to)
{
	const struct cipher *c = &ciphers[u->priv];
	uint8_t key[SNMP_USM_KEY_MAX / 2], iv[16];
	u_int n_iv = make_iv(u, e, seal, iv);
	size_t got = n;

	if (!n || snmp_usm_sealed_size(u, n) != n)
		return -1;
	memcpy(key, e->priv_key, sizeof(key));
	return sc_decrypt(c->id, c->n_id, key, c->n_key, iv, n_iv, (u_char *)(uintptr_t)from,
			  (u_int)n, to, &got) == SNMPERR_SUCCESS && got == n ? 0 : -1;
}
