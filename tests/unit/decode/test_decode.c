/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder at its edges: types, widths, word orders, absences, ranges, texts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decode/decode.h"

struct made { /* a point out of nothing */
	struct absent_code absent[4];
	struct profile_point src;
	struct point_def def;
};

static struct point_def *make(struct made *m, const char *quantity, enum raw_type type, int64_t mul,
			      int64_t div)
{
	*m = (struct made){ .src = { .quantity = schema_quantity(quantity),
				     .type = type,
				     .scale = { mul, div, 0 },
				     .absent = m->absent } };
	m->src.words_n = type == RAW_U16 || type == RAW_S16                      ? 1
			 : type == RAW_U64 || type == RAW_S64 || type == RAW_F64 ? 4
										 : 2;
	m->def = (struct point_def){ .src = &m->src, .scale = m->src.scale, .fitted = true };
	return &m->def;
}

static struct reading octets(const struct point_def *def, const char *text, size_t n)
{
	struct vb_value v = { .type = VB_OCTETS, .octets = (const uint8_t *)text, .n_octets = n };

	return decode_snmp(def, &v);
}

static struct reading text(const struct point_def *def, const char *s)
{
	return octets(def, s, strlen(s));
}

#define assert_value(r, want)                                                                      \
	do {                                                                                       \
		struct reading r_ = (r);                                                           \
		assert_int_equal(r_.cause, CAUSE_NONE);                                            \
		assert_true(r_.raw == (want));                                                     \
	} while (0)
#define assert_absent(r, why) assert_int_equal((r).cause, why)

static void test_snmp_integers(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "power_w", RAW_INTEGER, 10, 1);
	static const uint8_t integers[] = { VB_INTEGER, VB_COUNTER32, VB_GAUGE32, VB_TIMETICKS,
					    VB_COUNTER64 };

	for (size_t i = 0; i < sizeof(integers); i++) {
		struct vb_value v = { .type = integers[i], .integer = 27 };
		assert_value(decode_snmp(def, &v), 27);
	}
	static const uint8_t nothing[] = { VB_NO_SUCH_OBJECT, VB_NO_SUCH_INSTANCE, VB_END_OF_VIEW,
					   VB_NULL };
	for (size_t i = 0; i < sizeof(nothing); i++) {
		struct vb_value v = { .type = nothing[i] };
		assert_absent(decode_snmp(def, &v), CAUSE_NO_SUCH);
	}
	static const uint8_t wrong[] = { VB_OID, VB_IPADDRESS, VB_OPAQUE, 0x01, 0x30, 0xff };
	for (size_t i = 0; i < sizeof(wrong); i++) {
		struct vb_value v = { .type = wrong[i],
				      .octets = (const uint8_t *)"1",
				      .n_octets = 1 };
		assert_absent(decode_snmp(def, &v), CAUSE_WRONG_TYPE);
	}
	struct vb_value big = { .type = VB_COUNTER64, .integer = -1 }; /* 2^64 - 1 */
	assert_absent(decode_snmp(def, &big), CAUSE_OUT_OF_RANGE);
	struct vb_value high = { .type = VB_INTEGER, .integer = 200000001 }; /* above 2e9 W */
	assert_absent(decode_snmp(def, &high), CAUSE_OUT_OF_RANGE);
	struct vb_value zero = { .type = VB_INTEGER, .integer = 0 };
	assert_value(decode_snmp(def, &zero), 0);
}

static void test_digits_in_text(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "current_a", RAW_INTEGER, 1, 1000);

	assert_value(text(def, "633"), 633);
	assert_value(text(def, " -7 "), -7);
	assert_value(octets(def, "12\0\0", 4), 12);
	assert_absent(text(def, ""), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "-"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "7.5"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "12A"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "0x10"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "notsupported"), CAUSE_WRONG_TYPE);
	assert_absent(octets(def, "1\0002", 3), CAUSE_WRONG_TYPE);
	assert_absent(octets(def, NULL, 0), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "99999999999999999999"), CAUSE_OUT_OF_RANGE);
}

static void test_absent_codes(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "temperature_c", RAW_INTEGER, 1, 10);

	m.absent[0].bits = (uint64_t)-410;
	m.absent[1].bits = 4294967295u;
	m.src.n_absent = 2;
	struct vb_value v = { .type = VB_INTEGER, .integer = -410 };
	assert_absent(decode_snmp(def, &v), CAUSE_NOT_FITTED);
	v = (struct vb_value){ .type = VB_GAUGE32, .integer = 4294967295 };
	assert_absent(decode_snmp(def, &v), CAUSE_NOT_FITTED);
	v = (struct vb_value){ .type = VB_INTEGER, .integer = -41 };
	assert_value(decode_snmp(def, &v), -41);
	assert_absent(text(def, "-410"), CAUSE_NOT_FITTED);
	def->empty = true; /* says a column beside it */
	assert_absent(decode_snmp(def, &v), CAUSE_NOT_FITTED);
}

