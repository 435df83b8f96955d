/* SPDX-License-Identifier: Apache-2.0 */
/* How long, or how many times, each state of a point was seen: a list of few, and its JSON form
 * {"0":350,"2":10}, ascending. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state_share {
	int64_t state;
	double amount; /* seconds or samples */
};

struct states {
	struct state_share *s; /* ascending by state */
	size_t n, cap;
};

void states_add(struct states *list, int64_t state, double amount);
/* Adds amounts times factor. False: text is not of that form (some of it may have been added). */
bool states_add_text(struct states *list, const char *text, double factor);
/* Amounts as whole numbers. malloc'd. */
char *states_text(const struct states *list);
void states_done(struct states *list);
