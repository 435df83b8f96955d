/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document as text: the verdict, what needs a person, fields, tables, notes. Plain ASCII unless
 * the caller's terminal is UTF-8. Charts are for HTML.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/render.h"

size_t line_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void line_put(FILE *f, const char *text, size_t w, bool right)
{
	size_t have = line_width(text);
	size_t pad = have < w ? w - have : 0;

	fprintf(f, "%*s%s%*s", right ? (int)pad : 0, "", text, right ? 0 : (int)pad, "");
}

void line_wrap(FILE *f, const char *text, size_t column, size_t indent, size_t page)
{
	for (bool first = true; *text; first = false) {
		size_t n = strcspn(text, " ");

		/* a number keeps its % */
		if (text[n] == ' ' && text[n + 1] == '%')
			n += 1 + strcspn(text + n + 1, " ");
		char *word = xcalloc(n + 1, 1);

		memcpy(word, text, n);
		size_t w = line_width(word);
		if (!first && column > indent && column + 1 + w > page) {
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

struct page {
	FILE *f;
	const struct doc_text *how;
};

static const char *paint(const struct page *p, int severity)
{
	static const char *const colours[] = { "\033[32m", "\033[33m", "\033[31m" };

	return p->how->colour ? colours[severity < 0 ? 0 : severity > 2 ? 2 : severity] : "";
}

static const char *unpaint(const struct page *p)
{
	return p->how->colour ? "\033[0m" : "";
}

static void put_head(const struct page *p, const struct doc *doc)
{
	static const char *const marks[] = { "- ", "! ", "!!" };
	const char *word = format_severity(doc->severity);

	if (doc->verdict) {
		fprintf(p->f, "%s%s:%s ", paint(p, doc->severity), word, unpaint(p));
		line_wrap(p->f, doc->verdict, strlen(word) + 2, 2, p->how->width);
	}
	for (size_t i = 0; i < doc->n_items; i++) {
		const struct doc_item *item = &doc->items[i];
		int s = item->severity < 0 ? 0 : item->severity > 2 ? 2 : item->severity;
		char *line =
			xasprintf("%s: %s", item->entity ? item->entity : item->kind, item->text);

		fprintf(p->f, "  %s%s%s ", paint(p, s), marks[s], unpaint(p));
		line_wrap(p->f, line, 5, 5, p->how->width);
		free(line);
	}
}

static void put_field(const struct page *p, const struct doc *doc, const struct doc_field *field,
		      size_t widest)
{
	const struct doc_value *v = &field->value;
	struct format format = format_choose(doc, field->unit, v->number);
	char buf[64];

	line_put(p->f, field->title, widest + 2, false);
	if (v->is_text) {
		line_wrap(p->f, v->text && *v->text ? v->text : "-", widest + 2, widest + 2,
			  p->how->width);
		return;
	}
	fputs(format_shown(field->unit, &format, v->number, buf, sizeof(buf)), p->f);
	if (isfinite(v->number) && *format.suffix)
		fprintf(p->f, " %s", format.suffix);
	fputc('\n', p->f);
}

static void put_fields(const struct page *p, const struct doc *doc)
{
	size_t widest = 0;

	for (size_t i = 0; i < doc->n_fields; i++)
		if (line_width(doc->fields[i].title) > widest)
			widest = line_width(doc->fields[i].title);
	if (doc->n_fields)
		fputc('\n', p->f);
	for (size_t i = 0; i < doc->n_fields; i++)
		if (*doc->fields[i].title)
			put_field(p, doc, &doc->fields[i], widest);
}

static void put_notes(const struct page *p, const struct doc *doc)
{
	if (doc->n_notes)
		fputc('\n', p->f);
	for (size_t i = 0; i < doc->n_notes; i++) {
		fputs("* ", p->f);
		line_wrap(p->f, doc->notes[i], 2, 2, p->how->width);
	}
}

char *doc_render_text(const struct doc *doc, const struct doc_text *how)
{
	char *text = NULL;
	size_t size = 0;
	struct page p = { open_memstream(&text, &size), how };

	if (!p.f)
		abort();
	put_head(&p, doc);
	if (!how->brief) {
		put_fields(&p, doc);
		for (size_t i = 0; i < doc->n_tables; i++)
			render_table(p.f, doc, doc->tables[i], how->width, how->utf8);
		put_notes(&p, doc);
	}
	if (fclose(p.f) != 0)
		abort();
	return text;
}
