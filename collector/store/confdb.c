/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing a load with what is stored. Everything is decided on images of the tables
 * in memory; the database follows step by step unless the run is dry. A history is
 * never rewritten: rows are added, ended or marked as corrected.
 */
#include "store/confdb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/confapply.h"

#define ALWAYS 0 /* valid_from of what has no date at its first load */

static const char *const tables[CONF_TABLES] = {
	"setting", "boundary", "rack", "circuit", "device", "channel",
	"cord",    "budget",   "log",  "fact",    "tariff",
};
/* ---- writing ---------------------------------------------------------------- */

int apply_sql(struct apply *a, char *sql)
{
	int rc = a->dry ? 0 : db_exec(a->db, sql, a->err);

	sqlite3_free(sql);
	return rc;
}

static void bind_cell(sqlite3_stmt *stmt, int i, const struct image_cell *cell)
{
	switch (cell->type) {
	case CELL_NULL: sqlite3_bind_null(stmt, i); break;
	case CELL_INT: sqlite3_bind_int64(stmt, i, cell->i); break;
	case CELL_REAL: sqlite3_bind_double(stmt, i, cell->r); break;
	case CELL_TEXT: sqlite3_bind_text(stmt, i, cell->t, -1, SQLITE_TRANSIENT); break;
	}
}

static sqlite3_stmt *insert_statement(struct apply *a, const struct image *image)
{
	sqlite3_stmt **kept = &a->inserts[image - a->images];

	if (*kept)
		return *kept;
	sqlite3_str *sql = sqlite3_str_new(a->db->sqlite);
	sqlite3_str_appendf(sql, "INSERT INTO \"%w\" (key, valid_from, load", image->table);
	for (size_t i = 0; i < image->n_columns; i++)
		sqlite3_str_appendf(sql, ", \"%w\"", image->columns[i]);
	sqlite3_str_appendall(sql, ") VALUES (?, ?, ?");
	for (size_t i = 0; i < image->n_columns; i++)
		sqlite3_str_appendall(sql, ", ?");
	sqlite3_str_appendall(sql, ")");
	char *text = sqlite3_str_finish(sql);
	if (sqlite3_prepare_v2(a->db->sqlite, text, -1, kept, NULL))
		db_fail(a->db, a->err, image->table);
	sqlite3_free(text);
	return *kept;
}

static int insert(struct apply *a, const struct image *image, const char *key, int64_t valid_from,
		  const struct image_cell *cells)
{
	if (a->dry)
		return 0;
	sqlite3_stmt *stmt = insert_statement(a, image);
	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(stmt, 2, valid_from);
	sqlite3_bind_int64(stmt, 3, a->load_id);
	for (size_t i = 0; i < image->n_columns; i++)
		bind_cell(stmt, (int)i + 4, &cells[i]);
	if (sqlite3_step(stmt) != SQLITE_DONE) {
		db_fail(a->db, a->err, image->table);
		sqlite3_reset(stmt);
		return -1;
	}
	return sqlite3_reset(stmt) ? -1 : 0;
}

static int mark_corrected(struct apply *a, const struct image *image, const struct image_row *row)
{
	return apply_sql(a,
			 sqlite3_mprintf("UPDATE \"%w\" SET corrected_by = %lld WHERE id = %lld",
					 image->table, (long long)a->load_id, (long long)row->id));
}

void apply_tell(struct apply *a, enum confdb_change change, const struct image *image,
		const char *key, int64_t valid_from, const char *text)
{
	if (a->report)
		a->report(a->user, change, image->table, key, valid_from, text);
}

/* "budget_w 16000 -> 14000, status reserved -> live"; old NULL: what the row says. */
static char *difference(const struct image *image, const struct image_cell *old,
			const struct image_cell *new)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < image->n_columns; i++) {
		if (old ? image_cell_equal(&old[i], &new[i])
			: new[i].type == CELL_NULL || (new[i].type == CELL_TEXT && !*new[i].t))
			continue;
		char *from = old ? image_cell_text(&old[i]) : NULL;
		char *to = image_cell_text(&new[i]);
		char *more = xasprintf("%s%s%s %s%s%s", text, *text ? ", " : "", image->columns[i],
				       from ? from : "", from ? " -> " : "", to);
		free(text);
		free(from);
		free(to);
		text = more;
	}
	return text;
}

struct image *apply_image(struct apply *a, const char *table)
{
	for (size_t i = 0; i < CONF_TABLES; i++)
		if (!strcmp(tables[i], table))
			return &a->images[i];
	return NULL;
}

/* ---- one key ---------------------------------------------------------------- */

static bool is_live(const struct image_row *row)
{
	return row->valid_to == INT64_MAX;
}

static bool same_cells(const struct image *image, const struct image_cell *x,
		       const struct image_cell *y)
{
	for (size_t i = 0; i < image->n_columns; i++)
		if (!image_cell_equal(&x[i], &y[i]))
			return false;
	return true;
}

