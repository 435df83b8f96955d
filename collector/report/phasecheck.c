/* SPDX-License-Identifier: Apache-2.0 */
/* See phasecheck.h. */
#include "report/phasecheck.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LEAST_A     0.1  /* below, a phase is idle and its power noise */
#define LEAST_SHARE 0.02 /* of the highest phase, for the same */
#define LEFT_OVER   0.03 /* of all current, before an order is doubted */
#define BETTER      0.25 /* what another order may leave of it */
#define CLEARLY     0.7  /* and of what the next best order leaves */

static bool loaded(const struct phase_means *m, int k)
{
	double most = 0;

	for (int i = 0; i < 3; i++)
		if (!isnan(m->a[i]))
			most = fmax(most, m->a[i]);
	return m->a[k] > LEAST_A && m->a[k] > LEAST_SHARE * most;
}

enum finding { FINE, TURNED, CROSSED, TOO_MUCH };

static enum finding judge(const struct phase_means *m, int k)
{
	double factor = m->w[k] / (m->v[k] * m->a[k]);

	if (isnan(m->w[k]) || isnan(m->a[k]) || !loaded(m, k))
		return FINE;
	if (isnan(factor) || !(m->v[k] > 0)) /* the sign alone */
		return m->w[k] < 0 ? TURNED : FINE;
	if (factor < -0.7)
		return TURNED;
	if (factor < -0.3)
		return CROSSED;
	return factor > 1.1 ? TOO_MUCH : FINE;
}

static void put_phases(FILE *f, const enum finding *found, enum finding which)
{
	const char *sign = "";

	for (int k = 0; k < 3; k++) {
		if (found[k] != which)
			continue;
		fprintf(f, "%sL%d", sign, k + 1);
		sign = ", ";
	}
}

char *phasecheck_meter(const struct phase_means *m)
{
	static const char *const texts[] = {
		[TURNED] = "its power is negative: the current transformer is turned round",
		[CROSSED] = "power factor about -0.5: current and voltage are of different phases",
		[TOO_MUCH] =
			"power above volts times amps: a scale or a transformer ratio is wrong",
	};
	enum finding found[3];
	char *text = NULL;
	size_t size = 0, n[TOO_MUCH + 1] = { 0 };
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	for (int k = 0; k < 3; k++)
		n[found[k] = judge(m, k)]++;
	for (enum finding which = TURNED; which <= TOO_MUCH; which++) {
		if (!n[which])
			continue;
		fputs(ftell(f) > 0 ? "; phase " : "phase ", f);
		put_phases(f, found, which);
		fprintf(f, ": %s", texts[which]);
	}
	if (fclose(f) != 0)
		abort();
	return text;
}

/* ---- order --------------------------------------------------------------------- */

static const int orders[6][3] = { { 0, 1, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
				  { 1, 0, 2 }, { 0, 2, 1 }, { 2, 1, 0 } };

static bool known(const double *a)
{
	return !isnan(a[0]) && !isnan(a[1]) && !isnan(a[2]);
}

/* The instants at which all are known: rest of the one above less all below. */
static size_t rests(const struct phase_curve *above, const struct phase_curve *below,
		    size_t n_below, size_t n, double (*rest)[3], bool *counts, double *ret_all,
		    double *ret_left)
{
	size_t instants = 0;

	*ret_all = *ret_left = 0;
	for (size_t t = 0; t < n; t++) {
		counts[t] = known(above->a[t]);
		for (size_t i = 0; i < n_below && counts[t]; i++)
			counts[t] = known(below[i].a[t]);
		if (!counts[t])
			continue;
		instants++;
		for (int k = 0; k < 3; k++) {
			rest[t][k] = above->a[t][k];
			for (size_t i = 0; i < n_below; i++)
				rest[t][k] -= below[i].a[t][k];
			*ret_all += above->a[t][k] * above->a[t][k];
			*ret_left += rest[t][k] * rest[t][k];
		}
	}
	return instants;
}

static double left_with(const struct phase_curve *child, const int *order, size_t n,
			const double (*rest)[3], const bool *counts)
{
	double left = 0;

	for (size_t t = 0; t < n; t++)
		for (int k = 0; counts[t] && k < 3; k++) {
			/* its own k stands where the map has that of order[k] */
			double r = rest[t][order[k]] + child->a[t][order[k]] - child->a[t][k];

			left += r * r;
		}
	return left;
}

int phasecheck_order(const struct phase_curve *above, const struct phase_curve *below,
		     size_t n_below, size_t n, struct phase_order *ret)
{
	double(*rest)[3] = xcalloc(n + 1, sizeof(*rest));
	bool *counts = xcalloc(n + 1, sizeof(*counts));
	double all, left, best = INFINITY, next = INFINITY;
	struct phase_order found = { 0 };
	size_t instants = rests(above, below, n_below, n, rest, counts, &all, &left);

	if (instants && left > LEFT_OVER * LEFT_OVER * all) {
		for (size_t i = 0; i < n_below; i++) {
			for (size_t o = 1; o < 6; o++) {
				double l = left_with(&below[i], orders[o], n,
						     (const double(*)[3])rest, counts);

				if (l < best) {
					next = best;
					best = l;
					found.child = i;
					memcpy(found.at, orders[o], sizeof(found.at));
				} else if (l < next) {
					next = l;
				}
			}
		}
	}
	free(rest);
	free(counts);
	if (!(best < BETTER * left) || best > CLEARLY * next)
		return 0;
	*ret = found;
	return 1;
}
