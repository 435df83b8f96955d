/* SPDX-License-Identifier: Apache-2.0 */
/* BER both ways: any bytes through the reader at every level, and a request of any names, which
 * must fit its buffer or be refused, and read back as it was meant. */
#include <stdlib.h>

#include "fuzz.h"
#include "transport/snmp_ber.h"
#include "transport/snmp_codec.h"

#define ROOM  1500
#define NAMES 40

static volatile unsigned sink;

static void dig(struct snmp_ber_in in, int depth)
{
	struct snmp_ber_tlv tlv;
	int64_t number;
	uint8_t again[16];

	while (snmp_ber_left(&in) > 0 && snmp_ber_next(&in, &tlv) == 0) {
		if (tlv.in.at > tlv.in.end || tlv.in.end != in.at || in.at > in.end)
			abort();
		for (const uint8_t *p = tlv.in.at; p < tlv.in.end; p++)
			sink = *p;
		if (snmp_ber_signed(tlv.in, &number) == 0 && number >= 0 && number <= UINT32_MAX) {
			struct snmp_ber_out out = { again, again + sizeof(again), false };
			struct snmp_ber_in back;
			struct snmp_ber_tlv integer;
			int64_t same;

			snmp_ber_put_integer(&out, (uint32_t)number);
			back = (struct snmp_ber_in){ out.at, again + sizeof(again) };
			if (out.full || snmp_ber_tagged(&back, VB_INTEGER, &integer) < 0 ||
			    snmp_ber_signed(integer.in, &same) < 0 || same != number)
				abort();
		}
		if (depth < 8)
			dig(tlv.in, depth + 1);
	}
}

/* A GET turned into its own answer: as many names, all the same, without a value. */
static void read_back(uint8_t *packet, size_t n, const struct snmp_ask *ask)
{
	struct snmp_message message = { 0 };
	struct snmp_ber_in in = { packet, packet + n };
	struct snmp_ber_tlv tlv;

	if (snmp_ber_tagged(&in, SNMP_BER_SEQUENCE, &tlv) < 0 || snmp_ber_left(&in))
		abort();
	in = tlv.in;
	if (snmp_ber_next(&in, &tlv) < 0 || snmp_ber_next(&in, &tlv) < 0)
		abort();
	packet[in.at - packet] = SNMP_PDU_RESPONSE;
	if (snmp_codec_read(packet, n, &message) < 0 || message.version != ask->version ||
	    message.id != (int32_t)ask->id || message.n_vbs != ask->what->n_oids)
		abort();
	for (size_t i = 0; i < message.n_vbs; i++) {
		if (oid_cmp(&message.vbs[i].oid, &ask->what->oids[i]) != 0)
			abort();
	}
	snmp_codec_done(&message);
}

static void write_request(const uint8_t *data, size_t size)
{
	static struct oid names[NAMES];
	struct plan_request what = { .kind = (enum request_kind)(data[0] % 3),
				     .oids = names,
				     .max_repetitions = data[1] };
	struct snmp_ask ask = { .version = data[2] & 1 ? SNMP_V2C : SNMP_V1,
				.community = data[2] & 2 ? "public" : "",
				.id = 1 + (uint32_t)data[3] * 8000000,
				.what = &what };
	size_t room = data[4] & 1 ? ROOM : (size_t)data[5] * 4, n;
	uint8_t *buf = malloc(room ? room : 1);

	if (!buf)
		abort();
	for (size_t at = 6; at + 1 < size && what.n_oids < NAMES; what.n_oids++) {
		struct oid *oid = &names[what.n_oids];
		size_t arcs = data[at] % (OID_MAX - 1), wide = data[at] & 0x80 ? 4 : 1;

		at++;
		*oid = (struct oid){ .n = 2, .arc = { data[at] % 2, data[at] / 2 % 40 } };
		at++;
		while (arcs-- > 0 && at + wide <= size && oid->n < OID_MAX) {
			uint32_t arc = 0;

			for (size_t i = 0; i < wide; i++)
				arc = arc << 8 | data[at++];
			oid->arc[oid->n++] = arc;
		}
	}
	if (data[4] & 2)
		snmp_codec_prepare(&what);
	n = snmp_codec_write(&ask, buf, room);
	if (n > room)
		abort();
	if (n && what.kind == REQUEST_SNMP_GET && what.n_oids)
		read_back(buf, n, &ask);
	free(what.encoded);
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	dig((struct snmp_ber_in){ data, data + size }, 0);
	if (size >= 6)
		write_request(data, size);
	return 0;
}
