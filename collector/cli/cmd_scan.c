/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter scan: who is on these networks, as rows for devices.csv. It only reads; the file
 * it writes is its memory, so that it can be stopped and go on.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/scan_hosts.h"
#include "cli/scan_state.h"
#include "cli/scan_write.h"
#include "cli/site.h"
#include "cli/waiting.h"
#include "config/config.h"
#include "report/progress.h"

#define CREDENTIALS_MAX OPTION_LIST_MAX
#define EXIT_STOPPED    130

extern const struct command cmd_scan;

static volatile sig_atomic_t stop;

struct options {
	struct option_list names, communities;
	const char *dir, *output, *units;
	const char *timeout_text, *in_flight_text, *per_second_text, *snmp_port_text,
		*modbus_port_text;
	int64_t timeout_ms, in_flight, per_second, snmp_port, modbus_port;
	bool no_snmp, again;
};

struct run {
	struct scan_table *table;
	struct scan_state *state;
	size_t total, silent_before;
	bool again;
	struct err failed; /* a file could not be written */
};

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

#define AT(member) offsetof(struct options, member)

/* clang-format off */
static const struct option table[] = {
	{ "--output", "FILE", "where rows go, or go to the end of; standard output without it",
	  AT(output), 0 },
	{ "--credential", "CREDENTIAL...",
	  "of the configuration; tried in this order (all, where --dir is given)", AT(names), 0 },
	{ "--community", "TEXT...", "of SNMP v2c (public, without --dir); its column stays empty",
	  AT(communities), 0 },
	{ "--modbus", "UNITS", "these units of each address, too: 1..247 or 1,2,10..20", AT(units),
	  0 },
	{ "--no-snmp", NULL, "do not ask by SNMP", AT(no_snmp), 0 },
	{ "--port", "N", "of SNMP (161)", AT(snmp_port_text), 0 },
	{ "--modbus-port", "N", "of Modbus TCP (502)", AT(modbus_port_text), 0 },
	{ "--timeout", "DURATION", "of one request, which is sent twice: 500ms, 2s (1s)",
	  AT(timeout_text), 0 },
	{ "--at-once", "N", "addresses at a time (100)", AT(in_flight_text), 0 },
	{ "--rate", "N", "requests a second (200)", AT(per_second_text), 0 },
	{ "--again", NULL,
	  "ask all, what is known or was silent too; rows stay as they are, new ones are added",
	  AT(again), 0 },
	OPTION_DIR(AT(dir)),
	OPTION_END,
};
/* clang-format on */

static int parse(int argc, char **argv, struct options *o, int *ret_n)
{
	int r = option_parse(&cmd_scan, argc, argv, o, ret_n);

	if (r)
		return r;
	if (o->timeout_text && (text_to_ms(o->timeout_text, &o->timeout_ms) < 0 ||
				o->timeout_ms < 50 || o->timeout_ms > 60000))
		return command_usage_error(&cmd_scan, "--timeout %s: 50ms to 60s", o->timeout_text);
	if (option_number(&cmd_scan, "--at-once", o->in_flight_text, 1, 1000, &o->in_flight) ||
	    option_number(&cmd_scan, "--rate", o->per_second_text, 1, 10000, &o->per_second) ||
	    option_number(&cmd_scan, "--port", o->snmp_port_text, 1, 65535, &o->snmp_port) ||
	    option_number(&cmd_scan, "--modbus-port", o->modbus_port_text, 1, 65535,
			  &o->modbus_port))
		return 2;
	if (!*ret_n)
		return command_usage_error(&cmd_scan, "say where to look, like 10.1.18.0/24");
	if (o->no_snmp && !o->units)
		return command_usage_error(&cmd_scan, "--no-snmp leaves nothing to look for; say "
						      "which units with --modbus 1..10");
	return 0;
}

/* "1,5,10..20"; -1 when it is not. */
static int parse_units(const char *text, bool *units)
{
	char *copy = xstrdup(text), *rest = copy, *part;
	int r = 0;

	while (r == 0 && (part = strsep(&rest, ","))) {
		char *dots = strstr(part, "..");
		int64_t first, last;

		if (dots)
			*dots = '\0';
		if (text_to_i64(part, &first) < 0 ||
		    text_to_i64(dots ? dots + 2 : part, &last) < 0 || first < 0 || last < first ||
		    last > 255)
			r = -1;
		for (int64_t i = first; r == 0 && i <= last; i++)
			units[i] = true;
	}
	free(copy);
	return r;
}

