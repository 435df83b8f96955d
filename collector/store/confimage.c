/* SPDX-License-Identifier: Apache-2.0 */
/* An inventory table in memory; see confimage.h. */
#include "store/confimage.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/sql.h"

#define FIXED_COLUMNS 6 /* id, key, valid_from, valid_to, load, corrected_by */

static int load_columns(struct image *image, sqlite3_stmt *stmt)
{
	int n = sqlite3_column_count(stmt) - FIXED_COLUMNS;

	image->n_columns = n > 0 ? (size_t)n : 0;
	image->columns = xcalloc(image->n_columns + 1, sizeof(*image->columns));
	image->is_text = xcalloc(image->n_columns + 1, sizeof(*image->is_text));
	for (size_t i = 0; i < image->n_columns; i++) {
		const char *type = sqlite3_column_decltype(stmt, (int)i + FIXED_COLUMNS);
		image->columns[i] = xstrdup(sqlite3_column_name(stmt, (int)i + FIXED_COLUMNS));
		image->is_text[i] = type && !strcmp(type, "TEXT");
	}
	return 0;
}

static struct image_cell stored_cell(sqlite3_stmt *stmt, int column)
{
	struct image_cell cell = { .type = CELL_NULL };

	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_INTEGER:
		cell.type = CELL_INT;
		cell.i = sqlite3_column_int64(stmt, column);
		break;
	case SQLITE_FLOAT:
		cell.type = CELL_REAL;
		cell.r = sqlite3_column_double(stmt, column);
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		cell.type = CELL_TEXT;
		cell.t = xstrdup((const char *)sqlite3_column_text(stmt, column));
		break;
	}
	return cell;
}

static void load_row(struct image *image, sqlite3_stmt *stmt)
{
	xgrow(&image->rows, &image->cap_rows, image->n_rows + 1, sizeof(*image->rows));
	struct image_row *row = &image->rows[image->n_rows++];
	*row = (struct image_row){
		.id = sqlite3_column_int64(stmt, 0),
		.key = xstrdup((const char *)sqlite3_column_text(stmt, 1)),
		.valid_from = sqlite3_column_int64(stmt, 2),
		.valid_to = sqlite3_column_type(stmt, 3) == SQLITE_NULL
				    ? INT64_MAX
				    : sqlite3_column_int64(stmt, 3),
		.cells = xcalloc(image->n_columns + 1, sizeof(*row->cells)),
	};
	for (size_t i = 0; i < image->n_columns; i++)
		row->cells[i] = stored_cell(stmt, (int)i + FIXED_COLUMNS);
}

int image_load(struct image *image, struct db *db, const char *table, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	/* The table is one of a fixed list; %w because a table may be named like a keyword. */
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" WHERE corrected_by IS NULL", table);
	int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL);

	sqlite3_free(sql);
	if (rc)
		return db_fail(db, err, table);
	*image = (struct image){ .table = table };
	load_columns(image, stmt);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		load_row(image, stmt);
	if (rc != SQLITE_DONE)
		db_fail(db, err, table);
	sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE) {
		image_done(image);
		return -1;
	}
	image_sort(image);
	return 0;
}

void image_done(struct image *image)
{
	for (size_t i = 0; i < image->n_rows; i++) {
		image_cells_free(image, image->rows[i].cells);
		free(image->rows[i].key);
	}
	for (size_t i = 0; i < image->n_columns; i++)
		free(image->columns[i]);
	free(image->columns);
	free(image->is_text);
	free(image->rows);
	*image = (struct image){ 0 };
}

static int by_key(const void *a, const void *b)
{
	const struct image_row *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	if (c)
		return c;
	if (x->valid_from != y->valid_from)
		return x->valid_from < y->valid_from ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

void image_sort(struct image *image)
{
	if (image->n_rows)
		qsort(image->rows, image->n_rows, sizeof(*image->rows), by_key);
}

int image_column(const struct image *image, const char *name)
{
	for (size_t i = 0; i < image->n_columns; i++)
		if (!strcmp(image->columns[i], name))
			return (int)i;
	return -1;
}

struct image_cell *image_cells(const struct image *image, const struct config_row *row,
			       struct err *err)
{
	struct image_cell *cells = xcalloc(image->n_columns + 1, sizeof(*cells));

	for (size_t i = 0; i < row->n_cells; i++) {
		const struct cell *from = &row->cells[i];
		int column = image_column(image, from->column);
		if (column < 0) {
			err_set(err,
				"%s:%d: the table %s of the database has no column %s: this "
				"rackmeter does not fit its schema",
				row->file ? row->file : "", row->line, image->table, from->column);
			image_cells_free(image, cells);
			return NULL;
		}
		struct image_cell *to = &cells[column];
		bool text = image->is_text[column];
		free(to->t);
		*to = (struct image_cell){ .type = from->type, .i = from->i, .r = from->r };
		if (from->type == CELL_TEXT && from->t)
			to->t = xstrdup(from->t);
		else if (from->type == CELL_TEXT || (from->type == CELL_REAL && isnan(from->r)))
			to->type = CELL_NULL;
		else if (from->type == CELL_INT && text)
			*to = (struct image_cell){ .type = CELL_TEXT,
						   .t = xasprintf("%" PRId64, from->i) };
		else if (from->type == CELL_REAL && text)
			*to = (struct image_cell){ .type = CELL_TEXT,
						   .t = xasprintf("%.15g", from->r) };
	}
	return cells;
}

void image_cells_free(const struct image *image, struct image_cell *cells)
{
	for (size_t i = 0; cells && i < image->n_columns; i++)
		free(cells[i].t);
	free(cells);
}

bool image_cell_equal(const struct image_cell *a, const struct image_cell *b)
{
	if (a->type == CELL_NULL || b->type == CELL_NULL)
		return a->type == b->type;
	if (a->type == CELL_TEXT || b->type == CELL_TEXT)
		return a->type == b->type && !strcmp(a->t, b->t);
	if (a->type == CELL_INT && b->type == CELL_INT)
		return a->i == b->i;
	/* A column's affinity may have turned one into the other. */
	return (a->type == CELL_INT ? (double)a->i : a->r) ==
	       (b->type == CELL_INT ? (double)b->i : b->r);
}

char *image_cell_text(const struct image_cell *cell)
{
	switch (cell->type) {
	case CELL_NULL: return xstrdup("(none)");
	case CELL_INT: return xasprintf("%" PRId64, cell->i);
	case CELL_REAL: return xasprintf("%.15g", cell->r);
	case CELL_TEXT: return *cell->t ? xstrdup(cell->t) : xstrdup("\"\"");
	}
	return xstrdup("");
}

struct image_row *image_find(const struct image *image, const char *key, size_t *ret_n)
{
	size_t low = 0, high = image->n_rows;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strcmp(image->rows[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*ret_n = 0;
	while (low + *ret_n < image->n_rows && !strcmp(image->rows[low + *ret_n].key, key))
		(*ret_n)++;
	return *ret_n ? &image->rows[low] : NULL;
}
