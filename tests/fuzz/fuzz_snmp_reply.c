/* SPDX-License-Identifier: Apache-2.0 */
/* Packets from the network: the strict reader, then net-snmp's, on whatever comes. */
#include "fuzz.h"
#include "transport/snmp_codec.h"
#include "transport/snmp_lenient.h"

/* What the replies in the corpus answer to, more or less: names that match take a shortcut. */
static struct oid names[] = { { .n = 9, .arc = { 1, 3, 6, 1, 2, 1, 1, 3, 0 } },
			      { .n = 9, .arc = { 1, 3, 6, 1, 2, 1, 1, 1, 0 } } };
static struct plan_request what = { .kind = REQUEST_SNMP_GET, .oids = names };

static const struct plan_request *asked(void *user, int32_t id)
{
	(void)user;
	what.n_oids = (uint16_t)(1 + ((unsigned)id & 1));
	snmp_codec_prepare(&what);
	return &what;
}

static struct snmp_message message = { .asked = asked };
static volatile unsigned sink;

/* Every byte that is pointed to must be there. */
static void touch(const struct snmp_message *m)
{
	unsigned sum = 0;

	for (size_t i = 0; i < m->n_community; i++)
		sum += m->community[i];
	for (size_t i = 0; m->matched && i < m->matched->n_oids; i++) {
		for (size_t k = 0; k < m->values[i].n_octets; k++)
			sum += m->values[i].octets[k];
	}
	for (size_t i = 0; i < m->n_vbs; i++) {
		for (size_t k = 0; k < m->vbs[i].oid.n; k++)
			sum += m->vbs[i].oid.arc[k];
		for (size_t k = 0; k < m->vbs[i].value.n_octets; k++)
			sum += m->vbs[i].value.octets[k];
	}
	sink = sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	snmp_lenient_init();
	if (snmp_codec_read(data, size, &message) == 0)
		touch(&message);
	else if (size <= 65535 && snmp_lenient_read(data, size, &message) == 0)
		touch(&message);
	snmp_codec_done(&message);
	message.asked = asked;
	return 0;
}
