/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of the CSV tables as data: one row per column says its type, its
 * range and where its value goes, one entry per table says what makes a row the
 * same thing over time. A new column is a row in column.c and a field in config.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/table.h"

enum column_type {
	COLUMN_TEXT,     /* char *: anything */
	COLUMN_NAME,     /* char *: no blanks inside */
	COLUMN_WORD,     /* char *: one of words */
	COLUMN_PHASES,   /* char *: L1, L2L3, L2L3L1 */
	COLUMN_POSITION, /* char *: "inlet top" */
	COLUMN_CLOCK,    /* char *: 06:00 */
	COLUMN_DATE,     /* char *: 2028-05-01 */
	COLUMN_NAMES,    /* struct cfg_names: separated by blanks, none twice */
	COLUMN_ENUM,     /* int-sized enum: one of words */
	COLUMN_NUMBER,   /* double: times factor, within min..max as written; empty: empty */
	COLUMN_INT,      /* int: within min..max; empty: empty */
	COLUMN_STEP,     /* int seconds: "10s"; divides an hour or is whole hours; empty: 0 */
	COLUMN_TIME,     /* int64_t: date or time; empty: CFG_ALWAYS, or INT64_MAX with open_end */
	COLUMN_MODULES,  /* two ints, modules and modules_needed, from "4/5" */
};

#define TIME_UNREADABLE (INT64_MIN + 1) /* a COLUMN_TIME after a problem */

struct word {
	const char *word; /* NULL ends the list */
	int value;
};

struct column {
	const char *name;
	enum column_type type;
	size_t offset;
	bool required;  /* column and cell must be there */
	bool open_end;  /* COLUMN_TIME */
	bool above_min; /* min itself is out of range */
	bool not_zero;
	double factor;  /* 0: 1 */
	double min, max; /* both 0: any */
	double empty;   /* value of an empty cell */
	const struct word *words;
};

#define KEY_MAX 6

struct table_schema {
	const char *name; /* "racks": racks.csv and racks.d/ */
	bool required;
	size_t row_size, rows_offset, n_offset, incomplete_offset; /* in struct config */
	const struct column *columns;
	size_t n_columns;
	const char *key[KEY_MAX + 1]; /* columns; valid_from is added where the table has it */
	/* What one cell alone cannot tell; may be NULL. */
	void (*check)(const void *row, const struct cfg_src *src, struct diag *diag);
};

extern const struct table_schema table_schemas[];
extern const size_t n_table_schemas;

extern const struct word rack_status_words[], redundancy_words[], circuit_system_words[],
	meter_role_words[], meter_use_words[];

/* A step of polling or grouping: divides an hour, or is a multiple of it, at most a day. */
bool step_ok(int64_t step_s);
#define STEP_RULE "write a step that divides an hour (1s 2s 5s 10s 15s 30s 60s 5m) or whole hours"
