/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Families in a fixed order; a family is written sample by sample, its head before the first of
 * them, so a family without samples is not there at all. Numbers are printed with the digits
 * they have (%.10g: a milliwatt of a gigawatt), never in the locale's way: LC_NUMERIC is "C".
 */
#include "daemon/exposition.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct text {
	char *s;
	size_t n, cap;
	const char *name, *type, *help; /* the family that was begun, head not written yet */
};

static void put(struct text *t, const char *s)
{
	size_t n = strlen(s);

	xgrow(&t->s, &t->cap, t->n + n + 1, 1);
	memcpy(t->s + t->n, s, n + 1);
	t->n += n;
}

static void family(struct text *t, const char *name, const char *type, const char *help)
{
	t->name = name;
	t->type = type;
	t->help = help;
}

/* labels: "" or made by board_label(). more: "" or one label more. */
static void sample(struct text *t, const char *labels, const char *more, double value)
{
	char number[40];

	if (isnan(value))
		return;
	if (t->help) {
		put(t, "# HELP ");
		put(t, t->name);
		put(t, " ");
		put(t, t->help);
		put(t, "\n# TYPE ");
		put(t, t->name);
		put(t, " ");
		put(t, t->type);
		put(t, "\n");
		t->help = NULL;
	}
	put(t, t->name);
	if (*labels || *more) {
		put(t, "{");
		put(t, labels);
		if (*labels && *more)
			put(t, ",");
		put(t, more);
		put(t, "}");
	}
	if (fabs(value) < 9e15 && value == (double)(int64_t)value)
		snprintf(number, sizeof(number), " %" PRId64 "\n", (int64_t)value);
	else
		snprintf(number, sizeof(number), " %.10g\n", value);
	put(t, number);
}

static void one(struct text *t, const char *name, const char *type, const char *help, double value)
{
	family(t, name, type, help);
	sample(t, "", "", value);
}

/* ---- the process --------------------------------------------------------- */

static void process(struct text *t, const struct exposition *x)
{
	const struct poller_counters *p = &x->poller;
	const struct writer_counters *w = &x->writer;
	const struct {
		const char *label;
		uint32_t n;
	} states[] = { { "state=\"ok\"", p->ok },
		       { "state=\"suspect\"", p->suspect },
		       { "state=\"dormant\"", p->dormant },
		       { "state=\"unknown\"", p->unknown } };

	family(t, "rackmeter_build_info", "gauge", "The version that runs; always 1.");
	sample(t, "version=\"" RACKMETER_VERSION "\"", "", 1);
	one(t, "rackmeter_start_time_seconds", "gauge", "When rackmeterd was started, UTC.",
	    (double)x->started_s);
	one(t, "rackmeter_config_ok", "gauge",
	    "1 while the running configuration is the one on disk; 0 when that was changed or "
	    "refused.",
	    x->config_ok);
	one(t, "rackmeter_config_loaded_time_seconds", "gauge",
	    "When the running configuration was loaded, UTC.", (double)x->config_loaded_s);
	one(t, "rackmeter_polls_total", "counter", "Polls begun: one per scan and instant.",
	    (double)p->scans);
	one(t, "rackmeter_polls_late_total", "counter",
	    "Instants that were skipped because a poll still ran or the loop was held up.",
	    (double)p->late);
	one(t, "rackmeter_polls_overrun_total", "counter", "Polls that were cut by their deadline.",
	    (double)p->overrun);
	one(t, "rackmeter_surveys_total", "counter", "Walks over a device's tables.",
	    (double)p->surveys);
	one(t, "rackmeter_readings_total", "counter", "Values read.", (double)p->readings);
	one(t, "rackmeter_absences_total", "counter", "Values that were asked for and not read.",
	    (double)p->absences);
	one(t, "rackmeter_snmp_packets_dropped_total", "counter",
	    "Packets that found the queue of an SNMP socket full; they were asked for again.",
	    (double)p->socket_drops);
	family(t, "rackmeter_poll_failures_total", "counter",
	       "Polls, probes and surveys without any answer, by cause.");
	for (size_t i = 0; i < POLLER_CAUSES; i++) {
		if (p->failures[i] == 0)
			continue;
		char *cause = board_label("", "cause", cause_text((enum cause)i));

		sample(t, cause, "", (double)p->failures[i]);
		free(cause);
	}
	family(t, "rackmeter_devices", "gauge", "Devices by state.");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		sample(t, states[i].label, "", states[i].n);
	one(t, "rackmeter_loop_lag_seconds_max", "gauge",
	    "Longest delay of the poll loop behind a timer in the last complete minute.",
	    (double)p->lag_us_minute / 1e6);
	one(t, "rackmeter_rows_total", "counter", "Rows handed to the database.", (double)w->rows);
	one(t, "rackmeter_rows_dropped_total", "counter",
	    "Rows that found the queue to the database full; each is a gap with its cause.",
	    (double)w->dropped);
	one(t, "rackmeter_queue_rows", "gauge", "Rows that wait for the database.", w->queued);
	one(t, "rackmeter_queue_rows_max", "gauge", "The most rows that ever waited.",
	    w->queued_max);
	one(t, "rackmeter_commits_total", "counter", "Commits of the database.",
	    (double)w->commits);
	one(t, "rackmeter_commit_failures_total", "counter",
	    "Commits that failed and were tried again.", (double)w->failures);
	one(t, "rackmeter_commit_age_seconds", "gauge", "Time since the last commit.",
	    w->last_commit.us > 0 ? (double)(x->now.us - w->last_commit.us) / 1e6 : NAN);
}

