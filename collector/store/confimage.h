/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One inventory table of the database in memory, so that a load can be compared with
 * it, and a rename tried on it, without writing. Cells are text, or number by value.
 */
#pragma once

#include <stdbool.h>

#include "base/row.h"
#include "store/db.h"

struct image_cell {
	enum cell_type type;
	int64_t i;
	double r;
	char *t;
};

struct image_row {
	int64_t id, valid_from, valid_to; /* valid_to INT64_MAX: still in force */
	char *key;
	struct image_cell *cells;
	bool matched; /* found in the load */
};

struct image {
	const char *table;
	char **columns; /* behind id, key, valid_from, valid_to, load and corrected_by */
	bool *is_text;
	size_t n_columns;
	struct image_row *rows; /* not corrected; by key, then valid_from, then id */
	size_t n_rows, cap_rows;
};

int image_load(struct image *image, struct db *db, const char *table, struct err *err);
void image_done(struct image *image);
void image_sort(struct image *image);
/* The column's index, or -1. */
int image_column(const struct image *image, const char *name);
/* A row of a load as cells of the table: typed as the table keeps them, NULL where the row
 * says nothing. The caller frees with image_cells_free. NULL: a column is unknown. */
struct image_cell *image_cells(const struct image *image, const struct config_row *row,
			       struct err *err);
void image_cells_free(const struct image *image, struct image_cell *cells);
bool image_cell_equal(const struct image_cell *a, const struct image_cell *b);
/* "16000", "R018-A R018-B", "(none)"; malloc'd. */
char *image_cell_text(const struct image_cell *cell);
/* First row of the key, and how many. */
struct image_row *image_find(const struct image *image, const char *key, size_t *ret_n);
