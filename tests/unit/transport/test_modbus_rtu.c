/* SPDX-License-Identifier: Apache-2.0 */
/* RTU frames in a stream: published frames, every cut, noise, echoes, and wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/modbus_rtu.h"

/* Modbus Application Protocol 1.1b3, 6.3: unit 17 asked for registers 107..109. */
static const struct modbus_ask ask = { .unit = 17, .function = 3, .address = 107, .n_words = 3 };

static size_t frame(uint8_t *buf, const void *data, size_t n)
{
	uint16_t crc;

	memcpy(buf, data, n);
	crc = modbus_rtu_crc(buf, n);
	buf[n] = (uint8_t)crc;
	buf[n + 1] = (uint8_t)(crc >> 8);
	return n + 2;
}

static size_t good(uint8_t buf[11])
{
	return frame(buf, "\x11\x03\x06\x02\x2b\x00\x00\x00\x64", 9);
}

/* In a block of exactly that size, so that a sanitizer sees a read behind it. */
static size_t find(const uint8_t *data, size_t n, const struct modbus_ask *what, size_t *ret_skip)
{
	uint8_t *copy = malloc(n ? n : 1);
	size_t size;

	assert_non_null(copy);
	memcpy(copy, data, n);
	size = modbus_rtu_find(copy, n, what, ret_skip);
	free(copy);
	assert_true(*ret_skip + size <= n);
	return size;
}

static void test_crc(void **state)
{
	uint8_t buf[MODBUS_RTU_REQUEST];
	static const uint8_t wanted[] = { 0x11, 0x03, 0x00, 0x6b, 0x00, 0x03, 0x76, 0x87 };

	(void)state;
	/* the check value of CRC-16/MODBUS in the catalogue of parametrised CRC algorithms */
	assert_int_equal(modbus_rtu_crc((const uint8_t *)"123456789", 9), 0x4b37);
	/* the example of MODBUS over Serial Line V1.02, 6.2.2: 02 07 sends 41 12 */
	assert_int_equal(modbus_rtu_crc((const uint8_t *)"\x02\x07", 2), 0x1241);
	modbus_rtu_write(&ask, buf);
	assert_memory_equal(buf, wanted, sizeof(wanted));
}

static void test_every_cut(void **state)
{
	uint8_t buf[11], code = 0;
	size_t n = good(buf), skip;
	uint16_t words[3];

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		assert_int_equal(find(buf, cut, &ask, &skip), 0);
		assert_int_equal(skip, 0);
	}
	assert_int_equal(find(buf, n, &ask, &skip), n);
	assert_int_equal(modbus_rtu_read(buf, n, &ask, words, &code), MODBUS_ANSWER_WORDS);
	assert_int_equal(words[0], 0x022b);
	assert_int_equal(words[1], 0);
	assert_int_equal(words[2], 0x64);
}

