/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device, once: the survey and scan of the daemon behind a loop of their own. It
 * blocks, so that a command can be written from top to bottom.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/ident.h"
#include "daemon/poller.h"
#include "daemon/resolver.h"
#include "daemon/scan.h"
#include "daemon/shape.h"
#include "daemon/survey.h"
#include "decode/decode.h"
#include "transport/transport.h"

struct probe {
	const struct endpoint *endpoint;
	const struct cfg_credential *credential;
	const struct transport_ops *ops;
	struct transport *transport;
	struct target *target;
	int epoll_fd;
	struct mono deadline;
	struct probe_result *result;
	/* what the answer is for: exactly one is set */
	struct survey *survey;
	struct scan_run *run;
	struct plan *facts; /* all of it, fact is the request */
	size_t fact;
	struct ident *ident;
	bool answered, pending;
	enum cause cause;
};

/* ---- asking -------------------------------------------------------------- */

static void keep_fact(struct probe *p, const struct fact_def *fact, const char *text)
{
	struct probe_result *r = p->result;

	for (size_t i = 0; i < r->n_facts; i++) {
		if (strcmp(r->facts[i].key, fact->key) == 0)
			return;
	}
	r->facts = xrealloc(r->facts, r->n_facts + 1, sizeof(r->facts[0]));
	r->facts[r->n_facts].key = fact->key;
	snprintf(r->facts[r->n_facts].text, sizeof(r->facts[0].text), "%s", text);
	r->n_facts++;
}

static void take_facts(struct probe *p, const struct plan_request *what, const struct reply *reply)
{
	for (size_t i = 0; i < what->n_items; i++) {
		const struct fact_def *fact =
			&p->result->expansion->facts[what->items[i].point];
		char text[128];

		if (scan_fact_text(fact, what, &what->items[i], reply, text, sizeof(text)) == 0)
			keep_fact(p, fact, text);
	}
}

static void done(struct request *request, enum cause cause, const struct reply *reply)
{
	struct probe *p = request->user;

	p->pending = false;
	p->cause = cause;
	if (scan_is_answer(cause))
		p->answered = true;
	if (p->ident)
		ident_reply(p->ident, cause, reply);
	else if (p->survey)
		survey_reply(p->survey, cause, reply);
	else if (p->run) {
		if (scan_reply(p->run, cause, reply) == SCAN_SPLIT &&
		    (p->result->plan->requests[p->run->request].n_items <= 1 ||
		     plan_split(p->result->plan, p->run->request) < 0))
			scan_refused(p->run);
	} else if (cause == CAUSE_NONE && p->facts)
		take_facts(p, request->what, reply);
}

/* Asks and waits; done() has seen the answer when it returns. */
static void ask(struct probe *p, const struct plan_request *what)
{
	struct request request = { .target = p->target, .what = what, .deadline = p->deadline,
				   .done = done, .user = p };
	struct epoll_event events[8];

	p->pending = true;
	p->ops->submit(p->transport, &request);
	while (p->pending) {
		struct mono now = clock_mono(), next = p->ops->tick(p->transport, now);
		int64_t wait_us = next.us - now.us;
		int n;

		if (!p->pending)
			break;
		n = epoll_wait(p->epoll_fd, events, 8, wait_us <= 0 ? 0 : wait_us > 1000000 ?
			       1000 : (int)((wait_us + 999) / 1000));
		for (int i = 0; i < n; i++)
			p->ops->handle(p->transport, events[i].data.ptr, events[i].events,
				       clock_mono());
	}
}

/* ---- identity ------------------------------------------------------------ */

static enum cause run_survey(struct probe *p, struct survey *s)
{
	const struct plan_request *what;

	p->survey = s;
	while (clock_mono().us < p->deadline.us && (what = survey_next(s)))
		ask(p, what);
	p->survey = NULL;
	if (survey_failed(s) == CAUSE_NONE && clock_mono().us >= p->deadline.us)
		return CAUSE_DEADLINE;
	return survey_failed(s);
}

static bool is_snmp(const struct probe *p)
{
	return p->endpoint->protocol == PROTOCOL_SNMP || p->endpoint->protocol == PROTOCOL_WALK;
}

static bool is_v1(const struct probe *p)
{
	return p->credential && p->credential->snmp_version == 1;
}

static int identify(struct probe *p, const struct profile_set *profiles, struct err *err)
{
	struct ident *i = ident_new(profiles, p->endpoint, is_v1(p), false);
	const struct ident_result *found = ident_result(i);
	struct probe_result *r = p->result;
	const struct plan_request *what;
	bool snmp = is_snmp(p), late = false;

	p->ident = i;
	while (!late && (what = ident_next(i))) {
		ask(p, what);
		late = clock_mono().us >= p->deadline.us;
	}
	p->ident = NULL;
	snprintf(r->sysdescr, sizeof(r->sysdescr), "%s", found->sysdescr);
	snprintf(r->sysobjectid, sizeof(r->sysobjectid), "%s", found->sysobjectid);
	r->profile = found->match.profile;
	r->rule = found->match.rule;
	r->rival = found->match.rival;
	if (!found->answered || late || (!r->profile && found->failed != CAUSE_NONE))
		err_set(err, "%s", cause_text(found->failed ? found->failed : CAUSE_DEADLINE));
	else if (!r->profile && snmp)
		err_set(err, "no profile fits sysObjectID %s, sysDescr \"%s\"; name one with "
			"--profile", *r->sysobjectid ? r->sysobjectid : "(none)", r->sysdescr);
	else if (!r->profile)
		err_set(err, "no profile recognises this device by a register; name one with "
			"--profile");
	ident_free(i);
	return r->profile && !late ? 0 : -1;
}

