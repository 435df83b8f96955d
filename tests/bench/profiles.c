/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading and validating all profiles, which every start of the daemon and every probe does, and
 * telling of one device which family it is of. The floor is reading the same files.
 */
#include "bench.h"

#include <dirent.h>
#include <limits.h>

#include "inventory/profile.h"

static double read_files(const char *dir)
{
	double start = cpu_us();
	DIR *d = opendir(dir);

	if (!d)
		fail(dir);
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		char path[PATH_MAX], data[65536];
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		f = fopen(path, "re");
		while (f && fread(data, 1, sizeof(data), f) == sizeof(data))
			;
		if (f)
			fclose(f);
	}
	closedir(d);
	return cpu_us() - start;
}

int main(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : "schema/profiles";
	double load = 1e12, check = 1e12, floor = 1e12, identify = 1e12;
	size_t n = 0, points = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct profile_identity who = { .sysdescr = "Linux" };
		struct diag diag = { 0 };
		double start = cpu_us();
		struct profile_set *set = profile_set_load(&dir, 1, &diag);

		load = least(load, cpu_us() - start);
		diag_print(&diag, stderr);
		if (diag.n_errors)
			return 1;
		n = profile_set_size(set);
		points = 0;
		for (size_t k = 0; k < n; k++)
			points += profile_set_at(set, k)->n_points;
		start = cpu_us();
		profile_set_check(set, &diag);
		check = least(check, cpu_us() - start);
		oid_parse("1.3.6.1.4.1.8072.3.2.10", &who.sysobjectid);
		start = cpu_us();
		for (int k = 0; k < 1000; k++)
			profile_identify(set, &who);
		identify = least(identify, (cpu_us() - start) / 1000);
		floor = least(floor, read_files(dir));
		profile_set_free(set);
		diag_done(&diag);
	}
	printf("| %zu | %zu | %.1f | %.2f | %.1f | %.1f | %.2f |\n", n, points, load / 1000,
	       load / 1000 / (double)n, floor / 1000, identify, check / 1000);
	return load > 150e3;
}
