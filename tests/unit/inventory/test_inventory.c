/* SPDX-License-Identifier: Apache-2.0 */
/* The good site, joined: what holds when, what stands where, and that size does not matter. */
#include "fixture.h"

#include "base/clock.h"

#define NOW "2026-11-23T12:00Z"

static size_t device(const struct fixture *f, const char *name)
{
	ptrdiff_t i = inventory_device(f->inventory, name);

	assert_true(i >= 0);
	return (size_t)i;
}

static void open_good(struct fixture *f, const char *name, const char *at)
{
	fixture_open(f, name, at);
	diag_print(&f->diag, stderr);
	assert_int_equal(f->diag.n, 0);
	assert_non_null(f->inventory);
}

static void joined(void **state)
{
	struct fixture f;

	(void)state;
	open_good(&f, "good", NOW);

	const struct inventory *inv = f.inventory;

	assert_int_equal(inv->n_racks, 3);
	assert_int_equal(inv->n_circuits, 14);
	assert_int_equal(inv->n_devices, 13);

	ptrdiff_t r = inventory_rack(inv, "R018");

	assert_true(r >= 0);
	assert_int_equal(inv->racks[r].n_feeds, 2);
	assert_int_equal(inv->racks[r].feeds[0], inventory_circuit(inv, "R018-A"));
	assert_int_equal(inv->racks[r].feeds[1], inventory_circuit(inv, "R018-B"));

	const struct inv_circuit *bus = &inv->circuits[inventory_circuit(inv, "BUS-3A")];

	assert_int_equal(bus->n_fed_by, 2);
	assert_int_equal(bus->fed_by[0].circuit, inventory_circuit(inv, "UPS-A"));
	assert_false(bus->fed_by[0].transfer);
	assert_int_equal(bus->fed_by[1].circuit, inventory_circuit(inv, "UPS-R"));
	assert_true(bus->fed_by[1].transfer);

	const struct inv_device *pdu = &inv->devices[device(&f, "PDU-R018-B")];

	assert_int_equal(pdu->endpoint.member, 2);
	assert_int_equal(pdu->rack, r);
	assert_int_equal(pdu->every_s, 10);
	assert_string_equal(pdu->profile->name, "apc-rpdu2");
	assert_string_equal(pdu->credential->community, "public");
	assert_null(inv->devices[device(&f, "UTIL-1-M")].credential);
	assert_int_equal(inv->devices[device(&f, "UPS-A-M")].every_s, 10);
	assert_int_equal(inv->devices[device(&f, "BCM-3A")].n_channels, 7);
	assert_int_equal(inventory_rack(inv, "R019"), -1);
	assert_int_equal(inventory_rack(inv, ""), -1);
	fixture_close(&f);
}

static void over_time(void **state)
{
	struct fixture f;

	(void)state;
	open_good(&f, "good", "2026-09-30T12:00Z");
	assert_true(f.inventory->racks[inventory_rack(f.inventory, "R018")].cfg->budget_w == 16000);
	fixture_close(&f);
	/* the change is civil midnight in Berlin */
	open_good(&f, "good", "2026-09-30T22:00Z");
	assert_true(f.inventory->racks[inventory_rack(f.inventory, "R018")].cfg->budget_w == 14000);
	assert_string_equal(f.inventory->devices[device(&f, "PDU-R017-A")].endpoint.host,
			    "127.1.17.9");
	fixture_close(&f);
	open_good(&f, "good", "2026-03-01");
	assert_string_equal(f.inventory->devices[device(&f, "PDU-R017-A")].endpoint.host,
			    "127.1.17.1");
	fixture_close(&f);
}

static void renamed(void **state)
{
	struct fixture f;
	ptrdiff_t r;

	(void)state;
	open_good(&f, "renamed-rack", NOW);
	r = inventory_rack(f.inventory, "R118");
	assert_true(r >= 0);
	assert_int_equal(f.inventory->n_racks, 3);
	/* rows that still use the former name mean the same rack */
	assert_int_equal(inventory_rack(f.inventory, "R018"), r);
	assert_int_equal(f.inventory->devices[device(&f, "PDU-R018-A")].rack, r);
	assert_true(f.inventory->racks[r].cfg->budget_w == 12000);
	fixture_close(&f);

	fixture_open(&f, "renamed-rack", "2026-10-31");
	assert_non_null(f.inventory);
	assert_int_equal(inventory_rack(f.inventory, "R118"), -1);
	assert_string_equal(f.inventory->racks[inventory_rack(f.inventory, "R018")].cfg->rack,
			    "R018");
	fixture_close(&f);
}

