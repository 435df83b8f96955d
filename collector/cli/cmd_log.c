/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter log`: the operating log of a site as a person on call writes it: one line more in
 * log.csv, one end moved, what is announced. What a line means is checked by loading the whole
 * configuration with it, so that no line is written that the daemon would refuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "cli/command.h"
#include "cli/log_edit.h"
#include "config/settings.h"

extern const struct command cmd_log;

struct options {
	const char *dir, *db, *from, *to, *lasting, *at, *quantity, *value, *unit, *ref, *who,
		*note;
	bool all, no_reload;
};

#define AT(member) offsetof(struct options, member)
#define REF        { "--ref", "TEXT", "the number of a change or a work order", AT(ref), 0 }
#define NO_RELOAD  { "--no-reload", NULL, "do not tell rackmeterd", AT(no_reload), 0 }
#define DB         { "--db", "FILE", "the database that names the daemon", AT(db), 0 }

static const struct option add_options[] = {
	{ "--from", "TIME", "when it begins; now unless told", AT(from), 0 },
	{ "--to", "TIME", "when it ends: this or --for", AT(to), 0 },
	{ "--for", "DURATION", "how long it takes, as 30m or 8h", AT(lasting), 0 },
	{ "--quantity", "QUANTITY", "what a factor, a reading or an estimate is of; *: all",
	  AT(quantity), 0 },
	{ "--value", "VALUE", "the factor, LAST/FIRST readings of a replaced meter, the estimate",
	  AT(value), 0 },
	{ "--unit", "UNIT", "of the value, as kWh", AT(unit), 0 },
	REF,
	{ "--note", "TEXT", "what a reader should know", AT(note), 0 },
	{ "--who", "NAME", "who says so (you)", AT(who), 0 },
	NO_RELOAD,
	OPTION_DIR(AT(dir)),
	DB,
	OPTION_END,
};
static const struct option end_options[] = {
	{ "--at", "TIME", "when it ended; now unless told", AT(at), 0 },
	REF,
	NO_RELOAD,
	OPTION_DIR(AT(dir)),
	DB,
	OPTION_END,
};
static const struct option list_options[] = {
	{ "--all", NULL, "those that are over, too", AT(all), 0 },
	REF,
	OPTION_DIR(AT(dir)),
	OPTION_END,
};

static void print_problems(const char *what, const struct diag *diag)
{
	diag_print(diag, stderr);
	fprintf(stderr, "rackmeter log: %s\n", what);
}

/* ---- times --------------------------------------------------------------- */

static int read_time(const char *option, const char *text, int64_t now, int64_t *ret)
{
	struct err err;

	if (!strcmp(text, "now")) {
		*ret = now;
		return 0;
	}
	if (zone_parse(text, ret, &err) == 0)
		return 0;
	return command_usage_error(&cmd_log, "%s %s", option, err.text);
}

static int read_span(const struct options *o, int64_t now, int64_t *ret_from, int64_t *ret_to)
{
	int64_t seconds;
	int r = read_time("--from", o->from ? o->from : "now", now, ret_from);

	if (r)
		return r;
	if (!o->to == !o->lasting)
		return command_usage_error(
			&cmd_log, o->to ? "use one of --to and --for"
					: "an entry without an end is not allowed: add --to "
					  "2026-11-04T06:00 or --for 8h; when it is over sooner, "
					  "`rackmeter log end` says so, when it takes longer, add "
					  "another entry");
	if (o->to)
		return read_time("--to", o->to, now, ret_to);
	if (text_to_seconds(o->lasting, &seconds) < 0 || seconds <= 0)
		return command_usage_error(&cmd_log, "--for %s is not a duration: write 30m or 8h",
					   o->lasting);
	*ret_to = *ret_from + seconds;
	return 0;
}

/* ---- add ----------------------------------------------------------------- */

static int add(const struct options *o, int64_t now, const char *const *words)
{
	const char *kind = words[0], *scope = words[1], *id = words[2] ? words[2] : "";
	struct diag diag = { 0 };
	char from[40], to[40], user[64];
	int64_t from_s, to_s;
	struct err err;
	int r = read_span(o, now, &from_s, &to_s);

	if (r)
		return r;
	const struct csvedit_cell cells[] = {
		{ "from", zone_format_iso(from_s, from, sizeof(from)) },
		{ "to", zone_format_iso(to_s, to, sizeof(to)) },
		{ "scope", scope },
		{ "id", id },
		{ "kind", kind },
		{ "quantity", o->quantity ? o->quantity : "" },
		{ "value", o->value ? o->value : "" },
		{ "unit", o->unit ? o->unit : "" },
		{ "ref", o->ref ? o->ref : "" },
		{ "who", o->who ? o->who : command_user(user, sizeof(user)) },
		{ "note", o->note ? o->note : "" },
	};

	int lock = log_edit_lock(o->dir, &err);

	r = lock < 0
		    ? -1
		    : log_edit_add(o->dir, cells, sizeof(cells) / sizeof(*cells), now, &diag, &err);
	log_edit_unlock(lock);
	if (r < 0) {
		print_problems(err.text, &diag);
	} else {
		printf("%s %s%s%s, %s to %s: written to %s/log.csv\n", kind, scope, *id ? " " : "",
		       id, from, to, o->dir);
		if (!o->no_reload)
			log_edit_reload(o->dir, o->db);
	}
	diag_done(&diag);
	return r < 0 ? 1 : 0;
}

/* ---- list and end -------------------------------------------------------- */

static bool fits(const struct cfg_log *l, const struct options *o, const char *const *words)
{
	return (!words[0] || !strcmp(words[0], l->kind)) &&
	       (!words[1] || !strcmp(words[1], l->scope)) &&
	       (!words[2] || !strcmp(words[2], l->id)) && (!o->ref || !strcmp(o->ref, l->ref));
}

static void print_entry(const struct cfg_log *l, int64_t now)
{
	char from[64], to[64];

	printf("%-6s %s to %s  %s %s%s%s",
	       l->to <= now    ? "over"
	       : l->from > now ? "coming"
			       : "now",
	       zone_format(l->from, from, sizeof(from)), zone_format(l->to, to, sizeof(to)),
	       l->kind, l->scope, *l->id ? " " : "", l->id);
	if (*l->quantity || *l->value)
		printf(", %s%s%s%s%s", l->quantity, *l->quantity ? " " : "", l->value,
		       *l->unit ? " " : "", l->unit);
	if (*l->ref)
		printf(", %s", l->ref);
	if (*l->who)
		printf(", by %s", l->who);
	printf("%s%s (%s:%d)\n", *l->note ? ": " : "", l->note, l->src.file, l->src.line);
}

static int by_start(const void *pa, const void *pb)
{
	const struct cfg_log *const *a = pa, *const *b = pb;

	if ((*a)->from != (*b)->from)
		return (*a)->from < (*b)->from ? -1 : 1;
	return (*a)->src.line - (*b)->src.line;
}

static int list(const struct options *o, int64_t now, const char *const *words)
{
	struct diag diag = { 0 };
	struct config *config = config_load(o->dir, NULL, 0, &diag);
	const struct cfg_log **found = xcalloc(config->n_log + 1, sizeof(const struct cfg_log *));
	size_t n = 0;

	for (size_t i = 0; i < config->n_log; i++)
		if ((o->all || config->log[i].to > now) && fits(&config->log[i], o, words))
			found[n++] = &config->log[i];
	qsort(found, n, sizeof(*found), by_start);
	for (size_t i = 0; i < n; i++)
		print_entry(found[i], now);
	if (!n)
		printf("no entry %s%s\n", words[0] || o->ref ? "like that " : "",
		       o->all ? "in the log" : "is running or coming (--all: those that are over)");

	bool wrong = config->incomplete.log;

	if (wrong)
		print_problems("not all of the log could be read: correct it first", &diag);
	free(found);
	config_free(config);
	diag_done(&diag);
	return wrong ? 1 : 0;
}

/* The one entry that is meant; NULL: told why not. */
static const struct cfg_log *find_running(const struct config *config, const struct options *o,
					  int64_t at, const char *const *words)
{
	const struct cfg_log *found = NULL, *other = NULL, *coming = NULL;

	for (size_t i = 0; i < config->n_log; i++) {
		const struct cfg_log *l = &config->log[i];

		if (!fits(l, o, words) || l->to <= at)
			continue;
		if (l->from >= at) {
			coming = l;
			continue;
		}
		other = found;
		found = l;
		if (other)
			break;
	}
	if (found && !other)
		return found;
	if (other)
		fprintf(stderr,
			"rackmeter log: %s:%d and %s:%d are both meant: say more "
			"(rackmeter log end KIND SCOPE ID, --ref REF)\n",
			other->src.file, other->src.line, found->src.file, found->src.line);
	else if (coming)
		fprintf(stderr,
			"rackmeter log: %s:%d has not begun by then: what never was needs no end; "
			"delete that line and reload rackmeterd\n",
			coming->src.file, coming->src.line);
	else
		fprintf(stderr, "rackmeter log: no such entry is running then: `rackmeter log "
				"list` shows those there are\n");
	return NULL;
}

