/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table as text. Numbers stand to the right, in one unit per column. When the page is too narrow
 * titles take two lines, then spare columns go, then the bar, then the last column, if it is words,
 * is broken into lines, then the table comes in parts below each other, each beginning with its
 * first column.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/render.h"

#define BAR_MAX   12
#define BAR_MIN   4
#define WORDS_MIN 16 /* narrower, a column of words is no longer read */

struct column {
	const struct doc_head *head;
	struct format format;
	char *above, *title; /* of the title, what stands in the line above: "" mostly */
	size_t index, width;
	bool broken; /* its words go on in the next line */
};

struct part { /* columns from .. to, and before them column 0 */
	const struct doc_table *table;
	struct column *columns;
	size_t from, to, page;
	bool utf8;
};

static const char *cell_text(const struct column *c, const struct doc_value *v, char *buf,
			     size_t size)
{
	if (v->is_text)
		return v->text && *v->text ? v->text : "-";
	return format_shown(c->head->unit, &c->format, v->number, buf, size);
}

/* Breaks a title at the blank that makes it narrowest. */
static void break_title(struct column *c)
{
	size_t whole = line_width(c->title), best = whole;
	char *at = NULL;

	for (char *blank = strchr(c->title, ' '); blank; blank = strchr(blank + 1, ' ')) {
		size_t right = line_width(blank + 1), left = whole - right - 1;
		size_t wider = left > right ? left : right;

		if (wider < best) {
			best = wider;
			at = blank;
		}
	}
	if (!at)
		return;
	char *below = xstrdup(at + 1);

	*at = '\0';
	free(c->above);
	c->above = c->title;
	c->title = below;
}

static void measure(const struct doc *doc, const struct doc_table *t, bool two_lines,
		    struct column *c)
{
	char buf[64];

	c->format = format_column(doc, t, c->index);
	c->above = xstrdup("");
	c->title = *c->format.suffix ? xasprintf("%s %s", c->head->title, c->format.suffix)
				     : xstrdup(c->head->title);
	for (size_t r = 0; r < t->n_rows; r++) {
		size_t w = line_width(
			cell_text(c, &t->cells[r * t->n_heads + c->index], buf, sizeof(buf)));

		c->width = w > c->width ? w : c->width;
	}
	if (two_lines && line_width(c->title) > c->width)
		break_title(c);
	size_t above = line_width(c->above), below = line_width(c->title);

	c->width = below > c->width ? below : c->width;
	c->width = above > c->width ? above : c->width;
}

static void columns_done(struct column *columns, size_t n)
{
	for (size_t c = 0; c < n; c++) {
		free(columns[c].above);
		free(columns[c].title);
	}
}

struct layout {
	size_t page;
	bool two_lines;
	size_t left_out; /* spare columns, from the last on */
};

static bool is_spare(const struct doc_head *head)
{
	return head->spare && *head->title;
}

static size_t count_spare(const struct doc_table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_heads; i++)
		n += is_spare(&t->heads[i]);
	return n;
}

/* The columns that text shows, measured; a bar gets what is left of the page. *ret_fits: and there
 * was room for all. */
static size_t visible(const struct doc *doc, const struct doc_table *t, const struct layout *l,
		      struct column *ret, bool *ret_fits)
{
	size_t n = 0, total = 0, bar = SIZE_MAX, spare = count_spare(t) - l->left_out;

	for (size_t i = 0; i < t->n_heads; i++) {
		struct column *c = &ret[n];

		*c = (struct column){ .head = &t->heads[i], .index = i };
		if (c->head->unit == DOC_BAR) {
			bar = n++;
			c->above = xstrdup("");
			c->title = xstrdup("");
		} else if (*c->head->title && (!is_spare(c->head) || spare > 0)) {
			spare -= is_spare(c->head);
			measure(doc, t, l->two_lines, c);
			total += c->width + 1;
			n++;
		}
	}
	if (bar == SIZE_MAX) {
		*ret_fits = total <= l->page + 1;
		return n;
	}
	size_t room = total < l->page ? l->page - total : 0;

	*ret_fits = room >= BAR_MIN;
	if (room >= BAR_MIN) {
		ret[bar].width = room < BAR_MAX ? room : BAR_MAX;
		return n;
	}
	columns_done(&ret[bar], 1);
	memmove(&ret[bar], &ret[bar + 1], (n - bar - 1) * sizeof(*ret));
	return n - 1;
}

/* The first layout in which all fits, or the narrowest. How many columns it has. */
static size_t lay_out(const struct doc *doc, const struct doc_table *t, struct layout *l,
		      struct column *ret)
{
	bool fits;
	size_t n = visible(doc, t, l, ret, &fits), spare = count_spare(t);

	while (!fits && (!l->two_lines || l->left_out < spare)) {
		columns_done(ret, n);
		l->left_out += l->two_lines;
		l->two_lines = true;
		n = visible(doc, t, l, ret, &fits);
	}
	return n;
}

