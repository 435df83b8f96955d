/* SPDX-License-Identifier: Apache-2.0 */
/* The file's first line says what it is; a line that was cut off is dropped. */
#include "cli/scan_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "config/file.h"
#include "inventory/lookup.h"

#define HEAD "# rackmeter scan: silent so far; asked with "

struct scan_state {
	char *path, *data; /* data: the lines of earlier runs, which the index borrows */
	char *head;
	FILE *f;     /* NULL: nothing was silent yet */
	size_t kept; /* octets of the file that count; 0: it begins anew */
	struct lookup silent;
};

static void free_state(struct scan_state *s)
{
	lookup_done(&s->silent);
	free(s->path);
	free(s->data);
	free(s->head);
	free(s);
}

/* The lines of the file, those that end. */
static void take(struct scan_state *s)
{
	char *rest = strchr(s->data, '\n') + 1, *end;

	for (; (end = strchr(rest, '\n')); rest = end + 1) {
		*end = '\0';
		lookup_put(&s->silent, rest, 0, 1, NULL);
	}
	s->kept = (size_t)(rest - s->data);
}

struct scan_state *scan_state_open(const char *table, uint64_t asked_with, bool anew,
				   struct err *err)
{
	struct scan_state *s = xcalloc(1, sizeof(*s));
	struct err why = { "" };
	size_t size;

	if (!table)
		return s;
	s->path = xasprintf("%s.scan", table);
	s->head = xasprintf(HEAD "%016llx\n", (unsigned long long)asked_with);
	if (access(s->path, F_OK) < 0)
		return s;
	s->data = file_read(s->path, &size, &why);
	if (!s->data) {
		err_set(err, "%s: %s", s->path, why.text);
	} else if (strncmp(s->data, HEAD, size < sizeof(HEAD) ? size : sizeof(HEAD) - 1) != 0) {
		err_set(err, "%s is in the way: a scan remembers there what was silent; move it or "
			"name another table with --output", s->path);
	} else {
		if (!anew && strncmp(s->data, s->head, strlen(s->head)) == 0)
			take(s);
		return s;
	}
	free_state(s);
	return NULL;
}

bool scan_state_knows(const struct scan_state *s, const char *endpoint)
{
	size_t ignored;

	return lookup_get(&s->silent, endpoint, 0, &ignored);
}

/* For its owner only: the hash has passwords in it. */
static int open_file(struct scan_state *s)
{
	int fd = open(s->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)s->kept) < 0 || !(s->f = fdopen(fd, "a"))) {
		close(fd);
		return -1;
	}
	return s->kept || fputs(s->head, s->f) >= 0 ? 0 : -1;
}

int scan_state_add(struct scan_state *s, const char *endpoint, struct err *err)
{
	if (!s->path || ((s->f || open_file(s) == 0) && fprintf(s->f, "%s\n", endpoint) > 0 &&
			 fflush(s->f) == 0))
		return 0;
	return err_set(err, "%s: %s", s->path, strerror(errno));
}

void scan_state_close(struct scan_state *s, bool complete)
{
	if (s->f)
		fclose(s->f);
	if (complete && s->path)
		unlink(s->path);
	free_state(s);
}
