/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document as text of at most 100 columns: the verdict, what needs a person, fields, tables,
 * notes. Plain ASCII unless the caller's terminal is UTF-8. A table that is too wide gives up
 * its bar first; numbers stand to the right, in one unit per column.
 */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/doc_impl.h"

#define WIDTH   100
#define BAR_MAX 12
#define BAR_MIN 4

struct format {     /* how the numbers of a column are printed */
	double per; /* divide by */
	int decimals;
	const char *suffix; /* of the title in a table, of the value in a field */
};

/* In a table one unit serves all rows: chosen by the largest. */
static struct format choose(const struct doc *doc, enum doc_unit unit, double largest)
{
	double a = isfinite(largest) ? fabs(largest) : 0;

	switch (unit) {
	case DOC_W:
		if (a >= 1e8)
			return (struct format){ 1e6, 2, "MW" };
		if (a >= 1e6)
			return (struct format){ 1e3, 1, "kW" };
		return (struct format){ 1e3, 2, "kW" };
	case DOC_WH:
		if (a >= 1e9)
			return (struct format){ 1e6, 2, "MWh" };
		if (a >= 1e7)
			return (struct format){ 1e3, 1, "kWh" };
		return (struct format){ 1e3, 3, "kWh" };
	case DOC_VA:
		return a >= 1e8 ? (struct format){ 1e6, 2, "MVA" }
				: (struct format){ 1e3, a >= 1e6 ? 1 : 2, "kVA" };
	case DOC_VAR:
		return a >= 1e8 ? (struct format){ 1e6, 2, "Mvar" }
				: (struct format){ 1e3, a >= 1e6 ? 1 : 2, "kvar" };
	case DOC_V: return (struct format){ 1, 1, "V" };
	case DOC_K: return (struct format){ 1, 1, "K" };
	case DOC_HZ: return (struct format){ 1, 2, "Hz" };
	case DOC_KG: return (struct format){ 1, a >= 1e4 ? 0 : 1, "kg" };
	case DOC_M3: return (struct format){ 1, 1, "m3" };
	case DOC_MONEY:
		return (struct format){ 1, a >= 1e7 ? 0 : 2, doc->currency ? doc->currency : "" };
	case DOC_A: return (struct format){ 1, 1, "A" };
	case DOC_C: return (struct format){ 1, 1, "C" };
	case DOC_PERCENT: return (struct format){ 1, 1, "%" };
	case DOC_RATIO: return (struct format){ 1, 3, "" };
	case DOC_MS: return (struct format){ 1, 2, "ms" };
	case DOC_SECONDS: return (struct format){ 1, 0, "s" };
	case DOC_BYTES:
		return a >= 1e9 ? (struct format){ 1e9, 2, "GB" } : (struct format){ 1e6, 2, "MB" };
	case DOC_COUNT:
	case DOC_TEXT:
	case DOC_TIME:
	case DOC_DATE:
	case DOC_BOOL:
	case DOC_BAR: break;
	}
	return (struct format){ 1, 0, "" };
}

static size_t width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Prints text in a field of w columns. */
static void put(FILE *f, const char *text, size_t w, bool right)
{
	size_t have = width(text);
	size_t pad = have < w ? w - have : 0;

	fprintf(f, "%*s%s%*s", right ? (int)pad : 0, "", text, right ? 0 : (int)pad, "");
}

