/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damaged files: the good site's tables, settings and credentials with bytes
 * changed, cut, doubled and swapped, and plain noise. Nothing may crash, leak or
 * hang; the same seed gives the same damage. Every message stays one line of UTF-8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "config/config.h"
#include "config/file.h"

#define GOOD   FIXTURES "/config/good"
#define ROUNDS 150

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

/* xorshift64* (Vigna 2016): small and the same everywhere. */
static uint32_t any(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 32) % below;
}

static const char interesting[] =
	",;\t\"\n\r#\\'{}[]:&*!|>%@`-+/.eE0123456789\0\xff\xc3\xbc\xef\xbb\xbf ";

static size_t damage(char *data, size_t n, size_t cap)
{
	uint32_t how = any(12), times = 1 + any(8);

	if (how == 0 || n == 0) { /* noise */
		n = any((uint32_t)cap < 2000 ? (uint32_t)cap : 2000);
		for (size_t i = 0; i < n; i++)
			data[i] = any(2) ? interesting[any(sizeof(interesting))] : (char)any(256);
		return n;
	}
	for (uint32_t k = 0; k < times && n > 0; k++) {
		size_t at = any((uint32_t)n), length = any(20);
		switch (any(4)) {
		case 0: data[at] = (char)any(256); break;
		case 1: data[at] = interesting[any(sizeof(interesting))]; break;
		case 2: /* cut a piece out */
			if (length > n - at)
				length = n - at;
			memmove(data + at, data + at + length, n - at - length);
			n -= length;
			break;
		case 3: /* double a piece */
			if (length > n - at || n + length > cap)
				break;
			memmove(data + at + length, data + at, n - at);
			n += length;
			break;
		}
	}
	return how == 1 ? any((uint32_t)n + 1) : n;
}

static void write_bytes(const char *path, const char *data, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

static void check_messages(struct diag *diag)
{
	for (size_t i = 0; i < diag->n; i++) {
		const char *text = diag->items[i].text;
		assert_true(*text != '\0');
		assert_null(strchr(text, '\n'));
		assert_true(text_is_utf8(text, strlen(text)));
	}
	diag_done(diag);
}

static void fuzz_file(const char *table, const char *path)
{
	struct config_replace replace = { .table = table, .file = path };
	struct err err;
	size_t n;
	char *original = xasprintf(GOOD "/%s", table);
	char *good = file_read(original, &n, &err);

	assert_non_null(good);
	for (int i = 0; i < ROUNDS; i++) {
		struct diag diag = { 0 };
		size_t cap = n + 400;
		char *data = xcalloc(cap, 1);
		memcpy(data, good, n);
		write_bytes(path, data, damage(data, n, cap));
		free(data);
		config_free(config_load(GOOD, &replace, 1, &diag));
		check_messages(&diag);
	}
	free(good);
	free(original);
}

static void damaged_files(void **state)
{
	static const char *const tables[] = { "rackmeter.yaml", "racks.csv",    "circuits.csv",
					      "devices.csv",    "channels.csv", "cords.csv",
					      "budgets.csv",    "log.csv",      "facts.csv",
					      "tariffs.csv" };
	char path[] = "/tmp/rackmeter-fuzz-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		fuzz_file(tables[i], path);
	unlink(path);
}

static void damaged_credentials(void **state)
{
	static const char good[] = "credentials:\n  ro: {version: 2c, community: hush}\n"
				   "  env: {version: 1, community: \"${HOME}\"}\n";
	char path[] = "/tmp/rackmeter-fuzz-XXXXXX", yaml[] = "/tmp/rackmeter-fuzz-XXXXXX";
	int fd = mkstemp(path), fd_yaml = mkstemp(yaml); /* mode 0600 */

	(void)state;
	assert_true(fd >= 0 && fd_yaml >= 0);
	close(fd);
	close(fd_yaml);
	char *settings = xasprintf("version: 1\nsite: s\nzone: UTC\ncredentials: %s\n", path);
	write_bytes(yaml, settings, strlen(settings));
	for (int i = 0; i < ROUNDS; i++) {
		struct config_replace replace = { "rackmeter.yaml", yaml };
		struct diag diag = { 0 };
		char data[600];
		memcpy(data, good, sizeof(good) - 1);
		write_bytes(path, data, damage(data, sizeof(good) - 1, sizeof(data)));
		config_free(config_load(GOOD, &replace, 1, &diag));
		check_messages(&diag);
	}
	free(settings);
	unlink(path);
	unlink(yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_files),
		cmocka_unit_test(damaged_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
