/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines leave in one write(2), so that lines of several threads do not mix
 * and nothing is lost in a buffer when the process is killed.
 */
#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_int max_level = LOG_LEVEL_INFO;
static atomic_int journal = -1; /* -1: not asked yet */

/* systemd tells device and inode of the journal's stream (systemd.exec(5)). */
static int stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[64];

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return 0;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(own, stream) == 0;
}

static const char *level_word(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR: return "error: ";
	case LOG_LEVEL_WARNING: return "warning: ";
	case LOG_LEVEL_DEBUG: return "debug: ";
	case LOG_LEVEL_NOTICE:
	case LOG_LEVEL_INFO: return "";
	}
	return "";
}

void log_set_level(enum log_level level)
{
	atomic_store(&max_level, (int)level);
}

void log_at(enum log_level level, const char *format, ...)
{
	if ((int)level > atomic_load(&max_level))
		return;
	int to_journal = atomic_load(&journal);
	if (to_journal < 0) {
		to_journal = stderr_is_journal();
		atomic_store(&journal, to_journal);
	}

	char line[2048];
	int n = to_journal ? snprintf(line, sizeof(line), "<%d>", (int)level)
			   : snprintf(line, sizeof(line), "%s", level_word(level));
	size_t used = (size_t)n;
	va_list ap;
	va_start(ap, format);
	n = vsnprintf(line + used, sizeof(line) - used - 1, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	size_t end = used + strlen(line + used);
	for (size_t i = used; i < end; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	}
	line[end++] = '\n';
	/* Nowhere to complain when stderr is gone. */
	ssize_t written = write(STDERR_FILENO, line, end);
	(void)written;
}