/* ---- what the sweep tells -------------------------------------------------- */

static bool known(void *user, const char *endpoint)
{
	struct run *run = user;

	if (scan_state_knows(run->state, endpoint)) {
		run->silent_before++;
		return true;
	}
	return !run->again && scan_table_knows(run->table, endpoint);
}

static void silent(void *user, const char *endpoint)
{
	struct run *run = user;

	if (!stop && scan_state_add(run->state, endpoint, &run->failed) < 0)
		stop = 1;
}

static void found(void *user, const struct sweep_found *what)
{
	struct run *run = user;

	if (!stop && scan_table_add(run->table, what, &run->failed) < 0)
		stop = 1;
}

static void progress(void *user, size_t done)
{
	progress_tell(done, ((struct run *)user)->total);
}

static int failed(const char *what, const char *why)
{
	fprintf(stderr, "rackmeter scan: %s%s%s\n", what, *what ? ": " : "", why);
	return 1;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return text_hash_more(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* What was silent may answer to other credentials, or in more time. */
static uint64_t asked_with(const struct sweep_options *s)
{
	uint64_t hash = text_hash(&s->timeout_ms, sizeof(s->timeout_ms));

	for (size_t i = 0; i < s->n_credentials; i++) {
		const struct cfg_credential *c = s->credentials[i];

		hash = text_hash_more(hash, &c->snmp_version, sizeof(c->snmp_version));
		hash = text_hash_more(hash, &c->auth, sizeof(c->auth));
		hash = text_hash_more(hash, &c->priv, sizeof(c->priv));
		hash = hash_text(hash, c->community);
		hash = hash_text(hash, c->user);
		hash = hash_text(hash, c->auth_password);
		hash = hash_text(hash, c->priv_password);
		hash = hash_text(hash, c->context);
	}
	return hash;
}

static int sweep(const struct options *o, struct scan_hosts *hosts, struct sweep_options *s)
{
	struct run run = { .total = hosts->n, .again = o->again };
	struct sigaction action = { .sa_handler = on_signal };
	struct waiting *line = NULL;
	struct sweep_counts counts;
	struct err err = { "" };
	size_t rows, strangers;
	int r;

	run.table = scan_table_open(o->output, &err);
	if (!run.table)
		return failed("", err.text);
	run.state = scan_state_open(o->output, asked_with(s), o->again, &err);
	if (!run.state) {
		scan_table_free(run.table);
		return failed("", err.text);
	}
	stop = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	s->stop = &stop;
	s->known = known;
	s->found = found;
	s->silent = silent;
	s->progress = progress;
	s->user = &run;
	if (isatty(STDERR_FILENO))
		line = waiting_begin(stderr, "scan", 500);
	r = sweep_run(s, hosts->all, hosts->n, &counts, &err);
	waiting_end(line);
	scan_table_counts(run.table, &rows, &strangers);
	if (r < 0)
		r = failed("", err.text);
	else if (*run.failed.text)
		r = failed("", run.failed.text);
	else if (stop)
		r = EXIT_STOPPED;
	if (scan_table_text(run.table))
		fputs(scan_table_text(run.table), stdout);
	if (isatty(STDERR_FILENO) || r == EXIT_STOPPED)
		fprintf(stderr,
			"%s%zu new device%s, %zu of no known family, %zu silent, %zu known "
			"before; %zu of %zu addresses, %llu requests\n",
			r == EXIT_STOPPED ? "stopped, run it again to go on: " : "", rows,
			rows == 1 ? "" : "s", strangers, counts.silent,
			counts.known - run.silent_before, counts.hosts, hosts->n,
			(unsigned long long)counts.requests);
	if (run.silent_before && (isatty(STDERR_FILENO) || r == EXIT_STOPPED))
		fprintf(stderr, "%zu were silent before it was stopped and were not asked; --again "
			"asks all\n", run.silent_before);
	scan_state_close(run.state, r == 0);
	scan_table_free(run.table);
	return r;
}

/* ---- what it needs --------------------------------------------------------- */

static int find_credentials(struct options *o, const struct config *config,
			    struct cfg_credential *communities,
			    const struct cfg_credential **ret, size_t *ret_n)
{
	size_t n = 0;

	if (o->names.n + o->communities.n == 0 && config) {
		for (size_t k = 0; k < config->n_credentials && n < CREDENTIALS_MAX; k++)
			ret[n++] = &config->credentials[k];
	}
	if (o->names.n + o->communities.n + n == 0)
		o->communities.value[o->communities.n++] = "public";
	for (size_t i = 0; i < o->names.n; i++) {
		const struct cfg_credential *c = config_credential(config, o->names.value[i]);

		if (!c)
			return failed(o->names.value[i],
				      "the configuration has no such credential");
		ret[n++] = c;
	}
	for (size_t i = 0; i < o->communities.n; i++) {
		communities[i].community = (char *)(uintptr_t)o->communities.value[i];
		communities[i].snmp_version = 2;
		communities[i].name = NULL; /* the site gives it one */
		ret[n++] = &communities[i];
	}
	*ret_n = n;
	return 0;
}

static int run_with(struct options *o, const struct config *config, char **where, size_t n_where)
{
	struct cfg_credential communities[CREDENTIALS_MAX] = { 0 };
	const struct cfg_credential *credentials[2 * CREDENTIALS_MAX];
	struct scan_hosts hosts = { .snmp = !o->no_snmp, .modbus = o->units != NULL,
				    .snmp_port = (uint16_t)o->snmp_port,
				    .modbus_port = (uint16_t)o->modbus_port };
	struct sweep_options s = { .credentials = credentials, .timeout_ms = (int)o->timeout_ms,
				   .in_flight = (int)o->in_flight,
				   .per_second = (int)o->per_second, .host_s = 60 };
	struct diag diag = { 0 };
	struct profile_set *set;
	struct err err = { "" };
	int status = 0;

	if (o->units && parse_units(o->units, s.units) < 0)
		return command_usage_error(&cmd_scan, "--modbus %s: units like 1,5,10..20, at most "
						      "255", o->units);
	set = site_profiles(config, &diag);
	s.profiles = set;
	diag_print(&diag, stderr);
	if (diag.n_errors > 0)
		status = 1;
	if (status == 0)
		status = find_credentials(o, config, communities, credentials, &s.n_credentials);
	for (size_t i = 0; status == 0 && i < n_where; i++) {
		if (scan_hosts_add(&hosts, where[i], &err) < 0)
			status = failed("", err.text);
	}
	if (status == 0)
		status = sweep(o, &hosts, &s);
	scan_hosts_done(&hosts);
	profile_set_free(set);
	diag_done(&diag);
	return status;
}

static int run(int argc, char **argv)
{
	struct options o = { .timeout_ms = 1000, .in_flight = 100, .per_second = 200,
			     .snmp_port = 161, .modbus_port = 502 };
	struct config *config = NULL;
	struct diag broken = { 0 };
	int n, status = parse(argc, argv, &o, &n);

	if (status != 0)
		return status < 0 ? 0 : status;
	if (o.names.n || o.dir)
		config = config_load(o.dir ? o.dir : command_config_dir(), NULL, 0, &broken);
	if (config && config->n_credentials == 0 && broken.n_errors > 0 &&
	    (o.names.n || !o.communities.n)) {
		diag_print(&broken, stderr); /* public is no replacement for what it says */
		status = 1;
	}
	if (status == 0)
		status = run_with(&o, config, argv + 1, (size_t)n);
	config_free(config);
	diag_done(&broken);
	return status;
}

const struct command cmd_scan = {
	.name = "scan",
	.summary = "find the devices on networks and write rows for devices.csv",
	.words = "CIDR|HOST|ENDPOINT|FILE...",
	.about = "Asks each address who it is, by SNMP with the credentials given and, with "
		 "--modbus, by Modbus TCP, and writes a row for each device whose family is known, "
		 "of a chain of PDUs for each member (#1, #2); others become comments. It only "
		 "reads. A file that is there already gets rows more, and the endpoints in it are "
		 "not asked again: a scan that was stopped (Ctrl-C) goes on when it is started "
		 "again. What was silent until then stands in the file with .scan behind its name, "
		 "which goes when the scan is through; other credentials or another timeout ask it "
		 "again. A FILE names one address, network or endpoint per line.",
	.options = table,
	.exits = "0 all was looked at\n1 not all was\n130 it was stopped\n2 wrong usage",
	.run = run,
};
