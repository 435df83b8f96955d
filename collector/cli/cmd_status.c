/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter status`: how the collector is, from the database alone, on one screen. Whether a
 * process lives is not asked: the file may be read on another machine; its commits tell.
 *
 * JSON (version 1): verdict, site, database, size_bytes, growth_bytes_per_day, disk_free_bytes,
 * disk_days_left, collector ("running", "stale", "stopped", "down", "never"),
 * collector_version, host, pid, started, stopped, last_commit, commit_age_s, last_reading,
 * clock_ahead_s, config_loaded,
 * config_user, config_dir, config_hash, config_on_disk ("same", "differs", "unreadable"),
 * devices, devices_ok, devices_suspect, devices_dormant, devices_unknown, devices_planned,
 * devices_critical, devices_warning, gaps_devices, gaps_values.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "cli/command.h"
#include "cli/page.h"
#include "config/config.h"
#include "report/doc.h"
#include "report/period.h"
#include "store/maint.h"
#include "store/query.h"

#define STALE_S   60  /* commits come about once a second */
#define DOWN_S    600 /* no commit for so long: not running, whatever it said last */
#define AHEAD_S   5   /* instants may lie so far in the future of this machine's clock */
#define DISK_DAYS 14

extern const struct command cmd_status;

struct values {
	const char *db, *dir, *format, *now;
};

#define AT(member) offsetof(struct values, member)

static const struct option table[] = {
	{ "--format", "text|json", "json for programs", AT(format), 0 },
	{ "--now", "TIME", "what \"now\" is", AT(now), 0 },
	OPTION_DB(AT(db)),
	OPTION_DIR(AT(dir)),
	OPTION_END,
};

struct status {
	struct db *db;
	struct doc *doc;
	int64_t now;
	int exit;
	char *sentence; /* for the verdict */
};

static void worsen(struct status *s, int to)
{
	if (s->exit < to)
		s->exit = to;
}

static int add_collector(struct status *s, struct err *err)
{
	struct query *q = query_new(s->db, "report_daemon", err);
	char length[48], when[64];
	const char *state;
	double age = NAN, ahead = NAN;
	int r;

	if (!q)
		return -1;
	r = query_step(q, err);
	if (r < 0) {
		query_free(q);
		return -1;
	}
	bool row = r > 0, commits = row && !query_is_null(q, 3),
	     stopped = row && !query_is_null(q, 2);
	if (commits)
		age = (double)(s->now - query_int(q, 3));
	if (commits && !query_is_null(q, 4))
		ahead = (double)(query_int(q, 4) - s->now);
	if (!row) {
		state = "never";
		worsen(s, 2);
		s->sentence = xstrdup("no collector ever wrote here: start rackmeterd");
	} else if (stopped) {
		state = "stopped";
		worsen(s, 2);
		s->sentence = xasprintf("the collector is stopped since %s",
					zone_format(query_int(q, 2), when, sizeof(when)));
	} else if (!commits && s->now - query_int(q, 1) <= STALE_S) {
		state = "running";
		s->sentence = xstrdup("the collector has just started");
	} else if (!(age <= DOWN_S)) {
		state = "down";
		worsen(s, 2);
		s->sentence =
			commits ? xasprintf("the collector is down: its last commit was at %s",
					    zone_format(query_int(q, 3), when, sizeof(when)))
				: xstrdup("the collector is down: it never committed anything");
	} else if (age > STALE_S) {
		state = "stale";
		worsen(s, 1);
		s->sentence =
			xasprintf("the collector is slow or stuck: its last commit was %s ago",
				  period_length((int64_t)age, length, sizeof(length)));
	} else {
		state = "running";
		s->sentence =
			xasprintf("collecting, last commit %s ago",
				  period_length((int64_t)fmax(age, 0), length, sizeof(length)));
	}
	if (!strcmp(state, "stopped") || !strcmp(state, "down") || !strcmp(state, "stale") ||
	    !strcmp(state, "never"))
		doc_exception(s->doc, s->exit, "collector", "rackmeterd", "%s", s->sentence);
	if (ahead > AHEAD_S || age < -AHEAD_S) {
		worsen(s, 1);
		doc_exception(s->doc, 1, "clock", "clock",
			      "stored times lie %.0f s in the future: a clock is "
			      "wrong, here or on %s",
			      fmax(ahead, -age), query_text(q, 5));
	}
	doc_text(s->doc, "collector", "Collector", state);
	doc_text(s->doc, "collector_version", "Version", row ? query_text(q, 0) : NULL);
	doc_text(s->doc, "host", "Host", row ? query_text(q, 5) : NULL);
	doc_number(s->doc, "pid", "Process", DOC_COUNT, row ? (double)query_int(q, 6) : NAN);
	doc_number(s->doc, "started", "Started", DOC_TIME, row ? (double)query_int(q, 1) : NAN);
	doc_number(s->doc, "stopped", "Stopped", DOC_TIME, stopped ? (double)query_int(q, 2) : NAN);
	doc_number(s->doc, "last_commit", "Last commit", DOC_TIME,
		   commits ? (double)query_int(q, 3) : NAN);
	doc_number(s->doc, "commit_age_s", "Age of it", DOC_SECONDS, age);
	doc_number(s->doc, "last_reading", "Last reading", DOC_TIME,
		   row && !query_is_null(q, 4) ? (double)query_int(q, 4) : NAN);
	doc_number(s->doc, "clock_ahead_s", "Readings ahead of now", DOC_SECONDS,
		   isnan(ahead) ? NAN : fmax(ahead, 0));
	query_free(q);
	return 0;
}

/* "same", "differs", or NULL with err when the folder cannot be read from here. */
static const char *compare_disk(const char *dir, const char *loaded, struct err *err)
{
	char hex[17];
	uint64_t hash;

	if (config_hash_dir(dir, &hash, err) < 0)
		return NULL;
	snprintf(hex, sizeof(hex), "%016" PRIx64, hash);
	return strcmp(hex, loaded) ? "differs" : "same";
}

static int add_config(struct status *s, struct err *err)
{
	struct query *q = query_new(s->db, "status_loads", err);
	int64_t accepted = INT64_MIN;
	char when[64];
	int r;

	if (!q)
		return -1;
	while ((r = query_step(q, err)) > 0) {
		if (query_int(q, 0)) {
			struct err why = { "" };
			const char *disk = compare_disk(query_text(q, 3), query_text(q, 4), &why);

			accepted = query_int(q, 1);
			doc_number(s->doc, "config_loaded", "Configuration loaded", DOC_TIME,
				   (double)accepted);
			doc_text(s->doc, "config_user", "By", query_text(q, 2));
			doc_text(s->doc, "config_dir", "From", query_text(q, 3));
			doc_text(s->doc, "config_hash", "Hash", query_text(q, 4));
			doc_text(s->doc, "config_on_disk", "On disk", disk ? disk : "unreadable");
			if (!disk) {
				doc_note(s->doc, "The configuration on disk was not compared: %s",
					 why.text);
			} else if (!strcmp(disk, "differs")) {
				worsen(s, 1);
				doc_exception(s->doc, 1, "config", "configuration",
					      "%s differs from what is loaded: `rackmeter config "
					      "diff` shows it; reload rackmeterd or fix the files",
					      query_text(q, 3));
			}
		} else if (query_int(q, 1) > accepted) {
			worsen(s, 1);
			doc_exception(s->doc, 1, "config", "configuration", "refused at %s: %s",
				      zone_format(query_int(q, 1), when, sizeof(when)),
				      query_text(q, 5));
		}
	}
	query_free(q);
	if (r == 0 && accepted == INT64_MIN)
		doc_exception(s->doc, 1, "config", "configuration", "none was ever loaded");
	return r;
}

