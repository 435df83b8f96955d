/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `was`: a thing goes on under another name. Its rows, what refers to it and its entity
 * take the new name for all times, so that reports of the past still join.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/confapply.h"

struct reference {
	const char *target, *table, *column;
	bool scoped; /* only where the column scope names the target */
};

static const struct reference references[] = {
	{ "rack", "device", "rack", false },       { "rack", "channel", "rack", false },
	{ "rack", "cord", "rack", false },         { "rack", "budget", "scope_id", true },
	{ "circuit", "rack", "feeds", false },     { "circuit", "circuit", "fed_by", false },
	{ "circuit", "device", "circuit", false }, { "circuit", "channel", "circuit", false },
	{ "circuit", "cord", "circuit", false },   { "circuit", "boundary", "circuit", false },
	{ "circuit", "budget", "scope_id", true }, { "device", "channel", "device", false },
	{ "device", "cord", "device", false },     { "device", "budget", "scope_id", true },
};

/* text with each word `was` replaced, words being what stands between any of separators;
 * NULL: it is not in there. */
static char *replace_word(const char *text, const char *separators, const char *was,
			  const char *name)
{
	char *out = xstrdup("");
	bool found = false;

	while (*text) {
		size_t n = strcspn(text, separators), blanks = strspn(text + n, separators);
		bool hit = n == strlen(was) && !strncmp(text, was, n);
		char *more = hit ? xasprintf("%s%s%.*s", out, name, (int)blanks, text + n)
				 : xasprintf("%s%.*s", out, (int)(n + blanks), text);
		free(out);
		out = more;
		found |= hit;
		text += n + blanks;
	}
	if (found)
		return out;
	free(out);
	return NULL;
}

/* What refers to the thing by name follows, for all times; so does a key made of it. */
static int follow(struct apply *a, const struct reference *ref, const char *was, const char *name)
{
	struct image *image = apply_image(a, ref->table);
	int column = image_column(image, ref->column);
	int scope = ref->scoped ? image_column(image, "scope") : -1;

	assert(column >= 0);
	for (size_t i = 0; i < image->n_rows; i++) {
		struct image_row *row = &image->rows[i];
		struct image_cell *cell = &row->cells[column];
		if (cell->type != CELL_TEXT)
			continue;
		if (scope >= 0 && (row->cells[scope].type != CELL_TEXT ||
				   strcmp(row->cells[scope].t, ref->target)))
			continue;
		char *text = replace_word(cell->t, " +>", was, name);
		if (!text)
			continue;
		free(cell->t);
		cell->t = text;
		if (apply_sql(a,
			      sqlite3_mprintf("UPDATE \"%w\" SET \"%w\" = %Q WHERE id = %lld",
					      image->table, ref->column, text, (long long)row->id)))
			return -1;
		bool in_key = !strcmp(ref->column, "scope_id") ||
			      (!strcmp(ref->table, "channel") && !strcmp(ref->column, "device"));
		char *key = in_key ? replace_word(row->key, "/", was, name) : NULL;
		if (!key)
			continue;
		free(row->key);
		row->key = key;
		if (apply_sql(a, sqlite3_mprintf("UPDATE \"%w\" SET key = %Q WHERE id = %lld",
						 image->table, key, (long long)row->id)))
			return -1;
	}
	image_sort(image);
	return 0;
}

/* The entity keeps its id and so its measurements. */
static int rename_entity(struct apply *a, const char *kind, const char *was, const char *name)
{
	int64_t id;
	struct query *q = query_kept(a->db, "store_entity_find", a->err);

	if (!q)
		return -1;
	query_bind_text(q, ":kind", kind);
	query_bind_text(q, ":name", name);
	int rc = query_first(q, &id, a->err);
	if (rc < 0)
		return -1;
	if (!rc) {
		q = query_kept(a->db, "store_entity_rename", a->err);
		if (!q)
			return -1;
		query_bind_text(q, ":kind", kind);
		query_bind_text(q, ":was", was);
		query_bind_text(q, ":name", name);
		if (query_first(q, &id, a->err) < 0 ||
		    registry_entity(a->db, kind, name, &id, a->err))
			return -1;
	}
	q = query_kept(a->db, "store_event_add", a->err);
	if (!q)
		return -1;
	char *text = xasprintf(
		rc ? "was %s; both had been measured, their histories stay apart" : "was %s", was);
	query_bind_int(q, ":ts", a->load->ts);
	query_bind_int(q, ":entity", id);
	query_bind_text(q, ":kind", "renamed");
	query_bind_int(q, ":severity", 0);
	query_bind_text(q, ":text", text);
	free(text);
	return query_run(q, a->err);
}

/* 1: renamed, 0: nothing to do (any more), -1. */
static int rename_row(struct apply *a, const struct config_row *row)
{
	struct image *image = apply_image(a, row->table);
	size_t n, n_new;

	if (!row->was || !*row->was || !strcmp(row->was, row->key))
		return 0;
	struct image_row *s = image_find(image, row->was, &n);
	if (!s || image_find(image, row->key, &n_new))
		return 0;
	for (size_t i = 0; i < n; i++) {
		free(s[i].key);
		s[i].key = xstrdup(row->key);
	}
	image_sort(image);
	if (apply_sql(a, sqlite3_mprintf("UPDATE \"%w\" SET key = %Q WHERE key = %Q", row->table,
					 row->key, row->was)))
		return -1;
	bool owns_series = !strcmp(row->table, "rack") || !strcmp(row->table, "circuit") ||
			   !strcmp(row->table, "device");
	if (owns_series && !a->dry && rename_entity(a, row->table, row->was, row->key))
		return -1;
	for (size_t i = 0; i < sizeof(references) / sizeof(*references); i++)
		if (!strcmp(references[i].target, row->table) &&
		    follow(a, &references[i], row->was, row->key))
			return -1;
	char *text = xasprintf("was %s", row->was);
	apply_tell(a, CONFDB_RENAMED, image, row->key, a->load->ts, text);
	free(text);
	return 1;
}

/* A becomes B while B becomes C: the second must come first, so until nothing moves. */
int apply_renames(struct apply *a)
{
	for (bool moved = true; moved;) {
		moved = false;
		for (size_t i = 0; i < a->n_rows; i++) {
			int rc = rename_row(a, a->rows[i]);
			if (rc < 0)
				return -1;
			moved |= rc > 0;
		}
	}
	return 0;
}
