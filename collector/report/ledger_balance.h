/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The energy of each meter against the sum of those right below it, over the days (or months) in
 * which both sides are complete: loss and what nobody meters, or a commissioning mistake.
 */
#pragma once

#include "report/ledger.h"

struct ledger_balance {
	const struct ledger_line *own;
	size_t n, n_unmetered;   /* meters below; branches without one */
	bool divided;            /* a division between parallel or alternate sources is assumed */
	double own_wh, below_wh; /* NAN: no day had both */
};

/* All meters that have others below them, from the source down. The caller frees *ret. */
size_t ledger_balances(const struct ledger *l, struct ledger_balance **ret);
/* What is wrong, malloc'd; NULL: nothing. */
char *ledger_balance_text(const struct ledger_balance *b, int *ret_severity);
