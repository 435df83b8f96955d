/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the site may draw by its supply contract (budgets.csv, scope site, measure contract): a
 * demand in kW or kVA over a window that the contract names. A sliding window finds more than
 * fixed blocks do of the same burst, so the window is part of the figure. Pure but for loading.
 */
#pragma once

#include "report/tariff.h"
#include "store/db.h"

struct contract {
	double limit; /* W, or VA */
	bool va;
	int window_s, step_s; /* step_s = window_s: fixed blocks of local time */
	char *window;         /* "30m fixed" */
};

/* "30m fixed", or "15m rolling 5m": windows of 15 minutes that begin every 5. -1: what to write. */
int contract_window(const char *text, int *ret_window_s, int *ret_step_s, struct err *err);
/* value in unit ("kVA") over such a window. -1: it makes no sense. */
int contract_of(double value, const char *unit, const char *window, struct contract *ret,
		struct err *err);
/* In force at that time. 1: it is in *ret, 0: there is none, -1: error, or it makes no sense. */
int contract_load(struct db *db, int64_t at, struct contract *ret, struct err *err);
void contract_done(struct contract *c);

/* The step that the means for contract_peak need. */
int contract_power_step(const struct contract *c);
/* The highest window that lies within from..to. */
void contract_peak(const struct contract *c, const struct tariff_power *power, int64_t from,
		   int64_t to, struct tariff_peak *ret);
