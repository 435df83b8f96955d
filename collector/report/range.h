/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threshold ranges as monitoring plugins take them with -w and -c (Monitoring Plugins Development
 * Guidelines, "Threshold and Ranges"): "10" alerts outside 0..10, "10:" below 10, "~:10" above 10,
 * "10:20" outside, "@10:20" inside; the ends belong to the range. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct range {
	double low, high; /* -INFINITY, INFINITY: open */
	bool inside;      /* alert within, not outside */
};

int range_parse(const char *text, struct range *ret, struct err *err);
/* Does the value alert? NAN never does: it is no value. */
bool range_alerts(const struct range *range, double value);
/* As performance data carries it, "10:20"; returns buf. */
const char *range_text(const struct range *range, char *buf, size_t size);
