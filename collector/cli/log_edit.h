/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing log.csv as safely as a database: one writer at a time, the whole configuration loaded
 * with the new text before it takes the place of the old one, and the old or the new file there
 * at any moment. And telling the daemon.
 */
#pragma once

#include "config/config.h"
#include "config/csvedit.h"

/* The lock on changes of the folder, until the process ends or log_edit_unlock(). -1: it cannot be
 * had at all; waits for another rackmeter that has it. */
int log_edit_lock(const char *dir, struct err *err);
void log_edit_unlock(int lock);

/* One line more in DIR/log.csv, which is made with all columns when it is not there. -1: nothing
 * was written; problems of the files are in diag. */
int log_edit_add(const char *dir, const struct csvedit_cell *cells, size_t n, int64_t now,
		 struct diag *diag, struct err *err);
/* Another end for an entry of the configuration that was loaded since the lock was taken. */
int log_edit_end(const char *dir, const struct cfg_log *entry, int64_t to, struct err *err);

/* Has the daemon that loads this folder read it anew, and prints whether, or what to do.
 * option_db: as in command_database(). */
void log_edit_reload(const char *dir, const char *option_db);