/* ---- devices ------------------------------------------------------------- */

static void device_up(struct text *t, struct board *b)
{
	family(t, "rackmeter_device_up", "gauge",
	       "1 while the device answers, 0 while it does not.");
	for (size_t i = 0; i < b->n_devices; i++) {
		struct board_device *d = &b->devices[i];
		uint8_t state = atomic_load_explicit(&d->state, memory_order_relaxed);

		if (state != HEALTH_UNKNOWN) /* not asked yet */
			sample(t, d->labels, "", state == HEALTH_OK);
	}
}

static void device_latency(struct text *t, struct board *b)
{
	family(t, "rackmeter_device_latency_seconds", "gauge",
	       "Round trip of the device's latest answer; absent while it does not answer.");
	for (size_t i = 0; i < b->n_devices; i++) {
		struct board_device *d = &b->devices[i];
		int64_t us = atomic_load_explicit(&d->rtt_us, memory_order_relaxed);
		uint8_t state = atomic_load_explicit(&d->state, memory_order_relaxed);

		if (us >= 0 && state == HEALTH_OK)
			sample(t, d->labels, "", (double)us / 1e6);
	}
}

static void device_failures(struct text *t, struct board *b)
{
	family(t, "rackmeter_device_failures_total", "counter",
	       "Polls, probes and surveys that the device did not answer, by cause.");
	for (size_t i = 0; i < b->n_devices; i++) {
		struct board_device *d = &b->devices[i];

		for (size_t k = 0; k < BOARD_KINDS; k++) {
			uint64_t v = atomic_load_explicit(&d->failures[k], memory_order_relaxed);
			uint64_t n = v & ((UINT64_C(1) << 48) - 1);
			char *cause;

			if (n == 0)
				break;
			cause = board_label("", "cause",
					    v >> 48 ? cause_text((enum cause)(v >> 48)) : "other");
			sample(t, d->labels, cause, (double)n);
			free(cause);
		}
	}
}

/* ---- sums ---------------------------------------------------------------- */

enum what { WHAT_POWER, WHAT_PRESENT, WHAT_EXPECTED, WHAT_BUDGET, WHAT_HEADROOM, WHAT_AMPS };

static void put_sum(struct text *t, const struct board_sum *sum, const struct board_values *v,
		    enum what what)
{
	static const char *const phases[] = { "phase=\"L1\"", "phase=\"L2\"", "phase=\"L3\"" };

	switch (what) {
	case WHAT_POWER: sample(t, sum->labels, "", v->power_w); break;
	case WHAT_PRESENT: sample(t, sum->labels, "", v->present); break;
	case WHAT_EXPECTED: sample(t, sum->labels, "", v->expected); break;
	case WHAT_BUDGET: sample(t, sum->labels, "", sum->budget_w); break;
	case WHAT_HEADROOM: /* of a partial sum it would promise too much */
		if (v->present >= v->expected)
			sample(t, sum->labels, "", sum->budget_w - v->power_w);
		break;
	case WHAT_AMPS:
		for (int k = 0; k < 3; k++)
			sample(t, sum->labels, phases[k], v->amps[k]);
		break;
	}
}

