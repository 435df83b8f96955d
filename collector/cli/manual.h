/* SPDX-License-Identifier: Apache-2.0 */
/* What the program knows of itself, for programs: `rackmeter help --json`. */
#pragma once

/* Commands with words, options and exit statuses, reports and checks with the options that they
 * know, the keys of rackmeter.yaml and the columns of the tables, as one JSON object on standard
 * output. The manual pages and completions are made from it. */
void manual_json(void);
