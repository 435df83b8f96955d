/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles as files: the shipped ones are free of problems, and each kind of mistake is
 * reported at its place. A broken fixture tells in its first lines what must be said.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "inventory/profile.h"

static const char *const shipped[] = {
	"apc-rpdu2",    "dell-idrac",  "eastron-sdm630",   "hpe-ilo",
	"ocp-orv3-psu", "raritan-px2", "schneider-pm5000", "sentry4"
};

static struct profile_set *load_shipped(void)
{
	const char *dirs[] = { PROFILES };
	struct diag diag = { 0 };
	struct profile_set *set = profile_set_load(dirs, 1, &diag);

	diag_print(&diag, stderr);
	assert_int_equal(diag.n, 0);
	diag_done(&diag);
	return set;
}

static void test_shipped(void **state)
{
	(void)state;
	struct profile_set *set = load_shipped();

	for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++) {
		const struct profile *p = profile_set_get(set, shipped[i]);
		assert_non_null(p);
		assert_string_equal(p->name, shipped[i]);
		bool main = false;
		for (size_t k = 0; k < p->n_points; k++) {
			assert_true(strlen(p->points[k].source) > 3);
			main = main || (p->points[k].main && p->points[k].quantity->id == 1);
		}
		assert_true(main); /* what the device draws */
		assert_true(i == 0 || strcmp(profile_set_at(set, i - 1)->name,
					     profile_set_at(set, i)->name) < 0);
	}
	assert_null(profile_set_get(set, "no-such-profile"));
	profile_set_free(set);
}

/* The mistakes of one broken file: "# expect: LINE: phrase" below its first line, all of them and
 * no others. */
static bool check_bad(const char *path)
{
	struct diag diag = { 0 };
	char line[500];
	size_t wanted = 0;
	bool good = true;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_null(profile_load(path, &diag));
	assert_non_null(fgets(line, sizeof(line), f)); /* SPDX */
	while (fgets(line, sizeof(line), f) && strncmp(line, "# expect: ", 10) == 0) {
		char *end;
		long at = strtol(line + 10, &end, 10);
		const char *phrase = text_trim(end + 1);
		bool found = false;
		for (size_t i = 0; i < diag.n; i++)
			found = found ||
				(diag.items[i].line == at && strstr(diag.items[i].text, phrase));
		if (!found) {
			fprintf(stderr, "%s: nothing at line %ld says '%s'; what was said:\n", path,
				at, phrase);
			diag_print(&diag, stderr);
			good = false;
		}
		wanted++;
	}
	fclose(f);
	if (good && diag.n != wanted) {
		fprintf(stderr, "%s: %zu problems are expected, these were found:\n", path, wanted);
		diag_print(&diag, stderr);
		good = false;
	}
	for (size_t i = 0; i < diag.n; i++)
		assert_string_equal(diag.items[i].file, path);
	diag_done(&diag);
	return good && wanted > 0;
}

static void test_bad(void **state)
{
	(void)state;
	DIR *dir = opendir(FIXTURES "/profiles-bad");
	size_t n = 0, failed = 0;

	assert_non_null(dir);
	setenv("RACKMETER_PROFILES", PROFILES, 1); /* what like: finds elsewhere */
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		if (e->d_name[0] == '.')
			continue;
		char *path = xasprintf("%s/profiles-bad/%s", FIXTURES, e->d_name);
		failed += !check_bad(path);
		free(path);
		n++;
	}
	closedir(dir);
	assert_int_equal(failed, 0);
	assert_true(n >= 40);
}

/* The first of them: a table with phase: has one for each phase. */
static const struct profile_point *find_point(const struct profile *p, const char *part,
					      const char *quantity)
{
	for (size_t i = 0; i < p->n_points; i++) {
		if (strcmp(p->points[i].part, part) == 0 &&
		    strcmp(p->points[i].quantity->name, quantity) == 0)
			return &p->points[i];
	}
	fail_msg("%s has no %s %s", p->name, part, quantity);
	return NULL;
}

