/* SPDX-License-Identifier: Apache-2.0 */
/* See price.h. */
#include "base/price.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct unit {
	const char *name;
	enum price_kind kind;
	bool va;
	double per;
} units[] = {
	{ "Wh", PRICE_ENERGY, false, 1 },         { "kWh", PRICE_ENERGY, false, 1e3 },
	{ "MWh", PRICE_ENERGY, false, 1e6 },      { "kW-month", PRICE_DEMAND, false, 1e3 },
	{ "MW-month", PRICE_DEMAND, false, 1e6 }, { "kVA-month", PRICE_DEMAND, true, 1e3 },
	{ "MVA-month", PRICE_DEMAND, true, 1e6 }, { "month", PRICE_FIXED, false, 1 },
};

/* "15m" -> 900; 0: no minutes that divide an hour. */
static int window_of(const char *text)
{
	size_t n = strlen(text);
	int64_t minutes;

	if (n < 2 || text[n - 1] != 'm')
		return 0;
	char *number = xasprintf("%.*s", (int)(n - 1), text);
	bool ok = text_to_i64(number, &minutes) == 0 && minutes >= 1 && minutes <= 60 &&
		  60 % minutes == 0;

	free(number);
	return ok ? (int)minutes * 60 : 0;
}

static int kind_of(const char *text, struct price *ret, struct err *err)
{
	if (!strcmp(text, "energy"))
		ret->kind = PRICE_ENERGY;
	else if (!strcmp(text, "fixed"))
		ret->kind = PRICE_FIXED;
	else if (!strncmp(text, "demand_", 7) && (ret->window_s = window_of(text + 7)))
		ret->kind = PRICE_DEMAND;
	else
		return err_set(err,
			       "kind: '%s' is not known: write energy, demand_15m, demand_30m (any "
			       "minutes that divide an hour) or fixed",
			       text);
	return 0;
}

int price_parse(const char *kind, const char *unit, struct price *ret, struct err *err)
{
	struct price p = { 0 };

	if (kind_of(kind, &p, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (units[i].kind != p.kind || strcmp(units[i].name, unit) != 0)
			continue;
		p.va = units[i].va;
		p.per = units[i].per;
		*ret = p;
		return 0;
	}
	return err_set(err, "unit: a price of kind %s is per %s, not per '%s'", kind,
		       p.kind == PRICE_ENERGY   ? "kWh, MWh or Wh"
		       : p.kind == PRICE_DEMAND ? "kW-month, MW-month, kVA-month or MVA-month"
						: "month",
		       unit);
}
