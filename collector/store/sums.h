/* SPDX-License-Identifier: Apache-2.0 */
/* What a stretch of samples comes to, as raw integers: the same for every tier and reader. Pure. */
#pragma once

#include <stdint.h>

struct sums {
	uint32_t n; /* 0: nothing else is set */
	int64_t min, max, first, last, bits;
	__int128 sum;
};

static inline void sums_add(struct sums *s, int64_t raw)
{
	if (!s->n++) {
		*s = (struct sums){ .n = 1, .min = raw, .max = raw, .first = raw };
	} else {
		if (raw < s->min)
			s->min = raw;
		if (raw > s->max)
			s->max = raw;
	}
	s->last = raw;
	s->bits |= raw;
	s->sum += raw;
}

/* later follows *s in time. */
static inline void sums_join(struct sums *s, const struct sums *later)
{
	if (!later->n)
		return;
	if (!s->n) {
		*s = *later;
		return;
	}
	s->n += later->n;
	if (later->min < s->min)
		s->min = later->min;
	if (later->max > s->max)
		s->max = later->max;
	s->last = later->last;
	s->bits |= later->bits;
	s->sum += later->sum;
}
