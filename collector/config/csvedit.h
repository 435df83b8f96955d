/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Editing a CSV table that people write: one row more, or another text in one cell. Every other
 * byte stays as it was, with its separator, line ends, comments and order of columns. Pure; data
 * is a table that table_read() took without a problem.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

struct csvedit_cell {
	const char *column, *value; /* value "": empty */
};

/* The table with a row behind its last line, malloc'd. NULL: it has no column for one of the
 * values. */
char *csvedit_append(const char *data, const struct csvedit_cell *cells, size_t n, struct err *err);
/* The table with another value in the row that begins at that line (from 1), malloc'd. NULL: no
 * such row or column. */
char *csvedit_set(const char *data, int line, const char *column, const char *value,
		  struct err *err);
