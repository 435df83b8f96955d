/* SPDX-License-Identifier: Apache-2.0 */
/* See mail.h. */
#include "cli/mail.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"

#define LINE 76 /* of an encoded header or body; else 78 is allowed */
#define WORD 75 /* an encoded word (RFC 2047, 2) */

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			return false;
	return true;
}

/* Bytes of the character that begins here. */
static size_t character(const char *p)
{
	size_t n = 1;

	while (((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* May it stand for itself in a Q-encoded word? (RFC 2047, 5, the strictest of its three places) */
static bool is_safe(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("!*+-/", c));
}

/* Encoded words; a character is never cut in two. */
static void put_encoded(FILE *f, const char *text, size_t column)
{
	static const char open[] = "=?UTF-8?Q?";
	size_t word = 0;

	while (*text) {
		size_t n = character(text), need = 0;

		for (size_t i = 0; i < n; i++)
			need += is_safe(text[i]) || text[i] == ' ' ? 1 : 3;
		if (word && (word + need + 2 > WORD || column + need + 2 > LINE)) {
			fputs("?=\n ", f);
			column = 1;
			word = 0;
		}
		if (!word) {
			fputs(open, f);
			word = sizeof(open) - 1;
			column += word;
		}
		for (size_t i = 0; i < n; i++) {
			if (is_safe(text[i]))
				fputc(text[i], f);
			else if (text[i] == ' ')
				fputc('_', f);
			else
				fprintf(f, "=%02X", (unsigned char)text[i]);
		}
		word += need;
		column += need;
		text += n;
	}
	fputs("?=\n", f);
}

/* Words of ASCII, folded at blanks. */
static void put_folded(FILE *f, const char *text, size_t column)
{
	for (bool first = true; *text; first = false) {
		size_t n = strcspn(text, " ");

		if (!first && column + 1 + n > LINE) {
			fputc('\n', f);
			column = 0;
		}
		if (!first) {
			fputc(' ', f);
			column++;
		}
		fwrite(text, 1, n, f);
		column += n;
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', f);
}

static void put_header(FILE *f, const char *name, const char *value)
{
	size_t column = (size_t)fprintf(f, "%s: ", name);

	if (is_plain(value) && !strstr(value, "=?"))
		put_folded(f, value, column);
	else
		put_encoded(f, value, column);
}

/* A blank behind each comma: where a long list may be folded. */
static void put_addresses(FILE *f, const char *name, const char *list)
{
	char *spaced = xcalloc(2 * strlen(list) + 1, 1), *to = spaced;

	for (; *list; list++) {
		*to++ = *list;
		if (*list == ',' && list[1] != ' ')
			*to++ = ' ';
	}
	put_header(f, name, spaced);
	free(spaced);
}

/* RFC 5322, 3.3, without the optional weekday; English whatever the locale. */
static void put_date(FILE *f, int64_t ts)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char iso[64]; /* 2026-11-23T14:05:00+01:00 */
	int y, m, d;

	zone_date(ts, &y, &m, &d);
	zone_format_iso(ts, iso, sizeof(iso));
	fprintf(f, "Date: %d %s %d %.8s %.3s%.2s\n", d, months[m - 1], y, iso + 11, iso + 19,
		iso + 23);
}

/* Quoted-printable (RFC 2045, 6.7): lines of any length and any byte come through. */
static void put_quoted(FILE *f, const char *text)
{
	size_t column = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n') {
			fputc('\n', f);
			column = 0;
			continue;
		}
		/* A blank at the end of a line, "From" and a point at its beginning would suffer.
		 */
		bool last = text[1] == '\n' || text[1] == '\0';
		bool hidden = c < 0x20 || c > 0x7e || c == '=' || (c == ' ' && last);

		if (column + (hidden ? 3 : 1) > LINE - 1) {
			fputs("=\n", f);
			column = 0;
		}
		hidden = hidden || (column == 0 && (c == '.' || c == 'F'));
		if (hidden) {
			column += (size_t)fprintf(f, "=%02X", c);
		} else {
			fputc(c, f);
			column++;
		}
	}
	if (column)
		fputc('\n', f);
}

/* The end of line before a boundary belongs to it. */
static void put_part(FILE *f, const char *boundary, const char *type, const char *text)
{
	fprintf(f,
		"\n--%s\nContent-Type: %s; charset=utf-8\nContent-Transfer-Encoding: "
		"quoted-printable\n"
		"\n",
		boundary, type);
	put_quoted(f, text);
}

static int check_address(const char *what, const char *address, struct err *err)
{
	if (!*address || !is_plain(address))
		return err_set(err, "%s: write an address in ASCII, as ops@example.org", what);
	return 0;
}

char *mail_compose(const struct mail *m, struct err *err)
{
	char *text = NULL, boundary[64];
	const char *host = m->from ? strrchr(m->from, '@') : NULL;
	size_t size = 0;

	if (check_address("--mail", m->to, err) < 0 ||
	    (m->from && check_address("--mail-from", m->from, err) < 0))
		return NULL;
	host = host ? host + 1 : m->host;
	uint64_t hash = text_hash(m->text, strlen(m->text));

	hash = text_hash_more(hash, m->html, strlen(m->html));
	hash = text_hash_more(hash, m->to, strlen(m->to));
	/* "=_" cannot stand in quoted-printable text (RFC 2045, 6.7) */
	snprintf(boundary, sizeof(boundary), "=_%016" PRIx64, hash);
	FILE *f = open_memstream(&text, &size);
	if (!f)
		abort();
	if (m->from)
		put_addresses(f, "From", m->from);
	put_addresses(f, "To", m->to);
	put_header(f, "Subject", m->subject);
	put_date(f, m->ts);
	fprintf(f, "Message-ID: <rackmeter.%" PRId64 ".%016" PRIx64 "@%.*s>\n", m->ts, hash,
		(int)strcspn(host, "> "), host);
	/* RFC 3834: no out-of-office answers */
	fputs("Auto-Submitted: auto-generated\nMIME-Version: 1.0\n", f);
	fprintf(f, "Content-Type: multipart/alternative; boundary=\"%s\"\n", boundary);
	put_part(f, boundary, "text/plain", m->text);
	put_part(f, boundary, "text/html", m->html);
	fprintf(f, "\n--%s--\n", boundary);
	if (fclose(f) != 0)
		abort();
	return text;
}
