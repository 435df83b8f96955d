/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter init: the files of a new site, with comments that say what to fill. The tables are
 * empty, for `rackmeter scan` to fill, or hold a whole small power path (utility, a UPS and
 * busways per side, rack PDUs), where deleting rows is easier than guessing columns. Never
 * overwrites.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"

#define SIDES_MAX 4

extern const struct command cmd_init;

struct values {
	const char *rows, *per_row, *sides;
};

static const struct option table[] = {
	{ "--rows", "N", "so many rows of racks (2)", offsetof(struct values, rows), 0 },
	{ "--per-row", "N", "so many racks in a row (4)", offsetof(struct values, per_row), 0 },
	{ "--sides", "SIDES", "these power sides (A,B)", offsetof(struct values, sides), 0 },
	OPTION_END,
};

struct plan {
	const char *dir;
	int64_t rows, per_row;
	char sides[SIDES_MAX][2];
	size_t n_sides;
	bool empty; /* no rows, but examples as comments */
};

/* Behind the header of an empty table. */
static void example(FILE *f, const struct plan *p, const char *rows)
{
	if (p->empty)
		fprintf(f, "# Examples (remove the #):\n%s", rows);
}

/* A line of a file is a line here, as far as it fits. */
/* clang-format off */
static void write_yaml(FILE *f, const struct plan *p)
{
	/* A folder of one's own is tried out at once; a service has its place for data. */
	bool system = !strcmp(p->dir, RACKMETER_SYSCONFDIR);

	fputs(
	"# rackmeter: what this site is. `rackmeter check config` tells what is wrong here.\n"
	"version: 1\n"
	"site: my-site          # fill: the name in every report\n"
	"zone: UTC              # fill: Europe/Berlin, America/Chicago, ...: days begin there\n"
	"# A service keeps its database at " RACKMETER_STATEDIR "/rackmeter.db\n",
	f);
	fprintf(f, "%sdatabase: rackmeter.db  # beside this file\n", system ? "#" : "");
	fputs(
	"credentials: credentials.yaml\n"
	"\n"
	"intervals:\n"
	"  default: 10s         # how often a device is polled unless devices.csv says otherwise\n"
	"  group: 10s           # how often racks, feeds and the site are summed\n"
	"\n"
	"# What counts for the PUE: a term is a sign and a circuit, or a role of devices.csv.\n"
	"# category: where the IT energy is measured: 1 UPS output (role ups_out),\n"
	"# 2 floor PDU or busway output (pdu_out), 3 rack PDU (it_in).\n",
	f);
	fputs(p->empty ?
	"# Remove the # once meters of both roles stand in devices.csv.\n"
	"#boundary:\n"
	"#  - name: site\n"
	"#    facility: [\"+ role:utility\"]  # generators: \"+ role:generator\"; PV: \"+ PV-1\"\n"
	"#    it: {category: 3, sum: [\"+ role:it_in\"]}\n" :
	"boundary:\n"
	"  - name: site\n"
	"    facility: [\"+ role:utility\"]   # generators: \"+ role:generator\"; PV: \"+ PV-1\"\n"
	"    it: {category: 1, sum: [\"+ role:ups_out\"]}\n",
	f);
	fputs(
	"\n"
	"limits:\n"
	"  warn: 0.90           # of a rack's budget or a circuit's derated rating\n"
	"  hold: 5m             # a load is the highest mean over so long\n",
	f);
}

static void write_credentials(FILE *f, const struct plan *p)
{
	(void)p;
	fputs(
	"# Only the user that runs rackmeterd may read this file (chmod 600).\n"
	"# ${NAME} instead of a text takes it from the environment.\n"
	"credentials:\n"
	"  ro: {version: 2c, community: public}   # fill\n"
	"# SNMPv3: user; auth MD5 SHA SHA-224 SHA-256 SHA-384 SHA-512; priv DES AES AES-192\n"
	"# AES-256 (long keys after Blumenthal's draft; AES-192-C and AES-256-C after\n"
	"# Reeder's, as Cisco does); passwords of 8 characters or more; context when the\n"
	"# device has some.\n"
	"#  v3: {version: 3, user: rackmeter, auth: SHA-256, auth_password: \"${V3_AUTH}\",\n"
	"#       priv: AES, priv_password: \"${V3_PRIV}\"}\n",
	f);
}

