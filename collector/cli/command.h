/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sub-command of rackmeter is one file cmd_NAME.c here that defines
 * `const struct command cmd_NAME`; CMake lists the files, no table is edited.
 */
#pragma once

#include "base/option.h"
#include "config/settings.h"
#include "store/db.h"

extern const struct command *const cmd_registry[]; /* ends with NULL */

/* The options that most commands have: AT(member) is where the value goes. */
#define OPTION_DB(at) \
	{ "--db", "FILE", "the database ($RACKMETER_DB, or the one that the configuration names)", \
	  at, 0 }
#define OPTION_DIR(at) \
	{ "--dir", "DIR", "the configuration folder ($RACKMETER_CONFIG)", at, 0 }
#define OPTION_END { NULL, NULL, NULL, 0, 0 }

/* What `rackmeter --help` prints. */
void command_list(FILE *f);
/* The command of that name; NULL after it has said that there is none, and which is near. */
const struct command *command_find(const char *name);

/* Default configuration folder: $RACKMETER_CONFIG, or SYSCONFDIR. */
const char *command_config_dir(void);
/* Reads rackmeter.yaml of a folder alone: nobody waits for 200,000 devices to be parsed. What
 * cannot be read has its default, and diag the reason; the caller ends with settings_done(). */
void command_settings(const char *dir, struct settings *ret, struct diag *diag);
/* The database: --db, else the one that the configuration in --dir names, else $RACKMETER_DB, else
 * the one that the configuration in the default folder names. Returns a malloc'd path. */
char *command_database(const char *option_db, const char *option_dir);
/* Opens it for reading. The caller closes it; NULL: err says why. */
struct db *command_open(const char *option_db, const char *option_dir, struct err *err);
/* Who runs it: the name of the effective user, or its number. Returns buf. */
const char *command_user(char *buf, size_t size);
