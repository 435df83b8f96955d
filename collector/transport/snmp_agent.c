/* SPDX-License-Identifier: Apache-2.0 */
/* The order of checks is that of RFC 3414 section 3.2, and of RFC 3412 section 7.2 after it. */
#include "transport/snmp_agent.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "transport/snmp_ber.h"
#include "transport/snmp_lenient.h"

#define PACKET_MAX 65536

struct snmp_agent_room {
	uint64_t salt; /* one counter for all agents, so that none repeats for any */
	uint8_t packet[PACKET_MAX], plain[PACKET_MAX];
};

struct snmp_agent_room *snmp_agent_room_new(void)
{
	struct snmp_agent_room *room = xcalloc(1, sizeof(*room));

	/* A random start of 64 bits, where RFC 3414 section 8.1.1.1 proposes boots and a 32-bit
	 * counter: a manager that stores no boots would repeat those after each start. */
	if (getrandom(&room->salt, sizeof(room->salt), 0) != sizeof(room->salt))
		room->salt = (uint64_t)clock_wall().us << 20 ^ (uint64_t)clock_mono().us;
	return room;
}

struct snmp_agent_room *snmp_agent_room_free(struct snmp_agent_room *room)
{
	if (room)
		explicit_bzero(room, sizeof(*room));
	free(room);
	return NULL;
}

struct snmp_agent *snmp_agent_new(struct snmp_usm_user *user, struct target *target)
{
	struct snmp_agent *a = xcalloc(1, sizeof(*a));

	a->user = user;
	a->target = target;
	return a;
}

static void drop_former(struct snmp_agent *a)
{
	if (a->former)
		explicit_bzero(a->former, sizeof(*a->former));
	free(a->former);
	a->former = NULL;
}

struct snmp_agent *snmp_agent_free(struct snmp_agent *a)
{
	if (!a)
		return NULL;
	drop_former(a);
	explicit_bzero(a, sizeof(*a));
	free(a);
	return NULL;
}

size_t snmp_agent_write(struct snmp_agent *a, struct snmp_agent_room *room,
			const struct plan_request *what, uint32_t id, uint8_t *progress,
			struct mono now, uint8_t *buf, size_t size)
{
	struct snmp_v3_ask ask = { .id = id, .now = now };

	if (!a->engine.n_id || a->doubt)
		*progress |= SNMP_AGENT_PROBING;
	if (!(*progress & SNMP_AGENT_PROBING)) {
		ask.user = a->user;
		ask.engine = &a->engine;
		ask.what = what;
		ask.salt = room->salt++;
	}
	return snmp_v3_write(&ask, buf, size);
}

/* ---- reports ---------------------------------------------------------------- */

enum report {
	REPORT_NONE,
	/* usmStats, RFC 3414 section 5: 1.3.6.1.6.3.15.1.1.N.0 */
	REPORT_SECURITY_LEVEL = 1, REPORT_NOT_IN_TIME = 2, REPORT_USER = 3, REPORT_ENGINE = 4,
	REPORT_DIGEST = 5, REPORT_DECRYPTION = 6,
	REPORT_CONTEXT, /* snmpUnavailableContexts, snmpUnknownContexts, RFC 3413 */
};

static enum report which(const struct snmp_message *m)
{
	static const struct oid usm = { 10, { 1, 3, 6, 1, 6, 3, 15, 1, 1 } };
	static const struct oid target = { 9, { 1, 3, 6, 1, 6, 3, 12, 1 } };
	const struct oid *o;

	if (m->n_vbs < 1)
		return REPORT_NONE;
	o = &m->vbs[0].oid;
	if (o->n >= usm.n && memcmp(o->arc, usm.arc, 9 * sizeof(o->arc[0])) == 0 &&
	    o->arc[9] >= REPORT_SECURITY_LEVEL && o->arc[9] <= REPORT_DECRYPTION)
		return (enum report)o->arc[9];
	if (o->n >= target.n && memcmp(o->arc, target.arc, 8 * sizeof(o->arc[0])) == 0 &&
	    (o->arc[8] == 4 || o->arc[8] == 5))
		return REPORT_CONTEXT;
	return REPORT_NONE;
}

