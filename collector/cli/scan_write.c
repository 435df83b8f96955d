/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows are appended by csvedit, so a file that a person has edited keeps its order of columns and
 * its comments. After each device the file is replaced as a whole: a scan that is killed has
 * lost nothing.
 */
#include "cli/scan_write.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "cli/output.h"
#include "config/column.h"
#include "config/csvedit.h"
#include "config/file.h"
#include "inventory/lookup.h"

enum { WHOLE, MEMBERS };
enum { DEVICE, ENDPOINT, PROFILE, CREDENTIAL, ROLE, USE, SERIAL, NOTE, N_COLUMNS };

static const char *const columns[N_COLUMNS] = { "device", "endpoint", "profile", "credential",
						"role",   "use",      "serial",  "note" };

struct scan_table {
	char *path, *data;
	bool has[N_COLUMNS];
	char **texts; /* names (in lower case) and endpoints: what the index borrows */
	size_t n_texts, cap_texts;
	struct lookup names, endpoints; /* endpoints of members also, as MEMBERS, without # */
	size_t rows, strangers;
};

static const char *keep(struct scan_table *t, char *text)
{
	xgrow(&t->texts, &t->cap_texts, t->n_texts + 1, sizeof(*t->texts));
	t->texts[t->n_texts++] = text;
	return text;
}

static char *lower(const char *text)
{
	char *copy = xstrdup(text);

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

/* snmp://HOST of snmp://HOST#2, to be freed; NULL when it has no member. */
static char *without_member(const char *endpoint)
{
	const char *hash = strchr(endpoint, '#');

	return hash ? xasprintf("%.*s", (int)(hash - endpoint), endpoint) : NULL;
}

static void remember(struct scan_table *t, const char *endpoint)
{
	char *host = without_member(endpoint);

	lookup_put(&t->endpoints, keep(t, xstrdup(endpoint)), WHOLE, 1, NULL);
	if (host)
		lookup_put(&t->endpoints, keep(t, host), MEMBERS, 1, NULL);
}

/* Cells are in the order of the table's columns in config/column.c. */
struct columns_read {
	struct scan_table *table;
	size_t device, endpoint;
};

static void each(void *user, const struct table_row *row)
{
	const struct columns_read *c = user;

	if (!row->cell[c->device] || !row->cell[c->endpoint])
		return; /* no such column: told */
	lookup_put(&c->table->names, keep(c->table, lower(row->cell[c->device])), 0, 1, NULL);
	remember(c->table, row->cell[c->endpoint]);
}

/* Other columns of devices.csv, and those of the site, are not touched; only what hides rows or
 * columns is in the way. */
static int read_rows(struct scan_table *t, const char *path, size_t size, struct err *err)
{
	struct columns_read c = { .table = t };
	const struct table_schema *schema = table_schemas;
	struct table_column *all;
	struct diag diag = { 0 };
	int r = 0;

	while (strcmp(schema->name, "devices") != 0)
		schema++;
	all = xcalloc(schema->n_columns, sizeof(*all));
	for (size_t i = 0; i < schema->n_columns; i++) {
		all[i] = (struct table_column){ schema->columns[i].name,
						schema->columns[i].required };
		if (!strcmp(all[i].name, columns[DEVICE]))
			c.device = i;
		if (!strcmp(all[i].name, columns[ENDPOINT]))
			c.endpoint = i;
	}
	if (!table_read(path, t->data, size, all, schema->n_columns, each, &c, &diag)) {
		size_t i = 0; /* a foreign column alone would not matter */

		while (i + 1 < diag.n && strstr(diag.items[i].text, "unknown column"))
			i++;
		r = err_set(err, "%s is no table of devices: line %d: %s; or name another file "
			    "with --output", path, diag.items[i].line, diag.items[i].text);
	}
	diag_done(&diag);
	free(all);
	return r;
}

/* Only columns that the file has get a value. */
static char *with_row(const struct scan_table *t, const char *const *values, struct err *err)
{
	struct csvedit_cell cells[N_COLUMNS];
	size_t n = 0;

	for (size_t i = 0; i < N_COLUMNS; i++) {
		if (t->has[i] && values[i])
			cells[n++] = (struct csvedit_cell){ columns[i], values[i] };
	}
	return csvedit_append(t->data, cells, n, err);
}

static void look_at_columns(struct scan_table *t)
{
	for (size_t i = 0; i < N_COLUMNS; i++) {
		const struct csvedit_cell cell = { columns[i], "x" };
		struct err ignored;
		char *tried = csvedit_append(t->data, &cell, 1, &ignored);

		t->has[i] = tried != NULL;
		free(tried);
	}
}

struct scan_table *scan_table_open(const char *path, struct err *err)
{
	static const char head[] = "device,endpoint,profile,credential,role,use,serial,note\n";
	struct scan_table *t = xcalloc(1, sizeof(*t));
	struct err why = { "" };
	FILE *f = path ? fopen(path, "r") : NULL;
	size_t size = sizeof(head) - 1;

	t->path = path ? xstrdup(path) : NULL;
	t->data = f ? file_read(path, &size, &why) : xstrdup(head);
	if (f)
		fclose(f);
	if (!t->data) {
		err_set(err, "%s: %s", path, why.text);
		return scan_table_free(t);
	}
	if (size == 0) {
		free(t->data);
		t->data = xstrdup(head);
		size = sizeof(head) - 1;
	}
	if (f && read_rows(t, path, size, err) < 0)
		return scan_table_free(t);
	look_at_columns(t);
	return t;
}

struct scan_table *scan_table_free(struct scan_table *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n_texts; i++)
		free(t->texts[i]);
	free(t->texts);
	lookup_done(&t->names);
	lookup_done(&t->endpoints);
	free(t->path);
	free(t->data);
	free(t);
	return NULL;
}

