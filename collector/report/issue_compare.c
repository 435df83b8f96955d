/* SPDX-License-Identifier: Apache-2.0 */
/* See issue_compare.h. */
#include "report/issue_compare.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/render.h"

#define SAME 1e-9 /* figures are kept with 12 digits */
#define TOLD 3    /* fields by name; more are counted */

struct changes {
	FILE *f;
	const char *when;
	size_t told, more;
};

static bool is_figure(enum doc_unit unit)
{
	return unit != DOC_TEXT && unit != DOC_TIME && unit != DOC_DATE && unit != DOC_BAR;
}

/* NAN: absent. */
static double number_of(struct json_object *o)
{
	if (!o || json_object_is_type(o, json_type_null))
		return NAN;
	if (json_object_is_type(o, json_type_boolean))
		return json_object_get_boolean(o);
	return json_object_get_double(o);
}

static bool differs(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) != isnan(b);
	return fabs(a - b) > SAME * fmax(fabs(a), fabs(b));
}

/* Both in one unit; with all digits when the usual ones would not tell them apart. */
static void put_change(struct changes *c, const struct doc *doc, const struct doc_field *field,
		       double was)
{
	double now = field->value.number;
	struct format format = format_choose(doc, field->unit, fmax(fabs(was), fabs(now)));
	char a[64], b[64], raw_a[64], raw_b[64];
	const char *old_text = format_shown(field->unit, &format, was, a, sizeof(a));
	const char *new_text = format_shown(field->unit, &format, now, b, sizeof(b));

	if (!strcmp(old_text, new_text) && field->unit != DOC_BOOL) {
		snprintf(raw_a, sizeof(raw_a), "%.9g", was / format.per);
		snprintf(raw_b, sizeof(raw_b), "%.9g", now / format.per);
		old_text = raw_a;
		new_text = raw_b;
	}
	if (isnan(was))
		old_text = "absent";
	if (isnan(now))
		new_text = "absent";
	const char *blank = *format.suffix ? " " : "";
	fprintf(c->f, "%s%s was %s%s%s", c->told ? "; " : "", field->title, old_text,
		isnan(was) ? "" : blank, isnan(was) ? "" : format.suffix);
	if (!c->told)
		fprintf(c->f, " (issued %s)", c->when);
	fprintf(c->f, ", now %s%s%s", new_text, isnan(now) ? "" : blank,
		isnan(now) ? "" : format.suffix);
	c->told++;
}

static void compare_fields(struct changes *c, const struct doc *doc, struct json_object *root)
{
	for (size_t i = 0; i < doc->n_fields; i++) {
		const struct doc_field *field = &doc->fields[i];
		struct json_object *o;

		/* a field that the form of that time had not is no change of a figure */
		if (!is_figure(field->unit) || !json_object_object_get_ex(root, field->key, &o))
			continue;
		double was = number_of(o);

		if (!differs(was, field->value.number))
			continue;
		if (*field->title && c->told < TOLD)
			put_change(c, doc, field, was);
		else
			c->more++;
	}
}

/* Adds a text to a row's name; NULL frees nothing and adds a blank one. */
static char *longer(char *name, const char *text)
{
	char *ret = xasprintf("%s%s|", name, text ? text : "");

	free(name);
	return ret;
}

/* What stands in a row before its first figure: its name. malloc'd. */
static char *name_of_cells(const struct doc_table *t, size_t row)
{
	char *name = xstrdup(""), buf[64];

	for (size_t i = 0; i < t->n_heads && format_is_text(t->heads[i].unit); i++) {
		const struct doc_value *v = &t->cells[row * t->n_heads + i];

		name = longer(name, v->is_text ? v->text
					       : format_plain(t->heads[i].unit, v->number, buf,
							      sizeof(buf)));
	}
	return name;
}

static char *name_of_json(const struct doc_table *t, struct json_object *row)
{
	char *name = xstrdup("");

	for (size_t i = 0; i < t->n_heads && format_is_text(t->heads[i].unit); i++) {
		struct json_object *o = NULL;

		json_object_object_get_ex(row, t->heads[i].key, &o);
		name = longer(name, o ? json_object_get_string(o) : NULL);
	}
	return name;
}

/* The former rows by name; those of one name in their order. */
static struct json_object *rows_by_name(const struct doc_table *t, struct json_object *rows)
{
	struct json_object *map = json_object_new_object();

	for (size_t r = 0; r < json_object_array_length(rows); r++) {
		struct json_object *row = json_object_array_get_idx(rows, r), *same;
		char *name = name_of_json(t, row);

		if (!json_object_object_get_ex(map, name, &same)) {
			same = json_object_new_array();
			json_object_object_add(map, name, same);
		}
		json_object_array_add(same, json_object_get(row));
		free(name);
	}
	return map;
}

/* Takes the first of that name out. The caller puts it. */
static struct json_object *take_row(struct json_object *map, const char *name)
{
	struct json_object *same, *row;

	if (!json_object_object_get_ex(map, name, &same) || !json_object_array_length(same))
		return NULL;
	row = json_object_get(json_object_array_get_idx(same, 0));
	json_object_array_del_idx(same, 0, 1);
	return row;
}

static bool row_differs(const struct doc_table *t, size_t r, struct json_object *old)
{
	for (size_t i = 0; i < t->n_heads; i++) {
		struct json_object *o;

		if (is_figure(t->heads[i].unit) &&
		    json_object_object_get_ex(old, t->heads[i].key, &o) &&
		    differs(number_of(o), t->cells[r * t->n_heads + i].number))
			return true;
	}
	return false;
}

static void compare_table(struct changes *c, const struct doc_table *t, struct json_object *root)
{
	struct json_object *rows;
	size_t changed = 0, found = 0;

	if (!json_object_object_get_ex(root, t->key, &rows) ||
	    !json_object_is_type(rows, json_type_array))
		return;
	struct json_object *map = rows_by_name(t, rows);
	size_t n = json_object_array_length(rows);

	for (size_t r = 0; r < t->n_rows; r++) {
		char *name = name_of_cells(t, r);
		struct json_object *old = take_row(map, name);

		found += old != NULL;
		changed += !old || row_differs(t, r, old);
		json_object_put(old);
		free(name);
	}
	changed += n - found; /* rows that are gone */
	json_object_put(map);
	if (!changed)
		return;
	fprintf(c->f, "%s%zu row%s of %s", c->told ? "; " : "", changed, changed == 1 ? "" : "s",
		t->title);
	if (!c->told)
		fprintf(c->f, " (issued %s)", c->when);
	fputs(" changed", c->f);
	c->told++;
}

char *issue_compare(const struct doc *doc, const char *json, const char *when)
{
	struct json_object *root = json_tokener_parse(json);
	char *text = NULL;
	size_t size = 0;
	struct changes c = { .f = open_memstream(&text, &size), .when = when };

	if (!c.f)
		abort();
	if (root) {
		compare_fields(&c, doc, root);
		for (size_t i = 0; i < doc->n_tables; i++)
			compare_table(&c, doc->tables[i], root);
		if (c.more)
			fprintf(c.f, "%s%zu%s figure%s changed", c.told ? "; " : "", c.more,
				c.told ? " more" : "", c.more == 1 ? "" : "s");
	}
	json_object_put(root);
	if (fclose(c.f) != 0)
		abort();
	if (!*text) {
		free(text);
		return NULL;
	}
	return text;
}
