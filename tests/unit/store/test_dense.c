/* SPDX-License-Identifier: Apache-2.0 */
/* The form of old hours: every radix and its edges, in C and by the formula in SQL, which must
 * agree with each other and with the chunk's codec. */
#include "storetest.h"

#include "store/dense.h"

static struct dense out;
static struct codec chunk;
static int64_t raw[CODEC_MAX_N], got[CODEC_MAX_N];
static unsigned char present[CODEC_MAX_N], there[CODEC_MAX_N];
static sqlite3 *sqlite;
static sqlite3_stmt *formula;
static uint64_t seed = 20261126;

static uint64_t dice(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static int setup(void **state)
{
	/* the formula of dense.h, word for word; ?1 to ?8: base low n k c v m gone */
	static const char sql[] =
		"WITH RECURSIVE t (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM t WHERE i + 1 < ?3),"
		" e (e) AS (SELECT 0 UNION ALL SELECT e + 1 FROM e WHERE e + 1 < ?5), "
		"p (n, m, f) AS (SELECT 0, 1, 1 "
		"UNION ALL SELECT n + 1, m * ?7, f * 127 FROM p WHERE n < 6), "
		"g (g, v) AS (SELECT t.i, sum((unicode(substr(?6, ?5 * t.i + e.e + 1, 1)) - 1) * "
		"(SELECT f FROM p WHERE n = e.e)) FROM t, e WHERE t.i * ?4 < ?3 GROUP BY t.i), "
		"d (i, d) AS (SELECT t.i, CASE WHEN ?5 = 0 THEN 0 ELSE (SELECT v FROM g "
		"WHERE g.g = t.i / ?4) / (SELECT m FROM p WHERE n = t.i % ?4) % ?7 END FROM t) "
		"SELECT i, ?1 + ?2 * i + sum(d) OVER (ORDER BY i), "
		"?8 IS NULL OR instr(?8, char(i + 1)) = 0 FROM d ORDER BY i";

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
	dense_done(&out);
	codec_done(&chunk);
	return 0;
}

static struct dense_view view(void)
{
	return (struct dense_view){ .base = out.base,
				    .low = out.low,
				    .m = out.m,
				    .n = out.n,
				    .k = out.k,
				    .c = out.c,
				    .v = out.v,
				    .bytes = out.bytes,
				    .gone = out.gone_bytes ? out.gone : NULL,
				    .gone_bytes = out.gone_bytes };
}

static void by_formula(uint32_t n)
{
	uint32_t rows = 0;

	sqlite3_bind_int64(formula, 1, out.base);
	sqlite3_bind_int64(formula, 2, out.low);
	sqlite3_bind_int64(formula, 3, n);
	sqlite3_bind_int(formula, 4, out.k);
	sqlite3_bind_int(formula, 5, out.c);
	sqlite3_bind_blob(formula, 6, out.bytes ? (const void *)out.v : "", (int)out.bytes,
			  SQLITE_STATIC);
	sqlite3_bind_int64(formula, 7, out.m);
	if (out.gone_bytes)
		sqlite3_bind_text(formula, 8, (const char *)out.gone, (int)out.gone_bytes,
				  SQLITE_STATIC);
	else
		sqlite3_bind_null(formula, 8);
	for (; sqlite3_step(formula) == SQLITE_ROW; rows++) {
		uint32_t i = (uint32_t)sqlite3_column_int(formula, 0);
		assert_int_equal(i, rows);
		assert_int_equal(sqlite3_column_int(formula, 2), present[i] != 0);
		assert_int_equal(sqlite3_column_type(formula, 1), SQLITE_INTEGER);
		if (present[i] && sqlite3_column_int64(formula, 1) != raw[i])
			fail_msg("SQL, m %lld, position %u: %lld", (long long)out.m, i,
				 (long long)raw[i]);
	}
	assert_int_equal(rows, n);
	sqlite3_reset(formula);
}

/* Encodes raw and present, and takes the block apart both ways. False: no block. */
static bool round_trip(uint32_t n, bool in_sql)
{
	if (!dense_encode(raw, present, n, &out))
		return false;
	struct dense_view v = view();
	__int128 sum = 0;

	assert_int_equal(out.n, n);
	assert_int_equal(out.bytes, (n + (size_t)out.k - 1) / (size_t)out.k * (size_t)out.c);
	memset(there, 9, sizeof(there));
	assert_true(dense_decode(&v, got, there));
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(there[i], present[i] != 0);
		if (present[i] && got[i] != raw[i])
			fail_msg("m %lld, position %u: %lld", (long long)out.m, i,
				 (long long)raw[i]);
		sum += present[i] ? (__int128)raw[i] - out.base : 0;
	}
	assert_int_equal(there[n < CODEC_MAX_N ? n : 0], n < CODEC_MAX_N ? 9 : present[0]);
	assert_true(sum == out.sum);
	for (size_t i = 0; i < out.bytes; i++)
		assert_in_range(out.v[i], 1, 127);
	if (in_sql)
		by_formula(n);
	return true;
}

