/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a device, for device*.c only: life and chores (device.c), requests
 * (device_run.c), survey and registration (device_enrol.c). */
#pragma once

#include "daemon/alarms.h"
#include "daemon/device.h"
#include "daemon/subnet.h"

enum flight { FLIGHT_NONE, FLIGHT_SURVEY, FLIGHT_SCAN, FLIGHT_FACTS, FLIGHT_PROBE };
enum scan_state { SCAN_IDLE, SCAN_WAITING, SCAN_RUNNING };

struct device_scan {
	struct timer timer;
	struct device *device;
	int64_t scan, next_ts;
	int64_t due_ts;        /* WAITING, RUNNING: its instant */
	struct mono deadline;
	uint32_t n_slots, *slots; /* slots NULL: in order */
	struct plan *own_plan; /* after a split; NULL: the shape's */
	enum scan_state state;
};

/* A new shape on its way into the database. */
struct enrolment {
	struct device *device; /* NULL: gone meanwhile */
	struct shapes *shapes;
	struct shape *shape;
	char *entity;
	size_t n, n_left;
	bool failed;
	struct registration *regs;
};

struct device {
	struct poller *p;
	const struct inv_device *inv;
	size_t index;
	uint64_t hash;
	char *name;
	struct driver *driver;
	struct target *target;
	struct resolve *resolve; /* a question under way */
	struct health health;
	struct device_vitals vitals;
	struct subnet_place place, chain;
	struct timer chores;
	struct mono next_facts, next_resolve, next_survey; /* INT64_MAX: not wanted */
	struct mono resurvey_after;

	/* The last readings that sums may need: told again when a reload makes the sums anew. */
	struct { uint32_t point; struct reading reading; } *kept;
	size_t n_kept;
	int64_t kept_ts; /* 0: none yet */

	struct alarms alarms; /* that last */
	struct shape *shape;
	struct device_scan *scans; /* one per group of the shape */
	struct enrolment *enrolment;

	struct survey *survey;
	struct mono survey_deadline;
	bool survey_wanted, survey_queued, probe_wanted, facts_wanted;
	/* The survey only looks at what is fitted; a whole one was wanted meanwhile. */
	bool looking, whole_wanted;
	uint64_t fitted_hash; /* what the last whole survey found fitted */
	struct device *survey_next_in_line;

	struct scan_run run;
	struct device_scan *running;
	size_t fact;

	bool has_uptime, split_told;
	uint32_t uptime;
	struct mono uptime_at;

	enum flight flight;
	struct request request;
};

#define NEVER ((struct mono){ INT64_MAX })
#define FACTS_EVERY_S 3600
#define RESOLVE_EVERY_S 600
#define RESURVEY_AFTER_S 600
#define SURVEY_MAX_S 120 /* a slow BMC with hundreds of rows */
#define REQUEST_MAX_S 10

static inline struct mono mono_after(struct mono t, int64_t us)
{
	return (struct mono){ t.us + us };
}

/* device.c */
void device_arm(struct device *d); /* sets the chores' timer */
void device_health(struct device *d, bool answered, enum cause cause);
void device_event(struct device *d, const char *kind, enum event_severity severity,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* device_run.c */
void device_kick(struct device *d); /* asks what is due, if nothing is in flight */
void device_drop_scans(struct device *d);
void device_scan_fire(struct poller *p, struct timer *timer);
void device_uptime(struct device *d, uint32_t ticks);

/* device_enrol.c */
void device_want_survey(struct device *d);
void device_want_look(struct device *d);     /* at what is fitted: a survey when it changed */
struct mono device_next_facts(const struct device *d);
void device_end_survey(struct device *d);    /* frees it, gives the slot on */
void device_survey_done(struct device *d);   /* the machine has come to its end */
void device_enrol(struct device *d, struct expansion *expansion, bool has_uptime);
void device_install(struct device *d);       /* a finished enrolment takes effect */
bool device_enrolled(const struct device *d); /* one is finished and waits for install */
void device_fact(struct device *d, const struct fact_def *fact, const char *text);
