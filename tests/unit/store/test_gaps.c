/* SPDX-License-Identifier: Apache-2.0 */
/* Gaps against a plain model: for random rows, each (instant, slot) is absent in the gaps
 * exactly when it was absent in the rows, with the same cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/gaps.h"

#define INSTANTS 3000
#define SLOTS    7

static unsigned seed = 1;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return seed / 65536 % sides;
}

static uint16_t model[INSTANTS][SLOTS], told[INSTANTS][SLOTS];

static void paint(const struct gap_op *open, const struct gap_op *close)
{
	uint32_t n = 0;

	assert_true(close->ts >= open->ts);
	for (int64_t t = open->ts; t <= close->ts; t++, n++)
		for (int64_t s = 0; s < SLOTS; s++)
			if ((open->slot < 0 || open->slot == s)) {
				assert_int_equal(told[t][s], CAUSE_NONE); /* told once only */
				told[t][s] = (uint16_t)open->cause;
			}
	assert_int_equal(close->n, n);
}

static void test_random(void **state)
{
	static const enum cause causes[] = { CAUSE_NONE, CAUSE_NONE, CAUSE_NO_SUCH,
					     CAUSE_NO_ANSWER };
	struct gaps *g = gaps_new();
	struct gap_ops ops = { 0 };
	struct reading row[SLOTS] = { 0 };

	(void)state;
	gaps_next_id(g, 100);
	gaps_next_id(g, 50);
	for (int t = 0; t < INSTANTS; t++) {
		unsigned what = dice(10);
		if (what == 0) {
			gaps_absent(g, 3, t, t, 1, CAUSE_LATE, &ops);
			for (int s = 0; s < SLOTS; s++)
				model[t][s] = CAUSE_LATE;
			continue;
		}
		for (int s = 0; s < SLOTS; s++) {
			if (what == 1)
				row[s].cause = CAUSE_NO_ANSWER;
			else if (what < 5) /* mostly a row is like the one before */
				row[s].cause = causes[dice(4)];
			model[t][s] = (uint16_t)row[s].cause;
		}
		gaps_row(g, 3, t, row, SLOTS, &ops);
	}
	gaps_close(g, &ops);
	for (size_t i = 0; i < ops.n; i++) {
		if (ops.op[i].n)
			continue;
		assert_true(ops.op[i].id >= 100);
		size_t k = i + 1;
		while (k < ops.n && ops.op[k].id != ops.op[i].id)
			k++;
		assert_true(k < ops.n); /* each opening is closed */
		paint(&ops.op[i], &ops.op[k]);
	}
	assert_memory_equal(model, told, sizeof(model));
	/* closed means closed */
	size_t n = ops.n;
	gaps_close(g, &ops);
	assert_int_equal(ops.n, n);
	free(ops.op);
	gaps_free(g);
}

static void test_not_fitted(void **state)
{
	struct gaps *g = gaps_new();
	struct gap_ops ops = { 0 };
	struct reading row[2] = { { .cause = CAUSE_NOT_FITTED }, { .cause = CAUSE_NOT_FITTED } };

	(void)state;
	gaps_row(g, 1, 10, row, 2, &ops);
	gaps_row(g, 1, 20, row, 0, &ops);
	assert_int_equal(ops.n, 0);
	/* what is not fitted does not keep the rest from being one gap */
	row[1].cause = CAUSE_NO_ANSWER;
	gaps_row(g, 1, 30, row, 2, &ops);
	assert_int_equal(ops.n, 1);
	assert_int_equal(ops.op[0].slot, -1);
	/* a slow row behind a later absence does not move the end back */
	row[1].cause = CAUSE_NO_ANSWER;
	gaps_absent(g, 1, 50, 50, 1, CAUSE_NO_ANSWER, &ops);
	gaps_row(g, 1, 40, row, 2, &ops);
	gaps_close(g, &ops);
	assert_int_equal(ops.n, 2);
	assert_int_equal(ops.op[1].ts, 50);
	assert_int_equal(ops.op[1].n, 3);
	free(ops.op);
	assert_null(gaps_free(g));
	assert_null(gaps_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_not_fitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
