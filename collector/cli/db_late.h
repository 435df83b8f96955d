/* SPDX-License-Identifier: Apache-2.0 */
/* The halves of `rackmeter db` that take many options: export and fill. argv[0] is their name. */
#pragma once

int db_export_run(int argc, char **argv);
int db_fill_run(int argc, char **argv);
