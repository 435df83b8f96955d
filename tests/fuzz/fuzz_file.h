/* SPDX-License-Identifier: Apache-2.0 */
/* For readers that take a path: the input as a file in memory, and what every problem must be. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/text.h"

/* The path of a file with that content, the same file with each call. */
static inline const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("input", MFD_CLOEXEC);
		if (fd < 0 || fchmod(fd, 0600) < 0) /* as a file of secrets must be */
			abort();
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return path;
}

/* Each problem is one line of UTF-8 about that file. Empties diag. */
static inline void fuzz_diag(struct diag *diag, const char *file)
{
	for (size_t i = 0; i < diag->n; i++) {
		const struct diag_item *item = &diag->items[i];

		if (!*item->text || strchr(item->text, '\n') ||
		    !text_is_utf8(item->text, strlen(item->text)) || item->line < 0 ||
		    strcmp(item->file, file) != 0)
			abort();
	}
	diag_done(diag);
}
