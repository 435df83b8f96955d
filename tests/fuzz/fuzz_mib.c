/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: rm_cli
 * replay: tests/fixtures/mibs
 * MIB files of makers: whatever they hold, the objects stay in order and a draft that is made with
 * them can be read as YAML, names, units and all. */
#include "cli/mib.h"
#include "cli/profile_draft.h"
#include "config/yamldoc.h"
#include "fuzz.h"
#include "fuzz_file.h"

/* A scalar, two tables and a text below the enterprise that the seeds define. */
#define E "1.3.6.1.4.1.99999.1.1."
static const char walked[] =
	"1.3.6.1.2.1.1.1.0|4|Acme\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1\n" E "1.0|4|AP-1\n" E
	"2.0|4|SN7\n" E "3.0|2|12345\n" E "4.1.2.1.1|4|left\n" E "4.1.2.1.2|4|right\n" E
	"4.1.3.1.1|2|2\n" E "4.1.3.1.2|2|1\n" E "4.1.4.1.1|2|1500\n" E "4.1.4.1.2|2|0\n" E
	"4.1.5.1.1|4|7.5\n" E "4.1.5.1.2|4|0.1\n" E "9.1.1.7|2|3\n" E "9.1.2.7|2|-1\n";

static const struct walk_file *walk(void)
{
	static struct walk_file file;
	struct err err = { "" };

	if (!file.n_vbs && walk_file_parse("walk", walked, sizeof(walked) - 1, &file, &err) < 0)
		abort();
	return &file;
}

static void check_object(const struct mib *mib, const struct oid *oid)
{
	const struct mib_object *o = mib_find(mib, oid);

	if (!o)
		return;
	if (!o->name || !o->module || o->oid.n <= 6 || !oid_starts_with(oid, &o->oid))
		abort();
	for (size_t i = 0; i < o->n_values; i++) {
		if (!*o->values[i].name)
			abort();
	}
	for (size_t i = 0; i < o->n_index; i++) {
		if (!*o->index[i])
			abort();
	}
}

static void check_draft(const struct mib *mib)
{
	static const struct oid device;
	struct diag diag = { 0 };
	struct err err = { "" };
	char *text, path[64];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f || profile_draft(f, walk(), mib, "draft", "walk", &device, &err) < 0)
		abort();
	fclose(f);
	snprintf(path, sizeof(path), "%s", fuzz_file((const uint8_t *)text, size));

	struct yamldoc *doc = yamldoc_open(path, "draft", &diag);

	if (!doc) {
		fputs(text, stderr);
		diag_print(&diag, stderr);
		abort();
	}
	yamldoc_free(doc);
	diag_done(&diag);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct mib *mib = mib_load(&path, 1);

	for (size_t i = 0; i < walk()->n_vbs; i++)
		check_object(mib, &walk()->vbs[i].oid);
	check_draft(mib);
	mib_free(mib);
	return 0;
}
