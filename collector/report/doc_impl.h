/* SPDX-License-Identifier: Apache-2.0 */
/* What a doc holds; for doc.c and the renderers alone. */
#pragma once

#include "report/doc.h"

struct doc_value {
	bool is_text;
	char *text;    /* NULL: absent */
	double number; /* NAN: absent */
};

struct doc_field {
	char *key, *title;
	enum doc_unit unit;
	struct doc_value value;
};

struct doc_item { /* an exception */
	int severity;
	char *kind, *entity, *text;
};

struct doc_head {
	char *key, *title;
	enum doc_unit unit;
	bool spare; /* text may leave it out */
	int limit;  /* of a curve: 0, or the severity of what is beyond it */
};

struct doc_table {
	char *key, *title;
	struct doc_head *heads;
	size_t n_heads, cap_heads;
	struct doc_value *cells; /* n_rows * n_heads */
	size_t n_cells, cap_cells;
	size_t n_rows;
};

struct doc_chart {
	char *key, *title;
	enum doc_unit unit;
	bool stacked;
	int64_t to; /* where the last value's time ends; 0: values are not of spans of time */
	struct doc_head *curves;
	size_t n_curves, cap_curves;
	int64_t *ts;
	size_t n_points, cap_points;
	double *values; /* n_points * n_curves */
	size_t n_values, cap_values;
};

struct doc {
	char *name;
	char *currency; /* NULL: not told */
	int version;
	int severity;
	char *verdict; /* NULL: none */
	struct doc_field *fields;
	size_t n_fields, cap_fields;
	struct doc_item *items;
	size_t n_items, cap_items;
	struct doc_table **tables; /* apart, so that a table handle stays valid */
	size_t n_tables, cap_tables;
	const struct doc_table *main; /* NULL: the first */
	struct doc_chart **charts;
	size_t n_charts, cap_charts;
	char **notes;
	size_t n_notes, cap_notes;
};