static void fill(uint32_t n, int64_t value)
{
	for (uint32_t i = 0; i < n; i++) {
		raw[i] = value;
		present[i] = 1;
	}
}

/* Steps from low to low + m - 1, both ends among them. */
static void wander(uint32_t n, int64_t base, int64_t low, int64_t m)
{
	int64_t at = base;

	for (uint32_t i = 0; i < n; i++) {
		int64_t digit = (int64_t)(dice() % (uint64_t)m);
		if (i == n - 1)
			digit = m - 1;
		if (i == n - 2)
			digit = 0;
		at += i ? low + digit : 0;
		raw[i] = at;
		present[i] = 1;
	}
}

/* The greatest radix of which k digits fit into c characters, and the one above it. */
static void test_every_radix(void **state)
{
	static const int64_t bases[] = { 0, 1, -1, 127, -5000000, 4000000000, -(1LL << 60) };
	bool seen[DENSE_MAX_C + 1][DENSE_MAX_K + 1] = { { false } };

	(void)state;
	for (int c = 1; c <= DENSE_MAX_C; c++)
		for (int k = 1; k <= DENSE_MAX_K; k++) {
			int64_t room = 1, m = 1, power = 0;
			for (int e = 0; e < c; e++)
				room *= 127;
			for (; power <= room; m++) {
				power = 1;
				for (int e = 0; e < k && power <= room; e++)
					power *= m + 1;
			}
			for (int64_t r = m - 2; r <= m; r++) {
				if (r < 2 || r > DENSE_MAX_M)
					continue;
				size_t b = (size_t)(c * DENSE_MAX_K + k + r) % 7;
				wander(61, bases[b], -r / 2, r);
				assert_true(round_trip(61, true));
				assert_int_equal(out.m, r);
				seen[out.c][out.k] = true;
			}
		}
	/* no other pair is ever the shortest */
	static const char *const pairs[] = { "", "12346", "135", "1245", "135" };
	for (int c = 0; c <= DENSE_MAX_C; c++)
		for (int k = 0; k <= DENSE_MAX_K; k++)
			if (seen[c][k] != (k && strchr(pairs[c], '0' + k)))
				fail_msg("c %d k %d: %d", c, k, seen[c][k]);
	wander(61, 0, 0, DENSE_MAX_M);
	assert_true(round_trip(61, true));
	assert_int_equal(out.k, 1);
	raw[60]++;
	assert_false(round_trip(61, true));
}

/* What a rack's PDU stores, and that it takes what this form is there for. */
static void test_size(void **state)
{
	static const struct {
		int64_t m;
		size_t bytes; /* of 360 */
	} want[] = { { 1, 0 },    { 2, 60 },   { 3, 90 },   { 5, 120 },  { 11, 180 },
		     { 17, 216 }, { 21, 240 }, { 25, 240 }, { 31, 270 }, { 37, 270 },
		     { 127, 360 }, { 1000, 540 } };

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		wander(360, 5000, -want[i].m / 2, want[i].m);
		assert_true(round_trip(360, i % 4 == 0));
		if (out.bytes != want[i].bytes)
			fail_msg("m %lld: %zu bytes", (long long)want[i].m, out.bytes);
	}
}

static void test_constant_and_even(void **state)
{
	static const uint32_t lengths[] = { 1, 2, 12, 60, 360, 3600 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		uint32_t n = lengths[i];
		fill(n, -42);
		assert_true(round_trip(n, n < 3600));
		assert_int_equal(out.bytes + out.gone_bytes, 0);
		for (uint32_t k = 0; k < n; k++)
			raw[k] = 1000000000000 + 7 * (int64_t)k;
		assert_true(round_trip(n, n < 3600));
		assert_int_equal(out.bytes, 0);
		for (uint32_t k = 0; k < n; k++)
			raw[k] = 5 - 7 * (int64_t)k;
		assert_true(round_trip(n, n < 3600));
		assert_int_equal(out.bytes, 0);
		/* one missing poll of a constant costs a character, not n of them */
		present[n / 2] = n == 1;
		assert_true(round_trip(n, n < 3600));
		assert_int_equal(out.bytes, 0);
		assert_true(out.gone_bytes <= 3);
	}
}

