/* SPDX-License-Identifier: Apache-2.0 */
/* What every report asks the database first: settings, where the data begins, the collector. */
#pragma once

#include "report/report.h"

/* A setting in force at that time; NULL when there is none. Caller frees *ret. */
int common_setting(struct db *db, const char *key, int64_t at, char **ret, struct err *err);
/* The same as a number; fallback when it is not there or not a number. */
int common_setting_number(struct db *db, const char *key, int64_t at, double fallback, double *ret,
			  struct err *err);
/* Switches to the site's zone, as it was told last; UTC before anything was loaded. */
int common_zone(struct db *db, int64_t now, struct err *err);
/* The first instant that is stored, 0: none. */
int common_first(struct db *db, int64_t *ret, struct err *err);
/* The series of another quantity ("energy_export_wh") of the part that a series belongs to. 1: in
 * *ret, 0: there is none, -1: error. */
int common_sibling(struct db *db, int64_t series, const char *quantity, int64_t *ret,
		   struct err *err);
/*
 * Where the period that is asked for really begins: at the first reading when that lies within it
 * (*ret_since: it does). -1 with what is missing, and what to do, when nothing is configured or
 * nothing was read before the period's end. rackmeter asks this before it runs any report.
 */
int common_start(struct db *db, const struct report_options *options, int64_t *ret_from,
		 bool *ret_since, struct err *err);
/* What half a configuration lacks: "no live rack is configured: add to racks.csv a line such as
 * `R017,H1,live` (rack,hall,status) and reload rackmeterd". Returns -1. */
int common_missing(struct err *err, const char *what, const char *file, const char *line,
		   const char *columns);
/* Site and period as fields of doc: site, period, span, from, to. since: the period was clipped to
 * the first reading. */
void common_period(struct doc *doc, const char *site, int64_t from, int64_t to, bool since,
		   const char *asked);
/* Adds an exception when nothing was stored for a while before options->now and the period
 * reaches into that while, and one when the collector was down within the period. */
int common_collector(struct db *db, const struct report_options *options, struct doc *doc,
		     struct err *err);
