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
	else
		p.ratio = pue_ratio(p.facility_wh, p.it_wh);
	p.publishable = !isnan(p.ratio) && p.paired_coverage_pct >= PUE_FLOOR_PCT;
	*ret = p;
}

double pue_ratio(double facility, double it)
{
	return it > 0 ? facility / it : NAN;
}

double pue_dcie_pct(double ratio)
{
	return ratio > 0 ? 100 / ratio : NAN;
}

double pue_weighted_wh(const double *wh, const double *weights, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += wh[i] * weights[i];
	return sum;
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

const char *pue_symbol(unsigned kind, int category, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%sPUE%d", kind & PUE_DESIGNED ? "d" : "",
		 kind & PUE_INTERIM ? "i" : "", kind & PUE_PARTIAL ? "p" : "", category);
	return buf;
}

const char *pue_label(int category, bool partial, int64_t from, int64_t to, char *buf, size_t size)
{
	unsigned kind = partial ? PUE_PARTIAL : PUE_WHOLE;
	char length[48], symbol[24];

	if (period_is_year(from, to))
		pue_symbol(kind, category, buf, size);
	else if (to - from >= 86400)
		snprintf(buf, size, "interim %s (%s over %s)", partial ? "partial PUE" : "PUE",
			 pue_symbol(kind | PUE_INTERIM, category, symbol, sizeof(symbol)),
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

double pue_chain_limit_pct(double meter_pct, double ct_pct)
{
	return meter_pct + ct_pct;
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

void pue_worst(double ratio, double facility_pct, double it_pct, double *ret_low, double *ret_high)
{
	double f = facility_pct / 100, i = it_pct / 100;

	*ret_low = ratio * (1 - f) / (1 + i);
	*ret_high = i < 1 ? ratio * (1 + f) / (1 - i) : NAN;
}
