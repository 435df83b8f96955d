/* SPDX-License-Identifier: Apache-2.0 */
/* The steps, one after the other: system group, objects, registers, facts. */
#include "daemon/ident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/scan.h"
#include "daemon/survey.h"
#include "decode/decode.h"

/* A device that keeps silent on so many registers in a row is left alone. */
#define SILENCES_MAX 3

static const struct oid oid_sysname = { 9, { 1, 3, 6, 1, 2, 1, 1, 5, 0 } };

enum step { STEP_SYSTEM, STEP_OBJECTS, STEP_RULES, STEP_FACTS, STEP_OVER };

/* What the device has at some registers: rules of many profiles ask for the same. */
struct heard {
	uint8_t function;
	uint16_t address, n_words;
	bool present;
	uint64_t value;
	char text[128];
};

struct ident {
	const struct profile_set *profiles;
	bool modbus, v1, with_facts;
	uint8_t unit;
	enum step step;
	struct survey *survey;        /* of the step; NULL: not begun */
	struct profile_identity who;
	struct plan_request request;  /* Modbus */
	struct heard *heard;
	size_t n_heard, cap_heard;
	size_t profile, rule, fact;   /* Modbus: where the step stands */
	int best, silences;
	struct ident_result result;
};

struct ident *ident_new(const struct profile_set *profiles, const struct endpoint *e, bool v1,
			bool with_facts)
{
	struct ident *i = xcalloc(1, sizeof(*i));

	i->profiles = profiles;
	i->modbus = e->protocol != PROTOCOL_SNMP && e->protocol != PROTOCOL_WALK;
	i->v1 = v1;
	i->with_facts = with_facts;
	i->unit = e->unit;
	i->step = i->modbus ? STEP_RULES : STEP_SYSTEM;
	i->who.sysdescr = i->result.sysdescr;
	return i;
}

struct ident *ident_free(struct ident *i)
{
	if (!i)
		return NULL;
	survey_free(i->survey);
	free(i->heard);
	free(i->result.facts);
	free(i);
	return NULL;
}

static void keep_fact(struct ident *i, const char *key, unsigned member, const char *text)
{
	struct ident_result *r = &i->result;

	r->facts = xrealloc(r->facts, r->n_facts + 1, sizeof(r->facts[0]));
	r->facts[r->n_facts].key = key;
	r->facts[r->n_facts].member = member;
	snprintf(r->facts[r->n_facts].text, sizeof(r->facts[0].text), "%s", text);
	r->n_facts++;
}

/* ---- SNMP ---------------------------------------------------------------- */

static void take_system(struct ident *i)
{
	const struct vb_value *descr = survey_value(i->survey, &oid_sysdescr);
	const struct vb_value *id = survey_value(i->survey, &oid_sysobjectid);
	struct ident_result *r = &i->result;

	if (descr)
		decode_text_snmp(descr, r->sysdescr, sizeof(r->sysdescr));
	/* Some agents send it as a text. */
	if (id && (id->type == VB_OID || id->type == VB_OCTETS) && id->octets)
		snprintf(r->sysobjectid, sizeof(r->sysobjectid), "%.*s", (int)id->n_octets,
			 (const char *)id->octets);
	if (oid_parse(r->sysobjectid, &i->who.sysobjectid) < 0)
		i->who.sysobjectid.n = 0;
}

static void begin_objects(struct ident *i)
{
	struct oid *objects;
	size_t n = profile_identify_objects(i->profiles, &i->who, &objects);

	if (i->with_facts) {
		objects = xrealloc(objects, n + 1, sizeof(*objects));
		objects[n++] = oid_sysname;
	}
	i->survey = n ? survey_new_objects(objects, n, false, i->v1) : NULL;
	free(objects);
}

static void take_objects(struct ident *i)
{
	const struct vb_value *name = NULL;

	if (i->survey) {
		i->who.vbs = survey_vbs(i->survey, &i->who.n_vbs);
		name = survey_value(i->survey, &oid_sysname);
	}
	if (name)
		decode_text_snmp(name, i->result.sysname, sizeof(i->result.sysname));
	i->result.match = profile_identify(i->profiles, &i->who);
	i->who.vbs = NULL;
	i->who.n_vbs = 0;
}

