/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of a document as CSV (RFC 4180, UTF-8): the keys of its columns, then its rows, numbers
 * as JSON has them. A spreadsheet takes a cell that begins with = + - @ for a formula, and names
 * come from files and devices: such a cell gets an apostrophe before it, unless it is a number.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/render.h"

static void put_text(FILE *f, const char *text)
{
	double number;
	bool formula = *text && strchr("=+-@", *text) && text_to_double(text, &number) < 0;

	if (!formula && !strpbrk(text, ",\"\r\n")) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	if (formula)
		fputc('\'', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

/* Starts a cell. */
static void next(FILE *f, bool *first)
{
	if (!*first)
		fputc(',', f);
	*first = false;
}

static void put_cell(FILE *f, bool *first, const char *text)
{
	next(f, first);
	if (text)
		put_text(f, text);
}

static void put_value(FILE *f, bool *first, enum doc_unit unit, const struct doc_value *v)
{
	char buf[64];

	if (v->is_text) {
		put_cell(f, first, v->text);
	} else {
		next(f, first);
		fputs(format_plain(unit, v->number, buf, sizeof(buf)), f);
	}
}

static void end_row(FILE *f, bool *first)
{
	fputs("\r\n", f);
	*first = true;
}

static void put_table(FILE *f, const struct doc_table *t)
{
	bool first = true;

	for (size_t c = 0; c < t->n_heads; c++)
		if (t->heads[c].unit != DOC_BAR)
			put_cell(f, &first, t->heads[c].key);
	end_row(f, &first);
	assert(t->n_cells == t->n_rows * t->n_heads);
	for (size_t i = 0; i < t->n_cells; i++) {
		const struct doc_head *head = &t->heads[i % t->n_heads];

		if (head->unit != DOC_BAR)
			put_value(f, &first, head->unit, &t->cells[i]);
		if ((i + 1) % t->n_heads == 0)
			end_row(f, &first);
	}
}

static void put_chart(FILE *f, const struct doc_chart *c)
{
	bool first = true;
	char buf[64];

	put_cell(f, &first, "time");
	for (size_t k = 0; k < c->n_curves; k++)
		put_cell(f, &first, c->curves[k].key);
	end_row(f, &first);
	for (size_t i = 0; i < c->n_points; i++) {
		next(f, &first);
		fputs(format_plain(DOC_TIME, (double)c->ts[i], buf, sizeof(buf)), f);
		for (size_t k = 0; k < c->n_curves; k++) {
			next(f, &first);
			fputs(format_plain(c->unit, c->values[i * c->n_curves + k], buf,
					   sizeof(buf)),
			      f);
		}
		end_row(f, &first);
	}
}

static void put_fields(FILE *f, const struct doc *doc)
{
	bool first = true;

	fputs("key,value\r\n", f);
	if (doc->currency)
		fprintf(f, "currency,%s\r\n", doc->currency);
	for (size_t i = 0; i < doc->n_fields; i++) {
		put_cell(f, &first, doc->fields[i].key);
		put_value(f, &first, doc->fields[i].unit, &doc->fields[i].value);
		end_row(f, &first);
	}
}

static void put_exceptions(FILE *f, const struct doc *doc)
{
	bool first = true;

	fputs("severity,kind,entity,text\r\n", f);
	for (size_t i = 0; i < doc->n_items; i++) {
		const struct doc_item *item = &doc->items[i];

		fprintf(f, "%d", item->severity);
		first = false;
		put_cell(f, &first, item->kind);
		put_cell(f, &first, item->entity);
		put_cell(f, &first, item->text);
		end_row(f, &first);
	}
}

static void put_notes(FILE *f, const struct doc *doc)
{
	bool first = true;

	fputs("note\r\n", f);
	for (size_t i = 0; i < doc->n_notes; i++) {
		put_cell(f, &first, doc->notes[i]);
		end_row(f, &first);
	}
}

static bool put_named(FILE *f, const struct doc *doc, const char *name)
{
	for (size_t i = 0; i < doc->n_tables; i++) {
		if (!strcmp(doc->tables[i]->key, name)) {
			put_table(f, doc->tables[i]);
			return true;
		}
	}
	for (size_t i = 0; i < doc->n_charts; i++) {
		if (!strcmp(doc->charts[i]->key, name)) {
			put_chart(f, doc->charts[i]);
			return true;
		}
	}
	if (!strcmp(name, "fields"))
		put_fields(f, doc);
	else if (!strcmp(name, "exceptions"))
		put_exceptions(f, doc);
	else if (!strcmp(name, "notes"))
		put_notes(f, doc);
	else
		return false;
	return true;
}

static int unknown(const struct doc *doc, const char *name, struct err *err)
{
	char *all = xstrdup("fields, exceptions, notes"), *longer;

	for (size_t i = doc->n_charts + doc->n_tables; i-- > 0;) {
		const char *key = i < doc->n_tables ? doc->tables[i]->key
						    : doc->charts[i - doc->n_tables]->key;

		longer = xasprintf("%s, %s", key, all);
		free(all);
		all = longer;
	}
	err_set(err, "report %s has no table %s: it has %s", doc->name, name, all);
	free(all);
	return -1;
}

char *doc_render_csv(const struct doc *doc, const char *table, struct err *err)
{
	const struct doc_table *main_table = doc->main       ? doc->main
					     : doc->n_tables ? doc->tables[0]
							     : NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	bool found = put_named(f, doc, table ? table : main_table ? main_table->key : "fields");
	if (fclose(f) != 0)
		abort();
	if (!found) {
		free(text);
		unknown(doc, table, err);
		return NULL;
	}
	return text;
}