/* Breaks text at blanks so that no line exceeds WIDTH; later lines are indented. */
static void wrap(FILE *f, const char *text, size_t column, size_t indent)
{
	for (bool first = true; *text; first = false) {
		size_t n = strcspn(text, " ");

		/* a number keeps its % */
		if (text[n] == ' ' && text[n + 1] == '%')
			n += 1 + strcspn(text + n + 1, " ");
		char *word = xcalloc(n + 1, 1);

		memcpy(word, text, n);
		size_t w = width(word);
		if (!first && column > indent && column + 1 + w > WIDTH) {
			fprintf(f, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', f);
			column++;
		}
		fputs(word, f);
		column += w;
		free(word);
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', f);
}

static const char *number_text(enum doc_unit unit, const struct format *format, double v, char *buf,
			       size_t size)
{
	if (!isfinite(v))
		return "-";
	if (unit == DOC_TIME)
		return zone_format((int64_t)v, buf, size);
	if (unit == DOC_DATE)
		return zone_format_date((int64_t)v, buf, size);
	if (unit == DOC_BOOL)
		return v != 0 ? "yes" : "no";
	double shown = v / format->per;
	/* no "-0.0" */
	if (fabs(shown) < 0.5 * pow(10, -format->decimals))
		shown = 0;
	snprintf(buf, size, "%.*f", format->decimals, shown);
	return buf;
}

static const char *cell_text(const struct doc_head *head, const struct format *format,
			     const struct doc_value *v, char *buf, size_t size)
{
	if (v->is_text)
		return v->text && *v->text ? v->text : "-";
	return number_text(head->unit, format, v->number, buf, size);
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

static bool is_left(enum doc_unit unit)
{
	return unit == DOC_TEXT || unit == DOC_TIME || unit == DOC_DATE || unit == DOC_BOOL ||
	       unit == DOC_BAR;
}

static void put_table(FILE *f, const struct doc *doc, const struct doc_table *t, bool utf8)
{
	size_t n = t->n_heads, total = 0;
	struct format *formats = xcalloc(n ? n : 1, sizeof(*formats));
	char **titles = xcalloc(n ? n : 1, sizeof(*titles));
	size_t *widths = xcalloc(n ? n : 1, sizeof(*widths));
	ptrdiff_t bar = -1;
	char buf[64];

	assert(t->n_cells == t->n_rows * n);
	for (size_t c = 0; c < n; c++) {
		const struct doc_head *head = &t->heads[c];
		double largest = 0;

		for (size_t r = 0; r < t->n_rows; r++)
			largest = fmax(largest, fabs(t->cells[r * n + c].number));
		formats[c] = choose(doc, head->unit, largest);
		if (!*head->title && head->unit != DOC_BAR)
			continue;
		titles[c] = *formats[c].suffix ? xasprintf("%s %s", head->title, formats[c].suffix)
					       : xstrdup(head->title);
		widths[c] = width(titles[c]);
		if (head->unit == DOC_BAR) {
			bar = (ptrdiff_t)c;
			continue;
		}
		for (size_t r = 0; r < t->n_rows; r++) {
			size_t w = width(cell_text(head, &formats[c], &t->cells[r * n + c], buf,
						   sizeof(buf)));
			if (w > widths[c])
				widths[c] = w;
		}
		total += widths[c] + 1;
	}
	if (bar >= 0) {
		size_t room = total < WIDTH ? WIDTH - total : 0;
		widths[bar] = room >= BAR_MIN ? (room < BAR_MAX ? room : BAR_MAX) : 0;
	}

	fprintf(f, "\n%s\n", t->title);
	if (!t->n_rows)
		fputs("  (none)\n", f);
	/* lines 0 and 1 are the header and its rule */
	for (size_t line = 0; t->n_rows && line < t->n_rows + 2; line++) {
		bool first = true;

		for (size_t c = 0; c < n; c++) {
			const struct doc_head *head = &t->heads[c];

			if (!widths[c])
				continue; /* for JSON only, or a bar without room */
			if (!first)
				fputc(' ', f);
			first = false;
			if (line == 0) {
				put(f, titles[c], c + 1 == n && is_left(head->unit) ? 0 : widths[c],
				    !is_left(head->unit));
			} else if (line == 1) {
				for (size_t i = 0; i < widths[c]; i++)
					fputc('-', f);
			} else if (head->unit == DOC_BAR) {
				put_bar(f, t->cells[(line - 2) * n + c].number, widths[c], utf8);
			} else {
				put(f,
				    cell_text(head, &formats[c], &t->cells[(line - 2) * n + c], buf,
					      sizeof(buf)),
				    c + 1 == n && is_left(head->unit) ? 0 : widths[c],
				    !is_left(head->unit));
			}
		}
		fputc('\n', f);
	}
	for (size_t c = 0; c < n; c++)
		free(titles[c]);
	free(titles);
	free(formats);
	free(widths);
}

static const char *const severity_word[] = { "OK", "WARNING", "PROBLEM" };
static const char *const severity_colour[] = { "\033[32m", "\033[33m", "\033[31m" };

static int severity_index(int severity)
{
	return severity < 0 ? 0 : severity > 2 ? 2 : severity;
}

char *doc_render_text(const struct doc *doc, bool utf8, bool colour)
{
	char *text = NULL, buf[64];
	size_t size = 0, widest = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	if (doc->verdict) {
		int s = severity_index(doc->severity);

		fprintf(f, "%s%s:%s ", colour ? severity_colour[s] : "", severity_word[s],
			colour ? "\033[0m" : "");
		wrap(f, doc->verdict, strlen(severity_word[s]) + 2, 2);
	}
	for (size_t i = 0; i < doc->n_items; i++) {
		const struct doc_item *item = &doc->items[i];
		int s = severity_index(item->severity);
		char *line =
			xasprintf("%s: %s", item->entity ? item->entity : item->kind, item->text);

		fprintf(f, "  %s%s%s ", colour ? severity_colour[s] : "",
			s == 2 ? "!!"
			: s    ? "! "
			       : "- ",
			colour ? "\033[0m" : "");
		wrap(f, line, 5, 5);
		free(line);
	}
	if (doc->n_fields)
		fputc('\n', f);
	for (size_t i = 0; i < doc->n_fields; i++)
		if (width(doc->fields[i].title) > widest)
			widest = width(doc->fields[i].title);
	for (size_t i = 0; i < doc->n_fields; i++) {
		const struct doc_field *field = &doc->fields[i];
		struct format format = choose(doc, field->unit, field->value.number);

		if (!*field->title)
			continue;
		put(f, field->title, widest + 2, false);
		if (field->value.is_text) {
			wrap(f, field->value.text && *field->value.text ? field->value.text : "-",
			     widest + 2, widest + 2);
			continue;
		}
		fputs(number_text(field->unit, &format, field->value.number, buf, sizeof(buf)), f);
		if (isfinite(field->value.number) && *format.suffix)
			fprintf(f, " %s", format.suffix);
		fputc('\n', f);
	}
	for (size_t i = 0; i < doc->n_tables; i++)
		put_table(f, doc, doc->tables[i], utf8);
	if (doc->n_notes)
		fputc('\n', f);
	for (size_t i = 0; i < doc->n_notes; i++) {
		fputs("* ", f);
		wrap(f, doc->notes[i], 2, 2);
	}
	if (fclose(f) != 0)
		abort();
	return text;
}
