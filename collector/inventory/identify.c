/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which family is this device of? sysObjectID prefixes alone are not enough: vendors
 * share them between families, and some agents answer the one of plain net-snmp.
 */
#include "inventory/profile.h"

#include <regex.h>

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false; /* the loader refuses such a rule */
	bool found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

const struct profile *profile_identify(const struct profile_set *set, const struct oid *sysobjectid,
				       const char *sysdescr, const struct profile_rule **ret_rule)
{
	const struct profile *best = NULL;
	const struct profile_rule *best_rule = NULL;
	int best_score = -1;

	for (size_t i = 0; i < profile_set_size(set); i++) {
		const struct profile *profile = profile_set_at(set, i);
		for (size_t k = 0; k < profile->n_rules; k++) {
			const struct profile_rule *rule = &profile->rules[k];
			if (profile->protocol != PROFILE_SNMP || rule->sysobjectid.n == 0 ||
			    !oid_starts_with(sysobjectid, &rule->sysobjectid))
				continue;
			int score = 2 * rule->sysobjectid.n + (rule->sysdescr[0] != '\0');
			if (score <= best_score ||
			    (rule->sysdescr[0] &&
			     !matches(rule->sysdescr, sysdescr ? sysdescr : "")))
				continue;
			best = profile;
			best_rule = rule;
			best_score = score;
		}
	}
	if (best && ret_rule)
		*ret_rule = best_rule;
	return best;
}
