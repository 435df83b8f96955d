/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a CSV of values; see import_read.h. A series is looked up once, not per line. */
#include "cli/import_read.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/unit.h"
#include "base/zone.h"
#include "config/file.h"
#include "config/table.h"
#include "store/chunk.h"
#include "store/query.h"

enum { TIME, DEVICE, PART, QUANTITY, VALUE, UNIT };

static const struct table_column columns[] = {
	{ "time", true },     { "device", true }, { "part", true },
	{ "quantity", true }, { "value", true },  { "unit", true },
};

struct reading_file {
	struct db *db;
	struct import_file *f;
	const char *path;
	struct diag *diag;
	bool create;
	size_t *hash; /* index of series + 1 */
	size_t n_hash;
	int failed; /* the database */
	struct err *err;
};

static bool same(const struct import_series *s, const char *const *cell)
{
	return !strcmp(s->device, cell[DEVICE]) && !strcmp(s->part, cell[PART]) && s->quantity &&
	       !strcmp(s->quantity->name, cell[QUANTITY]);
}

static uint64_t hash_of(const char *device, const char *part, const char *quantity)
{
	uint64_t h = text_hash(device, strlen(device) + 1);

	h = text_hash_more(h, part, strlen(part) + 1);
	return text_hash_more(h, quantity, strlen(quantity) + 1);
}

static void hash_put(struct reading_file *r, size_t index)
{
	const struct import_series *s = &r->f->series[index];
	uint64_t h = hash_of(s->device, s->part, s->quantity->name);

	while (r->hash[h % r->n_hash])
		h++;
	r->hash[h % r->n_hash] = index + 1;
}

/* Twice as large, or the first. */
static void hash_grow(struct reading_file *r)
{
	if (r->f->n_series * 2 < r->n_hash)
		return;
	r->n_hash = r->n_hash ? r->n_hash * 4 : 1024;
	free(r->hash);
	r->hash = xcalloc(r->n_hash, sizeof(*r->hash));
	for (size_t i = 0; i < r->f->n_series; i++)
		hash_put(r, i);
}

/* First column of all rows, up to max names; *ret_n of them, each to be freed. */
static int names_of(struct reading_file *r, const char *query, const char *device, char **names,
		    size_t max, size_t *ret_n)
{
	struct query *q = query_new(r->db, query, r->err);
	int rc = -1;

	*ret_n = 0;
	if (!q)
		return -1;
	if (device)
		query_bind_text(q, ":device", device);
	while (*ret_n < max && (rc = query_step(q, r->err)) > 0)
		names[(*ret_n)++] = xstrdup(query_text(q, 0));
	query_free(q);
	return *ret_n == max || rc == 0 ? 0 : -1;
}

#define NAMES_MAX 20000

/* Why a series is not there, and what is. */
static int explain(struct reading_file *r, struct import_series *s)
{
	char **names = xcalloc(NAMES_MAX, sizeof(*names));
	size_t n = 0;
	int rc = names_of(r, "import_devices", NULL, names, NAMES_MAX, &n);
	bool known = false;

	for (size_t i = 0; i < n; i++)
		known = known || !strcmp(names[i], s->device);
	if (!rc && !known) {
		const char *near = text_nearest(s->device, (const char *const *)names, n);
		s->problem = xasprintf("there is no device %s%s%s: name one of the inventory, or "
				       "say --create to store it all the same",
				       s->device, near ? ": did you mean " : "", near ? near : "");
	}
	while (n)
		free(names[--n]);
	if (!rc && known) {
		rc = names_of(r, "import_parts", s->device, names, 40, &n);
		size_t size = 1;
		for (size_t i = 0; i < n; i++)
			size += strlen(names[i]) + 2;
		char *list = xcalloc(size, 1);
		for (size_t i = 0; i < n; i++) {
			if (i)
				memcpy(list + strlen(list), ", ", 3);
			memcpy(list + strlen(list), names[i], strlen(names[i]) + 1);
		}
		s->problem = xasprintf("%s has no %s of a part \"%s\" (it has: %s): correct it, "
				       "or say --create to store it beside them",
				       s->device, s->quantity->name, s->part, n ? list : "nothing");
		free(list);
	}
	while (n)
		free(names[--n]);
	free(names);
	return rc;
}

