/* SPDX-License-Identifier: Apache-2.0 */
/* How far the report at work has come. It tells; whoever shows it reads, from another thread. */
#pragma once

#include <stddef.h>

/* done of total racks, meters, ... ; cheap enough for each of them. */
void progress_tell(size_t done, size_t total);
/* total 0: nothing was told. */
void progress_read(size_t *ret_done, size_t *ret_total);
