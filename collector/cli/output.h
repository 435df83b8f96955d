/* SPDX-License-Identifier: Apache-2.0 */
/* Files that others read while they are written. */
#pragma once

#include "base/err.h"

/* Writes text beside path and renames it: a reader sees the old file or the new one, never half of
 * one. */
int output_file(const char *path, const char *text, struct err *err);
/* To standard output, or to a file when path is not NULL. */
int output_write(const char *path, const char *text, struct err *err);
