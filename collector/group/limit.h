/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A limit with a memory, so that a value that hovers about it makes no storm: it must be passed for
 * a while before it counts (limits.hold), and left by a margin before it ends (limits.clear). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum limit_level { LIMIT_OK, LIMIT_WARN, LIMIT_OVER };
#define LIMIT_LEVELS 3

const char *limit_level_name(enum limit_level level); /* "ok", "warn", "over" */
/* LIMIT_OK for a word that is none. */
enum limit_level limit_level_of(const char *name);

struct limit_rule {
	double warn;    /* share of the limit from which it is near: 0.9 */
	double clear;   /* share of the limit below a level's mark that ends it: 0.03 */
	int64_t hold_s; /* how long a mark must be passed */
};

struct limit {
	enum limit_level level;
	int64_t since;               /* of the level */
	int64_t above[LIMIT_LEVELS]; /* passed without a break since; 0: it is not passed */
	int64_t seen;                /* latest value; 0: none */
};

/*
 * A value at ts, later than the one before. partial: the value is a sum that lacks members, so
 * the truth is higher: it may raise a level and ends none. No call for an absent value: a pause
 * longer than the hold time only begins the waiting again. True: the level changed.
 */
bool limit_step(struct limit *l, const struct limit_rule *rule, double value, double limit,
		bool partial, int64_t ts);
