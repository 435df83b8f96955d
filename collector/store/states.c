/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of states; see states.h. */
#include "store/states.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define ENTRY_BYTES 44 /* two numbers of 20 characters, quotes, colon, comma */

void states_add(struct states *list, int64_t state, double amount)
{
	size_t at = 0;

	while (at < list->n && list->s[at].state < state)
		at++;
	if (at == list->n || list->s[at].state != state) {
		xgrow(&list->s, &list->cap, list->n + 1, sizeof(*list->s));
		memmove(list->s + at + 1, list->s + at, (list->n - at) * sizeof(*list->s));
		list->s[at] = (struct state_share){ .state = state };
		list->n++;
	}
	list->s[at].amount += amount;
}

static bool number(const char **p, int64_t *ret)
{
	char *end;

	errno = 0;
	long long v = strtoll(*p, &end, 10);
	if (end == *p || errno)
		return false;
	*p = end;
	*ret = v;
	return true;
}

static bool skip(const char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

bool states_add_text(struct states *list, const char *p, double factor)
{
	int64_t state, amount;

	if (!skip(&p, '{'))
		return false;
	do {
		if (!skip(&p, '"') || !number(&p, &state) || !skip(&p, '"') || !skip(&p, ':') ||
		    !number(&p, &amount))
			return false;
		states_add(list, state, (double)amount * factor);
	} while (skip(&p, ','));
	return skip(&p, '}') && !*p;
}

char *states_text(const struct states *list)
{
	size_t size = list->n * ENTRY_BYTES + 3, at = 1;
	char *text = xcalloc(size, 1);

	text[0] = '{';
	for (size_t i = 0; i < list->n; i++)
		at += (size_t)snprintf(text + at, size - at, "%s\"%" PRId64 "\":%lld", i ? "," : "",
				       list->s[i].state, llround(list->s[i].amount));
	text[at] = '}';
	return text;
}

void states_done(struct states *list)
{
	free(list->s);
	*list = (struct states){ NULL, 0, 0 };
}
