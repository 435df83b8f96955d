/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV as people and spreadsheets write it, row by row: separator, BOM, line
 * ends, comments, header order. What a cell means is its caller's business.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

struct table_column {
	const char *name;
	bool required; /* the header must have it */
};

struct table_row {
	const char *file; /* as given to table_read() */
	int line;         /* where the row begins, from 1 */
	bool comma;       /* a ';' file: numbers may have a decimal comma */
	/* One text per known column, in the order of columns: trimmed; NULL when the file
	 * does not have the column. Valid during the call only. */
	const char *const *cell;
};

/*
 * Reads a table out of memory. Calls each for every row that has the shape of the
 * header; problems go to diag with file name and line, and reading goes on. False:
 * there are rows, or columns that are needed, which it could not make out.
 */
bool table_read(const char *file, const char *data, size_t size, const struct table_column *columns,
		size_t n_columns, void (*each)(void *user, const struct table_row *row), void *user,
		struct diag *diag);
/* The separator of a header line: the most frequent of , ; and tab outside quotes; a comma when
 * there is none. */
char table_separator(const char *line, size_t n);