static void write_racks(FILE *f, const struct plan *p)
{
	static const char *const promise[SIDES_MAX + 1] = { "", "N", "2N", "", "" };

	fputs(
	"# One row per rack. fill: hall, tenant, budget_kw (what the rack may draw), status.\n"
	"# status: live reserved empty planned. redundancy: N N+1 2N dist (what is promised).\n"
	"# thermal_class: A1 A2 A3 A4 H1 or empty. valid_from: a date; a second row of the same\n"
	"# rack with a later date is a change; empty: always. Columns x_... are your own, in all\n"
	"# tables: nothing reads them.\n"
	"rack,hall,row,pos,status,tenant,feeds,redundancy,budget_kw,nameplate_kw,"
	"thermal_class,valid_from\n",
	f);
	example(f, p,
	"#R01,H1,r1,1,live,,,2N,17.2,,A2,\n");
	for (int r = 1; r <= p->rows; r++)
		for (int n = 1; n <= p->per_row; n++) {
			fprintf(f, "R%02d-%02d,H1,r%d,%d,live,,", r, n, r, n);
			for (size_t s = 0; s < p->n_sides; s++)
				fprintf(f, "%sR%02d-%02d-%s", s ? " " : "", r, n, p->sides[s]);
			fprintf(f, ",%s,,,A2,\n", promise[p->n_sides]);
		}
}

static void write_circuits(FILE *f, const struct plan *p)
{
	fputs(
	"# The power path, from the grid to the racks. A small site can delete this file, and\n"
	"# the columns feeds (racks.csv) and circuit (devices.csv) with it.\n"
	"# fed_by: X, X+Y (parallel), X>Y (a transfer switch, X preferred).\n"
	"# system: 1ph-ln 1ph-ll 3ph-wye 3ph-delta dc; volts is line to line for 3ph.\n"
	"# fill: volts, rated_a or rated_kw, trip_a, and with them derate (0.8 where the NEC's\n"
	"# continuous load rule applies, 1 where the site says so; none is assumed).\n"
	"# modules 4/5: five, of which four are needed.\n"
	"circuit,kind,side,hall,fed_by,system,volts,phases,rated_a,rated_kva,rated_kw,trip_a,"
	"derate,modules,valid_from,note\n",
	f);
	example(f, p,
	"#UTIL-1,utility,,,,3ph-wye,400,,,,,,,,,\n"
	"#UPS-A,ups,A,H1,UTIL-1,3ph-wye,400,,,,,,,,,\n"
	"#R01-A,feed,A,H1,UPS-A,3ph-wye,400,,32,,,32,0.8,,,named in racks.csv's column feeds\n");
	if (!p->empty)
		fputs("UTIL-1,utility,,,,3ph-wye,400,,,,,,,,,\n", f);
	for (size_t s = 0; s < p->n_sides; s++) {
		const char *side = p->sides[s];

		fprintf(f, "SWB-%s,switchboard,%s,H1,UTIL-1,3ph-wye,400,,,,,,,,,\n", side, side);
		fprintf(f, "UPS-%s,ups,%s,H1,SWB-%s,3ph-wye,400,,,,,,,,,\n", side, side, side);
	}
	for (int r = 1; r <= p->rows; r++)
		for (size_t s = 0; s < p->n_sides; s++) {
			const char *side = p->sides[s];

			fprintf(f, "BUS-%02d-%s,busway,%s,H1,", r, side, side);
			fprintf(f, "UPS-%s,3ph-wye,400,,,,,,,,,\n", side);
		}
	for (int r = 1; r <= p->rows; r++)
		for (int n = 1; n <= p->per_row; n++)
			for (size_t s = 0; s < p->n_sides; s++) {
				const char *side = p->sides[s];

				fprintf(f, "R%02d-%02d-%s,feed,%s,H1,", r, n, side, side);
				fprintf(f, "BUS-%02d-%s,3ph-wye,400,,,,,,,,,\n", r, side);
			}
}

static char lower(const char *side)
{
	return (char)tolower((unsigned char)*side);
}

