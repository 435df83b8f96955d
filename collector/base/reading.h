/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading: the scaled integer of one point at one grid instant, or its absence
 * with a cause. value = raw * mul / div + add, with the scale of the point.
 */
#pragma once

#include "base/cause.h"

struct reading {
	int64_t raw;      /* meaningless unless cause is CAUSE_NONE */
	enum cause cause;
};

struct scale {
	int64_t mul, div; /* div > 0 */
	double add;
};

static inline double scale_value(const struct scale *s, int64_t raw)
{
	return (double)raw * (double)s->mul / (double)s->div + s->add;
}
