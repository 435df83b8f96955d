/* SPDX-License-Identifier: Apache-2.0 */
/* Prepared statements by the name of their file; see query.h. */
#include "store/query.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "schema/schema.h"
#include "store/sql.h"

#define REMEMBERED 20

struct query {
	struct db *db;
	sqlite3_stmt *stmt;
	const char *name;
	bool running;       /* stepped and not reset: must not be bound */
	struct query *next; /* of the connection's kept ones */
	/* Parameters in the order in which they were bound last time: SQLite compares names one
	 * by one, which would be a tenth of an insert. */
	struct {
		const char *name;
		int number;
	} bound[REMEMBERED];
	int turn;
};

static struct query *prepare(struct db *db, const char *name, unsigned flags, struct err *err)
{
	const char *sql = schema_query(name);
	sqlite3_stmt *stmt = NULL;

	if (!sql) {
		err_set(err, "this build has no query %s", name);
		return NULL;
	}
	if (sqlite3_prepare_v3(db->sqlite, sql, -1, flags, &stmt, NULL)) {
		db_fail(db, err, name);
		return NULL;
	}
	struct query *q = xcalloc(1, sizeof(*q));
	q->db = db;
	q->stmt = stmt;
	q->name = name;
	return q;
}

struct query *query_new(struct db *db, const char *name, struct err *err)
{
	return prepare(db, name, 0, err);
}

struct query *query_kept(struct db *db, const char *name, struct err *err)
{
	struct query *q = db->kept;

	/* Names are literals, so almost always the same pointer. */
	while (q && q->name != name)
		q = q->next;
	for (q = q ? q : db->kept; q; q = q->next)
		if (q->name == name || !strcmp(q->name, name)) {
			query_reset(q);
			return q;
		}
	q = prepare(db, name, SQLITE_PREPARE_PERSISTENT, err);
	if (q) {
		q->next = db->kept;
		db->kept = q;
	}
	return q;
}

struct query *query_free(struct query *q)
{
	if (!q)
		return NULL;
	struct query *next = q->next;
	sqlite3_finalize(q->stmt);
	free(q);
	return next; /* NULL but for kept ones, which only db.c frees */
}

void query_reset(struct query *q)
{
	sqlite3_reset(q->stmt);
	q->running = false;
	q->turn = 0;
}

static int parameter(struct query *q, const char *name)
{
	if (q->running)
		query_reset(q);
	int turn = q->turn < REMEMBERED ? q->turn++ : REMEMBERED - 1;
	if (q->bound[turn].name == name)
		return q->bound[turn].number;
	int i = sqlite3_bind_parameter_index(q->stmt, name);
	assert(i > 0);
	q->bound[turn].name = name;
	q->bound[turn].number = i;
	return i;
}

void query_bind_int(struct query *q, const char *name, int64_t value)
{
	sqlite3_bind_int64(q->stmt, parameter(q, name), value);
}

void query_bind_real(struct query *q, const char *name, double value)
{
	/* SQLite itself turns NAN into NULL; said here so that nobody need know. */
	if (isnan(value))
		sqlite3_bind_null(q->stmt, parameter(q, name));
	else
		sqlite3_bind_double(q->stmt, parameter(q, name), value);
}

void query_bind_text(struct query *q, const char *name, const char *value)
{
	sqlite3_bind_text(q->stmt, parameter(q, name), value, -1, SQLITE_TRANSIENT);
}

void query_bind_null(struct query *q, const char *name)
{
	sqlite3_bind_null(q->stmt, parameter(q, name));
}

void query_lend_blob(struct query *q, const char *name, const void *bytes, size_t size)
{
	/* A NULL pointer would bind NULL. */
	sqlite3_bind_blob64(q->stmt, parameter(q, name), size ? bytes : "", size, SQLITE_STATIC);
}

void query_lend_text(struct query *q, const char *name, const char *text, size_t size)
{
	sqlite3_bind_text64(q->stmt, parameter(q, name), text, size, SQLITE_STATIC, SQLITE_UTF8);
}

int query_step(struct query *q, struct err *err)
{
	int rc = sqlite3_step(q->stmt);

	if (rc == SQLITE_ROW) {
		q->running = true;
		return 1;
	}
	if (rc != SQLITE_DONE)
		db_fail(q->db, err, q->name);
	query_reset(q); /* ends the read transaction too */
	return rc == SQLITE_DONE ? 0 : -1;
}

int64_t query_int(struct query *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

double query_real(struct query *q, int column)
{
	return query_is_null(q, column) ? NAN : sqlite3_column_double(q->stmt, column);
}

const char *query_text(struct query *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(q->stmt, column);

	return text ? text : "";
}

const unsigned char *query_blob(struct query *q, int column, size_t *ret_size)
{
	const unsigned char *bytes = sqlite3_column_blob(q->stmt, column);

	*ret_size = (size_t)sqlite3_column_bytes(q->stmt, column);
	return bytes;
}

bool query_is_null(struct query *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

int query_run(struct query *q, struct err *err)
{
	int rc = query_step(q, err);

	query_reset(q);
	return rc < 0 ? -1 : 0;
}

int query_insert(struct query *q, int64_t *ret, struct err *err)
{
	if (query_run(q, err))
		return -1;
	*ret = sqlite3_last_insert_rowid(q->db->sqlite);
	return 0;
}

int query_first(struct query *q, int64_t *ret, struct err *err)
{
	int rc = query_step(q, err);

	if (rc > 0)
		*ret = query_int(q, 0);
	query_reset(q);
	return rc;
}