/* The 572 is a 571 below another number, and that a 550 with a distributor. */
static void test_like_moved(void **state)
{
	struct diag diag = { 0 };
	struct profile *p = profile_load(PROFILES "/asentria-siteboss572.yaml", &diag),
		       *first = profile_load(PROFILES "/asentria-siteboss550.yaml", &diag);
	struct oid own, other;
	size_t n_distributor = 0;

	(void)state;
	diag_print(&diag, stderr);
	assert_int_equal(diag.n_errors, 0);
	oid_parse("1.3.6.1.4.1.3052.20", &own);
	oid_parse("1.3.6.1.4.1.3052.10", &other);
	for (size_t i = 0; i < p->n_points; i++) {
		const struct profile_point *a = &p->points[i];

		assert_true(oid_starts_with(&a->oid, &own));
		assert_true(strncmp(a->source, "SITEBOSS-572-STD-MIB: ", 22) == 0);
		if (a->n_filters)
			assert_true(oid_starts_with(&a->filters[0].column, &own));
		n_distributor += strstr(a->source, ": pdn") != NULL;
	}
	assert_int_equal(p->n_points, first->n_points + n_distributor);
	assert_int_equal(n_distributor, 16);
	for (size_t i = 0; i < first->n_points; i++)
		assert_true(oid_starts_with(&first->points[i].oid, &other));
	assert_int_equal(p->n_facts, 2);
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(p->facts[i].key, "serial") == 0)
			assert_true(oid_starts_with(&p->facts[i].oid, &own));
		else
			assert_true(oid_cmp(&p->facts[i].oid, &first->facts[0].oid) == 0);
	}
	assert_int_equal(p->n_rules, 1);
	profile_free(p);
	profile_free(first);
	diag_done(&diag);
}

/* Delta's agents are like the standard MIB, but for their voltages. */
static void test_like(void **state)
{
	(void)state;
	struct profile_set *set = load_shipped();
	const struct profile *mib = profile_set_get(set, "ups-mib");
	const struct profile *delta = profile_set_get(set, "delta-ups-mib");

	assert_int_equal(delta->n_points, mib->n_points);
	assert_int_equal(delta->n_facts, mib->n_facts);
	assert_int_equal(delta->standard, 0);
	assert_int_equal(delta->n_rules, 1);
	const struct profile_point *own = find_point(delta, "output L{1}", "voltage_v");
	const struct profile_point *taken = find_point(delta, "output L{1}", "power_w");
	assert_int_equal(own->scale.div, 10);
	assert_int_equal(find_point(mib, "output L{1}", "voltage_v")->scale.div, 1);
	assert_true(taken->main && taken->n_absent > 0);

	/* A site's is like the shipped one of its name, which is like a third. */
	struct diag diag = { 0 };
	setenv("RACKMETER_PROFILES", PROFILES, 1);
	struct profile *site =
		profile_load(FIXTURES "/profiles-site-like/delta-ups-mib.yaml", &diag);
	diag_print(&diag, stderr);
	assert_non_null(site);
	assert_int_equal(site->n_points, mib->n_points);
	assert_int_equal(find_point(site, "battery", "runtime_s")->scale.mul, 1);
	assert_int_equal(find_point(mib, "battery", "runtime_s")->scale.mul, 60);
	assert_int_equal(find_point(site, "output L{1}", "voltage_v")->scale.div, 10);
	profile_free(site);
	diag_done(&diag);
	profile_set_free(set);
}

