/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles against walks of real devices, which are not ours to ship: the folder with
 * NAME.snmprec is named by RACKMETER_DEVICES. Any profile meets any device here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "decode/decode.h"

struct walk {
	struct varbind *vbs;
	size_t n, cap;
};

static const char *folder;
static struct profile_set *profiles;

static void unhex(char *text, size_t *ret_n)
{
	size_t n = strlen(text) / 2;

	for (size_t i = 0; i < n; i++) {
		char two[3] = { text[2 * i], text[2 * i + 1], '\0' };
		text[i] = (char)strtoul(two, NULL, 16);
	}
	*ret_n = n;
}

static int read_walk(const char *name, struct walk *walk)
{
	char *path = xasprintf("%s/%s.snmprec", folder, name), *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *f = fopen(path, "r");

	free(path);
	if (f == NULL)
		return -1;
	while ((n = getline(&line, &size, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		char *type = strchr(line, '|'), *text = type ? strchr(type + 1, '|') : NULL;
		struct varbind vb = { .value.type = VB_OCTETS };
		if (text == NULL)
			continue;
		*type++ = '\0';
		*text++ = '\0';
		if (oid_parse(line, &vb.oid) < 0)
			continue;
		char *value = xstrdup(text);
		vb.value.n_octets = strlen(value);
		vb.value.octets = (const uint8_t *)value;
		if (strcmp(type, "4x") == 0) {
			unhex(value, &vb.value.n_octets);
		} else if (strcmp(type, "4") != 0) {
			char *end;
			unsigned long code = strtoul(type, &end, 10);
			vb.value.type = (uint8_t)code;
			vb.value.integer = code == VB_COUNTER64 ? (int64_t)strtoull(text, NULL, 10)
								: strtoll(text, NULL, 10);
		}
		xgrow(&walk->vbs, &walk->cap, walk->n + 1, sizeof(*walk->vbs));
		walk->vbs[walk->n++] = vb;
	}
	free(line);
	fclose(f);
	return 0;
}

static void walk_done(struct walk *walk)
{
	for (size_t i = 0; i < walk->n; i++)
		free((void *)(uintptr_t)walk->vbs[i].value.octets);
	free(walk->vbs);
}

/* A few walks through every profile: nothing may crash, whatever the device. What they must read is
 * tests/devices' business. */
static void test_walks_all_profiles(void **state)
{
	(void)state;
	static const char *const names[] = { "apc_ap7900b", "raritan-pdu_px3", "sentry4",
					     "drac_m1000e", "hpe-ilo_5_with_bat_checks" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct walk walk = { 0 };
		size_t most = 0;
		assert_int_equal(read_walk(names[i], &walk), 0);
		for (size_t k = 0; k < profile_set_size(profiles); k++) {
			const struct profile *p = profile_set_at(profiles, k);
			struct expansion *x = profile_expand(p, 0, walk.vbs, walk.n);
			if (p->protocol == PROFILE_SNMP && x->n_points > most)
				most = x->n_points;
			expansion_free(x);
		}
		assert_true(most >= 10);
		walk_done(&walk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walks_all_profiles),
	};
	const char *dirs[] = { PROFILES };
	struct diag diag = { 0 };

	folder = getenv("RACKMETER_DEVICES");
	if (folder == NULL) {
		puts("SKIPPED: RACKMETER_DEVICES is not set (the folder with walks of real "
		     "devices)");
		return 0;
	}
	profiles = profile_set_load(dirs, 1, &diag);
	diag_print(&diag, stderr);
	int failed = diag.n_errors ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
	profile_set_free(profiles);
	diag_done(&diag);
	return failed;
}
