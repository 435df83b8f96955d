/* SPDX-License-Identifier: Apache-2.0 */
/* Files of walked values: both formats, what is wrong with them, and answers from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/snmp_codec.h"
#include "transport/transport.h"
#include "transport/walk_file.h"

static const struct vb_value *get(const struct walk_file *f, const char *text)
{
	struct oid oid;
	size_t at;

	assert_int_equal(oid_parse(text, &oid), 0);
	at = walk_file_find(f, &oid, false);
	assert_true(at < f->n_vbs);
	assert_int_equal(oid_cmp(&f->vbs[at].oid, &oid), 0);
	return &f->vbs[at].value;
}

static void assert_octets(const struct vb_value *v, uint8_t type, const char *data, size_t n)
{
	assert_int_equal(v->type, type);
	assert_int_equal(v->n_octets, n);
	assert_memory_equal(v->octets, data, n);
}

static void assert_number(const struct vb_value *v, uint8_t type, int64_t number)
{
	assert_int_equal(v->type, type);
	assert_int_equal(v->integer, number);
}

static void load(const char *text, struct walk_file *f)
{
	struct err err = { "" };

	if (walk_file_parse("w", text, strlen(text), f, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_snmprec(void **state)
{
	struct walk_file f;

	(void)state;
	load("# a comment\r\n"
	     "1.3.6.9|2|-5\r\n"
	     "\n"
	     "1.3.6.2|4|text | with a bar \n"
	     "1.3.6.3|4x|00c0B7\n"
	     "1.3.6.4|6|.1.3.6.1.4.1.318\n"
	     "1.3.6.5|64|192.0.2.1\n"
	     "1.3.6.6|64x|c0000201\n"
	     "1.3.6.7|65|4294967295\n"
	     "1.3.6.8|66| 7 \n"
	     "1.3.6.1|67|8\n"
	     "1.3.6.10|70|18446744073709551615\n"
	     "1.3.6.11|4e|a\\x07\\n\\\\\n"
	     "1.3.6.12|68x|9f78043fc00000\n"
	     "1.3.6.13|4|\n"
	     "1.3.6.9|2|6\n" /* again: the first one stays */
	     "1.3.6.14|2|1", /* no line end */
	     &f);
	assert_int_equal(f.n_vbs, 14);
	assert_number(get(&f, "1.3.6.9"), VB_INTEGER, -5);
	assert_octets(get(&f, "1.3.6.2"), VB_OCTETS, "text | with a bar ", 18);
	assert_octets(get(&f, "1.3.6.3"), VB_OCTETS, "\x00\xc0\xb7", 3);
	assert_octets(get(&f, "1.3.6.4"), VB_OID, "1.3.6.1.4.1.318", 15);
	assert_octets(get(&f, "1.3.6.5"), VB_IPADDRESS, "\xc0\x00\x02\x01", 4);
	assert_octets(get(&f, "1.3.6.6"), VB_IPADDRESS, "\xc0\x00\x02\x01", 4);
	assert_number(get(&f, "1.3.6.7"), VB_COUNTER32, 4294967295);
	assert_number(get(&f, "1.3.6.8"), VB_GAUGE32, 7);
	assert_number(get(&f, "1.3.6.1"), VB_TIMETICKS, 8);
	assert_number(get(&f, "1.3.6.10"), VB_COUNTER64, -1); /* as u64 */
	assert_octets(get(&f, "1.3.6.11"), VB_OCTETS, "a\x07\n\\", 4);
	assert_int_equal(get(&f, "1.3.6.12")->type, VB_OPAQUE_FLOAT);
	assert_true(get(&f, "1.3.6.12")->real == 1.5);
	assert_octets(get(&f, "1.3.6.13"), VB_OCTETS, "", 0);
	assert_number(get(&f, "1.3.6.14"), VB_INTEGER, 1);
	walk_file_done(&f);
}