static struct import_series *series_of(struct reading_file *r, const struct table_row *row)
{
	const char *const *cell = row->cell;
	const struct quantity *quantity = schema_quantity(cell[QUANTITY]);

	if (!quantity || quantity->kind == KIND_TEXT) {
		const char **names = xcalloc(schema_n_quantities, sizeof(*names));
		for (size_t i = 0; i < schema_n_quantities; i++)
			names[i] = schema_quantities[i].name;
		const char *near = text_nearest(cell[QUANTITY], names, schema_n_quantities);
		diag_add(r->diag, DIAG_ERROR, r->path, row->line, 0,
			 "there is no quantity %s%s%s: use the names of schema/quantities.csv",
			 cell[QUANTITY], near ? ": did you mean " : "", near ? near : "");
		free(names);
		return NULL;
	}
	hash_grow(r);
	uint64_t h = hash_of(cell[DEVICE], cell[PART], cell[QUANTITY]);
	for (; r->hash[h % r->n_hash]; h++) {
		struct import_series *s = &r->f->series[r->hash[h % r->n_hash] - 1];
		if (same(s, cell))
			return s;
	}
	xgrow(&r->f->series, &r->f->cap_series, r->f->n_series + 1, sizeof(*r->f->series));
	struct import_series *s = &r->f->series[r->f->n_series++];
	*s = (struct import_series){ .device = xstrdup(cell[DEVICE]),
				     .part = xstrdup(cell[PART]),
				     .quantity = quantity,
				     .first = INT64_MAX };
	r->hash[h % r->n_hash] = r->f->n_series;
	int rc = late_series_load(r->db, "device", s->device, s->part, quantity->name, &s->series,
				  r->err);
	s->known = rc > 0 ? 1 : r->create ? 2 : 0;
	if (rc < 0 || (!s->known && explain(r, s))) {
		r->failed = -1;
		return NULL;
	}
	return s;
}

/* "1234.5", in files with semicolons also "1234,5". */
static int number_of(const struct table_row *row, const char *text, double *ret)
{
	char copy[64];
	char *comma;

	if (strlen(text) >= sizeof(copy))
		return -1;
	memcpy(copy, text, strlen(text) + 1);
	comma = row->comma && !strchr(copy, '.') ? strchr(copy, ',') : NULL;
	if (comma)
		*comma = '.';
	return text_to_double(copy, ret);
}

/* In the quantity's unit and range; false: a problem was told. */
static bool value_of(struct reading_file *r, const struct table_row *row, const struct quantity *q,
		     double *ret)
{
	double value, factor, add;

	if (number_of(row, row->cell[VALUE], &value)) {
		diag_add(
			r->diag, DIAG_ERROR, r->path, row->line, 0,
			"'%s' is not a number: write it as 1234.5, and leave lines without a value "
			"out",
			row->cell[VALUE]);
		return false;
	}
	if (!unit_convert(row->cell[UNIT], q->unit, &factor, &add)) {
		diag_add(r->diag, DIAG_ERROR, r->path, row->line, 0,
			 "%s cannot be in '%s': write %s", q->name, row->cell[UNIT],
			 unit_choices(q->unit));
		return false;
	}
	value = value * factor + add;
	if (value < q->min || value > q->max) {
		diag_add(
			r->diag, DIAG_ERROR, r->path, row->line, 0,
			"%s of %.15g %s is out of range (%g to %g): check value and unit, or leave "
			"the line out",
			q->name, value, q->unit, q->min, q->max);
		return false;
	}
	*ret = value;
	return true;
}

