/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The poll thread: timers due, drivers, sockets, in a circle. Other threads leave word
 * under the lock and wake it through an eventfd; nothing else is shared.
 */
#include "daemon/poller.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/alarms.h"
#include "daemon/board.h"
#include "daemon/core.h"
#include "daemon/device.h"
#include "daemon/fingerprint.h"
#include "daemon/subnet.h"
#include "daemon/vitals.h"

#define TIMERS_PER_ROUND 512 /* then sockets get their turn */
#define EVENTS_PER_ROUND 64

static void wake(void *user)
{
	struct poller *p = user;
	uint64_t one = 1;

	if (write(p->wake_fd, &one, sizeof(one)) < 0) {
		/* the counter is full, so it wakes up anyhow */
	}
}

/* ---- once a second ------------------------------------------------------- */

static void clock_step(struct poller *p, int64_t step_us)
{
	char text[200];
	int64_t now_s = core_wall_s(p);

	if (step_us > 0)
		snprintf(text, sizeof(text), "the clock was set forward by %lld s: that time is a "
			 "gap", (long long)(step_us / 1000000));
	else
		snprintf(text, sizeof(text), "the clock was set back by %lld s: nothing is stored "
			 "until it passes the latest stored instant, in %lld s",
			 (long long)(-step_us / 1000000),
			 (long long)(p->clock.last_used_s > now_s ? p->clock.last_used_s - now_s
								  : 0));
	log_warning("%s", text);
	writer_event(p->writer, now_s, NULL, NULL, "clock", EVENT_WARNING, text);
	for (size_t i = 0; i < p->n_devices; i++)
		device_clock_step(p->devices[i], step_us);
	groups_clock_step(p->groups, step_us);
	vitals_clock_step(p->vitals, step_us);
}

static void publish(struct poller *p)
{
	p->counters.alive = p->now;
	p->counters.socket_drops = 0;
	for (size_t i = 0; i < DRIVERS_MAX && p->drivers[i].ops; i++)
		p->counters.socket_drops +=
			p->drivers[i].ops->counters(p->drivers[i].transport)->socket_drops;
	pthread_mutex_lock(&p->lock);
	p->shared = p->counters;
	pthread_mutex_unlock(&p->lock);
}

static void second_fire(struct poller *p, struct timer *timer)
{
	int64_t step_us = sched_clock_update(&p->clock, clock_mono(), clock_wall());

	if (step_us != 0)
		clock_step(p, step_us);
	vitals_second(p->vitals);
	publish(p);
	core_set_timer(p, timer, (struct mono){ p->now.us + 1000000 });
}

/* ---- what others may see -------------------------------------------------- */

/* After the groups were made, before their first sum. Returns the former one, the caller's. */
static struct board *make_board(struct poller *p)
{
	bool wanted = *p->inv->config->settings.listen_metrics != '\0';
	struct board *board = wanted ? board_new(p->inv, groups_group(p->groups)) : NULL;
	struct board *former = p->board;

	pthread_mutex_lock(&p->lock);
	p->board = board;
	pthread_mutex_unlock(&p->lock);
	return former;
}

struct board *poller_board(struct poller *p)
{
	struct board *board;

	pthread_mutex_lock(&p->lock);
	board = board_ref(p->board);
	pthread_mutex_unlock(&p->lock);
	return board;
}

/* ---- words from other threads --------------------------------------------- */

static void reload(struct poller *p, const struct inventory *inv, const uint64_t *hashes)
{
	struct device **old = p->devices;
	size_t n_old = p->n_devices, kept = 0;
	struct groups *old_groups = p->groups;
	struct board *old_board;

	/* device_new() looks into p->inv and p->groups */
	p->inv = inv;
	subnets_limit(p->subnets, inv->config->settings.max_per_subnet);
	p->groups = groups_start(p, inv, old_groups);
	old_board = make_board(p);
	p->devices = xcalloc(inv->n_devices + 1, sizeof(struct device *));
	p->n_devices = inv->n_devices;
	for (size_t i = 0; i < n_old; i++) {
		ptrdiff_t now = inventory_device(inv, device_name(old[i]));

		/* one that was renamed has another grid, and rows under its new name */
		if (now >= 0 && hashes[now] == device_hash(old[i]) &&
		    !strcmp(inv->devices[now].cfg->device, device_name(old[i]))) {
			board_keep(p->board, (size_t)now, old_board, device_index(old[i]));
			device_move(old[i], inv, (size_t)now);
			p->devices[now] = old[i];
			device_bind(old[i]);
			kept++;
			continue;
		}
		if (now < 0)
			device_removed(old[i]);
		device_free(old[i]);
	}
	free(old);
	for (size_t i = 0; i < inv->n_devices; i++) {
		if (!p->devices[i])
			p->devices[i] = device_new(p, i, hashes[i]);
	}
	alarm_pool_end(p->alarms, p->writer, core_wall_s(p));
	vitals_reload(p->vitals);
	groups_stop(old_groups);
	board_unref(old_board);
	log_info("%zu devices go on, %zu are new or changed, %zu are gone or changed", kept,
		 inv->n_devices - kept, n_old - kept);
}

