/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function per kind of value; ranges are those of the column, as written in
 * the file (kW, not W), so that a problem speaks of what stands there.
 */
#include "config/cell.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "config/cell_text.h"

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
		cell_problem(at,
			     "'%s' is not a number; write it with a point (a decimal comma is read "
			     "only in files whose separator is ';')",
			     text);
	else
		cell_problem(at,
			     "'%s' is not a number; write digits only, without unit or separators",
			     text);
	return -1;
}

static bool in_range(const struct cell_at *at, const char *text, double v)
{
	const struct column *c = at->column;

	if (c->not_zero && v == 0) {
		cell_problem(at, "is 0, which would make everything 0; leave it empty for 1");
		return false;
	}
	if (c->min == 0 && c->max == 0)
		return true;
	if (v > c->max || v < c->min || (c->above_min && v <= c->min)) {
		cell_problem(at, "%s is out of range; write a number %s %.10g and at most %.10g",
			     text, c->above_min ? "above" : "from", c->min, c->max);
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
		cell_problem(at, "'%s' is not a whole number", text);
	else if (in_range(at, text, (double)v))
		*ret = (int)v;
}

static void read_step(const struct cell_at *at, const char *text, int *ret)
{
	int64_t s;

	if (text_to_seconds(text, &s) < 0)
		cell_problem(at, "'%s' is not a duration; write 10s, 60s or 5m", text);
	else if (!step_ok(s))
		cell_problem(at, "'%s' does not fit into an hour; " STEP_RULE, text);
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
	cell_problem(at,
		     "'%s' is not NEEDED/FITTED; write 4/5 for five modules of which four are "
		     "needed%s",
		     text,
		     cell_looks_like_date(text)
			     ? " (a spreadsheet made a date of it; format the column as "
			       "text)"
			     : "");
}

static void read_time(const struct cell_at *at, const char *text, int64_t *ret)
{
	struct err err;

	if (zone_parse(text, ret, &err) < 0) {
		cell_problem(at, "%s", err.text);
		*ret = TIME_UNREADABLE;
	}
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
		cell_problem(
			&at,
			column->type == COLUMN_TIME && strcmp(column->name, "to") == 0
				? "is empty, and an open end is not allowed; write when it ends"
				: "is empty; write it");
	switch (column->type) {
	case COLUMN_TEXT:
	case COLUMN_NAME:
	case COLUMN_WORD:
	case COLUMN_PHASES:
	case COLUMN_POSITION:
	case COLUMN_CLOCK:
	case COLUMN_DATE:
		*(char **)to = xstrdup(given && cell_text_ok(&at, text) ? text : "");
		break;
	case COLUMN_NAMES:
		if (given)
			cell_names(&at, text, to);
		break;
	case COLUMN_ENUM:
		if (given) {
			const struct word *word = cell_word(&at, text);
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
			read_modules(&at, text, to, &((struct cfg_circuit *)row)->modules_needed);
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
