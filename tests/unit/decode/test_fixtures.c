/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each shipped profile against one device in our own format (tests/fixtures/devices):
 * load, expand, decode, compare exactly. The value is compared as a fraction, not as
 * a double, so a wrong last digit is wrong.
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

__extension__ typedef __int128 wide;

struct row {
	char *cells[8]; /* oid_or_register, type, raw, part, quantity, expected, unit, source */
	uint16_t words[64];
	size_t n_words;
	int function;
	long address;
};

struct fixture {
	struct row rows[200];
	size_t n;
	struct varbind vbs[200];
	size_t n_vbs;
};

static struct profile_set *profiles;

static void cut(char *line, char **cells)
{
	line[strcspn(line, "\r\n")] = '\0';
	for (size_t i = 0; i < 8; i++) {
		char *to = line;
		bool quoted = false;
		cells[i] = line;
		for (; *line && (quoted || *line != ','); line++) {
			if (*line == '"')
				quoted = !quoted;
			else
				*to++ = *line;
		}
		bool last = *line == '\0';
		*to = '\0';
		line += last ? 0 : 1;
	}
}

static void read_modbus(struct row *row)
{
	char four[5] = "";

	row->function = strncmp(row->cells[0], "holding:", 8) == 0 ? 3 : 4;
	row->address = strtol(strchr(row->cells[0], ':') + 1, NULL, 10);
	assert_string_equal(row->cells[1], "u16");
	for (const char *p = row->cells[2]; *p; p += 4) {
		memcpy(four, p, 4);
		assert_true(row->n_words < 64);
		row->words[row->n_words++] = (uint16_t)strtoul(four, NULL, 16);
	}
}

static void read_snmp(struct row *row, struct varbind *vb)
{
	static const struct {
		const char *name;
		uint8_t type;
	} types[] = {
		{ "integer", VB_INTEGER },
		{ "counter32", VB_COUNTER32 },
		{ "counter64", VB_COUNTER64 },
		{ "gauge32", VB_GAUGE32 },
		{ "timeticks", VB_TIMETICKS },
		{ "string", VB_OCTETS },
		{ "oid", VB_OID },
		{ "ipaddress", VB_IPADDRESS },
		{ "hex", VB_OCTETS },
	};

	assert_int_equal(oid_parse(row->cells[0], &vb->oid), 0);
	vb->value.type = 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].name, row->cells[1]) == 0)
			vb->value.type = types[i].type;
	}
	assert_int_not_equal(vb->value.type, 0);
	vb->value.octets = (const uint8_t *)row->cells[2];
	vb->value.n_octets = strlen(row->cells[2]);
	vb->value.integer = strtoll(row->cells[2], NULL, 10);
}

static struct fixture *read_fixture(const char *name)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	char *path = xasprintf("%s/devices/%s.csv", FIXTURES, name), *line = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "r");
	bool header = false;

	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		struct row *row = &f->rows[f->n];
		if (line[0] == '#')
			continue;
		if (!header) {
			assert_int_equal(strncmp(line, "oid_or_register,type,raw,", 25), 0);
			header = true;
			continue;
		}
		assert_true(f->n < 200);
		cut(xstrdup(line), row->cells);
		if (strchr(row->cells[0], ':'))
			read_modbus(row);
		else
			read_snmp(row, &f->vbs[f->n_vbs++]);
		f->n++;
	}
	free(line);
	free(path);
	fclose(file);
	return f;
}

static void fixture_free(struct fixture *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->rows[i].cells[0]); /* the line, cut in place */
	free(f);
}

static struct reading decode(const struct fixture *f, const struct point_def *def)
{
	for (size_t i = 0; i < f->n_vbs; i++) {
		if (def->oid.n && oid_cmp(&f->vbs[i].oid, &def->oid) == 0)
			return decode_snmp(def, &f->vbs[i].value);
	}
	for (size_t i = 0; i < f->n; i++) {
		const struct row *row = &f->rows[i];
		if (def->oid.n == 0 && row->function == def->src->function &&
		    row->address == def->src->address && row->n_words == def->src->words_n)
			return decode_modbus(def, row->words);
	}
	return (struct reading){ .cause = CAUSE_NO_ANSWER };
}

