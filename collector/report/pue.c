/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of pue.h. */
#include "report/pue.h"

#include <math.h>
#include <stdio.h>

#include "report/period.h"

void pue_of_pairs(const struct pue_interval *intervals, size_t n, struct pue *ret)
{
	struct pue p = { .ratio = NAN };
	double total = 0, facility_s = 0, it_s = 0, paired_s = 0;

	for (size_t i = 0; i < n; i++) {
		const struct pue_interval *v = &intervals[i];

		total += v->seconds;
		if (!isnan(v->facility_wh))
			facility_s += v->seconds;
		if (!isnan(v->it_wh))
			it_s += v->seconds;
		if (isnan(v->facility_wh) || isnan(v->it_wh))
			continue;
		paired_s += v->seconds;
		p.facility_wh += v->facility_wh;
		p.it_wh += v->it_wh;
		p.n_paired++;
	}
	if (total > 0) {
		p.facility_coverage_pct = 100 * facility_s / total;
		p.it_coverage_pct = 100 * it_s / total;
		p.paired_coverage_pct = 100 * paired_s / total;
	}
	if (!p.n_paired)
		p.facility_wh = p.it_wh = NAN;
	else if (p.it_wh > 0)
		p.ratio = p.facility_wh / p.it_wh;
	p.publishable = !isnan(p.ratio) && p.paired_coverage_pct >= PUE_FLOOR_PCT;
	*ret = p;
}

void pue_bounds(const struct pue_range *facility, const struct pue_range *it, double *ret_low,
		double *ret_high)
{
	double it_most = it->known_wh + it->most_wh, it_least = it->known_wh + it->least_wh;

	*ret_low = it_most > 0 ? (facility->known_wh + facility->least_wh) / it_most : NAN;
	*ret_high = it_least > 0 ? (facility->known_wh + facility->most_wh) / it_least : NAN;
}

const char *pue_category_text(int category)
{
	switch (category) {
	case 1: return "UPS output";
	case 2: return "PDU output";
	case 3: return "IT equipment input";
	default: return NULL;
	}
}

const char *pue_label(int category, bool partial, int64_t from, int64_t to, char *buf, size_t size)
{
	char length[48];

	if (period_is_year(from, to))
		snprintf(buf, size, "%sPUE%d", partial ? "p" : "", category);
	else if (to - from >= 86400)
		snprintf(buf, size, "interim %s (%sPUE%d over %s)", partial ? "partial PUE" : "PUE",
			 partial ? "ip" : "i", category,
			 period_length(to - from, length, sizeof(length)));
	else
		snprintf(buf, size, "ratio over %s, not a PUE",
			 period_length(to - from, length, sizeof(length)));
	return buf;
}

double pue_chain_pct(double meter_pct, double ct_pct)
{
	return hypot(meter_pct, ct_pct);
}

double pue_sum_pct(const double *wh, const double *pct, size_t n, bool correlated)
{
	double sum = 0, squares = 0, linear = 0;

	for (size_t i = 0; i < n; i++) {
		double u = fabs(wh[i]) * pct[i];

		sum += wh[i];
		squares += u * u;
		linear += u;
	}
	if (!(fabs(sum) > 0))
		return NAN;
	return (correlated ? linear : sqrt(squares)) / fabs(sum);
}

double pue_ratio_pct(double facility_pct, double it_pct)
{
	return hypot(facility_pct, it_pct);
}
