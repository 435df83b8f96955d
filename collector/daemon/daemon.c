/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main thread: starts the parts in order, waits for signals, reloads, and stops the
 * parts in reverse. Nothing is polled or stored here.
 */
#include "daemon/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "base/zone.h"
#include "config/listen.h"
#include "daemon/fingerprint.h"
#include "daemon/memory.h"
#include "daemon/metrics.h"
#include "daemon/poller.h"
#include "daemon/record.h"
#include "daemon/site.h"
#include "daemon/watchdog.h"
#include "store/writer.h"

enum exit_status { EXIT_STOPPED = 0, EXIT_CONFIG = 1, EXIT_SYSTEM = 2 };

struct daemon {
	const struct daemon_options *options;
	int signal_fd;
	struct site *site;
	/* Profiles that unchanged devices may still point into after a reload. They are
	 * only replaced when a profile's text has changed, so few ever gather. */
	struct profile_set **former;
	size_t n_former;
	uint64_t profiles_hash;
	struct writer *writer;
	struct memory memory;
	struct poller *poller;
	struct metrics *metrics;
	int64_t started_s, loaded_s;
	uint64_t refused_hash; /* of the configuration refused last; 0: none since a good one */
	struct mono next_look; /* at the files */
	struct mono next_days; /* when to see whether civil days lack */
	struct watchdog watchdog;
	const char *stuck; /* told already */
	uint64_t drops;    /* of the SNMP sockets' queues, told already */
	struct mono next_drops;
};

#define LOOK_US 10000000 /* how often the files are compared with what runs */
#define DROPS_US 600000000 /* how often answers that the kernel dropped are told at most */
#define DAYS_US (24 * INT64_C(3600000000))

static void writer_told(void *user, int level, const char *text)
{
	(void)user;
	log_at((enum log_level)level, "%s", text);
}

static void log_diag(const struct diag *diag)
{
	for (size_t i = 0; i < diag->n; i++) {
		const struct diag_item *item = &diag->items[i];

		char place[32] = "";

		if (item->line > 0 && item->column > 0)
			snprintf(place, sizeof(place), ":%d:%d", item->line, item->column);
		else if (item->line > 0)
			snprintf(place, sizeof(place), ":%d", item->line);
		log_at(item->level == DIAG_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "%s%s: %s",
		       item->file, place, item->text);
	}
}

/* SIGPIPE: a TCP peer that went away is told by write()'s error; SIGXFSZ: so is a file that may not
 * grow. */
static int open_signals(struct daemon *d, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGXFSZ);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return err_set(err, "signals cannot be blocked: %s", strerror(errno));
	sigdelset(&set, SIGPIPE);
	sigdelset(&set, SIGXFSZ);
	d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signal_fd < 0)
		return err_set(err, "signalfd: %s", strerror(errno));
	return 0;
}

static int start_store(struct daemon *d, struct err *err)
{
	const struct settings *settings = &d->site->config->settings;
	struct writer_settings how = {
		.queue_rows = settings->queue_rows,
		.commit_every_ms = 1000,
		.event = writer_told,
		.keep = { settings->keep_raw_s, settings->keep_5m_s, settings->keep_1h_s },
		.dense_after_s = settings->dense_after_s,
	};
	struct db *db = db_open_write(settings->database, err);

	if (!db)
		return -1;
	d->writer = writer_start(db, &how, err);
	return d->writer ? 0 : -1;
}

/* A port that is taken is no reason not to poll. */
static void start_metrics(struct daemon *d)
{
	const char *address = d->site->config->settings.listen_metrics;
	struct sockaddr_storage at;
	struct err err;

	if (!*address)
		return;
	if (listen_parse(address, &at, &err) == 0)
		d->metrics = metrics_start(&at, d->poller, d->writer, d->started_s, &err);
	if (d->metrics) {
		metrics_config(d->metrics, true, d->loaded_s);
		log_info("metrics: http://%s/metrics", address);
		return;
	}
	log_error("metrics at %s: %s; there are none until the next reload", address, err.text);
	writer_event(d->writer, d->loaded_s, NULL, NULL, "metrics", EVENT_WARNING, err.text);
}

/* What runs is what is on disk, and that was not refused. Also changed back counts. */
static void look_at_files(struct daemon *d)
{
	uint64_t hash;
	struct err err;
	bool same;

	if (!d->metrics)
		return;
	d->next_look.us = clock_mono().us + LOOK_US;
	same = config_hash_dir(d->options->config_dir, &hash, &err) == 0 &&
	       hash == d->site->config->hash && hash != d->refused_hash;
	metrics_config(d->metrics, same, d->loaded_s);
}

/* Without them days are summed from hours, as long as there are those: worth a line, no reason to
 * stop. */
