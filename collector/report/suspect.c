/* SPDX-License-Identifier: Apache-2.0 */
/* See suspect.h. */
#include "report/suspect.h"

#include <math.h>
#include <stddef.h>

static const struct {
	double ratio;
	const char *text;
} known[] = {
	{ 2, "twice: a transformer ratio set twice too large, or two of its inputs count as one" },
	{ 0.5,
	  "half: a transformer ratio set half too small, or one of two inputs is not counted" },
	{ 3, "three times: the total was taken for one phase and multiplied" },
	{ 1.0 / 3, "a third: one phase of three is counted" },
	{ 2.0 / 3, "two thirds: one phase of three is missing or turned round" },
	{ 1.5, "one and a half: a phase is counted twice" },
	{ 1.7320508075688772, "1.73 times: a line to line voltage was taken for line to neutral" },
	{ 0.5773502691896258, "1/1.73: a line to neutral voltage was taken for line to line" },
	{ 1000, "a thousand times: kilo was taken for the plain unit" },
	{ 0.001, "a thousandth: the plain unit was taken for kilo" },
	{ 10, "ten times: one decimal too many" },
	{ 0.1, "a tenth: one decimal too few" },
	{ 100, "a hundred times: two decimals too many" },
	{ 0.01, "a hundredth: two decimals too few" },
	{ -1, "the same with the other sign: it is turned round" },
};

const char *suspect_ratio(double ratio, double tolerance)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (fabs(ratio / known[i].ratio - 1) <= tolerance)
			return known[i].text;
	return NULL;
}
