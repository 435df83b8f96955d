/* SPDX-License-Identifier: Apache-2.0 */
/* Worked numbers are met to a relative 1e-9. */
#pragma once

#include <math.h>

static inline int is_near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

#define NEAR(a, b)                                                                                 \
	do {                                                                                       \
		double near_a = (a), near_b = (b);                                                 \
		if (!is_near(near_a, near_b))                                                      \
			fail_msg(#a " is %.17g, not %.17g", near_a, near_b);                       \
	} while (0)
