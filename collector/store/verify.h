/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a database holds what it says: the file itself, each chunk against its statistics and its
 * rolled-up rows, the hours, civil days against their hours, rows that belong to nothing, and gaps
 * against the instants that the grids have. Reads only, hour by hour in short transactions, so a
 * daemon may write beside; the first step alone, SQLite's own check, is one long reading.
 */
#pragma once

#include <stddef.h>

#include "store/db.h"

enum verify_kind {
	VERIFY_FILE,    /* pages, keys: the file is damaged */
	VERIFY_SAMPLES, /* a chunk cannot be read, or is not what its statistics were made of */
	VERIFY_ROLLUP,  /* a coarser tier does not follow from the samples */
	VERIFY_HOUR,    /* an hour is not what period or open_hour says of it */
	VERIFY_GAP,     /* absent without a reason, or a reason for what is there */
	VERIFY_STRAY,   /* rows that no reader finds */
	VERIFY_KINDS
};

struct verify_options {
	bool quick; /* the file and what stands in its small tables; no samples */
	/* Told of each thing that is wrong, of each kind the first VERIFY_TOLD in words. */
	void (*problem)(void *user, enum verify_kind kind, const char *text);
	/* Now and then; of: 0 when nobody knows. May be NULL. */
	void (*progress)(void *user, const char *what, int64_t done, int64_t of);
	void *user;
};

#define VERIFY_TOLD 20

struct verify_result {
	int64_t hours, chunks, gaps; /* looked at */
	int64_t problems[VERIFY_KINDS];
};

/* 0: all was looked at, *ret says what was found; -1: it could not be. */
int verify(struct db *db, const struct verify_options *options, struct verify_result *ret,
	   struct err *err);
