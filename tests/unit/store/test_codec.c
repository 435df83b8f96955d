/* SPDX-License-Identifier: Apache-2.0 */
/* The codec: every width and its edges, in C and by the formula in SQL, which must agree. */
#include "storetest.h"

#include "store/codec.h"

static struct codec out;
static int64_t raw[CODEC_MAX_N];
static unsigned char present[CODEC_MAX_N];
static sqlite3 *sqlite;
static sqlite3_stmt *formula;
static uint64_t seed = 20261123;

static uint64_t dice(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static int setup(void **state)
{
	static const char sql[] =
		"SELECT i.value, ?1 + ((?2 * i.value) >> 12) + CASE WHEN ?3 = 0 THEN 0 "
		"WHEN ?3 < 5 THEN unicode(substr(?4, ?3 * i.value + 1, ?3)) "
		"ELSE CAST(substr(?4, ?3 * i.value + 1, ?3) AS INTEGER) END "
		"+ CASE WHEN ?6 = 0 THEN 0 ELSE "
		"unicode(substr(?4, ?3 * ?5 + ?7 * (i.value / ?6) + 1, ?7)) END, "
		"?3 = 0 OR substr(?4, ?3 * i.value + 1, 1) <> x'00' "
		"FROM (WITH RECURSIVE t (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM t "
		"WHERE value + 1 < ?5) SELECT value FROM t) i";

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(sqlite, sql, -1, &formula, NULL), SQLITE_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sqlite3_finalize(formula);
	sqlite3_close(sqlite);
	codec_done(&out);
	return 0;
}

static struct codec_view view(void)
{
	return (struct codec_view){ out.base, out.slope, out.w, out.n,
				    out.seg,  out.sw,    out.v, out.bytes };
}

/* All at once or one by one, whatever the bytes. */
static void all_agree(const struct codec_view *v)
{
	static int64_t all[CODEC_MAX_N];
	static unsigned char there[CODEC_MAX_N];
	int64_t one;

	memset(all, 0x55, sizeof(all));
	codec_all(v, all, there);
	for (uint32_t i = 0; i < v->n; i++) {
		one = 0x5555555555555555;
		assert_int_equal(codec_at(v, i, &one), there[i]);
		assert_true(one == all[i]);
	}
}

/* Encodes raw and present, and takes the block apart both ways. */
static void round_trip(uint32_t n, int try, bool in_sql)
{
	codec_encode(raw, present, n, try, &out);
	struct codec_view v = view();
	int64_t got, min = INT64_MAX, max = INT64_MIN;
	__int128 sum = 0;
	uint32_t count = 0;

	assert_int_equal(out.bytes,
			 n * (size_t)out.w +
				 (out.seg ? (n + out.seg - 1) / out.seg * (size_t)out.sw : 0));
	for (uint32_t i = 0; i < n; i++) {
		bool there = codec_at(&v, i, &got);
		if (there != (bool)present[i] || (there && got != raw[i]))
			fail_msg("w %d, position %u: %lld", out.w, i, (long long)raw[i]);
		if (!there)
			continue;
		if (!count++)
			assert_true(out.first == got);
		min = got < min ? got : min;
		max = got > max ? got : max;
		sum += got;
		assert_true(out.last == got || i + 1 < n);
	}
	assert_false(codec_at(&v, n, &got));
	all_agree(&v);
	assert_true(out.min == min && out.max == max && out.sum == sum && out.count == count);
	if (!in_sql)
		return;
	sqlite3_bind_int64(formula, 1, out.base);
	sqlite3_bind_int64(formula, 2, out.slope);
	sqlite3_bind_int(formula, 3, out.w);
	sqlite3_bind_blob(formula, 4, out.v && out.bytes ? (const void *)out.v : "", (int)out.bytes,
			  SQLITE_STATIC);
	sqlite3_bind_int64(formula, 5, n);
	sqlite3_bind_int64(formula, 6, out.seg);
	sqlite3_bind_int(formula, 7, out.sw);
	uint32_t rows = 0;
	while (sqlite3_step(formula) == SQLITE_ROW) {
		uint32_t i = (uint32_t)sqlite3_column_int(formula, 0);
		rows++;
		assert_int_equal(sqlite3_column_int(formula, 2), present[i] != 0);
		if (!present[i])
			continue;
		assert_int_equal(sqlite3_column_type(formula, 1), SQLITE_INTEGER);
		if (sqlite3_column_int64(formula, 1) != raw[i])
			fail_msg("SQL, w %d, position %u: %lld", out.w, i, (long long)raw[i]);
	}
	assert_int_equal(rows, n);
	sqlite3_reset(formula);
}

static void fill(uint32_t n, int64_t value)
{
	for (uint32_t i = 0; i < n; i++) {
		raw[i] = value;
		present[i] = 1;
	}
}

static void test_widths(void **state)
{
	static const struct {
		int64_t range;
		int w;
	} edges[] = {
		{ 1, 1 },
		{ 126, 1 },
		{ 127, 2 },
		{ 1919, 2 },
		{ 1920, 3 },
		{ 53247, 3 },
		{ 53248, 4 },
		{ 1048575, 4 },
		{ 1048576, 7 },
		{ 9999999, 7 },
		{ 10000000, 8 },
		{ 99999999999, 11 },
		{ 999999999999999, 15 },
	};
	static const int64_t bases[] = { 0, 1, -1, 127, -5000000, 4000000000, -(1LL << 61) };

	(void)state;
	for (size_t b = 0; b < sizeof(bases) / sizeof(*bases); b++)
		for (size_t e = 0; e < sizeof(edges) / sizeof(*edges); e++) {
			fill(5, bases[b]);
			raw[1] += edges[e].range;
			raw[3] += edges[e].range / 2;
			present[2] = 0;
			round_trip(5, false, true);
			assert_int_equal(out.w, edges[e].w);
		}
	/* all that one character of two bytes and of three can say, and so past what is not one */
	for (int from = 0; from < 53248; from += 3500) {
		fill(CODEC_MAX_N, 7);
		raw[1] = 7 + 53247;
		for (int i = 2; i < CODEC_MAX_N && from + i < 53248; i++)
			raw[i] = 7 + from + i;
		round_trip(CODEC_MAX_N, false, true);
		assert_int_equal(out.w, 3);
	}
	fill(1922, 7);
	for (int i = 0; i < 1920; i++)
		raw[i] = -900 + i;
	round_trip(1920, false, true);
	assert_int_equal(out.w, 2);
}

static void test_constant(void **state)
{
	(void)state;
	fill(360, -77);
	round_trip(360, true, true);
	assert_int_equal(out.w, 0);
	assert_int_equal(out.bytes, 0);
	assert_int_equal(out.base, -77);
	present[359] = 0;
	round_trip(360, true, true);
	assert_int_equal(out.w, 1);
	fill(1, INT64_MIN);
	round_trip(1, true, true);
	fill(1, INT64_MAX);
	round_trip(1, true, true);
	/* a lone value among absences */
	fill(12, 5);
	memset(present, 0, 12);
	present[7] = 1;
	round_trip(12, true, true);
	assert_true(out.first == 5 && out.last == 5 && out.count == 1);
}

static void test_counters(void **state)
{
	(void)state;
	fill(360, 0);
	for (int i = 0; i < 360; i++)
		raw[i] = 912345678901 + i * 137;
	round_trip(360, true, true);
	assert_int_equal(out.w, 0); /* nothing beside the line */
	assert_int_equal(out.slope, 137 << 12);
	for (int i = 0; i < 360; i++)
		raw[i] = 912345678901 + i * 1373 / 10;
	round_trip(360, true, true);
	assert_int_equal(out.w, 1); /* what rounding leaves */
	round_trip(360, false, true);
	assert_int_equal(out.w, 3);
	for (int i = 0; i < 360; i++)
		raw[i] = 5 - i * 4; /* down just as well */
	round_trip(360, true, true);
	/* a reset in the middle */
	for (int i = 0; i < 360; i++)
		raw[i] = i < 100 ? 912345678901 + i * 137 : (i - 100) * 137;
	round_trip(360, true, true);
	assert_int_equal(out.slope, 0);
	assert_int_equal(out.w, 12);
	/* wrap of a 32 bit register */
	for (int i = 0; i < 360; i++)
		raw[i] = (4294967296 - 1000 + i * 137) % 4294967296;
	round_trip(360, true, true);
}

/* What wanders takes one byte a value beside the level of each stretch. */
static void test_segments(void **state)
{
	static const uint32_t lengths[] = { 16, 30, 31, 360, 3600 };

	(void)state;
	for (int64_t pace = 1; pace < 20000000; pace *= 7)
		for (size_t k = 0; k < sizeof(lengths) / sizeof(*lengths); k++) {
			uint32_t n = lengths[k];
			int64_t value = -5000 * pace;
			fill(n, 0);
			for (uint32_t i = 0; i < n; i++) {
				value += (int64_t)(dice() % (uint64_t)(2 * pace + 1)) - pace;
				raw[i] = value;
				present[i] = dice() % 50 != 0;
			}
			if (n > 200)
				memset(present + 60, 0, 65); /* whole stretches missing */
			present[n - 1] = 1;
			round_trip(n, CODEC_SEG, true);
			size_t with = out.bytes;
			round_trip(n, CODEC_PLAIN, false);
			assert_true(with <= out.bytes);
			round_trip(n, CODEC_SEG | CODEC_SLOPE, true);
		}
	fill(360, 0);
	for (int i = 0; i < 360; i++)
		raw[i] = i * 3 + (int64_t)(dice() % 9);
	round_trip(360, CODEC_SEG, true);
	assert_int_equal(out.w, 1);
	assert_true(out.seg == 30 || out.seg == 15);
}

static void test_extremes(void **state)
{
	(void)state;
	fill(4, 0);
	raw[0] = INT64_MIN;
	raw[1] = INT64_MAX;
	raw[2] = -1;
	round_trip(4, true, true);
	assert_int_equal(out.w, 20);
	fill(4, INT64_MIN);
	raw[1]++;
	round_trip(4, true, true);
	fill(4, INT64_MAX);
	raw[1]--;
	round_trip(4, true, true);
	present[2] = 0;
	round_trip(4, true, true);
}

static void test_random(void **state)
{
	static const int64_t spans[] = { 1,       2,         100,       127,      128,
					 1900,    1921,      50000,     60000,    1000000,
					 1100000, 1LL << 33, 1LL << 50, 1LL << 62 };

	(void)state;
	for (int round = 0; round < 3000; round++) {
		uint32_t n = 1 + (uint32_t)(dice() % (round % 50 ? 400 : CODEC_MAX_N));
		int64_t span = spans[dice() % (sizeof(spans) / sizeof(*spans))];
		int64_t base = (int64_t)(dice() >> (dice() % 60 + 3)) - (1LL << 20);
		int64_t rate = round % 3 ? 0 : (int64_t)(dice() % 100000);
		uint32_t lost = (uint32_t)(dice() % 4 ? dice() % 20 : 0);
		uint32_t count = 0;
		for (uint32_t i = 0; i < n; i++) {
			raw[i] = base + (int64_t)(dice() % (uint64_t)span) + rate * i;
			present[i] = !lost || dice() % 100 >= lost;
			count += present[i];
		}
		if (count)
			round_trip(n, (int)(dice() % 4), round % 5 == 0);
	}
}

/* Bytes from elsewhere: no value, no crash. */
static void test_damaged(void **state)
{
	unsigned char bytes[40];
	int64_t got;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct codec_view v = { (int64_t)dice(),
					(int64_t)dice(),
					(int)(dice() % 30) - 3,
					(uint32_t)(dice() % 50),
					(uint32_t)(dice() % 3 * 7),
					(int)(dice() % 7) - 1,
					bytes,
					dice() % 41 };
		if (round % 2)
			v.slope = 0;
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (unsigned char)(dice() % 3 ? '0' + dice() % 10 : dice());
		for (uint32_t i = 0; i < 40; i++)
			codec_at(&v, i, &got);
		codec_at(&v, UINT32_MAX, &got);
		all_agree(&v);
	}
	struct codec_view v = { INT64_MAX, 0, 1, 2, 0, 0, (const unsigned char *)"A", 1 };
	assert_false(codec_at(&v, 0, &got)); /* would overflow */
	all_agree(&v);
	v.base = 0;
	assert_true(codec_at(&v, 0, &got) && got == 'A');
	assert_false(codec_at(&v, 1, &got)); /* cut off */
	all_agree(&v);
	v = (struct codec_view){ 0, 0, 5, 1, 0, 0, (const unsigned char *)"12x45", 5 };
	assert_false(codec_at(&v, 0, &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths),   cmocka_unit_test(test_constant),
		cmocka_unit_test(test_counters), cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_random),   cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_segments),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