/* A state is a name: no number is out of its range. Flags have no sign. */
/* -707 is a leading power factor of 0.707; -1 is still "not there". */
static void test_magnitude(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "power_factor", RAW_INTEGER, 1, 1000);

	m.src.magnitude = true;
	m.absent[0].bits = (uint64_t)-1;
	m.src.n_absent = 1;
	assert_value(text(def, "-707"), 707);
	assert_value(text(def, "707"), 707);
	assert_absent(text(def, "-1"), CAUSE_NOT_FITTED);
	m.src.type = RAW_TEXT;
	m.def.scale = (struct scale){ 1, 1, 0 };
	assert_value(text(def, "-0.707"), 707);
}

static void test_states(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "state", RAW_INTEGER, 1, 1);
	struct vb_value v = { .type = VB_INTEGER, .integer = -2147483648LL };

	assert_value(decode_snmp(def, &v), -2147483648LL);
	def = make(&m, "alarm_flags", RAW_INTEGER, 1, 1);
	v.integer = 0x40000001;
	assert_value(decode_snmp(def, &v), 0x40000001);
	v.integer = -1;
	assert_absent(decode_snmp(def, &v), CAUSE_OUT_OF_RANGE);
}

static void test_floats(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "power_w", RAW_F32, 1000, 1);
	struct vb_value v = { .type = VB_OPAQUE_FLOAT, .real = 1.2345 };

	assert_value(decode_snmp(def, &v), 12345); /* 1234.5 W in steps of 0.1 W */
	struct scale s = decode_storage_scale(def);
	assert_true(s.mul == 1 && s.div == 10 && s.add == 0);
	v.real = NAN;
	assert_absent(decode_snmp(def, &v), CAUSE_OUT_OF_RANGE);
	v.real = INFINITY;
	assert_absent(decode_snmp(def, &v), CAUSE_OUT_OF_RANGE);
	v = (struct vb_value){ .type = VB_INTEGER, .integer = 3 };
	assert_value(decode_snmp(def, &v), 30000);
	assert_absent(text(def, "3"), CAUSE_WRONG_TYPE);
	/* a float where an integer is expected: a whole number is one, a fraction is not */
	def = make(&m, "power_w", RAW_INTEGER, 1, 1);
	v = (struct vb_value){ .type = VB_OPAQUE_DOUBLE, .real = 42 };
	assert_value(decode_snmp(def, &v), 42);
	v.real = 42.5;
	assert_absent(decode_snmp(def, &v), CAUSE_WRONG_TYPE);
	v.real = 1e300;
	assert_absent(decode_snmp(def, &v), CAUSE_OUT_OF_RANGE);
}

static void test_decimal_text(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "current_a", RAW_TEXT, 1, 1);

	assert_value(text(def, "7.744"), 7744);
	assert_value(text(def, "0.000"), 0);
	assert_value(text(def, " 2.1 "), 2100);
	assert_absent(text(def, "7,744"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "nan"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "N/A"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, ""), CAUSE_WRONG_TYPE);
	struct vb_value v = { .type = VB_INTEGER, .integer = 7 };
	assert_absent(decode_snmp(def, &v), CAUSE_WRONG_TYPE);
}

static void test_leading_number(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "current_a", RAW_LEADING, 1, 1);

	assert_value(text(def, "7.744"), 7744);
	assert_value(text(def, "56 %"), 56000);
	assert_value(text(def, "24% of maximum"), 24000);
	assert_value(text(def, "-1.5A"), -1500);
	assert_value(text(def, "20.5\xc2\xb0""C"), 20500);
	assert_absent(text(def, "12:30"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "10.0.0.1"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "7,744 A"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "1/2"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "Offline"), CAUSE_WRONG_TYPE);
	assert_absent(text(def, " % "), CAUSE_WRONG_TYPE);
	assert_absent(text(def, "-"), CAUSE_WRONG_TYPE);
}