static void write_devices(FILE *f, const struct plan *p)
{
	fputs(
	"# Everything that is polled. fill: endpoint and profile (`rackmeter profile list`).\n"
	"# endpoint: snmp://HOST[:PORT][#MEMBER]  modbus://HOST[:PORT]/UNIT\n"
	"#           modbus-rtu:///dev/ttyUSB0/UNIT?baud=19200&parity=even\n"
	"#           modbus-rtutcp://HOST:PORT/UNIT  walk:FILE\n"
	"# role: utility generator ups_out pdu_out it_in cooling lighting other, or empty.\n"
	"# use: primary check none. A circuit has one primary meter; all others are checks.\n"
	"# factor corrects a current transformer's ratio. every: 10s, 60s, ...; empty: default.\n"
	"device,endpoint,profile,credential,every,rack,circuit,role,use,factor,acc_pct,"
	"ct_acc_pct,serial,cal_due,valid_from,note\n",
	f);
	example(f, p,
	"#UTIL-1-M,modbus://10.1.0.10/1,schneider-pm5000,,,,,utility,primary,1,,,,,,\n"
	"#PDU-R01-A,snmp://10.1.1.1,apc-rpdu2,ro,,R01,,it_in,primary,1,,,,,,\n");
	if (!p->empty)
		fputs("UTIL-1-M,modbus://util-1-m.mgmt.example:502/1,schneider-pm5000,,,,UTIL-1,"
		      "utility,primary,1,,,,,,\n", f);
	for (size_t s = 0; s < p->n_sides; s++) {
		const char *side = p->sides[s];

		fprintf(f, "UPS-%s-M,modbus://ups-%c-m.mgmt.example:502/1,", side, lower(side));
		fprintf(f, "schneider-pm5000,,,,UPS-%s,ups_out,primary,1,,,,,,", side);
		fputs("output meter\n", f);
	}
	for (int r = 1; r <= p->rows; r++)
		for (int n = 1; n <= p->per_row; n++)
			for (size_t s = 0; s < p->n_sides; s++) {
				const char *side = p->sides[s];

				fprintf(f, "PDU-R%02d-%02d-%s,", r, n, side);
				fprintf(f, "snmp://pdu-r%02d-%02d-%c", r, n, lower(side));
				fprintf(f, ".mgmt.example,apc-rpdu2,ro,,R%02d-%02d,", r, n);
				fprintf(f, "R%02d-%02d-%s,it_in,primary,1,,,,,,\n", r, n, side);
			}
}

static void write_channels(FILE *f, const struct plan *p)
{
	(void)p;
	fputs(
	"# Parts of a device that stand somewhere else: branches of a busway meter, a probe in\n"
	"# the next rack, the input and output of a UPS. A row overrides the device's row.\n"
	"# position: inlet outlet supply return ambient liquid_in liquid_out, and top mid bottom\n"
	"# uNN. Examples behind the header (remove the #):\n"
	"device,part,rack,circuit,phases,position,role,use,factor,offset,valid_from,note\n"
	"#BCM-01,branch 1,R01-01,R01-01-A,,,,check,1,,,the rack PDU is the primary\n"
	"#PDU-R01-01-A,sensor 1,R01-01,,,inlet top,,,,-0.4,,\n",
	f);
}

static void write_tariffs(FILE *f, const struct plan *p)
{
	(void)p;
	fputs(
	"# What energy costs, for `rackmeter report energy` and `tenants`. A tariff that bears\n"
	"# the name of a tenant, a circuit or a hall is theirs; std, or the only one, is that of\n"
	"# all others. kind: energy (per kWh), demand_15m or demand_30m (highest mean of a month\n"
	"# over fixed blocks, per kW-month or kVA-month), fixed (per month). days: all, mon-fri,\n"
	"# sat+sun. 22:00 to 06:00 is the early and the late part of the same days. clock: local,\n"
	"# or standard (no summer time). A later valid_from of the same row is a change of its\n"
	"# price. Prices of energy must not overlap and should cover the week. Examples\n"
	"# behind the header (remove the #):\n"
	"tariff,valid_from,valid_to,days,start,end,clock,kind,price,unit,currency\n"
	"#std,,,mon-fri,06:00,22:00,local,energy,0.1420,kWh,EUR\n"
	"#std,,,mon-fri,22:00,06:00,local,energy,0.1040,kWh,EUR\n"
	"#std,,,sat+sun,,,local,energy,0.1040,kWh,EUR\n"
	"#std,,,,,,standard,demand_15m,9.80,kW-month,EUR\n",
	f);
}
/* clang-format on */

