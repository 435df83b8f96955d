/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the report of PUE, of the picked boundary of a pue_work; see rep_pue.c. */
#pragma once

#include "report/pue_work.h"
#include "report/report.h"

#define PUE_PARTIAL_SHARE 0.99 /* a meter with less of its time than that is told */

void pue_doc_exceptions(const struct pue_work *w, struct doc *doc);
void pue_doc_boundaries(const struct pue_work *w, struct doc *doc);
void pue_doc_breakdown(const struct pue_work *w, struct doc *doc);
void pue_doc_carriers(const struct pue_work *w, struct doc *doc);
void pue_doc_meters(const struct pue_work *w, struct doc *doc);
void pue_doc_sides(const struct pue_work *w, struct doc *doc);
/* Months and twelve months to their ends; reads them. trend_days: as asked for, 0: so far back as
 * costs little. */
int pue_doc_months(struct db *db, const struct pue_work *w, int64_t now, int trend_days,
		   struct doc *doc, struct err *err);
