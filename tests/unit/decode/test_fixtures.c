/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each shipped profile against one device in our own format (tests/fixtures/devices):
 * load, expand, decode, compare exactly.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "decode/fixture.h"

static struct profile_set *profiles;

static struct fixture *read_fixture(const char *name)
{
	char *path = xasprintf("%s/devices/%s.csv", FIXTURES, name);
	struct err err = { "" };
	struct fixture *f = fixture_load(path, &err);

	if (f == NULL)
		fail_msg("%s", err.text);
	free(path);
	return f;
}

static void test_every_profile(void **state)
{
	(void)state;
	assert_true(profile_set_size(profiles) >= 8);
	for (size_t i = 0; i < profile_set_size(profiles); i++) {
		const struct profile *p = profile_set_at(profiles, i);
		struct fixture *f = read_fixture(p->name);
		struct fixture_result *results;
		size_t n = fixture_check(f, p, &results), wrong = 0;
		for (size_t k = 0; k < n; k++) {
			if (results[k].right)
				continue;
			fprintf(stderr, "%s.csv:%d: '%s' %s: %s, expected %s\n", p->name,
				results[k].line, results[k].part, results[k].quantity,
				results[k].what, results[k].expected);
			wrong++;
		}
		assert_int_equal(wrong, 0);
		size_t n_vbs;
		struct varbind *vbs = fixture_vbs(f, &n_vbs);
		struct expansion *x = profile_expand(p, 0, vbs, n_vbs);
		size_t all = x->n_points;
		if (n < (all < 10 ? all : 10))
			fail_msg("%s.csv: %zu of %zu points, 10 at least are meant", p->name, n,
				 all);
		expansion_free(x);
		free(results);
		fixture_free(f);
	}
}

/* Each defect of a fixture is told with its line; a wrong expectation is seen. */
static void test_defects(void **state)
{
	(void)state;
	static const char head[] =
		"oid_or_register,type,raw,part,quantity,expected,unit,source\n";
	static const struct {
		const char *row, *told;
	} bad[] = {
		{ "1.3.x,integer,1,,,,,", "neither an OID nor a register" },
		{ "1.3.6,intger,1,,,,,", "is not known" },
		{ "1.3.6,hex,0g,,,,,", "no hexadecimal digits" },
		{ "holding:70000,u16,0001,,,,,", "is no register" },
		{ "holdin:7,u16,0001,,,,,", "is no register" },
		{ "holding:7,u32,0001,,,,,", "is u16" },
		{ "holding:7,u16,001,,,,,", "four hexadecimal digits" },
	};
	char path[] = "/tmp/rackmeter-fixture-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = { "" };
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		fprintf(file, "# one\n%s%s\n", head, bad[i].row);
		fclose(file);
		assert_null(fixture_load(path, &err));
		assert_non_null(strstr(err.text, bad[i].told));
		assert_non_null(strstr(err.text, ":3: "));
	}
	static const char *const wrong[] = {
		"sensor 1,temperature_c,23.6,degC", "sensor 1,temperature_c,23.5,K",
		"sensor 2,temperature_c,23.5,degC", "sensor 1,temperature_c,not fitted,degC",
		",model,G-2,", ",colour,red,",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = { "" };
		struct fixture_result *results;
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		fprintf(file,
			"%s1.3.6.1.2.1.99.1.1.1.1.1,integer,8,,,,,\n"
			"1.3.6.1.2.1.99.1.1.1.2.1,integer,9,,,,,\n"
			"1.3.6.1.2.1.99.1.1.1.3.1,integer,1,,,,,\n"
			"1.3.6.1.2.1.47.1.1.1.1.13.1,string,G-1,,model,G-1,,\n"
			"1.3.6.1.2.1.99.1.1.1.4.1,integer,235,sensor 1,temperature_c,23.5,degC,\n"
			"1.3.6.1.2.1.99.1.1.1.4.1,integer,235,%s,\n",
			head, wrong[i]);
		fclose(file);
		struct fixture *f = fixture_load(path, &err);
		assert_non_null(f);
		size_t n = fixture_check(f, profile_set_get(profiles, "entity-sensor"), &results);
		assert_int_equal(n, 3);
		assert_true(results[0].right && results[1].right && !results[2].right);
		assert_int_equal(results[2].line, 7);
		free(results);
		fixture_free(f);
	}
	unlink(path);
}

