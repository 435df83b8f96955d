/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped profiles, loaded once, and an input that is eaten from its front. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/oid.h"
#include "inventory/profile.h"

static inline const struct profile_set *fuzz_profiles(void)
{
	static const char *const dirs[] = { PROFILES };
	static struct profile_set *set;
	struct diag diag = { 0 };

	if (!set)
		set = profile_set_load(dirs, 1, &diag);
	if (!set || diag.n_errors || profile_set_size(set) == 0) {
		diag_print(&diag, stderr);
		abort();
	}
	return set;
}

struct fuzz_in {
	const uint8_t *at;
	size_t n;
};

/* The next bytes as a number, zeros behind the end. */
static inline uint64_t fuzz_number(struct fuzz_in *in, size_t bytes)
{
	uint64_t v = 0;

	for (; bytes; bytes--) {
		v = v << 8 | (in->n ? *in->at : 0);
		in->at += in->n > 0;
		in->n -= in->n > 0;
	}
	return v;
}

/* A value as the readers make them: what its type does not use is 0. */
static inline struct vb_value fuzz_value(struct fuzz_in *in)
{
	static const uint8_t types[] = {
		VB_INTEGER,     VB_OCTETS,       VB_NULL,           VB_OID,
		VB_IPADDRESS,   VB_COUNTER32,    VB_GAUGE32,        VB_TIMETICKS,
		VB_OPAQUE,      VB_COUNTER64,    VB_NO_SUCH_OBJECT, VB_NO_SUCH_INSTANCE,
		VB_END_OF_VIEW, VB_OPAQUE_FLOAT, VB_OPAQUE_DOUBLE,  0
	};
	struct vb_value v = { .type = types[fuzz_number(in, 1) % sizeof(types)] };
	uint64_t bits;
	uint32_t low;
	float single;

	switch (v.type) {
	case VB_INTEGER: v.integer = (int32_t)fuzz_number(in, 4); break;
	case VB_COUNTER32:
	case VB_GAUGE32:
	case VB_TIMETICKS: v.integer = (int64_t)fuzz_number(in, 4); break;
	case VB_COUNTER64: v.integer = (int64_t)fuzz_number(in, 8); break;
	case VB_OPAQUE_FLOAT:
		low = (uint32_t)fuzz_number(in, 4);
		memcpy(&single, &low, sizeof(single));
		v.real = (double)single;
		break;
	case VB_OPAQUE_DOUBLE:
		bits = fuzz_number(in, 8);
		memcpy(&v.real, &bits, sizeof(bits));
		break;
	case VB_OCTETS:
	case VB_IPADDRESS:
	case VB_OPAQUE:
	case VB_OID:
		v.n_octets = fuzz_number(in, 1);
		if (v.n_octets > in->n)
			v.n_octets = in->n;
		v.octets = in->at;
		in->at += v.n_octets;
		in->n -= v.n_octets;
		break;
	default: break; /* a byte from outside, and the types that have no content */
	}
	return v;
}
