/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page of `rackmeter top`: lines of text with a mood each, for a screen of any size. Pure:
 * curses draws them, tests read them.
 */
#pragma once

#include "cli/top_data.h"

enum top_mood { TOP_PLAIN, TOP_HEAD, TOP_WARN, TOP_BAD, TOP_CHOSEN, TOP_FAINT };
enum top_sort { TOP_BY_LOAD, TOP_BY_POWER, TOP_BY_INLET, TOP_BY_NAME, TOP_SORTS };

#define TOP_FILTER 32

struct top_view { /* what the person chose */
	enum top_sort sort;
	char filter[TOP_FILTER]; /* part of a rack's, hall's or row's name; "": all */
	bool typing;             /* the filter is being written */
	bool paused, help;
	size_t chosen; /* line of the list, from 0 */
	size_t first;  /* that is shown; follows chosen */
	bool open;     /* the chosen rack alone */
};

struct top_line {
	char *text;
	enum top_mood mood;
};

struct top_page {
	struct top_line *lines; /* as many as the screen has, or fewer */
	size_t n, cap;
	char *chosen; /* name of the chosen rack; NULL: none is shown */
};

/* detail: of the open rack, else NULL. utf8: bars may be more than ASCII. Moves view->chosen and
 * view->first into what there is. */
void top_page_make(const struct top_data *data, const struct top_detail *detail,
		   struct top_view *view, int64_t now, int rows, int columns, bool utf8,
		   struct top_page *ret);
void top_page_done(struct top_page *page);

/* A key as curses gives it (KEY_UP and the like as TOP_KEY_*). False: it ends the program. */
enum {
	TOP_KEY_UP = 0x1000,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_ENTER,
	TOP_KEY_ESCAPE,
	TOP_KEY_BACKSPACE
};
bool top_view_key(struct top_view *view, int key, int rows);
