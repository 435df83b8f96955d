/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of FIPS 180-4 (NIST's SHA256.pdf), and every length around the ends of blocks
 * against what Python's hashlib says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha256.h"
#include "base/text.h"

static void test_vectors(void **state)
{
	static const struct {
		const char *text, *hex;
	} vectors[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[SHA256_HEX];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		assert_string_equal(sha256_hex(vectors[i].text, strlen(vectors[i].text), hex),
				    vectors[i].hex);
	char *million = xcalloc(1000000, 1);
	memset(million, 'a', 1000000);
	assert_string_equal(sha256_hex(million, 1000000, hex),
			    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(million);
}

/* The hashes of "", "x", "xx", ... of 130 characters, hashed together. */
static void test_lengths(void **state)
{
	char text[130], hex[SHA256_HEX], all[131 * 64 + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n++)
		memcpy(all + 64 * n, sha256_hex(text, n, hex), 65);
	assert_string_equal(sha256_hex(all, strlen(all), hex),
			    "87aca1c44bc7ba8897768170211f0a02063de70801131ff86c7edb9ce32c6a50");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
