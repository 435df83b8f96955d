/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's command line; everything else is daemon/. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/daemon.h"
#include "daemon/site.h"

#define EXIT_USAGE 2

static void usage(FILE *out)
{
	fputs("Usage: rackmeterd [--config DIR] [--check] [--run-for SECONDS] [--log-level LEVEL]\n"
	      "Polls the devices of a site and stores their readings.\n"
	      "\n"
	      "  --config DIR        configuration folder (default: $RACKMETER_CONFIG or\n"
	      "                      " RACKMETER_SYSCONFDIR ")\n"
	      "  --check             read the configuration, print every problem, and exit\n"
	      "  --run-for SECONDS   stop after that time (also \"5m\", \"1h\")\n"
	      "  --log-level LEVEL   error, warning, notice, info (default) or debug\n"
	      "  --version           print the version\n"
	      "  --help              print this text\n"
	      "\n"
	      "SIGHUP reloads the configuration; SIGTERM stops. Exit status: 0 stopped as asked,\n"
	      "1 the configuration is wrong, 2 database, system or usage.\n", out);
}

static int set_log_level(const char *word)
{
	static const struct { const char *word; enum log_level level; } levels[] = {
		{ "error", LOG_LEVEL_ERROR }, { "warning", LOG_LEVEL_WARNING },
		{ "notice", LOG_LEVEL_NOTICE }, { "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(word, levels[i].word) == 0) {
			log_set_level(levels[i].level);
			return 0;
		}
	}
	return -1;
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

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'k' },
		{ "run-for", required_argument, NULL, 'r' },
		{ "log-level", required_argument, NULL, 'l' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *env = getenv("RACKMETER_CONFIG");
	struct daemon_options daemon = { .config_dir = env && *env ? env : RACKMETER_SYSCONFDIR };
	bool only_check = false;
	int64_t seconds;
	int c;

	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			daemon.config_dir = optarg;
			break;
		case 'k':
			only_check = true;
			break;
		case 'r':
			if (text_to_seconds(optarg, &seconds) < 0 || seconds < 1 ||
			    seconds > INT32_MAX) {
				fprintf(stderr, "rackmeterd: --run-for %s: give seconds, as in 30 "
					"or 5m\n", optarg);
				return EXIT_USAGE;
			}
			daemon.run_for_s = (int)seconds;
			break;
		case 'l':
			if (set_log_level(optarg) < 0) {
				fprintf(stderr, "rackmeterd: --log-level %s: error, warning, "
					"notice, info or debug\n", optarg);
				return EXIT_USAGE;
			}
			break;
		case 'V':
			printf("rackmeterd %s\n", RACKMETER_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "rackmeterd: unknown argument %s\n", argv[optind]);
		return EXIT_USAGE;
	}
	return only_check ? check(daemon.config_dir) : daemon_run(&daemon);
}