static void test_snmpwalk(void **state)
{
	struct walk_file f;

	(void)state;
	load(".1.3.6.1 = STRING: \"one \\\"two\\\"\n"
	     "three\"\n"
	     ".1.3.6.2 = STRING: unquoted\n"
	     ".1.3.6.3 = \"\"\n"
	     ".1.3.6.4 = Hex-STRING: 00 C0 B7 \n"
	     "01 02\n"
	     ".1.3.6.5 = INTEGER: up(1)\n"
	     ".1.3.6.6 = INTEGER: -72\n"
	     ".1.3.6.7 = Gauge32: 230 Volts (RMS)\n"
	     ".1.3.6.8 = Counter32: 4294967295\n"
	     ".1.3.6.9 = Counter64: 18446744073709551614\n"
	     ".1.3.6.10 = Timeticks: (12345) 0:02:03.45\n"
	     ".1.3.6.11 = OID: .1.3.6.1.4.1.318\n"
	     ".1.3.6.12 = IpAddress: 192.0.2.1\n"
	     ".1.3.6.13 = Opaque: Float: 1.500000\n"
	     ".1.3.6.14 = No Such Instance currently exists at this OID\n"
	     ".1.3.6.15 = INTEGER: 23.4 degrees\n"
	     ".1.3.6.16 = BITS: 80 00 first(0)\n"
	     ".1.3.6.17 = Wrong Type (should be INTEGER): Gauge32: 5\n"
	     ".1.3.6.18 = NULL\n",
	     &f);
	assert_int_equal(f.n_vbs, 18);
	assert_octets(get(&f, "1.3.6.1"), VB_OCTETS, "one \"two\"\nthree", 15);
	assert_octets(get(&f, "1.3.6.2"), VB_OCTETS, "unquoted", 8);
	assert_octets(get(&f, "1.3.6.3"), VB_OCTETS, "", 0);
	assert_octets(get(&f, "1.3.6.4"), VB_OCTETS, "\x00\xc0\xb7\x01\x02", 5);
	assert_number(get(&f, "1.3.6.5"), VB_INTEGER, 1);
	assert_number(get(&f, "1.3.6.6"), VB_INTEGER, -72);
	assert_number(get(&f, "1.3.6.7"), VB_GAUGE32, 230);
	assert_number(get(&f, "1.3.6.8"), VB_COUNTER32, 4294967295);
	assert_number(get(&f, "1.3.6.9"), VB_COUNTER64, -2);
	assert_number(get(&f, "1.3.6.10"), VB_TIMETICKS, 12345);
	assert_octets(get(&f, "1.3.6.11"), VB_OID, "1.3.6.1.4.1.318", 15);
	assert_octets(get(&f, "1.3.6.12"), VB_IPADDRESS, "\xc0\x00\x02\x01", 4);
	assert_int_equal(get(&f, "1.3.6.13")->type, VB_OPAQUE_FLOAT);
	assert_true(get(&f, "1.3.6.13")->real == 1.5);
	assert_int_equal(get(&f, "1.3.6.14")->type, VB_NO_SUCH_INSTANCE);
	assert_number(get(&f, "1.3.6.15"), VB_INTEGER, 234);
	assert_octets(get(&f, "1.3.6.16"), VB_OCTETS, "\x80\x00", 2);
	assert_number(get(&f, "1.3.6.17"), VB_GAUGE32, 5);
	assert_int_equal(get(&f, "1.3.6.18")->type, VB_NULL);
	walk_file_done(&f);
}

static void test_bad_lines_are_named(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
		{ "", "w: " },
		{ "# nothing\n\n", "w: " },
		{ "1.3.6|2|1\n1.3.7|2\n", "w:2: " },
		{ "1.3.6|2|1\n\nx|2|1\n", "w:3: " },
		{ "1.3.6|2|1x\n", "w:1: " },
		{ "1.3.6|2|\n", "w:1: " },
		{ "1.3.6|65|-1\n", "w:1: " },
		{ "1.3.6|66|4294967296\n", "w:1: " },
		{ "1.3.6|4x|0g\n", "w:1: " },
		{ "1.3.6|4x|0\n", "w:1: " },
		{ "1.3.6|6|1..3\n", "w:1: " },
		{ "1.3.6|6|\n", "w:1: " },
		{ "1.3.6|64|192.0.2\n", "w:1: " },
		{ "1.3.6|99|1\n", "w:1: " },
		{ "1.3.6|2:numeric|rate=1\n", "w:1: the type has a suffix" },
		{ "1.3.6|4e|\\q\n", "w:1: " },
		{ ".1.3 = INTEGER: 1\nTimeout: No Response from 192.0.2.1\n", "w:2: " },
		{ "SNMPv2-MIB::sysDescr.0 = STRING: x\n", "w:1: " },
		{ ".1.3 = INTEGER: up\n", "w:1: " },
		{ ".1.3 = OID: SNMPv2-SMI::enterprises\n", "w:1: " },
		{ ".1.3 = STRING: \"never closed\nmore\n", "w:1: " },
		{ ".1.3 = Hex-STRING: 00 XX\n", "w:1: " },
		{ ".1.3 = 5\n", "w:1: " },
		{ "<html>\n", "w:1: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct walk_file f;
		struct err err = { "" };

		if (walk_file_parse("w", bad[i].text, strlen(bad[i].text), &f, &err) == 0)
			fail_msg("accepted: %s", bad[i].text);
		if (strncmp(err.text, bad[i].where, strlen(bad[i].where)) != 0)
			fail_msg("%s gave: %s", bad[i].text, err.text);
	}
}

