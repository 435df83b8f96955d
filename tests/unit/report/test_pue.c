/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of PUE against worked examples, and against the answers that the usual mistakes
 * give. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/pue.h"

#define DAY INT64_C(86400)

static void close_to(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.12g, want %.12g", got, want);
}

static void not_close_to(double got, double wrong)
{
	if (fabs(got - wrong) <= 1e-3 * fabs(wrong))
		fail_msg("got the wrong answer %.12g", got);
}

static FILE *open_fixture(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), FIXTURES "/examples/%s", name);
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s", path);
	return f;
}

static struct {
	char key[32];
	double value;
} numbers[64];
static size_t n_numbers;

static void read_numbers(const char *name)
{
	FILE *f = open_fixture(name);
	char line[256];

	n_numbers = 0;
	while (fgets(line, sizeof(line), f)) {
		if (*line == '#')
			continue;
		assert_true(n_numbers < 64);
		assert_int_equal(
			sscanf(line, "%31s %lf", numbers[n_numbers].key, &numbers[n_numbers].value),
			2);
		n_numbers++;
	}
	fclose(f);
}

static double get(const char *key)
{
	for (size_t i = 0; i < n_numbers; i++)
		if (!strcmp(numbers[i].key, key))
			return numbers[i].value;
	fail_msg("there is no %s", key);
	return NAN;
}

static void test_categories(void **state)
{
	static const char *const it[] = { "ups_out", "pdu_out", "it_in" }, *const want[] = {
		"pue1", "pue2", "pue3"
	};
	struct pue p;

	(void)state;
	read_numbers("pue_categories.txt");
	for (int i = 0; i < 3; i++) {
		struct pue_interval one = { 8760 * 3600, get("facility"), get(it[i]) };

		pue_of_pairs(&one, 1, &p);
		close_to(p.ratio, get(want[i]));
		assert_true(p.publishable);
	}
	close_to(pue_ratio(get("peak_facility"), get("peak_it")), get("pue0"));
	close_to(pue_dcie_pct(get("pue1")), get("dcie1_pct"));
	close_to(pue_ratio(get("card_facility"), get("card_ups_out")), get("card_pue1"));
	close_to(pue_ratio(get("card_facility"), get("card_pdu_out")), get("card_pue2"));
	assert_string_equal(pue_category_text(1), "UPS output");
	assert_string_equal(pue_category_text(3), "IT equipment input");
	assert_null(pue_category_text(0));
}

static void test_weights(void **state)
{
	double wh[3], weights[3] = { 1 }, weighted;

	(void)state;
	read_numbers("pue_categories.txt");
	wh[0] = get("electricity");
	wh[1] = get("gas");
	weights[1] = get("gas_weight");
	wh[2] = get("chilled_water");
	weights[2] = get("chilled_water_weight");
	weighted = pue_weighted_wh(wh, weights, 3);
	close_to(weighted, get("weighted_facility"));
	close_to(pue_ratio(weighted, get("ups_out")), get("weighted_pue1"));
	not_close_to(pue_ratio(weighted, get("ups_out")), get("wrong_unweighted"));
}

static void test_labels(void **state)
{
	char buf[128];
	int64_t days;

	(void)state;
	read_numbers("pue_categories.txt");
	days = (int64_t)get("interim_days");
	close_to(pue_ratio(get("interim_facility"), get("interim_ups_out")), get("interim_pue1"));
	assert_string_equal(pue_label(1, false, 0, days * DAY, buf, sizeof(buf)),
			    "interim PUE (iPUE1 over 90 days)");
	assert_string_equal(pue_label(2, true, 0, days * DAY, buf, sizeof(buf)),
			    "interim partial PUE (ipPUE2 over 90 days)");
	assert_string_equal(pue_label(1, false, 0, 365 * DAY, buf, sizeof(buf)), "PUE1");
	assert_string_equal(pue_label(3, true, 0, 365 * DAY, buf, sizeof(buf)), "pPUE3");
	assert_string_equal(pue_label(1, false, 0, 900, buf, sizeof(buf)),
			    "ratio over 15 min, not a PUE");
	assert_string_equal(pue_symbol(PUE_INTERIM, 1, buf, sizeof(buf)), "iPUE1");
	assert_string_equal(pue_symbol(PUE_DESIGNED | PUE_PARTIAL, 2, buf, sizeof(buf)), "dpPUE2");
}

static void test_sums(void **state)
{
	struct pue_interval both[2];
	struct pue p;

	(void)state;
	read_numbers("pue_categories.txt");
	both[0] = (struct pue_interval){ 1, get("facility"), get("ups_out") };
	both[1] = (struct pue_interval){ 1, get("second_facility"), get("second_it") };
	pue_of_pairs(both, 2, &p);
	close_to(p.ratio, get("both"));
	not_close_to(p.ratio, get("wrong_mean_of_ratios"));
	const struct pue_interval idle = { 3600, 100, 0 };
	pue_of_pairs(&idle, 1, &p);
	assert_true(isnan(p.ratio));
	assert_false(p.publishable);
	pue_of_pairs(&idle, 0, &p);
	assert_true(isnan(p.ratio) && isnan(p.it_wh));
}

