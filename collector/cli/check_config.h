/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter check config`: argv[0] is "config". Returns the exit status. */
#pragma once

int check_config(int argc, char **argv);
