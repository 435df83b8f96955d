/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a report document. Texts are cleaned on the way in (names come from files that people
 * and devices write), so renderers may print them as they are. */
#include "report/doc.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/render.h"

/* A copy without control characters and, when it is not UTF-8, without bytes beyond ASCII. */
static char *clean(const char *text)
{
	if (!text)
		return NULL;
	char *copy = xstrdup(text);
	bool utf8 = text_is_utf8(copy, strlen(copy));

	for (char *p = copy; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f)
			*p = ' ';
		else if (c >= 0x80 && !utf8)
			*p = '?';
	}
	return copy;
}

static __attribute__((format(printf, 1, 0))) char *clean_format(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		abort();
	char *ret = clean(text);
	free(text);
	return ret;
}

struct doc *doc_new(const char *name, int version)
{
	struct doc *doc = xcalloc(1, sizeof(*doc));

	doc->name = xstrdup(name);
	doc->version = version;
	return doc;
}

static void heads_free(struct doc_head *heads, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(heads[i].key);
		free(heads[i].title);
	}
	free(heads);
}

static void table_free(struct doc_table *t)
{
	heads_free(t->heads, t->n_heads);
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t->key);
	free(t->title);
	free(t);
}

static void chart_free(struct doc_chart *c)
{
	heads_free(c->curves, c->n_curves);
	free(c->ts);
	free(c->values);
	free(c->key);
	free(c->title);
	free(c);
}

struct doc *doc_free(struct doc *doc)
{
	if (!doc)
		return NULL;
	for (size_t i = 0; i < doc->n_fields; i++) {
		free(doc->fields[i].key);
		free(doc->fields[i].title);
		free(doc->fields[i].value.text);
	}
	for (size_t i = 0; i < doc->n_items; i++) {
		free(doc->items[i].kind);
		free(doc->items[i].entity);
		free(doc->items[i].text);
	}
	for (size_t i = 0; i < doc->n_tables; i++)
		table_free(doc->tables[i]);
	for (size_t i = 0; i < doc->n_charts; i++)
		chart_free(doc->charts[i]);
	for (size_t i = 0; i < doc->n_notes; i++)
		free(doc->notes[i]);
	free(doc->fields);
	free(doc->items);
	free(doc->tables);
	free(doc->charts);
	free(doc->currency);
	free(doc->notes);
	free(doc->verdict);
	free(doc->name);
	free(doc);
	return NULL;
}

void doc_currency(struct doc *doc, const char *currency)
{
	free(doc->currency);
	doc->currency = clean(currency);
}

/* Keys that every document has. These three are asked by assertions alone. */
__attribute__((unused)) static bool is_reserved(const char *key)
{
	static const char *const all[] = { "report", "version",    "currency", "verdict",
					   "fields", "exceptions", "charts",   "notes" };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(all[i], key))
			return true;
	return false;
}

__attribute__((unused)) static bool is_field(const struct doc *doc, const char *key)
{
	for (size_t i = 0; i < doc->n_fields; i++)
		if (!strcmp(doc->fields[i].key, key))
			return true;
	return false;
}

__attribute__((unused)) static bool is_table(const struct doc *doc, const char *key)
{
	for (size_t i = 0; i < doc->n_tables; i++)
		if (!strcmp(doc->tables[i]->key, key))
			return true;
	for (size_t i = 0; i < doc->n_charts; i++)
		if (!strcmp(doc->charts[i]->key, key))
			return true;
	return false;
}

static struct doc_field *add_field(struct doc *doc, const char *key, const char *title,
				   enum doc_unit unit)
{
	assert(!is_reserved(key) && !is_field(doc, key) && !is_table(doc, key));
	xgrow(&doc->fields, &doc->cap_fields, doc->n_fields + 1, sizeof(*doc->fields));
	struct doc_field *f = &doc->fields[doc->n_fields++];

	*f = (struct doc_field){ .key = xstrdup(key),
				 .title = xstrdup(title),
				 .unit = unit,
				 .value = { .number = NAN } };
	return f;
}

void doc_text(struct doc *doc, const char *key, const char *title, const char *value)
{
	struct doc_field *f = add_field(doc, key, title, DOC_TEXT);

	f->value.is_text = true;
	f->value.text = clean(value);
}

void doc_number(struct doc *doc, const char *key, const char *title, enum doc_unit unit,
		double value)
{
	assert(unit != DOC_TEXT && unit != DOC_BAR);
	add_field(doc, key, title, unit)->value.number = value;
}

void doc_verdict(struct doc *doc, int severity, const char *format, ...)
{
	va_list args;

	free(doc->verdict);
	va_start(args, format);
	doc->verdict = clean_format(format, args);
	va_end(args);
	doc->severity = severity;
}

void doc_exception(struct doc *doc, int severity, const char *kind, const char *entity,
		   const char *format, ...)
{
	va_list args;

	xgrow(&doc->items, &doc->cap_items, doc->n_items + 1, sizeof(*doc->items));
	size_t at = doc->n_items++;

	/* Worst first; equals in the order they came. */
	for (; at > 0 && doc->items[at - 1].severity < severity; at--)
		doc->items[at] = doc->items[at - 1];
	struct doc_item *item = &doc->items[at];
	*item = (struct doc_item){ .severity = severity,
				   .kind = xstrdup(kind),
				   .entity = entity && *entity ? clean(entity) : NULL };
	va_start(args, format);
	item->text = clean_format(format, args);
	va_end(args);
}

