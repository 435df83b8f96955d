/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function per column type. Each first looks for what people and
 * spreadsheets really do to that kind of cell, because "wrong" alone helps nobody.
 */
#include "config/cell.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"

#define NAME_LENGTH_MAX 300 /* an endpoint with a long host name fits */

struct cell_at {
	const struct column *column;
	const struct table_row *row;
	struct diag *diag;
};

static void __attribute__((format(printf, 2, 3))) problem(const struct cell_at *at,
							   const char *format, ...)
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

/* ---- texts ---------------------------------------------------------------- */

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
static bool looks_like_date(const char *text)
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
	if (looks_like_date(text) || looks_like_float(text))
		diag_add(at->diag, DIAG_WARNING, at->row->file, at->row->line, 0,
			 "%s: '%s' looks like a name that a spreadsheet has changed; format the "
			 "column as text and write the name again", at->column->name, text);
}

static bool name_ok(const struct cell_at *at, const char *text)
{
	if (strlen(text) > NAME_LENGTH_MAX) {
		problem(at, "%zu bytes; at most %d", strlen(text), NAME_LENGTH_MAX);
		return false;
	}
	if (has_blank(text)) {
		problem(at, "'%s' has a blank in it; names have none", text);
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
		problem(at, "'%s' is not a list of phases; write L1, L1L2 or L2L3L1", text);
		return false;
	}
	return true;
}

static bool position_ok(const struct cell_at *at, const char *text)
{
	static const char *const places[] = { "inlet", "outlet", "supply", "return", "ambient",
					      "liquid_in", "liquid_out" };
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
	problem(at, "'%s' is not a position; write inlet, outlet, supply, return, ambient, "
		"liquid_in or liquid_out, then top, mid, bottom or u12 if you like", text);
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
	problem(at, "'%s' is not a time of day; write 06:00", text);
	return false;
}

static bool date_ok(const struct cell_at *at, const char *text)
{
	struct err err;
	int64_t ignored;

	if (zone_parse(text, &ignored, &err) == 0 && strlen(text) == 10)
		return true;
	problem(at, "'%s' is not a date; write 2028-05-01", text);
	return false;
}

static const struct word *find_word(const struct cell_at *at, const char *text)
{
	const char *known[16];
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
		problem(at, "'%s' is not known; did you mean '%s'?", text, near);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		int more = snprintf(list + used, sizeof(list) - used, " %s", known[i]);
		if (more < 0 || (size_t)more >= sizeof(list) - used)
			break;
		used += (size_t)more;
	}
	problem(at, "'%s' is not known; write one of:%s", text, list);
	return NULL;
}

