/* SPDX-License-Identifier: Apache-2.0 */
/* The survey against an agent that behaves, and against those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "agent.h"
#include "daemon/survey.h"

static struct profile *mini;

static int load_profile(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	mini = profile_load(FIXTURES "/daemon/mini-pdu.yaml", &diag);
	diag_print(&diag, stderr);
	diag_done(&diag);
	return mini ? 0 : -1;
}

static int free_profile(void **state)
{
	(void)state;
	mini = profile_free(mini);
	return 0;
}

static void play(struct survey *s, struct agent *a)
{
	const struct plan_request *what;
	struct reply reply;

	while ((what = survey_next(s))) {
		enum cause cause = agent_answer(a, what, &reply);

		survey_reply(s, cause, &reply);
	}
}

static size_t n_points(struct survey *s)
{
	size_t n, points;
	const struct varbind *vbs = survey_vbs(s, &n);
	struct expansion *e = profile_expand(mini, 0, vbs, n);

	points = e->n_points;
	expansion_free(e);
	return points;
}

static void test_finds_everything(void **state)
{
	const unsigned outlets[] = { 0, 1, 3, 42 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct agent *a = agent_mini(outlets[i]);
		struct survey *s = survey_new(mini, false);

		play(s, a);
		assert_int_equal(survey_failed(s), CAUSE_NONE);
		assert_true(survey_answered(s));
		assert_false(survey_cut(s));
		assert_int_equal(n_points(s), 2 + 2 * outlets[i]);
		assert_int_equal(survey_value(s, &oid_sysuptime)->integer, 123456);
		assert_true(a->n_oids_max <= 4); /* the profile's limit */
		survey_free(s);
		free(a);
	}
}

static void test_v1_lacks_objects(void **state)
{
	struct agent *a = agent_mini(5);
	struct survey *s = survey_new(mini, true);

	(void)state;
	a->v1 = true;
	/* no voltage: v1 refuses the whole GET and names it */
	memmove(&a->values[5], &a->values[6], (a->n - 6) * sizeof(a->values[0]));
	a->n--;
	a->n--; /* and no object behind the table: the walk ends in noSuchName */
	play(s, a);
	assert_int_equal(survey_failed(s), CAUSE_NONE);
	assert_int_equal(n_points(s), 1 + 2 * 5);
	survey_free(s);
	free(a);
}

static void test_too_big_is_halved(void **state)
{
	(void)state;
	for (size_t limit = 1; limit < 12; limit++) {
		struct agent *a = agent_mini(9);
		struct survey *s = survey_new(mini, false);

		a->too_big = limit;
		play(s, a);
		assert_int_equal(survey_failed(s), CAUSE_NONE);
		assert_int_equal(n_points(s), 2 + 2 * 9);
		survey_free(s);
		free(a);
	}
}

static void test_silence(void **state)
{
	(void)state;
	for (int answers = 0; answers < 5; answers++) {
		struct agent *a = agent_mini(40);
		struct survey *s = survey_new(mini, false);

		a->answers_left = answers;
		play(s, a);
		assert_int_equal(survey_failed(s), CAUSE_NO_ANSWER);
		assert_int_equal(survey_answered(s), answers > 0);
		/* a silent device costs one request, not one per column */
		assert_true(a->n_requests <= (size_t)answers + 4);
		survey_free(s);
		free(a);
	}
}

/* A row without a value is no point; those behind it are. */
static void test_null_in_a_column(void **state)
{
	struct agent *a = agent_mini(7);
	struct survey *s = survey_new(mini, false);
	size_t n, kept;

	(void)state;
	for (n = 0; n < a->n; n++) {
		if (a->values[n].oid.arc[a->values[n].oid.n - 1] == 3)
			a->values[n].value = (struct vb_value){ .type = VB_NULL };
	}
	play(s, a);
	assert_int_equal(survey_failed(s), CAUSE_NONE);
	assert_false(survey_cut(s));
	assert_int_equal(n_points(s), 2 + 2 * 6);
	survey_vbs(s, &kept);
	for (size_t i = 0; i < kept; i++)
		assert_int_not_equal(survey_vbs(s, &n)[i].value.type, VB_NULL);
	survey_free(s);
	free(a);
}

