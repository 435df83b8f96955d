/* SPDX-License-Identifier: Apache-2.0 */
/* See alarms.h. */
#include "daemon/alarms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "inventory/lookup.h"

struct entry {
	char *device;
	struct alarms alarms;
};

struct alarm_pool {
	struct entry *entries;
	size_t n, cap;
	struct lookup by_device;
};

/* ---- telling --------------------------------------------------------------------- */

static const char *name_of(const struct profile_point *src, int64_t state, char *buf, size_t size)
{
	buf[0] = '\0';
	if (src && src->quantity->kind == KIND_STATE)
		profile_point_words(src, state, buf, size);
	else if (src)
		profile_point_words(src, (int64_t)((uint64_t)1 << state), buf, size);
	if (!*buf)
		snprintf(buf, size, "state %lld", (long long)state);
	return buf;
}

void alarm_tell(void *user, const struct alarm *alarm, const struct profile_point *src, int64_t to)
{
	const struct alarm_teller *t = user;
	bool critical = alarm->severity == SEVERITY_CRITICAL;
	char name[160], *text;
	const struct alarm_row row = {
		.device = t->device,
		.part = alarm->part,
		.quantity = alarm->quantity->name,
		.state = alarm->state,
		.severity = severity_name(alarm->severity),
		.from = alarm->since,
		.to = to,
	};

	name_of(src, alarm->state, name, sizeof(name));
	text = !to   ? xasprintf("%s: %s (%s)", alarm->part, name, row.severity)
	       : src ? xasprintf("%s: no longer %s", alarm->part, name)
		     : xasprintf("%s: gone, and what it said with it", alarm->part);
	writer_alarm(t->writer, &row,
		     to         ? EVENT_INFO
		     : critical ? EVENT_ALARM
				: EVENT_WARNING,
		     text);
	if (critical && !to)
		log_warning("device %s: %s", t->device, text);
	else
		log_info("device %s: %s", t->device, text);
	free(text);
}

/* ---- between devices --------------------------------------------------------------- */

static struct alarms *of_device(struct alarm_pool *pool, const char *device, bool make)
{
	size_t i;

	if (lookup_get(&pool->by_device, device, 0, &i))
		return &pool->entries[i].alarms;
	if (!make)
		return NULL;
	xgrow(&pool->entries, &pool->cap, pool->n + 1, sizeof(*pool->entries));
	pool->entries[pool->n] = (struct entry){ .device = xstrdup(device) };
	lookup_put(&pool->by_device, pool->entries[pool->n].device, 0, pool->n, NULL);
	return &pool->entries[pool->n++].alarms;
}

static void restore_row(void *user, const struct alarm_row *row)
{
	struct alarm alarm = { .quantity = schema_quantity(row->quantity),
			       .state = row->state,
			       .since = row->from };

	if (!alarm.quantity || !severity_parse(row->severity, &alarm.severity))
		return; /* of a later schema */
	snprintf(alarm.part, sizeof(alarm.part), "%s", row->part);
	alarms_add(of_device(user, row->device, true), &alarm);
}

static int restore_all(void *user, struct db *db, struct err *err)
{
	return alarmlog_each(db, restore_row, user, err);
}

struct alarm_pool *alarm_pool_new(void)
{
	return xcalloc(1, sizeof(struct alarm_pool));
}

int alarm_pool_restore(struct alarm_pool *pool, struct writer *writer, struct err *err)
{
	return writer_call(writer, restore_all, pool, err);
}

static void clear(struct alarm_pool *pool)
{
	for (size_t i = 0; i < pool->n; i++) {
		free(pool->entries[i].device);
		alarms_done(&pool->entries[i].alarms);
	}
	free(pool->entries);
	lookup_done(&pool->by_device);
	*pool = (struct alarm_pool){ 0 };
}

struct alarm_pool *alarm_pool_free(struct alarm_pool *pool)
{
	if (pool)
		clear(pool);
	free(pool);
	return NULL;
}

void alarm_pool_take(struct alarm_pool *pool, const char *device, struct alarms *ret)
{
	struct alarms *there = pool ? of_device(pool, device, false) : NULL;

	*ret = there ? *there : (struct alarms){ 0 };
	if (there)
		*there = (struct alarms){ 0 };
}

void alarm_pool_give(struct alarm_pool *pool, const char *device, struct alarms *alarms)
{
	if (pool && alarms->n)
		*of_device(pool, device, true) = *alarms;
	else
		alarms_done(alarms);
	*alarms = (struct alarms){ 0 };
}

void alarm_pool_end(struct alarm_pool *pool, struct writer *writer, int64_t ts)
{
	for (size_t i = 0; pool && i < pool->n; i++) {
		struct alarm_teller t = { writer, pool->entries[i].device };

		alarms_keep(&pool->entries[i].alarms, NULL, ts, alarm_tell, &t);
	}
	if (pool)
		clear(pool);
}
