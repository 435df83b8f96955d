/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives the columns of column.c over the rows of table.c. Every row struct
 * begins with its struct cfg_src, and lives in a growing array inside struct
 * config that is reached by offset, so that nine tables need one piece of code.
 */
#include "config/tables.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/zone.h"
#include "config/cell.h"

struct filling {
	const struct table_schema *schema;
	struct config *config;
	const char *name;
	size_t cap;
	struct diag *diag;
};

static char *rows_of(const struct table_schema *schema, const struct config *config)
{
	char *rows;

	memcpy(&rows, (const char *)config + schema->rows_offset, sizeof(rows));
	return rows;
}

static size_t *n_of(const struct table_schema *schema, const struct config *config)
{
	return (size_t *)((char *)(uintptr_t)config + schema->n_offset);
}

void tables_unreadable(const struct table_schema *schema, struct config *config)
{
	*(bool *)((char *)config + schema->incomplete_offset) = true;
}

static void take_row(void *user, const struct table_row *at)
{
	struct filling *f = user;
	const struct table_schema *schema = f->schema;
	size_t *n = n_of(schema, f->config);
	size_t errors = f->diag->n_errors;

	xgrow((char *)f->config + schema->rows_offset, &f->cap, *n + 1, schema->row_size);
	void *row = rows_of(schema, f->config) + *n * schema->row_size;
	memset(row, 0, schema->row_size);
	*(struct cfg_src *)row = (struct cfg_src){ .file = f->name, .line = at->line };
	for (size_t i = 0; i < schema->n_columns; i++)
		cell_read(&schema->columns[i], at->cell[i], at, row, f->diag);
	/* What a wrong cell was meant to say is unknown: then nothing is said about the row. */
	if (schema->check && f->diag->n_errors == errors)
		schema->check(row, row, f->diag);
	(*n)++;
}

void tables_read(const struct table_schema *schema, const char *name, const char *data, size_t size,
		 struct config *config, struct diag *diag)
{
	struct filling f = { .schema = schema,
			     .config = config,
			     .name = name,
			     .cap = *n_of(schema, config),
			     .diag = diag };
	struct table_column *columns = xcalloc(schema->n_columns, sizeof(*columns));

	for (size_t i = 0; i < schema->n_columns; i++) {
		columns[i].name = schema->columns[i].name;
		columns[i].required = schema->columns[i].required;
	}
	if (!table_read(name, data, size, columns, schema->n_columns, take_row, &f, diag))
		tables_unreadable(schema, config);
	/* Rows stay for as long as the configuration: no room for more. */
	if (f.cap > *n_of(schema, config) && *n_of(schema, config)) {
		void *rows = xrealloc(rows_of(schema, config), *n_of(schema, config),
				      schema->row_size);

		memcpy((char *)config + schema->rows_offset, &rows, sizeof(rows));
	}
	free(columns);
}

/* ---- keys ----------------------------------------------------------------- */

struct key {
	char *text;   /* "BCM-3A/branch 1" */
	int64_t from; /* valid_from, 0 where the table has none */
	const struct cfg_src *src;
};

static const struct column *find_column(const struct table_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->n_columns; i++) {
		if (strcmp(schema->columns[i].name, name) == 0)
			return &schema->columns[i];
	}
	return NULL;
}

/* A column as a part of a key, malloc'd; NULL when it should be there and is not, or could
 * not be read: that has been reported, and nothing follows from it. */
static char *key_part(const struct column *column, const char *row)
{
	const char *field = row + column->offset;
	char time[40];

	if (column->type == COLUMN_TIME) {
		int64_t ts = *(const int64_t *)field;
		if (ts == TIME_UNREADABLE || (ts == CFG_ALWAYS && column->required))
			return NULL;
		return xstrdup(zone_format_iso(ts, time, sizeof(time)));
	}
	const char *text = *(char *const *)field;
	return *text || !column->required ? xstrdup(text) : NULL;
}

static bool make_key(const struct table_schema *schema, const char *row, struct key *ret)
{
	const struct column *from = find_column(schema, "valid_from");
	char *text = NULL;

	*ret = (struct key){ .src = (const struct cfg_src *)row };
	if (from)
		ret->from = *(const int64_t *)(row + from->offset);
	if (ret->from == TIME_UNREADABLE)
		return false;
	for (size_t i = 0; schema->key[i]; i++) {
		char *part = key_part(find_column(schema, schema->key[i]), row);
		char *longer = !part ? NULL : text ? xasprintf("%s/%s", text, part) : xstrdup(part);
		free(part);
		free(text);
		text = longer;
		if (!text)
			return false;
	}
	ret->text = text;
	return true;
}

static int by_place(const struct key *a, const struct key *b)
{
	int order = strcmp(a->src->file, b->src->file);

	return order ? order : (a->src->line > b->src->line) - (a->src->line < b->src->line);
}

static int compare_exact(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int order = strcmp(a->text, b->text);

	if (order)
		return order;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return by_place(a, b);
}

static int compare_folded(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int order = strcasecmp(a->text, b->text);

	if (order)
		return order;
	return compare_exact(a, b);
}

static void report_twice(const struct key *first, const struct key *again, struct diag *diag)
{
	char date[64] = "";

	if (again->from != CFG_ALWAYS && again->from != 0)
		zone_format(again->from, date, sizeof(date));
	diag_add(diag, DIAG_ERROR, again->src->file, again->src->line, 0,
		 "'%s'%s%s stands already in %s:%d; remove one, or give the change a later "
		 "valid_from",
		 again->text, *date ? " from " : "", date, first->src->file, first->src->line);
}

void tables_check_keys(const struct table_schema *schema, struct config *config, struct diag *diag)
{
	size_t n_rows = *n_of(schema, config), n = 0;
	const char *rows = rows_of(schema, config);
	struct key *keys = xcalloc(n_rows, sizeof(*keys));

	for (size_t i = 0; i < n_rows; i++) {
		if (make_key(schema, rows + i * schema->row_size, &keys[n]))
			n++;
		else
			tables_unreadable(schema, config);
	}
	if (n > 1)
		qsort(keys, n, sizeof(*keys), compare_exact);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(keys[i].text, keys[i - 1].text) == 0 && keys[i].from == keys[i - 1].from)
			report_twice(&keys[i - 1], &keys[i], diag);
	}
	if (n > 1)
		qsort(keys, n, sizeof(*keys), compare_folded);
	for (size_t i = 1; i < n; i++) {
		const struct key *a = &keys[i - 1], *b = &keys[i];
		if (strcasecmp(a->text, b->text) == 0 && strcmp(a->text, b->text) != 0) {
			const struct key *later = by_place(a, b) < 0 ? b : a;
			const struct key *first = later == b ? a : b;
			diag_add(diag, DIAG_WARNING, later->src->file, later->src->line, 0,
				 "'%s' differs from '%s' (%s:%d) in case only; are they the same?",
				 later->text, first->text, first->src->file, first->src->line);
		}
	}
	for (size_t i = 0; i < n; i++)
		free(keys[i].text);
	free(keys);
}

void tables_free(const struct table_schema *schema, struct config *config)
{
	char *rows = rows_of(schema, config);

	for (size_t i = 0; i < *n_of(schema, config); i++) {
		for (size_t c = 0; c < schema->n_columns; c++)
			cell_done(&schema->columns[c], rows + i * schema->row_size);
	}
	free(rows);
}
