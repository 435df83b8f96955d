/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: rm_inventory
 * replay: schema/profiles tests/fixtures/profiles-good tests/fixtures/profiles-bad
 * Device profiles that people send: read, checked, and expanded without a device. */
#include "fuzz.h"
#include "fuzz_file.h"
#include "inventory/profile.h"

static volatile size_t sink;

/* What decoding and planning rely on. */
static void check(const struct profile *p)
{
	struct expansion *x = profile_expand(p, 0, NULL, 0);
	struct oid *oids = NULL;

	for (size_t i = 0; i < p->n_points; i++) {
		const struct profile_point *point = &p->points[i];
		uint32_t start, end;

		if (!point->quantity || !point->part || point->scale.div <= 0)
			abort();
		if (p->protocol == PROFILE_SNMP && point->oid.n + point->n_index > OID_MAX)
			abort();
		if (p->protocol == PROFILE_SNMP)
			continue;
		profile_point_span(point, &start, &end);
		if (point->words_n == 0 || end > 65536 || end <= start ||
		    end - start > (profile_point_is_bits(point) ? 2000U : 125U))
			abort();
	}
	if (p->protocol == PROFILE_SNMP && x->n_points > 0)
		abort(); /* points of a device that has not said anything */
	sink = profile_walk_columns(p, &oids);
	free(oids);
	oids = NULL;
	sink = profile_scalars(p, &oids);
	free(oids);
	expansion_free(x);
}

static char dir[] = "/tmp/rackmeter-fuzz-XXXXXX", *path;

static void clean_up(void)
{
	unlink(path);
	rmdir(dir);
	free(path);
}

/* A profile must be called as its file: what follows "profile: " at the start, else "p". */
static void name_file(const uint8_t *data, size_t size)
{
	static const char key[] = "profile: ";
	const char *file = fuzz_file(data, size), *start = memmem(data, size, key, sizeof(key) - 1);
	char name[32] = "p", *was = path;

	if (start) {
		size_t at = (size_t)((const uint8_t *)start - data) + sizeof(key) - 1, n = 0;

		while (n + 1 < sizeof(name) && at < size &&
		       strchr("abcdefghijklmnopqrstuvwxyz0123456789-", data[at]) && data[at])
			name[n++] = (char)data[at++];
		if (n)
			name[n] = '\0';
	}
	if (!path) {
		if (!mkdtemp(dir))
			abort();
		atexit(clean_up);
	}
	path = xasprintf("%s/%s.yaml", dir, name);
	if (was && strcmp(was, path) == 0) {
		free(was);
		return;
	}
	if (was)
		unlink(was);
	free(was);
	if (symlink(file, path) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag diag = { 0 };

	name_file(data, size);

	struct profile *p = profile_load(path, &diag);

	if (!p != (diag.n_errors > 0))
		abort();
	if (p)
		check(p);
	profile_free(p);
	fuzz_diag(&diag, path);
	return 0;
}
