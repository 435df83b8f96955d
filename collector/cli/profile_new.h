/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter profile new --from-walk FILE`. */
#pragma once

#include "base/option.h"

struct profile_new {
	const char *walk;  /* the file */
	const char *name;  /* of the profile; NULL: after the file */
	const char *under; /* an OID; NULL: the device's enterprise */
	struct option_list mibs; /* files or folders, before those of net-snmp */
};

/* To stdout; the exit status. */
int profile_new(const struct profile_new *how);
