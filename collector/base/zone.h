/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Civil time of the site's zone. zone_use() sets the process-wide zone (TZ);
 * everything that is stored is UTC, so only configuration dates, periods and
 * printed times come through here. Call from one thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Switches to an IANA zone name ("Europe/Berlin", "UTC"). An unknown name is an error. */
int zone_use(const char *name, struct err *err);
/* The name of the zone in use. */
const char *zone_name(void);
/* First second of a civil day (also where midnight does not exist). Out-of-range
 * month/day carry over, so (2026, 1, 0) is 2025-12-31. */
int64_t zone_day_start(int year, int month, int day);
/* The civil date of an instant. */
void zone_date(int64_t ts, int *ret_year, int *ret_month, int *ret_day);
/* Seconds that local time is ahead of UTC at an instant. */
int64_t zone_offset(int64_t ts);
/* The same without summer time: the lesser offset of the year's 1 January and 1 July. */
int64_t zone_standard_offset(int64_t ts);
/* "2026-11-23 14:05:00 CET" into buf; returns buf. */
const char *zone_format(int64_t ts, char *buf, size_t size);
/* "2026-11-23" into buf; returns buf. */
const char *zone_format_date(int64_t ts, char *buf, size_t size);
/* "2026-11-23T14:05:00+01:00" into buf; returns buf. */
const char *zone_format_iso(int64_t ts, char *buf, size_t size);
/* Reads "2026-11-23" (civil midnight), "2026-11-23T14:05[:00]" (civil) with an
 * optional "Z" or "+01:00". -1 with a reason when it is none of these, or a local
 * time that does not exist or (without an offset) happens twice. */
int zone_parse(const char *text, int64_t *ret_ts, struct err *err);
