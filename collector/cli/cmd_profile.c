/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter profile`: is a profile right, which are there, and what does one say. For
 * people who write one, so lint tells everything in one run and show prints the
 * profile as it was understood, not as it was written.
 */
#include "cli/command.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "cli/profile_arg.h"
#include "cli/profile_new.h"
#include "cli/profile_test.h"
#include "cli/rule_print.h"
#include "inventory/profile.h"

struct options {
	struct option_list dirs;
	const char *fixtures;
	bool verbose;
	struct profile_new draft;
};

#define AT(member) offsetof(struct options, member)
#define PROFILES                                                                                \
	{ "--profiles", "DIR...", "folders with profiles, before those that are always read",   \
	  AT(dirs), 0 }

static const struct option set_options[] = { PROFILES, OPTION_END };
static const struct option test_options[] = {
	{ "--fixtures", "DIR",
	  "where fixtures are; else beside the profile, else in tests/fixtures/devices of the "
	  "sources", AT(fixtures), 0 },
	{ "--verbose", NULL, "every row, not only the wrong ones", AT(verbose), 0 },
	PROFILES,
	OPTION_END,
};
static const struct option new_options[] = {
	{ "--from-walk", "FILE", "an .snmprec file, or what snmpwalk -On printed", AT(draft.walk),
	  0 },
	{ "--mibs", "FILE|DIR...", "MIB files for names, before those of net-snmp", AT(draft.mibs),
	  0 },
	{ "--name", "NAME", "of the profile; else after the file", AT(draft.name), 0 },
	{ "--under", "OID", "what is drafted; else the device's enterprise", AT(draft.under), 0 },
	OPTION_END,
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static struct profile_set *load_set(const struct options *options, bool *ret_failed)
{
	struct diag diag = { 0 };
	size_t n;
	const char **dirs = profile_default_dirs(options->dirs.value, options->dirs.n, &n);
	struct profile_set *set = profile_set_load(dirs, n, &diag);

	diag_sort(&diag);
	diag_print(&diag, stderr);
	*ret_failed = diag.n_errors > 0;
	diag_done(&diag);
	if (profile_set_size(set) == 0) {
		fprintf(stderr, "rackmeter profile: no profiles in");
		for (size_t i = 0; i < n; i++)
			fprintf(stderr, " %s", dirs[i]);
		fprintf(stderr, "; name their folder with --profiles\n");
		*ret_failed = true;
	}
	free(dirs);
	return set;
}

/* Named files, and what they have to do with the other profiles; without files those alone. */
static int lint(const struct options *options, int argc, char **argv)
{
	struct diag diag = { 0 }, others = { 0 };
	bool failed = false;
	struct profile_set *set;

	if (argc == 0) {
		set = load_set(options, &failed);
	} else { /* what is wrong with the others is not asked for */
		size_t n;
		const char **dirs =
			profile_default_dirs(options->dirs.value, options->dirs.n, &n);
		set = profile_set_load(dirs, n, &others);
		free(dirs);
		diag_done(&others);
	}
	for (int i = 0; i < argc; i++) {
		struct profile *profile = profile_load(argv[i], &diag);
		if (profile == NULL)
			continue;
		printf("%s: %zu point%s, %zu fact%s, no errors\n", argv[i], profile->n_points,
		       plural(profile->n_points), profile->n_facts, plural(profile->n_facts));
		profile_set_put(set, profile);
	}
	profile_set_check(set, &diag);
	diag_sort(&diag);
	diag_print(&diag, stderr);
	failed |= diag.n_errors > 0;
	if (argc == 0 && !failed)
		printf("%zu profiles, no errors\n", profile_set_size(set));
	diag_done(&diag);
	profile_set_free(set);
	return failed ? 1 : 0;
}

/* Profiles by name or file; all there are when none is named. */
static int test(const struct options *options, int argc, char **argv)
{
	bool failed;
	struct profile_set *set = load_set(options, &failed);
	struct diag diag = { 0 };

	if (argc > 0)
		failed = false;
	profile_test_head();
	for (size_t i = 0; argc == 0 && i < profile_set_size(set); i++) {
		const struct profile *p = profile_set_at(set, i);
		failed |= profile_test(set, p, options->fixtures, options->verbose) < 0;
	}
	for (int i = 0; i < argc; i++) {
		struct profile *file;
		const struct profile *p = profile_arg(argv[i], set, &file, &diag);

		if (p)
			failed |= profile_test(set, p, options->fixtures, options->verbose) < 0;
		else if (!profile_arg_is_file(argv[i]))
			fprintf(stderr,
				"rackmeter profile: there is no profile '%s'; `rackmeter profile "
				"list` names them\n",
				argv[i]);
		failed |= p == NULL;
		profile_free(file);
	}
	diag_print(&diag, stderr);
	diag_done(&diag);
	profile_set_free(set);
	return failed ? 1 : 0;
}

