/* SPDX-License-Identifier: Apache-2.0 */
/* A probe of a walk file: identity, survey, plan, values and facts, as of a live device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/poller.h"
#include "decode/decode.h"
#include "transport/plan.h"

static struct profile_set *set;

static int load(void **state)
{
	const char *dirs[] = { FIXTURES "/daemon" };
	struct diag diag = { 0 };

	(void)state;
	set = profile_set_load(dirs, 1, &diag);
	diag_print(&diag, stderr);
	diag_done(&diag);
	return set && profile_set_size(set) == 1 ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	set = profile_set_free(set);
	return 0;
}

static struct endpoint walk(const char *name)
{
	struct endpoint e = { .protocol = PROTOCOL_WALK };

	snprintf(e.host, sizeof(e.host), "%s/daemon/%s", FIXTURES, name);
	return e;
}

static const struct reading *reading_of(const struct probe_result *r, const char *part,
					const char *quantity, struct scale *scale)
{
	for (size_t i = 0; i < r->expansion->n_points; i++) {
		const struct point_def *p = &r->expansion->points[i];

		if (strcmp(p->part, part) || strcmp(p->src->quantity->name, quantity))
			continue;
		*scale = decode_storage_scale(p);
		return &r->readings[i];
	}
	return NULL;
}

static void test_walk(void **state)
{
	const char *files[] = { "mini.snmprec", "mini.snmpwalk" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct endpoint endpoint = walk(files[i]);
		struct probe_result r;
		const struct reading *x;
		struct scale scale;
		struct err err = { "" };

		if (probe_run(&endpoint, NULL, set, NULL, 10, &r, &err) != 0)
			fail_msg("%s: %s", files[i], err.text);
		assert_string_equal(r.profile->name, "mini-pdu");
		assert_non_null(r.rule);
		assert_string_equal(r.sysobjectid, "1.3.6.1.4.1.99999.7");
		assert_int_equal(r.expansion->n_points, 2 + 2 * 2);
		assert_int_equal(r.plan->n_requests, 2); /* six points, four a request */
		assert_int_equal(r.n_facts, 1);
		assert_string_equal(r.facts[0].key, "serial");
		assert_string_equal(r.facts[0].text, "SN42");
		x = reading_of(&r, "outlet 2", "current_a", &scale);
		assert_non_null(x);
		assert_int_equal(x->cause, CAUSE_NONE);
		assert_int_equal(x->raw, 17);
		assert_true(scale_value(&scale, x->raw) > 1.699 &&
			    scale_value(&scale, x->raw) < 1.701);
		x = reading_of(&r, "outlet 1", "energy_wh", &scale);
		assert_int_equal(x->raw, 81);
		assert_int_equal((int)scale_value(&scale, x->raw), 8100);
		probe_done(&r);
	}
}

static void test_failures_name_their_reason(void **state)
{
	struct endpoint endpoint = walk("no-such-file");
	struct probe_result r;
	struct err err = { "" };

	(void)state;
	assert_int_equal(probe_run(&endpoint, NULL, set, NULL, 5, &r, &err), -1);
	assert_non_null(strstr(err.text, "no-such-file"));
	endpoint = walk("stranger.snmprec");
	assert_int_equal(probe_run(&endpoint, NULL, set, NULL, 5, &r, &err), -1);
	assert_non_null(strstr(err.text, "1.3.6.1.4.1.77777"));
	/* named, but nothing of it is there */
	assert_int_equal(probe_run(&endpoint, NULL, set, profile_set_at(set, 0), 5, &r, &err), -1);
	assert_non_null(strstr(err.text, "mini-pdu"));
}

/* No sysDescr, no sysObjectID: an object tells. */
static void test_object(void **state)
{
	const char *dirs[] = { FIXTURES "/profiles-identify" };
	struct diag diag = { 0 };
	struct profile_set *families = profile_set_load(dirs, 1, &diag);
	struct cfg_credential v1 = { .name = (char[]){ "old" }, .snmp_version = 1,
				     .community = (char[]){ "public" } };
	struct endpoint endpoint = walk("nameless.snmprec");

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct probe_result r;
		struct err err = { "" };

		if (probe_run(&endpoint, i ? &v1 : NULL, families, NULL, 10, &r, &err) != 0)
			fail_msg("%s", err.text);
		assert_string_equal(r.profile->name, "by-object");
		assert_null(r.rival);
		assert_int_equal(r.readings[0].raw, 230);
		probe_done(&r);
	}
	profile_set_free(families);
	diag_done(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_failures_name_their_reason),
		cmocka_unit_test(test_object),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