static void read_day(struct pue_interval *day, struct pue_range *facility, struct pue_range *it)
{
	FILE *f = open_fixture("pue_day_with_holes.txt");
	char line[256], a[32], b[32];
	int first, last, hours = 0;

	while (fgets(line, sizeof(line), f)) {
		if (*line == '#')
			continue;
		assert_int_equal(sscanf(line, "%d %d %31s %31s", &first, &last, a, b), 4);
		for (int h = first; h <= last; h++, hours++) {
			day[h] = (struct pue_interval){ 3600, *a == '-' ? NAN : strtod(a, NULL),
							*b == '-' ? NAN : strtod(b, NULL) };
			if (*a != '-')
				facility->known_wh += day[h].facility_wh;
			if (*b != '-')
				it->known_wh += day[h].it_wh;
		}
	}
	fclose(f);
	assert_int_equal(hours, 24);
}

static void test_partial(void **state)
{
	struct pue_interval day[24];
	struct pue_range facility = { 0 }, it = { 0 };
	double low, high;
	struct pue p;

	(void)state;
	read_day(day, &facility, &it);
	pue_of_pairs(day, 24, &p);
	close_to(p.facility_coverage_pct, 95.83333333333333);
	close_to(p.it_coverage_pct, 75);
	assert_int_equal(p.n_paired, 17);
	close_to(p.paired_coverage_pct, 70.83333333333333);
	close_to(p.facility_wh, 23300);
	close_to(p.it_wh, 17000);
	close_to(p.ratio, 1.3705882352941177);
	not_close_to(p.ratio, 1.7944444444444445); /* sum over sum, unpaired */
	not_close_to(p.ratio, 1.4);                /* the missing hours guessed */
	assert_false(p.publishable);
	facility.least_wh = 1000;
	facility.most_wh = 2000;
	it.most_wh = 6 * 1250;
	pue_bounds(&facility, &it, &low, &high);
	close_to(low, 1.3058823529411765);
	close_to(high, 1.9055555555555554);
	facility.least_wh = 1280;
	facility.most_wh = 1330;
	it.least_wh = 6 * 950;
	it.most_wh = 6 * 1050;
	pue_bounds(&facility, &it, &low, &high);
	close_to(low, 1.3818930041152264);
	close_to(high, 1.418987341772152);
	assert_true(low < 1.4 && 1.4 < high); /* the truth, had nothing been missing */
}

static void test_uncertainty(void **state)
{
	double wh[40], pct[40], facility, it, low, high;
	size_t n;

	(void)state;
	read_numbers("pue_uncertainty.txt");
	n = (size_t)get("it_meters");
	assert_true(n <= 40);
	for (size_t i = 0; i < n; i++) {
		wh[i] = 1000;
		pct[i] = get("it_class");
	}
	facility = pue_chain_pct(get("facility_class"), get("facility_ct"));
	close_to(facility, get("facility_rss"));
	close_to(pue_chain_limit_pct(get("facility_class"), get("facility_ct")),
		 get("facility_limit"));
	it = pue_sum_pct(wh, pct, n, false);
	close_to(it, get("it_independent"));
	close_to(pue_ratio_pct(facility, it), get("pue_independent"));
	close_to(get("pue") * pue_ratio_pct(facility, it) / 100, get("pue_independent_abs"));
	it = pue_sum_pct(wh, pct, n, true);
	close_to(it, get("it_correlated"));
	close_to(pue_ratio_pct(facility, it), get("pue_correlated"));
	close_to(get("pue") * pue_ratio_pct(facility, it) / 100, get("pue_correlated_abs"));
	pue_worst(get("pue"), get("facility_limit"), get("it_correlated"), &low, &high);
	close_to(low, get("pue_worst_low"));
	close_to(high, get("pue_worst_high"));
	assert_true(isnan(pue_sum_pct(wh, pct, 0, false)));
}

static void test_chain(void **state)
{
	double limit, high;

	(void)state;
	read_numbers("pue_uncertainty.txt");
	limit = pue_chain_limit_pct(get("chain_meter"), get("chain_ct"));
	close_to(limit, get("chain_worst"));
	close_to(pue_chain_pct(get("chain_meter"), get("chain_ct")), get("chain_rss"));
	close_to(get("chain_kw") * (1 - limit / 100), get("chain_low_kw"));
	high = get("chain_kw") * (1 + limit / 100);
	close_to(high, get("chain_high_kw"));
	close_to(get("chain_limit_kw") - high, get("chain_headroom_kw"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_categories), cmocka_unit_test(test_weights),
		cmocka_unit_test(test_labels),     cmocka_unit_test(test_sums),
		cmocka_unit_test(test_partial),    cmocka_unit_test(test_uncertainty),
		cmocka_unit_test(test_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