/* With the lock held, so that the line is where it was read. */
static int end_locked(const struct options *o, int64_t at, const char *const *words)
{
	struct diag diag = { 0 };
	struct config *config = config_load(o->dir, NULL, 0, &diag);
	const struct cfg_log *l = NULL;
	struct err err;
	char to[64];
	int r = 1;

	if (config->incomplete.log)
		print_problems("not all of the log could be read: correct it first", &diag);
	else
		l = find_running(config, o, at, words);
	if (l && log_edit_end(o->dir, l, at, &err) < 0) {
		fprintf(stderr, "rackmeter log: %s\n", err.text);
	} else if (l) {
		printf("%s %s%s%s ends %s: written to %s/%s\n", l->kind, l->scope,
		       *l->id ? " " : "", l->id, zone_format(at, to, sizeof(to)), o->dir,
		       l->src.file);
		r = 0;
	}
	config_free(config);
	diag_done(&diag);
	return r;
}

static int end(const struct options *o, int64_t now, const char *const *words)
{
	struct err err;
	int64_t at;
	int r = read_time("--at", o->at ? o->at : "now", now, &at), lock;

	if (r)
		return r;
	lock = log_edit_lock(o->dir, &err);
	if (lock < 0) {
		fprintf(stderr, "rackmeter log: %s\n", err.text);
		return 1;
	}
	r = end_locked(o, at, words);
	log_edit_unlock(lock);
	if (!r && !o->no_reload)
		log_edit_reload(o->dir, o->db);
	return r;
}

