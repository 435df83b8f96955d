/* SPDX-License-Identifier: Apache-2.0 */
/* See capacity.h. */
#include "report/capacity.h"

#include <math.h>

static double quotient(double a, double b)
{
	return b > 0 ? a / b : (double)NAN;
}

double capacity_oversubscription(double budgets_w, double limit_w)
{
	return quotient(budgets_w, limit_w);
}

double capacity_diversity(double sum_of_peaks_w, double coincident_w)
{
	return quotient(sum_of_peaks_w, coincident_w);
}

double capacity_unused_w(double budget_w, double peak_w)
{
	return budget_w < peak_w ? 0 : budget_w - peak_w;
}

double capacity_usable_w(double now_w, double now, double after, double derated)
{
	/* What nothing comes to carries what it carries. */
	if (after < now)
		after = now;
	return now_w * quotient(derated, after);
}

struct capacity_price capacity_price_of(double per_kw, const char *currency)
{
	if (per_kw > 0)
		return (struct capacity_price){ per_kw, NAN, NAN, false, currency };
	return (struct capacity_price){ 50e3, 40e3, 60e3, true, "USD" };
}

double capacity_cost(double w, double per_kw)
{
	return w / 1000 * per_kw;
}