static bool text_ok(const struct cell_at *at, const char *text)
{
	switch (at->column->type) {
	case COLUMN_TEXT: return true;
	case COLUMN_NAME: return name_ok(at, text);
	case COLUMN_WORD: return find_word(at, text) != NULL;
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

static void read_names(const struct cell_at *at, const char *text, struct cfg_names *ret)
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
				problem(at, "'%s' stands twice; remove one", name);
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

/* ---- numbers -------------------------------------------------------------- */

static int to_number(const struct cell_at *at, const char *text, double *ret)
{
	const char *comma = strchr(text, ',');

	if (comma && at->row->comma && !strchr(comma + 1, ',') && !strchr(text, '.')) {
		char *point = xstrdup(text);
		point[comma - text] = '.';
		int result = text_to_double(point, ret);
		free(point);
		if (result == 0)
			return 0;
	} else if (!comma && text_to_double(text, ret) == 0) {
		return 0;
	}
	if (comma && !at->row->comma)
		problem(at, "'%s' is not a number; write it with a point (a decimal comma is read "
			"only in files whose separator is ';')", text);
	else
		problem(at, "'%s' is not a number; write digits only, without unit or separators",
			text);
	return -1;
}

static bool in_range(const struct cell_at *at, const char *text, double v)
{
	const struct column *c = at->column;

	if (c->not_zero && v == 0) {
		problem(at, "is 0, which would make everything 0; leave it empty for 1");
		return false;
	}
	if (c->min == 0 && c->max == 0)
		return true;
	if (v > c->max || v < c->min || (c->above_min && v <= c->min)) {
		problem(at, "%s is out of range; write a number %s %.10g and at most %.10g", text,
			c->above_min ? "above" : "from", c->min, c->max);
		return false;
	}
	return true;
}

static void read_number(const struct cell_at *at, const char *text, double *ret)
{
	double v;

	if (to_number(at, text, &v) == 0 && in_range(at, text, v))
		*ret = at->column->factor != 0 ? v * at->column->factor : v;
}

static void read_int(const struct cell_at *at, const char *text, int *ret)
{
	int64_t v;

	if (text_to_i64(text, &v) < 0)
		problem(at, "'%s' is not a whole number", text);
	else if (in_range(at, text, (double)v))
		*ret = (int)v;
}

static void read_step(const struct cell_at *at, const char *text, int *ret)
{
	int64_t s;

	if (text_to_seconds(text, &s) < 0)
		problem(at, "'%s' is not a duration; write 10s, 60s or 5m", text);
	else if (!step_ok(s))
		problem(at, "'%s' does not fit into an hour; " STEP_RULE, text);
	else
		*ret = (int)s;
}

/* "4/5": five modules, of which four are needed. */
static void read_modules(const struct cell_at *at, const char *text, int *ret_modules,
			 int *ret_needed)
{
	const char *slash = strchr(text, '/');
	int64_t needed, modules;

	if (slash) {
		char *left = xasprintf("%.*s", (int)(slash - text), text);
		bool ok = text_to_i64(left, &needed) == 0 && text_to_i64(slash + 1, &modules) == 0;
		free(left);
		if (ok && needed >= 1 && needed <= modules && modules <= 1000) {
			*ret_modules = (int)modules;
			*ret_needed = (int)needed;
			return;
		}
	}
	problem(at, "'%s' is not NEEDED/FITTED; write 4/5 for five modules of which four are "
		"needed%s", text,
		looks_like_date(text) ? " (a spreadsheet made a date of it; format the column as "
					"text)" : "");
}

static void read_time(const struct cell_at *at, const char *text, int64_t *ret)
{
	struct err err;

	if (zone_parse(text, ret, &err) < 0)
		problem(at, "%s", err.text);
}

/* ---- the cell ------------------------------------------------------------- */

static void *field(const struct column *column, void *row)
{
	return (char *)row + column->offset;
}

void cell_read(const struct column *column, const char *text, const struct table_row *row_at,
	       void *row, struct diag *diag)
{
	struct cell_at at = { .column = column, .row = row_at, .diag = diag };
	void *to = field(column, row);
	bool given = text && *text;

	/* A column that is not there has been reported once, for the header. */
	if (text && !given && column->required)
		problem(&at, column->type == COLUMN_TIME && strcmp(column->name, "to") == 0
				     ? "is empty, and an open end is not allowed; write when it ends"
				     : "is empty; write it");
	switch (column->type) {
	case COLUMN_TEXT:
	case COLUMN_NAME:
	case COLUMN_WORD:
	case COLUMN_PHASES:
	case COLUMN_POSITION:
	case COLUMN_CLOCK:
	case COLUMN_DATE: *(char **)to = xstrdup(given && text_ok(&at, text) ? text : ""); break;
	case COLUMN_NAMES:
		if (given)
			read_names(&at, text, to);
		break;
	case COLUMN_ENUM:
		if (given) {
			const struct word *word = find_word(&at, text);
			*(int *)to = word ? word->value : 0;
		}
		break;
	case COLUMN_NUMBER:
		*(double *)to = column->empty;
		if (given)
			read_number(&at, text, to);
		break;
	case COLUMN_INT:
		*(int *)to = (int)column->empty;
		if (given)
			read_int(&at, text, to);
		break;
	case COLUMN_STEP:
		if (given)
			read_step(&at, text, to);
		break;
	case COLUMN_TIME:
		*(int64_t *)to = column->open_end ? INT64_MAX : CFG_ALWAYS;
		if (given)
			read_time(&at, text, to);
		break;
	case COLUMN_MODULES:
		if (given)
			read_modules(&at, text, to,
				     &((struct cfg_circuit *)row)->modules_needed);
		break;
	}
}

void cell_done(const struct column *column, void *row)
{
	void *from = field(column, row);

	switch (column->type) {
	case COLUMN_TEXT:
	case COLUMN_NAME:
	case COLUMN_WORD:
	case COLUMN_PHASES:
	case COLUMN_POSITION:
	case COLUMN_CLOCK:
	case COLUMN_DATE: free(*(char **)from); break;
	case COLUMN_NAMES: {
		struct cfg_names *names = from;
		for (size_t i = 0; i < names->n; i++)
			free(names->name[i]);
		free(names->name);
		break;
	}
	case COLUMN_ENUM:
	case COLUMN_NUMBER:
	case COLUMN_INT:
	case COLUMN_STEP:
	case COLUMN_TIME:
	case COLUMN_MODULES: break;
	}
}
