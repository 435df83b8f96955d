/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inventory/ makes rows that live for one call, store/ wants them all at once: here they
 * are copied in between, into one arena, and handed to the writer's thread.
 */
#include "daemon/record.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "inventory/rows.h"
#include "store/civil.h"
#include "store/confdb.h"
#include "store/query.h"

struct rows {
	struct config_row *row;
	size_t n, cap;
	struct confdb_load load;
};

static char *copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void drop(const void *p)
{
	free((void *)(uintptr_t)p);
}

static int add_row(void *user, const struct config_row *row)
{
	struct rows *rows = user;
	struct config_row *to;
	struct cell *cells;

	xgrow(&rows->row, &rows->cap, rows->n + 1, sizeof(*rows->row));
	to = &rows->row[rows->n++];
	*to = *row;
	to->table = copy(row->table);
	to->key = copy(row->key);
	to->was = copy(row->was);
	to->file = copy(row->file);
	cells = xcalloc(row->n_cells + 1, sizeof(*cells));
	for (size_t i = 0; i < row->n_cells; i++) {
		cells[i] = row->cells[i];
		cells[i].column = copy(row->cells[i].column);
		cells[i].t = copy(row->cells[i].t);
	}
	to->cells = cells;
	return 0;
}

static void rows_done(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		struct config_row *row = &rows->row[i];

		for (size_t k = 0; k < row->n_cells; k++) {
			drop(row->cells[k].column);
			drop(row->cells[k].t);
		}
		drop(row->cells);
		drop(row->table);
		drop(row->key);
		drop(row->was);
		drop(row->file);
	}
	free(rows->row);
}

/* Who loads: the name of the effective user, or its number. */
static const char *user_name(char *buf, size_t size)
{
	struct passwd pw, *found = NULL;
	char texts[2048];

	if (getpwuid_r(geteuid(), &pw, texts, sizeof(texts), &found) == 0 && found)
		snprintf(buf, size, "%s", found->pw_name);
	else
		snprintf(buf, size, "%u", (unsigned)geteuid());
	return buf;
}

/* Where the files are, for readers that stand in another folder; as it was given when that
 * cannot be found out. malloc'd. */
static char *absolute(const char *dir)
{
	char *path = realpath(dir, NULL);

	return path ? path : xstrdup(dir);
}

static void *load_files(struct confdb_load *load, const struct config *config)
{
	load->n_files = config->n_files;
	load->files = xcalloc(config->n_files + 1, sizeof(load->files[0]));
	for (size_t i = 0; i < config->n_files; i++) {
		load->files[i].name = config->files[i].name;
		load->files[i].hash = config->files[i].hash;
	}
	return load->files;
}

static int apply(void *user, struct db *db, struct err *err)
{
	struct rows *rows = user;

	return confdb_apply(db, &rows->load, rows->row, rows->n, false, NULL, NULL, err);
}

int record_config(struct writer *writer, const struct config *config, int64_t ts, struct err *err)
{
	struct rows rows = { 0 };
	char user[64], *dir = absolute(config->dir);
	int r;

	rows.load = (struct confdb_load){ .ts = ts, .user = user_name(user, sizeof(user)),
					  .dir = dir, .hash = config->hash };
	load_files(&rows.load, config);
	inventory_rows(config, add_row, &rows);
	r = writer_call(writer, apply, &rows, err);
	rows_done(&rows);
	free(rows.load.files);
	free(dir);
	return r;
}

struct refused {
	struct confdb_load load;
	const char *problems;
};

static int refuse(void *user, struct db *db, struct err *err)
{
	const struct refused *refused = user;

	return confdb_refused(db, &refused->load, refused->problems, err);
}

int record_refused(struct writer *writer, const struct config *config, const struct diag *diag,
		   int64_t ts, struct err *err)
{
	struct refused refused = { 0 };
	char user[64], *problems = NULL, *dir;
	size_t size;
	FILE *f = open_memstream(&problems, &size);
	int r;

	if (!f)
		return err_set(err, "out of memory");
	diag_print(diag, f);
	fclose(f);
	dir = absolute(config->dir);
	refused.load = (struct confdb_load){ .ts = ts, .user = user_name(user, sizeof(user)),
					     .dir = dir, .hash = config->hash };
	load_files(&refused.load, config);
	refused.problems = problems;
	r = writer_call(writer, refuse, &refused, err);
	free(refused.load.files);
	free(dir);
	free(problems);
	return r;
}

static int get_last_ts(void *user, struct db *db, struct err *err)
{
	struct query *q = query_new(db, "store_daemon_get", err);
	int64_t *ts = user;
	int r;

	if (!q)
		return -1;
	r = query_step(q, err);
	if (r > 0)
		*ts = query_int(q, 0);
	query_free(q);
	return r < 0 ? -1 : 0;
}

int record_last_ts(struct writer *writer, int64_t *ret_ts, struct err *err)
{
	int64_t ts = 0;

	if (writer_call(writer, get_last_ts, &ts, err) < 0)
		return -1;
	*ret_ts = ts;
	return 0;
}

static int look_at_days(void *user, struct db *db, struct err *err)
{
	return civil_look(db, user, err);
}

static int store_days(void *user, struct db *db, struct err *err)
{
	return civil_store(db, user, err);
}

int record_days(struct writer *writer, int64_t now_s, struct err *err)
{
	struct civil civil = { 0 };
	int r = writer_call(writer, look_at_days, &civil, err);

	if (r == 0)
		r = civil_compute(&civil, now_s, err);
	if (r == 0 && civil_changed(&civil))
		r = writer_call(writer, store_days, &civil, err);
	civil_done(&civil);
	return r;
}