static enum snmp_agent_verdict failed(enum cause cause, enum cause *ret_cause)
{
	*ret_cause = cause;
	return SNMP_AGENT_FAILED;
}

static enum snmp_agent_verdict ignore(struct snmp_agent *a, enum cause cause)
{
	a->noted = cause;
	return SNMP_AGENT_IGNORE;
}

/* The answer to a probe. */
static enum snmp_agent_verdict discovered(struct snmp_agent *a, const struct snmp_v3_head *h,
					  enum report report, uint8_t *progress, struct mono now)
{
	struct snmp_usm_engine fresh;

	/* Some agents look for the (empty) user first, and say who they are all the same. */
	if (report != REPORT_ENGINE && report != REPORT_USER)
		return ignore(a, CAUSE_MALFORMED);
	if (!snmp_usm_engine_is(&a->engine, h->engine.at, h->engine.n)) {
		if (snmp_usm_engine_set(&fresh, a->user, h->engine.at, h->engine.n) < 0)
			return ignore(a, CAUSE_MALFORMED);
		if (a->engine.proved) {
			drop_former(a);
			a->former = xcalloc(1, sizeof(*a->former));
			*a->former = a->engine;
		} else if (a->former && snmp_usm_engine_is(a->former, h->engine.at, h->engine.n)) {
			fresh = *a->former;
			drop_former(a);
		}
		a->engine = fresh;
	}
	snmp_usm_hearsay(&a->engine, h->boots, h->time, now);
	a->doubt = false;
	/* Many agents drop without a word what they cannot decrypt: that the probe was answered and
	 * what follows will not be says enough. */
	if (a->user->priv)
		a->noted = CAUSE_AUTHENTICATION;
	*progress &= (uint8_t)~SNMP_AGENT_PROBING;
	return SNMP_AGENT_AGAIN;
}

static enum snmp_agent_verdict other_engine(struct snmp_agent *a, const struct snmp_v3_head *h,
					    uint8_t *progress, enum cause *ret_cause)
{
	/* Whoever has our id and says that it is not known says nothing. */
	if (snmp_usm_engine_is(&a->engine, h->engine.at, h->engine.n))
		return ignore(a, CAUSE_MALFORMED);
	if (*progress & SNMP_AGENT_REDISCOVERED)
		return failed(CAUSE_AUTHENTICATION, ret_cause);
	*progress |= SNMP_AGENT_REDISCOVERED | SNMP_AGENT_PROBING;
	return SNMP_AGENT_AGAIN;
}

static enum snmp_agent_verdict not_in_time(struct snmp_agent *a, const struct snmp_v3_head *h,
					   bool authentic, uint8_t *progress, struct mono now,
					   enum cause *ret_cause)
{
	if (!authentic)
		return ignore(a, CAUSE_NOT_IN_TIME);
	/*
	 * Its clock may lie behind what we knew: an agent that stores no boots starts again at 0
	 * or 1, and strictly (3.2 step 7 b 2) would not be heard until it has caught up. The
	 * digest is right and the id is that of our last message, so this is no replay: believed.
	 */
	snmp_usm_resync(&a->engine, h->boots, h->time, now);
	drop_former(a);
	if (*progress & SNMP_AGENT_RESYNCED)
		return failed(CAUSE_NOT_IN_TIME, ret_cause);
	*progress |= SNMP_AGENT_RESYNCED;
	return SNMP_AGENT_AGAIN;
}

static enum snmp_agent_verdict read_report(struct snmp_agent *a, const struct snmp_v3_head *h,
					   const struct snmp_message *m, bool authentic,
					   uint8_t *progress, struct mono now,
					   enum cause *ret_cause)
{
	enum report report = which(m);
	enum cause cause = CAUSE_MALFORMED;

