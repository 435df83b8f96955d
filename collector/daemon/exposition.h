/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metrics as Prometheus reads them (text format 0.0.4): base units, HELP and TYPE once per
 * family, what is missing is left out. Pure: the server beside it only carries the text.
 */
#pragma once

#include "daemon/board.h"
#include "daemon/poller.h"

struct exposition { /* what a scrape is made from; all copies but the board */
	struct board *board; /* NULL: before the first inventory */
	struct poller_counters poller;
	struct writer_counters writer;
	bool config_ok;          /* what runs is what is on disk, and that was accepted */
	int64_t config_loaded_s; /* UTC */
	int64_t started_s;
	struct mono now;
};

/* malloc'd; ret_size: without the NUL. */
char *exposition_text(const struct exposition *from, size_t *ret_size);
