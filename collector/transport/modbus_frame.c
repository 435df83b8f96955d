/* SPDX-License-Identifier: Apache-2.0 */
/* Every field that a gateway can get wrong is looked at, because gateways do. */
#include "transport/modbus_frame.h"

#include <assert.h>

#define LENGTH_MIN 2 /* unit and function */

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

void modbus_frame_write(const struct modbus_ask *ask, uint8_t buf[MODBUS_REQUEST_ADU])
{
	put16(buf, ask->transaction);
	put16(buf + 2, 0);
	put16(buf + 4, MODBUS_REQUEST_ADU - 6);
	buf[6] = ask->unit;
	buf[7] = ask->function;
	put16(buf + 8, ask->address);
	put16(buf + 10, ask->n_words);
}

int modbus_frame_size(const uint8_t *buf, size_t n)
{
	int length;

	if ((n > 2 && buf[2]) || (n > 3 && buf[3]))
		return -1;
	if (n < 6)
		return 0;
	length = get16(buf + 4);
	if (length < LENGTH_MIN || length > MODBUS_ADU_MAX - 6)
		return -1;
	return 6 + length;
}

bool modbus_ask_possible(uint8_t function, uint16_t n_words)
{
	return n_words >= 1 && function >= 1 && function <= 4 &&
	       n_words <= (function <= 2 ? MODBUS_BITS : MODBUS_WORDS);
}

size_t modbus_answer_bytes(const struct modbus_ask *ask)
{
	return ask->function <= 2 ? (ask->n_words + 7u) / 8 : ask->n_words * 2u;
}

enum modbus_answer modbus_pdu_read(const uint8_t *pdu, size_t n, const struct modbus_ask *ask,
				   uint16_t *ret_words, uint8_t *ret_exception)
{
	assert(n > 0 && modbus_ask_possible(ask->function, ask->n_words));
	if ((pdu[0] & 0x7f) != ask->function)
		return MODBUS_ANSWER_MISMATCH;
	if (pdu[0] & 0x80) {
		if (n != 2 || pdu[1] == 0)
			return MODBUS_ANSWER_MALFORMED;
		*ret_exception = pdu[1];
		return MODBUS_ANSWER_EXCEPTION;
	}
	if (n < 2 || pdu[1] != modbus_answer_bytes(ask) || n != 2 + (size_t)pdu[1])
		return MODBUS_ANSWER_MALFORMED;
	for (size_t i = 0; i < ask->n_words; i++) {
		if (ask->function <= 2) /* the first is the lowest bit of the first byte */
			ret_words[i] = pdu[2 + i / 8] >> i % 8 & 1;
		else
			ret_words[i] = get16(pdu + 2 + 2 * i);
	}
	return MODBUS_ANSWER_WORDS;
}

enum modbus_answer modbus_frame_read(const uint8_t *frame, size_t n, const struct modbus_ask *ask,
				     uint16_t *ret_words, uint8_t *ret_exception)
{
	assert(n > MODBUS_HEADER);
	if (get16(frame) != ask->transaction)
		return MODBUS_ANSWER_STALE;
	if (frame[6] != ask->unit)
		return MODBUS_ANSWER_MISMATCH;
	return modbus_pdu_read(frame + MODBUS_HEADER, n - MODBUS_HEADER, ask, ret_words,
			       ret_exception);
}
