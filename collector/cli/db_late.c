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
#include "report/common.h"
#include "store/civil.h"
#include "store/fill.h"

struct export_values {
	const char *db, *dir, *format;
	struct db_export what;
};

#define OF(member) offsetof(struct export_values, member)
static const struct option export_options[] = {
	{ "--sqlite", "FILE", "a new database of its own, which the same views and reports read",
	  OF(what.sqlite), 0 },
	{ "--tenant", "TENANT", "what stood in racks of the tenant, while they were the tenant's",
	  OF(what.tenant), 0 },
	{ "--hall", "HALL", "what stands in the hall", OF(what.hall), 0 },
	{ "--rack", "RACK", "what stands in the rack", OF(what.rack), 0 },
	{ "--device", "DEVICE", "one device", OF(what.device), 0 },
	{ "--from", "TIME", "the first second in it; with --sqlite: the first reading unless told",
	  OF(what.from), 0 },
	{ "--to", "TIME", "the first second not in it; now unless told", OF(what.to), 0 },
	{ "--part", "PART", "CSV: of one part only", OF(what.part), 0 },
	{ "--quantity", "QUANTITY", "CSV: of one quantity only", OF(what.quantity), 0 },
	{ "--output", "FILE", "CSV: where to; standard output unless told", OF(what.output), 0 },
	{ "--format", "csv", "the format without --sqlite", OF(format), 0 },
	OPTION_DB(OF(db)),
	OPTION_DIR(OF(dir)),
	OPTION_END,
};
#undef OF

/* 0, or the exit status of wrong usage. */
static int export_check(const struct export_values *v)
{
	const struct db_export *w = &v->what;
	int chosen = !!w->tenant + !!w->hall + !!w->rack + !!w->device;

	if (chosen > 1)
		return command_usage_error(&db_export_command,
					   "say one of --tenant, --hall, --rack and --device");
	if (w->sqlite) {
		const char *csv = w->output     ? "--output"
				  : w->part     ? "--part"
				  : w->quantity ? "--quantity"
				  : v->format   ? "--format"
						: NULL;
		return csv ? command_usage_error(&db_export_command,
						 "%s is for CSV, not for --sqlite", csv)
			   : 0;
	}
	if (!w->device == !w->rack)
		return command_usage_error(&db_export_command,
					   "say --device DEVICE or --rack RACK, or --sqlite FILE");
	if (!w->from)
		return command_usage_error(&db_export_command, "say --from TIME");
	return 0;
}

static int run_export(int argc, char **argv)
{
	struct export_values v = { 0 };
	struct err err = { "" };
	int n, rc = option_parse(&db_export_command, argc, argv, &v, &n);

	if (rc)
		return rc < 0 ? 0 : rc;
	rc = export_check(&v);
	if (rc)
		return rc;
	struct db *file = command_open(v.db, v.dir, &err);
	rc = file && !common_zone(file, wall_s(clock_wall()), &err) &&
			     !db_export(file, &v.what, &err)
		     ? 0
		     : 2;
	if (rc)
		fprintf(stderr, "rackmeter db: %s\n", err.text);
	db_close(file);
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
	{ "--from", "FILE", "the second collector's database",
	  offsetof(struct fill_values, from), 0 },
	{ "--dry-run", NULL, "only say what would happen", offsetof(struct fill_values, dry), 0 },
	OPTION_DB(offsetof(struct fill_values, db)),
	OPTION_DIR(offsetof(struct fill_values, dir)),
	OPTION_END,
};

static int run_fill(int argc, char **argv)
{
	struct fill_values v = { 0 };
	struct fill_result result = { 0 };
	struct err err = { "" };
	int n, rc = option_parse(&db_fill, argc, argv, &v, &n);

	if (rc)
		return rc < 0 ? 0 : rc;
	if (!v.from)
		return command_usage_error(&db_fill, "say --from FILE: the other database");
	char *path = command_database(v.db, v.dir);
	struct db *file = db_open_maintain(path, &err);
	struct db *other = file ? db_open_read(v.from, &err) : NULL;
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

const struct command db_export_command = {
	.of = "rackmeter db",
	.name = "export",
	.summary = "a part of it as a database of its own, or values as CSV",
	.usage = "--sqlite FILE [OPTIONS]\n--device DEVICE --from TIME [OPTIONS]\n"
		 "--rack RACK --from TIME [OPTIONS]",
	.about = "CSV is what `rackmeter import` reads; it is of a device or a rack, from a time "
		 "on. A new database holds nothing of anybody else: no name, address or figure. It "
		 "is read hour by hour in short transactions, so the daemon may run; the hour that "
		 "is not over holds what has come so far. It appears when it is whole.",
	.options = export_options,
	.exits = "0 done\n2 nothing was written, or wrong usage",
	.run = run_export,
};

const struct command db_fill = {
	.of = "rackmeter db",
	.name = "fill",
	.summary = "hours of a second collector, only where nothing is stored here",
	.usage = "--from FILE [OPTIONS]",
	.about = "Takes over from the database of a second collector, only hours that are over, "
		 "only where nothing is stored here. The daemon may run.",
	.options = fill_options,
	.exits = "0 done\n2 one of the databases cannot be used, or wrong usage",
	.run = run_fill,
};