static void test_not_ascending_ends(void **state)
{
	struct agent *a = agent_mini(3);
	struct survey *s = survey_new(mini, false);

	(void)state;
	/* the last binding of the last column for ever */
	a->n--;
	a->endless = true;
	play(s, a);
	assert_int_equal(survey_failed(s), CAUSE_NONE);
	assert_true(survey_cut(s));
	assert_true(a->n_requests < 20);
	survey_free(s);
	free(a);
}

static void test_endless_table_ends(void **state)
{
	struct survey *s = survey_new(mini, false);
	const struct plan_request *what;
	size_t n_requests = 0, n;
	static struct varbind vbs[200];
	uint32_t row = 0;
	struct vb_value values[8];

	(void)state;
	while ((what = survey_next(s))) {
		struct reply reply = { 0 };

		if (what->kind == REQUEST_SNMP_GET) {
			for (size_t i = 0; i < what->n_oids; i++)
				values[i] = (struct vb_value){ .type = VB_GAUGE32, .integer = 1 };
			reply.values = values;
			reply.n_values = what->n_oids;
		} else {
			for (size_t k = 0; k < what->max_repetitions; k++) {
				row++;
				for (size_t i = 0; i < what->n_oids; i++) {
					struct varbind *vb = &vbs[reply.n_vbs++];

					vb->oid = what->oids[i];
					vb->oid.arc[12] = row;
					vb->oid.n = 13;
					vb->value = (struct vb_value){ .type = VB_GAUGE32 };
				}
			}
			reply.vbs = vbs;
		}
		survey_reply(s, CAUSE_NONE, &reply);
		assert_true(++n_requests <= SURVEY_REQUESTS_MAX);
	}
	assert_true(survey_cut(s));
	survey_vbs(s, &n);
	assert_true(n <= SURVEY_ROWS_MAX);
	survey_free(s);
}

static void test_giant_texts_are_cut(void **state)
{
	static uint8_t giant[60000];
	struct survey *s = survey_new(NULL, false);
	const struct plan_request *what = survey_next(s);
	struct vb_value values[3];
	struct reply reply = { .values = values, .n_values = what->n_oids };

	(void)state;
	memset(giant, 'x', sizeof(giant));
	assert_int_equal(what->n_oids, 3);
	for (size_t i = 0; i < 3; i++)
		values[i] = (struct vb_value){ .type = VB_OCTETS,
					       .octets = giant,
					       .n_octets = sizeof(giant) };
	survey_reply(s, CAUSE_NONE, &reply);
	assert_int_equal(survey_value(s, &oid_sysdescr)->n_octets, SURVEY_OCTETS_MAX);
	survey_free(s);
}

static void test_empty_reply_ends(void **state)
{
	struct survey *s = survey_new(mini, false);
	const struct plan_request *what;
	int n = 0;

	(void)state;
	while ((what = survey_next(s))) {
		struct reply nothing = { 0 };

		survey_reply(s, CAUSE_NONE, &nothing);
		assert_true(++n < 20);
	}
	assert_int_equal(n_points(s), 0);
	survey_free(s);
}

static void test_identity_only(void **state)
{
	struct agent *a = agent_mini(3);
	struct survey *s = survey_new(NULL, false);

	(void)state;
	play(s, a);
	assert_int_equal(a->n_requests, 1);
	assert_memory_equal(survey_value(s, &oid_sysobjectid)->octets, "1.3.6.1.4.1.99999.7", 19);
	survey_free(s);
	free(a);
}

/* Of a Modbus device only what its points hang on is asked; a register that it refuses is not
 * there, silence ends it. */
