/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of text per failure. Control characters are blanked, because texts
 * quote what stands in files and what devices send.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void make_one_line(char *text)
{
	for (char *p = text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	}
}

/* A text that was cut must not end inside a UTF-8 sequence. */
static void cut_at_character(char *text, size_t size, int would_be)
{
	if (would_be < 0 || (size_t)would_be < size)
		return;
	size_t n = strlen(text);
	while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && (unsigned char)text[n - 1] >= 0xc0)
		n--;
	text[n] = '\0';
}

int err_set(struct err *err, const char *format, ...)
{
	char text[sizeof(err->text)]; /* the arguments may point into err */
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	cut_at_character(text, sizeof(text), n);
	make_one_line(text);
	memcpy(err->text, text, sizeof(text));
	return -1;
}

int err_prefix(struct err *err, const char *format, ...)
{
	char text[sizeof(err->text)], prefix[sizeof(err->text)];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(prefix, sizeof(prefix), format, ap);
	va_end(ap);
	cut_at_character(prefix, sizeof(prefix), n);
	/* The reason matters most: a long prefix is cut before it is. */
	int room = (int)sizeof(text) - (int)strlen(err->text) - 3;
	if (room < 40)
		room = 40;
	n = snprintf(text, sizeof(text), "%.*s: %s", room, prefix, err->text);
	cut_at_character(text, sizeof(text), n);
	make_one_line(text);
	memcpy(err->text, text, sizeof(text));
	return -1;
}
