/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter log`: the operating log of a site as a person on call writes it: one line more in
 * log.csv, one end moved, what is announced. What a line means is checked by loading the whole
 * configuration with it, so that no line is written that the daemon would refuse.
 */
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	const struct passwd *pw = getpwuid(geteuid());
	const char *kind = words[0], *scope = words[1], *id = words[2] ? words[2] : "";
	struct diag diag = { 0 };
	char from[40], to[40];
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
		{ "who", o->who ? o->who
			 : pw   ? pw->pw_name
				: "" },
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
	char *yaml = xasprintf("%s/rackmeter.yaml", dir);
	struct settings settings = { 0 };
	struct diag diag = { 0 };
	struct yamldoc *doc = yamldoc_open(yaml, "rackmeter.yaml", &diag);

	settings_read(doc, dir, &settings, &diag);

	int r = diag.n_errors ? 1 : 0;

	if (r)
		print_problems("the site's time zone is not known before rackmeter.yaml is right",
			       &diag);
	settings_done(&settings);
	yamldoc_free(doc);
	diag_done(&diag);
	free(yaml);
	return r;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "db", required_argument, NULL, 'b' },
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' },
		{ "for", required_argument, NULL, 'l' },
		{ "at", required_argument, NULL, 'a' },
		{ "quantity", required_argument, NULL, 'q' },
		{ "value", required_argument, NULL, 'v' },
		{ "unit", required_argument, NULL, 'u' },
		{ "ref", required_argument, NULL, 'r' },
		{ "who", required_argument, NULL, 'w' },
		{ "note", required_argument, NULL, 'n' },
		{ "all", no_argument, NULL, 'A' },
		{ "no-reload", no_argument, NULL, 'R' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'd': o->dir = optarg; break;
		case 'b': o->db = optarg; break;
		case 'f': o->from = optarg; break;
		case 't': o->to = optarg; break;
		case 'l': o->lasting = optarg; break;
		case 'a': o->at = optarg; break;
		case 'q': o->quantity = optarg; break;
		case 'v': o->value = optarg; break;
		case 'u': o->unit = optarg; break;
		case 'r': o->ref = optarg; break;
		case 'w': o->who = optarg; break;
		case 'n': o->note = optarg; break;
		case 'A': o->all = true; break;
		case 'R': o->no_reload = true; break;
		default:
			return command_usage_error(&cmd_log,
						   "%s is not understood or lacks its value",
						   argv[optind - 1]);
		}
	}
	return 0;
}

/* Which options the verb has no use for. */
static const char *misplaced(const struct options *o, char verb)
{
	bool add_only = o->from || o->to || o->lasting || o->quantity || o->value || o->unit ||
			o->who || o->note;

	if (verb != 'a' && add_only)
		return "--from, --to, --for, --quantity, --value, --unit, --who and --note belong "
		       "to add";
	if (verb != 'e' && o->at)
		return "--at belongs to end";
	if (verb != 'l' && o->all)
		return "--all belongs to list";
	if (verb == 'l' && (o->no_reload || o->db))
		return "list reads the files only: --db and --no-reload belong to add and end";
	return NULL;
}

static int run(int argc, char **argv)
{
	struct options o = { .dir = command_config_dir() };
	const char *words[4] = { NULL }, *verb = argc > 1 ? argv[1] : NULL, *wrong;

	if (!verb || (strcmp(verb, "add") && strcmp(verb, "end") && strcmp(verb, "list")))
		return command_usage_error(&cmd_log, "say what to do: add, end or list");
	int r = parse(argc - 1, argv + 1, &o);

	if (r)
		return r;
	int n = argc - 1 - optind;

	for (int i = 0; i < n && i < 4; i++)
		words[i] = argv[1 + optind + i];
	wrong = misplaced(&o, *verb);
	if (n > 3)
		return command_usage_error(&cmd_log, "%s is too much", words[3]);
	if (wrong)
		return command_usage_error(&cmd_log, "%s", wrong);
	if (*verb == 'a' && n < 2)
		return command_usage_error(&cmd_log,
					   "say what it is and where: add planned circuit BUS-3A");
	int64_t now = wall_s(clock_wall());

	r = use_zone(o.dir);
	if (r)
		return r;
	return *verb == 'a'   ? add(&o, now, words)
	       : *verb == 'e' ? end(&o, now, words)
			      : list(&o, now, words);
}

const struct command cmd_log = {
	.name = "log",
	.summary = "the operating log: planned work, replaced meters, bad data",
	.usage = "rackmeter log add KIND SCOPE [ID] [--from TIME] --to TIME | --for 8h\n"
		 "                  [--quantity Q] [--value V] [--unit U] [--ref R] [--note TEXT]\n"
		 "rackmeter log end [KIND [SCOPE [ID]]] [--ref R] [--at TIME]\n"
		 "rackmeter log list [KIND [SCOPE [ID]]] [--ref R] [--all]\n"
		 "\n"
		 "KIND   planned replaced factor bad estimate test note\n"
		 "SCOPE  site hall row rack circuit device channel tenant; ID names one, of a\n"
		 "       channel \"BCM-3A/branch 1\"\n"
		 "TIME   now, 2026-11-03T22:00 (the site's time), 2026-11-03T22:00+01:00\n"
		 "\n"
		 "add writes one line to log.csv, which is made when it is not there, and has the\n"
		 "running rackmeterd read it. Nothing is written when anything is wrong. end\n"
		 "moves the end of an entry that is running.\n"
		 "  rackmeter log add planned circuit BUS-3A --for 8h --ref CHG-1234\n"
		 "  rackmeter log add replaced device UTIL-1-M --from 2026-09-01T08:10 --for 15m\n"
		 "                  --quantity energy --value 1204.6/0 --unit MWh\n"
		 "  rackmeter log end planned circuit BUS-3A\n"
		 "\n"
		 "  --who NAME    who says so (you)\n"
		 "  --no-reload   do not tell rackmeterd\n"
		 "  --dir DIR     the configuration folder ($RACKMETER_CONFIG)\n"
		 "  --db FILE     the database that names the daemon\n"
		 "\n"
		 "Exit status: 0 done, 1 refused, 2 wrong usage.\n",
	.run = run,
};
