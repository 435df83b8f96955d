/* SPDX-License-Identifier: Apache-2.0 */
/* Values over time, all with closed integrals: a meter's energy is the exact
 * integral of the power it shows, whenever it is asked. */
#include "sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct gen **all;
static size_t n_all, cap_all;

struct gen *gen_find(const char *name)
{
	for (size_t i = n_all; i-- > 0;)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}

/* A repeatable fraction in [0, 1) from a seed. */
static double fraction(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double)(*state >> 11) / 9007199254740992.0;
}

static bool number(const char *text, double *ret)
{
	char *end;

	*ret = strtod(text, &end);
	return end != text && !*end && isfinite(*ret);
}

struct gen *gen_define(const char *name, char **words, size_t n, const char **why)
{
	double v[3] = { 0, 0, 0 };
	bool is_sum = n > 0 && !strcmp(words[0], "sum");

	*why = "gen NAME const V | sine BASE AMPLITUDE PERIOD_S | walk BASE AMPLITUDE SEED | "
	       "ramp BASE PER_S | step BASE AT_S BY | sum FACTOR GEN...";
	if (n < 2)
		return NULL;
	for (size_t i = 1; i < n && i <= 3 && (!is_sum || i == 1); i++)
		if (!number(words[i], &v[i - 1]))
			return NULL;
	struct gen *g = must(calloc(1, sizeof(*g)));
	g->factor = 1;
	g->base = v[0];
	if (!strcmp(words[0], "const") && n == 2) {
		/* the base alone */
	} else if (!strcmp(words[0], "sine") && n == 4 && v[2] > 0) {
		g->amplitude[0] = v[1];
		g->omega[0] = 2 * M_PI / v[2];
	} else if (!strcmp(words[0], "walk") && n == 4) {
		uint64_t state = (uint64_t)(int64_t)v[2] * 2654435761u + 1;
		static const double period[N_WAVES] = { 17, 97, 613 };
		for (size_t i = 0; i < N_WAVES; i++) {
			g->amplitude[i] = v[1] / N_WAVES;
			g->omega[i] = 2 * M_PI / (period[i] * (0.8 + 0.4 * fraction(&state)));
			g->phase[i] = 2 * M_PI * fraction(&state);
		}
	} else if (!strcmp(words[0], "ramp") && n == 3) {
		g->slope = v[1];
	} else if (!strcmp(words[0], "step") && n == 4) {
		g->step_at = v[1];
		g->step_by = v[2];
	} else if (is_sum && n >= 3) {
		g->base = 0;
		g->factor = v[0];
		g->sum = must(calloc(n - 2, sizeof(struct gen *)));
		for (size_t i = 2; i < n; i++) {
			struct gen *term = gen_find(words[i]);
			if (!term) {
				*why = "sum of a gen that is not defined above";
				return NULL;
			}
			g->sum[g->n_sum++] = term;
		}
	} else {
		return NULL;
	}
	g->name = must(strdup(name));
	if (n_all == cap_all) {
		cap_all = cap_all ? cap_all * 2 : 64;
		all = must(realloc(all, cap_all * sizeof(struct gen *)));
	}
	all[n_all++] = g;
	return g;
}

double gen_value(const struct gen *g, double t)
{
	double v = g->base + g->slope * t;

	for (size_t i = 0; i < N_WAVES; i++)
		if (g->amplitude[i] != 0)
			v += g->amplitude[i] * sin(g->omega[i] * t + g->phase[i]);
	if (g->step_by != 0 && t >= g->step_at)
		v += g->step_by;
	for (size_t i = 0; i < g->n_sum; i++)
		v += gen_value(g->sum[i], t);
	return v * g->factor;
}

double gen_integral(const struct gen *g, double t)
{
	double v = g->base * t + g->slope * t * t / 2;

	for (size_t i = 0; i < N_WAVES; i++)
		if (g->amplitude[i] != 0)
			v -= g->amplitude[i] / g->omega[i] *
			     (cos(g->omega[i] * t + g->phase[i]) - cos(g->phase[i]));
	if (g->step_by != 0 && t > g->step_at)
		v += g->step_by * (t - g->step_at);
	for (size_t i = 0; i < g->n_sum; i++)
		v += gen_integral(g->sum[i], t);
	return v * g->factor;
}

double source_value(const struct source *s, double t)
{
	if (s->energy)
		return s->initial + s->factor * gen_integral(s->gen, t) / 3600.0;
	return s->factor * gen_value(s->gen, t);
}
