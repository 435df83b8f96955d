/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the rows of each tariff make up one: every minute of the week has one price of energy,
 * all in one currency and by one clock. */
#pragma once

#include "config/config.h"

/* All dates at which a row begins or ends are looked at. */
void tariffs_check(const struct config *config, struct diag *diag);
