/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each check first looks for what people and spreadsheets really do to that kind
 * of cell, because "wrong" alone helps nobody.
 */
#include "config/cell_text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"

#define NAME_LENGTH_MAX 300 /* an endpoint with a long host name fits */

void cell_problem(const struct cell_at *at, const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	int n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	diag_add(at->diag, DIAG_ERROR, at->row->file, at->row->line, 0, "%s: %s", at->column->name,
		 text);
	free(text);
}

static bool is_month(const char *p)
{
	static const char months[] = "jan feb mar apr may jun jul aug sep oct nov dec";
	char word[4] = { 0 };

	for (int i = 0; i < 3; i++) {
		if (!isalpha((unsigned char)p[i]))
			return false;
		word[i] = (char)tolower((unsigned char)p[i]);
	}
	return !isalpha((unsigned char)p[3]) && strstr(months, word);
}

/* "1-Mar", "Mar-26", "01/02/2026": what becomes of 1-3 or 4/5 in a spreadsheet. */
bool cell_looks_like_date(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits >= 1 && digits <= 2 && (text[digits] == '-' || text[digits] == '.') &&
	    is_month(text + digits + 1))
		return true;
	if (is_month(text) && text[3] == '-' && strspn(text + 4, "0123456789") == strlen(text + 4))
		return text[4] != '\0';
	if (digits < 1 || digits > 4 || text[digits] != '/')
		return false;
	size_t second = strspn(text + digits + 1, "0123456789");
	const char *rest = text + digits + 1 + second;
	return second >= 1 && second <= 2 && *rest == '/' && isdigit((unsigned char)rest[1]);
}

/* "1.2E+05": what becomes of the name 120E3. */
static bool looks_like_float(const char *text)
{
	size_t n = strspn(text, "0123456789.,");

	return n >= 1 && (text[n] == 'E' || text[n] == 'e') && text[n + 1] == '+' &&
	       isdigit((unsigned char)text[n + 2]) &&
	       strspn(text + n + 2, "0123456789") == strlen(text + n + 2);
}

static bool has_blank(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (isspace((unsigned char)*p))
			return true;
	}
	return strstr(text, "\xc2\xa0") != NULL;
}

/* Names are keys: a changed one is another rack, so it is said even though it can be read. */
static void warn_mangled(const struct cell_at *at, const char *text)
{
	if (cell_looks_like_date(text) || looks_like_float(text))
		diag_add(at->diag, DIAG_WARNING, at->row->file, at->row->line, 0,
			 "%s: '%s' looks like a name that a spreadsheet has changed; format the "
			 "column as text and write the name again",
			 at->column->name, text);
}

static bool name_ok(const struct cell_at *at, const char *text)
{
	if (strlen(text) > NAME_LENGTH_MAX) {
		cell_problem(at, "%zu bytes; at most %d", strlen(text), NAME_LENGTH_MAX);
		return false;
	}
	if (has_blank(text)) {
		cell_problem(at, "'%s' has a blank in it; names have none", text);
		return false;
	}
	warn_mangled(at, text);
	return true;
}

static bool phases_ok(const struct cell_at *at, const char *text)
{
	unsigned seen = 0;
	const char *p = text;

	while (p[0] == 'L' && p[1] >= '1' && p[1] <= '3' && !(seen & 1u << (p[1] - '0'))) {
		seen |= 1u << (p[1] - '0');
		p += 2;
	}
	if (*p || p == text) {
		cell_problem(at, "'%s' is not a list of phases; write L1, L1L2 or L2L3L1", text);
		return false;
	}
	return true;
}

