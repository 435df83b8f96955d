/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer that was asked for is recognised by its first three bytes, so noise is passed
 * over quickly; whatever else bears a right CRC is told as a wrong answer.
 */
#include "transport/modbus_rtu.h"

#include <assert.h>
#include <string.h>

#define EXCEPTION_SIZE 5
#define CRC_SIZE       2

uint16_t modbus_rtu_crc(const uint8_t *buf, size_t n)
{
	/* of half a byte: a stream of rubbish has a checksum looked at for every third byte */
	static const uint16_t half[16] = { 0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00,
					   0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401,
					   0x5000, 0x9c01, 0x8801, 0x4400 };
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < n; i++) {
		crc = (uint16_t)(half[(crc ^ buf[i]) & 15] ^ crc >> 4);
		crc = (uint16_t)(half[(crc ^ buf[i] >> 4) & 15] ^ crc >> 4);
	}
	return crc;
}

static bool crc_right(const uint8_t *frame, size_t n)
{
	uint16_t crc = modbus_rtu_crc(frame, n - CRC_SIZE);

	return frame[n - 2] == (uint8_t)crc && frame[n - 1] == (uint8_t)(crc >> 8);
}

void modbus_rtu_write(const struct modbus_ask *ask, uint8_t buf[MODBUS_RTU_REQUEST])
{
	uint16_t crc;

	buf[0] = ask->unit;
	buf[1] = ask->function;
	buf[2] = (uint8_t)(ask->address >> 8);
	buf[3] = (uint8_t)ask->address;
	buf[4] = (uint8_t)(ask->n_words >> 8);
	buf[5] = (uint8_t)ask->n_words;
	crc = modbus_rtu_crc(buf, 6);
	buf[6] = (uint8_t)crc;
	buf[7] = (uint8_t)(crc >> 8);
}

/* How long a frame that begins like this is: 0 when n bytes do not tell, -1 when none does. */
static int size_of(const uint8_t *buf, size_t n)
{
	if (n < 2)
		return 0;
	if (buf[1] & 0x80)
		return EXCEPTION_SIZE;
	if (buf[1] < 1 || buf[1] > 4)
		return -1;
	if (n < 3)
		return 0;
	return buf[2] == 0 || buf[2] > MODBUS_RTU_MAX - 5 ? -1 : 3 + buf[2] + CRC_SIZE;
}

/* Is it, as far as it is here, the answer that was asked for? */
static bool begins_right(const uint8_t *buf, size_t n, const struct modbus_ask *ask)
{
	if (buf[0] != ask->unit)
		return false;
	if (n < 2)
		return true;
	if (buf[1] == (ask->function | 0x80))
		return n < 3 || buf[2] != 0;
	return buf[1] == ask->function && (n < 3 || buf[2] == modbus_answer_bytes(ask));
}

size_t modbus_rtu_find(const uint8_t *buf, size_t n, const struct modbus_ask *ask, size_t *ret_skip)
{
	uint8_t echo[MODBUS_RTU_REQUEST];
	size_t keep = n; /* what may become a frame begins here */

	modbus_rtu_write(ask, echo);
	for (size_t i = 0; i < n;) {
		size_t rest = n - i, looked = rest < sizeof(echo) ? rest : sizeof(echo);
		int size = size_of(buf + i, rest);

		/* adapters with two wires hear what they say */
		if (looked > 3 && memcmp(buf + i, echo, looked) == 0) {
			if (looked < sizeof(echo) && keep > i)
				keep = i;
			i += looked;
			continue;
		}
		if (size > 0 && (size_t)size <= rest) {
			if (crc_right(buf + i, (size_t)size)) {
				*ret_skip = i;
				return (size_t)size;
			}
		} else if (size >= 0) {
			if (keep > i)
				keep = i;
			if (begins_right(buf + i, rest, ask))
				break; /* nothing within the true answer is one */
		}
		i++;
	}
	*ret_skip = keep;
	return 0;
}

enum modbus_answer modbus_rtu_read(const uint8_t *frame, size_t n, const struct modbus_ask *ask,
				   uint16_t *ret_words, uint8_t *ret_exception)
{
	assert(n >= EXCEPTION_SIZE);
	if (frame[0] != ask->unit)
		return MODBUS_ANSWER_MISMATCH;
	return modbus_pdu_read(frame + 1, n - 1 - CRC_SIZE, ask, ret_words, ret_exception);
}
