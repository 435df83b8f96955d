/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instant of a period at which functions of several series were greatest: exact at the raw
 * samples without reading them all. Hourly least and greatest values of each series bound the
 * functions in each hour; only hours whose bound beats the greatest so far are read. Pure: reading
 * is the caller's.
 *
 * The functions must never fall when `most` of an input grows, nor grow when `least` of one does;
 * at an instant both are the reading.
 *
 * Readings are paired at each instant of the input with the most samples in that hour: of the
 * others the latest of the hour that is not after it, else the first after it, at most 1.5 of their
 * steps away; what is further away is missing. An instant at which an input is missing does not
 * count, unless the input is optional: then it is 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/series.h"

struct worst_problem {
	size_t n_inputs, n_values, n_hours;
	int64_t from, to;   /* UTC seconds */
	int64_t first_hour; /* of from */
	/* [input * n_hours + hour]; NAN: no sample in that hour. share: of its samples that are
	 * there, 0 to 1; with 1 an optional input is never 0 for want of one. */
	const double *least, *most, *share;
	const bool *optional; /* [input] */
	/* NAN: cannot be told. */
	void (*value)(void *user, const double *least, const double *most, double *ret_values);
	/* The samples of each input in [from, to), into ret[input], which are empty. Those that are
	 * past their retention stay empty. -1: error. */
	int (*read)(void *user, int64_t from, int64_t to, struct samples *ret, struct err *err);
	void *user;
	/* When so many hours were read, what the others may hold is told as a bound. 0: no limit.
	 */
	size_t max_hours;
};

struct worst {
	double value;  /* NAN: never known */
	int64_t ts;    /* its instant; of a bound the hour */
	double skew_s; /* how far the readings lie apart from ts at most */
	bool bound;    /* the samples of that hour were not read: it was at most so much */
	double *x;     /* the readings then; of a bound the greatest of the hour. n_inputs; owned */
};

struct worst_result {
	struct worst *w; /* n_values */
	size_t hours_read;
	double coverage; /* of the period: time for which all inputs that are needed have samples */
};

int worst_find(const struct worst_problem *p, struct worst_result *ret, struct err *err);
/*
 * The readings at the latest instant in [since, p->to) at which none that is needed is missing,
 * into x[n_inputs]. ret_ts 0: there is none.
 */
int worst_latest(const struct worst_problem *p, int64_t since, double *x, int64_t *ret_ts,
		 double *ret_skew_s, struct err *err);
void worst_done(struct worst_result *r, size_t n_values);
