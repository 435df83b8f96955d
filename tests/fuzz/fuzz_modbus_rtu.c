/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream from a serial server: the first four bytes choose what was asked, the rest comes in
 * pieces. However it is cut, the same frames must be found, and nothing may hold it up for ever.
 * max_len: 300
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "transport/modbus_rtu.h"

#define STREAM_MAX 520 /* as much as the driver holds */

static volatile unsigned sink;

/* Takes what can be taken off the buffer; returns how much is left. */
static size_t take(uint8_t *buf, size_t n, const struct modbus_ask *ask)
{
	for (;;) {
		uint16_t words[MODBUS_BITS];
		uint8_t code = 0;
		size_t skip, size = modbus_rtu_find(buf, n, ask, &skip);

		if (skip + size > n || size > MODBUS_RTU_MAX || (size && size < 5))
			abort();
		if (size) {
			switch (modbus_rtu_read(buf + skip, size, ask, words, &code)) {
			case MODBUS_ANSWER_WORDS:
				if (buf[skip] != ask->unit || buf[skip + 1] != ask->function)
					abort();
				for (size_t i = 0; i < ask->n_words; i++)
					sink = words[i];
				break;
			case MODBUS_ANSWER_EXCEPTION:
				if (!code)
					abort();
				break;
			case MODBUS_ANSWER_STALE: abort(); /* frames have no numbers */
			case MODBUS_ANSWER_MISMATCH:
			case MODBUS_ANSWER_MALFORMED: break;
			}
		}
		n -= skip + size;
		memmove(buf, buf + skip + size, n);
		if (size == 0)
			break;
	}
	/* an unfinished frame is never longer than a frame can be */
	if (n >= MODBUS_RTU_MAX)
		abort();
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct modbus_ask ask = { .unit = 17, .address = 107 };
	uint8_t buf[STREAM_MAX];
	size_t n = 0, step;

	if (size < 4)
		return 0;
	ask.function = (uint8_t)(1 + data[0] % 4);
	ask.n_words = (uint16_t)(data[1] << 8 | data[2]);
	ask.n_words =
		(uint16_t)(1 + ask.n_words % (ask.function <= 2 ? MODBUS_BITS : MODBUS_WORDS));
	step = 1 + data[3];
	for (size_t at = 4; at < size; at += step) {
		size_t piece = size - at < step ? size - at : step;

		memcpy(buf + n, data + at, piece);
		n = take(buf, n + piece, &ask);
	}
	return 0;
}
