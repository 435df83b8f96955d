/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as a complete message for `sendmail -t` (RFC 5322, MIME: RFC 2045 to 2047). Pure: the
 * same input gives the same bytes, boundary and Message-ID included.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

struct mail {
	const char *to;   /* "ops@example.org, Night <night@example.org>" */
	const char *from; /* NULL: sendmail writes the sender's address */
	const char *host; /* right side of the Message-ID when there is no from */
	const char *subject;
	int64_t ts; /* UTC seconds; Date tells it in the zone in use */
	const char *text, *html;
};

/* malloc'd, lines end with LF as sendmail reads them. NULL when an address cannot stand in a
 * header. */
char *mail_compose(const struct mail *mail, struct err *err);
