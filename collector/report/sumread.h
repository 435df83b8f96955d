/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load of racks and the currents of their feeds over a period: the sums that the collector
 * stored, and for hours of which it stored none the same sums made here of the meters' own
 * readings. History that was imported has no stored sums, and a sum made while it is read follows
 * whatever is imported later, corrected in log.csv or found to have stood elsewhere.
 *
 * Made as the collector makes them (group/group.h): every five minutes, or at the instants of the
 * fastest meter where that is faster, the latest reading of each that is no older than 1.5 of its
 * step; what is missing makes a sum of power partial and a current absent. Factors and bad time
 * of log.csv are applied. A meter that came into the files after their first load is expected from
 * then on, or from its first reading in the period, if that is earlier: its row may say that it
 * always stood there, but nobody asked it.
 */
#pragma once

#include "report/meters.h"
#include "report/topology.h"
#include "store/series.h"

enum sum_of { SUM_VALUE, SUM_PRESENT, SUM_EXPECTED, SUM_OFS };

struct sum {
	int64_t stored[SUM_OFS]; /* series; 0: none */
	size_t rack, circuit;    /* whose it is; the other one, or both: TOPOLOGY_NONE */
	int line;                /* of a circuit: the current of conductor 0..2; -1: power */
	int64_t *made;           /* hours that are made of meters, ascending; see sumread_hours */
	size_t n_made;
	struct adding *adding; /* its meters, while it is read */
};

struct sumread; /* reads within one transaction, until sumread_close */
/* t: of the end of the period. */
struct sumread *sumread_open(struct db *db, const struct topology *t, int64_t from, int64_t to,
			     struct err *err);
struct sumread *sumread_close(struct sumread *s); /* takes NULL, returns NULL */

void sumread_rack(const struct sumread *s, const char *rack, struct sum *ret);
void sumread_circuit(const struct sumread *s, size_t circuit, struct sum *ret);
void sumread_line(const struct sumread *s, size_t circuit, int line, struct sum *ret);
void sum_rest(struct sum *sum); /* forgets what is quickly read again */
void sum_done(struct sum *sum);

/* Whose load the meter is part of: an index of the topology; TOPOLOGY_NONE: of no rack's. */
size_t sumread_rack_of(const struct topology *t, const struct meter *m);

/*
 * Hours of the period; first of all, for it finds which are to be made. Of these the highest
 * maximum is that of an instant, the others are at most the sum of the meters' maxima. ret: empty
 * or former answers; of a current only SUM_VALUE.
 */
int sumread_hours(struct sumread *s, struct sum *sum, struct buckets ret[SUM_OFS],
		  struct err *err);
/* How high a stored sum may have been in the period, at most, from its civil days: -INFINITY when
 * there is nothing. NAN: they do not tell, only sumread_hours does. */
int sumread_highest(struct sumread *s, const struct sum *sum, double *ret, struct err *err);
/* Means of five minutes, without bounds, within from..to. */
int sumread_five(struct sumread *s, struct sum *sum, int64_t from, int64_t to, struct buckets *ret,
		 struct err *err);
/* All of the period for who needs nothing else: means of hours, or of five minutes. */
int sumread_means(struct sumread *s, struct sum *sum, bool hours, struct buckets *ret,
		  struct err *err);
/* See series_read: from <= ts <= to. */
int sumread_samples(struct sumread *s, struct sum *sum, enum sum_of of, int64_t from, int64_t to,
		    bool edges, struct samples *ret, struct err *err);