/* ---- the driver -------------------------------------------------------------------- */

static int calls;
static enum cause last_cause;
static size_t n_values, n_vbs;
static struct vb_value values[8];
static struct varbind vbs[64];

static void done(struct request *r, enum cause cause, const struct reply *reply)
{
	(void)r;
	calls++;
	last_cause = cause;
	n_values = reply->n_values;
	n_vbs = reply->n_vbs;
	assert_true(n_values <= 8 && n_vbs <= 64);
	if (n_values)
		memcpy(values, reply->values, n_values * sizeof(*values));
	if (n_vbs)
		memcpy(vbs, reply->vbs, n_vbs * sizeof(*vbs));
}

static void ask(struct transport *t, struct target *g, const struct plan_request *what)
{
	struct request r = { .target = g, .what = what, .deadline = { INT64_MAX }, .done = done };
	int before = calls;

	transport_walk.submit(t, &r);
	assert_int_equal(calls, before);
	assert_int_equal(transport_walk.tick(t, (struct mono){ 1 }).us, INT64_MAX);
	assert_int_equal(calls, before + 1);
}

static void test_answers(void **state)
{
	static const char text[] = "1.3.1|2|1\n1.3.2|2|2\n1.3.3|2|3\n";
	char path[] = "/tmp/rackmeter-walk-XXXXXX";
	struct transport_limits limits = { 0 };
	struct endpoint e = { .protocol = PROTOCOL_WALK };
	struct oid oids[2] = { { .n = 3, .arc = { 1, 3, 2 } }, { .n = 3, .arc = { 1, 3, 9 } } };
	struct plan_request what = { .kind = REQUEST_SNMP_GET, .oids = oids, .n_oids = 2 };
	struct err err = { "" };
	struct transport *t = transport_walk.open(-1, &limits, &err);
	struct target *g;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	memcpy(e.host, path, sizeof(path));
	g = transport_walk.target_new(t, &e, NULL, NULL, 0, &err);
	assert_non_null(g);
	ask(t, g, &what);
	assert_int_equal(last_cause, CAUSE_NONE);
	assert_int_equal(n_values, 2);
	assert_number(&values[0], VB_INTEGER, 2);
	assert_int_equal(values[1].type, VB_NO_SUCH_INSTANCE);
	what.kind = REQUEST_SNMP_NEXT;
	ask(t, g, &what);
	assert_int_equal(n_vbs, 2);
	assert_number(&vbs[0].value, VB_INTEGER, 3);
	assert_int_equal(vbs[1].value.type, VB_END_OF_VIEW);
	assert_int_equal(oid_cmp(&vbs[1].oid, &oids[1]), 0);
	what = (struct plan_request){ .kind = REQUEST_SNMP_BULK, .oids = oids, .n_oids = 1,
				      .max_repetitions = 20 };
	oids[0].n = 2; /* 1.3 */
	ask(t, g, &what);
	assert_int_equal(n_vbs, 4); /* the three and the end */
	assert_number(&vbs[2].value, VB_INTEGER, 3);
	assert_int_equal(vbs[3].value.type, VB_END_OF_VIEW);
	what.kind = REQUEST_MODBUS_READ;
	ask(t, g, &what);
	assert_int_equal(last_cause, CAUSE_DEVICE_ERROR);
	transport_walk.target_free(g);
	unlink(path);
	assert_null(transport_walk.target_new(t, &e, NULL, NULL, 0, &err));
	assert_non_null(strstr(err.text, path));
	transport_walk.close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_snmprec),
		cmocka_unit_test(test_snmpwalk),
		cmocka_unit_test(test_bad_lines_are_named),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
