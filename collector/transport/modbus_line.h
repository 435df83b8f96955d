/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A serial line and the thread that speaks on it, through libmodbus, which blocks. Requests go
 * in through a short queue, answers come back through it in the same order; the poll
 * thread is woken by an eventfd and never waits.
 *
 * The line is closed and opened again, with growing pauses, when its adapter is pulled out.
 */
#pragma once

#include "base/cause.h"
#include "base/clock.h"
#include "base/err.h"
#include "inventory/endpoint.h"
#include "transport/modbus_frame.h"

#define MODBUS_LINE_JOBS 2 /* one under way, and the next, so that the line need not wait for us */

struct modbus_line_job {
	uint32_t id; /* the asker's */
	struct modbus_ask ask;
	int delay_ms; /* silence behind it */
	struct mono deadline;
	/* the answer */
	enum cause cause;
	int64_t rtt_us;
	uint16_t words[MODBUS_BITS]; /* ask.n_words */
};

struct modbus_line;

/* Opens the line that settings name (an RTU endpoint) and starts its thread. wake_fd: an eventfd.
 * A file that is not there now may come later and is no error; one that can never work is. */
struct modbus_line *modbus_line_new(const struct endpoint *settings, int timeout_ms, int wake_fd,
				    struct err *err);
/* Ends the thread, waiting for the request under way (one timeout at most). Returns NULL. */
struct modbus_line *modbus_line_free(struct modbus_line *line);
/* Other settings from the next request on; NULL: nobody needs the line, it is closed. */
void modbus_line_set(struct modbus_line *line, const struct endpoint *settings);
/* Hands a request over; false when MODBUS_LINE_JOBS were and have not been taken. */
bool modbus_line_put(struct modbus_line *line, const struct modbus_line_job *job);
/* The oldest request, if it has its answer; false: none. */
bool modbus_line_take(struct modbus_line *line, struct modbus_line_job *ret);
/* It need not be asked any more, but is to be taken all the same. */
void modbus_line_cancel(struct modbus_line *line, uint32_t id);

/* How long n characters take on the line, and the silence of 3.5 that ends a frame (MODBUS over
 * Serial Line V1.02, 2.5.1.1: 1.75 ms above 19,200 baud). */
int64_t modbus_line_time_us(const struct endpoint *settings, size_t n);
int64_t modbus_line_silence_us(const struct endpoint *settings);
