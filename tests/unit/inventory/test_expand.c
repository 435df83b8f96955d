/* SPDX-License-Identifier: Apache-2.0 */
/* From a survey to points: chains, fallbacks, scales, filters, names, and odd surveys. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "inventory/profile.h"

struct survey {
	struct varbind vbs[64];
	size_t n;
};

/* "OID=NUMBER", "OID:TEXT" or "OID!" (noSuchInstance). */
static void put(struct survey *s, const char *line)
{
	struct varbind *vb = &s->vbs[s->n++];
	size_t n = strcspn(line, "=:!");
	char oid[200];

	assert_true(s->n <= 64);
	snprintf(oid, sizeof(oid), "%.*s", (int)n, line);
	memset(vb, 0, sizeof(*vb));
	assert_int_equal(oid_parse(oid, &vb->oid), 0);
	vb->value.type = line[n] == '='   ? VB_INTEGER
			 : line[n] == ':' ? VB_OCTETS
					  : VB_NO_SUCH_INSTANCE;
	vb->value.integer = strtoll(line + n + 1, NULL, 10);
	vb->value.octets = (const uint8_t *)line + n + 1;
	vb->value.n_octets = strlen(line + n + 1);
}

static struct profile *load(const char *path)
{
	struct diag diag = { 0 };
	struct profile *p = profile_load(path, &diag);

	diag_print(&diag, stderr);
	diag_done(&diag);
	assert_non_null(p);
	return p;
}

static const struct point_def *get(const struct expansion *x, const char *part,
				   const char *quantity)
{
	for (size_t i = 0; i < x->n_points; i++) {
		if (strcmp(x->points[i].part, part) == 0 &&
		    strcmp(x->points[i].src->quantity->name, quantity) == 0)
			return &x->points[i];
	}
	return NULL;
}

#define APC "1.3.6.1.4.1.318.1.1.26"

/* Two PDUs behind one address: tables are numbered through, columns tell unit and number. */
static void test_chain(void **state)
{
	(void)state;
	struct profile *p = load(PROFILES "/apc-rpdu2.yaml");
	struct survey s = { .n = 0 };

	put(&s, APC ".4.3.1.2.1=1");
	put(&s, APC ".4.3.1.2.2=2");
	put(&s, APC ".4.3.1.5.1=27");
	put(&s, APC ".4.3.1.5.2=31");
	for (int row = 1; row <= 4; row++) { /* unit 1 has one phase, unit 2 three */
		static char lines[4][3][80];
		snprintf(lines[row - 1][0], 80, APC ".6.3.1.2.%d=%d", row, row == 1 ? 1 : 2);
		snprintf(lines[row - 1][1], 80, APC ".6.3.1.3.%d=%d", row, row == 1 ? 1 : row - 1);
		snprintf(lines[row - 1][2], 80, APC ".6.3.1.5.%d=%d", row, row * 10);
		for (int i = 0; i < 3; i++)
			put(&s, lines[row - 1][i]);
	}
	put(&s, "1.3.6.1.4.1.318.1.1.12.1.15.0=230");

	struct expansion *first = profile_expand(p, 1, s.vbs, s.n),
			 *second = profile_expand(p, 2, s.vbs, s.n);
	struct expansion *all = profile_expand(p, 0, s.vbs, s.n),
			 *third = profile_expand(p, 3, s.vbs, s.n);
	char oid[100];
	assert_string_equal(oid_format(&get(first, "main", "power_w")->oid, oid, 100),
			    APC ".4.3.1.5.1");
	assert_string_equal(oid_format(&get(second, "main", "power_w")->oid, oid, 100),
			    APC ".4.3.1.5.2");
	assert_non_null(get(first, "phase L1", "current_a"));
	assert_null(get(first, "phase L2", "current_a"));
	assert_int_equal(get(second, "phase L3", "current_a")->src->phase, 3);
	assert_string_equal(oid_format(&get(second, "phase L1", "current_a")->oid, oid, 100),
			    APC ".6.3.1.5.2");
	/* without a member: the unit that answers, never a mixture */
	assert_null(get(all, "phase L2", "current_a"));
	assert_true(all->hash == first->hash);
	/* objects outside the chained tables belong to the unit that answers */
	assert_non_null(get(first, "main", "voltage_v"));
	assert_null(get(second, "main", "voltage_v"));
	assert_int_equal(third->n_points, 0);
	expansion_free(first);
	expansion_free(second);
	expansion_free(all);
	expansion_free(third);
	profile_free(p);
}