static void put_left_out(FILE *f, const struct doc *doc, const struct doc_table *t,
			 const struct layout *l)
{
	size_t spare = count_spare(t) - l->left_out, size = 0;
	const char *separator = "(";
	char *text = NULL;
	FILE *words = open_memstream(&text, &size);

	if (!words)
		abort();
	for (size_t i = 0; i < t->n_heads; i++) {
		const struct doc_head *head = &t->heads[i];
		struct format format = format_column(doc, t, i);

		if (!is_spare(head) || (spare > 0 && spare--))
			continue;
		fprintf(words, "%s%s%s%s", separator, head->title, *format.suffix ? " " : "",
			format.suffix);
		separator = ", ";
	}
	fputs(": left out, see --width)", words);
	if (fclose(words) != 0)
		abort();
	line_wrap(f, text, 0, 1, l->page);
	free(text);
}

static void put_bar(FILE *f, double percent, size_t w, bool utf8)
{
	size_t full = 0;

	if (isfinite(percent) && percent > 0)
		full = (size_t)fmin(floor(percent / 100 * (double)w + 0.5), (double)w);
	for (size_t i = 0; i < w; i++) {
		if (!isfinite(percent))
			fputc(' ', f);
		else if (i + 1 == w && percent > 100)
			fputs("!", f);
		else if (i < full)
			fputs(utf8 ? "\u2588" : "#", f);
		else
			fputs(utf8 ? "\u2591" : ".", f);
	}
}

enum line { LINE_ABOVE, LINE_TITLES, LINE_RULE, LINE_ROW };

static void put_cell(FILE *f, const struct part *p, const struct column *c, enum line line,
		     size_t row, size_t column)
{
	const struct doc_table *t = p->table;
	bool right = !format_is_left(c->head->unit);
	char buf[64];

	if (line == LINE_ABOVE || line == LINE_TITLES) {
		line_put(f, line == LINE_ABOVE ? c->above : c->title, c->width, right);
	} else if (line == LINE_RULE) {
		for (size_t i = 0; i < c->width; i++)
			fputc('-', f);
	} else {
		const struct doc_value *v = &t->cells[row * t->n_heads + c->index];

		if (c->head->unit == DOC_BAR)
			put_bar(f, v->number, c->width, p->utf8);
		else if (c->broken)
			line_wrap(f, cell_text(c, v, buf, sizeof(buf)), column, column, p->page);
		else
			line_put(f, cell_text(c, v, buf, sizeof(buf)), c->width, right);
	}
}

static void put_line(FILE *f, const struct part *p, enum line line, size_t row)
{
	char *text = NULL;
	size_t size = 0, column = 0;
	FILE *l = open_memstream(&text, &size);

	if (!l)
		abort();
	for (size_t k = p->from > 0 ? p->from - 1 : 0; k < p->to; k++) {
		const struct column *c = &p->columns[k < p->from ? 0 : k];

		put_cell(l, p, c, line, row, column);
		column += c->width + 1;
		fputc(' ', l);
	}
	if (fclose(l) != 0)
		abort();
	while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\n'))
		size--;
	fwrite(text, 1, size, f);
	fputc('\n', f);
	free(text);
}

static bool has_above(const struct part *p)
{
	for (size_t k = p->from; k < p->to; k++)
		if (*p->columns[k].above)
			return true;
	return p->from > 0 && *p->columns[0].above;
}

static void put_part(FILE *f, const struct part *p)
{
	if (has_above(p))
		put_line(f, p, LINE_ABOVE, 0);
	put_line(f, p, LINE_TITLES, 0);
	put_line(f, p, LINE_RULE, 0);
	for (size_t r = 0; r < p->table->n_rows; r++)
		put_line(f, p, LINE_ROW, r);
}

/* Where the part that begins with column from ends. */
static size_t fit(struct column *columns, size_t n, size_t from, size_t page)
{
	size_t used = from ? columns[0].width : 0, i;

	for (i = from; i < n; i++) {
		struct column *c = &columns[i];
		size_t start = used + (used > 0);

		if (start + c->width <= page) {
			used = start + c->width;
			continue;
		}
		if (i + 1 == n && c->head->unit == DOC_TEXT && start + WORDS_MIN <= page) {
			c->broken = true;
			c->width = page - start;
			return n;
		}
		break;
	}
	return i > from ? i : from + 1;
}

void render_table(FILE *f, const struct doc *doc, const struct doc_table *t, size_t page, bool utf8)
{
	assert(t->n_cells == t->n_rows * t->n_heads);
	if (!*t->title)
		return;
	struct column *columns = xcalloc(t->n_heads + 1, sizeof(*columns));
	struct layout l = { .page = page };
	size_t n = lay_out(doc, t, &l, columns);

	fprintf(f, "\n%s\n", t->title);
	if (!t->n_rows)
		fputs("  (none)\n", f);
	for (size_t from = 0; t->n_rows && from < n;) {
		struct part p = { t, columns, from, fit(columns, n, from, page), page, utf8 };

		if (from > 0)
			fputc('\n', f);
		put_part(f, &p);
		from = p.to;
	}
	if (t->n_rows && l.left_out)
		put_left_out(f, doc, t, &l);
	columns_done(columns, n);
	free(columns);
}
