/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is there or the process ends: nothing useful can be done without
 * it, and systemd starts the daemon again with every committed reading kept.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((noreturn)) out_of_memory(void)
{
	fputs("out of memory\n", stderr);
	abort();
}

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		out_of_memory();
	return copy;
}

char *xasprintf(const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	int n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	return text;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		out_of_memory();
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		out_of_memory();
	return p;
}

void xgrow(void *p, size_t *cap, size_t need, size_t size)
{
	void *array;

	if (need <= *cap)
		return;
	size_t wanted = *cap < SIZE_MAX / 2 ? *cap * 2 : need;
	if (wanted < need)
		wanted = need;
	if (wanted < 8)
		wanted = 8;
	/* p is a pointer to a pointer of any type; copied, so that no aliasing rule is bent. */
	memcpy(&array, p, sizeof(array));
	array = xrealloc(array, wanted, size);
	memcpy(p, &array, sizeof(array));
	*cap = wanted;
}