static void test_every_bit_flipped(void **state)
{
	uint8_t buf[11];
	size_t n = good(buf), skip;

	(void)state;
	for (size_t bit = 0; bit < 8 * n; bit++) {
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(find(buf, n, &ask, &skip), 0);
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void test_exception(void **state)
{
	uint8_t buf[8], code = 0;
	size_t n = frame(buf, "\x11\x83\x02", 3), skip;
	uint16_t words[3];

	(void)state;
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(find(buf, cut, &ask, &skip), 0);
	assert_int_equal(find(buf, n, &ask, &skip), 5);
	assert_int_equal(modbus_rtu_read(buf, n, &ask, words, &code), MODBUS_ANSWER_EXCEPTION);
	assert_int_equal(code, 2);
	n = frame(buf, "\x11\x83\x00", 3);
	assert_int_equal(modbus_rtu_read(buf, n, &ask, words, &code), MODBUS_ANSWER_MALFORMED);
}

/* Whatever comes before, the answer is found where it begins, at once and byte by byte. */
static void test_rubbish_before(void **state)
{
	static const struct {
		const char *data;
		size_t n;
	} noise[] = {
		{ "\x00", 1 },
		{ "\xff\xff\xff", 3 },
		{ "\x11", 1 },
		{ "\x11\x03", 2 },
		{ "\x11\x03\x06", 3 },
		{ "\x11\x83", 2 },
		{ "\x12\x03\x06\x02\x2b\x00\x00\x00\x64\x00", 10 },
		{ "\x64\x11\x03\x06\x02", 5 },
		{ "\x11\x03\x00\x6b\x00\x03\x76\x87", 8 }, /* the echo of the request */
		{ "\x11\x03\x00\x6b\x00\x03\x76\x87\x00", 9 },
		{ "\x00\x11\x03\x00\x6b\x00\x03\x76\x87", 9 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++) {
		uint8_t buf[32];
		size_t n = noise[i].n, skip, whole;

		memcpy(buf, noise[i].data, n);
		whole = n + good(buf + n);
		for (size_t cut = 0; cut < whole; cut++) {
			assert_int_equal(find(buf, cut, &ask, &skip), 0);
			assert_true(skip <= n);
		}
		assert_int_equal(find(buf, whole, &ask, &skip), 11);
		assert_int_equal(skip, n);
	}
}

/* A right frame of somebody else, or with another byte count, is told as what it is. */
static void test_wrong_frames(void **state)
{
	static const struct {
		const char *data;
		size_t n;
		enum modbus_answer answer;
	} rows[] = {
		{ "\x12\x03\x06\x02\x2b\x00\x00\x00\x64", 9, MODBUS_ANSWER_MISMATCH },
		{ "\x11\x04\x06\x02\x2b\x00\x00\x00\x64", 9, MODBUS_ANSWER_MISMATCH },
		{ "\x11\x03\x04\x02\x2b\x00\x00", 7, MODBUS_ANSWER_MALFORMED },
		{ "\x12\x83\x02", 3, MODBUS_ANSWER_MISMATCH },
		{ "\x11\x84\x02", 3, MODBUS_ANSWER_MISMATCH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[32], code;
		uint16_t words[3];
		size_t n = frame(buf, rows[i].data, rows[i].n), skip;

		assert_int_equal(find(buf, n, &ask, &skip), n);
		assert_int_equal(modbus_rtu_read(buf, n, &ask, words, &code), rows[i].answer);
	}
}

/* Registers that look like an exception frame of the same unit do not end the answer early. */
static void test_a_frame_within_the_answer(void **state)
{
	static const struct modbus_ask four = { .unit = 17, .function = 3, .n_words = 4 };
	uint8_t inner[8], payload[16] = { 17, 3, 8 }, buf[32];
	size_t n, skip;

	(void)state;
	frame(inner, "\x11\x83\x02", 3);
	memcpy(payload + 4, inner, 5);
	n = frame(buf, payload, 11);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(find(buf, cut, &four, &skip), 0);
	assert_int_equal(find(buf, n, &four, &skip), n);
	assert_int_equal(skip, 0);
}

static void test_bits(void **state)
{
	/* Modbus Application Protocol 1.1b3, 6.1: coils 20..38 are CD 6B 05 */
	static const struct modbus_ask coils = {
		.unit = 17, .function = 1, .address = 0x13, .n_words = 19
	};
	static const char wanted[] = "1011001111010110101";
	uint8_t buf[16], code;
	uint16_t words[19];
	size_t n = frame(buf, "\x11\x01\x03\xcd\x6b\x05", 6), skip;

	(void)state;
	assert_int_equal(find(buf, n, &coils, &skip), n);
	assert_int_equal(modbus_rtu_read(buf, n, &coils, words, &code), MODBUS_ANSWER_WORDS);
	for (size_t i = 0; i < 19; i++)
		assert_int_equal(words[i], wanted[i] - '0');
}

static void test_what_can_be_asked(void **state)
{
	(void)state;
	assert_true(modbus_ask_possible(1, 2000));
	assert_false(modbus_ask_possible(2, 2001));
	assert_true(modbus_ask_possible(3, 125));
	assert_false(modbus_ask_possible(4, 126));
	assert_false(modbus_ask_possible(3, 0));
	assert_false(modbus_ask_possible(0, 1));
	assert_false(modbus_ask_possible(5, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_every_bit_flipped),
		cmocka_unit_test(test_exception),
		cmocka_unit_test(test_rubbish_before),
		cmocka_unit_test(test_wrong_frames),
		cmocka_unit_test(test_a_frame_within_the_answer),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_what_can_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
