/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a price of a tariff is for: energy by the kWh, the highest demand of a month by the kW or
 * kVA, or the month itself.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

enum price_kind {
	PRICE_ENERGY, /* unit Wh, kWh, MWh */
	PRICE_DEMAND, /* demand_15m: unit kW-month, MW-month, kVA-month, MVA-month */
	PRICE_FIXED,  /* unit month */
};

struct price {
	enum price_kind kind;
	int window_s; /* of a demand: the mean over fixed blocks of so long */
	bool va;      /* of a demand: apparent power */
	double per;   /* W, VA or Wh of one unit: 1000 for kWh */
};

/* kind: energy, demand_15m (of minutes that divide an hour), fixed. -1: what to write. */
int price_parse(const char *kind, const char *unit, struct price *ret, struct err *err);
