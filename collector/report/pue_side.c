/* SPDX-License-Identifier: Apache-2.0 */
/* See pue_side.h. */
#include "report/pue_side.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

#define SPREADS 2 /* the soft bounds: so many standard deviations about the mean */

void pue_side_make(size_t n, struct pue_side *ret)
{
	*ret = (struct pue_side){
		.n = n,
		.wh = xcalloc(n, sizeof(double)),
		.present = xcalloc(n, sizeof(double)),
		.expected = xcalloc(n, sizeof(double)),
		.unseen = xcalloc(n, sizeof(double)),
	};
}

void pue_side_done(struct pue_side *side)
{
	free(side->wh);
	free(side->present);
	free(side->expected);
	free(side->unseen);
	free(side->u_wh);
	free(side->u_pct);
	free(side->u_limit);
	*side = (struct pue_side){ 0 };
}

/* The missing part of a meter, each way round. */
static void add_range(struct pue_range *r, int sign, double known, double step, double least,
		      double most)
{
	r->known_wh += sign * known;
	r->least_wh += (sign < 0 ? -most : least) - step;
	r->most_wh += (sign < 0 ? -least : most) + step;
}

static void add_bounds(struct pue_side *side, int sign, const struct pue_meter *pm)
{
	double missing_h = (pm->window_s - pm->covered_s) / 3600, rated = pm->rated_w;
	double least = 0, most = 0;

	if (missing_h < 1e-9)
		missing_h = 0;
	if (missing_h > 0) {
		if (isnan(rated) && !isnan(pm->highest_w)) {
			rated = pm->highest_w;
			side->assumed = true;
		}
		most = rated * missing_h;
	}
	add_range(&side->hard, sign, pm->wh, pm->step_wh, 0, most);
	if (missing_h > 0 && pm->usual) {
		least = (pm->mean_w - SPREADS * pm->spread_w) * missing_h;
		double usual_most = (pm->mean_w + SPREADS * pm->spread_w) * missing_h;

		least = pm->mean_w >= 0 && least < 0 ? 0 : least;
		most = usual_most > most ? most : usual_most;
		if (isnan(most))
			most = usual_most;
	}
	add_range(&side->soft, sign, pm->wh, pm->step_wh, least, most);
}

static void add_class(struct pue_side *side, int sign, const struct pue_meter *pm)
{
	if (isnan(pm->class_pct)) {
		side->n_no_class++;
		return;
	}
	xgrow(&side->u_wh, &side->cap_u, side->n_u + 1, sizeof(double));
	xgrow(&side->u_pct, &side->cap_pct, side->n_u + 1, sizeof(double));
	xgrow(&side->u_limit, &side->cap_limit, side->n_u + 1, sizeof(double));
	side->u_wh[side->n_u] = sign * pm->wh;
	side->u_pct[side->n_u] = pm->class_pct;
	side->u_limit[side->n_u++] = pm->limit_pct;
}

void pue_side_add(struct pue_side *side, int sign, const struct pue_meter *pm,
		  const struct pue_row *row)
{
	double weight = pm->weight_w;

	side->n_meters++;
	side->step_wh += pm->step_wh;
	side->estimate_wh += sign * pm->estimate_wh;
	add_bounds(side, sign, pm);
	add_class(side, sign, pm);
	if (isnan(weight)) {
		for (size_t k = 0; k < side->n; k++)
			side->unseen[k] += row->expected[k];
		return;
	}
	side->weights += weight;
	side->n_weights++;
	for (size_t k = 0; k < side->n; k++) {
		double w = weight * row->expected[k];

		side->wh[k] += sign * row->wh[k];
		side->present[k] += w * row->share[k];
		side->expected[k] += w;
	}
}

void pue_side_finish(struct pue_side *side)
{
	double mean =
		side->n_weights && side->weights > 0 ? side->weights / (double)side->n_weights : 1;

	for (size_t k = 0; k < side->n; k++)
		side->expected[k] += side->unseen[k] * mean;
}

double pue_side_wh(const struct pue_side *side, size_t k)
{
	/* a millionth for the rounding of sums */
	if (!(side->expected[k] > 0) ||
	    side->present[k] < (PUE_SIDE_SHARE - 1e-6) * side->expected[k])
		return NAN;
	return side->wh[k];
}

double pue_side_coverage_pct(const struct pue_side *side, const struct pue_grid *grid)
{
	double present = 0, expected = 0;

	for (size_t k = 0; k < side->n; k++) {
		double seconds = (double)(grid->edges[k + 1] - grid->edges[k]);

		present += side->present[k] * seconds;
		expected += side->expected[k] * seconds;
	}
	return expected > 0 ? fmin(100 * present / expected, 100) : 0;
}

void pue_side_doubt(const struct pue_side *side, struct pue_doubt *ret)
{
	*ret = (struct pue_doubt){ NAN, NAN, NAN };
	if (side->n_no_class)
		return;
	ret->independent_pct = pue_sum_pct(side->u_wh, side->u_pct, side->n_u, false);
	ret->correlated_pct = pue_sum_pct(side->u_wh, side->u_pct, side->n_u, true);
	ret->limit_pct = pue_sum_pct(side->u_wh, side->u_limit, side->n_u, true);
}
