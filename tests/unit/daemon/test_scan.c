/* SPDX-License-Identifier: Apache-2.0 */
/* A scan's run: what answered is kept, what did not is absent with its cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "agent.h"
#include "daemon/scan.h"
#include "daemon/shape.h"
#include "daemon/survey.h"

static struct profile *mini;

static int load_profile(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	mini = profile_load(FIXTURES "/daemon/mini-pdu.yaml", &diag);
	diag_done(&diag);
	return mini ? 0 : -1;
}

static int free_profile(void **state)
{
	(void)state;
	mini = profile_free(mini);
	return 0;
}

static struct expansion *expand(struct agent *a)
{
	struct survey *s = survey_new(mini, false);
	const struct plan_request *what;
	const struct varbind *vbs;
	struct expansion *e;
	struct reply reply;
	size_t n;

	while ((what = survey_next(s))) {
		enum cause cause = agent_answer(a, what, &reply);

		survey_reply(s, cause, &reply);
	}
	vbs = survey_vbs(s, &n);
	e = profile_expand(mini, 0, vbs, n);
	survey_free(s);
	a->n_requests = 0;
	return e;
}

/* Runs the first group of a shape to its end; splits go to *own. */
static void play(struct scan_run *run, struct agent *a, const struct shape *shape,
		 struct reading *readings, struct plan **own)
{
	const struct shape_scan *group = &shape->scans[0];
	const struct plan_request *what;
	struct reply reply;

	scan_begin(run, shape->expansion, *own ? *own : group->plan, shape->position, readings,
		   group->n_points);
	while ((what = scan_next(run))) {
		enum cause cause = agent_answer(a, what, &reply);

		if (scan_reply(run, cause, &reply) != SCAN_SPLIT)
			continue;
		if (!*own)
			run->plan = *own = shape_private_plan(shape, group);
		if ((*own)->requests[run->request].n_items <= 1 ||
		    plan_split(*own, run->request) < 0)
			scan_refused(run);
	}
}

static size_t n_with(const struct reading *readings, size_t n, enum cause cause)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += readings[i].cause == cause;
	return found;
}

struct bench {
	struct agent *a;
	struct shapes *shapes;
	struct shape *shape;
	struct reading readings[64];
	struct scan_run run;
	struct plan *own;
	size_t n;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct expansion *e;

	b->a = agent_mini(9);
	b->shapes = shapes_new();
	e = expand(b->a);
	b->shape = shape_get(b->shapes, &e, 10, true);
	b->n = b->shape->scans[0].n_points;
	*state = b;
	return e ? -1 : 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	plan_free(b->own);
	shape_unref(b->shapes, b->shape);
	shapes_free(b->shapes);
	free(b->a);
	free(b);
	return 0;
}

static void test_groups_and_plan(void **state)
{
	struct bench *b = *state;

	assert_int_equal(b->shape->n_scans, 2);
	assert_string_equal(b->shape->scans[0].name, "main");
	assert_int_equal(b->shape->scans[0].step_s, 10);
	assert_int_equal(b->n, 11);
	assert_string_equal(b->shape->scans[1].name, "60s");
	assert_int_equal(b->shape->scans[1].n_points, 9);
	/* 11 points, 4 a request; sysUpTime takes the last free place */
	assert_int_equal(b->shape->scans[0].plan->n_requests, 3);
	assert_int_equal(b->shape->scans[0].plan->requests[2].n_oids, 4);
	assert_int_equal(b->shape->scans[0].plan->requests[2].n_items, 3);
	assert_int_equal(b->shape->scans[1].plan->requests[2].n_oids, 1);
}

static void test_equal_devices_share_a_shape(void **state)
{
	struct bench *b = *state;
	struct expansion *e = expand(b->a);
	struct shape *again = shape_get(b->shapes, &e, 10, true), *other;

	assert_ptr_equal(again, b->shape);
	assert_non_null(e); /* it stays ours */
	shape_unref(b->shapes, again);
	other = shape_get(b->shapes, &e, 20, true);
	assert_ptr_not_equal(other, b->shape);
	assert_null(e);
	shape_unref(b->shapes, other);
}

static void test_all_present(void **state)
{
	struct bench *b = *state;

	play(&b->run, b->a, b->shape, b->readings, &b->own);
	assert_true(b->run.answered);
	assert_int_equal(b->run.n_present, 11);
	assert_int_equal(n_with(b->readings, b->n, CAUSE_NONE), 11);
	assert_int_equal(b->readings[0].raw, 4321);
	assert_int_equal(b->readings[1].raw, 230);
	assert_int_equal(b->readings[2].raw, 2001);
	assert_int_equal(b->readings[10].raw, 2009);
	assert_true(b->run.has_uptime);
	assert_int_equal(b->run.uptime, 123456);
	assert_null(b->own);
}

