/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of several rules decides, what has to be asked for before one can, and profiles that claim
 * the same device. The profiles are of tests/fixtures/profiles-identify.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "inventory/profile.h"

static struct profile_set *load(const char *dir)
{
	struct diag diag = { 0 };
	struct profile_set *set = profile_set_load(&dir, 1, &diag);

	diag_print(&diag, stderr);
	assert_int_equal(diag.n, 0);
	diag_done(&diag);
	return set;
}

static void fill(struct varbind *vb, const char *oid, const char *text)
{
	*vb = (struct varbind){ .value.type = VB_OCTETS };
	assert_int_equal(oid_parse(oid, &vb->oid), 0);
	vb->value.octets = (const uint8_t *)text;
	vb->value.n_octets = strlen(text);
}

static void test_which(void **state)
{
	(void)state;
	static const struct {
		const char *oid, *descr;
		const char *object, *value; /* what the device has; NULL: nothing more */
		const char *profile, *rival;
	} devices[] = {
		{ "1.3.6.1.4.1.8072.3.2.10", "Linux", NULL, NULL, "agent", NULL },
		{ "1.3.6.1.4.1.8072.3.2.10", "Linux", "1.3.6.1.4.1.21317.1.3.1.2.1", "4", "board",
		  NULL },
		/* the object of another enterprise on a device that knows itself decides nothing */
		{ "1.3.6.1.4.1.99999.1", "", "1.3.6.1.4.1.21317.1.3.1.2.1", "4", "model-b", NULL },
		{ "1.3.6.1.4.1.99999.1", "", "1.3.6.1.4.1.99999.2.1.0", "PX3-5", "model-a", NULL },
		{ "1.3.6.1.4.1.99999.1", "", "1.3.6.1.4.1.99999.2.1.0", "QX3-5", "model-b", NULL },
		{ "1.3.6.1.4.1.99999.1", "", "1.3.6.1.4.1.99999.2.1.0", "", "model-b", NULL },
		{ "", "8VD-X20", NULL, NULL, "by-descr", NULL },
		{ "", "", "1.3.6.1.4.1.99999.7.1.5.1", "x", "by-object", NULL },
		{ "", "", "1.3.6.1.4.1.99999.7.2.5.1", "x", NULL, NULL },
		{ "0.10.43.6.1.4.1", "Epicenter", NULL, NULL, "malformed", NULL },
		{ "1.3.6.1.4.1.99998", "one", NULL, NULL, "rival", "rival-too" },
		{ "1.3.6.1.4.1.99998", "or", NULL, NULL, "rival-too", NULL },
		{ "1.3.6.1.4.1.5", "", "1.3.6.1.2.1.33.1.1.1.0", "x", "std-ups", NULL },
		{ "1.3.6.1.4.1.5", "", "1.3.6.1.2.1.99.1.1.1.4.1", "x", "std-sensors", NULL },
		{ "1.3.6.1.4.1.8072.3.2.10", "", "1.3.6.1.2.1.33.1.1.1.0", "x", "agent", NULL },
		{ "1.3.6.1.4.1.5", "", NULL, NULL, NULL, NULL },
	};
	struct profile_set *set = load(FIXTURES "/profiles-identify");

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		struct profile_identity who = { .sysdescr = devices[i].descr };
		struct varbind vb;

		if (*devices[i].oid)
			assert_int_equal(oid_parse(devices[i].oid, &who.sysobjectid), 0);
		if (devices[i].object) {
			fill(&vb, devices[i].object, devices[i].value);
			who.vbs = &vb;
			who.n_vbs = 1;
		}
		struct profile_match match = profile_identify(set, &who);
		const char *got = match.profile ? match.profile->name : "none";
		const char *rival = match.rival ? match.rival->name : "none";
		if (devices[i].profile == NULL)
			assert_string_equal(got, "none");
		else
			assert_string_equal(got, devices[i].profile);
		assert_string_equal(rival, devices[i].rival ? devices[i].rival : "none");
	}
	profile_set_free(set);
}

/* A number is matched as its decimal digits; "nothing there" is no object. */
static void test_values(void **state)
{
	(void)state;
	struct profile_set *set = load(FIXTURES "/profiles-identify");
	struct profile_identity who = { .sysdescr = "", .n_vbs = 1 };
	struct varbind vb;

	fill(&vb, "1.3.6.1.4.1.99999.2.2.0", "");
	vb.value = (struct vb_value){ .type = VB_INTEGER, .integer = 26 };
	who.vbs = &vb;
	assert_int_equal(oid_parse("1.3.6.1.4.1.99999", &who.sysobjectid), 0);
	assert_int_equal(profile_identify(set, &who).rule->object.n, 10);
	vb.value.integer = 126;
	assert_int_equal(profile_identify(set, &who).rule->object.n, 0);
	fill(&vb, "1.3.6.1.4.1.99999.7.1.0", "");
	vb.value = (struct vb_value){ .type = VB_NO_SUCH_OBJECT };
	who.sysobjectid.n = 0;
	assert_null(profile_identify(set, &who).profile);
	profile_set_free(set);
}

static size_t asked(const struct profile_set *set, const char *oid, const char *first)
{
	struct profile_identity who = { .sysdescr = "" };
	struct oid *oids, wanted;

	assert_int_equal(oid_parse(oid, &who.sysobjectid), 0);
	size_t n = profile_identify_objects(set, &who, &oids);
	assert_int_equal(oid_parse(first, &wanted), 0);
	assert_true(n > 0 && oid_cmp(&oids[0], &wanted) == 0);
	free(oids);
	return n;
}

/* Only what can still decide is asked for. */
static void test_objects(void **state)
{
	(void)state;
	struct profile_set *set = load(FIXTURES "/profiles-identify");

	assert_int_equal(asked(set, "1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.21317.1.3"), 1);
	assert_int_equal(asked(set, "1.3.6.1.4.1.99999.4", "1.3.6.1.4.1.99999.2.1.0"), 2);
	assert_int_equal(asked(set, "1.3.6.1.4.1.5", "1.3.6.1.2.1.33.1"), 3);
	profile_set_free(set);
}

static void test_twins(void **state)
{
	(void)state;
	struct profile_set *set = load(FIXTURES "/profiles-twins");
	struct diag diag = { 0 };

	profile_set_check(set, &diag);
	diag_sort(&diag);
	assert_int_equal(diag.n, 2);
	assert_string_equal(diag.items[0].file, FIXTURES "/profiles-twins/meter-right.yaml");
	assert_non_null(strstr(diag.items[0].text, "meter-right claims the same devices as "
						   "profile meter-left"));
	assert_string_equal(diag.items[1].file, FIXTURES "/profiles-twins/right.yaml");
	assert_int_equal(diag.items[1].line, 11);
	assert_non_null(strstr(diag.items[1].text, "left.yaml:11"));
	diag_done(&diag);
	profile_set_free(set);
}

/* The shipped ones: no two of them. */
static void test_shipped(void **state)
{
	(void)state;
	struct profile_set *set = load(PROFILES);
	struct diag diag = { 0 };

	profile_set_check(set, &diag);
	diag_print(&diag, stderr);
	assert_int_equal(diag.n, 0);
	diag_done(&diag);
	profile_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which),   cmocka_unit_test(test_values),
		cmocka_unit_test(test_objects), cmocka_unit_test(test_twins),
		cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
