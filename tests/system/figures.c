/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pure functions of collector/report as a program, so that a test in another language can hold them
 * against worked examples that it reads itself: a call per line of standard input ("rise 900
 * 0,300,600 22,22.5,24"; lists with commas, nan is missing), what it returns as a line of output,
 * numbers to their last digit. Computes nothing of its own.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "report/capacity.h"
#include "report/check.h"
#include "report/counter.h"
#include "report/demand.h"
#include "report/energy.h"
#include "report/eukpi.h"
#include "report/failover.h"
#include "report/meters.h"
#include "report/percentile.h"
#include "report/period.h"
#include "report/pue.h"
#include "report/range.h"
#include "report/thermal.h"
#include "report/threephase.h"

#define MOST 4096 /* numbers of a list */

static char *save;

static void fail(const char *what, const char *about)
{
	fprintf(stderr, "figures: %s: %s\n", what, about);
	exit(1);
}

static const char *word(void)
{
	const char *text = strtok_r(NULL, " \n", &save);

	if (!text)
		fail("an argument is missing", "end of line");
	return text;
}

static double number_of(const char *text, char **end)
{
	double value = strtod(text, end);

	if (*end == text)
		fail("not a number", text);
	return value;
}

static double number(void)
{
	const char *text = word();
	char *end;
	double value = number_of(text, &end);

	if (*end)
		fail("not a number", text);
	return value;
}

static int64_t whole(void)
{
	return (int64_t)number();
}

/* "-" is the empty list. */
static size_t list(double *ret)
{
	const char *text = word();
	size_t n = 0;

	for (char *end; strcmp(text, "-") != 0; text = end + 1) {
		if (n == MOST)
			fail("too many numbers", text);
		ret[n++] = number_of(text, &end);
		if (!*end)
			break;
		if (*end != ',')
			fail("not a list", text);
	}
	return n;
}

static size_t samples(struct sample *s, double lsb)
{
	static double ts[MOST], value[MOST];
	size_t n = list(ts);

	if (list(value) != n)
		fail("as many values as instants", "are wanted");
	for (size_t i = 0; i < n; i++)
		s[i] = (struct sample){ (int64_t)ts[i], value[i], lsb };
	return n;
}

static void say(double value)
{
	printf("%.17g ", value);
}

static double a[MOST], b[MOST];
static struct sample s[MOST];

/* ---- energy ---------------------------------------------------------------------- */

static void do_energy(void) /* FROM TO MAX_GAP RATED TS W */
{
	int64_t from = whole(), to = whole(), gap = whole();
	double rated = number();
	size_t n = samples(s, 0.1), holes;
	struct energy_hole hole[8];
	struct energy e;

	energy_of_power(s, n, from, to, gap, &e);
	say(e.wh);
	say(e.covered_s);
	say(e.window_s);
	say(energy_mean_w(&e));
	say(energy_most_wh(&e, rated));
	holes = energy_holes(s, n, from, to, gap, hole, 8);
	for (size_t i = 0; i < holes && i < 8; i++) {
		say((double)hole[i].from);
		say((double)hole[i].to);
	}
}

/* FROM TO TS W TS WH: the energy of a meter with both, then the integral of its power alone. */
static void do_meter(void)
{
	static struct sample wh[MOST];
	struct meter_series power = { .step_s = 60 }, energy = { .step_s = 60 };
	struct meter m = {
		.power = &power, .energy = &energy, .n_power = 1, .n_energy = 1, .power_read = true
	};
	struct counter_rule rule = { .rated_w = NAN };
	int64_t from = whole(), to = whole();
	struct meter_energy both, integral;

	power.samples.s = s;
	power.samples.n = samples(s, 0.1);
	size_t n = samples(wh, 1);
	counter_read(wh, n, &rule, &energy.counter);
	meter_energy(&m, from, to, &both);
	meter_energy_power(&m, from, to, &integral);
	say(both.wh);
	say(100 * both.covered_s / both.window_s);
	say(100 * integral.covered_s / integral.window_s);
	counter_done(&energy.counter);
}

static void do_counter(void) /* RATED MODULUS_WH LSB_WH POWER_WH TS WH */
{
	struct counter_rule rule = { .rated_w = number() };
	double modulus = number(), lsb = number(), power_wh = number();
	size_t n = samples(s, lsb);
	struct counter_energy e;
	struct counter c;

	if (!isnan(modulus))
		rule.moduli_wh[rule.n_moduli++] = modulus;
	counter_read(s, n, &rule, &c);
	counter_energy(&c, s[0].ts, s[n - 1].ts, 1, rule.rated_w, &e);
	say(e.wh);
	say(e.covered_s);
	say(e.window_s);
	say(e.least_wh);
	say(e.most_wh);
	for (size_t i = 0; i < c.n_events; i++)
		printf("%s@%d ", counter_kind_name(c.events[i].kind),
		       (int)(c.events[i].ts - s[0].ts));
	if (counter_frozen(&c, s[0].ts, s[n - 1].ts, power_wh))
		printf("%s ", counter_kind_name(COUNTER_FROZEN));
	counter_done(&c);
}

static void do_demand(void) /* FROM TO WINDOW STEP EACH_S TS W: means over EACH_S */
{
	int64_t from = whole(), to = whole(), window = whole(), step = whole(), each = whole();
	struct demand_curve c = { 0 };
	size_t n = samples(s, 0.1);
	struct demand d;

	for (size_t i = 0; i < n; i++)
		demand_add_mean(&c, s[i].ts, s[i].ts + each, s[i].value, 1);
	demand_peak(&c, from, to, window, step, &d);
	say(d.w);
	say(demand_mean(&c, from, to, NULL));
	say((double)d.n);
	n = demand_windows(&c, from, to, window, step, a, MOST);
	for (size_t i = 0; i < n; i++)
		say(a[i]);
	demand_done(&c);
}

static void do_percentile(void) /* PCT VALUES: nearest rank, linear, drop top */
{
	double pct = number();
	size_t n = list(a);

	say(percentile(a, n, pct, PERCENTILE_NEAREST_RANK));
	say(percentile(a, n, pct, PERCENTILE_LINEAR));
	say(percentile(a, n, pct, PERCENTILE_DROP_TOP));
}

/* ---- PUE ------------------------------------------------------------------------- */

static void do_pairs(void) /* SECONDS FACILITY IT */
{
	static struct pue_interval pairs[MOST];
	double seconds = number();
	size_t n = list(a);
	struct pue p;

	if (list(b) != n)
		fail("as many of each side", "are wanted");
	for (size_t i = 0; i < n; i++)
		pairs[i] = (struct pue_interval){ seconds, a[i], b[i] };
	pue_of_pairs(pairs, n, &p);
	say(p.ratio);
	say(p.facility_wh);
	say(p.it_wh);
	say(p.facility_coverage_pct);
	say(p.it_coverage_pct);
	say(p.paired_coverage_pct);
	say((double)p.n_paired);
	say(p.publishable);
}

static void do_bounds(void) /* KNOWN LEAST MOST of the facility, of IT */
{
	struct pue_range facility, it;
	double low, high;

	facility.known_wh = number();
	facility.least_wh = number();
	facility.most_wh = number();
	it.known_wh = number();
	it.least_wh = number();
	it.most_wh = number();
	pue_bounds(&facility, &it, &low, &high);
	say(low);
	say(high);
}

static void do_weighted(void) /* WH WEIGHTS */
{
	size_t n = list(a);

	if (list(b) != n)
		fail("as many weights", "are wanted");
	say(pue_weighted_wh(a, b, n));
}

static void do_ratio(void) /* FACILITY IT: ratio, DCiE */
{
	double facility = number(), ratio = pue_ratio(facility, number());

	say(ratio);
	say(pue_dcie_pct(ratio));
}

static void do_symbol(void) /* CATEGORY DAYS */
{
	char buf[32];
	int category = (int)number();

	printf("%s", pue_symbol(period_is_year(0, whole() * 86400) ? PUE_WHOLE : PUE_INTERIM,
				category, buf, sizeof(buf)));
}

static void do_chain(void) /* METER_PCT CT_PCT: root of squares, at its worst */
{
	double meter = number(), ct = number();

	say(pue_chain_pct(meter, ct));
	say(pue_chain_limit_pct(meter, ct));
}

static void do_classes(void) /* WH PCT: of independent meters, of alike ones */
{
	size_t n = list(a);

	if (list(b) != n)
		fail("as many classes", "are wanted");
	say(pue_sum_pct(a, b, n, false));
	say(pue_sum_pct(a, b, n, true));
}

static void do_uncertain(void) /* RATIO FACILITY_PCT IT_PCT: root of squares, worst low, high */
{
	double ratio = number(), facility = number(), it = number(), low, high;

	say(pue_ratio_pct(facility, it));
	pue_worst(ratio, facility, it, &low, &high);
	say(low);
	say(high);
}

/* ---- failover -------------------------------------------------------------------- */

static struct topology_circuit circuits[16];
static size_t feeds[16], cords_of[16];
static struct topology_cord cords[16];
static struct topology_rack rack;
static struct topology plant;

static void plant_make(size_t n, const struct topology_circuit *each)
{
	for (size_t i = 0; i < n; i++) {
		circuits[i] = *each;
		feeds[i] = i;
	}
	rack = (struct topology_rack){ .feeds = feeds, .n_feeds = n, .cords = cords_of };
	plant = (struct topology){ .c = circuits, .n = n, .racks = &rack, .n_racks = 1,
				   .cords = cords };
}

static void plant_cord(size_t feed, int line, double amps)
{
	static char names[2][8] = { "on-a", "on-b" }, lines[3][4] = { "L1", "L2", "L3" };

	b[rack.n_cords] = amps;
	cords_of[rack.n_cords] = rack.n_cords;
	cords[rack.n_cords++] = (struct topology_cord){ .load = names[feed], .phases = lines[line],
							.circuit = feed, .psus_needed = 1,
							.nameplate_w = NAN };
	plant.n_cords = rack.n_cords;
}

/*
 * BREAKER DERATE VOLTS WARN LOST(0,1) A B SINGLE_A SINGLE_B, amps per line: state, worst feed's
 * amps, worst, % of derated, % of the breaker, headroom, what goes dark per line, VA usable with
 * one feed lost, the rules of 40 % and 50 %.
 */
static void do_failover(void)
{
	struct topology_circuit c = { .system = POWER_3PH_WYE, .rated_va = NAN, .rated_w = NAN };
	struct failover_load present[2] = { { .w = NAN }, { .w = NAN } }, after[2];
	const bool measured[16] = { [0 ... 15] = true };
	struct failover_outlets outlets = { b, b };
	struct failover_verdict v;
	struct failover_rack r;
	double dropped[2][3], warn;
	size_t worst, lost;

	c.rated_a = c.trip_a = number();
	c.derate = number();
	c.volts = number();
	warn = number();
	lost = (size_t)whole();
	plant_make(2, &c);
	for (size_t f = 0; f < 2; f++) {
		if (list(a) != 3)
			fail("three lines", "are wanted");
		memcpy(present[f].a, a, sizeof(present[f].a));
	}
	for (size_t f = 0; f < 2; f++)
		for (size_t k = 0, n = list(a); k < n && k < 3; k++)
			if (a[k] > 0)
				plant_cord(f, (int)k, a[k]);
	failover_rack_of(&plant, 0, measured, &r);
	failover_after(&r, 1u << lost, present, &outlets, after, dropped);
	failover_judge_rack(&r, 1u << lost, after, warn, &v, &worst);
	printf("%s ", failover_state_name(v.state));
	for (int k = 0; k < 3; k++)
		say(after[worst].a[k]);
	say(v.load);
	say(v.pct);
	say(v.pct_trip);
	say(v.limit - v.load);
	for (int k = 0; k < 3; k++)
		say(dropped[lost][k]);
	say(failover_capacity_w(&r, 1u << lost));
	say(failover_rule_of_thumb(present, 2, 3, c.rated_a, 0.4));
	say(failover_rule_of_thumb(present, 2, 3, c.rated_a, 0.5));
	failover_rack_done(&r);
}

/* N W_EACH LOAD_W LOST(mask): capacity left, load of a shelf, its %, survives, load before. */
static void do_shelves(void)
{
	struct topology_circuit c = { .system = POWER_3PH_WYE, .volts = 400, .rated_a = NAN,
				      .rated_va = NAN, .trip_a = NAN, .derate = 1 };
	struct failover_load present[16], after[16];
	size_t n = (size_t)whole(), worst;
	struct failover_verdict v;
	struct failover_rack r;
	double load;
	uint64_t lost;

	if (n > 16)
		fail("at most", "16 shelves");
	c.rated_w = number();
	load = number();
	lost = (uint64_t)whole();
	plant_make(n, &c);
	for (size_t i = 0; i < n; i++)
		present[i] = (struct failover_load){ { NAN, NAN, NAN }, load / (double)n };
	failover_rack_of(&plant, 0, NULL, &r);
	failover_after(&r, lost, present, NULL, after, NULL);
	failover_judge_rack(&r, lost, after, 0.9, &v, &worst);
	say(failover_capacity_w(&r, lost));
	say(v.load);
	say(v.pct);
	say(v.state == FAILOVER_OK || v.state == FAILOVER_WARN);
	failover_rack_done(&r);
}

static void do_judge(void) /* DERATED TRIP WARN AMPS: state of a circuit */
{
	struct failover_limits limits = { number(), number(), NAN, NAN };
	double warn = number();
	struct failover_load load = { .w = NAN };
	struct failover_verdict v;

	if (list(a) != 3)
		fail("three lines", "are wanted");
	memcpy(load.a, a, sizeof(load.a));
	failover_judge(&limits, 3, 230, &load, warn, &v);
	printf("%s ", failover_state_name(v.state));
	say(v.load);
}

static void do_stranded(void) /* DERATED VOLTS_LN AMPS */
{
	double derated = number(), volts = number();

	if (list(a) != 3)
		fail("three lines", "are wanted");
	say(failover_stranded_va(a, derated, volts));
}

static void do_arc(void) /* DERATED ACTUAL */
{
	double derated = number();

	say(failover_arc_a(derated, number()));
}

/* ---- three phases ---------------------------------------------------------------- */

static void do_wye(void) /* AMPS: imbalance, neutral */
{
	if (list(a) != 3)
		fail("three lines", "are wanted");
	say(threephase_imbalance_pct(a));
	say(threephase_neutral_a(a));
}

static void do_delta(void) /* VOLTS PAIRS: lines, VA */
{
	double volts = number(), lines[3];

	if (list(a) != 3)
		fail("three pairs", "are wanted");
	threephase_delta_lines(a, lines);
	for (int k = 0; k < 3; k++)
		say(lines[k]);
	say(power_va_of_pairs(volts, a));
}

static void do_va(void) /* SYSTEM VOLTS AMPS: VA, the voltage that is meant */
{
	enum power_system system = power_system_of(word());
	double volts = number();

	list(a);
	say(power_va(system, volts, a));
	say(power_meant_volts(system, volts));
}

/* ---- thermal --------------------------------------------------------------------- */

static void do_class(void) /* NAME: its limits in ascending order */
{
	const char *name = word();
	const struct thermal_class *c = thermal_class(name);

	if (!c)
		fail("no such class", name);
	say(c->allowable_low_c);
	say(c->recommended_low_c);
	say(c->recommended_high_c);
	say(c->allowable_high_c);
}

static void do_rci(void) /* CLASS INTAKES: high, low, over the allowable */
{
	const struct thermal_class *c = thermal_class(word());
	size_t n = list(a);
	struct thermal_rci r;

	thermal_rci(a, n, c, &r);
	say(r.high_pct);
	say(r.low_pct);
	say((double)r.over_allowable);
}

static void do_rti(void) /* SUPPLY RETURN DT */
{
	double supply = number(), back = number();

	say(thermal_rti_pct(supply, back, number()));
}

static void do_dt(void) /* W DT */
{
	size_t n = list(a);

	if (list(b) != n)
		fail("as many rises", "are wanted");
	say(thermal_dt_k(a, b, n));
}

static void do_shi(void) /* INLET OUTLET SUPPLY */
{
	double in = number(), out = number();

	say(thermal_shi(in, out, number()));
}

static void do_rise(void) /* WINDOW TS C: highest rise, within the limits of hour, quarter, tape */
{
	int64_t window = whole();
	size_t n = samples(s, 0.1);
	double rise = thermal_rise_k(s, n, window, NULL);

	say(rise);
	say(rise <= THERMAL_RISE_HOUR_K);
	say(rise <= THERMAL_RISE_QUARTER_K);
	say(rise <= THERMAL_RISE_TAPE_K);
}

/* ---- time ------------------------------------------------------------------------ */

static void use(const char *zone)
{
	struct err err;

	if (zone_use(zone, &err) < 0)
		fail(zone, err.text);
}

static void do_period(void) /* ZONE NAME: from, to */
{
	const char *name;
	struct period p;
	struct err err;

	use(word());
	name = word();
	if (period_named(name, INT64_C(4000000000), &p, &err) < 0)
		fail(name, err.text);
	say((double)p.from);
	say((double)p.to);
}

static void do_time(void) /* ZONE TEXT: the instant, or why there is none */
{
	struct err err;
	int64_t ts;

	use(word());
	if (zone_parse(word(), &ts, &err) < 0)
		printf("reject: %s", err.text);
	else
		say((double)ts);
}

/* ---- capacity, the European figures, checks ---------------------------------------- */

/* BUDGETS PEAKS COINCIDENT LIMIT: oversubscription, diversity, what each leaves unused */
static void do_capacity(void)
{
	static double peaks[MOST];
	double budgets = 0, sum = 0, coincident;
	size_t n = list(b);

	if (list(peaks) != n)
		fail("as many peaks", "are wanted");
	coincident = number();
	for (size_t i = 0; i < n; i++) {
		budgets += b[i];
		sum += peaks[i];
	}
	say(capacity_oversubscription(budgets, number()));
	say(capacity_diversity(sum, coincident));
	for (size_t i = 0; i < n; i++)
		say(capacity_unused_w(b[i], peaks[i]));
}

static void do_cost(void) /* W: at the assumed price, its least, its most */
{
	struct capacity_price price = capacity_price_of(NAN, NULL);
	double w = number();

	say(capacity_cost(w, price.per_kw));
	say(capacity_cost(w, price.low_per_kw));
	say(capacity_cost(w, price.high_per_kw));
}

static void do_eukpi(void) /* YEAR EDC EIT WIN EREUSE GOO PPA OS */
{
	int year = (int)number();
	struct eukpi_input in;
	struct eukpi k;

	in.edc_kwh = number();
	in.eit_kwh = number();
	in.win_m3 = number();
	in.ereuse_kwh = number();
	in.eres_goo_kwh = number();
	in.eres_ppa_kwh = number();
	in.eres_os_kwh = number();
	eukpi_version(year)->compute(&in, &k);
	say(k.pue);
	say(k.wue_m3_per_mwh);
	say(k.erf);
	say(k.ref);
	say(k.eres_tot_kwh);
	printf("%s", eukpi_label_class(k.pue));
}

static void do_label(void) /* PUE */
{
	printf("%s", eukpi_label_class(number()));
}

static void do_range(void) /* RANGE VALUE */
{
	const char *text = word();
	struct range range;
	struct err err;

	if (range_parse(text, &range, &err) < 0)
		fail(text, err.text);
	say(range_alerts(&range, number()));
}

static void do_states(void) /* exit statuses from 0 on */
{
	for (enum check_state k = CHECK_OK; k <= CHECK_UNKNOWN; k++)
		printf("%s ", check_state_name(k));
}

/* clang-format off */
static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{ "energy", do_energy },     { "meter", do_meter },         { "counter", do_counter },
	{ "demand", do_demand },     { "percentile", do_percentile }, { "pairs", do_pairs },
	{ "bounds", do_bounds },     { "weighted", do_weighted },   { "ratio", do_ratio },
	{ "symbol", do_symbol },     { "chain", do_chain },         { "classes", do_classes },
	{ "uncertain", do_uncertain }, { "failover", do_failover }, { "shelves", do_shelves },
	{ "judge", do_judge },       { "stranded", do_stranded },   { "arc", do_arc },
	{ "wye", do_wye },           { "delta", do_delta },         { "va", do_va },
	{ "class", do_class },       { "rci", do_rci },             { "rti", do_rti },
	{ "dt", do_dt },             { "shi", do_shi },             { "rise", do_rise },
	{ "period", do_period },     { "time", do_time },           { "capacity", do_capacity },
	{ "cost", do_cost },         { "eukpi", do_eukpi },         { "label", do_label },
	{ "range", do_range },       { "states", do_states },
};
/* clang-format on */

int main(void)
{
	static char line[1 << 17];

	while (fgets(line, sizeof(line), stdin)) {
		const char *name = strtok_r(line, " \n", &save);
		size_t i = 0, n = sizeof(calls) / sizeof(*calls);

		if (!name)
			continue;
		while (i < n && strcmp(calls[i].name, name) != 0)
			i++;
		if (i == n)
			fail("no such function", name);
		calls[i].call();
		printf("\n");
		fflush(stdout);
	}
	return 0;
}