/* What a profile says of how bad a state is, and what it leaves out. */
static void test_severity(void **state)
{
	(void)state;
	struct diag diag = { 0 };
	struct profile *p = profile_load(FIXTURES "/profiles-good/severities.yaml", &diag);
	char text[64];

	diag_print(&diag, stderr);
	assert_non_null(p);
	const struct profile_point *load = find_point(p, "main", "state");
	const struct profile_point *bits = find_point(p, "main", "alarm_flags");
	const struct profile_point *same = find_point(p, "shelf", "state");
	assert_int_equal(profile_point_severity(load, 1), SEVERITY_OK);
	assert_int_equal(profile_point_severity(load, 2), SEVERITY_WARNING);
	assert_int_equal(profile_point_severity(load, 3), SEVERITY_CRITICAL);
	assert_int_equal(profile_point_severity(load, -1), SEVERITY_UNKNOWN);
	assert_int_equal(profile_point_severity(load, 4), SEVERITY_OK); /* said to be */
	assert_int_equal(profile_point_severity(load, 9), SEVERITY_UNKNOWN); /* no name */
	assert_int_equal(profile_point_severity(same, 3), SEVERITY_CRITICAL);
	assert_string_equal(profile_point_words(load, 2, text, sizeof(text)), "near overload");
	assert_string_equal(profile_point_words(load, 9, text, sizeof(text)), "");

	/* of bits the worst counts; one without a name is unknown, unless another is worse */
	assert_int_equal(profile_point_severity(bits, 0), SEVERITY_OK);
	assert_int_equal(profile_point_severity(bits, 1 << 0), SEVERITY_OK);
	assert_int_equal(profile_point_severity(bits, 1 << 0 | 1 << 1), SEVERITY_WARNING);
	assert_int_equal(profile_point_severity(bits, 1 << 1 | (int64_t)1 << 62),
			 SEVERITY_CRITICAL);
	assert_int_equal(profile_point_severity(bits, 1 << 5), SEVERITY_UNKNOWN);
	assert_int_equal(profile_point_severity(bits, 1 << 5 | 1 << 1), SEVERITY_WARNING);
	assert_string_equal(profile_point_words(bits, 3, text, sizeof(text)),
			    "door open, fan slow");
	assert_string_equal(profile_point_words(bits, 3, text, 8), "door op");

	/* numbers have none, and a label takes the name alone */
	const struct profile_point *number = find_point(p, "main", "power_w");
	assert_int_equal(profile_point_severity(number, 3), SEVERITY_OK);
	const struct profile_point *row = find_point(p, "sensor {1}", "temperature_c");
	assert_int_equal(row->n_label_words, 5);
	assert_string_equal(row->label_words[2].name, "overload");
	profile_free(p);
	diag_done(&diag);
}

static void test_first_folder_wins(void **state)
{
	(void)state;
	const char *dirs[] = { "/nonexistent/folder", FIXTURES "/profiles-site", PROFILES };
	struct diag diag = { 0 };
	struct profile_set *set = profile_set_load(dirs, 3, &diag);

	assert_int_equal(diag.n, 0);
	assert_string_equal(profile_set_get(set, "hpe-ilo")->title, "site's own reading of an iLO");
	assert_true(profile_set_size(set) >= 8);
	profile_set_free(set);
	diag_done(&diag);
}

static void test_default_dirs(void **state)
{
	(void)state;
	const char *named[40], **dirs;
	size_t n;

	for (size_t i = 0; i < 40; i++)
		named[i] = i % 2 ? "b" : "a";
	unsetenv("RACKMETER_PROFILES");
	dirs = profile_default_dirs(named, 2, &n);
	assert_int_equal(n, 4);
	assert_string_equal(dirs[0], "a");
	assert_string_equal(dirs[1], "b");
	assert_string_equal(dirs[2], RACKMETER_SYSCONFDIR "/profiles");
	free(dirs);
	setenv("RACKMETER_PROFILES", "/x", 1);
	dirs = profile_default_dirs(NULL, 0, &n);
	assert_int_equal(n, 3);
	assert_string_equal(dirs[0], "/x");
	free(dirs);
	/* however many a site names, those of the installation stay */
	dirs = profile_default_dirs(named, 40, &n);
	assert_int_equal(n, 43);
	assert_string_equal(dirs[40], "/x");
	assert_non_null(strstr(dirs[42], "/profiles"));
	free(dirs);
	unsetenv("RACKMETER_PROFILES");
}

static void test_identify(void **state)
{
	(void)state;
	static const struct {
		const char *oid, *descr, *profile;
	} devices[] = {
		{ "1.3.6.1.4.1.318.1.3.4.6",
		  "APC Web/SNMP Management Card (AN1:apc_hw05_rpdu2g_640.bin)", "apc-rpdu2" },
		{ "1.3.6.1.4.1.318.1.3.4.5",
		  "APC Web/SNMP Management Card (AN1:apc_hw05_rpdu2g_680.bin)", "apc-rpdu2" },
		{ "1.3.6.1.4.1.318.1.3.4.5",
		  "APC Web/SNMP Management Card (AN1:apc_hw02_rpdu_374.bin)", "apc-rpdu" },
		{ "1.3.6.1.4.1.13742.6", "PX2 030400", "raritan-px2" },
		{ "1.3.6.1.4.1.13742.4", "Raritan Dominion PX", "raritan-px1" },
		{ "1.3.6.1.4.1.1718.4", "Sentry Smart PDU", "sentry4" },
		{ "1.3.6.1.4.1.674.10892.5", "", "dell-idrac" },
		{ "1.3.6.1.4.1.232.9.4.11", "Integrated Lights-Out 5 2.71", "hpe-ilo" },
		{ "1.3.6.1.4.1.8072.3.2.10", "Linux", NULL },
	};
	struct profile_set *set = load_shipped();

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		struct profile_identity who = { .sysdescr = devices[i].descr };
		assert_int_equal(oid_parse(devices[i].oid, &who.sysobjectid), 0);
		struct profile_match match = profile_identify(set, &who);
		if (devices[i].profile == NULL) {
			assert_null(match.profile);
			continue;
		}
		assert_non_null(match.profile);
		assert_string_equal(match.profile->name, devices[i].profile);
		assert_non_null(match.rule);
		assert_null(match.rival);
	}
	profile_set_free(set);
}

