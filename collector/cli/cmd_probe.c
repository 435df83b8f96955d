/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter probe: one device, once, through the daemon's own steps. It shows what would
 * be stored, and the raw number beside each value, so that a wrong scale is seen.
 */
#include <getopt.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "config/config.h"
#include "daemon/poller.h"
#include "decode/decode.h"
#include "transport/plan.h"

#define EXIT_FAILED 1
#define DIRS_MAX 32

extern const struct command cmd_probe;

enum format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON };

struct options {
	const char *endpoint, *profile, *credential, *dir, *community;
	int64_t timeout_s;
	enum format format;
};

/* ---- values as text ------------------------------------------------------ */

static int decimals_of_ratio(int64_t mul, int64_t div)
{
	int n = 0;

	/* as many as tell one raw step from the next; exact where the scale is decimal */
	for (double step = (double)mul / (double)div; n < 9; n++, step *= 10) {
		if (fabs(step - round(step)) < 1e-9 * fabs(step) && fabs(step) >= 1)
			break;
	}
	if (n == 9) {
		n = 0;
		for (double step = fabs((double)mul / (double)div); n < 9 && step < 1; step *= 10)
			n++;
	}
	return n;
}

static int decimals_of(const struct scale *scale)
{
	int n = decimals_of_ratio(scale->mul, scale->div), m = 0;

	for (double add = scale->add; m < 6 && fabs(add - round(add)) > 1e-9; add *= 10)
		m++;
	return n > m ? n : m;
}

static const char *value_text(const struct point_def *point, const struct reading *r, char *buf,
			      size_t size)
{
	struct scale scale = decode_storage_scale(point);

	snprintf(buf, size, "%.*f", decimals_of(&scale), scale_value(&scale, r->raw));
	return buf;
}

/* The name of a state, "" when it has none. */
static const char *state_name(const struct point_def *point, const struct reading *r)
{
	for (size_t i = 0; r->cause == CAUSE_NONE && i < point->src->n_states; i++) {
		if (point->src->states[i].value == r->raw)
			return point->src->states[i].name;
	}
	return "";
}

static const char *raw_text(const struct reading *r, char *buf, size_t size)
{
	if (r->cause == CAUSE_NONE)
		snprintf(buf, size, "%" PRId64, r->raw);
	else
		buf[0] = '\0';
	return buf;
}

/* How the profile was found, for a person. */
static void rule_text(const struct probe_result *r, char *buf, size_t size)
{
	char oid[256];

	if (!r->rule)
		snprintf(buf, size, "named on the command line");
	else if (r->rule->sysobjectid.n > 0)
		snprintf(buf, size, "sysObjectID begins with %s%s%s%s",
			 oid_format(&r->rule->sysobjectid, oid, sizeof(oid)),
			 *r->rule->sysdescr ? " and sysDescr matches \"" : "", r->rule->sysdescr,
			 *r->rule->sysdescr ? "\"" : "");
	else if (r->rule->modbus_address >= 0)
		snprintf(buf, size, "register %d holds %" PRId64, r->rule->modbus_address,
			 r->rule->modbus_value);
	else
		snprintf(buf, size, "sysDescr matches \"%s\"", r->rule->sysdescr);
}

/* ---- formats ------------------------------------------------------------- */

static int width(int so_far, const char *text)
{
	int n = (int)strlen(text);

	return n > so_far ? n : so_far;
}

static void print_text(const struct options *o, const struct probe_result *r)
{
	int w_part = 4, w_label = 5, w_quantity = 8, w_raw = 3, w_value = 5;
	char rule[512], raw[32], value[48];
	size_t present = 0;

	rule_text(r, rule, sizeof(rule));
	printf("endpoint  %s\nfamily    %s (%s)\nrule      %s\n", o->endpoint, r->profile->name,
	       r->profile->title ? r->profile->title : "", rule);
	for (size_t i = 0; i < r->n_facts; i++)
		printf("%-9s %s\n", r->facts[i].key, r->facts[i].text);
	for (size_t i = 0; i < r->expansion->n_points; i++) {
		const struct point_def *p = &r->expansion->points[i];

		w_part = width(w_part, p->part);
		w_label = width(w_label, p->label);
		w_quantity = width(w_quantity, p->src->quantity->name);
		w_raw = width(w_raw, raw_text(&r->readings[i], raw, sizeof(raw)));
		if (r->readings[i].cause == CAUSE_NONE)
			w_value = width(w_value, value_text(p, &r->readings[i], value,
							    sizeof(value)));
	}
	printf("\n%5s  %-*s  %-*s  %-*s  %*s  %*s  %s\n", "point", w_part, "part", w_label, "label",
	       w_quantity, "quantity", w_raw, "raw", w_value, "value", "unit");
	for (size_t i = 0; i < r->expansion->n_points; i++) {
		const struct point_def *p = &r->expansion->points[i];
		const struct reading *x = &r->readings[i];
		const char *state = state_name(p, x);

		printf("%5zu  %-*s  %-*s  %-*s  %*s  ", i + 1, w_part, p->part, w_label, p->label,
		       w_quantity, p->src->quantity->name, w_raw, raw_text(x, raw, sizeof(raw)));
		if (x->cause == CAUSE_NONE) {
			present++;
			printf("%*s  %s\n", w_value, value_text(p, x, value, sizeof(value)),
			       *state ? state : p->src->quantity->unit);
		} else {
			printf("%*s  (%s)\n", w_value, "-", cause_text(x->cause));
		}
	}
	printf("\n%zu of %zu points present; read with %zu requests\n", present,
	       r->expansion->n_points, r->plan->n_requests);
}

