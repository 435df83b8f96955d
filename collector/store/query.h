/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running the SQL files of schema/queries/ by name. All SQL of rackmeter stands
 * there (and in migrations and views); C code only binds and steps.
 */
#pragma once

#include <stddef.h>

#include "store/db.h"

struct query;

/* Prepares queries/NAME.sql. */
struct query *query_new(struct db *db, const char *name, struct err *err);
struct query *query_free(struct query *q); /* takes NULL, returns NULL */
void query_reset(struct query *q);         /* to run again; bindings stay */

/* Parameters by name, ":from". A name that the query lacks is a bug (assert). Names are literals:
 * they are remembered by their address. */
void query_bind_int(struct query *q, const char *name, int64_t value);
void query_bind_real(struct query *q, const char *name, double value);      /* NAN: NULL */
void query_bind_text(struct query *q, const char *name, const char *value); /* NULL: NULL; copied */
void query_bind_null(struct query *q, const char *name);
/* Not copied: must stay as they are until the query has run, and be bound anew before it runs
 * again. size without a NUL. */
void query_lend_blob(struct query *q, const char *name, const void *bytes, size_t size);
void query_lend_text(struct query *q, const char *name, const char *text, size_t size);

/* 1: a row, 0: done, -1: error. */
int query_step(struct query *q, struct err *err);
/* Columns from 0, of the row query_step returned. Text is valid until the next step; "" for
 * NULL. */
int64_t query_int(struct query *q, int column); /* 0 for NULL */
double query_real(struct query *q, int column); /* NAN for NULL */
const char *query_text(struct query *q, int column);
/* Valid until the next step; NULL for no bytes. */
const unsigned char *query_blob(struct query *q, int column, size_t *ret_size);
bool query_is_null(struct query *q, int column);
/* Steps once and resets: for statements without rows. */
int query_run(struct query *q, struct err *err);
