/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the meters of the site of site.py would read at an instant: a function of time, so that each
 * tier of the fixture tells of the same loads. Racks run jobs of four hours above a day's curve;
 * both feeds share a rack's load; UPSes deliver their racks and 1 %, the utility that and 5 %, and
 * what cooling takes with the season. Rack PDUs round to 10 W, 0.1 A and 0.1 kWh. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cause.h"

enum { LOAD_SIDES = 2, LOAD_LINES = 3, LOAD_HALLS = 2, LOAD_UPSES = 8, LOAD_ROWS_MAX = 20 };

struct value {
	double v;
	enum cause absent; /* CAUSE_NONE: v is read */
};

struct sum { /* of meters: what a group scan stores */
	struct value w, present, expected, a[LOAD_LINES];
};

struct meter {
	struct value w, wh, a[LOAD_LINES];
};

struct rack_load {
	struct sum all, feed[LOAD_SIDES];
	struct meter pdu[LOAD_SIDES];
	struct value air[LOAD_SIDES];    /* A: inlet, B: outlet */
	struct value humidity;           /* of the inlet */
	struct value load_state;         /* of the A PDU: 2 normal, 3 near overload, 4 overload */
	enum cause silent[LOAD_SIDES];   /* its PDUs: CAUSE_NONE: they answer */
	struct value health[LOAD_SIDES][3]; /* latency_ms success_pct answer_age_s */
	double base_w, line_share[LOAD_LINES], true_w[LOAD_SIDES];
};

enum { LOAD_OVER_RACK = 6, LOAD_HOT_RACK = 18 }; /* R0007, R0019 */
enum { LOAD_NEAR = 9 };                          /* R0010, R0110 and so on: near their budget */
#define LOAD_OVERLOAD_S 5400 /* so long before the end R0007-A began to say so */

struct loads {
	int64_t now; /* the fixture's last instant: what is broken is so before it */
	int n_racks, n_rows, per_row;
	struct rack_load *racks;
	struct sum bus[LOAD_ROWS_MAX][LOAD_SIDES], hall[LOAD_HALLS], it, facility;
	struct meter ups[LOAD_UPSES], utility, cooling; /* UPSes: A1 to A4, B1 to B4 */
	struct air {
		struct value c, pct;
	} air[LOAD_HALLS][2]; /* probes: supply, return */
	struct value meter_health[3], process[8];
};

void loads_init(struct loads *l, int n_racks, int64_t now);
void loads_done(struct loads *l);
/* Everything at ts. Energy: as it stood at the last loads_pass. */
void loads_at(struct loads *l, int64_t ts);
/* So many seconds pass under the loads of the last loads_at. */
void loads_pass(struct loads *l, double seconds);
/* Where that reading of that entity stands; NULL: the site has none. part, quantity as stored. */
const struct value *loads_find(const struct loads *l, const char *entity_kind, const char *entity,
			       const char *part, const char *quantity);
/* 64 bits that look random and depend on both numbers alone. */
uint64_t load_hash(uint64_t a, uint64_t b);
