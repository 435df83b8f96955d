/* SPDX-License-Identifier: Apache-2.0 */
/* See suspect.h. */
#include "report/suspect.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define RATIO_TOLERANCE 0.03
#define SUM_TOLERANCE   0.08

static const struct {
	double ratio;
	bool sum; /* also of sums */
	const char *text;
} known[] = {
	{ 2, true, "twice: a transformer ratio set twice too large, or an input counted twice" },
	{ 0.5, true, "half: a transformer ratio set half too small, or one of two inputs missing" },
	{ 3, true, "three times: the total taken for one phase and multiplied" },
	{ 1.0 / 3, true, "a third: one phase of three is counted" },
	{ 1000, true, "a thousand times: kilo taken for the plain unit" },
	{ 0.001, true, "a thousandth: the plain unit taken for kilo" },
	{ 10, true, "ten times: one decimal too many" },
	{ 0.1, true, "a tenth: one decimal too few" },
	{ 100, true, "a hundred times: two decimals too many" },
	{ 0.01, true, "a hundredth: two decimals too few" },
	{ -1, true, "the same with the other sign: it is turned round" },
	{ 2.0 / 3, false, "two thirds: one phase of three is missing" },
	{ 1.5, false, "one and a half: a phase is counted twice" },
	{ 1.7320508075688772, false, "1.73 times: line to line voltage taken for line to neutral" },
	{ 0.5773502691896258, false, "1/1.73: line to neutral voltage taken for line to line" },
	{ -1.0 / 3, false, "a third, turned round: two phases of three have the other sign" },
	{ 1.0 / 3600, false, "1/3600: joules, or seconds taken for hours" },
	{ 3600, false, "3600 times: joules taken for watt hours" },
};

static const char *find(double ratio, double tolerance, bool sum)
{
	const char *best = NULL;
	double least = tolerance;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		double off = fabs(ratio / known[i].ratio - 1);

		if ((sum && !known[i].sum) || !(off <= least))
			continue;
		least = off;
		best = known[i].text;
	}
	return best;
}

const char *suspect_ratio(double ratio)
{
	return find(ratio, RATIO_TOLERANCE, false);
}

const char *suspect_sum(double ratio)
{
	return find(ratio, SUM_TOLERANCE, true);
}