static void each(void *user, const struct table_row *row)
{
	struct reading_file *r = user;
	struct err err;
	int64_t ts = 0;
	double value = 0;
	bool ok = true;

	for (size_t i = 0; i <= UNIT; i++)
		if (!row->cell[i]) /* a column that the file lacks: told once */
			return;
	for (size_t i = 0; i < UNIT; i++)
		if (!*row->cell[i]) {
			diag_add(r->diag, DIAG_ERROR, r->path, row->line, 0,
				 "%s is empty: fill it in", columns[i].name);
			ok = false;
		}
	if (!ok || r->failed)
		return;
	if (zone_parse(row->cell[TIME], &ts, &err)) {
		diag_add(r->diag, DIAG_ERROR, r->path, row->line, 0, "%s", err.text);
		ok = false;
	} else if (ts < 0) {
		diag_add(r->diag, DIAG_ERROR, r->path, row->line, 0,
			 "%s is before 1970: correct it", row->cell[TIME]);
		ok = false;
	}
	struct import_series *s = series_of(r, row);
	if (!s)
		return;
	if (!s->known)
		diag_add(r->diag, DIAG_ERROR, r->path, row->line, 0, "%s", s->problem);
	if (!value_of(r, row, s->quantity, &value) || !ok || !s->known)
		return;
	s->first = ts < s->first ? ts : s->first;
	xgrow(&r->f->values, &r->f->cap_values, r->f->n_values + 1, sizeof(*r->f->values));
	r->f->values[r->f->n_values++] = (struct import_value){
		.series = (size_t)(s - r->f->series),
		.ts = ts,
		.value = value,
		.line = row->line,
	};
}