static int add_devices(struct status *s, struct err *err)
{
	struct query *q = query_new(s->db, "status_devices", err);
	double n = 0, ok = 0, suspect = 0, dormant = 0, unknown = 0, planned = 0, away = 0;
	char when[64], *sentence;
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", s->now);
	while ((r = query_step(q, err)) > 0) {
		const char *state = query_text(q, 1);

		n++;
		if (!strcmp(state, "ok")) {
			ok++;
		} else if (query_int(q, 4)) {
			planned++;
		} else if (!strcmp(state, "suspect")) {
			suspect++;
		} else if (!strcmp(state, "dormant")) {
			dormant++;
			if (away++ < 10)
				doc_exception(s->doc, 1, "device", query_text(q, 0),
					      "dormant since %s: %s",
					      zone_format(query_int(q, 2), when, sizeof(when)),
					      query_text(q, 3));
		} else {
			unknown++;
		}
	}
	query_free(q);
	if (r < 0)
		return -1;
	if (away > 10)
		doc_note(s->doc,
			 "%.0f more dormant devices are not listed; `rackmeter report racks` has "
			 "all.",
			 away - 10);
	if (dormant > 0)
		worsen(s, 1);
	doc_number(s->doc, "devices", "Devices", DOC_COUNT, n);
	doc_number(s->doc, "devices_ok", "  ok", DOC_COUNT, ok);
	doc_number(s->doc, "devices_suspect", "  suspect", DOC_COUNT, suspect);
	doc_number(s->doc, "devices_dormant", "  dormant", DOC_COUNT, dormant);
	doc_number(s->doc, "devices_unknown", "  unknown", DOC_COUNT, unknown);
	doc_number(s->doc, "devices_planned", "  planned", DOC_COUNT, planned);
	sentence = xasprintf("%s; %.0f of %.0f devices ok", s->sentence, ok, n);
	free(s->sentence);
	s->sentence = sentence;

	/* what devices say of themselves is no fault of the collector: the verdict stays */
	q = query_new(s->db, "status_alarms", err);
	r = q ? query_step(q, err) : -1;
	if (r > 0) {
		doc_number(s->doc, "devices_critical", "  alarm, critical", DOC_COUNT,
			   query_real(q, 0));
		doc_number(s->doc, "devices_warning", "  alarm, warning", DOC_COUNT,
			   query_real(q, 1));
	}
	query_free(q);
	if (r < 0)
		return -1;

	q = query_new(s->db, "status_gaps", err);
	r = q ? query_step(q, err) : -1;
	if (r > 0) {
		doc_number(s->doc, "gaps_devices", "Open gaps, devices", DOC_COUNT,
			   (double)query_int(q, 0));
		doc_number(s->doc, "gaps_values", "Open gaps, values", DOC_COUNT,
			   (double)query_int(q, 1));
	}
	query_free(q);
	return r < 0 ? -1 : 0;
}

