/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeterd: config -> inventory -> schedule -> transport -> decode -> group -> store.
 * Threads: main (signals, configuration, sd_notify), poll (epoll loop, all sockets),
 * writer (the database), resolver (host names).
 */
#pragma once

#include "base/err.h"

struct daemon_options {
	const char *config_dir;
	int run_for_s; /* stop after that many seconds; 0: until SIGTERM */
};

/* Runs until told to stop. Exit status. */
int daemon_run(const struct daemon_options *options);
