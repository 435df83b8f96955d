/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the poll thread shows to whoever serves metrics: the state of every device and the latest
 * sums, as atomics. The poll thread writes where it would count anyway and never waits; a reader
 * holds a reference and sees each sum as of one instant (a sequence lock per scan). A board is
 * made for one inventory; a reload makes another.
 */
#pragma once

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"
#include "group/group.h"
#include "schedule/health.h"

#define BOARD_KINDS 4 /* kinds of failure told apart per device; more of them are one kind */

struct board_device {
	char *labels; /* device="PDU-1",rack="R1" */
	_Atomic uint8_t state;
	_Atomic int64_t rtt_us;                 /* of the latest answer; -1: none yet */
	_Atomic uint64_t failures[BOARD_KINDS]; /* cause << 48 | count; 0: free */
};

enum board_kind { BOARD_RACK, BOARD_FEED, BOARD_CIRCUIT, BOARD_HALL, BOARD_SITE };

struct board_sum { /* constant */
	enum board_kind kind;
	char *labels;
	double budget_w; /* NAN: none */
	size_t scan;
	size_t power, present, expected, amps[3]; /* cells; SIZE_MAX: none */
};

struct board_scan {
	size_t first, n; /* its cells */
	_Atomic uint32_t sequence; /* odd: being written */
	_Atomic int64_t at_us;     /* monotonic, of the latest computation; 0: none */
};

struct board {
	atomic_uint refs;
	int step_s; /* of the sums */
	struct board_device *devices;
	size_t n_devices;
	struct board_sum *sums;
	size_t n_sums, cap_sums;
	struct board_scan *scans;
	size_t n_scans;
	_Atomic double *cells;
	double *steps; /* of the cells: what one raw step is */
	size_t n_cells, cap_steps;
};

/* group: the sums of that inventory. One reference, the caller's. */
struct board *board_new(const struct inventory *inv, const struct group *group);
struct board *board_ref(struct board *b);
struct board *board_unref(struct board *b); /* takes NULL, returns NULL; any thread */

/* From the poll thread; each takes a NULL board. */
void board_state(struct board *b, size_t device, enum health_state state);
void board_answer(struct board *b, size_t device, int64_t rtt_us);
void board_failure(struct board *b, size_t device, enum cause cause);
void board_sums(struct board *b, size_t scan, const struct reading *readings, struct mono now);
/* A device that goes on after a reload keeps its counts. */
void board_keep(struct board *b, size_t device, const struct board *former, size_t was);

/* The values of a sum as of one instant; absent: NAN. False: none, or too old. */
struct board_values {
	double power_w, present, expected, amps[3];
};
bool board_read(struct board *b, const struct board_sum *sum, struct mono now,
		struct board_values *ret);
/* name="value" with what the text format wants escaped; malloc'd. more: "" or a list before. */
char *board_label(const char *more, const char *name, const char *value);