/* ---- the command --------------------------------------------------------- */

/* Times are read in the site's zone, which settings_read() switches to. */
static int use_zone(const char *dir)
{
	struct settings settings;
	struct diag diag = { 0 };

	command_settings(dir, &settings, &diag);

	int r = diag.n_errors ? 1 : 0;

	if (r)
		print_problems("the site's time zone is not known before rackmeter.yaml is right",
			       &diag);
	settings_done(&settings);
	diag_done(&diag);
	return r;
}

/* Reads the options of one of the three; the words then stand in words[0..2], NULL where there is
 * none. 0, or what option_parse() says. */
static int parse(const struct command *command, int argc, char **argv, struct options *o,
		 const char **words)
{
	int n, r = option_parse(command, argc, argv, o, &n);

	for (int i = 0; r == 0 && i < n; i++)
		words[i] = argv[1 + i];
	if (!o->dir)
		o->dir = command_config_dir();
	return r;
}

static int run_verb(const struct command *command, int argc, char **argv,
		    int (*verb)(const struct options *o, int64_t now, const char *const *words))
{
	const char *words[3] = { NULL };
	struct options o = { 0 };
	int r = parse(command, argc, argv, &o, words);

	if (r)
		return r < 0 ? 0 : r;
	if (verb == add && !words[1])
		return command_usage_error(command,
					   "say what it is and where: add planned circuit BUS-3A");
	int64_t now = wall_s(clock_wall());

	r = use_zone(o.dir);
	return r ? r : verb(&o, now, words);
}

static int run_add(int argc, char **argv);
static int run_end(int argc, char **argv);
static int run_list(int argc, char **argv);

#define EXITS "0 done\n1 refused, and why\n2 wrong usage"

static const struct command add_command = {
	.of = "rackmeter log",
	.name = "add",
	.summary = "write an entry",
	.words = "KIND SCOPE [ID]",
	.usage = "KIND SCOPE [ID] --for DURATION [OPTIONS]\n"
		 "KIND SCOPE [ID] [--from TIME] --to TIME [OPTIONS]",
	.about = "Writes one line to log.csv, which is made when it is not there, and has the "
		 "running rackmeterd read it. Nothing is written when anything is wrong.\n"
		 "\n"
		 "  KIND   planned replaced factor bad estimate test note\n"
		 "  SCOPE  site hall row rack circuit device channel tenant\n"
		 "  ID     which one; of a channel \"BCM-3A/branch 1\"\n"
		 "  TIME   now, 2026-11-03T22:00 (the site's time), 2026-11-03T22:00+01:00",
	.options = add_options,
	.exits = EXITS,
	.run = run_add,
};

static const struct command end_command = {
	.of = "rackmeter log",
	.name = "end",
	.summary = "end an entry that is running",
	.words = "[KIND] [SCOPE] [ID]",
	.about = "Moves the end of the one entry that is running and is like that.",
	.options = end_options,
	.exits = EXITS,
	.run = run_end,
};

static const struct command list_command = {
	.of = "rackmeter log",
	.name = "list",
	.summary = "entries that are running or coming",
	.words = "[KIND] [SCOPE] [ID]",
	.about = "Lists entries in the order of their start, with the file and line of each.",
	.options = list_options,
	.exits = "0 done\n1 not all of the log could be read\n2 wrong usage",
	.run = run_list,
};

static int run_add(int argc, char **argv)
{
	return run_verb(&add_command, argc, argv, add);
}

static int run_end(int argc, char **argv)
{
	return run_verb(&end_command, argc, argv, end);
}

static int run_list(int argc, char **argv)
{
	return run_verb(&list_command, argc, argv, list);
}

const struct command cmd_log = {
	.name = "log",
	.summary = "the operating log: planned work, replaced meters, bad data",
	.about = "What happened at the site, for reports and alarms to know: entries of log.csv.\n"
		 "\n"
		 "  rackmeter log add planned circuit BUS-3A --for 8h --ref CHG-1234\n"
		 "  rackmeter log add replaced device UTIL-1-M --from 2026-09-01T08:10 --for 15m\n"
		 "                    --quantity energy --value 1204.6/0 --unit MWh\n"
		 "  rackmeter log end planned circuit BUS-3A",
	.below = (const struct command *const[]){ &add_command, &end_command, &list_command, NULL },
};
