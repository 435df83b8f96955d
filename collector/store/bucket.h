/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of one point after the other into those of a series. Pure. */
#pragma once

#include "store/chunk.h"
#include "store/rollup.h"

/* Ascending by from, where a clock that was set has left an open hour before finished ones. */
void buckets_sort(struct buckets *b);
/* What a later point has (*one) into what former points have; both ascending. Where both have the
 * same bucket it becomes one. What is left in *one and *spare is memory to be used again. */
void buckets_merge(struct buckets *all, struct buckets *one, struct buckets *spare,
		   enum chunk_kind kind);
