/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What producers hand to the writer, as one block of bytes, and how it gets into the
 * database. A batch is applied as a whole in one transaction and can be applied again
 * after a rollback: it holds everything, and what depends on order (gaps) is derived
 * once, before.
 */
#pragma once

#include <stdbool.h>

#include "store/gaps.h"
#include "store/hours.h"
#include "store/registry.h"

enum item_kind {
	ITEM_ROW,
	ITEM_ABSENT,
	ITEM_REGISTER,
	ITEM_EVENT,
	ITEM_STATE,
	ITEM_FACT,
	ITEM_LIMIT,
	ITEM_ALARM
};

struct item { /* followed by its payload; size is of both, a multiple of 8 */
	uint32_t size;
	uint16_t kind;
	bool skip;       /* the database refuses it for good: not tried again */
	uint32_t number; /* row: readings; absent, state: cause; event: severity */
	int64_t scan, ts;
};

typedef void registered(void *user, struct reg_scan *scan, const char *failed);

struct item_register {
	struct reg_scan *scan;
	registered *done;
	void *user;
	char *failed; /* owned */
};

struct item_absent { /* ts: the first */
	int64_t last;
	uint32_t n;
};

struct drop { /* rows of a scan that found the queue full */
	int64_t scan, first, last;
	uint32_t n;
};

struct batch {
	unsigned char *bytes;
	size_t size, cap;
	uint32_t rows, items;
	uint64_t readings;
	int64_t last_ts; /* latest instant in it; INT64_MIN: none */
	struct drop *drops;
	size_t n_drops, cap_drops;
	uint32_t *drop_of; /* by scan: its place in drops + 1, 0: none */
	size_t n_drop_of, cap_drop_of;
	struct gap_ops gaps;
	bool derived;
};

void batch_clear(struct batch *b); /* keeps its memory */
void batch_done(struct batch *b);
/* Appends an item with room for payload bytes and returns it; valid until the next one. */
struct item *batch_put(struct batch *b, enum item_kind kind, size_t payload);
/* The same with n texts, one behind the other, each with its NUL. */
struct item *batch_put_texts(struct batch *b, enum item_kind kind, const char *const *texts,
			     size_t n);
void batch_drop(struct batch *b, int64_t scan, int64_t first, int64_t last, uint32_t n);

/* Appends the gaps that the rows make. */
void batch_derive(struct batch *b, struct gaps *g);
/* Writes it all, within the caller's transaction. On failure the transaction is to be
 * rolled back; an item that can never be written is marked (skip) and *ret_again is set. */
int batch_apply(struct batch *b, struct db *db, struct hours *hours, bool *ret_again,
		struct err *err);
/* Makes room for the batch's hours (hours_prepare), before the transaction. */
int batch_prepare(const struct batch *b, struct hours *hours, struct err *err);
/* Tells the registrations how they ended; failed: all of them failed so, NULL: each as it did. */
void batch_tell(struct batch *b, const char *failed);
