/* SPDX-License-Identifier: Apache-2.0 */
/* A report in the form that was asked for, to where it was asked for. */
#pragma once

#include "cli/report_args.h"

/* -2: the report has not what was asked for, -1: it could not be written. */
int report_write(const struct report_args *args, const struct doc *doc, int64_t now,
		 struct err *err);