static int by_series(const void *a, const void *b)
{
	const struct import_value *x = a, *y = b;

	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static int by_time(const void *a, const void *b)
{
	const struct import_value *x = a, *y = b;

	return x->ts != y->ts ? (x->ts < y->ts ? -1 : 1)
			      : (x->line > y->line) - (x->line < y->line);
}

/* One text per line and instant that says two things. */
static void find_twins(struct reading_file *r)
{
	struct import_file *f = r->f;
	size_t n = 0;

	if (f->n_values)
		qsort(f->values, f->n_values, sizeof(*f->values), by_series);
	for (size_t i = 0; i < f->n_values; i++) {
		const struct import_value *v = &f->values[i], *last = n ? &f->values[n - 1] : NULL;
		if (!last || last->series != v->series || last->ts != v->ts)
			f->values[n++] = *v;
		else if (last->value != v->value)
			diag_add(r->diag, DIAG_ERROR, r->path, v->line, 0,
				 "another value for the instant of line %d: keep one of them",
				 last->line);
	}
	f->n_values = n;
}

static int by_length(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The commonest distance of n values of one series that ascend, of equals the shorter one. */
static int step_of(const struct import_value *v, size_t n)
{
	int64_t *apart = xcalloc(n, sizeof(*apart)), step = 0;
	size_t most = 0;

	for (size_t i = 1; i < n; i++)
		apart[i - 1] = v[i].ts - v[i - 1].ts < HOUR_S ? v[i].ts - v[i - 1].ts : HOUR_S;
	qsort(apart, n - 1, sizeof(*apart), by_length);
	for (size_t i = 0, run; i + 1 < n; i += run) {
		for (run = 1; i + run + 1 < n && apart[i + run] == apart[i]; run++)
			;
		if (run > most) {
			most = run;
			step = apart[i];
		}
	}
	free(apart);
	return (int)step;
}

/* After find_twins. */
static void find_steps(struct import_file *f)
{
	for (size_t i = 0, n; i < f->n_values; i += n) {
		size_t series = f->values[i].series;

		for (n = 1; i + n < f->n_values && f->values[i + n].series == series; n++)
			;
		f->series[series].step_s = step_of(&f->values[i], n);
	}
}

/* Each hour once, at its first line. */
static int check_hours(struct reading_file *r, int64_t now_s)
{
	struct import_file *f = r->f;
	struct import_value *all = xcalloc(f->n_values + 1, sizeof(*all));
	char when[64];
	int rc = 0;

	if (f->n_values)
		memcpy(all, f->values, f->n_values * sizeof(*all));
	qsort(all, f->n_values, sizeof(*all), by_time);
	for (size_t i = 0, n; !rc && i < f->n_values; i += n) {
		int64_t hour = hour_of(all[i].ts);
		enum late_hour state;
		for (n = 1; i + n < f->n_values && hour_of(all[i + n].ts) == hour; n++)
			;
		rc = late_hour(r->db, hour, now_s, &state, r->err);
		if (rc || state == LATE_FITS)
			continue;
		diag_add(r->diag, DIAG_ERROR, r->path, all[i].line, 0,
			 state == LATE_OPEN
				 ? "the hour of %s is not finished (%zu values of it): import it "
				   "two "
				   "hours after its end, with rackmeterd running, or leave them out"
				 : "the samples of the hour of %s are past their retention (%zu "
				   "values "
				   "of it): leave them out",
			 zone_format_iso(hour, when, sizeof(when)), n);
	}
	free(all);
	return rc;
}

bool import_fill_raw(struct import_file *f, size_t i)
{
	struct import_value *v = &f->values[i];
	const struct late_point *p = late_point_at(&f->series[v->series].series, v->ts);

	if (!late_raw(&p->scale, v->value, &v->raw))
		return false;
	double step = fabs((double)p->scale.mul / (double)p->scale.div);
	if (fabs(scale_value(&p->scale, v->raw) - v->value) > step * 1e-3 + fabs(v->value) * 1e-12)
		f->rounded++;
	return true;
}

static void fill_raws(struct reading_file *r)
{
	struct import_file *f = r->f;

	for (size_t i = 0; i < f->n_values; i++)
		if (f->series[f->values[i].series].known == 1 && !import_fill_raw(f, i))
			diag_add(r->diag, DIAG_ERROR, r->path, f->values[i].line, 0,
				 "%.15g does not fit into the scale of its series: leave it out",
				 f->values[i].value);
}

int import_read(struct db *db, const char *path, bool create, int64_t now_s,
		struct import_file *ret, struct diag *diag, struct err *err)
{
	struct reading_file r = {
		.db = db, .f = ret, .path = path, .diag = diag, .create = create, .err = err
	};
	size_t size;
	char *data = file_read(path, &size, err);

	*ret = (struct import_file){ 0 };
	if (!data)
		return err_prefix(err, "%s", path);
	table_read(path, data, size, columns, sizeof(columns) / sizeof(*columns), each, &r, diag);
	free(data);
	if (!r.failed && !diag->n_errors && !ret->n_values)
		diag_add(diag, DIAG_ERROR, path, 0, 0, "holds no values: nothing to import");
	if (!r.failed) {
		find_twins(&r);
		find_steps(ret);
		fill_raws(&r);
		r.failed = check_hours(&r, now_s);
	}
	diag_sort(diag);
	free(r.hash);
	if (r.failed)
		import_done(ret);
	return r.failed;
}

int import_make(struct db *db, struct import_file *f, struct err *err)
{
	for (size_t i = 0; i < f->n_series; i++) {
		struct import_series *s = &f->series[i];
		if (s->known == 2 &&
		    late_series_make(db, s->device, s->part, s->quantity, s->first,
				     s->step_s ? s->step_s : HOUR_S, err))
			return -1;
	}
	return 0;
}

void import_done(struct import_file *f)
{
	for (size_t i = 0; i < f->n_series; i++) {
		free(f->series[i].device);
		free(f->series[i].part);
		free(f->series[i].problem);
		late_series_done(&f->series[i].series);
	}
	free(f->series);
	free(f->values);
	*f = (struct import_file){ 0 };
}
