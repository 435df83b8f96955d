/* SPDX-License-Identifier: Apache-2.0 */
/* Lists in messages: the first three by name, the rest as a number. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "inventory/inventory_build.h"

void some_add(struct some *s, const struct cfg_src *src, const char *format, ...)
{
	char one[768];
	va_list ap;

	if (!s->n)
		s->first = *src;
	if (s->n++ >= 3)
		return;
	va_start(ap, format);
	vsnprintf(one, sizeof(one), format, ap);
	va_end(ap);

	char *longer = s->text ? xasprintf("%s, %s", s->text, one) : xstrdup(one);

	free(s->text);
	s->text = longer;
}

const char *some_text(struct some *s)
{
	if (s->n > 3) {
		char *longer = xasprintf("%s and %zu more", s->text, s->n - 3);

		free(s->text);
		s->text = longer;
		s->n = 3; /* told */
	}
	return s->text ? s->text : "";
}

void some_done(struct some *s)
{
	free(s->text);
	*s = (struct some){ 0 };
}
