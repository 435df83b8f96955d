/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcsv splits the cells; it is fed physical line by physical line, because it
 * does not count lines and a quoted cell may hold several. A row that is not
 * finished after its line goes on in the next one.
 */
#include "config/table.h"

#include <csv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define CELLS_MAX 256
#define IGNORED   (-1) /* x_*: the site's own */
#define UNNAMED   (-2) /* an empty header cell: nothing may stand below it */

struct reader {
	const char *file;
	const struct table_column *columns;
	size_t n_columns;
	void (*each)(void *user, const struct table_row *row);
	void *user;
	struct diag *diag;
	bool lost; /* something that was meant to be a row or a column */

	struct csv_parser csv;
	char separator;
	int row_line;
	bool row_done;

	char *text; /* the row's cells, each with a zero byte behind it */
	size_t n_text, cap_text;
	size_t start[CELLS_MAX + 1];
	size_t n_cells; /* counts on beyond CELLS_MAX */

	bool have_header;
	int column_of[CELLS_MAX]; /* file column -> index of columns, IGNORED or UNNAMED */
	size_t n_header;
	const char **cell;
};

#define PROBLEM(r, line, ...) diag_add((r)->diag, DIAG_ERROR, (r)->file, line, 0, __VA_ARGS__)
#define LOST(r, line, ...)    ((r)->lost = true, PROBLEM(r, line, __VA_ARGS__))

/* Blanks and the no-break spaces (U+00A0) that spreadsheets paste. */
static void trim(const char **text, size_t *n)
{
	for (;;) {
		if (*n > 0 && strchr(" \t\r\n", **text) && **text)
			(*text)++, (*n)--;
		else if (*n > 1 && memcmp(*text, "\xc2\xa0", 2) == 0)
			*text += 2, *n -= 2;
		else
			break;
	}
	for (;;) {
		const char *end = *text + *n;
		if (*n > 0 && end[-1] && strchr(" \t\r\n", end[-1]))
			(*n)--;
		else if (*n > 1 && memcmp(end - 2, "\xc2\xa0", 2) == 0)
			*n -= 2;
		else
			break;
	}
}

static void on_cell(void *data, size_t n, void *user)
{
	struct reader *r = user;
	const char *text = data ? data : "";

	if (!data)
		n = 0;
	trim(&text, &n);
	if (r->n_cells < CELLS_MAX) {
		xgrow(&r->text, &r->cap_text, r->n_text + n + 1, 1);
		r->start[r->n_cells] = r->n_text;
		memcpy(r->text + r->n_text, text, n);
		r->text[r->n_text + n] = '\0';
		r->n_text += n + 1;
	}
	r->n_cells++;
}

static const char *cell_text(const struct reader *r, size_t i)
{
	return r->text + r->start[i];
}

static void unknown_column(struct reader *r, const char *name)
{
	const char **known = xcalloc(r->n_columns, sizeof(*known));

	for (size_t i = 0; i < r->n_columns; i++)
		known[i] = r->columns[i].name;
	const char *near = text_nearest(name, known, r->n_columns);
	free(known);
	if (near)
		LOST(r, r->row_line,
		     "unknown column '%s'; did you mean '%s'? (your own columns begin with x_)",
		     name, near);
	else
		PROBLEM(r, r->row_line,
			"unknown column '%s'; remove it or let its name begin with x_", name);
}

static void take_header(struct reader *r)
{
	r->have_header = true;
	if (r->n_cells > CELLS_MAX) {
		PROBLEM(r, r->row_line, "%zu columns; at most %d can be read", r->n_cells,
			CELLS_MAX);
		r->n_cells = CELLS_MAX;
	}
	r->n_header = r->n_cells;
	for (size_t i = 0; i < r->n_header; i++) {
		const char *name = cell_text(r, i);
		r->column_of[i] = IGNORED;
		if (!*name) {
			r->column_of[i] = UNNAMED;
			continue;
		}
		for (size_t before = 0; before < i; before++) {
			if (strcmp(name, cell_text(r, before)) == 0) {
				PROBLEM(r, r->row_line, "column '%s' stands twice; remove one",
					name);
				goto next;
			}
		}
		if (strncmp(name, "x_", 2) == 0)
			continue;
		size_t k = 0;
		while (k < r->n_columns && strcmp(name, r->columns[k].name) != 0)
			k++;
		if (k < r->n_columns)
			r->column_of[i] = (int)k;
		else
			unknown_column(r, name);
	next:;
	}
	for (size_t k = 0; k < r->n_columns; k++) {
		bool there = !r->columns[k].required;
		for (size_t i = 0; i < r->n_header && !there; i++)
			there = r->column_of[i] == (int)k;
		if (!there)
			LOST(r, r->row_line, "column '%s' is missing; add it to the header",
			     r->columns[k].name);
	}
}

