/* SPDX-License-Identifier: Apache-2.0 */
/* A document as JSON; the form is described in doc.h. json-c keeps the order of the keys and does
 * the quoting; numbers are printed by format_plain, because its own printing of doubles shows
 * digits that no meter has. */
#include <assert.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/render.h"

static struct json_object *number(enum doc_unit unit, double v)
{
	char buf[64];
	const char *plain = format_plain(unit, v, buf, sizeof(buf));

	if (!*plain)
		return NULL;
	if (unit == DOC_BOOL)
		return json_object_new_boolean(v != 0);
	if (format_is_text(unit))
		return json_object_new_string(plain);
	return json_object_new_double_s(v, plain);
}

static struct json_object *value(enum doc_unit unit, const struct doc_value *v)
{
	if (v->is_text)
		return v->text ? json_object_new_string(v->text) : NULL;
	return number(unit, v->number);
}

static struct json_object *table_json(const struct doc_table *t)
{
	struct json_object *rows = json_object_new_array();

	assert(t->n_cells == t->n_rows * t->n_heads);
	for (size_t r = 0; r < t->n_rows; r++) {
		struct json_object *row = json_object_new_object();

		for (size_t c = 0; c < t->n_heads; c++) {
			if (t->heads[c].unit == DOC_BAR)
				continue;
			json_object_object_add(
				row, t->heads[c].key,
				value(t->heads[c].unit, &t->cells[r * t->n_heads + c]));
		}
		json_object_array_add(rows, row);
	}
	return rows;
}

static struct json_object *chart_json(const struct doc_chart *c)
{
	struct json_object *points = json_object_new_array();
	char buf[64];

	for (size_t i = 0; i < c->n_points; i++) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(
			o, "time",
			json_object_new_string(zone_format_iso(c->ts[i], buf, sizeof(buf))));
		for (size_t k = 0; k < c->n_curves; k++)
			json_object_object_add(o, c->curves[k].key,
					       number(c->unit, c->values[i * c->n_curves + k]));
		json_object_array_add(points, o);
	}
	return points;
}

char *doc_render_json(const struct doc *doc)
{
	struct json_object *root = json_object_new_object(), *list, *o;

	json_object_object_add(root, "report", json_object_new_string(doc->name));
	json_object_object_add(root, "version", json_object_new_int(doc->version));
	if (doc->currency)
		json_object_object_add(root, "currency", json_object_new_string(doc->currency));
	if (doc->verdict) {
		o = json_object_new_object();
		json_object_object_add(o, "severity", json_object_new_int(doc->severity));
		json_object_object_add(o, "text", json_object_new_string(doc->verdict));
		json_object_object_add(root, "verdict", o);
	}
	for (size_t i = 0; i < doc->n_fields; i++)
		json_object_object_add(root, doc->fields[i].key,
				       value(doc->fields[i].unit, &doc->fields[i].value));
	list = json_object_new_array();
	for (size_t i = 0; i < doc->n_items; i++) {
		const struct doc_item *item = &doc->items[i];

		o = json_object_new_object();
		json_object_object_add(o, "severity", json_object_new_int(item->severity));
		json_object_object_add(o, "kind", json_object_new_string(item->kind));
		json_object_object_add(o, "entity",
				       item->entity ? json_object_new_string(item->entity) : NULL);
		json_object_object_add(o, "text", json_object_new_string(item->text));
		json_object_array_add(list, o);
	}
	json_object_object_add(root, "exceptions", list);
	for (size_t i = 0; i < doc->n_tables; i++)
		json_object_object_add(root, doc->tables[i]->key, table_json(doc->tables[i]));
	o = doc->n_charts ? json_object_new_object() : NULL;
	for (size_t i = 0; i < doc->n_charts; i++)
		json_object_object_add(o, doc->charts[i]->key, chart_json(doc->charts[i]));
	if (o)
		json_object_object_add(root, "charts", o);
	list = json_object_new_array();
	for (size_t i = 0; i < doc->n_notes; i++)
		json_object_array_add(list, json_object_new_string(doc->notes[i]));
	json_object_object_add(root, "notes", list);

	char *text =
		xasprintf("%s\n", json_object_to_json_string_ext(
					  root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
							JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return text;
}