static void finish_registrations(struct poller *p, struct registration *list)
{
	struct registration *in_order = NULL;

	while (list) { /* they were pushed: oldest last */
		struct registration *next = list->next;

		list->next = in_order;
		in_order = list;
		list = next;
	}
	while (in_order) {
		struct registration *next = in_order->next;

		in_order->finished(p, in_order); /* may free it */
		in_order = next;
	}
}

static void take_resolved(struct poller *p)
{
	struct resolve *answer;

	while ((answer = resolver_take(p->resolver))) {
		if (answer->user)
			device_resolved(answer->user, answer);
		free(answer);
	}
}

/* True: stop. */
static bool read_mail(struct poller *p)
{
	const struct inventory *inv;
	const uint64_t *hashes;
	struct registration *list;
	bool stop;

	pthread_mutex_lock(&p->lock);
	stop = p->stop;
	inv = p->next_inv;
	hashes = p->next_hashes;
	list = p->registered;
	p->registered = NULL;
	pthread_mutex_unlock(&p->lock);

	finish_registrations(p, list);
	take_resolved(p);
	if (inv && !stop) {
		reload(p, inv, hashes);
		pthread_mutex_lock(&p->lock);
		p->next_inv = NULL;
		pthread_cond_broadcast(&p->changed);
		pthread_mutex_unlock(&p->lock);
	}
	return stop;
}

/* ---- the loop ------------------------------------------------------------ */

/* Fires what is due; false when there is more. */
static bool fire_timers(struct poller *p)
{
	for (int i = 0; i < TIMERS_PER_ROUND; i++) {
		struct sched_item *item = sched_first(p->sched);
		struct timer *timer = (struct timer *)item;

		if (!item || item->due.us > p->now.us)
			return true;
		if (p->now.us - item->due.us > p->lag_us)
			p->lag_us = p->now.us - item->due.us;
		if (p->lag_us > p->counters.loop_lag_us_max)
			p->counters.loop_lag_us_max = p->lag_us;
		sched_remove(p->sched, item);
		timer->fire(p, timer);
	}
	return false;
}

static void begin_surveys(struct poller *p)
{
	while (p->survey_first && core_may_survey(p))
		device_survey_turn(p->survey_first);
}

/* Ticks all drivers until nothing new was submitted; returns when the next one is due. */
static struct mono tick_drivers(struct poller *p)
{
	struct mono next;
	uint64_t before;
	int rounds = 0;

	do {
		before = p->submits;
		next.us = INT64_MAX;
		for (size_t i = 0; i < DRIVERS_MAX && p->drivers[i].ops; i++) {
			struct mono t = p->drivers[i].ops->tick(p->drivers[i].transport, p->now);

			if (t.us < next.us)
				next = t;
		}
		begin_surveys(p);
	} while (p->submits != before && ++rounds < 16);
	return p->submits != before ? p->now : next;
}

static int timeout_ms(struct poller *p, struct mono next)
{
	struct sched_item *item = sched_first(p->sched);
	int64_t us;

	if (item && item->due.us < next.us)
		next = item->due;
	us = next.us - clock_mono().us;
	if (us <= 0)
		return 0;
	return us > 1000000 ? 1000 : (int)((us + 999) / 1000);
}

static void handle_events(struct poller *p, const struct epoll_event *events, int n)
{
	for (int i = 0; i < n; i++) {
		struct transport_event *event = events[i].data.ptr;
		uint64_t count;

		if (event->ops) {
			event->ops->handle(event->transport, event, events[i].events, p->now);
		} else if (read(p->wake_fd, &count, sizeof(count)) < 0) {
			/* somebody was faster; the mail is read in any case */
		}
	}
}

static void *run(void *arg)
{
	struct epoll_event events[EVENTS_PER_ROUND];
	struct poller *p = arg;

	for (;;) {
		struct mono next;
		bool idle;
		int n;

		p->now = clock_mono();
		if (read_mail(p))
			break;
		idle = fire_timers(p);
		next = tick_drivers(p);
		n = epoll_wait(p->epoll_fd, events, EVENTS_PER_ROUND,
			       idle ? timeout_ms(p, next) : 0);
		p->now = clock_mono();
		if (n > 0)
			handle_events(p, events, n);
	}
	publish(p);
	return NULL;
}

/* ---- from the main thread ------------------------------------------------ */