static double file_size(const char *path, const char *suffix)
{
	char *name = xasprintf("%s%s", path, suffix);
	struct stat st;
	double size = stat(name, &st) == 0 ? (double)st.st_size : 0;

	free(name);
	return size;
}

static int add_disk(struct status *s, struct err *err)
{
	const char *path = db_path(s->db);
	double size = file_size(path, ""), growth, available = NAN, days = NAN;
	struct maint_info info;
	struct statvfs fs;

	/* Of the newest finished hours: the ring of the open ones does not grow. NAN at first. */
	if (maint_info(s->db, &info, err) < 0)
		return -1;
	growth = (info.chunk_bytes + info.rollup_bytes) * info.samples_per_day;
	if (statvfs(path, &fs) == 0)
		available = (double)fs.f_bavail * (double)fs.f_frsize;
	if (growth > 0)
		days = (available + (double)info.free_bytes) / growth;
	doc_text(s->doc, "database", "Database", path);
	doc_number(s->doc, "size_bytes", "Size", DOC_BYTES, size + file_size(path, "-wal"));
	doc_number(s->doc, "growth_bytes_per_day", "Growth per day", DOC_BYTES, growth);
	doc_number(s->doc, "disk_free_bytes", "Disk free", DOC_BYTES, available);
	doc_number(s->doc, "disk_days_left", "Days until full", DOC_COUNT, days > 1e6 ? 1e6 : days);
	if (days < DISK_DAYS) {
		worsen(s, 1);
		doc_exception(s->doc, 1, "disk", "disk",
			      "the disk of %s is full in %.1f days at this growth", path, days);
	}
	return 0;
}

static char *setting(struct status *s, const char *key, struct err *err)
{
	struct query *q = query_new(s->db, "report_setting", err);
	char *ret = NULL;

	if (!q)
		return NULL;
	query_bind_text(q, ":key", key);
	query_bind_int(q, ":at", s->now);
	if (query_step(q, err) > 0 && *query_text(q, 0))
		ret = xstrdup(query_text(q, 0));
	query_free(q);
	return ret;
}

static int fill(struct status *s, const char *now, struct err *err)
{
	char *zone = setting(s, "zone", err), *site = setting(s, "site", err);
	int r = zone_use(zone ? zone : "UTC", err);

	free(zone);
	if (r == 0 && now)
		r = zone_parse(now, &s->now, err);
	doc_text(s->doc, "site", "Site", site);
	free(site);
	if (r < 0 || add_collector(s, err) < 0 || add_devices(s, err) < 0 ||
	    add_config(s, err) < 0 || add_disk(s, err) < 0)
		return -1;
	doc_verdict(s->doc, s->exit, "%s", s->sentence);
	return 0;
}

static int show(const struct values *v)
{
	struct err err = { "" };
	struct status s = { .now = wall_s(clock_wall()) };

	s.db = command_open(v->db, v->dir, &err);
	if (!s.db) {
		fprintf(stderr, "rackmeter status: %s\n", err.text);
		return 2;
	}
	s.doc = doc_new("status", 1);
	if (fill(&s, v->now, &err) < 0) {
		fprintf(stderr, "rackmeter status: %s\n", err.text);
		s.exit = 2;
	} else {
		struct doc_text page = page_here(false);
		bool json = v->format && !strcmp(v->format, "json");
		char *text = json ? doc_render_json(s.doc) : doc_render_text(s.doc, &page);

		fputs(text, stdout);
		free(text);
	}
	free(s.sentence);
	doc_free(s.doc);
	db_close(s.db);
	return s.exit;
}

static int run(int argc, char **argv)
{
	struct values v = { 0 };
	int n, r = option_parse(&cmd_status, argc, argv, &v, &n);

	if (r)
		return r < 0 ? 0 : r;
	return show(&v);
}

const struct command cmd_status = {
	.name = "status",
	.summary = "how the collector is: commits, configuration, devices, disk, clock",
	.about = "One screen, from the database alone: it also tells of a collector that is down.",
	.options = table,
	.exits = "0 fine\n1 something is degraded\n2 the collector is down, the database cannot be "
		 "read, or wrong usage",
	.run = run,
};
