/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a reading is absent. The numbers stand in databases (gap.cause, event.cause):
 * only ever add. CAUSE_NONE: present.
 */
#pragma once

#include <stdint.h>

enum cause {
	CAUSE_NONE = 0,
	/* the device or the way to it */
	CAUSE_NO_ANSWER = 1,      /* timeout after the retry */
	CAUSE_REFUSED = 2,        /* connection refused / port unreachable */
	CAUSE_UNREACHABLE = 3,    /* no route, host unreachable */
	CAUSE_NAME = 4,           /* host name does not resolve */
	CAUSE_DISCONNECTED = 5,   /* the peer closed the connection */
	CAUSE_AUTHENTICATION = 6, /* SNMPv3 digest or the like is wrong */
	CAUSE_UNKNOWN_USER = 7,
	CAUSE_NOT_IN_TIME = 8,    /* SNMPv3 time window */
	CAUSE_MALFORMED = 9,      /* an answer that cannot be read */
	CAUSE_WRONG_ID = 10,      /* an answer to another request */
	CAUSE_DEVICE_ERROR = 11,  /* SNMP error-status of the whole request */
	/* the value */
	CAUSE_NO_SUCH = 20,       /* noSuchObject, noSuchInstance, endOfMibView */
	CAUSE_WRONG_TYPE = 21,    /* not the type the profile expects */
	CAUSE_OUT_OF_RANGE = 22,  /* outside what the quantity can be */
	CAUSE_NOT_FITTED = 23,    /* the device says: nothing is there */
	/* ourselves */
	CAUSE_LATE = 40,          /* the scan before was still running */
	CAUSE_DEADLINE = 41,      /* the scan's deadline passed */
	CAUSE_QUEUE = 42,         /* the writer's queue was full */
	CAUSE_CLOCK = 43,         /* the wall clock was stepped */
	CAUSE_DAEMON_DOWN = 44,   /* rackmeterd was not running */
	CAUSE_DORMANT = 45,       /* not polled: the device is dormant, only probed */
	CAUSE_CONFIG = 46,        /* removed from the configuration */
	CAUSE_SURVEY = 47,        /* the device's tables were being walked */
	/* Modbus exception N is CAUSE_EXCEPTION + N */
	CAUSE_EXCEPTION = 100,
};

/* "no answer", "exception 2 (illegal data address)", ... never NULL. */
const char *cause_text(enum cause cause);