static int list(const struct options *options)
{
	bool failed;
	struct profile_set *set = load_set(options, &failed);

	for (size_t i = 0; i < profile_set_size(set); i++) {
		const struct profile *p = profile_set_at(set, i);
		printf("%-20s %-9s %-6s %s\n", p->name, p->category,
		       p->protocol == PROFILE_SNMP ? "snmp" : "modbus", p->title);
	}
	profile_set_free(set);
	return failed ? 1 : 0;
}

static void print_scale(const struct profile_point *p)
{
	printf("  x %" PRId64, p->scale.mul);
	if (p->scale.div != 1)
		printf("/%" PRId64, p->scale.div);
	if (p->scale.add != 0)
		printf(" %+g", p->scale.add);
	if (p->scale_column.words_n)
		printf(" x %s %u",
		       p->scale_column.exponent ? "10^register"
		       : p->scale_column.digits ? "10^-register"
						: "register",
		       p->scale_column.address);
	if (p->scale_column.exponent && p->scale_column.column.n)
		printf(" x 10^exponent");
	else if (p->scale_column.column.n)
		printf(p->scale_column.digits ? " x 10^-digits" : " x the device's own");
	if (p->scale_more.column.n)
		printf(p->scale_more.digits ? " x 10^-digits" : " x the device's own");
	printf(" %s", p->quantity->unit);
}

/* A state or a bit; that it is ok goes without saying. */
static void print_named(int64_t value, const char *name, enum severity severity)
{
	bool told = severity != SEVERITY_OK;

	printf("      %" PRId64 " %s%s%s%s\n", value, name, told ? " [" : "",
	       told ? severity_name(severity) : "", told ? "]" : "");
}

static void print_point(const struct profile *profile, const struct profile_point *p)
{
	static const char *const types[] = {
		[RAW_INTEGER] = "integer", [RAW_U16] = "u16",   [RAW_S16] = "s16",
		[RAW_U32] = "u32",         [RAW_S32] = "s32",   [RAW_U64] = "u64",
		[RAW_S64] = "s64",         [RAW_F32] = "f32",   [RAW_F64] = "f64",
		[RAW_TEXT] = "text", [RAW_LEADING] = "leading",       [RAW_PF4Q] = "pf4q",
	};
	static const char *const orders[] = {
		[WORDS_MSW_FIRST] = "",
		[WORDS_LSW_FIRST] = " lsw_first",
		[WORDS_MSW_FIRST_SWAPPED] = " msw_first_swapped",
		[WORDS_LSW_FIRST_SWAPPED] = " lsw_first_swapped",
	};
	char oid[400];

	printf("  %-24s %-20s ", p->part, p->quantity->name);
	if (profile->protocol == PROFILE_MODBUS) {
		printf("%s %u", profile_table_name(p->function), p->address);
		if (!profile_point_is_bits(p))
			printf(" %s%s", types[p->type], orders[p->word_order]);
		if (p->bit_count)
			printf(" bits %d..%d", p->bit_first, p->bit_first + p->bit_count - 1);
	} else {
		printf("%s", oid_format(&p->oid, oid, sizeof(oid)));
		for (size_t i = 0; i < p->n_index; i++) {
			if (p->index[i] < 0)
				printf(".*");
			else
				printf(".%" PRId64, p->index[i]);
		}
	}
	if (!profile_point_is_named(p))
		print_scale(p);
	if (p->main)
		printf("  main");
	if (p->phase)
		printf("  phase %d", p->phase);
	if (p->fallback)
		printf("  fallback");
	if (p->every_s)
		printf("  every %d s", p->every_s);
	printf("  (%s)\n", p->source);
	for (size_t i = 0; i < p->n_states; i++)
		print_named(p->states[i].value, p->states[i].name, p->states[i].severity);
	for (size_t i = 0; i < p->n_flags; i++)
		print_named(p->flags[i].bit, p->flags[i].name, p->flags[i].severity);
}

static void print_fact(const struct profile *profile, const struct profile_fact *f)
{
	printf("  %-24s ", f->key);
	if (profile->protocol == PROFILE_MODBUS)
		printf("%s %d..%d  ", profile_table_name(f->function), f->address,
		       f->address + f->words_n - 1);
	printf("(%s)\n", f->source);
}

static void show_one(const struct profile *p)
{
	printf("%s: %s\n  vendor %s, category %s, file %s\n", p->name, p->title, p->vendor,
	       p->category, p->file);
	if (p->protocol == PROFILE_SNMP)
		printf("  SNMP: %d varbinds per request, %d max-repetitions, %d ms between "
		       "requests\n",
		       p->varbinds, p->max_repetitions, p->delay_ms);
	else
		printf("  Modbus: %d registers per request, gaps up to %d, %d ms between "
		       "requests%s\n",
		       p->words_per_block, p->gap_words, p->delay_ms,
		       p->close ? ", no connection between polls" : "");
	if (p->baud)
		printf("  delivered with baud=%d\n", p->baud);
	if (p->parity)
		printf("  delivered with parity=%s\n", p->parity == 'N'	? "none"
							: p->parity == 'E' ? "even"
									   : "odd");
	for (size_t i = 0; i < p->n_rules; i++) {
		char rule[600];

		rule_print(&p->rules[i], p->standard > 0, rule, sizeof(rule));
		printf("recognised when %s\n", rule);
	}
	printf("facts\n");
	for (size_t i = 0; i < p->n_facts; i++)
		print_fact(p, &p->facts[i]);
	printf("points\n");
	for (size_t i = 0; i < p->n_points; i++)
		print_point(p, &p->points[i]);
}

