/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modbus TCP frames (MODBUS Messaging on TCP/IP Implementation Guide 1.0b, 3.1.3, and
 * Modbus Application Protocol 1.1b3, 6.3, 6.4 and 7). Pure: bytes in, facts out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODBUS_HEADER      7   /* transaction 2, protocol 2, length 2, unit 1 */
#define MODBUS_ADU_MAX     260
#define MODBUS_REQUEST_ADU 12
#define MODBUS_WORDS       125  /* most registers of one answer */
#define MODBUS_BITS        2000 /* most coils or discrete inputs of one answer */

struct modbus_ask { /* read coils (1), discrete inputs (2), holding (3) or input registers (4) */
	uint16_t transaction;
	uint8_t unit, function;
	uint16_t address, n_words; /* of coils and inputs: bits, each a word of 0 or 1 */
};

/* Is this something that can be asked in one request? */
bool modbus_ask_possible(uint8_t function, uint16_t n_words);

void modbus_frame_write(const struct modbus_ask *ask, uint8_t buf[MODBUS_REQUEST_ADU]);

/* Size of the frame at the start of the buffer: 0 while that is not known yet, -1 when no
 * frame starts like this (protocol not 0, length not 2..254): the stream has lost step. */
int modbus_frame_size(const uint8_t *buf, size_t n);

enum modbus_answer {
	MODBUS_ANSWER_WORDS,     /* ret_words holds ask->n_words registers or bits */
	MODBUS_ANSWER_EXCEPTION, /* ret_exception is the code */
	MODBUS_ANSWER_STALE,     /* another transaction: an answer to an earlier request */
	MODBUS_ANSWER_MISMATCH,  /* our transaction with another unit or function */
	MODBUS_ANSWER_MALFORMED, /* our transaction, unit and function, but not what was asked */
};

/* Bytes of values in the answer to ask: its byte count. */
size_t modbus_answer_bytes(const struct modbus_ask *ask);

/* Reads a whole frame of modbus_frame_size() bytes as an answer to ask; ret_words: room for
 * ask->n_words. */
enum modbus_answer modbus_frame_read(const uint8_t *frame, size_t n, const struct modbus_ask *ask,
				     uint16_t *ret_words, uint8_t *ret_exception);

/* The same for what every framing holds: function, byte count, values. */
enum modbus_answer modbus_pdu_read(const uint8_t *pdu, size_t n, const struct modbus_ask *ask,
				   uint16_t *ret_words, uint8_t *ret_exception);
