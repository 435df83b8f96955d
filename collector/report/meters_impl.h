/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of meters.h share. */
#pragma once

#include "report/meters.h"

#define HOUR_S INT64_C(3600)

/* The integral of one power series over from..to, factor not applied. */
void meter_series_power(const struct meter_series *s, int64_t from, int64_t to, struct energy *ret);

/* The longest part of its counter that may be divided in proportion, and the longest hole between
 * its samples that is bridged. */
int64_t meter_series_divisible(const struct meter_series *s);
int64_t meter_series_max_gap(const struct meter_series *s);
void meter_series_drop(struct meter_series *s);

/* Within what was told to be bad, wholly or in part. */
bool meter_bad_over(const struct meter *m, int64_t from, int64_t to);

/* meters_hourly.c: hourly data of a series, and the samples of hours that something cuts. */
int meter_hourly_read(struct db *db, struct rollup *hours, const struct meter *m,
		      struct meter_series *s, bool energy, int64_t from, int64_t to,
		      struct err *err);
/* The readings of an hourly counter, ascending: malloc'd. */
struct counter_reading *meter_hourly_readings(const struct meter_series *s, size_t *ret_n);