static void test_fallback(void **state)
{
	(void)state;
	struct profile *p = load(PROFILES "/apc-rpdu2.yaml");
	struct survey s = { .n = 0 };
	char oid[100];

	put(&s, APC ".4.3.1.2.1=1");
	put(&s, APC ".4.3.1.5.1=-1");
	put(&s, "1.3.6.1.4.1.318.1.1.12.1.16.0=312");
	struct expansion *x = profile_expand(p, 0, s.vbs, s.n);
	const struct point_def *power = get(x, "main", "power_w");
	assert_string_equal(oid_format(&power->oid, oid, 100), "1.3.6.1.4.1.318.1.1.12.1.16.0");
	assert_true(power->fitted && power->src->main && power->scale.mul == 1);
	expansion_free(x);
	s.vbs[1].value.integer = 27; /* measured after all: the first one counts, once */
	x = profile_expand(p, 0, s.vbs, s.n);
	assert_string_equal(oid_format(&get(x, "main", "power_w")->oid, oid, 100),
			    APC ".4.3.1.5.1");
	assert_int_equal(x->n_points, 1);
	expansion_free(x);
	s.vbs[1].value.integer = -1; /* neither: the first stays, not fitted */
	s.vbs[2].value.integer = -1;
	x = profile_expand(p, 0, s.vbs, s.n);
	assert_false(get(x, "main", "power_w")->fitted);
	assert_int_equal(x->n_points, 1);
	expansion_free(x);
	profile_free(p);
}

/* Sentry4 tells the unit of all temperatures in one scalar. */
static void test_scalar_scale(void **state)
{
	(void)state;
	struct profile *p = load(PROFILES "/sentry4.yaml");
	struct survey s = { .n = 0 };

	put(&s, "1.3.6.1.4.1.1718.4.1.9.3.1.1.1.1=698"); /* 69.8 F or C */
	struct expansion *x = profile_expand(p, 0, s.vbs, s.n);
	const struct point_def *t = get(x, "sensor A1", "temperature_c");
	assert_true(fabs(scale_value(&t->scale, 698) - 69.8) < 1e-9);
	uint64_t celsius = x->hash;
	expansion_free(x);
	put(&s, "1.3.6.1.4.1.1718.4.1.9.1.10.0=1");
	x = profile_expand(p, 0, s.vbs, s.n);
	t = get(x, "sensor A1", "temperature_c");
	assert_true(fabs(scale_value(&t->scale, 698) - 21.0) < 1e-9);
	assert_int_equal(t->scale.mul, 1);
	assert_int_equal(t->scale.div, 18);
	assert_true(x->hash != celsius);
	expansion_free(x);
	s.vbs[1].value.integer = 7; /* no such unit: no number, rather than a wrong one */
	x = profile_expand(p, 0, s.vbs, s.n);
	assert_null(get(x, "sensor A1", "temperature_c"));
	expansion_free(x);
	profile_free(p);
}

#define X "1.3.6.1.4.1.99999"