static const struct file {
	const char *name;
	mode_t mode;
	void (*write)(FILE *f, const struct plan *p);
} files[] = {
	{ "rackmeter.yaml", 0644, write_yaml }, { "credentials.yaml", 0600, write_credentials },
	{ "racks.csv", 0644, write_racks },     { "circuits.csv", 0644, write_circuits },
	{ "devices.csv", 0644, write_devices }, { "channels.csv", 0644, write_channels },
	{ "tariffs.csv", 0644, write_tariffs },
};

#define N_FILES (sizeof(files) / sizeof(files[0]))

static int fail(const char *path, const char *what)
{
	fprintf(stderr, "rackmeter init: %s: %s\n", path, what);
	return 1;
}

static int write_file(const struct plan *plan, const struct file *file)
{
	char *path = xasprintf("%s/%s", plan->dir, file->name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file->mode);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	int status = 0;

	if (!f) {
		status = fail(path, strerror(errno));
		if (fd >= 0)
			close(fd);
	} else {
		file->write(f, plan);

		bool bad = ferror(f);

		if (fclose(f) != 0 || bad)
			status = fail(path, strerror(errno));
		else
			printf("wrote %s\n", path);
	}
	free(path);
	return status;
}

static int write_all(const struct plan *plan)
{
	int status = 0;

	if (mkdir(plan->dir, 0755) < 0 && errno != EEXIST)
		return fail(plan->dir, strerror(errno));
	for (size_t i = 0; i < N_FILES; i++) {
		char *path = xasprintf("%s/%s", plan->dir, files[i].name);

		if (access(path, F_OK) == 0)
			status = fail(path,
				      "is there already and is never overwritten: name another "
				      "folder, or move it away");
		free(path);
	}
	for (size_t i = 0; i < N_FILES && !status; i++)
		status = write_file(plan, &files[i]);
	if (!status && plan->empty)
		printf("Now correct credentials.yaml, then run: rackmeter scan NETWORK --dir %s "
		       "--output %s/devices.csv\n", plan->dir, plan->dir);
	else if (!status)
		printf("Now fill what the comments name, then run: rackmeter check config --dir "
		       "%s\n", plan->dir);
	return status;
}

/* "A,B" */
static int parse_sides(struct plan *plan, const char *text)
{
	plan->n_sides = 0;
	for (const char *p = text;; p += 2) {
		bool good = *p >= 'A' && *p <= 'Z' && (p[1] == ',' || !p[1]);

		for (size_t i = 0; i < plan->n_sides && good; i++)
			good = plan->sides[i][0] != *p;
		if (!good || plan->n_sides == SIDES_MAX)
			return command_usage_error(&cmd_init,
						   "--sides wants one to %d different capital "
						   "letters, like A,B",
						   SIDES_MAX);
		plan->sides[plan->n_sides][0] = *p;
		plan->sides[plan->n_sides++][1] = '\0';
		if (!p[1])
			return 0;
	}
}

static int run(int argc, char **argv)
{
	struct plan plan = { .dir = command_config_dir(),
			     .rows = 2,
			     .per_row = 4,
			     .sides = { "A", "B" },
			     .n_sides = 2 };
	struct values v = { 0 };
	int n, r = option_parse(&cmd_init, argc, argv, &v, &n);

	if (r)
		return r < 0 ? 0 : r;
	if (option_number(&cmd_init, "--rows", v.rows, 1, 1000, &plan.rows) ||
	    option_number(&cmd_init, "--per-row", v.per_row, 1, 1000, &plan.per_row) ||
	    (v.sides && parse_sides(&plan, v.sides)))
		return 2;
	if (n)
		plan.dir = argv[1];
	plan.empty = !v.rows && !v.per_row && !v.sides;
	if (plan.empty) {
		plan.rows = 0;
		plan.n_sides = 0;
	}
	return write_all(&plan);
}

const struct command cmd_init = {
	.name = "init",
	.summary = "write the commented configuration files of a new site",
	.words = "[DIR]",
	.about = "Writes rackmeter.yaml, credentials.yaml, racks.csv, circuits.csv, devices.csv, "
		 "channels.csv and tariffs.csv into the folder DIR ($RACKMETER_CONFIG), which is "
		 "made if need be: tables with their header and commented examples, for "
		 "`rackmeter scan` to fill; with one of the options a power path and two rack PDUs "
		 "per rack, to be corrected by hand. Never overwrites: when one of the files is "
		 "there, nothing is written.",
	.options = table,
	.exits = "0 done\n1 something could not be written\n2 wrong usage",
	.run = run,
};
