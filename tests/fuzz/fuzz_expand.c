/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: rm_inventory
 * A survey's answers as a shipped profile sees them: rows of its own columns and scalars with
 * any index and any value, in any order, and names that it has never heard of. */
#include "base/text.h"
#include "fuzz.h"
#include "fuzz_profiles.h"

#define VBS 400

static struct varbind vbs[VBS];
static volatile size_t sink;

static size_t answers(struct fuzz_in *in, const struct oid *columns, size_t n_columns,
		      const struct oid *scalars, size_t n_scalars)
{
	size_t n = 0;

	while (in->n > 0 && n < VBS) {
		struct varbind *vb = &vbs[n++];
		size_t which = fuzz_number(in, 1) % (n_columns + n_scalars + 1);
		uint8_t arcs = (uint8_t)fuzz_number(in, 1);

		vb->oid.n = 0;
		if (which < n_columns)
			vb->oid = columns[which];
		else if (which < n_columns + n_scalars)
			vb->oid = scalars[which - n_columns];
		/* low bits: how many arcs follow, mostly few; the rest: how wide they are */
		for (unsigned i = arcs % 5 == 4 ? 60 : arcs % 5; i > 0; i--) {
			uint32_t arc = (uint32_t)fuzz_number(in, arcs & 0x80 ? 4 : 1);

			if (oid_append(&vb->oid, &arc, 1) < 0)
				break;
		}
		vb->value = fuzz_value(in);
	}
	return n;
}

static void check(const struct profile *p, const struct expansion *x)
{
	for (size_t i = 0; i < x->n_points; i++) {
		const struct point_def *d = &x->points[i];

		if (d->src < p->points || d->src >= p->points + p->n_points || !d->part[0] ||
		    !memchr(d->part, '\0', sizeof(d->part)) ||
		    !memchr(d->label, '\0', sizeof(d->label)) || d->scale.div <= 0 ||
		    !text_is_utf8(d->part, strlen(d->part)) ||
		    !text_is_utf8(d->label, strlen(d->label)) ||
		    !oid_starts_with(&d->oid, &d->src->oid))
			abort();
		for (size_t k = 0; k < i; k++) { /* names of series: none twice */
			if (x->points[k].src->quantity == d->src->quantity &&
			    strcmp(x->points[k].part, d->part) == 0)
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct profile_set *set = fuzz_profiles();
	struct fuzz_in in = { data, size };
	const struct profile *p = profile_set_at(set, fuzz_number(&in, 1) % profile_set_size(set));
	unsigned member = (unsigned)fuzz_number(&in, 1) % 4;
	struct oid *columns = NULL, *scalars = NULL;
	size_t n_columns = profile_walk_columns(p, &columns);
	size_t n_scalars = profile_scalars(p, &scalars);
	size_t n = answers(&in, columns, n_columns, scalars, n_scalars);
	struct expansion *x = profile_expand(p, member, vbs, n);

	check(p, x);
	sink = x->n_points;
	expansion_free(x);
	free(columns);
	free(scalars);
	return 0;
}
