/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter top`: the site live on a terminal. Reads the database like anyone else, so it runs
 * beside the collector, on a copy, or on another machine's mount. --once prints one page and ends.
 */
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/top_page.h"
#include "report/common.h"

#define REFRESH_MS 2000
#define ONCE_ROWS  24
#define ONCE_COLS  100

extern const struct command cmd_top;

struct arguments {
	const char *db, *dir, *filter;
	bool once;
};

#define AT(member) offsetof(struct arguments, member)

static const struct option options[] = {
	{ "--once", NULL, "print one page and end", AT(once), 0 },
	{ "--filter", "TEXT", "only racks, halls and rows that are named so", AT(filter), 0 },
	OPTION_DB(AT(db)),
	OPTION_DIR(AT(dir)),
	OPTION_END,
};

struct screen {
	struct db *db;
	struct top_data data;
	struct top_detail detail;
	struct top_view view;
	bool utf8, colour;
	char *opened; /* the rack of detail; NULL: none */
};

/* The database again; what was shown stays when it cannot be read just now. */
static int refresh_data(struct screen *s, struct err *err)
{
	int64_t now = wall_s(clock_wall());
	struct top_data data;

	if (top_data_load(s->db, now, &data, err) < 0)
		return -1;
	top_data_done(&s->data);
	s->data = data;
	return 0;
}

static int refresh_detail(struct screen *s, const char *rack, struct err *err)
{
	struct top_detail detail;

	if (top_detail_load(s->db, rack, &detail, err) < 0)
		return -1;
	top_detail_done(&s->detail);
	s->detail = detail;
	free(s->opened);
	s->opened = xstrdup(rack);
	return 0;
}

static int print_once(struct screen *s)
{
	struct top_page page;

	top_page_make(&s->data, NULL, &s->view, wall_s(clock_wall()), ONCE_ROWS, ONCE_COLS,
		      isatty(STDOUT_FILENO) && s->utf8, &page);
	for (size_t i = 0; i < page.n; i++)
		puts(page.lines[i].text);
	top_page_done(&page);
	return 0;
}

/* ---- curses ------------------------------------------------------------------------ */

static attr_t attributes(const struct screen *s, enum top_mood mood)
{
	switch (mood) {
	case TOP_HEAD: return A_BOLD;
	case TOP_WARN: return s->colour ? (attr_t)COLOR_PAIR(1) : A_NORMAL;
	case TOP_BAD: return s->colour ? (attr_t)COLOR_PAIR(2) | A_BOLD : A_BOLD;
	case TOP_CHOSEN: return A_REVERSE;
	case TOP_FAINT: return A_DIM;
	case TOP_PLAIN: break;
	}
	return A_NORMAL;
}

static void draw(struct screen *s, const char *trouble)
{
	int rows, columns;
	struct top_page page;
	struct err err;

	getmaxyx(stdscr, rows, columns);
	top_page_make(&s->data, s->view.open ? &s->detail : NULL, &s->view, wall_s(clock_wall()),
		      rows, columns, s->utf8, &page);
	if (s->view.open && page.chosen && (!s->opened || strcmp(s->opened, page.chosen) != 0) &&
	    refresh_detail(s, page.chosen, &err) == 0) {
		top_page_done(&page);
		top_page_make(&s->data, &s->detail, &s->view, wall_s(clock_wall()), rows, columns,
			      s->utf8, &page);
	}
	erase();
	for (size_t i = 0; i < page.n; i++) {
		attrset((int)attributes(s, page.lines[i].mood));
		mvaddnstr((int)i, 0, page.lines[i].text, -1);
	}
	if (trouble) {
		attrset((int)attributes(s, TOP_BAD));
		mvaddnstr(rows - 1, 0, trouble, columns);
		clrtoeol();
	}
	attrset(A_NORMAL);
	refresh();
	top_page_done(&page);
}

static int key_of(int key)
{
	switch (key) {
	case KEY_UP: return TOP_KEY_UP;
	case KEY_DOWN: return TOP_KEY_DOWN;
	case KEY_PPAGE: return TOP_KEY_PAGE_UP;
	case KEY_NPAGE: return TOP_KEY_PAGE_DOWN;
	case KEY_ENTER:
	case '\n':
	case '\r': return TOP_KEY_ENTER;
	case KEY_BACKSPACE:
	case 0x7f:
	case '\b': return TOP_KEY_BACKSPACE;
	case 0x1b: return TOP_KEY_ESCAPE;
	default: return key;
	}
}

static void live(struct screen *s)
{
	struct err err = { "" };
	int64_t due_us = 0;
	bool troubled = false;

	initscr();
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	set_escdelay(50);
	s->colour = !getenv("NO_COLOR") && has_colors();
	if (s->colour) {
		start_color();
		use_default_colors();
		init_pair(1, COLOR_YELLOW, -1);
		init_pair(2, COLOR_RED, -1);
	}
	for (;;) {
		int64_t now_us = clock_mono().us;

		if (now_us >= due_us && !s->view.paused) {
			troubled = refresh_data(s, &err) < 0 ||
				   (s->view.open && s->opened &&
				    refresh_detail(s, s->opened, &err) < 0);
			due_us = clock_mono().us + REFRESH_MS * 1000;
		}
		draw(s, troubled ? err.text : NULL);
		timeout(s->view.paused ? -1
				       : (int)((due_us - clock_mono().us) / 1000 > 0
						       ? (due_us - clock_mono().us) / 1000
						       : 0));
		int key = getch();
		if (key != ERR && key != KEY_RESIZE && !top_view_key(&s->view, key_of(key), LINES))
			break;
	}
	endwin();
}

static int run(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct screen s = { .utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8") };
	struct err err = { "" };
	int n, r = option_parse(&cmd_top, argc, argv, &a, &n);

	if (r)
		return r < 0 ? 0 : r;
	if (!a.once && (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)))
		return command_usage_error(&cmd_top,
					   "this needs a terminal; --once prints one page");
	if (a.filter)
		snprintf(s.view.filter, sizeof(s.view.filter), "%s", a.filter);

	s.db = command_open(a.db, a.dir, &err);
	if (!s.db || common_zone(s.db, wall_s(clock_wall()), &err) < 0 ||
	    refresh_data(&s, &err) < 0) {
		fprintf(stderr, "rackmeter top: %s\n", err.text);
		r = 1;
	} else if (a.once) {
		r = print_once(&s);
	} else {
		live(&s);
	}
	top_data_done(&s.data);
	top_detail_done(&s.detail);
	free(s.opened);
	db_close(s.db);
	return r;
}

const struct command cmd_top = {
	.name = "top",
	.summary = "racks, hot spots and silent devices, live on a terminal",
	.about = "Keys: up, down, PgUp, PgDn move; Enter opens a rack, Esc goes back; l p i n sort "
		 "by load, power, inlet, name; / filters; space pauses; h helps; q quits.",
	.options = options,
	.exits = "0 done\n1 the database cannot be read\n2 wrong usage",
	.run = run,
};
