/* SPDX-License-Identifier: Apache-2.0 */
/* See page.h. What goes to a file, a pipe or a mail is the same bytes wherever it is made. */
#include "cli/page.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PLAIN 80
#define LEAST 40
#define MOST  160 /* wider, lines of words are hard to read */

struct doc_text page_here(bool plain)
{
	struct doc_text page = { .width = PLAIN };
	struct winsize size;

	if (plain || !isatty(STDOUT_FILENO))
		return page;
	page.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	page.colour = !getenv("NO_COLOR");
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= LEAST)
		page.width = size.ws_col < MOST ? size.ws_col : MOST;
	return page;
}
