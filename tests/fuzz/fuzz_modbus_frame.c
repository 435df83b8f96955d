/* SPDX-License-Identifier: Apache-2.0 */
/* A stream from a gateway, cut into frames as the driver does, of all four tables. */
#include <stdlib.h>

#include "fuzz.h"
#include "transport/modbus_frame.h"

static volatile unsigned sink;

/* What the frame may be the answer to: the function it has, as much as its byte count tells. */
static void fit(struct modbus_ask *ask, const uint8_t *frame, size_t n)
{
	uint8_t function = n > 7 ? frame[7] & 0x7f : 0;
	unsigned count = n > 8 ? frame[8] : 2, words = count / 2;

	ask->function = function >= 1 && function <= 4 ? function : 3;
	if (ask->function <= 2)
		words = count * 8 - frame[n - 1] % 8;
	ask->n_words = (uint16_t)words;
	if (!modbus_ask_possible(ask->function, ask->n_words))
		ask->n_words = 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct modbus_ask ask = { .transaction = 1, .unit = 1 };
	uint16_t words[MODBUS_BITS] = { 0 };

	while (size > 0) {
		int n = modbus_frame_size(data, size);
		uint8_t code = 0;

		if (n < 0) {
			data++;
			size--;
			continue;
		}
		if (n == 0 || (size_t)n > size)
			break;
		if (n < MODBUS_HEADER + 1 || n > MODBUS_ADU_MAX)
			abort();
		fit(&ask, data, (size_t)n);
		switch (modbus_frame_read(data, (size_t)n, &ask, words, &code)) {
		case MODBUS_ANSWER_WORDS:
			if ((data[0] << 8 | data[1]) != ask.transaction || data[6] != ask.unit ||
			    data[7] != ask.function || data[8] != modbus_answer_bytes(&ask))
				abort();
			for (size_t i = 0; i < ask.n_words; i++) {
				sink = words[i];
				if (ask.function <= 2 && words[i] > 1)
					abort();
			}
			break;
		case MODBUS_ANSWER_EXCEPTION:
			if (!code)
				abort();
			break;
		case MODBUS_ANSWER_STALE:
		case MODBUS_ANSWER_MISMATCH:
		case MODBUS_ANSWER_MALFORMED: break;
		}
		data += n;
		size -= (size_t)n;
	}
	return 0;
}
