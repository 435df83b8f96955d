/* SPDX-License-Identifier: Apache-2.0 */
/* See threephase.h. */
#include "report/threephase.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const char *const names[] = { "", "1ph-ln", "1ph-ll", "3ph-wye", "3ph-delta", "dc" };

enum power_system power_system_of(const char *name)
{
	for (size_t i = 1; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return (enum power_system)i;
	return POWER_UNKNOWN;
}

const char *power_system_name(enum power_system system)
{
	return names[system];
}

int power_conductors(enum power_system system)
{
	return system == POWER_3PH_WYE || system == POWER_3PH_DELTA ? 3 : 1;
}

double power_va_per_a(enum power_system system, double volts)
{
	switch (system) {
	case POWER_3PH_WYE:
	case POWER_3PH_DELTA: return volts / sqrt(3);
	case POWER_1PH_LN:
	case POWER_1PH_LL:
	case POWER_DC: return volts;
	case POWER_UNKNOWN: break;
	}
	return NAN;
}

double power_va(enum power_system system, double volts, const double *a)
{
	double sum = 0;

	for (int k = 0; k < power_conductors(system); k++)
		sum += a[k];
	return sum * power_va_per_a(system, volts);
}

double power_va_of_pairs(double volts_ll, const double pairs[3])
{
	return volts_ll * (pairs[0] + pairs[1] + pairs[2]);
}

double power_amps(enum power_system system, double volts, double va)
{
	return va / power_va_per_a(system, volts) / power_conductors(system);
}

double threephase_imbalance_pct(const double a[3])
{
	double mean = (a[0] + a[1] + a[2]) / 3, worst = 0;

	if (!(mean > 0))
		return NAN;
	for (int k = 0; k < 3; k++)
		worst = fmax(worst, fabs(a[k] - mean));
	return 100 * worst / mean;
}

double threephase_neutral_a(const double a[3])
{
	/* As half the squares of the differences: never below 0 by rounding. */
	double d12 = a[0] - a[1], d23 = a[1] - a[2], d31 = a[2] - a[0];

	return sqrt((d12 * d12 + d23 * d23 + d31 * d31) / 2);
}

void threephase_delta_lines(const double pairs[3], double ret_lines[3])
{
	double lines[3];

	for (int k = 0; k < 3; k++) {
		double out = pairs[k], back = pairs[(k + 2) % 3];

		lines[k] = sqrt(out * out + back * back + out * back);
	}
	memcpy(ret_lines, lines, sizeof(lines));
}

double power_meant_volts(enum power_system system, double volts)
{
	static const struct {
		double ln, ll;
	} pairs[] = { { 120, 208 }, { 230, 400 }, { 240, 415 }, { 277, 480 } };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (system == POWER_3PH_WYE && fabs(volts - pairs[i].ln) < 0.5)
			return pairs[i].ll;
	return NAN;
}
