/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus TCP frames: the examples of the specification, and each field wrong in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "transport/modbus_frame.h"

/* Modbus Application Protocol 1.1b3, 6.3: registers 108..110 hold 022b 0000 0064. */
static const struct modbus_ask ask = { .transaction = 0x1501, .unit = 17, .function = 3,
				       .address = 107, .n_words = 3 };
static const uint8_t good[] = { 0x15, 0x01, 0, 0, 0, 9, 17, 3, 6, 0x02, 0x2b, 0, 0, 0, 0x64 };

static enum modbus_answer read_changed(size_t at, uint8_t value)
{
	uint8_t frame[sizeof(good)];
	uint16_t words[MODBUS_WORDS];
	uint8_t exception;

	memcpy(frame, good, sizeof(good));
	frame[at] = value;
	return modbus_frame_read(frame, sizeof(frame), &ask, words, &exception);
}

static void test_request(void **state)
{
	static const uint8_t expected[] = { 0x15, 0x01, 0, 0, 0, 6, 17, 3, 0, 0x6b, 0, 3 };
	uint8_t buf[MODBUS_REQUEST_ADU];

	(void)state;
	modbus_frame_write(&ask, buf);
	assert_memory_equal(buf, expected, sizeof(expected));
}

static void test_answer(void **state)
{
	uint16_t words[MODBUS_WORDS];
	uint8_t exception = 0;

	(void)state;
	assert_int_equal(modbus_frame_read(good, sizeof(good), &ask, words, &exception),
			 MODBUS_ANSWER_WORDS);
	assert_int_equal(words[0], 0x022b);
	assert_int_equal(words[1], 0);
	assert_int_equal(words[2], 0x64);
}

static void test_each_field_wrong(void **state)
{
	(void)state;
	assert_int_equal(read_changed(0, 0x14), MODBUS_ANSWER_STALE);
	assert_int_equal(read_changed(1, 0x00), MODBUS_ANSWER_STALE);
	assert_int_equal(read_changed(6, 18), MODBUS_ANSWER_MISMATCH);
	assert_int_equal(read_changed(7, 4), MODBUS_ANSWER_MISMATCH);
	assert_int_equal(read_changed(8, 4), MODBUS_ANSWER_MALFORMED);
	assert_int_equal(read_changed(8, 8), MODBUS_ANSWER_MALFORMED);
	assert_int_equal(read_changed(8, 0), MODBUS_ANSWER_MALFORMED);
}

static void test_exceptions(void **state)
{
	uint8_t frame[] = { 0x15, 0x01, 0, 0, 0, 3, 17, 0x83, 2 };
	uint16_t words[MODBUS_WORDS];
	uint8_t exception = 0;

	(void)state;
	assert_int_equal(modbus_frame_read(frame, sizeof(frame), &ask, words, &exception),
			 MODBUS_ANSWER_EXCEPTION);
	assert_int_equal(exception, 2);
	frame[7] = 0x84; /* an exception of another function */
	assert_int_equal(modbus_frame_read(frame, sizeof(frame), &ask, words, &exception),
			 MODBUS_ANSWER_MISMATCH);
	frame[7] = 0x83;
	frame[8] = 0;
	assert_int_equal(modbus_frame_read(frame, sizeof(frame), &ask, words, &exception),
			 MODBUS_ANSWER_MALFORMED);
	assert_int_equal(modbus_frame_read(frame, 8, &ask, words, &exception),
			 MODBUS_ANSWER_MALFORMED);
}

static void test_size_at_every_cut(void **state)
{
	(void)state;
	for (size_t n = 0; n < 6; n++)
		assert_int_equal(modbus_frame_size(good, n), 0);
	for (size_t n = 6; n <= sizeof(good); n++)
		assert_int_equal(modbus_frame_size(good, n), sizeof(good));
}

static void test_no_frame(void **state)
{
	static const uint8_t bad[][6] = {
		{ 0, 1, 1, 0, 0, 6 }, { 0, 1, 0, 1, 0, 6 }, { 0, 1, 0, 0, 0, 0 },
		{ 0, 1, 0, 0, 0, 1 }, { 0, 1, 0, 0, 0, 255 }, { 0, 1, 0, 0, 1, 6 },
	};
	static const uint8_t longest[6] = { 0, 1, 0, 0, 0, 254 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(modbus_frame_size(bad[i], 6), -1);
	assert_int_equal(modbus_frame_size(bad[0], 3), -1); /* told as early as it is known */
	assert_int_equal(modbus_frame_size(longest, 6), MODBUS_ADU_MAX);
	assert_int_equal(modbus_frame_size((const uint8_t *)"HTTP/1.0", 8), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_each_field_wrong),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_size_at_every_cut),
		cmocka_unit_test(test_no_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
