/* SPDX-License-Identifier: Apache-2.0 */
/* The causes in words; exception names are those of the Modbus Application Protocol V1.1b3, 7. */
#include "base/cause.h"

const char *cause_text(enum cause cause)
{
	static const struct {
		int cause;
		const char *text;
	} exceptions[] = {
		{ 1, "exception 1 (illegal function)" },
		{ 2, "exception 2 (illegal data address)" },
		{ 3, "exception 3 (illegal data value)" },
		{ 4, "exception 4 (device failure)" },
		{ 5, "exception 5 (acknowledge)" },
		{ 6, "exception 6 (device busy)" },
		{ 7, "exception 7 (negative acknowledge)" },
		{ 8, "exception 8 (memory parity error)" },
		{ 10, "exception 10 (gateway path unavailable)" },
		{ 11, "exception 11 (gateway target did not respond)" },
	};

	switch (cause) {
	case CAUSE_NONE: return "present";
	case CAUSE_NO_ANSWER: return "no answer";
	case CAUSE_REFUSED: return "connection refused";
	case CAUSE_UNREACHABLE: return "unreachable";
	case CAUSE_NAME: return "host name does not resolve";
	case CAUSE_DISCONNECTED: return "disconnected";
	case CAUSE_AUTHENTICATION: return "authentication failed";
	case CAUSE_UNKNOWN_USER: return "unknown user";
	case CAUSE_NOT_IN_TIME: return "not in time window";
	case CAUSE_MALFORMED: return "malformed answer";
	case CAUSE_WRONG_ID: return "answer to another request";
	case CAUSE_DEVICE_ERROR: return "device error";
	case CAUSE_NO_SUCH: return "no such object";
	case CAUSE_WRONG_TYPE: return "wrong type";
	case CAUSE_OUT_OF_RANGE: return "out of range";
	case CAUSE_NOT_FITTED: return "not fitted";
	case CAUSE_LATE: return "late: the scan before was still running";
	case CAUSE_DEADLINE: return "deadline passed";
	case CAUSE_QUEUE: return "writer's queue full";
	case CAUSE_CLOCK: return "clock stepped";
	case CAUSE_DAEMON_DOWN: return "rackmeterd was not running";
	case CAUSE_DORMANT: return "dormant";
	case CAUSE_CONFIG: return "removed from the configuration";
	case CAUSE_SURVEY: return "survey running";
	case CAUSE_EXCEPTION: break;
	}
	for (unsigned i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		if ((int)cause == CAUSE_EXCEPTION + exceptions[i].cause)
			return exceptions[i].text;
	}
	if ((int)cause >= CAUSE_EXCEPTION && (int)cause <= CAUSE_EXCEPTION + 255)
		return "exception (unknown code)";
	return "unknown cause";
}
