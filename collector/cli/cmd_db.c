/* SPDX-License-Identifier: Apache-2.0 */
/* rackmeter db info | verify | backup | export | fill: looking after the database, while the daemon
 * writes it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/zone.h"
#include "cli/command.h"
#include "cli/db_late.h"
#include "cli/db_verify.h"
#include "cli/page.h"
#include "report/doc.h"
#include "store/maint.h"

extern const struct command cmd_db;

static double available(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) ? NAN : (double)fs.f_bavail * (double)fs.f_frsize;
}

static void info_doc(struct doc *doc, const char *path, const struct maint_info *i)
{
	/* in the long run: what is a few days old takes less */
	double per_sample = (i->dense_to ? i->dense_bytes : i->chunk_bytes) + i->rollup_bytes;
	double per_day = per_sample * i->samples_per_day;
	double spare = available(path) + (double)i->free_bytes;

	doc_text(doc, "database", "Database", path);
	doc_number(doc, "file_bytes", "Size", DOC_BYTES, (double)i->file_bytes);
	doc_number(doc, "free_bytes", "Of it free for new rows", DOC_BYTES, (double)i->free_bytes);
	doc_number(doc, "open_hours", "Hours in the ring", DOC_COUNT, (double)i->open_hours);
	doc_number(doc, "raw_hours", "Hours with samples", DOC_COUNT, (double)i->raw_hours);
	doc_number(doc, "five_minutes_hours", "Hours with 5-minute rows", DOC_COUNT,
		   (double)i->five_minutes_hours);
	doc_number(doc, "hourly_hours", "Hours with hourly rows", DOC_COUNT,
		   (double)i->hourly_hours);
	doc_number(doc, "days", "Civil days with daily rows", DOC_COUNT, (double)i->days);
	doc_number(doc, "samples", "Samples in finished hours", DOC_COUNT, (double)i->samples);
	doc_number(doc, "dense_to", "In the denser form up to", DOC_TIME,
		   i->dense_to ? (double)i->dense_to : NAN);
	doc_number(doc, "samples_per_day", "Samples a day", DOC_COUNT, i->samples_per_day);
	doc_number(doc, "bytes_per_day", "Growth per day without retention", DOC_BYTES, per_day);
	doc_number(doc, "disk_days_left", "Days until the disk is full", DOC_COUNT,
		   per_day > 0 ? spare / per_day : NAN);
	if (i->samples_per_day > 0 && i->dense_to)
		doc_verdict(doc, 0,
			    "%.2f bytes a sample, %.2f in the denser form, and %.2f for the "
			    "5-minute rows",
			    i->chunk_bytes, i->dense_bytes, i->rollup_bytes);
	else if (i->samples_per_day > 0)
		doc_verdict(doc, 0, "%.2f bytes a sample, and %.2f for the 5-minute rows",
			    i->chunk_bytes, i->rollup_bytes);
	else
		doc_verdict(doc, 0, "no hour is finished yet");
}

static int info(struct db *db, bool json, struct err *err)
{
	struct maint_info i;

	if (maint_info(db, &i, err))
		return -1;
	struct doc *doc = doc_new("db info", 1);
	info_doc(doc, db_path(db), &i);
	struct doc_text page = page_here(true);
	char *text = json ? doc_render_json(doc) : doc_render_text(doc, &page);
	fputs(text, stdout);
	free(text);
	doc_free(doc);
	return 0;
}

static int act(const char *what, struct db *db, const char *to, bool json, struct err *err)
{
	if (!strcmp(what, "info"))
		return info(db, json, err);
	return maint_backup(db, to, err);
}

static int run(int argc, char **argv)
{
	const char *name = NULL, *dir = NULL, *format = NULL, *what = NULL, *to = NULL;

	if (argc > 1 && !strcmp(argv[1], "export"))
		return db_export_run(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "fill"))
		return db_fill_run(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "verify"))
		return db_verify_run(argc - 1, argv + 1);
	for (int i = 1; i < argc; i++) {
		const char **value = !strcmp(argv[i], "--db")       ? &name
				     : !strcmp(argv[i], "--dir")    ? &dir
				     : !strcmp(argv[i], "--format") ? &format
								    : NULL;
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			fputs(cmd_db.usage, stdout);
			return 0;
		}
		if (value && i + 1 >= argc)
			return command_usage_error(&cmd_db, "%s needs a value", argv[i]);
		if (value)
			*value = argv[++i];
		else if (argv[i][0] == '-')
			return command_usage_error(&cmd_db, "unknown argument %s", argv[i]);
		else if (!what)
			what = argv[i];
		else if (!to)
			to = argv[i];
		else
			return command_usage_error(&cmd_db, "unknown argument %s", argv[i]);
	}
	if (!what || (strcmp(what, "info") != 0 && strcmp(what, "backup") != 0))
		return command_usage_error(&cmd_db,
					   "say info, verify, backup FILE, export or fill");
	if (!strcmp(what, "backup") != (to != NULL))
		return command_usage_error(&cmd_db, to ? "%s takes no file" : "%s needs a new file",
					   what);
	if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
		return command_usage_error(&cmd_db, "--format %s: use text or json", format);

	struct err err = { "" };
	char *path = command_database(name, dir);
	struct db *db = path ? db_open_read(path, &err) : NULL;
	int rc = db ? act(what, db, to, format && !strcmp(format, "json"), &err) : -1;

	if (rc < 0)
		fprintf(stderr, "rackmeter db: %s\n",
			path ? err.text : "no database is named: use --db FILE");
	db_close(db);
	free(path);
	return rc < 0 ? 2 : rc;
}

const struct command cmd_db = {
	.name = "db",
	.summary = "the database: its sizes, a check of all it holds, a copy while it is written",
	.usage = "Usage: rackmeter db info [--format text|json]\n"
		 "       rackmeter db verify [--quick]\n"
		 "                 everything it holds against everything else; --quick: no "
		 "samples\n"
		 "       rackmeter db backup NEW-FILE\n"
		 "       rackmeter db export --sqlite NEW.db | --device D | --rack R ...\n"
		 "                 a part of it as a database of its own, or values as CSV\n"
		 "       rackmeter db fill --from OTHER.db [--dry-run]\n"
		 "                 hours of a second collector, only where nothing is stored here\n"
		 "each with [--db FILE | --dir DIR]; verify, export and fill with --help. None of "
		 "them\ndisturbs the daemon.\n"
		 "Exit: 0 fine, 1 verify found something, 2 the database cannot be read.\n",
	.own_help = true,
	.run = run,
};
