/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it probably is when two figures that should be one differ by a round factor: a meter and
 * those below it, a register and the integral of its own power. Commissioning mistakes come in few
 * sizes. Pure.
 */
#pragma once

#include <stdbool.h>

/* What a ratio of a measured figure to the one expected means: "twice: ...", NULL when it is near
 * 1 or near nothing known. tolerance: 0.03 takes 1.94 to 2.06 for 2. */
const char *suspect_ratio(double ratio, double tolerance);