	if (*progress & SNMP_AGENT_PROBING)
		return discovered(a, h, report, progress, now);
	switch (report) {
	case REPORT_ENGINE:
		return other_engine(a, h, progress, ret_cause);
	case REPORT_NOT_IN_TIME:
		return not_in_time(a, h, authentic, progress, now, ret_cause);
	case REPORT_USER:
		cause = CAUSE_UNKNOWN_USER;
		break;
	case REPORT_SECURITY_LEVEL:
	case REPORT_DIGEST:
	case REPORT_DECRYPTION:
		cause = CAUSE_AUTHENTICATION;
		break;
	case REPORT_CONTEXT:
		cause = CAUSE_NO_SUCH;
		break;
	case REPORT_NONE:
		break;
	}
	if (!snmp_usm_engine_is(&a->engine, h->engine.at, h->engine.n))
		return ignore(a, CAUSE_MALFORMED);
	if (authentic || !a->engine.proved)
		return failed(cause, ret_cause);
	return ignore(a, cause);
}

/* ---- messages --------------------------------------------------------------- */

/* RFC 3414, 3.2 steps 3 to 6: user, engine and digest. */
static bool is_signed(const struct snmp_agent *a, struct snmp_agent_room *room,
		      const struct snmp_v3_head *h)
{
	const struct snmp_usm_user *u = a->user;
	uint8_t mac[SNMP_USM_MAC_MAX];

	if (!u->auth || h->mac.n != u->n_mac || h->message.n > PACKET_MAX ||
	    !snmp_usm_engine_is(&a->engine, h->engine.at, h->engine.n) ||
	    h->user.n != u->n_name || memcmp(h->user.at, u->name, u->n_name) != 0)
		return false;
	memcpy(room->packet, h->message.at, h->message.n);
	memset(room->packet + (h->mac.at - h->message.at), 0, h->mac.n);
	return snmp_usm_mac(u, &a->engine, room->packet, h->message.n, mac) == 0 &&
	       snmp_usm_mac_equal(mac, h->mac.at, h->mac.n);
}

/* The plain scoped PDU, in ret. */
static int unseal(const struct snmp_agent *a, struct snmp_agent_room *room,
		  const struct snmp_v3_head *h, struct snmp_v3_scoped *ret)
{
	struct snmp_usm_seal seal = { .boots = h->boots, .time = h->time };

	if (!(h->level & SNMP_V3_PRIV))
		return snmp_v3_scoped(h->data.at, h->data.n, ret);
	if (!a->user->priv || h->data.n > PACKET_MAX)
		return -1;
	memcpy(seal.salt, h->salt.at, SNMP_USM_SALT);
	if (snmp_usm_decrypt(a->user, &a->engine, &seal, h->data.at, h->data.n, room->plain) < 0)
		return -1;
	return snmp_v3_scoped(room->plain, h->data.n, ret);
}

/* A response: at the level we asked with, from our engine, user and context. */
static bool is_ours(const struct snmp_agent *a, const struct snmp_v3_head *h,
		    const struct snmp_v3_scoped *s, const struct snmp_message *m)
{
	const struct snmp_usm_user *u = a->user;

	return h->level == u->level && (uint32_t)m->id == h->id &&
	       snmp_usm_engine_is(&a->engine, h->engine.at, h->engine.n) &&
	       snmp_usm_engine_is(&a->engine, s->engine.at, s->engine.n) &&
	       h->user.n == u->n_name && memcmp(h->user.at, u->name, u->n_name) == 0 &&
	       s->context.n == u->n_context &&
	       memcmp(s->context.at, u->context, u->n_context) == 0;
}

/* The strict reader; then net-snmp's, to which the PDU is shown as one of v2c. */
static int read_pdu(struct snmp_agent_room *room, const struct snmp_v3_octets *pdu,
		    struct snmp_message *m)
{
	struct snmp_ber_out out = { room->packet, room->packet + PACKET_MAX, false };
	const uint8_t *const end = out.at;

	if (snmp_codec_read_pdu(pdu->at, pdu->n, m) == 0)
		return 0;
	snmp_ber_put_bytes(&out, pdu->at, pdu->n);
	snmp_ber_put_header(&out, VB_OCTETS, out.at);
	snmp_ber_put_integer(&out, SNMP_V2C);
	snmp_ber_put_header(&out, SNMP_BER_SEQUENCE, end);
	if (out.full || snmp_lenient_read(out.at, (size_t)(end - out.at), m) < 0)
		return -1;
	m->version = SNMP_V3;
	return 0;
}