/* What a Modbus profile says, and what has to be read for it. */
static void test_modbus_keys(void **state)
{
	(void)state;
	static const struct {
		uint8_t function;
		uint16_t address, words;
		enum raw_type type;
		enum word_order order;
		uint8_t bit_first, bit_count;
		uint32_t start, end;
	} wanted[] = {
		{ 3, 10, 2, RAW_U32, WORDS_MSW_FIRST, 0, 0, 10, 12 },
		{ 3, 12, 2, RAW_U32, WORDS_LSW_FIRST, 0, 0, 12, 14 },
		{ 3, 14, 2, RAW_U32, WORDS_MSW_FIRST_SWAPPED, 0, 0, 14, 16 },
		{ 3, 16, 4, RAW_U64, WORDS_LSW_FIRST_SWAPPED, 0, 0, 16, 20 },
		{ 3, 20, 2, RAW_F32, WORDS_LSW_FIRST, 0, 0, 20, 22 },
		{ 3, 22, 4, RAW_F64, WORDS_MSW_FIRST, 0, 0, 22, 26 },
		{ 3, 30, 1, RAW_U16, WORDS_MSW_FIRST, 3, 1, 30, 31 },
		{ 3, 30, 1, RAW_U16, WORDS_MSW_FIRST, 4, 4, 30, 31 },
		{ 3, 30, 1, RAW_U16, WORDS_MSW_FIRST, 8, 8, 30, 31 },
		{ 3, 40, 1, RAW_S16, WORDS_MSW_FIRST, 0, 0, 40, 51 },
		{ 3, 41, 1, RAW_S16, WORDS_MSW_FIRST, 0, 0, 41, 51 },
		{ 3, 42, 1, RAW_U16, WORDS_MSW_FIRST, 0, 0, 38, 43 },
		{ 3, 43, 1, RAW_U16, WORDS_MSW_FIRST, 0, 0, 43, 53 },
		{ 3, 44, 1, RAW_U16, WORDS_MSW_FIRST, 0, 0, 44, 54 },
		{ 4, 60, 1, RAW_S16, WORDS_MSW_FIRST, 0, 0, 60, 61 },
		{ 1, 5, 1, RAW_U16, WORDS_MSW_FIRST, 0, 0, 5, 6 },
		{ 2, 6, 1, RAW_U16, WORDS_MSW_FIRST, 0, 0, 6, 7 },
		{ 2, 32, 10, RAW_U16, WORDS_MSW_FIRST, 0, 0, 32, 42 },
	};
	struct diag diag = { 0 };
	struct profile *p = profile_load(FIXTURES "/profiles-good/every-modbus-key.yaml", &diag);

	diag_print(&diag, stderr);
	assert_non_null(p);
	assert_true(p->close);
	assert_int_equal(p->n_points, sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < p->n_points; i++) {
		const struct profile_point *point = &p->points[i];
		uint32_t start, end;

		profile_point_span(point, &start, &end);
		assert_int_equal(point->function, wanted[i].function);
		assert_int_equal(point->address, wanted[i].address);
		assert_int_equal(point->words_n, wanted[i].words);
		assert_int_equal(point->type, wanted[i].type);
		assert_int_equal(point->word_order, wanted[i].order);
		assert_int_equal(point->bit_first, wanted[i].bit_first);
		assert_int_equal(point->bit_count, wanted[i].bit_count);
		assert_int_equal(start, wanted[i].start);
		assert_int_equal(end, wanted[i].end);
	}
	assert_true(p->points[9].scale_column.exponent);
	assert_true(p->points[11].scale_column.digits);
	assert_true(p->points[12].scale_column.factor);
	assert_int_equal(p->points[12].scale_column.type, RAW_F32);
	assert_int_equal(p->points[13].scale_column.n_map, 2);
	assert_int_equal(p->points[15].n_absent, 0); /* a default for registers */
	profile_free(p);
	diag_done(&diag);
}

