/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict text. strtod() and strtoll() accept too much (blanks, hex, inf, rubbish
 * behind), so what may stand there is checked first and they only convert.
 * strtod() reads '.' because no program here sets LC_NUMERIC.
 */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int text_to_i64(const char *text, int64_t *ret)
{
	const char *digits = *text == '-' || *text == '+' ? text + 1 : text;

	if (!*digits || strspn(digits, "0123456789") != strlen(digits))
		return -1;
	errno = 0;
	long long v = strtoll(text, NULL, 10);
	if (errno)
		return -1;
	*ret = v;
	return 0;
}

int text_to_u64(const char *text, uint64_t *ret)
{
	if (!*text || strspn(text, "0123456789") != strlen(text))
		return -1;
	errno = 0;
	unsigned long long v = strtoull(text, NULL, 10);
	if (errno)
		return -1;
	*ret = v;
	return 0;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or after the point. */
static bool looks_decimal(const char *p)
{
	size_t n = 0;

	if (*p == '-' || *p == '+')
		p++;
	for (; isdigit((unsigned char)*p); p++)
		n++;
	if (*p == '.')
		p++;
	for (; isdigit((unsigned char)*p); p++)
		n++;
	if (n == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p++;
		if (*p == '-' || *p == '+')
			p++;
		if (!isdigit((unsigned char)*p))
			return false;
		while (isdigit((unsigned char)*p))
			p++;
	}
	return *p == '\0';
}

int text_to_double(const char *text, double *ret)
{
	if (!looks_decimal(text))
		return -1;
	double v = strtod(text, NULL);
	if (!isfinite(v))
		return -1;
	*ret = v;
	return 0;
}

int text_to_seconds(const char *text, int64_t *ret_s)
{
	size_t digits = strspn(text, "0123456789");
	char number[24];
	int64_t n, unit;

	if (digits == 0 || digits >= sizeof(number))
		return -1;
	memcpy(number, text, digits);
	number[digits] = '\0';
	if (text_to_i64(number, &n) < 0)
		return -1;
	const char *word = text + digits;
	if (!*word || strcmp(word, "s") == 0)
		unit = 1;
	else if (strcmp(word, "m") == 0)
		unit = 60;
	else if (strcmp(word, "h") == 0)
		unit = 3600;
	else if (strcmp(word, "d") == 0)
		unit = 86400;
	else
		return -1;
	if (__builtin_mul_overflow(n, unit, &n))
		return -1;
	*ret_s = n;
	return 0;
}

int text_to_ms(const char *text, int64_t *ret_ms)
{
	size_t n = strlen(text);
	char number[24];
	int64_t v;

	if (n > 2 && n - 2 < sizeof(number) && strcmp(text + n - 2, "ms") == 0) {
		memcpy(number, text, n - 2);
		number[n - 2] = '\0';
		if (text_to_i64(number, &v) < 0)
			return -1;
	} else if (text_to_seconds(text, &v) < 0 ||
		   __builtin_mul_overflow(v, INT64_C(1000), &v)) {
		return -1;
	}
	*ret_ms = v;
	return 0;
}

char *text_trim(char *text)
{
	while (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')
		text++;
	size_t n = strlen(text);
	while (n > 0 && strchr(" \t\r\n", text[n - 1]))
		n--;
	text[n] = '\0';
	return text;
}

#define NEAREST_MAX 64 /* longer words are not typing mistakes */

static size_t edit_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t row[NEAREST_MAX + 1];

	for (size_t j = 0; j <= n_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n_b; j++) {
			size_t above = row[j];
			size_t best = diagonal + (tolower((unsigned char)a[i - 1]) !=
						  tolower((unsigned char)b[j - 1]));
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[n_b];
}

const char *text_nearest(const char *text, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t n_text = strlen(text), best_distance = 0;

	if (n_text == 0 || n_text > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t n_word = strlen(words[i]);
		if (n_word > NEAREST_MAX)
			continue;
		size_t distance = edit_distance(text, n_text, words[i], n_word);
		if (distance <= n_text / 2 && (!best || distance < best_distance)) {
			best = words[i];
			best_distance = distance;
		}
	}
	return best;
}

/* Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above 10FFFF. */
bool text_is_utf8(const void *data, size_t size)
{
	const unsigned char *p = data, *end = p + size;

	while (p < end) {
		unsigned char c = *p++;
		size_t more;
		unsigned char low = 0x80, high = 0xbf;
		if (c < 0x80)
			continue;
		if (c >= 0xc2 && c <= 0xdf)
			more = 1;
		else if (c >= 0xe0 && c <= 0xef)
			more = 2;
		else if (c >= 0xf0 && c <= 0xf4)
			more = 3;
		else
			return false;
		if (c == 0xe0)
			low = 0xa0;
		else if (c == 0xed)
			high = 0x9f;
		else if (c == 0xf0)
			low = 0x90;
		else if (c == 0xf4)
			high = 0x8f;
		if ((size_t)(end - p) < more)
			return false;
		for (; more > 0; more--, p++) {
			if (*p < low || *p > high)
				return false;
			low = 0x80;
			high = 0xbf;
		}
	}
	return true;
}

uint64_t text_hash(const void *data, size_t size)
{
	return text_hash_more(UINT64_C(0xcbf29ce484222325), data, size);
}

uint64_t text_hash_more(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}
