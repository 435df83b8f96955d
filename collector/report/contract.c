/* SPDX-License-Identifier: Apache-2.0 */
/* See contract.h. */
#include "report/contract.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/query.h"

static const char window_rule[] = "write \"30m fixed\", or \"15m rolling 5m\" for windows of 15 "
				  "minutes that begin every 5";

int contract_window(const char *text, int *ret_window_s, int *ret_step_s, struct err *err)
{
	char *copy = xstrdup(text), *rest = copy;
	const char *window = strsep(&rest, " "), *how = strsep(&rest, " ");
	const char *step = strsep(&rest, " ");
	int64_t window_s, step_s;
	int r = -1;

	if (text_to_seconds(window, &window_s) < 0 || window_s < 60 || 3600 % window_s || !how ||
	    rest)
		goto done;
	if (!strcmp(how, "fixed") && !step)
		step_s = window_s;
	else if (strcmp(how, "rolling") != 0 || !step || text_to_seconds(step, &step_s) < 0 ||
		 step_s < 1 || window_s % step_s)
		goto done;
	*ret_window_s = (int)window_s;
	*ret_step_s = (int)step_s;
	r = 0;
done:
	free(copy);
	return r < 0 ? err_set(err, "the window '%s' is not understood: %s", text, window_rule) : 0;
}

static int unit_of(const char *unit, struct contract *c, struct err *err)
{
	static const struct {
		const char *name;
		double per;
		bool va;
	} units[] = {
		{ "W", 1, false }, { "kW", 1e3, false }, { "MW", 1e6, false },
		{ "VA", 1, true }, { "kVA", 1e3, true }, { "MVA", 1e6, true },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(units[i].name, unit) != 0)
			continue;
		c->limit *= units[i].per;
		c->va = units[i].va;
		return 0;
	}
	return err_set(err, "the unit '%s' is not one of a demand: write kW or kVA", unit);
}

int contract_of(double value, const char *unit, const char *window, struct contract *ret,
		struct err *err)
{
	struct contract c = { .limit = value };

	if (unit_of(unit, &c, err) < 0 || contract_window(window, &c.window_s, &c.step_s, err) < 0)
		return -1;
	c.window = xstrdup(window);
	*ret = c;
	return 0;
}

int contract_load(struct db *db, int64_t at, struct contract *ret, struct err *err)
{
	struct query *q = query_new(db, "report_contract", err);
	struct contract c = { 0 };
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", at);
	r = query_step(q, err);
	if (r > 0 && contract_of(query_real(q, 0), query_text(q, 1), query_text(q, 2), &c, err) < 0)
		r = err_prefix(err, "budgets.csv, the site's contract");
	query_free(q);
	if (r > 0)
		*ret = c;
	return r;
}

void contract_done(struct contract *c)
{
	free(c->window);
	*c = (struct contract){ 0 };
}

static int common_divisor(int a, int b)
{
	return b ? common_divisor(b, a % b) : a;
}

int contract_power_step(const struct contract *c)
{
	return common_divisor(common_divisor(c->window_s, c->step_s), 900);
}

void contract_peak(const struct contract *c, const struct tariff_power *power, int64_t from,
		   int64_t to, struct tariff_peak *ret)
{
	struct tariff_rate fixed = {
		.week = { .days = 0x7f, .end_s = 86400 },
		.price = { .kind = PRICE_DEMAND, .window_s = c->window_s, .va = c->va },
		.from = INT64_MIN,
		.to = INT64_MAX,
	};
	size_t n = (size_t)(c->window_s / power->step_s),
	       step = (size_t)(c->step_s / power->step_s);
	struct tariff_peak peak = { .w = NAN };
	size_t windows = 0, known = 0;

	if (c->step_s == c->window_s) {
		tariff_peak(&fixed, power, from, to, ret);
		return;
	}
	for (size_t k = 0; k + n <= power->n; k += step) {
		int64_t at = power->from + (int64_t)k * power->step_s;
		double sum = 0;

		if (at < from || at + c->window_s > to)
			continue;
		for (size_t i = k; i < k + n; i++)
			sum += power->w[i];
		windows++;
		if (isnan(sum))
			continue;
		known++;
		if (isnan(peak.w) || sum / (double)n > peak.w) {
			peak.w = sum / (double)n;
			peak.at = at;
		}
	}
	peak.known_pct = windows ? 100 * (double)known / (double)windows : 0;
	*ret = peak;
}