static void sums(struct text *t, const struct exposition *x)
{
	static const struct {
		enum board_kind kind;
		enum what what;
		const char *name, *help;
	} families[] = {
		{ BOARD_RACK, WHAT_POWER, "rackmeter_rack_power_watts",
		  "Active power of the rack: its meters that have a reading." },
		{ BOARD_RACK, WHAT_BUDGET, "rackmeter_rack_budget_watts",
		  "The rack's power budget." },
		{ BOARD_RACK, WHAT_HEADROOM, "rackmeter_rack_headroom_watts",
		  "Budget less power; absent while the power is partial." },
		{ BOARD_RACK, WHAT_PRESENT, "rackmeter_rack_members_present",
		  "Meters of the rack that have a reading." },
		{ BOARD_RACK, WHAT_EXPECTED, "rackmeter_rack_members_expected",
		  "Meters of the rack that should have one." },
		{ BOARD_FEED, WHAT_POWER, "rackmeter_feed_power_watts",
		  "Active power of the feed." },
		{ BOARD_FEED, WHAT_AMPS, "rackmeter_feed_current_amperes",
		  "Current of the feed per phase." },
		{ BOARD_FEED, WHAT_PRESENT, "rackmeter_feed_members_present",
		  "Meters of the feed that have a reading." },
		{ BOARD_FEED, WHAT_EXPECTED, "rackmeter_feed_members_expected",
		  "Meters of the feed that should have one." },
		{ BOARD_CIRCUIT, WHAT_POWER, "rackmeter_circuit_power_watts",
		  "Active power of a circuit above the feeds that has no meter itself." },
		{ BOARD_CIRCUIT, WHAT_AMPS, "rackmeter_circuit_current_amperes",
		  "Current of that circuit per phase." },
		{ BOARD_CIRCUIT, WHAT_PRESENT, "rackmeter_circuit_members_present",
		  "Meters below that circuit that have a reading." },
		{ BOARD_CIRCUIT, WHAT_EXPECTED, "rackmeter_circuit_members_expected",
		  "Meters below that circuit that should have one." },
		{ BOARD_HALL, WHAT_POWER, "rackmeter_hall_power_watts",
		  "Active power of the racks of the hall." },
		{ BOARD_HALL, WHAT_PRESENT, "rackmeter_hall_members_present",
		  "Meters of the hall's racks that have a reading." },
		{ BOARD_HALL, WHAT_EXPECTED, "rackmeter_hall_members_expected",
		  "Meters of the hall's racks that should have one." },
		{ BOARD_SITE, WHAT_POWER, "rackmeter_site_power_watts",
		  "Active power of a side (it, facility) of the site's first boundary." },
		{ BOARD_SITE, WHAT_PRESENT, "rackmeter_site_members_present",
		  "Meters of the side that have a reading." },
		{ BOARD_SITE, WHAT_EXPECTED, "rackmeter_site_members_expected",
		  "Meters of the side that should have one." },
	};
	struct board *b = x->board;
	/* read once, so that a rack's headroom is that of its power */
	struct board_values *values = xcalloc(b->n_sums + 1, sizeof(*values));
	const struct board_values none = { NAN, NAN, NAN, { NAN, NAN, NAN } };

	for (size_t i = 0; i < b->n_sums; i++) {
		if (!board_read(b, &b->sums[i], x->now, &values[i]))
			values[i] = none;
	}
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		family(t, families[f].name, "gauge", families[f].help);
		for (size_t i = 0; i < b->n_sums; i++) {
			if (b->sums[i].kind == families[f].kind)
				put_sum(t, &b->sums[i], &values[i], families[f].what);
		}
	}
	free(values);
}

char *exposition_text(const struct exposition *from, size_t *ret_size)
{
	struct text t = { 0 };

	process(&t, from);
	if (from->board) {
		sums(&t, from);
		device_up(&t, from->board);
		device_latency(&t, from->board);
		device_failures(&t, from->board);
	}
	*ret_size = t.n;
	return t.s;
}
