/* SPDX-License-Identifier: Apache-2.0 */
/* rackmeter db info | verify | doctor | backup | export | fill: looking after the database, while
 * the daemon writes it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/zone.h"
#include "cli/command.h"
#include "cli/db_doctor.h"
#include "cli/db_late.h"
#include "cli/db_verify.h"
#include "cli/page.h"
#include "report/doc.h"
#include "store/maint.h"

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

struct values {
	const char *db, *dir, *format;
};

#define AT(member) offsetof(struct values, member)

static const struct option info_options[] = {
	{ "--format", "text|json", "json for programs", AT(format), 0 },
	OPTION_DB(AT(db)),
	OPTION_DIR(AT(dir)),
	OPTION_END,
};
static const struct option backup_options[] = {
	OPTION_DB(AT(db)),
	OPTION_DIR(AT(dir)),
	OPTION_END,
};

/* Opens the database and does it; to: of a backup. */
static int act(const struct values *v, const char *to)
{
	struct err err = { "" };
	struct db *db = command_open(v->db, v->dir, &err);
	int rc = -1;

	if (db && to)
		rc = maint_backup(db, to, &err);
	else if (db)
		rc = info(db, v->format && !strcmp(v->format, "json"), &err);
	if (rc < 0)
		fprintf(stderr, "rackmeter db: %s\n", err.text);
	db_close(db);
	return rc < 0 ? 2 : rc;
}

static int run_info(int argc, char **argv);
static int run_backup(int argc, char **argv);

static const struct command info_command = {
	.of = "rackmeter db",
	.name = "info",
	.summary = "what it holds, how fast it grows, how long the disk lasts",
	.options = info_options,
	.exits = "0 done\n2 the database cannot be read, or wrong usage",
	.run = run_info,
};

static const struct command backup_command = {
	.of = "rackmeter db",
	.name = "backup",
	.summary = "a copy while it is written",
	.words = "FILE",
	.about = "Writes a copy to FILE, which must not be there yet.",
	.options = backup_options,
	.exits = "0 done\n2 the database cannot be read, the copy not be written, or wrong usage",
	.run = run_backup,
};

static int run_info(int argc, char **argv)
{
	struct values v = { 0 };
	int n, r = option_parse(&info_command, argc, argv, &v, &n);

	if (r)
		return r < 0 ? 0 : r;
	return act(&v, NULL);
}

static int run_backup(int argc, char **argv)
{
	struct values v = { 0 };
	int n, r = option_parse(&backup_command, argc, argv, &v, &n);

	if (r)
		return r < 0 ? 0 : r;
	if (!n)
		return command_usage_error(&backup_command, "name the new file");
	return act(&v, argv[1]);
}

const struct command cmd_db = {
	.name = "db",
	.summary = "the database: its sizes, a check of all it holds, a copy while it is written",
	.about = "None of them disturbs the daemon.",
	.below = (const struct command *const[]){ &info_command, &db_verify, &db_doctor,
						  &backup_command, &db_export_command, &db_fill,
						  NULL },
};
