/* SPDX-License-Identifier: Apache-2.0 */
/* See csvedit.h. Cells are spans of the text, so that what is not edited is copied byte by byte. */
#include "config/csvedit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/table.h"

struct span {
	const char *at; /* with its quotes and blanks */
	size_t n;
};

struct row {
	struct span *cells;
	size_t n, cap;
	int line;
	const char *end; /* the line's end, or the text's */
};

struct scan {
	const char *at;
	int line; /* of at, from 1 */
	char separator;
};

static bool end_of_line(char c)
{
	return c == '\n' || c == '\r' || !c;
}

static const char *behind_line(const char *p)
{
	if (p[0] == '\r' && p[1] == '\n')
		return p + 2;
	return *p ? p + 1 : p;
}

static bool is_empty_or_comment(const char *p)
{
	p += strspn(p, " \t");
	return end_of_line(*p) || *p == '#' || !strncmp(p, "\"#", 2);
}

/* One cell; a quoted one may hold separators and line ends. */
static const char *cell_end(const char *p, char separator, int *line)
{
	const char *quote = p + strspn(p, " ");

	if (*quote == '"') {
		for (p = quote + 1; *p; p++) {
			if (*p == '"' && *++p != '"')
				break;
			if (*p == '\n' || (*p == '\r' && p[1] != '\n'))
				(*line)++;
		}
	}
	while (!end_of_line(*p) && *p != separator)
		p++;
	return p;
}

static void read_cells(struct scan *s, struct row *row)
{
	const char *p = s->at;

	row->n = 0;
	row->line = s->line;
	for (;;) {
		const char *end = cell_end(p, s->separator, &s->line);

		xgrow(&row->cells, &row->cap, row->n + 1, sizeof(*row->cells));
		row->cells[row->n++] = (struct span){ p, (size_t)(end - p) };
		p = end;
		if (end_of_line(*p))
			break;
		p++;
	}
	row->end = p;
	s->at = behind_line(p);
	s->line++;
}

/* Does the cell, without blanks and quotes, say just this? */
static bool cell_is(const struct span *cell, const char *text)
{
	const char *p = cell->at, *end = cell->at + cell->n;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '"'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '"'))
		end--;
	return (size_t)(end - p) == strlen(text) && !strncmp(p, text, (size_t)(end - p));
}

static bool all_blank(const struct row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (!cell_is(&row->cells[i], ""))
			return false;
	return true;
}

/* The next row that is neither empty nor a comment; the first one is the header. */
static bool next_row(struct scan *s, struct row *row)
{
	while (*s->at) {
		size_t n = strcspn(s->at, "\r\n");

		if (!s->separator && n == 5 && !strncasecmp(s->at, "sep=", 4)) {
			s->separator = s->at[4];
		} else if (!is_empty_or_comment(s->at)) {
			if (!s->separator)
				s->separator = table_separator(s->at, n);
			read_cells(s, row);
			if (!all_blank(row))
				return true;
			continue;
		}
		s->at = behind_line(s->at + n);
		s->line++;
	}
	return false;
}

static struct scan scan_begin(const char *data)
{
	bool bom = !strncmp(data, "\xef\xbb\xbf", 3);

	return (struct scan){ .at = bom ? data + 3 : data, .line = 1 };
}

static size_t find_column(const struct row *header, const char *column)
{
	size_t i = 0;

	while (i < header->n && !cell_is(&header->cells[i], column))
		i++;
	return i;
}

static void put_cell(FILE *f, const char *value, char separator, bool first)
{
	size_t n = strlen(value);
	bool quoted = strchr(value, separator) || strpbrk(value, "\"\r\n") ||
		      (n && (value[0] == ' ' || value[n - 1] == ' ')) || (first && *value == '#');

	if (!quoted) {
		fputs(value, f);
		return;
	}
	putc('"', f);
	for (const char *p = value; *p; p++) {
		if (*p == '"')
			putc('"', f);
		putc(*p, f);
	}
	putc('"', f);
}

static FILE *begin(char **text, size_t *size)
{
	FILE *f = open_memstream(text, size);

	if (!f)
		abort();
	return f;
}

static int no_column(const char *column, struct err *err)
{
	return err_set(err, "there is no column %s: add it to the header line", column);
}

char *csvedit_append(const char *data, const struct csvedit_cell *cells, size_t n, struct err *err)
{
	struct scan s = scan_begin(data);
	struct row header = { 0 };
	char *text = NULL;
	size_t size = 0, length = strlen(data);

	if (!next_row(&s, &header)) {
		err_set(err, "there is no header line");
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (*cells[i].value && find_column(&header, cells[i].column) == header.n) {
			no_column(cells[i].column, err);
			free(header.cells);
			return NULL;
		}
	}

	const char *line_end = header.end[0] == '\r' ? header.end[1] == '\n' ? "\r\n" : "\r" : "\n";
	FILE *f = begin(&text, &size);

	fwrite(data, 1, length, f);
	if (!end_of_line(data[length - 1]))
		fputs(line_end, f);
	for (size_t c = 0; c < header.n; c++) {
		if (c)
			putc(s.separator, f);
		for (size_t i = 0; i < n; i++)
			if (cell_is(&header.cells[c], cells[i].column))
				put_cell(f, cells[i].value, s.separator, c == 0);
	}
	fputs(line_end, f);
	if (fclose(f) != 0)
		abort();
	free(header.cells);
	return text;
}

char *csvedit_set(const char *data, int line, const char *column, const char *value,
		  struct err *err)
{
	struct scan s = scan_begin(data);
	struct row row = { 0 };
	char *text = NULL;
	size_t size = 0, c = 0;

	if (next_row(&s, &row)) {
		c = find_column(&row, column);
		if (c == row.n)
			no_column(column, err);
	}
	if (!row.n || c == row.n)
		goto done;
	while (row.line < line && next_row(&s, &row))
		continue;
	if (row.line != line || c >= row.n) {
		err_set(err, "there is no row at line %d any more", line);
		goto done;
	}

	FILE *f = begin(&text, &size);

	fwrite(data, 1, (size_t)(row.cells[c].at - data), f);
	put_cell(f, value, s.separator, c == 0);
	fputs(row.cells[c].at + row.cells[c].n, f);
	if (fclose(f) != 0)
		abort();
done:
	free(row.cells);
	return text;
}