static void test_modbus_widths(void **state)
{
	(void)state;
	static const struct {
		enum raw_type type;
		enum word_order order;
		uint16_t words[4];
		int64_t want;
	} rows[] = {
		{ RAW_U16, WORDS_MSW_FIRST, { 0xffff }, 65535 },
		{ RAW_S16, WORDS_MSW_FIRST, { 0xfd80 }, -640 },
		{ RAW_U32, WORDS_MSW_FIRST, { 0x0001, 0xe240 }, 123456 },
		{ RAW_U32, WORDS_LSW_FIRST, { 0xe240, 0x0001 }, 123456 },
		{ RAW_U32, WORDS_MSW_FIRST, { 0xffff, 0xffff }, 4294967295 },
		{ RAW_S32, WORDS_MSW_FIRST, { 0xffff, 0xfffe }, -2 },
		{ RAW_S32, WORDS_LSW_FIRST, { 0xfffe, 0xffff }, -2 },
		{ RAW_U64, WORDS_MSW_FIRST, { 0, 0, 0x046e, 0x73ea }, 74347498 },
		{ RAW_U64, WORDS_LSW_FIRST, { 0x73ea, 0x046e, 0, 0 }, 74347498 },
		{ RAW_S64, WORDS_MSW_FIRST, { 0xffff, 0xffff, 0xffff, 0xffff }, -1 },
		/* floats of energy: whole Wh */
		{ RAW_F32, WORDS_MSW_FIRST, { 0x42db, 0x0000 }, 110 }, /* 109.5, away from zero */
		{ RAW_F32, WORDS_LSW_FIRST, { 0x0000, 0xc2db }, -110 },
		{ RAW_F64, WORDS_MSW_FIRST, { 0x40f8, 0x6a00, 0, 0 }, 100000 },
		{ RAW_F64, WORDS_LSW_FIRST, { 0, 0, 0x6a00, 0x40f8 }, 100000 },
		{ RAW_F32, WORDS_MSW_FIRST, { 0x8000, 0x0000 }, 0 }, /* -0.0 */
	};
	struct made m;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct point_def *def = make(&m, "energy_wh", rows[i].type, 1, 1);
		m.src.word_order = rows[i].order;
		assert_value(decode_modbus(def, rows[i].words), rows[i].want);
	}
}

static void test_modbus_absences(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "voltage_v", RAW_F32, 1, 1);
	static const uint16_t nan_code[] = { 0xffc0, 0x0000 }, denormal[] = { 0x8000, 0x8000 },
			      other_nan[] = { 0x7fc0, 0x0000 }, infinite[] = { 0x7f80, 0 },
			      smaller[] = { 0x8000, 0x8001 };

	m.absent[0].bits = 0xffc00000;
	m.absent[1].bits = 0x80008000;
	m.src.n_absent = 2;
	assert_absent(decode_modbus(def, nan_code), CAUSE_NOT_FITTED);
	assert_absent(decode_modbus(def, denormal), CAUSE_NOT_FITTED);
	assert_absent(decode_modbus(def, other_nan), CAUSE_OUT_OF_RANGE);
	assert_absent(decode_modbus(def, infinite), CAUSE_OUT_OF_RANGE);
	assert_value(decode_modbus(def, smaller), 0);

	def = make(&m, "power_w", RAW_S16, 1, 1);
	m.absent[0].bits = (uint64_t)-32768; /* sign-extended 0x8000 */
	m.src.n_absent = 1;
	static const uint16_t lowest[] = { 0x8000 };
	assert_absent(decode_modbus(def, lowest), CAUSE_NOT_FITTED);

	def = make(&m, "energy_wh", RAW_U64, 1, 1);
	static const uint16_t all[] = { 0xffff, 0xffff, 0xffff, 0xffff };
	assert_absent(decode_modbus(def, all), CAUSE_OUT_OF_RANGE);
	m.absent[0].bits = UINT64_MAX;
	m.src.n_absent = 1;
	assert_absent(decode_modbus(def, all), CAUSE_NOT_FITTED);

	def = make(&m, "humidity_pct", RAW_U16, 1, 10);
	static const uint16_t high[] = { 1001 };
	assert_absent(decode_modbus(def, high), CAUSE_OUT_OF_RANGE);
}