static void take_row(struct reader *r)
{
	if (r->n_cells < r->n_header) {
		LOST(r, r->row_line,
		     "%zu cells, but the header has %zu; add the missing ones "
		     "(empty cells count: 'a%c%cb' is three)",
		     r->n_cells, r->n_header, r->separator, r->separator);
		return;
	}
	for (size_t i = r->n_header; i < r->n_cells; i++) {
		/* A spreadsheet may leave empty cells behind the last column. */
		if (i >= CELLS_MAX || *cell_text(r, i)) {
			LOST(r, r->row_line,
			     "%zu cells, but the header has %zu; put a cell that holds a '%c' in "
			     "double quotes",
			     r->n_cells, r->n_header, r->separator);
			return;
		}
	}
	for (size_t k = 0; k < r->n_columns; k++)
		r->cell[k] = NULL;
	for (size_t i = 0; i < r->n_header; i++) {
		const char *text = cell_text(r, i);
		if (r->column_of[i] >= 0)
			r->cell[r->column_of[i]] = text;
		else if (r->column_of[i] == UNNAMED && *text)
			PROBLEM(r, r->row_line,
				"'%s' stands in column %zu, which has no name; "
				"name it in the header or empty it",
				text, i + 1);
	}
	r->each(r->user, &(struct table_row){
				 .file = r->file,
				 .line = r->row_line,
				 .comma = r->separator == ';',
				 .cell = r->cell,
			 });
}

static void on_row(int end, void *user)
{
	struct reader *r = user;
	bool empty = true;

	(void)end;
	r->row_done = true;
	for (size_t i = 0; i < r->n_cells && empty; i++)
		empty = i < CELLS_MAX && !*cell_text(r, i);
	/* A comment may come quoted out of a spreadsheet: "# racks, hall 1" */
	if (!empty && *cell_text(r, 0) != '#') {
		if (r->have_header)
			take_row(r);
		else
			take_header(r);
	}
	r->n_cells = 0;
	r->n_text = 0;
}

char table_separator(const char *line, size_t n)
{
	size_t commas = 0, semicolons = 0, tabs = 0;
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		if (line[i] == '"')
			quoted = !quoted;
		else if (!quoted && line[i] == ',')
			commas++;
		else if (!quoted && line[i] == ';')
			semicolons++;
		else if (!quoted && line[i] == '\t')
			tabs++;
	}
	if (semicolons > commas && semicolons >= tabs)
		return ';';
	return tabs > commas ? '\t' : ',';
}

static void csv_begin(struct reader *r)
{
	if (csv_init(&r->csv, CSV_STRICT) != 0)
		abort(); /* only for wrong options */
	csv_set_delim(&r->csv, (unsigned char)r->separator);
	r->n_cells = 0;
	r->n_text = 0;
	r->row_done = true;
}

/* One physical line without its end. */
static void take_line(struct reader *r, const char *line, size_t n, int number)
{
	if (r->row_done) {
		size_t blanks = 0;
		while (blanks < n && (line[blanks] == ' ' || line[blanks] == '\t'))
			blanks++;
		if (blanks == n || line[blanks] == '#')
			return;
		if (!r->separator) {
			if (n == 5 && strncasecmp(line, "sep=", 4) == 0) {
				r->separator = line[4]; /* a spreadsheet's own first line */
				csv_begin(r);
				return;
			}
			r->separator = table_separator(line, n);
			csv_begin(r);
		}
		r->row_line = number;
	}
	r->row_done = false;
	if (csv_parse(&r->csv, line, n, on_cell, on_row, r) != n ||
	    csv_parse(&r->csv, "\n", 1, on_cell, on_row, r) != 1) {
		LOST(r, number,
		     "a double quote in the middle of a cell; put the whole cell in double "
		     "quotes and double those inside it");
		csv_free(&r->csv);
		csv_begin(r);
	}
}

/* Spreadsheets save in the encoding of their country unless told otherwise. */
static bool check_encoding(struct reader *r, const char *line, size_t n, int number, int *n_bad)
{
	if (memchr(line, '\0', n)) {
		LOST(r, number,
		     "a zero byte: this is not CSV; in the spreadsheet, save as CSV UTF-8");
		return false;
	}
	if (!text_is_utf8(line, n) && (*n_bad)++ == 0)
		PROBLEM(r, number,
			"is not UTF-8; in the spreadsheet, save as CSV UTF-8 (this is "
			"the first such line)");
	return true;
}

bool table_read(const char *file, const char *data, size_t size, const struct table_column *columns,
		size_t n_columns, void (*each)(void *user, const struct table_row *row), void *user,
		struct diag *diag)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	size_t at = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	int n_bad = 0;

	*r = (struct reader){ .file = file,
			      .columns = columns,
			      .n_columns = n_columns,
			      .each = each,
			      .user = user,
			      .diag = diag,
			      .row_done = true };
	r->cell = xcalloc(n_columns, sizeof(*r->cell));
	for (int number = 1; at < size; number++) {
		size_t n = 0;
		while (at + n < size && data[at + n] != '\n' && data[at + n] != '\r')
			n++;
		if (!check_encoding(r, data + at, n, number, &n_bad))
			goto done; /* nothing behind it can be read either */
		take_line(r, data + at, n, number);
		at += n;
		if (at + 1 < size && data[at] == '\r' && data[at + 1] == '\n')
			at++;
		at++;
	}
	if (!r->row_done)
		LOST(r, r->row_line, "a double quote opens a cell that is never closed; close it");
	if (!r->have_header && r->row_done)
		LOST(r, 0, "is empty; write the header line at least");
done:;
	bool lost = r->lost;

	if (r->separator)
		csv_free(&r->csv);
	free(r->cell);
	free(r->text);
	free(r);
	return !lost;
}