static bool position_ok(const struct cell_at *at, const char *text)
{
	static const char *const places[] = { "inlet",   "outlet",    "supply",    "return",
					      "ambient", "liquid_in", "liquid_out" };
	size_t n = strcspn(text, " ");
	const char *height = text + n + strspn(text + n, " ");
	bool known = false;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		known = known || (strlen(places[i]) == n && memcmp(text, places[i], n) == 0);
	bool height_ok = !*height || strcmp(height, "top") == 0 || strcmp(height, "mid") == 0 ||
			 strcmp(height, "bottom") == 0 ||
			 (*height == 'u' && height[1] &&
			  strspn(height + 1, "0123456789") == strlen(height + 1));
	if (known && height_ok)
		return true;
	cell_problem(at,
		     "'%s' is not a position; write inlet, outlet, supply, return, ambient, "
		     "liquid_in or liquid_out, then top, mid, bottom or u12 if you like",
		     text);
	return false;
}

static bool clock_ok(const struct cell_at *at, const char *text)
{
	if (strlen(text) == 5 && text[2] == ':' && strspn(text, "0123456789") == 2 &&
	    strspn(text + 3, "0123456789") == 2) {
		int hour = (text[0] - '0') * 10 + text[1] - '0';
		int minute = (text[3] - '0') * 10 + text[4] - '0';
		if (minute < 60 && (hour < 24 || (hour == 24 && minute == 0)))
			return true;
	}
	cell_problem(at, "'%s' is not a time of day; write 06:00", text);
	return false;
}

static bool date_ok(const struct cell_at *at, const char *text)
{
	struct err err;
	int64_t ignored;

	if (zone_parse(text, &ignored, &err) == 0 && strlen(text) == 10)
		return true;
	cell_problem(at, "'%s' is not a date; write 2028-05-01", text);
	return false;
}

const struct word *cell_word(const struct cell_at *at, const char *text)
{
	const char *known[16] = { NULL };
	size_t n = 0, used = 0;
	char list[200] = "";

	for (const struct word *w = at->column->words; w->word; w++) {
		if (strcmp(w->word, text) == 0)
			return w;
		if (n < sizeof(known) / sizeof(known[0]))
			known[n++] = w->word;
	}
	const char *near = text_nearest(text, known, n);
	if (near) {
		cell_problem(at, "'%s' is not known; did you mean '%s'?", text, near);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		int more = snprintf(list + used, sizeof(list) - used, " %s", known[i]);
		if (more < 0 || (size_t)more >= sizeof(list) - used)
			break;
		used += (size_t)more;
	}
	cell_problem(at, "'%s' is not known; write one of:%s", text, list);
	return NULL;
}

bool cell_text_ok(const struct cell_at *at, const char *text)
{
	switch (at->column->type) {
	case COLUMN_TEXT: return true;
	case COLUMN_NAME: return name_ok(at, text);
	case COLUMN_WORD: return cell_word(at, text) != NULL;
	case COLUMN_PHASES: return phases_ok(at, text);
	case COLUMN_POSITION: return position_ok(at, text);
	case COLUMN_CLOCK: return clock_ok(at, text);
	case COLUMN_DATE: return date_ok(at, text);
	case COLUMN_NAMES:
	case COLUMN_ENUM:
	case COLUMN_NUMBER:
	case COLUMN_INT:
	case COLUMN_STEP:
	case COLUMN_TIME:
	case COLUMN_MODULES: break;
	}
	abort(); /* not a text: a wrong call */
}

void cell_names(const struct cell_at *at, const char *text, struct cfg_names *ret)
{
	size_t cap = 0;

	while (*text) {
		size_t n = strcspn(text, " \t\r\n");
		if (n > 0) {
			char *name = xasprintf("%.*s", (int)n, text);
			bool twice = false;
			for (size_t i = 0; i < ret->n && !twice; i++)
				twice = strcmp(ret->name[i], name) == 0;
			if (twice)
				cell_problem(at, "'%s' stands twice; remove one", name);
			if (twice || !name_ok(at, name)) {
				free(name);
			} else {
				xgrow(&ret->name, &cap, ret->n + 1, sizeof(*ret->name));
				ret->name[ret->n++] = name;
			}
		}
		text += n;
		text += strspn(text, " \t\r\n");
	}
}
