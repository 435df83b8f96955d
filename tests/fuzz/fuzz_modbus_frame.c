/* SPDX-License-Identifier: Apache-2.0 */
/* A stream from a gateway, cut into frames as the driver does. */
#include <stdlib.h>

#include "fuzz.h"
#include "transport/modbus_frame.h"

static volatile unsigned sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct modbus_ask ask = { .transaction = 1, .unit = 1, .function = 3, .n_words = 2 };
	uint16_t words[MODBUS_WORDS] = { 0 };

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
		ask.n_words = (uint16_t)(1 + data[8 < n ? 8 : 7] / 2 % MODBUS_WORDS);
		switch (modbus_frame_read(data, (size_t)n, &ask, words, &code)) {
		case MODBUS_ANSWER_WORDS:
			for (size_t i = 0; i < ask.n_words; i++)
				sink = words[i];
			break;
		case MODBUS_ANSWER_EXCEPTION:
			if (!code)
				abort();
			break;
		case MODBUS_ANSWER_STALE:
		case MODBUS_ANSWER_MISMATCH:
		case MODBUS_ANSWER_MALFORMED:
			break;
		}
		data += n;
		size -= (size_t)n;
	}
	return 0;
}