static void test_registers(void **state)
{
	struct diag diag = { 0 };
	struct profile *p = profile_load(PROFILES "/eig-shark100.yaml", &diag);
	uint16_t words[] = { 0x8332 };
	struct reply reply = { .words = words, .n_words = 1 };
	const struct plan_request *what;
	size_t n;

	(void)state;
	assert_non_null(p);
	assert_true(survey_needed(p) && survey_ages(p));
	for (int refused = 0; refused < 2; refused++) {
		struct survey *s = survey_new(p, false);

		what = survey_next(s);
		assert_non_null(what);
		assert_int_equal(what->kind, REQUEST_MODBUS_READ);
		assert_int_equal(what->function, 3);
		assert_int_equal(what->address, 30005);
		assert_int_equal(what->n_words, 1);
		survey_reply(s, refused ? (enum cause)(CAUSE_EXCEPTION + 2) : CAUSE_NONE, &reply);
		assert_null(survey_next(s));
		assert_int_equal(survey_failed(s), CAUSE_NONE);
		const struct varbind *vbs = survey_vbs(s, &n);
		assert_int_equal(n, refused ? 0 : 1);
		if (n)
			assert_int_equal(vbs[0].value.integer, 0x8332);
		survey_free(s);
	}
	struct survey *s = survey_new(p, false);
	survey_next(s);
	survey_reply(s, CAUSE_NO_ANSWER, NULL);
	assert_null(survey_next(s));
	assert_int_equal(survey_failed(s), CAUSE_NO_ANSWER);
	survey_free(s);
	profile_free(p);

	p = profile_load(PROFILES "/eastron-sdm630.yaml", &diag);
	assert_false(survey_needed(p) || survey_ages(p));
	assert_true(survey_needed(mini));
	assert_false(survey_ages(mini)); /* what its rows are is told by themselves */
	profile_free(p);

	p = profile_load(PROFILES "/akcp-sensorprobe.yaml", &diag);
	assert_true(survey_ages(p)); /* a column tells which ports have a sensor */
	profile_free(p);
	diag_done(&diag);
}

/* Of 200 outlets and all columns a look asks one column, 60 varbinds a reply at most. */
static void test_look_at_what_is_fitted(void **state)
{
	struct agent *a = agent_mini(200);
	struct diag diag = { 0 };
	struct profile *p = profile_load(FIXTURES "/daemon/mini-pdu.yaml", &diag);
	struct survey *s;
	size_t n;

	(void)state;
	diag_done(&diag);
	p->max_repetitions = 50;
	agent_fitted(p);
	s = survey_new_fitted(p, false);
	play(s, a);
	assert_int_equal(survey_failed(s), CAUSE_NONE);
	survey_vbs(s, &n);
	assert_int_equal(n, 200);
	assert_int_equal(a->n_requests, 5); /* 50 rows each, and one that sees the end */
	survey_free(s);

	/* a device that takes no more than 10 varbinds is asked for fewer, and gets through */
	a->n_requests = 0;
	a->too_big = 10;
	s = survey_new_fitted(p, false);
	play(s, a);
	survey_vbs(s, &n);
	assert_int_equal(n, 200);
	assert_in_range(a->n_requests, 30, 50);
	survey_free(s);
	profile_free(p);
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_everything),
		cmocka_unit_test(test_look_at_what_is_fitted),
		cmocka_unit_test(test_v1_lacks_objects),
		cmocka_unit_test(test_too_big_is_halved),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_null_in_a_column),
		cmocka_unit_test(test_not_ascending_ends),
		cmocka_unit_test(test_endless_table_ends),
		cmocka_unit_test(test_giant_texts_are_cut),
		cmocka_unit_test(test_empty_reply_ends),
		cmocka_unit_test(test_identity_only),
		cmocka_unit_test(test_registers),
	};

	return cmocka_run_group_tests(tests, load_profile, free_profile);
}
