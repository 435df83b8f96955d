/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device says that needs a person: a state, or a bit of its alarm flags, that its profile
 * calls warning or critical. It begins with the first reading that says so and ends after it was
 * better for a while, so that one that flaps is one alarm. Pure.
 */
#pragma once

#include "inventory/profile.h"

struct alarm {
	char part[48];
	const struct quantity *quantity;
	int64_t state;  /* the device's integer; of flags the bit */
	enum severity severity;
	int64_t since;
	int64_t fell;   /* better without a break since; 0: it is not */
};

struct alarms { /* of one device, those that last; {0} is none */
	struct alarm *a;
	size_t n, cap;
};
void alarms_done(struct alarms *all);
void alarms_add(struct alarms *all, const struct alarm *alarm);

/* src: NULL when the device has no such point any more. to: when it ended, 0: it begins. */
typedef void alarm_told(void *user, const struct alarm *alarm, const struct profile_point *src,
			int64_t to);

/* May a reading of this point be an alarm? */
bool alarm_possible(const struct profile_point *src);
/* A reading at ts, later than the one before; no call for an absent one. hold_s: how long it must
 * be better. */
void alarms_reading(struct alarms *all, const char *part, const struct profile_point *src,
		    int64_t raw, int64_t ts, int64_t hold_s, alarm_told *told, void *user);
/* Ends those of points that x does not have, or that are no alarm any more; x NULL: all. */
void alarms_keep(struct alarms *all, const struct expansion *x, int64_t ts, alarm_told *told,
		 void *user);