static void tend_days(struct daemon *d)
{
	struct err err;

	d->next_days.us = clock_mono().us + DAYS_US;
	if (record_days(d->writer, wall_s(clock_wall()), &err) < 0)
		log_error("civil days are not entered: %s", err.text);
}

static int start(struct daemon *d)
{
	int64_t now_s = wall_s(clock_wall()), last_ts;
	struct err err;

	if (open_signals(d, &err) < 0) {
		log_error("%s", err.text);
		return EXIT_SYSTEM;
	}
	d->site = site_load(d->options->config_dir, now_s);
	log_diag(&d->site->diag);
	if (!d->site->inventory) {
		log_error("%s: %zu error%s; not started", d->options->config_dir,
			  d->site->diag.n_errors, d->site->diag.n_errors == 1 ? "" : "s");
		return EXIT_CONFIG;
	}
	d->profiles_hash = fingerprint_profiles(d->site->profiles);
	if (start_store(d, &err) < 0 || record_last_ts(d->writer, &last_ts, &err) < 0 ||
	    record_config(d->writer, d->site->config, now_s, &err) < 0) {
		log_error("%s", err.text);
		return EXIT_SYSTEM;
	}
	tend_days(d); /* before there are other threads: zones may change on the way */
	d->poller = poller_start(d->site->inventory, d->writer, last_ts, &err);
	if (!d->poller) {
		log_error("%s", err.text);
		return EXIT_SYSTEM;
	}
	d->started_s = d->loaded_s = now_s;
	start_metrics(d);
	log_notice("rackmeterd %s: %zu devices, %zu racks, database %s", RACKMETER_VERSION,
		   d->site->inventory->n_devices, d->site->inventory->n_racks,
		   d->site->config->settings.database);
	return EXIT_STOPPED;
}

/* ---- reload -------------------------------------------------------------- */

static void refuse(struct daemon *d, struct site *site, int64_t now_s)
{
	struct err err;

	log_diag(&site->diag);
	log_error("%s: %zu error%s; the configuration loaded before stays in force",
		  d->options->config_dir, site->diag.n_errors,
		  site->diag.n_errors == 1 ? "" : "s");
	if (record_refused(d->writer, site->config, &site->diag, now_s, &err) < 0)
		log_error("%s", err.text);
	writer_event(d->writer, now_s, NULL, NULL, "config", EVENT_WARNING,
		     "a wrong configuration was refused; the one before stays in force");
	d->refused_hash = site->config->hash;
	look_at_files(d);
	/* dates of the files were read in the zone of the refused one */
	if (zone_use(d->site->config->settings.zone, &err) < 0)
		log_error("%s", err.text);
	site_free(site);
}

/* The new inventory points into its own set of profiles. When their text is the same, the
 * set in use is taken, so that a reload leaves nothing behind. */
static int settle_profiles(struct daemon *d, struct site *site, int64_t now_s)
{
	uint64_t hash = fingerprint_profiles(site->profiles);

	if (hash == d->profiles_hash) {
		inventory_free(site->inventory);
		profile_set_free(site->profiles);
		site->profiles = d->site->profiles;
		d->site->profiles = NULL;
		site->inventory = inventory_load(site->config, site->profiles, now_s, &site->diag);
		if (site->inventory)
			return 0;
		d->site->profiles = site->profiles;
		site->profiles = NULL;
		return -1;
	}
	d->former = xrealloc(d->former, d->n_former + 1, sizeof(struct profile_set *));
	d->former[d->n_former++] = d->site->profiles;
	d->site->profiles = NULL;
	d->profiles_hash = hash;
	return 0;
}

static void reload(struct daemon *d)
{
	int64_t now_s = wall_s(clock_wall());
	struct site *site = site_load(d->options->config_dir, now_s);
	bool other_address;
	struct err err;

	if (!site->inventory) {
		refuse(d, site, now_s);
		return;
	}
	log_diag(&site->diag);
	if (strcmp(site->config->settings.database, d->site->config->settings.database) != 0)
		log_warning("another database takes effect when rackmeterd is restarted");
	if (record_config(d->writer, site->config, now_s, &err) < 0) {
		log_error("%s; the configuration loaded before stays in force", err.text);
		site_free(site);
		return;
	}
	if (settle_profiles(d, site, now_s) < 0) {
		refuse(d, site, now_s);
		return;
	}
	tend_days(d);
	poller_reload(d->poller, site->inventory);
	other_address = strcmp(site->config->settings.listen_metrics,
			       d->site->config->settings.listen_metrics) != 0;
	site_free(d->site);
	d->site = site;
	memory_freed(&d->memory, clock_mono());
	d->loaded_s = now_s;
	d->refused_hash = 0;
	if (other_address)
		d->metrics = metrics_stop(d->metrics);
	if (!d->metrics)
		start_metrics(d);
	look_at_files(d);
	writer_event(d->writer, now_s, NULL, NULL, "config", EVENT_INFO, "configuration reloaded");
	log_notice("configuration reloaded: %zu devices", site->inventory->n_devices);
}

