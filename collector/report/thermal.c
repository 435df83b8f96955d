/* SPDX-License-Identifier: Apache-2.0 */
/* See thermal.h. */
#include "report/thermal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const struct thermal_class *thermal_class(const char *name)
{
	static const struct thermal_class classes[] = {
		{ "A1", 15, 18, 27, 32 }, { "A2", 10, 18, 27, 35 }, { "A3", 5, 18, 27, 40 },
		{ "A4", 5, 18, 27, 45 },  { "H1", 5, 18, 22, 25 },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (!strcmp(classes[i].name, name))
			return &classes[i];
	return NULL;
}

void thermal_rci(const double *intake_c, size_t n, const struct thermal_class *limits,
		 struct thermal_rci *ret)
{
	double over = 0, under = 0, count = (double)n;
	struct thermal_rci r = { NAN, NAN, 0, 0 };

	for (size_t i = 0; i < n; i++) {
		over += fmax(0, intake_c[i] - limits->recommended_high_c);
		under += fmax(0, limits->recommended_low_c - intake_c[i]);
		r.over_allowable += intake_c[i] > limits->allowable_high_c;
		r.under_allowable += intake_c[i] < limits->allowable_low_c;
	}
	if (n) {
		double high = limits->allowable_high_c - limits->recommended_high_c;
		double low = limits->recommended_low_c - limits->allowable_low_c;

		r.high_pct = 100 * (1 - over / (count * high));
		r.low_pct = 100 * (1 - under / (count * low));
	}
	*ret = r;
}

double thermal_rti_pct(double supply_c, double return_c, double equipment_dt_k)
{
	return equipment_dt_k > 0 ? 100 * (return_c - supply_c) / equipment_dt_k : NAN;
}

double thermal_dt_k(const double *power_w, const double *dt_k, size_t n)
{
	double power = 0, stream = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(power_w[i] > 0) || !(dt_k[i] > 0))
			continue;
		power += power_w[i];
		stream += power_w[i] / dt_k[i];
	}
	return stream > 0 ? power / stream : NAN;
}

double thermal_shi(double inlet_c, double outlet_c, double supply_c)
{
	return outlet_c > supply_c ? (inlet_c - supply_c) / (outlet_c - supply_c) : NAN;
}

/* low[begin..end) are the samples of the window that may still be the least: ascending in value, so
 * that the first is the least. */
double thermal_rise_k(const struct sample *s, size_t n, int64_t window_s, int64_t *ret_at)
{
	size_t *low = xcalloc(n ? n : 1, sizeof(*low)), begin = 0, end = 0;
	double most = n < 2 ? NAN : 0;
	int64_t at = n ? s[n - 1].ts : 0;

	for (size_t i = 0; i < n; i++) {
		while (begin < end && s[low[begin]].ts < s[i].ts - window_s)
			begin++;
		if (begin < end && s[i].value - s[low[begin]].value > most) {
			most = s[i].value - s[low[begin]].value;
			at = s[i].ts;
		}
		while (begin < end && s[low[end - 1]].value >= s[i].value)
			end--;
		low[end++] = i;
	}
	free(low);
	if (ret_at)
		*ret_at = at;
	return most;
}

static void add_time(struct thermal_time *sum, double c, double seconds,
		     const struct thermal_class *limits)
{
	sum->known_s += seconds;
	sum->above_recommended_s += c > limits->recommended_high_c ? seconds : 0;
	sum->above_allowable_s += c > limits->allowable_high_c ? seconds : 0;
	sum->below_recommended_s += c < limits->recommended_low_c ? seconds : 0;
	sum->below_allowable_s += c < limits->allowable_low_c ? seconds : 0;
}

void thermal_time_add(struct thermal_time *sum, const struct sample *s, size_t n, int64_t to,
		      int64_t step_s, const struct thermal_class *limits)
{
	for (size_t i = 0; i < n; i++) {
		int64_t end = s[i].ts + step_s;

		/* A lost poll leaves a hole, a changed interval does not. */
		if (i + 1 < n && s[i + 1].ts < end)
			end = s[i + 1].ts;
		if (end > to)
			end = to;
		if (end > s[i].ts)
			add_time(sum, s[i].value, (double)(end - s[i].ts), limits);
	}
}

bool thermal_time_range(struct thermal_time *sum, double low_c, double high_c, double seconds,
			const struct thermal_class *limits)
{
	const double limit[] = { limits->recommended_high_c, limits->allowable_high_c };
	const double floor[] = { limits->recommended_low_c, limits->allowable_low_c };

	for (size_t i = 0; i < 2; i++)
		if ((low_c > limit[i]) != (high_c > limit[i]) ||
		    (low_c < floor[i]) != (high_c < floor[i]))
			return false;
	add_time(sum, low_c, seconds, limits);
	return true;
}