/* A spreadsheet runs cells that begin with these; labels come from the device. */
static void csv_cell(const char *text, bool number)
{
	bool quote = strpbrk(text, ",\"\r\n") != NULL;

	if (!number && *text && strchr("=+-@", *text)) {
		printf("\"'");
		quote = true;
	} else if (quote) {
		putchar('"');
	}
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	if (quote)
		putchar('"');
}

static void print_csv(const struct probe_result *r)
{
	char raw[32], value[48];

	printf("point,part,label,quantity,raw,value,unit,state,cause\n");
	for (size_t i = 0; i < r->expansion->n_points; i++) {
		const struct point_def *p = &r->expansion->points[i];
		const struct reading *x = &r->readings[i];
		bool present = x->cause == CAUSE_NONE;

		printf("%zu,", i + 1);
		csv_cell(p->part, false);
		putchar(',');
		csv_cell(p->label, false);
		printf(",%s,%s,%s,", p->src->quantity->name, raw_text(x, raw, sizeof(raw)),
		       present ? value_text(p, x, value, sizeof(value)) : "");
		csv_cell(p->src->quantity->unit, false);
		putchar(',');
		csv_cell(state_name(p, x), false);
		putchar(',');
		csv_cell(present ? "" : cause_text(x->cause), false);
		putchar('\n');
	}
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static struct json_object *point_json(const struct point_def *p, const struct reading *r)
{
	struct json_object *o = json_object_new_object();
	char value[48];

	add_text(o, "part", p->part);
	add_text(o, "label", p->label);
	add_text(o, "quantity", p->src->quantity->name);
	add_text(o, "unit", p->src->quantity->unit);
	if (r->cause == CAUSE_NONE) {
		struct scale scale = decode_storage_scale(p);

		json_object_object_add(o, "raw", json_object_new_int64(r->raw));
		json_object_object_add(o, "value", json_object_new_double_s(
			scale_value(&scale, r->raw), value_text(p, r, value, sizeof(value))));
		if (*state_name(p, r))
			add_text(o, "state", state_name(p, r));
	} else {
		json_object_object_add(o, "raw", NULL);
		json_object_object_add(o, "value", NULL);
		add_text(o, "cause", cause_text(r->cause));
	}
	return o;
}

static void print_json(const struct options *opt, const struct probe_result *r)
{
	struct json_object *o = json_object_new_object(), *facts = json_object_new_object();
	struct json_object *points = json_object_new_array();
	char rule[512];

	rule_text(r, rule, sizeof(rule));
	add_text(o, "endpoint", opt->endpoint);
	add_text(o, "profile", r->profile->name);
	add_text(o, "rule", rule);
	for (size_t i = 0; i < r->n_facts; i++)
		add_text(facts, r->facts[i].key, r->facts[i].text);
	json_object_object_add(o, "facts", facts);
	for (size_t i = 0; i < r->expansion->n_points; i++)
		json_object_array_add(points, point_json(&r->expansion->points[i],
							 &r->readings[i]));
	json_object_object_add(o, "points", points);
	json_object_object_add(o, "requests", json_object_new_int64((int64_t)r->plan->n_requests));
	printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

/* ---- the command --------------------------------------------------------- */

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option long_options[] = {
		{ "profile", required_argument, NULL, 'p' },
		{ "credential", required_argument, NULL, 'c' },
		{ "dir", required_argument, NULL, 'd' },
		{ "community", required_argument, NULL, 'y' },
		{ "timeout", required_argument, NULL, 't' },
		{ "format", required_argument, NULL, 'f' },
		{ 0 },
	};
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'p':
			o->profile = optarg;
			break;
		case 'c':
			o->credential = optarg;
			break;
		case 'd':
			o->dir = optarg;
			break;
		case 'y':
			o->community = optarg;
			break;
		case 't':
			if (text_to_seconds(optarg, &o->timeout_s) < 0 || o->timeout_s < 1 ||
			    o->timeout_s > 3600)
				return command_usage_error(&cmd_probe, "--timeout %s: seconds, 1 to "
							   "3600", optarg);
			break;
		case 'f':
			if (strcmp(optarg, "text") == 0)
				o->format = FORMAT_TEXT;
			else if (strcmp(optarg, "csv") == 0)
				o->format = FORMAT_CSV;
			else if (strcmp(optarg, "json") == 0)
				o->format = FORMAT_JSON;
			else
				return command_usage_error(&cmd_probe, "--format %s: text, csv or "
							   "json", optarg);
			break;
		default:
			return command_usage_error(&cmd_probe, "see rackmeter probe --help");
		}
	}
	if (optind + 1 != argc)
		return command_usage_error(&cmd_probe, "one endpoint is wanted");
	o->endpoint = argv[optind];
	if (o->credential && o->community)
		return command_usage_error(&cmd_probe, "either --credential or --community");
	return 0;
}

