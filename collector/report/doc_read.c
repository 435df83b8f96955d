/* SPDX-License-Identifier: Apache-2.0 */
/* What a document says, for code that sums several up or judges one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/doc_impl.h"

static double column_max(const struct doc_table *t, const char *column)
{
	double most = NAN;

	for (size_t c = 0; c < t->n_heads; c++) {
		if (strcmp(t->heads[c].key, column) != 0)
			continue;
		for (size_t r = 0; r < t->n_rows; r++)
			most = fmax(most, t->cells[r * t->n_heads + c].number);
	}
	return most;
}

double doc_number_of(const struct doc *doc, const char *key)
{
	size_t table = strcspn(key, ".");

	for (size_t i = 0; i < doc->n_fields; i++)
		if (!strcmp(doc->fields[i].key, key))
			return doc->fields[i].value.number;
	for (size_t i = 0; key[table] && i < doc->n_tables; i++)
		if (strlen(doc->tables[i]->key) == table &&
		    !strncmp(doc->tables[i]->key, key, table))
			return column_max(doc->tables[i], key + table + 1);
	return NAN;
}

const char *doc_text_of(const struct doc *doc, const char *key)
{
	for (size_t i = 0; i < doc->n_fields; i++)
		if (!strcmp(doc->fields[i].key, key))
			return doc->fields[i].value.text;
	return NULL;
}

const char *doc_verdict_of(const struct doc *doc, int *ret_severity)
{
	*ret_severity = doc->severity;
	for (size_t i = 0; i < doc->n_items; i++)
		if (doc->items[i].severity > *ret_severity)
			*ret_severity = doc->items[i].severity;
	return doc->verdict ? doc->verdict : "";
}

/* Several reports tell of a device that does not answer and of what it would have measured. */
static bool is_absence(const char *kind)
{
	return !strncmp(kind, "device", 6) || !strncmp(kind, "meter_", 6);
}

static bool same_kind(const char *a, const char *b)
{
	return !strcmp(a, b) || (is_absence(a) && is_absence(b));
}

static bool is_told(const struct doc *doc, const struct doc_item *item)
{
	for (size_t i = 0; i < doc->n_items; i++) {
		const struct doc_item *x = &doc->items[i];

		if (same_kind(x->kind, item->kind) && x->entity && item->entity &&
		    !strcmp(x->entity, item->entity))
			return true;
	}
	return false;
}

void doc_take_exceptions(struct doc *doc, const struct doc *from)
{
	for (size_t i = 0; i < from->n_items; i++) {
		const struct doc_item *item = &from->items[i];

		if (item->severity > 0 && !is_told(doc, item))
			doc_exception(doc, item->severity, item->kind, item->entity, "%s",
				      item->text);
	}
}

void doc_count(const struct doc *doc, size_t *ret_bad, size_t *ret_warn)
{
	*ret_bad = *ret_warn = 0;
	for (size_t i = 0; i < doc->n_items; i++) {
		*ret_bad += doc->items[i].severity > 1;
		*ret_warn += doc->items[i].severity == 1;
	}
}
