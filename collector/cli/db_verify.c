/* SPDX-License-Identifier: Apache-2.0 */
/* Findings go to standard output, how far it is to the terminal; the last lines say what to do,
 * kind of finding by kind. */
#include "cli/db_verify.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/verify.h"

#define PROGRESS_US 500000

struct values {
	const char *db, *dir;
	bool quick;
};

static const struct option table[] = {
	{ "--quick", NULL,
	  "the file and what stands in its small tables only; no samples, rollups and gaps",
	  offsetof(struct values, quick), 0 },
	OPTION_DB(offsetof(struct values, db)),
	OPTION_DIR(offsetof(struct values, dir)),
	OPTION_END,
};

/* What to do about each kind. */
static const char *const advice[VERIFY_KINDS] = {
	[VERIFY_FILE] = "the file is damaged: stop rackmeterd, move the file away, put the latest "
			"backup in its place, and take over what the damaged one still holds with "
			"`rackmeter db fill --from DAMAGED-FILE`",
	[VERIFY_SAMPLES] =
		"samples were changed behind rackmeter's back, or the disk lies: restore "
		"a backup, or write the hour again with `rackmeter import --replace` from "
		"an export of a second collector or a backup",
	[VERIFY_ROLLUP] = "the samples are right, what was made of them is not: reports over these "
			  "hours mislead; restore a backup, or write the hour again with "
			  "`rackmeter db export` from this file and `rackmeter import --replace`",
	[VERIFY_HOUR] = "an hour is not what its finishing said: rows were removed or added by "
			"another program; restore a backup",
	[VERIFY_GAP] = "coverage and reasons of these hours are not to be trusted, the values are; "
		       "keep the file and report it",
	[VERIFY_STRAY] = "rows that no reader finds only take space: no figure is wrong; keep the "
			 "file and report it",
};

struct telling {
	bool terminal, line;
	int64_t told_us;
};

static void clear_line(struct telling *t)
{
	if (t->line)
		fputs("\r\033[K", stderr);
	t->line = false;
}

static void problem(void *user, enum verify_kind kind, const char *text)
{
	(void)kind;
	clear_line(user);
	printf("%s\n", text);
	fflush(stdout);
}

static void progress(void *user, const char *what, int64_t done, int64_t of)
{
	struct telling *t = user;
	int64_t now_us = clock_mono().us;

	if (!t->terminal || (t->told_us && now_us - t->told_us < PROGRESS_US))
		return;
	t->told_us = now_us;
	clear_line(t);
	t->line = true;
	if (of)
		fprintf(stderr, "%s: %" PRId64 " of %" PRId64 " (%" PRId64 " %%)", what, done, of,
			done * 100 / of);
	else
		fprintf(stderr, "%s ...", what);
	fflush(stderr);
}

/* 1: something was found. */
static int conclude(const char *path, const struct values *v, const struct verify_result *r)
{
	int64_t problems = 0;

	for (int i = 0; i < VERIFY_KINDS; i++) {
		problems += r->problems[i];
		if (r->problems[i] > VERIFY_TOLD)
			printf("and %" PRId64 " more of this kind: %s\n",
			       r->problems[i] - VERIFY_TOLD, advice[i]);
		else if (r->problems[i])
			printf("%" PRId64 " of this kind: %s\n", r->problems[i], advice[i]);
	}
	if (problems)
		printf("%s: %" PRId64 " finding%s\n", path, problems, problems == 1 ? "" : "s");
	else if (v->quick)
		printf("%s: fine; samples were not looked at (--quick)\n", path);
	else
		printf("%s: fine; %" PRId64 " hours, %" PRId64 " chunks hold what they say\n", path,
		       r->hours, r->chunks);
	return problems > 0;
}

static int run(int argc, char **argv)
{
	struct values v = { 0 };
	struct telling t = { .terminal = isatty(STDERR_FILENO) };
	struct verify_options options = { .problem = problem, .progress = progress, .user = &t };
	struct verify_result result;
	struct err err = { "" };
	int n, rc = option_parse(&db_verify, argc, argv, &v, &n);

	if (rc)
		return rc < 0 ? 0 : rc;
	options.quick = v.quick;
	struct db *db = command_open(v.db, v.dir, &err);
	rc = db ? verify(db, &options, &result, &err) : -1;
	clear_line(&t);
	if (rc)
		fprintf(stderr, "rackmeter db: %s\n", err.text);
	else
		rc = conclude(db_path(db), &v, &result);
	db_close(db);
	return rc < 0 ? 2 : rc;
}

const struct command db_verify = {
	.of = "rackmeter db",
	.name = "verify",
	.summary = "everything it holds against everything else",
	.about = "Every chunk against its statistics and its rolled-up rows, hours against their "
		 "samples, gaps against the grids, rows that belong to nothing; and what to do "
		 "about what it finds. The daemon may run; only the check of the file itself is "
		 "one long reading, during which the write-ahead log grows.",
	.options = table,
	.exits = "0 fine\n1 something was found\n2 the database cannot be read, or wrong usage",
	.run = run,
};
