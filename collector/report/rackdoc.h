/* SPDX-License-Identifier: Apache-2.0 */
/* What `rackmeter report racks` says of racks: exceptions and tables. */
#pragma once

#include "report/rackview.h"

/* Exceptions: budgets, feeds and inlets; then racks whose sums lack something. */
void rackviews_tell_load(const struct rackviews *all, struct doc *doc);
void rackviews_tell_data(const struct rackviews *all, struct doc *doc);

/* "racks_table" and "feeds" of the first n. */
void rackviews_table(const struct rackviews *all, size_t n, struct doc *doc);
/* in_text: else only in what programs read. */
void rackviews_feeds(const struct rackviews *all, size_t n, bool in_text, struct doc *doc);
