/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /metrics over HTTP (libmicrohttpd) in a thread of its own. Off unless the configuration
 * names an address. It asks the poller and the writer for copies, and never makes them wait.
 *
 * At most 32 connections, one request on each, which must be asked in 5 s and over in 30 s
 * whatever the client does; a text is made at most once a second, so scrapers that come
 * together share one.
 */
#pragma once

#include <netinet/in.h>

#include "base/err.h"
#include "daemon/poller.h"

struct metrics;

/* Both must live until metrics_stop. started_s: UTC. */
struct metrics *metrics_start(const struct sockaddr_storage *at, struct poller *poller,
			      struct writer *writer, int64_t started_s, struct err *err);
struct metrics *metrics_stop(struct metrics *m); /* takes NULL, returns NULL */
/* What is said of the configuration; takes NULL. */
void metrics_config(struct metrics *m, bool ok, int64_t loaded_s);
