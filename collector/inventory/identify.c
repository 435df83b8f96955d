/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which family is this device of? sysObjectID prefixes alone are not enough: vendors
 * share them between families, some agents answer the one of plain net-snmp, one that is
 * no OID, or none. So rules may ask for an object that only this family has.
 */
#include "inventory/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/raw.h"

/* The more of a device a rule asks for, the surer it is. A text that matches "." only tells that
 * there is one. */
int profile_rule_weight(const struct profile *profile, const struct profile_rule *rule)
{
	int w = 8 * rule->sysobjectid.n + 4 * (rule->object.n > 0) + 2 * (*rule->matches != '\0') +
		(*rule->sysdescr != '\0');

	if (profile->protocol == PROFILE_MODBUS)
		w = 2 * (rule->modbus_words          ? 1 + 2 * (rule->matches[1] != '\0')
			 : rule->modbus_value > 65535 ? 3
						      : 2) +
		    (rule->n_units > 0);
	return profile->standard ? w - 10000 * profile->standard : w;
}

uint16_t profile_rule_words(const struct profile_rule *rule)
{
	return rule->modbus_words ? rule->modbus_words : rule->modbus_value > UINT16_MAX ? 2 : 1;
}

/* What the system group tells of a rule. */
static bool system_holds(const struct profile_rule *rule, const struct profile_identity *who)
{
	if (rule->sysobjectid.n > 0 && !oid_starts_with(&who->sysobjectid, &rule->sysobjectid))
		return false;
	return rule->sysdescr_regex == NULL ||
	       regexec(rule->sysdescr_regex, who->sysdescr ? who->sysdescr : "", 0, NULL, 0) == 0;
}

bool profile_rule_matches(const struct profile_rule *rule, const char *text)
{
	return rule->matches_regex && regexec(rule->matches_regex, text, 0, NULL, 0) == 0;
}

bool profile_rule_fits_unit(const struct profile_rule *rule, unsigned unit)
{
	bool fits = rule->n_units == 0;

	for (size_t i = 0; i < rule->n_units; i++)
		fits = fits || (unit >= rule->units[i].first && unit <= rule->units[i].last);
	return fits;
}

/* Is there a unit address that both rules are for? */
static bool units_meet(const struct profile_rule *a, const struct profile_rule *b)
{
	for (unsigned unit = 0; unit < 256; unit++) {
		if (profile_rule_fits_unit(a, unit) && profile_rule_fits_unit(b, unit))
			return true;
	}
	return false;
}

static bool value_matches(const struct profile_rule *rule, const struct vb_value *value)
{
	char text[256];

	if (value->octets)
		snprintf(text, sizeof(text), "%.*s", (int)value->n_octets,
			 (const char *)value->octets);
	else
		snprintf(text, sizeof(text), "%" PRId64, value->integer);
	return profile_rule_matches(rule, text);
}

static bool object_holds(const struct profile_rule *rule, const struct profile_identity *who)
{
	if (rule->object.n == 0)
		return true;
	for (size_t i = 0; i < who->n_vbs; i++) {
		const struct varbind *vb = &who->vbs[i];

		if (oid_starts_with(&vb->oid, &rule->object) && !raw_is_nothing(&vb->value))
			return !*rule->matches || value_matches(rule, &vb->value);
	}
	return false;
}

struct profile_match profile_identify(const struct profile_set *set,
				      const struct profile_identity *who)
{
	struct profile_match best = { 0 };
	int most = INT32_MIN;

	for (size_t i = 0; i < profile_set_size(set); i++) {
		const struct profile *profile = profile_set_at(set, i);

		for (size_t k = 0; profile->protocol == PROFILE_SNMP && k < profile->n_rules; k++) {
			const struct profile_rule *rule = &profile->rules[k];
			int w = profile_rule_weight(profile, rule);

			if (w < most || !system_holds(rule, who) || !object_holds(rule, who))
				continue;
			if (w > most)
				best = (struct profile_match){ profile, rule, NULL };
			else if (profile != best.profile)
				best.rival = profile;
			most = w;
		}
	}
	return best;
}

static int by_oid(const void *a, const void *b)
{
	return oid_cmp(a, b);
}

size_t profile_identify_objects(const struct profile_set *set, const struct profile_identity *who,
				struct oid **ret)
{
	struct profile_identity bare = *who;
	struct oid *oids = NULL;
	size_t n = 0, cap = 0, kept = 0;

	/* Rules that say less than one which holds already decide nothing. */
	bare.n_vbs = 0;
	struct profile_match sure = profile_identify(set, &bare);
	int most = sure.profile ? profile_rule_weight(sure.profile, sure.rule) : INT32_MIN;

	for (size_t i = 0; i < profile_set_size(set); i++) {
		const struct profile *profile = profile_set_at(set, i);

		for (size_t k = 0; profile->protocol == PROFILE_SNMP && k < profile->n_rules; k++) {
			const struct profile_rule *rule = &profile->rules[k];

			if (rule->object.n == 0 || profile_rule_weight(profile, rule) < most ||
			    !system_holds(rule, who))
				continue;
			xgrow(&oids, &cap, n + 1, sizeof(*oids));
			oids[n++] = rule->object;
		}
	}
	if (n)
		qsort(oids, n, sizeof(*oids), by_oid);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || oid_cmp(&oids[kept - 1], &oids[i]) != 0)
			oids[kept++] = oids[i];
	}
	*ret = oids;
	return kept;
}

/* ---- two that claim the same --------------------------------------------- */

static bool same_rule(const struct profile *pa, const struct profile_rule *a,
		      const struct profile *pb, const struct profile_rule *b)
{
	if (pa->protocol != pb->protocol || pa->standard != pb->standard ||
	    strcmp(a->matches, b->matches) != 0)
		return false;
	if (pa->protocol == PROFILE_MODBUS) /* a rule without a value identifies nothing */
		return (a->modbus_value >= 0 || a->modbus_words) &&
		       a->modbus_address == b->modbus_address &&
		       a->modbus_function == b->modbus_function &&
		       a->modbus_words == b->modbus_words &&
		       a->modbus_value == b->modbus_value && units_meet(a, b);
	return oid_cmp(&a->sysobjectid, &b->sysobjectid) == 0 &&
	       oid_cmp(&a->object, &b->object) == 0 && strcmp(a->sysdescr, b->sysdescr) == 0;
}

static void check_pair(const struct profile *a, const struct profile *b, struct diag *diag)
{
	for (size_t i = 0; i < b->n_rules; i++) {
		for (size_t k = 0; k < a->n_rules; k++) {
			if (!same_rule(a, &a->rules[k], b, &b->rules[i]))
				continue;
			diag_add(diag, DIAG_ERROR, b->file, b->rules[i].line, 0,
				 "profile %s claims the same devices as profile %s (%s:%d): ask "
				 "for something more in one of them, such as object: or sysdescr:",
				 b->name, a->name, a->file, a->rules[k].line);
		}
	}
}

void profile_set_check(const struct profile_set *set, struct diag *diag)
{
	for (size_t i = 0; i < profile_set_size(set); i++) {
		for (size_t k = 0; k < i; k++)
			check_pair(profile_set_at(set, k), profile_set_at(set, i), diag);
	}
}
