/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of energy that close, suspicious ratios, what lies below a meter, sums of power. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "report/balance.h"
#include "report/blocks.h"
#include "report/suspect.h"
#include "report/usage.h"
#include "site.h"

/* 100 kW that swings, every ten minutes; holes; a register of 100 kWh steps. */
struct made {
	struct meter m;
	struct sample *power;
	struct sample *energy;
	size_t n;
	double true_wh;
};

static void make(struct made *g, int64_t from, int64_t to, bool holes)
{
	double wh = 0;

	*g = (struct made){ 0 };
	g->power = xcalloc((size_t)((to - from) / 600 + 1), sizeof(*g->power));
	g->energy = xcalloc((size_t)((to - from) / 600 + 1), sizeof(*g->energy));
	for (int64_t ts = from; ts <= to; ts += 600) {
		int64_t k = (ts - from) / 600;
		double w = 100e3 + 20e3 * (double)(k % 144 - 72) / 72;
		/* 3 h each on every tenth day, across midnight; 30 h once */
		bool hole = (k % 1440 > 1430 && k % 1440 < 1440) || (k > 2000 && k < 2180);

		if (!holes || !hole) {
			g->power[g->n] = (struct sample){ ts, w, 1 };
			g->energy[g->n++] = (struct sample){ ts, floor(wh / 1e5) * 1e5, 1e5 };
		}
		wh += w / 6;
	}
	g->m.rated_w = 200e3;
	g->m.n_power = g->m.n_energy = 1;
	g->m.power = xcalloc(1, sizeof(*g->m.power));
	g->m.energy = xcalloc(1, sizeof(*g->m.energy));
	g->m.power->samples = (struct samples){ .s = g->power, .n = g->n, .step_s = 600 };
	g->m.energy->samples = (struct samples){ .s = g->energy, .n = g->n, .step_s = 600 };
	g->m.power->step_s = g->m.energy->step_s = 600;
	struct counter_rule rule = { .rated_w = 200e3 };

	counter_read(g->energy, g->n, &rule, &g->m.energy->counter);
}

static void unmake(struct made *g)
{
	counter_done(&g->m.energy->counter);
	free(g->m.energy);
	free(g->m.power);
	free(g->power);
	free(g->energy);
}

struct sums {
	double day[40], tag[3], all, divided, window_s;
};

static void take(void *user, size_t day, const struct usage_span *span, const struct usage *piece)
{
	struct sums *s = user;

	assert_true(day < 40 && span->tag < 3);
	s->day[day] += piece->wh;
	s->tag[span->tag] += piece->wh;
	s->all += piece->wh;
	s->divided += piece->divided_wh;
	s->window_s += piece->window_s;
}

/* One month, cut in one way: spans of step_s with three tags in turn. */
static void closes(int64_t from, int64_t to, int64_t step_s, bool holes)
{
	struct period_list days = { 0 };
	struct usage_span *spans = xcalloc((size_t)((to - from) / step_s + 1), sizeof(*spans));
	double hours = (double)(to - from) / 3600, total = 0;
	struct sums s = { 0 };
	struct made g;
	size_t n = 0;

	period_days(from, to, &days);
	for (int64_t at = from; at < to; at += step_s, n++)
		spans[n] = (struct usage_span){ at, at + step_s < to ? at + step_s : to, n % 3 };
	make(&g, from, to, holes);
	usage_divide(&g.m, &days, spans, n, take, &s);
	for (size_t d = 0; d < days.n; d++) {
		struct usage day;

		usage_day(&g.m, days.p[d].from, days.p[d].to, &day);
		NEAR(s.day[d], day.wh);
		total += day.wh;
	}
	NEAR(s.all, total);
	NEAR(s.tag[0] + s.tag[1] + s.tag[2], total);
	assert_true(s.window_s == (double)(to - from));
	assert_true(s.divided >= 0 && s.divided <= total);
	/* in truth 100 kW, less what the raster of the swing takes */
	if (!holes)
		assert_true(fabs(total / (hours * 100e3) - 1) < 3e-3);
	unmake(&g);
	free(spans);
	period_list_done(&days);
}

/* However a month is cut, its days and its parts add up to it: months of 743 and 745 hours, one
 * with a day that has no midnight, one whose clocks move by half an hour. */
static void test_closes(void **state)
{
	static const struct {
		const char *zone;
		int month;
		double hours;
	} months[] = {
		{ "Europe/Berlin", 3, 743 },
		{ "Europe/Berlin", 10, 745 },
		{ "Africa/Cairo", 4, 719 },
		{ "Australia/Lord_Howe", 10, 743.5 },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++) {
		must(zone_use(months[i].zone, &err), &err);
		int64_t from = zone_day_start(2026, months[i].month, 1);
		int64_t to = zone_day_start(2026, months[i].month + 1, 1);

		assert_true((double)(to - from) / 3600 == months[i].hours);
		/* of 5 h 20 min, 16 h 40 min, in one piece */
		for (int round = 0; round < 2; round++) {
			closes(from, to, 19200, round);
			closes(from, to, 60000, round);
			closes(from, to, to - from, round);
		}
	}
}

static void test_coverage(void **state)
{
	struct usage a = { .wh = 1, .covered_s = 50, .declared_s = 25, .window_s = 100 },
		     b = { .wh = 2, .covered_s = 100, .window_s = 100, .from_power = true };

	(void)state;
	NEAR(usage_coverage_pct(&a), 75);
	usage_add(&b, &a);
	NEAR(usage_coverage_pct(&b), 87.5);
	assert_string_equal(usage_source_text(&b), "power integral");
	assert_true(isnan(usage_coverage_pct(&(struct usage){ 0 })));
}

