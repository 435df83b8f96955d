/* SPDX-License-Identifier: Apache-2.0 */
/* The words of `rackmeter report failover`: verdict, exceptions, notes. */
#pragma once

#include "report/failover_picture.h"

/* The conductor that a verdict is about: "L2"; "" for W, VA and where its phase is not told. */
const char *failover_line_name(const struct topology_circuit *c, const struct failover_verdict *v);

void failover_say_verdict(struct doc *doc, const struct failover_counts *n);
/* Returns how many feeds without load are excused by planned work, for the notes. */
size_t failover_say_exceptions(struct doc *doc, const struct failover_picture *p);
void failover_say_notes(struct doc *doc, const struct failover_picture *p, size_t muted);
