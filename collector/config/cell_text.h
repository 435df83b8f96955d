/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of cells: names, words, phases, positions, and what a spreadsheet does to them. */
#pragma once

#include "config/column.h"

struct cell_at {
	const struct column *column;
	const struct table_row *row;
	struct diag *diag;
};

/* An error at the row's place, with the column's name before it. */
void cell_problem(const struct cell_at *at, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Is a non-empty text good for a column that is kept as text? Says so when it is not. */
bool cell_text_ok(const struct cell_at *at, const char *text);
/* The word of the column's list; NULL after a problem. */
const struct word *cell_word(const struct cell_at *at, const char *text);
/* Appends the names of a list cell. */
void cell_names(const struct cell_at *at, const char *text, struct cfg_names *ret);
/* "1-Mar", "Mar-26", "01/02/2026": what becomes of 1-3 or 4/5 in a spreadsheet. */
bool cell_looks_like_date(const char *text);