static void placed(void **state)
{
	struct fixture f;
	struct placement p;

	(void)state;
	open_good(&f, "good", NOW);

	const struct inventory *inv = f.inventory;

	inventory_place(inv, device(&f, "UTIL-1-M"), "main", &p);
	assert_int_equal(p.circuit, inventory_circuit(inv, "UTIL-1"));
	assert_int_equal(p.role, ROLE_UTILITY);
	assert_int_equal(p.use, USE_PRIMARY);
	assert_string_equal(p.position, "");
	assert_string_equal(p.phases, "");

	/* a role and no use: primary; no role: check */
	inventory_place(inv, device(&f, "UPS-A-M"), "main", &p);
	assert_int_equal(p.use, USE_PRIMARY);
	inventory_place(inv, device(&f, "BMC-R018-10"), "main", &p);
	assert_int_equal(p.use, USE_CHECK);
	inventory_place(inv, device(&f, "BCM-3A"), "branch 9", &p);
	assert_int_equal(p.use, USE_CHECK);
	assert_int_equal(p.rack, -1);
	assert_int_equal(p.circuit, -1);

	/* a row of channels.csv places the part; the CT ratio of the device stays or is its own */
	inventory_place(inv, device(&f, "BCM-3A"), "main", &p);
	assert_int_equal(p.circuit, inventory_circuit(inv, "BUS-3A"));
	assert_int_equal(p.role, ROLE_PDU_OUT);
	assert_true(p.factor == 40);
	inventory_place(inv, device(&f, "BCM-3A"), "branch 1", &p);
	assert_int_equal(p.rack, inventory_rack(inv, "R017"));
	assert_int_equal(p.role, ROLE_NONE);
	assert_int_equal(p.use, USE_CHECK);
	assert_true(p.factor == 20);
	inventory_place(inv, device(&f, "BCM-3A"), "branch 5", &p);
	assert_int_equal(p.use, USE_NONE);
	assert_string_equal(p.phases, "L1");

	/* in place: role and circuit stay; moved to another rack: they do not */
	inventory_place(inv, device(&f, "PDU-R018-A"), "sensor 1", &p);
	assert_int_equal(p.rack, inventory_rack(inv, "R018"));
	assert_int_equal(p.circuit, inventory_circuit(inv, "R018-A"));
	assert_int_equal(p.role, ROLE_IT_IN);
	assert_string_equal(p.position, "inlet top");
	assert_true(p.offset == -0.4);
	inventory_place(inv, device(&f, "PDU-R018-A"), "sensor 2", &p);
	assert_int_equal(p.rack, inventory_rack(inv, "R017"));
	assert_int_equal(p.circuit, -1);
	assert_int_equal(p.role, ROLE_NONE);
	fixture_close(&f);
}

/* A site written into the same folder: n racks of two PDUs, and BMCs, its meters at the UPS or
 * above. */
static void write_big(const struct fixture *f, int n, bool meters)
{
	char *paths[] = { xasprintf("%s/racks.csv", f->dir), xasprintf("%s/circuits.csv", f->dir),
			  xasprintf("%s/devices.csv", f->dir),
			  xasprintf("%s/channels.csv", f->dir) };
	FILE *racks = fopen(paths[0], "w"), *circuits = fopen(paths[1], "w");
	FILE *devices = fopen(paths[2], "w");

	assert_true(racks && circuits && devices);
	unlink(paths[3]);
	fputs("rack,hall,feeds\n", racks);
	fputs("circuit,hall,fed_by\nUTIL-1,,\nGEN-1,,\nOFFICE,,\nSWB-A,H1,UTIL-1>GEN-1\n"
	      "SWB-B,H1,UTIL-1>GEN-1\nUPS-A,H1,SWB-A\nUPS-B,H1,SWB-B\n",
	      circuits);
	fputs("device,endpoint,profile,credential,rack,circuit,role\n"
	      "U,modbus://127.1.0.1,schneider-pm5000,,,UTIL-1,utility\n"
	      "G,modbus://127.1.0.2,schneider-pm5000,,,GEN-1,generator\n"
	      "O,modbus://127.1.0.3,schneider-pm5000,,,OFFICE,other\n",
	      devices);
	for (int side = 'A'; side <= 'B'; side++)
		fprintf(devices, "M%c,modbus://127.1.1.%d,schneider-pm5000,,,%s%c,ups_out\n", side,
			side, meters ? "UPS-" : "SWB-", side);
	for (int i = 0; i < n; i++) {
		fprintf(racks, "R%d,H1,F%dA F%dB\n", i, i, i);
		if (i % 50 == 0)
			fprintf(circuits, "BUS%dA,H1,UPS-A\nBUS%dB,H1,UPS-B\n", i / 50, i / 50);
		for (int side = 'A'; side <= 'B'; side++) {
			fprintf(circuits, "F%d%c,H1,BUS%d%c\n", i, side, i / 50, side);
			fprintf(devices, "P%d%c,snmp://p%d%c,apc-rpdu2,ro,R%d,F%d%c,pdu_out\n", i,
				side, i, side, i, i, side);
		}
		for (int k = 0; k < 8; k++)
			fprintf(devices, "B%d-%d,snmp://b%d-%d,dell-idrac,bmc,R%d,,\n", i, k, i, k,
				i);
	}
	fclose(racks);
	fclose(circuits);
	fclose(devices);
	for (size_t i = 0; i < 4; i++)
		free(paths[i]);
}