static const struct point_def *find_point(const struct expansion *x, const char *part,
					  const char *quantity)
{
	for (size_t i = 0; i < x->n_points; i++) {
		if (strcmp(x->points[i].part, part) == 0 &&
		    strcmp(x->points[i].src->quantity->name, quantity) == 0)
			return &x->points[i];
	}
	for (size_t i = 0; i < x->n_facts; i++) {
		const struct point_def *number = &x->facts[i].number;
		if (x->facts[i].src == NULL && strcmp(number->part, part) == 0 &&
		    strcmp(number->src->quantity->name, quantity) == 0)
			return number;
	}
	return NULL;
}

static void check_row(const struct fixture *f, const struct expansion *x, const struct row *row)
{
	const struct point_def *def = find_point(x, row->cells[3], row->cells[4]);

	if (def == NULL)
		fprintf(stderr, "%s: no point '%s' %s\n", x->profile->name, row->cells[3],
			row->cells[4]);
	assert_non_null(def);
	assert_string_equal(def->src->quantity->unit, row->cells[6]);
	struct reading r = decode(f, def);
	if (strcmp(row->cells[5], "not fitted") == 0) {
		/* by its own value, or, of SNMP, by what the survey saw beside it */
		if (x->profile->protocol == PROFILE_SNMP)
			assert_false(def->fitted);
		else
			assert_int_equal(r.cause, CAUSE_NOT_FITTED);
		return;
	}
	struct scale s = decode_storage_scale(def);
	int64_t num, den;
	assert_int_equal(text_to_ratio(row->cells[5], &num, &den), 0);
	bool same = s.add == 0 ? (wide)r.raw * s.mul * den == (wide)num * s.div
			       : fabs(scale_value(&s, r.raw) - (double)num / (double)den) < 1e-6;
	bool right = r.cause == CAUSE_NONE && same;
	if (!right)
		fprintf(stderr, "%s: '%s' %s: raw %lld x %lld/%lld, cause %d, expected %s\n",
			x->profile->name, def->part, def->src->quantity->name, (long long)r.raw,
			(long long)s.mul, (long long)s.div, (int)r.cause, row->cells[5]);
	assert_true(right);
	if (!def->fitted)
		fprintf(stderr, "%s: '%s' %s is not fitted\n", x->profile->name, def->part,
			def->src->quantity->name);
	assert_true(def->fitted);
}

static void test_every_profile(void **state)
{
	(void)state;
	assert_true(profile_set_size(profiles) >= 8);
	for (size_t i = 0; i < profile_set_size(profiles); i++) {
		const struct profile *p = profile_set_at(profiles, i);
		struct fixture *f = read_fixture(p->name);
		struct expansion *x = profile_expand(p, 0, f->vbs, f->n_vbs);
		size_t measured = 0;
		for (size_t k = 0; k < f->n; k++) {
			if (f->rows[k].cells[3][0] == '\0')
				continue;
			check_row(f, x, &f->rows[k]);
			measured++;
		}
		size_t all = x->n_points + x->n_facts;
		assert_true(measured >= (all < 10 ? all : 10));
		expansion_free(x);
		fixture_free(f);
	}
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
		struct expansion *x = profile_expand(profile_set_get(profiles, labels[i].profile),
						     0, f->vbs, f->n_vbs);
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
	struct expansion *a = profile_expand(p, 0, f->vbs, f->n_vbs);

	for (size_t i = 0; i < f->n_vbs / 2; i++) {
		struct varbind swap = f->vbs[i];
		f->vbs[i] = f->vbs[f->n_vbs - 1 - i];
		f->vbs[f->n_vbs - 1 - i] = swap;
	}
	struct expansion *b = profile_expand(p, 0, f->vbs, f->n_vbs);
	assert_int_equal(a->n_points, b->n_points);
	assert_true(a->hash == b->hash);
	for (size_t i = 0; i < a->n_points; i++)
		assert_string_equal(a->points[i].part, b->points[i].part);
	/* one more decimal digit on the inlet's current */
	struct oid digits;
	assert_int_equal(oid_parse("1.3.6.1.4.1.13742.6.3.3.4.1.7.1.1.1", &digits), 0);
	for (size_t i = 0; i < f->n_vbs; i++) {
		if (oid_cmp(&f->vbs[i].oid, &digits) == 0)
			f->vbs[i].value.integer++;
	}
	struct expansion *c = profile_expand(p, 0, f->vbs, f->n_vbs);
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
