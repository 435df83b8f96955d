/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer, while others read: PDUS rack PDUs of 50 points every 10 s are added to the site of a
 * fixture's copy (tests/dashboards), and stored for SECONDS of life, which begin a minute before
 * the end of the fixture's open hour, so that this hour is packed and rolled up within. Prints
 * "ready" when it begins, at last "written|PDUs|seconds|samples|largest WAL in MB|longest commit|
 * longest step|longest checkpoint|longest commit and step less what they waited for a processor"
 * (milliseconds). On a machine that others use too, the last two are ours.
 * dashboards_write COPY.db PDUS SECONDS
 */
#include "keep.h"

#include <math.h>

/* How long this thread could have run and no processor was free, so far. */
static int64_t waited_us(void)
{
	long long ran_ns = 0, waited_ns = 0;
	FILE *f = fopen("/proc/thread-self/schedstat", "re");

	if (!f || fscanf(f, "%lld %lld", &ran_ns, &waited_ns) != 2)
		fail("/proc/thread-self/schedstat", "cannot be read");
	fclose(f);
	return waited_ns / 1000;
}

int main(int argc, char **argv)
{
	struct fleet pdus = { "device", "PDU", 0, 50, 6, 10, WANDER, NULL, NULL };
	int seconds = argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0;
	struct keeper k;
	struct err err;
	double largest = 0;
	int64_t commit_us = 0, step_us = 0;
	int64_t hour, id;

	program = "dashboards_write";
	pdus.n = argc == 4 ? (int)strtol(argv[2], NULL, 10) : 0;
	if (pdus.n < 1 || seconds < 1)
		fail("usage", "dashboards_write COPY.db PDUS SECONDS");
	keeper_open(&k, argv[1]);
	must_be(db_number(k.db, "SELECT max(hour) FROM open_hour", &hour, &err), &err);
	struct query *q = query_kept(k.db, "store_gap_next", &err);
	if (!q || query_first(q, &id, &err) <= 0)
		fail("gaps", err.text);
	gaps_next_id(k.gaps, id);
	fleet_begin(&pdus);
	keeper_register(&k, &pdus);
	keeper_checkpoint(&k);
	int64_t from = hour + 3540;
	must_be(hours_load(k.hours, from, &err), &err);
	char *wal = xasprintf("%s-wal", argv[1]);
	puts("ready");
	fflush(stdout);
	int64_t began = clock_mono().us;
	for (int64_t ts = from; ts < from + seconds; ts++) {
		keeper_poll(&k, &pdus, ts);
		int64_t waited = waited_us(), before = clock_mono().us;
		keeper_commit(&k, ts);
		longest(before + waited_us() - waited, &commit_us);
		waited = waited_us(), before = clock_mono().us;
		keeper_work(&k, ts);
		longest(before + waited_us() - waited, &step_us);
		largest = fmax(largest, file_mb(wal));
		keeper_idle(&k, began + (ts + 1 - from) * 1000000);
	}
	printf("written|%d|%d|%llu|%.1f|%.1f|%.1f|%.1f|%.1f|%.1f\n", pdus.n, seconds,
	       (unsigned long long)k.samples, largest, (double)k.commit_us_max / 1e3,
	       (double)k.step_us_max / 1e3, (double)k.checkpoint_us_max / 1e3,
	       (double)commit_us / 1e3, (double)step_us / 1e3);
	free(wal);
	keeper_done(&k);
	fleet_done(&pdus);
	return 0;
}
