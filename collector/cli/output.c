/* SPDX-License-Identifier: Apache-2.0 */
/* See output.h. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

int output_file(const char *path, const char *text, struct err *err)
{
	char *temporary = xasprintf("%s.XXXXXX", path);
	size_t size = strlen(text), done = 0;
	int fd = mkstemp(temporary), r = 0;
	mode_t mask;

	if (fd < 0) {
		r = err_set(err, "cannot write beside %s: %s", path, strerror(errno));
		free(temporary);
		return r;
	}
	mask = umask(0);
	umask(mask);
	while (done < size && r == 0) {
		ssize_t n = write(fd, text + done, size - done);

		if (n < 0 && errno != EINTR)
			r = -1;
		else if (n > 0)
			done += (size_t)n;
	}
	if (r < 0 || fchmod(fd, 0666 & ~mask) < 0 || fsync(fd) < 0)
		r = err_set(err, "cannot write %s: %s", temporary, strerror(errno));
	if (close(fd) < 0 && r == 0)
		r = err_set(err, "cannot write %s: %s", temporary, strerror(errno));
	if (r == 0 && rename(temporary, path) < 0)
		r = err_set(err, "cannot rename %s to %s: %s", temporary, path, strerror(errno));
	if (r < 0)
		unlink(temporary);
	free(temporary);
	return r;
}

int output_write(const char *path, const char *text, struct err *err)
{
	if (path)
		return output_file(path, text, err);
	if (fputs(text, stdout) < 0 || fflush(stdout) != 0)
		return err_set(err, "cannot write: %s", strerror(errno));
	return 0;
}