/* The stored row that would be in force at ts, for saying what a new one changes. */
static const struct image_row *in_force(const struct image_row *s, size_t n, int64_t ts)
{
	const struct image_row *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (s[i].valid_from <= ts && s[i].valid_to > ts)
			found = &s[i];
	return found;
}

static int add(struct apply *a, const struct image *image, const char *key, int64_t valid_from,
	       const struct image_cell *cells, const struct image_row *before,
	       enum confdb_change change)
{
	if (insert(a, image, key, valid_from, cells))
		return -1;
	if (!a->report)
		return 0;
	char *text = difference(image, before ? before->cells : NULL, cells);
	apply_tell(a, change, image, key, valid_from, text);
	free(text);
	return 0;
}

static int correct(struct apply *a, const struct image *image, struct image_row *row,
		   const struct image_cell *cells)
{
	if (mark_corrected(a, image, row))
		return -1;
	return add(a, image, row->key, row->valid_from, cells, row, CONFDB_CORRECTED);
}

static int apply_dated(struct apply *a, const struct image *image, const struct config_row *f,
		       const struct image_cell *cells, struct image_row *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i].valid_from != f->valid_from || s[i].matched || !is_live(&s[i]))
			continue;
		s[i].matched = true;
		return same_cells(image, s[i].cells, cells) ? 0 : correct(a, image, &s[i], cells);
	}
	/* Ended once and claimed again from the same date: that it ended was wrong. */
	for (size_t i = 0; i < n; i++) {
		if (s[i].valid_from != f->valid_from || s[i].matched)
			continue;
		s[i].matched = true;
		return correct(a, image, &s[i], cells);
	}
	return add(a, image, f->key, f->valid_from, cells, in_force(s, n, f->valid_from),
		   n ? CONFDB_CHANGED : CONFDB_NEW);
}

/* ret_from: since when the row without a date holds. */
static int apply_undated(struct apply *a, const struct image *image, const struct config_row *f,
			 const struct image_cell *cells, struct image_row *s, size_t n,
			 bool dated_before, int64_t *ret_from)
{
	struct image_row *current = NULL;
	int64_t now = a->load->ts;
	bool any_live = false;

	for (size_t i = 0; i < n; i++) {
		any_live |= is_live(&s[i]);
		if (is_live(&s[i]) && !s[i].matched && s[i].valid_from <= now)
			current = &s[i];
	}
	if (!current) {
		/* New, or the state before the first dated row, or back after it had ended. */
		*ret_from = !n || any_live || dated_before ? ALWAYS : now;
		return add(a, image, f->key, *ret_from, cells, NULL, CONFDB_NEW);
	}
	current->matched = true;
	*ret_from = current->valid_from;
	if (same_cells(image, current->cells, cells))
		return 0;
	/* With dated rows behind it, it is the beginning that is told differently. */
	if (dated_before || current->valid_from == now)
		return correct(a, image, current, cells);
	*ret_from = now;
	return add(a, image, f->key, now, cells, current, CONFDB_CHANGED);
}

/* All rows f[0..n_f) of one key, by date, the one without a date first. */
static int apply_key(struct apply *a, struct image *image, const struct config_row *const *f,
		     size_t n_f)
{
	size_t n = 0;
	struct image_row *s = image_find(image, f[0]->key, &n);
	int64_t newest = INT64_MIN;
	bool dated_before = false;
	int rc = 0;

	for (size_t i = n_f; i-- > 0 && !rc;) {
		struct image_cell *cells = image_cells(image, f[i], a->err);
		int64_t from = f[i]->valid_from;
		if (!cells)
			return -1;
		if (from == INT64_MIN) {
			rc = apply_undated(a, image, f[i], cells, s, n, dated_before, &from);
		} else {
			rc = apply_dated(a, image, f[i], cells, s, n);
			dated_before |= from <= a->load->ts;
		}
		if (from > newest)
			newest = from;
		image_cells_free(image, cells);
	}
	/* What the files no longer say for a later date is taken back. */
	for (size_t i = 0; i < n && !rc; i++) {
		if (s[i].matched || !is_live(&s[i]) || s[i].valid_from <= newest)
			continue;
		rc = mark_corrected(a, image, &s[i]);
		if (!rc)
			apply_tell(a, CONFDB_CORRECTED, image, s[i].key, s[i].valid_from,
				   "taken back: no longer in the files");
	}
	for (size_t i = 0; i < n; i++)
		s[i].matched = true; /* the key is in the load */
	return rc;
}

