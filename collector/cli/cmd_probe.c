/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter probe: one device, once, through the daemon's own steps. It shows what would
 * be stored, and the raw number beside each value, so that a wrong scale is seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/probe_print.h"
#include "cli/profile_arg.h"
#include "cli/site.h"
#include "config/config.h"
#include "daemon/poller.h"

#define EXIT_FAILED 1

extern const struct command cmd_probe;

struct options {
	const char *endpoint, *profile, *credential, *dir, *community, *timeout, *format_name;
	int64_t timeout_s;
	enum probe_format format;
};

#define AT(member) offsetof(struct options, member)

static const struct option table[] = {
	{ "--profile", "PROFILE",
	  "its profile, by name or file; else the family is recognised by sysObjectID and "
	  "sysDescr, or by a register that identifies it", AT(profile), 0 },
	{ "--community", "TEXT", "of SNMP v2c (public)", AT(community), 0 },
	{ "--credential", "CREDENTIAL", "one of the configuration's", AT(credential), 0 },
	{ "--timeout", "DURATION", "for all of it (30s)", AT(timeout), 0 },
	{ "--format", "text|csv|json", "csv and json: for programs", AT(format_name), 0 },
	OPTION_DIR(AT(dir)),
	OPTION_END,
};

static int parse(int argc, char **argv, struct options *o)
{
	int n, r = option_parse(&cmd_probe, argc, argv, o, &n);

	if (r)
		return r;
	if (o->timeout && (text_to_seconds(o->timeout, &o->timeout_s) < 0 || o->timeout_s < 1 ||
			   o->timeout_s > 3600))
		return command_usage_error(&cmd_probe, "--timeout %s: seconds, 1 to 3600",
					   o->timeout);
	if (o->format_name && strcmp(o->format_name, "csv") == 0)
		o->format = PROBE_CSV;
	else if (o->format_name && strcmp(o->format_name, "json") == 0)
		o->format = PROBE_JSON;
	if (!n)
		return command_usage_error(&cmd_probe, "say which endpoint, like snmp://10.1.18.1");
	o->endpoint = argv[1];
	if (o->credential && o->community)
		return command_usage_error(&cmd_probe, "either --credential or --community");
	return 0;
}

static int failed(const char *what, const char *why)
{
	fprintf(stderr, "rackmeter probe: %s: %s\n", what, why);
	return EXIT_FAILED;
}

static int probe(const struct options *o, const struct endpoint *endpoint,
		 const struct cfg_credential *credential, const struct profile_set *set,
		 const struct profile *profile)
{
	struct probe_result result;
	struct err err;
	size_t present = 0;

	if (probe_run(endpoint, credential, set, profile, (int)o->timeout_s, &result, &err) < 0)
		return failed(o->endpoint, err.text);
	for (size_t i = 0; i < result.expansion->n_points; i++)
		present += result.readings[i].cause == CAUSE_NONE;
	probe_print(o->format, o->endpoint, &result);
	probe_done(&result);
	return present > 0 ? 0 : failed(o->endpoint, "no point could be read");
}

/* broken: what is wrong with the configuration; told only when it may be why something lacks. */
static int run_with(const struct options *o, const struct endpoint *endpoint,
		    const struct config *config, const struct diag *broken)
{
	struct cfg_credential community = { .name = (char[]){ "community" }, .snmp_version = 2 };
	const struct cfg_credential *credential = NULL;
	struct diag diag = { 0 };
	struct profile_set *set = site_profiles(config, &diag);
	const struct profile *profile = NULL;
	struct profile *file = NULL;
	int status;

	community.community = (char *)(uintptr_t)(o->community ? o->community : "public");
	if (endpoint->protocol == PROTOCOL_SNMP)
		credential = &community;
	if (o->credential)
		credential = config_credential(config, o->credential);
	if (o->profile)
		profile = profile_arg(o->profile, set, &file, &diag);
	if (diag.n_errors > 0) {
		diag_print(&diag, stderr);
		status = EXIT_FAILED;
	} else if (o->credential && !credential) {
		diag_print(broken, stderr);
		status = failed(o->credential, "the configuration has no such credential");
	} else if (o->profile && !profile) {
		status = failed(o->profile, "no such profile; see rackmeter profile list");
	} else {
		status = probe(o, endpoint, credential, set, profile);
	}
	profile_free(file);
	profile_set_free(set);
	diag_done(&diag);
	return status;
}

static int run(int argc, char **argv)
{
	struct options o = { .timeout_s = 30 };
	struct endpoint endpoint;
	struct config *config = NULL;
	struct diag broken = { 0 };
	struct err err;
	int status = parse(argc, argv, &o);

	if (status != 0)
		return status < 0 ? 0 : status;
	if (endpoint_parse(o.endpoint, &endpoint, &err) < 0)
		return command_usage_error(&cmd_probe, "%s", err.text);
	if (o.credential || o.dir) {
		if (!o.dir)
			o.dir = command_config_dir();
		config = config_load(o.dir, NULL, 0, &broken);
	}
	status = run_with(&o, &endpoint, config, &broken);
	config_free(config);
	diag_done(&broken);
	return status;
}

const struct command cmd_probe = {
	.name = "probe",
	.summary = "read one device, or a walk of one, and show every value",
	.words = "ENDPOINT",
	.about = "Reads a device through the same steps as the daemon and prints each point with "
		 "its raw number, value and unit, or why it is absent. ENDPOINT is one of\n\n"
		 "  snmp://HOST[:PORT][#MEMBER]        #MEMBER: of a chain of rack PDUs\n"
		 "  modbus://HOST[:PORT]/UNIT          Modbus TCP\n"
		 "  modbus-rtutcp://HOST:PORT/UNIT     Modbus RTU through a serial server\n"
		 "  modbus-rtu:///dev/ttyUSB0/UNIT?baud=19200&parity=even\n"
		 "  walk:FILE                          an .snmprec file, or what snmpwalk -On "
		 "printed",
	.options = table,
	.exits = "0 something was read\n1 nothing was\n2 wrong usage",
	.run = run,
};