static void begin_facts(struct ident *i)
{
	const struct profile *p = i->result.match.profile;
	struct oid *objects = xcalloc(p->n_facts + 1, sizeof(*objects));
	struct chain_list list;
	bool chain = chain_list(p, &list);
	size_t n = 0;

	for (size_t k = 0; k < p->n_facts; k++)
		objects[n++] = p->facts[k].oid;
	if (chain && list.column.n)
		objects[n++] = list.column;
	if (n)
		i->survey = survey_new_objects(objects, n, chain, i->v1);
	free(objects);
}

static void take_facts(struct ident *i)
{
	const struct profile *p = i->result.match.profile;
	size_t n = 0;
	const struct varbind *vbs = i->survey ? survey_vbs(i->survey, &n) : NULL;

	chain_members(p, vbs, n, &i->result.chain);
	for (size_t k = 0; k < p->n_facts; k++) {
		const struct oid *oid = &p->facts[k].oid;

		for (size_t v = 0; v < n; v++) {
			char text[128];
			unsigned member = 0;

			if (!oid_starts_with(&vbs[v].oid, oid) ||
			    decode_text_snmp(&vbs[v].value, text, sizeof(text)) < 0)
				continue;
			if (p->facts[k].first_row && i->result.chain.n)
				member = chain_row(p, oid, 1, &vbs[v]);
			keep_fact(i, p->facts[k].key, member, text);
			if (i->result.chain.n == 0)
				break;
		}
	}
}

static void end_survey(struct ident *i)
{
	i->survey = survey_free(i->survey);
}

static const struct plan_request *next_snmp(struct ident *i)
{
	const struct plan_request *what = NULL;

	while (i->step != STEP_OVER) {
		bool begun = i->survey != NULL;

		if (!begun && i->step == STEP_SYSTEM)
			i->survey = survey_new(NULL, i->v1);
		else if (!begun && i->step == STEP_OBJECTS)
			begin_objects(i);
		else if (!begun && i->step == STEP_FACTS)
			begin_facts(i);
		what = i->survey ? survey_next(i->survey) : NULL;
		if (what)
			return what;
		if (i->survey && survey_failed(i->survey) != CAUSE_NONE && i->step != STEP_FACTS) {
			i->result.failed = survey_failed(i->survey);
			i->step = STEP_OVER;
		} else if (i->step == STEP_SYSTEM) {
			take_system(i);
			i->step = STEP_OBJECTS;
		} else if (i->step == STEP_OBJECTS) {
			take_objects(i);
			i->step = i->with_facts && i->result.match.profile ? STEP_FACTS : STEP_OVER;
		} else {
			take_facts(i);
			i->step = STEP_OVER;
		}
		end_survey(i);
	}
	return NULL;
}

/* ---- Modbus -------------------------------------------------------------- */

static struct heard *find_heard(struct ident *i, const struct profile_rule *rule)
{
	uint16_t n = profile_rule_words(rule);

	for (size_t k = 0; k < i->n_heard; k++) {
		struct heard *h = &i->heard[k];

		if (h->function == rule->modbus_function && h->address == rule->modbus_address &&
		    h->n_words == n)
			return h;
	}
	return NULL;
}

static void judge(struct ident *i, const struct profile *profile, const struct profile_rule *rule,
		  const struct heard *h)
{
	struct profile_match *m = &i->result.match;
	int weight = profile_rule_weight(profile, rule);

	if (!h->present || weight < i->best ||
	    !(rule->modbus_words ? profile_rule_matches(rule, h->text)
				 : (uint64_t)rule->modbus_value == h->value))
		return;
	if (weight > i->best)
		*m = (struct profile_match){ profile, rule, NULL };
	else if (profile != m->profile)
		m->rival = profile;
	i->best = weight;
}

/* Only rules that ask for a value or a text identify: any register may answer. */
static bool identifies(const struct ident *i, const struct profile *profile,
		       const struct profile_rule *rule)
{
	return profile->protocol == PROFILE_MODBUS &&
	       (rule->modbus_value >= 0 || rule->modbus_words) &&
	       profile_rule_fits_unit(rule, i->unit);
}