/* One item, many points: where each lies and what it is called. */
static void test_repeat(void **state)
{
	(void)state;
	static const struct {
		const char *part;
		uint16_t address;
		int phase;
	} wanted[] = {
		{ "outlet 1", 70, 0 },   { "outlet 2", 78, 0 },     { "outlet 3", 86, 0 },
		{ "outlet 1", 72, 0 },   { "outlet 2", 80, 0 },     { "outlet 3", 88, 0 },
		{ "phase L1", 100, 1 },  { "phase L2", 102, 2 },    { "phase L3", 104, 3 },
		{ "fan 0 front", 110, 0 }, { "fan 1 front", 111, 0 },
	};
	struct diag diag = { 0 };
	struct profile *p = profile_load(FIXTURES "/profiles-good/repeats.yaml", &diag);

	diag_print(&diag, stderr);
	assert_non_null(p);
	assert_int_equal(p->n_points, sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < p->n_points; i++) {
		assert_string_equal(p->points[i].part, wanted[i].part);
		assert_int_equal(p->points[i].address, wanted[i].address);
		assert_int_equal(p->points[i].phase, wanted[i].phase);
	}
	struct expansion *x = profile_expand(p, 0, NULL, 0);
	assert_int_equal(x->n_points, p->n_points);
	assert_string_equal(x->points[2].part, "outlet 3");
	expansion_free(x);
	profile_free(p);
	diag_done(&diag);
}

/* A rule with units is for these addresses only; one without for all. */
static void test_units(void **state)
{
	(void)state;
	struct profile_set *set = load_shipped();
	const struct profile *psu = profile_set_get(set, "ocp-orv3-psu");
	const struct profile *meter = profile_set_get(set, "eastron-sdm120");

	assert_int_equal(psu->rules[0].n_units, 3);
	assert_true(profile_rule_fits_unit(&psu->rules[0], 200));
	assert_true(profile_rule_fits_unit(&psu->rules[0], 242));
	assert_false(profile_rule_fits_unit(&psu->rules[0], 206));
	assert_false(profile_rule_fits_unit(&psu->rules[0], 1));
	assert_true(profile_rule_fits_unit(&meter->rules[0], 1));
	assert_int_equal(psu->baud, 19200);
	assert_int_equal(psu->parity, 'E');
	assert_int_equal(meter->baud, 2400);
	assert_int_equal(meter->parity, 'N');
	profile_set_free(set);
}

/* The worked example of FORMAT.md is a profile without problems. */
static void test_format_example(void **state)
{
	(void)state;
	char dir[] = "/tmp/rackmeter-profile-XXXXXX", line[500];
	struct diag diag = { 0 };
	bool inside = false;

	assert_non_null(mkdtemp(dir));
	char *path = xasprintf("%s/acme-pdu.yaml", dir);
	FILE *from = fopen(PROFILES "/FORMAT.md", "r"), *to = fopen(path, "w");
	assert_non_null(from);
	assert_non_null(to);
	while (fgets(line, sizeof(line), from)) {
		if (strncmp(line, "```", 3) == 0)
			inside = strcmp(line, "```yaml\n") == 0;
		else if (inside)
			fputs(line, to);
	}
	fclose(from);
	fclose(to);
	struct profile *p = profile_load(path, &diag);
	diag_print(&diag, stderr);
	assert_non_null(p);
	assert_int_equal(p->n_points, 4);
	assert_int_equal(p->n_facts, 2);
	profile_free(p);
	diag_done(&diag);
	remove(path);
	remove(dir);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),        cmocka_unit_test(test_bad),
		cmocka_unit_test(test_like_moved),
		cmocka_unit_test(test_like),           cmocka_unit_test(test_severity),
		cmocka_unit_test(test_modbus_keys),
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_units),    cmocka_unit_test(test_first_folder_wins),
		cmocka_unit_test(test_default_dirs),   cmocka_unit_test(test_identify),
		cmocka_unit_test(test_format_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
