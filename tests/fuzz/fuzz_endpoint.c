/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: rm_inventory
 * The endpoint cell of a device, and the addresses on command lines. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "inventory/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct endpoint e;
	struct err err = { "" };
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&e, 0x5a, sizeof(e));
	if (endpoint_parse(text, &e, &err) < 0) {
		if (!err.text[0] || strchr(err.text, '\n') || (uint8_t)e.host[0] != 0x5a)
			abort(); /* a refusal says why and leaves the output alone */
	} else if (!e.host[0] || !memchr(e.host, '\0', sizeof(e.host)) ||
		   (!endpoint_is_file(&e) && e.port == 0)) {
		abort();
	} else if (e.protocol == PROTOCOL_MODBUS_RTU &&
		   (e.baud <= 0 || !strchr("NEO", e.parity) || e.stop < 1 || e.stop > 2 ||
		    !endpoint_same_line(&e, &e))) {
		abort();
	}
	free(text);
	return 0;
}
