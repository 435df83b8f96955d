/* SPDX-License-Identifier: Apache-2.0 */
/* See limit.h. */
#include "group/limit.h"

#include <stddef.h>
#include <string.h>

static const char *const names[LIMIT_LEVELS] = { "ok", "warn", "over" };

const char *limit_level_name(enum limit_level level)
{
	return names[level];
}

enum limit_level limit_level_of(const char *name)
{
	for (size_t i = 0; i < LIMIT_LEVELS; i++)
		if (!strcmp(names[i], name))
			return (enum limit_level)i;
	return LIMIT_OK;
}

bool limit_step(struct limit *l, const struct limit_rule *rule, double value, double limit,
		bool partial, int64_t ts)
{
	const double mark[LIMIT_LEVELS] = { 0, rule->warn * limit, limit };
	enum limit_level level = l->level;

	if (l->seen && ts - l->seen > rule->hold_s)
		memset(l->above, 0, sizeof(l->above));
	l->seen = ts;
	for (size_t i = LIMIT_WARN; i < LIMIT_LEVELS; i++) {
		if (!(value > mark[i]))
			l->above[i] = 0;
		else if (!l->above[i])
			l->above[i] = ts;
	}
	while (!partial && level > LIMIT_OK && value < mark[level] - rule->clear * limit)
		level--;
	for (size_t i = LIMIT_OVER; i > level; i--)
		if (l->above[i] && ts - l->above[i] >= rule->hold_s) {
			level = (enum limit_level)i;
			break;
		}
	if (level == l->level)
		return false;
	l->level = level;
	l->since = ts;
	return true;
}
