/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts that the programs carry inside them, made from quantities.csv and
 * the SQL files of this folder at build time (embed.cmake). Read-only data.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What kind of number a quantity is: says how it may be aggregated. */
enum quantity_kind {
	KIND_GAUGE,   /* a mean makes sense */
	KIND_COUNTER, /* only differences make sense */
	KIND_STATE,   /* an enumeration: never a mean */
	KIND_FLAGS,   /* bits: aggregate with OR */
	KIND_TEXT,    /* serial numbers and the like: facts, not samples */
	KIND_FACT,    /* a number a device knows of itself, its ratings and limits: kept with
		       * its part when it changes, never sampled */
};

struct quantity {
	uint16_t id;      /* stands in databases, never reused */
	const char *name; /* power_w */
	const char *unit; /* W */
	enum quantity_kind kind;
	int64_t step_num, step_den; /* canonical resolution: step_num/step_den of the unit */
	double min, max;            /* outside is not a reading */
	const char *description;
};

struct schema_sql {
	const char *name; /* file name without .sql */
	const char *text;
};

extern const struct quantity schema_quantities[];
extern const size_t schema_n_quantities;
/* Each list is sorted by name and ends with {NULL, NULL}. */
extern const struct schema_sql schema_migrations[], schema_views[], schema_queries[];

/* The quantity of that name or id; NULL when there is none. */
const struct quantity *schema_quantity(const char *name);
const struct quantity *schema_quantity_by_id(unsigned id);
/* The text of queries/NAME.sql; NULL when there is none. */
const char *schema_query(const char *name);
/* "gauge", "counter", ... */
const char *quantity_kind_name(enum quantity_kind kind);