bool scan_table_knows(const struct scan_table *t, const char *endpoint)
{
	size_t ignored;

	return lookup_get(&t->endpoints, endpoint, WHOLE, &ignored) ||
	       lookup_get(&t->endpoints, endpoint, MEMBERS, &ignored);
}

/* A name that is not there yet: what the device calls itself, else the family and where it is, and
 * from the second member of a chain on its number. */
static char *choose_name(struct scan_table *t, const struct sweep_found *found)
{
	const struct ident_result *r = ident_result(found->ident);
	const char *scheme = strstr(found->endpoint, "://"), *own = r->sysname;

	while (*own && !isalnum((unsigned char)*own))
		own++;
	char *base = *own ? found->member > 1 ? xasprintf("%s-%u", own, found->member)
					      : xstrdup(own)
			  : xasprintf("%s-%s", r->match.profile->name,
				      scheme ? scheme + 3 : found->endpoint);

	for (char *p = base; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			*p = '-';
	}
	for (unsigned i = 1;; i++) {
		char *name = i == 1 ? xstrdup(base) : xasprintf("%s-%u", base, i);
		char *key = lower(name);

		if (lookup_put(&t->names, key, 0, 1, NULL)) {
			keep(t, key);
			free(base);
			return name;
		}
		free(key);
		free(name);
	}
}

static int save(struct scan_table *t, char *data, struct err *err)
{
	free(t->data);
	t->data = data;
	return t->path ? output_file(t->path, data, err) : 0;
}

/* What the kind of a device says of its place: all that a rack PDU delivers goes into IT equipment,
 * and that server's own measurement of it is a second one. Of others the site knows more. */
static const char *role_of(const struct profile *profile)
{
	return !strcmp(profile->category, "rack_pdu") ? "it_in" : NULL;
}

static const char *use_of(const struct profile *profile)
{
	return !strcmp(profile->category, "bmc") ? "check" : NULL;
}

static int add_row(struct scan_table *t, const struct sweep_found *found, struct err *err)
{
	const struct profile *profile = ident_result(found->ident)->match.profile;
	const struct profile *rival = ident_result(found->ident)->match.rival;
	const char *model = ident_fact(found->ident, found->member, "model");
	char *name = choose_name(t, found), *data;
	char *note = xasprintf("%s%s%s%s", model ? model : profile->title,
			       rival ? "; or is it " : "", rival ? rival->name : "",
			       rival ? "?" : "");
	const char *const values[N_COLUMNS] = {
		[DEVICE] = name,
		[ENDPOINT] = found->endpoint,
		[PROFILE] = profile->name,
		[CREDENTIAL] = found->credential ? found->credential->name : NULL,
		[ROLE] = role_of(profile),
		[USE] = use_of(profile),
		[SERIAL] = ident_fact(found->ident, found->member, "serial"),
		[NOTE] = note,
	};

	data = with_row(t, values, err);
	free(name);
	free(note);
	if (!data)
		return -1;
	remember(t, found->endpoint);
	t->rows++;
	return save(t, data, err);
}

/* A comment, once: so that what is out there and not understood can be asked about. */
static int add_stranger(struct scan_table *t, const struct sweep_found *found, struct err *err)
{
	const struct ident_result *r = ident_result(found->ident);
	char *begin = xasprintf("# %s: ", found->endpoint), *data;
	size_t n = strlen(t->data);
	bool known = strstr(t->data, begin) != NULL;

	t->strangers++;
	if (found->credential)
		data = xasprintf("%s%s%sno profile fits sysObjectID %s, sysDescr \"%s\"\n", t->data,
				 n && t->data[n - 1] != '\n' ? "\n" : "", begin,
				 *r->sysobjectid ? r->sysobjectid : "(none)", r->sysdescr);
	else
		data = xasprintf("%s%s%sanswers, but no profile recognises it by a register\n",
				 t->data, n && t->data[n - 1] != '\n' ? "\n" : "", begin);
	free(begin);
	if (!known)
		return save(t, data, err);
	free(data);
	return 0;
}

int scan_table_add(struct scan_table *t, const struct sweep_found *found, struct err *err)
{
	char *host = without_member(found->endpoint);
	size_t ignored;
	/* named twice, and asked at the same time; or a row is there that reads the whole host */
	bool known = scan_table_knows(t, found->endpoint) ||
		     (host && lookup_get(&t->endpoints, host, WHOLE, &ignored));

	free(host);
	if (known)
		return 0;
	return ident_result(found->ident)->match.profile ? add_row(t, found, err)
							 : add_stranger(t, found, err);
}

void scan_table_counts(const struct scan_table *t, size_t *ret_rows, size_t *ret_strangers)
{
	*ret_rows = t->rows;
	*ret_strangers = t->strangers;
}

const char *scan_table_text(const struct scan_table *t)
{
	return t->path ? NULL : t->data;
}
