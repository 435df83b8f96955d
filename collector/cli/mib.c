/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of one file, then definitions by their shape: NAME MACRO ... ::= { PARENT arcs }. Names
 * are joined to OIDs when all files are read; of two objects of a name the first counts.
 */
#include "cli/mib.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "config/file.h"
#include "inventory/lookup.h"

#define DEPTH_MAX 64

struct token {
	const char *at;
	size_t n;
	bool text; /* in quotes, which are left out */
};

struct tokens {
	struct token *all;
	size_t n, cap;
};

struct type { /* a textual convention with names for its values */
	char *name;
	struct mib_value *values;
	size_t n_values;
};

struct mib {
	struct mib_object *objects;
	size_t n, cap;
	struct type *types;
	size_t n_types, cap_types;
	size_t *sorted; /* of those with an OID, by OID */
	size_t n_sorted;
};

/* ---- tokens -------------------------------------------------------------- */

static void put(struct tokens *t, const char *at, size_t n, bool text)
{
	xgrow(&t->all, &t->cap, t->n + 1, sizeof(*t->all));
	t->all[t->n++] = (struct token){ at, n, text };
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* "--" begins a comment, which ends with the line or with another "--". */
static const char *behind_comment(const char *p)
{
	for (p += 2; *p && *p != '\n'; p++) {
		if (p[0] == '-' && p[1] == '-')
			return p + 2;
	}
	return p;
}

static void cut(const char *p, struct tokens *t)
{
	while (*p) {
		const char *from = p;

		if (p[0] == '-' && p[1] == '-') {
			p = behind_comment(p);
		} else if (*p == '"') {
			while (*++p && *p != '"')
				;
			put(t, from + 1, (size_t)(p - from - 1), true);
			p += *p != '\0';
		} else if (strncmp(p, "::=", 3) == 0) {
			put(t, p, 3, false);
			p += 3;
		} else if (in_name(*p)) {
			while (in_name(*p) && !(p[0] == '-' && p[1] == '-'))
				p++;
			put(t, from, (size_t)(p - from), false);
			p += p == from;
		} else {
			if (!isspace((unsigned char)*p))
				put(t, p, 1, false);
			p++;
		}
	}
	for (int i = 0; i < 8; i++) /* so that one may look ahead */
		put(t, "", 0, false);
	t->n -= 8;
}

static bool is(const struct token *t, const char *word)
{
	return !t->text && t->n == strlen(word) && memcmp(t->at, word, t->n) == 0;
}

/* A word: no mark, nothing in quotes. */
static bool is_name(const struct token *t)
{
	return !t->text && t->n && in_name(*t->at);
}

/* One line of ASCII, whatever the file is written in: it goes into drafts of profiles. */
static char *text_of(const struct token *t)
{
	char *text = xasprintf("%.*s", (int)t->n, t->at), *to = text;

	for (const char *p = text; *p; p++) {
		bool ascii = (unsigned char)*p < 0x80, mark = ascii && *p > ' ' && *p != 0x7f;
		char c = mark ? *p : ascii ? ' ' : '?';

		/* a break with its indent is one blank, a letter's bytes are one '?' */
		if (mark || to == text || to[-1] != c)
			*to++ = c;
	}
	*to = '\0';
	return text;
}

static bool number_of(const struct token *t, int64_t *ret)
{
	char *text = text_of(t);
	bool good = !t->text && text_to_i64(text, ret) == 0;

	free(text);
	return good;
}

/* ---- definitions --------------------------------------------------------- */

/* "{ off(1), on(2) }": i is at "{". */
static size_t read_values(const struct tokens *t, size_t i, struct mib_value **ret, size_t *ret_n)
{
	int64_t value;

	for (i++; i < t->n && !is(&t->all[i], "}"); i++) {
		const struct token *at = &t->all[i];

		if (!is_name(at) || !is(&at[1], "(") || !is(&at[3], ")") ||
		    !number_of(&at[2], &value))
			continue;
		*ret = xrealloc(*ret, *ret_n + 1, sizeof(**ret));
		(*ret)[*ret_n].value = value;
		(*ret)[(*ret_n)++].name = text_of(at);
		i += 3;
	}
	return i;
}

static size_t read_index(const struct tokens *t, size_t i, struct mib_object *o)
{
	if (!is(&t->all[i + 1], "{"))
		return i;
	for (i += 2; i < t->n && !is(&t->all[i], "}"); i++) {
		if (!is_name(&t->all[i]) || is(&t->all[i], "IMPLIED"))
			continue;
		o->index = xrealloc(o->index, o->n_index + 1, sizeof(*o->index));
		o->index[o->n_index++] = text_of(&t->all[i]);
	}
	return i;
}

/* "{ parent 1 2 }", "{ iso org(3) 6 }": i is at "{". -1: a trap, or nonsense. */
static int read_place(const struct tokens *t, size_t i, struct mib_object *o)
{
	int64_t arc;

	if (!is(&t->all[i], "{"))
		return -1;
	o->parent = text_of(&t->all[++i]);
	for (i++; i < t->n && !is(&t->all[i], "}"); i++) {
		const struct token *at = &t->all[i];

		if (is(&at[1], "(")) {
			i += 3;
			at += 2;
		}
		if (!number_of(at, &arc) || arc < 0 || arc > UINT32_MAX ||
		    o->n_arcs == sizeof(o->arcs) / sizeof(o->arcs[0]))
			return -1;
		o->arcs[o->n_arcs++] = (uint32_t)arc;
	}
	return o->n_arcs > 0 ? 0 : -1;
}

static void object_done(struct mib_object *o)
{
	free(o->module);
	free(o->name);
	free(o->parent);
	free(o->syntax);
	free(o->units);
	free(o->description);
	for (size_t i = 0; i < o->n_values; i++)
		free(o->values[i].name);
	free(o->values);
	for (size_t i = 0; i < o->n_index; i++)
		free(o->index[i]);
	free(o->index);
}

/* From the name on; returns where it ends. */
static size_t read_object(struct mib *mib, const struct tokens *t, size_t i, const char *module)
{
	struct mib_object o = { .name = text_of(&t->all[i]), .module = xstrdup(module) };

	for (i++; i < t->n && !is(&t->all[i], "::=") && !is(&t->all[i], "END"); i++) {
		const struct token *at = &t->all[i];

		if (is(at, "SYNTAX") && !o.syntax) {
			o.syntax = text_of(&at[1]);
			if (is(&at[2], "{"))
				i = read_values(t, i + 2, &o.values, &o.n_values);
		} else if (is(at, "UNITS") && at[1].text && !o.units) {
			o.units = text_of(&at[1]);
		} else if (is(at, "DESCRIPTION") && at[1].text && !o.description) {
			o.description = text_of(&at[1]);
		} else if (is(at, "INDEX")) {
			i = read_index(t, i, &o);
		}
	}
	if (i >= t->n || !is(&t->all[i], "::=") || read_place(t, i + 1, &o) < 0) {
		object_done(&o);
		return i;
	}
	xgrow(&mib->objects, &mib->cap, mib->n + 1, sizeof(*mib->objects));
	mib->objects[mib->n++] = o;
	return i;
}

static size_t read_type(struct mib *mib, const struct tokens *t, size_t i)
{
	struct type type = { .name = text_of(&t->all[i]) };

	i += 2;
	if (is(&t->all[i], "TEXTUAL-CONVENTION")) {
		while (i < t->n && !is(&t->all[i], "SYNTAX") && !is(&t->all[i], "::="))
			i++;
		i++;
	}
	if (i + 1 < t->n && is(&t->all[i], "INTEGER") && is(&t->all[i + 1], "{"))
		i = read_values(t, i + 1, &type.values, &type.n_values);
	xgrow(&mib->types, &mib->cap_types, mib->n_types + 1, sizeof(*mib->types));
	mib->types[mib->n_types++] = type;
	return i;
}

static bool begins_object(const struct token *t)
{
	static const char *const macros[] = { "OBJECT-TYPE", "MODULE-IDENTITY", "OBJECT-IDENTITY" };

	if (t->text || !t->n || !islower((unsigned char)*t->at))
		return false;
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
		if (is(&t[1], macros[i]))
			return true;
	}
	return is(&t[1], "OBJECT") && is(&t[2], "IDENTIFIER") && is(&t[3], "::=");
}

