/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user-based security model as one manager needs it (RFC 3414, RFC 3826, RFC 7860): keys,
 * digests, encryption and the time window. Users are shared by all targets with the same
 * credential, so a password is turned into a key once (2 ms), when the first agent wants it: a
 * site with a password per device starts without doing so 20,000 times. Each agent has its
 * own localized keys and clock, so no list is searched per message and no two agents can
 * disturb each other's clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "config/config.h"

#define SNMP_USM_ENGINE_MIN 5 /* SnmpEngineID, RFC 3411 */
#define SNMP_USM_ENGINE_MAX 32
#define SNMP_USM_KEY_MAX    64
#define SNMP_USM_MAC_MAX    48
#define SNMP_USM_SALT       8
#define SNMP_USM_WINDOW_S   150

/* msgFlags, RFC 3412 section 6.4 */
enum { SNMP_V3_AUTH = 1, SNMP_V3_PRIV = 2, SNMP_V3_REPORTABLE = 4 };

struct snmp_usm_user { /* a credential; immutable, but for keys that are made when first needed */
	struct snmp_usm_user *next;
	enum cfg_auth auth;
	enum cfg_priv priv;
	uint8_t level; /* SNMP_V3_AUTH | SNMP_V3_PRIV */
	uint8_t n_mac; /* bytes of msgAuthenticationParameters */
	uint8_t n_key; /* bytes of the hash, and so of a key */
	size_t n_name, n_context;
	char *name, *context;
	char *auth_password, *priv_password; /* to know the same credential again */
	bool has_keys;
	uint8_t auth_ku[SNMP_USM_KEY_MAX], priv_ku[SNMP_USM_KEY_MAX];
};

#define SNMP_USM_BUCKETS 1024

struct snmp_usm_users { /* zeroed: none */
	struct snmp_usm_user *buckets[SNMP_USM_BUCKETS];
};

/* The user of a credential of version 3, known or new. NULL when net-snmp was built without one of
 * the protocols, or a password is too short. */
struct snmp_usm_user *snmp_usm_user(struct snmp_usm_users *users,
				    const struct cfg_credential *credential, struct err *err);
void snmp_usm_users_done(struct snmp_usm_users *users);

struct snmp_usm_engine { /* an agent */
	uint8_t n_id; /* 0: not known */
	uint8_t id[SNMP_USM_ENGINE_MAX];
	bool proved;      /* an authentic message came from it; until then the clock is hearsay */
	uint32_t boots, time; /* its clock at `at` */
	uint32_t latest;  /* latestReceivedEngineTime */
	struct mono at;
	uint8_t auth_key[SNMP_USM_KEY_MAX], priv_key[SNMP_USM_KEY_MAX / 2];
};

/*
 * Sets id and keys of a new engine, and makes the user's first; the clock is 0. -1 when the id
 * is none (RFC 3411: 5 to 32 bytes, not all 00 or ff) or a key cannot be made; the engine is then
 * as before.
 */
int snmp_usm_engine_set(struct snmp_usm_engine *engine, struct snmp_usm_user *user,
			const uint8_t *id, size_t n_id);
bool snmp_usm_engine_is(const struct snmp_usm_engine *engine, const uint8_t *id, size_t n_id);
/* What an unauthentic report says: used for sending until the engine has proved itself. */
void snmp_usm_hearsay(struct snmp_usm_engine *engine, uint32_t boots, uint32_t time_s,
		      struct mono now);
/* Its clock now. */
void snmp_usm_clock(const struct snmp_usm_engine *engine, struct mono now, uint32_t *ret_boots,
		    uint32_t *ret_time_s);
/* RFC 3414, 3.2 step 7 b, for an authentic message: takes its clock over when it is newer, then
 * tells whether the message lies in the time window. */
bool snmp_usm_in_time(struct snmp_usm_engine *engine, uint32_t boots, uint32_t time_s,
		      struct mono now);
/* The clock of an authentic answer to a message that the agent found outside its window. */
void snmp_usm_resync(struct snmp_usm_engine *engine, uint32_t boots, uint32_t time_s,
		     struct mono now);

/* The digest of a whole message, user->n_mac bytes; -1 when it cannot be made. */
int snmp_usm_mac(const struct snmp_usm_user *user, const struct snmp_usm_engine *engine,
		 const uint8_t *message, size_t n, uint8_t ret_mac[SNMP_USM_MAC_MAX]);
bool snmp_usm_mac_equal(const uint8_t *a, const uint8_t *b, size_t n); /* in constant time */

struct snmp_usm_seal { /* what an encryption depends on beside the key */
	uint32_t boots, time;
	uint8_t salt[SNMP_USM_SALT]; /* msgPrivacyParameters */
};

/* Bytes that n bytes take when encrypted: DES pads to 8. */
size_t snmp_usm_sealed_size(const struct snmp_usm_user *user, size_t n);
/* to: snmp_usm_sealed_size bytes; from must hold as many, what is past n is padding. */
int snmp_usm_encrypt(const struct snmp_usm_user *user, const struct snmp_usm_engine *engine,
		     const struct snmp_usm_seal *seal, const uint8_t *from, size_t n, uint8_t *to);
/* to: n bytes. Any key makes something of any bytes: whether it was the right one shows later.
 * -1 when n is no length that the cipher makes. */
int snmp_usm_decrypt(const struct snmp_usm_user *user, const struct snmp_usm_engine *engine,
		     const struct snmp_usm_seal *seal, const uint8_t *from, size_t n, uint8_t *to);