static void release(struct poller *p)
{
	resolver_stop(p->resolver);
	if (p->epoll_fd >= 0)
		close(p->epoll_fd);
	if (p->wake_fd >= 0)
		close(p->wake_fd);
	shapes_free(p->shapes);
	subnets_free(p->subnets);
	subnets_free(p->chains);
	sched_free(p->sched);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	board_unref(p->board);
	alarm_pool_free(p->alarms);
	free(p->devices);
	free(p);
}

static int open_descriptors(struct poller *p, struct err *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &p->wake };

	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->epoll_fd < 0 || p->wake_fd < 0 ||
	    epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->wake_fd, &event) < 0)
		return err_set(err, "epoll: %s", strerror(errno));
	return 0;
}

struct poller *poller_start(const struct inventory *inv, struct writer *writer, int64_t last_ts,
			    struct err *err)
{
	const struct settings *settings = &inv->config->settings;
	struct poller *p = xcalloc(1, sizeof(*p));
	uint64_t *hashes;
	int error;

	p->writer = writer;
	p->inv = inv;
	p->on_twins = device_twins;
	p->limits = (struct transport_limits){ .max_timeout_ms = settings->timeout_ms,
					       .max_in_flight = settings->max_in_flight };
	p->epoll_fd = p->wake_fd = -1;
	p->sched = sched_new();
	p->shapes = shapes_new();
	p->subnets = subnets_new(settings->max_per_subnet, device_place);
	p->chains = subnets_new_hosts(device_chain);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	if (open_descriptors(p, err) < 0 || !(p->resolver = resolver_start(wake, p, err))) {
		release(p);
		return NULL;
	}
	p->now = clock_mono();
	p->random = (uint32_t)p->now.us | 1;
	sched_clock_update(&p->clock, p->now, clock_wall());
	p->clock.last_used_s = last_ts;
	if (last_ts > core_wall_s(p))
		log_warning("the database holds readings %lld s in the future: nothing is stored "
			    "until then; is the clock right?",
			    (long long)(last_ts - core_wall_s(p)));
	p->second.item.pos = SIZE_MAX;
	p->second.fire = second_fire;
	core_set_timer(p, &p->second, p->now);

	p->groups = groups_start(p, inv, NULL);
	p->alarms = alarm_pool_new();
	if (alarm_pool_restore(p->alarms, writer, err) < 0) /* costs no poll */
		log_warning("alarms: what lasted before is not known: %s", err->text);
	make_board(p);
	hashes = fingerprint_devices(inv);
	p->devices = xcalloc(inv->n_devices + 1, sizeof(struct device *));
	p->n_devices = inv->n_devices;
	for (size_t i = 0; i < inv->n_devices; i++)
		p->devices[i] = device_new(p, i, hashes[i]);
	free(hashes);
	alarm_pool_end(p->alarms, writer, core_wall_s(p));
	p->vitals = vitals_start(p);
	publish(p);
	error = pthread_create(&p->thread, NULL, run, p);
	if (error != 0) {
		err_set(err, "poll thread: %s", strerror(error));
		p->thread = 0;
		poller_stop(p);
		return NULL;
	}
	pthread_setname_np(p->thread, "rackmeter-poll");
	return p;
}

void poller_reload(struct poller *p, const struct inventory *inv)
{
	uint64_t *hashes = fingerprint_devices(inv);

	pthread_mutex_lock(&p->lock);
	p->next_inv = inv;
	p->next_hashes = hashes;
	wake(p);
	while (p->next_inv)
		pthread_cond_wait(&p->changed, &p->lock);
	p->next_hashes = NULL;
	pthread_mutex_unlock(&p->lock);
	free(hashes);
}

struct poller *poller_stop(struct poller *p)
{
	struct registration *list;

	if (!p)
		return NULL;
	if (p->thread) {
		pthread_mutex_lock(&p->lock);
		p->stop = true;
		wake(p);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	/* the writer's thread may still hold registrations: they come back first */
	pthread_mutex_lock(&p->lock);
	while (p->n_registering > 0)
		pthread_cond_wait(&p->changed, &p->lock);
	list = p->registered;
	p->registered = NULL;
	pthread_mutex_unlock(&p->lock);

	for (size_t i = 0; i < p->n_devices; i++)
		device_free(p->devices[i]);
	groups_stop(p->groups);
	vitals_stop(p->vitals);
	finish_registrations(p, list);
	for (size_t i = 0; i < DRIVERS_MAX && p->drivers[i].ops; i++)
		p->drivers[i].ops->close(p->drivers[i].transport);
	release(p);
	return NULL;
}

struct poller_counters poller_counters(struct poller *p)
{
	struct poller_counters c;

	pthread_mutex_lock(&p->lock);
	c = p->shared;
	pthread_mutex_unlock(&p->lock);
	return c;
}