/* ---- values -------------------------------------------------------------- */

static int expand(struct probe *p, struct err *err)
{
	struct probe_result *r = p->result;
	const struct varbind *vbs;
	enum cause cause;
	struct survey *s;
	size_t n;

	if (!survey_needed(r->profile)) {
		r->expansion = profile_expand(r->profile, 0, NULL, 0);
		return 0;
	}
	s = survey_new(r->profile, is_v1(p));
	cause = run_survey(p, s);
	if (cause == CAUSE_NONE) {
		vbs = survey_vbs(s, &n);
		r->expansion = profile_expand(r->profile, p->endpoint->member, vbs, n);
		chain_members(r->profile, vbs, n, &r->chain);
	}
	survey_free(s);
	if (!r->expansion) {
		err_set(err, "%s", cause_text(cause));
		return -1;
	}
	if (r->expansion->n_points == 0)
		return err_set(err, "the device answers, but has nothing that profile %s reads",
			       r->profile->name);
	return 0;
}

static int read_values(struct probe *p, struct err *err)
{
	struct probe_result *r = p->result;
	struct scan_run run;
	const struct plan_request *what;
	size_t n = r->expansion->n_points;

	r->plan = plan_make(r->expansion, NULL);
	r->readings = xcalloc(n + 1, sizeof(r->readings[0]));
	scan_begin(&run, r->expansion, r->plan, NULL, r->readings, n);
	p->run = &run;
	while (clock_mono().us < p->deadline.us && (what = scan_next(&run)))
		ask(p, what);
	p->run = NULL;
	if (!run.answered)
		return err_set(err, "%s", cause_text(run.cause == CAUSE_NONE ? CAUSE_DEADLINE
									     : run.cause));
	p->facts = shape_facts_plan(r->expansion);
	for (size_t i = 0; i < p->facts->n_requests && clock_mono().us < p->deadline.us; i++)
		ask(p, &p->facts->requests[i]);
	p->facts = plan_free(p->facts);
	return 0;
}

/* ---- the way there ------------------------------------------------------- */

static int find_address(const struct endpoint *e, struct sockaddr_storage *ret, struct err *err)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char port[8];
	int r;

	memset(ret, 0, sizeof(*ret));
	if (endpoint_is_file(e) || resolver_numeric(e->host, e->port, ret) == 0)
		return 0;
	snprintf(port, sizeof(port), "%u", (unsigned)e->port);
	r = getaddrinfo(e->host, port, &hints, &list);
	if (r != 0)
		return err_set(err, "%s: %s", cause_text(CAUSE_NAME), gai_strerror(r));
	memcpy(ret, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return 0;
}

static int connect_probe(struct probe *p, const struct profile *profile, int timeout_s,
			 struct err *err)
{
	struct transport_limits limits = { timeout_s < 3 ? timeout_s * 1000 : 3000, 0 };
	struct sockaddr_storage addr;

	p->ops = transport_for(p->endpoint->protocol);
	if (!p->ops)
		return err_set(err, "this build has no driver for %s",
			       protocol_name(p->endpoint->protocol));
	if (endpoint_is_file(p->endpoint) && access(p->endpoint->host, F_OK) < 0)
		return err_set(err, "%s: %s", p->endpoint->host, strerror(errno));
	if (find_address(p->endpoint, &addr, err) < 0)
		return -1;
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll_fd < 0)
		return err_set(err, "epoll: %s", strerror(errno));
	p->transport = p->ops->open(p->epoll_fd, &limits, err);
	if (!p->transport)
		return -1;
	p->target = p->ops->target_new(p->transport, p->endpoint, &addr, p->credential,
				       profile ? profile->delay_ms : 0, err);
	return p->target ? 0 : -1;
}

static int probe_steps(struct probe *p, const struct profile_set *profiles, struct err *err)
{
	bool snmp = is_snmp(p);

	if (!p->result->profile && identify(p, profiles, err) < 0)
		return -1;
	if (snmp != (p->result->profile->protocol == PROFILE_SNMP))
		return err_set(err, "profile %s is for %s devices", p->result->profile->name,
			       snmp ? "Modbus" : "SNMP");
	if (expand(p, err) < 0)
		return -1;
	return read_values(p, err);
}

int probe_run(const struct endpoint *endpoint, const struct cfg_credential *credential,
	      const struct profile_set *profiles, const struct profile *profile, int timeout_s,
	      struct probe_result *ret, struct err *err)
{
	struct probe_result result = { .profile = profile };
	struct probe p = { .endpoint = endpoint, .credential = credential, .epoll_fd = -1,
			   .result = &result };
	int r;

	p.deadline.us = clock_mono().us + (int64_t)timeout_s * 1000000;
	r = connect_probe(&p, profile, timeout_s, err);
	if (r == 0)
		r = probe_steps(&p, profiles, err);
	if (p.target)
		p.ops->target_free(p.target);
	if (p.transport)
		p.ops->close(p.transport);
	if (p.epoll_fd >= 0)
		close(p.epoll_fd);
	if (r == 0)
		*ret = result;
	else
		probe_done(&result);
	return r;
}

void probe_done(struct probe_result *result)
{
	expansion_free(result->expansion);
	plan_free(result->plan);
	free(result->readings);
	free(result->facts);
	*result = (struct probe_result){ 0 };
}