/* Keys that the load does not have end with it. */
static int end_missing(struct apply *a, struct image *image)
{
	for (size_t i = 0, n; i < image->n_rows; i += n) {
		struct image_row *s = &image->rows[i];
		bool live = false;
		for (n = 0; i + n < image->n_rows && !strcmp(s[n].key, s->key); n++)
			live |= is_live(&s[n]);
		if (s->matched || !live)
			continue;
		/* All of its rows, or an older one would be in force again. */
		if (apply_sql(a, sqlite3_mprintf("UPDATE \"%w\" SET valid_to = %lld WHERE key = %Q "
						 "AND valid_to IS NULL AND corrected_by IS NULL",
						 image->table, (long long)a->load->ts, s->key)))
			return -1;
		apply_tell(a, CONFDB_ENDED, image, s->key, a->load->ts, "no longer in the files");
	}
	return 0;
}

/* ---- the load --------------------------------------------------------------- */

static int by_table_key_date(const void *x, const void *y)
{
	const struct config_row *a = *(const struct config_row *const *)x;
	const struct config_row *b = *(const struct config_row *const *)y;
	int c = strcmp(a->table, b->table);

	if (!c)
		c = strcmp(a->key, b->key);
	return c ? c : (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
}

static int sort_rows(struct apply *a, const struct config_row *rows, size_t n)
{
	a->rows = xcalloc(n + 1, sizeof(const struct config_row *));
	a->n_rows = n;
	for (size_t i = 0; i < n; i++) {
		a->rows[i] = &rows[i];
		if (!apply_image(a, rows[i].table))
			return err_set(a->err, "%s:%d: the database has no table %s",
				       rows[i].file ? rows[i].file : "", rows[i].line,
				       rows[i].table);
	}
	qsort(a->rows, n, sizeof(*a->rows), by_table_key_date);
	for (size_t i = 1; i < n; i++)
		if (!by_table_key_date(&a->rows[i - 1], &a->rows[i]))
			return err_set(a->err,
				       "%s:%d: %s %s stands there twice with the same "
				       "valid_from (also %s:%d): remove one",
				       a->rows[i]->file, a->rows[i]->line, a->rows[i]->table,
				       a->rows[i]->key, a->rows[i - 1]->file, a->rows[i - 1]->line);
	return 0;
}

static int record(struct db *db, const struct confdb_load *load, const char *problems, bool ok,
		  int64_t *ret_id, struct err *err)
{
	char hex[17];
	struct query *q = query_kept(db, "store_load_add", err);

	if (!q)
		return -1;
	snprintf(hex, sizeof(hex), "%016" PRIx64, load->hash);
	query_bind_int(q, ":ts", load->ts);
	query_bind_text(q, ":user", load->user ? load->user : "");
	query_bind_text(q, ":dir", load->dir ? load->dir : "");
	query_bind_text(q, ":hash", hex);
	query_bind_int(q, ":ok", ok);
	query_bind_text(q, ":problems", problems);
	if (query_first(q, ret_id, err) <= 0)
		return -1;
	q = query_kept(db, "store_load_file_add", err);
	if (!q)
		return -1;
	for (size_t i = 0; i < load->n_files; i++) {
		snprintf(hex, sizeof(hex), "%016" PRIx64, load->files[i].hash);
		query_bind_int(q, ":load", *ret_id);
		query_bind_text(q, ":name", load->files[i].name);
		query_bind_text(q, ":hash", hex);
		if (query_run(q, err))
			return -1;
	}
	return 0;
}

static int apply_all(struct apply *a)
{
	if (apply_renames(a))
		return -1;
	for (size_t i = 0, n; i < a->n_rows; i += n) {
		for (n = 1; i + n < a->n_rows && !strcmp(a->rows[i + n]->key, a->rows[i]->key) &&
			    !strcmp(a->rows[i + n]->table, a->rows[i]->table);
		     n++)
			;
		if (apply_key(a, apply_image(a, a->rows[i]->table), &a->rows[i], n))
			return -1;
	}
	for (size_t i = 0; i < CONF_TABLES; i++)
		if (end_missing(a, &a->images[i]))
			return -1;
	return 0;
}

int confdb_apply(struct db *db, const struct confdb_load *load, const struct config_row *rows,
		 size_t n_rows, bool dry, confdb_report *report, void *user, struct err *err)
{
	struct apply a = {
		.db = db, .load = load, .dry = dry, .report = report, .user = user, .err = err
	};
	int rc = 0;

	for (size_t i = 0; i < CONF_TABLES && !rc; i++)
		rc = image_load(&a.images[i], db, tables[i], err);
	if (!rc)
		rc = sort_rows(&a, rows, n_rows);
	if (!rc && !dry)
		rc = record(db, load, "", true, &a.load_id, err);
	if (!rc)
		rc = apply_all(&a);
	for (size_t i = 0; i < CONF_TABLES; i++) {
		image_done(&a.images[i]);
		sqlite3_finalize(a.inserts[i]);
	}
	free(a.rows);
	return rc;
}

int confdb_refused(struct db *db, const struct confdb_load *load, const char *problems,
		   struct err *err)
{
	int64_t id;

	return record(db, load, problems, false, &id, err);
}