enum snmp_agent_verdict snmp_agent_read(struct snmp_agent *a, struct snmp_agent_room *room,
					const struct snmp_v3_head *h, uint8_t *progress,
					struct mono now, struct snmp_message *m,
					enum cause *ret_cause)
{
	bool authentic = h->level & SNMP_V3_AUTH, in_time = true;
	struct snmp_v3_scoped scoped;

	if (authentic) {
		if (!is_signed(a, room, h))
			return ignore(a, CAUSE_AUTHENTICATION);
		in_time = snmp_usm_in_time(&a->engine, h->boots, h->time, now);
		drop_former(a);
	}
	if (unseal(a, room, h, &scoped) < 0 || read_pdu(room, &scoped.pdu, m) < 0)
		return ignore(a, h->level & SNMP_V3_PRIV ? CAUSE_AUTHENTICATION : CAUSE_MALFORMED);
	if (m->pdu == SNMP_PDU_REPORT && (in_time || which(m) == REPORT_NOT_IN_TIME))
		return read_report(a, h, m, authentic, progress, now, ret_cause);
	if (!in_time)
		return ignore(a, CAUSE_NOT_IN_TIME);
	if (*progress & SNMP_AGENT_PROBING || !is_ours(a, h, &scoped, m))
		return ignore(a, authentic ? CAUSE_WRONG_ID : CAUSE_AUTHENTICATION);
	if (!authentic) {
		a->engine.proved = true;
		drop_former(a);
	}
	a->noted = CAUSE_NONE;
	return SNMP_AGENT_ANSWER;
}

void snmp_agent_ended(struct snmp_agent *a, enum cause cause)
{
	if (cause == CAUSE_NONE || cause == CAUSE_DEVICE_ERROR)
		return;
	/* Silence may mean another engine id where reports are not sent: costs one packet. */
	a->doubt = true;
}

/* ---- agents by engine id ------------------------------------------------------ */

static struct snmp_agent **bucket_of(const struct snmp_engines *e, uint64_t hash)
{
	return &e->buckets[hash & (e->n_buckets - 1)];
}

static void insert(struct snmp_engines *e, struct snmp_agent *a)
{
	struct snmp_agent **bucket = bucket_of(e, a->indexed);

	a->next_in_bucket = *bucket;
	*bucket = a;
}

static void grow(struct snmp_engines *e)
{
	struct snmp_agent **old = e->buckets;
	size_t n_old = e->n_buckets;

	e->n_buckets = n_old ? n_old * 2 : 64;
	e->buckets = xcalloc(e->n_buckets, sizeof(struct snmp_agent *));
	for (size_t i = 0; i < n_old; i++) {
		while (old[i]) {
			struct snmp_agent *a = old[i];

			old[i] = a->next_in_bucket;
			insert(e, a);
		}
	}
	free(old);
}

struct snmp_agent *snmp_engines_list(struct snmp_engines *e, struct snmp_agent *a)
{
	uint64_t hash = text_hash(a->engine.id, a->engine.n_id);
	struct snmp_agent *twin;

	hash += hash == 0;
	if (a->indexed == hash)
		return NULL;
	snmp_engines_remove(e, a);
	if (e->n >= e->n_buckets)
		grow(e);
	for (twin = *bucket_of(e, hash); twin; twin = twin->next_in_bucket) {
		if (snmp_usm_engine_is(&twin->engine, a->engine.id, a->engine.n_id))
			break;
	}
	a->indexed = hash;
	insert(e, a);
	e->n++;
	return twin;
}

void snmp_engines_remove(struct snmp_engines *e, struct snmp_agent *a)
{
	struct snmp_agent **at;

	if (!a->indexed)
		return;
	for (at = bucket_of(e, a->indexed); *at != a; at = &(*at)->next_in_bucket)
		assert(*at);
	*at = a->next_in_bucket;
	a->indexed = 0;
	e->n--;
}

void snmp_engines_done(struct snmp_engines *e)
{
	free(e->buckets);
	*e = (struct snmp_engines){ 0 };
}