/* 0x0A0B0C0D in the four orders, and eight bytes alike. */
static void test_word_and_byte_orders(void **state)
{
	(void)state;
	static const struct {
		enum word_order order;
		uint16_t two[2], four[4], one;
	} rows[] = {
		{ WORDS_MSW_FIRST, { 0x0a0b, 0x0c0d }, { 0x0102, 0x0304, 0x0506, 0x0708 }, 0x1234 },
		{ WORDS_LSW_FIRST, { 0x0c0d, 0x0a0b }, { 0x0708, 0x0506, 0x0304, 0x0102 }, 0x1234 },
		{ WORDS_MSW_FIRST_SWAPPED,
		  { 0x0b0a, 0x0d0c },
		  { 0x0201, 0x0403, 0x0605, 0x0807 },
		  0x3412 },
		{ WORDS_LSW_FIRST_SWAPPED,
		  { 0x0d0c, 0x0b0a },
		  { 0x0807, 0x0605, 0x0403, 0x0201 },
		  0x3412 },
	};
	struct made m;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct point_def *def = make(&m, "energy_wh", RAW_U32, 1, 1);
		m.src.word_order = rows[i].order;
		assert_value(decode_modbus(def, rows[i].two), 0x0a0b0c0d);
		def = make(&m, "energy_wh", RAW_U64, 1, 1);
		m.src.word_order = rows[i].order;
		assert_value(decode_modbus(def, rows[i].four), 0x0102030405060708);
		def = make(&m, "energy_wh", RAW_U16, 1, 1);
		m.src.word_order = rows[i].order;
		assert_value(decode_modbus(def, &rows[i].one), 0x1234);
	}
}

static void test_bit_fields(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "state", RAW_U16, 1, 1);
	static const uint16_t word[] = { 0xa5c3 }, wide_word[] = { 0x8000, 0x0000, 0, 1 };

	m.src.bit_first = 4;
	m.src.bit_count = 4;
	assert_value(decode_modbus(def, word), 0xc);
	m.absent[0].bits = 0xc;
	m.src.n_absent = 1;
	assert_absent(decode_modbus(def, word), CAUSE_NOT_FITTED);
	m.src.n_absent = 0;
	m.src.bit_first = 15;
	m.src.bit_count = 1;
	assert_value(decode_modbus(def, word), 1);

	def = make(&m, "state", RAW_U64, 1, 1);
	m.src.bit_first = 1;
	m.src.bit_count = 63;
	assert_value(decode_modbus(def, wide_word), INT64_C(1) << 62);
	/* a number out of a word is scaled as any other */
	def = make(&m, "temperature_c", RAW_U16, 1, 10);
	m.src.bit_first = 8;
	m.src.bit_count = 8;
	assert_value(decode_modbus(def, word), 0xa5);
}

static void test_coils(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "state", RAW_U16, 1, 1);
	static const uint16_t coils[] = { 1, 0, 1, 1 };

	m.src.function = 1;
	assert_value(decode_modbus(def, coils), 1);
	assert_value(decode_modbus(def, coils + 1), 0);
	def = make(&m, "alarm_flags", RAW_U16, 1, 1);
	m.src.function = 2;
	m.src.words_n = 4;
	assert_value(decode_modbus(def, coils), 0xd);
}

static struct reading by_register(enum raw_type type, enum raw_type scale_type, const char *how,
				  uint16_t address, const uint16_t *words)
{
	struct made m;
	struct point_def *def = make(&m, "power_w", type, 1, 1);

	m.src.address = 100;
	m.absent[0].bits = 0x8000;
	m.absent[1].bits = (uint64_t)-32768;
	m.src.n_absent = 2;
	m.src.scale_column = (struct scale_column){ .address = address,
						    .words_n = scale_type == RAW_F32 ? 2 : 1,
						    .type = scale_type,
						    .exponent = *how == 'e',
						    .digits = *how == 'd',
						    .factor = *how == 'f' };
	/* stored in steps of the quantity: a tenth of a watt, or whatever schema/ says */
	assert_true(decode_storage_scale(def).mul == m.src.quantity->step_num &&
		    decode_storage_scale(def).div == m.src.quantity->step_den);
	return decode_modbus(def, words);
}

static void test_scale_registers(void **state)
{
	(void)state;
	const struct quantity *q = schema_quantity("power_w");
	int64_t w = q->step_den / q->step_num; /* steps of a watt */
	static const uint16_t hundredth[] = { 12300, 0xfffe }, thousand[] = { 12, 3 },
			      too_small[] = { 5, 0xff80 }, unknown[] = { 5, 0x8000 },
			      both_none[] = { 0x8000, 0x8000 }, zero[] = { 7, 0 },
			      before[] = { 0xffff, 77, 120 }, half[] = { 9, 0x3f00, 0 },
			      not_a_number[] = { 9, 0x7fc0, 0 };

	assert_value(by_register(RAW_S16, RAW_S16, "exponent", 101, hundredth), 123 * w);
	assert_value(by_register(RAW_U16, RAW_S16, "exponent", 101, thousand), 12000 * w);
	assert_value(by_register(RAW_U16, RAW_U16, "digits", 101, zero), 7 * w);
	/* one register before the value, another between */
	assert_value(by_register(RAW_U16, RAW_S16, "exponent", 98, before), 12 * w);
	assert_value(by_register(RAW_U16, RAW_F32, "factor", 101, half), 9 * w / 2);
	assert_absent(by_register(RAW_U16, RAW_F32, "factor", 101, not_a_number),
		      CAUSE_OUT_OF_RANGE);
	/* by no scale, or by one that cannot be, there is no reading */
	assert_absent(by_register(RAW_U16, RAW_U16, "factor", 101, zero), CAUSE_OUT_OF_RANGE);
	assert_absent(by_register(RAW_U16, RAW_S16, "exponent", 101, too_small),
		      CAUSE_OUT_OF_RANGE);
	assert_absent(by_register(RAW_S16, RAW_S16, "exponent", 101, unknown), CAUSE_OUT_OF_RANGE);
	assert_absent(by_register(RAW_S16, RAW_S16, "exponent", 101, both_none), CAUSE_NOT_FITTED);
}

