/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that owns the database connection, and the bounded queue in front
 * of it. Producers (the poll thread) never wait: a full queue drops the row, counts
 * it and records a gap with CAUSE_QUEUE. Commits about once a second.
 *
 * From each row the writer also derives gaps (run-length, written on change).
 * "Not fitted" and never-answered slots that belong to the point are NULL without a gap.
 */
#pragma once

#include "base/cause.h"
#include "base/clock.h"
#include "store/alarmlog.h"
#include "store/limitstate.h"
#include "store/registry.h"
#include "store/retain.h"

struct writer;

struct writer_settings {
	int queue_rows;      /* bound */
	int commit_every_ms; /* 1000 */
	/* Called from the writer's thread when something a person should know happened
	 * (disk full, back again, commit too slow, a reader that holds the log); may be NULL. It
	 * becomes an event of kind "store" too. */
	void (*event)(void *user, int log_level, const char *text);
	void *user;
	struct retention keep; /* all 0: everything stays */
	int64_t dense_after_s; /* densify.h; 0: never */
};

/* Takes the database over (closes it at the end). */
struct writer *writer_start(struct db *db, const struct writer_settings *settings, struct err *err);
/* Commits what is queued (three attempts while the disk is full), ends open gaps at their last
 * instant, opens the gap CAUSE_DAEMON_DOWN behind the last stored instant (the next start ends
 * it), stops the thread, closes the database. Takes NULL, returns NULL. */
struct writer *writer_stop(struct writer *w);

/* One instant of a scan: n readings in slot order, copied. 0, or -1 when dropped. A row
 * without a single value is kept as gaps only. */
int writer_row(struct writer *w, int64_t scan, int64_t ts, const struct reading *readings,
	       uint32_t n);
/* A gap of the scan as a whole, when there was no row (late, clock, dormant): n instants of its
 * grid, from first to last. */
int writer_absent_run(struct writer *w, int64_t scan, int64_t first, int64_t last, uint32_t n,
		      enum cause cause);
static inline int writer_absent(struct writer *w, int64_t scan, int64_t ts, enum cause cause)
{
	return writer_absent_run(w, scan, ts, ts, 1, cause);
}

/* Registers a scan; done runs in the writer's thread after commit of the registration,
 * with failed != NULL when it could not be. The scan stays the caller's and must outlive done.
 * Written within about 20 ms, not only at the next full second. done must not call
 * writer_call or writer_flush. */
int writer_register(struct writer *w, struct reg_scan *scan,
		    void (*done)(void *user, struct reg_scan *scan, const char *failed),
		    void *user);

enum event_severity { EVENT_INFO, EVENT_WARNING, EVENT_ALARM };
/* kind: a short stable word: "device_state", "config", "clock", "overrun", ... Copies. */
int writer_event(struct writer *w, int64_t ts, const char *entity_kind, const char *entity,
		 const char *kind, enum event_severity severity, const char *text);
/* The device's health as it is now, with the event of the change. */
int writer_device_state(struct writer *w, int64_t ts, const char *device, const char *state,
			enum cause cause);
/* A text fact; a changed value closes the former one. A changed "serial" is also an event
 * "replaced". */
int writer_device_fact(struct writer *w, int64_t ts, const char *device, const char *key,
		       const char *value);

/* A limit was passed or left (store/limitstate.h), with the event of the change. */
int writer_limit(struct writer *w, const struct limit_row *row, enum event_severity severity,
		 const char *text);

/* An alarm of a device began or ended (store/alarmlog.h), with the event of the change. */
int writer_alarm(struct writer *w, const struct alarm_row *row, enum event_severity severity,
		 const char *text);

/* Runs fn in the writer's thread, inside a transaction that is committed when fn returns 0
 * and rolled back otherwise; waits for it; returns fn's result. While nothing can be written
 * (disk full) it fails at once instead of waiting for better times. */
int writer_call(struct writer *w, int (*fn)(void *user, struct db *db, struct err *err), void *user,
		struct err *err);
/* Waits until everything queued before is committed, or an attempt at it has failed. For tests
 * and shutdown. */
void writer_flush(struct writer *w);

struct writer_counters {
	uint64_t rows, readings, dropped, commits, failures;
	uint32_t queued, queued_max;
	int64_t commit_us_max;
	struct mono last_commit;
};
struct writer_counters writer_counters(struct writer *w); /* a copy, any thread */
