/* SPDX-License-Identifier: Apache-2.0 */
/* See report_write.h. */
#include "cli/report_write.h"

#include <stdlib.h>
#include <sys/utsname.h>

#include "cli/mail.h"
#include "cli/output.h"
#include "cli/page.h"

#define SUBJECT 100 /* bytes of the verdict: more is not seen in a list of mails */

static struct doc_text page_of(const struct report_args *a)
{
	struct doc_text page = page_here(a->output || a->mail);

	page.brief = a->brief;
	if (a->columns)
		page.width = a->columns;
	return page;
}

static char *render_mail(const struct report_args *a, const struct doc *doc, int64_t now,
			 struct err *err)
{
	struct doc_text page = page_of(a);
	struct utsname host = { .nodename = "localhost" };
	char *subject = doc_headline(doc, SUBJECT), *text = doc_render_text(doc, &page),
	     *html = doc_render_html(doc, false);

	uname(&host);
	char *ret = mail_compose(&(struct mail){ .to = a->mail,
						 .from = a->mail_from,
						 .host = host.nodename,
						 .subject = subject,
						 .ts = now,
						 .text = text,
						 .html = html },
				 err);
	free(subject);
	free(text);
	free(html);
	return ret;
}

static char *render(const struct report_args *a, const struct doc *doc, int64_t now,
		    struct err *err)
{
	struct doc_text page = page_of(a);

	if (a->mail)
		return render_mail(a, doc, now, err);
	switch (a->format) {
	case REPORT_TEXT: break;
	case REPORT_CSV: return doc_render_csv(doc, a->table, err);
	case REPORT_JSON: return doc_render_json(doc);
	case REPORT_HTML: return doc_render_html(doc, true);
	}
	return doc_render_text(doc, &page);
}

int report_write(const struct report_args *args, const struct doc *doc, int64_t now,
		 struct err *err)
{
	if (args->quiet_if_ok && !doc_needs_person(doc))
		return 0;

	char *text = render(args, doc, now, err);
	int r = text ? output_write(args->output, text, err) : -2;

	free(text);
	return r;
}
