/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modbus RTU frames in a stream (MODBUS over Serial Line V1.02, 2.5.1): unit, PDU, CRC. A TCP
 * stream has none of the silences that part frames on a line, and frames carry no number,
 * so an answer is found by what it must look like. Pure: bytes in, facts out.
 */
#pragma once

#include "transport/modbus_frame.h"

#define MODBUS_RTU_REQUEST 8
#define MODBUS_RTU_MAX     256

/* CRC-16 with polynomial 0xA001 (reflected 0x8005) from 0xFFFF; its low byte is sent first. */
uint16_t modbus_rtu_crc(const uint8_t *buf, size_t n);

void modbus_rtu_write(const struct modbus_ask *ask, uint8_t buf[MODBUS_RTU_REQUEST]);

/*
 * Looks for an answer to ask. Returns the size of the whole frame that begins at *ret_skip, or
 * 0 when none is whole yet. What stands before *ret_skip is rubbish in either case: noise, the
 * echo of the request, the end of an earlier answer.
 */
size_t modbus_rtu_find(const uint8_t *buf, size_t n, const struct modbus_ask *ask,
		       size_t *ret_skip);

/* Reads a frame that modbus_rtu_find() found; there is no MODBUS_ANSWER_STALE. */
enum modbus_answer modbus_rtu_read(const uint8_t *frame, size_t n, const struct modbus_ask *ask,
				   uint16_t *ret_words, uint8_t *ret_exception);