static void test_counters(void **state)
{
	(void)state;
	/* a slope with some noise, and a pause in which it stands */
	raw[0] = 123456789012;
	for (uint32_t i = 1; i < 360; i++)
		raw[i] = raw[i - 1] + (i > 100 && i < 200 ? 0 : 13 + (int64_t)(dice() % 5));
	memset(present, 1, 360);
	assert_true(round_trip(360, true));
	assert_int_equal(out.low, 0);
	assert_int_equal(out.m, 18);
	/* a reset to 0: too great a step for this form, or a wide one */
	for (uint32_t i = 200; i < 360; i++)
		raw[i] -= 123456789012;
	assert_false(round_trip(360, true));
	for (uint32_t i = 0; i < 200; i++)
		raw[i] -= 123456780000;
	assert_true(round_trip(360, true));
	assert_int_equal(out.low, raw[200] - raw[199]);
	/* a 16 bit register that rolls over */
	for (uint32_t i = 0; i < 360; i++)
		raw[i] = (65000 + 10 * (int64_t)i) & 0xffff;
	assert_true(round_trip(360, true));
}

static void lose(uint32_t from, uint32_t to)
{
	memset(present + from, 0, to - from);
	for (uint32_t i = from; i < to; i++)
		raw[i] = (int64_t)dice(); /* nobody looks */
}

static void test_missing(void **state)
{
	(void)state;
	/* at the beginning, at the end, alone and many, of gauges and counters */
	for (int64_t low = -10; low <= 20; low += 15) {
		static const uint32_t spans[][2] = { { 0, 1 },     { 0, 126 },   { 125, 130 },
						     { 359, 360 }, { 300, 360 }, { 180, 181 },
						     { 1, 359 },   { 126, 128 } };
		for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++) {
			wander(360, 777, low, 21);
			lose(spans[i][0], spans[i][1]);
			assert_true(round_trip(360, true));
			assert_in_range(out.m, 1, 21); /* what is missing widens nothing */
		}
		wander(360, 777, low, 21);
		for (uint32_t i = 0; i < 360; i++)
			if (dice() % 3)
				lose(i, i + 1);
		present[77] = 1;
		raw[77] = 777;
		assert_true(round_trip(360, true));
	}
	/* all but one */
	for (uint32_t at = 0; at < 360; at += 359) {
		fill(360, 3);
		lose(0, at);
		lose(at + 1, 360);
		assert_true(round_trip(360, true));
		assert_int_equal(out.bytes, 0);
	}
	/* positions of three bytes */
	wander(3600, 0, -3, 7);
	lose(2040, 2060);
	lose(3590, 3600);
	assert_true(round_trip(3600, false));
	assert_int_equal(out.gone_bytes, 7 * 2 + 13 * 3 + 10 * 3);
}

/* Falls across a hole as steeply as it must. */
static void test_level_shift_in_a_hole(void **state)
{
	(void)state;
	wander(60, 0, -1, 3);
	for (uint32_t i = 30; i < 60; i++)
		raw[i] += 100001;
	lose(27, 30);
	assert_true(round_trip(60, true));
	for (uint32_t i = 30; i < 60; i++)
		raw[i] -= 200002;
	assert_true(round_trip(60, true));
}

static void test_limits(void **state)
{
	const int64_t most = ((int64_t)1 << 61) - 1;

	(void)state;
	fill(3600, most);
	assert_true(round_trip(3600, false));
	fill(60, -most);
	assert_true(round_trip(60, true));
	raw[0]--;
	assert_false(round_trip(60, true));
	present[0] = 0;
	assert_true(round_trip(60, true));
	fill(60, most);
	raw[59]++;
	assert_false(round_trip(60, true));
	fill(60, INT64_MIN);
	assert_false(round_trip(60, true));
	fill(60, INT64_MAX);
	assert_false(round_trip(60, true));
	/* an even pace that is as great as any, and a greater */
	for (int64_t pace = (1LL << 48) - 1; pace <= (1LL << 48) + 1; pace++)
		for (int sign = -1; sign <= 1; sign += 2) {
			for (uint32_t i = 0; i < 3600; i++)
				raw[i] = sign * pace * i;
			memset(present, 1, 3600);
			/* 3600 of them: the sum leaves 64 bits */
			assert_false(round_trip(3600, false));
			assert_int_equal(round_trip(60, true), pace <= 1LL << 48);
			lose(0, 30);
			assert_int_equal(round_trip(60, true), pace <= 1LL << 48);
		}
}

