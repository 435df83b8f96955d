/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of configuration on its way into the database: inventory/ makes them,
 * store/ keeps them, neither knows the other.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum cell_type { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT };

struct cell {
	const char *column;
	enum cell_type type;
	int64_t i;
	double r;
	const char *t;
};

struct config_row {
	const char *table;  /* "rack", "circuit", ...: a table of the schema */
	const char *key;    /* what makes it the same thing over time: "R018" */
	const char *was;    /* its former key, "" when it was not renamed */
	int64_t valid_from; /* UTC seconds; INT64_MIN: left empty in the file */
	const char *file;   /* where it stands */
	int line;
	const struct cell *cells; /* without key and valid_from */
	size_t n_cells;
};
