/* SPDX-License-Identifier: Apache-2.0 */
/* See arguments.h. */
#include "daemon/arguments.h"

#define AT(member) offsetof(struct arguments, member)

/* clang-format off */
static const struct option table[] = {
	{ "--dir", "DIR",
	  "the configuration folder ($RACKMETER_CONFIG, or " RACKMETER_SYSCONFDIR ")", AT(dir), 0 },
	{ "--config", "DIR", "the same", AT(dir), 0 },
	{ "--check", NULL, "read the configuration, print every problem, and exit", AT(check), 0 },
	{ "--run-for", "DURATION", "stop after that time: 30s, 5m, 1h", AT(run_for), 0 },
	{ "--log-level", "error|warning|notice|info|debug", "what is worth a line (info)",
	  AT(log_level), 0 },
	{ "--version", NULL, "print the version", AT(version), 0 },
	{ NULL, NULL, NULL, 0, 0 },
};
/* clang-format on */

const struct command daemon_command = {
	.of = "",
	.name = "rackmeterd",
	.summary = "polls the devices of a site and stores their readings",
	.usage = "[OPTIONS]",
	.about = "Polls the devices of a site and stores their readings. SIGHUP reloads the "
		 "configuration; SIGTERM stops.",
	.options = table,
	.exits = "0 stopped as asked, or the configuration is right\n1 the configuration is wrong\n"
		 "2 database, system or wrong usage",
};