/* Of a state the raw number is expected, and its severity where the row has one. */
static void test_expected_severity(void **state)
{
	(void)state;
	static const struct {
		const char *row;
		bool right;
	} rows[] = {
		{ "3.0,integer,2,main,state,2,1,", false },  /* no such object */
		{ "2.0,integer,2,main,state,2,1,", true },
		{ "2.0,integer,2,main,state,3,1,", false },
		{ "2.0,integer,2,main,state,2 warning,1,", true },
		{ "2.0,integer,2,main,state,2 critical,1,", false },
		{ "2.0,integer,2,main,state,2 ok,1,", false },
		{ "2.0,integer,1,main,state,1 ok,1,", true },
		{ "2.0,integer,9,main,state,9 unknown,1,", true },
		{ "2.0,integer,2,main,state,two,1,", false },
		{ "4.0,integer,3,main,alarm_flags,3 warning,1,", true },
		{ "4.0,integer,3,main,alarm_flags,3 ok,1,", false },
		{ "4.0,integer,0,main,alarm_flags,0 ok,1,", true },
	};
	char path[] = "/tmp/rackmeter-fixture-XXXXXX";
	struct diag diag = { 0 };
	struct profile *p = profile_load(FIXTURES "/profiles-good/severities.yaml", &diag);
	int fd = mkstemp(path);

	assert_non_null(p);
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { "" };
		struct fixture_result *results;
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fprintf(file,
			"oid_or_register,type,raw,part,quantity,expected,unit,source\n"
			"1.3.6.1.4.1.99999.%s\n",
			rows[i].row);
		fclose(file);
		struct fixture *f = fixture_load(path, &err);
		assert_non_null(f);
		assert_int_equal(fixture_check(f, p, &results), 1);
		if (results[0].right != rows[i].right)
			fail_msg("%s: %s", rows[i].row, results[0].what);
		free(results);
		fixture_free(f);
	}
	unlink(path);
	profile_free(p);
	diag_done(&diag);
}

/* Facts and labels that the reports rely on. */
static void test_texts(void **state)
{
	(void)state;
	static const struct {
		const char *profile, *part, *label;
	} labels[] = {
		{ "raritan-px2", "sensor 1", "R03 Inlet Temperature" },
		{ "raritan-px2", "outlet 2", "DEVICE 8:PS1:Planned" },
		{ "dell-idrac", "sensor 3", "System Board Inlet Temp" },
		{ "hpe-ilo", "sensor 1", "ambient" },
		{ "sentry4", "line BA L2", "" },
		{ "apc-rpdu2", "outlet 1", "Outlet 1" },
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct fixture *f = read_fixture(labels[i].profile);
		size_t n_vbs;
		struct varbind *vbs = fixture_vbs(f, &n_vbs);
		struct expansion *x = profile_expand(profile_set_get(profiles, labels[i].profile),
						     0, vbs, n_vbs);
		bool found = false;
		for (size_t k = 0; k < x->n_points; k++) {
			if (strcmp(x->points[k].part, labels[i].part) != 0)
				continue;
			found = true;
			if (labels[i].label[0])
				assert_string_equal(x->points[k].label, labels[i].label);
		}
		assert_true(found);
		assert_true(x->n_facts >= 2);
		expansion_free(x);
		fixture_free(f);
	}
}

/* The order of the answers changes nothing; a changed scale does. */
static void test_order_and_hash(void **state)
{
	(void)state;
	const struct profile *p = profile_set_get(profiles, "raritan-px2");
	struct fixture *f = read_fixture("raritan-px2");
	size_t n_vbs;
	struct varbind *vbs = fixture_vbs(f, &n_vbs);
	struct expansion *a = profile_expand(p, 0, vbs, n_vbs);

	for (size_t i = 0; i < n_vbs / 2; i++) {
		struct varbind swap = vbs[i];
		vbs[i] = vbs[n_vbs - 1 - i];
		vbs[n_vbs - 1 - i] = swap;
	}
	struct expansion *b = profile_expand(p, 0, vbs, n_vbs);
	assert_int_equal(a->n_points, b->n_points);
	assert_true(a->hash == b->hash);
	for (size_t i = 0; i < a->n_points; i++)
		assert_string_equal(a->points[i].part, b->points[i].part);
	/* one more decimal digit on the inlet's current */
	struct oid digits;
	assert_int_equal(oid_parse("1.3.6.1.4.1.13742.6.3.3.4.1.7.1.1.1", &digits), 0);
	for (size_t i = 0; i < n_vbs; i++) {
		if (oid_cmp(&vbs[i].oid, &digits) == 0)
			vbs[i].value.integer++;
	}
	struct expansion *c = profile_expand(p, 0, vbs, n_vbs);
	assert_true(a->hash != c->hash);
	expansion_free(a);
	expansion_free(b);
	expansion_free(c);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_profile),
		cmocka_unit_test(test_defects),
		cmocka_unit_test(test_expected_severity),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_order_and_hash),
	};
	const char *dirs[] = { PROFILES };
	struct diag diag = { 0 };

	profiles = profile_set_load(dirs, 1, &diag);
	diag_print(&diag, stderr);
	int failed = diag.n_errors ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
	profile_set_free(profiles);
	diag_done(&diag);
	return failed;
}
