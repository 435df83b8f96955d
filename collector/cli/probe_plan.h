/* SPDX-License-Identifier: Apache-2.0 */
/* The request plan of a probed device, as the daemon would poll it. */
#pragma once

#include "daemon/poller.h"

struct json_object;

/* To stdout: one line per interval group, one per request. */
void probe_plan_print(const struct probe_result *r);
/* The same as a list; the caller owns it. */
struct json_object *probe_plan_json(const struct probe_result *r);
