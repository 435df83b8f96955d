/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The alarms of devices (group/alarm.h): what lasts is taken over at the start and at a reload, a
 * change is logged, and stored with its event. For daemon/device and daemon/poller.
 */
#pragma once

#include "group/alarm.h"
#include "store/writer.h"

/* Alarms of devices that are not there just now: between the database and a device that starts, or
 * from one device to the next of its name. */
struct alarm_pool;
struct alarm_pool *alarm_pool_new(void);
/* Puts in what the database says; before there is a poll thread. */
int alarm_pool_restore(struct alarm_pool *pool, struct writer *writer, struct err *err);
struct alarm_pool *alarm_pool_free(struct alarm_pool *pool);
/* Both take a pool of NULL. */
void alarm_pool_take(struct alarm_pool *pool, const char *device, struct alarms *ret);
void alarm_pool_give(struct alarm_pool *pool, const char *device, struct alarms *alarms);
/* All devices have theirs: what nobody took is of devices that are gone, and ends. */
void alarm_pool_end(struct alarm_pool *pool, struct writer *writer, int64_t ts);

struct alarm_teller { /* user of alarm_tell() */
	struct writer *writer;
	const char *device;
};
/* An alarm_told. */
void alarm_tell(void *user, const struct alarm *alarm, const struct profile_point *src, int64_t to);
