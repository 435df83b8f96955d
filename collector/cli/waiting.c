/* SPDX-License-Identifier: Apache-2.0 */
/* See waiting.h. A thread of its own: the work need not stop to say that it goes on. */
#include "cli/waiting.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "report/progress.h"

#define EVERY_MS 250

struct waiting {
	FILE *f;
	char *what;
	int64_t after_ms;
	bool ended, shown;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t end;
};

static void show(struct waiting *w, int64_t seconds)
{
	size_t done, total;

	progress_read(&done, &total);
	fprintf(w->f, "\r%s: %lld s", w->what, (long long)seconds);
	if (total)
		fprintf(w->f, ", %zu of %zu", done, total);
	fputs("\033[K", w->f); /* the rest of a longer line */
	fflush(w->f);
	w->shown = true;
}

static void add_ms(struct timespec *t, int64_t ms)
{
	int64_t ns = t->tv_nsec + ms % 1000 * 1000000;

	t->tv_sec += ms / 1000 + ns / 1000000000;
	t->tv_nsec = ns % 1000000000;
}

static void *run(void *user)
{
	struct waiting *w = user;
	int64_t start_us = clock_mono().us;
	struct timespec next = { start_us / 1000000, start_us % 1000000 * 1000 };

	add_ms(&next, w->after_ms);
	pthread_mutex_lock(&w->lock);
	while (!w->ended) {
		if (pthread_cond_timedwait(&w->end, &w->lock, &next) == 0)
			continue;
		show(w, (clock_mono().us - start_us) / 1000000);
		add_ms(&next, EVERY_MS);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct waiting *waiting_begin(FILE *f, const char *what, int64_t after_ms)
{
	struct waiting *w = xcalloc(1, sizeof(*w));
	pthread_condattr_t attributes;

	w->f = f;
	w->what = xstrdup(what);
	w->after_ms = after_ms;
	progress_tell(0, 0);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&w->end, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&w->thread, NULL, run, w) != 0) {
		w->thread = pthread_self(); /* no line, but the work goes on */
		w->ended = true;
	}
	return w;
}

struct waiting *waiting_end(struct waiting *w)
{
	if (!w)
		return NULL;
	pthread_mutex_lock(&w->lock);
	bool runs = !w->ended;
	w->ended = true;
	pthread_cond_signal(&w->end);
	pthread_mutex_unlock(&w->lock);
	if (runs)
		pthread_join(w->thread, NULL);
	if (w->shown) {
		fputs("\r\033[K", w->f);
		fflush(w->f);
	}
	pthread_cond_destroy(&w->end);
	pthread_mutex_destroy(&w->lock);
	free(w->what);
	free(w);
	return NULL;
}
