/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chart is drawn from: several series over one grid of time. Up to three hours samples, up
 * to a week means of five minutes, beyond that means of hours, of more than 50 days of several; a
 * coarser tier where a finer one is past its retention. What is not known is NAN, never what stood
 * there before.
 */
#pragma once

#include "report/doc.h"
#include "store/rollup.h"
#include "store/series.h"

enum timeline_tier { TIMELINE_SAMPLES, TIMELINE_5M, TIMELINE_1H };

struct timeline;
/* Over [from, to). NULL: the database could not be read. Reads within one transaction until
 * timeline_close. */
struct timeline *timeline_open(struct db *db, int64_t from, int64_t to, struct err *err);
struct timeline *timeline_close(struct timeline *t); /* takes NULL, returns NULL */

enum timeline_tier timeline_tier(const struct timeline *t);
/* "readings", "5-minute means", "hourly means", "8-hour means"; borrowed */
const char *timeline_means(struct timeline *t);

/* Each adds a curve, the first is 0. All of them before the first question below. */

/* A stored series as value * factor + offset. -1: the database could not be read. */
int timeline_series(struct timeline *t, int64_t series, double factor, double offset,
		    struct err *err);
/* The same of a series by its names; a curve without values when it is not stored. */
int timeline_named(struct timeline *t, const char *kind, const char *entity, const char *part,
		   const char *quantity, struct err *err);
/* What was read elsewhere, of the tier that this one has. */
void timeline_samples(struct timeline *t, const struct samples *s);
void timeline_buckets(struct timeline *t, const struct buckets *b);

size_t timeline_steps(struct timeline *t);
int64_t timeline_at(struct timeline *t, size_t step); /* UTC seconds, ascending */
double timeline_value(struct timeline *t, size_t curve, size_t step);
/* Curves first..first + n - 1 as the points of a chart that has these n curves and then those of
 * more (n_more), which hold all the time: limits. */
void timeline_points(struct timeline *t, size_t first, size_t n, const double *more, size_t n_more,
		     struct doc_chart *chart);
