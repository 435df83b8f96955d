/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles against walks of real devices, which are not ours to ship: the folder with
 * NAME.snmprec, expect.csv and identify.csv is named by RACKMETER_DEVICES. Every row of
 * expect.csv that a profile covers must come out right, to the last digit, and rows of
 * a power, temperature or the like that no profile covers fail the test unless they
 * are in the list of known ones.
 */
#include <math.h>
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

/* One line of a CSV with quotes, cut into at most max cells in place. */
static size_t cut(char *line, char **cells, size_t max)
{
	size_t n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	for (char *p = line; n < max;) {
		char *to = p;
		cells[n++] = p;
		bool quoted = false;
		for (; *p && (quoted || *p != ','); p++) {
			if (*p == '"')
				quoted = !quoted;
			else
				*to++ = *p;
		}
		bool last = *p == '\0';
		*to = '\0';
		if (last)
			break;
		p++;
	}
	return n;
}

static const struct varbind *find(const struct walk *walk, const struct oid *oid)
{
	for (size_t i = 0; i < walk->n; i++) {
		if (oid_cmp(&walk->vbs[i].oid, oid) == 0)
			return &walk->vbs[i];
	}
	return NULL;
}

static const struct profile *identify(const struct walk *walk)
{
	struct oid at, oid;
	char descr[400] = "", text[200] = "";

	oid_parse("1.3.6.1.2.1.1.1.0", &at);
	const struct varbind *vb = find(walk, &at);
	if (vb)
		decode_text_snmp(&vb->value, descr, sizeof(descr));
	oid_parse("1.3.6.1.2.1.1.2.0", &at);
	vb = find(walk, &at);
	if (vb == NULL || vb->value.n_octets >= sizeof(text))
		return NULL;
	memcpy(text, vb->value.octets, vb->value.n_octets);
	return oid_parse(text, &oid) < 0 ? NULL : profile_identify(profiles, &oid, descr, NULL);
}

/* What expect.csv counts in its unit, in ours. */
static double ours(const char *class, double value)
{
	return strcmp(class, "power_consumed") == 0 ? value * 1000 : value;
}

static bool wanted(const char *class)
{
	static const char *const classes[] = { "power",          "current",      "voltage",
					       "power_consumed", "temperature",  "humidity",
					       "frequency",      "power_factor", "load",
					       "fanspeed" };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strcmp(classes[i], class) == 0)
			return true;
	}
	return false;
}

struct counts {
	size_t right, wrong, uncovered, states;
};

static void check_row(const struct walk *walk, const struct expansion *x, char **cells,
		      struct counts *counts)
{
	const char *class = cells[3];
	struct oid oid;
	double expected;

	assert_int_equal(oid_parse(cells[4], &oid), 0);
	assert_int_equal(text_to_double(cells[9], &expected), 0);
	for (size_t i = 0; i < x->n_points; i++) {
		const struct point_def *def = &x->points[i];
		if (oid_cmp(&def->oid, &oid) != 0)
			continue;
		struct reading r = decode_snmp(def, &find(walk, &oid)->value);
		struct scale scale = decode_storage_scale(def);
		double value = scale_value(&scale, r.raw),
		       error = fabs(value - ours(class, expected));
		bool right = r.cause == CAUSE_NONE && error <= 1e-9 * fabs(expected) + 1e-9;
		if (strcmp(class, "power_factor") == 0 && cells[22][0]) /* in percent there */
			right = r.cause == CAUSE_NONE && fabs(100 * value - expected) < 1e-9;
		if (!right)
			fprintf(stderr, "%s %s '%s' %s: got %.10g (cause %d), expected %s\n",
				cells[0], cells[4], def->part, class, value, (int)r.cause,
				cells[9]);
		counts->right += right;
		counts->wrong += !right;
		counts->states += strcmp(class, "state") == 0;
		return;
	}
	if (wanted(class) && cells[22][0] == '\0') {
		fprintf(stderr, "%s: nothing covers %s %s (%s) = %s\n", cells[0], class, cells[4],
			cells[6], cells[9]);
		counts->uncovered++;
	}
}

static void test_walks(void **state)
{
	(void)state;
	char *path = xasprintf("%s/expect.csv", folder), *line = NULL, current[100] = "";
	size_t size = 0;
	FILE *f = fopen(path, "r");
	struct walk walk = { 0 };
	struct expansion *x = NULL;
	struct counts all = { 0 };

	free(path);
	assert_non_null(f);
	assert_true(getline(&line, &size, f) > 0);
	while (getline(&line, &size, f) > 0) {
		char *cells[24] = { 0 };
		if (cut(line, cells, 24) < 23)
			continue;
		if (strcmp(cells[0], current) != 0) {
			snprintf(current, sizeof(current), "%s", cells[0]);
			x = expansion_free(x);
			walk_done(&walk);
			walk = (struct walk){ 0 };
			assert_int_equal(read_walk(current, &walk), 0);
			const struct profile *profile = identify(&walk);
			if (profile)
				x = profile_expand(profile, 0, walk.vbs, walk.n);
		}
		if (x && (cells[22][0] == '\0' || strcmp(cells[3], "power_factor") == 0))
			check_row(&walk, x, cells, &all);
	}
	fprintf(stderr, "%zu right (%zu states), %zu wrong, %zu of a wanted class not covered\n",
		all.right, all.states, all.wrong, all.uncovered);
	assert_true(all.right > 500);
	assert_int_equal(all.wrong, 0);
	assert_int_equal(all.uncovered, 0);
	expansion_free(x);
	walk_done(&walk);
	free(line);
	fclose(f);
}

/* Every walk through every profile: nothing may crash, whatever the device. */
static void test_all_walks_all_profiles(void **state)
{
	(void)state;
	static const char *const names[] = { "apc_ap7900b", "raritan-pdu_px3", "sentry4",
					     "drac_m1000e", "hpe-ilo_5_with_bat_checks" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct walk walk = { 0 };
		assert_int_equal(read_walk(names[i], &walk), 0);
		for (size_t k = 0; k < profile_set_size(profiles); k++) {
			struct expansion *x =
				profile_expand(profile_set_at(profiles, k), 0, walk.vbs, walk.n);
			if (profile_set_at(profiles, k) == identify(&walk)) {
				size_t fitted = 0;
				for (size_t j = 0; j < x->n_points; j++)
					fitted += x->points[j].fitted;
				fprintf(stderr, "%s: %zu points, %zu fitted, %zu facts\n", names[i],
					x->n_points, fitted, x->n_facts);
				for (size_t j = 0; j < x->n_points && getenv("RACKMETER_SHOW"); j++)
					fprintf(stderr, "  %-24s %-20s %s%s\n", x->points[j].part,
						x->points[j].src->quantity->name,
						x->points[j].label,
						x->points[j].fitted ? "" : " (not fitted)");
				assert_true(x->n_points > 0);
			}
			expansion_free(x);
		}
		walk_done(&walk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walks),
		cmocka_unit_test(test_all_walks_all_profiles),
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
