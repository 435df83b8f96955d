/* SPDX-License-Identifier: Apache-2.0 */
/* Files of walked values that people send. */
#include <stdlib.h>

#include "fuzz.h"
#include "transport/walk_file.h"

static volatile unsigned sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct walk_file file;
	struct err err = { "" };
	unsigned sum = 0;

	if (walk_file_parse("input", data, size, &file, &err) < 0) {
		if (!err.text[0]) /* a refusal must say why */
			abort();
		return 0;
	}
	for (size_t i = 0; i < file.n_vbs; i++) {
		if (i && oid_cmp(&file.vbs[i - 1].oid, &file.vbs[i].oid) >= 0)
			abort();
		if (walk_file_find(&file, &file.vbs[i].oid, false) != i)
			abort();
		for (size_t k = 0; k < file.vbs[i].value.n_octets; k++)
			sum += file.vbs[i].value.octets[k];
	}
	sink = sum;
	walk_file_done(&file);
	return 0;
}