char *doc_headline(const struct doc *doc, size_t most)
{
	const char *verdict = doc->verdict ? doc->verdict : "", *site = "";
	size_t n = strlen(verdict);

	for (size_t i = 0; i < doc->n_fields; i++)
		if (!strcmp(doc->fields[i].key, "site") && doc->fields[i].value.text)
			site = doc->fields[i].value.text;
	/* cut at a blank, so no character is cut in two */
	bool cut = n > most;
	for (n = cut ? most : n; cut && n > 0 && verdict[n] != ' ';)
		n--;
	return xasprintf("%s: %.*s%s (%s%s%s)", format_severity(doc->severity), (int)n, verdict,
			 cut ? " ..." : "", doc->name, *site ? ", " : "", site);
}

bool doc_needs_person(const struct doc *doc)
{
	/* exceptions are worst first */
	return doc->severity > 0 || (doc->n_items && doc->items[0].severity > 0);
}

void doc_note(struct doc *doc, const char *format, ...)
{
	va_list args;

	xgrow(&doc->notes, &doc->cap_notes, doc->n_notes + 1, sizeof(*doc->notes));
	va_start(args, format);
	doc->notes[doc->n_notes++] = clean_format(format, args);
	va_end(args);
}

struct doc_table *doc_table(struct doc *doc, const char *key, const char *title)
{
	struct doc_table *t = xcalloc(1, sizeof(*t));

	assert(!is_reserved(key) && !is_field(doc, key) && !is_table(doc, key));
	t->key = xstrdup(key);
	t->title = clean(title);
	xgrow(&doc->tables, &doc->cap_tables, doc->n_tables + 1, sizeof(struct doc_table *));
	doc->tables[doc->n_tables++] = t;
	return t;
}

void doc_main(struct doc *doc, const struct doc_table *table)
{
	doc->main = table;
}

void doc_column(struct doc_table *table, const char *key, const char *title, enum doc_unit unit)
{
	assert(table->n_rows == 0);
	xgrow(&table->heads, &table->cap_heads, table->n_heads + 1, sizeof(*table->heads));
	table->heads[table->n_heads++] =
		(struct doc_head){ xstrdup(key), xstrdup(title), unit, false, 0 };
}

void doc_column_spare(struct doc_table *table, const char *key, const char *title,
		      enum doc_unit unit)
{
	doc_column(table, key, title, unit);
	table->heads[table->n_heads - 1].spare = true;
}

void doc_row(struct doc_table *table)
{
	assert(table->n_cells == table->n_rows * table->n_heads);
	table->n_rows++;
}

static struct doc_value *next_cell(struct doc_table *table, bool is_text)
{
	assert(table->n_cells < table->n_rows * table->n_heads);
	const struct doc_head *head = &table->heads[table->n_cells % table->n_heads];

	assert((head->unit == DOC_TEXT) == is_text);
	(void)head;
	xgrow(&table->cells, &table->cap_cells, table->n_cells + 1, sizeof(*table->cells));
	struct doc_value *v = &table->cells[table->n_cells++];

	*v = (struct doc_value){ .is_text = is_text, .number = NAN };
	return v;
}

void doc_cell_text(struct doc_table *table, const char *value)
{
	next_cell(table, true)->text = clean(value);
}

void doc_cell(struct doc_table *table, double value)
{
	next_cell(table, false)->number = value;
}

struct doc_chart *doc_chart(struct doc *doc, const char *key, const char *title, enum doc_unit unit)
{
	struct doc_chart *c = xcalloc(1, sizeof(*c));

	assert(!is_reserved(key) && !is_table(doc, key));
	c->key = xstrdup(key);
	c->title = clean(title);
	c->unit = unit;
	xgrow(&doc->charts, &doc->cap_charts, doc->n_charts + 1, sizeof(struct doc_chart *));
	doc->charts[doc->n_charts++] = c;
	return c;
}

int doc_curve(struct doc_chart *chart, const char *key, const char *title)
{
	assert(chart->n_points == 0);
	xgrow(&chart->curves, &chart->cap_curves, chart->n_curves + 1, sizeof(*chart->curves));
	chart->curves[chart->n_curves] =
		(struct doc_head){ xstrdup(key), clean(title), chart->unit, false, 0 };
	return (int)chart->n_curves++;
}

int doc_curve_limit(struct doc_chart *chart, int severity, const char *key, const char *title)
{
	int n = doc_curve(chart, key, title);

	chart->curves[n].limit = severity;
	return n;
}

void doc_point(struct doc_chart *chart, int64_t ts, const double *values)
{
	size_t n = chart->n_curves;

	assert(chart->n_points == 0 || chart->ts[chart->n_points - 1] < ts);
	xgrow(&chart->ts, &chart->cap_points, chart->n_points + 1, sizeof(*chart->ts));
	xgrow(&chart->values, &chart->cap_values, chart->n_values + n, sizeof(*chart->values));
	chart->ts[chart->n_points++] = ts;
	for (size_t i = 0; i < n; i++)
		chart->values[chart->n_values++] = values[i];
}

void doc_chart_spans(struct doc_chart *chart, bool stacked, int64_t to)
{
	chart->stacked = stacked;
	chart->to = to;
}

void doc_take_chart(struct doc *doc, const struct doc *from, const char *key)
{
	for (size_t i = 0; i < from->n_charts; i++) {
		const struct doc_chart *c = from->charts[i];
		struct doc_chart *own;

		if (strcmp(c->key, key) != 0)
			continue;
		own = doc_chart(doc, key, c->title, c->unit);
		doc_chart_spans(own, c->stacked, c->to);
		for (size_t k = 0; k < c->n_curves; k++)
			doc_curve_limit(own, c->curves[k].limit, c->curves[k].key,
					c->curves[k].title);
		for (size_t k = 0; k < c->n_points; k++)
			doc_point(own, c->ts[k], &c->values[k * c->n_curves]);
	}
}
