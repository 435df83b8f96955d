/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter import: history from another system or a meter's own log. All of the file is checked
 * first; then it goes in with short transactions, so an import that was cut off is simply run
 * again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/import_read.h"
#include "report/common.h"
#include "store/civil.h"
#include "store/query.h"

extern const struct command cmd_import;

struct options {
	const char *file, *db, *dir;
	bool replace, dry, create;
};

#define AT(member) offsetof(struct options, member)

static const struct option table[] = {
	{ "--replace", NULL, "write over what is stored; without it that stays", AT(replace), 0 },
	{ "--create", NULL,
	  "make series that nobody polls; the parts main, inlet and total are then the device as "
	  "a whole", AT(create), 0 },
	{ "--dry-run", NULL, "only say what would happen", AT(dry), 0 },
	OPTION_DB(AT(db)),
	OPTION_DIR(AT(dir)),
	OPTION_END,
};

static const char *file_name(const struct options *o)
{
	const char *base = strrchr(o->file, '/');

	return base ? base + 1 : o->file;
}

/* How it ended, in the place of how it began; nothing changed: nothing happened. */
static int note_end(struct db *db, const struct options *o, int64_t *note, uint64_t changed,
		    int64_t now_s, struct err *err)
{
	char *text = changed ? xasprintf("%" PRIu64 " values imported from %s%s", changed,
					 file_name(o), o->replace ? ", over what was stored" : "")
			     : NULL;
	int rc = late_note(db, note, now_s, text, err);

	free(text);
	return rc;
}

/* Series that are to be made; how many. */
static int make(struct db *db, struct import_file *f, size_t *ret_made, struct err *err)
{
	*ret_made = 0;
	for (size_t i = 0; i < f->n_series; i++)
		*ret_made += f->series[i].known == 2;
	if (!*ret_made)
		return 0;
	if (late_begin(db, err))
		return -1;
	int rc = import_make(db, f, err) || db_commit(db, err) ? -1 : 0;
	db_rollback(db);
	for (size_t i = 0; !rc && i < f->n_series; i++) {
		struct import_series *s = &f->series[i];
		if (s->known == 2 && late_series_load(db, "device", s->device, s->part,
						      s->quantity->name, &s->series, err) <= 0)
			rc = -1;
	}
	for (size_t i = 0; !rc && i < f->n_values; i++)
		if (f->series[f->values[i].series].known == 2 && !import_fill_raw(f, i))
			rc = err_set(err, "%s: line %d does not fit", db_path(db),
				     f->values[i].line);
	return rc;
}

/* Values of series that a dry run does not make are new, all of them. */
static int store(struct db *db, const struct options *o, struct import_file *f,
		 struct late_result *ret, int64_t now_s, struct err *err)
{
	int64_t note = 0;
	struct late_item *items = xcalloc(f->n_values + 1, sizeof(*items));
	size_t n = 0, unmade = 0;

	for (size_t i = 0; i < f->n_values; i++) {
		const struct import_value *v = &f->values[i];
		const struct import_series *s = &f->series[v->series];
		if (!s->series.n) {
			unmade++;
			continue;
		}
		items[n++] = (struct late_item){ late_point_at(&s->series, v->ts)->point, v->ts,
						 v->raw };
	}
	char *begun = o->dry ? NULL : xasprintf("an import from %s began", file_name(o));
	int rc = late_note(db, &note, now_s, begun, err);
	if (!rc)
		rc = late_put(db, items, n, o->replace ? MERGE_REPLACE : MERGE_KEEP, o->dry, ret,
			      err);
	ret->changed += unmade;
	free(begun);
	free(items);
	if (rc || o->dry)
		return rc;
	/* also after one that was cut off */
	return note_end(db, o, &note, ret->changed, now_s, err) || civil_fill(db, now_s, err) ? -1
											      : 0;
}

static void tell(const struct options *o, const struct import_file *f, size_t made,
		 const struct late_result *r)
{
	uint64_t rest = f->n_values - r->changed;

	if (!r->changed)
		printf("%s: nothing changed: all %zu values are stored already\n", o->file,
		       f->n_values);
	else
		printf("%s: %" PRIu64 " of %zu values %s\n", o->file, r->changed, f->n_values,
		       o->dry ? "would be stored" : "stored");
	if (r->changed && rest)
		printf("%" PRIu64 " were there already%s\n", rest,
		       o->replace ? "" : " and stay as they are (--replace overwrites)");
	if (made)
		printf("%zu series %s\n", made, o->dry ? "would be made" : "made");
	if (f->rounded)
		printf("%zu values are rounded to the steps of their series\n", f->rounded);
	if (r->transactions)
		printf("%" PRIu64 " transactions, the longest of %.1f ms\n", r->transactions,
		       (double)r->us_max / 1000);
}

static int import(struct db *db, const struct options *o, struct err *err)
{
	int64_t now_s = wall_s(clock_wall());
	struct import_file f;
	struct late_result result = { 0 };
	struct diag diag = { 0 };
	size_t made = 0;

	if (common_zone(db, now_s, err) ||
	    import_read(db, o->file, o->create, now_s, &f, &diag, err)) {
		diag_done(&diag);
		return -1;
	}
	diag_print(&diag, stderr);
	int rc = diag.n_errors > 0;
	if (rc)
		fprintf(stderr, "rackmeter import: %zu problems: nothing was stored\n",
			diag.n_errors);
	diag_done(&diag);
	if (!rc && !o->dry)
		rc = make(db, &f, &made, err);
	for (size_t i = 0; o->dry && i < f.n_series; i++)
		made += f.series[i].known == 2;
	if (!rc) {
		rc = store(db, o, &f, &result, now_s, err);
		if (!rc)
			tell(o, &f, made, &result);
		else
			err_prefix(err, "after %" PRIu64 " values (run it again for the rest)",
				   result.changed);
	}
	import_done(&f);
	return rc;
}

static int run(int argc, char **argv)
{
	struct options o = { 0 };
	int n, r = option_parse(&cmd_import, argc, argv, &o, &n);

	if (r)
		return r < 0 ? 0 : r;
	if (n)
		o.file = argv[1];
	if (!o.file)
		return command_usage_error(&cmd_import, "name the file to import");

	struct err err = { "" };
	char *path = command_database(o.db, o.dir);
	struct db *db = db_open_maintain(path, &err);
	int rc = db ? import(db, &o, &err) : -1;
	if (rc < 0)
		fprintf(stderr, "rackmeter import: %s\n", err.text);
	db_close(db);
	free(path);
	return rc < 0 ? 2 : rc;
}

const struct command cmd_import = {
	.name = "import",
	.summary = "history from a CSV file into hours that are over",
	.words = "FILE",
	.about = "Columns of the CSV file: time,device,part,quantity,value,unit. Times without an "
		 "offset are the site's; units may be any that the quantity's can be had from (kW, "
		 "kWh, MWh, mA, F). A file of up to 64 MiB; a greater one in pieces. The daemon "
		 "may run. Doing it twice changes nothing. One bad line: nothing is stored.",
	.options = table,
	.exits = "0 done\n"
		 "1 problems in the file\n"
		 "2 the file or the database cannot be used, or wrong usage",
	.run = run,
};