static void read_file(struct mib *mib, const char *path)
{
	struct tokens t = { .n = 0 };
	struct err ignored;
	size_t size;
	char *data = file_read(path, &size, &ignored), *module = xstrdup("");

	if (data)
		cut(data, &t);
	for (size_t i = 0; i < t.n; i++) {
		const struct token *at = &t.all[i];

		if (is_name(at) && is(&at[1], "DEFINITIONS")) {
			free(module);
			module = text_of(at);
		} else if (is(&at[1], "MACRO")) {
			while (i < t.n && !is(&t.all[i], "END"))
				i++;
		} else if (begins_object(at)) {
			i = read_object(mib, &t, i, module);
		} else if (!at->text && at->n && isupper((unsigned char)*at->at) &&
			   is(&at[1], "::=") && !is(&at[2], "SEQUENCE")) {
			i = read_type(mib, &t, i);
		}
	}
	free(module);
	free(t.all);
	free(data);
}

/* ---- OIDs ---------------------------------------------------------------- */

static const struct root {
	const char *name, *oid;
} roots[] = {
	{ "iso", "1" },
	{ "org", "1.3" },
	{ "dod", "1.3.6" },
	{ "internet", "1.3.6.1" },
	{ "directory", "1.3.6.1.1" },
	{ "mgmt", "1.3.6.1.2" },
	{ "mib-2", "1.3.6.1.2.1" },
	{ "transmission", "1.3.6.1.2.1.10" },
	{ "experimental", "1.3.6.1.3" },
	{ "private", "1.3.6.1.4" },
	{ "enterprises", "1.3.6.1.4.1" },
	{ "snmpV2", "1.3.6.1.6" },
	{ "snmpModules", "1.3.6.1.6.3" },
};