/* The same values from either form. */
static void test_random_against_chunk(void **state)
{
	(void)state;
	for (int round = 0; round < 4000; round++) {
		uint32_t n = 1 + (uint32_t)(dice() % (round % 50 ? 400 : CODEC_MAX_N));
		int64_t m = 1 + (int64_t)(dice() % (1ULL << dice() % 29));
		int64_t low = (int64_t)(dice() % (1ULL << dice() % 30)) - m;
		uint64_t lost = dice() % 4 ? 0 : 2 + dice() % 300;
		raw[0] = (int64_t)(dice() % (1ULL << dice() % 50)) - (1 << 20);
		for (uint32_t i = 0; i < n; i++) {
			if (i)
				raw[i] = raw[i - 1] + low + (int64_t)(dice() % (uint64_t)m);
			present[i] = !lost || dice() % lost > 0;
		}
		present[dice() % n] = 1;
		if (!round_trip(n, round % 20 == 0)) {
			assert_true(m > DENSE_MAX_M);
			continue;
		}
		codec_encode(raw, present, n, (int)(dice() % 4), &chunk);
		struct codec_view v = { chunk.base, chunk.slope, chunk.w, chunk.n,
					chunk.seg,  chunk.sw,    chunk.v, chunk.bytes };
		for (uint32_t i = 0; i < n; i++) {
			int64_t other = 0;
			assert_int_equal(codec_at(&v, i, &other), there[i]);
			assert_true(!there[i] || other == got[i]);
		}
		assert_true((__int128)out.sum + (__int128)out.base * chunk.count == chunk.sum);
	}
}

static void refused(struct dense_view v)
{
	memset(there, 1, sizeof(there));
	assert_false(dense_decode(&v, got, there));
}

static void test_damaged(void **state)
{
	(void)state;
	wander(360, 5000, -10, 21);
	lose(5, 6);
	assert_true(round_trip(360, false));
	const struct dense_view good = view();
	struct dense_view v = good;
	v.n = 0;
	refused(v);
	v.n = CODEC_MAX_N + 1;
	refused(v);
	v = good;
	v.bytes--;
	refused(v);
	v = good;
	v.k = 4; /* 21^4 > 127^2 */
	refused(v);
	v.k = 0;
	refused(v);
	v.k = -1;
	refused(v);
	v = good;
	v.c = 5;
	refused(v);
	v.c = -1;
	refused(v);
	v = good;
	v.m = 0;
	refused(v);
	v.m = INT64_MAX;
	refused(v);
	v = good;
	v.low = INT64_MIN;
	refused(v);
	v = good;
	v.base = INT64_MAX;
	refused(v);
	v.base = INT64_MIN;
	refused(v);
	v = good;
	v.gone = (const unsigned char *)"\xc4";
	v.gone_bytes = 1;
	refused(v);
	v.gone = (const unsigned char *)"\xc8\x80"; /* 512 > n */
	v.gone_bytes = 2;
	refused(v);
	for (uint32_t i = 0; i < 360; i++)
		assert_int_equal(there[i], 0);
	v.gone = (const unsigned char *)"";
	v.gone_bytes = 1;
	refused(v);
	out.v[100] = 0;
	refused(good);
	out.v[100] = 128;
	refused(good);
	/* any bytes: nothing worse than nonsense */
	for (int i = 0; i < 20000; i++) {
		out.v[dice() % out.bytes] = (unsigned char)(1 + dice() % 127);
		out.gone[0] = (unsigned char)dice();
		v = good;
		if (i % 2)
			v.n = (uint32_t)(dice() % 400);
		if (i % 3)
			v.m = (int64_t)(dice() % 40);
		dense_decode(&v, got, there);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_radix),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_constant_and_even),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_level_shift_in_a_hole),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_random_against_chunk),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
