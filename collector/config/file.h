/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files in memory: configuration files are small, and their hash covers every byte. */
#pragma once

#include <stddef.h>

#include "base/err.h"

/* The content with a zero byte behind it, malloc'd; NULL with a reason that does not name
 * the file. Folders, devices and files over 64 MiB are refused. */
char *file_read(const char *path, size_t *ret_size, struct err *err);
/* path, or base/path when path is relative; malloc'd. */
char *file_below(const char *base, const char *path);
