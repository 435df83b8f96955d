/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rack in full, what `rackmeter report racks --rack R17` adds to its row: facts, budgets over
 * time, what is left when a feed is lost, temperatures, its devices and how they answered, events
 * and the operating log, why data is missing, and a chart of power beside the budget.
 */
#pragma once

#include "report/rackview.h"

/* all: that rack alone. */
int rackpage_add(struct db *db, const struct report_options *options, const struct rackviews *all,
		 struct doc *doc, struct err *err);

/* rackpage_past.c: its devices, events, log and gaps. */
int rackpage_past(struct db *db, const struct rackviews *all, struct doc *doc, struct err *err);
