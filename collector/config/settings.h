/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter.yaml. Its plain keys are rows of one table with type, range, default
 * and help, so that reading, checking and documenting them cannot drift apart.
 */
#pragma once

#include "config/config.h"
#include "config/yamldoc.h"

enum setting_type {
	SETTING_TEXT,    /* char * */
	SETTING_NAME,    /* char *: no blanks */
	SETTING_PATH,    /* char *: relative to the configuration folder */
	SETTING_DIRS,    /* struct cfg_names of paths */
	SETTING_LISTEN,  /* char *: a numeric address and a port, "" : off */
	SETTING_STEP,    /* int seconds that fit into an hour */
	SETTING_SECONDS, /* int */
	SETTING_MS,      /* int, written "3s" or "500ms" */
	SETTING_INT,     /* int */
	SETTING_NUMBER,  /* double */
};

struct setting {
	const char *key; /* "limits.warn" */
	enum setting_type type;
	size_t offset;   /* in struct settings */
	double min, max; /* seconds for STEP, SECONDS; milliseconds for MS */
	const char *standard; /* value when absent; NULL: the key is required */
	const char *unit, *help;
};

extern const struct setting settings_table[]; /* without version, boundary and carriers */
extern const size_t settings_table_n;

/* Fills ret with what the file says and defaults for the rest. doc may be NULL. dir: what
 * relative paths are relative to. */
void settings_read(const struct yamldoc *doc, const char *dir, struct settings *ret,
		   struct diag *diag);
void settings_done(struct settings *settings);

/* boundary.c: the keys boundary and carriers. */
void boundary_read(const struct yamldoc *doc, ynode list, struct settings *ret, struct diag *diag);
void carriers_read(const struct yamldoc *doc, ynode map, struct settings *ret, struct diag *diag);
void boundary_done(struct settings *settings);

/* credentials.c: the file that settings->credentials_file names. */
void credentials_read(const char *dir, struct config *config, struct diag *diag);
void credentials_done(struct config *config);
