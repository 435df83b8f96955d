/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of meters.h share. */
#pragma once

#include "report/meters.h"

/* The integral of one power series over from..to, factor not applied. */
void series_power(const struct meter_series *s, int64_t from, int64_t to, struct energy *ret);
