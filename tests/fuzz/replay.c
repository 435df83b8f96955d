/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over the files of folders: what once broke a parser stays tested
 * where no fuzzer is installed. Each input also runs cut at a few places.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20)

/* In a block of exactly that size, so that a sanitizer sees a read behind it. */
static void run(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		abort();
	memcpy(copy, data, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static int replay(const char *folder, const char *name)
{
	static uint8_t data[INPUT_MAX];
	char path[4096];
	FILE *f;
	size_t n, step;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return -1;
	}
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	step = n / 64 + 1;
	for (size_t cut = 0; cut < n; cut += step)
		run(data, cut);
	run(data, n);
	return 0;
}

static int replay_folder(const char *folder)
{
	struct dirent *entry;
	int n = 0;
	DIR *dir = opendir(folder);

	if (!dir) {
		perror(folder);
		return -1;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay(folder, entry->d_name) < 0) {
			closedir(dir);
			return -1;
		}
		n++;
	}
	closedir(dir);
	printf("%d inputs in %s\n", n, folder);
	return n ? 0 : -1; /* an empty folder tests nothing */
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s FOLDER...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		if (replay_folder(argv[i]) < 0)
			return 1;
	}
	return 0;
}
