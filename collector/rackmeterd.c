/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's command line; everything else is daemon/. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/arguments.h"
#include "daemon/daemon.h"
#include "daemon/site.h"

#define EXIT_USAGE 2

static void set_log_level(const char *word)
{
	static const struct { const char *word; enum log_level level; } levels[] = {
		{ "error", LOG_LEVEL_ERROR }, { "warning", LOG_LEVEL_WARNING },
		{ "notice", LOG_LEVEL_NOTICE }, { "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(word, levels[i].word) == 0)
			log_set_level(levels[i].level);
	}
}

static int check(const char *dir)
{
	struct site *site = site_load(dir, wall_s(clock_wall()));
	int status = site->inventory ? 0 : 1;

	diag_print(&site->diag, stderr);
	if (site->inventory)
		printf("%s: %zu racks, %zu circuits, %zu devices, %zu warnings\n", dir,
		       site->inventory->n_racks, site->inventory->n_circuits,
		       site->inventory->n_devices, site->diag.n_warnings);
	site_free(site);
	return status;
}

static const char *config_dir(const struct arguments *a)
{
	const char *env = getenv("RACKMETER_CONFIG");

	return a->dir ? a->dir : env && *env ? env : RACKMETER_SYSCONFDIR;
}

int main(int argc, char **argv)
{
	struct daemon_options daemon = { 0 };
	struct arguments a = { 0 };
	int64_t seconds = 0;
	int n, r = option_parse(&daemon_command, argc, argv, &a, &n);

	if (r)
		return r < 0 ? 0 : EXIT_USAGE;
	if (a.version) {
		printf("rackmeterd %s\n", RACKMETER_VERSION);
		return 0;
	}
	if (a.run_for && (text_to_seconds(a.run_for, &seconds) < 0 || seconds < 1 ||
			  seconds > INT32_MAX))
		return command_usage_error(&daemon_command,
					   "--run-for %s: give seconds, as in 30 or 5m", a.run_for);
	if (a.log_level)
		set_log_level(a.log_level);
	daemon.config_dir = config_dir(&a);
	daemon.run_for_s = (int)seconds;
	return a.check ? check(daemon.config_dir) : daemon_run(&daemon);
}