static const struct cfg_credential *find_credential(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_credentials; i++) {
		if (strcmp(config->credentials[i].name, name) == 0)
			return &config->credentials[i];
	}
	return NULL;
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
	switch (o->format) {
	case FORMAT_TEXT:
		print_text(o, &result);
		break;
	case FORMAT_CSV:
		print_csv(&result);
		break;
	case FORMAT_JSON:
		print_json(o, &result);
		break;
	}
	probe_done(&result);
	return present > 0 ? 0 : failed(o->endpoint, "no point could be read");
}

/* A profile by name, or a file that is being written. */
static const struct profile *choose_profile(const struct options *o, const struct profile_set *set,
					    struct profile **file, struct diag *diag)
{
	size_t n = strlen(o->profile);

	if (!strchr(o->profile, '/') && (n < 5 || strcmp(o->profile + n - 5, ".yaml") != 0))
		return profile_set_get(set, o->profile);
	*file = profile_load(o->profile, diag);
	return *file;
}

static int run_with(const struct options *o, const struct endpoint *endpoint,
		    const struct config *config, struct diag *diag)
{
	struct cfg_credential community = { .name = (char[]){ "community" }, .snmp_version = 2 };
	const struct cfg_credential *credential = NULL;
	const struct cfg_names none = { 0 };
	const struct cfg_names *named = config ? &config->settings.profile_dirs : &none;
	const char *dirs[DIRS_MAX];
	size_t n = profile_default_dirs((const char *const *)named->name, named->n, dirs, DIRS_MAX);
	struct profile_set *set = profile_set_load(dirs, n, diag);
	const struct profile *profile = NULL;
	struct profile *file = NULL;
	int status;

	community.community = (char *)(uintptr_t)(o->community ? o->community : "public");
	if (endpoint->protocol == PROTOCOL_SNMP)
		credential = &community;
	if (o->credential)
		credential = find_credential(config, o->credential);
	if (o->profile)
		profile = choose_profile(o, set, &file, diag);
	if (diag->n_errors > 0) {
		diag_print(diag, stderr);
		status = EXIT_FAILED;
	} else if (o->credential && !credential) {
		status = failed(o->credential, "the configuration has no such credential");
	} else if (o->profile && !profile) {
		status = failed(o->profile, "no such profile; see rackmeter profile list");
	} else {
		status = probe(o, endpoint, credential, set, profile);
	}
	profile_free(file);
	profile_set_free(set);
	return status;
}

static int run(int argc, char **argv)
{
	struct options o = { .timeout_s = 30 };
	struct endpoint endpoint;
	struct config *config = NULL;
	struct diag diag = { 0 };
	struct err err;
	int status = parse(argc, argv, &o);

	if (status != 0)
		return status;
	if (endpoint_parse(o.endpoint, &endpoint, &err) < 0)
		return command_usage_error(&cmd_probe, "%s", err.text);
	if (o.credential || o.dir) {
		if (!o.dir)
			o.dir = command_config_dir();
		config = config_load(o.dir, NULL, 0, &diag);
	}
	status = run_with(&o, &endpoint, config, &diag);
	config_free(config);
	diag_done(&diag);
	return status;
}

const struct command cmd_probe = {
	.name = "probe",
	.summary = "read one device, or a walk of one, and show every value",
	.usage = "Usage: rackmeter probe ENDPOINT [--profile NAME|FILE.yaml]\n"
		 "         [--community TEXT | --credential NAME [--dir DIR]]\n"
		 "         [--timeout SECONDS] [--format text|csv|json]\n"
		 "\n"
		 "Reads a device through the same steps as the daemon and prints each point with\n"
		 "its raw number, value and unit, or why it is absent.\n"
		 "\n"
		 "ENDPOINT  snmp://HOST[:PORT][#MEMBER], modbus://HOST[:PORT]/UNIT, or\n"
		 "          walk:FILE (an .snmprec file, or what snmpwalk -On printed)\n"
		 "\n"
		 "Without --profile the family is recognised by sysObjectID and sysDescr, or by a\n"
		 "register that identifies it. --community is \"public\" unless given; --credential\n"
		 "takes it from the credentials of the configuration in --dir. Exit status: 0 when\n"
		 "anything was read, 1 when not, 2 for wrong usage.\n",
	.run = run,
};
