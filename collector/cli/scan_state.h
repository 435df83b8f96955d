/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an unfinished scan remembers beside its table: the addresses that were silent. They stand in
 * TABLE.scan, one endpoint a line, until the scan is through; a Modbus one with * as its unit is an
 * address to which no connection was possible.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct scan_state;

/* table NULL: nothing is remembered. asked_with: a hash of what could make a silent address answer
 * (credentials, timeout); a file of a scan with another one counts for nothing, nor does any with
 * anew. NULL: there is such a file that is none of a scan, or it cannot be read. */
struct scan_state *scan_state_open(const char *table, uint64_t asked_with, bool anew,
				   struct err *err);
/* Was it silent in an earlier run? */
bool scan_state_knows(const struct scan_state *s, const char *endpoint);
/* It was silent: written at once. -1 when that fails. */
int scan_state_add(struct scan_state *s, const char *endpoint, struct err *err);
/* complete: all was looked at, so the file goes, and the next scan asks everyone. */
void scan_state_close(struct scan_state *s, bool complete);
