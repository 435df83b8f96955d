/* SPDX-License-Identifier: Apache-2.0 */
/* A profile in memory: what its states mean, and how it and its parts are freed. */
#include "inventory/profile_read.h"

#include <stdio.h>
#include <stdlib.h>

enum severity profile_point_severity(const struct profile_point *p, int64_t raw)
{
	enum severity worst = SEVERITY_OK;
	uint64_t left = (uint64_t)raw;

	if (p->quantity->kind == KIND_STATE) {
		for (size_t i = 0; i < p->n_states; i++) {
			if (p->states[i].value == raw)
				return p->states[i].severity;
		}
		return SEVERITY_UNKNOWN;
	}
	if (p->quantity->kind != KIND_FLAGS)
		return SEVERITY_OK;
	for (size_t i = 0; i < p->n_flags; i++) {
		uint64_t bit = (uint64_t)1 << p->flags[i].bit;

		if (left & bit && p->flags[i].severity > worst)
			worst = p->flags[i].severity;
		left &= ~bit;
	}
	return left && worst < SEVERITY_UNKNOWN ? SEVERITY_UNKNOWN : worst;
}

const char *profile_point_words(const struct profile_point *p, int64_t raw, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < p->n_states; i++) {
		if (p->states[i].value == raw)
			snprintf(buf, size, "%s", p->states[i].name);
	}
	for (size_t i = 0; i < p->n_flags && n < size; i++) {
		if ((uint64_t)raw >> p->flags[i].bit & 1)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "",
					      p->flags[i].name);
	}
	return buf;
}

static void filters_free(struct point_filter *filters, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (filters[i].like)
			regfree(filters[i].like);
		free(filters[i].like);
		free(filters[i].values);
	}
	free(filters);
}

void profile_point_done(struct profile_point *point)
{
	free(point->part);
	free(point->source);
	free(point->absent);
	for (size_t i = 0; i < point->n_states; i++)
		free(point->states[i].name);
	free(point->states);
	for (size_t i = 0; i < point->n_flags; i++)
		free(point->flags[i].name);
	free(point->flags);
	free(point->index);
	free(point->keys);
	for (size_t i = 0; i < point->n_words; i++)
		free(point->words[i].word);
	free(point->words);
	for (size_t i = 0; i < point->n_label_words; i++)
		free(point->label_words[i].name);
	free(point->label_words);
	filters_free(point->filters, point->n_filters);
	filters_free(point->fitted, point->n_fitted);
	free(point->scale_column.map);
	free(point->scale_more.map);
}

struct profile *profile_free(struct profile *profile)
{
	if (profile == NULL)
		return NULL;
	for (size_t i = 0; i < profile->n_rules; i++)
		rule_done(&profile->rules[i]);
	free(profile->rules);
	for (size_t i = 0; i < profile->n_points; i++)
		profile_point_done(&profile->points[i]);
	free(profile->points);
	for (size_t i = 0; i < profile->n_facts; i++) {
		free(profile->facts[i].key);
		free(profile->facts[i].source);
	}
	free(profile->facts);
	free(profile->name);
	free(profile->file);
	free(profile->title);
	free(profile->vendor);
	free(profile->category);
	free(profile);
	return NULL;
}
