/* SPDX-License-Identifier: Apache-2.0 */
/* Options of rackmeter db export and db fill, and what fill tells; see db_late.h. */
#include "cli/db_late.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/db_export.h"
#include "report/common.h"
#include "store/civil.h"
#include "store/fill.h"

struct option {
	const char *name;
	const char **value; /* or */
	bool *flag;
};

/* 0, or the exit status of wrong usage. */
static int options_read(const struct command *db, const struct option *options, size_t n, int argc,
			char **argv)
{
	for (int i = 1; i < argc; i++) {
		const struct option *o = NULL;
		for (size_t k = 0; k < n; k++)
			if (!strcmp(argv[i], options[k].name))
				o = &options[k];
		if (!o)
			return command_usage_error(db, "%s: unknown argument %s", argv[0], argv[i]);
		if (o->flag) {
			*o->flag = true;
			continue;
		}
		if (i + 1 >= argc)
			return command_usage_error(db, "%s needs a value", argv[i]);
		*o->value = argv[++i];
	}
	return 0;
}

int db_export_run(const struct command *db, int argc, char **argv)
{
	struct db_export what = { 0 };
	const char *name = NULL, *dir = NULL, *format = NULL;
	const struct option options[] = {
		{ "--db", &name, NULL },
		{ "--dir", &dir, NULL },
		{ "--format", &format, NULL },
		{ "--device", &what.device, NULL },
		{ "--rack", &what.rack, NULL },
		{ "--part", &what.part, NULL },
		{ "--quantity", &what.quantity, NULL },
		{ "--from", &what.from, NULL },
		{ "--to", &what.to, NULL },
		{ "--output", &what.output, NULL },
	};
	struct err err = { "" };
	int rc = options_read(db, options, sizeof(options) / sizeof(*options), argc, argv);

	if (rc)
		return rc;
	if (!what.device == !what.rack)
		return command_usage_error(db, "export: say --device D or --rack R");
	if (!what.from)
		return command_usage_error(db, "export: say --from TIME");
	if (format && strcmp(format, "csv") != 0)
		return command_usage_error(db, "--format %s: use csv", format);
	char *path = command_database(name, dir);
	struct db *file = NULL;
	if (path)
		file = db_open_read(path, &err);
	else
		err_set(&err, "no database is named: use --db FILE");
	rc = file && !common_zone(file, wall_s(clock_wall()), &err) && !db_export(file, &what, &err)
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

int db_fill_run(const struct command *db, int argc, char **argv)
{
	const char *name = NULL, *dir = NULL, *from = NULL;
	bool dry = false;
	const struct option options[] = {
		{ "--db", &name, NULL },
		{ "--dir", &dir, NULL },
		{ "--from", &from, NULL },
		{ "--dry-run", NULL, &dry },
	};
	struct fill_result result = { 0 };
	struct err err = { "" };
	int rc = options_read(db, options, sizeof(options) / sizeof(*options), argc, argv);

	if (rc)
		return rc;
	if (!from)
		return command_usage_error(db, "fill: say --from OTHER.db");
	char *path = command_database(name, dir);
	struct db *file = NULL, *other = NULL;
	if (path)
		file = db_open_maintain(path, &err);
	else
		err_set(&err, "no database is named: use --db FILE");
	if (file)
		other = db_open_read(from, &err);
	int64_t now_s = wall_s(clock_wall());
	rc = other && !fill(file, other, now_s, dry, &result, &err) &&
			     (dry || !result.late.changed || !civil_fill(file, now_s, &err))
		     ? 0
		     : 2;
	if (!rc)
		tell(from, dry, &result);
	else
		fprintf(stderr, "rackmeter db: %s\n", err.text);
	db_close(other);
	db_close(file);
	free(path);
	return rc;
}
