/* SPDX-License-Identifier: Apache-2.0 */
/* One cell of a table: its text into its field, or a problem that says what to write. */
#pragma once

#include "config/column.h"

/* Fills the field of column in row (zeroed before) from text; an empty text or NULL gives the
 * empty value. After a problem the field holds the empty value too (a time TIME_UNREADABLE),
 * so the row can be freed. */
void cell_read(const struct column *column, const char *text, const struct table_row *at, void *row,
	       struct diag *diag);
void cell_done(const struct column *column, void *row); /* frees what the field owns */