/* 2 - 1.00187 = 0.99813 leading; the same with the other sign; inside 1 it is itself. */
static void test_four_quadrants(void **state)
{
	(void)state;
	struct made m;
	struct point_def *def = make(&m, "power_factor", RAW_PF4Q, 1, 1);
	static const uint16_t leading[] = { 0x3f80, 0x3d3a }, negative[] = { 0xbf80, 0x3d3a },
			      plain[] = { 0x3f40, 0 }, rubbish[] = { 0x40a0, 0 };

	assert_value(decode_modbus(def, leading), 998);
	assert_value(decode_modbus(def, negative), -998);
	assert_value(decode_modbus(def, plain), 750);
	assert_absent(decode_modbus(def, rubbish), CAUSE_OUT_OF_RANGE); /* 5 */
}

static void test_texts(void **state)
{
	(void)state;
	static const struct {
		const char *octets;
		size_t n;
		const char *want;
	} rows[] = {
		{ "AP8959EU3", 9, "AP8959EU3" },
		{ "  PSU 3 \r\n", 10, "PSU 3" },
		{ "ABC\0\0\0", 6, "ABC" },
		{ "a\tb", 3, "a b" },
		{ "\x1b[31mred", 8, "[31mred" },
		{ "Gr\xc3\xbc\xc3\x9f", 6, "Gr\xc3\xbc\xc3\x9f" },
		{ "Gr\xfc\xdf", 4, "Gr??" },
		{ "\xc2\x9b"
		  "31m",
		  5, "31m" }, /* a C1 control would reach the terminal */
		{ "a\xe2\x80\xa8"
		  "b\xe2\x80\x99", /* a line's end is a blank, a quotation mark is not */
		  8, "a b\xe2\x80\x99" },
		{ "\xef\xbf\xbf", 3, "???" }, /* U+FFFF is none of YAML's */
		{ "", 0, NULL },
		{ "\0\0", 2, NULL },
		{ "   ", 3, NULL },
	};
	char buf[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vb_value v = { .type = VB_OCTETS,
				      .octets = (const uint8_t *)rows[i].octets,
				      .n_octets = rows[i].n };
		int r = decode_text_snmp(&v, buf, sizeof(buf));
		assert_int_equal(r, rows[i].want ? 0 : -1);
		if (rows[i].want)
			assert_string_equal(buf, rows[i].want);
	}
	struct vb_value v = { .type = VB_OCTETS,
			      .octets = (const uint8_t *)"Gr\xc3\xbc",
			      .n_octets = 4 };
	assert_int_equal(decode_text_snmp(&v, buf, 4), 0); /* no half character */
	assert_string_equal(buf, "Gr");
	v.type = VB_INTEGER;
	assert_int_equal(decode_text_snmp(&v, buf, sizeof(buf)), -1);

	static const uint16_t words[] = { 0x504d, 0x3533, 0x3330, 0x0000, 0xffff };
	assert_int_equal(decode_text_modbus(words, 5, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "PM5330");
	static const uint16_t erased[] = { 0xffff, 0xffff };
	assert_int_equal(decode_text_modbus(erased, 2, buf, sizeof(buf)), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_snmp_integers),
		cmocka_unit_test(test_digits_in_text),
		cmocka_unit_test(test_absent_codes),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_magnitude),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_decimal_text),
		cmocka_unit_test(test_leading_number),
		cmocka_unit_test(test_modbus_widths),
		cmocka_unit_test(test_modbus_absences),
		cmocka_unit_test(test_four_quadrants),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_word_and_byte_orders),
		cmocka_unit_test(test_bit_fields),
		cmocka_unit_test(test_coils),
		cmocka_unit_test(test_scale_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
