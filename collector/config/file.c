/* SPDX-License-Identifier: Apache-2.0 */
/* Reads until the end instead of trusting st_size: a file may grow while it is read. */
#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define SIZE_LIMIT ((size_t)64 << 20)

char *file_read(const char *path, size_t *ret_size, struct err *err)
{
	/* O_NONBLOCK: opening a FIFO must not hang. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *data = NULL;
	size_t cap = 0, size = 0;

	if (fd < 0) {
		err_set(err, "cannot be read: %s%s", strerror(errno),
			errno == EACCES ? "; let the user that runs this read it" : "");
		return NULL;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		err_set(err, "is not a file");
		goto fail;
	}
	for (;;) {
		xgrow(&data, &cap, size + 65537, 1);
		ssize_t n = read(fd, data + size, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_set(err, "cannot be read: %s", strerror(errno));
			goto fail;
		}
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > SIZE_LIMIT) {
			err_set(err, "is larger than 64 MiB; split it (NAME.d/*.csv)");
			goto fail;
		}
	}
	close(fd);
	data[size] = '\0';
	*ret_size = size;
	return data;
fail:
	close(fd);
	free(data);
	return NULL;
}

char *file_below(const char *base, const char *path)
{
	return *path == '/' ? xstrdup(path) : xasprintf("%s/%s", base, path);
}