static void test_dead_costs_one_request(void **state)
{
	struct bench *b = *state;

	b->a->answers_left = 0;
	play(&b->run, b->a, b->shape, b->readings, &b->own);
	assert_false(b->run.answered);
	assert_int_equal(b->a->n_requests, 1);
	assert_int_equal(n_with(b->readings, b->n, CAUSE_NO_ANSWER), 11);
}

static void test_what_answered_is_kept(void **state)
{
	struct bench *b = *state;

	b->a->answers_left = 1;
	play(&b->run, b->a, b->shape, b->readings, &b->own);
	assert_true(b->run.answered);
	assert_int_equal(n_with(b->readings, b->n, CAUSE_NONE), 4);
	assert_int_equal(n_with(b->readings, b->n, CAUSE_NO_ANSWER), 7);
	assert_int_equal(b->a->n_requests, 3);
}

static void test_abandoned_at_the_deadline(void **state)
{
	struct bench *b = *state;
	struct reply reply;

	scan_begin(&b->run, b->shape->expansion, b->shape->scans[0].plan, b->shape->position,
		   b->readings, b->n);
	assert_int_equal(agent_answer(b->a, scan_next(&b->run), &reply), CAUSE_NONE);
	scan_reply(&b->run, CAUSE_NONE, &reply);
	scan_abandon(&b->run, CAUSE_DEADLINE);
	assert_null(scan_next(&b->run));
	assert_int_equal(n_with(b->readings, b->n, CAUSE_NONE), 4);
	assert_int_equal(n_with(b->readings, b->n, CAUSE_DEADLINE), 7);
}

static void test_split_until_it_fits_and_remembered(void **state)
{
	struct bench *b = *state;
	size_t first;

	b->a->too_big = 2;
	play(&b->run, b->a, b->shape, b->readings, &b->own);
	assert_int_equal(n_with(b->readings, b->n, CAUSE_NONE), 11);
	assert_true(b->run.has_uptime);
	first = b->a->n_requests;
	b->a->n_requests = 0;
	play(&b->run, b->a, b->shape, b->readings, &b->own);
	assert_int_equal(n_with(b->readings, b->n, CAUSE_NONE), 11);
	assert_true(b->a->n_requests < first); /* no refusal the second time */
	assert_int_equal(b->own->n_requests, b->a->n_requests);
}

static void test_v1_refusal_isolates_the_object(void **state)
{
	struct bench *b = *state;

	b->a->v1 = true;
	memmove(&b->a->values[5], &b->a->values[6], (b->a->n - 6) * sizeof(b->a->values[0]));
	b->a->n--;
	play(&b->run, b->a, b->shape, b->readings, &b->own);
	assert_int_equal(n_with(b->readings, b->n, CAUSE_NONE), 10);
	assert_int_equal(b->readings[1].cause, CAUSE_NO_SUCH);
	assert_true(b->run.lost_instance);
}

static void test_lost_instance(void **state)
{
	struct bench *b = *state;

	b->a->values[5].oid.arc[8] = 77; /* the voltage is gone */
	play(&b->run, b->a, b->shape, b->readings, &b->own);
	assert_int_equal(b->readings[1].cause, CAUSE_NO_SUCH);
	assert_int_equal(n_with(b->readings, b->n, CAUSE_NONE), 10);
	assert_true(b->run.lost_instance);
	assert_null(b->own);
}

static void test_short_reply(void **state)
{
	struct bench *b = *state;
	struct reply reply;

	scan_begin(&b->run, b->shape->expansion, b->shape->scans[0].plan, b->shape->position,
		   b->readings, b->n);
	agent_answer(b->a, scan_next(&b->run), &reply);
	reply.n_values = 1;
	scan_reply(&b->run, CAUSE_NONE, &reply);
	assert_int_equal(b->readings[0].cause, CAUSE_NONE);
	assert_int_equal(b->readings[1].cause, CAUSE_MALFORMED);
}

static void test_answers(void **state)
{
	(void)state;
	assert_true(scan_is_answer(CAUSE_NONE));
	assert_true(scan_is_answer(CAUSE_DEVICE_ERROR));
	assert_true(scan_is_answer((enum cause)(CAUSE_EXCEPTION + 2)));
	assert_false(scan_is_answer((enum cause)(CAUSE_EXCEPTION + 10)));
	assert_false(scan_is_answer((enum cause)(CAUSE_EXCEPTION + 11)));
	assert_false(scan_is_answer(CAUSE_NO_ANSWER));
	assert_false(scan_is_answer(CAUSE_REFUSED));
	assert_false(scan_is_answer(CAUSE_MALFORMED));
	assert_false(scan_is_answer(CAUSE_DEADLINE));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_groups_and_plan),
		TEST(test_equal_devices_share_a_shape),
		TEST(test_all_present),
		TEST(test_dead_costs_one_request),
		TEST(test_what_answered_is_kept),
		TEST(test_abandoned_at_the_deadline),
		TEST(test_split_until_it_fits_and_remembered),
		TEST(test_v1_refusal_isolates_the_object),
		TEST(test_lost_instance),
		TEST(test_short_reply),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, load_profile, free_profile);
}