static int show(const struct options *options, int n, char **names)
{
	bool failed;
	struct profile_set *set = load_set(options, &failed);
	int r = 0;

	for (int i = 0; i < n; i++) {
		const struct profile *p = profile_set_get(set, names[i]);

		if (p) {
			show_one(p);
			continue;
		}
		fprintf(stderr,
			"rackmeter profile: there is no profile '%s'; `rackmeter profile list` "
			"names them\n",
			names[i]);
		r = 1;
	}
	profile_set_free(set);
	return r;
}

static int run_lint(int argc, char **argv);
static int run_test(int argc, char **argv);
static int run_new(int argc, char **argv);
static int run_list(int argc, char **argv);
static int run_show(int argc, char **argv);

#define OF    .of = "rackmeter profile"
#define EXITS "0 done\n1 no profile could be read\n2 wrong usage"

static const struct command lint_command = {
	OF,
	.name = "lint",
	.summary = "check profiles: every problem with file, line and column",
	.words = "[FILE]...",
	.about = "Without FILE all that there are. Two profiles that claim the same device are a "
		 "problem, too.",
	.options = set_options,
	.exits = "0 no problem\n1 there are problems\n2 wrong usage",
	.run = run_lint,
};
static const struct command test_command = {
	OF,
	.name = "test",
	.summary = "check profiles against recorded devices",
	.words = "[PROFILE]...",
	.about = "PROFILE is a name or a file; without one all that there are. Reads the fixtures "
		 "NAME.csv and NAME-*.csv of a profile.",
	.options = test_options,
	.exits = "0 every row is right\n1 a row is wrong, or there is no fixture\n2 wrong usage",
	.run = run_test,
};
static const struct command new_command = {
	OF,
	.name = "new",
	.summary = "draft a profile from a walk of a device, each guess marked",
	.usage = "--from-walk FILE [OPTIONS]",
	.options = new_options,
	.exits = "0 done\n1 the walk could not be read\n2 wrong usage",
	.run = run_new,
};
static const struct command list_command = {
	OF,
	.name = "list",
	.summary = "the profiles: name, category, protocol, title",
	.options = set_options,
	.exits = EXITS,
	.run = run_list,
};
static const struct command show_command = {
	OF,
	.name = "show",
	.summary = "a profile as it was understood",
	.words = "PROFILE...",
	.options = set_options,
	.exits = EXITS,
	.run = run_show,
};

static int run_lint(int argc, char **argv)
{
	struct options o = { 0 };
	int n, r = option_parse(&lint_command, argc, argv, &o, &n);

	if (r)
		return r < 0 ? 0 : r;
	return lint(&o, n, argv + 1);
}

static int run_test(int argc, char **argv)
{
	struct options o = { 0 };
	int n, r = option_parse(&test_command, argc, argv, &o, &n);

	if (r)
		return r < 0 ? 0 : r;
	return test(&o, n, argv + 1);
}

static int run_new(int argc, char **argv)
{
	struct options o = { 0 };
	int n, r = option_parse(&new_command, argc, argv, &o, &n);

	if (r)
		return r < 0 ? 0 : r;
	if (!o.draft.walk)
		return command_usage_error(&new_command, "say --from-walk FILE");
	return profile_new(&o.draft);
}

static int run_list(int argc, char **argv)
{
	struct options o = { 0 };
	int n, r = option_parse(&list_command, argc, argv, &o, &n);

	if (r)
		return r < 0 ? 0 : r;
	return list(&o);
}

static int run_show(int argc, char **argv)
{
	struct options o = { 0 };
	int n, r = option_parse(&show_command, argc, argv, &o, &n);

	if (r)
		return r < 0 ? 0 : r;
	if (!n)
		return command_usage_error(&show_command, "say which profile; `rackmeter profile "
							  "list` names them");
	return show(&o, n, argv + 1);
}

const struct command cmd_profile = {
	.name = "profile",
	.summary = "draft, check, test, list and show device profiles",
	.about = "Profiles are read from the folders given with --profiles, then "
		 "$RACKMETER_PROFILES, then those of the installation; the first that has a name "
		 "wins.",
	.below = (const struct command *const[]){ &lint_command, &test_command, &new_command,
						  &list_command, &show_command, NULL },
};
