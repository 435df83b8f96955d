/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter check config`. */
#pragma once

#include "base/option.h"

extern const struct command check_config;
