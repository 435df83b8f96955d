/* SPDX-License-Identifier: Apache-2.0 */
/* Could another user read these files and write that folder? */
#pragma once

#include "base/diag.h"
#include "config/config.h"

/* Adds an error for each thing that user may not do and rackmeterd, run as that user, must:
 * read the configuration, write the database and its folder. */
void access_as(const char *user, const struct config *config, struct diag *diag);
/* The same of whoever reads the database: the folders above it, the file, its -wal and -shm. */
void access_read_as(const char *user, const char *database, struct diag *diag);
