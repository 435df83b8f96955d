/* SPDX-License-Identifier: Apache-2.0 */
/* Options of rackmeter db export and db fill, and what fill tells; see db_late.h. */
#include "cli/db_late.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/db_export.h"
#include "cli/option.h"
#include "report/common.h"
#include "store/civil.h"
#include "store/fill.h"

struct export_values {
	const char *db, *dir, *format;
	struct db_export what;
};

#define OF(member) offsetof(struct export_values, member)
static const struct option export_options[] = {
	{ "--sqlite", "NEW.db", "a database of its own, which the same views and reports read",
	  OF(what.sqlite), 0 },
	{ "--tenant", "T", "what stood in racks of the tenant, while they were the tenant's",
	  OF(what.tenant), 0 },
	{ "--hall", "H", "what stands in the hall", OF(what.hall), 0 },
	{ "--rack", "R", "what stands in the rack", OF(what.rack), 0 },
	{ "--device", "D", "one device", OF(what.device), 0 },
	{ "--from", "TIME", "the first second in it; with --sqlite: the first reading unless told",
	  OF(what.from), 0 },
	{ "--to", "TIME", "the first second not in it; now unless told", OF(what.to), 0 },
	{ "--part", "P", "CSV: of one part only", OF(what.part), 0 },
	{ "--quantity", "Q", "CSV: of one quantity only", OF(what.quantity), 0 },
	{ "--output", "FILE", "CSV: where to; standard output unless told", OF(what.output), 0 },
	{ "--format", "csv", "the format without --sqlite", OF(format), 0 },
	{ "--db", "FILE", "the database", OF(db), 0 },
	{ "--dir", "DIR", "the configuration whose database it is", OF(dir), 0 },
	{ NULL, NULL, NULL, 0, 0 },
};
#undef OF

static void export_more(FILE *f)
{
	fputs("CSV is what `rackmeter import` reads; it is of a device or a rack, from a time on.\n"
	      "A new database holds nothing of anybody else: no name, address or figure. It is "
	      "read "
	      "hour\nby hour in short transactions, so the daemon may run; the hour that is not "
	      "over "
	      "holds what\nhas come so far. It appears when it is whole.\n"
	      "Exit: 0 done, 2 nothing was written.\n",
	      f);
}

static const struct command export_command = {
	.name = "db export",
	.usage = "Usage: rackmeter db export --sqlite NEW.db [options]\n"
		 "       rackmeter db export --device D | --rack R --from TIME [options]\n",
	.options = export_options,
	.more = export_more,
};

/* 0, or the exit status of wrong usage. */
static int export_check(const struct export_values *v)
{
	const struct db_export *w = &v->what;
	int chosen = !!w->tenant + !!w->hall + !!w->rack + !!w->device;

	if (chosen > 1)
		return command_usage_error(&export_command,
					   "say one of --tenant, --hall, --rack and --device");
	if (v->format && strcmp(v->format, "csv") != 0)
		return command_usage_error(&export_command, "--format %s: use csv", v->format);
	if (w->sqlite) {
		const char *csv = w->output     ? "--output"
				  : w->part     ? "--part"
				  : w->quantity ? "--quantity"
				  : v->format   ? "--format"
						: NULL;
		return csv ? command_usage_error(&export_command, "%s is for CSV, not for --sqlite",
						 csv)
			   : 0;
	}
	if (!w->device == !w->rack)
		return command_usage_error(&export_command,
					   "say --device D or --rack R, or --sqlite NEW.db");
	if (!w->from)
		return command_usage_error(&export_command, "say --from TIME");
	return 0;
}

int db_export_run(int argc, char **argv)
{
	struct export_values v = { 0 };
	struct err err = { "" };
	const char *word;
	int rc = option_parse(&export_command, argc, argv, &v, &word);

	if (rc)
		return rc < 0 ? 0 : rc;
	if (word)
		return command_usage_error(&export_command, "unknown argument %s", word);
	rc = export_check(&v);
	if (rc)
		return rc;
	char *path = command_database(v.db, v.dir);
	struct db *file = NULL;
	if (path)
		file = db_open_read(path, &err);
	else
		err_set(&err, "no database is named: use --db FILE");
	rc = file && !common_zone(file, wall_s(clock_wall()), &err) &&
			     !db_export(file, &v.what, &err)
		     ? 0
		     : 2;
	if (rc)
		fprintf(stderr, "rackmeter db: %s\n", err.text);
	db_close(file);
	free(path);
	return rc;
}

static void tell(const char *from, bool dry, const struct fill_result *r)
{
	if (r->late.changed)
		printf("%s: %" PRIu64 " values of %" PRIu64 " hours %s\n", from, r->late.changed,
		       r->hours, dry ? "would be filled in" : "filled in");
	else
		printf("%s: nothing changed: it has nothing that is missing here\n", from);
	if (r->unknown_series)
		printf("%" PRIu64 " of its series are not here and were left out\n",
		       r->unknown_series);
	if (r->skipped_hours)
		printf("%" PRIu64 " hours were left out: not finished here, or past their "
		       "retention\n",
		       r->skipped_hours);
	if (r->rounded)
		printf("%" PRIu64 " values are rounded to the steps of their series\n", r->rounded);
	if (r->late.transactions)
		printf("%" PRIu64 " transactions, the longest of %.1f ms\n", r->late.transactions,
		       (double)r->late.us_max / 1000);
}

struct fill_values {
	const char *db, *dir, *from;
	bool dry;
};

static const struct option fill_options[] = {
	{ "--from", "OTHER.db", "the second collector's database",
	  offsetof(struct fill_values, from), 0 },
	{ "--dry-run", NULL, "only say what would happen", offsetof(struct fill_values, dry), 0 },
	{ "--db", "FILE", "the database", offsetof(struct fill_values, db), 0 },
	{ "--dir", "DIR", "the configuration whose database it is",
	  offsetof(struct fill_values, dir), 0 },
	{ NULL, NULL, NULL, 0, 0 },
};

static void fill_more(FILE *f)
{
	fputs("Only hours that are over, only where nothing is stored here. While the daemon runs: "
	      "yes.\nExit: 0 done, 2 one of the databases cannot be used.\n",
	      f);
}

static const struct command fill_command = {
	.name = "db fill",
	.usage = "Usage: rackmeter db fill --from OTHER.db [options]\n",
	.options = fill_options,
	.more = fill_more,
};

int db_fill_run(int argc, char **argv)
{
	struct fill_values v = { 0 };
	struct fill_result result = { 0 };
	struct err err = { "" };
	const char *word;
	int rc = option_parse(&fill_command, argc, argv, &v, &word);

	if (rc)
		return rc < 0 ? 0 : rc;
	if (word)
		return command_usage_error(&fill_command, "unknown argument %s", word);
	if (!v.from)
		return command_usage_error(&fill_command, "say --from OTHER.db");
	char *path = command_database(v.db, v.dir);
	struct db *file = NULL, *other = NULL;
	if (path)
		file = db_open_maintain(path, &err);
	else
		err_set(&err, "no database is named: use --db FILE");
	if (file)
		other = db_open_read(v.from, &err);
	rc = other && !fill(file, other, wall_s(clock_wall()), v.dry, &result, &err) ? 0 : 2;
	if (!rc)
		tell(v.from, v.dry, &result);
	else
		fprintf(stderr, "rackmeter db: %s\n", err.text);
	db_close(other);
	db_close(file);
	free(path);
	return rc;
}