static void reload(struct fixture *f, double *ret_s)
{
	int64_t at = 1795435200;

	f->inventory = inventory_free(f->inventory);
	config_free(f->config);
	diag_done(&f->diag);
	f->config = config_load(f->dir, NULL, 0, &f->diag);

	struct mono before = clock_mono();

	f->inventory = inventory_load(f->config, f->profiles, at, &f->diag);
	*ret_s = (double)(clock_mono().us - before.us) / 1e6;
}

static void big(void **state)
{
	struct fixture f;
	double took;

	(void)state;
	open_good(&f, "good", NOW);
	write_big(&f, 20000, true);
	reload(&f, &took);
	assert_non_null(f.inventory);
	assert_int_equal(f.inventory->n_devices, 20000 * 10 + 5);
	fprintf(stderr, "20,000 racks and 200,005 devices joined in %.2f s\n", took);
	assert_true(took < 60); /* quadratic work would take hours */

	/* a second meter below the first */
	write_big(&f, 2000, false);

	char *devices = xasprintf("%s/devices.csv", f.dir);
	FILE *out = fopen(devices, "a");

	assert_non_null(out);
	fputs("X,modbus://127.1.9.1,schneider-pm5000,,,BUS7A,ups_out\n", out);
	fclose(out);
	reload(&f, &took);
	assert_int_equal(f.diag.n_errors, 1);
	assert_non_null(strstr(f.diag.items[0].text, "BUS7A (X) lies below SWB-A (MA)"));
	free(devices);
	fixture_close(&f);
}

static void many_holes(void **state)
{
	struct fixture f;
	double took;

	(void)state;
	open_good(&f, "good", NOW);
	write_big(&f, 1000, true);

	/* the meter of UPS-B becomes a check */
	char *devices = xasprintf("%s/devices.csv", f.dir);
	FILE *file = fopen(devices, "r+");
	char line[256];

	assert_non_null(file);
	for (;;) {
		long at = ftell(file);

		assert_non_null(fgets(line, sizeof(line), file));
		if (strncmp(line, "MB,", 3) != 0)
			continue;

		char *role = strstr(line, "ups_out");

		assert_non_null(role);
		assert_int_equal(fseek(file, at + (role - line), SEEK_SET), 0);
		fputs("other  ", file);
		break;
	}
	fclose(file);
	reload(&f, &took);
	assert_int_equal(f.diag.n_errors, 1);

	const char *text = f.diag.items[0].text;

	assert_string_equal(f.diag.items[0].file, "racks.csv");
	/* three examples from three busways, then the number of the others */
	assert_non_null(strstr(text, "UTIL-1 > SWB-B > UPS-B > BUS0B > F0B > R0, "));
	assert_non_null(strstr(text, "BUS1B > F50B > R50, "));
	assert_non_null(strstr(text, "and 997 more"));
	free(devices);
	fixture_close(&f);
}

/* Racks and rack PDUs only: no circuits.csv, meters count by their role. */
static void small_site(void **state)
{
	struct fixture f;
	double took;

	(void)state;
	open_good(&f, "good", NOW);

	static const struct {
		const char *name, *text;
	} files[] = {
		{ "rackmeter.yaml",
		  "version: 1\nsite: s\nzone: UTC\ncredentials: credentials.yaml\n"
		  "boundary:\n  - name: site\n    facility: [\"+ role:utility\"]\n"
		  "    it: {category: 3, sum: [\"+ role:it_in\"]}\n" },
		{ "racks.csv", "rack\nR1\nR2\n" },
		{ "devices.csv", "device,endpoint,profile,credential,rack,role\n"
				 "U,modbus://127.1.0.1,schneider-pm5000,,,utility\n"
				 "P1,snmp://127.1.0.2,apc-rpdu2,ro,R1,it_in\n" },
	};
	char *unwanted[] = { xasprintf("%s/circuits.csv", f.dir),
			     xasprintf("%s/channels.csv", f.dir) };

	for (size_t i = 0; i < 2; i++) {
		unlink(unwanted[i]);
		free(unwanted[i]);
	}
	for (size_t i = 0; i < 3; i++) {
		char *path = xasprintf("%s/%s", f.dir, files[i].name);
		FILE *out = fopen(path, "w");

		assert_non_null(out);
		fputs(files[i].text, out);
		fclose(out);
		free(path);
	}
	reload(&f, &took);
	assert_int_equal(f.diag.n_errors, 1);
	assert_string_equal(f.diag.items[0].file, "racks.csv");
	assert_int_equal(f.diag.items[0].line, 3);
	assert_non_null(strstr(f.diag.items[0].text, "no it_in meter in rack R2"));

	char *path = xasprintf("%s/devices.csv", f.dir);
	FILE *out = fopen(path, "a");

	assert_non_null(out);
	fputs("P2,snmp://127.1.0.3,apc-rpdu2,ro,R2,it_in\n", out);
	fclose(out);
	free(path);
	reload(&f, &took);
	diag_print(&f.diag, stderr);
	assert_int_equal(f.diag.n, 0);
	assert_non_null(f.inventory);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joined),     cmocka_unit_test(over_time),
		cmocka_unit_test(renamed),    cmocka_unit_test(placed),
		cmocka_unit_test(small_site), cmocka_unit_test(many_holes),
		cmocka_unit_test(big),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