static void test_suspect(void **state)
{
	(void)state;
	assert_null(suspect_ratio(1));
	assert_null(suspect_ratio(0.93));
	assert_null(suspect_ratio(NAN));
	assert_non_null(strstr(suspect_ratio(2.02), "twice"));
	assert_null(suspect_ratio(2.1));
	assert_non_null(strstr(suspect_ratio(0.495), "half"));
	assert_non_null(strstr(suspect_ratio(0.333), "a third"));
	assert_non_null(strstr(suspect_ratio(3.01), "three"));
	assert_non_null(strstr(suspect_ratio(1003), "kilo"));
	assert_non_null(strstr(suspect_ratio(-0.99), "turned round"));
	assert_non_null(strstr(suspect_ratio(1.5), "a phase"));
	/* of sums, 1.5 may be loss and cooling; 2.1 is twice with a loss */
	assert_null(suspect_sum(1.5));
	assert_null(suspect_sum(1.05));
	assert_non_null(strstr(suspect_sum(2.105), "twice"));
}

/* UTIL > UPS-1 + UPS-2 in parallel > BUS > three feeds: one metered, one not, one below a panel
 * without a meter of its own. */
static void test_balance(void **state)
{
	static const char columns[] = "kind, fed_by, system, volts, rated_w";
	struct topology_supply supply;
	struct topology t;
	struct balance b;
	bool *metered;
	struct site s;
	struct err err;

	(void)state;
	site_open(&s);
	site_row(&s, "circuit", "UTIL", 0, columns, "'utility', '', '3ph-wye', 400, 9e6");
	site_row(&s, "circuit", "GEN", 0, columns, "'generator', '', '3ph-wye', 400, 9e6");
	site_row(&s, "circuit", "SWB", 0, columns,
		 "'switchboard', 'UTIL>GEN', '3ph-wye', 400, 9e6");
	site_row(&s, "circuit", "UPS-1", 0, columns, "'ups', 'SWB', '3ph-wye', 400, 2e6");
	site_row(&s, "circuit", "UPS-2", 0, columns, "'ups', 'SWB', '3ph-wye', 400, 1e6");
	site_row(&s, "circuit", "BUS", 0, columns, "'busway', 'UPS-1+UPS-2', '3ph-wye', 400, NULL");
	site_row(&s, "circuit", "F1", 0, columns, "'feed', 'BUS', '3ph-wye', 400, NULL");
	site_row(&s, "circuit", "F2", 0, columns, "'feed', 'BUS', '3ph-wye', 400, NULL");
	site_row(&s, "circuit", "PANEL", 0, columns, "'panel', 'BUS', '3ph-wye', 400, NULL");
	site_row(&s, "circuit", "F3", 0, columns, "'feed', 'PANEL', '3ph-wye', 400, NULL");
	must(topology_load(s.db, T0, &t, &err), &err);
	topology_supply(&t, NULL, &supply);
	metered = xcalloc(t.n, sizeof(*metered));
	metered[topology_find(&t, "F1")] = metered[topology_find(&t, "F3")] = true;
	balance_below(&t, &supply, metered, topology_find(&t, "UTIL"), &b);
	assert_int_equal(b.n, 2);
	NEAR(b.children[0].share, 1);       /* both ways of the parallel sources */
	assert_int_equal(b.n_unmetered, 1); /* F2, though on two ways */
	assert_false(b.divided);
	balance_done(&b);
	balance_below(&t, &supply, metered, topology_find(&t, "UPS-1"), &b);
	NEAR(b.children[0].share, 2.0 / 3);
	assert_true(b.divided);
	balance_done(&b);
	/* what transfers prefer: nothing comes from the generator */
	balance_below(&t, &supply, metered, topology_find(&t, "GEN"), &b);
	assert_int_equal(b.n, 0);
	balance_done(&b);
	metered[topology_find(&t, "BUS")] = true;
	balance_below(&t, &supply, metered, topology_find(&t, "UTIL"), &b);
	assert_int_equal(b.n, 1);
	NEAR(b.children[0].share, 1);
	balance_done(&b);
	free(metered);
	topology_supply_done(&supply);
	topology_done(&t);
	site_close(&s);
}

static void test_blocks(void **state)
{
	double one[4] = { 10, 20, NAN, 40 }, two[4] = { 1, 1, 1, 1 },
	       small[4] = { NAN, 0.1, 0.1, 0.1 };
	struct tariff_power p;
	struct blocks b;

	(void)state;
	blocks_init(&b, 910, 3600, 900);
	assert_int_equal(b.from, 900);
	assert_int_equal(b.n, 3);
	blocks_done(&b);
	blocks_init(&b, 0, 3600, 900);
	for (size_t k = 0; k < 4; k++) {
		blocks_add(&b, k, one[k], 70.0 / 3);
		if (k) /* a member from then on */
			blocks_add(&b, k, two[k], 1);
		/* so little is missing that the sum is known */
		blocks_add(&b, k, small[k], 0.1);
	}
	p = blocks_power(&b);
	NEAR(p.w[0], 10);
	NEAR(p.w[1], 21.1);
	assert_true(isnan(p.w[2]));
	NEAR(p.w[3], 41.1);
	blocks_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closes),  cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_suspect), cmocka_unit_test(test_balance),
		cmocka_unit_test(test_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