static void test_every_key(void **state)
{
	(void)state;
	struct profile *p = load(FIXTURES "/profiles-good/every-key.yaml");
	struct survey s = { .n = 0 };
	static const char *const lines[] = {
		X ".1.1.1=40",     X ".1.2.1: rack top \x01",
		X ".1.1.2=41",     X ".1.2.2:", /* no name: no part */
		X ".2.1.1=215",    X ".2.2.1=1",
		X ".2.3.1=1",      X ".2.1.2=698",
		X ".2.2.2=2",      X ".2.3.2=9",
		X ".2.1.3=1",      X ".2.2.3=3", /* unknown code */
		X ".2.1.4=1",                    /* no code */
		X ".3.1.1.1=100",  X ".3.1.1.2=200",
		X ".3.9.1:blower", X ".3.1.7=1",
		X ".3.1.1.2.3=1",  X ".4.1.1=1234",
		X ".4.2.1=2",      X ".4.1.2=5",
		X ".4.2.2=-1",     X ".5.1.0=360000",
		X ".9.1.0:S1",     X ".9.2.4!",
		X ".9.2.5:M5",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put(&s, lines[i]);
	struct expansion *x = profile_expand(p, 0, s.vbs, s.n);
	assert_non_null(get(x, "sensor rack top", "humidity_pct"));
	const struct point_def *t = get(x, "sensor 1", "temperature_c");
	assert_true(t->scale.mul == 1 && t->scale.div == 10 && t->scale.add == 0);
	assert_string_equal(t->label, "inlet");
	t = get(x, "sensor 2", "temperature_c");
	assert_true(fabs(scale_value(&t->scale, 698) - 21.0) < 1e-9);
	assert_string_equal(t->label, ""); /* a word the profile does not know */
	assert_null(get(x, "sensor 3", "temperature_c"));
	assert_null(get(x, "sensor 4", "temperature_c"));
	assert_string_equal(get(x, "fan 2", "fan_rpm")->label, "blower");
	t = get(x, "bank 1", "load_pct"); /* 0.1 x 10^-2 */
	assert_true(t->scale.mul == 1 && t->scale.div == 1000);
	t = get(x, "bank 2", "load_pct"); /* 0.1 x 10^1 */
	assert_true(t->scale.mul == 1 && t->scale.div == 1);
	assert_int_equal(get(x, "main", "uptime_s")->scale.div, 100);
	assert_int_equal(x->n_points, 8);
	assert_int_equal(x->n_facts, 2);
	char oid[100];
	assert_string_equal(oid_format(&x->facts[1].oid, oid, sizeof(oid)), X ".9.2.5");
	expansion_free(x);

	struct oid *oids;
	assert_int_equal(profile_walk_columns(p, &oids), 10);
	for (size_t i = 1; i < 10; i++)
		assert_true(oid_cmp(&oids[i - 1], &oids[i]) < 0);
	free(oids);
	assert_int_equal(profile_scalars(p, &oids), 2);
	free(oids);
	profile_free(p);
}

/* Units counted from 0, rows with a text in their index, numbers that are facts. */
static void test_texts_and_facts(void **state)
{
	(void)state;
	struct profile *p = load(FIXTURES "/profiles-good/chain-of-texts.yaml");
	struct survey s = { .n = 0 };
	static const char *const lines[] = {
		X ".1.1.0=100",         X ".1.1.1=200",           X ".1.2.0=1600",
		X ".1.2.1=-1",          X ".9.2.0:A",             X ".9.2.1:B",
		X ".2.1.7.3.65.66.67=12", X ".2.2.7.3.65.66.67:lamp", X ".2.1.8.2.0.171=34",
		X ".2.1.9.4.65.66.67=1", /* shorter than it says */
		X ".2.1.9.0=1",          /* no text: no part */
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put(&s, lines[i]);
	struct expansion *x = profile_expand(p, 0, s.vbs, s.n),
			 *second = profile_expand(p, 2, s.vbs, s.n);
	char oid[100];
	assert_int_equal(x->n_points, 3);
	assert_string_equal(oid_format(&get(x, "main", "power_w")->oid, oid, 100), X ".1.1.0");
	assert_string_equal(get(x, "pdu ABC outlet 7", "current_a")->label, "lamp");
	assert_non_null(get(x, "pdu 00AB outlet 8", "current_a"));
	assert_int_equal(x->n_facts, 2);
	assert_string_equal(x->facts[0].key, "model");
	assert_string_equal(oid_format(&x->facts[0].oid, oid, 100), X ".9.2.0");
	assert_string_equal(x->facts[1].key, "main rated_a");
	assert_int_equal(x->facts[1].number.scale.div, 100);
	/* what is not there is no fact */
	assert_int_equal(second->n_points, 1);
	assert_int_equal(second->n_facts, 1);
	assert_string_equal(oid_format(&second->facts[0].oid, oid, 100), X ".9.2.1");
	expansion_free(x);
	expansion_free(second);
	profile_free(p);
}

/* Rows that pass: BITS count from the high end of the first octet ("!" is 0x21, "@" is 0x40). */
static void test_filters(void **state)
{
	(void)state;
	struct profile *p = load(FIXTURES "/profiles-good/filters.yaml");
	struct survey s = { .n = 0 };
	static const char *const lines[] = {
		X ".1.1=1", X ".2.1=1", X ".3.1:!@", /* bits 2, 7 and 9 */
		X ".1.2=1", X ".2.2=1", X ".3.2:@",  /* bit 1, one octet */
		X ".1.3=1", X ".2.3=1", X ".3.3=32", /* a number has no bits */
		X ".1.4=1", X ".2.4=1",              /* no column */
		X ".4.1:Volt L1", X ".5.1=1", X ".4.2:A L1", X ".5.2=1",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put(&s, lines[i]);
	struct expansion *x = profile_expand(p, 0, s.vbs, s.n);
	assert_int_equal(x->n_points, 6);
	assert_int_equal(x->n_facts, 2);
	assert_string_equal(x->facts[0].key, "outlet 1 high_warn_a");
	assert_string_equal(x->facts[1].key, "outlet 1 high_limit_a");
	assert_non_null(get(x, "named 1", "voltage_v"));
	assert_non_null(get(x, "named 2", "current_a"));
	expansion_free(x);
	profile_free(p);
}

/* A column beside the value says that nothing is plugged in, whatever the value is. */
static void test_empty(void **state)
{
	(void)state;
	const char *base = "1.3.6.1.4.1.3854.1.2.2.1.16.1";
	struct profile *p = load(PROFILES "/akcp-sensorprobe.yaml");
	struct survey s = { .n = 0 };
	char line[120];
	uint64_t hash;

	for (int port = 1; port <= 2; port++) {
		const int columns[][2] = { { 5, port }, { 7, 30 }, { 12, 1 }, { 14, 0 } };
		for (size_t i = 0; i < 4; i++) {
			snprintf(line, sizeof(line), "%s.%d.%d=%d", base, columns[i][0], port,
				 columns[i][1]);
			put(&s, line); /* sensorProbeTempOnline: 1 is online, 2 offline */
		}
	}
	struct expansion *x = profile_expand(p, 0, s.vbs, s.n);
	const struct point_def *there = get(x, "port 1", "temperature_c");
	const struct point_def *empty = get(x, "port 2", "temperature_c");
	assert_true(there->fitted && !there->empty);
	assert_true(!empty->fitted && empty->empty);
	assert_int_equal(x->n_facts, 1); /* no limit of a port where nothing is */
	hash = x->hash;
	expansion_free(x);

	/* What a look sees: verdicts and rows, not values. */
	uint64_t fitted = profile_fitted_hash(p, s.vbs, s.n);
	s.vbs[1].value.integer = 35; /* a temperature */
	s.vbs[4].value.integer = 3;  /* no sensor there either */
	assert_true(profile_fitted_hash(p, s.vbs, s.n) == fitted);
	s.vbs[4].value.integer = 1;
	assert_true(profile_fitted_hash(p, s.vbs, s.n) != fitted);
	s.vbs[4].value.integer = 2;
	snprintf(line, sizeof(line), "%s.5.3=2", base);
	put(&s, line); /* a port more, empty as well */
	assert_true(profile_fitted_hash(p, s.vbs, s.n) != fitted);
	assert_true(profile_fitted_hash(p, s.vbs, s.n - 1) == fitted);

	s.vbs[4].value.integer = 1; /* plugged in: asked the same, but read otherwise */
	x = profile_expand(p, 0, s.vbs, s.n);
	assert_true(get(x, "port 2", "temperature_c")->fitted);
	assert_int_equal(x->n_facts, 2);
	assert_true(hash != x->hash);
	expansion_free(x);
	profile_free(p);
}

static void test_nothing(void **state)
{
	(void)state;
	struct profile *snmp = load(PROFILES "/sentry4.yaml"),
		       *modbus = load(PROFILES "/eastron-sdm630.yaml");
	struct expansion *x = profile_expand(snmp, 0, NULL, 0);

	assert_int_equal(x->n_points, 0);
	assert_int_equal(x->n_facts, 0);
	expansion_free(x);
	struct survey s = { .n = 0 };
	put(&s, "1.3.6.1.4.1.1718.4.1.3.3.1.3.1.1!");
	x = profile_expand(snmp, 0, s.vbs, s.n);
	assert_int_equal(x->n_points, 0);
	expansion_free(x);
	x = profile_expand(modbus, 0, NULL, 0);
	assert_int_equal(x->n_points, modbus->n_points);
	assert_true(x->points[0].fitted);
	expansion_free(x);
	expansion_free(NULL);
	profile_free(snmp);
	profile_free(modbus);
}

/* A device with 50,000 rows must not take minutes, nor a long OID more than its array. */
static void test_many_rows(void **state)
{
	(void)state;
	struct profile *p = load(PROFILES "/raritan-px2.yaml");
	size_t n = 50000;
	struct varbind *vbs = xcalloc(n, sizeof(*vbs));

	for (size_t i = 0; i < n / 2; i++) {
		struct oid column;
		uint32_t index[3] = { 1, (uint32_t)i + 1, 5 };
		assert_int_equal(oid_parse("1.3.6.1.4.1.13742.6.5.4.3.1.4", &vbs[2 * i].oid), 0);
		assert_int_equal(oid_parse("1.3.6.1.4.1.13742.6.3.5.4.1.7", &column), 0);
		vbs[2 * i + 1].oid = column;
		oid_append(&vbs[2 * i].oid, index, 3);
		oid_append(&vbs[2 * i + 1].oid, index, 3);
		vbs[2 * i].value.type = vbs[2 * i + 1].value.type = VB_GAUGE32;
	}
	/* the longest OID there is, below a column of the profile */
	while (vbs[0].oid.n < OID_MAX)
		vbs[0].oid.arc[vbs[0].oid.n++] = 1;
	struct expansion *x = profile_expand(p, 0, vbs, n);
	assert_int_equal(x->n_points, n / 2 - 1);
	assert_non_null(get(x, "outlet 25000", "power_w"));
	expansion_free(x);
	free(vbs);
	profile_free(p);
}

/* Registers that tell a scale, or how many blocks there are; what they do not tell is not there. */
static void test_told_by_registers(void **state)
{
	(void)state;
	struct profile *pdu = load(PROFILES "/raritan-xerus.yaml"),
		       *meter = load(PROFILES "/eig-shark100.yaml");
	struct varbind count = { profile_register_oid(3, 3), { .type = VB_INTEGER, .integer = 2 } };
	struct varbind format = { profile_register_oid(3, 30005),
				  { .type = VB_INTEGER, .integer = 0x8332 } };

	struct expansion *x = profile_expand(pdu, 0, &count, 1);
	assert_non_null(get(x, "outlet 2", "power_w"));
	assert_null(get(x, "outlet 3", "power_w"));
	expansion_free(x);
	x = profile_expand(pdu, 0, NULL, 0);
	assert_non_null(get(x, "branch 1", "current_a"));
	assert_null(get(x, "outlet 1", "power_w"));
	expansion_free(x);

	x = profile_expand(meter, 0, &format, 1); /* 10^3 x 10^-2 */
	assert_int_equal(get(x, "main", "energy_wh")->scale.mul, 10);
	assert_int_equal(get(x, "main", "energy_wh")->scale.div, 1);
	uint64_t hash = x->hash;
	expansion_free(x);
	format.value.integer = 0x8306; /* Wh with six decimals */
	x = profile_expand(meter, 0, &format, 1);
	assert_true(x->hash != hash);
	assert_int_equal(get(x, "main", "energy_wh")->scale.div, 1000000);
	expansion_free(x);
	x = profile_expand(meter, 0, NULL, 0);
	assert_non_null(get(x, "main", "power_w"));
	assert_null(get(x, "main", "energy_wh"));
	expansion_free(x);
	profile_free(pdu);
	profile_free(meter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),        cmocka_unit_test(test_fallback),
		cmocka_unit_test(test_scalar_scale), cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_texts_and_facts),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_nothing),      cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_told_by_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
