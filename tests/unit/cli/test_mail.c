/* SPDX-License-Identifier: Apache-2.0 */
/* A message as sendmail reads it; tests/system/test_formats.py has it read by another program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/zone.h"
#include "cli/mail.h"

static char *compose(struct mail m)
{
	struct err err;

	if (!m.to)
		m.to = "ops@example.org";
	m.host = "collector1";
	m.ts = 1795438800; /* 2026-11-23 14:00 CET */
	m.text = m.text ? m.text : "all is well\n";
	m.html = m.html ? m.html : "<p>all is well</p>\n";
	m.subject = m.subject ? m.subject : "OK: all is well";
	assert_int_equal(zone_use("Europe/Berlin", &err), 0);
	char *text = mail_compose(&m, &err);
	assert_non_null(text);
	for (const char *p = text, *end; *p; p = end + 1) {
		end = strchr(p, '\n');
		assert_non_null(end);
		if (end - p > 78)
			fail_msg("too long: %.*s", (int)(end - p), p);
		assert_true(p == end || end[-1] != ' ');
	}
	return text;
}

static void contains(char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("\"%s\" is not in:\n%s", what, text);
}

static void test_headers(void **state)
{
	char *text = compose((struct mail){ .from = "Rack Meter <rackmeter@example.org>" }), *again;

	(void)state;
	contains(text, "From: Rack Meter <rackmeter@example.org>\nTo: ops@example.org\n"
		       "Subject: OK: all is well\nDate: 23 Nov 2026 14:00:00 +0100\n"
		       "Message-ID: <rackmeter.1795438800.");
	contains(text, "@example.org>\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
		       "Content-Type: multipart/alternative; boundary=\"=_");
	contains(text, "Content-Type: text/plain; charset=utf-8\n"
		       "Content-Transfer-Encoding: quoted-printable\n\nall is well\n\n--=_");
	contains(text, "Content-Type: text/html; charset=utf-8\n");
	again = compose((struct mail){ .from = "Rack Meter <rackmeter@example.org>" });
	assert_string_equal(text, again);
	free(text);
	free(again);
	text = compose((struct mail){ 0 });
	assert_null(strstr(text, "From:"));
	contains(text, "@collector1>\n");
	free(text);
}

static void test_folding(void **state)
{
	char *text = compose((struct mail){
		.to = "one@example.org,two@example.org,three@example.org,four@example.org,"
		      "five@example.org",
		.subject = "PROBLEM: a sentence that is so long that it has to go on in the next "
			   "line of the header, which begins with a blank" });

	(void)state;
	contains(text, "To: one@example.org, two@example.org, three@example.org, "
		       "four@example.org,\n five@example.org\n");
	contains(text, "Subject: PROBLEM: a sentence that is so long that it has to go on in the\n"
		       " next line of the header, which begins with a blank\n");
	free(text);
	/* beyond ASCII; what looks encoded is encoded too; no character is cut in two */
	text = compose((struct mail){ .subject = "OK: N\xc3\xbcrnberg" });
	contains(text, "Subject: =?UTF-8?Q?OK=3A_N=C3=BCrnberg?=\n");
	free(text);
	text = compose((struct mail){ .subject = "OK =?x?=" });
	contains(text, "Subject: =?UTF-8?Q?OK_=3D=3Fx=3F=3D?=\n");
	free(text);
	char many[256] = "";
	for (int i = 0; i < 60; i++)
		memcpy(many + 2 * i, "\xc3\xbc", 3);
	text = compose((struct mail){ .subject = many });
	contains(text, "=C3=BC?=\n =?UTF-8?Q?=C3=BC");
	free(text);
}

static void test_quoting(void **state)
{
	char longer[400];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	char *text = compose((struct mail){ .text = longer });
	contains(text, "xxx=\nxxx");
	free(text);
	text = compose((struct mail){ .text = "a = b\n.\nFrom here\nblank \n\xe2\x96\x88\ttab" });
	contains(text, "\n\na =3D b\n=2E\n=46rom here\nblank=20\n=E2=96=88=09tab\n\n--=_");
	free(text);
}

static void test_addresses(void **state)
{
	static const char *const bad[] = { "", "a@b\nBcc: c@d", "\xc3\xbc@example.org", "a\r@b" };
	struct mail m = { .host = "h", .subject = "s", .text = "t", .html = "h" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		m.to = bad[i];
		m.from = NULL;
		assert_null(mail_compose(&m, &err));
		assert_non_null(strstr(err.text, "--mail:"));
		m.to = "ops@example.org";
		m.from = bad[i];
		assert_null(mail_compose(&m, &err));
		assert_non_null(strstr(err.text, "--mail-from:"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_folding),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
