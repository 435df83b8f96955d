/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it probably is when two figures that should be one differ by a round factor: a meter and
 * those below it, a register and the integral of its own power. Commissioning mistakes come in few
 * sizes. Pure.
 */
#pragma once

/* What the ratio of a register to its own power means: "twice: ...", NULL when it is near 1 or
 * near nothing known. */
const char *suspect_ratio(double ratio);
/* The same of a meter to the sum of those below it, which are less by their losses: only factors
 * that no loss explains. */
const char *suspect_sum(double ratio);