static bool root_oid(const char *name, struct oid *ret)
{
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (strcmp(roots[i].name, name) != 0)
			continue;
		*ret = (struct oid){ .n = 1, .arc = { 1 } };
		return strcmp(name, "iso") == 0 || oid_parse(roots[i].oid, ret) == 0;
	}
	return false;
}

static bool resolve(struct mib *mib, const struct lookup *names, size_t i, int depth)
{
	struct mib_object *o = &mib->objects[i];
	struct oid oid;
	size_t parent;

	if (o->oid.n)
		return true;
	if (depth > DEPTH_MAX)
		return false;
	if (!root_oid(o->parent, &oid)) {
		if (!lookup_get(names, o->parent, 0, &parent) || parent == i ||
		    !resolve(mib, names, parent, depth + 1))
			return false;
		oid = mib->objects[parent].oid;
	}
	if (oid_append(&oid, o->arcs, o->n_arcs) < 0)
		return false;
	o->oid = oid;
	return true;
}

static int by_oid(const void *a, const void *b, void *mib)
{
	const struct mib_object *objects = ((const struct mib *)mib)->objects;

	return oid_cmp(&objects[*(const size_t *)a].oid, &objects[*(const size_t *)b].oid);
}

static void join(struct mib *mib)
{
	struct lookup names = { 0 };

	for (size_t i = 0; i < mib->n; i++)
		lookup_put(&names, mib->objects[i].name, 0, i, NULL);
	mib->sorted = xcalloc(mib->n + 1, sizeof(*mib->sorted));
	for (size_t i = 0; i < mib->n; i++) {
		struct mib_object *o = &mib->objects[i];

		if (resolve(mib, &names, i, 0))
			mib->sorted[mib->n_sorted++] = i;
		for (size_t k = 0; k < mib->n_types && o->syntax && !o->n_values; k++) {
			const struct type *type = &mib->types[k];

			if (!type->n_values || strcmp(type->name, o->syntax) != 0)
				continue;
			o->values = xcalloc(type->n_values, sizeof(*o->values));
			for (size_t v = 0; v < type->n_values; v++)
				o->values[v] = (struct mib_value){ type->values[v].value,
							xstrdup(type->values[v].name) };
			o->n_values = type->n_values;
		}
	}
	if (mib->n_sorted)
		qsort_r(mib->sorted, mib->n_sorted, sizeof(*mib->sorted), by_oid, mib);
	lookup_done(&names);
}

struct mib *mib_load(const char *const *paths, size_t n)
{
	struct mib *mib = xcalloc(1, sizeof(*mib));

	for (size_t i = 0; i < n; i++) {
		struct stat st;
		DIR *dir = opendir(paths[i]);

		if (!dir) {
			read_file(mib, paths[i]);
			continue;
		}
		for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
			char *path = xasprintf("%s/%s", paths[i], e->d_name);

			if (e->d_name[0] != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode))
				read_file(mib, path);
			free(path);
		}
		closedir(dir);
	}
	join(mib);
	return mib;
}

struct mib *mib_free(struct mib *mib)
{
	if (!mib)
		return NULL;
	for (size_t i = 0; i < mib->n; i++)
		object_done(&mib->objects[i]);
	for (size_t i = 0; i < mib->n_types; i++) {
		free(mib->types[i].name);
		for (size_t k = 0; k < mib->types[i].n_values; k++)
			free(mib->types[i].values[k].name);
		free(mib->types[i].values);
	}
	free(mib->types);
	free(mib->objects);
	free(mib->sorted);
	free(mib);
	return NULL;
}

size_t mib_size(const struct mib *mib)
{
	return mib->n_sorted;
}

const struct mib_object *mib_find(const struct mib *mib, const struct oid *oid)
{
	for (struct oid at = *oid; at.n > 6; at.n--) {
		size_t low = 0, high = mib->n_sorted;

		while (low < high) {
			size_t middle = (low + high) / 2;
			int order = oid_cmp(&mib->objects[mib->sorted[middle]].oid, &at);

			if (order == 0)
				return &mib->objects[mib->sorted[middle]];
			if (order < 0)
				low = middle + 1;
			else
				high = middle;
		}
	}
	return NULL;
}