/* ---- main loop ----------------------------------------------------------- */

static void feed_watchdog(struct daemon *d, const struct poller_counters *c,
			  const struct writer_counters *w)
{
	const char *stuck;

	if (watchdog_turn(&d->watchdog, clock_mono(), c, w, &stuck))
		sd_notify(0, "WATCHDOG=1");
	if (stuck && stuck != d->stuck)
		log_error("%s does not get on; systemd is not told that all is well", stuck);
	d->stuck = stuck;
}

/* Each was asked for again, so nothing else would say why devices seem slow or silent. */
static void tell_drops(struct daemon *d, uint64_t drops)
{
	if (drops == d->drops || clock_mono().us < d->next_drops.us)
		return;
	log_warning("the queue of the SNMP socket was full: %" PRIu64 " packets were lost and "
		    "asked for again; let it be longer: sysctl -w net.core.rmem_max=8388608, and "
		    "restart rackmeterd", drops - d->drops);
	d->drops = drops;
	d->next_drops.us = clock_mono().us + DROPS_US;
}

static void tell_status(struct daemon *d)
{
	struct poller_counters c = poller_counters(d->poller);
	struct writer_counters w = writer_counters(d->writer);

	feed_watchdog(d, &c, &w);
	tell_drops(d, c.socket_drops);
	sd_notifyf(0, "STATUS=%" PRIu32 " devices ok, %" PRIu32 " suspect, %" PRIu32
		   " dormant, %" PRIu32 " unknown; %" PRIu64 " readings, %" PRIu64 " late, %"
		   PRIu64 " dropped", c.ok, c.suspect, c.dormant, c.unknown, c.readings, c.late,
		   w.dropped);
}

/* False: stop. */
static bool handle_signals(struct daemon *d)
{
	struct signalfd_siginfo info;

	while (read(d->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGHUP)
			return false;
		sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono().us);
		reload(d);
		sd_notify(0, "READY=1");
	}
	return true;
}

static void run(struct daemon *d)
{
	struct pollfd fd = { .fd = d->signal_fd, .events = POLLIN };
	int64_t end_us = INT64_MAX, round_us = 1000000;
	uint64_t usec = 0;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		usec = 0;
	watchdog_begin(&d->watchdog, usec, clock_mono());
	if (usec > 0 && (int64_t)usec / 4 < round_us)
		round_us = (int64_t)usec / 4;
	if (d->options->run_for_s > 0)
		end_us = clock_mono().us + (int64_t)d->options->run_for_s * 1000000;
	for (;;) {
		int64_t left_us = end_us - clock_mono().us;

		if (left_us <= 0)
			break;
		if (left_us > round_us)
			left_us = round_us;
		if (poll(&fd, 1, (int)((left_us + 999) / 1000)) > 0 &&
		    !handle_signals(d))
			break;
		tell_status(d);
		memory_tend(&d->memory, clock_mono());
		if (clock_mono().us >= d->next_look.us)
			look_at_files(d);
		if (clock_mono().us >= d->next_days.us)
			tend_days(d);
	}
}

static void log_end(struct daemon *d)
{
	struct poller_counters c = poller_counters(d->poller);
	struct writer_counters w = writer_counters(d->writer);

	log_notice("stopping after %" PRIu64 " scans, %" PRIu64 " late, %" PRIu64 " at their "
		   "deadline; longest delay of the loop %.1f ms; %" PRIu32
		   " rows at most waited for the database",
		   c.scans, c.late, c.overrun, (double)c.loop_lag_us_max / 1000, w.queued_max);
}

static void stop(struct daemon *d)
{
	d->metrics = metrics_stop(d->metrics);
	d->poller = poller_stop(d->poller);
	d->writer = d->writer ? writer_stop(d->writer) : NULL;
	site_free(d->site);
	for (size_t i = 0; i < d->n_former; i++)
		profile_set_free(d->former[i]);
	free(d->former);
	if (d->signal_fd >= 0)
		close(d->signal_fd);
}

int daemon_run(const struct daemon_options *options)
{
	struct daemon d = { .options = options, .signal_fd = -1 };
	int status;

	memory_init();
	status = start(&d);

	if (status == EXIT_STOPPED) {
		sd_notify(0, "READY=1");
		tell_status(&d);
		run(&d);
		sd_notify(0, "STOPPING=1");
		log_end(&d);
	}
	stop(&d);
	return status;
}
