/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of `rackmeter report capacity`. */
#pragma once

#include "report/capacity.h"
#include "report/capacity_room.h"
#include "report/capacity_trend.h"

struct capacity_page {
	const struct report_options *options;
	const struct capacity_site *site;
	size_t only; /* --circuit: circuits and places on it; TOPOLOGY_NONE: all */
	struct capacity_price price;
	struct capacity_room room; /* rack_w NAN: no size is known */
	struct capacity_trends trends;
};

/* Do --hall and --row let it pass? */
bool capacity_page_has(const struct capacity_page *p, const char *hall, const char *row);
/* Do --hall, --row and --circuit let the place pass? */
bool capacity_page_place(const struct capacity_page *p, const struct capacity_place *place);
/* Is the circuit shown, or does it feed a rack that is? */
bool capacity_page_circuit(const struct capacity_page *p, size_t circuit);
bool capacity_page_scope(const struct capacity_page *p, const struct capacity_scope *s);

/* What a cause strands in a scope, W; NAN: not known. */
enum capacity_cause {
	CAPACITY_UNUSED,    /* of budgets at the peaks of their racks */
	CAPACITY_RESERVE,   /* of the stage that is the least: derated, but kept for a failover */
	CAPACITY_IMBALANCE, /* left on other lines of feeds than the fullest */
	CAPACITY_COOLING,   /* usable but beyond the cooling limit */
	CAPACITY_PLACE,     /* room by circuits without a free position */
	CAPACITY_CAUSES
};
const char *capacity_cause_name(enum capacity_cause cause);
double capacity_stranded_w(const struct capacity_page *p, const struct capacity_scope *s,
			   enum capacity_cause cause);

void capacity_page_scopes(const struct capacity_page *p, struct doc *doc);
void capacity_page_circuits(const struct capacity_page *p, struct doc *doc);
void capacity_page_stranded(const struct capacity_page *p, struct doc *doc);
void capacity_page_room(const struct capacity_page *p, struct doc *doc);
/* capacity_lacks.c: circuits rated in kVA alone of which only W are known; true: it told some. */
bool capacity_page_no_va(const struct capacity_page *p, struct doc *doc);
/* Which stages bound nothing, and why. */
void capacity_page_skipped(const struct capacity_page *p, struct doc *doc);
void capacity_page_trend(const struct capacity_page *p, struct doc *doc);
/* "in 210 days (150 to 380)", "never: it does not grow", ... Caller frees. */
char *capacity_when(const struct capacity_trend *t);