static const struct plan_request *next_rule(struct ident *i)
{
	for (; i->profile < profile_set_size(i->profiles); i->profile++, i->rule = 0) {
		const struct profile *profile = profile_set_at(i->profiles, i->profile);

		for (; i->rule < profile->n_rules; i->rule++) {
			const struct profile_rule *rule = &profile->rules[i->rule];

			if (!identifies(i, profile, rule))
				continue;
			const struct heard *h = find_heard(i, rule);
			if (h) {
				judge(i, profile, rule, h);
				continue;
			}
			i->request = (struct plan_request){
				.kind = REQUEST_MODBUS_READ,
				.function = rule->modbus_function,
				.address = (uint16_t)rule->modbus_address,
				.n_words = profile_rule_words(rule) };
			return &i->request;
		}
	}
	return NULL;
}

static const struct plan_request *next_fact(struct ident *i)
{
	const struct profile *p = i->result.match.profile;

	if (i->fact >= p->n_facts)
		return NULL;
	i->request = (struct plan_request){ .kind = REQUEST_MODBUS_READ,
					    .function = p->facts[i->fact].function,
					    .address = p->facts[i->fact].address,
					    .n_words = p->facts[i->fact].words_n };
	return &i->request;
}

static const struct plan_request *next_modbus(struct ident *i)
{
	const struct plan_request *what = NULL;

	if (i->step == STEP_RULES && !(what = next_rule(i)))
		i->step = i->with_facts && i->result.match.profile ? STEP_FACTS : STEP_OVER;
	if (i->step == STEP_FACTS && !(what = next_fact(i)))
		i->step = STEP_OVER;
	return what;
}

static void hear(struct ident *i, enum cause cause, const struct reply *reply)
{
	struct heard *h;

	xgrow(&i->heard, &i->cap_heard, i->n_heard + 1, sizeof(*i->heard));
	h = &i->heard[i->n_heard++];
	*h = (struct heard){ .function = i->request.function, .address = i->request.address,
			     .n_words = i->request.n_words, .present = cause == CAUSE_NONE };
	for (size_t k = 0; h->present && k < reply->n_words && k < 4; k++)
		h->value = h->value << 16 | reply->words[k];
	if (!h->present || decode_text_modbus(reply->words, reply->n_words, h->text,
					      sizeof(h->text)) < 0)
		h->text[0] = '\0';
}

static void reply_modbus(struct ident *i, enum cause cause, const struct reply *reply)
{
	i->silences = scan_is_answer(cause) ? 0 : i->silences + 1;
	if (!i->result.answered || i->silences >= SILENCES_MAX) {
		i->result.failed = cause;
		i->step = STEP_OVER;
	} else if (i->step == STEP_RULES) {
		hear(i, cause, reply);
	} else {
		const struct profile_fact *fact = &i->result.match.profile->facts[i->fact++];
		char text[128];

		if (cause == CAUSE_NONE && decode_text_modbus(reply->words, reply->n_words, text,
							      sizeof(text)) == 0)
			keep_fact(i, fact->key, 0, text);
	}
}

/* ---- both ---------------------------------------------------------------- */

const struct plan_request *ident_next(struct ident *i)
{
	return i->modbus ? next_modbus(i) : next_snmp(i);
}

void ident_reply(struct ident *i, enum cause cause, const struct reply *reply)
{
	if (scan_is_answer(cause))
		i->result.answered = true;
	if (i->modbus)
		reply_modbus(i, cause, reply);
	else
		survey_reply(i->survey, cause, reply);
}

const struct ident_result *ident_result(const struct ident *i)
{
	return &i->result;
}

const char *ident_fact(const struct ident *i, unsigned member, const char *key)
{
	for (size_t k = 0; k < i->result.n_facts; k++) {
		unsigned whose = i->result.facts[k].member;

		if (strcmp(i->result.facts[k].key, key) == 0 &&
		    (member == 0 || whose == member || (whose == 0 && member == 1)))
			return i->result.facts[k].text;
	}
	return NULL;
}
